"""Rank effects against their definitions, pair by pair."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import special, stats

from trustmeter.stats.comparison.rank import rank_sum, signed_rank


@pytest.mark.parametrize("seed", range(5))
def test_matched_pairs_rank_biserial_is_the_balance_of_walsh_sums(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = rng.integers(0, 8, 25).astype(float), rng.integers(0, 10, 25).astype(float)
    moved = [float(d) for d in after - before if d != 0]
    pairs = list(itertools.combinations_with_replacement(moved, 2))
    naive = sum(np.sign(a + b) for a, b in pairs) / len(pairs)
    assert signed_rank(before, after, 0.95).estimate == pytest.approx(naive, abs=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_superiority_counts_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 6, 12).astype(float), rng.integers(0, 7, 19).astype(float)
    naive = np.mean([(b > a) + (b == a) / 2 for a in first for b in second])
    found = rank_sum(first, second, 0.95)
    assert found.prob_superiority.estimate == pytest.approx(naive, abs=1e-14)
    assert found.rank_biserial.statistic == pytest.approx(naive * 12 * 19)


def test_brunner_munzel_equals_scipy() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.integers(0, 9, 40).astype(float), rng.integers(1, 11, 30).astype(float)
    found, oracle = rank_sum(first, second, 0.95).prob_superiority, stats.brunnermunzel(first, second)
    assert found.statistic == pytest.approx(oracle.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-10)


def test_interval_of_the_signed_ranks_covers() -> None:
    """1000 samples of 40 pairs; P(D1 + D2 > 0) is known for normal changes."""
    rng = np.random.default_rng(2)
    true = 2 * float(special.ndtr(0.4 * math.sqrt(2))) - 1
    zeros = np.zeros(40)
    found = [signed_rank(zeros, rng.normal(0.4, 1, 40), 0.95) for _ in range(1000)]
    covered = np.mean([one.ci_low < true < one.ci_high for one in found])
    assert 0.92 < covered < 0.985


@pytest.mark.parametrize("shift", [1.0, -1.0])
def test_all_in_one_direction_has_no_interval(shift: float) -> None:
    before = np.arange(6.0)
    found = signed_rank(before, before + shift * np.arange(1, 7), 0.95)
    assert found.estimate == shift
    assert math.isnan(found.ci_low)
    assert found.p_value == pytest.approx(2 / 2**6)


def test_nobody_moved() -> None:
    same = np.arange(5.0)
    assert math.isnan(signed_rank(same, same, 0.95).estimate)


def test_separated_groups_have_no_interval() -> None:
    found = rank_sum(np.array([1.0, 2, 3]), np.array([4.0, 5, 6]), 0.95)
    assert found.prob_superiority.estimate == 1
    assert math.isnan(found.prob_superiority.ci_low)
    assert found.rank_biserial.p_value == pytest.approx(0.1)
