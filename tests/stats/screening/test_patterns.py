"""Screening measures against R, and against loops over persons."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trustmeter.stats.screening.patterns import is_constant, longest_run, pattern_size, share_missing, within_person_sd

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "screening.json").read_text(encoding="utf-8"))
ITEMS = np.genfromtxt(FOLDER / "data" / "screening.csv", delimiter=",", skip_header=1)
ROUNDING = 1e-12
"""R and numpy sum in different orders."""

matrices = arrays(
    float,
    st.tuples(st.integers(1, 12), st.integers(1, 7)),
    elements=st.sampled_from([1.0, 2.0, 3.0, np.nan]),
)


def share_of_all_missing(items: np.ndarray) -> np.ndarray:
    return share_missing(items, np.ones(items.shape, dtype=bool))


MEASURES = {
    "longest_run": longest_run,
    "within_person_sd": within_person_sd,
    "share_missing": share_of_all_missing,
    "pattern_size": pattern_size,
}


@pytest.mark.parametrize("measure", MEASURES)
def test_equals_r(measure: str) -> None:
    expected = np.array(REFERENCE[measure], dtype=float)
    np.testing.assert_allclose(MEASURES[measure](ITEMS), expected, rtol=ROUNDING, atol=ROUNDING)


def test_what_was_not_asked_is_not_missing() -> None:
    items = np.array([[1, np.nan, np.nan], [np.nan, np.nan, np.nan], [1, 2, 3]])
    asked = np.array([[True, True, False], [False, False, False], [True, True, True]])
    np.testing.assert_array_equal(share_missing(items, asked), [0.5, np.nan, 0.0])


@settings(deadline=None)
@given(matrices)
def test_equals_a_loop_over_persons(items: np.ndarray) -> None:
    for row, run, size in zip(items, longest_run(items), pattern_size(items), strict=True):
        given_answers = [value for value in row if not np.isnan(value)]
        assert run == max((len(list(group)) for _, group in itertools.groupby(given_answers)), default=0)
        assert size == sum(np.array_equal(row, other, equal_nan=True) for other in items)


@settings(deadline=None)
@given(matrices, st.integers(0, 7))
def test_constant_means_no_spread(items: np.ndarray, fewest: int) -> None:
    answered = np.sum(~np.isnan(items), axis=1)
    expected = [
        count >= max(fewest, 1) and len(set(row[~np.isnan(row)])) == 1
        for count, row in zip(answered, items, strict=True)
    ]
    np.testing.assert_array_equal(is_constant(items, fewest), expected)
    spread = within_person_sd(items)
    np.testing.assert_array_equal(spread[answered >= 2] == 0, is_constant(items, 2)[answered >= 2])
    assert np.all(np.isnan(spread[answered < 2]))


def test_no_items_and_no_people() -> None:
    assert longest_run(np.empty((2, 0))).tolist() == [0, 0]
    assert pattern_size(np.empty((2, 0))).tolist() == [2, 2]
    assert np.isnan(share_of_all_missing(np.empty((2, 0)))).all()
    assert is_constant(np.empty((2, 0)), 0).tolist() == [False, False]
    for measure in MEASURES.values():
        assert len(measure(np.empty((0, 3)))) == 0
