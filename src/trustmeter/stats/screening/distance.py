"""How far is a row from what goes together in the others? Squared Mahalanobis distances, holes allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.covariance import covariance_matrix
from trustmeter.stats.normal_likelihood import gather_patterns, inverses, saturated

Floats = NDArray[np.float64]

MOST_ROWS = 5_000
"""Means and covariances of more rows than this are taken from so many of them, evenly spread over the file."""

_BLOCK = 4_096
_SINGULAR = 1e-10


@dataclass(frozen=True, eq=False, slots=True)
class Distances:
    """How far rows are from the centre.

    Parameters
    ----------
    squared
        Shape (n,): D squared; ``nan`` for a row without answers, or everywhere when the covariances cannot be inverted.
    df
        Shape (n,): how many answers it rests on.
    p_value
        Shape (n,): the share of rows of a multivariate normal population that are at least as far.
    """

    squared: Floats
    df: NDArray[np.int64]
    p_value: Floats


def squared_distances(items: Floats) -> Distances:
    """Return the squared Mahalanobis distance of each row, shape (n, k), from the mean, ``nan`` where missing.

    D² = (x - m)' S^-1 (x - m). Complete rows: m and S (divisor n - 1) are the sample's. With holes they are the
    maximum-likelihood estimates from all rows, S times n / (n - 1), and each row is measured on the items that it has, by
    their part of m and S, with as many degrees of freedom.

    Examples
    --------
    >>> rows = np.array([[1.0, 2], [2, 1], [3, 4], [4, 3], [9, 0]])
    >>> squared_distances(rows).squared.round(3)
    array([1.089, 1.489, 1.8  , 0.6  , 3.022])
    """
    n = len(items)
    df = np.sum(~np.isnan(items), axis=1)
    squared, p_value = np.full(n, np.nan), np.full(n, np.nan)
    some = np.flatnonzero(df > 0)
    moments = _moments(items[some]) if len(some) > 1 and items.shape[1] else None
    if moments is None:
        return Distances(squared, df, p_value)
    mean, sigma = moments
    if (df == items.shape[1]).all():
        gap = items - mean
        squared = np.sum(gap * np.linalg.solve(sigma, gap.T).T, axis=1)
        return Distances(squared, df, scipy.special.gammaincc(df / 2, squared / 2))
    for start in range(0, len(some), _BLOCK):
        rows = some[start : start + _BLOCK]
        patterns = gather_patterns(items[rows])
        found = inverses(patterns, sigma)
        if found is not None:
            gap = np.where(patterns.there[patterns.pattern], patterns.rows - mean, 0.0)
            W = found[0]
            pull = gap @ W[0] if len(W) == 1 else np.einsum("nij,nj->ni", W[patterns.pattern], gap)
            squared[rows] = np.sum(gap * pull, axis=1)
    p_value[some] = scipy.special.gammaincc(df[some] / 2, squared[some] / 2)
    return Distances(squared, df, p_value)


def _moments(items: Floats) -> tuple[Floats, Floats] | None:
    """Return means and covariances (divisor n - 1), or ``None`` where they cannot be estimated or inverted."""
    n = len(items)
    taken = items if n <= MOST_ROWS else items[np.linspace(0, n - 1, MOST_ROWS).round().astype(np.intp)]
    if (np.sum(~np.isnan(taken), axis=0) < 2).any():
        return None
    if np.isnan(taken).any():
        mean, sigma, settled = saturated(gather_patterns(taken))
        sigma = sigma * len(taken) / (len(taken) - 1)
    else:
        mean, sigma, settled = taken.mean(axis=0), covariance_matrix(taken), True
    values = np.linalg.eigvalsh(sigma) if np.isfinite(sigma).all() else np.zeros(1)
    if not settled or values[0] <= _SINGULAR * max(values[-1], 0.0):
        return None
    return mean, sigma
