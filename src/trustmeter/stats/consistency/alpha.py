"""Internal consistency: alpha, standardised alpha, the standard error of measurement, and their intervals."""

from __future__ import annotations

import math

import numpy as np
import scipy

from trustmeter.stats.covariance import Coefficient, Floats, Interval

CHANGE_FACTOR = 1.959963984540054 * math.sqrt(2)
"""A score must change by this many standard errors of measurement to be beyond error (95 %, two-sided)."""


def alpha_of(S: Floats) -> float:
    """Return alpha of a covariance matrix (k, k): k / (k - 1) (1 - trace / sum)."""
    k = len(S)
    return float(k / (k - 1) * (1 - np.trace(S) / S.sum()))


def standardized_alpha_of(S: Floats) -> float:
    """Return alpha of the correlation matrix that belongs to a covariance matrix (k, k)."""
    sd = np.sqrt(np.diag(S))
    return alpha_of(S / np.outer(sd, sd))


def measurement_error_of(S: Floats) -> float:
    """Return the standard error of measurement of the item mean: sqrt((k trace - sum) / (k - 1)) / k.

    It is sd(item mean) sqrt(1 - alpha), written without alpha.
    """
    k = len(S)
    return math.sqrt(max(float(k * np.trace(S) - S.sum()), 0.0) / (k - 1)) / k


def cronbach_alpha(x: Floats) -> Coefficient:
    """Return alpha of complete rows (n, k) and the influence of each row.

    Cronbach (1951), doi:10.1007/BF02310555; the influence gives the distribution-free (ADF) standard error of
    Maydeu-Olivares, Coffman and Hartmann (2007), doi:10.1037/1082-989X.12.2.157.
    """
    n, k = x.shape
    squares, total = _square_and_total(x)
    trace, whole = squares.sum() / (n - 1), total @ total / (n - 1)
    value = k / (k - 1) * (1 - trace / whole)
    influence = k / (k - 1) * (trace * total**2 / whole - squares) / whole
    return Coefficient(float(value), influence)


def standardized_alpha(x: Floats) -> Coefficient:
    """Return standardised alpha of complete rows (n, k): alpha of the correlations, with its influence."""
    n, k = x.shape
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    R = z.T @ z / (n - 1)
    total = z.sum(axis=1)
    whole = float(R.sum())
    change = total**2 - z**2 @ R.sum(axis=0)
    return Coefficient(k / (k - 1) * (1 - k / whole), k * k / (k - 1) / whole**2 * change)


def measurement_error(x: Floats) -> Coefficient:
    """Return the standard error of measurement of the item mean of complete rows (n, k), with its influence."""
    n, k = x.shape
    squares, total = _square_and_total(x)
    each = np.maximum(k * squares - total**2, 0.0) / (k - 1) / k**2
    value = math.sqrt(float(each.sum()) / (n - 1))
    influence = (each - each.mean()) / (2 * value) if value > 0 else np.zeros(n)
    return Coefficient(value, influence)


def feldt_interval(alpha: float, n: int, k: int, conf_level: float) -> Interval:
    """Return Feldt's interval of alpha; exact for normal items with equal variances and covariances.

    Feldt (1965), doi:10.1007/BF02289499: (1 - rho) / (1 - alpha) follows F with n - 1 and (n - 1)(k - 1) degrees.
    It has no standard error.
    """
    df = (n - 1, (n - 1) * (k - 1))
    tail = (1 - conf_level) / 2
    low, high = (1 - (1 - alpha) * float(scipy.special.fdtri(*df, p)) for p in (1 - tail, tail))
    return Interval(math.nan, low, high)


def feldt_error_interval(error: float, n: int, k: int, conf_level: float) -> Interval:
    """Return the interval of the standard error of measurement under Feldt's model.

    There the squared error times its (n - 1)(k - 1) degrees follows chi-squared.
    """
    df = (n - 1) * (k - 1)
    tail = (1 - conf_level) / 2
    low, high = (error * math.sqrt(df / float(scipy.special.chdtri(df, p))) for p in (tail, 1 - tail))
    return Interval(math.nan, low, high)


def item_total_correlations(S: Floats) -> Floats:
    """Return the correlation of each item with the sum of the others, shape (k,), from a covariance matrix (k, k)."""
    variances, sums = np.diag(S), S.sum(axis=0)
    rest = S.sum() - 2 * sums + variances
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (sums - variances) / np.sqrt(variances * rest)
    return np.where((variances > 0) & (rest > 0), found, np.nan)


def alphas_if_dropped(S: Floats) -> Floats:
    """Return alpha without each item in turn, shape (k,), from a covariance matrix (k, k); unknown when k < 3."""
    k = len(S)
    variances, sums = np.diag(S), S.sum(axis=0)
    trace, rest = np.trace(S) - variances, S.sum() - 2 * sums + variances
    if k < 3:
        return np.full(k, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (k - 1) / (k - 2) * (1 - trace / rest)
    return np.where(rest > 0, found, np.nan)


def is_degenerate(S: Floats) -> bool:
    """Tell whether the items' sum does not vary, so that no reliability exists."""
    return not S.sum() > 1e-10 * np.trace(S)


def _square_and_total(x: Floats) -> tuple[Floats, Floats]:
    """Return each row's sum of squared deviations and its deviation in the sum of items, both (n,)."""
    d = x - x.mean(axis=0)
    return np.einsum("ij,ij->i", d, d), d.sum(axis=1)
