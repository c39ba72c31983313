"""Proportional odds against ordinal::clm, MASS::polr and glm; and against itself by other roads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from trustmeter.errors import EstimationError
from trustmeter.stats.ordinal_regression import fit_proportional_odds

FOLDER = Path(__file__).resolve().parents[1] / "reference"
STORED = json.loads((FOLDER / "values" / "ordinal_regression.json").read_text(encoding="utf-8"))["cases"]
CASES = [(name, model) for name, models in STORED.items() for model in models]


def data_of(name: str, model: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    frame = pd.read_csv(FOLDER / "data" / f"ordinal_regression_{name}.csv")
    frame["sg"] = frame["s"] * frame["g"]
    columns = {"plain": "sgh", "weighted": "sgh", "interaction": ("s", "g", "sg"), "one": "s"}[model]
    weights = frame["w"].to_numpy(float) if model == "weighted" else None
    return frame["y"].to_numpy(), frame[list(columns)].to_numpy(float), weights


@pytest.mark.parametrize(("name", "model"), CASES)
def test_equals_clm_and_polr(name: str, model: str, agree: Any) -> None:
    codes, x, weights = data_of(name, model)
    found, theirs = fit_proportional_odds(codes, x, weights=weights), STORED[name][model]
    words = {"reference": "ordinal::clm 2022.11-16", "data": f"{name}, {model}"}
    agree("proportional-odds thresholds", found.thresholds, np.atleast_1d(theirs["alpha"]), 1e-6, **words)
    agree("proportional-odds slopes", found.slopes, np.atleast_1d(theirs["beta"]), 1e-6, **words)
    errors = np.sqrt(np.diag(found.covariance))
    agree("proportional-odds standard errors", errors, theirs["std_errors"], 1e-5, relative=True, **words)
    agree("proportional-odds log-likelihood", found.log_likelihood, theirs["log_likelihood"], 1e-6, **words)
    words["reference"] = "MASS::polr, stats::glm"
    agree("proportional-odds log-likelihood", found.log_likelihood, theirs["other_log_likelihood"], 1e-6, **words)


def negative(free: np.ndarray, codes: np.ndarray, x: np.ndarray) -> float:
    m = codes.max() + 1
    ends = np.concatenate([[-np.inf], np.cumsum(np.concatenate([free[:1], np.exp(free[1 : m - 1])])), [np.inf]])
    eta = x @ free[m - 1 :]
    share = special.expit(ends[codes + 1] - eta) - special.expit(ends[codes] - eta)
    return -float(np.log(np.maximum(share, 1e-12)).sum())


def test_a_general_optimiser_finds_no_better_place() -> None:
    codes, x, _ = data_of("seven", "plain")
    found = fit_proportional_odds(codes, x)
    start = np.concatenate([found.thresholds[:1] - 0.5, np.log(np.diff(found.thresholds)) + 0.3, [0.0, 0.0, 0.0]])
    best = optimize.minimize(negative, start, args=(codes, x), method="BFGS", options={"gtol": 1e-4})
    assert -best.fun == pytest.approx(found.log_likelihood, abs=1e-4)


def test_without_predictors_shares_are_the_observed_ones() -> None:
    codes = np.repeat([0, 1, 2], [10, 30, 20])
    found = fit_proportional_odds(codes, np.empty((60, 0)))
    assert found.shares(np.empty((1, 0)))[0] == pytest.approx([1 / 6, 1 / 2, 1 / 3])
    assert found.log_likelihood == pytest.approx(10 * np.log(1 / 6) + 30 * np.log(1 / 2) + 20 * np.log(1 / 3))


def test_a_row_that_counts_twice_is_two_rows() -> None:
    codes, x, _ = data_of("five", "plain")
    counts = np.random.default_rng(1).integers(1, 4, len(codes))
    owner = np.repeat(np.arange(len(codes)), counts)
    weighted = fit_proportional_odds(codes, x, weights=counts.astype(float))
    repeated = fit_proportional_odds(codes[owner], x[owner], clusters=owner)
    assert weighted.slopes == pytest.approx(repeated.slopes, abs=1e-9)
    assert weighted.covariance == pytest.approx(repeated.covariance, rel=1e-7)
    assert weighted.robust_covariance == pytest.approx(repeated.robust_covariance, rel=1e-7)


def test_robust_and_plain_covariance_agree_when_the_model_holds() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(20_000, 2))
    codes = np.digitize(x @ [1, -0.5] + rng.logistic(size=20_000), [-1, 0.5, 2])
    found = fit_proportional_odds(codes, x)
    assert np.diag(found.robust_covariance) == pytest.approx(np.diag(found.covariance), rel=0.05)
    assert found.slopes == pytest.approx([1, -0.5], abs=0.06)
    assert found.influence.sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-8)


def test_predictors_that_part_the_answers_are_refused() -> None:
    x = np.arange(40.0)[:, None]
    with pytest.raises(EstimationError, match="without overlap"):
        fit_proportional_odds((x[:, 0] > 20).astype(np.intp), x)


def test_collinear_predictors_are_refused() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(80, 1))
    codes = np.digitize(x[:, 0] + rng.logistic(size=80), [0, 1])
    with pytest.raises(EstimationError, match="collinear"):
        fit_proportional_odds(codes, np.hstack([x, 2 * x]))
