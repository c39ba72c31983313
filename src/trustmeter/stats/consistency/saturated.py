"""Means and covariances of items with holes, by full-information maximum likelihood (nothing restricted)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats
from trustmeter.stats.normal_likelihood import (
    Patterns,
    casewise_scores,
    gather_patterns,
    observed_information,
    saturated,
)


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
        The rows by what they answered; weights have mean 1.
    information
        Shape (k + p, k + p), p = k (k + 1) / 2: minus the second derivatives of the log-likelihood over n, in the
        means and the lower triangle of the covariance matrix, by columns.
    converged
        Whether the search came to rest.
    """

    means: Floats
    covariance: Floats
    n: int
    patterns: Patterns
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
        columns, rows = np.triu_indices(k)
        slope = np.where(rows == columns, 1.0, 2.0) * gradient[rows, columns]
        pull = np.linalg.solve(self.information, np.concatenate([np.zeros(k), slope]))
        scores = casewise_scores(self.patterns, self.means, self.covariance)
        return np.asarray(self.patterns.weights * (scores @ pull))


def saturated_moments(x: Floats, weights: Floats | None = None) -> SaturatedMoments:
    """Return the maximum-likelihood moments of rows (n, k) with holes; every row needs at least one answer.

    Little and Rubin (2019), doi:10.1002/9781119482260. Not converged when the answers cannot tell (two items never
    answered together).
    """
    patterns = gather_patterns(x, None if weights is None else weights / weights.mean())
    means, covariance, converged = saturated(patterns)
    information = observed_information(patterns, means, covariance) / len(x)
    return SaturatedMoments(means, covariance, len(x), patterns, information, converged)
