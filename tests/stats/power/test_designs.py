"""Standard errors of designs by simulation and by what must collapse."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trustmeter.stats.power import designs
from trustmeter.stats.power.detection import Precision


def test_linked_people_are_the_correlated_special_case() -> None:
    assert designs.paired(50, 10, 10, 0.5).std_error == pytest.approx(10 / math.sqrt(50))
    assert designs.paired(50, 10, 12, 0.0).std_error == designs.cross_sections(50, 50, 10, 12).std_error
    assert designs.paired(50, 10, 10, 0.5).df == 49


def test_overlap_runs_from_two_samples_to_one() -> None:
    none, whole = (
        designs.overlapping(80, 80, 0, sd_before=9, sd_after=11, correlation=0.6),
        designs.overlapping(80, 80, 80, sd_before=9, sd_after=11, correlation=0.6),
    )
    assert none.std_error == pytest.approx(designs.cross_sections(80, 80, 9, 11).std_error)
    assert whole.std_error == pytest.approx(designs.paired(80, 9, 11, 0.6).std_error)
    assert (none.df, whole.df) == (158, 79)
    for shared in (0, 30, 80):
        best = designs.overlapping(80, 80, shared, sd_before=9, sd_after=11, correlation=0.6, best=True).std_error
        assert best <= designs.overlapping(80, 80, shared, sd_before=9, sd_after=11, correlation=0.6).std_error + 1e-12
    assert designs.overlapping(
        80, 80, 80, sd_before=9, sd_after=11, correlation=0.6, best=True
    ).std_error == pytest.approx(whole.std_error)


def test_overlap_by_simulation() -> None:
    rng = np.random.default_rng(1)
    both = rng.multivariate_normal([0, 0], [[81, 54], [54, 100]], (6000, 30))
    one, two = rng.normal(0, 9, (6000, 20)), rng.normal(0, 10, (6000, 40))
    first = np.hstack([both[..., 0], one]).mean(axis=1)
    second = np.hstack([both[..., 1], two]).mean(axis=1)
    expected = designs.overlapping(50, 70, 30, sd_before=9, sd_after=10, correlation=0.6).std_error
    assert (second - first).std() == pytest.approx(expected, rel=0.03)


def clusters(rng: np.random.Generator, sizes: np.ndarray, shared: float, rounds: int) -> np.ndarray:
    """Return simulated mean changes: sd 10, icc 0.2, cluster correlation 0.7, person correlation 0.5."""
    who = np.repeat(np.arange(len(sizes)), sizes)
    twice = rng.random(len(who)) < shared
    levels = rng.multivariate_normal([0, 0], [[20, 14], [14, 20]], (rounds, len(sizes)))
    people = rng.multivariate_normal([0, 0], [[80, 40], [40, 80]], (rounds, len(who)))
    others = rng.normal(0, math.sqrt(80), (rounds, len(who)))
    second = np.where(twice, people[..., 1], others) + levels[:, who, 1]
    return np.asarray((second - people[..., 0] - levels[:, who, 0]).mean(axis=1))


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_clusters_by_simulation(shared: float) -> None:
    rng = np.random.default_rng(2)
    changes = clusters(rng, np.full(8, 12), shared, 4000)
    expected = designs.clustered_change(8, 12, 10, 0.2, cluster_correlation=0.7, person_correlation=0.5, shared=shared)
    assert changes.std() == pytest.approx(expected.std_error, rel=0.04)
    assert expected.df == 7


def test_unequal_clusters_by_simulation() -> None:
    rng = np.random.default_rng(3)
    sizes = np.array([4, 6, 8, 12, 14, 16, 24, 28])
    cv = sizes.std() / sizes.mean()
    expected = designs.clustered_change(8, sizes.mean(), 10, 0.2, cluster_correlation=0.7, size_cv=cv)
    assert clusters(rng, sizes, 0.0, 4000).std() == pytest.approx(expected.std_error, rel=0.04)
    by_hand = 1 + 0.2 * ((sizes**2).sum() / sizes.sum() - 1)
    assert designs.design_effect(sizes.mean(), 0.2, cv) == pytest.approx(by_hand)


def test_without_clustering_clusters_are_people() -> None:
    flat = designs.clustered_change(10, 20, 10, 0.0)
    assert flat.std_error == pytest.approx(designs.cross_sections(200, 200, 10, 10).std_error)
    assert designs.clustered_mean(10, 20, 10, 0.0).std_error == pytest.approx(10 / math.sqrt(200))
    whole = designs.clustered_mean(10, 20, 10, 1.0)
    assert whole.std_error == pytest.approx(10 / math.sqrt(10))


def test_a_difference_in_differences_adds_variances() -> None:
    arm, other = designs.paired(40, 10, 10, 0.5), designs.paired(60, 10, 10, 0.5)
    both = designs.difference(arm, other)
    assert both.std_error == pytest.approx(math.hypot(arm.std_error, other.std_error))
    assert both.df == 98
    welch = designs.difference(arm, other, pooled=False)
    assert 39 < welch.df < 98
    assert designs.difference(Precision(1, 0), other, pooled=False).df == 0
    assert designs.cross_sections(30, 50, 8, 12).df == pytest.approx(
        (64 / 30 + 144 / 50) ** 2 / ((64 / 30) ** 2 / 29 + (144 / 50) ** 2 / 49)
    )


def test_inflations() -> None:
    assert designs.weighting_effect(np.ones(9)) == 1
    assert designs.weighting_effect(np.array([1.0, 3.0])) == pytest.approx(1.25)
    assert designs.inflated(Precision(2, 5), 4).std_error == 4
    assert designs.finite(Precision(2, 5), 75, 100).std_error == 1
    assert designs.finite(Precision(2, 5), 100, 100).std_error == 0
    assert designs.adjusted(Precision(2, 10), 0.75, 1) == Precision(1.0, 9)
    assert designs.people_to_start(160, 0.8) == 200
    assert designs.people_to_start(160, 0.8, 2) == pytest.approx(250)
