"""Resampling of people: replicates of alpha and of the measurement error, and BCa limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.covariance import Coefficient, Floats, Integers, Interval, cluster_sums

DRAWS = 2000
_CELLS = 4_000_000
"""How many numbers one block of resamples may hold (32 megabytes)."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """Alpha and the standard error of measurement of the item mean in each resample, both (draws,)."""

    alpha: Floats
    error: Floats


def resample(
    x: Floats, rng: np.random.Generator, *, clusters: Integers | None = None, draws: int = DRAWS
) -> Replicates:
    """Draw rows (or whole clusters) of (n, k) with replacement, `draws` times, and compute from sums alone."""
    n, k = x.shape
    d = x - x.mean(axis=0)
    parts = np.column_stack([np.ones(n), d, np.einsum("ij,ij->i", d, d), d.sum(axis=1) ** 2])
    if clusters is not None:
        parts = np.stack([np.bincount(clusters, weights=column) for column in parts.T], axis=1)
    block = max(1, _CELLS // len(parts))
    sums = np.vstack([_counts(rng, len(parts), min(block, draws - at)) @ parts for at in range(0, draws, block)])
    rows, means = sums[:, 0], sums[:, 1 : k + 1] / sums[:, :1]
    trace = (sums[:, -2] - rows * np.sum(means**2, axis=1)) / (rows - 1)
    whole = (sums[:, -1] - rows * means.sum(axis=1) ** 2) / (rows - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = np.where(whole > 1e-10 * trace, k / (k - 1) * (1 - trace / whole), np.nan)
    return Replicates(alpha, np.sqrt(np.maximum(k * trace - whole, 0) / (k - 1)) / k)


def bca_interval(
    replicates: Floats, coefficient: Coefficient, conf_level: float, clusters: Integers | None = None
) -> Interval:
    """Return the bias-corrected and accelerated interval of a coefficient from its replicates (draws,).

    Efron (1987), doi:10.1080/01621459.1987.10478410; the acceleration comes from the influence of the rows. Unknown
    when a resample has no value or the replicates all lie on one side of the estimate.
    """
    below = float(np.mean(replicates < coefficient.value) + np.mean(replicates == coefficient.value) / 2)
    if not 0 < below < 1 or np.isnan(replicates).any():
        return Interval(math.nan, math.nan, math.nan)
    sums = cluster_sums(coefficient.influence, clusters)
    acceleration = float(np.sum(sums**3) / (6 * np.sum(sums**2) ** 1.5))
    bias = float(scipy.special.ndtri(below))
    tails = bias + scipy.special.ndtri(np.array([1 - conf_level, 1 + conf_level]) / 2)
    low, high = np.quantile(replicates, scipy.special.ndtr(bias + tails / (1 - acceleration * tails)))
    return Interval(float(np.std(replicates, ddof=1)), float(low), float(high))


def _counts(rng: np.random.Generator, units: int, draws: int) -> Floats:
    """Return how often each unit is drawn in each resample, shape (draws, units)."""
    chosen = rng.integers(0, units, size=(draws, units)) + units * np.arange(draws)[:, None]
    return np.bincount(chosen.ravel(), minlength=draws * units).reshape(draws, units).astype(float)
