"""The numbers of raters once more, written out unit by unit, on data that are nasty in several ways."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy

from trustmeter.stats.agreement.coincidence import unit_sums
from trustmeter.stats.agreement.components import Components, pseudo_mean_squares
from trustmeter.stats.agreement.intraclass import mean_squares, six_intraclass
from trustmeter.stats.agreement.raters import beyond_chance, rating_counts
from trustmeter.stats.agreement.weighted import agreement_weights, cohen_kappa, cross_table


def ratings(seed: int, units: int, raters: int, categories: int, holes: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, categories, size=(units, 1))
    codes = np.where(rng.random((units, raters)) < 0.5, true, rng.integers(0, categories, size=(units, raters)))
    codes[rng.random(codes.shape) < holes] = -1
    codes[:2] = [0] * raters, [0] * (raters - 1) + [1]
    return codes


CASES = [(1, 6, 2, 3, 0.0), (2, 40, 2, 5, 0.0), (3, 25, 4, 3, 0.3), (4, 8, 3, 2, 0.2), (5, 60, 5, 7, 0.5)]


def _kappa(p: np.ndarray, weights: np.ndarray) -> float:
    chance = np.outer(p.sum(axis=1), p.sum(axis=0))
    return float((np.sum(weights * p) - np.sum(weights * chance)) / (1 - np.sum(weights * chance)))


@pytest.mark.parametrize("power", [0, 1, 2])
@pytest.mark.parametrize("case", [case for case in CASES if case[2] == 2])
def test_cohens_error_is_the_delta_method_by_differences(case: tuple[int, int, int, int, float], power: int) -> None:
    codes = ratings(*case)
    c = case[3]
    weights = agreement_weights(np.arange(c, dtype=float), power)
    table = cross_table(codes[:, 0], codes[:, 1], c)
    n, p = table.sum(), table / table.sum()
    slope = np.zeros((c, c))
    for i, j in itertools.product(range(c), repeat=2):
        step = np.zeros((c, c))
        step[i, j] = 1e-6
        slope[i, j] = (_kappa(p + step, weights) - _kappa(p - step, weights)) / 2e-6
    variance = (np.sum(p * slope**2) - np.sum(p * slope) ** 2) / n
    assert cohen_kappa(table, weights).std_error == pytest.approx(math.sqrt(variance), rel=1e-6)


def _fleiss(rows: list[list[int]], c: int) -> float:
    rows = [row for row in rows if row]
    pairs = [[a == b for a, b in itertools.permutations(row, 2)] for row in rows if len(row) > 1]
    observed = np.mean([np.mean(same) for same in pairs])
    shares = np.mean([[row.count(k) / len(row) for k in range(c)] for row in rows], axis=0)
    return float((observed - np.sum(shares**2)) / (1 - np.sum(shares**2)))


@pytest.mark.parametrize("case", CASES)
def test_fleiss_error_is_near_that_of_leaving_units_out(case: tuple[int, int, int, int, float]) -> None:
    codes = ratings(*case)
    rows = [[int(code) for code in row if code >= 0] for row in codes]
    found = beyond_chance(rating_counts(codes, case[3]), np.eye(case[3]), "fleiss")
    assert found.estimate == pytest.approx(_fleiss(rows, case[3]), abs=1e-12)
    kept = [row for row in rows if row]
    left = np.array([_fleiss(kept[:at] + kept[at + 1 :], case[3]) for at in range(len(kept))])
    jackknife = math.sqrt((len(left) - 1) / len(left) * np.sum((left - left.mean()) ** 2))
    assert found.std_error == pytest.approx(jackknife, rel=0.3 if len(kept) < 20 else 0.1)


@pytest.mark.parametrize("case", CASES)
def test_ordinal_alpha_is_krippendorffs_sum_of_ranks_between(case: tuple[int, int, int, int, float]) -> None:
    codes = ratings(*case)
    rows = [[int(code) for code in row if code >= 0] for row in codes]
    rows = [row for row in rows if len(row) > 1]
    everyone = [code for row in rows for code in row]
    n = [everyone.count(k) for k in range(case[3])]

    def apart(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        return (sum(n[low : high + 1]) - (n[low] + n[high]) / 2) ** 2

    within = sum(apart(a, b) / (len(row) - 1) for row in rows for a, b in itertools.permutations(row, 2))
    between = sum(apart(a, b) for a, b in itertools.permutations(everyone, 2)) / (len(everyone) - 1)
    found = unit_sums(codes, np.arange(case[3], dtype=float), "ordinal").estimate
    assert found == pytest.approx(1 - within / between, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_absolute_agreement_with_gaps_solves_its_own_equations(seed: int) -> None:
    """The limits of McGraw and Wong are the values at which their F statistic is a quantile of F."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(15, 4))
    x[rng.random(x.shape) < 0.2] = np.nan
    x[:, 0], x[0] = rng.normal(size=15), rng.normal(size=4)
    two, one = Components(2.0, 0.4, 1.0, 0.0, True), Components(1.9, 0.0, 1.4, 0.0, True)
    ms = pseudo_mean_squares(x, one, two)
    found = six_intraclass(ms, 0.95)
    single = found["ICC(A,1)"]
    assert single.estimate == pytest.approx(2 / 3.4, abs=1e-12)
    n, k, r = ms.per_rater, ms.per_target, single.estimate
    a, b = k * r / (n * (1 - r)), 1 + k * r * (n - 1) / (n * (1 - r))
    df = (a * ms.rater + b * ms.error) ** 2 / (
        (a * ms.rater) ** 2 / (ms.raters - 1) + (b * ms.error) ** 2 / ms.df_error
    )
    for limit, quantile in ((single.ci_low, scipy.stats.f.ppf(0.975, ms.targets - 1, df)),
                            (single.ci_high, 1 / scipy.stats.f.ppf(0.975, df, ms.targets - 1))):  # fmt: skip
        a_limit, b_limit = k * limit / (n * (1 - limit)), 1 + k * limit * (n - 1) / (n * (1 - limit))
        assert ms.target / (a_limit * ms.rater + b_limit * ms.error) == pytest.approx(quantile, rel=1e-9)
        stepped = ms.raters * limit / (1 + (ms.raters - 1) * limit)
        assert stepped in (pytest.approx(found["ICC(A,k)"].ci_low), pytest.approx(found["ICC(A,k)"].ci_high))


def test_limits_hold_the_estimate_or_are_unknown() -> None:
    rng = np.random.default_rng(0)
    for _ in range(1500):
        n, k = rng.integers(5, 9), rng.integers(2, 5)
        ms = mean_squares(rng.integers(1, 4, size=(n, k)) + rng.normal() * rng.integers(0, 2) * np.arange(k))
        if ms.error < 1e-9:
            continue
        for found in six_intraclass(ms, 0.95).values():
            assert math.isnan(found.ci_low) or found.ci_low <= found.estimate <= found.ci_high
