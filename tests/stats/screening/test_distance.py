"""Squared distances against R's mahalanobis, and special cases that must collapse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from trustmeter.stats.screening import distance
from trustmeter.stats.screening.distance import squared_distances

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "careless.json").read_text(encoding="utf-8"))
SIX = np.genfromtxt(FOLDER / "data" / "careless.csv", delimiter=",", skip_header=1)[:, :6]
WHOLE = SIX[~np.isnan(SIX).any(axis=1)]
CONVERGED = 1e-4
"""The moments of rows with holes come from two different searches; lavaan stops earlier."""


def test_complete_rows_equal_r() -> None:
    np.testing.assert_allclose(squared_distances(WHOLE).squared, REFERENCE["complete_d2"], rtol=1e-9)


def test_rows_with_holes_equal_r_with_the_moments_of_lavaan() -> None:
    found = squared_distances(SIX)
    np.testing.assert_allclose(found.squared, np.array(REFERENCE["d2"], dtype=float), rtol=CONVERGED)
    np.testing.assert_allclose(found.p_value, np.array(REFERENCE["p_value"], dtype=float), rtol=1e-3, atol=1e-6)
    assert found.df.tolist() == np.sum(~np.isnan(SIX), axis=1).tolist()


def test_p_is_the_upper_tail() -> None:
    found = squared_distances(WHOLE)
    np.testing.assert_allclose(found.p_value, chi2.sf(found.squared, 6), rtol=1e-10)


def test_one_item_is_the_squared_standard_score() -> None:
    column = WHOLE[:, :1]
    expected = ((column - column.mean()) / column.std(ddof=1)) ** 2
    np.testing.assert_allclose(squared_distances(column).squared, expected[:, 0], rtol=1e-10)


def test_distances_add_up_and_do_not_depend_on_the_unit() -> None:
    """The sum over the sample's own rows is (n - 1) k, whatever the data."""
    found = squared_distances(WHOLE).squared
    assert found.sum() == pytest.approx((len(WHOLE) - 1) * 6, rel=1e-10)
    mixed = WHOLE @ np.random.default_rng(1).normal(size=(6, 6)) + 7
    np.testing.assert_allclose(squared_distances(mixed).squared, found, rtol=1e-6)


def test_blocks_and_chosen_rows_change_little(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = squared_distances(SIX).squared
    monkeypatch.setattr(distance, "_BLOCK", 7)
    np.testing.assert_allclose(squared_distances(SIX).squared, expected, rtol=1e-10)
    monkeypatch.setattr(distance, "MOST_ROWS", 120)
    thinned = squared_distances(SIX).squared
    known = ~np.isnan(expected)
    assert np.corrcoef(thinned[known], expected[known])[0, 1] > 0.95


@pytest.mark.parametrize(
    "items",
    [
        np.column_stack([WHOLE, WHOLE[:, 0]]), np.column_stack([WHOLE, np.ones(len(WHOLE))]), WHOLE[:1], WHOLE[:0],
        np.full((20, 3), np.nan), WHOLE[:, :0], np.column_stack([WHOLE, np.full(len(WHOLE), np.nan)]),
    ],
    ids=["copied", "constant", "one", "nobody", "unanswered", "no_items", "empty_item"],
)  # fmt: skip
def test_what_cannot_be_measured_is_not_a_number(items: np.ndarray) -> None:
    found = squared_distances(items)
    assert np.isnan(found.squared).all()
    assert np.isnan(found.p_value).all()
