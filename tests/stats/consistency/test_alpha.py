"""Alpha and its kin: special cases, naive re-implementation, coverage. R's numbers are in the tests of the verbs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from trustmeter.stats.consistency.alpha import (
    alpha_of,
    alphas_if_dropped,
    cronbach_alpha,
    feldt_error_interval,
    feldt_interval,
    is_degenerate,
    item_total_correlations,
    measurement_error,
    measurement_error_of,
    standardized_alpha,
    standardized_alpha_of,
)
from trustmeter.stats.consistency.one_factor import fit_one_factor, omega_coefficient
from trustmeter.stats.covariance import (
    Coefficient,
    Interval,
    covariance_matrix,
    delta_std_error,
    log_interval,
    wald_interval,
)

POINTS = np.arange(1, 6)
TRUSTING = np.array([0.03, 0.05, 0.12, 0.30, 0.50])
"""How the trusting class answers: piled up at the highest of five points."""
SHARE = 0.75
COVERAGE = (0.93, 0.97)
REPLICATIONS = 1500
"""The Monte-Carlo standard error of a 95 % coverage is then 0.0056."""


def others(items: int) -> np.ndarray:
    """Return how the other class answers each item: ever less often the highest point, shape (items, 5)."""
    tilt = np.linspace(0.3, 0.9, items)[:, None]
    weights = TRUSTING * np.exp(-tilt * POINTS)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def population(items: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact covariance matrix of the two-class model and its loadings: two classes are one factor."""
    answers = others(items)
    means = np.stack([np.full(items, TRUSTING @ POINTS), answers @ POINTS])
    within = SHARE * (TRUSTING @ POINTS**2 - means[0] ** 2) + (1 - SHARE) * (answers @ POINTS**2 - means[1] ** 2)
    loadings = math.sqrt(SHARE * (1 - SHARE)) * (means[0] - means[1])
    return np.outer(loadings, loadings) + np.diag(within), loadings


def draw(rng: np.random.Generator, n: int, items: int) -> np.ndarray:
    """Draw n rows: a class a person, then independent answers."""
    trusting = rng.random(n) < SHARE
    edges = np.where(trusting[:, None, None], np.cumsum(TRUSTING), np.cumsum(others(items), axis=1))
    return 1.0 + (rng.random((n, items, 1)) > edges[:, :, :-1]).sum(axis=2)


def test_distribution_free_intervals_cover_with_skewed_answers() -> None:
    """95 % intervals of alpha, omega and the measurement error; 1500 samples of 250 people, six skewed items."""
    items, n = 6, 250
    S, loadings = population(items)
    common = loadings.sum() ** 2
    truth = {"alpha": alpha_of(S), "omega": common / S.sum(), "error": measurement_error_of(S)}
    rng = np.random.default_rng(20250)
    inside = {name: 0 for name in truth}
    for _ in range(REPLICATIONS):
        x = draw(rng, n, items)
        alpha, error = cronbach_alpha(x), measurement_error(x)
        omega = omega_coefficient(x, fit_one_factor(np.cov(x, rowvar=False, ddof=0)))
        found = {
            "alpha": wald_interval(alpha.value, delta_std_error(alpha), 0.95),
            "omega": wald_interval(omega.value, delta_std_error(omega, ddof=0), 0.95),
            "error": log_interval(error.value, delta_std_error(error), 0.95),
        }
        for name, interval in found.items():
            inside[name] += interval.low < truth[name] < interval.high
    for name, count in inside.items():
        assert COVERAGE[0] < count / REPLICATIONS < COVERAGE[1], (name, count / REPLICATIONS)


def test_feldt_intervals_cover_with_normal_parallel_items() -> None:
    rng = np.random.default_rng(5)
    n, k, draws = 40, 5, 2000
    x = rng.normal(size=(draws, n, 1)) + rng.normal(size=(draws, n, k))
    truth = {"alpha": k / (k + 1), "error": math.sqrt(1 / k)}
    inside = dict.fromkeys(truth, 0)
    for sample in x:
        S = covariance_matrix(sample)
        found: dict[str, Interval] = {
            "alpha": feldt_interval(alpha_of(S), n, k, 0.95),
            "error": feldt_error_interval(measurement_error_of(S), n, k, 0.95),
        }
        for name, interval in found.items():
            inside[name] += interval.low < truth[name] < interval.high
    for count in inside.values():
        assert abs(count / draws - 0.95) < 4 * math.sqrt(0.95 * 0.05 / draws)


@pytest.mark.parametrize("coefficient", [cronbach_alpha, standardized_alpha, measurement_error])
def test_influence_is_what_leaving_a_row_out_does(coefficient: Callable[[np.ndarray], Coefficient]) -> None:
    """The jackknife standard error comes from n refits and knows no formula; both agree up to order 1 / n."""
    x = draw(np.random.default_rng(6), 800, 5)
    found = coefficient(x)
    without = np.array([coefficient(np.delete(x, i, axis=0)).value for i in range(len(x))])
    jackknife = math.sqrt((len(x) - 1) / len(x) * np.sum((without - without.mean()) ** 2))
    assert delta_std_error(found) == pytest.approx(jackknife, rel=0.01)


def test_the_two_ways_to_a_coefficient_agree() -> None:
    x = draw(np.random.default_rng(7), 90, 4)
    S = covariance_matrix(x)
    assert cronbach_alpha(x).value == pytest.approx(alpha_of(S), rel=1e-12)
    assert standardized_alpha(x).value == pytest.approx(standardized_alpha_of(S), rel=1e-12)
    assert measurement_error(x).value == pytest.approx(measurement_error_of(S), rel=1e-12)
    by_hand = x.mean(axis=1).std(ddof=1) * math.sqrt(1 - alpha_of(S))
    assert measurement_error_of(S) == pytest.approx(by_hand, rel=1e-12)


def test_items_one_by_one_against_a_naive_loop() -> None:
    x = draw(np.random.default_rng(8), 120, 5)
    S = covariance_matrix(x)
    for item in range(5):
        rest = np.delete(x, item, axis=1)
        assert item_total_correlations(S)[item] == pytest.approx(np.corrcoef(x[:, item], rest.sum(axis=1))[0, 1])
        assert alphas_if_dropped(S)[item] == pytest.approx(cronbach_alpha(rest).value)


def test_two_items_give_spearman_brown_of_the_correlations() -> None:
    x = draw(np.random.default_rng(9), 60, 2)
    r = np.corrcoef(x, rowvar=False)[0, 1]
    assert standardized_alpha(x).value == pytest.approx(2 * r / (1 + r), rel=1e-12)
    assert np.isnan(alphas_if_dropped(covariance_matrix(x))).all()


def test_copies_have_no_error_and_opposites_no_alpha() -> None:
    one = np.random.default_rng(10).normal(size=(30, 1))
    assert cronbach_alpha(np.hstack([one, one, one])).value == pytest.approx(1.0)
    assert measurement_error(np.hstack([one, one])).value == 0.0
    assert is_degenerate(covariance_matrix(np.hstack([one, -one])))
    assert not is_degenerate(covariance_matrix(np.hstack([one, one])))
