"""How many factors: psych's eigenvalues and average partials, naive re-computation, planted numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.exploration.retention import (
    Comparison,
    average_partial,
    eigenvalues,
    parallel_analysis,
)

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
CASES: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))["cases"]
CLOSED = 1e-8
MONTE_CARLO = 4
"""Standard errors of simulation that the means of two sets of draws may lie apart."""


def correlated(n: int, true: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, true.shape[1])) @ true.T + rng.normal(size=(n, len(true)))


@pytest.mark.parametrize("case", CASES)
def test_eigenvalues_are_those_of_psych(case: str, agree: Any) -> None:
    ours, stored = eigenvalues(np.array(CASES[case]["R"])), CASES[case]["parallel"]
    reference = "psych::fa.parallel 2.2.9, SMC = TRUE"
    agree("eigenvalues, components", ours.components, stored["pc"], CLOSED, reference=reference, data=case)
    agree("eigenvalues, common factors", ours.common, stored["fa"], CLOSED, reference=reference, data=case)


@pytest.mark.parametrize("case", CASES)
def test_average_partials_are_those_of_psych(case: str, agree: Any) -> None:
    ours = average_partial(np.array(CASES[case]["R"]))
    stored = np.array(CASES[case]["map"])[: len(ours.squared) - 1]
    agree("MAP", ours.squared[1:], stored, CLOSED, reference="psych::vss 2.2.9", data=case)


@pytest.mark.parametrize("case", ["mixed", "general"])
def test_random_eigenvalues_are_those_of_psych(case: str) -> None:
    x = pd.read_csv(REFERENCE / f"data/exploration_{case}.csv").to_numpy(float)
    rng = np.random.default_rng(1)
    first, second = parallel_analysis(x, np.corrcoef(x.T), 200, rng)
    for ours, theirs in ((first, "pc_sim"), (second, "fa_sim")):
        # psych gives the mean of 20 draws of normal data; the spread of one draw is about a third of quantile - mean.
        noise = np.maximum((ours.quantile - ours.mean) / 1.645, 0.01) * np.sqrt(1 / 20 + 1 / 200)
        stored = np.array(CASES[case]["parallel"][theirs])
        close = min(
            float(np.max(np.abs(ours.mean - stored) / noise)), float(np.max(np.abs(ours.quantile - stored) / noise))
        )
        assert close < 2 * MONTE_CARLO


def test_average_partials_are_those_of_residuals() -> None:
    R = np.array(CASES["general"]["R"])
    values, vectors = np.linalg.eigh(R)
    ours = average_partial(R)
    for taken in range(len(R) - 1):
        A = (vectors * np.sqrt(values))[:, len(R) - taken :]
        left = R - A @ A.T
        partial = left / np.sqrt(np.outer(np.diag(left), np.diag(left)))
        off = partial[~np.eye(len(R), dtype=bool)]
        assert ours.squared[taken] == pytest.approx(np.mean(off**2), abs=1e-12)
        assert ours.fourth[taken] == pytest.approx(np.mean(off**4), abs=1e-12)


def test_common_eigenvalues_have_multiple_correlations_in_the_diagonal() -> None:
    x = correlated(80, np.array([[0.8], [0.6], [0.5], [0.7]]), 2)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    R = x.T @ x / 80
    reduced = R.copy()
    for i in range(4):
        rest = [j for j in range(4) if j != i]
        fitted = x[:, rest] @ np.linalg.lstsq(x[:, rest], x[:, i], rcond=None)[0]
        reduced[i, i] = fitted.var()
    assert eigenvalues(R).common == pytest.approx(np.linalg.eigvalsh(reduced)[::-1], abs=1e-10)


@pytest.mark.parametrize("planted", [1, 2, 4])
def test_a_planted_number_is_found(planted: int) -> None:
    x = correlated(600, np.kron(np.eye(planted), np.full((6, 1), 1.2)), planted)
    R = np.corrcoef(x.T)
    first, second = parallel_analysis(x, R, 60, np.random.default_rng(1))
    partial = average_partial(R)
    assert first.suggested == first.suggested_by_mean == planted
    assert second.suggested == planted
    assert partial.suggested == partial.suggested_by_fourth == planted


def test_unrelated_items_have_no_factor() -> None:
    x = correlated(400, np.zeros((8, 1)), 12)
    first, _ = parallel_analysis(x, np.corrcoef(x.T), 100, np.random.default_rng(1))
    assert first.suggested == 0
    assert average_partial(np.corrcoef(x.T)).suggested == 0


def test_shuffling_by_a_function_gives_the_same_law() -> None:
    x = correlated(120, np.zeros((5, 1)), 4)
    R = np.corrcoef(x.T)
    plain, _ = parallel_analysis(x, R, 400, np.random.default_rng(1))
    slow, _ = parallel_analysis(x, R, 400, np.random.default_rng(2), lambda y: np.corrcoef(y.T))
    noise = (plain.quantile - plain.mean) / 1.645 * np.sqrt(2 / 400)
    assert (np.abs(plain.mean - slow.mean) < MONTE_CARLO * np.maximum(noise, 1e-3)).all()
    again, _ = parallel_analysis(x, R, 400, np.random.default_rng(1))
    assert np.array_equal(plain.mean, again.mean)


def test_only_leading_eigenvalues_count() -> None:
    random = np.ones(4)
    assert Comparison(np.array([2, 0.9, 1.1, 0.5]), random, random).suggested == 1
    assert Comparison(np.array([2.0, 2, 2, 2]), random, random).suggested == 4


def test_answers_that_are_missing_stay_where_they_are() -> None:
    x = correlated(60, np.zeros((4, 1)), 4)
    x[:10, 1] = np.nan
    seen = []

    def correlate(mixed: np.ndarray) -> np.ndarray:
        seen.append(mixed)
        return np.eye(4)

    parallel_analysis(x, np.eye(4), 20, np.random.default_rng(0), correlate)
    assert all(np.array_equal(np.isnan(one), np.isnan(x)) for one in seen)
    assert all(np.allclose(np.sort(one, axis=0), np.sort(x, axis=0), equal_nan=True) for one in seen)
    assert not np.array_equal(seen[0], seen[1], equal_nan=True)
