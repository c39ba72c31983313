"""The table of survey tools: what it writes, what it refuses."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from openpyxl import load_workbook

from trustmeter.errors import DesignError, QuestionnaireError
from trustmeter.exchange.registry import TOOLS, export_questionnaire
from trustmeter.options import ExportTool
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.reader import read_questionnaire

REFUSED = {
    "unknown tool": ("form.xlsx", {"tool": "xls-form"}, "Did you mean 'xlsform'"),
    "suffix of the other tool": ("form.html", {"tool": "xlsform"}, "ends in '.xlsx'"),
    "no suffix": ("form", {"tool": "html"}, "ends in '.html'"),
    "unknown language": ("form.xlsx", {"languages": ["nl"]}, "must be one of 'en', 'fr'"),
    "language as a text": ("form.xlsx", {"languages": "fr"}, "languages=['fr']"),
    "folder that is not there": ("nowhere/form.xlsx", {}, "folder 'nowhere'"),
    "two languages on one page": ("form.html", {"tool": "html", "languages": ["en", "fr"]}, "one file a language"),
    "a folder in place of a file": ("taken.xlsx", {}, "cannot be written"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_written_is_refused_in_one_sentence(case: str, tiny: Questionnaire, tmp_path: Path) -> None:
    name, options, said = REFUSED[case]
    (tmp_path / "taken.xlsx").mkdir()
    with pytest.raises(DesignError) as caught:
        export_questionnaire(tiny, tmp_path / name, **options)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.xlsx"]


def test_a_name_is_no_questionnaire(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="load_questionnaire"):
        export_questionnaire("community-trust", tmp_path / "form.xlsx")  # type: ignore[arg-type]


def test_every_tool_word_has_a_writer() -> None:
    assert set(TOOLS) == set(get_args(ExportTool))


@pytest.mark.parametrize("tool", TOOLS)
def test_the_path_that_was_written_comes_back(tool: ExportTool, tiny: Questionnaire, tmp_path: Path) -> None:
    path = tmp_path / f"form{TOOLS[tool].suffixes[0].upper()}"
    assert export_questionnaire(tiny, str(path), tool=tool) == path
    assert path.stat().st_size > 0


@pytest.mark.parametrize(
    ("languages", "shown", "first"),
    [
        (None, {"English (en)", "Français (fr)"}, "English (en)"),
        (["fr", "en", "fr"], {"English (en)", "Français (fr)"}, "Français (fr)"),
        (["fr"], {"Français (fr)"}, "Français (fr)"),
    ],
)
def test_languages_are_chosen_and_the_first_is_the_default(
    languages: list[str] | None, shown: set[str], first: str, tiny: Questionnaire, tmp_path: Path
) -> None:
    book = load_workbook(export_questionnaire(tiny, tmp_path / "form.xlsx", languages=languages))
    headings = [str(cell.value) for cell in book["survey"][1]]
    assert {heading.partition("::")[2] for heading in headings if heading.startswith("label::")} == shown
    settings = {str(cell.value): str(book["settings"].cell(2, cell.column).value) for cell in book["settings"][1]}
    assert settings["default_language"] == first


def test_a_page_is_in_the_base_language_unless_another_is_asked_for(tiny: Questionnaire, tmp_path: Path) -> None:
    page = export_questionnaire(tiny, tmp_path / "page.html", tool="html")
    assert '<html lang="en"' in page.read_text(encoding="utf-8")
    page = export_questionnaire(tiny, tmp_path / "page.html", tool="html", languages=["fr"])
    assert '<html lang="fr"' in page.read_text(encoding="utf-8")


def test_a_code_with_a_minus_is_for_reading_only(tiny: Questionnaire, tmp_path: Path) -> None:
    agree, *others = tiny.response_scales
    signed = replace(agree, options=(*agree.options[:-1], replace(agree.options[-1], code="-99")))
    with pytest.raises(DesignError, match="code '-99': it describes a file"):
        export_questionnaire(replace(tiny, response_scales=(signed, *others)), tmp_path / "form.xlsx")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_questionnaire_called_like_a_path_writes_nowhere_else(
    tool: ExportTool, tiny: Questionnaire, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    for suffix in TOOLS[tool].suffixes:
        named = replace(tiny, id="../../x", version="../y", fingerprint="../z")
        export_questionnaire(named, folder / f"form{suffix}", tool=tool, languages=["fr"])
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {f"deep/deeper/form{suffix}" for suffix in TOOLS[tool].suffixes}


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "a/b", "..", "a\\b", "c:x"])
def test_a_questionnaire_file_with_such_a_name_is_refused(name: str, tmp_path: Path) -> None:
    source = Path(read_questionnaire.__code__.co_filename).parents[3] / "questionnaires" / "encounter"
    folder = tmp_path / "encounter"
    shutil.copytree(source, folder)
    told = (folder / "questionnaire.yaml").read_text(encoding="utf-8")
    (folder / "questionnaire.yaml").write_text(
        re.sub(r"(?m)^id: .*$", lambda _: f"id: '{name}'", told), encoding="utf-8"
    )
    with pytest.raises(QuestionnaireError, match="id"):
        read_questionnaire(folder)
