"""Reliability of ordered answers from thresholds and polychoric correlations: of what lies behind, and of the score."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.consistency.bounds import alpha_gradient, alphas
from trustmeter.stats.correlation.bivariate import BEYOND, grid_density, grid_probabilities
from trustmeter.stats.covariance import Floats, Integers

_STEPS = 500
_DONE = 1e-24
_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Loadings:
    """One factor behind k normal variables.

    Parameters
    ----------
    values
        Shape (k,), with a sum not below zero.
    slopes
        Shape (k, q), q = k (k - 1) / 2: derivatives by the correlations, in the order (1,0), (2,0), …, (2,1), ….
    converged
        Whether the search came to rest.
    """

    values: Floats
    slopes: Floats
    converged: bool


@dataclass(frozen=True, slots=True)
class CategoricalReliability:
    """A coefficient of ordered answers.

    Parameters
    ----------
    value
        The estimate.
    slopes
        Shape (T + q,): derivatives by thresholds and correlations.
    """

    value: float
    slopes: Floats

    def std_error(self, gamma: Floats, n: float) -> float:
        """Return the delta-method standard error; `gamma` (T + q, T + q) is n times the covariance of the moments."""
        return math.sqrt(max(float(self.slopes @ gamma @ self.slopes), 0.0) / n)


def pairs_below(k: int) -> tuple[Integers, Integers]:
    """Return rows and columns of the strict lower triangle by columns: (1,0), (2,0), …, (2,1), …."""
    columns, rows = np.triu_indices(k, 1)
    return rows, columns


def fit_loadings(R: Floats, weights: Floats) -> Loadings:
    """Fit R_ij = loading_i loading_j by weighted least squares, weights (k, k) symmetric, diagonal not used.

    With weights the inverse variances of polychoric correlations this is the one-factor model by DWLS, thresholds being
    free. Muthén, du Toit and Spisic (1997). Newton steps with the full second derivatives when they are positive
    definite, else Gauss-Newton.
    """
    k = len(R)
    W = weights * (1 - np.eye(k))
    lam = np.linalg.eigh(R)[1][:, -1]
    lam = lam * math.sqrt(max(float(lam @ ((R - np.eye(k)) @ lam)), 0.1)) * math.copysign(1.0, float(lam.sum()))
    value, length = _misfit(lam, R, W), math.inf
    curve = np.eye(k)
    for _ in range(_STEPS):
        curve = _curvature(lam, R, W)
        pull = (W * (R - np.outer(lam, lam))) @ lam
        step = np.linalg.solve(curve, pull)
        length = float(step @ pull)
        if abs(length) <= _DONE * max(float(np.sum(W)), 1e-300):
            break
        size = 1.0
        while _misfit(lam + size * step, R, W) > value * (1 + 1e-14) + 1e-300 and size > 1e-8:
            size /= 2
        lam = lam + size * step
        value = _misfit(lam, R, W)
    rows, columns = pairs_below(k)
    changes = np.zeros((k, len(rows)))
    places = np.arange(len(rows))
    changes[rows, places] = W[rows, columns] * lam[columns]
    changes[columns, places] = W[rows, columns] * lam[rows]
    sign = -1.0 if lam.sum() < 0 else 1.0
    slopes = np.asarray(sign * np.linalg.solve(_curvature(lam, R, W), changes), dtype=float)
    return Loadings(sign * lam, slopes, abs(length) <= 1e-16 * max(float(np.sum(W)), 1e-300))


def ordinal_alpha(R: Floats, thresholds: int) -> CategoricalReliability:
    """Return alpha of polychoric correlations (k, k), and its slopes (zero for the thresholds).

    Zumbo, Gadermann and Zeisser (2007), doi:10.22237/jmasm/1177992180: the reliability of a sum of the normal variables
    behind the answers, which nobody can compute, not of the score.
    """
    rows, columns = pairs_below(len(R))
    slopes = 2 * alpha_gradient(R)[rows, columns]
    return CategoricalReliability(float(alphas(R)), np.concatenate([np.zeros(thresholds), slopes]))


def categorical_omega(
    R: Floats,
    thresholds: Floats,
    levels: Integers,
    fit: Loadings,
    *,
    steps: Floats | None = None,
    observed: bool = True,
) -> CategoricalReliability:
    """Return the reliability of the sum of the answers when one factor lies behind them.

    Parameters
    ----------
    R
        Shape (k, k): polychoric correlations.
    thresholds
        Shape (T,): of all items one after another.
    levels
        Shape (k,): how many categories each item has.
    fit
        The one-factor model of R.
    steps
        Shape (T,): what passing each threshold adds to the score; 1 when left out (answers 0, 1, …).
    observed
        Whether the variance of the sum below the line is that of R, or that of the model.

    Notes
    -----
    Green and Yang (2009), doi:10.1007/s11336-008-9099-3: covariances of the answers that the factor alone would give
    (correlations loading_i loading_j), over their covariances (correlations R_ij), both sums over all pairs of items,
    an item's covariance with itself being above the line that of two parallel answers.
    """
    sums = _Sums(levels, np.ones(len(thresholds)) if steps is None else steps, R, observed)
    rows, columns = pairs_below(len(R))
    lam, rho = fit.values, R[rows, columns]
    if np.any(np.abs(lam) >= 1):
        return CategoricalReliability(math.nan, np.full(len(thresholds) + len(rows), math.nan))
    value = sums.omega(thresholds, lam)
    by_tau = _slopes(lambda tau: sums.omega(tau, lam), thresholds)
    by_rho = _slopes(lambda one: sums.omega(thresholds, one), lam) @ fit.slopes
    if observed:
        by_rho = by_rho - value / sums.below(thresholds, lam) * 2 * sums.slopes(thresholds, rho)
    return CategoricalReliability(value, np.concatenate([by_tau, by_rho]))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Covariances of answers summed over items: levels (k,), steps (T,), polychoric correlations (k, k)."""

    levels: Integers
    steps: Floats
    R: Floats
    observed: bool

    def omega(self, tau: Floats, lam: Floats) -> float:
        """Return the covariances that the factor gives over those that there are."""
        rows, columns = pairs_below(len(lam))
        own = np.arange(len(lam))
        above = 2 * float(self._covariances(tau, lam[rows] * lam[columns], rows, columns).sum())
        return (above + float(self._covariances(tau, lam**2, own, own).sum())) / self.below(tau, lam)

    def below(self, tau: Floats, lam: Floats) -> float:
        """Return the variance of the sum."""
        rows, columns = pairs_below(len(lam))
        rho = self.R[rows, columns] if self.observed else lam[rows] * lam[columns]
        p = scipy.special.ndtr(_padded(tau, self.levels, BEYOND))
        lower = np.minimum(p[:, :, None], p[:, None, :]) - p[:, :, None] * p[:, None, :]
        size = _padded(self.steps, self.levels, 0.0)
        own = float(np.einsum("is,ist,it->", size, lower, size))
        return 2 * float(self._covariances(tau, rho, rows, columns).sum()) + own

    def slopes(self, tau: Floats, rho: Floats) -> Floats:
        """Return the derivatives (q,) of the pairs' covariances by their correlations: densities at the thresholds."""
        rows, columns = pairs_below(len(self.levels))
        limits, size = _padded(tau, self.levels, BEYOND), _padded(self.steps, self.levels, 0.0)
        density = grid_density(limits[rows], limits[columns], rho)[0]
        return np.asarray(np.einsum("ps,pst,pt->p", size[rows], density, size[columns]))

    def _covariances(self, tau: Floats, rho: Floats, rows: Integers, columns: Integers) -> Floats:
        """Return the covariance of each pair's answers when the normal variables behind correlate by rho (p,)."""
        limits, size = _padded(tau, self.levels, BEYOND), _padded(self.steps, self.levels, 0.0)
        h, k = limits[rows], limits[columns]
        apart = scipy.special.ndtr(h)[:, :, None] * scipy.special.ndtr(k)[:, None, :]
        return np.asarray(np.einsum("ps,pst,pt->p", size[rows], grid_probabilities(h, k, rho) - apart, size[columns]))


def _misfit(lam: Floats, R: Floats, W: Floats) -> float:
    return float(np.sum(W * (R - np.outer(lam, lam)) ** 2))


def _gauss(lam: Floats, W: Floats) -> Floats:
    return np.asarray(np.diag(W @ lam**2) + W * np.outer(lam, lam))


def _curvature(lam: Floats, R: Floats, W: Floats) -> Floats:
    full = _gauss(lam, W) - W * (R - np.outer(lam, lam))
    return full if np.linalg.eigvalsh(full)[0] > 0 else _gauss(lam, W) + 1e-12 * np.trace(W) * np.eye(len(lam))


def _padded(values: Floats, levels: Integers, fill: float) -> Floats:
    """Return what belongs to thresholds an item a row, shape (k, most), filled up."""
    found = np.full((len(levels), int(levels.max()) - 1), fill)
    found[np.arange(found.shape[1]) < (levels - 1)[:, None]] = values
    return found


def _slopes(of: Callable[[Floats], float], at: Floats) -> Floats:
    """Return derivatives by central differences of fourth order."""
    found = np.empty(len(at))
    for place in range(len(at)):
        change = np.zeros(len(at))
        change[place] = _STEP
        near = of(at + change) - of(at - change)
        found[place] = (8 * near - of(at + 2 * change) + of(at - 2 * change)) / (12 * _STEP)
    return found
