"""The correlation of two items behind a table of their answers, by maximum likelihood with thresholds fixed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.correlation.bivariate import (
    conditional_probabilities,
    grid_density,
    grid_probabilities,
    normal_density,
)
from trustmeter.stats.covariance import Floats

STEEPEST = 0.9999
"""An estimate that would go beyond is taken to run to 1, or -1."""

_STEEP = 0.5
_LARGEST_STEP = 0.7
_ITERATIONS = 60
_EXACT = 1e-12
_SMALLEST = 1e-100
_NOISE = 1e-15
"""Probabilities below are rounding errors of their four corners."""

_PUSH = 1e4
_AS_LIKELY = 1e-6


@dataclass(frozen=True, slots=True)
class Cells:
    """Probabilities of the cells of tables (p, L, L), and their first two derivatives by the correlation."""

    probability: Floats
    slope: Floats
    curve: Floats

    def relative(self, change: Floats) -> Floats:
        """Return a change of the cells relative to their probabilities; zero where these are rounding errors."""
        there = self.probability > _NOISE
        return np.where(there, change / np.where(there, self.probability, 1.0), 0.0)


@dataclass(frozen=True, slots=True)
class Correlations:
    """Correlations (p,), and which of them ran to 1 or -1 (p,)."""

    rho: Floats
    at_limit: NDArray[np.bool_]


def cells_of(h: Floats, k: Floats, rho: Floats) -> Cells:
    """Return the cells between cutpoints h (p, L - 1) and k (p, L - 1) under correlations (p,)."""
    density, slope = grid_density(h, k, rho)
    total = _bordered(grid_probabilities(h, k, rho))
    total[:, 1:, -1] = _with_end(scipy.special.ndtr(h))
    total[:, -1, 1:] = _with_end(scipy.special.ndtr(k))
    return Cells(_between(total), _between(_bordered(density)), _between(_bordered(slope)))


def solve_correlations(counts: Floats, h: Floats, k: Floats) -> Correlations:
    """Return the most likely correlation of each table of counts (p, L, L), given its cutpoints.

    Newton's method on Fisher's z, kept within a bracket by the sign of the score; exact to about 1e-12.
    """
    z = np.arctanh(_start(counts))
    limit = math.atanh(STEEPEST)
    low, high = np.full(len(z), -limit - 1.0), np.full(len(z), limit + 1.0)
    active = np.arange(len(z))
    for _ in range(_ITERATIONS):
        score, information = _score(counts[active], h[active], k[active], np.tanh(z[active]))
        low[active] = np.where(score > 0, z[active], low[active])
        high[active] = np.where(score < 0, z[active], high[active])
        step = np.clip(score / information, -_LARGEST_STEP, _LARGEST_STEP)
        proposed = z[active] + step
        outside = (proposed <= low[active]) | (proposed >= high[active])
        proposed = np.where(outside & (score != 0), (low[active] + high[active]) / 2, proposed)
        moved = np.abs(np.tanh(proposed) - np.tanh(z[active]))
        z[active] = proposed
        active = active[(moved > _EXACT) & (np.abs(proposed) < limit)]
        if not len(active):
            break
    rho = np.tanh(z)
    at_limit = (np.abs(z) >= limit) | _no_less_likely(counts, h, k, rho)
    return Correlations(np.where(at_limit, np.sign(z), rho), at_limit)


def threshold_slopes(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return how the cells change with the cutpoints h of the first item, shape (p, L - 1, L).

    Element (s, b) is what the cell (s, b) gains, and the cell (s + 1, b) loses, per unit of cutpoint s.
    """
    below = conditional_probabilities(h, k, rho)
    ends = np.zeros((*h.shape, k.shape[1] + 2))
    ends[:, :, 1:-1] = below
    ends[:, :, -1] = 1.0
    return np.asarray(normal_density(h)[:, :, None] * np.diff(ends, axis=2))


def _score(counts: Floats, h: Floats, k: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Return the score and a positive information of Fisher's z, both (p,).

    Answers in a cell of hardly any probability push the correlation away.
    """
    cells = cells_of(h, k, rho)
    ratio, curve = cells.relative(cells.slope), cells.relative(cells.curve)
    lost = (counts > 0) & (cells.probability <= _NOISE)
    shrink = 1 - rho * rho
    by_rho = np.einsum("pab,pab->p", counts, np.where(lost, _PUSH * np.sign(cells.slope), ratio))
    observed = np.einsum("pab,pab->p", counts, ratio * ratio - curve)
    score = by_rho * shrink
    information = observed * shrink**2 + 2 * rho * score
    expected = counts.sum(axis=(1, 2)) * np.einsum("pab,pab->p", cells.slope, ratio) * shrink**2
    plain = (information > 0.1 * expected) & ~lost.any(axis=(1, 2))
    return score, np.where(plain, information, np.maximum(expected, _SMALLEST))


def _no_less_likely(counts: Floats, h: Floats, k: Floats, rho: Floats) -> NDArray[np.bool_]:
    """Tell which tables are as likely, or likelier, under a correlation of 1 (or -1) than under what was found."""
    steep = np.flatnonzero(np.abs(rho) > _STEEP)
    found = np.zeros(len(rho), dtype=bool)
    if len(steep):
        n, mirrored = counts[steep], rho[steep] < 0
        n = np.where(mirrored[:, None, None], n[:, :, ::-1], n)
        rows, columns = (np.cumsum(n.sum(axis=axis), axis=1) for axis in (2, 1))
        upper = np.minimum(rows[:, :, None], columns[:, None, :])
        lower = np.maximum(_shifted(rows)[:, :, None], _shifted(columns)[:, None, :])
        shared = np.maximum(upper - lower, 0.0) / rows[:, -1:, None]
        inside = _log_likelihood(counts[steep], cells_of(h[steep], k[steep], rho[steep]).probability)
        found[steep] = _log_likelihood(n, shared) > inside - _AS_LIKELY
    return found


def _log_likelihood(counts: Floats, probability: Floats) -> Floats:
    there = counts > 0
    log = np.log(np.where(there, np.maximum(probability, _SMALLEST), 1.0))
    return np.asarray(np.einsum("pab,pab->p", counts, log))


def _shifted(cumulated: Floats) -> Floats:
    return np.asarray(np.hstack([np.zeros((len(cumulated), 1)), cumulated[:, :-1]]))


def _start(counts: Floats) -> Floats:
    """Return the product-moment correlation of the codes of each table, kept away from 1 and -1."""
    place = np.arange(counts.shape[1], dtype=float)
    total = counts.sum(axis=(1, 2))
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    mean_row, mean_column = rows @ place / total, columns @ place / total
    spread = (rows @ place**2 / total - mean_row**2) * (columns @ place**2 / total - mean_column**2)
    product = np.einsum("pab,a,b->p", counts, place, place) / total - mean_row * mean_column
    return np.asarray(np.clip(product / np.sqrt(np.maximum(spread, _SMALLEST)), -0.95, 0.95))


def _with_end(shares: Floats) -> Floats:
    return np.asarray(np.hstack([shares, np.ones((len(shares), 1))]))


def _bordered(inside: Floats) -> Floats:
    """Return values at the cutpoints (p, s, t) with the zeros that belong to infinite ones, (p, s + 2, t + 2)."""
    whole = np.zeros((len(inside), inside.shape[1] + 2, inside.shape[2] + 2))
    whole[:, 1:-1, 1:-1] = inside
    return whole


def _between(grid: Floats) -> Floats:
    return np.asarray(grid[:, 1:, 1:] - grid[:, :-1, 1:] - grid[:, 1:, :-1] + grid[:, :-1, :-1])
