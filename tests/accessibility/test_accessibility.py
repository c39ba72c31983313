"""Pages that people read, checked by axe in a real browser: every language, desk and telephone; they fetch nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import trustmeter as tm

HERE = Path(__file__).parent
REQUIRED = os.environ.get("TRUSTMETER_REQUIRE_ALL") == "1"


def browser() -> str:
    """The browser to drive; skips, with the reason, when it or its driver is not installed."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    ready = found and shutil.which("node") and (HERE / "node_modules" / "axe-core").is_dir()
    if not ready:
        reason = "Needs Chromium, node and `make browser`."
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def run_axe(pages: list[Path]) -> list[dict[str, object]]:
    command = ["node", str(HERE / "check.mjs"), browser(), *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_clean(pages: list[Path], *, telephone: bool = True) -> None:
    found = run_axe(pages)
    assert len(found) == len(pages)
    for page in found:
        assert page["violations"] == [], page
        assert page["requests"] == [], page
        assert not telephone or page["overflow"] == [], page


def test_reports_in_four_languages(tmp_path: Path) -> None:
    browser()
    trust = tm.load_questionnaire("community-trust")
    answers = tm.read_responses(tm.demo_file(), trust, respondent="id", wave="wave", zone="zone")
    change = tm.compare(tm.score(answers), tm.PilotDesign("2022", "2023"))
    extra = (tm.check_quality(answers), tm.reliability(answers), tm.analyze_items(answers))
    languages = ("en", "fr", "nl", "de")
    assert_clean([tm.report(change, *extra, to=tmp_path / f"report-{one}.html", language=one) for one in languages])


def test_printed_questionnaires_in_four_languages(tmp_path: Path) -> None:
    browser()
    trust = tm.load_questionnaire("community-trust")
    written = [
        tm.export_questionnaire(trust, tmp_path / f"form-{one}.html", tool="html", languages=[one])
        for one in trust.languages
    ]
    assert_clean(written, telephone=False)  # a form to print is as wide as paper


def test_axe_does_find_faults(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    faulty = "<img src='data:,'><p style='color:#ccc'>pale</p><p style='width:900px'>wide</p><img src='http://127.0.0.1:9/x'>"
    page.write_text(f"<html><body>{faulty}</body></html>", encoding="utf-8")
    (found,) = run_axe([page])
    assert {"html-has-lang", "image-alt", "color-contrast"} <= {fault["id"] for fault in found["violations"]}  # type: ignore[index, union-attr]
    assert found["overflow"] == [320]
    assert found["requests"] == ["http://127.0.0.1:9/x"]
