"""Least squares, with or without weights: the fit that robust covariances and the wild bootstrap start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats

RANK_TOLERANCE = 1e-7
"""A column is dependent when less than this share of its length is left after the columns before it (as in R's lm)."""


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """A weighted least-squares fit.

    Parameters
    ----------
    x
        Shape (n, p): the design.
    y
        Shape (n,): the outcome.
    weights
        Shape (n,), or None when all rows weigh the same.
    coefficients
        Shape (p,).
    residuals
        Shape (n,): y - x coefficients, not weighted.
    factor
        Shape (p, p): upper triangular R with R'R = X'WX.
    bread
        Shape (p, p): (X'WX)^-1.
    """

    x: Floats
    y: Floats
    weights: Floats | None
    coefficients: Floats
    residuals: Floats
    factor: Floats
    bread: Floats

    @property
    def df_residual(self) -> int:
        """Rows less columns."""
        return int(self.x.shape[0] - self.x.shape[1])

    @property
    def sigma2(self) -> float:
        """The residual variance: weighted squares over n - p."""
        w = 1.0 if self.weights is None else self.weights
        return float(np.sum(w * self.residuals**2)) / self.df_residual

    @property
    def covariance(self) -> Floats:
        """The model-based covariance (p, p) of the coefficients: sigma2 (X'WX)^-1."""
        return self.sigma2 * self.bread


def fit(x: Floats, y: Floats, weights: Floats | None = None) -> LeastSquares:
    """Fit y (n,) on x (n, p) by (weighted) least squares, through the QR decomposition of sqrt(W) X.

    Raises
    ------
    EstimationError
        There are not more rows than columns, a weight is not positive, or a column depends on those before it; the
        message names the column by its index.
    """
    n, p = x.shape
    if n <= p:
        raise EstimationError(f"Least squares needs more rows than columns; got {n} rows and {p} columns.")
    if weights is not None and not bool((weights > 0).all()):
        raise EstimationError("Weights must be positive numbers; leave out rows of weight zero.")
    root = np.ones(n) if weights is None else np.sqrt(weights)
    q, r = np.linalg.qr(x * root[:, None])
    _refuse_dependent_columns(r)
    coefficients = scipy.linalg.solve_triangular(r, q.T @ (y * root))
    inverse = scipy.linalg.solve_triangular(r, np.eye(p))
    return LeastSquares(x, y, weights, coefficients, y - x @ coefficients, r, inverse @ inverse.T)


def _refuse_dependent_columns(r: Floats) -> None:
    """Refuse a design whose triangular factor (p, p) has a column that adds (almost) nothing to those before it."""
    length = np.sqrt(np.einsum("ij,ij->j", r, r))
    left = np.abs(np.diag(r))
    dependent = np.flatnonzero(~(left > RANK_TOLERANCE * length))
    if len(dependent):
        raise EstimationError(
            f"Column {dependent[0]} of the design (counted from 0) is a linear combination of the columns before it; "
            "its coefficient does not exist. Leave it out."
        )
