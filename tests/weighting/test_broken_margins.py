"""Margins that cannot be met are refused, each with a sentence of its own: what, where, and the cure; no small count is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import trustmeter as tm

Maker = Callable[..., tm.Responses]
SEX = {"1": 0.5, "2": 0.5}
SECRET = 8153
"""An answer and a weight that no message may hold."""


def area(*sizes: int) -> np.ndarray:
    return np.repeat(np.arange(1, len(sizes) + 1), sizes)


HALVES = area(200, 200)
STRANGE = (np.arange(400) > 396) * SECRET


@dataclass(frozen=True)
class Case:
    name: str
    margins: Any
    said: tuple[str, ...]
    changed: dict[str, Any] = field(default_factory=dict)
    verb: str = "rake"
    options: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("empty category", {"area": {"1": 40, "2": 30, "9": 30}}, ("W-EMPTY", "area '9'", "Nobody", "groups={'area'"),
         {"area": area(300, 100)}),
    Case("too few in a category", {"area": {"1": 40, "2": 30, "3": 30}}, ("W-FEW", "area '3'", "Fewer than 5", "groups="),
         {"area": area(200, 197, 3)}),
    Case("a category the margins do not have", {"area": {"1": 0.6, "2": 0.4}},
         ("W-CATEGORY-UNKNOWN", "hold '1', '2'", "fewer than 5 people", "recode="), {"area": area(200, 197, 3) + STRANGE}),
    Case("nobody lives there", {"area": {"1": 60, "2": 40, "3": 0}}, ("W-NOBODY-LIVES", "area '3'", "the margin has nobody", "select"),
         {"area": area(200, 150, 50)}),
    Case("an age outside the bands", {"age": {"18-44": 0.5, "45+": 0.5}}, ("W-CATEGORY-UNKNOWN", "18-44", "bands", "fewer than 5"),
         {"age": np.where(np.arange(400) < 3, 12, 30 + np.arange(400) % 40)}),
    Case("totals differ", {"sex": {"1": 500, "2": 500}, "area": {"1": 600, "2": 600}}, ("N-TOTALS", "1000", "1200", "same source"),
         {"area": area(200, 200)}),
    Case("a cross disagrees with its margin",
         {"sex": {"1": 500, "2": 500}, "area x sex": {"1 x 1": 300, "2 x 1": 300, "1 x 2": 200, "2 x 2": 200}},
         ("N-DISAGREE", "'sex'", "'1', '2'"), {"area": area(200, 200)}),
    Case("margins contradict each other", {"sex": {"1": 0.5, "2": 0.5}, "age": {"1": 0.2, "2": 0.2, "3": 0.6}},
         ("together", "age '3'", "sex '1'", "60.0%", "50.0%", "groups"),
         {"age": np.repeat([1, 2, 3], [100, 100, 200]), "sex": np.concatenate([np.tile([1, 2], 100), np.ones(200, int)])}),
    Case("some would get weight zero", {"sex": {"1": 0.5, "2": 0.5}, "age": {"1": 0.25, "2": 0.25, "3": 0.5}},
         ("together", "age '3'", "sex '1'", "weight zero"),
         {"age": np.repeat([1, 2, 3], [100, 100, 200]), "sex": np.concatenate([np.tile([1, 2], 100), np.ones(200, int)])}),
    Case("upper bound too narrow", {"sex": {"1": 0.9, "2": 0.1}}, ("upper bound 1.2", "must be at least 1.8", "Widen the upper bound"),
         {"sex": HALVES, "w": 1.0}, "calibrate", {"method": "logit", "bounds": (0.1, 1.2)}),
    Case("lower bound too narrow", {"sex": {"1": 0.9, "2": 0.1}}, ("lower bound 0.5", "must be at most 0.2", "Widen the lower bound"),
         {"sex": HALVES, "w": 1.0}, "calibrate", {"method": "linear", "bounds": (0.5, 5)}),
    Case("bounds without one", {"sex": SEX}, ("bounds", "hold 1 between", "(0.3, 3.0)"), {}, "calibrate", {"bounds": (1.1, 2)}),
    Case("a mean nobody can have", {"sex": SEX}, ("margins and means", "Leave a mean out"), {}, "calibrate",
         {"method": "raking", "means": {"household": 40}}),
    Case("a mean that follows from a margin", {"sex": SEX}, ("'household' follow from", "one source"), {"household": HALVES, "sex": HALVES},
         "calibrate", {"means": {"household": 1.2}}),
    Case("a negative number", {"sex": {"1": 500, "2": -20}}, ("N-NEGATIVE", "below zero", "0 or more")),
    Case("no number", {"sex": {"1": 500, "2": float("nan")}}, ("N-NUMBER", "missing", "its number")),
    Case("shares that do not sum to one", {"sex": {"1": 0.5, "2": 0.4}}, ("N-SHARES", "0.9", "sum to 1")),
    Case("one category", {"sex": {"1": 500}}, ("W-ONE-CATEGORY", "nothing to weight to"), {"sex": 1}),
    Case("fewer people than answered", {"sex": {"1": 49, "2": 50}}, ("W-CROWD", "margin 'sex'", "sum to 99", "sum to 1 or 100")),
    Case("too small a sum", tm.margins({"sex": {"1": 0.5, "2": 0.4}}, share=False), ("W-SUM", "0.9", "no number of people")),
    Case("open answers", {"sex": SEX}, ("W-UNANSWERED", "left the question open", "own_share"),
         {"sex": np.where(np.arange(400) < 3, np.nan, 1 + np.arange(400) % 2)}),
    Case("a negative weight", {"sex": SEX}, ("W-WEIGHT-NEGATIVE", "column 'w'", "below zero"), {"w": 1 - STRANGE}),
    Case("a missing weight", {"sex": SEX}, ("W-WEIGHT-MISSING", "column 'w'", "no weight"), {"w": np.where(STRANGE, np.nan, 1.0)}),
    Case("all weights zero", {"sex": SEX}, ("W-WEIGHT-ZERO", "All weights are zero"), {"w": 0.0}),
    Case("a variable that was not asked", {"religion": {"a": 0.5, "b": 0.5}}, ("'religion'", "columns={'religion'"), {}),
    Case("a column that is there", {"sex": SEX}, ("'weight' already", "column='weight_2'"), {}, "rake", {"column": "w"}),
    Case("several margins to post-stratify", {"sex": SEX, "age": {str(k): 0.2 for k in range(1, 6)}}, ("one margin", "Got 2", "`rake`"), {},
         "post_stratify"),
    Case("too narrow to trim", {"sex": {"1": 0.9, "2": 0.1}}, ("upper bound 1.5", "at least 1.8", "mean weight"),
         {"sex": area(200, 200), "w": 1.0}, "trim_weights", {"upper": 1.5}),
]  # fmt: skip


def call(case: Case, people: tm.Responses) -> object:
    if case.verb == "trim_weights":
        return tm.trim_weights(people, keep_margins=case.margins, **case.options)
    return getattr(tm, case.verb)(people, case.margins, **case.options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_fault_has_its_message(case: Case, make_people: Maker) -> None:
    people = make_people(**case.changed)
    with pytest.raises(tm.TrustmeterError) as caught:
        call(case, people)
    message = str(caught.value)
    wanted = tuple(part.replace("'weight", "'w") for part in case.said) if case.options.get("column") else case.said
    assert [part for part in wanted if part not in message] == []
    assert str(SECRET) not in message
    assert not re.search(r"\b[1-4] (?:people|rows|respondents|answers)\b", message)
    assert "Traceback" not in message
    assert message.rstrip().endswith((".", "?"))


def test_all_faults_of_rows_are_told_at_once(make_people: Maker) -> None:
    people = make_people(area=area(200, 197, 3))
    with pytest.raises(tm.DesignError) as caught:
        tm.rake(
            people,
            {"area": {"1": 30, "2": 30, "4": 40}, "sex": {"1": 50, "2": 25, "7": 25}},
            recode={"area": {"3": "1"}},
        )
    assert [problem.code for problem in caught.value.problems] == ["W-EMPTY", "W-EMPTY"]
