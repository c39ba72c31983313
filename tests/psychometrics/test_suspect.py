"""A column that is no item is refused; a code that may be no answer is asked about, and never named for a few people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.psychometrics.suspect import suspect_codes

Frame = pd.DataFrame
N = 300


def answers(n: int = N, k: int = 5) -> Frame:
    rng = np.random.default_rng(1)
    latent = rng.normal(size=(n, 1)) + 0.9 * rng.normal(size=(n, k))
    return Frame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1.0, columns=[f"q{j}" for j in range(1, k + 1)])


VERBS: dict[str, Callable[[Frame], Any]] = {
    "alpha": tm.alpha,
    "reliability": tm.reliability,
    "analyze_items": tm.analyze_items,
    "cfa": tm.cfa,
    "efa": lambda frame: tm.efa(frame, 1),
    "dimensionality": lambda frame: tm.dimensionality(frame, draws=20, seed=1),
}
STRANGERS: dict[str, tuple[Any, str]] = {
    "id": (np.arange(1, N + 1), "'id' is named like"),
    "respondent_id": (np.arange(1, N + 1), "'respondent_id' is named like"),
    "district": (np.arange(N) % 3, "'district' is named like"),
    "number": (np.arange(1, N + 1), "'number'.* an id"),
    "twice": (np.repeat(np.arange(N // 2), 2), "'twice'.* an id"),
    "factor_weight": (np.linspace(0.3, 2.7, N), "'factor_weight'.* a weight"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", STRANGERS)
def test_a_column_that_is_no_item_is_refused(verb: str, name: str) -> None:
    values, says = STRANGERS[name]
    with pytest.raises(tm.DesignError, match=says):
        VERBS[verb](answers().assign(**{name: values}))


@pytest.mark.parametrize("verb", VERBS)
def test_a_number_on_a_scale_of_many_steps_is_an_item(verb: str) -> None:
    slider = (10 * answers().mean(axis=1) + np.random.default_rng(3).integers(0, 30, N)).round()
    VERBS[verb](answers().assign(slider=slider))
    numbers = np.random.default_rng(2).normal(size=(N, 1)) + np.random.default_rng(3).normal(size=(N, 4))
    VERBS[verb](Frame(numbers, columns=list("abcd")))


def test_a_stated_model_may_have_items_of_unlike_kinds() -> None:
    rng = np.random.default_rng(2)
    frame = answers()
    frame["hours"] = frame.mean(axis=1) + rng.normal(size=N)
    assert len(tm.cfa(frame, "trust =~ q1 + q2 + q3 + hours").fitted.data.layout.items) == 4


@pytest.mark.parametrize("verb", VERBS)
def test_a_missing_code_is_asked_about(verb: str) -> None:
    frame = answers()
    frame.loc[::15, "q3"] = 99
    notes = " ".join(VERBS[verb](frame).notes)
    assert "'q3' with codes 1 to 5 and 99: does 99 mean no answer?" in notes
    assert "no answer" not in " ".join(VERBS[verb](answers()).notes)


@pytest.mark.parametrize("verb", VERBS)
def test_the_code_of_few_people_is_not_named(verb: str) -> None:
    frame = answers()
    frame.loc[:3, "q3"] = 88
    notes = " ".join(VERBS[verb](frame).notes)
    assert "'q3' with codes far from all others: do these mean no answer?" in notes
    assert "88" not in notes


CODES: dict[str, tuple[list[float], bool]] = {
    "1 to 5": ([1, 2, 3, 4, 5], False),
    "99": ([1, 2, 3, 4, 5, 99], True),
    "8 and 9": ([1, 2, 3, 4, 5, 8, 9], True),
    "9 after 0 and 1": ([0, 1, 9], True),
    "-1 before 1": ([-1, 1, 2, 3, 4, 5], True),
    "-1 before 0": ([-1, 0, 1, 2, 3, 4], True),
    "-99": ([-99, 1, 2, 3], True),
    "bipolar": ([-3, -2, -1, 0, 1, 2, 3], False),
    "bipolar without a middle": ([-2, -1, 1, 2], False),
    "tens": ([0, 10, 20, 30, 40, 50], False),
    "0 to 10 and 88": ([*range(11), 88.0], True),
    "two codes": ([1, 5], False),
    "broken": ([0.5, 1.5, 9.5], False),
}


@pytest.mark.parametrize("case", CODES)
def test_which_codes_are_far_from_the_others(case: str) -> None:
    codes, far = CODES[case]
    column = np.repeat(np.array(codes, dtype=float), 10)[:, None]
    assert bool(suspect_codes(column, ["q1"])) is far


def test_a_gap_that_other_items_fill_is_none() -> None:
    column = np.repeat([[5.0], [6.0], [7.0], [10.0]], 10, axis=0)
    assert suspect_codes(column, ["q1"])
    other = np.repeat([[7.0], [8.0], [9.0], [10.0]], 10, axis=0)
    assert not suspect_codes(np.hstack([column, other]), ["q1", "q2"])


def test_no_answers_have_no_far_codes() -> None:
    assert not suspect_codes(np.full((4, 2), np.nan), ["q1", "q2"])
    assert not suspect_codes(np.empty((0, 2)), ["q1", "q2"])
