"""The normal log-likelihood of rows with holes, and its derivatives in means and covariances.

Rows with the same holes share one inverse; an item that is missing has zero weight there. Complete rows are one pattern.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, eq=False, slots=True)
class Patterns:
    """The rows of one group, gathered by which items are there.

    Parameters
    ----------
    there
        Shape (P, p): which items each pattern has.
    counts
        Shape (P,): how many rows (or how much weight) a pattern has.
    means, covariances
        Shapes (P, p) and (P, p, p): of the rows of each pattern, divisor the count; zero where missing.
    rows
        Shape (n, p): the rows, zero where missing.
    pattern
        Shape (n,): the pattern of each row.
    weights
        Shape (n,): the weight of each row.
    """

    there: NDArray[np.bool_]
    counts: Floats
    means: Floats
    covariances: Floats
    rows: Floats
    pattern: Integers
    weights: Floats

    @property
    def n(self) -> float:
        """How many rows there are, or their weight."""
        return float(self.counts.sum())

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.there.shape[1])

    @property
    def complete(self) -> bool:
        """Whether no row has a hole."""
        return bool(self.there.all())


@dataclass(frozen=True, eq=False, slots=True)
class Slope:
    """The log-likelihood of one group and its gradient in the means (p,) and, as if unsymmetric, the covariances (p, p)."""

    log_likelihood: float
    mean: Floats
    covariance: Floats


def gather_patterns(x: Floats, weights: Floats | None = None) -> Patterns:
    """Gather rows (n, p), missing values not a number; rows without any value must be left out before."""
    there = ~np.isnan(x)
    kept, inverse = np.unique(there, axis=0, return_inverse=True)
    code = np.asarray(inverse, dtype=np.intp).reshape(-1)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
    filled = np.where(there, x, 0.0)
    counts = np.bincount(code, weights=w).astype(float)
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(len(kept) + 1))
    means, covariances = np.zeros(kept.shape), np.zeros((len(kept), *[x.shape[1]] * 2))
    for number in range(len(kept)):
        part = order[bounds[number] : bounds[number + 1]]
        values, share = filled[part], w[part] / counts[number]
        means[number] = share @ values
        centred = values - means[number]
        covariances[number] = (centred * share[:, None]).T @ centred * kept[number] * kept[number][:, None]
    return Patterns(kept, counts, means, covariances, filled, code, w)


def inverses(patterns: Patterns, sigma: Floats) -> tuple[Floats, Floats] | None:
    """Return the inverse of each pattern's covariances, zero where missing, and log determinants; ``None`` if not positive."""
    p = patterns.items
    both = patterns.there[:, :, None] & patterns.there[:, None, :]
    padded = np.where(both, sigma, np.eye(p))
    try:
        half = np.linalg.cholesky(padded)
    except np.linalg.LinAlgError:
        return None
    logs = 2 * np.log(np.diagonal(half, axis1=1, axis2=2)).sum(axis=1)
    return np.where(both, np.linalg.inv(padded), 0.0), logs


def log_likelihood(patterns: Patterns, mean: Floats, sigma: Floats) -> float:
    """Return the log-likelihood of a group, minus infinity where the covariances are not positive definite."""
    found = inverses(patterns, sigma)
    if found is None:
        return -math.inf
    W, logs = found
    gap = np.where(patterns.there, patterns.means - mean, 0.0)
    square = np.einsum("gij,gij->g", W, patterns.covariances) + np.einsum("gi,gij,gj->g", gap, W, gap)
    sizes = patterns.there.sum(axis=1)
    return float(-0.5 * patterns.counts @ (sizes * math.log(2 * math.pi) + logs + square))


def slope(patterns: Patterns, mean: Floats, sigma: Floats) -> Slope:
    """Return the log-likelihood and its gradient; it is minus infinity where the covariances are not positive definite."""
    found = inverses(patterns, sigma)
    if found is None:
        return Slope(-math.inf, np.zeros(patterns.items), np.zeros_like(sigma))
    W, logs = found
    gap = np.where(patterns.there, patterns.means - mean, 0.0)
    pull = np.einsum("gij,gj->gi", W, gap)
    spread = W @ patterns.covariances @ W + pull[:, :, None] * pull[:, None, :]
    square = np.einsum("gij,gij->g", W, patterns.covariances) + np.einsum("gi,gi->g", gap, pull)
    sizes = patterns.there.sum(axis=1)
    value = float(-0.5 * patterns.counts @ (sizes * math.log(2 * math.pi) + logs + square))
    return Slope(value, patterns.counts @ pull, 0.5 * np.tensordot(patterns.counts, spread - W, axes=1))


def folded(whole: Floats, p: int) -> Floats:
    """Return D' X of (p * p, …), where vec(S) = D vech(S): mirrored cells added up, the lower triangle by columns."""
    cols, rows = np.triu_indices(p)
    mirrored = np.where(rows == cols, 0.0, 1.0)
    return np.asarray(whole[rows * p + cols] + mirrored[:, None] * whole[cols * p + rows])


def observed_information(patterns: Patterns, mean: Floats, sigma: Floats) -> Floats:
    """Return minus the second derivatives of the log-likelihood in (means, lower triangle), shape (p + p*, p + p*)."""
    found = inverses(patterns, sigma)
    if found is None:
        raise np.linalg.LinAlgError("covariances are not positive definite")
    W, n, p = found[0], patterns.counts, patterns.items
    gap = np.where(patterns.there, patterns.means - mean, 0.0)
    pull = np.einsum("gij,gj->gi", W, gap)
    M = W @ patterns.covariances @ W + pull[:, :, None] * pull[:, None, :]
    flat = W.reshape(len(W), -1)
    # tr(W dS W dT) / 2 - tr(W dS M dT): gather sum_g n W_ij (M - W / 2)_kl, then put jk and li side by side
    mixed = (flat * n[:, None]).T @ (M - 0.5 * W).reshape(len(W), -1)
    fourfold = mixed.reshape(p, p, p, p)
    pairs = fourfold.transpose(1, 2, 3, 0).reshape(p * p, p * p)
    of_covariances = folded(folded((pairs + pairs.T) / 2, p).T, p)
    of_both = folded(((flat * n[:, None]).T @ pull).reshape(p, p * p).T, p).T
    of_means = np.tensordot(n, W, axes=1)
    return np.block([[of_means, of_both], [of_both.T, of_covariances]])


def expected_information(patterns: Patterns, sigma: Floats) -> Floats:
    """Return the expected information of the group in (means, lower triangle), holes taken as they are."""
    found = inverses(patterns, sigma)
    if found is None:
        raise np.linalg.LinAlgError("covariances are not positive definite")
    W, n, p = found[0], patterns.counts, patterns.items
    flat = W.reshape(len(W), -1)
    fourfold = ((flat * n[:, None]).T @ flat).reshape(p, p, p, p)
    pairs = fourfold.transpose(1, 2, 3, 0).reshape(p * p, p * p)
    of_covariances = folded(folded((pairs + pairs.T) / 4, p).T, p)
    zero = np.zeros((p, len(of_covariances)))
    return np.block([[np.tensordot(n, W, axes=1), zero], [zero.T, of_covariances]])


def casewise_scores(patterns: Patterns, mean: Floats, sigma: Floats) -> Floats:
    """Return each row's gradient of its own log-likelihood in (means, lower triangle), shape (n, p + p*), unweighted."""
    found = inverses(patterns, sigma)
    if found is None:
        raise np.linalg.LinAlgError("covariances are not positive definite")
    W = found[0]
    p = patterns.items
    cols, rows = np.triu_indices(p)
    twice = np.where(rows == cols, 0.5, 1.0)
    scores = np.empty((len(patterns.rows), p + len(rows)))
    for number in range(len(W)):
        here = patterns.pattern == number
        gap = np.where(patterns.there[number], patterns.rows[here] - mean, 0.0)
        pull = gap @ W[number]
        scores[here, :p] = pull
        scores[here, p:] = twice * (pull[:, rows] * pull[:, cols] - W[number][rows, cols])
    return scores


def saturated(patterns: Patterns, steps: int = 60, tolerance: float = 1e-9) -> tuple[Floats, Floats, bool]:
    """Return the means and covariances (divisor n) that fit best without a model, and whether the search came to rest.

    Complete rows: the moments themselves. Else EM (Orchard & Woodbury 1972), then Newton steps on the observed information.
    """
    if patterns.complete:
        return patterns.means[0], patterns.covariances[0], True
    mean, sigma = _em(patterns, 20)
    p = patterns.items
    cols, rows = np.triu_indices(p)
    twice = np.where(rows == cols, 1.0, 2.0)
    current = log_likelihood(patterns, mean, sigma)
    for _ in range(steps):
        now = slope(patterns, mean, sigma)
        gradient = np.concatenate([now.mean, twice * now.covariance[rows, cols]])
        try:
            step = np.linalg.solve(observed_information(patterns, mean, sigma), gradient)
        except np.linalg.LinAlgError:
            step = np.full(len(gradient), np.nan)
        length = float(step @ gradient)
        moved, grown = mean + step[:p], sigma.copy()
        grown[rows, cols] += step[p:]
        grown[cols, rows] = grown[rows, cols]
        if 0 <= length < tolerance:
            return moved, grown, True
        found = log_likelihood(patterns, moved, grown) if length > 0 else -math.inf
        if found > current:
            mean, sigma, current = moved, grown, found
        else:
            mean, sigma = _em(patterns, 20, mean, sigma)
            current = log_likelihood(patterns, mean, sigma)
    return mean, sigma, False


def _em(
    patterns: Patterns, rounds: int, mean: Floats | None = None, sigma: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return means and covariances after some rounds of expectation and maximisation."""
    if mean is None or sigma is None:
        weight = patterns.counts @ patterns.there
        mean = patterns.counts @ patterns.means / np.maximum(weight, 1e-12)
        square = np.diagonal(patterns.covariances, axis1=1, axis2=2) + patterns.means**2
        variances = patterns.counts @ square / np.maximum(weight, 1e-12) - mean**2
        sigma = np.diag(np.maximum(variances, 1e-8))
    share = patterns.counts / patterns.n
    for _ in range(rounds):
        found = inverses(patterns, sigma)
        if found is None:
            break
        W = found[0]
        gap = np.where(patterns.there, patterns.means - mean, 0.0)
        pull = np.einsum("gij,gj->gi", W, gap)
        spread = W @ patterns.covariances @ W + pull[:, :, None] * pull[:, None, :] - W
        shift = sigma @ (share @ pull)
        sigma = sigma + sigma @ np.tensordot(share, spread, axes=1) @ sigma - np.outer(shift, shift)
        mean = mean + shift
    return mean, sigma
