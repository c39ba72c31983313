"""The design that answers carry: what the errors of consistency make of strata, clusters and margins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.responses.design import Calibration

TRUST = tm.load_questionnaire("community-trust")
SCALE = TRUST.scales[0].id


@pytest.fixture(scope="module")
def drawn() -> tm.Responses:
    """700 people in 3 strata of 20 interviewers each, weighted."""
    people = tm.simulate_responses(TRUST, 700, waves=("one",), seed=1)
    row = np.arange(len(people))
    weight = np.random.default_rng(1).uniform(0.5, 2, len(row))
    frame = people.frame.assign(
        w=weight, s=row % 3, c=row % 60 // 3, size=200, one=1, who=[f"c{code}" for code in row % 60]
    )
    return tm.read_responses(frame, TRUST, respondent="id", wave="wave", keep=["w", "s", "c", "size", "one", "who"])


def alpha_of(answers: tm.Responses, **design: object) -> tuple[float, float, tuple[str, ...]]:
    found = tm.reliability(
        answers.with_design(tm.SurveyDesign(**design)), scale=SCALE, coefficients="alpha", interval="adf"
    )
    return found.value("alpha"), float(found.tidy()["std_error"].iloc[0]), found.notes


def test_one_stratum_is_no_stratum(drawn: tm.Responses) -> None:
    plain = alpha_of(drawn, weights="w", clusters="who")
    assert alpha_of(drawn, weights="w", strata="one", clusters="who")[:2] == pytest.approx(plain[:2], rel=1e-12)


def test_a_design_says_the_same_as_its_columns_named_in_the_call(drawn: tm.Responses) -> None:
    named = tm.reliability(drawn, scale=SCALE, coefficients="alpha", interval="adf", weights="w", clusters="who").tidy()
    assert alpha_of(drawn, weights="w", clusters="who")[:2] == (named["estimate"].iloc[0], named["std_error"].iloc[0])


def test_the_error_by_strata_is_that_of_leaving_out_each_cluster_of_its_stratum(drawn: tm.Responses) -> None:
    value, error, notes = alpha_of(drawn, weights="w", strata="s", clusters="c")
    frame, squares = drawn.frame, 0.0
    for stratum in range(3):
        for cluster in range(20):
            mine = (frame["s"] == stratum).to_numpy(dtype=bool)
            out = mine & (frame["c"] == cluster).to_numpy(dtype=bool)
            weight = frame["w"].to_numpy(dtype=float) * np.where(out, 0.0, np.where(mine, 20 / 19, 1.0))
            left = replace(drawn, frame=frame.assign(w=weight))
            squares += 19 / 20 * (alpha_of(left, weights="w")[0] - value) ** 2
    assert error == pytest.approx(np.sqrt(squares), rel=0.02)
    assert notes[-1] == "The design of the answers was used: weights 'w'; strata 's'; clusters 'c'."


def test_a_finite_population_leaves_less_to_chance(drawn: tm.Responses) -> None:
    endless = alpha_of(drawn, weights="w", strata="s", clusters="c")[1]
    finite = alpha_of(drawn, weights="w", strata="s", clusters="c", population="size")[1]
    assert finite == pytest.approx(endless * np.sqrt(1 - 20 / 200), rel=1e-12)


def test_margins_that_were_met_leave_less_to_chance(drawn: tm.Responses) -> None:
    """Categories that go with how much an answer pulls at alpha take that part of the error away."""
    items = tm.keyed_items(drawn, SCALE).astype(float)
    away = items - items.mean()
    pull = (
        away.sum(axis=1, skipna=False) ** 2 / items.sum(axis=1, skipna=False).var()
        - (away**2).sum(axis=1) / items.var().sum()
    )
    far = pd.qcut(pull, 4, labels=False).fillna(4).to_numpy()
    step = Calibration("post_stratify", np.ones(len(drawn)), (far.astype(np.intp),), margins=("far",))
    plain = alpha_of(drawn, weights="w", strata="one")[1]
    assert alpha_of(drawn, weights="w", calibration=(step,))[1] < 0.9 * plain


def test_intervals_by_resampling_say_that_strata_are_not_used(drawn: tm.Responses) -> None:
    answers = drawn.with_design(tm.SurveyDesign(weights="w", strata="s", clusters="c"))
    found = tm.reliability(answers, scale=SCALE, coefficients="alpha", interval="jackknife")
    assert found.notes[-1].endswith("as a rule too large: strata 's'.")
    with pytest.raises(tm.DesignError, match="no intervals from pairs"):
        tm.reliability(answers, scale=SCALE, missing="pairwise")
