"""Random effects against metafor, and against what must collapse."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.synthesis.effects_model import FLAGS, RandomEffects, leave_one_out, predict, random_effects
from trustmeter.stats.synthesis.heterogeneity import restricted_log_likelihood, weighted_fit

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "synthesis_effects.json").read_text(encoding="utf-8"))
SETS = {
    name: np.genfromtxt(FOLDER / "data" / f"synthesis_{name}.csv", delimiter=",", skip_header=1)
    for name in ("bcg", "many", "alike", "two")
}
SOURCE = f"metafor::rma {REFERENCE['packages']['metafor']}"


def fitted(name: str, method: str, test: str, model: str) -> RandomEffects:
    y, se, z = SETS[name].T
    x = None if model == "mean" else np.column_stack([np.ones(len(y)), z])
    return random_effects(y, se, x, method=method, test=test)


@pytest.mark.parametrize("case", sorted(REFERENCE["cases"]))
def test_metafor_agrees(case: str, agree: Any) -> None:
    name, method, test, model = case.split()
    theirs, ours = REFERENCE["cases"][case], fitted(name, method, test, model)
    at = predict(ours, None if model == "mean" else np.array([[1.0, 0.7]]))
    pairs = {
        "coefficients": (ours.coefficients, theirs["b"]),
        "standard errors": (ours.std_errors, theirs["se"]),
        "statistics": (ours.statistics, theirs["stat"]),
        "p-values": (ours.p_values, theirs["p"]),
        "interval": (np.r_[ours.low, ours.high], np.r_[theirs["low"], theirs["high"]]),
        "tau2": (ours.tau2, theirs["tau2"]),
        "tau2, standard error": (ours.tau2_std_error, theirs["tau2_se"]),
        "tau2, Q-profile interval": (
            [ours.tau2_low, ours.tau2_high],
            [math.nan if v is None else v for v in (theirs["tau2_low"], theirs["tau2_high"])],
        ),
        "Q": ([ours.q, ours.q_p_value], [theirs["q"], theirs["q_p"]]),
        "I2, H2": ([ours.i2, ours.h2], [theirs["i2"], theirs["h2"]]),
        "omnibus test": (
            [ours.omnibus, ours.omnibus_p_value],
            [math.nan if v is None else v for v in (theirs["omnibus"], theirs["omnibus_p"])],
        ),
        "prediction interval": (
            np.r_[at.estimates, at.low, at.high, at.new_low, at.new_high],
            np.array([theirs[key] for key in ("predicted", "predicted_low", "predicted_high", "new_low", "new_high")]),
        ),
    }
    if method == "PM":
        del pairs["tau2, standard error"]  # another first-order formula; ours is held against simulation below
    for what, (mine, reference) in pairs.items():
        untested = what == "omnibus test" and theirs["omnibus"] is None
        agree(f"random effects: {what}", np.atleast_1d(mine), np.atleast_1d(reference), 1e-8, reference=SOURCE, data=name,
              relative=True, both_missing=untested)  # fmt: skip


@pytest.mark.parametrize("name", ["bcg", "many", "alike"])
def test_leaving_one_out_is_refitting(name: str, agree: Any) -> None:
    y, se, _ = SETS[name].T
    ours = [[r.coefficients[0], r.std_errors[0], r.low[0], r.high[0], r.tau2] for r in leave_one_out(y, se)]
    agree("random effects: leave one out", ours, REFERENCE["left"][name], 1e-8, reference=SOURCE, data=name)


def test_equal_errors_collapse_to_the_t_test() -> None:
    y = np.array([0.3, 1.9, -0.4, 2.2, 1.0, 0.8])
    fit = random_effects(y, np.full(6, 0.3))
    plain = scipy.stats.ttest_1samp(y, 0.0)
    assert fit.tau2 == pytest.approx(y.var(ddof=1) - 0.09, rel=1e-10)
    assert fit.statistics[0] == pytest.approx(plain.statistic, rel=1e-10)
    assert fit.p_values[0] == pytest.approx(plain.pvalue, rel=1e-10)
    assert (fit.low[0], fit.high[0]) == pytest.approx(tuple(plain.confidence_interval()), rel=1e-10)


def test_reml_is_at_the_top_of_a_dense_likelihood() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        v = rng.uniform(0.01, 1.0, 7)
        y = rng.normal(scale=np.sqrt(v + rng.uniform(0, 0.5)))
        tau2 = random_effects(y, np.sqrt(v)).tau2
        grid = np.r_[0.0, np.geomspace(1e-5, 20, 800)]
        x = np.ones((7, 1))
        best = max(restricted_log_likelihood(y, v, x, t) for t in grid)
        assert restricted_log_likelihood(y, v, x, tau2) >= best - 1e-10


def test_the_trace_formulas_are_those_of_the_full_matrix() -> None:
    y, se, z = SETS["bcg"].T
    x = np.column_stack([np.ones(len(y)), z])
    fit = weighted_fit(y, se**2, x, 0.2)
    W = np.diag(1 / (se**2 + 0.2))
    P = W - W @ x @ np.linalg.inv(x.T @ W @ x) @ x.T @ W
    assert fit.traces == pytest.approx((np.trace(P), np.trace(P @ P)), rel=1e-12)
    assert (fit.q, fit.slope) == pytest.approx((y @ P @ y, y @ P @ P @ y), rel=1e-10)


def test_one_estimate_and_two_are_honest() -> None:
    one = random_effects(np.array([1.5]), np.array([0.4]))
    assert one.flags == ("one_estimate",)
    assert one.coefficients[0] == 1.5
    assert np.isnan([one.std_errors[0], one.low[0], one.tau2, one.i2]).all()
    assert np.isnan(predict(one).new_low).all()
    two = random_effects(np.array([1.5, 1.1]), np.array([0.4, 0.5]))
    assert "two_estimates" in two.flags
    assert np.isfinite([two.low[0], two.high[0]]).all()
    full = random_effects(np.array([1.5, 1.1]), np.array([0.4, 0.5]), np.array([[1.0, 0.0], [1.0, 1.0]]))
    assert full.flags == ("no_freedom",)
    left = leave_one_out(np.array([1.5, 1.1]), np.array([0.4, 0.5]))
    assert [each.coefficients[0] for each in left] == [1.1, 1.5]


def test_estimates_that_agree_too_well_say_so() -> None:
    fit = random_effects(np.array([1.0, 1.01, 1.0, 0.99, 1.0]), np.full(5, 0.5))
    assert set(fit.flags) == {"tau2_zero", "narrower_than_z", "tau2_interval_empty"}
    assert set(fit.flags) <= set(FLAGS)
    assert math.isnan(fit.tau2_low)
    assert random_effects(np.array([1.0, 1.01, 1.0, 0.99, 1.0]), np.full(5, 0.5), test="floor").factor == 1.0


def test_estimates_without_any_difference_get_no_interval_of_no_width() -> None:
    fit = random_effects(np.ones(4), np.full(4, 0.5))
    assert "no_spread" in fit.flags
    assert np.isnan([fit.std_errors[0], fit.low[0], fit.p_values[0]]).all()
    assert random_effects(np.ones(4), np.full(4, 0.5), test="floor").std_errors[0] == pytest.approx(0.25)


@pytest.mark.parametrize("errors", [[0.1, 0.0, 0.2], [0.1, math.nan, 0.2]])
def test_an_error_of_zero_is_refused(errors: list[float]) -> None:
    with pytest.raises(EstimationError, match="positive standard error"):
        random_effects(np.array([1.0, 2.0, 3.0]), np.array(errors))


def test_dependent_columns_are_refused() -> None:
    with pytest.raises(EstimationError, match="not independent"):
        random_effects(np.arange(4.0), np.ones(4), np.ones((4, 2)))


def test_the_interval_covers_the_mean_and_the_next_place() -> None:
    rng = np.random.default_rng(11)
    covered = new = 0
    for _ in range(400):
        v = rng.uniform(0.02, 0.3, 8)
        fit = random_effects(0.5 + rng.normal(scale=0.4, size=8) + rng.normal(scale=np.sqrt(v)), np.sqrt(v))
        covered += fit.low[0] <= 0.5 <= fit.high[0]
        pi = predict(fit)
        new += pi.new_low[0] <= 0.5 + rng.normal(scale=0.4) <= pi.new_high[0]
    assert 0.92 <= covered / 400 <= 0.98
    assert 0.83 <= new / 400 <= 0.95, "known to be too narrow with few places; the docstring says so"


def test_the_error_of_the_moment_estimators_is_their_spread() -> None:
    rng = np.random.default_rng(3)
    v = rng.uniform(0.02, 0.2, 40)
    for method in ("DL", "PM"):
        fits = [
            random_effects(rng.normal(scale=np.sqrt(v + 0.3)), np.sqrt(v), method=method, test="z") for _ in range(400)
        ]
        spread = np.std([fit.tau2 for fit in fits])
        assert np.mean([fit.tau2_std_error for fit in fits]) == pytest.approx(spread, rel=0.12)
