"""What must hold for any sample: scale of weights, jackknife of a total, names of strata and clusters, domains that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.stats.survey.influence import estimated, means, ratios, totals
from trustmeter.stats.survey.linearisation import covariance_of_totals
from trustmeter.stats.survey.projection import on_margins, on_variables, residuals, weighted_residuals
from trustmeter.stats.survey.quantile import quantiles
from trustmeter.stats.survey.replicates import jackknife_stratified, jackknife_unstratified
from trustmeter.stats.survey.replication import replicated_totals
from trustmeter.stats.survey.sample import Sample, degrees_of_freedom, sample_of

SEEDS = st.integers(0, 2**32 - 1)
MANY = settings(max_examples=40, deadline=None)


def drawn(seed: int, scale: float = 1.0, finite: bool = True) -> tuple[Sample, np.ndarray, np.random.Generator]:
    """Return a sample of two to four strata with two to six clusters of one to five people, and its numbers."""
    rng = np.random.default_rng(seed)
    clusters = rng.integers(2, 7, rng.integers(2, 5))
    sizes = rng.integers(1, 6, clusters.sum())
    strata = np.repeat(np.repeat(np.arange(clusters.size), clusters), sizes)
    names = np.repeat(np.concatenate([np.arange(k) for k in clusters]), sizes)
    population = np.repeat(np.repeat(clusters + rng.integers(0, 9, clusters.size), clusters), sizes).astype(float)
    weights = scale * rng.uniform(0.5, 5, strata.size)
    y = rng.normal(10, 3, (strata.size, 2))
    return sample_of(weights, strata=strata, clusters=names, population=population if finite else None), y, rng


@MANY
@given(SEEDS, st.floats(1e-3, 1e3))
def test_means_do_not_know_the_scale_of_weights_and_totals_do(seed: int, scale: float) -> None:
    one, y, _ = drawn(seed)
    other = drawn(seed, scale)[0]
    np.testing.assert_allclose(estimated(means(y, other), other).covariance, estimated(means(y, one), one).covariance)
    np.testing.assert_allclose(
        estimated(totals(y, other), other).std_error, scale * estimated(totals(y, one), one).std_error
    )
    middle = np.array([0.5])
    found = [quantiles(y[:, 0], middle, each).low for each in (one, other)]
    np.testing.assert_array_equal(*found)


@MANY
@given(SEEDS, st.booleans())
def test_the_jackknife_of_a_total_is_its_linearisation(seed: int, finite: bool) -> None:
    one, y, _ = drawn(seed, finite=finite)
    np.testing.assert_allclose(
        replicated_totals(y, jackknife_stratified(one), mse=True).covariance,
        estimated(totals(y, one), one).covariance,
        rtol=1e-7,
        atol=1e-7,
    )
    alone = sample_of(one.weights)
    np.testing.assert_allclose(
        replicated_totals(y, jackknife_unstratified(alone)).covariance, estimated(totals(y, alone), alone).covariance
    )


@MANY
@given(SEEDS)
def test_covariance_is_the_definition_in_full(seed: int) -> None:
    one, y, _ = drawn(seed)
    expected = np.zeros((2, 2))
    for stratum in range(one.population.size):
        rows = np.flatnonzero(one.cluster_strata == stratum)
        sums = np.array([(one.weights[:, None] * y)[one.clusters == cluster].sum(axis=0) for cluster in rows])
        rate = 1 - rows.size / one.population[stratum]
        expected += rate * rows.size * np.cov(sums.T)
    np.testing.assert_allclose(covariance_of_totals(y, one), expected, atol=1e-8)


@MANY
@given(SEEDS)
def test_domains_add_up_to_everybody(seed: int) -> None:
    one, y, rng = drawn(seed)
    groups = rng.integers(0, 3, y.shape[0])
    parts, whole = estimated(totals(y[:, 0], one, groups, 3), one), estimated(totals(y[:, 0], one), one)
    assert parts.estimate.sum() == pytest.approx(whole.estimate[0])
    assert parts.covariance.sum() == pytest.approx(whole.covariance[0, 0], rel=1e-7, abs=1e-7)
    assert parts.df_joint == degrees_of_freedom(one)
    for group in range(3):
        assert parts.df[group] == degrees_of_freedom(one, groups == group)


@MANY
@given(SEEDS)
def test_order_of_rows_and_names_of_codes_do_not_matter(seed: int) -> None:
    one, y, rng = drawn(seed)
    order = rng.permutation(y.shape[0])
    other = sample_of(
        one.weights[order],
        strata=(7 - 3 * one.strata)[order],
        clusters=(100 - one.clusters)[order],
        population=one.population[one.strata][order],
    )
    np.testing.assert_allclose(
        estimated(ratios(y[order, 0], y[order, 1], other), other).covariance,
        estimated(ratios(y[:, 0], y[:, 1], one), one).covariance,
    )


@MANY
@given(SEEDS)
def test_a_row_that_is_not_known_and_a_row_that_weighs_nothing_are_alike(seed: int) -> None:
    one, y, rng = drawn(seed)
    out = rng.random(y.shape[0]) < 0.3
    out[0] = False
    gaps = np.where(out, np.nan, y[:, 0])
    weightless = sample_of(
        np.where(out, 0.0, one.weights), strata=one.strata, clusters=one.clusters, population=one.population[one.strata]
    )
    first, second = estimated(means(gaps, one), one), estimated(means(y[:, 0], weightless), weightless)
    np.testing.assert_allclose(first.covariance, second.covariance, atol=1e-12)
    assert first.df[0] == second.df[0] == degrees_of_freedom(weightless)


@MANY
@given(SEEDS)
def test_margins_as_variables_leave_the_same_residuals(seed: int) -> None:
    one, y, rng = drawn(seed)
    a, b = rng.integers(0, 2, y.shape[0]), rng.integers(0, 3, y.shape[0])
    a[:2], b[:3] = [0, 1], [0, 1, 2]
    dummies = np.column_stack([a == 0, a == 1, b == 0, b == 1, b == 2]).astype(float)
    found = [residuals(y, step) for step in (on_margins([a, b], one.weights), on_variables(dummies, one.weights))]
    np.testing.assert_allclose(*found, atol=1e-7)


@MANY
@given(SEEDS)
def test_residuals_of_a_chain_of_steps_are_its_derivative(seed: int) -> None:
    """Calibrate, then post-stratify: how a total moves when one row's first weight does, by differences."""
    one, y, rng = drawn(seed)
    cells, w = rng.integers(0, 2, y.shape[0]), one.weights
    cells[:2] = [0, 1]
    x = np.column_stack([np.ones(y.shape[0]), y[:, 1]])
    known, counts = 1.1 * x.T @ w, np.bincount(cells, w) * [0.9, 1.3]

    def calibrated(d: np.ndarray) -> np.ndarray:
        return np.asarray(d * (1 + x @ np.linalg.solve(x.T @ (d[:, None] * x), known - x.T @ d)))

    def both(d: np.ndarray) -> np.ndarray:
        first = calibrated(d)
        return np.asarray(first * (counts / np.bincount(cells, first))[cells])

    steps = [on_variables(x, w), on_margins([cells], calibrated(w))]
    found = weighted_residuals(y[:, :1], steps, both(w))[:, 0]
    moved = np.eye(y.shape[0]) * 1e-5
    slopes = [(both(w * (1 + step)) - both(w * (1 - step))) @ y[:, 0] / 2e-5 for step in moved]
    np.testing.assert_allclose(found, slopes, atol=1e-4 * np.abs(slopes).max())
