"""One factor behind the items, by maximum likelihood, and omega from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.consistency.bounds import correlations
from trustmeter.stats.covariance import Coefficient, Floats

_STEPS = 500
_DONE = 1e-20
"""Squared length of a step, in the metric of the information matrix, below which the estimate stands still."""
_SAFE = 1e-8
"""Below this length whole steps are taken: differences of the likelihood would be rounding error."""
_HEYWOOD = 1e-6
_WHOLE_STEPS = 150
_HALVINGS = 20
_ONE_BY_ONE = 20
_NEAR_ZERO = 1e-5
_STEP = 1e-4


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


def observed_omega(fit: OneFactor, S: Floats) -> float:
    """Return omega with the observed variance of the sum below: (sum of loadings)^2 / sum(S), S of the same fit."""
    return float(fit.loadings.sum()) ** 2 / float(S.sum())


def omega_gradient(S: Floats, fit: OneFactor) -> Floats:
    """Return the gradient (k, k) of `omega_total` in the covariances (k, k) that were fitted.

    It goes through the estimates, with expected information: the robust (sandwich) standard error of covariance
    structures, doi:10.1111/j.2044-8317.1984.tb00789.x, and the delta method. It takes one factor for granted.
    """
    sd = np.sqrt(np.diag(S))
    theta = np.concatenate([fit.loadings / sd, fit.uniquenesses / sd**2])
    whole, unique = float(fit.loadings.sum()), float(fit.uniquenesses.sum())
    slope = np.concatenate([2 * whole * unique * sd, -(whole**2) * sd**2]) / (whole**2 + unique) ** 2
    return _pulled(theta, _solve(_information(theta), slope), sd)


def observed_omega_gradient(S: Floats, fit: OneFactor) -> Floats:
    """Return the gradient (k, k) of `observed_omega` in the covariances (k, k) that were fitted.

    It is exact: the estimates move as the second derivatives of the discrepancy say, whether or not one factor holds.
    """
    sd = np.sqrt(np.diag(S))
    R = S / np.outer(sd, sd)
    theta = np.concatenate([fit.loadings / sd, fit.uniquenesses / sd**2])
    whole, total = float(fit.loadings.sum()), float(S.sum())
    slope = np.concatenate([2 * whole / total * sd, np.zeros_like(sd)])
    moved = _STEP * np.eye(len(theta))
    curve = np.stack(
        [
            (8 * (_score(theta + h, R) - _score(theta - h, R)) - _score(theta + 2 * h, R) + _score(theta - 2 * h, R))
            for h in moved
        ]
    ) / (-12 * _STEP)
    return np.asarray(_pulled(theta, _solve((curve + curve.T) / 2, slope), sd) - (whole / total) ** 2)


def _pulled(theta: Floats, pull: Floats, sd: Floats) -> Floats:
    """Return the gradient in the covariances (k, k) of a number whose gradient in the score's metric is `pull` (2k,)."""
    k = len(sd)
    half = np.outer(pull[:k], theta[:k])
    P = _inverse(theta)
    return np.asarray(P @ ((half + half.T) / 2 + np.diag(pull[k:]) / 2) @ P / np.outer(sd, sd))


def omega_coefficient(x: Floats, fit: OneFactor) -> Coefficient:
    """Return omega and the influence of each of the complete rows (n, k), with `fit` from their covariances."""
    d = x - x.mean(axis=0)
    G = omega_gradient(np.asarray(d.T @ d / len(d)), fit)
    pull = np.einsum("ij,ij->i", d @ G, d)
    return Coefficient(omega_total(fit), np.asarray(pull - pull.mean()))


def normal_omega_std_error(x: Floats, fit: OneFactor) -> float:
    """Return the standard error of omega when items are normal (complete rows, n x k), by the delta method."""
    d = x - x.mean(axis=0)
    S = np.asarray(d.T @ d / len(d))
    implied = np.outer(fit.loadings, fit.loadings) + np.diag(fit.uniquenesses)
    product = omega_gradient(S, fit) @ implied
    return math.sqrt(max(2 * float(np.sum(product * product.T)), 0.0) / len(d))


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


def omegas(S: Floats, start: OneFactor) -> Floats:
    """Return omega_total and observed omega of each matrix of a stack (m, k, k), shape (2, m).

    All are fitted at once, from `start` (of the whole sample) on; up to 20 that this does not bring to
    rest are fitted one by one. Not a number where there is no solution.
    """
    sd = np.sqrt(np.diagonal(S, axis1=-2, axis2=-1))
    R = correlations(S)
    with np.errstate(invalid="ignore", divide="ignore"):
        lam, psi, rest = _stacked(R, start.loadings / sd, start.uniquenesses / sd**2)
    lam[~rest] = psi[~rest] = np.nan
    left = np.flatnonzero(~rest & np.isfinite(R).all(axis=(-2, -1)))
    for place in left if len(left) <= _ONE_BY_ONE else []:
        fit = fit_one_factor(S[place])
        if fit.converged:
            lam[place], psi[place] = fit.loadings / sd[place], fit.uniquenesses / sd[place] ** 2
    common = np.sum(lam * sd, axis=-1) ** 2
    return np.stack([common / (common + np.sum(psi * sd**2, axis=-1)), common / S.sum(axis=(-2, -1))])


def _stacked(R: Floats, lam: Floats, psi: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Take Fisher-scoring steps in all matrices (m, k, k) together; return loadings, uniquenesses, which are at rest."""
    k = lam.shape[1]
    theta = np.concatenate([lam, psi], axis=1)
    rest = np.zeros(len(R), dtype=bool)
    value = np.full(len(R), np.inf)
    known = np.isfinite(R).all(axis=(-2, -1))
    value[known] = _discrepancies(theta[known], R[known])
    open_ = np.flatnonzero(np.isfinite(value))
    for _ in range(_WHOLE_STEPS):
        if not len(open_):
            break
        here, now = R[open_], theta[open_]
        step, length = _steps(here, now[:, :k], now[:, k:])
        scale, found, worse = np.ones(len(open_)), np.full(len(open_), np.inf), np.ones(len(open_), dtype=bool)
        for _ in range(_HALVINGS):
            found[worse] = _discrepancies(now[worse] + scale[worse, None] * step[worse], here[worse])
            worse = ~((found < value[open_]) | ((length < _SAFE) & np.isfinite(found)))
            if not worse.any():
                break
            scale[worse] /= 2
        better = ~worse
        theta[open_[better]] = now[better] + scale[better, None] * step[better]
        value[open_[better]] = found[better]
        rest[open_[better & (length < _DONE)]] = True
        open_ = open_[better & (length >= _DONE)]
    return theta[:, :k], theta[:, k:], rest


def _discrepancies(theta: Floats, R: Floats) -> Floats:
    """Return log det(Sigma) + trace(R Sigma^-1) of each of m models (m, 2k); infinite where Sigma is not definite.

    One uniqueness may be negative. Near zero the sums below lose their digits, so that it counts as infinite, too.
    """
    k = theta.shape[1] // 2
    lam, psi = theta[:, :k], theta[:, k:]
    with np.errstate(all="ignore"):
        w = lam / psi
        bend = 1 + np.sum(lam * w, axis=-1)
        found = np.sum(np.log(np.abs(psi)) + 1 / psi, axis=-1) + np.log(np.abs(bend))
        found -= np.einsum("mi,mij,mj->m", w, R, w) / bend
        negative = np.sum(psi < 0, axis=-1)
        definite = ((negative == 0) & (bend > 0)) | ((negative == 1) & (bend < 0))
    return np.where(definite & (np.abs(psi).min(axis=-1) > _NEAR_ZERO) & np.isfinite(found), found, np.inf)


def _steps(R: Floats, lam: Floats, psi: Floats) -> tuple[Floats, Floats]:
    """Return Fisher-scoring steps (m, 2k) and their squared lengths (m,).

    With P the inverse and u = P lam, the information of the uniquenesses is P * P / 2; score and mixed part likewise.
    """
    m, k = lam.shape
    diagonal = np.arange(k)
    w = lam / psi
    bend = 1 + np.sum(lam * w, axis=-1)
    P = -w[:, :, None] * w[:, None, :] / bend[:, None, None]
    P[:, diagonal, diagonal] += 1 / psi
    u = w / bend[:, None]
    RP = R @ P
    M = P @ RP - P
    score = np.concatenate([np.einsum("mij,mj->mi", M, lam), np.diagonal(M, axis1=-2, axis2=-1) / 2], axis=-1)
    information = np.empty((m, 2 * k, 2 * k))
    information[:, :k, :k] = u[:, :, None] * u[:, None, :] + np.sum(lam * u, axis=-1)[:, None, None] * P
    information[:, :k, k:] = P * u[:, None, :]
    information[:, k:, :k] = np.swapaxes(information[:, :k, k:], -1, -2)
    information[:, k:, k:] = P * P / 2
    step = np.linalg.solve(information, score[..., None])[..., 0]
    return step, np.abs(np.sum(step * score, axis=-1))


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
