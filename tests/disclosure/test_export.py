"""Files that may be given away: nobody stands out in them, no id, no free text, no formula; and a log beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import Responses, Roles
from trustmeter.results import SIMULATED_MARK, Result, vocabulary_frame

Maker = Callable[..., Responses]


def with_comment(answers: Responses, texts: list[str | None]) -> Responses:
    """The same answers with one more item of free text."""
    comment = Item("COMMENT", Text({"en": "Comment?"}, base="en"), ResponseScale("free", "text", ()))
    asked: Questionnaire = answers.questionnaire
    section = Section("end", Text({"en": "End"}, base="en"), Text({"en": ""}, base="en"), (comment,))
    frame = answers.frame.assign(COMMENT=pd.array(texts, dtype="string"))
    missing = answers.missing.assign(COMMENT=np.zeros(len(frame), dtype="int8"))
    return replace(
        answers, frame=frame, missing=missing, questionnaire=replace(asked, sections=(*asked.sections, section))
    )


def with_areas(answers: Responses, few: int, *, ids: bool = True) -> Responses:
    """The same answers with a kept column: one wave's first rows live in a place of their own."""
    area = np.array(["town"] * len(answers), dtype=object)
    area[:few] = "hamlet"
    frame = answers.frame.assign(area=area, weight=1.0)
    roles = Roles("id" if ids else None, "wave", "zone", kept=("area", "weight"))
    return replace(answers, frame=frame, roles=roles)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="string", encoding="utf-8-sig")


def test_only_what_was_named_and_the_scales_are_written(make_answers: Maker, tmp_path: Path) -> None:
    answers = with_areas(make_answers(60), 0)
    written = tm.safe_export(answers, tmp_path / "answers.csv", quasi_identifiers=["SEX"])
    found = read(written.path)
    assert set(found.columns) == {"wave", "SEX", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3"}
    assert written.columns == tuple(found.columns)
    assert len(found) == 120
    log = written.log_path.read_text(encoding="utf-8")
    assert written.log_path.name == "answers-disclosure.txt"
    assert log.startswith("Disclosure log. It stays with")
    assert (
        "Columns left out, for nobody named them or they say who somebody is: id, zone, CONSENT, CONTACT, area, weight."
        in log
    )


def test_rows_are_the_same_rows_in_another_order(make_answers: Maker, tmp_path: Path) -> None:
    answers = make_answers(60)
    written = tm.safe_export(answers, tmp_path / "a.csv", quasi_identifiers=["SEX"])
    columns = list(written.columns)
    ours = answers.frame[columns].astype("string").reset_index(drop=True)
    found = read(written.path)
    assert not ours.equals(found)
    sort = [frame.fillna("").sort_values(columns).reset_index(drop=True) for frame in (ours, found)]
    pd.testing.assert_frame_equal(*sort, check_dtype=False)


@pytest.mark.parametrize("few", [1, 3, 4])
def test_people_who_stand_out_make_the_file_be_refused_without_their_number(
    make_answers: Maker, tmp_path: Path, few: int
) -> None:
    answers = with_areas(make_answers(60), few)
    with pytest.raises(
        EstimationError, match=r"^Fewer than 5 rows are in classes of fewer than 5 people alike in wave, area"
    ):
        tm.safe_export(answers, tmp_path / "a.csv", quasi_identifiers=["area"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("few", [1, 3, 4, 12])
@pytest.mark.parametrize("way", ["blank", "drop"])
@pytest.mark.parametrize("ids", ["drop", "random"])
def test_afterwards_nobody_stands_out(make_answers: Maker, tmp_path: Path, few: int, way: str, ids: str) -> None:
    answers = with_areas(make_answers(80), few)
    written = tm.safe_export(
        answers,
        tmp_path / "a.csv",
        quasi_identifiers=["SEX", "area"],
        small_classes=way,
        ids=ids,  # type: ignore[arg-type]
    )
    found = read(written.path).fillna("nothing")
    if ids == "drop":
        assert found.groupby(["wave", "SEX", "area"]).size().min() >= 5
    else:
        journeys = (
            found.sort_values("wave")
            .groupby("person")
            .apply(lambda one: "|".join(one["wave"] + one["SEX"] + one["area"]), include_groups=False)
        )
        assert journeys.value_counts().min() >= 5
    gone = 160 - len(found)
    assert gone == 0 or gone >= 5


def test_random_numbers_tie_waves_together_and_are_new_each_time(make_answers: Maker, tmp_path: Path) -> None:
    answers = make_answers(60)
    drawn = []
    for number in range(2):
        written = tm.safe_export(answers, tmp_path / f"{number}.csv", quasi_identifiers=[], ids="random")
        found = read(written.path)
        assert (found.groupby("person").size() == 2).all()
        assert "id" not in found
        drawn.append(found)
    assert not drawn[0].equals(drawn[1])
    own = answers.frame.astype("string")
    key = ["FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "wave"]
    merged = drawn[0].merge(own[[*key, "id"]], on=key)
    assert (merged["person"] == merged["id"]).mean() < 0.5


def test_texts_are_written_only_when_redacted_and_read(make_answers: Maker, tmp_path: Path) -> None:
    answers = make_answers(60)
    answers = with_comment(answers, ["bel 0470 12 34 56", "=1+1", None] * 40)
    left_out = tm.safe_export(answers, tmp_path / "a.csv", quasi_identifiers=[])
    assert "COMMENT" not in left_out.columns
    with pytest.raises(DesignError, match="Free text is not written as it is"):
        tm.safe_export(answers, tmp_path / "a.csv", quasi_identifiers=[], sensitive=["COMMENT"])
    redacted = tm.redact(answers.frame["COMMENT"])
    with pytest.raises(DesignError, match="reviewed=True"):
        tm.safe_export(answers, tmp_path / "a.csv", quasi_identifiers=[], texts={"COMMENT": redacted})
    with pytest.raises(DesignError, match="one text a row"):
        tm.safe_export(
            answers, tmp_path / "a.csv", quasi_identifiers=[], texts={"COMMENT": tm.redact(["a"])}, reviewed=True
        )
    with pytest.raises(DesignError, match="is none"):
        tm.safe_export(answers, tmp_path / "a.csv", quasi_identifiers=[], texts={"FA1": redacted}, reviewed=True)
    written = tm.safe_export(
        answers, tmp_path / "b.csv", quasi_identifiers=[], texts={"COMMENT": redacted}, reviewed=True
    )
    assert set(read(written.path)["COMMENT"].dropna()) == {"bel [phone]", "'=1+1"}
    assert "bel" not in written.log_path.read_text(encoding="utf-8")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(make_answers: Maker, tmp_path: Path, start: str) -> None:
    answers = make_answers(60)
    answers = replace(answers, frame=answers.frame.assign(wave=f"{start}2022"))
    for name in ("a.csv", "a.xlsx"):
        written = tm.safe_export(answers, tmp_path / name, quasi_identifiers=[])
        if name.endswith("csv"):
            cells = written.path.read_text(encoding="utf-8-sig").splitlines()[1].split(",")
            assert cells[0].strip('"').startswith("'")
        else:
            book = openpyxl.load_workbook(written.path)
            assert str(book.active["A2"].value).startswith("'")
            assert book.active["A2"].data_type == "s"


def test_made_up_answers_say_so(make_answers: Maker, tmp_path: Path) -> None:
    written = tm.safe_export(make_answers(60, simulated=True), tmp_path / "a.csv", quasi_identifiers=[])
    assert set(read(written.path)["data"]) == {SIMULATED_MARK}


def test_results_are_written_without_small_numbers(make_answers: Maker, tmp_path: Path) -> None:
    rows = [
        {"scale": "a", "estimate": 1.5, "p_value": 0.1, "n": 40, "suppressed": False},
        {"scale": "=b", "estimate": 2.5, "p_value": 0.2, "n": 7, "suppressed": False},
        {"scale": "c", "estimate": 3.5, "p_value": 0.3, "n": 3, "suppressed": False},
    ]
    result = Result(table=vocabulary_frame(rows))
    found = read(tm.safe_export(result, tmp_path / "r.csv").path)
    assert found["estimate"].fillna("").tolist() == ["1.5", "", ""]
    assert found["p_value"].fillna("").tolist() == ["0.1", "", ""]
    assert found["n"].fillna("").tolist() == ["40", "7", ""]
    assert found["suppressed"].tolist() == ["False", "True", "True"]
    assert found["scale"].tolist()[1] == "'=b"
    meter = tm.reliability(make_answers(60))
    assert len(read(tm.safe_export(meter, tmp_path / "m.csv").path)) == len(meter.table)


def test_a_safe_table_is_written_as_people_read_it(tmp_path: Path) -> None:
    people = pd.DataFrame({"group": ["a"] * 30 + ["b"] * 20 + ["c"] * 2})
    written = tm.safe_export(tm.safe_table(people, "group"), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(written.path).active
    assert [[cell.value for cell in row] for row in sheet] == [
        ["group", "count"], ["a", 30], ["b", "hidden"], ["c", "hidden"], ["(total)", 52],
    ]  # fmt: skip
    assert "c / inner / threshold" in written.log


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "needs to know what others could know"),
        ({"quasi_identifiers": ["id"]}, "ids='random'"),
        ({"quasi_identifiers": ["SEXE"]}, "Did you mean 'SEX'"),
        ({"quasi_identifiers": ["SEX"], "sensitive": ["SEX"]}, "not as both"),
        ({"quasi_identifiers": [], "k": 4}, "at least 5"),
        ({"quasi_identifiers": [], "small_classes": "hide"}, "'refuse', 'blank', 'drop'"),
        ({"quasi_identifiers": [], "ids": "keep"}, "'drop', 'random'"),
        ({"quasi_identifiers": [], "to": "a.sav"}, "writes .csv or .xlsx"),
        ({"quasi_identifiers": [], "to": "nowhere/a.csv"}, "folder is not there"),
        ({"quasi_identifiers": [], "seed": "x"}, "seed"),
    ],
)
def test_what_cannot_be_written_is_refused(make_answers: Maker, tmp_path: Path, arguments: dict, words: str) -> None:
    to = tmp_path / arguments.pop("to", "a.csv")
    with pytest.raises(DesignError, match=words):
        tm.safe_export(make_answers(60), to, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_frames_few_rows_and_results_with_columns_are_refused(make_answers: Maker, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="takes responses or a result"):
        tm.safe_export(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="Fewer than 10 rows"):
        tm.safe_export(make_answers(4), tmp_path / "a.csv", quasi_identifiers=[], small_classes="drop")
    with pytest.raises(DesignError, match="for responses only"):
        tm.safe_export(tm.reliability(make_answers(60)), tmp_path / "a.csv", quasi_identifiers=["SEX"])
    without = with_areas(make_answers(60), 0, ids=False)
    with pytest.raises(DesignError, match="respondent"):
        tm.safe_export(without, tmp_path / "a.csv", quasi_identifiers=[], ids="random")
