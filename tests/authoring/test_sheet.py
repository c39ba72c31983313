"""The translators' sheet, out and back."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from trustmeter.authoring.sheet import COLUMNS, read_translation_sheet, write_translation_sheet
from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire, shelf_folder

FINAL = 1 + COLUMNS.index("final")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(shelf_folder() / "encounter", tmp_path / "encounter")
    return tmp_path / "encounter"


def fill(path: Path, *, most: int | None = None, say: str = "ç: {0} = «{1}»") -> int:
    """Write a final text into the first rows; return how many."""
    book = load_workbook(path)
    sheet, done = book["texts"], 0
    for row in range(2, sheet.max_row + 1):
        if most is None or done < most:
            sheet.cell(row, FINAL).value = say.format(row, sheet.cell(row, 1).value)
            done += 1
    book.save(path)
    return done


def test_a_new_language_goes_out_and_comes_back(folder: Path, tmp_path: Path) -> None:
    path = write_translation_sheet(read_questionnaire(folder), tmp_path / "tr.xlsx", language="tr")
    sheet = load_workbook(path)["texts"]
    assert [cell.value for cell in sheet[1]][:4] == ["key", "what it is", "source (en)", "max. length"]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert "LESS" in rows["items.RS02"][1]
    assert rows["response_scales.agree5.1"][3] == 40
    done = fill(path)
    found = read_translation_sheet(path, folder)
    assert (found.language, found.translated, found.texts) == ("tr", done, done)
    again = read_questionnaire(folder)
    assert again.languages == ("en", "fr", "nl", "de", "ar", "tr")
    assert again.item("RS01").text.read("tr") == f"ç: {list(rows).index('items.RS01') + 2} = «items.RS01»"
    assert again.unfinished.by_language["tr"] == "Translated, not reviewed."
    assert [problem for problem in check_questionnaire(folder) if problem.severity == "error"] == []
    assert "# half, and in the short form one for each dimension" in (folder / "questionnaire.yaml").read_text(
        encoding="utf-8"
    )


def test_half_a_translation_says_how_far_it_is(folder: Path, tmp_path: Path) -> None:
    path = write_translation_sheet(read_questionnaire(folder), tmp_path / "tr.xlsx", language="tr")
    fill(path, most=7)
    found = read_translation_sheet(path, folder)
    assert found.translated == 7
    again = read_questionnaire(folder)
    assert again.unfinished.by_language["tr"] == f"7 of {found.texts} texts are translated."
    assert any(
        problem.code == "Q-TEXT-MISSING" and problem.severity == "warning" for problem in check_questionnaire(folder)
    )
    fill(path)
    assert read_translation_sheet(path, folder).translated == found.texts


def test_right_to_left_and_what_is_there_already(folder: Path, tmp_path: Path) -> None:
    encounter = read_questionnaire(folder)
    path = write_translation_sheet(encounter, tmp_path / "ar.xlsx", language="ar")
    sheet = load_workbook(path)["texts"]
    cell = next(row[FINAL - 1] for row in sheet.iter_rows(min_row=2) if row[0].value == "items.RS01")
    assert cell.value == encounter.item("RS01").text.read("ar")
    assert cell.alignment.readingOrder == 2
    read_translation_sheet(path, folder)
    assert read_questionnaire(folder) == encounter


def test_what_changed_in_between_is_noted(folder: Path, tmp_path: Path) -> None:
    path = write_translation_sheet(read_questionnaire(folder), tmp_path / "tr.xlsx", language="tr")
    fill(path, say="{0}" + "x" * 50)
    english = (folder / "en.yaml").read_text(encoding="utf-8")
    (folder / "en.yaml").write_text(
        english.replace("The police spoke politely to me.", "The police were polite to me."), encoding="utf-8"
    )
    codes = {problem.code for problem in read_translation_sheet(path, folder).problems}
    assert codes == {"T-SOURCE-CHANGED", "T-TOO-LONG"}


def test_a_text_that_looks_like_a_formula_stays_a_text(folder: Path, tmp_path: Path) -> None:
    path = write_translation_sheet(read_questionnaire(folder), tmp_path / "tr.xlsx", language="tr")
    english = (folder / "en.yaml").read_text(encoding="utf-8")
    (folder / "en.yaml").write_text(
        english.replace("The police spoke politely to me.", "=1+1 is what I said."), encoding="utf-8"
    )
    path = write_translation_sheet(read_questionnaire(folder), path, language="tr")
    cells = {row[0].value: row[2] for row in load_workbook(path)["texts"].iter_rows(min_row=2)}
    assert (cells["items.RS01"].value, cells["items.RS01"].data_type) == ("=1+1 is what I said.", "s")


@pytest.mark.parametrize("damage", ["key", "twice", "sheet", "other", "csv"])
def test_a_sheet_that_cannot_be_used_changes_nothing(damage: str, folder: Path, tmp_path: Path) -> None:
    path = write_translation_sheet(read_questionnaire(folder), tmp_path / "tr.xlsx", language="tr")
    fill(path)
    book = load_workbook(path)
    if damage == "key":
        book["texts"].cell(9, 1).value = "items.RS1"
    elif damage == "twice":
        book["texts"].cell(9, 1).value = book["texts"].cell(8, 1).value
    elif damage == "sheet":
        del book["about"]
    elif damage == "other":
        book["about"]["B1"].value = "oecd-trust"
    book.save(path)
    if damage == "csv":
        path.write_text("key,final\n", encoding="utf-8")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(QuestionnaireError):
        read_translation_sheet(path, folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_the_base_language_needs_no_sheet(tmp_path: Path) -> None:
    for language, name in (("en", "a.xlsx"), ("t r", "a.xlsx"), ("tr", "a.csv")):
        with pytest.raises(QuestionnaireError):
            write_translation_sheet(load_questionnaire("encounter"), tmp_path / name, language=language)
    with pytest.raises(QuestionnaireError, match="no file"):
        read_translation_sheet(tmp_path / "nowhere.xlsx", shelf_folder() / "encounter")


def test_every_code_of_authors_is_explained() -> None:
    root = shelf_folder().parent
    used = {
        code
        for path in (root / "src" / "trustmeter" / "authoring").glob("*.py")
        for code in re.findall(r'"([AT]-[A-Z-]+)"', path.read_text(encoding="utf-8"))
    }
    others = {"add-a-practice.md"}  # practice cards have codes of their own
    how_to = [path for path in (root / "docs" / "how-to").glob("*.md") if path.name not in others]
    pages = "".join(path.read_text(encoding="utf-8") for path in how_to)
    assert used == set(re.findall(r"`([AT]-[A-Z-]+)`", pages))


def test_a_sheet_that_swells_is_refused_unopened(folder: Path, tmp_path: Path) -> None:
    path = write_translation_sheet(read_questionnaire(folder), tmp_path / "tr.xlsx", language="tr")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/more.xml", b" " * 60_000_000)
    assert path.stat().st_size < 200_000
    with pytest.raises(QuestionnaireError, match="unpacks to far more than a translation sheet does"):
        read_translation_sheet(path, folder)
