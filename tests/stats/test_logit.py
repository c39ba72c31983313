"""Weighted logistic regression against glm; separation is found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.logit import fit_logit

CASES = json.loads((Path(__file__).resolve().parents[1] / "reference/values/logit.json").read_text(encoding="utf-8"))[
    "cases"
]


def design(case: dict[str, list]) -> tuple[np.ndarray, np.ndarray]:
    x = np.array(case["x"], dtype=float)
    return np.array(case["y"], dtype=float), np.column_stack([np.ones(len(x)), x])


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("way", ["plain", "weighted"])
def test_equals_glm(name: str, way: str, agree) -> None:
    r = CASES[name][way]
    y, x = design(CASES[name])
    fit = fit_logit(y, x, weights=np.array(CASES[name]["w"]) if way == "weighted" else None)
    for what, ours, theirs, reference in (
        ("coefficients", fit.coefficients, r["coefficients"], "stats::glm 4.2.2"),
        ("covariance", fit.covariance, r["covariance"], "stats::glm 4.2.2"),
        ("fitted", fit.fitted, r["fitted"], "stats::glm 4.2.2"),
        ("robust covariance", fit.influence.T @ fit.influence, r["robust"], "sandwich 3.0"),
        ("log-likelihood", fit.log_likelihood, r["log_likelihood"], "stats::glm 4.2.2"),
    ):
        agree(f"logit: {what}", ours, theirs, 1e-8, reference=reference, data=f"{name}, {way}")
    assert fit.shares(x) == pytest.approx(fit.fitted, abs=1e-15)


def test_whole_weights_equal_repeated_rows() -> None:
    y, x = design(CASES["plain"])
    times = np.random.default_rng(1).integers(0, 4, size=len(y))
    weighted, repeated = (
        fit_logit(y, x, weights=times.astype(float)),
        fit_logit(np.repeat(y, times), np.repeat(x, times, axis=0)),
    )
    assert weighted.coefficients == pytest.approx(repeated.coefficients, abs=1e-10)
    assert weighted.covariance == pytest.approx(repeated.covariance, abs=1e-10)


def test_influence_is_what_a_row_does() -> None:
    y, x = design(CASES["plain"])
    fit, weights = fit_logit(y, x), np.ones(len(y))
    weights[3] = 1 + 1e-5
    moved = (fit_logit(y, x, weights=weights).coefficients - fit.coefficients) / 1e-5
    assert moved == pytest.approx(fit.influence[3], abs=1e-5)
    assert fit.influence.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-10)


@pytest.mark.parametrize("ties", [False, True])
def test_separation_is_refused(ties: bool) -> None:
    z = np.arange(20.0)
    y = (z > 9.5).astype(float)
    if ties:
        z, y = np.r_[z, 10.0], np.r_[y, 0.0]
    with pytest.raises(EstimationError, match="part the two groups"):
        fit_logit(y, np.column_stack([np.ones(len(z)), z]))


def test_a_group_that_is_all_treated_is_refused() -> None:
    rng = np.random.default_rng(2)
    g = np.r_[np.ones(10), np.zeros(60)]
    y = np.r_[np.ones(10), rng.integers(0, 2, 60)].astype(float)
    with pytest.raises(EstimationError, match="part the two groups"):
        fit_logit(y, np.column_stack([np.ones(70), g, rng.normal(size=70)]))


def test_far_rows_without_separation_are_fitted() -> None:
    z = np.r_[np.linspace(-1, 1, 40), 30.0, -30.0]
    y = np.r_[np.tile([0.0, 1.0, 1.0, 0.0], 10), 1.0, 0.0]
    fit = fit_logit(y, np.column_stack([np.ones(42), z]))
    assert np.isfinite(fit.coefficients).all()


def test_constant_and_collinear_are_refused() -> None:
    x = np.column_stack([np.ones(8), np.arange(8.0), 2 * np.arange(8.0)])
    with pytest.raises(EstimationError, match="collinear"):
        fit_logit(np.tile([0.0, 1.0], 4), x)
    with pytest.raises(EstimationError, match="alike"):
        fit_logit(np.ones(8), x[:, :2])
