"""Power, detectable effects and sizes against R, statsmodels and simulation."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower, TTestPower

from trustmeter.errors import EstimationError
from trustmeter.stats.power.designs import clustered_change, cross_sections
from trustmeter.stats.power.detection import (
    Precision,
    detectable_effect,
    equivalence_power,
    power_of,
    shared_level,
    size_needed,
)

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "values" / "power_closed.json").read_text(encoding="utf-8")
)
SOURCE = f"stats::power.t.test {REFERENCE['packages']['stats']}"
SOLVED = 1e-6
"""R's root finder."""


def design(case: dict[str, Any], n: float) -> Precision:
    if case["type"] == "paired":
        return Precision(case["sd"] / math.sqrt(n), n - 1)
    return cross_sections(n, n, case["sd"], case["sd"])


@pytest.mark.parametrize("number", range(len(REFERENCE["cases"])))
def test_r_agrees(number: int, agree: Any) -> None:
    case = REFERENCE["cases"][number]
    at, sides, level = design(case, case["n"]), case["two_sided"], case["level"]
    agree("power", power_of(case["delta"], at, level, sides), case["power"], 1e-8, reference=SOURCE, data=case["type"])
    found = detectable_effect(at, 0.8, level, sides)
    agree("detectable effect", found, case["detectable"], SOLVED, reference=SOURCE, data=case["type"], relative=True)
    needed = size_needed(lambda n: design(case, n), case["delta"], 0.9, level=level, two_sided=sides)
    agree("size needed", needed, case["needed"], SOLVED, reference=SOURCE, data=case["type"], relative=True)


@pytest.mark.parametrize("case", REFERENCE["tost"], ids=lambda case: f"df{case['df']}")
def test_power_of_equivalence_by_integration_in_r(case: dict[str, float], agree: Any) -> None:
    ours = equivalence_power(case["margin"], Precision(case["se"], case["df"]), case["effect"])
    agree("power of equivalence", ours, case["power"], 1e-8, reference="base R: integrate", data=f"df {case['df']}")


def test_statsmodels_agrees() -> None:
    one, two = TTestPower(), TTestIndPower()
    assert power_of(0.4, Precision(1 / math.sqrt(40), 39)) == pytest.approx(one.power(0.4, 40, 0.05), rel=1e-9)
    assert power_of(0.3, cross_sections(90, 60, 1, 1)) == pytest.approx(
        two.power(0.3, 90, 0.05, ratio=60 / 90), rel=1e-9
    )


def test_many_degrees_are_the_normal_and_no_effect_the_level() -> None:
    assert power_of(0.0, Precision(1, 17), 0.03) == pytest.approx(0.03)
    assert power_of(2.5, Precision(1, 1e7)) == pytest.approx(power_of(2.5, Precision(1, math.inf)), abs=1e-6)
    assert power_of(-2.5, Precision(1, 30)) == power_of(2.5, Precision(1, 30))
    assert power_of(-2.5, Precision(1, 30), two_sided=False) < 1e-4
    assert power_of(500.0, Precision(1, 3)) == pytest.approx(1)
    assert equivalence_power(3.0, Precision(1, 1e6)) == pytest.approx(
        equivalence_power(3.0, Precision(1, math.inf)), abs=1e-5
    )
    assert equivalence_power(0.5, Precision(1, math.inf)) == 0


def test_the_three_questions_answer_each_other() -> None:
    at = Precision(0.7, 9)
    assert power_of(detectable_effect(at, 0.85), at) == pytest.approx(0.85)
    n = size_needed(lambda size: clustered_change(size, 20, 10, 0.05, cluster_correlation=0.6), 3.0, 0.8)
    assert power_of(3.0, clustered_change(n, 20, 10, 0.05, cluster_correlation=0.6)) == pytest.approx(0.8)


def test_more_people_in_few_clusters_are_not_enough() -> None:
    with pytest.raises(EstimationError, match="add clusters"):
        size_needed(lambda people: clustered_change(4, people, 10, 0.1, cluster_correlation=0.5), 2.0, 0.8)


def test_without_degrees_of_freedom_nothing_is_known() -> None:
    assert math.isnan(power_of(5.0, Precision(1, 0)))
    assert math.isnan(detectable_effect(Precision(1, 0)))
    assert math.isnan(equivalence_power(5.0, Precision(1, 0)))
    assert equivalence_power(0.01, Precision(1, 5000)) == 0


def test_levels_are_shared() -> None:
    assert shared_level(0.05, 4) == 0.0125
    assert (1 - shared_level(0.05, 4, exact=True)) ** 4 == pytest.approx(0.95)


def test_simulated_tests_find_as_often() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0.6, 1, (20_000, 15))
    t = x.mean(axis=1) / (x.std(axis=1, ddof=1) / math.sqrt(15))
    found = np.mean(np.abs(t) > 2.1447866879169273)
    assert found == pytest.approx(power_of(0.6, Precision(1 / math.sqrt(15), 14)), abs=0.011)
