"""Randomisation over areas: full enumeration in R, coin, the naive inversion, exactness."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.assignment import MOST_LISTED, list_assignments
from trustmeter.stats.areas.randomization import one_sided_p_values, randomize_areas, smallest_p_value

CASES = json.loads(
    (Path(__file__).resolve().parents[2] / "reference/values/areas_randomization.json").read_text(encoding="utf-8")
)["cases"]
ENUMERATED = "own enumeration in R 4.2.2"


def areas(case: dict[str, list]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(case["y"], dtype=float), np.array(case["d"]) == 1


@pytest.mark.parametrize("name", list(CASES["whole"]))
@pytest.mark.parametrize("way", ["plain", "studentized"])
def test_equals_full_enumeration(name: str, way: str, agree) -> None:
    case = CASES["whole"][name]
    found = randomize_areas(*areas(case), studentized=way == "studentized")
    r = case[way]
    agree(
        f"randomisation p, {way}",
        [found.p_value, found.statistic],
        [r["p"], r["statistic"]],
        1e-12,
        reference=ENUMERATED,
        data=name,
    )
    agree(
        f"randomisation interval, {way}",
        [found.low, found.high],
        [r["low"], r["high"]],
        1e-7,
        reference=ENUMERATED,
        data=name,
    )
    assert (found.n_assignments, found.complete) == (case["n"], True)
    if way == "plain":
        agree(
            "randomisation p, plain", found.p_value, case["coin"], 1e-12, reference="coin::oneway_test 1.4", data=name
        )


@pytest.mark.parametrize("name", list(CASES["whole"]))
@pytest.mark.parametrize("way", ["plain", "studentized"])
def test_one_sided_equals_full_enumeration(name: str, way: str, agree) -> None:
    case = CASES["whole"][name]
    under, over = one_sided_p_values(*areas(case), np.array([0, -0.5, 0.5]), studentized=way == "studentized")
    agree(f"randomisation p, one-sided, {way}", [under, over], [case[way]["under"], case[way]["over"]], 1e-12,
          reference=ENUMERATED, data=name)  # fmt: skip
    if way == "plain":
        agree(
            "randomisation p, one-sided",
            under[0],
            case["coin_greater"],
            1e-12,
            reference="coin::oneway_test 1.4",
            data=name,
        )


@pytest.mark.parametrize("kind", ["pairs", "blocks"])
def test_strata_equal_enumeration(kind: str, agree) -> None:
    case = CASES[kind]
    strata = np.array(case["strata"])
    plain, studentized = (randomize_areas(*areas(case), strata=strata, studentized=way) for way in (False, True))
    agree("randomisation p in strata", [plain.p_value, studentized.p_value, studentized.statistic],
          [case["plain"], case["studentized"], case["statistic"]], 1e-12, reference=ENUMERATED, data=kind)  # fmt: skip
    if kind == "pairs":
        agree(
            "randomisation p, plain", plain.p_value, case["coin"], 1e-12, reference="coin::oneway_test 1.4", data=kind
        )
        assert plain.smallest_p == 2 / 256
    else:
        assert plain.n_assignments == case["n"]
        assert plain.estimate == pytest.approx(case["estimate"], abs=1e-12)


@pytest.mark.parametrize("studentized", [True, False])
def test_limits_part_kept_from_rejected_effects(studentized: bool) -> None:
    y, treated = areas(CASES["whole"]["six"])
    found = randomize_areas(y, treated, studentized=studentized, conf_level=0.9)
    for limit, outward in ((found.low, -1), (found.high, 1)):
        outside = randomize_areas(y - (limit + outward * 1e-6) * treated, treated, studentized=studentized)
        inside = randomize_areas(y - (limit - outward * 1e-6) * treated, treated, studentized=studentized)
        assert outside.p_value <= 0.1 < inside.p_value


def test_smallest_p_and_open_intervals() -> None:
    treated = np.arange(6) < 3
    found = randomize_areas(np.array([9.0, 8.5, 8, 1, 0.7, 0.3]), treated)
    assert found.p_value == found.smallest_p == smallest_p_value(treated) == 2 / 20
    assert (found.low, found.high) == (-math.inf, math.inf)
    one = randomize_areas(np.r_[9.0, np.arange(19.0) / 20], np.arange(20) == 0, studentized=False)
    assert one.p_value == one.smallest_p == 1 / 20
    assert one.low > 0


def test_units_of_the_scale_do_not_matter() -> None:
    y, treated = areas(CASES["whole"]["three"])
    for studentized in (True, False):
        a, b = (randomize_areas(v, treated, studentized=studentized) for v in (y, 1e-4 * y + 3))
        assert a.p_value == b.p_value
        assert [b.low * 1e4, b.high * 1e4] == pytest.approx([a.low, a.high], rel=1e-5)


def test_many_assignments_are_drawn_with_the_seed() -> None:
    rng = np.random.default_rng(1)
    y, treated = rng.normal(size=24), np.arange(24) < 12
    first, again, other = (randomize_areas(y, treated, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.n_assignments == MOST_LISTED
    assert not first.complete
    assert first.smallest_p == 1 / MOST_LISTED
    assert first.p_value == pytest.approx(other.p_value, abs=0.03)
    drawn = list_assignments(treated, None, rng)
    assert (drawn.treated.sum(axis=1) == 12).all()
    assert drawn.treated.mean(axis=0)[:3] == pytest.approx(np.full(3, 0.5), abs=0.03)


def test_it_is_exact_under_the_hypothesis() -> None:
    rng = np.random.default_rng(2)
    treated = np.arange(8) < 3
    values = rng.exponential(size=8)
    every = list_assignments(treated, None, rng).treated
    p = np.array([randomize_areas(values, row, studentized=True).p_value for row in every])
    for level in (0.05, 0.1, 0.3):
        assert (p <= level).mean() <= level + 1e-12


def test_what_cannot_be_answered_is_refused() -> None:
    y = np.array([1.0, 2, 3, 5])
    with pytest.raises(EstimationError, match="No other assignment"):
        randomize_areas(y, np.ones(4, dtype=bool))
    with pytest.raises(EstimationError, match="No other assignment"):
        randomize_areas(y, np.array([True, True, False, False]), strata=np.array([0, 0, 1, 1]))
    with pytest.raises(EstimationError, match="use the plain difference"):
        randomize_areas(y, np.arange(4) == 0)
    with pytest.raises(EstimationError, match="changed alike"):
        randomize_areas(np.array([2.0, 2, 1, 1]), np.arange(4) < 2)
