"""Covariances, with and without holes, and intervals from influence."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.covariance import (
    Coefficient,
    cluster_sums,
    covariance_matrix,
    delta_std_error,
    log_interval,
    pair_counts,
    pairwise_covariance,
    wald_interval,
)

ROUNDING = 1e-12
"""Closed forms: only rounding may differ."""


def test_complete_rows_give_the_ordinary_matrix() -> None:
    x = np.random.default_rng(1).normal(5, 2, size=(40, 4))
    assert covariance_matrix(x) == pytest.approx(np.cov(x, rowvar=False), rel=ROUNDING)
    assert pairwise_covariance(x) == pytest.approx(covariance_matrix(x), rel=1e-10)


def test_pairs_are_those_of_pandas() -> None:
    rng = np.random.default_rng(2)
    x = np.where(rng.random((60, 4)) < 0.2, np.nan, rng.normal(100, 3, size=(60, 4)))
    assert pairwise_covariance(x) == pytest.approx(pd.DataFrame(x).cov().to_numpy(), rel=1e-9)
    both = ~np.isnan(x)
    counts = [int(np.sum(both[:, i] & both[:, j])) for i in range(4) for j in range(4)]
    assert pair_counts(x) == (min(counts), max(counts))


def test_items_never_answered_together_have_no_covariance() -> None:
    x = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 3.0], [np.nan, 1.0]])
    assert math.isnan(pairwise_covariance(x)[0, 1])


def test_the_delta_error_of_a_mean_is_the_textbook_one() -> None:
    x = np.random.default_rng(3).normal(size=30)
    mean = Coefficient(float(x.mean()), x - x.mean())
    assert delta_std_error(mean) == pytest.approx(x.std(ddof=1) / math.sqrt(30), rel=ROUNDING)


def test_rows_said_twice_add_no_certainty_when_clustered() -> None:
    influence = np.random.default_rng(4).normal(size=25)
    once, twice = Coefficient(0.0, influence), Coefficient(0.0, np.repeat(influence, 2))
    people = np.repeat(np.arange(25), 2)
    assert cluster_sums(twice.influence, people) == pytest.approx(2 * influence)
    assert delta_std_error(twice, people) == pytest.approx(delta_std_error(once), rel=ROUNDING)
    assert delta_std_error(twice) < 0.75 * delta_std_error(once)


def test_intervals_stay_where_they_must() -> None:
    assert wald_interval(0.98, 0.03, 0.95).high == 1.0
    assert wald_interval(0.05, 0.5, 0.95, lowest=0.0).low == 0.0
    found = log_interval(2.0, 0.5, 0.95)
    assert found.low * found.high == pytest.approx(4.0)
    assert found.low > 0
    assert math.isnan(log_interval(0.0, 0.0, 0.95).low)
