"""Pages that people read, checked by axe in a real browser: every language, desk and telephone; they fetch nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
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


def assert_clean(pages: list[Path], *, telephone: bool = True) -> list[dict[str, object]]:
    found = run_axe(pages)
    assert len(found) == len(pages)
    for page in found:
        assert page["violations"] == [], page
        assert page["requests"] == [], page
        assert not telephone or page["overflow"] == [], page
    return found


ROOM_ON_PAPER = 266.0
"""Millimetres between the upper and lower margin of an A4 page of the report."""


def assert_printed(found: list[dict[str, object]]) -> None:
    """Page one ends on page one, and nothing is wider than the paper (then a browser shrinks every page)."""
    for page in found:
        printed = page["printed"]
        assert isinstance(printed, dict)
        assert 100 < printed["first"] <= ROOM_ON_PAPER, page["page"]
        assert not printed["wide"], page["page"]


def test_reports_in_four_languages(tmp_path: Path) -> None:
    browser()
    trust = tm.load_questionnaire("community-trust")
    answers = tm.read_responses(tm.demo_file(), trust, respondent="id", wave="wave", zone="zone")
    scales = ["trust", "procedural_justice", "respect", "nearness"]
    change = tm.compare(tm.score(answers), tm.PilotDesign("2022", "2023"), scale=scales)
    extra = (tm.check_quality(answers), tm.reliability(answers), tm.analyze_items(answers))
    languages = ("en", "fr", "nl", "de")
    pages = [tm.report(change, *extra, to=tmp_path / f"report-{one}.html", language=one) for one in languages]
    assert_printed(assert_clean(pages))


def with_districts(answers: tm.Responses) -> tm.Responses:
    frame = answers.frame.copy()
    codes = frame["id"].astype("string").str.extract(r"(\d+)", expand=False).astype(int)
    frame["district"] = "district " + (codes % 10).astype(str)
    return replace(answers, frame=frame, roles=replace(answers.roles, kept=("district",)))


def test_a_report_with_areas_and_with_all_that_can_stand_beside(tmp_path: Path) -> None:
    browser()
    trust = tm.load_questionnaire("community-trust")
    answers = tm.read_responses(tm.demo_file(), trust, respondent="id", wave="wave", zone="zone")
    treated = [f"district {number}" for number in range(5)]
    areas = tm.PilotDesign("2022", "2023", area="district", treated=treated)
    effect = tm.compare(tm.score(with_districts(answers)), areas, smallest_effect=3)
    codes = sorted(answers.frame["id"].unique())[:40]
    answers = answers.select(~(answers.frame["id"].isin(codes) & (answers.frame["wave"] == "2023")).to_numpy())
    scores, design, scales = tm.score(answers), tm.PilotDesign("2022", "2023"), ["trust", "nearness"]
    happened = pd.DataFrame({"date": ["2023-04-20"], "what": ["shots fired by police"]})
    periods = {"2022": ("2022-05-02", "2022-05-30"), "2023": ("2023-05-01", "2023-05-28")}
    beside = (
        tm.check_invariance(answers, across="wave", scale="trust"),
        tm.attrition(scores, design, scale=scales),
        tm.compare_estimators(scores, design, scale=scales),
        tm.compare_subgroups(scores, design, by="SEX", scale=scales),
        tm.check_incidents(periods, happened),
    )
    change = tm.compare(scores, design, scale=scales, smallest_effect=4)
    pages = [
        tm.report(effect, to=tmp_path / "effect.html", language="de"),
        tm.report(change, *beside, to=tmp_path / "all.html", language="fr"),
    ]
    assert_printed(assert_clean(pages))


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
