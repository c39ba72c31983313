"""Probability of superiority of linked people: by counting, and its level."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.comparison.superiority import paired_superiority


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_a_count_of_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(1, 6, 40).astype(float), rng.integers(1, 6, 40).astype(float)
    wins = np.mean([[float(b > a) + 0.5 * float(b == a) for b in second] for a in first])
    found = paired_superiority(first, second, 0.95)
    assert found.estimate == pytest.approx(wins, abs=1e-12)
    back = paired_superiority(second, first, 0.95)
    assert (back.estimate, back.ci_low, back.p_value) == pytest.approx(
        (1 - found.estimate, 1 - found.ci_high, found.p_value)
    )


def test_the_error_is_that_of_both_waves_together() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=30), rng.normal(size=30)
    z = np.array([np.mean(first < b) + 0.5 * np.mean(first == b) for b in second])
    z -= np.array([np.mean(second < a) + 0.5 * np.mean(second == a) for a in first])
    assert paired_superiority(first, second, 0.9).std_error == pytest.approx(z.std(ddof=1) / np.sqrt(30), rel=1e-12)


def test_equal_scores_have_no_error_and_rounding_makes_no_order() -> None:
    same = np.full(12, 0.1 + 0.2)
    found = paired_superiority(same, np.full(12, 0.3), 0.95)
    assert found.estimate == 0.5
    assert np.isnan(found.std_error)


def test_the_level_is_kept_with_strong_correlation() -> None:
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(1000):
        person = rng.normal(size=40)
        first, second = (np.round(person + 0.5 * rng.normal(size=40)) for _ in range(2))
        rejected += paired_superiority(first, second, 0.95).p_value < 0.05
    assert 0.03 < rejected / 1000 < 0.07
