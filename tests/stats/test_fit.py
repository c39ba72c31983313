"""Fit of one factor, and agreement, against R."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.agreement.intraclass import absolute_agreement
from trustmeter.stats.consistency.one_factor import fit_one_factor
from trustmeter.stats.fit import one_factor_fit

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
STORED = json.loads((REFERENCE / "values" / "fit.json").read_text(encoding="utf-8"))
CHANGE = pd.read_csv(REFERENCE / "data" / "change.csv")

SEARCHED = 1e-6
"""lavaan's search stops some digits before ours."""
CLOSED_FORM = 1e-10
"""Both sides evaluate the same formula in double precision."""


@pytest.mark.parametrize("case", STORED["fits"])
def test_fit_equals_lavaan(case: str) -> None:
    stored = STORED["fits"][case]
    x = pd.read_csv(REFERENCE / f"data/reliability_{case}.csv").to_numpy(dtype=float)
    S = np.cov(x, rowvar=False, ddof=0)
    found = one_factor_fit(S, fit_one_factor(S), len(x))
    assert (found.df, len(x)) == (stored["df"], stored["n"])
    for ours, theirs in (
        (found.chi_square, "chisq"), (found.p_value, "pvalue"), (found.cfi, "cfi"), (found.tli, "tli"),
        (found.rmsea, "rmsea"), (found.srmr, "srmr"),
    ):  # fmt: skip
        assert ours == pytest.approx(stored[theirs], rel=SEARCHED, abs=SEARCHED), theirs
    # lavaan finds these limits by a search on the root that stops at about five digits
    assert found.rmsea_low == pytest.approx(stored["rmsea.ci.lower"], abs=1e-4)
    assert found.rmsea_high == pytest.approx(stored["rmsea.ci.upper"], abs=1e-4)


def test_three_items_always_fit() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 1)) + rng.normal(size=(80, 3))
    S = np.cov(x, rowvar=False, ddof=0)
    found = one_factor_fit(S, fit_one_factor(S), 80)
    assert found.df == 0
    assert math.isnan(found.cfi)
    assert found.srmr == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("case", STORED["agreements"])
def test_agreement_equals_psych(case: str) -> None:
    stored = STORED["agreements"][case]
    pairs = CHANGE.loc[CHANGE["case"] == case, ["before", "after"]].to_numpy(dtype=float)
    found = absolute_agreement(pairs, 0.95)
    for ours, theirs in ((found.icc, "icc"), (found.ci_low, "low"), (found.ci_high, "high")):
        assert ours == pytest.approx(stored[theirs], rel=CLOSED_FORM, abs=CLOSED_FORM), theirs


def test_the_error_counts_a_shift_of_everybody() -> None:
    rng = np.random.default_rng(5)
    person = rng.normal(0, 10, 4000)
    x = np.column_stack([person + rng.normal(0, 3, 4000), person + 4 + rng.normal(0, 3, 4000)])
    assert absolute_agreement(x, 0.95).error == pytest.approx(math.sqrt(9 + 8), rel=0.05)
    assert math.isnan(absolute_agreement(np.ones((5, 2)), 0.95).icc)
