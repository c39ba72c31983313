"""Qualtrics: rows of headings, texts or numbers, previews, screened out, unfinished, seen and left empty."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from trustmeter.errors import ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Questionnaire

Write = Callable[[str, str | bytes], Path]
ITEMS = ("CONSENT", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "SEX", "CONTACT")
META = ("StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId", "UserLanguage")


def row(
    status: str = "0", finished: str = "1", language: str = "FR", cells: tuple[str, ...] = (), **more: str
) -> list[str]:
    answers = cells or ("1", *["4"] * 6, "F", "0")
    return [
        "2026-11-01 10:00:00",
        "2026-11-01 10:05:00",
        status,
        "100",
        finished,
        "2026-11-01 10:05:01",
        "R_1",
        language,
        *answers,
        *more.values(),
    ]


def text(headings: list[str], rows: list[list[str]], second: list[str] | None = None) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(headings)
    writer.writerow(second or headings)
    writer.writerow([f'{{"ImportId":"QID{place}"}}' for place in range(len(headings))])
    writer.writerows(rows)
    return "\ufeff" + buffer.getvalue()


NUMBERED = [*META, "CONSENT", *(f"TRUST_{item}" for item in ITEMS[1:7]), "SEX", "CONTACT"]


def test_numbers(tiny: Questionnaire, place: Write) -> None:
    answers = read_responses(place("a.csv", text(NUMBERED, [row(), row(language="EN", finished="0")])), tiny)
    assert answers.frame["FA1"].tolist() == [4, 4]
    assert answers.frame["language"].tolist() == ["fr", "en"]
    assert answers.frame["finished"].tolist() == ["yes", "no"]
    assert answers.roles.respondent is None
    codes = {problem.code for problem in answers.problems}
    assert codes == {"R-ROW-HEADING", "R-ROW-UNFINISHED", "R-CODE-RECODED"}
    assert "row 4" in next(str(problem) for problem in answers.problems if problem.code == "R-ROW-UNFINISHED")


def test_texts_under_numbers_of_questions(tiny: Questionnaire, place: Write) -> None:
    headings = [*META, "Q1", *(f"Q2_{place}" for place in range(1, 7)), "Q3", "Q4"]
    stem = tiny.sections[1].text.read("fr")
    second = [
        *META,
        *(
            f"{stem} - {tiny.item(item).text.read('fr')}"
            if item[:2] in {"FA", "EF"}
            else tiny.item(item).text.read("fr")
            for item in ITEMS
        ),
    ]
    said = [tiny.item(item).response_scale.options[0].text.read("fr") for item in ITEMS]
    answers = read_responses(
        place("a.csv", text(headings, [row("IP Address", "True", "FR-BE", tuple(said))], second)), tiny
    )
    assert answers.frame[list(ITEMS)].iloc[0].tolist() == [1, 1, 1, 1, 1, 1, 1, "F", 1]
    assert answers.frame["language"].tolist() == ["fr"]
    assert {problem.code for problem in answers.problems} == {"R-ROW-HEADING"}


def test_the_older_shape(tiny: Questionnaire, place: Write) -> None:
    second = [
        "ResponseID",
        "ResponseSet",
        "Name",
        "Status",
        "StartDate",
        "EndDate",
        "Finished",
        *(tiny.item(item).text.read("en") for item in ITEMS),
    ]
    headings = [*(f"V{place}" for place in range(1, 8)), *ITEMS]
    rows = [headings, second, ["R_1", "Default", "Anonymous", "0", "d", "d", "1", "1", *["4"] * 6, "F", "0"]]
    content = "\r\n".join(",".join(f'"{cell}"' for cell in one) for one in rows)
    answers = read_responses(place("a.csv", content), tiny)
    assert answers.frame["FA1"].tolist() == [4]
    assert answers.frame["finished"].tolist() == ["yes"]
    assert "R-COLUMN-UNKNOWN" not in {problem.code for problem in answers.problems}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "1"}, "R-ROW-PREVIEW"),
        ({"status": "Survey Preview"}, "R-ROW-PREVIEW"),
        ({"status": "8"}, "R-ROW-SPAM"),
        ({"flag": "Screened"}, "R-ROW-SCREENED"),
        ({"flag": "QuotaMet"}, "R-ROW-QUOTA"),
    ],
)
def test_rows_that_do_not_count_are_set_aside_and_told(
    change: dict[str, str], code: str, tiny: Questionnaire, place: Write
) -> None:
    rows = [row(flag=""), row(**{"flag": "", **change})]
    with pytest.warns(UserWarning, match="set aside"):
        answers = read_responses(place("a.csv", text([*NUMBERED, "Q_TerminateFlag"], rows)), tiny)
    assert len(answers) == 1
    assert answers.rejected.to_dict("list") == {"row": [4], "column": [""], "code": [code]}


def test_nothing_but_previews_is_refused(tiny: Questionnaire, place: Write) -> None:
    with pytest.raises(ResponsesError, match=r"No row of a.csv can be used.*\n.*R-ROW"):
        read_responses(place("a.csv", text(NUMBERED, [row("1"), row("1")])), tiny)


def test_seen_and_left_empty_is_blank(tiny: Questionnaire, place: Write) -> None:
    cells = ("1", "-99", *["4"] * 5, "F", "0")
    answers = read_responses(place("a.csv", text(NUMBERED, [row(cells=cells)])), tiny)
    assert answers.missing["FA1"].tolist() == [2]
    assert "R-BLANK-WORD" in {problem.code for problem in answers.problems}
