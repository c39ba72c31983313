"""Polyserial and mixed correlations against lavaan and a naive re-computation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from trustmeter.stats.correlation.mixed import mixed_correlations
from trustmeter.stats.correlation.ordinal import ordinal_moments
from trustmeter.stats.correlation.polyserial import polyserial_correlation, product_moment

FOLDER = Path(__file__).resolve().parents[2] / "reference"
THEIRS = json.loads((FOLDER / "values" / "polychoric.json").read_text(encoding="utf-8"))["cases"]["numbers"]
FRAME = pd.read_csv(FOLDER / "data" / "polychoric_numbers.csv")
CODES = FRAME[["a", "b"]].to_numpy() - 1
NUMBERS = FRAME[["x", "y"]].to_numpy()


def log_likelihood(codes: np.ndarray, x: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Each row's log-likelihood under (thresholds, mean, variance, rho)."""
    *cuts, mean, variance, rho = free
    z = (x - mean) / np.sqrt(variance)
    ends = np.array([-np.inf, *cuts, np.inf])
    high, low = ((ends[codes + s] - rho * z) / np.sqrt(1 - rho**2) for s in (1, 0))
    return np.log(stats.norm.cdf(high) - stats.norm.cdf(low)) + stats.norm.logpdf(x, mean, np.sqrt(variance))


def scores(codes: np.ndarray, x: np.ndarray, free: np.ndarray) -> np.ndarray:
    step = 1e-5
    moves = step * np.eye(len(free))
    pairs = [(log_likelihood(codes, x, free + m), log_likelihood(codes, x, free - m)) for m in moves]
    return np.column_stack([(up - down) / (2 * step) for up, down in pairs])


def naive_std_error(item: int, number: int, rho: float, *, as_lavaan: bool) -> float:
    """Two-step standard error from numerical scores; lavaan takes mean and variance by their scores' products."""
    codes, x = CODES[:, item], NUMBERS[:, number]
    n, x = len(x), (x - x.mean()) / x.std()
    shares = np.cumsum(np.bincount(codes))[:-1] / n
    cuts = stats.norm.ppf(shares)
    score = scores(codes, x, np.array([*cuts, 0.0, 1.0, rho]))
    first = [((codes <= s) - shares[s]) / (n * stats.norm.pdf(cut)) for s, cut in enumerate(cuts)]
    own = np.column_stack([x, (x * x - 1) / 2])
    own = own @ np.linalg.inv(own.T @ own) if as_lavaan else np.column_stack([x, x * x - 1]) / n
    steps = np.column_stack([*first, own])
    pull = score[:, -1] - steps @ (score[:, :-1].T @ score[:, -1])
    return float(np.linalg.norm(pull) / (score[:, -1] @ score[:, -1]))


def test_correlations_equal_lavaan(agree: Any) -> None:
    found = mixed_correlations(CODES, NUMBERS)
    reference = "lavaan::lavCor 0.6-14"
    agree(
        "polyserial correlation", found.correlations, THEIRS["correlations"], 1e-7, reference=reference, data="numbers"
    )


@pytest.mark.parametrize(("item", "number"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_std_errors(item: int, number: int, agree: Any) -> None:
    found = polyserial_correlation(CODES[:, item], NUMBERS[:, number])
    ours = float(np.linalg.norm(found.influence))
    theirs = THEIRS["std_errors"]["ab"[item] + "xy"[number]]
    theirs = theirs[0] if isinstance(theirs, list) else theirs
    same_road = naive_std_error(item, number, found.rho, as_lavaan=True)
    words = {"reference": "lavaan 0.6-14 (gamma, delta method)", "data": "numbers"}
    agree("polyserial standard error, lavaan's first step", same_road, theirs, 1e-5, relative=True, **words)
    assert ours == pytest.approx(naive_std_error(item, number, found.rho, as_lavaan=False), rel=1e-6)
    assert ours == pytest.approx(theirs, rel=0.02)
    assert abs(found.influence.sum()) < 1e-10


def test_a_finely_cut_number_gives_nearly_pearson() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4000, 2)) @ np.array([[1, 0.6], [0, 0.8]])
    codes = np.digitize(x[:, 0], np.linspace(-2.5, 2.5, 40))
    codes = np.unique(codes, return_inverse=True)[1]
    fine, plain = polyserial_correlation(codes, x[:, 1]), product_moment(x[:, 0], x[:, 1])
    assert fine.rho == pytest.approx(plain.rho, abs=0.005)
    assert np.linalg.norm(fine.influence) == pytest.approx(np.linalg.norm(plain.influence), rel=0.03)


def test_pearson_equals_scipy_and_its_normal_theory_error() -> None:
    x = np.random.default_rng(6).normal(size=(5000, 2)) @ np.array([[1, 0.5], [0, 1]])
    found = product_moment(x[:, 0], x[:, 1])
    assert found.rho == pytest.approx(stats.pearsonr(*x.T).statistic, abs=1e-14)
    assert np.linalg.norm(found.influence) == pytest.approx((1 - found.rho**2) / np.sqrt(5000), rel=0.05)


def test_missing_rows_are_as_absent_when_both_are_missing() -> None:
    codes, numbers = CODES.copy(), NUMBERS.copy()
    codes[:50], numbers[:50] = -1, np.nan
    with_holes, without = mixed_correlations(codes, numbers), mixed_correlations(CODES[50:], NUMBERS[50:])
    assert with_holes.correlations == pytest.approx(without.correlations, abs=1e-12)
    assert with_holes.std_errors == pytest.approx(without.std_errors, rel=1e-10)


def test_jackknife_of_pairwise_rows() -> None:
    n = 300
    codes, x = CODES[:n, 1].copy(), NUMBERS[:n, 1].copy()
    codes[:40], x[260:] = -1, np.nan
    found = polyserial_correlation(codes, x)
    keep = ~np.eye(n, dtype=bool)
    left = np.array([polyserial_correlation(codes[row], x[row]).rho for row in keep])
    assert np.linalg.norm(found.influence) == pytest.approx(
        np.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2)), rel=0.1
    )


def test_a_number_that_follows_the_answer_runs_to_one() -> None:
    x = stats.norm.ppf((np.arange(300) + 0.5) / 300)
    found = polyserial_correlation((x > 0).astype(np.intp), x)
    assert found.rho == 1
    assert found.at_limit
    assert np.isnan(found.influence).all()
    turned = polyserial_correlation((x < 0).astype(np.intp), x)
    assert turned.rho == -1


def test_clusters_of_one_change_nothing_but_the_correction() -> None:
    plain, grouped = (mixed_correlations(CODES, NUMBERS, clusters=c) for c in (None, np.arange(len(CODES))))
    n = len(CODES)
    assert grouped.std_errors == pytest.approx(plain.std_errors * np.sqrt(n / (n - 1)), rel=1e-10)


def test_a_row_that_counts_twice_is_two_rows() -> None:
    codes, numbers = CODES.copy(), NUMBERS.copy()
    codes[:30, 0], numbers[20:50, 1] = -1, np.nan
    counts = np.random.default_rng(1).integers(1, 4, len(codes))
    owner = np.repeat(np.arange(len(codes)), counts)
    weighted = mixed_correlations(codes, numbers, weights=counts.astype(float))
    repeated = mixed_correlations(codes[owner], numbers[owner], clusters=owner)
    assert weighted.correlations == pytest.approx(repeated.correlations, abs=1e-10)
    n = len(codes)
    assert weighted.std_errors * np.sqrt(n / (n - 1)) == pytest.approx(repeated.std_errors, rel=1e-8)


def test_only_ordered_or_only_numbers() -> None:
    nothing = np.empty((len(CODES), 0))
    assert mixed_correlations(CODES, nothing).correlations == pytest.approx(ordinal_moments(CODES).correlations)
    numbers = mixed_correlations(nothing.astype(np.intp), NUMBERS)
    assert numbers.correlations == pytest.approx(np.corrcoef(NUMBERS.T))
    assert len(numbers.thresholds) == 0
