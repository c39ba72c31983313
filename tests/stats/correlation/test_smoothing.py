from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.correlation.interval import correlation_interval
from trustmeter.stats.correlation.smoothing import is_positive_definite, smoothed


def test_a_usable_matrix_is_left_alone() -> None:
    R = np.array([[1, 0.5], [0.5, 1]])
    assert smoothed(R) is R


def test_an_impossible_matrix_becomes_possible() -> None:
    R = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    assert not is_positive_definite(R)
    found = smoothed(R)
    assert is_positive_definite(found)
    assert np.diag(found) == pytest.approx(1)
    assert found == pytest.approx(found.T)
    assert np.sign(found).tolist() == np.sign(R).tolist()


def test_interval_is_made_on_fishers_z() -> None:
    low, high = correlation_interval(np.array([0.5, 1.0]), np.array([0.1, np.nan]), 0.95)
    z, margin = np.arctanh(0.5), 1.959963984540054 * 0.1 / 0.75
    assert (low[0], high[0]) == pytest.approx((np.tanh(z - margin), np.tanh(z + margin)))
    assert np.isnan([low[1], high[1]]).all()
