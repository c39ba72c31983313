"""One factor behind the items, by maximum likelihood, and omega from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.covariance import Coefficient, Floats

_STEPS = 500
_DONE = 1e-20
"""Squared length of a step, in the metric of the information matrix, below which the estimate stands still."""
_SAFE = 1e-8
"""Below this length whole steps are taken: differences of the likelihood would be rounding error."""
_HEYWOOD = 1e-6


@dataclass(frozen=True, slots=True)
class OneFactor:
    """A one-factor model of k items.

    Parameters
    ----------
    loadings, uniquenesses
        Shape (k,), in the metric of the items; the factor has variance 1 and loadings with a sum not below zero.
    discrepancy
        log det(Sigma) - log det(S) + trace(S Sigma^-1) - k at the end.
    converged
        Whether the search came to rest.
    """

    loadings: Floats
    uniquenesses: Floats
    discrepancy: float
    converged: bool

    @property
    def improper(self) -> NDArray[np.intp]:
        """The positions of items whose uniqueness is not above zero (Heywood cases)."""
        return np.flatnonzero(self.uniquenesses <= _HEYWOOD * (self.loadings**2 + np.abs(self.uniquenesses)))


def fit_one_factor(S: Floats) -> OneFactor:
    """Fit Sigma = loadings loadings' + diag(uniquenesses) to a covariance matrix (k, k), k >= 3, S positive definite.

    Maximum likelihood by Fisher scoring with halved steps; uniquenesses are free to become negative, which shows a
    model that does not hold. Jöreskog (1967), doi:10.1007/BF02289658.
    """
    k = len(S)
    sd = np.sqrt(np.diag(S))
    R = S / np.outer(sd, sd)
    theta = _start(R)
    current = _minus_log_likelihood(theta, R)
    length = math.inf
    for _ in range(_STEPS):
        information, score = _information(theta), _score(theta, R)
        step = _solve(information, score)
        length = float(step @ score)
        if length < _DONE:
            break
        scale, found = 1.0, _minus_log_likelihood(theta + step, R)
        while not (found < current or (length < _SAFE and math.isfinite(found))) and scale > 1e-6:
            scale /= 2
            found = _minus_log_likelihood(theta + scale * step, R)
        if not math.isfinite(found):
            break
        theta, current = theta + scale * step, found
    sign = -1.0 if float(theta[:k] @ sd) < 0 else 1.0
    discrepancy = current - float(np.linalg.slogdet(R)[1]) - k
    return OneFactor(sign * theta[:k] * sd, theta[k:] * sd**2, discrepancy, abs(length) < 1e-16)


def omega_total(fit: OneFactor) -> float:
    """Return omega of the sum of the items: (sum of loadings)^2 / ((sum of loadings)^2 + sum of uniquenesses).

    McDonald (1999), Test theory. The denominator is the variance of the sum under the model.
    """
    common = float(fit.loadings.sum()) ** 2
    return common / (common + float(fit.uniquenesses.sum()))


def omega_coefficient(x: Floats, fit: OneFactor) -> Coefficient:
    """Return omega and the influence of each of the complete rows (n, k), with `fit` from their covariances.

    The influence goes through the estimates, with expected information: the robust (sandwich) standard error of
    covariance structures, doi:10.1111/j.2044-8317.1984.tb00789.x, and the delta method.
    """
    k = x.shape[1]
    d, theta, gradient = _standardized(x, fit)
    lam = theta[:k]
    y = d @ _inverse(theta)
    pull = np.hstack([y * (y @ lam)[:, None], y**2 / 2])
    influence = (pull - pull.mean(axis=0)) @ _solve(_information(theta), gradient)
    return Coefficient(omega_total(fit), influence)


def normal_omega_std_error(x: Floats, fit: OneFactor) -> float:
    """Return the standard error of omega when items are normal: gradient' information^-1 gradient / n, delta method."""
    _, theta, gradient = _standardized(x, fit)
    return math.sqrt(max(float(gradient @ _solve(_information(theta), gradient)), 0.0) / len(x))


def _standardized(x: Floats, fit: OneFactor) -> tuple[Floats, Floats, Floats]:
    """Return deviations over sd (n, k), the parameters in that metric (2k,), and the gradient of omega in them."""
    d = x - x.mean(axis=0)
    sd = np.sqrt(np.mean(d**2, axis=0))
    theta = np.concatenate([fit.loadings / sd, fit.uniquenesses / sd**2])
    whole, unique = float(fit.loadings.sum()), float(fit.uniquenesses.sum())
    scale = 1 / (whole**2 + unique) ** 2
    gradient = np.concatenate([2 * whole * unique * scale * sd, -(whole**2) * scale * sd**2])
    return d / sd, theta, gradient


def _start(R: Floats) -> Floats:
    """Begin at the first principal axis, half of each variance unique."""
    values, vectors = np.linalg.eigh(R - np.eye(len(R)) / 2)
    lam = vectors[:, -1] * math.sqrt(max(values[-1], 0.1))
    return np.concatenate([lam, np.clip(1 - lam**2, 0.2, 0.9)])


def _sigma(theta: Floats) -> Floats:
    k = len(theta) // 2
    return np.asarray(np.outer(theta[:k], theta[:k]) + np.diag(theta[k:]))


def _inverse(theta: Floats) -> Floats:
    return np.asarray(np.linalg.inv(_sigma(theta)))


def _solve(matrix: Floats, vector: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, vector))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, vector, rcond=None)[0])


def _minus_log_likelihood(theta: Floats, R: Floats) -> float:
    """Return log det(Sigma) + trace(R Sigma^-1), or infinity where Sigma is not positive definite."""
    try:
        L = np.linalg.cholesky(_sigma(theta))
    except np.linalg.LinAlgError:
        return math.inf
    half = np.linalg.solve(L, R)
    return float(2 * np.log(np.diag(L)).sum() + np.trace(np.linalg.solve(L, half.T)))


def _score(theta: Floats, R: Floats) -> Floats:
    """Return half the descent direction of the discrepancy, shape (2k,)."""
    k = len(theta) // 2
    P = _inverse(theta)
    M = P @ (R - _sigma(theta)) @ P
    return np.concatenate([M @ theta[:k], np.diag(M) / 2])


def _information(theta: Floats) -> Floats:
    """Return the expected information of one row, shape (2k, 2k)."""
    k = len(theta) // 2
    P = _inverse(theta)
    u = P @ theta[:k]
    mixed = P * u
    return np.block([[np.outer(u, u) + float(theta[:k] @ u) * P, mixed], [mixed.T, P**2 / 2]])
