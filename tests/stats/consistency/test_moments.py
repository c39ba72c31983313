"""Weighted moments, normal theory, shares of a general factor, KR-21."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trustmeter.stats.consistency.alpha import cronbach_alpha
from trustmeter.stats.consistency.bounds import ALPHA, LAMBDA_2, LAMBDA_6, Functional
from trustmeter.stats.consistency.dichotomous import kr21
from trustmeter.stats.consistency.general_factor import general_factor_shares
from trustmeter.stats.consistency.interval import positive_interval, quantile, symmetric_interval
from trustmeter.stats.consistency.moments import (
    coefficient_of,
    complete_moments,
    effective_size,
    normal_std_error,
)
from trustmeter.stats.covariance import covariance_matrix, delta_std_error, log_interval, wald_interval


def sample(n: int, k: int = 4, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.exponential(size=(n, 1)) + rng.normal(size=(n, k)))


def test_equal_weights_are_none() -> None:
    x = sample(50)
    plain, equal = complete_moments(x), complete_moments(x, np.full(50, 3.7))
    gradient = ALPHA.gradient(plain.S)
    assert pytest.approx(plain.S, rel=1e-13) == equal.S
    assert equal.influence(gradient) == pytest.approx(plain.influence(gradient), abs=1e-12)
    assert plain.influence(gradient) == pytest.approx(cronbach_alpha(x).influence, abs=1e-12)
    assert effective_size(np.full(50, 3.7)) == pytest.approx(50)


@pytest.mark.parametrize("functional", [ALPHA, LAMBDA_2, LAMBDA_6])
def test_whole_weights_are_repeated_rows(functional: Functional) -> None:
    """Estimates are those of repeated rows; so is the error, when repeated rows are one cluster."""
    x = sample(60)
    times = np.random.default_rng(2).integers(1, 5, size=60)
    weighted, repeated = complete_moments(x, times.astype(float)), complete_moments(np.repeat(x, times, axis=0))
    a, b = (
        coefficient_of(float(functional.of(one.S)), functional.gradient(one.S), one) for one in (weighted, repeated)
    )
    assert a.value == pytest.approx(b.value, rel=1e-12)
    error = delta_std_error(b, np.repeat(np.arange(60), times))
    assert delta_std_error(a) / error == pytest.approx(1.0, rel=0.02)
    n, many = 60, int(times.sum())
    exact = error * (n - 1) / n * many / (many - 1)  # the divisors n - 1 of the two gradients
    assert delta_std_error(a) == pytest.approx(exact, rel=1e-10)


def test_influence_is_what_a_little_more_weight_does() -> None:
    x = sample(40)
    weights = np.random.default_rng(3).uniform(0.5, 2, size=40)
    moments = complete_moments(x, weights)
    population = moments.S * 39 / 40
    influence = moments.influence(LAMBDA_2.gradient(population))
    for row in (0, 11, 29):
        ends = []
        for sign in (1, -1):
            moved = np.array(weights)
            moved[row] += sign * 1e-5 * weights.mean()
            ends.append(float(LAMBDA_2.of(complete_moments(x, moved).S)))
        assert (ends[0] - ends[1]) / 2e-5 * weights[row] / weights.mean() == pytest.approx(
            influence[row] / 40, abs=1e-8
        )


def test_normal_theory_is_adf_when_items_are_normal() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(60_000, 1)) + rng.normal(size=(60_000, 5))
    S = covariance_matrix(x)
    gradient = ALPHA.gradient(S)
    normal = normal_std_error(S, gradient, len(x))
    assert normal == pytest.approx(delta_std_error(coefficient_of(0.0, gradient, complete_moments(x))), rel=0.03)
    rho, k = 5 / 6, 5  # parallel items: sqrt(2 k / (k - 1)) (1 - rho) / sqrt(n)
    assert normal == pytest.approx(math.sqrt(2 * k / (k - 1)) * (1 - rho) / math.sqrt(len(x)), rel=0.02)


def test_endless_degrees_of_freedom_are_the_normal_interval() -> None:
    assert symmetric_interval(0.7, 0.05, 0.9, math.inf, -1.0) == wald_interval(0.7, 0.05, 0.9)
    assert positive_interval(2.0, 0.1, 0.95, math.inf) == log_interval(2.0, 0.1, 0.95)
    assert quantile(0.95, 5) == pytest.approx(2.5705818366147395)
    assert math.isnan(positive_interval(0.0, 0.1, 0.95, 5).low)


def test_shares_of_factors_by_hand() -> None:
    general = np.array([0.6, 0.5, 0.7, 0.4])
    group = np.array([[0.5, 0], [0.4, 0], [0, 0.3], [0, 0.6]])
    unique = 1 - general**2 - (group**2).sum(axis=1)
    R = np.outer(general, general) + group @ group.T + np.diag(unique)
    found = general_factor_shares(R, general, group, unique)
    whole = R.sum()
    assert found.hierarchical == pytest.approx(2.2**2 / whole)
    assert found.total == pytest.approx((2.2**2 + 0.9**2 + 0.9**2) / whole)
    assert found.subscale_general == pytest.approx([1.1**2 / R[:2, :2].sum(), 1.1**2 / R[2:, 2:].sum()])
    assert found.subscale_group == pytest.approx([0.81 / R[:2, :2].sum(), 0.81 / R[2:, 2:].sum()])
    assert found.subscale_total == pytest.approx(found.subscale_general + found.subscale_group)
    assert np.isnan(general_factor_shares(R, general, np.hstack([group, np.zeros((4, 1))]), unique).subscale_group[2])


def test_kr21_is_alpha_of_equally_difficult_items_and_its_influence_that_of_the_jackknife() -> None:
    rng = np.random.default_rng(5)
    x = (rng.normal(size=(400, 1)) + rng.normal(size=(400, 5)) > 0.3).astype(float)
    found = kr21(x, complete_moments(x))
    equal = np.vstack([np.roll(x, step, axis=1) for step in range(5)])
    n = len(equal)
    assert kr21(equal, complete_moments(equal)).value == pytest.approx(cronbach_alpha(equal).value, abs=2 / n)
    without = []
    for row in range(400):
        rest = np.delete(x, row, axis=0)
        without.append(kr21(rest, complete_moments(rest)).value)
    jackknife = math.sqrt(399 / 400 * float(np.sum((np.array(without) - np.mean(without)) ** 2)))
    assert delta_std_error(found) == pytest.approx(jackknife, rel=0.02)
