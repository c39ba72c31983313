"""Rubin's rules against mice and mitml."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.missing.pooling import pool, pooled_wald

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "values" / "missing_pooling.json").read_text(encoding="utf-8")
)
MICE = f"mice::pool {REFERENCE['packages']['mice']}"
MITML = f"mitml::testConstraints {REFERENCE['packages']['mitml']}"
EXACT = 1e-10
NUMERIC = 1e-8
"""mitml derives constraints numerically."""


@pytest.mark.parametrize("case", REFERENCE["scalar"], ids=lambda case: f"m{len(case['q'])}")
def test_one_parameter(case: dict[str, Any], agree: Any) -> None:
    complete = math.inf if case["df_complete"] is None else case["df_complete"]
    ours = pool(np.array(case["q"]), np.array(case["u"]), complete)
    mine = [ours.estimates, ours.within, ours.between, ours.std_errors**2, ours.increase, ours.df,
            ours.missing_information, ours.lost_share]  # fmt: skip
    theirs = [case[key] for key in ("estimate", "within", "between", "total", "r", "df", "fmi", "lambda")]
    agree("Rubin's rules, scalar", np.ravel(mine), theirs, EXACT, reference=f"mice::pool.scalar {MICE[11:]}",
          data=f"m = {len(case['q'])}", relative=True)  # fmt: skip


def test_a_regression(agree: Any) -> None:
    case = REFERENCE["lm"]
    ours = pool(np.array(case["q"]), np.array(case["u"]), case["df_complete"])
    mine = [ours.estimates, ours.std_errors, ours.statistics, ours.df, ours.p_values, ours.low, ours.high,
            ours.lost_share, ours.missing_information, ours.increase]  # fmt: skip
    keys = ("estimate", "se", "statistic", "df", "p", "low", "high", "lambda", "fmi", "riv")
    agree("Rubin's rules, regression", np.array(mine), np.array([case[key] for key in keys]), EXACT,
          reference=MICE, data="nhanes", relative=True)  # fmt: skip


@pytest.mark.parametrize("case", REFERENCE["vector"], ids=lambda case: f"m{len(case['q'])}")
def test_several_parameters_at_once(case: dict[str, Any], agree: Any) -> None:
    complete = math.inf if case["df_complete"] is None else case["df_complete"]
    ours = pooled_wald(np.array(case["q"]), np.array(case["u"]), df_complete=complete)
    mine = [ours.statistic, ours.df, ours.df_error, ours.p_value, ours.increase]
    agree("D1 test", mine, [case[key] for key in ("f", "df1", "df2", "p", "riv")], NUMERIC, reference=MITML,
          data=f"m = {len(case['q'])}, k = {ours.df}", relative=True)  # fmt: skip


@pytest.mark.parametrize("case", REFERENCE["models"]["tests"], ids=["large", "small"])
def test_two_slopes_of_a_regression(case: dict[str, Any], agree: Any) -> None:
    complete = math.inf if case["df_complete"] is None else case["df_complete"]
    data = REFERENCE["models"]
    ours = pooled_wald(np.array(data["q"]), np.array(data["u"]), df_complete=complete)
    mine = [ours.statistic, ours.df, ours.df_error, ours.p_value, ours.increase]
    agree("D1 test", mine, [case[key] for key in ("f", "df1", "df2", "p", "riv")], EXACT,
          reference=MITML.replace("Constraints", "Models"), data="nhanes", relative=True)  # fmt: skip


def test_one_parameter_tested_jointly_is_its_square() -> None:
    q, u = np.array([0.5, 0.7, 0.4, 0.9, 0.6, 0.55]), np.full(6, 0.04)
    alone, joint = pool(q, u), pooled_wald(q[:, None], u[:, None, None])
    assert joint.statistic == pytest.approx(alone.statistics[0] ** 2, rel=1e-12)


def test_imputations_that_agree_give_the_complete_answer() -> None:
    ours = pool(np.full(5, 2.0), np.full(5, 0.25), 30)
    assert ours.std_errors[0] == 0.5
    assert ours.df[0] == pytest.approx(31 / 33 * 30)
    assert (ours.increase[0], ours.lost_share[0]) == (0, 0)
    certain = pool(np.full(5, 2.0), np.zeros(5), 30)
    assert np.isnan([certain.statistics[0], certain.p_values[0]]).all()
    endless = pool(np.full(5, 2.0), np.full(5, 0.25))
    assert np.isinf(endless.df[0])
    assert endless.high[0] == pytest.approx(2 + 1.959963984540054 / 2)
    assert endless.missing_information[0] == 0
    assert pooled_wald(np.ones((3, 1)), np.ones((3, 1, 1))).p_value == pytest.approx(0.31731050786)


def test_what_cannot_be_pooled_is_refused() -> None:
    with pytest.raises(EstimationError, match="two imputations"):
        pool(np.ones(1), np.ones(1))
    with pytest.raises(EstimationError, match="no estimate"):
        pool(np.array([1.0, math.nan]), np.ones(2))
    with pytest.raises(EstimationError, match="make more"):
        pooled_wald(np.array([[1.0], [2.0]]), np.ones((2, 1, 1)), df_complete=20)
    with pytest.raises(EstimationError, match="no reference distribution"):
        pooled_wald(np.random.default_rng(0).normal(0, 5, (9, 2)), np.tile(np.eye(2) * 0.1, (9, 1, 1)), df_complete=10)
