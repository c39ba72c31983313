"""Covariance matrices of items, and how sure a number is: errors and limits by theory, resamples, or leaving units out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A number made from a covariance matrix.

    Parameters
    ----------
    value
        The estimate.
    influence
        Shape (n,): how much each row pulls at it (the first-order, or delta, expansion); sums to about zero.
    """

    value: float
    influence: Floats


@dataclass(frozen=True, slots=True)
class Interval:
    """A standard error and the limits of an interval; not a number where unknown."""

    std_error: float
    low: float
    high: float


NO_INTERVAL = Interval(math.nan, math.nan, math.nan)


def covariance_matrix(x: Floats) -> Floats:
    """Return the covariance matrix (k, k) of complete rows, shape (n, k), divisor n - 1."""
    d = x - x.mean(axis=0)
    return np.asarray(d.T @ d / (len(d) - 1))


def pairwise_covariance(x: Floats) -> Floats:
    """Return the covariance matrix (k, k) in which each pair of columns of (n, k) uses all rows that have both.

    Variances use all rows that have the column. The matrix need not be positive definite. A pair with fewer than two
    rows is not a number.
    """
    there = (~np.isnan(x)).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = np.where(there > 0, x - np.nansum(x, axis=0) / there.sum(axis=0), 0.0)
        rows = there.T @ there
        sums = centred.T @ there
        found = (centred.T @ centred - sums * sums.T / rows) / (rows - 1)
    return np.where(rows > 1, found, np.nan)


def pair_counts(x: Floats) -> tuple[int, int]:
    """Return the smallest and the largest number of rows behind an element of the pairwise matrix."""
    there = (~np.isnan(x)).astype(float)
    rows = there.T @ there
    return int(rows.min()), int(rows.max())


def cluster_sums(influence: Floats, clusters: Integers | None) -> Floats:
    """Add up the influence of the rows of each cluster (codes 0, 1, …), shape (G,); each row is its own without."""
    return influence if clusters is None else np.bincount(clusters, weights=influence).astype(float)


def delta_std_error(coefficient: Coefficient, clusters: Integers | None = None, ddof: int = 1) -> float:
    """Return the distribution-free standard error of a coefficient.

    sqrt(sum_g (sum_{i in g} influence_i)^2 G / (G - ddof)) / n, with G independent clusters; without clusters G = n.
    """
    sums = cluster_sums(coefficient.influence, clusters)
    return math.sqrt(float(sums @ sums) * len(sums) / (len(sums) - ddof)) / len(coefficient.influence)


def normal_quantile(conf_level: float) -> float:
    """Return z such that a standard normal variable lies within -z and z with that probability."""
    return float(scipy.special.ndtri((1 + conf_level) / 2))


def wald_interval(value: float, std_error: float, conf_level: float, lowest: float = -math.inf) -> Interval:
    """Return ``value -+ z * std_error`` of a reliability coefficient, cut at 1 and at `lowest`."""
    margin = normal_quantile(conf_level) * std_error
    return Interval(std_error, max(value - margin, lowest), min(value + margin, 1.0))


def log_interval(value: float, std_error: float, conf_level: float) -> Interval:
    """Return the interval of a positive number, made on its logarithm; unknown when the number is zero."""
    if not value > 0:
        return Interval(std_error, math.nan, math.nan)
    factor = math.exp(normal_quantile(conf_level) * std_error / value)
    return Interval(std_error, value / factor, value * factor)


def bca_limits(
    replicates: Floats, estimate: float, influence: Floats, conf_level: float, times: Floats | None = None
) -> tuple[float, float]:
    """Return the bias-corrected and accelerated limits of an estimate from its replicates (draws,).

    Efron (1987), doi:10.1080/01621459.1987.10478410; the acceleration is sum u^3 / (6 (sum u^2)^1.5) of the influence u
    of each unit (units,), or of each kind of unit that is there so many `times`. Unknown when a replicate has no value
    or all lie on one side of the estimate.
    """
    below = float(np.mean(replicates < estimate) + np.mean(replicates == estimate) / 2)
    if not 0 < below < 1 or np.isnan(replicates).any():
        return math.nan, math.nan
    counts = np.ones(len(influence)) if times is None else times
    spread = float(counts @ influence**2)
    acceleration = float(counts @ influence**3) / (6 * spread**1.5) if spread > 0 else 0.0
    bias = float(scipy.special.ndtri(below))
    tails = bias + scipy.special.ndtri(np.array([1 - conf_level, 1 + conf_level]) / 2)
    low, high = np.quantile(replicates, scipy.special.ndtr(bias + tails / (1 - acceleration * tails)))
    return float(low), float(high)


def percentile_limits(replicates: Floats, conf_level: float) -> tuple[float, float]:
    """Return the limits between which that share of the replicates (draws,) lies; unknown when one has no value."""
    if np.isnan(replicates).any():
        return math.nan, math.nan
    low, high = np.quantile(replicates, [(1 - conf_level) / 2, (1 + conf_level) / 2])
    return float(low), float(high)


def jackknife_std_error(left_out: Floats, times: Floats | None = None) -> float:
    """Return the delete-one standard error from the values without each unit, (units,), or without one of each kind.

    sqrt((G - 1) / G sum (value_g - mean)^2). Efron and Stein (1981), doi:10.1214/aos/1176345462.
    """
    counts = np.ones(len(left_out)) if times is None else times
    units = float(counts.sum())
    middle = float(counts @ left_out) / units
    return math.sqrt((units - 1) / units * float(counts @ (left_out - middle) ** 2))
