"""Who stands out is found, with the cause; no count from 1 to 4 is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.responses.model import Responses


def people(odd: int = 1) -> pd.DataFrame:
    """Everybody is alike in age and gender, but for a few of another gender."""
    frame = pd.DataFrame(
        {"age": ["18-34", "35-64"] * 30, "gender": ["F", "F", "M", "M"] * 15, "trust": [1, 2, 3, 4, 5] * 12}
    )
    frame.loc[: odd - 1, "gender"] = "X"
    return frame


def test_the_cause_and_the_cure_are_named() -> None:
    report = tm.check_anonymity(people(1), ["age", "gender"], ["trust"])
    assert not report.reached
    assert report.causes == (("gender",),)
    assert any("Without gender nobody would stand out" in note for note in report.notes)
    assert any(note.startswith("Fewer than 5 rows") for note in report.notes)


def test_two_columns_can_be_the_cause_together() -> None:
    frame = pd.DataFrame({"a": ["x"] * 30 + ["y"] * 30, "b": ["u"] * 29 + ["v"] * 31, "c": ["same"] * 60})
    assert tm.check_anonymity(frame, ["a", "b", "c"]).causes == (("a", "b"),)


def test_nobody_stands_out_where_all_are_alike() -> None:
    report = tm.check_anonymity(people(20), ["age", "gender"], ["trust"])
    assert report.reached
    assert report.causes == ()
    row = report.table.set_index("term").loc["k_anonymity"]
    assert row["estimate"] == people(20).groupby(["age", "gender"]).size().min()
    assert (report.table[report.table["term"] == "rows_below_k"]["estimate"] == 0).all()


@pytest.mark.parametrize("odd", [1, 2, 3, 4])
def test_counts_from_one_to_four_are_told_nowhere(odd: int) -> None:
    """However many stand out, the report reads the same."""
    told = [tm.check_anonymity(people(number).assign(fear="no"), ["gender"], ["fear"]) for number in (odd, 1)]
    assert str(told[0]) == str(told[1])
    assert json.dumps(told[0].to_dict()) == json.dumps(told[1].to_dict())


def test_larger_numbers_are_told_to_the_nearest_five() -> None:
    frame = pd.DataFrame({"street": [f"s{number // 2}" for number in range(17)] + ["big"] * 50})
    report = tm.check_anonymity(frame, ["street"])
    assert report.table.set_index("term").loc["rows_below_k", "estimate"] == 15
    assert any("About 15 rows" in note for note in report.notes)


def test_a_class_of_one_answer_is_noticed() -> None:
    frame = pd.DataFrame({"group": ["a"] * 20 + ["b"] * 20, "fear": ["no"] * 20 + ["no", "yes"] * 10})
    report = tm.check_anonymity(frame, ["group"], ["fear"])
    assert report.reached
    assert report.table.set_index("term").loc["distinct_l", "estimate"] == 1
    assert any("same answer" in note for note in report.notes)


def test_ordered_answers_go_by_their_order(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60, blanks=0.1, simulated=True)
    report = tm.check_anonymity(answers, ["SEX", "wave"], ["FA1", "CONTACT"])
    methods = report.table[report.table["term"] == "t"].set_index("item")["method"]
    assert "ordered" in methods["FA1"]
    assert "half the sum" in methods["CONTACT"]
    assert report.simulated


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"quasi_identifiers": ["age"], "k": 4}, "at least 5"),
        ({"quasi_identifiers": []}, "quasi_identifiers"),
        ({"quasi_identifiers": ["aged"]}, "Did you mean 'age'"),
        ({"quasi_identifiers": ["age"], "sensitive": ["age"]}, "not as both"),
    ],
)
def test_what_cannot_be_checked_is_refused(arguments: dict, words: str) -> None:
    with pytest.raises(DesignError, match=words):
        tm.check_anonymity(people(), **arguments)


def test_ids_too_many_columns_and_too_few_rows_are_refused(make_answers: Callable[..., Responses]) -> None:
    with pytest.raises(DesignError, match="who somebody is"):
        tm.check_anonymity(make_answers(60), ["id"])
    wide = pd.DataFrame(np.zeros((20, 13), dtype=int), columns=[f"c{number}" for number in range(13)])
    with pytest.raises(DesignError, match="at most 12"):
        tm.check_anonymity(wide, list(wide.columns))
    with pytest.raises(EstimationError, match="at least 10 rows"):
        tm.check_anonymity(people().head(9), ["age"])


def test_nobody_hides_behind_himself_in_another_wave(make_answers: Callable[..., Responses]) -> None:
    """Four people of a hamlet who answered twice make eight rows, and are still four people."""
    answers = make_answers(60)
    hamlet = answers.frame["id"] < 4
    frame = answers.frame.assign(area=np.where(hamlet, "hamlet", "town"))
    report = tm.check_anonymity(replace(answers, frame=frame, roles=replace(answers.roles, kept=("area",))), ["area"])
    assert not report.reached
    assert report.quasi_identifiers == ("area", "wave")


def test_classes_that_are_too_small_tell_nothing_of_their_answers() -> None:
    frame = pd.DataFrame({"street": [f"s{number // 3}" for number in range(30)], "fear": ["yes", "no", "no"] * 10})
    report = tm.check_anonymity(frame, ["street"], ["fear"])
    told = report.table[report.table["item"] == "fear"]
    assert told["estimate"].isna().all()
    assert told["suppressed"].all()
