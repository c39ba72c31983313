"""The standardised solution of a fitted model, with standard errors: all items and factors with variance 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.sem.estimate import Estimate
from trustmeter.stats.sem.fitting import StructureFit
from trustmeter.stats.sem.model import (
    ALPHA,
    BETA,
    DELTA,
    LAMBDA,
    NU,
    PSI,
    TAU,
    THETA,
    Cell,
    CovarianceModel,
    Floats,
    Integers,
    Matrices,
    filled,
)

_STEP = 1e-4


@dataclass(frozen=True, eq=False, slots=True)
class Standardized:
    """Standardised values and their standard errors, shape (c,) each."""

    values: Floats
    std_errors: Floats


@dataclass(frozen=True, eq=False, slots=True)
class _Parts:
    """The matrices of a group and the standard deviations of items (p,) and factors (m,), and items' own remainders (p,)."""

    matrices: dict[int, Floats]
    items: Floats
    factors: Floats
    remainders: Floats


def standardized(fit: StructureFit, cells: Sequence[Cell]) -> Standardized:
    """Return cells as they are when items and factors have variance 1.

    Loadings times sd(factor) / sd(item), paths alike; variances over the total variance; covariances as correlations (of
    remainders where they are covariances of remainders); intercepts and thresholds over sd(item). Standard errors by the
    delta method: sqrt(g' V g) with V the covariance of the parameters.
    """
    return _with_errors(fit, lambda theta: _values(fit.estimate.model, theta, cells))


def explained(fit: StructureFit, group: int = 0) -> Standardized:
    """Return the share of each item's variance that factors explain (R squared), shape (p,)."""

    def shares(theta: Floats) -> Floats:
        parts = _parts(fit.estimate.model, theta, group)
        return 1 - parts.remainders / parts.items**2

    return _with_errors(fit, shares)


def standardized_loadings(estimate: Estimate, group: int = 0) -> Floats:
    """Return Lambda of items and factors with variance 1, shape (p, m)."""
    parts = _parts(estimate.model, estimate.theta, group)
    return np.asarray(parts.matrices[LAMBDA] * parts.factors / parts.items[:, None])


def factor_correlations(estimate: Estimate, group: int = 0) -> Floats:
    """Return the correlations of the factors, whatever depends on what, shape (m, m)."""
    total = _totals(filled(estimate.model, estimate.theta, group))
    sd = np.sqrt(np.diag(total))
    return np.asarray(total / np.outer(sd, sd))


def _with_errors(fit: StructureFit, values: Callable[[Floats], Floats]) -> Standardized:
    theta = fit.estimate.theta
    here = values(theta)
    slopes = np.zeros((len(here), len(theta)))
    for number in range(len(theta)):
        step = np.zeros_like(theta)
        step[number] = _STEP * max(1.0, abs(theta[number]))
        slopes[:, number] = (values(theta + step) - values(theta - step)) / (2 * step[number])
    spread = np.einsum("ij,jk,ik->i", slopes, fit.covariance, slopes)
    return Standardized(here, np.sqrt(np.maximum(spread, 0.0)))


def _totals(made: Matrices) -> Floats:
    """Return the covariances of the factors."""
    return np.asarray(made.reach @ made.psi @ made.reach.T)


def _parts(model: CovarianceModel, theta: Floats, group: int) -> _Parts:
    made = filled(model, theta, group)
    total = _totals(made)
    common = np.einsum("ij,jk,ik->i", made.loadings, total, made.loadings)
    remainders = 1 / made.delta**2 - common if model.metric == "delta" else np.diag(made.residuals)
    matrices = {
        LAMBDA: made.loadings, THETA: made.residuals, PSI: made.psi, BETA: made.beta, NU: made.nu[:, None],
        ALPHA: made.alpha[:, None], TAU: made.tau[:, None], DELTA: made.delta[:, None],
    }  # fmt: skip
    with np.errstate(invalid="ignore"):
        return _Parts(matrices, np.sqrt(common + remainders), np.sqrt(np.diag(total)), np.asarray(remainders))


def _values(model: CovarianceModel, theta: Floats, cells: Sequence[Cell]) -> Floats:
    found = np.empty(len(cells))
    places = np.array(cells, dtype=np.intp).reshape(-1, 4)
    for group, kind in np.unique(places[:, :2], axis=0):
        here = (places[:, 0] == group) & (places[:, 1] == kind)
        row, col = places[here, 2], places[here, 3]
        parts = _parts(model, theta, int(group))
        with np.errstate(invalid="ignore", divide="ignore"):
            found[here] = parts.matrices[int(kind)][row, col] / _units(model, parts, int(kind), row, col)
    return found


def _units(model: CovarianceModel, parts: _Parts, kind: int, row: Integers, col: Integers) -> Floats:
    """Return what cells are divided by: a variance by the total, a covariance by what is left of both, else sizes."""
    items, factors = parts.items, parts.factors
    if kind == LAMBDA:
        return np.asarray(items[row] / factors[col])
    if kind == BETA:
        return np.asarray(factors[row] / factors[col])
    if kind in (PSI, THETA):
        own = parts.remainders if kind == THETA else np.diag(parts.matrices[PSI])
        total = (items if kind == THETA else factors)[row] ** 2
        return np.where(row == col, total, np.sqrt(own[row] * own[col]))
    if kind == TAU:
        return np.asarray(items[model.item_of_threshold[row]])
    return np.asarray({NU: items, ALPHA: factors}.get(kind, np.ones_like(items))[row])
