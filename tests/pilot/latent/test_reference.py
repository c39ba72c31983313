"""Latent change and response shift in points beside lavaan: parameters, what is made of them, and errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.pilot.latent.factor_model import parts_at, slopes_of
from trustmeter.psychometrics.comparability.units import Units, layout_of
from trustmeter.stats.sem.fitting import fit_structure
from trustmeter.stats.sem.invariance_steps import step_model
from trustmeter.stats.sem.sample import normal_sample, ordinal_sample

REFERENCE = Path(__file__).parents[2] / "reference"
KEPT = json.loads((REFERENCE / "values" / "latent_change.json").read_text(encoding="utf-8"))
CASES = KEPT["cases"]
PARAMETERS = 1e-6
"""Relative: of maximum likelihood and weighted least squares."""
ERRORS = 1e-5


def _fitted(name):
    case = CASES[name]
    frame = pd.read_csv(REFERENCE / "data" / f"latent_{name}.csv")
    if case["linked"]:
        groups = [frame.to_numpy(dtype=float)]
        k = groups[0].shape[1] // 2
    else:
        groups = [part.drop(columns="g").to_numpy(dtype=float) for _, part in frame.groupby("g")]
        k = groups[0].shape[1]
    if case["levels"]:
        codes = [np.where(np.isnan(part), -1, np.nan_to_num(part) - 1).astype(np.intp) for part in groups]
        sample = ordinal_sample(codes)
        points = tuple(np.linspace(0, 100, levels) for levels in case["levels"])
    else:
        sample = normal_sample(groups)
        points = tuple(np.array([0.0, 10.0]) for _ in range(k))
    layout = layout_of(sample, np.ones((k, 1), dtype=bool), 2, linked=case["linked"])
    items = tuple(f"x{number + 1}" for number in range(k))
    units = Units("", items, ("1", "2"), layout, sample, points, np.array([len(part) for part in groups]), ())
    depth = np.column_stack([np.full(k, 4), case["depth"]]).astype(np.intp)
    return units, fit_structure(step_model(layout, depth), sample)


def _ours(term, k):
    """Return the places of a term in the vector of parts."""
    single = {"alpha": [0], "psi": [1], "stability": [2], "true_mean": [3], "true_all": [3, 4]}
    if term in single:
        return single[term]
    if term == "model_all":
        return list(range(3, 5 + 2 * k))
    if term == "shift_all":
        return list(range(5, 5 + 2 * k))
    item = int(term[-1]) - 1
    return [5 + item] if term.startswith("weight") else [5 + item, 5 + k + item]


@pytest.mark.parametrize("name", CASES)
def test_parts_and_errors_as_lavaan(name, agree):
    case = CASES[name]
    units, fit = _fitted(name)
    vector, slopes = parts_at(units, fit.estimate.model, fit.estimate.theta).vector, slopes_of(units, fit)
    places = [_ours(term, units.layout.items) for term in case["terms"]]
    values = np.array([vector[place].sum() for place in places])
    gradients = np.column_stack([slopes[:, place].sum(axis=1) for place in places])
    errors = np.sqrt(np.einsum("qa,qr,ra->a", gradients, fit.covariance, gradients))
    theirs, their_errors = np.array(case["estimate"]), np.array(case["std_error"])
    scale = np.maximum(np.abs(theirs), 1.0)
    reference = f"lavaan {KEPT['packages']['lavaan']}"
    agree("latent change in points", values / scale, theirs / scale, PARAMETERS, reference=reference, data=name)
    agree("its standard errors", errors, their_errors, ERRORS, reference=reference, data=name)


@pytest.mark.parametrize("name", CASES)
def test_test_statistic_as_lavaan(name, agree):
    case = CASES[name]
    _, fit = _fitted(name)
    assert fit.freedom == case["df"]
    agree("chi-square", fit.distance, case["chi_square"], 1e-4, reference="lavaan", data=name)
