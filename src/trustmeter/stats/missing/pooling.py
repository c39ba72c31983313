"""Rubin's rules: one answer from the answers of several completed data sets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats


@dataclass(frozen=True, slots=True)
class Pooled:
    """Pooled estimates; each array of shape (p,).

    Parameters
    ----------
    estimates, std_errors, low, high
        Means over imputations, roots of the total variance, limits.
    statistics, df, p_values
        Estimate over standard error, degrees of freedom (Barnard and Rubin), two-sided p-value.
    within, between
        Mean sampling variance, and variance of the estimates between imputations.
    increase
        Relative increase of the variance by missing answers, r.
    lost_share
        Share of the total variance that missing answers make, lambda.
    missing_information
        Fraction of missing information, with the degrees of freedom allowed for.
    imputations
        Number m.
    """

    estimates: Floats
    std_errors: Floats
    statistics: Floats
    df: Floats
    p_values: Floats
    low: Floats
    high: Floats
    within: Floats
    between: Floats
    increase: Floats
    lost_share: Floats
    missing_information: Floats
    imputations: int


@dataclass(frozen=True, slots=True)
class PooledTest:
    """A test that several parameters have given values at once (D1): F on `df` and `df_error` degrees."""

    statistic: float
    df: int
    df_error: float
    p_value: float
    increase: float


def pool(estimates: Floats, variances: Floats, df_complete: float = math.inf, conf_level: float = 0.95) -> Pooled:
    """Return estimates pooled over m imputations by Rubin's rules.

    Parameters
    ----------
    estimates, variances
        Shape (m, p), or (m,) for one parameter: estimates and their squared standard errors, m >= 2.
    df_complete
        Residual degrees of freedom that complete data would have.

    Notes
    -----
    T = U + (1 + 1/m) B, lambda = (1 + 1/m) B / T, r = (1 + 1/m) B / U; degrees of freedom by Barnard and Rubin (1999),
    doi:10.1093/biomet/86.4.948: 1 / (1 / ((m - 1) / lambda²) + 1 / ((d + 1) / (d + 3) d (1 - lambda))), d = df_complete;
    missing information (r + 2 / (df + 3)) / (1 + r). Where nothing differs between imputations, df is what complete
    data give.
    """
    q, u = (np.asarray(part, dtype=float) for part in (estimates, variances))
    q, u = (part[:, None] if part.ndim == 1 else part for part in (q, u))
    _check(q, u)
    m = len(q)
    centre, within, between = q.mean(axis=0), u.mean(axis=0), q.var(axis=0, ddof=1)
    extra = (1 + 1 / m) * between
    total = within + extra
    with np.errstate(divide="ignore", invalid="ignore"):
        lost, increase = extra / total, extra / within
        df = _degrees(lost, m, df_complete)
        information = np.where(np.isinf(df), increase, increase + 2 / (df + 3)) / (1 + increase)
    errors = np.sqrt(total)
    statistics = np.divide(centre, errors, out=np.full(errors.shape, np.nan), where=errors > 0)
    margin = _quantile(df, conf_level) * errors
    p_values = 2 * _lower_tail(df, -np.abs(statistics))
    return Pooled(
        centre, errors, statistics, df, p_values, centre - margin, centre + margin,
        within, between, increase, lost, information, m,
    )  # fmt: skip


def pooled_wald(
    estimates: Floats, covariances: Floats, values: Floats | None = None, df_complete: float = math.inf
) -> PooledTest:
    """Return the D1 test that k parameters equal `values` (zero without).

    Parameters
    ----------
    estimates, covariances
        Shapes (m, k) and (m, k, k).

    Notes
    -----
    Li, Raghunathan and Rubin (1991), doi:10.1080/01621459.1991.10475152: D1 = d' U^-1 d / (k (1 + r)), with
    r = (1 + 1/m) tr(B U^-1) / k; error degrees of freedom of complete data by Reiter (2007), doi:10.1093/biomet/asm028,
    which needs k (m - 1) > 4.
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(covariances, dtype=float)
    _check(q, np.diagonal(u, axis1=1, axis2=2))
    m, k = q.shape
    U = u.mean(axis=0)
    d = q.mean(axis=0) - (0.0 if values is None else values)
    centred = q - q.mean(axis=0)
    B = centred.T @ centred / (m - 1)
    r = (1 + 1 / m) * float(np.trace(np.linalg.solve(U, B))) / k
    statistic = float(d @ np.linalg.solve(U, d)) / (k * (1 + r))
    df = _large_sample_df(r, k, m) if math.isinf(df_complete) else _reiter_df(r, k, m, df_complete)
    p = scipy.special.chdtrc(k, k * statistic) if math.isinf(df) else scipy.special.fdtrc(k, df, statistic)
    return PooledTest(statistic, k, df, float(p), r)


def _check(q: Floats, u: Floats) -> None:
    if len(q) < 2:
        raise EstimationError(f"Rubin's rules need at least two imputations. Got {len(q)}.")
    if not (np.isfinite(q).all() and np.isfinite(u).all() and (u >= 0).all()):
        raise EstimationError(
            "An imputation gave no estimate, or no variance. Pool only what each imputation could answer."
        )


def _degrees(lost: Floats, m: int, df_complete: float) -> Floats:
    old = (m - 1) / lost**2
    if math.isinf(df_complete):
        return old
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - lost)
    return np.asarray(1.0 / (1.0 / old + 1.0 / observed))


def _quantile(df: Floats, conf_level: float) -> Floats:
    p = (1 + conf_level) / 2
    found = np.full(df.shape, float(scipy.special.ndtri(p)))
    finite = np.isfinite(df)
    found[finite] = scipy.special.stdtrit(df[finite], p)
    return found


def _lower_tail(df: Floats, t: Floats) -> Floats:
    found = np.asarray(scipy.special.ndtr(t))
    finite = np.isfinite(df)
    found[finite] = scipy.special.stdtr(df[finite], t[finite])
    return found


def _large_sample_df(r: float, k: int, m: int) -> float:
    t = k * (m - 1)
    if r <= 0:
        return math.inf
    if t > 4:
        return 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
    return t * (1 + 1 / k) * (1 + 1 / r) ** 2 / 2


def _reiter_df(r: float, k: int, m: int, df_complete: float) -> float:
    t = k * (m - 1)
    if t <= 4:
        raise EstimationError(
            f"The test of {k} parameters with few people needs k (m - 1) > 4 for its degrees of freedom. Got {m} imputations; "
            "make more of them."
        )
    a = r * t / (t - 2)
    v = (df_complete + 1) / (df_complete + 3) * df_complete
    two, four = v - 2 * (1 + a), v - 4 * (1 + a)
    if four <= 0:
        raise EstimationError(
            f"Too few people ({df_complete:g} degrees of freedom) for so many missing answers: the joint test has no "
            "reference distribution. Test the parameters one at a time."
        )
    c = 1 / (t - 4)
    first = a**2 * two / ((1 + a) ** 2 * four)
    second = 8 * a**2 * two / ((1 + a) * four**2) + 4 * a**2 / ((1 + a) * four)
    third = 4 * a**2 / (four * two) + 16 * a**2 * two / four**3
    return 4 + 1 / (1 / four + c * (first + second + third + 8 * a**2 / four**2))
