"""Fit that does not depend on how the parameters were found: a complete-data discrepancy and its mean when the model holds.

The residual moments of a fitted model are r = (I - P) z with P = J (J'WJ)^-1 J'W, z the error of the sample moments, with
covariance Gamma / n, and W the weights by which the parameters were found. A discrepancy n r'Vr then has the mean
tr(V (I - P) Gamma (I - P)'). For ordered items V is that of normal-theory likelihood for correlations (Savalei 2021,
doi:10.1080/00273171.2020.1717922), joined, where thresholds are constrained, by the inverse covariance of the sample
thresholds; for rows with holes V is that of complete data (Zhang & Savalei 2023, doi:10.1037/met0000445).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.sem.estimate import Estimate
from trustmeter.stats.sem.model import Floats
from trustmeter.stats.sem.moments import lower_triangle
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample
from trustmeter.stats.sem.testing import ChiSquare, Slopes

_SINGULAR = 1e-10
"""Below this smallest eigenvalue (a row) the correlations of sample thresholds are singular but for rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class _Block:
    """One group: derivatives J, weights W, discrepancy weights V and the sample moments' Gamma, all of n rows together."""

    J: Floats
    WJ: Floats
    GWJ: Floats
    V: Floats
    gamma: Floats


def discrepancy(S: Floats, sigma: Floats, gap: Floats | None = None) -> float:
    """Return the normal-theory discrepancy of covariances (p, p) and, when given, of means (p,); none unless positive definite."""
    (sign, log), (sign_s, log_s) = np.linalg.slogdet(sigma), np.linalg.slogdet(S)
    if sign <= 0 or sign_s <= 0:
        return math.nan
    inverse = np.linalg.inv(sigma)
    value = float(log - log_s + np.sum(S * inverse) - len(S))
    return value if gap is None else value + float(gap @ inverse @ gap)


def normal_weight(sigma: Floats) -> Floats:
    """Return the normal-theory weights of the lower triangle of covariances, shape (p*, p*), of one row."""
    inverse, p = np.linalg.inv(sigma), len(sigma)
    rows, cols = lower_triangle(p, strict=False)
    both = inverse[np.ix_(rows, rows)] * inverse[np.ix_(cols, cols)]
    cross = inverse[np.ix_(rows, cols)] * inverse[np.ix_(cols, rows)]
    twice = np.where(rows == cols, 0.5, 1.0)
    return np.asarray((both + cross) * twice[:, None] * twice)


def robust_ordinal(estimate: Estimate, sample: OrdinalSample, slopes: Slopes) -> ChiSquare:
    """Return n times the discrepancy of thresholds and correlations, `scale` its mean over df when the model holds.

    Not numbers where rows or clusters are too few for the thresholds' covariance to have an inverse.
    """
    if not all(
        _invertible(gamma, len(one.thresholds)) for one, gamma in zip(sample.groups, sample.gammas, strict=True)
    ):
        return ChiSquare(math.nan, _freedom(estimate), math.nan, math.nan)
    p = sample.items
    rows, cols = lower_triangle(p, strict=True)
    full_rows, full_cols = lower_triangle(p, strict=False)
    kept = full_rows != full_cols
    value, blocks = 0.0, []
    for g, (one, gamma) in enumerate(zip(sample.groups, sample.gammas, strict=True)):
        T, now = len(one.thresholds), estimate.implied(g)
        implied_R = np.eye(p)
        implied_R[rows, cols] = implied_R[cols, rows] = now.moments[T:]
        of_thresholds = np.linalg.inv(gamma[:T, :T])
        gap = one.thresholds - now.moments[:T]
        value += one.n * (discrepancy(one.correlations, implied_R) + float(gap @ of_thresholds @ gap))
        V = np.zeros_like(gamma)
        V[:T, :T], V[T:, T:] = of_thresholds, normal_weight(implied_R)[np.ix_(kept, kept)]
        blocks.append(_Block(slopes.J[g], one.n * slopes.WJ[g], slopes.GWJ[g], one.n * V, gamma / one.n))
    return _scaled(value, _freedom(estimate), blocks)


def robust_holes(estimate: Estimate, sample: NormalSample) -> ChiSquare:
    """Return n times the complete-data discrepancy from the saturated moments, `scale` its mean over df when the model holds."""
    value, blocks = 0.0, []
    for g, (rows, free) in enumerate(zip(sample.groups, sample.free, strict=True)):
        now, n = estimate.implied(g), rows.n
        value += n * discrepancy(free.covariance, now.covariance, free.mean - now.mean)
        V = np.zeros_like(free.information)
        p = rows.items
        V[:p, :p], V[p:, p:] = n * np.linalg.inv(free.covariance), n * normal_weight(free.covariance)
        bread = np.linalg.inv(free.information)
        J, gamma = estimate.jacobian(g), bread @ free.meat @ bread
        WJ = free.information @ J
        blocks.append(_Block(J, WJ, gamma @ WJ, V, gamma))
    return _scaled(value, _freedom(estimate), blocks)


def _invertible(gamma: Floats, thresholds: int) -> bool:
    """Tell whether the covariance of the first moments, the thresholds, has full rank in more than rounding."""
    size = np.sqrt(np.diag(gamma)[:thresholds])
    if not (size > 0).all():
        return False
    values = np.linalg.eigvalsh(gamma[:thresholds, :thresholds] / np.outer(size, size))
    return bool(values[0] > _SINGULAR * thresholds)


def _freedom(estimate: Estimate) -> int:
    return estimate.model.moments * estimate.model.groups - estimate.model.parameters


def _scaled(value: float, df: int, blocks: Sequence[_Block]) -> ChiSquare:
    if df == 0:
        return ChiSquare(value, 0)
    q = blocks[0].J.shape[1]
    inner, once, twice, outer = (np.zeros((q, q)) for _ in range(4))
    mean = 0.0
    for block in blocks:
        VJ = block.V @ block.J
        inner += block.J.T @ block.WJ
        once += VJ.T @ block.GWJ
        twice += block.WJ.T @ block.GWJ
        outer += block.J.T @ VJ
        mean += float(np.sum(block.V * block.gamma.T))
    bread = np.linalg.inv(inner)
    mean += float(np.trace(bread @ outer @ bread @ twice)) - 2 * float(np.trace(bread @ once))
    return ChiSquare(value, df, scale=mean / df)
