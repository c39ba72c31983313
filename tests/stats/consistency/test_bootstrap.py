"""Resampling from sums: the same as resampling rows one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trustmeter.stats.consistency.alpha import alpha_of, cronbach_alpha, measurement_error, measurement_error_of
from trustmeter.stats.consistency.bootstrap import bca_interval, resample
from trustmeter.stats.covariance import Coefficient, covariance_matrix, delta_std_error


def sample(n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.exponential(size=(n, 1)) + rng.exponential(size=(n, 4)) + 100


def test_replicates_are_those_of_the_rows_drawn() -> None:
    x = sample(30)
    found = resample(x, np.random.default_rng(5), draws=20)
    rows = np.random.default_rng(5).integers(0, 30, size=(20, 30))
    assert found.alpha == pytest.approx([alpha_of(covariance_matrix(x[chosen])) for chosen in rows], rel=1e-9)
    assert found.error == pytest.approx(
        [measurement_error_of(covariance_matrix(x[chosen])) for chosen in rows], rel=1e-9
    )


def test_whole_people_are_drawn() -> None:
    x, people = sample(24), np.repeat(np.arange(8), 3)
    found = resample(x, np.random.default_rng(6), clusters=people, draws=15)
    drawn = np.random.default_rng(6).integers(0, 8, size=(15, 8))
    rows = [np.concatenate([np.flatnonzero(people == person) for person in persons]) for persons in drawn]
    assert found.alpha == pytest.approx([alpha_of(covariance_matrix(x[chosen])) for chosen in rows], rel=1e-9)


def test_spread_of_replicates_is_the_distribution_free_error() -> None:
    x = sample(400)
    found = resample(x, np.random.default_rng(7), draws=4000)
    for replicates, coefficient in ((found.alpha, cronbach_alpha(x)), (found.error, measurement_error(x))):
        assert bca_interval(replicates, coefficient, 0.95).std_error == pytest.approx(
            delta_std_error(coefficient), rel=0.1
        )


def test_without_bias_and_skew_the_limits_are_percentiles() -> None:
    replicates = np.linspace(-1, 1, 2001)
    symmetric = Coefficient(0.0, np.array([-1.0, 1.0, -2.0, 2.0]))
    found = bca_interval(replicates, symmetric, 0.9)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(replicates, [0.05, 0.95])), abs=1e-12)


def test_skew_moves_the_limits() -> None:
    """With influence of an exponential mean the limits move up, as the gamma distribution demands."""
    rng = np.random.default_rng(8)
    x = rng.exponential(size=60)
    replicates = rng.choice(x, size=(4000, 60)).mean(axis=1)
    found = bca_interval(replicates, Coefficient(float(x.mean()), x - x.mean()), 0.9)
    low, high = np.quantile(replicates, [0.05, 0.95])
    assert found.low > low
    assert found.high > high


@pytest.mark.parametrize("replicates", [np.full(50, 2.0), np.array([0.5, np.nan, 1.5])])
def test_no_limits_from_replicates_that_say_nothing(replicates: np.ndarray) -> None:
    assert math.isnan(bca_interval(replicates, Coefficient(1.0, np.array([-1.0, 1.0])), 0.95).low)
