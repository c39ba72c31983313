"""The covariance matrix of items, weighted if need be, and how each row pulls at a number made from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trustmeter.stats.covariance import Coefficient, Floats

_BLOCK = 16384
"""How many rows are multiplied at once, to stay within the processor's memory."""


class Moments(Protocol):
    """A covariance matrix that knows its rows.

    Attributes
    ----------
    S
        Shape (k, k), divisor n - 1.
    n
        How many rows it comes from.
    """

    @property
    def S(self) -> Floats:
        """The covariance matrix (k, k)."""

    @property
    def n(self) -> int:
        """How many rows it comes from."""

    def influence(self, gradient: Floats) -> Floats:
        """Return how much each row pulls, shape (n,), at a number with this gradient, symmetric (k, k)."""


@dataclass(frozen=True, slots=True, eq=False)
class CompleteMoments:
    """Moments of complete rows.

    Parameters
    ----------
    S
        Shape (k, k): sum_i w_i d_i d_i' / (n - 1), with weights of mean 1 (all 1 without).
    deviations
        Shape (n, k): rows less the (weighted) means.
    weights
        Shape (n,), mean 1, or ``None``.
    """

    S: Floats
    deviations: Floats
    weights: Floats | None

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.deviations)

    def influence(self, gradient: Floats) -> Floats:
        """Return w_i (d_i' gradient d_i) less the mean of that, w_i times, shape (n,)."""
        pull = _quadratic(self.deviations, gradient)
        if self.weights is None:
            return np.asarray(pull - pull.mean())
        return np.asarray(self.weights * (pull - np.mean(self.weights * pull)))


def complete_moments(x: Floats, weights: Floats | None = None) -> CompleteMoments:
    """Return the moments of complete rows (n, k); weights (n,) count by their relative size.

    The divisor is n - 1 with n the number of rows, weighted or not, as in design-based variances.
    """
    n = len(x)
    if weights is None:
        d = x - x.mean(axis=0)
        return CompleteMoments(np.asarray(d.T @ d / (n - 1)), d, None)
    w = weights / weights.mean()
    d = x - w @ x / n
    return CompleteMoments(np.asarray((d * w[:, None]).T @ d / (n - 1)), d, w)


def coefficient_of(value: float, gradient: Floats, moments: Moments) -> Coefficient:
    """Return a number made from a covariance matrix together with the influence of the rows behind it."""
    return Coefficient(value, moments.influence(gradient))


def normal_std_error(S: Floats, gradient: Floats, n: int) -> float:
    """Return the standard error that a number made from S would have if the items were normal.

    sqrt(2 trace((gradient S)^2) / n); for alpha that of van Zyl, Neudecker and Nel (2000), doi:10.1007/BF02296146.
    """
    product = gradient @ S
    return math.sqrt(max(2 * float(np.sum(product * product.T)), 0.0) / n)


def effective_size(weights: Floats) -> float:
    """Return Kish's effective number of rows: (sum of weights)^2 / sum of squared weights."""
    return float(weights.sum()) ** 2 / float(weights @ weights)


def _quadratic(d: Floats, G: Floats) -> Floats:
    """Return d_i' G d_i of each row of (n, k), shape (n,).

    Where G is u u' plus a diagonal, as the gradients of alpha are, two products with vectors do.
    """
    u = _rank_one(G)
    if u is not None:
        return np.asarray((d @ u) ** 2 + np.einsum("ij,j,ij->i", d, np.diag(G) - u**2, d))
    found = np.empty(len(d))
    for at in range(0, len(d), _BLOCK):
        part = d[at : at + _BLOCK]
        found[at : at + _BLOCK] = np.einsum("ij,ij->i", part @ G, part)
    return found


def _rank_one(G: Floats) -> Floats | None:
    """Return u (k,) when G and u u' agree beside the diagonal, else ``None``."""
    if len(G) < 3 or not (G[0, 1] > 0 and G[0, 2] > 0 and G[1, 2] > 0):
        return None
    first = np.sqrt(G[0, 1] * G[0, 2] / G[1, 2])
    u = np.concatenate([[first], G[0, 1:] / first])
    off = np.abs(np.outer(u, u) - G)
    np.fill_diagonal(off, 0.0)
    return u if float(off.max()) <= 1e-14 * float(np.abs(G).max()) else None
