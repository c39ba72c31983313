"""Replicate weights and what they say: against R's survey, linearisation, and the definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import LonelyPsu
from trustmeter.stats.survey.hadamard import balanced_signs
from trustmeter.stats.survey.influence import Estimates, estimated, means, ratios, totals
from trustmeter.stats.survey.projection import on_margins
from trustmeter.stats.survey.quantile import weighted_quantiles
from trustmeter.stats.survey.replicates import (
    Replicates,
    combined_weights,
    given_replicates,
    half_samples,
    jackknife_stratified,
    jackknife_unstratified,
    population_bootstrap,
    rescaled_bootstrap,
    reweighted_replicates,
)
from trustmeter.stats.survey.replication import (
    replicated,
    replicated_means,
    replicated_quantiles,
    replicated_ratios,
    replicated_totals,
)
from trustmeter.stats.survey.sample import Sample, reweighted, sample_of

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
VALUES = json.loads((REFERENCE / "values/survey_design.json").read_text(encoding="utf-8"))
STORED, R = VALUES["replicates"], f"survey {VALUES['packages']['survey']}"
SCHOOLS, PAIRS = (pd.read_csv(REFERENCE / f"data/survey_{name}.csv") for name in ("schools", "pairs"))
UNEVEN = {"jkn_uneven", "bootstrap", "subbootstrap"}
CLOSED_FORM = 1e-9
"""Both sides are sums of the same replicates."""


def frame(name: str) -> pd.DataFrame:
    return SCHOOLS if name in UNEVEN else PAIRS


def sample(name: str) -> Sample:
    data = frame(name)
    population = {"jk1": np.full(len(data), 40.0), "jkn_finite": data["population"].to_numpy(float)}.get(name)
    strata = None if name == "jk1" else data["stratum"].to_numpy()
    return sample_of(data["w"].to_numpy(), strata=strata, clusters=data["cluster"].to_numpy(), population=population)


def from_r(name: str, combined: bool) -> Replicates:
    """Return R's replicates as if they had come in a file."""
    drawn, stored = sample(name), STORED[name]
    rscales = np.broadcast_to(stored["rscales"], np.shape(stored["factors"])[1]).astype(float)
    matrix = np.array(stored["factors"], dtype=float)[drawn.clusters]
    whole = drawn.weights[:, None] * matrix if combined else matrix
    return given_replicates(drawn.weights, whole, scale=stored["scale"], rscales=rscales, combined=combined)


def same(agree: Any, statistic: str, data: str, found: Estimates, stored: dict[str, Any]) -> None:
    expected = np.atleast_2d(stored["covariance"]) if "covariance" in stored else None
    errors = stored["std_error"] if expected is None else np.sqrt(np.diag(expected))
    pairs = {"": (found.estimate, np.atleast_1d(stored["estimate"])), ": standard error": (found.std_error, errors)}
    for what, (ours, theirs) in pairs.items():
        agree(f"replicated {statistic}{what}", ours, theirs, CLOSED_FORM, reference=R, data=data, relative=True)
    if expected is not None:
        np.testing.assert_allclose(found.covariance, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("mse", [False, True])
def test_replicates_of_a_file_give_what_r_gives(name: str, mse: bool, agree: Any) -> None:
    data, reps = frame(name), from_r(name, combined=mse)
    assert reps.df == STORED[name]["df"]
    stored = STORED[name]["estimate" if mse else "mean"]
    y, z, g = data["y"].to_numpy(), data["z"].to_numpy(), data["g"].to_numpy() - 1
    same(agree, "mean", name, replicated_means(np.column_stack([y, z]), reps, mse=mse), stored["mean"])
    same(agree, "total", name, replicated_totals(y, reps, mse=mse), stored["total"])
    same(agree, "ratio", name, replicated_ratios(y, z, reps, mse=mse), stored["ratio"])
    same(agree, "mean of a domain", name, replicated_means(y, reps, g, int(g.max()) + 1, mse=mse), stored["domain"])
    same(agree, "quantile", name, replicated_quantiles(y, np.array([0.25, 0.5]), reps, mse=mse), stored["quantile"])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("jk1", jackknife_unstratified),
        ("jkn", jackknife_stratified),
        ("jkn_finite", jackknife_stratified),
        ("jkn_uneven", jackknife_stratified),
    ],
)
def test_jackknives_are_those_of_r(name: str, made: Any) -> None:
    ours, stored = made(sample(name)), STORED[name]
    columns = np.lexsort(np.array(stored["factors"]))
    mine = np.lexsort(ours.factors)
    np.testing.assert_allclose(ours.factors[:, mine], np.array(stored["factors"])[:, columns], rtol=CLOSED_FORM)
    scales = stored["scale"] * np.broadcast_to(stored["rscales"], len(columns)).astype(float)
    np.testing.assert_allclose((ours.scale * ours.rscales)[mine], scales[columns], rtol=CLOSED_FORM)
    assert ours.df == stored["df"]


@pytest.mark.parametrize(("name", "rho"), [("brr", 0.0), ("fay", 0.3)])
def test_half_samples_are_balanced_and_scaled_as_in_r(name: str, rho: float, agree: Any) -> None:
    drawn, stored = sample(name), STORED[name]
    ours = half_samples(drawn, rho=rho)
    assert ours.factors.shape == np.shape(stored["factors"])
    assert ours.scale * ours.rscales == pytest.approx(np.broadcast_to(stored["scale"], 8))
    assert set(np.round(ours.factors.ravel(), 12)) == {rho, 2 - rho}
    y = PAIRS["y"].to_numpy()
    for mse in (False, True):
        same(agree, "total", name, replicated_totals(y, ours, mse=mse), stored["estimate" if mse else "mean"]["total"])


@pytest.mark.parametrize(("name", "made"), [("bootstrap", population_bootstrap), ("subbootstrap", rescaled_bootstrap)])
def test_bootstraps_are_scaled_as_in_r_and_agree_with_linearisation(name: str, made: Any) -> None:
    drawn = sample(name)
    assert made(drawn, draws=30, seed=1).scale == pytest.approx(STORED[name]["scale"])
    many = made(drawn, draws=4000, seed=2)
    y, z = SCHOOLS["y"].to_numpy(), SCHOOLS["z"].to_numpy()
    straight = estimated(ratios(y, z, drawn), drawn).std_error[0]
    # 4,000 draws: a standard error of 1.1 % of the standard error. R's bootstrap (with n / (n - 1) of the harmonic mean)
    # is not unbiased in strata of unequal size.
    tolerance = 0.12 if name == "bootstrap" else 0.06
    assert replicated_ratios(y, z, many).std_error[0] == pytest.approx(straight, rel=tolerance)
    again = made(drawn, draws=30, seed=1).factors
    np.testing.assert_array_equal(again, made(drawn, draws=30, seed=1).factors)
    np.testing.assert_allclose(np.bincount(drawn.cluster_strata, again[:, 0]), drawn.stratum_sizes)


@pytest.mark.parametrize("size", [8.0, 11.0, 100.0])
def test_a_bootstrap_out_of_a_finite_population_knows_it(size: float) -> None:
    rng = np.random.default_rng(5)
    drawn = sample_of(np.full(8, size / 8), population=np.full(8, size))
    y = rng.normal(size=8)
    straight = estimated(totals(y, drawn), drawn).std_error[0]
    many = population_bootstrap(drawn, draws=6000, seed=3)
    # Drawing from a made population of N = k n loses (N - 1) / N beside the finite-population correction.
    assert replicated_totals(y, many).std_error[0] == pytest.approx(straight * np.sqrt(size / (size - 1)), rel=0.05)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 12, 13, 20, 25, 29, 33, 37, 41, 45, 60, 77, 93])
def test_signs_are_orthogonal_and_start_with_one(size: int) -> None:
    signs = balanced_signs(size)
    order = signs.shape[0]
    assert size <= order <= size + 11
    np.testing.assert_array_equal(signs.T @ signs, order * np.eye(order))
    assert (signs[:, 0] == 1).all()


def test_half_samples_of_pairs_have_the_variance_of_linearisation() -> None:
    drawn = sample("brr")
    y = np.column_stack([PAIRS["y"], PAIRS["z"]])
    straight = estimated(totals(y, drawn), drawn)
    for rho in (0.0, 0.5):
        np.testing.assert_allclose(replicated_totals(y, half_samples(drawn, rho=rho)).covariance, straight.covariance)


def test_four_clusters_of_a_stratum_are_two_pairs() -> None:
    drawn = sample_of(np.ones(8), strata=np.repeat([0, 1], 4))
    factors = half_samples(drawn).factors
    np.testing.assert_array_equal(factors[::2] + factors[1::2], 2)


def test_a_function_of_weights_is_replicated() -> None:
    drawn = sample("jkn")
    y = PAIRS["y"].to_numpy()
    reps = half_samples(drawn)

    def median(weights: np.ndarray) -> np.ndarray:
        return weighted_quantiles(y, weights, np.array([0.5]))

    ours = replicated(median, reps)
    fast = replicated_quantiles(y, np.array([0.5]), reps)
    np.testing.assert_allclose(ours.covariance, fast.covariance)
    assert ours.estimate == fast.estimate


def test_replicates_weighted_anew_know_the_margins() -> None:
    """Post-stratified JKn is near the residuals' linearisation, and a share that is a margin has no error."""
    drawn = sample("jkn_uneven")
    cells, y = SCHOOLS["a"].to_numpy() - 1, SCHOOLS["y"].to_numpy()
    known = np.array([330.0, 250, 120])

    def weigh(weights: np.ndarray) -> np.ndarray:
        return weights * (known / np.bincount(cells, weights))[cells]

    reps = reweighted_replicates(jackknife_stratified(drawn), weigh)
    np.testing.assert_allclose(np.bincount(cells, reps.weights), known)
    assert replicated_means((cells == 1).astype(float), reps).std_error[0] == pytest.approx(0, abs=1e-12)
    straight = reweighted(drawn, weigh(drawn.weights), on_margins([cells], drawn.weights))
    linear = estimated(means(y, straight), straight).std_error[0]
    assert replicated_means(y, reps).std_error[0] == pytest.approx(linear, rel=0.05)
    np.testing.assert_allclose(combined_weights(reps), reps.factors)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: jackknife_unstratified(sample_of(np.ones(4), strata=np.array([0, 0, 1, 1]))), "Choose JKn"),
        (lambda: jackknife_unstratified(sample_of(np.ones(1))), "two clusters or more"),
        (lambda: jackknife_unstratified(sample_of(np.ones(10_000))), "more memory"),
        (lambda: jackknife_stratified(sample_of(np.ones(3), strata=np.array([0, 0, 1]))), "one sampled cluster"),
        (lambda: half_samples(sample_of(np.ones(3))), "an even number"),
        (lambda: half_samples(sample_of(np.ones(4)), rho=1.0), "rho 1"),
        (lambda: rescaled_bootstrap(sample_of(np.ones(4)), draws=1, seed=1), "two draws or more"),
        (lambda: population_bootstrap(sample_of(np.ones(1), lonely="certainty"), draws=9, seed=1), "two clusters"),
        (
            lambda: rescaled_bootstrap(sample_of(np.ones(3), strata=np.array([0, 0, 1])), draws=9, seed=1),
            "1 strata with",
        ),
        (lambda: given_replicates(np.ones(3), np.ones((2, 5)), scale=1.0), "for 3 people"),
        (lambda: given_replicates(np.ones(3), np.ones((3, 5)), scale=0.0), "above 0"),
        (lambda: given_replicates(np.ones(3), np.ones((3, 5)), scale=1.0, rscales=np.ones(4)), "5 replicates"),
    ],
)
def test_what_cannot_be_replicated_is_refused(make: Any, words: str) -> None:
    with pytest.raises(DesignError, match=words):
        make()


def test_a_replicate_without_a_group_is_refused() -> None:
    drawn = sample_of(np.ones(6), clusters=np.array([0, 0, 1, 1, 2, 2]))
    groups = np.array([0, 1, 0, 0, 0, 0])
    with pytest.raises(EstimationError, match="1 of 3 replicates hold nobody of a group"):
        replicated_means(np.arange(6.0), jackknife_unstratified(drawn), groups, 2)


@pytest.mark.parametrize("rule", ["certainty", "average"])
def test_lonely_clusters_of_a_jackknife_count_as_in_linearisation(rule: LonelyPsu) -> None:
    drawn = sample_of(np.arange(1.0, 7), strata=np.array([0, 0, 0, 1, 1, 2]), lonely=rule)
    y = np.array([1.0, 5, 2, 8, 3, 4])
    straight = estimated(totals(y, drawn), drawn)
    assert replicated_totals(y, jackknife_stratified(drawn), mse=True).covariance == pytest.approx(straight.covariance)
