"""Who belongs to a group, explained by predictors: weighted logistic regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats

_ITERATIONS = 100
_HALVINGS = 40
_DECREMENT = 1e-20
"""Newton's method stops when a step would raise the log-likelihood, relative to its size, by less."""
_SUSPICIOUS = 12.0
"""A linear predictor beyond this calls for the exact check of separation."""


@dataclass(frozen=True, slots=True)
class LogitFit:
    """A fitted logistic regression with q coefficients (the constant is a column of the predictors).

    Parameters
    ----------
    coefficients
        Shape (q,).
    covariance
        Shape (q, q): inverse of the information.
    fitted
        Shape (n,): probabilities.
    influence
        Shape (n, q): what each row adds to the coefficients; sums to zero. Its cross product is the robust covariance.
    log_likelihood
        Weighted log-likelihood.
    """

    coefficients: Floats
    covariance: Floats
    fitted: Floats
    influence: Floats
    log_likelihood: float

    def shares(self, x: Floats) -> Floats:
        """Return the probability of one for predictors (m, q)."""
        return np.asarray(scipy.special.expit(x @ self.coefficients))


def fit_logit(y: Floats, x: Floats, *, weights: Floats | None = None) -> LogitFit:
    """Fit logit P(y = 1) = x' b by maximum likelihood.

    Parameters
    ----------
    y
        Shape (n,): zeros and ones, both there.
    x
        Shape (n, q): predictors, with a column of ones where a constant is wanted.
    weights
        Shape (n,): weights, none negative.

    Raises
    ------
    EstimationError
        When y is constant, predictors are collinear, or part the zeros from the ones.

    Notes
    -----
    Newton steps with halving on a concave function. No maximum exists when some combination of predictors parts
    zeros from ones, also with ties (Albert and Anderson 1984, doi:10.1093/biomet/71.1.1); a linear programme decides
    that exactly whenever fitted probabilities come near 0 or 1.
    """
    w = np.ones(len(y)) if weights is None else weights
    counted = w > 0
    if not (np.any(y[counted] > 0.5) and np.any(y[counted] < 0.5)):
        raise EstimationError("A logistic regression needs zeros and ones; all rows that count are alike.")
    if np.linalg.matrix_rank(x[counted] / np.maximum(np.abs(x[counted]).max(axis=0), 1e-300)) < x.shape[1]:
        raise EstimationError("The predictors of group membership are collinear; leave one out.")
    b, climbed = _climb(y, x, w)
    eta = x @ b
    if not climbed or np.abs(eta[counted]).max() > _SUSPICIOUS:
        _refuse_separation(y[counted], x[counted], climbed)
    fitted = np.asarray(scipy.special.expit(eta))
    covariance = np.asarray(np.linalg.inv(_information(x, w, eta)))
    influence = ((y - fitted) * w)[:, None] * x @ covariance
    return LogitFit(b, covariance, fitted, influence, _log_likelihood(y, w, eta))


def _climb(y: Floats, x: Floats, w: Floats) -> tuple[Floats, bool]:
    """Return the coefficients at the top, and whether Newton's method came to rest there."""
    b = np.zeros(x.shape[1])
    value = _log_likelihood(y, w, x @ b)
    for _ in range(_ITERATIONS):
        eta = x @ b
        gradient = x.T @ (w * (y - scipy.special.expit(eta)))
        try:
            step = np.linalg.solve(_information(x, w, eta), gradient)
        except np.linalg.LinAlgError:
            return b, False
        if float(gradient @ step) <= _DECREMENT * max(abs(value), 1e-10):
            return b + step, True
        for _ in range(_HALVINGS):
            reached = _log_likelihood(y, w, x @ (b + step))
            if reached >= value - 1e-12 * abs(value):
                break
            step = step / 2
        else:
            return b, True
        b, value = b + step, reached
    return b, False


def _information(x: Floats, w: Floats, eta: Floats) -> Floats:
    return np.asarray(x.T @ ((w * scipy.special.expit(eta) * scipy.special.expit(-eta))[:, None] * x))


def _log_likelihood(y: Floats, w: Floats, eta: Floats) -> float:
    return float(w @ (y * scipy.special.log_expit(eta) + (1 - y) * scipy.special.log_expit(-eta)))


def _refuse_separation(y: Floats, x: Floats, climbed: bool) -> None:
    """Raise when some direction has no row on its wrong side and some row on its right side."""
    signed = np.where(y > 0.5, 1.0, -1.0)[:, None] * x / np.abs(x).max(axis=0)
    found = scipy.optimize.linprog(
        -signed.mean(axis=0), A_ub=-signed, b_ub=np.zeros(len(y)), bounds=(-1, 1), method="highs"
    )
    if found.status == 0 and -found.fun > 1e-7:
        raise EstimationError(
            "The predictors part the two groups without overlap, so that no logistic regression exists; use fewer or "
            "coarser predictors."
        )
    if not climbed:
        raise EstimationError(f"The logistic regression did not come to rest within {_ITERATIONS} steps.")
