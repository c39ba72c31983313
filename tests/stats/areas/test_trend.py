"""Trends before the pilot: t.test, Hotelling, power of t in R."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.trend import WaveContrasts, contrasts_of_areas, judge_trends

CASE = json.loads(
    (Path(__file__).resolve().parents[2] / "reference/values/areas_randomization.json").read_text(encoding="utf-8")
)["cases"]["trend"]
MEANS, TREATED, TIMES = np.array(CASE["means"]), np.array(CASE["d"]) == 1, np.array(CASE["time"])


def test_single_contrasts_and_slope_equal_t_test(agree) -> None:
    found = judge_trends(contrasts_of_areas(MEANS, TREATED), TIMES)
    ours = np.array([found.estimates, found.std_errors, found.df, found.p_values])
    agree(
        "contrasts before the pilot",
        ours,
        CASE["tests"],
        1e-9,
        reference="stats::t.test 4.2.2",
        data="15 areas, 4 waves",
    )
    slope = [found.slope, found.slope_std_error, found.slope_df, found.slope_p_value]
    agree(
        "slope before the pilot", slope, CASE["slope"], 1e-9, reference="stats::t.test 4.2.2", data="15 areas, 4 waves"
    )
    agree(
        "detectable slope",
        found.detectable_slope,
        CASE["detectable"],
        1e-8,
        reference="stats::pt 4.2.2",
        data="15 areas, 4 waves",
    )
    assert found.unseen == pytest.approx(found.detectable_slope * 3)


def test_together_equals_krishnamoorthy_and_yu(agree) -> None:
    found = judge_trends(contrasts_of_areas(MEANS, TREATED), TIMES)
    agree("trends together: F, df, p", [found.f, found.df2, found.p_value], CASE["joint"], 1e-9,
          reference="own R from Krishnamoorthy & Yu 2004", data="15 areas, 4 waves")  # fmt: skip


def test_one_part_is_hotelling(agree) -> None:
    contrasts = contrasts_of_areas(MEANS, TREATED)
    found = judge_trends(WaveContrasts(contrasts.estimates, ((np.array(CASE["pooled"]), 13.0),)), TIMES)
    agree("trends together: F, df, p", [found.f, found.df2, found.p_value], CASE["hotelling"], 1e-9,
          reference="stats::anova.mlm 4.2.2", data="15 areas, 4 waves")  # fmt: skip


def test_one_contrast_is_welch() -> None:
    found = judge_trends(contrasts_of_areas(MEANS[:, :2], TREATED), TIMES[:2])
    assert found.df2 == pytest.approx(found.df[0], rel=1e-12)
    assert found.p_value == pytest.approx(found.p_values[0], rel=1e-10)
    assert found.slope == pytest.approx(found.estimates[0] / (TIMES[1] - TIMES[0]))


def test_normal_distribution_without_end_of_areas() -> None:
    contrasts = contrasts_of_areas(MEANS, TREATED)
    found = judge_trends(WaveContrasts(contrasts.estimates, ((np.array(CASE["pooled"]), math.inf),)), TIMES)
    assert found.df2 == math.inf
    assert found.detectable_slope == pytest.approx((1.959963985 + 0.841621234) * found.slope_std_error, rel=1e-8)
    assert 0 < found.p_value < 1


def test_too_few_areas() -> None:
    few = judge_trends(contrasts_of_areas(MEANS[[0, 1, 6, 7]], np.array([True, True, False, False])), TIMES)
    assert math.isnan(few.p_value)
    assert math.isfinite(few.slope_p_value)
    with pytest.raises(EstimationError, match="each arm needs two"):
        contrasts_of_areas(MEANS, np.arange(15) == 0)
    with pytest.raises(EstimationError, match="moved alike"):
        judge_trends(contrasts_of_areas(np.ones((6, 3)), np.arange(6) < 3), TIMES[:3])
