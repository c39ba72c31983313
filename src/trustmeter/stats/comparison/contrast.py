"""Means and their differences: one sample, pairs, two independent samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MeanEstimate:
    """A mean or a difference of means; all fields are plain numbers.

    What cannot be known (no variance, one person) is not a number: a width of zero would claim too much.
    """

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    ci_low: float
    ci_high: float
    n: int


def one_mean(x: Floats, conf_level: float) -> MeanEstimate:
    """Return the mean of `x`, shape (n,), n >= 1, with its t interval; no test."""
    n = len(x)
    std_error = float(np.std(x, ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    found = _t_result(float(np.mean(x)), std_error, n - 1.0, n=n, size=float(np.max(np.abs(x))), conf_level=conf_level)
    return MeanEstimate(
        found.estimate, found.std_error, math.nan, found.df, math.nan, found.ci_low, found.ci_high, found.n
    )


def paired_difference(before: Floats, after: Floats, conf_level: float) -> MeanEstimate:
    """Return the mean of ``after - before``, both of shape (n,), with t interval and test on n - 1 degrees."""
    change = after - before
    n = len(change)
    std_error = float(np.std(change, ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    size = max(float(np.max(np.abs(before))), float(np.max(np.abs(after))))
    return _t_result(float(np.mean(change)), std_error, n - 1.0, n=n, size=size, conf_level=conf_level)


def welch_difference(first: Floats, second: Floats, conf_level: float) -> MeanEstimate:
    """Return ``mean(second) - mean(first)`` of two independent samples, variances not assumed equal.

    Welch (1947), doi:10.1093/biomet/34.1-2.28. Shapes (n1,) and (n2,), both n >= 2.
    """
    parts = np.array([np.var(x, ddof=1) / len(x) for x in (first, second)])
    total = float(parts.sum())
    weights = np.array([len(first) - 1, len(second) - 1])
    df = total**2 / float(np.sum(parts**2 / weights)) if total > 0 else math.nan
    size = max(float(np.max(np.abs(first))), float(np.max(np.abs(second))))
    estimate = float(np.mean(second) - np.mean(first))
    return _t_result(estimate, math.sqrt(total), df, n=len(first) + len(second), size=size, conf_level=conf_level)


def _t_result(estimate: float, std_error: float, df: float, *, n: int, size: float, conf_level: float) -> MeanEstimate:
    rounding = 10 * np.finfo(float).eps * size
    if not std_error > rounding:
        nan = math.nan
        exact = 0.0 if abs(estimate) <= rounding else estimate
        return MeanEstimate(exact, std_error, nan, df, nan, nan, nan, n)
    statistic = estimate / std_error
    margin = float(scipy.special.stdtrit(df, (1 + conf_level) / 2)) * std_error
    p_value = 2 * float(scipy.special.stdtr(df, -abs(statistic)))
    return MeanEstimate(estimate, std_error, statistic, df, p_value, estimate - margin, estimate + margin, n)
