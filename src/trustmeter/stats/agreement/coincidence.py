"""Krippendorff's alpha from sums over units, so that leaving a unit out or resampling units costs one product."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.covariance import bca_limits, jackknife_std_error

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Level = Literal["nominal", "ordinal", "interval", "ratio"]

_MOST_CELLS = 10_000_000
"""How many numbers the coincidences of all units, or one block of resamples, may hold (80 megabytes)."""
_LARGEST_CODE = 2**62

NOISE = 1e-9
"""Standard errors of coefficients below this are rounding: nothing differed between units."""


@dataclass(frozen=True, eq=False, slots=True)
class UnitSums:
    """Sums over pairable units, from which alpha follows.

    Parameters
    ----------
    parts
        Shape (patterns, s): what one unit of each pattern adds.
    times
        Shape (patterns,): how many units have the pattern.
    alpha
        Turns totals (rows, s) into alphas (rows,); ``nan`` where all values are equal.
    values
        How many values can be paired with another.
    fixed_ranks
        Whether ranks stay those of all values in every resample (ordinal data with very many values).
    alike
        Whether all units disagree equally much, so that they do not tell how far disagreement varies.
    """

    parts: Floats
    times: Floats
    alpha: Callable[[Floats], Floats]
    values: int
    fixed_ranks: bool = False
    alike: bool = False

    @property
    def units(self) -> int:
        """How many units can be paired."""
        return int(self.times.sum())

    @property
    def estimate(self) -> float:
        """Alpha of all units."""
        return float(self.alpha((self.times @ self.parts)[None, :])[0])


def unit_sums(codes: Integers, values: Floats, level: Level) -> UnitSums:
    """Return the sums of (units, raters) positions in the sorted `values` (c,), -1 where missing.

    alpha = 1 - (n - 1) sum o d / sum n n d (Krippendorff 2019, doi:10.4135/9781071878781): o the coincidences within
    units (each unit's ordered pairs, divided by its ratings less one), n the frequencies of the values, d the squared
    distances: nominal 0 or 1; interval (a - b)^2; ordinal the squared difference of mid-ranks; ratio
    ((a - b) / (a + b))^2.
    """
    paired = codes[np.sum(codes >= 0, axis=1) > 1]
    patterns, times = _distinct(np.sort(paired, axis=1), len(values))
    m = np.sum(patterns >= 0, axis=1).astype(float)
    parts, alpha, fixed_ranks = _parts(patterns, times, m, values, level)
    away = parts[:, 0]
    if level == "ordinal" and not fixed_ranks:
        away = _moments(patterns, _mid_ranks(times @ _value_counts(patterns, len(values))), m)[:, 0]
    alike = float(np.ptp(away / m)) <= 1e-12 * float(np.max(np.abs(away / m), initial=0.0))
    return UnitSums(parts, times, alpha, int(m @ times), fixed_ranks, alike)


def _parts(
    patterns: Integers, times: Floats, m: Floats, values: Floats, level: Level
) -> tuple[Floats, Callable[[Floats], Floats], bool]:
    """Return what each pattern adds, how alpha follows from totals, and whether ranks stay fixed."""
    if level == "interval":
        return _moments(patterns, values, m), _interval_alpha, False
    counts = _value_counts(patterns, len(values))
    if level == "nominal":
        away = m - (np.sum(counts**2, axis=1) - m) / (m - 1)
        return np.column_stack([away, counts]), _nominal_alpha, False
    if level == "ratio":
        distance = _ratio_distances(values)
        away = np.einsum("uc,uc->u", counts @ distance, counts) / (m - 1)
        return np.column_stack([away, counts]), _alpha_of(distance), False
    if len(counts) * len(values) ** 2 > _MOST_CELLS:
        return _moments(patterns, _mid_ranks(times @ counts), m), _interval_alpha, True
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(len(values))
    pairs[:, diagonal, diagonal] -= counts
    return (pairs / (m - 1)[:, None, None]).reshape(len(counts), -1), _ordinal_alpha, False


def without_one(sums: UnitSums) -> Floats:
    """Return alpha without one unit of each pattern, shape (patterns,)."""
    total = sums.times @ sums.parts
    block = max(1, _MOST_CELLS // sums.parts.shape[1])
    starts = range(0, len(sums.parts), block)
    return np.concatenate([sums.alpha(total - sums.parts[at : at + block]) for at in starts])


def jackknife_error(sums: UnitSums) -> float:
    """Return the standard error of alpha from leaving out one unit at a time; ``nan`` where nothing tells it."""
    without = without_one(sums)
    error = jackknife_std_error(without, sums.times)
    return error if error > NOISE and not sums.alike else math.nan


def alpha_limits(sums: UnitSums, replicates: Floats, conf_level: float) -> tuple[float, float]:
    """Return the bias-corrected and accelerated limits of alpha from its replicates (draws,).

    The acceleration comes from leaving out units. Unknown where nothing tells the error, or where the replicates, or the
    limits, all lie on one side of the estimate, as when hardly a unit differs from the others.
    """
    estimate, without = sums.estimate, without_one(sums)
    if not jackknife_error(sums) > 0:
        return math.nan, math.nan
    influence = float(sums.times @ without) / sums.units - without
    low, high = bca_limits(replicates, estimate, influence, conf_level, sums.times)
    return (low, high) if low <= estimate <= high else (math.nan, math.nan)


def resampled_alphas(sums: UnitSums, rng: np.random.Generator, draws: int) -> Floats:
    """Return alpha in each of `draws` resamples of units with replacement, shape (draws,)."""
    units, chances = sums.units, sums.times / sums.times.sum()
    block = max(1, _MOST_CELLS // max(sums.parts.shape))
    found = []
    for at in range(0, draws, block):
        weights = rng.multinomial(units, chances, size=min(block, draws - at)).astype(float)
        found.append(sums.alpha(weights @ sums.parts))
    return np.concatenate(found)


def _distinct(rows: Integers, values: int) -> tuple[Integers, Floats]:
    """Return the different rows and how often each is there."""
    if (values + 1) ** rows.shape[1] < _LARGEST_CODE:
        place = (values + 1) ** np.arange(rows.shape[1], dtype=np.int64)
        _, first, times = np.unique((rows + 1) @ place, return_index=True, return_counts=True)
        return rows[first], times.astype(float)
    patterns, times = np.unique(rows, axis=0, return_counts=True)
    return patterns, times.astype(float)


def _value_counts(patterns: Integers, values: int) -> Floats:
    """Return how often each value is in each pattern, shape (patterns, values)."""
    row, column = np.nonzero(patterns >= 0)
    at = row * values + patterns[row, column]
    return np.bincount(at, minlength=len(patterns) * values).reshape(len(patterns), values).astype(float)


def _mid_ranks(totals: Floats) -> Floats:
    return np.asarray(np.cumsum(totals) - totals / 2)


def _moments(patterns: Integers, values: Floats, m: Floats) -> Floats:
    """Return disagreement, ratings, sum and sum of squares of each pattern; values around their middle."""
    there = patterns >= 0
    x = np.where(there, values[patterns] - float(values.mean()), 0.0)
    total, squares = x.sum(axis=1), np.sum(x**2, axis=1)
    around = np.where(there, x - (total / m)[:, None], 0.0)
    return np.column_stack([2 * m * np.sum(around**2, axis=1) / (m - 1), m, total, squares])


def _ratio_distances(values: Floats) -> Floats:
    sums = values[:, None] + values[None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums != 0, ((values[:, None] - values[None, :]) / sums) ** 2, 0.0)


def _one_less(n: Floats, within: Floats, between: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(between > 1e-12 * n**2, 1 - (n - 1) * within / between, np.nan)


def _interval_alpha(totals: Floats) -> Floats:
    within, n, total, squares = totals.T
    between = 2 * (n * squares - total**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(between > 1e-12 * n * squares, 1 - (n - 1) * within / between, np.nan)


def _nominal_alpha(totals: Floats) -> Floats:
    counts = totals[:, 1:]
    n = counts.sum(axis=1)
    return _one_less(n, totals[:, 0], n**2 - np.sum(counts**2, axis=1))


def _alpha_of(distance: Floats) -> Callable[[Floats], Floats]:
    def alpha(totals: Floats) -> Floats:
        counts = totals[:, 1:]
        return _one_less(counts.sum(axis=1), totals[:, 0], np.einsum("rc,rc->r", counts @ distance, counts))

    return alpha


def _ordinal_alpha(totals: Floats) -> Floats:
    c = math.isqrt(totals.shape[1])
    pairs = totals.reshape(-1, c, c)
    counts = pairs.sum(axis=2)
    n = counts.sum(axis=1)
    ranks = np.cumsum(counts, axis=1) - counts / 2 - n[:, None] / 2
    squares = np.sum(counts * ranks**2, axis=1)
    within = 2 * (squares - np.einsum("rc,rcd,rd->r", ranks, pairs, ranks, optimize=True))
    between = 2 * (n * squares - np.sum(counts * ranks, axis=1) ** 2)
    return _one_less(n, within, between)
