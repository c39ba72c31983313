"""The site: every page is in its contents, addresses are well formed, and the first tutorial works by the letter."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from typer.testing import CliRunner

from trustmeter.cli import app
from trustmeter.questionnaire.shelf import list_questionnaires

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGE = DOCS / "tutorials" / "your-first-evaluation.md"
MADE = {"explanation/architecture.md", "changes.md", "catalogue/index.md", "toolbox/index.md", "reference/proof.md"}
"""Pages that `make docs` writes, beside the tutorials made of notebooks and the pages of the shelf."""


def tool(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    found = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, name, module)
    found.loader.exec_module(module)
    return module


def pages_of(contents: object) -> list[str]:
    if isinstance(contents, str):
        return [contents]
    parts = contents.values() if isinstance(contents, dict) else contents
    return [page for part in parts for page in pages_of(part)]  # type: ignore[attr-defined]


def test_every_page_is_once_in_the_contents(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = pages_of(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    notebooks = {f"tutorials/{page}.md" for page in tool("make_docs", monkeypatch).TUTORIALS.values()}
    shelf = {f"catalogue/{name}.md" for name in list_questionnaires()["id"]}
    assert len(listed) == len(set(listed))
    assert set(listed) == written | MADE | notebooks | shelf


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("doi:10.1007/s11336-008-9101-0.", 0),
        ("(https://doi.org/10.1207/S15328007SEM0902_5).", 0),
        ("doi:10.1016/0895-4356(95)00537-8)", 0),
        ("doi:10.12/short", 1),
        ("doi: see there", 1),
        ("https://doi.org/", 1),
        ("https://localhost-without-point/x", 1),
        ("[a page](https://example.org/a_(b)).", 0),
        ("http://[broken", 1),
    ],
)
def test_addresses_are_looked_at(text: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(tool("check_links", monkeypatch).faults(text)) == count


def test_addresses_of_all_pages_are_well_formed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = tool("check_links", monkeypatch)
    assert module.main([DOCS, ROOT / "README.md", ROOT / "questionnaires"]) == 0


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ({"r": "R version 4.2.2", "packages": {"psych": "2.2.9"}}, "R version 4.2.2, psych 2.2.9"),
        ({"r": "4.2.2", "packages": {"base": "base"}}, "R 4.2.2"),
        ({"made_with": {"python": "3.11.7", "numpy": "2.0.2"}, "cases": {}}, "Python 3.11.7, numpy 2.0.2"),
        ({"python": "3.11.7", "krippendorff": "0.9.0"}, "Python 3.11.7, krippendorff 0.9.0"),
        ({"cases": []}, "not told"),
    ],
)
def test_what_values_were_made_with_is_told(
    stored: dict[str, object], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tool("make_docs", monkeypatch).made_with(stored) == told


def test_every_file_of_reference_values_tells_what_it_was_made_with(monkeypatch: pytest.MonkeyPatch) -> None:
    page = tool("make_docs", monkeypatch).proof_page(ROOT / "tests" / "reference" / "values")
    assert "| not told |" not in page


def test_the_practice_answers_are_those_of_their_script(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tool("make_practice_data", monkeypatch).practice_rows()
    lines = (DOCS / "tutorials" / "practice-answers.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == [";".join(rows[0]), *(";".join(row.values()) for row in rows)]


def test_the_first_tutorial_works_by_the_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text(encoding="utf-8")
    commands = [line for line in re.findall(r"^trustmeter .*", text, flags=re.MULTILINE)]
    check, new, look, run = (shlex.split(line)[1:] for line in commands)
    shutil.copy(DOCS / "tutorials" / "practice-answers.csv", tmp_path / "answers.csv")
    monkeypatch.chdir(tmp_path)
    promised = re.search(r"^(error: .*?) …$", text, flags=re.MULTILINE)
    first = CliRunner().invoke(app, check)
    assert first.exit_code == 2
    assert promised is not None and promised[1] in first.output
    mend = re.search(r'^python -c "(.*)"$', text, flags=re.MULTILINE)
    assert mend is not None
    exec(mend[1], {})
    assert CliRunner().invoke(app, check).exit_code == 0
    assert CliRunner().invoke(app, new).exit_code == 0
    pilot = (tmp_path / "pilot.yaml").read_text(encoding="utf-8")
    for key, line in re.findall(r"^\| `(\w+:)` \| `(.*?)` \|", text, flags=re.MULTILINE):
        pilot, changed = re.subn(rf"^( *){key}.*", lambda old, line=line: old[1] + line, pilot, flags=re.MULTILINE)
        assert changed == 1, key
    (tmp_path / "pilot.yaml").write_text(pilot, encoding="utf-8")
    assert CliRunner().invoke(app, look).output.rstrip().endswith("community-trust-short: answers.csv")
    done = CliRunner().invoke(app, run)
    assert done.exit_code == 0
    files = {path.name for path in (tmp_path / "results").iterdir()}
    assert files == {
        "report-nl.html", "report-fr.html", "copmite-sheet-nl.html", "copmite-sheet-fr.html", "result.json", "for-the-evaluator"
    }  # fmt: skip
    for page in (tmp_path / "results").glob("*.html"):
        assert re.search("SIMUL", page.read_text(encoding="utf-8"), flags=re.IGNORECASE)
