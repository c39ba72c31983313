"""Bins of weights: everybody is in one, none holds one to four, and no end tells the most extreme weight."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.weighting.bins import weight_bins


@pytest.mark.parametrize("seed", range(40))
def test_everybody_is_in_a_bin_and_no_bin_is_small(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(0, rng.uniform(0.05, 1.6), int(rng.integers(10, 400)))
    found = weight_bins(weights)
    assert found.counts.sum() == len(weights)
    assert not ((found.counts > 0) & (found.counts < 5)).any()
    assert (found.edges[:, 1] > found.edges[:, 0]).all()
    assert np.allclose(found.edges[1:, 0], found.edges[:-1, 1])


def test_equal_weights_are_one_bin_around_the_mean() -> None:
    found = weight_bins(np.full(30, 7.0))
    assert found.counts.tolist() == [30]
    assert (found.edges[0, 0] < 1 < found.edges[0, 1], found.open_below, found.open_above) == (True, False, False)


def test_the_end_that_holds_few_is_the_same_whatever_the_heaviest_weight_is() -> None:
    rest = np.repeat([0.6, 1.0, 1.4], [30, 40, 30])
    ends = [weight_bins(np.append(rest, top)) for top in (3.9, 4.1)]
    assert all(one.open_above for one in ends)
    assert np.allclose(ends[0].edges[-1] / ends[1].edges[-1], 1.0, atol=0.2)
    assert ends[0].counts.tolist() == ends[1].counts.tolist()


def test_a_gap_between_full_bins_stays_a_gap() -> None:
    found = weight_bins(np.repeat([0.5, 4.0], [50, 10]))
    assert found.counts[0] == 50
    assert found.counts[-1] == 10
    assert (found.counts[1:-1] == 0).all()


def test_weights_of_zero_and_below_are_in_the_lowest_bin() -> None:
    found = weight_bins(np.concatenate([np.zeros(6), [-0.2], np.ones(30)]))
    assert found.open_below
    assert found.counts[0] == 7
