"""Ordinal coefficients: integration over the factor, derivatives, lavaan's loadings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy

from trustmeter.stats.consistency.alpha import alpha_of
from trustmeter.stats.consistency.categorical import (
    Loadings,
    categorical_omega,
    fit_loadings,
    ordinal_alpha,
    pairs_below,
)
from trustmeter.stats.correlation.ordinal import ordinal_moments

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/consistency.json").read_text(encoding="utf-8"))["cases"]

LAM = np.array([0.5, 0.7, 0.8, 0.6])
THRESHOLDS = np.array([-1.0, 0.2, 1.1, 0.3, -0.5, 0.9, 1.4, 1.9, -0.2, 0.4])
LEVELS = np.array([4, 2, 5, 3])


def exact() -> Loadings:
    return Loadings(LAM, np.zeros((4, 6)), True)


def implied() -> np.ndarray:
    return np.asarray(np.outer(LAM, LAM) + np.diag(1 - LAM**2))


@pytest.mark.parametrize("observed", [True, False])
@pytest.mark.parametrize("steps", [np.ones(10), np.array([1, 2, 1, 3, 0.5, 1, 1, 2.5, 1, 1])])
def test_omega_is_the_share_of_variance_that_the_factor_explains(observed: bool, steps: np.ndarray) -> None:
    """Given the factor answers are independent: Var(E(sum | factor)) / Var(sum), integrated over the factor."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    ends = np.cumsum(LEVELS - 1)
    expected, within = np.zeros_like(nodes), np.zeros_like(nodes)
    for item in range(4):
        tau = THRESHOLDS[ends[item] - LEVELS[item] + 1 : ends[item]]
        above = scipy.special.ndtr((LAM[item] * nodes[:, None] - tau) / np.sqrt(1 - LAM[item] ** 2))
        size = steps[ends[item] - LEVELS[item] + 1 : ends[item]]
        scores = np.concatenate([[0.0], np.cumsum(size)])
        mean = above @ size
        squares = above @ (scores[1:] ** 2 - scores[:-1] ** 2)
        expected += mean
        within += squares - mean**2
    between = weights @ expected**2 - (weights @ expected) ** 2
    found = categorical_omega(implied(), THRESHOLDS, LEVELS, exact(), steps=steps, observed=observed)
    assert found.value == pytest.approx(between / (between + weights @ within), abs=1e-8)


def test_many_categories_come_near_the_normal_variables() -> None:
    tau = np.tile(np.linspace(-3, 3, 20), 4)
    found = categorical_omega(implied(), tau, np.full(4, 21), exact())
    latent = LAM.sum() ** 2 / implied().sum()
    assert found.value == pytest.approx(latent, abs=0.006)
    assert ordinal_alpha(implied(), len(tau)).value == pytest.approx(alpha_of(implied()))


@pytest.mark.parametrize("observed", [True, False])
def test_slopes_go_through_the_model(observed: bool) -> None:
    """Thresholds and correlations are moved one by one, and everything is fitted anew."""
    rng = np.random.default_rng(1)
    rows, columns = pairs_below(4)
    weights = np.zeros((4, 4))
    weights[rows, columns] = weights[columns, rows] = rng.uniform(0.5, 2, size=6)
    moments = np.concatenate([THRESHOLDS, implied()[rows, columns] + rng.normal(size=6) * 0.03])

    def omega(at: np.ndarray) -> float:
        R = np.eye(4)
        R[rows, columns] = R[columns, rows] = at[len(THRESHOLDS) :]
        fit = fit_loadings(R, weights)
        return categorical_omega(R, at[: len(THRESHOLDS)], LEVELS, fit, observed=observed).value

    R = np.eye(4)
    R[rows, columns] = R[columns, rows] = moments[len(THRESHOLDS) :]
    found = categorical_omega(R, THRESHOLDS, LEVELS, fit_loadings(R, weights), observed=observed).slopes
    for place in range(len(moments)):
        change = np.zeros(len(moments))
        change[place] = 1e-5
        assert found[place] == pytest.approx((omega(moments + change) - omega(moments - change)) / 2e-5, abs=1e-7)


FILES = {
    "skewed": "reliability_skewed", "two_factors": "reliability_two_factors", "holes": "reliability_holes",
    "binary": "consistency_binary", "seven": "consistency_seven", "three": "consistency_three",
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_loadings_and_both_omegas_are_those_of_lavaan_and_semtools(case: str, agree: Any) -> None:
    stored = STORED[case]["ordinal"]
    answers = pd.read_csv(REFERENCE / f"data/{FILES[case]}.csv").dropna()
    codes = np.stack([np.unique(column, return_inverse=True)[1] for column in answers.to_numpy().T], axis=1)
    moments = ordinal_moments(codes)
    k = codes.shape[1]
    rows, columns = pairs_below(k)
    weights = np.zeros((k, k))
    assert moments.gamma is not None
    weights[rows, columns] = weights[columns, rows] = 1 / np.diag(moments.gamma)[-len(rows) :]
    fit = fit_loadings(moments.correlations, weights)
    assert fit.converged
    data = f"{case}, {k} items"
    agree("ordinal one-factor loadings (DWLS)", fit.values, stored["loadings"], 1e-6, relative=True,
          reference="lavaan::cfa 0.6.14", data=data)  # fmt: skip
    for observed, key in ((True, "omega_observed"), (False, "omega_implied")):
        found = categorical_omega(moments.correlations, moments.thresholds, moments.levels, fit, observed=observed)
        agree(f"categorical omega, {key.split('_')[1]} variance", found.value, stored[key], 1e-6, relative=True,
              reference="semTools::compRelSEM 0.5.6", data=data)  # fmt: skip


def test_delta_error_is_the_spread_of_samples() -> None:
    rng = np.random.default_rng(5)
    rows, columns = pairs_below(4)
    values, errors = [], []
    for _ in range(60):
        z = rng.normal(size=(300, 1)) * LAM + rng.normal(size=(300, 4)) * np.sqrt(1 - LAM**2)
        moments = ordinal_moments(np.digitize(z, [-0.4, 0.6]).astype(np.intp))
        assert moments.gamma is not None
        weights = np.zeros((4, 4))
        weights[rows, columns] = weights[columns, rows] = 1 / np.diag(moments.gamma)[-6:]
        fit = fit_loadings(moments.correlations, weights)
        found = categorical_omega(moments.correlations, moments.thresholds, moments.levels, fit)
        values.append(found.value)
        errors.append(found.std_error(moments.gamma, moments.n))
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.3)


def test_a_loading_of_one_has_no_omega() -> None:
    found = categorical_omega(
        implied(), THRESHOLDS, LEVELS, Loadings(np.array([1.02, 0.5, 0.5, 0.5]), np.zeros((4, 6)), True)
    )
    assert np.isnan(found.value)
