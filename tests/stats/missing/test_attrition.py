"""Weights for response against glm and stacked equations in R, and by simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.missing.attrition import area_under_curve, balance, response_weights, weighted_change

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "missing_attrition.json").read_text(encoding="utf-8"))
_, CELL, BEFORE, AFTER = np.genfromtxt(FOLDER / "data" / "missing_arms.csv", delimiter=",", skip_header=1).T
Z = np.column_stack([BEFORE, CELL])
SEEN = ~np.isnan(AFTER)
N = len(SEEN)
CASES = {"plain": (None, 0.0), "trimmed": (None, 0.05), "weighted": (1 + (np.arange(1, N + 1) % 4) / 4, 0.02)}
SOURCE = f"stats::glm and numDeriv {REFERENCE['packages']['numDeriv']}, stacked equations"


@pytest.mark.parametrize("case", sorted(CASES))
def test_stacked_equations_agree(case: str, agree: Any) -> None:
    (base, trim), theirs = CASES[case], REFERENCE["cases"][case]
    model = response_weights(SEEN, Z, base, trim)
    found = weighted_change(AFTER - BEFORE, Z, model, weights=base)
    grouped = weighted_change(AFTER - BEFORE, Z, model, weights=base, clusters=np.repeat(np.arange(42), 10))
    table = balance(SEEN, Z, model, base)
    pairs = {
        "response: coefficients": (model.fit.coefficients, theirs["b"]),
        "response: weights": (model.weights[SEEN][:20], theirs["weights"]),
        "response: AUC and effective people": ([model.auc, model.n_effective], [theirs["auc"], theirs["effective"]]),
        "response: weighted mean": (found.estimate, theirs["mean"]),
        "response: standardised differences": (
            np.r_[table.differences, table.weighted_differences],
            np.r_[theirs["smd"], theirs["left"]],
        ),
        "response: standard errors": (
            [found.std_error, grouped.std_error, found.fixed_error],
            [theirs["se"], theirs["cluster_se"], theirs["fixed_se"]],
        ),
    }
    for what, (ours, reference) in pairs.items():
        agree(what, ours, reference, 1e-8, reference=SOURCE, data=case)


def simulated(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = rng.normal(size=(n, 2))
    change = 1 + x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=n)
    gone = rng.random(n) > 1 / (1 + np.exp(-0.5 - x[:, 0]))
    return x, change, np.where(gone, np.nan, change)


def test_intervals_cover_the_mean_of_all_and_errors_are_the_spread() -> None:
    rng = np.random.default_rng(1)
    covered = plain = 0
    values = []
    for _ in range(300):
        x, _, seen = simulated(rng, 400)
        found = weighted_change(seen, x, response_weights(~np.isnan(seen), x, trim=0.0))
        covered += found.low <= 1 <= found.high
        there = seen[~np.isnan(seen)]
        plain += abs(there.mean() - 1) <= 1.97 * there.std(ddof=1) / np.sqrt(len(there))
        values.append([found.estimate, found.std_error, found.fixed_error])
    estimates, errors, fixed = np.array(values).T
    assert 0.91 <= covered / 300 <= 0.98
    assert plain / 300 < 0.2
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.12)
    assert fixed.mean() > errors.mean()


def test_weights_remove_differences_and_add_up() -> None:
    x, _, seen = simulated(np.random.default_rng(2), 20_000)
    here = ~np.isnan(seen)
    model = response_weights(here, x, trim=0.0)
    table = balance(here, x, model)
    assert np.abs(table.weighted_differences).max() < 0.03
    assert table.unweighted_differences[0] > 0.2
    assert model.weights.sum() == pytest.approx(here.sum())
    assert (model.weights[~here] == 0).all()
    assert not model.trimmed.any()
    assert model.n_effective < here.sum()


def test_people_lost_by_chance_change_little() -> None:
    rng = np.random.default_rng(3)
    change = np.where(rng.random(2000) < 0.3, np.nan, rng.normal(2, 1, 2000))
    x = rng.normal(size=(2000, 1))
    found = weighted_change(change, x, response_weights(~np.isnan(change), x))
    assert found.estimate == pytest.approx(np.nanmean(change), abs=0.01)
    assert area_under_curve(np.ones(4), np.array([True, False, True, False])) == 0.5


def test_nobody_lost_or_all_is_refused() -> None:
    for seen in (np.ones(20, dtype=bool), np.zeros(20, dtype=bool)):
        with pytest.raises(EstimationError, match="seen again and people not"):
            response_weights(seen, np.random.default_rng(0).normal(size=(20, 1)))
    model = response_weights(SEEN, Z)
    with pytest.raises(EstimationError, match="two clusters"):
        weighted_change(AFTER - BEFORE, Z, model, clusters=np.zeros(N, dtype=int))
