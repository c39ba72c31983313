"""S-X2 and Q3: enumeration, the mirt package, and how often they cry wolf."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.dependence import local_dependence, residual_correlations, simulated_codes
from trustmeter.stats.irt.information import curves_at
from trustmeter.stats.irt.summed_score import item_fit, score_probabilities
from trustmeter.stats.irt.trait import expected_scores

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/irt.json").read_text(encoding="utf-8"))


def codes_of(name: str) -> np.ndarray:
    return np.loadtxt(REFERENCE / f"data/irt_{name}.csv", delimiter=",", skiprows=1, dtype=int)


def graded(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    z = rng.uniform(0.8, 2.0, k) * rng.normal(size=(n, 1)) + rng.logistic(size=(n, k))
    return np.digitize(z, [-1.5, 0.0, 1.5])


def test_score_probabilities_are_those_of_all_patterns() -> None:
    fit = fit_irt(codes_of("uneven")[:, :4])
    theta = np.array([-1.0, 0.5])
    P = curves_at(fit, theta).probabilities
    found = score_probabilities(P)
    expected = np.zeros_like(found)
    for pattern in itertools.product(*(range(size) for size in fit.sizes)):
        expected[sum(pattern)] += np.prod([P[item, code] for item, code in enumerate(pattern)], axis=0)
    assert found == pytest.approx(expected, abs=1e-14)


def test_s_x2_is_that_of_mirt_where_no_cells_are_taken_together(agree: Any) -> None:
    codes, stored = codes_of("two"), STORED["cases"]["two"]["graded"]
    found = item_fit(fit_irt(codes), codes)
    # Of the first item one sum expects less than one person in a cell; the two take it together in their own ways.
    named = {"reference": f"mirt {STORED['packages']['mirt']} (Python)", "data": "two, items 2 to 7"}
    agree("S-X2", found.statistic[1:], stored["S_X2"][1:], 1e-3, **named)
    agree("S-X2 df", found.df[1:], stored["df"][1:], 0, **named)
    agree("S-X2 p value", found.p_value[1:], stored["p_value"][1:], 1e-4, **named)


def test_s_x2_follows_from_all_patterns(agree: Any) -> None:
    codes = codes_of("uneven")[:, :5]
    complete = codes[(codes >= 0).all(axis=1)]
    fit = fit_irt(codes)
    grid = fit.grid
    P, weight = curves_at(fit, grid.x).probabilities, np.exp(grid.log_weight)
    shares: dict[tuple[int, ...], float] = {
        pattern: float(np.prod([P[item, code] for item, code in enumerate(pattern)], axis=0) @ weight)
        for pattern in itertools.product(*(range(size) for size in fit.sizes))
    }
    found = item_fit(fit, codes)
    assert found.n == len(complete)
    for item, size in enumerate(fit.sizes):
        value, cells_left = 0.0, 0
        for total in range(1, sum(fit.sizes) - 5):
            of = np.array([sum(p for x, p in shares.items() if sum(x) == total and x[item] == c) for c in range(size)])
            there = complete[complete.sum(axis=1) == total, item]
            if len(there) == 0:
                continue
            E, O = list(of / of.sum() * len(there)), [float((there == c).sum()) for c in range(size)]  # noqa: E741
            while len(E) > 1 and min(E) < 1:
                at = E.index(min(E))
                into = min((near for near in (at - 1, at + 1) if 0 <= near < len(E)), key=lambda near: E[near])
                E[into], O[into] = E[into] + E[at], O[into] + O[at]
                del E[at], O[at]
            value += sum((o - e) ** 2 / e for o, e in zip(O, E, strict=True))
            cells_left += len(E) - 1
        named = {"reference": "all response patterns", "data": "uneven, 5 items"}
        agree("S-X2", found.statistic[item], value, 1e-8, **named)
        agree("S-X2 df", found.df[item], cells_left - size, 0, **named)


def test_s_x2_keeps_its_level() -> None:
    rng = np.random.default_rng(3)
    p = np.concatenate([item_fit(fit_irt(codes), codes).p_value for codes in (graded(rng, 700, 6) for _ in range(50))])
    assert np.mean(p < 0.05) < 0.085
    assert 0.42 < p.mean() < 0.56


def test_s_x2_finds_an_item_that_does_not_rise() -> None:
    rng = np.random.default_rng(4)
    theta = rng.normal(size=1500)
    z = 1.5 * theta[:, None] + rng.logistic(size=(1500, 6))
    codes = np.digitize(z, [-1.5, 0.0, 1.5])
    codes[:, 2] = np.digitize(-2.5 * np.abs(theta) + 1.8 + rng.logistic(size=1500), [-1.5, 0.0, 1.5])
    assert np.argmin(item_fit(fit_irt(codes), codes).p_value) == 2


def test_no_degree_of_freedom_is_no_number() -> None:
    codes = np.digitize(
        np.random.default_rng(5).normal(size=(200, 1)) + np.random.default_rng(6).normal(size=(200, 2)), [0]
    )
    codes = np.column_stack([codes, codes[:, 0] ^ (np.random.default_rng(7).random(200) < 0.2)])
    found = item_fit(fit_irt(codes, "pcm"), codes)
    assert (np.isnan(found.statistic) == (found.df <= 0)).all()


def test_q3_is_the_correlation_of_residuals() -> None:
    codes = codes_of("six")
    fit = fit_irt(codes)
    theta = expected_scores(fit, codes).theta
    residual = codes - curves_at(fit, theta).expected.T
    expected = np.corrcoef(residual.T)
    np.fill_diagonal(expected, np.nan)
    assert residual_correlations(fit, codes) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_q3_finds_a_pair_that_shares_more_and_no_other() -> None:
    rng = np.random.default_rng(8)
    z = 1.5 * rng.normal(size=(800, 1)) + rng.logistic(size=(800, 6))
    own = 1.2 * rng.normal(size=800)
    z[:, 1] += own
    z[:, 4] += own
    codes = np.digitize(z, [-1.5, 0.0, 1.5])
    codes[rng.random(codes.shape) < 0.1] = -1
    found = local_dependence(fit_irt(codes), codes, None, 40, rng)
    pairs = np.triu(found.p_value < 0.05, 1)
    assert list(zip(*np.nonzero(pairs), strict=True)) == [(1, 4)]
    assert found.centred[1, 4] > found.critical > 0


def test_simulated_codes_follow_the_model_and_stay_missing() -> None:
    codes = codes_of("uneven")
    fit = fit_irt(codes)
    many = np.tile(codes, (30, 1))
    drawn = simulated_codes(fit, many, None, np.random.default_rng(9))
    assert ((drawn < 0) == (many < 0)).all()
    again = fit_irt(drawn)
    assert again.slopes == pytest.approx(fit.slopes, rel=0.1)
    shares = np.bincount(drawn[drawn[:, 4] >= 0, 4]) / (drawn[:, 4] >= 0).sum()
    grid = fit.grid
    assert shares == pytest.approx(curves_at(fit, grid.x).probabilities[4, :6] @ np.exp(grid.log_weight), abs=0.01)
