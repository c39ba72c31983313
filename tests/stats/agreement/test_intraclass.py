"""Intraclass correlations and variance components against psych, psy and lme4, and against themselves."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.agreement.components import pseudo_mean_squares, variance_components
from trustmeter.stats.agreement.intraclass import absolute_agreement, mean_squares, six_intraclass

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values" / "agreement.json").read_text(encoding="utf-8"))
ICC, REML = STORED["cases"]["icc"], STORED["cases"]["reml"]
ORDER = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)

CLOSED_FORM = 1e-8
SEARCHED = 1e-6
"""lme4 searches for its variances."""


def table(name: str) -> np.ndarray:
    return pd.read_csv(REFERENCE / "data" / f"agreement_{name}.csv").to_numpy(dtype=float)


@pytest.mark.parametrize("level", ["l95", "l90"])
@pytest.mark.parametrize("case", ICC)
def test_six_equal_psych(case: str, level: str, agree: Callable[..., None]) -> None:
    found = six_intraclass(mean_squares(table(case)), int(level[1:]) / 100)
    for ours, theirs in (
        ("estimate", "estimate"), ("ci_low", "low"), ("ci_high", "high"), ("f", "f"), ("df1", "df1"), ("df2", "df2"),
        ("p_value", "p"),
    ):  # fmt: skip
        numbers = [getattr(found[name], ours) for name in ORDER]
        what = "ICC, six forms" if ours == "estimate" else f"ICC: {ours}"
        agree(
            what, numbers, ICC[case][level][theirs], CLOSED_FORM, reference="psych::ICC 2.2.9", data=f"agreement_{case}"
        )


@pytest.mark.parametrize("case", ICC)
def test_single_ones_equal_psy(case: str, agree: Callable[..., None]) -> None:
    found = six_intraclass(mean_squares(table(case)), 0.95)
    theirs = [ICC[case]["psy"]["icc.agreement"], ICC[case]["psy"]["icc.consistency"]]
    ours = [found["ICC(A,1)"].estimate, found["ICC(C,1)"].estimate]
    agree("ICC(A,1), ICC(C,1)", ours, theirs, CLOSED_FORM, reference="psy::icc 1.2", data=f"agreement_{case}")


def test_the_printed_example() -> None:
    """Shrout & Fleiss (1979), table 4, doi:10.1037/0033-2909.86.2.420."""
    found = six_intraclass(mean_squares(SHROUT_FLEISS), 0.95)
    assert [round(found[name].estimate, 2) for name in ORDER] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]


@pytest.mark.parametrize("case", REML)
def test_components_equal_lme4(case: str, agree: Callable[..., None]) -> None:
    x, stored = table(f"{case}_holes"), REML[case]
    two, one = variance_components(x), variance_components(x, raters=False)
    assert two.converged
    assert one.converged
    data, reference = f"agreement_{case}_holes", "lme4::lmer 1.1-31, REML"
    agree("REML criterion", [two.criterion, one.criterion], [stored["criterion"], stored["one_criterion"]], 1e-7,
          reference=reference, data=data)  # fmt: skip
    ours = [two.target, two.rater, two.error, one.target, one.error]
    theirs = [stored[name] for name in ("target", "rater", "error", "one_target", "one_error")]
    agree("variance components", ours, theirs, SEARCHED, reference=reference, data=data, relative=True)
    assert two.criterion <= stored["criterion"] + 1e-9


@pytest.mark.parametrize("case", REML)
def test_correlations_are_shares_of_variance(case: str, agree: Callable[..., None]) -> None:
    x, stored = table(f"{case}_holes"), REML[case]
    ms = pseudo_mean_squares(x, variance_components(x, raters=False), variance_components(x))
    found = six_intraclass(ms, 0.95)
    t, r, e = stored["target"], stored["rater"], stored["error"]
    k = x.shape[1]
    one = stored["one_target"] / (stored["one_target"] + stored["one_error"])
    theirs = [one, t / (t + r + e), t / (t + e), k * one / (1 + (k - 1) * one), t / (t + (r + e) / k), t / (t + e / k)]
    agree("ICC of incomplete ratings", [found[name].estimate for name in ORDER], theirs, SEARCHED,
          reference="lme4::lmer 1.1-31, REML", data=f"agreement_{case}_holes")  # fmt: skip


def dense_criterion(x: np.ndarray, target: float, rater: float, error: float) -> float:
    """-2 restricted log-likelihood from the covariance matrix of all ratings."""
    row, column = np.nonzero(~np.isnan(x))
    y = x[row, column]
    V = target * (row[:, None] == row) + rater * (column[:, None] == column) + error * np.eye(len(y))
    inverse = np.linalg.inv(V)
    weight = inverse.sum()
    rest = y - inverse.sum(axis=0) @ y / weight
    determinant = np.linalg.slogdet(V)[1]
    return float(determinant + math.log(weight) + rest @ inverse @ rest + (len(y) - 1) * math.log(2 * math.pi))


@pytest.mark.parametrize("case", REML)
def test_no_neighbour_is_more_likely(case: str) -> None:
    x = table(f"{case}_holes")
    found = variance_components(x)
    best = np.array([found.target, found.rater, found.error])
    assert dense_criterion(x, *best) == pytest.approx(found.criterion, abs=1e-8)
    for at in range(3):
        for factor in (0.999, 1.001):
            other = best.copy()
            other[at] = other[at] * factor if other[at] > 0 else 1e-4 * best[2]
            assert dense_criterion(x, *other) > found.criterion


@pytest.mark.parametrize("case", ["likert", "wide"])
def test_complete_ratings_collapse_to_mean_squares(case: str) -> None:
    x = table(case)
    exact = mean_squares(x)
    made = pseudo_mean_squares(x, variance_components(x, raters=False), variance_components(x))
    for name in ("target", "rater", "error", "between", "within", "per_target", "per_rater", "df_error", "df_within"):
        assert getattr(made, name) == pytest.approx(getattr(exact, name), rel=1e-8), name


def test_units_do_not_matter() -> None:
    x = table("wide_holes")
    one, other = variance_components(x), variance_components(1e6 + 1000 * x)
    assert other.target == pytest.approx(1e6 * one.target, rel=1e-7)
    assert other.rater == pytest.approx(1e6 * one.rater, rel=1e-7)


def test_absolute_agreement_is_one_of_the_six() -> None:
    x = table("likert")
    found, one = absolute_agreement(x, 0.9), six_intraclass(mean_squares(x), 0.9)["ICC(A,1)"]
    assert (found.icc, found.ci_low, found.ci_high) == (one.estimate, one.ci_low, one.ci_high)


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_intervals_hold_the_truth_as_often_as_they_say(holes: float) -> None:
    rng = np.random.default_rng(11)
    truth = {"ICC(1,1)": None, "ICC(A,1)": 4 / 7.5, "ICC(C,1)": 4 / 6.5, "ICC(A,k)": 4 / (4 + 3.5 / 5)}
    hits: dict[str, list[bool]] = {name: [] for name, value in truth.items() if value}
    for _ in range(400):
        x = 2 * rng.normal(size=(40, 1)) + rng.normal(size=(1, 5)) + math.sqrt(2.5) * rng.normal(size=(40, 5))
        if holes:
            x[rng.random(x.shape) < holes] = np.nan
            x = x[np.sum(~np.isnan(x), axis=1) > 0]
            ms = pseudo_mean_squares(x, variance_components(x, raters=False), variance_components(x))
        else:
            ms = mean_squares(x)
        found: dict[str, Any] = six_intraclass(ms, 0.95)
        for name, hit in hits.items():
            hit.append(found[name].ci_low <= truth[name] <= found[name].ci_high)
    for name, hit in hits.items():
        assert 0.915 <= np.mean(hit) <= 0.985, (name, np.mean(hit))
