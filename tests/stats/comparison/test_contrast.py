"""Means and differences at their edges; R's numbers are in the tests of the verbs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from trustmeter.stats.comparison.contrast import one_mean, paired_difference, welch_difference


def test_one_person_has_a_mean_and_no_interval() -> None:
    found = one_mean(np.array([4.0]), 0.95)
    assert found.estimate == 4
    assert math.isnan(found.ci_low)


def test_paired_equals_scipy() -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(size=30)
    after = before + rng.normal(0.3, 1, 30)
    found, oracle = paired_difference(before, after, 0.95), stats.ttest_rel(after, before)
    assert found.statistic == pytest.approx(oracle.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-12)
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(oracle.confidence_interval()), rel=1e-12)


def test_welch_equals_pooled_when_groups_are_alike() -> None:
    first = np.array([1.0, 2, 3, 4])
    assert welch_difference(first, first[::-1] + 2, 0.95).df == pytest.approx(6)


def test_rounding_error_is_no_variance() -> None:
    before = np.array([0.1, 0.2, 0.3])
    found = paired_difference(before, before + 0.2, 0.95)
    assert math.isnan(found.p_value)
