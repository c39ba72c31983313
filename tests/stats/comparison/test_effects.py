"""Effect sizes: coverage, bias and special cases; R's numbers are in the tests of the verbs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from trustmeter.stats.comparison.effects import group_effects, noncentrality_limits, paired_effects, small_sample_factor


def test_interval_of_d_av_covers_and_g_is_unbiased() -> None:
    """2000 samples of 20 pairs: 95 % within four Monte-Carlo standard errors, variances unequal."""
    rng = np.random.default_rng(11)
    draws, n, sd_after, r, shift = 2000, 20, 1.4, 0.6, 0.8
    covariance = [[1, r * sd_after], [r * sd_after, sd_after**2]]
    true = shift / math.sqrt((1 + sd_after**2) / 2)
    found = [
        paired_effects(*np.ascontiguousarray(sample.T), 0.95)
        for sample in rng.multivariate_normal([0, shift], covariance, size=(draws, n))
    ]
    covered = np.mean([one.d_av.ci_low < true < one.d_av.ci_high for one in found])
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / draws) + 0.005
    g = np.array([one.hedges_g_av.estimate for one in found])
    assert abs(g.mean() - true) < 4 * g.std() / math.sqrt(draws)


def test_d_z_and_d_av_agree_when_the_correlation_is_a_half() -> None:
    """With equal variances var(change) = 2 v (1 - r), which is v at r = 1/2."""
    base = np.array([-1.0, -1, 1, 1, 0, 0])
    other = np.array([-1.0, 1, -1, 1, 0, 0])
    after = 0.5 * base + math.sqrt(0.75) * other + 0.3
    found = paired_effects(base, after, 0.95)
    assert found.d_z.estimate == pytest.approx(found.d_av.estimate, rel=1e-12)


@pytest.mark.parametrize(("t", "df"), [(0.0, 9), (2.5, 17), (-5.0, 9), (70.0, 4999), (300.0, 9999)])
def test_limits_put_t_in_the_tails(t: float, df: float) -> None:
    low, high = noncentrality_limits(t, df, 0.95)
    assert stats.nct.cdf(t, df, low) == pytest.approx(0.975, abs=1e-10)
    assert stats.nct.cdf(t, df, high) == pytest.approx(0.025, abs=1e-10)


def test_small_sample_factor_approaches_hedges_approximation() -> None:
    assert small_sample_factor(2) == pytest.approx(0.5641895835, abs=1e-10)  # 1 / sqrt(pi)
    assert small_sample_factor(500) == pytest.approx(1 - 3 / (4 * 500 - 1), abs=1e-6)


def test_no_variance_no_effect() -> None:
    flat = np.full(5, 3.0)
    assert math.isnan(paired_effects(flat, flat, 0.95).d_av.estimate)
    assert math.isnan(group_effects(flat, flat + 1, 0.95).d_s.estimate)


@pytest.mark.parametrize("df", [2.0, 29.0, 400.0])
def test_limits_hold_where_the_distribution_function_gives_up(df: float) -> None:
    below, above = (np.array(noncentrality_limits(t, df, 0.95)) / t for t in (1.9e4, 1e9))
    assert below == pytest.approx(above, rel=1e-5)
    assert noncentrality_limits(-1e9, df, 0.95) == pytest.approx([-end for end in reversed(1e9 * above)])
