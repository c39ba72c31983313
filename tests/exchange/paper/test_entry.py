"""The workbook to type into: what it offers, and that it comes back as answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from trustmeter.errors import DataQualityWarning, DesignError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.paper.entry import (
    LONGEST_LIST,
    LONGEST_MESSAGE,
    LONGEST_TITLE,
    ROLES,
    options_of,
    write_entry_sheet,
)
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

ROLE_OF = {role: role for role in ROLES}


def test_there_is_one_row_of_headings_and_the_sheet_of_answers_is_the_first(
    tiny: Questionnaire, tmp_path: Path
) -> None:
    book = load_workbook(export_questionnaire(tiny, tmp_path / "sheet.xlsx", tool="entry_sheet"))
    assert book.sheetnames == ["answers", "about", "codes"]
    sheet = book["answers"]
    assert [cell.value for cell in sheet[1]] == [*ROLES, *(item.id for item in tiny.items)]
    assert sheet.max_row == 1
    assert sheet.freeze_panes == "B2"


def test_each_column_offers_its_codes_and_says_its_question(tiny: Questionnaire, tmp_path: Path) -> None:
    write_entry_sheet(tiny, tmp_path / "sheet.xlsx", ["fr", "en"])
    sheet = load_workbook(tmp_path / "sheet.xlsx")["answers"]
    rules = {str(rule.sqref).partition("2:")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert len(rules) == len(ROLES) + len(tiny.items)
    column = {cell.value: cell.column_letter for cell in sheet[1]}
    fairness = rules[column["FA1"]]
    assert (fairness.type, fairness.formula1) == ("list", '"1,2,3,4,5,88,99"')
    assert fairness.promptTitle == "FA1"
    assert fairness.prompt.startswith("Énoncé FA1\n1 = Pas du tout d'accord\n2 = Pas d'accord")
    assert fairness.showInputMessage and fairness.showErrorMessage and fairness.allow_blank
    assert rules[column["language"]].formula1 == '"fr,en"'


def test_numbers_are_held_to_their_range_or_a_code(awkward: Questionnaire, tmp_path: Path) -> None:
    write_entry_sheet(awkward, tmp_path / "sheet.xlsx", ["en"])
    sheet = load_workbook(tmp_path / "sheet.xlsx")["answers"]
    rules = {rule.promptTitle: rule for rule in sheet.data_validations.dataValidation}
    assert rules["Q5"].formula1 == 'OR(AND(ISNUMBER(J2),J2>=16,J2<=110,J2=INT(J2)),J2&""="999")'
    assert rules["Q6"].formula1 == "OR(AND(ISNUMBER(K2),K2>=0.5,K2<=24))"
    assert rules["Q7"].type is None


@pytest.mark.parametrize("name", list_questionnaires()["id"])
def test_messages_and_lists_are_as_short_as_spreadsheets_want_them(name: str, tmp_path: Path) -> None:
    asked = load_questionnaire(name)
    if any(option.code.startswith("-") for scale in asked.response_scales for option in scale.options):
        pytest.skip("describes a file of answers, and is no form")
    for language in asked.languages:
        write_entry_sheet(asked, tmp_path / "sheet.xlsx", [language])
        for rule in load_workbook(tmp_path / "sheet.xlsx")["answers"].data_validations.dataValidation:
            assert len(rule.prompt) <= LONGEST_MESSAGE
            assert len(rule.promptTitle) <= LONGEST_TITLE
            assert len(rule.error or "") <= LONGEST_MESSAGE
            assert len(rule.formula1 or "") <= LONGEST_LIST


def test_nothing_in_it_is_a_formula(awkward: Questionnaire, tmp_path: Path) -> None:
    write_entry_sheet(awkward, tmp_path / "sheet.xlsx", ["en", "fr"])
    for sheet in load_workbook(tmp_path / "sheet.xlsx").worksheets:
        for row in sheet.iter_rows():
            assert all(
                cell.data_type in {"s", "n"} and (cell.data_type == "s") == (cell.value is not None) for cell in row
            )


def test_codes_stand_with_their_labels_in_all_languages(tiny: Questionnaire, tmp_path: Path) -> None:
    book = load_workbook(export_questionnaire(tiny, tmp_path / "sheet.xlsx", tool="entry_sheet"))
    rows = [[cell.value for cell in row] for row in book["codes"].iter_rows()]
    assert rows[0] == ["item", "text (en)", "code", "label (en)", "label (fr)"]
    assert ["SEX", "You are…", "F", "Woman", "Femme"] in rows
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert about["questionnaire"] == "tiny"
    assert about["fingerprint"] == "0" * 12


def test_what_is_typed_comes_back_as_answers(tiny: Questionnaire, tmp_path: Path) -> None:
    path = export_questionnaire(tiny, tmp_path / "sheet.xlsx", tool="entry_sheet")
    book = load_workbook(path)
    typed = [
        ["007", "2026", "Noord", "fr", "paper", "1", 5, "88", "99", "1", None, "3", "F", "0"],
        ["008", "2026", "Noord", "en", "paper", "0"],
        ["009", "2026", "Noord", "en", "paper", "1", "2", "2", "2", "2", "2", "2", "99", "1"],
    ]
    for line, row in enumerate(typed, start=2):
        for place, value in enumerate(row, start=1):
            book["answers"].cell(line, place, value)
    book.save(path)
    answers = read_responses(path, tiny, **ROLE_OF)
    assert answers.frame["respondent"].tolist() == ["007", "008", "009"]
    assert answers.frame["FA1"].astype(object).where(answers.frame["FA1"].notna(), None).tolist() == [5, None, 2]
    assert answers.frame["SEX"].tolist()[0] == "F"
    assert answers.frame["mode"].tolist() == ["paper"] * 3
    assert (answers.missing[["FA2", "FA3", "EF2"]].iloc[0] > 0).all()
    assert (answers.missing[["FA1", "SEX"]].iloc[1] > 0).all()


def test_a_question_called_like_a_column_is_refused(tiny: Questionnaire, tmp_path: Path) -> None:
    first, *others = tiny.sections
    named = replace(first, items=(replace(first.items[0], id="Wave"),))
    with pytest.raises(DesignError, match="'Wave' is called like a column"):
        write_entry_sheet(replace(tiny, sections=(named, *others)), tmp_path / "sheet.xlsx", ["en"])


def test_the_same_questionnaire_gives_the_same_bytes(tiny: Questionnaire, tmp_path: Path) -> None:
    write_entry_sheet(tiny, tmp_path / "one.xlsx", ["en"])
    write_entry_sheet(tiny, tmp_path / "two.xlsx", ["en"])
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_filled_sheet_says_what_the_same_codes_say(tmp_path: Path) -> None:
    """Many forms of a long questionnaire, every code of every question and empty cells among them."""
    asked = load_questionnaire("community-trust")
    rng = np.random.default_rng(7)
    rows = []
    for number in range(40):
        row = {"respondent": f"{number:03d}", "wave": "2027", "zone": "Noord", "language": "nl", "mode": "paper"}
        for item in asked.items:
            codes = [option.code for option in options_of(item.response_scale)]
            codes += [str(int(limit)) for limit in item.response_scale.range or ()]
            row[item.id] = "" if rng.random() < 0.1 or not codes else str(rng.choice(codes))
        rows.append(row)
    path = export_questionnaire(asked, tmp_path / "sheet.xlsx", tool="entry_sheet")
    book = load_workbook(path)
    headings = [cell.value for cell in book["answers"][1]]
    for line, row in enumerate(rows, start=2):
        for place, heading in enumerate(headings, start=1):
            if row[str(heading)]:
                book["answers"].cell(line, place, row[str(heading)])
    book.save(path)
    with pytest.warns(
        DataQualityWarning, match="set aside"
    ):  # some say no to the first question, and are asked no more
        typed, plain = (read_responses(one, asked, strict=False, **ROLE_OF) for one in (path, pd.DataFrame(rows)))
    columns = [item.id for item in asked.items]
    pd.testing.assert_frame_equal(typed.frame[[*ROLES, *columns]], plain.frame[[*ROLES, *columns]])
    pd.testing.assert_frame_equal(typed.missing, plain.missing)
    pd.testing.assert_frame_equal(typed.rejected, plain.rejected)
    assert len(set(np.unique(typed.missing.to_numpy()))) >= 4
