"""Consistency within persons against R, a loop over persons, a worked example, and what must not change it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from trustmeter.stats.screening.consistency import alike_pairs, even_odd, pair_consistency, row_correlation

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "careless.json").read_text(encoding="utf-8"))
ITEMS = np.genfromtxt(FOLDER / "data" / "careless.csv", delimiter=",", skip_header=1)
SCALES = [[place, place + 1, place + 2] for place in range(0, 18, 3)]
ROUNDING = 1e-10
"""R and numpy sum in different orders."""


def turned(items: np.ndarray) -> np.ndarray:
    values = items.copy()
    values[:, 2::3] = 6 - values[:, 2::3]
    return values


def known(name: str) -> np.ndarray:
    return np.array(REFERENCE[name], dtype=float)


def test_even_odd_equals_r() -> None:
    np.testing.assert_allclose(even_odd(turned(ITEMS), SCALES, 5), known("even_odd"), rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(("name", "opposite"), [("synonym", False), ("antonym", True)])
def test_pairs_and_their_consistency_equal_r(name: str, opposite: bool) -> None:
    pairs = alike_pairs(ITEMS, 0.6, opposite=opposite)
    assert pairs.tolist() == REFERENCE[f"{name}_pairs"]
    np.testing.assert_allclose(pair_consistency(ITEMS, pairs, 5), known(f"{name}s"), rtol=ROUNDING, atol=ROUNDING)


def test_row_correlation_is_that_of_each_row() -> None:
    x, y = ITEMS[:, :9], ITEMS[:, 9:]
    for row, (one, other) in enumerate(zip(x, y, strict=True)):
        both = ~np.isnan(one) & ~np.isnan(other)
        enough = both.sum() >= 3 and np.ptp(one[both]) > 0 and np.ptp(other[both]) > 0
        expected = np.corrcoef(one[both], other[both])[0, 1] if enough else np.nan
        assert row_correlation(x, y)[row] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_worked_example_by_hand() -> None:
    """Halves (1, 2, 4, 5, 3) and (2, 1, 4, 5, 3): r = 9 / 10, index 1.8 / 1.9."""
    person = np.array([[1.0, 2, 2, 1, 4, 4, 5, 5, 3, 3]])
    pairs = [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert even_odd(person, pairs, 5) == pytest.approx(1.8 / 1.9, abs=1e-12)
    assert even_odd(6 - person, pairs, 5) == pytest.approx(1.8 / 1.9, abs=1e-12)


def test_consistency_is_bounded_and_does_not_depend_on_the_unit() -> None:
    index = even_odd(turned(ITEMS), SCALES, 5)
    found = index[~np.isnan(index)]
    assert ((found >= -1) & (found <= 1)).all()
    np.testing.assert_allclose(even_odd(turned(ITEMS) / 4 - 0.25, SCALES, 5), index, atol=1e-12)


@pytest.mark.parametrize("level", [0.0, 1e-9, 0.1, 3.0, 1e9])
def test_answers_all_alike_have_no_consistency(level: float) -> None:
    same = np.full((2, 10), level)
    assert np.isnan(row_correlation(same, np.tile(np.arange(10.0), (2, 1)))).all()


def test_without_pairs_or_people_nothing_is_said() -> None:
    assert np.isnan(pair_consistency(ITEMS, np.empty((0, 2), dtype=np.intp))).all()
    assert alike_pairs(ITEMS[:2], 0.6).tolist() == []
    assert len(even_odd(ITEMS[:0], SCALES)) == 0
