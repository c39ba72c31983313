"""Rounded counts lie near the truth, are right on average, and add up where they promise to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trustmeter.errors import DesignError
from trustmeter.stats.disclosure.margins import margin_equations, with_margins
from trustmeter.stats.disclosure.rounding import round_counts

COUNTS = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(0, 40))


@given(COUNTS, st.sampled_from([3, 5, 10]))
def test_the_nearest_multiple_is_at_most_half_a_base_away(counts: np.ndarray, base: int) -> None:
    rounded = round_counts(counts, base)
    assert np.all(rounded % base == 0)
    assert np.all(np.abs(rounded - counts) <= base / 2)


def test_random_rounding_is_right_on_average_and_repeats_with_its_seed() -> None:
    counts = np.array([0, 1, 2, 3, 4, 5, 17])
    drawn = np.array([round_counts(counts, 5, how="random", seed=seed) for seed in range(4000)])
    assert np.all(np.abs(drawn - counts) < 5)
    # five standard errors of a mean of 4000 draws with a standard deviation of at most 2.5
    np.testing.assert_allclose(drawn.mean(axis=0), counts, atol=5 * 2.5 / np.sqrt(4000))
    np.testing.assert_array_equal(drawn[3], round_counts(counts, 5, how="random", seed=3))


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_controlled_rounding_adds_up_and_stays_within_a_base(counts: np.ndarray) -> None:
    table = with_margins(counts)
    rounded = round_counts(table, 5, how="controlled")
    np.testing.assert_allclose(margin_equations(table.shape) @ rounded.ravel(), 0.0, atol=1e-9)
    assert np.all(np.abs(rounded - table) < 5)
    np.testing.assert_array_equal(rounded[table % 5 == 0], table[table % 5 == 0])


def test_hidden_cells_stay_hidden() -> None:
    assert np.isnan(round_counts([np.nan, 12.0])).tolist() == [True, False]
    with pytest.raises(DesignError, match="needs all cells"):
        round_counts([np.nan, 12.0, 30.0], how="controlled")


@pytest.mark.parametrize(("cells", "base", "how"), [([-1], 5, "nearest"), ([1], 1, "nearest"), ([1], 5, "up")])
def test_what_cannot_be_rounded_is_refused(cells: list, base: int, how: str) -> None:
    with pytest.raises(DesignError):
        round_counts(cells, base, how=how)  # type: ignore[arg-type]
