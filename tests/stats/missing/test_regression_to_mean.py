"""Regression to the mean against lm, integration and simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.missing.regression_to_mean import adjusted_change, below_cutoff, chosen_areas

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "missing_bounds.json").read_text(encoding="utf-8"))
_, _, BEFORE, AFTER = np.genfromtxt(FOLDER / "data" / "missing_arms.csv", delimiter=",", skip_header=1).T


def test_davis_by_integration(agree: Any) -> None:
    mine = [below_cutoff(cut, 52, 12, 0.6).value for cut in (40, 50, 65)]
    agree("regression to the mean below a cutoff", mine, REFERENCE["davis"], 1e-8, reference="base R: integrate",
          data="three cutoffs")  # fmt: skip


def test_mee_and_chua_by_lm(agree: Any) -> None:
    chosen = (BEFORE < 45) & ~np.isnan(AFTER)
    ours, theirs = adjusted_change(BEFORE[chosen], AFTER[chosen], 50.0), REFERENCE["mee"]
    mine = [ours.effect, ours.std_error, ours.statistic, ours.p_value, ours.slope, ours.change]
    expected = [theirs[key] for key in ("effect", "se", "t", "p", "slope", "change")]
    agree("Mee and Chua's test", mine, expected, 1e-8, reference="base R: lm", data="chosen people")
    assert ours.expected == pytest.approx((1 - ours.slope) * (50 - BEFORE[chosen].mean()))
    assert adjusted_change(BEFORE[chosen], AFTER[chosen], 50.0, 1.0).std_error > ours.std_error


def test_low_people_rise_by_what_the_formula_says() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(50, 8, 400_000)
    first, second = true + rng.normal(scale=6, size=true.size), true + rng.normal(scale=6, size=true.size)
    low = first < 45
    expected = below_cutoff(45, 50, 10, 0.64)
    assert (second - first)[low].mean() == pytest.approx(expected.value, abs=0.05)
    assert expected.std_error == 0
    found = adjusted_change(first[low], second[low], 50.0)
    assert found.effect == pytest.approx(0, abs=0.2)


def test_the_error_below_a_cutoff_is_its_spread() -> None:
    rng = np.random.default_rng(2)
    values = []
    for _ in range(1500):
        x = rng.multivariate_normal([50, 50], [[100, 64], [64, 100]], 200)
        values.append(below_cutoff(45, x[:, 0].mean(), x[:, 0].std(ddof=1), np.corrcoef(x.T)[0, 1], 200).value)
    # mean and sd by the first score, r by both: their errors are taken as independent
    assert np.std(values) == pytest.approx(below_cutoff(45, 50, 10, 0.64, 200).std_error, rel=0.15)


def test_the_false_alarm_rate_of_the_adjusted_change_is_kept() -> None:
    rng = np.random.default_rng(3)
    alarms = raw = 0
    for _ in range(600):
        true = rng.normal(50, 8, 120)
        first, second = true + rng.normal(scale=6, size=120), true + rng.normal(scale=6, size=120)
        low = first < 50
        alarms += adjusted_change(first[low], second[low], 50.0).p_value < 0.05
        change = (second - first)[low]
        raw += abs(change.mean()) > 2 * change.std(ddof=1) / np.sqrt(len(change))
    assert 0.03 <= alarms / 600 <= 0.07
    assert raw / 600 > 0.5


def test_chosen_areas_rise_by_what_is_expected() -> None:
    rng = np.random.default_rng(4)
    seen, expected, errors = [], [], []
    sizes = rng.integers(8, 40, 20)
    areas = np.repeat(np.arange(20), sizes)
    for _ in range(500):
        level = rng.normal(50, 3, 20)
        first, second = (level[areas] + rng.normal(scale=15, size=len(areas)) for _ in range(2))
        means = np.bincount(areas, first) / sizes
        chosen = np.argsort(np.argsort(means)) < 4
        found = chosen_areas(first, areas, chosen)
        seen.append((np.bincount(areas, second) / sizes - means)[chosen].mean())
        expected.append(found.expected.value)
        errors.append(found.expected.std_error)
    assert np.mean(expected) == pytest.approx(np.mean(seen), rel=0.12)
    assert np.mean(seen) > 2
    assert np.median(errors) == pytest.approx(np.std(expected), rel=0.5)


def test_equal_areas_give_the_balanced_formula() -> None:
    rng = np.random.default_rng(5)
    y = (rng.normal(50, 5, 12)[:, None] + rng.normal(scale=10, size=(12, 15))).ravel()
    areas = np.repeat(np.arange(12), 15)
    found = chosen_areas(y, areas, np.arange(12) < 3)
    means = y.reshape(12, 15).mean(axis=1)
    within = y.reshape(12, 15).var(axis=1, ddof=1).mean()
    assert found.within == pytest.approx(within)
    assert found.between == pytest.approx(means.var(ddof=1) - within / 15)
    assert found.mean == pytest.approx(means.mean())
    assert found.rises == pytest.approx((within / 15) / means.var(ddof=1) * (means.mean() - means))


def test_too_little_is_refused() -> None:
    with pytest.raises(EstimationError, match="three people"):
        adjusted_change(np.ones(5), np.arange(5.0), 2.0)
    with pytest.raises(EstimationError, match="three areas"):
        chosen_areas(np.arange(4.0), np.array([0, 0, 1, 1]), np.array([True, False]))
