"""Calls that cannot be answered: trimming without weights, means that are not known, answers that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

Maker = Callable[..., tm.Responses]
SEX = {"sex": {"1": 0.5, "2": 0.5}}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "needs `lower`, `upper`, or both"),
        ({"upper": -1.0}, "must be a number of 0 or more"),
        ({"upper": 0.5}, "hold the mean weight"),
        ({"lower": 1.5, "upper": 3}, "hold the mean weight"),
    ],
)
def test_bounds_that_cannot_be(make_people: Maker, options: dict[str, Any], said: str) -> None:
    with pytest.raises(tm.TrustmeterError, match=said):
        tm.trim_weights(make_people(), **options)


def test_trimming_from_both_sides_may_leave_nobody(make_people: Maker) -> None:
    people = make_people(w=np.repeat([0.1, 3.7], [300, 100]))
    with pytest.raises(tm.EstimationError, match="nobody left"):
        tm.trim_weights(people, lower=0.9, upper=2)
    assert tm.trim_weights(people, lower=0.1, upper=2).weights.sum() == pytest.approx(400)


def test_trimming_needs_weights_and_tells_what_contradicts(make_people: Maker) -> None:
    with pytest.raises(tm.DesignError, match="Weight them first"):
        tm.trim_weights(make_people(base=False), upper=3)
    one_sided = make_people(age=np.repeat([1, 2], 200), sex=np.concatenate([np.ones(200, int), np.tile([1, 2], 100)]))
    margins = {"age": {"1": 0.6, "2": 0.4}, "sex": {"1": 0.5, "2": 0.5}}
    with pytest.raises(tm.EstimationError, match="Everybody of sex '2' who answered is also of age '2'"):
        tm.trim_weights(one_sided, upper=9, keep_margins=margins)
    with pytest.raises(tm.EstimationError, match="Everybody of sex '2'"):
        tm.calibrate(one_sided, margins, method="raking")
    with pytest.raises(tm.EstimationError, match="Everybody of sex '2'"):
        tm.calibrate(one_sided, margins, bounds=(0, 50))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"means": {"income": 2.0}}, "no question or kept column 'income'"),
        ({"means": {"household": "two"}}, "needs a number as the mean"),
        ({"means": {"y": 50.0}}, "from each person"),
        ({"method": "logit"}, "needs them"),
        ({"bounds": (0.5,)}, "two numbers"),
        ({"method": "other"}, "method"),
    ],
)
def test_calibration_that_cannot_be(make_people: Maker, options: dict[str, Any], said: str) -> None:
    people = make_people(y=np.where(np.arange(400) == 7, np.nan, 50.0))
    with pytest.raises(tm.DesignError, match=said):
        tm.calibrate(people, SEX, **options)


def test_negative_weights_are_told(make_people: Maker) -> None:
    people = make_people(base=False)
    found = tm.calibrate(people, SEX, means={"household": 5.0})
    assert found.weights.min() < 0
    assert any("negative" in note for note in found.notes)
    kept = tm.calibrate(people, SEX, means={"household": 5.0}, method="raking")
    assert kept.weights.min() > 0
    assert np.average(people.frame["household"], weights=kept.weights) == pytest.approx(5.0)


def test_margins_may_come_as_nouns_only(make_people: Maker) -> None:
    margins = tm.margins(SEX)
    one = tm.post_stratify(make_people(), margins.margins[0])
    assert one.weights == pytest.approx(tm.rake(make_people(), margins).weights)
    with pytest.raises(tm.DesignError, match="must be `Margins`"):
        tm.rake(make_people(), [0.5, 0.5])  # type: ignore[arg-type]
    with pytest.raises(tm.DesignError, match="takes the answers"):
        tm.rake(pd.DataFrame(), margins)  # type: ignore[arg-type]
    with pytest.raises(tm.DesignError, match="fewer"):
        tm.rake(make_people().select(np.arange(400) < 8), margins)
    with pytest.raises(tm.DesignError, match="Terms: "):
        one.value("before", margin="religion", category="1")


def test_a_cell_that_a_cross_does_not_have_is_told_apart(make_people: Maker) -> None:
    margins = {"area x sex": {"1 x 1": 300, "2 x 1": 300, "1 x 2": 400}}
    people = make_people(area=np.repeat([1, 2], 200), sex=np.tile([1, 2], 200))
    with pytest.raises(tm.DesignError, match=r"W-CELL-UNKNOWN.*100 people"):
        tm.rake(people, margins)


@pytest.mark.parametrize(("change", "said"), [("few", "Leave that wave out"), ("missing", "wave of each row")])
def test_waves_that_cannot_be_weighted(make_answers: Maker, change: str, said: str) -> None:
    answers = make_answers(40)
    frame = answers.frame.copy()
    frame["wave"] = frame["wave"].astype(object)
    frame.loc[:3, "wave"] = None if change == "missing" else "2021"
    changed = tm.Responses(frame, answers.missing, answers.questionnaire, answers.roles)
    with pytest.raises(tm.DesignError, match=said):
        tm.rake(changed, {"SEX": {"F": 0.5, "M": 0.5}})


def test_a_raking_that_was_given_too_few_rounds_says_so(make_people: Maker, reference_margins: dict) -> None:
    with pytest.raises(tm.EstimationError, match="within 1 rounds, though they can be met"):
        tm.rake(make_people(), reference_margins, max_iterations=1)


def test_nonresponse_needs_those_who_did_not_answer(make_people: Maker) -> None:
    people = make_people(base=False)
    asked = pd.DataFrame({"who": range(402), "sex": ["F", "M"] * 201})
    call = {"predictors": "sex", "respondent": "who"}
    with pytest.raises(tm.EstimationError, match="Everybody"):
        tm.nonresponse_weights(people, asked.head(400), **call)
    with pytest.raises(tm.EstimationError, match="Fewer than 5"):
        tm.nonresponse_weights(people, asked, **call)
    with pytest.raises(tm.DesignError, match="must be a frame"):
        tm.nonresponse_weights(people, [1, 2], **call)  # type: ignore[arg-type]
    more = pd.DataFrame({"who": range(600), "calls": np.arange(600) % 5, "w": 2.0})
    found = tm.nonresponse_weights(people, more, predictors="calls", respondent="who", weights="w")
    assert found.weights.sum() == pytest.approx(1200)
    assert "margins" not in found.to_dict()
