"""The one-factor model: exact recovery, improper solutions. R's numbers are in the tests of the verbs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trustmeter.stats.consistency.alpha import alpha_of
from trustmeter.stats.consistency.one_factor import (
    fit_one_factor,
    normal_omega_std_error,
    omega_coefficient,
    omega_total,
)
from trustmeter.stats.covariance import delta_std_error

SOLVED = 1e-9
"""Fisher scoring stops when a step is shorter than 1e-10 standard errors."""


@pytest.mark.parametrize("loadings", [[0.5, 0.9, 1.4], [1.0, 2.0, 0.3, 30.0], list(np.linspace(-0.2, 1, 12))])
def test_a_matrix_that_is_one_factor_gives_it_back(loadings: list[float]) -> None:
    lam = np.array(loadings)
    psi = np.linspace(0.5, 1.5, len(lam)) * lam.std() ** 2
    fit = fit_one_factor(np.outer(lam, lam) + np.diag(psi))
    assert fit.converged
    assert fit.loadings == pytest.approx(lam, rel=1e-7, abs=1e-9)
    assert fit.uniquenesses == pytest.approx(psi, rel=1e-7)
    assert fit.discrepancy == pytest.approx(0.0, abs=SOLVED)
    assert omega_total(fit) == pytest.approx(lam.sum() ** 2 / (lam.sum() ** 2 + psi.sum()), rel=1e-8)


def test_omega_is_alpha_when_all_items_load_alike() -> None:
    """Tau-equivalence: equal loadings, whatever the error variances."""
    S = np.full((5, 5), 0.49) + np.diag([0.3, 0.5, 0.7, 0.9, 1.1])
    assert omega_total(fit_one_factor(S)) == pytest.approx(alpha_of(S), rel=SOLVED)


def test_the_fit_cannot_be_bettered_nearby() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 1)) + rng.normal(size=(80, 5)) @ rng.normal(size=(5, 5))
    S = np.cov(x, rowvar=False, ddof=0)
    fit = fit_one_factor(S)

    def discrepancy(lam: np.ndarray, psi: np.ndarray) -> float:
        sigma = np.outer(lam, lam) + np.diag(psi)
        return float(np.linalg.slogdet(sigma)[1] - np.linalg.slogdet(S)[1] + np.trace(S @ np.linalg.inv(sigma)) - 5)

    best = discrepancy(fit.loadings, fit.uniquenesses)
    assert fit.converged
    assert fit.discrepancy == pytest.approx(best, abs=1e-10)
    for _ in range(200):
        near = fit.loadings * (1 + rng.normal(0, 0.01, 5)), fit.uniquenesses * (1 + rng.normal(0, 0.01, 5))
        assert discrepancy(*near) > best


def test_units_of_the_items_do_not_matter_to_the_model() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(100, 1)) + rng.normal(size=(100, 4))
    units = np.array([1.0, 10.0, 0.1, 3.0])
    plain, scaled = (fit_one_factor(np.cov(y, rowvar=False, ddof=0)) for y in (x, x * units))
    assert scaled.loadings == pytest.approx(plain.loadings * units, rel=1e-8)


def test_a_correlation_too_strong_for_one_factor_is_improper() -> None:
    R = np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]])  # loading of the first: sqrt(0.9 * 0.9 / 0.5) > 1
    fit = fit_one_factor(R)
    assert list(fit.improper) == [0]
    assert fit_one_factor(np.full((4, 4), 0.5) + np.eye(4) / 2).improper.size == 0


def test_signs_that_no_factor_explains_end_in_no_solution() -> None:
    R = np.array([[1, 0.4, 0.4], [0.4, 1, -0.4], [0.4, -0.4, 1]])
    fit = fit_one_factor(R)
    assert not fit.converged or fit.improper.size > 0


def test_both_standard_errors_of_omega_agree_for_normal_items() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(20_000, 1)) * np.array([0.5, 0.8, 1.1, 1.4]) + rng.normal(size=(20_000, 4))
    fit = fit_one_factor(np.cov(x, rowvar=False, ddof=0))
    found = omega_coefficient(x, fit)
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-6)
    assert delta_std_error(found, ddof=0) == pytest.approx(normal_omega_std_error(x, fit), rel=0.03)
    assert math.isclose(found.value, omega_total(fit))
