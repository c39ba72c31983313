"""The inverse-covariance-weighted index against loops in R and special cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.synthesis.index import index_of, index_rule

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "synthesis_index.json").read_text(encoding="utf-8"))
DATA = np.genfromtxt(FOLDER / "data" / "synthesis_index.csv", delimiter=",", skip_header=1)
X, BASE = DATA[:, :4], DATA[:, 4] == 1


@pytest.mark.parametrize("case", ["holes", "complete"])
def test_loops_in_r_agree(case: str, agree: Any) -> None:
    kept = np.ones(len(X), dtype=bool) if case == "holes" else ~np.isnan(X).any(axis=1)
    rule = index_rule(X[kept & BASE])
    theirs = REFERENCE[case]
    source = "base R, row by row"
    agree("index: weights", rule.weights, theirs["weights"], 1e-10, reference=source, data=case)
    expected = np.array([np.nan if v is None else v for v in theirs["index"]])
    agree("index: values", index_of(X[kept], rule), expected, 1e-10, reference=source, data=case)


def test_independent_components_are_averaged_and_twins_share_a_weight() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=(100_000, 3))
    assert index_rule(z).weights == pytest.approx([1 / 3] * 3, abs=0.01)
    twins = np.column_stack([z[:, 0], z[:, 0] + 0.2 * z[:, 1], z[:, 2]])
    weights = index_rule(twins).weights
    assert weights[2] == pytest.approx(0.5, abs=0.01)
    scaled = index_of(z, index_rule(z))
    assert (scaled.mean(), scaled.std(ddof=1)) == pytest.approx((0.0, 1.0), abs=1e-9)


def test_whole_weights_are_repeated_rows_nearly_and_equal_weights_change_nothing() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, 3)) @ np.array([[1, 0.3, 0], [0, 1, 0.4], [0, 0, 1]])
    assert index_rule(x, np.full(400, 2.5)).weights == pytest.approx(index_rule(x).weights, rel=1e-12)
    times = rng.integers(1, 4, 400)
    repeated, weighted = index_rule(np.repeat(x, times, axis=0)), index_rule(x, times.astype(float))
    assert weighted.means == pytest.approx(repeated.means, rel=1e-10)
    assert weighted.weights == pytest.approx(repeated.weights, rel=1e-2)


def test_a_row_without_components_is_unknown() -> None:
    rule = index_rule(X[BASE])
    assert np.isnan(index_of(np.full((1, 4), np.nan), rule))[0]


def test_components_that_say_the_same_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    with pytest.raises(EstimationError, match="nearly determine each other"):
        index_rule(np.column_stack([x, x.sum(axis=1)]))
    with pytest.raises(EstimationError, match="does not vary"):
        index_rule(np.column_stack([x, np.ones(50)]))
    apart = np.column_stack([np.r_[x[:25, 0], np.full(25, np.nan)], np.r_[np.full(25, np.nan), x[25:, 1]]])
    with pytest.raises(EstimationError, match="no reference rows in common"):
        index_rule(apart)
    with pytest.raises(EstimationError, match="three reference rows"):
        index_rule(np.full((5, 2), np.nan))
