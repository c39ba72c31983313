"""Splits: every split by a naive loop, searches against exhaustion."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from trustmeter.stats.consistency import split_half
from trustmeter.stats.consistency.alpha import alpha_of
from trustmeter.stats.consistency.bounds import numeric_gradient
from trustmeter.stats.consistency.split_half import (
    best_split,
    fourth_bounds,
    split_gradient,
    split_halves,
    split_values,
)


def sample(k: int, seed: int = 1, n: int = 150) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) + rng.normal(size=(n, k)) @ rng.normal(size=(k, k)) * 0.5


def covariance(k: int, seed: int = 1) -> np.ndarray:
    return np.asarray(np.cov(sample(k, seed), rowvar=False))


def by_hand(S: np.ndarray, half: tuple[int, ...]) -> float:
    other = [item for item in range(len(S)) if item not in half]
    return float(4 * S[np.ix_(half, other)].sum() / S.sum())


@pytest.mark.parametrize("k", [2, 3, 6, 7])
def test_all_splits_by_a_naive_loop(k: int) -> None:
    S = covariance(k)
    expected = [by_hand(S, half) for half in combinations(range(k), k // 2) if k % 2 or 0 in half]
    found = split_halves(S, np.random.default_rng(0))
    assert found.complete
    assert sorted(found.values) == pytest.approx(sorted(expected), rel=1e-10)
    best = max(by_hand(S, tuple(np.flatnonzero(signs))) for signs in product([0, 1], repeat=k) if 0 < sum(signs) < k)
    split, exact = best_split(S, np.random.default_rng(0))
    assert exact
    assert split_values(S[None], split[None])[0, 0] == pytest.approx(best, rel=1e-10)


def test_the_mean_of_equal_halves_is_alpha() -> None:
    for k in (2, 4, 8, 10):
        S = covariance(k)
        assert split_halves(S, np.random.default_rng(0)).values.mean() == pytest.approx(alpha_of(S), abs=1e-12)


def test_drawn_splits_are_equal_halves_and_repeat() -> None:
    S = covariance(18)
    one, again = (split_halves(S, np.random.default_rng(3)) for _ in range(2))
    assert not one.complete
    assert (one.splits.sum(axis=1) == 0).all()
    assert (one.values == again.values).all()
    assert one.values.mean() == pytest.approx(alpha_of(S), abs=0.01)


def test_blocks_and_search_find_what_exhaustion_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    S = covariance(14)
    split, _ = best_split(S, np.random.default_rng(0))
    value = split_values(S[None], split[None])[0, 0]
    monkeypatch.setattr(split_half, "_BLOCK", 500)
    assert split_values(S[None], best_split(S, np.random.default_rng(0))[0][None])[0, 0] == pytest.approx(value)
    monkeypatch.setattr(split_half, "EXACT_ITEMS", 5)
    searched, exact = best_split(S, np.random.default_rng(0))
    assert not exact
    assert split_values(S[None], searched[None])[0, 0] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("k", [6, 15])
def test_resamples_are_searched_one_by_one(k: int) -> None:
    x = sample(k, n=300)
    S = np.cov(x, rowvar=False)
    rng = np.random.default_rng(2)
    stack = np.stack([np.cov(x[rng.integers(0, 300, 300)], rowvar=False) for _ in range(20)])
    found = fourth_bounds(stack, best_split(S, rng)[0])
    exact = np.array([split_values(one[None], best_split(one, rng)[0][None])[0, 0] for one in stack])
    assert (found <= exact + 1e-12).all()
    assert found == pytest.approx(exact, abs=1e-12 if k <= 14 else 0.01)


def test_gradient_of_a_split() -> None:
    S = covariance(5)
    split = np.array([1.0, -1, 1, 1, -1])
    numeric = numeric_gradient(lambda stack: split_values(stack, split[None])[:, 0], S)
    assert split_gradient(S, split) == pytest.approx(numeric, abs=1e-9)
