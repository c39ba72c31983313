"""Polychoric correlations and their covariance against lavaan, psych and 25-digit solutions."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special

from trustmeter.stats.correlation.bivariate import BEYOND, grid_density, grid_probabilities
from trustmeter.stats.correlation.ordinal import ordinal_moments

FOLDER = Path(__file__).resolve().parents[2] / "reference"
LAVAAN = json.loads((FOLDER / "values" / "polychoric.json").read_text(encoding="utf-8"))["cases"]
EXACT = json.loads((FOLDER / "values" / "polychoric_exact.json").read_text(encoding="utf-8"))["cases"]
NAMES = tuple(EXACT)
EXACT_TO = 1e-9
"""Newton's method stops at 1e-12; the bivariate normal distribution is exact to about 1e-15."""
LAVAAN_TO = 1e-7
"""lavaan's optimiser leaves up to 4e-8."""
PSYCH_TO = 5e-5
"""psych's one-dimensional optimiser leaves up to 2e-5."""
GAMMA_TO = 1e-5


def codes_of(name: str) -> np.ndarray:
    x = pd.read_csv(FOLDER / "data" / f"polychoric_{name}.csv").to_numpy(float)
    return np.where(np.isnan(x), -1, x - 1).astype(np.intp)


def complete(name: str) -> np.ndarray:
    codes = codes_of(name)
    return codes[(codes >= 0).all(axis=1)]


def square(lower: list[float], size: int) -> np.ndarray:
    whole = np.zeros((size, size))
    i, j = np.triu_indices(size)
    whole[i, j] = whole[j, i] = lower
    return whole


@pytest.mark.parametrize("rho", [0.0, 0.1, -0.29, 0.31, -0.74, 0.9, -0.924, 0.926, -0.97, 0.99, 0.999, -0.9999])
def test_bivariate_normal_probabilities_equal_adaptive_quadrature(rho: float) -> None:
    rng = np.random.default_rng(3)
    h, k = 1.5 * rng.normal(size=(2, 1, 4))
    h[0, 0] = k[0, 0] = 0.0
    k[0, 1], h[0, 3] = h[0, 1], BEYOND
    found = grid_probabilities(h, k, np.array([rho]))[0]
    root = np.sqrt((1 - rho) * (1 + rho))
    for (a, b), value in np.ndenumerate(found):
        top = min(h[0, a], 9.0)
        bend = k[0, b] / rho if rho else 0.0
        points = [-9.0, *sorted(p for p in bend + root * np.array([-8, -3, 0, 3, 8]) if -9 < p < top), top]
        parts = [
            integrate.quad(
                lambda x, b=b: np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * special.ndtr((k[0, b] - rho * x) / root),
                *ends,
                epsabs=1e-13,
            )[0]
            for ends in pairwise(points)
        ]
        assert value == pytest.approx(sum(parts), abs=1e-12)


@pytest.mark.parametrize("rho", [-0.95, -0.4, 0.0, 0.7])
def test_density_is_the_derivative_by_the_correlation(rho: float) -> None:
    h, k, step = np.array([[-1.0, 0.0, 1.4]]), np.array([[-0.3, 0.8]]), 1e-5
    up, down = (grid_probabilities(h, k, np.array([rho + s])) for s in (step, -step))
    density, slope = grid_density(h, k, np.array([rho]))
    assert density == pytest.approx((up - down) / (2 * step), abs=1e-8)
    above, below = (grid_density(h, k, np.array([rho + s]))[0] for s in (step, -step))
    assert slope == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_correlations_equal_the_exact_two_step_solution(name: str, agree: Any) -> None:
    found = ordinal_moments(complete(name), acov=False).correlations
    pairs = {tuple(map(int, key.split(","))): value for key, value in EXACT[name].items()}
    ours = [found[pair] for pair in pairs]
    agree("polychoric correlation", ours, list(pairs.values()), EXACT_TO, reference="25-digit solution", data=name)


@pytest.mark.parametrize("name", NAMES)
def test_correlations_and_thresholds_equal_lavaan(name: str, agree: Any) -> None:
    found, theirs = ordinal_moments(complete(name)), LAVAAN[name]
    reference = "lavaan::lavCor 0.6-14"
    agree(
        "polychoric correlation", found.correlations, theirs["correlations"], LAVAAN_TO, reference=reference, data=name
    )
    agree("threshold", found.thresholds, theirs["thresholds"], 1e-8, reference=reference, data=name)


@pytest.mark.parametrize("name", NAMES)
def test_correlations_equal_psych(name: str, agree: Any) -> None:
    found = ordinal_moments(complete(name), acov=False)
    keep = np.tril(np.ones_like(found.correlations, dtype=bool), -1)
    for i, j in found.adjusted:
        keep[j, i] = False
    ours, theirs = found.correlations[keep], np.array(LAVAAN[name]["psych"])[keep]
    agree("polychoric correlation", ours, theirs, PSYCH_TO, reference="psych::polychoric 2.2.9", data=name)


@pytest.mark.parametrize("name", [name for name in NAMES if "gamma_lower" in LAVAAN[name]])
def test_gamma_equals_lavaan(name: str, agree: Any) -> None:
    found = ordinal_moments(complete(name)).gamma
    theirs = square(LAVAAN[name]["gamma_lower"], len(found))
    reference = "lavaan::lavInspect(fit, 'gamma') 0.6-14"
    agree(
        "covariance of thresholds and polychorics",
        found,
        theirs,
        GAMMA_TO,
        reference=reference,
        data=name,
        relative=True,
    )


def test_pairwise_rows_equal_lavaan(agree: Any) -> None:
    found, theirs = ordinal_moments(codes_of("holes")), LAVAAN["holes"]["pairwise"]
    words = {"reference": "lavaan 0.6-14, missing = 'pairwise'", "data": "holes, 10 % missing"}
    agree("polychoric correlation", found.correlations, theirs["correlations"], LAVAAN_TO, **words)
    agree("threshold", found.thresholds, theirs["thresholds"], 1e-8, **words)
    gamma = square(theirs["gamma_lower"], len(found.gamma))
    agree("covariance of thresholds and polychorics", found.gamma, gamma, GAMMA_TO, relative=True, **words)


def test_weighted_rows_equal_lavaan(agree: Any) -> None:
    codes = complete("holes")
    weights = np.resize([0.5, 1, 2, 1.5, 0.8], len(codes))
    weights *= len(codes) / weights.sum()  # as lavaan does
    found, theirs = ordinal_moments(codes, weights=weights), LAVAAN["weighted"]
    words = {"reference": "lavaan 0.6-14, sampling.weights", "data": "holes, complete rows"}
    agree("weighted polychoric correlation", found.correlations, theirs["correlations"], LAVAAN_TO, **words)
    agree("weighted threshold", found.thresholds, theirs["thresholds"], 1e-8, **words)
    gamma = square(theirs["gamma_lower"], len(found.gamma))
    agree("weighted covariance of thresholds and polychorics", found.gamma, gamma, GAMMA_TO, relative=True, **words)


def test_a_row_that_counts_twice_is_two_rows() -> None:
    codes = complete("levels2to7")
    weights = np.random.default_rng(1).integers(1, 4, len(codes))
    weighted = ordinal_moments(codes, weights=weights.astype(float))
    owner = np.repeat(np.arange(len(codes)), weights)
    repeated = ordinal_moments(codes[owner], clusters=owner)
    assert weighted.correlations == pytest.approx(repeated.correlations, abs=1e-12)
    assert weighted.gamma * len(codes) / (len(codes) - 1) == pytest.approx(repeated.gamma, rel=1e-10)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_std_errors_need_no_gamma(weighted: bool, clustered: bool) -> None:
    codes = codes_of("holes")
    rng = np.random.default_rng(2)
    options = {
        "weights": rng.uniform(0.5, 2, len(codes)) if weighted else None,
        "clusters": rng.integers(0, 80, len(codes)) if clustered else None,
    }
    with_gamma, without = ordinal_moments(codes, **options), ordinal_moments(codes, acov=False, **options)
    assert without.gamma is None
    assert without.std_errors == pytest.approx(with_gamma.std_errors, rel=1e-10)


def test_gamma_does_not_depend_on_how_rows_are_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, clusters = codes_of("holes"), np.random.default_rng(5).integers(0, 70, 300)
    whole = [ordinal_moments(codes, clusters=given).gamma for given in (None, clusters)]
    monkeypatch.setattr("trustmeter.stats.correlation.influence._BLOCK", 23)
    parts = [ordinal_moments(codes, clusters=given).gamma for given in (None, clusters)]
    assert whole[0] == pytest.approx(parts[0], rel=1e-10)
    assert whole[1] == pytest.approx(parts[1], rel=1e-10)


def test_std_errors_cover_the_truth() -> None:
    rng = np.random.default_rng(8)
    truth, z = 0.6, []
    for _ in range(300):
        x = rng.normal(size=(300, 2))
        x[:, 1] = truth * x[:, 0] + 0.8 * x[:, 1]
        found = ordinal_moments(np.digitize(x, [-0.5, 0.8]), acov=False)
        z.append((found.correlations[0, 1] - truth) / found.std_errors[0, 1])
    assert np.std(z) == pytest.approx(1, abs=0.12)  # Monte-Carlo error 0.04
    assert abs(np.mean(z)) < 0.2


def table(counts: list[list[int]]) -> np.ndarray:
    return np.array([(a, b) for a, row in enumerate(counts) for b, n in enumerate(row) for _ in range(n)])


def test_an_empty_cell_of_two_by_two_gets_half_a_row_with_margins_kept() -> None:
    found = ordinal_moments(table([[40, 20], [0, 30]]))
    assert found.adjusted.tolist() == [[0, 1]]
    doubled = ordinal_moments(table([[1, 1], [1, 1]]).repeat([79, 41, 1, 59], axis=0))
    # twice (39.5, 20.5, 0.5, 29.5): half a row was moved round the table
    assert found.correlations[0, 1] == pytest.approx(doubled.correlations[0, 1], abs=1e-10)


def test_empty_cells_of_a_larger_table_stay_empty_unless_the_estimate_runs_away() -> None:
    harmless = table([[20, 10, 0], [10, 20, 10], [0, 10, 20]])
    found = ordinal_moments(harmless)
    assert len(found.adjusted) == 0
    assert found.correlations == pytest.approx(ordinal_moments(harmless, empty="never").correlations)
    assert ordinal_moments(harmless, empty="always").correlations[0, 1] < found.correlations[0, 1]
    ordered = table([[20, 0, 0], [0, 20, 0], [0, 0, 20]])
    kept, mended = ordinal_moments(ordered, empty="never"), ordinal_moments(ordered)
    assert kept.correlations[0, 1] == 1
    assert kept.at_limit.tolist() == [[0, 1]]
    assert np.isnan(kept.std_errors[0, 1])
    assert mended.adjusted.tolist() == [[0, 1]]
    assert 0.8 < mended.correlations[0, 1] < 1


def test_half_a_row_in_two_by_two_with_one_empty_cell_alone() -> None:
    ordered = table([[20, 0, 0], [0, 20, 0], [0, 0, 20]])
    found = ordinal_moments(ordered, acov=False, empty="two_by_two")
    assert found.at_limit.tolist() == [[0, 1]]
    assert len(found.adjusted) == 0
    small = table([[40, 20], [0, 30]])
    ours, usual = ordinal_moments(small, empty="two_by_two"), ordinal_moments(small)
    assert ours.correlations == pytest.approx(usual.correlations, abs=1e-14)
    assert ours.adjusted.tolist() == [[0, 1]]
    twins = ordinal_moments(table([[30, 0], [0, 30]]), empty="two_by_two")
    assert twins.correlations[0, 1] == 1
    assert len(twins.adjusted) == 0


def test_an_item_that_another_cuts_coarser_runs_away_too() -> None:
    x = np.random.default_rng(4).normal(size=200)
    turned = np.column_stack([np.digitize(x, [-1, 0, 1]), 1 - np.digitize(x, [1.5])])
    found = ordinal_moments(turned, empty="never")
    assert found.correlations[0, 1] == -1
    assert found.at_limit.tolist() == [[0, 1]]


def test_a_likelihood_that_flattens_towards_one_has_no_top_in_between() -> None:
    found = ordinal_moments(table([[84, 0, 0], [69, 81, 0], [0, 107, 80], [0, 0, 79]]), empty="never")
    assert found.correlations[0, 1] == 1
    assert found.at_limit.tolist() == [[0, 1]]


def test_independent_items_have_no_correlation() -> None:
    found = ordinal_moments(table([[10, 20, 30], [20, 40, 60]]))
    assert found.correlations[0, 1] == pytest.approx(0, abs=1e-12)


def test_turning_an_item_turns_its_correlations() -> None:
    codes = complete("levels2to7")
    turned = codes.copy()
    turned[:, 3] = turned[:, 3].max() - turned[:, 3]
    there, back = ordinal_moments(codes), ordinal_moments(turned)
    sign = np.where(np.arange(6) == 3, -1, 1)
    assert back.correlations == pytest.approx(there.correlations * np.outer(sign, sign), abs=1e-11)
    assert back.std_errors == pytest.approx(there.std_errors, rel=1e-9)
