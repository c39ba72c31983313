"""Standard errors of loadings: exact derivatives, lavaan's one-factor errors and robust test, the bootstrap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.correlation.ordinal import ordinal_moments
from trustmeter.stats.exploration.extraction import fit_maximum_likelihood, fit_minres
from trustmeter.stats.exploration.rotation import OBLIQUE, ORTHOGONAL, promax_of, rotate
from trustmeter.stats.exploration.standard_errors import (
    Path as Way,
)
from trustmeter.stats.exploration.standard_errors import (
    correlation_acov,
    estimate_derivatives,
    loading_errors,
    robust_test,
)

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))
CASES = STORED["cases"]
FITS = {"minres": fit_minres, "ml": fit_maximum_likelihood}


def stored_items(case: str) -> np.ndarray:
    return pd.read_csv(REFERENCE / f"data/exploration_{case}.csv").to_numpy(float)


def normal_acov(R: np.ndarray, n: int) -> np.ndarray:
    """Pearson & Filon (1898): the covariances of correlations of normal variables."""
    i, j = np.triu_indices(len(R), 1)
    r = R[i, j]
    ik, il, jk, jl = R[np.ix_(i, i)], R[np.ix_(i, j)], R[np.ix_(j, i)], R[np.ix_(j, j)]
    left, right = r[:, None], r[None, :]
    squares = left * right * (ik**2 + il**2 + jk**2 + jl**2) / 2
    return (squares + ik * jl + il * jk - left * (ik * il + jk * jl) - right * (ik * jk + il * jl)) / n


def polychoric(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes = np.column_stack([np.unique(column, return_inverse=True)[1] for column in x.T])
    found = ordinal_moments(codes, acov=True)
    start = len(found.thresholds)
    return found.correlations, found.gamma[start:, start:] / len(x)


@pytest.mark.parametrize("estimator", ["ML", "MLM", "ULSMV"])
def test_errors_of_one_factor_are_those_of_lavaan(estimator: str, agree: Any) -> None:
    x, stored = stored_items("mixed")[:, :6], STORED["one_factor"][estimator]
    R = np.corrcoef(x.T)
    method = "ml"
    if estimator == "ULSMV":
        method = "minres"
        R, acov = polychoric(x)
    fit = FITS[method](R, 1)
    if estimator == "ML":
        acov = normal_acov(fit.loadings @ fit.loadings.T + np.diag(fit.uniquenesses), len(x))
    elif estimator == "MLM":
        acov = correlation_acov(x)
    ours = loading_errors(fit.loadings, np.eye(1), fit.uniquenesses, acov, Way(method, "none", False))
    told = {"reference": f"lavaan::cfa {estimator} 0.6-14", "data": "mixed, six items"}
    agree("standardised loadings, one factor", fit.loadings[:, 0], stored["loadings"], 1e-6, **told)
    if estimator == "MLM":
        # lavaan turns covariances into standardised loadings after linearising: where the model does not hold exactly
        # (as here), that differs a little from linearising in the correlations.
        assert ours.loadings[:, 0] == pytest.approx(stored["se"], rel=2e-3)
        return
    # Least squares in lavaan divides by n - 1.
    factor = 1.0 if estimator == "ML" else np.sqrt(len(x) / (len(x) - 1))
    agree("standard errors of loadings", factor * ours.loadings[:, 0], stored["se"], 1e-5, **told)


@pytest.mark.parametrize("case", STORED["polychoric"])
def test_the_robust_test_is_that_of_lavaan(case: str, agree: Any) -> None:
    x, stored = stored_items(case), STORED["polychoric"][case]["fit"]
    R, acov = polychoric(x)
    ours = robust_test(R, fit_minres(R, CASES[case]["m"]).loadings, acov, len(x))
    told = {"reference": "lavaan::efa ULSMV 0.6-14", "data": f"{case}, polychoric"}
    agree("chi-square, scaled and shifted", ours.chi_square, stored["chisq.scaled"], 1e-4, relative=True, **told)
    assert ours.df == stored["df"]
    agree("p value, scaled and shifted", ours.p_value, stored["pvalue.scaled"], 1e-4, **told)
    agree("RMSEA, scaled and shifted", ours.rmsea, stored["rmsea.scaled"], 1e-4, **told)
    limits = [stored["rmsea.ci.lower.scaled"], stored["rmsea.ci.upper.scaled"]]
    agree("interval of RMSEA", [ours.rmsea_low, ours.rmsea_high], limits, 1e-4, **told)
    agree("TLI, scaled and shifted", ours.tli, stored["tli.scaled"], 1e-4, **told)


@pytest.mark.parametrize("method", FITS)
@pytest.mark.parametrize("kaiser", [False, True])
@pytest.mark.parametrize("rotation", [*ORTHOGONAL, *OBLIQUE, "promax", "none"])
def test_derivatives_are_exact(rotation: str, kaiser: bool, method: str) -> None:
    case = "general" if "bifactor" in rotation else "holzinger"  # Three factors hold hardly any bifactor structure.
    m = CASES[case]["m"]
    fit = FITS[method](np.array(CASES[case]["R"]), m)
    R = fit.loadings @ fit.loadings.T
    np.fill_diagonal(R, 1.0)
    first, second = np.triu_indices(len(R), 1)

    def loadings(correlations: np.ndarray, how: str) -> np.ndarray:
        A = FITS[method](correlations, m).loadings
        return rotate(A, how, kaiser=kaiser, starts=4, rng=np.random.default_rng(1)).loadings

    def lined_up(found: np.ndarray, model: np.ndarray) -> np.ndarray:
        c = (found / np.linalg.norm(found, axis=0)).T @ (model / np.linalg.norm(model, axis=0))
        chosen = np.abs(c).argmax(axis=0)
        return found[:, chosen] * np.sign(c[chosen, range(m)])

    if rotation == "promax":
        V = loadings(R, "varimax")
        centre, L, phi = promax_of(V)[0], V, np.eye(m)
    else:
        turn = rotate(FITS[method](R, m).loadings, rotation, kaiser=kaiser, starts=4, rng=np.random.default_rng(1))
        centre, L, phi = turn.loadings, turn.loadings, turn.phi
    ours = estimate_derivatives(L, phi, FITS[method](R, m).uniquenesses, Way(method, rotation, kaiser))
    for pair in (2, 30):
        slopes = []
        for h in (4e-4, 8e-4):
            ends = []
            for sign in (1, -1):
                moved = R.copy()
                moved[first[pair], second[pair]] += sign * h
                moved[second[pair], first[pair]] += sign * h
                ends.append(lined_up(loadings(moved, rotation), centre))
            slopes.append((ends[0] - ends[1]) / (2 * h))
        extrapolated = (4 * slopes[0] - slopes[1]) / 3
        # Bifactor bends so strongly that h^4 is not yet nothing.
        close = 2e-4 if "bifactor" in rotation else 2e-5
        assert ours[: L.size, pair] == pytest.approx(extrapolated.ravel(), abs=close)


def test_errors_are_those_of_the_bootstrap() -> None:
    x = stored_items("mixed")
    rng = np.random.default_rng(3)
    fit = fit_minres(np.corrcoef(x.T), 2)
    turn = rotate(fit.loadings, "oblimin", kaiser=False, starts=3, rng=rng)
    way = Way("minres", "oblimin", False)
    ours = loading_errors(turn.loadings, turn.phi, fit.uniquenesses, correlation_acov(x), way)
    loadings, related = [], []
    for _ in range(400):
        chosen = rng.integers(0, len(x), len(x))
        again = rotate(fit_minres(np.corrcoef(x[chosen].T), 2).loadings, "oblimin", kaiser=False, starts=2, rng=rng)
        c = again.loadings.T @ turn.loadings
        order = np.abs(c).argmax(axis=0)
        signs = np.sign(c[order, range(2)])
        loadings.append(again.loadings[:, order] * signs)
        related.append(again.phi[0, 1] * signs.prod())
    spread = np.std(loadings, axis=0, ddof=1)
    # The bootstrap's own error is about 1 / (2 * 400)^(1/2) = 3.5 %; that of the largest of 24 about three times so.
    assert ours.loadings == pytest.approx(spread, rel=0.15)
    assert float(np.mean(ours.loadings / spread)) == pytest.approx(1.0, abs=0.04)
    assert ours.phi[0, 1] == pytest.approx(np.std(related, ddof=1), rel=0.15)


def test_covariances_of_correlations_are_those_of_influences() -> None:
    x = stored_items("general")[:, :4]
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    expected = np.zeros((6, 6))
    for row in z:
        pull = [row[i] * row[j] - np.mean(z[:, i] * z[:, j]) * (row[i] ** 2 + row[j] ** 2) / 2 for i, j in pairs]
        expected += np.outer(pull, pull) / len(x) ** 2
    assert correlation_acov(x) == pytest.approx(expected, abs=1e-12)


def test_of_normal_answers_the_covariances_are_the_classical_ones() -> None:
    R = np.array([[1, 0.5, 0.3], [0.5, 1, -0.2], [0.3, -0.2, 1]])
    x = np.random.default_rng(5).multivariate_normal(np.zeros(3), R, size=200_000)
    assert correlation_acov(x) * len(x) == pytest.approx(normal_acov(R, 1), abs=0.02)


def test_people_who_answer_twice_count_once() -> None:
    x = stored_items("general")[:, :5]
    n = len(x)
    once = correlation_acov(x)
    twice = correlation_acov(np.vstack([x, x]), np.tile(np.arange(n), 2))
    assert twice == pytest.approx(once * n / (n - 1), abs=1e-12)
    many = np.vstack([x] * 8)
    assert correlation_acov(many) == pytest.approx(once / 8, abs=1e-12)
