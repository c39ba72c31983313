"""Extraction of factors: psych's and factanal's optima, bounds, derivatives, recovery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.stats.exploration import extraction
from trustmeter.stats.exploration.extraction import (
    LOWEST_UNIQUENESS,
    Extraction,
    degrees_of_freedom,
    fit_maximum_likelihood,
    fit_minres,
)
from trustmeter.stats.exploration.model_fit import normal_test, residuals

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))
CASES: dict[str, Any] = STORED["cases"]
FITS = {"minres": fit_minres, "ml": fit_maximum_likelihood}
SEARCHED = 1e-6
"""The reference's optimum, searched again in R until nothing moved."""


def fitted(case: str, method: str) -> Extraction:
    return FITS[method](np.array(CASES[case]["R"]), CASES[case]["m"])


@pytest.mark.parametrize("method", FITS)
@pytest.mark.parametrize("case", CASES)
def test_the_optimum_is_that_of_psych_searched_again(case: str, method: str, agree: Any) -> None:
    stored, ours = CASES[case]["fits"][method], fitted(case, method)
    reference = f"psych::fa {method} 2.2.9, optimum searched again"
    agree("uniquenesses", ours.uniquenesses, stored["again"]["uniquenesses"], SEARCHED, reference=reference, data=case)
    assert ours.objective <= stored["again"]["objective"] + 1e-13
    assert ours.objective <= stored["again"]["started_at"] + 1e-13
    assert ours.converged
    assert ours.gradient < 1e-9
    assert len(ours.improper) == 0


@pytest.mark.parametrize("case", CASES)
def test_likelihood_is_that_of_factanal(case: str, agree: Any) -> None:
    stored, ours = CASES[case]["fits"]["factanal"], fitted(case, "ml")
    reference = "stats::factanal 4.2.2"
    agree("discrepancy", ours.objective, stored["criterion"], 1e-8, reference=reference, data=case)
    agree("uniquenesses", ours.uniquenesses, stored["uniquenesses"], 1e-5, reference=reference, data=case)
    R, m, n = np.array(CASES[case]["R"]), CASES[case]["m"], CASES[case]["n"]
    test = normal_test(R, ours.loadings @ ours.loadings.T, ours.uniquenesses, m, n)
    agree("chi-square", test.chi_square, stored["chisq"], 1e-4, reference=reference, data=case)
    agree("p value", test.p_value, stored["p"], 1e-6, reference=reference, data=case)


@pytest.mark.parametrize("method", FITS)
@pytest.mark.parametrize("case", CASES)
def test_fit_is_that_of_psych(case: str, method: str, agree: Any) -> None:
    stored, ours = CASES[case]["fits"][method], fitted(case, method)
    R, m, n = np.array(CASES[case]["R"]), CASES[case]["m"], CASES[case]["n"]
    common = ours.loadings @ ours.loadings.T
    test, left = normal_test(R, common, ours.uniquenesses, m, n), residuals(R, common, degrees_of_freedom(len(R), m))
    told = {"reference": f"psych::fa {method} 2.2.9", "data": case}
    agree("chi-square", test.chi_square, stored["chisq"], 1e-4, **told)
    assert test.df == stored["dof"]
    agree("Tucker-Lewis index", test.tli, stored["tli"], 1e-6, **told)
    agree("BIC", test.bic, stored["bic"], 1e-4, **told)
    agree("RMSR", left.rmsr, stored["rms"], 1e-6, **told)
    agree("RMSR, corrected", left.rmsr_corrected, stored["crms"], 1e-6, **told)
    # psych divides chi-square by n, not n - 1, before it takes 1 / (n - 1) away.
    as_psych = np.sqrt(max(test.chi_square / (test.df * n) - 1 / (n - 1), 0.0))
    agree("RMSEA, written as psych does", as_psych, stored["rmsea"][0], 1e-6, **told)


@pytest.mark.parametrize("method", FITS)
def test_a_heywood_case_rests_on_the_bound_below_psych(method: str, agree: Any) -> None:
    stored = STORED["heywood"]
    ours = FITS[method](np.array(stored["R"]), stored["m"])
    assert list(ours.improper) == [0]
    assert ours.uniquenesses[0] == pytest.approx(LOWEST_UNIQUENESS, abs=1e-12)
    assert ours.converged
    assert ours.objective <= stored[method]["objective"] + 1e-12
    told = {"reference": f"psych::fa {method}, optimum searched again", "data": "one item beyond its variance"}
    agree("uniquenesses on the bound", ours.uniquenesses, stored[method]["uniquenesses"], SEARCHED, **told)


@pytest.mark.parametrize("objective", [extraction._least_squares, extraction._likelihood])
def test_derivatives_are_exact(objective: Any) -> None:
    R = np.array(CASES["general"]["R"])
    k = len(R)
    place = np.random.default_rng(3).uniform(0.3, 0.8, size=k)
    place = place if objective is extraction._least_squares else np.log(place)
    _, gradient, hessian = objective(place, R, 4)
    h = 1e-5
    up, down = ([objective(place + s * h * e, R, 4) for e in np.eye(k)] for s in (1, -1))
    slopes = np.array([(a[0] - b[0]) / (2 * h) for a, b in zip(up, down, strict=True)])
    bends = np.array([(a[1] - b[1]) / (2 * h) for a, b in zip(up, down, strict=True)])
    assert gradient == pytest.approx(slopes, abs=1e-8)
    assert hessian == pytest.approx(bends, abs=1e-8)


@pytest.mark.parametrize("method", FITS)
def test_a_true_model_is_found_again(method: str) -> None:
    rng = np.random.default_rng(11)
    true = rng.uniform(-0.6, 0.6, size=(15, 3))
    R = true @ true.T
    np.fill_diagonal(R, 1.0)
    ours = FITS[method](R, 3)
    assert ours.objective == pytest.approx(0.0, abs=1e-13)
    assert ours.loadings @ ours.loadings.T == pytest.approx(true @ true.T, abs=1e-7)
    assert (ours.loadings.sum(axis=0) >= 0).all()


def test_one_factor_of_three_items_is_the_triad() -> None:
    R = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    expected = np.sqrt([0.5 * 0.4 / 0.3, 0.5 * 0.3 / 0.4, 0.4 * 0.3 / 0.5])
    for fit in FITS.values():
        assert fit(R, 1).loadings[:, 0] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("k", "m", "df"), [(6, 1, 9), (6, 3, 0), (5, 3, -2), (25, 5, 185)])
def test_degrees_of_freedom(k: int, m: int, df: int) -> None:
    assert degrees_of_freedom(k, m) == df
