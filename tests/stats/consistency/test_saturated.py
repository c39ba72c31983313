"""Means and covariances with holes: lavaan, special cases, derivatives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.consistency.bounds import alpha_gradient, alphas
from trustmeter.stats.consistency.moments import complete_moments
from trustmeter.stats.consistency.saturated import saturated_moments
from trustmeter.stats.covariance import Coefficient, delta_std_error

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/consistency.json").read_text(encoding="utf-8"))["cases"]
FILES = {"holes": "reliability_holes", "seven": "consistency_seven", "sparse": "consistency_sparse"}


def with_holes(n: int = 120, k: int = 4, share: float = 0.15, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, k)) + 3
    x[rng.random(x.shape) < share] = np.nan
    return np.asarray(x[~np.isnan(x).all(axis=1)])


@pytest.mark.parametrize("case", FILES)
def test_moments_are_those_of_lavaan(case: str, agree: Callable[..., None]) -> None:
    x = pd.read_csv(REFERENCE / f"data/{FILES[case]}.csv").to_numpy(dtype=float)
    x = x[~np.isnan(x).all(axis=1)]
    found, stored = saturated_moments(x), STORED[case]["saturated"]
    assert found.converged
    for what, ours, theirs in (
        ("covariances", found.covariance, stored["covariance"]),
        ("means", found.means, stored["means"]),
    ):
        agree(
            f"{what} by FIML",
            ours,
            theirs,
            1e-6,
            relative=True,
            reference="lavaan::lavaan 0.6.14",
            data=f"{case}, holes",
        )


def test_without_holes_it_is_the_ordinary_matrix() -> None:
    x = with_holes(share=0.0)
    found, plain = saturated_moments(x), complete_moments(x)
    gradient = alpha_gradient(plain.S)
    assert pytest.approx(plain.S, rel=1e-12) == found.S
    assert found.influence(gradient) == pytest.approx(plain.influence(gradient), abs=1e-10)


def test_no_small_step_is_more_likely() -> None:
    """The likelihood, written down row by row, falls to all sides."""
    x = with_holes()
    found = saturated_moments(x)
    rng = np.random.default_rng(2)

    def log_likelihood(means: np.ndarray, S: np.ndarray) -> float:
        total = 0.0
        for row in x:
            seen = ~np.isnan(row)
            d, P = (row - means)[seen], S[np.ix_(seen, seen)]
            total -= 0.5 * (np.linalg.slogdet(P)[1] + d @ np.linalg.solve(P, d))
        return total

    best = log_likelihood(found.means, found.covariance)
    for _ in range(40):
        change = rng.normal(size=(4, 4)) * 0.01
        assert log_likelihood(found.means + rng.normal(size=4) * 0.01, found.covariance + change + change.T) < best


def test_influence_is_what_a_little_more_weight_does() -> None:
    """The derivative of alpha by one row's weight, by refitting, is the row's influence over n."""
    x = with_holes(n=60)
    n = len(x)
    found = saturated_moments(x)
    influence = found.influence(alpha_gradient(found.covariance))
    for row in range(0, n, 7):
        ends = []
        for sign in (1, -1):
            weights = np.ones(n)
            weights[row] += sign * 1e-4
            ends.append(float(alphas(saturated_moments(x, weights).covariance)))
        assert (ends[0] - ends[1]) / 2e-4 == pytest.approx(influence[row] / n, abs=1e-7)


def test_whole_weights_are_repeated_rows() -> None:
    x = with_holes(n=50)
    times = np.random.default_rng(3).integers(1, 4, size=len(x))
    weighted, repeated = saturated_moments(x, times.astype(float)), saturated_moments(np.repeat(x, times, axis=0))
    assert weighted.covariance == pytest.approx(repeated.covariance, rel=1e-9)
    assert weighted.means == pytest.approx(repeated.means, rel=1e-9)


def test_holes_at_random_do_not_bias_and_the_error_is_the_spread() -> None:
    rng = np.random.default_rng(4)
    values, errors = [], []
    for _ in range(200):
        x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
        x[:, 1:][x[:, 0] > 1] = np.where(rng.random((int((x[:, 0] > 1).sum()), 3)) < 0.5, np.nan, x[:, 1:][x[:, 0] > 1])
        found = saturated_moments(x)
        values.append(float(alphas(found.S)))
        errors.append(delta_std_error(Coefficient(values[-1], found.influence(alpha_gradient(found.S)))))
    assert np.mean(values) == pytest.approx(0.8, abs=4 * np.std(values) / np.sqrt(200) + 0.003)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.2)


def test_items_never_answered_together_end_in_no_solution() -> None:
    x = with_holes(n=60, k=3, share=0.0)
    x[:30, 0], x[30:, 1] = np.nan, np.nan
    found = saturated_moments(x)
    assert not found.converged
