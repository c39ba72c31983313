"""Partial pooling against metafor's blup, quadrature in R, and simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.synthesis.heterogeneity import tau_squared
from trustmeter.stats.synthesis.shrinkage import (
    best_predictions,
    integrated,
    new_place,
    posterior,
    rank_probabilities,
    second_order,
    true_effects,
)

FOLDER = Path(__file__).parents[2] / "reference"
METAFOR = json.loads((FOLDER / "values" / "synthesis_effects.json").read_text(encoding="utf-8"))
NAIVE = json.loads((FOLDER / "values" / "synthesis_index.json").read_text(encoding="utf-8"))
SETS = {
    name: np.genfromtxt(FOLDER / "data" / f"synthesis_{name}.csv", delimiter=",", skip_header=1)
    for name in ("bcg", "many", "alike", "two")
}
QUADRATURE = 1e-4
"""Relative to a standard error: the grid of tau has 400 cells."""


@pytest.mark.parametrize("name", sorted(SETS))
def test_best_predictions_are_those_of_metafor(name: str, agree: Any) -> None:
    y, se, _ = SETS[name].T
    theirs = METAFOR["blups"][name]
    ours, plain = best_predictions(y, se), best_predictions(y, se, test="z")
    mine = np.r_[ours.estimates, ours.std_errors, ours.low, ours.high, plain.std_errors, plain.low, plain.high]
    reference = np.concatenate([theirs[key] for key in ("estimate", "se", "low", "high", "z_se", "z_low", "z_high")])
    source = f"metafor::blup {METAFOR['packages']['metafor']}"
    agree("partial pooling, tau2 as known", mine, reference, 1e-8, reference=source, data=name, relative=True)


@pytest.mark.parametrize("name", sorted(NAIVE["pooled"]))
def test_the_grid_is_the_integral(name: str) -> None:
    y, se, _ = SETS[name].T
    ours, theirs = integrated(y, se), NAIVE["pooled"][name]
    assert np.abs(ours.estimates - theirs["mean"]).max() < QUADRATURE * se.min()
    assert np.abs(ours.std_errors - theirs["sd"]).max() < QUADRATURE * se.min()
    assert new_place(posterior(y, se))[0] == pytest.approx(theirs["new"], abs=QUADRATURE * se.min())


def test_second_order_is_the_printed_formula() -> None:
    y, se, z = SETS["many"].T
    x = np.column_stack([np.ones(len(y)), z])
    for method in ("REML", "ML", "PM"):
        tau2 = tau_squared(y, se**2, x, method)[0]
        V = tau2 + se**2
        A = np.linalg.inv(sum(np.outer(r, r) / s for r, s in zip(x, V, strict=True)))
        spread = 2 * len(y) / (1 / V).sum() ** 2 if method == "PM" else 2 / (V**-2).sum()
        naive = [
            tau2 * s / t + (s / t) ** 2 * r @ A @ r + 2 * s**2 / t**3 * spread
            for r, s, t in zip(x, se**2, V, strict=True)
        ]
        if method == "ML":
            bias = -np.trace(A @ (x.T / V**2) @ x) / (V**-2).sum()
            naive = [m - bias * (s / t) ** 2 for m, s, t in zip(naive, se**2, V, strict=True)]
        assert second_order(y, se, x, method=method).std_errors == pytest.approx(np.sqrt(naive), rel=1e-10)


def test_equal_estimates_and_far_ones_collapse() -> None:
    se = np.full(6, 0.2)
    far = np.array([-50.0, -30.0, 0.0, 10.0, 40.0, 90.0])
    apart = integrated(far, se)
    assert apart.estimates == pytest.approx(far, abs=0.02)
    assert apart.std_errors == pytest.approx(se, rel=0.01)
    alike = best_predictions(np.full(6, 3.0) + np.array([0, 0.1, -0.1, 0.05, -0.05, 0.0]), se)
    assert alike.estimates == pytest.approx(np.full(6, 3.0), abs=1e-8)
    assert alike.shares == pytest.approx(1.0)


def test_draws_have_the_moments_of_the_mixture_and_ranks_add_up() -> None:
    y, se, _ = SETS["bcg"].T
    known, ours = posterior(y, se), integrated(y, se)
    effects = true_effects(known, 40_000, np.random.default_rng(1))
    assert effects.mean(axis=0) == pytest.approx(ours.estimates, abs=0.01)
    assert effects.std(axis=0) == pytest.approx(ours.std_errors, rel=0.03)
    assert np.quantile(effects, [0.025, 0.975], axis=0) == pytest.approx(np.array([ours.low, ours.high]), abs=0.05)
    ranks = rank_probabilities(known, np.random.default_rng(2), 5000)
    assert ranks.probabilities.sum(axis=0) == pytest.approx(1.0)
    assert ranks.probabilities.sum(axis=1) == pytest.approx(1.0)
    assert ranks.probabilities @ np.arange(1, len(y) + 1) == pytest.approx(ranks.expected)
    assert ranks.above + ranks.above.T == pytest.approx(1.0)
    again = rank_probabilities(known, np.random.default_rng(2), 5000)
    assert np.array_equal(again.probabilities, ranks.probabilities)


def test_the_intervals_cover_the_true_effects_of_places() -> None:
    rng = np.random.default_rng(7)
    covered = {"known": 0, "second": 0, "integrated": 0, "new": 0}
    rounds, k = 150, 8
    for _ in range(rounds):
        se = rng.uniform(0.15, 0.5, k)
        truth = 0.5 + rng.normal(scale=0.3, size=k)
        y = truth + rng.normal(scale=se)
        for word, found in (
            ("known", best_predictions(y, se, test="z")),
            ("second", second_order(y, se)),
            ("integrated", integrated(y, se)),
        ):
            covered[word] += ((found.low <= truth) & (truth <= found.high)).sum()
        _, low, high = new_place(posterior(y, se))
        covered["new"] += low <= 0.5 + rng.normal(scale=0.3) <= high
    share = {word: hits / rounds / (1 if word == "new" else k) for word, hits in covered.items()}
    assert share["known"] < share["integrated"]
    assert 0.92 <= share["second"] <= 1.0
    assert 0.93 <= share["integrated"] <= 0.98
    assert 0.92 <= share["new"] <= 1.0


def test_too_few_places_are_refused() -> None:
    with pytest.raises(EstimationError, match="at least two places more"):
        integrated(np.array([1.0, 2.0]), np.array([0.1, 0.2]))
    with pytest.raises(EstimationError, match="no variance"):
        second_order(np.array([1.0]), np.array([0.1]))
    with pytest.raises(EstimationError, match="known for REML"):
        second_order(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.1]), method="DL")
