"""One treated area: own R from the papers, sizes, size of the test, refusals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.placebo import fewest_comparison_areas, one_sided_placebo, placebo_areas
from trustmeter.stats.areas.randomization import randomize_areas

CASES = json.loads(
    (Path(__file__).resolve().parents[2] / "reference/values/areas_randomization.json").read_text(encoding="utf-8")
)["cases"]["placebo"]


@pytest.mark.parametrize("name", list(CASES))
def test_equals_the_papers_written_out(name: str, agree) -> None:
    case = CASES[name]
    sized = isinstance(case["m0"], list)
    found = placebo_areas(
        np.array([case["treated"]]), np.array(case["comparison"]),
        treated_sizes=np.array([case["m1"]]) if sized else None,
        comparison_sizes=np.array(case["m0"], dtype=float) if sized else None,
        variance_per_size=case["within"] if case["within"] > 0 else None,
    )  # fmt: skip
    half = (found.high - found.low) / 2
    agree("placebo areas: estimate, p, half width", [found.estimate, found.p_value, -1 if math.isnan(half) else half],
          [case["estimate"], case["p"], case["half"]], 1e-10, reference="own R from Conley & Taber, Ferman & Pinto", data=name)  # fmt: skip


def test_interval_needs_enough_comparison_areas() -> None:
    assert fewest_comparison_areas(0.95) == 19
    assert fewest_comparison_areas(0.9) == 9
    values = np.random.default_rng(1).normal(size=19)
    assert math.isfinite(placebo_areas(np.array([1.0]), values).low)
    few = placebo_areas(np.array([9.0]), values[:18])
    assert math.isnan(few.low)
    assert few.p_value == few.smallest_p == 1 / 19


def test_one_area_orders_as_randomisation_does() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        values = rng.normal(size=12)
        placebo = placebo_areas(values[:1], values[1:])
        assert abs(placebo.p_value - randomize_areas(values, np.arange(12) == 0, studentized=False).p_value) <= 2 / 12


def test_it_seldom_rejects_what_is_true() -> None:
    rng = np.random.default_rng(3)
    p = np.array([placebo_areas(y[:1], y[1:]).p_value for y in rng.normal(size=(1500, 21))])
    assert (p <= 0.1).mean() == pytest.approx(0.095, abs=0.03)


def test_sizes_mend_a_small_treated_area() -> None:
    rng = np.random.default_rng(4)
    sizes = np.r_[10.0, np.geomspace(30, 900, 30)]
    error = rng.normal(size=(800, 31)) * np.sqrt(0.01 + 10 / sizes)
    options = {"treated_sizes": sizes[:1], "comparison_sizes": sizes[1:]}
    plain, mended, known = (
        np.mean([placebo_areas(y[:1], y[1:], **way).p_value <= 0.1 for y in error])
        for way in ({}, options, options | {"variance_per_size": 10.0})
    )
    assert plain > 0.3
    assert mended < 0.18
    assert known < 0.12


@pytest.mark.parametrize("between", [0.0, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("known", [True, False])
def test_a_large_treated_area_among_small_ones_makes_no_false_alarms(between: float, known: bool) -> None:
    rng = np.random.default_rng([6, int(between)])
    sizes = np.r_[300.0, np.linspace(20, 40, 25)]
    error = rng.normal(size=(3000, 26)) * np.sqrt(between**2 + 320 / sizes)
    options = {"treated_sizes": sizes[:1], "comparison_sizes": sizes[1:]}
    within = 320.0 if known else None
    p = np.array([placebo_areas(y[:1], y[1:], variance_per_size=within, **options).p_value for y in error])
    assert (p <= 0.05).mean() < 0.055


def test_residuals_are_shrunk_with_care_and_enlarged_as_before() -> None:
    left = np.random.default_rng(8).normal(size=20)
    left *= 3 / left.std(ddof=1)
    sizes = np.where(np.arange(20) % 2, 30.0, 900.0)
    found = placebo_areas(
        np.array([1.0]), left, treated_sizes=np.array([300.0]), comparison_sizes=sizes, variance_per_size=300.0
    )
    ratio = found.placebos / (left - left.mean()) / math.sqrt(21 / 19)
    constant = 9 - 300 * (1 / sizes).mean()
    upper = 9 * 19 / 11.65091003 - 300 * (1 / sizes).mean()
    assert found.variance_constant == pytest.approx(constant)
    assert ratio[1] == pytest.approx(math.sqrt((upper + 1) / (upper + 10)))
    assert ratio[0] == pytest.approx(math.sqrt((constant + 1) / (constant + 1 / 3)))


def test_equal_sizes_change_nothing() -> None:
    values = np.random.default_rng(5).normal(size=20)
    plain = placebo_areas(values[:1], values[1:])
    sized = placebo_areas(values[:1], values[1:], treated_sizes=np.array([7.0]), comparison_sizes=np.full(19, 7.0))
    assert (sized.low, sized.high, sized.p_value) == pytest.approx((plain.low, plain.high, plain.p_value), abs=1e-12)


def test_what_cannot_be_answered_is_refused() -> None:
    with pytest.raises(EstimationError, match="at least three"):
        placebo_areas(np.array([1.0]), np.array([0.0, 0.4]))
    with pytest.raises(EstimationError, match="exchanging areas"):
        placebo_areas(np.arange(4.0), np.arange(4.0))
    with pytest.raises(EstimationError, match="changed alike"):
        placebo_areas(np.array([1.0]), np.full(7, 0.1))


def test_one_sided_p_values_by_counting() -> None:
    values = np.random.default_rng(7).normal(size=20)
    found = placebo_areas(values[:1], values[1:])
    effects = np.array([-4.0, -0.3, found.estimate, 4.0])
    under, over = one_sided_placebo(found, effects)
    for effect, one, two in zip(effects, under, over, strict=True):
        assert one == (1 + sum(found.placebos >= found.estimate - effect)) / 20
        assert two == (1 + sum(found.placebos <= found.estimate - effect)) / 20
    assert (under[0], over[3]) == (1 / 20, 1 / 20)
    assert (np.diff(under) >= 0).all()
