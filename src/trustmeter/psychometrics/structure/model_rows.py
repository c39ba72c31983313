"""A fitted factor model as rows of the vocabulary: parameters, standardised parameters, tests and indices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy

from trustmeter.psychometrics.matrix import Floats
from trustmeter.psychometrics.structure.measurement import (
    FACTOR_COVARIANCE,
    LOADING,
    REGRESSION,
    RESIDUAL_COVARIANCE,
    THRESHOLD,
    Measurement,
    Parameter,
)
from trustmeter.psychometrics.structure.model_data import ModelData
from trustmeter.stats.covariance import normal_quantile
from trustmeter.stats.sem.fitting import StructureFit, standardized_residuals
from trustmeter.stats.sem.indices import Indices
from trustmeter.stats.sem.model import LAMBDA, PSI, THETA, Cell
from trustmeter.stats.sem.moments import lower_triangle
from trustmeter.stats.sem.score_test import score_tests
from trustmeter.stats.sem.solution.metric import Standardized, explained, standardized

_STANDARDIZED = {
    LOADING: "loading_standardized",
    REGRESSION: "regression_standardized",
    FACTOR_COVARIANCE: "factor_correlation",
    RESIDUAL_COVARIANCE: "residual_correlation",
}

Row = dict[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class FittedModel:
    """A model, the answers, and what came of it.

    Parameters
    ----------
    measurement
        The model in words and as a structure.
    data
        The rows that count.
    fit
        The kernel's fit.
    estimator
        ``"ml"``, ``"mlr"``, ``"wlsmv"`` or ``"ulsmv"``.
    conf_level
        Level of the intervals.
    """

    measurement: Measurement
    data: ModelData
    fit: StructureFit
    estimator: str
    conf_level: float

    @property
    def ordered(self) -> bool:
        """Whether answers are taken as ordered categories."""
        return self.estimator in {"wlsmv", "ulsmv"}


def all_rows(fitted: FittedModel) -> list[Row]:
    """Return all rows of the tidy table: fit first, then parameters, standardised ones, and R squared."""
    rows = [*fit_rows(fitted), *_parameter_rows(fitted), *_standardized_rows(fitted)]
    n = len(fitted.data.x)
    return [{**row, "n": n} for row in rows]


def fit_rows(fitted: FittedModel) -> list[Row]:
    """Return tests and indices; `method` tells the plain, the scaled and the robust version apart."""
    fit = fitted.fit
    rows = [*_tests(fitted)]
    kinds = (
        {"plain": fit.plain}
        if fitted.estimator == "ml"
        else {"plain": fit.plain, "scaled": fit.scaled, "robust": fit.robust}
    )
    for name in ("cfi", "tli", "rmsea"):
        rows += [_index(name, found, method) for method, found in kinds.items()]
    rows.append({"term": "srmr", "estimate": fit.srmr, "method": "plain"})
    return rows if fitted.ordered else rows + list(_likelihoods(fitted))


def _tests(fitted: FittedModel) -> Iterator[Row]:
    """Return chi-square of the model and of no relations; the plain one of ordered answers has no distribution to go by."""
    for term, tests in (("chi_square", fitted.fit.fit), ("chi_square_baseline", fitted.fit.baseline)):
        test = tests.test
        plain_p = math.nan if fitted.ordered else test.p_value
        yield {
            "term": term,
            "estimate": test.value,
            "statistic": test.value,
            "df": test.df,
            "p_value": plain_p,
            "method": "plain",
        }
        if fitted.estimator != "ml":
            yield {"term": term, "estimate": test.scaled, "statistic": test.scaled, "df": test.df,
                   "p_value": test.p_scaled, "method": "scaled"}  # fmt: skip


def _index(name: str, found: Indices, method: str) -> Row:
    row: Row = {"term": name, "estimate": getattr(found, name), "method": method}
    return {**row, "ci_low": found.rmsea_low, "ci_high": found.rmsea_high} if name == "rmsea" else row


def _likelihoods(fitted: FittedModel) -> Iterator[Row]:
    estimate = fitted.fit.estimate
    q, n, value = estimate.model.parameters, fitted.fit.n, -estimate.minimum
    for term, number in (("log_likelihood", value), ("aic", 2 * q - 2 * value), ("bic", q * math.log(n) - 2 * value)):
        yield {"term": term, "estimate": number, "method": "plain"}


def _parameter_rows(fitted: FittedModel) -> list[Row]:
    fit, model = fitted.fit, fitted.measurement.model
    numbers = dict(
        zip(zip(model.group, model.matrix, model.row, model.col, strict=True), range(len(model.free)), strict=True)
    )
    rows = []
    for one in fitted.measurement.parameters:
        at = numbers[one.cell]
        free = int(model.free[at])
        value = float(fit.estimate.theta[free] if free >= 0 else model.value[at])
        error = float(fit.std_errors[free]) if free >= 0 else math.nan
        rows.append({**_named(one, fitted.data), "term": one.kind, **_wald(value, error, fitted)})
    return rows


def _standardized_rows(fitted: FittedModel) -> list[Row]:
    chosen = [one for one in fitted.measurement.parameters if one.kind in _STANDARDIZED]
    found = standardized(fitted.fit, [one.cell for one in chosen])
    rows = [
        {**_named(one, fitted.data), "term": _STANDARDIZED[one.kind], **_wald(value, error, fitted)}
        for one, value, error in zip(chosen, found.values, found.std_errors, strict=True)
    ]
    shares: Standardized = explained(fitted.fit)
    for item, value, error in zip(fitted.measurement.layout.items, shares.values, shares.std_errors, strict=True):
        rows.append(
            {
                "item": item,
                "term": "r_squared",
                **_wald(value, error, fitted),
                "statistic": math.nan,
                "p_value": math.nan,
            }
        )
    return rows


def _wald(value: float, error: float, fitted: FittedModel) -> Row:
    """Return an estimate with its interval; a fixed one (standard error not a number, or about 0) stands alone."""
    if not error > 1e-9:
        return {"estimate": float(value), "method": fitted.estimator}
    statistic, margin = value / error, normal_quantile(fitted.conf_level) * error
    p_value = float(2 * scipy.special.ndtr(-abs(statistic)))
    return {
        "estimate": float(value), "std_error": float(error), "statistic": float(statistic), "p_value": p_value,
        "ci_low": float(value - margin), "ci_high": float(value + margin), "method": fitted.estimator,
    }  # fmt: skip


def _named(one: Parameter, data: ModelData) -> Row:
    if one.kind == LOADING:
        return {"scale": one.left, "item": one.right}
    if one.kind == THRESHOLD:
        values = data.values[data.layout.items.index(one.left)]
        step = int(one.right)
        return {"item": one.left, "contrast": f"{values[step - 1]:g}|{values[step]:g}"}
    if one.right:
        return {"contrast": f"{one.left} {'~' if one.kind == REGRESSION else '~~'} {one.right}"}
    return {"scale": one.left} if one.left in data.layout.factors else {"item": one.left}


def residual_correlations(fitted: FittedModel) -> pd.DataFrame:
    """Return the sample's correlations less the model's, each over the sample's standard deviations."""
    names = list(fitted.measurement.layout.items)
    p = len(names)
    found = standardized_residuals(fitted.fit.estimate, fitted.fit.sample, 0)
    rows, cols = lower_triangle(p, strict=fitted.ordered)
    kept = found[: len(rows)] if fitted.ordered else found[-len(rows) :]
    whole = np.zeros((p, p))
    whole[rows, cols] = whole[cols, rows] = kept
    return pd.DataFrame(whole, index=names, columns=names)


def modification_rows(fitted: FittedModel) -> pd.DataFrame:
    """Return, largest first, what each path left out would change: cross-loadings, residual and factor covariances."""
    left_out = _left_out(fitted)
    found = score_tests(fitted.fit, [cell for cell, _ in left_out])
    scales = _units(fitted, [cell for cell, _ in left_out])
    table = pd.DataFrame([row for _, row in left_out], columns=["term", "scale", "item", "contrast"]).fillna("")
    table["statistic"], table["p_value"] = found.statistic, found.p_value
    table["statistic_robust"], table["p_robust"] = found.robust, found.p_robust
    table["change"], table["std_error"] = found.change, found.std_error
    table["change_standardized"] = found.change * scales
    there = table[table["statistic"].notna()]
    return there.sort_values("statistic", ascending=False, kind="stable", ignore_index=True)


def _left_out(fitted: FittedModel) -> list[tuple[Cell, Row]]:
    layout = fitted.measurement.layout
    free = {one.cell for one in fitted.measurement.parameters if one.free}
    found: list[tuple[Cell, Row]] = []
    for j, factor in enumerate(layout.factors):
        if not any(name in layout.items for name in layout.measured_by[factor]):
            continue
        for i, item in enumerate(layout.items):
            if (0, LAMBDA, i, j) not in free and item not in layout.measured_by[factor]:
                found.append(((0, LAMBDA, i, j), {"term": LOADING, "scale": factor, "item": item}))
    for kind, names, term in ((THETA, layout.items, RESIDUAL_COVARIANCE), (PSI, layout.factors, FACTOR_COVARIANCE)):
        for row in range(len(names)):
            for col in range(row):
                if (0, kind, row, col) not in free:
                    found.append(((0, kind, row, col), {"term": term, "contrast": f"{names[col]} ~~ {names[row]}"}))
    return found


def _units(fitted: FittedModel, cells: list[Cell]) -> Floats:
    """Return what a change is multiplied by to be one of standardised items and factors, shape (c,)."""
    now = fitted.fit.estimate.implied(0)
    made = now.matrices
    total = np.sqrt(np.diag(made.reach @ made.psi @ made.reach.T))
    items = np.ones(len(now.covariance)) if fitted.ordered else np.sqrt(np.diag(now.covariance))
    remainders = items**2 - np.einsum("ij,jk,ik->i", made.loadings, made.reach @ made.psi @ made.reach.T, made.loadings)
    own = np.sqrt(np.maximum(remainders, 1e-12))
    psi = np.sqrt(np.maximum(np.diag(made.psi), 1e-12))
    found = []
    for _, kind, row, col in cells:
        spread = own if kind == THETA else psi
        found.append(total[col] / items[row] if kind == LAMBDA else 1 / (spread[row] * spread[col]))
    return np.array(found, dtype=float)
