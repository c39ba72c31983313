"""Common factors of a correlation matrix: least squares (minres) and maximum likelihood, by Newton steps within bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.covariance import Floats

LOWEST_UNIQUENESS = 0.005
"""The bound that the field's programs set: an item never shares more than 99.5 % of its variance with the factors."""

_STEPS = 200
_DONE = 1e-10
"""Largest element of the projected gradient below which the search rests."""
_STARTS = 4
_SAME = 1e-8

Objective = Callable[[Floats, Floats, int], "tuple[float, Floats, Floats]"]


@dataclass(frozen=True, slots=True)
class Extraction:
    """Unrotated factors of k items.

    Parameters
    ----------
    loadings
        Shape (k, m), columns by falling sum of squares, each with a sum not below zero.
    uniquenesses
        Shape (k,), at least `LOWEST_UNIQUENESS`.
    objective
        What was made small: half the sum of squared residuals, or log det(Sigma) - log det(R) + trace(R Sigma^-1) - k.
    gradient
        The largest element of the gradient that does not point over a bound.
    converged
        Whether the search came to rest.
    local_minima
        How many different resting places were found from several starts.
    """

    loadings: Floats
    uniquenesses: Floats
    objective: float
    gradient: float
    converged: bool
    local_minima: int

    @property
    def improper(self) -> NDArray[np.intp]:
        """The positions of items whose uniqueness lies on its bound (Heywood cases)."""
        return np.flatnonzero(self.uniquenesses <= LOWEST_UNIQUENESS * (1 + 1e-9))


def degrees_of_freedom(k: int, m: int) -> int:
    """Return the degrees of freedom of m factors of k items: ((k - m)^2 - (k + m)) / 2."""
    return ((k - m) ** 2 - (k + m)) // 2


def fit_minres(R: Floats, m: int) -> Extraction:
    """Return the m factors of a correlation matrix (k, k) that leave the smallest squared residuals.

    Harman and Jones (1966), doi:10.1007/BF02289468; written as a function of the uniquenesses alone, half the sum of
    squared eigenvalues of R - Psi beyond the m-th. R may be indefinite.
    """
    best = _search(_Landscape(R, m, _least_squares, LOWEST_UNIQUENESS, 1.0), np.array)
    values, vectors = np.linalg.eigh(R - np.diag(best.place))
    loadings = vectors[:, ::-1][:, :m] * np.sqrt(np.maximum(values[::-1][:m], 0.0))
    return _extraction(loadings, best.place, best)


def fit_maximum_likelihood(R: Floats, m: int) -> Extraction:
    """Return the m factors of a positive definite correlation matrix (k, k) of largest normal likelihood.

    Jöreskog (1967), doi:10.1007/BF02289658; in the logarithms of the uniquenesses, with exact second derivatives.
    """
    best = _search(_Landscape(R, m, _likelihood, math.log(LOWEST_UNIQUENESS), 0.0), np.log)
    root = np.exp(best.place / 2)
    values, vectors = np.linalg.eigh(R / np.outer(root, root))
    loadings = vectors[:, ::-1][:, :m] * np.sqrt(np.maximum(values[::-1][:m] - 1, 0.0)) * root[:, None]
    return _extraction(loadings, np.exp(best.place), best)


@dataclass(frozen=True, slots=True)
class _Landscape:
    """What is made small, and within which bounds of each element."""

    R: Floats
    m: int
    objective: Objective
    low: float
    high: float

    def at(self, x: Floats) -> tuple[float, Floats, Floats]:
        return self.objective(x, self.R, self.m)

    def open_(self, x: Floats, gradient: Floats) -> NDArray[np.bool_]:
        return ~(((x <= self.low) & (gradient > 0)) | ((x >= self.high) & (gradient < 0)))


@dataclass(frozen=True, slots=True)
class _Rest:
    place: Floats
    objective: float
    gradient: float
    different: int = 1


def _extraction(loadings: Floats, uniquenesses: Floats, found: _Rest) -> Extraction:
    sums = loadings.sum(axis=0)
    return Extraction(
        loadings=loadings * np.where(sums < 0, -1.0, 1.0),
        uniquenesses=uniquenesses,
        objective=found.objective,
        gradient=found.gradient,
        converged=found.gradient <= 1e3 * _DONE,
        local_minima=found.different,
    )


def _search(land: _Landscape, scale: Callable[[Floats], Floats]) -> _Rest:
    """Search from several starts; return the best resting place, and how many different ones there are."""
    found = [_newton(land, scale(start)) for start in _starts(land.R, land.m)]
    resting = [one for one in found if one.gradient <= 1e3 * _DONE] or found
    best = min(resting, key=lambda one: one.objective)
    levels = np.sort([one.objective for one in resting])
    different = 1 + int(np.sum(np.diff(levels) > _SAME))
    return _Rest(best.place, best.objective, best.gradient, different)


def _starts(R: Floats, m: int) -> list[Floats]:
    """Return starting uniquenesses: one from squared multiple correlations, others spread around a half."""
    k = len(R)
    rng = np.random.default_rng(k * 1000 + m)
    ridge = R + np.eye(k) * max(0.0, 0.01 - float(np.linalg.eigvalsh(R)[0]))
    multiple = (1 - 0.5 * m / k) / np.diag(np.linalg.inv(ridge))
    others = [rng.uniform(0.1, 0.9, size=k) for _ in range(_STARTS - 1)]
    return [np.clip(one, 2 * LOWEST_UNIQUENESS, 0.99) for one in (multiple, *others)]


def _newton(land: _Landscape, x: Floats) -> _Rest:
    """Walk downhill by Newton steps; an element on a bound that it wants to cross stands still."""
    value, gradient, hessian = land.at(x)
    free = land.open_(x, gradient)
    for _ in range(_STEPS):
        if float(np.abs(gradient[free]).max(initial=0.0)) < _DONE:
            break
        step = np.zeros_like(x)
        step[free] = -_damped_solve(hessian[np.ix_(free, free)], gradient[free])
        scale, moved = 1.0, False
        while scale > 1e-8 and not moved:
            trial = np.clip(x + scale * step, land.low, land.high)
            reached = land.at(trial)
            moved = reached[0] <= value + 1e-4 * float(gradient @ (trial - x)) + 1e-15 * (1 + abs(value))
            scale /= 2
        if not moved:
            break
        x, (value, gradient, hessian) = trial, reached
        free = land.open_(x, gradient)
    return _Rest(x, value, float(np.abs(gradient[free]).max(initial=0.0)))


def _damped_solve(hessian: Floats, gradient: Floats) -> Floats:
    """Solve with the curvature made positive in every direction, so that the step goes downhill."""
    values, vectors = np.linalg.eigh(hessian)
    safe = np.maximum(np.abs(values), 1e-6 * max(float(np.abs(values).max()), 1e-12))
    return np.asarray(vectors @ ((vectors.T @ gradient) / safe))


def _least_squares(psi: Floats, R: Floats, m: int) -> tuple[float, Floats, Floats]:
    """Return the least-squares discrepancy, its gradient and its second derivatives in the uniquenesses."""
    values, vectors = np.linalg.eigh(R - np.diag(psi))
    left = np.ones(len(values), dtype=bool)
    left[len(values) - m :] = values[len(values) - m :] < 0
    lost, V, L = values[left], vectors[:, left], vectors[:, ~left]
    kept = values[~left]
    cross = lost[:, None] / (lost[:, None] - kept[None, :])
    outer = V @ V.T
    return 0.5 * float(lost @ lost), -(V**2 @ lost), outer**2 + 2 * _crossed(V, L, cross)


def _likelihood(x: Floats, R: Floats, m: int) -> tuple[float, Floats, Floats]:
    """Return the likelihood discrepancy, its gradient and its second derivatives in the log uniquenesses."""
    root = np.exp(x / 2)
    values, vectors = np.linalg.eigh(R / np.outer(root, root))
    left = np.ones(len(values), dtype=bool)
    left[len(values) - m :] = values[len(values) - m :] < 1
    lost, V, L = values[left], vectors[:, left], vectors[:, ~left]
    kept = values[~left]
    objective = float(np.sum(lost - np.log(lost) - 1))
    cross = (1 - lost[:, None]) * (lost[:, None] + kept[None, :]) / (lost[:, None] - kept[None, :])
    hessian = ((V * lost) @ V.T) * (V @ V.T) - _crossed(V, L, cross)
    return objective, V**2 @ (1 - lost), hessian


def _crossed(V: Floats, L: Floats, weights: Floats) -> Floats:
    """Return sum over j, l of weights[j, l] V_ij V_kj L_il L_kl for all i, k."""
    total = np.zeros((len(V), len(V)))
    for position in range(L.shape[1]):
        total += ((V * weights[:, position]) @ V.T) * np.outer(L[:, position], L[:, position])
    return total
