"""Trimming and worst-case bounds against sorting in R, printed variances, and simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.missing.bounds import imbens_manski, lee_bounds, worst_case_bounds

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "missing_bounds.json").read_text(encoding="utf-8"))
TREATED, CELL, BEFORE, AFTER = np.genfromtxt(FOLDER / "data" / "missing_arms.csv", delimiter=",", skip_header=1).T
ARM = TREATED == 1
SOURCE = "base R, by sorting; Lee (2009), proposition 3"


def test_lee_bounds_are_those_of_sorting(agree: Any) -> None:
    ours, theirs = lee_bounds(AFTER, ARM), REFERENCE["lee"]
    mine = [ours.lower, ours.upper, ours.lower_error, ours.upper_error, ours.ci_low, ours.ci_high, ours.trimmed]
    expected = [*theirs["bounds"], *theirs["errors"], *theirs["ci"], theirs["p"]]
    agree("Lee bounds", mine, expected, 1e-8, reference=SOURCE, data="two arms")
    tight = lee_bounds(AFTER, ARM, cells=CELL.astype(int))
    agree("Lee bounds in cells", [tight.lower, tight.upper], theirs["cells"], 1e-8, reference=SOURCE, data="two arms")


def test_worst_case_bounds_are_two_means(agree: Any) -> None:
    ours, theirs = worst_case_bounds(BEFORE[ARM], AFTER[ARM], 0, 100), REFERENCE["worst"]
    mine = [ours.lower, ours.upper, ours.lower_error, ours.upper_error, ours.ci_low, ours.ci_high]
    expected = [*theirs["bounds"], *theirs["errors"], *theirs["ci"]]
    agree("worst-case bounds", mine, expected, 1e-8, reference="base R, by hand", data="one arm")


def test_turning_the_arms_round_turns_the_bounds() -> None:
    one, other = lee_bounds(AFTER, ARM), lee_bounds(AFTER, ~ARM)
    assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower))
    assert (one.lower_error, one.upper_error) == pytest.approx((other.upper_error, other.lower_error))


def test_nobody_missing_gives_the_difference_of_means() -> None:
    y = np.where(np.isnan(AFTER), 50.0, AFTER)
    ours = lee_bounds(y, ARM)
    assert ours.lower == pytest.approx(y[ARM].mean() - y[~ARM].mean())
    assert ours.upper == pytest.approx(ours.lower)
    errors = [arm.var() / len(arm) for arm in (y[ARM], y[~ARM])]
    assert ours.lower_error == pytest.approx(np.sqrt(sum(errors) * len(y) / (len(y) - 1)))
    assert worst_case_bounds(BEFORE, y, 0, 100).trimmed == pytest.approx(0, abs=1e-12)


def test_whole_weights_are_repeated_people() -> None:
    times = np.random.default_rng(1).integers(1, 4, len(AFTER))
    weighted = lee_bounds(AFTER, ARM, weights=times.astype(float), cells=CELL.astype(int))
    repeated = lee_bounds(
        np.repeat(AFTER, times), np.repeat(ARM, times), cells=np.repeat(CELL, times).astype(int),
        clusters=np.repeat(np.arange(len(AFTER)), times),
    )  # fmt: skip
    assert (weighted.lower, weighted.upper) == pytest.approx((repeated.lower, repeated.upper))
    assert weighted.lower_error == pytest.approx(repeated.lower_error)


def test_ties_are_cut_in_part() -> None:
    arm = np.repeat([True, False], 10)
    y = np.r_[1.0, 1, 1, 1, 2, 2, 2, 2, np.nan, np.nan, 1, 1, 1, 2, 2, np.nan, np.nan, np.nan, np.nan, np.nan]
    ours = lee_bounds(y, arm)
    assert (ours.lower, ours.upper) == pytest.approx((6 / 5 - 7 / 5, 9 / 5 - 7 / 5))


def test_imbens_and_manski_lie_between_one_and_two_sides() -> None:
    point, wide = imbens_manski(1, 1, 0.5, 0.5, 0.95), imbens_manski(1, 90, 0.5, 0.5, 0.95)
    assert point == pytest.approx((1 - 0.979981992, 1 + 0.979981992), abs=1e-8)
    assert wide[0] == pytest.approx(1 - 0.5 * 1.6448536269514722)
    assert imbens_manski(1, 2, 0, 0, 0.95) == (1, 2)


def test_bounds_and_their_interval_hold_the_truth() -> None:
    rng = np.random.default_rng(9)
    n, rounds = 600, 250
    inside = np.zeros(3)
    widths = []
    for _ in range(rounds):
        arm, trust, cell = rng.random(n) < 0.5, rng.normal(size=n), rng.integers(0, 2, n)
        always, moved = trust + cell > -0.3, trust + cell > -0.9  # treatment keeps some who would have left
        y = 0.5 * arm + trust + cell + 0.5 * rng.normal(size=n)
        seen = np.where(arm, moved, always)
        y = np.where(seen, y, np.nan)
        plain, tight = lee_bounds(y, arm), lee_bounds(y, arm, cells=cell)
        inside += [plain.ci_low <= 0.5 <= plain.ci_high, tight.ci_low <= 0.5 <= tight.ci_high,
                   abs(np.nanmean(y[arm]) - np.nanmean(y[~arm]) - 0.5) < 0.15]  # fmt: skip
        widths.append((plain.upper - plain.lower, tight.upper - tight.lower))
    assert (inside[:2] / rounds >= 0.92).all()
    assert inside[2] / rounds < 0.7
    assert np.mean(widths, axis=0)[1] < np.mean(widths, axis=0)[0]


def test_errors_of_bounds_in_cells_are_their_spread() -> None:
    rng = np.random.default_rng(4)
    found = []
    for _ in range(300):
        n = 800
        arm, cell = rng.random(n) < 0.5, rng.integers(0, 3, n)
        y = cell + rng.normal(size=n)
        y[rng.random(n) > 0.6 + 0.2 * arm] = np.nan
        b = lee_bounds(y, arm, cells=cell)
        found.append([b.lower, b.upper, b.lower_error, b.upper_error])
    found = np.array(found)
    assert found[:, 2:].mean(axis=0) == pytest.approx(found[:, :2].std(axis=0), rel=0.12)


def test_one_cluster_has_bounds_but_no_interval() -> None:
    ours = worst_case_bounds(BEFORE, AFTER, 0, 100, clusters=np.zeros(len(BEFORE), dtype=int))
    assert np.isfinite([ours.lower, ours.upper]).all()
    assert np.isnan([ours.lower_error, ours.ci_low, ours.ci_high]).all()


def test_an_empty_cell_is_refused() -> None:
    with pytest.raises(EstimationError, match="Merge cells"):
        lee_bounds(AFTER, ARM, cells=np.arange(len(AFTER)))
