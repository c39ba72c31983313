"""Raking, post-stratification, calibration and trimming equal R's survey; what they promise holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.weighting.calibration import calibrate
from trustmeter.stats.weighting.cells import collapse, indicators
from trustmeter.stats.weighting.diagnostics import balance, spread_of
from trustmeter.stats.weighting.propensity import overlap_of, response_classes, response_propensities
from trustmeter.stats.weighting.raking import post_stratify, rake
from trustmeter.stats.weighting.trimming import trim

FOLDER = Path(__file__).resolve().parents[2] / "reference"
KEPT = json.loads((FOLDER / "values/weighting.json").read_text(encoding="utf-8"))
R = KEPT["values"]
DATA = pd.read_csv(FOLDER / "data/weighting.csv")
BASE = DATA["w"].to_numpy(float)
TARGETS = {name: np.array(KEPT[name], float) for name in ("age", "sex", "area", "cross")}
CODES = {name: DATA[name].to_numpy() - 1 for name in ("age", "sex", "area")}
CODES["cross"] = CODES["sex"] * 5 + CODES["age"]
TOLERANCE = 1e-9
"""Of the mean weight: R's own loops stop there."""


@pytest.mark.parametrize(("name", "margins"), [("raked", ("age", "sex", "area")), ("crossed", ("cross", "area"))])
def test_raking_equals_survey(name: str, margins: tuple[str, ...], agree) -> None:
    found = rake([CODES[one] for one in margins], [TARGETS[one] for one in margins], BASE, tolerance=1e-13)
    assert found.converged
    agree("weights, raking", BASE * found.factors, R[name]["weights"], 1e-7, reference="survey::rake 4.1-1", data=name)


def test_post_stratification_equals_survey(agree) -> None:
    weights = BASE * post_stratify(CODES["cross"], TARGETS["cross"], BASE)
    agree("weights, post-stratification", weights, R["stratified"]["weights"], 1e-10,
          reference="survey::postStratify 4.1-1", data="weighting")  # fmt: skip


def auxiliaries(total: float) -> tuple[np.ndarray, np.ndarray]:
    """Return full indicators of age and sex, and the size of the household, with totals for so many people."""
    codes = np.array([CODES["age"], CODES["sex"]])
    x = np.column_stack([indicators(codes, [5, 2]), DATA["household"].to_numpy(float)])
    shares = np.concatenate([TARGETS["age"], TARGETS["sex"], [KEPT["household"] * 10_000]]) / 10_000
    return x, shares * total


@pytest.mark.parametrize("name", ["linear", "raking", "linear_bounded", "logit"])
def test_calibration_equals_survey(name: str, agree) -> None:
    bounds = R[name].get("bounds", (-np.inf, np.inf))
    x, totals = auxiliaries(BASE.sum() if "bounds" in R[name] else 10_000)
    found = calibrate(x, totals, BASE, method=name.partition("_")[0], lower=bounds[0], upper=bounds[1])  # type: ignore[arg-type]
    assert found.converged
    assert (x.T @ (BASE * found.factors)) == pytest.approx(totals, rel=1e-9)
    agree(f"weights, calibration ({name})", BASE * found.factors, R[name]["weights"], 1e-7,
          reference="survey::calibrate 4.1-1", data="weighting")  # fmt: skip
    if "bounds" in R[name]:
        assert found.factors.min() >= bounds[0] - 1e-12
        assert found.factors.max() <= bounds[1] + 1e-12


def test_trimming_equals_survey(agree) -> None:
    r = R["trimmed"]
    once = trim(BASE, lower=r["lower"], upper=r["upper"], strict=False)
    strict = trim(BASE, upper=r["strict_upper"])
    for kind, ours, theirs in (("once", once, r["once"]), ("strict", strict, r["strict"])):
        agree(f"weights, trimmed {kind}", ours.weights, theirs, 1e-10, reference="survey::trimWeights 4.1-1",
              data="weighting")  # fmt: skip
    assert strict.within
    assert strict.kept_sum
    assert strict.weights.sum() == pytest.approx(BASE.sum())


def test_trimming_in_proportion_keeps_the_ratios_of_the_others() -> None:
    found = trim(BASE, upper=9.0, lower=1.2, sharing="proportional")
    free = (found.weights < 9.0) & (found.weights > 1.2)
    ratio = found.weights[free] / BASE[free]
    assert ratio.max() == pytest.approx(ratio.min())
    assert found.weights.sum() == pytest.approx(BASE.sum())
    assert not trim(np.array([1.0, 5.0]), upper=2.0).kept_sum


def test_raking_on_one_margin_is_post_stratification_and_calibration_by_raking_is_raking() -> None:
    one = rake([CODES["cross"]], [TARGETS["cross"]], BASE)
    assert one.factors == pytest.approx(post_stratify(CODES["cross"], TARGETS["cross"], BASE), rel=1e-12)
    margins = ("age", "sex", "area")
    raked = rake([CODES[name] for name in margins], [TARGETS[name] for name in margins], BASE, tolerance=1e-13)
    x = indicators(np.array([CODES[name] for name in margins]), [5, 2, 4])
    found = calibrate(x, np.concatenate([TARGETS[name] for name in margins]), BASE, method="raking")
    assert found.factors == pytest.approx(raked.factors, rel=1e-8)


def test_cells_hold_what_rows_hold_however_they_are_found() -> None:
    codes = [CODES["age"], CODES["sex"], CODES["area"]]
    few = collapse(codes, [5, 2, 4], BASE)
    many = collapse(codes, [5_000, 2_000, 4_000], BASE)
    for cells in (few, many):
        assert np.array_equal(cells.codes[:, cells.of_row], np.array(codes))
        assert np.bincount(cells.of_row, weights=BASE) == pytest.approx(cells.weights)
        assert cells.rows.sum() == len(BASE)


def test_bounds_of_each_row_hold_and_margins_are_met() -> None:
    x, totals = auxiliaries(BASE.sum())
    upper = 9.0 / BASE
    found = calibrate(x, totals, BASE, method="raking", lower=0.8 / BASE, upper=upper)
    weights = BASE * found.factors
    assert found.converged
    assert weights.max() <= 9.0 + 1e-9
    assert weights.min() >= 0.8 - 1e-9
    assert x.T @ weights == pytest.approx(totals)
    assert np.all(np.isclose(weights, 9.0) | (found.slopes > 0) | np.isclose(weights, 0.8))


def test_what_cannot_be_met_does_not_converge() -> None:
    x, totals = auxiliaries(BASE.sum())
    assert not calibrate(x, totals, BASE, method="logit", lower=0.99, upper=1.01).converged
    codes = [np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])]
    found = rake(codes, [np.array([3.0, 1.0]), np.array([1.0, 3.0])], np.ones(4), max_iterations=50)
    assert not found.converged
    assert found.largest_error == pytest.approx(0.5)


def test_the_spread_of_weights() -> None:
    equal, unequal = spread_of(np.full(50, 3.0)), spread_of(BASE)
    assert (equal.design_effect, equal.n_effective, equal.largest) == pytest.approx((1.0, 50.0, 1.0))
    assert unequal.design_effect == pytest.approx(1 + BASE.var() / BASE.mean() ** 2)
    assert unequal.n_effective == pytest.approx(BASE.sum() ** 2 / (BASE**2).sum())
    assert unequal.top_5 == pytest.approx(np.sort(BASE)[-20:].sum() / BASE.sum())


def test_the_distance_from_a_margin() -> None:
    found = balance(np.array([0, 0, 0, 1, -1]), np.array([50.0, 50.0]), np.ones(5))
    assert found.shares == pytest.approx([0.75, 0.25])
    assert found.differences == pytest.approx([0.5, -0.5])
    assert found.dissimilarity == pytest.approx(0.25)


def test_propensities_mend_what_they_know() -> None:
    rng = np.random.default_rng(4)
    x = rng.integers(0, 3, size=(4_000, 1)).astype(float)
    answered = (rng.random(4_000) < 1 / (1 + np.exp(1.0 - x[:, 0]))).astype(float)
    weights = np.ones(4_000)
    chance = response_propensities(answered, x, weights)
    inverse = answered / chance
    assert inverse.sum() == pytest.approx(4_000, rel=0.02)
    assert (inverse @ x[:, 0]) / inverse.sum() == pytest.approx(x.mean(), abs=0.02)
    classes = response_classes(chance, answered, weights, 5)
    assert len(classes.rates) == 3
    in_classes = answered / classes.rates[classes.of_row]
    assert in_classes.sum() == pytest.approx(4_000)
    assert (in_classes @ x[:, 0]) / 4_000 == pytest.approx(x.mean())
    found = overlap_of(chance, answered, weights)
    assert 0.6 < found.auc < 0.75
    assert found.beyond == 0.0


def test_classes_without_answers_join_the_next() -> None:
    chance = np.arange(1, 11) / 20
    found = response_classes(chance, np.array([0, 0, 1, 1, 1, 0, 1, 1, 0, 0.0]), np.ones(10), 5)
    assert found.rates.min() > 0
    assert found.of_row.tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2]


def test_classes_of_few_join_the_next() -> None:
    chance = np.repeat(np.arange(1, 6) / 10, 20)
    answered = np.concatenate([np.arange(20) < yes for yes in (2, 9, 18, 20, 17)]).astype(float)
    found = response_classes(chance, answered, np.ones(100), 5, fewest=5)
    yes = np.bincount(found.of_row, weights=answered)
    silent = np.bincount(found.of_row) - yes
    assert yes.tolist() == [11, 55]
    assert silent.tolist() == [29, 5]
    ended = response_classes(chance[:60], np.r_[answered[:40], np.arange(20) < 17], np.ones(60), 3, fewest=5)
    assert np.bincount(ended.of_row).tolist() == [60]


@pytest.mark.parametrize(("method", "bounds"), [("linear", (0.0, 3.0)), ("raking", (0.0, 3.0)), ("logit", (0.3, 3.0))])
def test_margins_that_are_nearly_met_already_are_met(method: Any, bounds: tuple[float, float]) -> None:
    rng = np.random.default_rng(8)
    for _ in range(40):
        x = np.column_stack([np.eye(4)[rng.integers(0, 4, 120)], np.eye(2)[rng.integers(0, 2, 120)]])
        weights = rng.uniform(50, 400, 120)
        totals = x.T @ (weights * (1 + 5e-11 * (x[:, 0] - x[:, 3])))
        found = calibrate(x, totals, weights, method=method, lower=bounds[0], upper=bounds[1])
        assert found.converged
        assert found.iterations < 10
