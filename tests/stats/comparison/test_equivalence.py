"""Tests against bounds: pt() by hand, t.test(mu = bound), emmeans."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from trustmeter.stats.comparison.equivalence import hold_against_bounds

STORED = json.loads((Path(__file__).resolve().parents[2] / "reference/values/equivalence.json").read_text(encoding="utf-8"))[
    "cases"
]  # fmt: skip
CLOSED = 1e-10


def test_equals_student_s_tails_by_hand(agree) -> None:
    ours, theirs = [], []
    for row in STORED["hand"]:
        df = math.inf if row["df"] == -1 else row["df"]
        found = hold_against_bounds(row["est"], row["se"], df, low=row["low"], high=row["high"])
        ours.append([found.p_above_low, found.p_below_high, found.p_within, found.p_above_high, found.p_below_low,
                     found.p_two_sided, found.interval.low, found.interval.high, found.inner.low, found.inner.high])  # fmt: skip
        theirs.append([row[name] for name in ("above_low", "below_high", "within", "above_high", "below_low", "two",
                                              "ci_low", "ci_high", "in_low", "in_high")])  # fmt: skip
    agree("tests against bounds", ours, theirs, CLOSED, reference="stats::pt, qt 4.2.2", data="24 made estimates")


@pytest.mark.parametrize("name", list(STORED["t_test"]))
def test_equals_t_test_with_shifted_hypotheses(name: str, agree) -> None:
    r = STORED["t_test"][name]
    found = hold_against_bounds(r["estimate"], r["std_error"], r["df"], low=-r["delta"], high=r["delta"])
    ours = [found.p_above_low, found.p_below_high, found.p_above_high, found.p_below_low, found.p_two_sided,
            found.interval.low, found.interval.high, found.inner.low, found.inner.high]  # fmt: skip
    theirs = [r[key] for key in ("above_low", "below_high", "above_high", "below_low", "two")] + r["ci"] + r["inner"]
    agree("tests against bounds", ours, theirs, CLOSED, reference="stats::t.test 4.2.2", data=name)


@pytest.mark.parametrize("case", STORED["emmeans"], ids=lambda case: str(case["delta"]))
def test_equals_emmeans(case: dict[str, float], agree) -> None:
    found = hold_against_bounds(case["estimate"], case["std_error"], case["df"], low=-case["delta"], high=case["delta"])
    agree("equivalence, non-inferiority", [found.p_within, found.p_above_low], [case["within"], case["noninferior"]],
          CLOSED, reference="emmeans 1.8.4", data="likert")  # fmt: skip


def test_inner_interval_decides_as_the_two_tests() -> None:
    for estimate in (-0.4, -0.1, 0.0, 0.12, 0.31):
        found = hold_against_bounds(estimate, 0.1, 17.3, low=-0.3, high=0.3)
        assert (found.p_within < 0.05) == (found.inner.low > -0.3 and found.inner.high < 0.3)
        assert (found.p_above_high < 0.05) == (found.inner.low > 0.3)


def test_open_bound_and_unknown_error() -> None:
    found = hold_against_bounds(0.1, 0.1, 10, low=-0.2, high=math.inf)
    assert found.p_below_high == 0
    assert found.p_within == found.p_above_low
    for error, df in ((0.0, 10), (math.nan, 10), (0.1, math.nan)):
        assert math.isnan(hold_against_bounds(0.1, error, df, low=-1, high=1).p_within)
