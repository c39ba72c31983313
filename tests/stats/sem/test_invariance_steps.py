"""The steps of comparability and their difference tests against lavaan and semTools, and what must collapse."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.sem.difference import difference_2000, difference_2001, difference_2010
from trustmeter.stats.sem.fitting import StructureFit, baseline_tests, fit_structure
from trustmeter.stats.sem.invariance_steps import (
    CONFIGURAL,
    INTERCEPTS,
    LOADINGS,
    RESIDUALS,
    THRESHOLDS,
    Layout,
    depths_at,
    step_model,
    steps_of,
)
from trustmeter.stats.sem.model import ALPHA
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample, normal_sample, ordinal_sample

FOLDER = Path(__file__).resolve().parents[2] / "reference"
FILE = json.loads((FOLDER / "values" / "invariance.json").read_text(encoding="utf-8"))
CASES: dict[str, Any] = FILE["cases"]
LAVAAN = f"lavaan {FILE['packages']['lavaan']}"
SEMTOOLS = f"{LAVAAN}, semTools::measEq.syntax {FILE['packages']['semTools']}"
CHI_SQUARE_TO = 1e-4
"""lavaan's search stops up to 1e-6 short of its parameters, which moves a scaled chi-square by up to 7e-5."""
INDEX_TO = 1e-6
MEAN_TO = 1e-4
"""Parameters of lavaan's unpolished search, see above."""
NUMBER = {
    "configural": CONFIGURAL,
    "thresholds": THRESHOLDS,
    "loadings": LOADINGS,
    "intercepts": INTERCEPTS,
    "partial": INTERCEPTS,
    "residuals": RESIDUALS,
}
BEFORE = {"loadings": "thresholds", "intercepts": "loadings", "partial": "loadings", "residuals": "intercepts"}


class Ladder(NamedTuple):
    layout: Layout
    sample: NormalSample | OrdinalSample
    fits: dict[str, StructureFit]


def layout_for(sample: NormalSample | OrdinalSample, pattern: np.ndarray, waves: int) -> Layout:
    units, k = waves or len(sample.sizes), len(pattern)
    if isinstance(sample, OrdinalSample):
        cuts = np.concatenate([one.thresholds for one in sample.groups]).reshape(units, -1)
        levels = sample.groups[0].levels[:k]
        return Layout(pattern, units, bool(waves), levels, np.ones((units, k)), np.zeros((units, k)), cuts)
    spread = np.concatenate([np.sqrt(np.diag(one.covariance)) for one in sample.free]).reshape(units, k)
    centre = np.concatenate([one.mean for one in sample.free]).reshape(units, k)
    return Layout(pattern, units, bool(waves), None, spread, centre, np.zeros((units, 0)))


@cache
def climbed(name: str) -> Ladder:
    case = CASES[name]
    x = pd.read_csv(FOLDER / "data" / f"invariance_{name}.csv")
    blocks = [x] if case["waves"] else [rows.drop(columns="g") for _, rows in x.groupby("g")]
    values = [block.to_numpy(float) for block in blocks]
    sample: NormalSample | OrdinalSample = normal_sample(values)
    if case["ordinal"]:
        sample = ordinal_sample([np.where(np.isnan(v), -1, v - 1).astype(np.intp) for v in values])
    factor = np.atleast_1d(case["factor"]) - 1
    layout = layout_for(sample, np.eye(factor.max() + 1, dtype=bool)[factor], case["waves"])
    baseline, fits = baseline_tests(sample), {}
    for step in case["steps"]:
        caps = np.full((layout.items, layout.units), RESIDUALS)
        if step == "partial":
            caps[1, 1:] = LOADINGS
        fits[step] = fit_structure(step_model(layout, depths_at(layout, NUMBER[step], caps)), sample, baseline=baseline)
    return Ladder(layout, sample, fits)


def step_before(name: str, step: str) -> str:
    steps = CASES[name]["steps"]
    wanted = BEFORE.get(step, "configural")
    return wanted if wanted in steps else "configural"


STEPS = [(name, step) for name, case in CASES.items() for step in case["steps"]]


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_a_step_equals_lavaan(name: str, step: str, agree: Callable[..., None]) -> None:
    fit, theirs = climbed(name).fits[step], CASES[name]["steps"][step]
    assert fit.estimate.converged
    assert not np.isnan(fit.covariance).any()
    test = fit.fit.test
    assert test.df == theirs["df"]
    ours = [test.value, test.scaled] if test.df else [test.value]
    them = [theirs["chi2"], theirs["scaled"]] if test.df else [theirs["chi2"]]
    agree(f"invariance: chi-square, {step}", ours, them, CHI_SQUARE_TO, reference=SEMTOOLS, data=name)
    agree(f"invariance: SRMR, {step}", fit.srmr, theirs["srmr"], INDEX_TO, reference=SEMTOOLS, data=name)
    scaled = [fit.scaled.cfi, fit.scaled.rmsea]
    them = [theirs["cfi_scaled"], theirs["rmsea_scaled"]]
    agree(f"invariance: scaled CFI and RMSEA, {step}", scaled, them, 1e-5, reference=SEMTOOLS, data=name)


@pytest.mark.parametrize(("name", "step"), [pair for pair in STEPS if not CASES[pair[0]]["ordinal"]])
def test_robust_indices_of_numbers_equal_lavaan(name: str, step: str, agree: Callable[..., None]) -> None:
    robust, theirs = climbed(name).fits[step].robust, CASES[name]["steps"][step]
    ours = [robust.cfi, robust.tli, robust.rmsea]
    them = [theirs["cfi"], theirs["tli"], theirs["rmsea"]]
    agree(f"invariance: robust CFI, TLI, RMSEA, {step}", ours, them, INDEX_TO, reference=SEMTOOLS, data=name)


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_a_difference_equals_lavaan(name: str, step: str, agree: Callable[..., None]) -> None:
    fits, theirs = climbed(name).fits, CASES[name]["steps"][step]
    tests = {"2000": difference_2000, "2001": difference_2001, "2010": difference_2010}
    given = [year for year in tests if f"difference_{year}" in theirs]
    before = fits[step_before(name, step)]
    assert bool(given) == (fits[step].fit.test.df > before.fit.test.df)
    for year in given:
        found = tests[year](fits[step], before)
        value, df = theirs[f"difference_{year}"]
        assert found.df == df
        reference = f"lavTestLRT, Satorra {year}, {LAVAAN}"
        agree(
            f"invariance: difference test, {step}", found.scaled, value, CHI_SQUARE_TO, reference=reference, data=name
        )


@pytest.mark.parametrize("name", list(CASES))
def test_latent_means_equal_lavaan(name: str, agree: Callable[..., None]) -> None:
    fit, theirs = climbed(name).fits["intercepts"], CASES[name]["steps"]["intercepts"]
    model = fit.estimate.model
    at = np.unique(model.free[(model.matrix == ALPHA) & (model.free >= 0)])
    agree("invariance: latent means", fit.estimate.theta[at], np.atleast_1d(theirs["means"]), MEAN_TO, reference=SEMTOOLS,
          data=name)  # fmt: skip
    agree("invariance: SE of latent means", fit.std_errors[at], np.atleast_1d(theirs["means_se"]), MEAN_TO,
          reference=SEMTOOLS, data=name)  # fmt: skip


def refitted(found: Ladder, step: int) -> StructureFit:
    return fit_structure(step_model(found.layout, depths_at(found.layout, step)), found.sample)


def test_items_with_two_answers_give_nothing_to_test_before_the_intercepts() -> None:
    found = climbed("binary")
    first = found.fits["configural"].fit.test
    for step in (THRESHOLDS, LOADINGS):
        again = refitted(found, step).fit.test
        assert again.df == first.df
        assert again.value == pytest.approx(first.value, abs=1e-8)


def test_equal_thresholds_of_three_answers_cost_nothing() -> None:
    found = climbed("three_answers")
    first, second = found.fits["configural"], found.fits["thresholds"]
    assert difference_2000(second, first).df == 0
    assert second.fit.test.value == pytest.approx(first.fit.test.value, abs=1e-8)


@pytest.mark.parametrize("name", ["five", "two_waves", "numbers", "numbers_three_waves"])
def test_with_every_item_held_back_a_step_is_the_first_model(name: str) -> None:
    found = climbed(name)
    caps = np.full((found.layout.items, found.layout.units), CONFIGURAL)
    fit = fit_structure(step_model(found.layout, depths_at(found.layout, RESIDUALS, caps)), found.sample)
    assert fit.fit.test.df == found.fits["configural"].fit.test.df
    assert fit.fit.test.value == pytest.approx(found.fits["configural"].fit.test.value, abs=1e-8)


@pytest.mark.parametrize("step", [LOADINGS, INTERCEPTS, RESIDUALS])
def test_one_item_held_equal_is_no_restriction(step: int) -> None:
    """One anchor only sets the scale: thresholds aside, the fit is that of the step before it."""
    found = climbed("numbers")
    caps = np.full((found.layout.items, found.layout.units), CONFIGURAL)
    caps[0] = min(step, INTERCEPTS)
    fit = fit_structure(step_model(found.layout, depths_at(found.layout, step, caps)), found.sample)
    assert fit.fit.test.value == pytest.approx(found.fits["configural"].fit.test.value, abs=1e-7)
    assert fit.fit.test.df == found.fits["configural"].fit.test.df


@pytest.mark.parametrize("name", ["five", "numbers_three_factors"])
def test_two_copies_of_one_unit_fit_every_step_alike(name: str) -> None:
    """Units with the same answers: equality costs nothing."""
    found, kind = climbed(name), OrdinalSample if CASES[name]["ordinal"] else NormalSample
    twin = kind((found.sample.groups[0],) * 2, "dwls" if kind is OrdinalSample else (None, None))
    layout = layout_for(twin, found.layout.pattern, 0)
    values = [
        fit_structure(step_model(layout, depths_at(layout, step)), twin).fit.test.value for step in steps_of(layout)
    ]
    assert np.ptp(values) < 1e-7
