"""Scores, plausible values, information and reliability: the mirt package's numbers and the definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy

from trustmeter.errors import DesignError
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.category import category_curves
from trustmeter.stats.irt.information import curves_at, empirical_reliability, marginal_reliability
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.trait import (
    expected_scores,
    modal_scores,
    plausible_draws,
    weighted_scores,
)

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/irt.json").read_text(encoding="utf-8"))
MIRT = f"mirt {STORED['packages']['mirt']} (Python)"
SCORES = 1e-4
"""mirt scores with its own estimates, which lie within 1e-4 of ours."""
METHODS = {"eap": expected_scores, "map": modal_scores, "wle": weighted_scores}
COMPARED = [("six", "graded"), ("six", "gpcm"), ("uneven", "graded"), ("two", "graded"), ("two_holes", "gpcm")]


def codes_of(name: str) -> np.ndarray:
    return np.loadtxt(REFERENCE / f"data/irt_{name}.csv", delimiter=",", skiprows=1, dtype=int)


@pytest.fixture(scope="module")
def uneven() -> IrtFit:
    return fit_irt(codes_of("uneven"))


def chances(fit: IrtFit, theta: float, item: int, group: int = 0) -> np.ndarray:
    """Return category probabilities from the formula."""
    a, d = fit.slopes[group, item], fit.intercepts[group, item, : fit.sizes[item] - 1]
    if fit.model == "graded":
        above = np.concatenate([[1.0], 1 / (1 + np.exp(-(a * theta + d))), [0.0]])
        return above[:-1] - above[1:]
    raised = np.exp(np.concatenate([[0.0], np.cumsum(a * theta + d)]))
    return raised / raised.sum()


def log_chance(fit: IrtFit, row: np.ndarray, theta: float) -> float:
    return float(sum(np.log(chances(fit, theta, item)[code]) for item, code in enumerate(row) if code >= 0))


@pytest.mark.parametrize(("name", "model"), COMPARED)
@pytest.mark.parametrize("method", METHODS)
def test_scores_are_those_of_mirt(name: str, model: str, method: str, agree: Any) -> None:
    codes, stored = codes_of(name), STORED["cases"][name][model]
    fit, rows = fit_irt(codes, model), len(stored["eap"])
    found = METHODS[method](fit, codes[:rows])
    named = {"reference": MIRT, "data": f"{name}, {model}"}
    agree(f"{method.upper()} scores", found.theta, np.array(stored[method], dtype=float), SCORES, **named)
    agree(f"{method.upper()} SE", found.std_error, np.array(stored[f"se_{method}"], dtype=float), SCORES, **named)


@pytest.mark.parametrize(("name", "model"), COMPARED)
def test_information_is_that_of_mirt(name: str, model: str, agree: Any) -> None:
    fit = fit_irt(codes_of(name), model)
    found = curves_at(fit, np.array(STORED["theta"])).information.sum(axis=0)
    agree(
        "test information",
        found,
        STORED["cases"][name][model]["information"],
        SCORES,
        reference=MIRT,
        data=f"{name}, {model}",
    )


@pytest.mark.parametrize("model", ["graded", "gpcm", "pcm"])
def test_scores_follow_from_the_definition(model: str, agree: Any) -> None:
    codes = codes_of("uneven")
    fit, rows = fit_irt(codes, model), codes[:6]
    sd = float(np.sqrt(fit.variances[0]))
    grid = np.linspace(-8, 8, 801)
    eap, modes, weighted = (method(fit, rows) for method in METHODS.values())
    for number, row in enumerate(rows):
        dense = np.exp([log_chance(fit, row, sd * x) - 0.5 * x**2 for x in grid])
        mean = float(dense @ grid / dense.sum())
        spread = float(np.sqrt(dense @ (grid - mean) ** 2 / dense.sum()))
        named = {"reference": "the definition", "data": f"uneven, {model}"}
        agree("EAP", [eap.theta[number], eap.std_error[number]], [sd * mean, sd * spread], 1e-6, **named)

        def posterior(theta: float, row: np.ndarray = row) -> float:
            return -log_chance(fit, row, theta) + 0.5 * (theta / sd) ** 2

        mode = scipy.optimize.minimize_scalar(posterior, bracket=(-1, 1), tol=1e-10).x
        agree("MAP", modes.theta[number], mode, 1e-6, **named)
        assert warm_equation(fit, row, weighted.theta[number]) == pytest.approx(0, abs=1e-6)


def warm_equation(fit: IrtFit, row: np.ndarray, theta: float, h: float = 1e-4) -> float:
    """Return Warm's equation with numeric derivatives of the probabilities."""
    slope = (log_chance(fit, row, theta + h) - log_chance(fit, row, theta - h)) / (2 * h)
    information = correction = 0.0
    for item, code in enumerate(row):
        if code >= 0:
            low, here, high = (chances(fit, theta + step, item) for step in (-h, 0.0, h))
            first, second = (high - low) / (2 * h), (high - 2 * here + low) / h**2
            information += float((first**2 / here).sum())
            correction += float((first * second / here).sum())
    return slope + correction / (2 * information)


def test_extreme_rows_have_finite_scores_and_empty_rows_none(uneven: IrtFit) -> None:
    rows = np.array([[0] * 7, [size - 1 for size in uneven.sizes], [-1] * 7])
    for method in METHODS.values():
        found = method(uneven, rows)
        assert np.isfinite(found.theta[:2]).all()
        assert found.theta[0] < -1.5 < 1.5 < found.theta[1]
        assert np.isnan([found.theta[2], found.std_error[2]]).all()


def test_an_answer_without_a_category_counts_as_the_nearest() -> None:
    codes = codes_of("six")
    codes[codes == 3] = 2
    fit = fit_irt(codes)
    assert fit.sizes == (5,) * 6
    rows = np.array([[3, 9, 1, 0, 2, 4], [2, 5, 1, 0, 2, 4]])
    found = expected_scores(fit, rows)
    assert found.theta[0] == found.theta[1]
    with pytest.raises(DesignError, match="6 items"):
        expected_scores(fit, rows[:, :4])


def test_group_distributions_are_the_priors() -> None:
    data = codes_of("groups")
    codes, groups = data[:, 1:], data[:, 0]
    fit = fit_irt(codes, groups=groups)
    with pytest.raises(DesignError, match="2 groups"):
        expected_scores(fit, codes[:3], np.array([0, 1, 2]))
    found = expected_scores(fit, codes, groups)
    there = ~np.isnan(found.theta)
    for group in (0, 1):
        own = found.theta[there & (groups == group)]
        spread = own.var() + (found.std_error[there & (groups == group)] ** 2).mean()
        assert own.mean() == pytest.approx(fit.means[group], abs=1e-4)
        assert spread == pytest.approx(fit.variances[group], abs=2e-3)
    alone = weighted_scores(fit, codes[:20], np.zeros(20, dtype=int))
    assert alone.theta == pytest.approx(
        weighted_scores(fit, codes[:20], np.ones(20, dtype=int)).theta, abs=1e-8, nan_ok=True
    )


def test_plausible_values_have_the_posterior_moments_and_a_seed(uneven: IrtFit) -> None:
    codes = np.vstack([codes_of("uneven")[:5], np.full((1, 7), -1)])
    draws = plausible_draws(uneven, codes, 20_000, np.random.default_rng(1))
    found = expected_scores(uneven, codes)
    assert draws[:5].mean(axis=1) == pytest.approx(found.theta[:5], abs=4 * 0.6 / np.sqrt(20_000))
    assert draws[:5].std(axis=1) == pytest.approx(found.std_error[:5], rel=0.02)
    assert np.isnan(draws[5]).all()
    again = plausible_draws(uneven, codes, 20_000, np.random.default_rng(1))
    assert np.array_equal(draws, again, equal_nan=True)


def test_curves_are_the_formula_and_information_its_derivative(uneven: IrtFit) -> None:
    theta, h = np.array([-2.0, 0.3, 1.7]), 1e-5
    found = curves_at(uneven, theta)
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones((7, 3)))
    for item, size in enumerate(uneven.sizes):
        for at, x in enumerate(theta):
            low, here, high = (chances(uneven, x + step, item) for step in (-h, 0.0, h))
            assert found.probabilities[item, :size, at] == pytest.approx(here, abs=1e-12)
            assert found.expected[item, at] == pytest.approx(here @ np.arange(size))
            assert found.information[item, at] == pytest.approx((((high - low) / (2 * h)) ** 2 / here).sum(), rel=1e-6)


def test_far_out_nothing_breaks() -> None:
    curves = category_curves("graded", np.array([12.0]), np.array([[30.0, 29.99, -40.0]]), np.array([-60.0, 0.0, 60.0]))
    assert np.isfinite(curves.log_p).all()
    assert np.exp(curves.log_p).sum(axis=1) == pytest.approx(np.ones((1, 3)))


def test_reliability_is_near_the_squared_correlation_with_the_trait() -> None:
    rng = np.random.default_rng(2)
    theta = rng.normal(size=20_000)
    z = np.array([1.0, 1.5, 2.0, 1.2, 0.8]) * theta[:, None] + rng.logistic(size=(20_000, 5))
    codes = np.digitize(z, [-2, 0, 2])
    fit = fit_irt(codes)
    scores = expected_scores(fit, codes)
    squared = np.corrcoef(scores.theta, theta)[0, 1] ** 2
    assert empirical_reliability(scores) == pytest.approx(squared, abs=0.01)
    assert marginal_reliability(fit) == pytest.approx(squared, abs=0.02)
    assert empirical_reliability(scores, np.ones(20_000)) == pytest.approx(empirical_reliability(scores), abs=1e-9)
