"""Resampling of people from sums alone: bootstrap and jackknife of numbers made from covariances, and their limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import (
    NO_INTERVAL,
    Coefficient,
    Floats,
    Integers,
    Interval,
    bca_limits,
    cluster_sums,
    percentile_limits,
)

DRAWS = 2000
_CELLS = 4_000_000
"""How many numbers one block of resamples may hold (32 megabytes)."""
_PRODUCTS = 60_000_000
"""How many products of deviations may be held at once (480 megabytes)."""

_CONSTANT = 1e-12
"""Variance over mean square at which an item does not vary in a resample, but for rounding."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """Alpha and the standard error of measurement of the item mean in each resample, both (draws,)."""

    alpha: Floats
    error: Floats


def resample(
    x: Floats,
    rng: np.random.Generator,
    *,
    clusters: Integers | None = None,
    weights: Floats | None = None,
    draws: int = DRAWS,
) -> Replicates:
    """Draw rows (or whole clusters) of (n, k) with replacement, `draws` times; alpha and error from a few sums."""
    k = x.shape[1]
    d = x - x.mean(axis=0)
    parts = np.column_stack([d, np.einsum("ij,ij->i", d, d), d.sum(axis=1) ** 2])
    sums = np.vstack([counts @ _units(parts, clusters, weights) for counts in _blocks(rng, len(x), clusters, draws)])
    rows, weight, means = sums[:, 0], sums[:, 1], sums[:, 2 : k + 2] / sums[:, 1:2]
    stretch = rows / (rows - 1)
    trace = stretch * (sums[:, -2] / weight - np.sum(means**2, axis=1))
    whole = stretch * (sums[:, -1] / weight - means.sum(axis=1) ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = np.where(whole > 1e-10 * trace, k / (k - 1) * (1 - trace / whole), np.nan)
    return Replicates(alpha, np.sqrt(np.maximum(k * trace - whole, 0) / (k - 1)) / k)


def resampled_covariances(
    x: Floats,
    rng: np.random.Generator,
    *,
    clusters: Integers | None = None,
    weights: Floats | None = None,
    draws: int = DRAWS,
) -> Floats:
    """Return the covariance matrices of the same resamples, shape (draws, k, k), in one product of sums.

    With the same seed the rows drawn are those of `resample`.
    """
    n, k = x.shape
    d = x - x.mean(axis=0)
    rows, columns = np.tril_indices(k)
    blocks = _blocks(rng, n, clusters, draws)
    if n * len(rows) <= _PRODUCTS:
        parts = _units(np.hstack([d, d[:, rows] * d[:, columns]]), clusters, weights)
        return _covariances(np.vstack([counts @ parts for counts in blocks]), k)
    w = np.ones(n) if weights is None else weights
    found = []
    for counts in blocks:
        for count in counts if clusters is None else counts[:, clusters]:
            held = d * (count * w)[:, None]
            total = [float(count.sum()), float(count @ w)]
            found.append(np.concatenate([total, held.sum(axis=0), (held.T @ d)[rows, columns]]))
    return _covariances(np.array(found), k)


def left_out_values(
    x: Floats,
    of: Callable[[Floats], Floats],
    *,
    clusters: Integers | None = None,
    weights: Floats | None = None,
) -> Floats:
    """Return a number made from a stack of covariance matrices without each row (or cluster) in turn, shape (units,)."""
    n, k = x.shape
    d = x - x.mean(axis=0)
    rows, columns = np.tril_indices(k)
    step = max(1, _CELLS // (k * k))
    if clusters is not None:
        parts = _units(np.hstack([d, d[:, rows] * d[:, columns]]), clusters, weights)
        return np.asarray(of(_covariances(parts.sum(axis=0) - parts, k)))
    whole = np.zeros(2 + k + len(rows))
    blocks = range(0, n, step)
    for at in blocks:
        whole += _row_sums(d, weights, slice(at, at + step)).sum(axis=0)
    return np.concatenate([of(_covariances(whole - _row_sums(d, weights, slice(at, at + step)), k)) for at in blocks])


def bca_interval(
    replicates: Floats, coefficient: Coefficient, conf_level: float, clusters: Integers | None = None
) -> Interval:
    """Return the bias-corrected and accelerated interval of a coefficient from its replicates (draws,).

    Efron (1987), doi:10.1080/01621459.1987.10478410; the acceleration comes from the influence of the rows. Unknown
    when a resample has no value or the replicates all lie on one side of the estimate.
    """
    low, high = bca_limits(replicates, coefficient.value, cluster_sums(coefficient.influence, clusters), conf_level)
    return NO_INTERVAL if math.isnan(low) else Interval(float(np.std(replicates, ddof=1)), low, high)


def percentile_interval(replicates: Floats, conf_level: float) -> Interval:
    """Return the percentile interval of replicates (draws,); unknown when a resample has no value."""
    low, high = percentile_limits(replicates, conf_level)
    return NO_INTERVAL if math.isnan(low) else Interval(float(np.std(replicates, ddof=1)), low, high)


def _blocks(rng: np.random.Generator, n: int, clusters: Integers | None, draws: int) -> Iterator[Floats]:
    """Yield how often each unit is drawn in each resample of a block, shape (some draws, units)."""
    units = n if clusters is None else int(clusters.max()) + 1
    block = max(1, _CELLS // units)
    for at in range(0, draws, block):
        yield _counts(rng, units, min(block, draws - at))


def _counts(rng: np.random.Generator, units: int, draws: int) -> Floats:
    chosen = rng.integers(0, units, size=(draws, units)) + units * np.arange(draws)[:, None]
    return np.bincount(chosen.ravel(), minlength=draws * units).reshape(draws, units).astype(float)


def _units(parts: Floats, clusters: Integers | None, weights: Floats | None) -> Floats:
    """Return rows, weight and weighted parts of each row, or summed over each cluster, shape (units, 2 + parts)."""
    n = len(parts)
    w = np.ones(n) if weights is None else weights
    whole = np.column_stack([np.ones(n), w, parts if weights is None else parts * w[:, None]])
    if clusters is None:
        return whole
    return np.stack([np.bincount(clusters, weights=column) for column in whole.T], axis=1)


def _row_sums(d: Floats, weights: Floats | None, which: slice) -> Floats:
    rows, columns = np.tril_indices(d.shape[1])
    part = d[which]
    products = np.hstack([part, part[:, rows] * part[:, columns]])
    return _units(products, None, None if weights is None else weights[which])


def _covariances(sums: Floats, k: int) -> Floats:
    """Return covariance matrices (m, k, k) from sums of rows, weight, deviations and their products (m, 2 + k + p)."""
    rows, columns = np.tril_indices(k)
    n, weight, means = sums[:, 0], sums[:, 1:2], sums[:, 2 : k + 2] / sums[:, 1:2]
    squares = sums[:, k + 2 :] / weight
    lower = (squares - means[:, rows] * means[:, columns]) * (n / (n - 1))[:, None]
    found = np.empty((len(sums), k, k))
    found[:, rows, columns] = lower
    found[:, columns, rows] = lower
    constant = np.diagonal(found, axis1=1, axis2=2) <= _CONSTANT * squares[:, rows == columns]
    found[constant[:, :, None] | constant[:, None, :]] = 0.0
    return found
