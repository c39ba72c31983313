"""Intervals made for comparing: two that do not overlap differ, with a stated error on average over all pairs."""

from __future__ import annotations

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats


def comparison_factor(std_errors: Floats, df: Floats | None = None, conf_level: float = 0.95) -> float:
    """Return by how many standard errors each estimate's interval for comparing reaches to either side.

    Parameters
    ----------
    std_errors
        Shape (k,): of independent estimates.
    df
        Shape (k,): their degrees of freedom; without, normal.
    conf_level
        One minus the share of pairs of equal places whose intervals part by chance, on average over the pairs.

    Notes
    -----
    Two intervals part when their estimates differ by more than c (s_i + s_j). c solves, over all pairs, mean of
    2 P(T > c (s_i + s_j) / sqrt(s_i² + s_j²)) = 1 - conf_level (Goldstein and Spiegelhalter 1996, doi:10.2307/2983325; t with
    Welch's degrees of freedom of the pair). With equal errors c is 1.96 / sqrt(2) = 1.39.
    """
    i, j = np.triu_indices(len(std_errors), 1)
    both = np.sqrt(std_errors[i] ** 2 + std_errors[j] ** 2)
    stretch = (std_errors[i] + std_errors[j]) / both
    freedom = np.full(len(i), np.inf) if df is None else welch_df(std_errors[i], std_errors[j], df[i], df[j])

    def error(c: float) -> float:
        return float(np.mean(2 * upper_tail(c * stretch, freedom))) - (1 - conf_level)

    return float(scipy.optimize.brentq(error, 0.0, 1e4, xtol=1e-12, rtol=1e-14))


def welch_df(first_error: Floats, second_error: Floats, first_df: Floats, second_df: Floats) -> Floats:
    """Return the degrees of freedom of differences of independent estimates, shape as given."""
    one, two = first_error**2, second_error**2
    return np.asarray((one + two) ** 2 / (one**2 / first_df + two**2 / second_df + 1e-300))


def upper_tail(statistic: Floats, df: Floats) -> Floats:
    """Return P(T > statistic), normal where `df` is infinite or beyond a million."""
    normal = ~(df < 1e6)
    t = scipy.special.stdtr(np.where(normal, 1.0, df), -statistic)
    return np.asarray(np.where(normal, scipy.special.ndtr(-statistic), t))
