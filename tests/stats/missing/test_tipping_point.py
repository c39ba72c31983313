"""Delta adjustment against the stacked sandwich in R, quadratic roots, and the bootstrap."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.missing.tipping_point import delta_adjusted, tipping_delta

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "missing_bounds.json").read_text(encoding="utf-8"))["tipping"]
ROWS = np.genfromtxt(FOLDER / "data" / "missing_arms.csv", delimiter=",", skip_header=1)
BEFORE, AFTER = ROWS[ROWS[:, 0] == 1, 2:].T


def test_the_line_is_that_of_lm_and_its_sandwich(agree: Any) -> None:
    line = delta_adjusted(AFTER - BEFORE, BEFORE[:, None])
    mine = np.r_[line.change, line.share_unseen, line.covariance.ravel()]
    theirs = np.r_[REFERENCE["change"], REFERENCE["unseen"], np.ravel(REFERENCE["covariance"])]
    agree("delta adjustment", mine, theirs, 1e-8, reference="base R: lm and stacked equations", data="one arm")
    found = tipping_delta(line)
    agree("tipping point", found.limit, REFERENCE["zero"], 1e-8, reference="base R: uniroot", data="one arm")
    assert line.at(np.array([found.limit]))[2][0] == pytest.approx(0, abs=1e-9)
    assert line.at(np.array([found.estimate]))[0][0] == pytest.approx(0, abs=1e-9)


def test_a_smallest_change_that_matters_tips_earlier() -> None:
    line = delta_adjusted(AFTER - BEFORE, BEFORE[:, None])
    at = tipping_delta(line, 1.0)
    assert not at.already
    assert abs(at.limit) < abs(tipping_delta(line).limit)
    assert tipping_delta(line, line.change).already
    assert tipping_delta(line, line.change).limit == 0
    below = tipping_delta(line, line.change + 8)
    assert below.limit > 0
    assert line.at(np.array([below.limit]))[3][0] == pytest.approx(line.change + 8, abs=1e-9)


def test_nobody_missing_never_tips_and_gives_the_mean() -> None:
    rng = np.random.default_rng(0)
    before = rng.normal(50, 10, 80)
    change = 5 + rng.normal(size=80)
    line = delta_adjusted(change, before[:, None])
    assert line.change == pytest.approx(change.mean())
    assert math.sqrt(line.covariance[0, 0]) == pytest.approx(change.std(ddof=1) / math.sqrt(80), rel=0.02)
    found = tipping_delta(line)
    assert math.isnan(found.limit)
    assert math.isnan(found.estimate)


def test_the_standard_error_is_the_spread_of_resamples() -> None:
    rng = np.random.default_rng(3)
    line = delta_adjusted(AFTER - BEFORE, BEFORE[:, None])
    values = []
    for _ in range(1000):
        rows = rng.integers(0, len(BEFORE), len(BEFORE))
        again = delta_adjusted((AFTER - BEFORE)[rows], BEFORE[rows, None])
        values.append([again.change, again.change - 4 * again.share_unseen])
    errors = line.at(np.array([0.0, -4.0]))[1]
    assert np.std(values, axis=0) == pytest.approx(errors, rel=0.1)


def test_weights_and_clusters() -> None:
    times = np.random.default_rng(1).integers(1, 4, len(BEFORE))
    who = np.repeat(np.arange(len(BEFORE)), times)
    weighted = delta_adjusted(AFTER - BEFORE, BEFORE[:, None], times.astype(float), np.arange(len(BEFORE)))
    repeated = delta_adjusted((AFTER - BEFORE)[who], BEFORE[who, None], None, who)
    assert weighted.change == pytest.approx(repeated.change)
    assert weighted.covariance == pytest.approx(repeated.covariance)


def test_too_few_seen_are_refused() -> None:
    with pytest.raises(EstimationError, match="seen again"):
        delta_adjusted(np.r_[1.0, 2.0, np.full(10, np.nan)], np.arange(12.0)[:, None])
    with pytest.raises(EstimationError, match="two clusters"):
        delta_adjusted(AFTER - BEFORE, BEFORE[:, None], None, np.zeros(len(BEFORE), dtype=int))
