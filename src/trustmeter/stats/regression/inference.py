"""What every linear model's tests of contrasts return."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats


@dataclass(frozen=True, slots=True)
class ContrastTests:
    """One t test a contrast; each array has shape (q,).

    Parameters
    ----------
    estimate, std_error, statistic, df, p_value
        p values are two-sided and belong to the null value zero. All but the estimate are not a number where the
        standard error is zero.
    """

    estimate: Floats
    std_error: Floats
    statistic: Floats
    df: Floats
    p_value: Floats


@dataclass(frozen=True, slots=True)
class WaldTest:
    """A test of q contrasts at once: F with q and `df_denominator` degrees; not a number where it has none left."""

    statistic: float
    df_numerator: int
    df_denominator: float
    p_value: float


def t_tests(estimate: Floats, variance: Floats, df: Floats) -> ContrastTests:
    """Return two-sided t tests of q estimates from their variances and degrees of freedom, each (q,)."""
    error = np.where(np.isnan(df) | ~(variance > 0), np.nan, np.sqrt(np.maximum(variance, 0.0)))
    statistic = estimate / error
    return ContrastTests(estimate, error, statistic, df, 2 * scipy.special.stdtr(df, -np.abs(statistic)))


def f_test(statistic: float, df_numerator: int, df_denominator: float) -> WaldTest:
    """Return an F test; statistic and p are not a number when no degrees of freedom are left."""
    if not df_denominator > 0:
        return WaldTest(math.nan, df_numerator, df_denominator, math.nan)
    p_value = float(scipy.special.fdtrc(df_numerator, df_denominator, statistic))
    return WaldTest(statistic, df_numerator, df_denominator, p_value)
