"""pyxform and ODK Validate accept every questionnaire on the shelf; and they do reject a form with a fault."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pyxform.errors import PyXFormError
from pyxform.validators.odk_validate import ODKValidateError
from pyxform.xls2xform import convert

from trustmeter.exchange.forms.xlsform import LANGUAGE_NAMES, write_xlsform
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None and os.environ.get("TRUSTMETER_REQUIRE_ALL") != "1", reason="ODK Validate needs Java."
)
SHELF = [(name, grid) for name in list_questionnaires()["id"] for grid in (False, True)]
GRIDS = {"community-trust", "encounter"}


def form_of(name: str, path: Path, *, grid: bool = False) -> Path:
    questionnaire = load_questionnaire(name)
    write_xlsform(questionnaire, path / "form.xlsx", questionnaire.languages, grid=grid)
    return path / "form.xlsx"


@pytest.mark.parametrize(("name", "grid"), [one for one in SHELF if not one[1] or one[0] in GRIDS])
def test_the_validator_accepts_every_questionnaire_on_the_shelf(name: str, grid: bool, tmp_path: Path) -> None:
    made = convert(form_of(name, tmp_path, grid=grid), validate=True)
    assert list(made.warnings) == []
    assert "<value>-</value>" not in made.xform
    questionnaire = load_questionnaire(name)
    for language in questionnaire.languages:
        assert f'<translation lang="{LANGUAGE_NAMES[language]} ({language})"' in made.xform
    assert made.xform.count("<translation lang=") == len(questionnaire.languages)
    for item in questionnaire.items:
        assert f"/{item.id}" in made.xform


@pytest.mark.parametrize(
    ("column", "fault", "refused_by"),
    [
        ("relevant", "${CONSENT} = = '1'", ODKValidateError),
        ("relevant", "concat(${CONSENT}", ODKValidateError),
        ("relevant", "${NOBODY} = '1'", PyXFormError),
    ],
)
def test_a_planted_fault_is_found(column: str, fault: str, refused_by: type[Exception], tmp_path: Path) -> None:
    path = form_of("encounter", tmp_path)
    book = load_workbook(path)
    sheet = book["survey"]
    headings = [cell.value for cell in sheet[1]]
    row = next(number for number, cells in enumerate(sheet.iter_rows(values_only=True), 1) if "CT01" in cells)
    sheet.cell(row, headings.index(column) + 1, fault)
    book.save(path)
    with pytest.raises(refused_by):
        convert(path, validate=True)


def test_a_blank_translation_would_show_as_a_line(tmp_path: Path) -> None:
    path = form_of("encounter", tmp_path)
    book = load_workbook(path)
    sheet = book["survey"]
    headings = [cell.value for cell in sheet[1]]
    row = next(number for number, cells in enumerate(sheet.iter_rows(values_only=True), 1) if "CT01" in cells)
    sheet.cell(row, headings.index("label::العربية (ar)") + 1).value = None
    book.save(path)
    assert "<value>-</value>" in convert(path, validate=False).xform
