"""Numbers made from covariance matrices and their gradients. R's numbers are in the tests of the verbs."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.consistency.bounds import (
    ALPHA,
    ERROR,
    LAMBDA_2,
    LAMBDA_6,
    STANDARDIZED_ALPHA,
    Functional,
    numeric_gradient,
)

ALL = (ALPHA, STANDARDIZED_ALPHA, LAMBDA_2, LAMBDA_6, ERROR)
NUMERIC = 1e-8
"""Central differences of fourth order, relatively."""


def matrix(k: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, 1)) + rng.normal(size=(80, k)) * rng.uniform(0.5, 2, size=k)
    return np.asarray(np.cov(x, rowvar=False))


@pytest.mark.parametrize("functional", ALL)
@pytest.mark.parametrize("k", [2, 3, 7])
def test_gradients_are_those_of_differences(functional: Functional, k: int) -> None:
    S = matrix(k)
    found, expected = functional.gradient(S), numeric_gradient(functional.of, S)
    assert found == pytest.approx(expected, abs=NUMERIC * np.abs(expected).max())
    assert found == pytest.approx(found.T)


@pytest.mark.parametrize("functional", ALL)
def test_a_stack_is_its_matrices(functional: Functional) -> None:
    stack = np.stack([matrix(4, seed) for seed in range(3)])
    assert functional.of(stack) == pytest.approx([float(functional.of(one)) for one in stack], rel=1e-13)


def test_equal_covariances_make_all_bounds_alike() -> None:
    """Essentially tau-equivalent items: alpha, lambda-2 are the reliability; with equal variances lambda-6 is known."""
    S = np.full((5, 5), 0.4) + np.diag([0.2, 0.4, 0.6, 0.8, 1.0])
    reliability = 25 * 0.4 / S.sum()
    assert float(ALPHA.of(S)) == pytest.approx(reliability, rel=1e-13)
    assert float(LAMBDA_2.of(S)) == pytest.approx(reliability, rel=1e-13)
    R = np.full((4, 4), 0.5) + np.eye(4) / 2
    squared = 3 * 0.5**2 / (1 + 2 * 0.5)  # of each item on the others
    assert float(LAMBDA_6.of(R)) == pytest.approx(1 - 4 * (1 - squared) / R.sum(), rel=1e-12)


def test_lambda_2_is_never_below_alpha() -> None:
    for seed in range(20):
        assert float(LAMBDA_2.of(matrix(5, seed))) >= float(ALPHA.of(matrix(5, seed)))


def test_singular_and_empty_matrices_have_no_number() -> None:
    S = matrix(3)
    double = np.block([[S, S[:, :1]], [S[:1], S[:1, :1]]])
    assert np.isnan(LAMBDA_6.of(double))
    assert np.isfinite(ALPHA.of(double))
    assert np.isnan(ALPHA.of(np.array([[1.0, -1.0], [-1.0, 1.0]])))
    constant = np.array(S)
    constant[0] = constant[:, 0] = 0.0
    assert np.isnan(LAMBDA_6.of(np.stack([S, constant]))).tolist() == [False, True]
