"""Questions with several answers, which no questionnaire here has: told in one clear sentence, never read as one answer."""

from __future__ import annotations

import csv
import json
import re
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustmeter.errors import DataQualityWarning, ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import MISSING_KINDS, Responses

OWN = {
    "limesurvey": {"id": "1", "submitdate": "2026-11-01 10:00:00", "lastpage": "3", "startlanguage": "en"},
    "kobo": {"_id": "1", "_uuid": "u1", "_submission_time": "2026-11-01T10:00:00"},
    "redcap": {"record_id": "1", "tiny_complete": "2"},
    "table": {},
}
ITEMS = ("CONSENT", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "CONTACT")


def read(path: Path | pd.DataFrame, asked: Questionnaire, **how: Any) -> Responses:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return read_responses(path, asked, **how)


def person(tool: str, **cells: str) -> pd.DataFrame:
    return pd.DataFrame([{**OWN[tool], **dict.fromkeys(ITEMS, "1"), **cells}])


def note(answers: Responses, code: str) -> str:
    (found,) = [str(problem) for problem in answers.problems if problem.code == code]
    return found


SEVERAL = {
    "kobo, codes with a blank between": ("kobo", {"SEX": "F M"}),
    "kobo, ticks": ("kobo", {"SEX/F": "1", "SEX/M": "1", "SEX/99": "0"}),
    "limesurvey, multiple choice": ("limesurvey", {"SEX[F]": "Y", "SEX[M]": "Y", "SEX[99]": ""}),
    "redcap, checkboxes": ("redcap", {"sex___f": "1", "sex___m": "1", "sex___99": "0"}),
    "Microsoft Forms": ("table", {"SEX": "Woman;Man;"}),
    "Google Forms": ("table", {"SEX": "Femme, Homme"}),
}


@pytest.mark.parametrize("case", SEVERAL)
def test_several_answers_to_a_question_that_takes_one(case: str, tiny: Questionnaire) -> None:
    tool, cells = SEVERAL[case]
    with pytest.raises(ResponsesError, match=r"1 cell with several answers, and item SEX takes one") as caught:
        read_responses(person(tool, **cells), tiny)
    assert [problem.code for problem in caught.value.problems if problem.severity == "error"] == ["R-CODE-SEVERAL"]
    answers = read(person(tool, **cells), tiny, strict=False)
    assert MISSING_KINDS[answers.missing["SEX"].iloc[0] - 1] == "blank"
    assert answers.rejected["code"].tolist() == ["R-CODE-SEVERAL"]


ONE = {
    "kobo": {"SEX": "M", "SEX/F": "0", "SEX/M": "1"},
    "limesurvey": {"SEX[F]": "", "SEX[M]": "Y", "SEX[99]": ""},
    "redcap": {"sex___f": "0", "sex___m": "1", "sex___99": "0"},
}


@pytest.mark.parametrize("tool", ONE)
def test_one_tick_is_one_answer(tool: str, tiny: Questionnaire) -> None:
    assert read(person(tool, **ONE[tool]), tiny).frame["SEX"].tolist() == ["M"]


STRANGERS = {
    "kobo": ({"g/why": "a c", "g/why/a": "1", "g/why/b": "0", "g/why/c": "1"}, "'g/why'", 4),
    "limesurvey": ({"WHY[SQ001]": "Y", "WHY[SQ002]": "", "WHY[other]": "my neighbour"}, "'WHY'", 3),
    "redcap": ({"why___1": "1", "why___2": "0"}, "'why'", 2),
}


@pytest.mark.parametrize("tool", STRANGERS)
def test_ticks_of_other_questions_are_told_once_and_not_read(tool: str, tiny: Questionnaire) -> None:
    cells, name, count = STRANGERS[tool]
    answers = read(person(tool, SEX="F", **cells), tiny)
    told = note(answers, "R-COLUMN-TICKS")
    assert f"{count} columns are" in told
    assert "1 question with several answers" in told
    assert name in told
    assert "neighbour" not in told
    assert "R-COLUMN-UNKNOWN" not in {problem.code for problem in answers.problems}
    first = next(iter(cells))
    kept = read(person(tool, SEX="F", **cells), tiny, keep=[first])
    assert first in kept.frame


def test_a_battery_that_is_no_tick_list_is_left_alone(tiny: Questionnaire) -> None:
    answers = read(person("limesurvey", SEX="F", **{"Q[SQ001]": "4", "Q[SQ002]": "5"}), tiny)
    codes = {problem.code for problem in answers.problems}
    assert "R-COLUMN-TICKS" not in codes
    assert "R-COLUMN-UNKNOWN" in codes


def test_the_real_limesurvey_file(tiny: Questionnaire, real_data: Path) -> None:
    """A real export of 680 columns, beside our items: exactly the questions that its structure calls multiple choice."""
    folder = real_data / "exports" / "limesurvey_n2"
    with (folder / "dummy_data_2021_codeonly.csv").open(encoding="utf-8-sig", newline="") as stream:
        headings, *rows = csv.reader(stream)
    frame = pd.DataFrame(rows, columns=headings)
    frame = frame.loc[:, ~frame.columns.duplicated()].assign(**dict.fromkeys(ITEMS, "1"), SEX="F")
    answers = read(frame, tiny)
    told = note(answers, "R-COLUMN-TICKS")
    count = int(re.search(r"ticks of ([0-9]+) questions", told)[1])  # type: ignore[index]
    ticked = {
        heading.partition("[")[0]
        for heading in frame
        if re.fullmatch(r"\w+\[SQ[0-9]+\]", heading) and set(frame[heading]) == {"", "Y"}
    }
    assert count >= len(ticked) > 5
    assert {"A10", "B1", "C9", "E8"} <= ticked
    assert not {"B6", "C1", "C5", "C10"} & ticked
    assert answers.frame["FA1"].eq(1).all()


def test_select_multiple_in_the_json_of_kobo(tiny: Questionnaire, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(person("kobo", SEX="F M").to_dict("records")), encoding="utf-8")
    with pytest.raises(ResponsesError, match="R-CODE-SEVERAL"):
        read_responses(path, tiny)
