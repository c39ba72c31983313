"""Correlations of ordered answers and numbers, each pair by its own method, with standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trustmeter.options import EmptyCells
from trustmeter.stats.correlation.ordinal import OrdinalMoments, ordinal_moments
from trustmeter.stats.correlation.polyserial import RowCorrelation, polyserial_correlation, product_moment
from trustmeter.stats.covariance import Floats, Integers, cluster_sums


@dataclass(frozen=True, slots=True)
class MixedCorrelations:
    """Correlations of k ordered answers and m numbers.

    Parameters
    ----------
    correlations, std_errors
        Shape (k + m, k + m), ordered answers first; standard errors are zero in the diagonal, and not a number where
        the correlation ran to 1 or -1.
    thresholds
        Shape (T,): of the ordered answers one after another.
    adjusted, at_limit
        Shape (q, 2): pairs with filled cells, and pairs whose correlation ran to 1 or -1.
    """

    correlations: Floats
    std_errors: Floats
    thresholds: Floats
    adjusted: Integers
    at_limit: Integers


def mixed_correlations(
    codes: Integers,
    numbers: Floats,
    *,
    weights: Floats | None = None,
    clusters: Integers | None = None,
    empty: EmptyCells = "when_needed",
) -> MixedCorrelations:
    """Return polychoric, polyserial and Pearson correlations; each pair uses the rows that have both.

    Parameters
    ----------
    codes
        Shape (n, k): answers 0, 1, … without gaps; -1 is missing.
    numbers
        Shape (n, m): numbers; not a number where missing.
    weights, clusters, empty
        As of `ordinal_moments`.
    """
    k, m = codes.shape[1], numbers.shape[1]
    R, errors = np.eye(k + m), np.zeros((k + m, k + m))
    moments: OrdinalMoments | None = None
    if k:
        moments = ordinal_moments(codes, weights=weights, clusters=clusters, acov=False, empty=empty)
        R[:k, :k] = moments.correlations
        errors[:k, :k] = moments.std_errors
    at_limit = [] if moments is None else [tuple(pair) for pair in moments.at_limit]
    for i in range(k + m):
        for j in range(max(k, i + 1), k + m):
            found = _pair(codes, numbers, weights, (i, j))
            R[i, j] = R[j, i] = found.rho
            errors[i, j] = errors[j, i] = row_std_error(found, clusters)
            at_limit += [(i, j)] if found.at_limit else []
    nothing = np.empty((0, 2), dtype=np.intp)
    return MixedCorrelations(
        R,
        errors,
        np.empty(0) if moments is None else moments.thresholds,
        nothing if moments is None else moments.adjusted,
        np.array(at_limit, dtype=np.intp).reshape(-1, 2),
    )


def row_std_error(found: RowCorrelation, clusters: Integers | None) -> float:
    """Return the standard error that the influence of rows, or of clusters of rows, tells."""
    sums = cluster_sums(found.influence, clusters)
    groups = len(sums)
    return math.sqrt(float(sums @ sums) * (1.0 if clusters is None else groups / (groups - 1)))


def _pair(codes: Integers, numbers: Floats, weights: Floats | None, places: tuple[int, int]) -> RowCorrelation:
    (i, j), k = places, codes.shape[1]
    if i < k:
        return polyserial_correlation(codes[:, i], numbers[:, j - k], weights)
    return product_moment(numbers[:, i - k], numbers[:, j - k], weights)
