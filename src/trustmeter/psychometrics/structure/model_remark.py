"""What must be said beside a fitted factor model, and the one sentence above it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trustmeter.psychometrics.remark import weights_remark
from trustmeter.psychometrics.structure.direction import against_remarks, running_against
from trustmeter.psychometrics.structure.measurement import LOADING
from trustmeter.psychometrics.structure.model_data import left_out_note
from trustmeter.psychometrics.structure.model_rows import FittedModel
from trustmeter.results import format_p
from trustmeter.stats.consistency.moments import effective_size
from trustmeter.stats.covariance import Floats
from trustmeter.stats.sem.fitting import StructureFit
from trustmeter.stats.sem.sample import OrdinalSample
from trustmeter.stats.sem.solution.metric import standardized, standardized_loadings

_FEW = 200
_FEW_WORTH = 100
"""Weighted rows that tell less than so many unweighted ones make standard errors too small; in simulations 95 % intervals
covered 78 to 88 % where they told as much as 15."""


def improper_notes(wrong: Sequence[str]) -> list[str]:
    """Return the note on a solution that cannot be, if it is one."""
    if not wrong:
        return []
    cure = (
        "the model asks too much of these answers, or is wrong; do not interpret it, take a simpler one or more people"
    )
    return [f"IMPROPER SOLUTION: {'; '.join(wrong)}. Such values cannot be: {cure}."]


def fit_notes(fitted: FittedModel, *, listed: bool = False) -> list[str]:
    """Return what must be said of rows, answers and fit; `listed`: a questionnaire lists reversed items."""
    data, fit = fitted.data, fitted.fit
    moments, n = fit.estimate.model.moments, len(data.x)
    notes = [*data.notes, left_out_note(data), *_weight_notes(data.weights)]
    if data.waves > 1:
        notes.append(
            f"Rows of {data.waves} waves are taken together; whether the structure is the same in each is not examined here."
        )
    if isinstance(fit.sample, OrdinalSample):
        notes += [*_ordered_notes(fit.sample), *_withheld(fit, fit.sample)]
        if n < moments:
            notes.append(f"Fewer people than thresholds and correlations ({moments}): the scaled test is rough.")
    if n < _FEW:
        notes.append(f"Fewer than {_FEW} people: tests and standard errors rest on large samples and are rough.")
    if fit.fit.test.df == 0:
        notes.append("The model has no degrees of freedom: it fits any answers, so its fit is no evidence.")
    notes += _against(fitted, listed=listed)
    weak = [
        name
        for name, row in zip(data.layout.items, standardized_loadings(fit.estimate), strict=True)
        if np.abs(row).max() < 0.3
    ]
    if weak:
        notes.append(
            f"Standardised loadings below 0.3: {', '.join(map(repr, weak))} hardly reflect{'s' if len(weak) == 1 else ''} a factor."
        )
    notes.append("The interval of RMSEA is a 90 % one, as the field gives it.")
    return notes


def _against(fitted: FittedModel, *, listed: bool) -> list[str]:
    """Return the note on items that run against the others of their factor."""
    layout = fitted.measurement.layout
    chosen = [one for one in fitted.measurement.parameters if one.kind == LOADING and one.right in layout.items]
    places = [(layout.items.index(one.right), layout.factors.index(one.left)) for one in chosen]
    pattern = np.zeros((len(layout.items), len(layout.factors)), dtype=bool)
    pattern[tuple(np.transpose(places))] = True

    def errors() -> Floats:
        found = np.zeros(pattern.shape)
        found[tuple(np.transpose(places))] = standardized(fitted.fit, [one.cell for one in chosen]).std_errors
        return np.asarray(found.sum(axis=1, where=pattern)[None])

    loadings = standardized_loadings(fitted.fit.estimate).sum(axis=1, where=pattern)[None]
    return against_remarks(running_against(loadings, pattern, errors), layout.items, ("",), listed=listed)


def _ordered_notes(sample: OrdinalSample) -> list[str]:
    one = sample.groups[0]
    notes = []
    if len(one.adjusted):
        notes.append(f"Half a row was put into empty cells of {len(one.adjusted)} pairs of items.")
    if float(np.linalg.eigvalsh(one.correlations)[0]) < 0:
        notes.append("The polychoric correlations are not positive definite: too few people, or too rare answers.")
    return notes


def _withheld(fit: StructureFit, sample: OrdinalSample) -> list[str]:
    """Return the note on robust indices that the rows or clusters are too few for."""
    possible = float(np.linalg.eigvalsh(sample.groups[0].correlations)[0]) > 0
    if fit.fit.test.df == 0 or not possible or not np.isnan(fit.fit.robust.value):
        return []
    count = len(sample.groups[0].thresholds)
    reason = f"rows or clusters are too few for {count} thresholds"
    return [f"Robust CFI, TLI and RMSEA are withheld: {reason}. Scaled tests and standard errors are rough as well."]


def _weight_notes(weights: Floats | None) -> list[str]:
    """Return what weighted rows tell, and that standard errors are too small where that is little."""
    said = [text[:1].upper() + text[1:] for text in weights_remark(weights)]
    if weights is not None and effective_size(weights) < _FEW_WORTH:
        said.append(f"That is fewer than {_FEW_WORTH}: standard errors are too small and intervals too narrow.")
    return said


def headline(fitted: FittedModel, table: pd.DataFrame, *, proper: bool) -> str:
    """Return the one sentence that stands above the numbers."""
    layout, fit = fitted.measurement.layout, fitted.fit
    factors = f"{len(layout.factors)} factor{'s' if len(layout.factors) > 1 else ''}"
    shape = f"{factors} and {len(layout.items)} items ({fitted.estimator.upper()})"
    if not proper:
        return f"{shape}: no proper solution, so the numbers below are no description of the answers."
    if fit.fit.test.df == 0:
        return f"{shape}: as many parameters as there is to explain, so fit says nothing."
    known = table[table["estimate"].notna()]
    best, cfi, rmsea = (known[known["term"] == term].iloc[-1] for term in ("chi_square", "cfi", "rmsea"))
    exact = "cannot be told from an exact one" if best["p_value"] >= 0.05 else "is not exact"
    limits = f"{rmsea['ci_low']:.3f} to {rmsea['ci_high']:.3f}"
    numbers = f"CFI {cfi['estimate']:.3f}, RMSEA {rmsea['estimate']:.3f} ({limits}), SRMR {fit.srmr:.3f}"
    test = f"chi-square {best['estimate']:.2f}, df {best['df']:.0f}, p {format_p(best['p_value'])}"
    rule = (
        "Hu and Bentler (1999) looked for about 0.95 or more, 0.06 or less, 0.08 or less: a rule of thumb, no verdict."
    )
    return f"{shape}: the description of the answers {exact} ({test}); how close it is: {numbers}. {rule}"
