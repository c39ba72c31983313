"""Joint draws of several contrasts: single ones as before, dependence kept, and the family-wise level."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.multiplicity import adjusted, max_t
from trustmeter.stats.regression.cluster_covariance import cluster_robust, contrast_tests
from trustmeter.stats.regression.joint_bootstrap import FittedContrast, draw_jointly
from trustmeter.stats.regression.least_squares import fit
from trustmeter.stats.regression.wild_bootstrap import wild_cluster_test, wild_signs, wild_statistics

ONE = np.ones(1)


def means(columns: np.ndarray) -> list[FittedContrast]:
    n = len(columns)
    return [FittedContrast(fit(np.ones((n, 1)), column), np.arange(n), ONE) for column in columns.T]


def test_statistics_of_draws_give_the_p_value_of_the_single_test() -> None:
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(9), 7)
    x = np.column_stack([np.ones(63), rng.normal(size=63)])
    y = 0.2 * x[:, 1] + rng.normal(size=9)[cluster] + rng.normal(size=63)
    signs = wild_signs(9, 999, "webb", rng)
    model, contrast = fit(x, y), np.array([0.0, 1.0])
    t, drawn = wild_statistics(model, cluster, contrast, signs)
    single = wild_cluster_test(model, cluster, contrast, signs)
    assert (1 + np.sum(np.abs(drawn) >= abs(t) * (1 - 1e-9))) / 1000 == pytest.approx(single.p_value, abs=1e-12)


def test_copies_of_a_scale_cost_nothing_and_independent_scales_cost_about_holm() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(0.3, 1, size=(60, 1))
    joint = draw_jointly(means(np.hstack([y, 2 * y, 5 * y])), np.random.default_rng(3))
    found = max_t(joint.statistics, joint.draws, observed_among=joint.observed_among)
    assert found.p_step_down == pytest.approx(found.p_raw, abs=1e-12)
    apart = rng.normal(0.25, 1, size=(60, 4))
    joint = draw_jointly(means(apart), np.random.default_rng(3))
    found = max_t(joint.statistics, joint.draws, observed_among=joint.observed_among)
    holm = adjusted(found.p_raw, "holm")
    assert (found.p_step_down <= holm + 0.01).all()
    assert found.p_step_down == pytest.approx(holm, abs=0.12)


def test_single_p_values_are_near_those_of_t() -> None:
    columns = np.random.default_rng(4).normal(0.2, 1, size=(80, 3))
    joint = draw_jointly(means(columns), np.random.default_rng(5))
    found = max_t(joint.statistics, joint.draws)
    tests = [contrast_tests(cluster_robust(one.fit, one.clusters)).p_value[0] for one in means(columns)]
    assert found.p_raw == pytest.approx(tests, abs=0.02)


def test_fits_may_rest_on_different_rows() -> None:
    columns = np.random.default_rng(6).normal(size=(40, 2))
    whole, part = means(columns)
    part = FittedContrast(fit(np.ones((30, 1)), columns[:30, 1]), np.arange(30), ONE)
    joint = draw_jointly([whole, part], np.random.default_rng(7))
    assert joint.draws.shape == (9_999, 2)
    assert np.isfinite(joint.draws).all()


def test_the_family_keeps_its_level_and_gains_on_holm_when_scales_go_together() -> None:
    rng = np.random.default_rng(8)
    wrong = holm = 0
    for _ in range(400):
        columns = np.sqrt(0.8) * rng.normal(size=(30, 1)) + np.sqrt(0.2) * rng.normal(size=(30, 5))
        fitted = means(columns)
        signs = wild_signs(30, 399, "rademacher", rng)
        pairs = [wild_statistics(one.fit, one.clusters, one.contrast, signs) for one in fitted]
        found = max_t(np.array([t for t, _ in pairs]), np.column_stack([d for _, d in pairs]))
        wrong += found.p_step_down.min() <= 0.05
        holm += adjusted(found.p_raw, "holm").min() <= 0.05
    assert 0.025 < wrong / 400 < 0.08
    assert holm <= wrong
