"""The greatest lower bound: proofs by duality, closed forms. psych's numbers are in the tests of the verbs."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.consistency.bounds import numeric_gradient
from trustmeter.stats.consistency.lower_bound import greatest_bound, greatest_bounds

GAP = 1e-9


def matrix(k: int, factors: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, factors)) @ rng.uniform(0.2, 1.5, size=(factors, k)) + rng.normal(size=(200, k))
    return np.asarray(np.cov(x * rng.uniform(0.5, 3, size=k), rowvar=False))


@pytest.mark.parametrize(("k", "factors"), [(2, 1), (3, 1), (5, 2), (8, 1), (12, 4), (25, 3)])
def test_primal_and_dual_meet(k: int, factors: int) -> None:
    """Both sides are feasible, and the sums differ by less than the gap: no other errors could do better."""
    S = matrix(k, factors)
    found = greatest_bound(S)
    size = np.trace(S)
    assert np.linalg.eigvalsh(S - np.diag(found.errors))[0] > -1e-12 * size
    assert (found.errors >= 0).all()
    assert np.linalg.eigvalsh(found.dual)[0] > -1e-10 * np.trace(found.dual)
    assert (np.diag(found.dual) >= 1 - 1e-12).all()
    assert -1e-12 < found.gap < GAP
    assert found.gap == pytest.approx((np.sum(S * found.dual) - found.errors.sum()) / S.sum(), abs=1e-14)
    assert found.value == pytest.approx(1 - found.errors.sum() / S.sum(), abs=1e-14)


def test_two_items_by_hand() -> None:
    """Within reach both errors leave |c|: alpha. A covariance above the smaller variance leaves it no error."""
    assert greatest_bound(np.array([[1.0, 0.4], [0.4, 2.0]])).value == pytest.approx(4 * 0.4 / 3.8, abs=GAP)
    steep = greatest_bound(np.array([[1.0, 0.6], [0.6, 0.5]]))
    assert steep.errors == pytest.approx([1 - 0.36 / 0.5, 0.0], abs=1e-8)
    assert steep.gap < GAP


def test_one_factor_is_found_again() -> None:
    lam, psi = np.array([0.5, 0.8, 1.1, 0.9, 0.7]), np.array([1.0, 0.5, 0.7, 0.9, 0.3])
    found = greatest_bound(np.outer(lam, lam) + np.diag(psi))
    assert found.errors == pytest.approx(psi, abs=1e-7)
    assert found.value == pytest.approx(lam.sum() ** 2 / (lam.sum() ** 2 + psi.sum()), abs=GAP)


def test_units_of_one_item_change_the_bound_but_not_the_proof() -> None:
    S = matrix(6, 2, seed=4)
    scale = np.diag([1, 100, 1, 0.01, 1, 1.0])
    found = greatest_bound(scale @ S @ scale)
    assert found.gap < GAP


def test_gradient_is_that_of_differences() -> None:
    S = matrix(6, 1, seed=2)

    def of(stack: np.ndarray) -> np.ndarray:
        return np.array([greatest_bound(one).value for one in stack])

    assert greatest_bound(S).gradient == pytest.approx(numeric_gradient(of, S), abs=1e-6)


def test_a_stack_is_its_matrices() -> None:
    stack = np.stack([matrix(6, 2, seed) for seed in range(6)])
    stack[4] = np.ones((6, 6))
    found = greatest_bounds(stack)
    assert np.isnan(found[4])
    for place in (0, 1, 2, 3, 5):
        assert found[place] == pytest.approx(greatest_bound(stack[place]).value, abs=1e-6)
