"""Means and covariances of items with holes, by full-information maximum likelihood (nothing restricted)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers

_ROUNDS = 5000
_WARM = 1e-3
_DONE = 1e-20
"""Squared length of a Newton step, in the metric of the information of one row, at which the search is at rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The rows that answered the same items.

    Parameters
    ----------
    rows
        Shape (m,): their places.
    seen
        Shape (q,): the items answered.
    values
        Shape (m, q).
    weights
        Shape (m,); over all rows the mean is 1.
    """

    rows: Integers
    seen: Integers
    values: Floats
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SaturatedMoments:
    """Maximum-likelihood moments of rows with holes (missing at random), normal theory for the estimate.

    Parameters
    ----------
    means
        Shape (k,).
    covariance
        Shape (k, k): the maximum-likelihood estimate.
    n
        Rows with any answer.
    patterns
        The rows by what they answered.
    information
        Shape (k + p, k + p), p = k (k + 1) / 2: minus the second derivatives of the log-likelihood over n, in the
        means and the lower triangle of the covariance matrix, by rows.
    converged
        Whether the search came to rest.
    """

    means: Floats
    covariance: Floats
    n: int
    patterns: tuple[Pattern, ...]
    information: Floats
    converged: bool

    @property
    def S(self) -> Floats:
        """The covariance matrix (k, k), stretched to the divisor n - 1: without holes the ordinary one."""
        return np.asarray(self.covariance * self.n / (self.n - 1))

    def influence(self, gradient: Floats) -> Floats:
        """Return how much each row pulls, shape (n,), at a number with this symmetric gradient (k, k) in S.

        gradient' information^-1 times the row's score: the sandwich of observed information, valid for answers that
        are not normal when they are missing completely at random, and near it otherwise.
        """
        k = len(self.means)
        rows, columns = np.tril_indices(k)
        slope = np.where(rows == columns, 1.0, 2.0) * gradient[rows, columns]
        pull = np.linalg.solve(self.information, np.concatenate([np.zeros(k), slope]))
        lean = np.zeros((k, k))
        lean[rows, columns] = pull[k:]
        lean[columns, rows] = pull[k:]
        found = np.empty(self.n)
        for one in self.patterns:
            P = np.linalg.inv(self.covariance[np.ix_(one.seen, one.seen)])
            part = lean[np.ix_(one.seen, one.seen)]
            y = (one.values - self.means[one.seen]) @ P
            pulled = y @ pull[one.seen] + (np.einsum("ij,ij->i", y @ part, y) - float(np.sum(part * P))) / 2
            found[one.rows] = one.weights * pulled
        return found


def saturated_moments(x: Floats, weights: Floats | None = None) -> SaturatedMoments:
    """Return the maximum-likelihood moments of rows (n, k) with holes; every row needs at least one answer.

    EM until it slows, then Newton steps with the observed information. Little and Rubin (2019),
    doi:10.1002/9781119482260. Not converged when the answers cannot tell (two items never answered together).
    """
    n, k = x.shape
    w = np.ones(n) if weights is None else weights / weights.mean()
    patterns = _patterns(x, w)
    means = np.array([np.average(column[~np.isnan(column)], weights=w[~np.isnan(column)]) for column in x.T])
    covariance = np.diag(np.nanvar(x, axis=0))
    means, covariance = _warm(means, covariance, patterns, n)
    rest = False
    rows, columns = np.tril_indices(k)
    score, information = _score_and_information(means, covariance, patterns, n)
    for _ in range(50):
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            break
        rest = 0 <= float(step @ score) < _DONE
        if rest:
            break
        moved = np.array(covariance)
        moved[rows, columns] += step[k:]
        moved[columns, rows] = moved[rows, columns]
        if not (np.isfinite(step).all() and step @ score > 0 and np.linalg.eigvalsh(moved)[0] > 0):
            means, covariance = _expected(means, covariance, patterns, n)
        else:
            means, covariance = means + step[:k], moved
        score, information = _score_and_information(means, covariance, patterns, n)
    return SaturatedMoments(means, covariance, n, patterns, information, rest)


def _patterns(x: Floats, weights: Floats) -> tuple[Pattern, ...]:
    seen = ~np.isnan(x)
    kinds, codes = np.unique(np.packbits(seen, axis=1), axis=0, return_inverse=True)
    order = np.argsort(codes.ravel(), kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(codes.ravel(), minlength=len(kinds)))[:-1])
    found = []
    for rows in groups:
        there = np.flatnonzero(seen[rows[0]])
        found.append(Pattern(rows, there, x[np.ix_(rows, there)], weights[rows]))
    return tuple(found)


def _warm(means: Floats, covariance: Floats, patterns: Sequence[Pattern], n: int) -> tuple[Floats, Floats]:
    """Take EM steps until one moves the covariances by less than a thousandth of the variances."""
    for _ in range(_ROUNDS):
        before = covariance
        means, covariance = _expected(means, covariance, patterns, n)
        sd = np.sqrt(np.diag(covariance))
        if np.max(np.abs(covariance - before) / np.outer(sd, sd)) < _WARM:
            break
    return means, covariance


def _expected(means: Floats, covariance: Floats, patterns: Sequence[Pattern], n: int) -> tuple[Floats, Floats]:
    """Return the means and covariances of the rows completed by what is expected of their holes (one EM step)."""
    k = len(means)
    total, squares = np.zeros(k), np.zeros((k, k))
    for one in patterns:
        slope = np.linalg.solve(covariance[np.ix_(one.seen, one.seen)], covariance[one.seen])
        filled = (one.values - means[one.seen]) @ slope
        held = filled * one.weights[:, None]
        total += held.sum(axis=0)
        squares += held.T @ filled + one.weights.sum() * (covariance - covariance[:, one.seen] @ slope)
    change = total / n
    found = squares / n - np.outer(change, change)
    return means + change, (found + found.T) / 2


def _score_and_information(
    means: Floats, covariance: Floats, patterns: Sequence[Pattern], n: int
) -> tuple[Floats, Floats]:
    """Return the mean score (k + p,) and the observed information of one row (k + p, k + p)."""
    k, m = len(means), len(patterns)
    P, bent, y = np.zeros((m, k, k)), np.zeros((m, k, k)), np.zeros((m, k))
    counts = np.array([float(one.weights.sum()) for one in patterns])
    for place, one in enumerate(patterns):
        within = np.ix_(one.seen, one.seen)
        inverse = np.linalg.inv(covariance[within])
        pulled = (one.values - means[one.seen]) @ inverse
        held = pulled * one.weights[:, None]
        P[place][within] = inverse
        bent[place][within] = held.T @ pulled
        y[place, one.seen] = held.sum(axis=0)
    rows, columns = np.tril_indices(k)
    twice = np.where(rows == columns, 1.0, 2.0)
    weighted = np.tensordot(counts, P, axes=1)
    score = np.concatenate([y.sum(axis=0), twice * ((bent.sum(axis=0) - weighted) / 2)[rows, columns]])
    flat = P.reshape(m, k * k)
    mixed = (flat.T @ y).reshape(k, k, k)
    cross = twice * (mixed[:, rows, columns] + mixed[:, columns, rows]) / 2
    products = (flat.T @ (bent - counts[:, None, None] * P / 2).reshape(m, k * k)).reshape(k, k, k, k)
    pairs = np.outer(twice, twice) * _folded(products, rows, columns)
    return score / n, np.block([[weighted, cross], [cross.T, pairs]]) / n


def _folded(products: Floats, rows: Integers, columns: Integers) -> Floats:
    """Return trace(E_a P E_b Q), summed over patterns, for symmetric unit matrices a and b of the pairs, shape (p, p).

    `products` (k, k, k, k) holds the sums of P_ij Q_kl.
    """
    i, j = rows[:, None], columns[:, None]
    first = products[i, rows, columns, j] + products[i, columns, rows, j]
    return np.asarray((first + products[j, rows, columns, i] + products[j, columns, rows, i]) / 4)
