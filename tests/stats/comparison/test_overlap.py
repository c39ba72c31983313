"""Partly overlapping waves: paired t and Welch at the ends, nlme, lme4 and pbkrtest between, coverage."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.comparison.equivalence import t_interval
from trustmeter.stats.comparison.overlap import best_overlap_change, derrick_pooled, derrick_unequal, overlap_change

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
CASES = json.loads((REFERENCE / "values/overlap.json").read_text(encoding="utf-8"))["cases"]
DATA = pd.read_csv(REFERENCE / "data/overlap.csv")


def waves(name: str) -> tuple[np.ndarray, np.ndarray]:
    part = DATA[DATA["set"] == name]
    return part["first"].to_numpy(float), part["second"].to_numpy(float)


@pytest.mark.parametrize("name", list(CASES))
def test_derrick_equals_the_formulas(name: str, agree) -> None:
    r = CASES[name]["derrick"]
    one, two = derrick_pooled(*waves(name)), derrick_unequal(*waves(name))
    ours = [one.estimate / one.std_error, one.df, two.estimate / two.std_error, two.df]
    agree("T_new1, T_new2 and their df", ours, [r["t1"], r["df1"], r["t2"], r["df2"]], 1e-10,
          reference="own R from Derrick et al. 2017", data=name)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CASES if "full" in CASES[name]])
def test_best_combination_equals_full_matrices(name: str, agree) -> None:
    r, found = CASES[name]["full"], best_overlap_change(*waves(name))
    reference = "REML with full matrices, from nlme::gls 3.1"
    agree("overlap: change", found.estimate, r["estimate"], 1e-8, reference=reference, data=name)
    agree("overlap: change", found.estimate, r["gls"], 1e-6, reference="nlme::gls 3.1", data=name)
    agree("overlap: correlation", found.correlation, r["correlation"], 1e-6, reference=reference, data=name)
    agree("overlap: Kenward-Roger SE", found.std_error, r["std_error"], 1e-6, reference=reference, data=name)
    agree("overlap: df", found.df, r["df"], 1e-5, reference=reference, data=name, relative=True)


@pytest.mark.parametrize("name", [name for name in CASES if "mixed" in CASES[name]])
def test_equal_variances_equal_the_random_intercept(name: str, agree) -> None:
    r, found = CASES[name]["mixed"], best_overlap_change(*waves(name), equal_variances=True)
    agree("overlap: change", found.estimate, r["estimate"], 1e-6, reference="lme4::lmer 1.1", data=name)
    agree("overlap: Kenward-Roger SE", found.std_error, r["std_error"], 1e-5, reference="pbkrtest 0.5", data=name)
    agree("overlap: Kenward-Roger df", found.df, r["df"], 1e-4, reference="pbkrtest 0.5", data=name, relative=True)


@pytest.mark.parametrize("change", [best_overlap_change, derrick_unequal])
@pytest.mark.parametrize("name", ["pairs", "none"])
def test_ends_are_paired_t_and_welch(change, name: str, agree) -> None:
    r, found = CASES[name]["t_test"], change(*waves(name))
    agree("overlap at its ends", [found.estimate, found.std_error, found.df / 100],
          [r["estimate"], r["std_error"], r["df"] / 100], 1e-12, reference="stats::t.test 4.2.2", data=name)  # fmt: skip


def test_equal_variances_without_pairs_is_student(agree) -> None:
    r = CASES["none"]["student"]
    for change in (lambda a, b: best_overlap_change(a, b, equal_variances=True), derrick_pooled):
        found = change(*waves("none"))
        agree("overlap at its ends", [found.estimate, found.std_error, found.df / 100],
              [r["estimate"], r["std_error"], r["df"] / 100], 1e-12, reference="stats::t.test 4.2.2", data="none")  # fmt: skip


def test_unit_and_order_do_not_matter() -> None:
    first, second = waves("few")
    base = best_overlap_change(first, second)
    scaled = best_overlap_change(1e5 * first + 7e6, 1e5 * second + 7e6)
    turned = best_overlap_change(second[::-1], first[::-1])
    assert scaled.estimate / 1e5 == pytest.approx(base.estimate, abs=1e-8)
    assert scaled.std_error / 1e5 == pytest.approx(base.std_error, rel=1e-7)
    assert turned.estimate == pytest.approx(-base.estimate, abs=1e-9)
    assert turned.df == pytest.approx(base.df, rel=1e-7)


def test_interval_covers_with_few_pairs() -> None:
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(150):
        z = rng.normal(size=(46, 2))
        first, second = z[:, 0], 0.8 * z[:, 0] + 0.6 * z[:, 1]
        first[26:], second[6:26] = np.nan, np.nan
        found = best_overlap_change(first, second)
        limits = t_interval(found.estimate, found.std_error, found.df, 0.95)
        hits += limits.low < 0 < limits.high
    assert 0.95 - 4 * math.sqrt(0.95 * 0.05 / 150) < hits / 150


def test_what_cannot_be_answered_is_refused() -> None:
    nothing = np.full(6, np.nan)
    some = np.arange(6.0)
    with pytest.raises(EstimationError, match="at least 5"):
        best_overlap_change(np.r_[some, 1.0, 2.0, nothing], np.r_[nothing, 3.0, 1.0, some])
    with pytest.raises(EstimationError, match="three who differ"):
        derrick_unequal(np.r_[some, 1.0, nothing], np.r_[nothing, 3.0, some])
    with pytest.raises(EstimationError, match="two scores that differ"):
        best_overlap_change(np.ones(6), some)
    with pytest.raises(EstimationError, match="two scores that differ"):
        derrick_pooled(some, nothing)
    with pytest.raises(EstimationError, match="limit"):
        best_overlap_change(np.r_[some, some, nothing], np.r_[some + 1, nothing, some])


def test_the_way_follows_the_number_of_pairs() -> None:
    first, second = waves("balanced")
    assert overlap_change(first, second) == best_overlap_change(first, second)
    assert overlap_change(*waves("few")) == derrick_unequal(*waves("few"))
    two = overlap_change(np.r_[first[38:], 1.0], np.r_[second[38:], np.nan])
    assert (two.method, two.n_both) == ("Welch", 2)
    assert two.n_first + two.n_second == np.isnan(first[38:]).sum() + np.isnan(second[38:]).sum() + 1
    shifted = np.r_[np.arange(12.0), np.full(6, np.nan), np.arange(6.0)]
    parted = np.r_[np.arange(12.0) + 1, np.arange(6.0), np.full(6, np.nan)]
    assert overlap_change(shifted, parted).method == "T_new2"
    with pytest.raises(EstimationError, match="two scores that differ"):
        overlap_change(np.ones(12), np.arange(12.0))
