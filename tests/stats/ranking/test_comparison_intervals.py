"""Intervals made for comparing: against R, the case of equal errors, and simulation."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.stats.ranking.comparison_intervals import comparison_factor, upper_tail, welch_df

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "values" / "ranking.json").read_text(encoding="utf-8")
)
ERRORS, DF = (np.array(REFERENCE["means"][name], dtype=float) for name in ("se", "df"))
ROOT = 1e-8
"""R's uniroot stops at 1e-13 of the factor, which lies near 1.4."""


def test_factors_are_those_of_r(agree: Any) -> None:
    ours = [comparison_factor(ERRORS), comparison_factor(ERRORS, DF)]
    theirs = [REFERENCE["comparing"]["normal"], REFERENCE["comparing"]["t"]]
    source = f"stats::uniroot {REFERENCE['r'][10:15]}"
    agree("factor of intervals for comparing", ours, theirs, ROOT, reference=source, data="ranking_people")


def test_with_equal_errors_it_is_the_normal_quantile_over_the_root_of_two() -> None:
    assert comparison_factor(np.full(7, 3.2)) == pytest.approx(1.959963984540054 / math.sqrt(2), abs=1e-10)


def test_equal_places_part_by_chance_as_often_as_stated_on_average() -> None:
    rng = np.random.default_rng(2)
    reach = comparison_factor(ERRORS) * ERRORS
    y = rng.normal(size=(40_000, len(ERRORS))) * ERRORS
    parted = [
        np.mean(np.abs(y[:, i] - y[:, j]) > reach[i] + reach[j])
        for i, j in itertools.combinations(range(len(ERRORS)), 2)
    ]
    assert np.mean(parted) == pytest.approx(0.05, abs=0.002)


def test_tails_and_degrees() -> None:
    assert upper_tail(np.array([1.0, 1.0]), np.array([math.inf, 1e9])) == pytest.approx([0.15865525393145707] * 2)
    assert upper_tail(np.array([1.0]), np.array([1.0])) == pytest.approx([0.25])
    assert welch_df(np.array([2.0]), np.array([2.0]), np.array([9.0]), np.array([9.0])) == pytest.approx([18.0])
