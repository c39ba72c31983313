"""LimeSurvey: the same people from codes and texts, CSV, JSON and archive; null is not an empty text."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trustmeter.errors import ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import MISSING_KINDS, Responses

Write = Callable[[str, str | bytes], Path]
ITEMS = ("CONSENT", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "SEX", "CONTACT")
LIKERT = ITEMS[1:7]
NOT_ASKED, BLANK, DONT_KNOW, REFUSED = (
    1 + MISSING_KINDS.index(kind) for kind in ("not_asked", "blank", "dont_know", "refused")
)
Cell = str | None
PEOPLE: dict[str, list[Cell]] = {
    "complete": ["1980-01-01 00:00:00", "3", "fr", "17", "1", "4", "5", "88", "1", "2", "99", "F", "0"],
    "refused": ["1980-01-01 00:00:00", "1", "en", "18", "0", *[None] * 8],
    "left blank": [None, "2", "en", "19", "1", "", "", "", "", "", "", None, None],
    "stopped early": [None, "1", "fr", "20", "1", *[None] * 8],
    "quota full": [None, "3", "en", "21", "1", *["3"] * 6, "M", "1"],
}
META = ("id", "submitdate", "lastpage", "startlanguage", "seed")
CODES = ("CONSENT", *(f"TRUST[{item}]" for item in LIKERT), "SEX", "CONTACT")


def csv_of(headings: list[str], rows: list[list[Cell]]) -> str:
    def cell(text: Cell) -> str:
        return "" if text is None else '"' + text.replace('"', '""') + '"'

    lines = [";".join(f'"{heading}"' for heading in headings), *(";".join(map(cell, row)) for row in rows), ""]
    return "\ufeff" + "\r\n".join(lines) + "\r\n"


def numbered() -> list[list[Cell]]:
    return [[str(number), *cells] for number, cells in enumerate(PEOPLE.values(), start=1)]


def texts(questionnaire: Questionnaire, language: str, *, code_too: bool = False) -> list[str]:
    stem = questionnaire.sections[1].text.read(language)
    full = [
        f"{stem} [{questionnaire.item(item).text.read(language)}]" if item in LIKERT else questionnaire.item(item).text.read(language)
        for item in ITEMS
    ]  # fmt: skip
    return [f"{code}. {text}" for code, text in zip(CODES, full, strict=True)] if code_too else full


def labelled(questionnaire: Questionnaire, language: str) -> list[list[Cell]]:
    rows = []
    for row in numbered():
        words: list[Cell] = []
        for item, cell in zip(ITEMS, row[5:], strict=True):
            options = {one.code: one.text.read(language) for one in questionnaire.item(item).response_scale.options}
            words.append(options.get(cell, cell) if cell is not None else None)
        rows.append([*row[:5], *words])
    return rows


def check_the_five(answers: Responses) -> None:
    frame, missing = answers.frame, answers.missing
    assert len(answers) == 5
    assert frame["finished"].tolist() == ["yes", "yes", "no", "no", "no"]
    assert frame[answers.roles.language].tolist() == ["fr", "en", "en", "fr", "en"]
    assert answers.roles.respondent is None
    assert frame["CONSENT"].tolist() == [1, 0, 1, 1, 1]
    assert frame["FA1"].tolist()[0] == 4
    assert missing.iloc[0].tolist() == [0, 0, 0, DONT_KNOW, 0, 0, REFUSED, 0, 0]
    assert missing.iloc[1].tolist() == [0] + [NOT_ASKED] * 8
    assert missing.iloc[2].tolist() == [0] + [BLANK] * 6 + [NOT_ASKED] * 2
    assert missing.iloc[3].tolist() == [0] + [NOT_ASKED] * 8
    assert missing.iloc[4].tolist() == [0] * 9
    codes = {problem.code for problem in answers.problems}
    assert codes == {"R-ROW-UNFINISHED", "R-DATE-ANONYMOUS"}
    told = next(str(problem) for problem in answers.problems if problem.code == "R-ROW-UNFINISHED")
    assert "3 rows not handed in" in told
    assert "In 1 of them every question has its answer" in told


def test_codes(tiny: Questionnaire, place: Write) -> None:
    check_the_five(read_responses(place("a.csv", csv_of([*META, *CODES], numbered())), tiny))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("code_too", [True, False])
def test_texts_in_any_language(language: str, *, code_too: bool, tiny: Questionnaire, place: Write) -> None:
    meta = ["Antwort-ID", "Datum", "Seite", "Sprache", "Zufall"]
    headings = [*meta, *texts(tiny, language, code_too=code_too)]
    check_the_five(read_responses(place("a.csv", csv_of(headings, labelled(tiny, language))), tiny))


def test_json(tiny: Questionnaire, place: Write) -> None:
    people = [dict(zip([*META, *CODES], row, strict=True)) for row in numbered()]
    check_the_five(read_responses(place("a.json", json.dumps({"responses": people})), tiny))
    older = {"responses": [{str(number): person} for number, person in enumerate(people, 1)]}
    check_the_five(read_responses(place("b.json", json.dumps(older)), tiny))


def lsa(fields: dict[str, str], *, doctype: str = "", member: str = "survey_1_responses.lsr") -> bytes:
    """Return an archive: its structure, and its answers under the names of `fields`."""

    def rows(records: list[dict[str, Cell]]) -> str:
        inner = "".join(
            "<row>" + "".join(f"<{key}><![CDATA[{text}]]></{key}>" for key, text in record.items() if text is not None) + "</row>"
            for record in records
        )  # fmt: skip
        return f"<rows>{inner}</rows>"

    where = {"sid": "1", "gid": "2"}
    singles = [
        where | {"qid": qid, "title": title}
        for qid, title in (("3", "CONSENT"), ("4", "TRUST"), ("5", "SEX"), ("6", "CONTACT"))
    ]
    lines = [where | {"qid": str(10 + n), "parent_qid": "4", "title": item} for n, item in enumerate(LIKERT)]
    head = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<document>'
    structure = f"{head}<LimeSurveyDocType>Survey</LimeSurveyDocType><questions>{rows(singles)}</questions>"
    structure += f"<subquestions>{rows(lines)}</subquestions></document>"
    keys = [*META, *(fields[item] for item in ITEMS)]
    people = [{key: cell for key, cell in zip(keys, row, strict=True)} for row in numbered()]
    listed = "".join(f"<fieldname>{key.lstrip('_')}</fieldname>" for key in keys)
    answers = f"{head}<LimeSurveyDocType>Responses</LimeSurveyDocType><responses><fields>{listed}</fields>"
    answers += f"{rows(people)}</responses></document>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("survey_1.lss", structure)
        archive.writestr(member, answers)
    return buffer.getvalue()


NUMBERED = {"CONSENT": "_1X2X3", "SEX": "_1X2X5", "CONTACT": "_1X2X6", **{item: f"_1X2X4{item}" for item in LIKERT}}
QUESTIONS = {"CONSENT": "Q3", "SEX": "Q5", "CONTACT": "Q6", **{item: f"Q4_S{10 + n}" for n, item in enumerate(LIKERT)}}


@pytest.mark.parametrize("fields", [NUMBERED, QUESTIONS])
def test_the_archive_under_both_ways_of_numbering(fields: dict[str, str], tiny: Questionnaire, place: Write) -> None:
    check_the_five(read_responses(place("a.lsa", lsa(fields)), tiny))


def test_answers_without_their_structure_are_refused(tiny: Questionnaire, place: Write) -> None:
    with zipfile.ZipFile(io.BytesIO(lsa(NUMBERED))) as archive:
        answers, structure = archive.read("survey_1_responses.lsr"), archive.read("survey_1.lss")
    with pytest.raises(ResponsesError, match="R-FILE-PART"):
        read_responses(place("a.lsr", answers), tiny)
    with pytest.raises(ResponsesError, match=r"R-FILE-FORM.*a LimeSurvey questionnaire"):
        read_responses(place("a.lss", structure), tiny)
    with pytest.raises(ResponsesError, match="R-FILE-PART"):
        read_responses(place("b.lsa", lsa(NUMBERED, member="tokens.lst")), tiny)


def test_without_quotation_marks_an_empty_cell_is_blank(tiny: Questionnaire, place: Write) -> None:
    """As after a spreadsheet: nobody can tell any more, and routing alone says what was not asked."""
    answers = read_responses(place("a.csv", csv_of([*META, *CODES], numbered()).replace('"', "")), tiny)
    assert answers.missing["FA1"].tolist() == [0, NOT_ASKED, BLANK, BLANK, 0]


def test_quota_and_unfinished_can_be_left_out(tiny: Questionnaire, place: Write) -> None:
    rows = [[*row, "1" if number == 4 else "0"] for number, row in enumerate(numbered())]
    path = place("a.csv", csv_of([*META, *CODES, "quota_exit"], rows))
    with pytest.warns(UserWarning, match="set aside"):
        answers = read_responses(path, tiny)
    assert answers.frame["finished"].tolist() == ["yes", "yes", "no", "no"]
    assert answers.rejected.to_dict("list") == {"row": [5], "column": [""], "code": ["R-ROW-QUOTA"]}
    with pytest.warns(UserWarning, match="set aside"):
        answers = read_responses(path, tiny, unfinished="set_aside")
    assert len(answers) == 2
    assert answers.rejected["code"].tolist() == ["R-ROW-UNFINISHED", "R-ROW-UNFINISHED", "R-ROW-QUOTA"]


def test_headings_cut_short_are_refused(tiny: Questionnaire, place: Write) -> None:
    headings = [*META, *(text[:15] for text in texts(tiny, "fr"))]
    with pytest.raises(ResponsesError, match=r"R-HEADING-CUT.*question code"):
        read_responses(place("a.csv", csv_of(headings, numbered())), tiny)


def test_yes_and_no_get_the_questionnaires_codes(tiny: Questionnaire, place: Write) -> None:
    rows: list[list[Cell]] = [[*row[:5], {"1": "Y", "0": "N"}[str(row[5])], *row[6:]] for row in numbered()]
    check_the_five(read_responses(place("a.csv", csv_of([*META, *CODES], rows)), tiny))


def test_another_wording_is_told(tiny: Questionnaire, place: Write) -> None:
    rows = [[*row, "tiny 0.9.0 abcdef012345"] for row in numbered()]
    answers = read_responses(place("a.csv", csv_of([*META, *CODES, "tmversion"], rows)), tiny)
    assert "R-VERSION-OTHER" in {problem.code for problem in answers.problems}
    same = replace(tiny, fingerprint="abcdef012345")
    answers = read_responses(place("a.csv", csv_of([*META, *CODES, "tmversion"], rows)), same)
    assert "R-VERSION-OTHER" not in {problem.code for problem in answers.problems}


def test_the_tools_own_columns_can_be_kept_or_given_a_role(tiny: Questionnaire, place: Write) -> None:
    path = place("a.csv", csv_of([*META, *CODES], numbered()))
    answers = read_responses(path, tiny, respondent="id", language="startlanguage", keep=["lastpage"])
    assert answers.roles.respondent == "id"
    assert answers.roles.language == "startlanguage"
    assert answers.frame["lastpage"].tolist() == [3, 1, 2, 1, 3]
    assert "language" not in answers.frame


def test_an_item_called_like_a_column_of_the_tool_is_no_trouble(tiny: Questionnaire, place: Write) -> None:
    you = tiny.sections[2]
    boxed = replace(you.items[1], id="ID")
    asked = replace(tiny, sections=(*tiny.sections[:2], replace(you, items=(you.items[0], boxed))))
    headings = [*META, *CODES[:-1], "YOU[ID]"]
    answers = read_responses(place("a.csv", csv_of(headings, numbered())), asked)
    assert answers.frame["ID"].tolist()[0] == 0
