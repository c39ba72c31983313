"""The mixed model: against lme4, lmerTest and pbkrtest, and against the definition with n x n matrices."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.regression.mixed_inference import (
    kenward_roger,
    kenward_roger_tests,
    kenward_roger_wald,
    satterthwaite,
    satterthwaite_wald,
    variance_covariance,
    variance_derivatives,
    variance_intervals,
)
from trustmeter.stats.regression.mixed_model import MixedModel, fit_mixed, slope_at, solve_at
from trustmeter.stats.regression.mixed_profile import profile_intervals

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/regression_mixed.json").read_text(encoding="utf-8"))
NAMES = {"panel": "panel", "many": "many", "crossed": "mixed_crossed", "zero": "mixed_zero"}
DATA = {name: pd.read_csv(REFERENCE / f"data/regression_{file}.csv") for name, file in NAMES.items()}
JOINT = {"panel_person": [3, 4], "panel_nested": [1, 2, 3, 4], "many_person": [1, 2], "crossed": [1, 2, 3],
         "zero_area": [0, 1], "zero_two": [0, 1]}  # fmt: skip
CASES = [(name, method) for name in STORED["cases"] for method in ("reml", "ml")]
LME4, LMERTEST, PBKRTEST = (f"{name} {version}" for name, version in STORED["packages"].items())


def design(name: str) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return x, y and the groupings of a stored case, in R's order."""
    family = name.split("_", maxsplit=1)[0]
    frame = DATA[family]
    one = np.ones(len(frame))
    if family == "zero":
        columns = [one, frame["x"]]
    elif family == "crossed":
        columns = [one, frame["wave"], frame["treated"], frame["wave"] * frame["treated"]]
    elif family == "many":
        columns = [one, frame["wave"], frame["group"], frame["x"], frame["wave"] * frame["group"]]
    else:
        columns = [one, frame["wave"], frame["treated"], frame["age"], frame["wave"] * frame["treated"]]
    groups = {"panel_nested": ["person", "area"], "crossed": ["person", "interviewer"], "zero_area": ["area"],
              "zero_two": ["person", "area"]}.get(name, ["person"])  # fmt: skip
    return np.column_stack(columns), frame["y"].to_numpy(), [frame[each].to_numpy() for each in groups]


def model_of(name: str, method: Any) -> MixedModel:
    x, y, groups = design(name)
    return fit_mixed(x, y, *groups, method=method)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_fit_equals_lme4(agree: Any, name: str, method: str) -> None:
    theirs, ours = STORED["cases"][name][method], model_of(name, method)
    said = {"reference": f"{LME4} ({method.upper()})", "data": name}
    agree("criterion", ours.criterion, theirs["criterion"], 1e-6, **said)
    agree("log-likelihood", ours.log_likelihood, theirs["log_likelihood"], 1e-6, **said)
    agree("theta", ours.theta, np.atleast_1d(theirs["theta"]), 1e-4, **said)
    agree("fixed effect", ours.coefficients, theirs["fixed"], 1e-6, relative=True, **said)
    agree("covariance of fixed effects", ours.covariance, theirs["vcov"], 1e-5, **said)
    agree("variance", ours.variances, theirs["variances"], 1e-4, **said)
    assert list(ours.boundary) == [value < 1e-6 for value in np.atleast_1d(theirs["theta"])]


@pytest.mark.parametrize(("name", "method"), CASES)
def test_satterthwaite_equals_lmertest(agree: Any, name: str, method: str) -> None:
    theirs, ours = STORED["cases"][name][method], model_of(name, method)
    tests, wald = satterthwaite(ours), satterthwaite_wald(ours, np.eye(len(ours.coefficients))[JOINT[name]])
    said = {"reference": f"{LMERTEST} ({method.upper()})", "data": name}
    agree("Satterthwaite df", tests.df, theirs["df"], 1e-3, relative=True, **said)
    agree("p of a coefficient", tests.p_value, theirs["p"], 1e-5, **said)
    agree("F", wald.statistic, theirs["F"], 1e-4, relative=True, **said)
    agree("denominator df", wald.df_denominator, theirs["df_denominator"], 1e-3, relative=True, **said)


@pytest.mark.parametrize("name", list(STORED["cases"]))
def test_kenward_roger_equals_pbkrtest(agree: Any, name: str) -> None:
    theirs, ours = STORED["cases"][name]["reml"], model_of(name, "reml")
    adjusted = kenward_roger(ours)
    tests = kenward_roger_tests(ours, adjusted=adjusted)
    wald = kenward_roger_wald(ours, adjusted, np.eye(len(ours.coefficients))[JOINT[name]])
    said = {"reference": PBKRTEST, "data": name}
    agree("adjusted covariance", adjusted.covariance, theirs["kr_vcov"], 1e-5, **said)
    agree("Kenward-Roger df", tests.df, theirs["kr_df"], 1e-4, relative=True, **said)
    agree("p of a coefficient", tests.p_value, theirs["kr_p"], 1e-5, **said)
    agree("scaled F", wald.statistic, theirs["kr_F"], 1e-4, relative=True, **said)
    agree("denominator df", wald.df_denominator, theirs["kr_df_denominator"], 1e-4, relative=True, **said)


def log_likelihood(x: np.ndarray, y: np.ndarray, groups: list[np.ndarray], variances: np.ndarray, reml: bool) -> float:
    """Return the (restricted) log-likelihood from the definition, with the n x n covariance."""
    n, p = x.shape
    V = variances[-1] * np.eye(n)
    for group, variance in zip(groups, variances, strict=False):
        V += variance * (group[:, None] == group)
    inverse = np.linalg.inv(V)
    information = x.T @ inverse @ x
    residual = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    value = np.linalg.slogdet(V)[1] + residual @ inverse @ residual + (n - p * reml) * math.log(2 * math.pi)
    return float(-(value + reml * np.linalg.slogdet(information)[1]) / 2)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_likelihood_and_its_derivatives_are_those_of_the_definition(name: str, method: str) -> None:
    """Exact score and information against differences of the likelihood written with n x n matrices."""
    x, y, groups = design(name)
    ours, reml = model_of(name, method), method == "reml"
    known = variance_derivatives(ours)
    at = ours.variances
    assert ours.log_likelihood == pytest.approx(log_likelihood(x, y, groups, at, reml), abs=1e-9)
    free = np.flatnonzero(at > 0)
    assert known.score[free] * at[free] == pytest.approx(0, abs=1e-6)
    assert (known.score[at == 0] < 0).all()
    step = 1e-3 * at
    for i in free:
        for j in free:
            corners = [
                si * sj * log_likelihood(x, y, groups, at + si * step[i] * (np.arange(len(at)) == i)
                                         + sj * step[j] * (np.arange(len(at)) == j), reml)
                for si in (-1, 1) for sj in (-1, 1)
            ]  # fmt: skip
            found = -sum(corners) / (4 * step[i] * step[j])
            assert known.observed[i, j] * at[i] * at[j] == pytest.approx(found * at[i] * at[j], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("name", list(STORED["cases"]))
def test_profile_intervals_equal_lme4(agree: Any, name: str) -> None:
    """lme4 reads its limits off a spline through the profile, and stops there at about 1e-3."""
    limits = np.array(STORED["cases"][name]["ml"]["sd_intervals"])
    ours = np.sqrt([(each.low, each.high) for each in profile_intervals(model_of(name, "ml"))])
    agree("profile interval of a sd", ours, limits, 1e-3, reference=f"confint, {LME4}", data=name)


@pytest.mark.parametrize(("name", "place"), [("panel_person", 0), ("panel_person", 1), ("crossed", 1), ("crossed", 2)])
def test_profile_limits_are_where_the_restricted_likelihood_has_fallen(name: str, place: int) -> None:
    """The lowest criterion with one variance at the limit, by n x n matrices and a plain search, is z^2 above the best."""
    x, y, groups = design(name)
    ours = model_of(name, "reml")
    interval = profile_intervals(ours, 0.9)[place]
    for limit in (interval.low, interval.high):

        def criterion(logs: np.ndarray, limit: float = limit) -> float:
            return -2 * log_likelihood(x, y, groups, np.insert(np.exp(logs), place, limit), True)

        begin = np.log(np.delete(ours.variances, place))
        found = scipy.optimize.minimize(criterion, begin, method="Nelder-Mead", options={"fatol": 1e-9, "xatol": 1e-7})
        assert found.fun - ours.criterion == pytest.approx(1.6448536269514722**2, abs=1e-5)


def test_balanced_panel_is_the_paired_t_test() -> None:
    """Two answers each: the wave's effect is the mean change, its df n - 1, under all three methods."""
    rng = np.random.default_rng(21)
    people = np.repeat(np.arange(25), 2)
    wave = np.tile([0.0, 1.0], 25)
    y = rng.normal(size=25)[people] + 0.4 * wave + 0.7 * rng.normal(size=50)
    change = y[1::2] - y[::2]
    model = fit_mixed(np.column_stack([np.ones(50), wave]), y, people)
    error = change.std(ddof=1) / 5
    for tests in (satterthwaite(model), kenward_roger_tests(model)):
        assert tests.estimate[1] == pytest.approx(change.mean(), rel=1e-9)
        assert tests.std_error[1] == pytest.approx(error, rel=1e-7)
        assert tests.df[1] == pytest.approx(24, rel=1e-6)


def test_balanced_variances_are_those_of_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(22)
    area = np.repeat(np.arange(7), 5)
    y = rng.normal(size=7)[area] + rng.normal(size=35)
    means = y.reshape(7, 5).mean(axis=1)
    within = float(np.sum((y - means[area]) ** 2)) / 28
    model = fit_mixed(np.ones((35, 1)), y, area)
    assert model.variances == pytest.approx([means.var(ddof=1) - within / 5, within], rel=1e-7)
    assert satterthwaite(model).df[0] == pytest.approx(6, rel=1e-6)


def test_order_of_groupings_and_units_do_not_matter() -> None:
    x, y, (person, interviewer) = design("crossed")
    one, other = fit_mixed(x, y, person, interviewer), fit_mixed(x, 1000 * y, interviewer + 5, -person)
    assert other.variances[[1, 0, 2]] == pytest.approx(1e6 * one.variances, rel=1e-6)
    assert satterthwaite(other).df == pytest.approx(satterthwaite(one).df, rel=1e-5)
    assert kenward_roger_tests(other).df == pytest.approx(kenward_roger_tests(one).df, rel=1e-5)
    x, y, (person, area) = design("panel_nested")
    one, other = fit_mixed(x, y, person, area), fit_mixed(x, y, area, person)
    assert other.variances[[1, 0, 2]] == pytest.approx(one.variances, rel=1e-9)
    assert list(other.levels) == [12, len(np.unique(person))]
    assert satterthwaite(other).df == pytest.approx(satterthwaite(one).df, rel=1e-9)
    assert variance_intervals(other)[1].std_error == pytest.approx(variance_intervals(one)[0].std_error, rel=1e-9)


def test_nested_blocks_equal_one_dense_block() -> None:
    """Nested groups kept as a stack of numbers give what the same groups give as one full matrix."""
    x, y, (person, area) = design("panel_nested")
    problem = fit_mixed(x, y, person, area).problem
    assert problem.groups.nested
    dense = dataclasses.replace(problem, groups=dataclasses.replace(problem.groups, nested=False))
    for ratios in ([0.7, 0.3], [2.0, 0.0], [0.0, 1.5]):
        one, other = (solve_at(each, np.array(ratios)) for each in (problem, dense))
        assert other.criterion == pytest.approx(one.criterion, rel=1e-12)
        assert slope_at(dense, other) == pytest.approx(slope_at(problem, one), rel=1e-9)
        assert other.inverse.paired_traces() == pytest.approx(one.inverse.paired_traces(), rel=1e-10)
        assert other.inverse.solve(x) == pytest.approx(one.inverse.solve(x), abs=1e-12)


def test_variance_at_the_boundary_is_flagged_and_leaves_least_squares() -> None:
    x, y, (area,) = design("zero_area")
    model = fit_mixed(x, y, area)
    assert model.boundary[0]
    plain = model.problem.start
    assert model.coefficients == pytest.approx(plain.coefficients, rel=1e-10)
    assert model.covariance == pytest.approx(plain.covariance, rel=1e-10)
    assert satterthwaite(model).df == pytest.approx(plain.df_residual, rel=1e-8)
    first, last = variance_intervals(model)
    assert math.isnan(first.std_error)
    assert last.low < model.variances[1] < last.high
    assert variance_covariance(model, variance_derivatives(model))[0, 0] == 0


def test_refusals() -> None:
    x, y, (person, area) = design("panel_nested")
    with pytest.raises(EstimationError, match="two levels or more"):
        fit_mixed(x, y, np.zeros(len(y), dtype=int))
    with pytest.raises(EstimationError, match="fewer levels than rows"):
        fit_mixed(x, y, np.arange(len(y)))
    with pytest.raises(EstimationError, match="the same"):
        fit_mixed(x, y, area, area + 3)
    with pytest.raises(EstimationError, match="fitted exactly"):
        fit_mixed(x, x[:, 1] * 2.0, person)
    with pytest.raises(EstimationError, match=r"fit the outcome exactly|hardly identified|did not converge"):
        fit_mixed(np.ones((len(y), 1)), person.astype(float), person)
    dummies = np.column_stack([area == level for level in np.unique(area)]).astype(float)
    for method in ("reml", "ml"):
        with pytest.raises(EstimationError, match="effect of its own"):
            fit_mixed(dummies, y, area, method=method)  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="REML"):
        kenward_roger(fit_mixed(x, y, person, method="ml"))
    with pytest.raises(EstimationError, match="depend on each other"):
        satterthwaite_wald(fit_mixed(x, y, person), np.eye(5)[[1, 1]])
