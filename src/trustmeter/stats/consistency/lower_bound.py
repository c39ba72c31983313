"""The greatest lower bound of reliability: as much error variance as the covariances allow, exactly.

maximise sum(psi) subject to S - diag(psi) positive semidefinite and psi >= 0; glb = 1 - sum(psi) / sum(S).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.consistency.bounds import correlations
from trustmeter.stats.covariance import Floats

_SHRINK = 0.1
_FINE = 1e-11
_COARSE = 1e-7
"""The barrier's weight at the end; the glb is then within twice the number of items times it, relative to sum(S)."""
_STEPS = 500


@dataclass(frozen=True, slots=True)
class GreatestBound:
    """The greatest lower bound.

    Parameters
    ----------
    value
        1 - sum(errors) / sum(S).
    errors
        Shape (k,): the error variances, not below 0, which leave a positive semidefinite rest.
    dual
        Shape (k, k): positive semidefinite with a diagonal of at least 1; proves that no errors do better.
    gap
        (sum(S * dual) - sum(errors)) / sum(S): the value is at most so far above the true bound.
    """

    value: float
    errors: Floats
    dual: Floats
    gap: float

    @property
    def gradient(self) -> Floats:
        """The gradient (k, k) of the value in S, where there is one (by the dual: the envelope theorem)."""
        total = self.errors.sum() / (1 - self.value)
        return np.asarray(self.errors.sum() / total**2 - self.dual / total)


def greatest_bound(S: Floats) -> GreatestBound:
    """Return the greatest lower bound of a positive definite covariance matrix (k, k), with its proof.

    Barrier method with damped Newton steps, on the correlations. Bentler and Woodward (1980),
    doi:10.1007/BF02294079; ten Berge, Snijders and Zegers (1981), doi:10.1007/BF02293732.
    """
    variances, R = np.diag(S), correlations(S)
    cost = variances / variances.mean()
    shares, barrier = _central(R[None], cost[None], _FINE)
    dual = _proof(R, shares[0], cost, barrier)
    errors = shares[0] * variances
    sd = np.sqrt(variances)
    dual = dual * variances.mean() / np.outer(sd, sd)
    total = float(S.sum())
    gap = float(np.sum(S * dual) - errors.sum()) / total
    return GreatestBound(1 - float(errors.sum()) / total, errors, dual, gap)


def greatest_bounds(S: Floats) -> Floats:
    """Return the greatest lower bounds of a stack (draws, k, k), to about 1e-6; not a number where S is singular."""
    R = correlations(S)
    fine = np.asarray(np.isfinite(R).all(axis=(-2, -1)))
    fine[fine] = np.linalg.eigvalsh(R[fine])[:, 0] > 1e-8
    found = np.full(len(S), np.nan)
    variances = np.diagonal(S[fine], axis1=-2, axis2=-1)
    shares, _ = _central(R[fine], variances / variances.mean(axis=-1, keepdims=True), _COARSE)
    found[fine] = 1 - np.sum(shares * variances, axis=-1) / S[fine].sum(axis=(-2, -1))
    return found


def _proof(R: Floats, u: Floats, cost: Floats, barrier: float) -> Floats:
    """Return a dual (k, k) of the correlations' problem: positive semidefinite, its diagonal at least `cost`.

    It lives where R - diag(u) is singular. The barrier's own dual is right to five digits only; the least change that
    makes its diagonal right is added.
    """
    values, vectors = np.linalg.eigh(R - np.diag(u))
    null = vectors[:, values < np.sqrt(barrier)]
    rank = null.shape[1]
    Z = np.diag(barrier / np.maximum(values[:rank], barrier * 1e-6))
    bound = u > np.sqrt(barrier)
    rows, columns = np.tril_indices(rank)
    design = null[bound][:, rows] * null[bound][:, columns] * np.where(rows == columns, 1.0, 2.0)
    lacking = cost[bound] - np.einsum("ij,jk,ik->i", null[bound], Z, null[bound])
    change = np.linalg.lstsq(design, lacking, rcond=None)[0]
    Z[rows, columns] += change
    Z[columns, rows] = Z[rows, columns]
    height, axes = np.linalg.eigh(Z)
    half = null @ axes * np.sqrt(np.maximum(height, 0.0))
    dual = half @ half.T
    short = np.maximum(cost - np.diag(dual), 0.0)
    return np.asarray(dual + np.diag(short))


def _central(R: Floats, cost: Floats, end: float) -> tuple[Floats, float]:
    """Follow the central path of max cost'u + barrier (log det(R - diag u) + sum log u); return u (m, k), barrier."""
    m, k = cost.shape
    u = np.full((m, k), 0.5) * np.linalg.eigvalsh(R)[:, :1]
    diagonal = np.arange(k)
    barrier = 1.0
    while True:
        for _ in range(_STEPS):
            rest = np.array(R)
            rest[:, diagonal, diagonal] -= u
            P = np.linalg.inv(rest)
            slope = cost / barrier - np.diagonal(P, axis1=-2, axis2=-1) + 1 / u
            curve = P * P
            curve[:, diagonal, diagonal] += 1 / u**2
            step = np.linalg.solve(curve, slope[..., None])[..., 0]
            decrement = np.sqrt(np.maximum(np.sum(step * slope, axis=-1, keepdims=True), 0))
            u = u + step * np.where(decrement < 0.25, 1.0, 1 / (1 + decrement))
            if decrement.max() < 1e-5:
                break
        if barrier <= end:
            return u, barrier
        barrier = max(barrier * _SHRINK, end)
