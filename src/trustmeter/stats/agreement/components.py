"""Variance components of targets, raters and error where cells are missing, by restricted maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.agreement.intraclass import Floats, MeanSquares

_LOWEST, _HIGHEST = -14.0, 14.0
_ROUNDS = 50
_SETTLED = 1e-11


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of targets, raters and error; `criterion` is -2 times the restricted log-likelihood."""

    target: float
    rater: float
    error: float
    criterion: float
    converged: bool


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the likelihood needs of the ratings y: one row a pattern of cells that are there.

    `cells` (p, k), `times` (p,) how many targets have the pattern, `totals` and `squared` (p,) the sum over them of the
    sum of a target's ratings, and of its square; `by_rater` (k,) sums, `squares` the sum of all squared ratings.
    """

    cells: Floats
    times: Floats
    totals: Floats
    squared: Floats
    by_rater: Floats
    squares: float
    n: int


def variance_components(x: Floats, *, raters: bool = True) -> Components:
    """Fit y_ij = m + target_i + rater_j + error_ij to (n, k) ratings with ``nan`` for missing cells, by REML.

    With `raters` false the rater effect is left out (one-way). Let r and c be the variances of targets and raters
    divided by that of error. The n targets are eliminated in closed form: with N the table of cells that are there,
    S = diag(ratings per rater) - N' diag(r / (1 + r n_i)) N and M = I + c S; targets with the same cells go together,
    so a step costs k^2 for each pattern of cells. Then Newton's method on the derivative of the profiled criterion; a
    variance whose derivative points below zero is zero.
    """
    there = ~np.isnan(x)
    middle, scale = float(x[there].mean()), float(x[there].std())
    y = np.where(there, (x - middle) / scale, 0.0)
    sums = _sums(there, y)
    free = np.array([True, raters])
    ratios, converged = _solved(sums, free)
    value, _, residual = _criterion(ratios, sums)
    error = residual / (sums.n - 1) * scale**2
    return Components(
        float(ratios[0]) * error, float(ratios[1]) * error, error, value + 2 * (sums.n - 1) * math.log(scale), converged
    )


def pseudo_mean_squares(x: Floats, one_way: Components, two_way: Components) -> MeanSquares:
    """Return the mean squares that balanced ratings with these variance components would have.

    Counts are replaced by harmonic means (Thomas & Hultquist 1978, doi:10.1214/aos/1176344202), degrees of freedom are
    those of the cells that are there; of complete ratings this gives the mean squares themselves (unless a variance is at zero).
    """
    there = ~np.isnan(x)
    n, k = x.shape
    per_target = n / float(np.sum(1 / there.sum(axis=1)))
    per_rater = k / float(np.sum(1 / there.sum(axis=0)))
    cells = int(there.sum())
    return MeanSquares(
        two_way.error + per_target * two_way.target, two_way.error + per_rater * two_way.rater, two_way.error,
        one_way.error + per_target * one_way.target, one_way.error, n, k, per_target, per_rater,
        float(cells - n - k + 1), float(cells - n),
    )  # fmt: skip


def _solved(sums: _Sums, free: NDArray[np.bool_]) -> tuple[Floats, bool]:
    """Return the two ratios at which the criterion is smallest."""

    def of_logs(logs: Floats) -> tuple[float, Floats]:
        ratios = np.zeros(2)
        ratios[free] = np.exp(logs)
        value, slope, _ = _criterion(ratios, sums)
        return value, (slope * ratios)[free]

    bounds = [(_LOWEST, _HIGHEST)] * int(free.sum())
    start = scipy.optimize.minimize(of_logs, np.zeros(int(free.sum())), jac=True, method="L-BFGS-B", bounds=bounds)
    ratios = np.zeros(2)
    ratios[free] = np.where(start.x > _LOWEST + 2, np.exp(start.x), 0.0)
    if (start.x > _HIGHEST - 1e-6).any():
        return ratios, False
    return _polished(ratios, free, sums)


def _polished(ratios: Floats, free: NDArray[np.bool_], sums: _Sums) -> tuple[Floats, bool]:
    """Take Newton steps on the ratios above zero; free those at zero whose derivative is negative."""
    for _ in range(_ROUNDS):
        slope = _criterion(ratios, sums)[1]
        active = np.flatnonzero(free & ((ratios > 0) | (slope < 0)))
        if active.size == 0:
            return ratios, True
        width = 1e-5 * np.maximum(ratios, 1e-3)
        hessian = np.empty((active.size, active.size))
        for column, at in enumerate(active):
            step = np.zeros(2)
            step[at] = width[at]
            up = _criterion(ratios + step, sums)[1]
            hessian[:, column] = ((up - _criterion(ratios - step, sums)[1]) / (2 * width[at]))[active]
        move = _downhill((hessian + hessian.T) / 2, slope[active])
        ahead = ratios.copy()
        ahead[active] = np.maximum(ratios[active] + move, 0.0)
        done = bool(np.all(np.abs(ahead - ratios) <= _SETTLED * (1 + ratios)))
        ratios = ahead
        if done:
            return ratios, True
    return ratios, False


def _downhill(hessian: Floats, slope: Floats) -> Floats:
    roots, axes = np.linalg.eigh(hessian)
    return np.asarray(-axes @ ((axes.T @ slope) / np.maximum(np.abs(roots), 1e-10)))


def _sums(there: NDArray[np.bool_], y: Floats) -> _Sums:
    _, first, pattern = np.unique(np.packbits(there, axis=1), axis=0, return_index=True, return_inverse=True)
    total = y.sum(axis=1)
    times, totals, squared = (
        np.bincount(pattern.reshape(-1), weights=part).astype(np.float64) for part in (np.ones(len(y)), total, total**2)
    )
    return _Sums(
        there[first].astype(float), times, totals, squared, y.sum(axis=0), float(np.sum(y**2)), int(there.sum())
    )


def _criterion(ratios: Floats, sums: _Sums) -> tuple[float, Floats, float]:
    """Return the profiled REML criterion, its derivative by the two ratios, and y'Py."""
    r, c = float(ratios[0]), float(ratios[1])
    cells, times = sums.cells, sums.times
    per_target = cells.sum(axis=1)
    shrunk = 1 / (1 + r * per_target)
    G = shrunk[:, None] * cells
    S = np.diag(times @ cells) - r * (cells.T @ (times[:, None] * G))
    M = np.eye(len(S)) + c * S
    inverse = np.linalg.inv(M)
    y_rater = sums.by_rater - r * (G.T @ sums.totals)
    q_rater, h_rater = inverse @ y_rater, inverse @ (times @ G)
    q_shift, h_target = c * (G @ q_rater), shrunk * per_target - c * (G @ h_rater)
    weight = float(times @ h_target)
    mean = float(shrunk @ sums.totals - times @ q_shift) / weight
    residual = sums.squares - r * float(shrunk @ sums.squared) - c * float(y_rater @ q_rater) - mean**2 * weight
    traces = np.array([
        float(times @ (shrunk * per_target)) - c * float(np.sum(inverse * (G.T @ (times[:, None] * G))))
        - float(times @ h_target**2) / weight,
        float(np.sum(inverse * S.T)) - float(h_rater @ h_rater) / weight,
    ])  # fmt: skip
    shift, e_rater = q_shift + mean * h_target, q_rater - mean * h_rater
    e_target = float(shrunk**2 @ sums.squared - 2 * (shrunk * shift) @ sums.totals + times @ shift**2)
    df = sums.n - 1
    slope = traces - df / residual * np.array([e_target, float(e_rater @ e_rater)])
    value = -float(times @ np.log(shrunk)) + float(np.linalg.slogdet(M)[1]) + math.log(weight)
    return value + df * (1 + math.log(2 * math.pi * residual / df)), slope, residual
