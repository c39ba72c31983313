"""Agreement of many raters beyond chance: Fleiss' kappa, Gwet's AC, and agreement beyond equal chances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Chance = Literal["fleiss", "gwet", "uniform"]


@dataclass(frozen=True, slots=True)
class BeyondChance:
    """A coefficient (observed - expected) / (1 - expected) of n units, with its standard error over units.

    `std_error` is ``nan`` where all units agree equally much: they do not tell how far agreement varies.
    """

    estimate: float
    std_error: float
    observed: float
    expected: float
    n: int


def rating_counts(codes: NDArray[np.intp], categories: int) -> Floats:
    """Return how many raters chose each category, (n, c), from category numbers (n, raters), -1 where missing."""
    places = np.where(codes < 0, categories, codes) + (categories + 1) * np.arange(len(codes))[:, None]
    counts = np.bincount(places.ravel(), minlength=len(codes) * (categories + 1))
    return counts.reshape(len(codes), -1)[:, :categories].astype(float)


def beyond_chance(counts: Floats, weights: Floats, chance: Chance) -> BeyondChance:
    """Return a chance-corrected agreement of (n, c) counts of ratings with (c, c) agreement weights.

    Observed: the mean over units with two ratings or more of the agreement of their pairs of ratings. Expected, with
    p the mean share of each category over units: ``"fleiss"`` p' W p (Fleiss 1971, doi:10.1037/h0031619); ``"gwet"``
    sum(W) / (c (c - 1)) sum p (1 - p) (Gwet 2008, doi:10.1348/000711006X126600); ``"uniform"`` sum(W) / c^2 (Brennan &
    Prediger 1981, doi:10.1177/001316448104100307). The variance is that of the units' influence over n, units taken as
    drawn from many, so that it holds whatever the true agreement is.
    """
    counts = counts[counts.sum(axis=1) > 0]
    n, c = counts.shape
    m = counts.sum(axis=1)
    pairs = m > 1
    alike = np.einsum("ik,ik->i", counts, counts @ weights.T - 1)
    unit = np.where(pairs, alike / np.maximum(m * (m - 1), 1), 0.0)
    observed = float(unit.sum() / pairs.sum())
    shares = counts / m[:, None]
    p = shares.mean(axis=0)
    if chance == "fleiss":
        expected, slope = float(p @ weights @ p), (weights + weights.T) @ p
    elif chance == "gwet":
        factor = float(weights.sum()) / (c * (c - 1))
        expected, slope = factor * float(np.sum(p * (1 - p))), factor * (1 - 2 * p)
    else:
        expected, slope = float(weights.sum()) / c**2, np.zeros(c)
    if not expected < 1 - 1e-12:
        return BeyondChance(math.nan, math.nan, observed, expected, n)
    estimate = (observed - expected) / (1 - expected)
    ahead = n / pairs.sum() * np.where(pairs, unit - observed, 0.0)
    influence = (ahead - (1 - estimate) * ((shares - p) @ slope)) / (1 - expected)
    alike = float(np.ptp(unit[pairs])) < 1e-12
    error = math.nan if alike else math.sqrt(float(np.sum(influence**2)) / (n * (n - 1)))
    return BeyondChance(estimate, error, observed, expected, n)


def fleiss_null_error(counts: Floats) -> tuple[float, float]:
    """Return the standard errors, when agreement is chance, of Fleiss' kappa and of that of any one category.

    Of (n, c) counts with the same number m of ratings a unit; Fleiss, Nee & Landis (1979),
    doi:10.1037/0033-2909.86.5.974. ``nan`` where m differs.
    """
    m = counts.sum(axis=1)
    if not (m == m[0]).all() or m[0] < 2:
        return math.nan, math.nan
    p = counts.sum(axis=0) / counts.sum()
    pq = float(np.sum(p * (1 - p)))
    if not pq > 0:
        return math.nan, math.nan
    inner = pq**2 - float(np.sum(p * (1 - p) * (1 - 2 * p)))
    one = math.sqrt(2 / (len(counts) * m[0] * (m[0] - 1)))
    return one * math.sqrt(max(inner, 0.0)) / pq, one
