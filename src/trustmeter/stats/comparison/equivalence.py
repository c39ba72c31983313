"""Is a difference beyond bounds, within them, or neither? One-sided t tests of an estimate with its standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import scipy

from trustmeter.stats.covariance import Interval


@dataclass(frozen=True, slots=True)
class BoundTests:
    """An estimate held against a lower and an upper bound; all numbers are missing when its error is unknown.

    Parameters
    ----------
    t_low, t_high
        (estimate - bound) / standard error, for each bound.
    p_above_low
        Against "the truth is at or under the lower bound": non-inferiority with the lower bound as margin.
    p_below_high
        Against "the truth is at or over the upper bound": non-inferiority of a falling score.
    p_within
        The larger of these two: two one-sided tests (TOST) against "the truth is at or beyond a bound".
    p_above_high
        Against "the truth is at or under the upper bound": superiority by more than the bound.
    p_below_low
        Against "the truth is at or over the lower bound": a fall by more than the bound.
    p_two_sided
        Against "the truth is zero".
    interval
        Two-sided, of the level asked for.
    inner
        Two-sided of level 2 conf_level - 1 (90 % for 95 %): it lies between the bounds exactly when p_within is
        under 1 - conf_level.
    """

    t_low: float
    t_high: float
    p_above_low: float
    p_below_high: float
    p_within: float
    p_above_high: float
    p_below_low: float
    p_two_sided: float
    interval: Interval
    inner: Interval


def hold_against_bounds(
    estimate: float, std_error: float, df: float, *, low: float, high: float, conf_level: float = 0.95
) -> BoundTests:
    """Test an estimate against ``low`` and ``high`` (low < high; either may be infinite) with Student's t.

    Parameters
    ----------
    estimate, std_error
        From any design; a standard error of zero tells nothing and gives missing numbers.
    df
        Degrees of freedom, may be broken or infinite (then the normal distribution).
    low, high
        The bounds, in the unit of the estimate.
    conf_level
        Of the two-sided interval; at least 0.5.

    Notes
    -----
    Schuirmann, D. J. (1987), doi:10.1007/BF01068419. Both of its one-sided tests use the whole error rate, as one
    of the two hypotheses at most is true.
    """
    if not (std_error > 0 and df > 0):
        none = math.nan
        empty = Interval(std_error, none, none)
        return BoundTests(none, none, none, none, none, none, none, none, empty, empty)
    t_low, t_high = (estimate - low) / std_error, (estimate - high) / std_error
    above_low, below_high = upper_tail(t_low, df), upper_tail(-t_high, df)
    return BoundTests(
        t_low=t_low,
        t_high=t_high,
        p_above_low=above_low,
        p_below_high=below_high,
        p_within=max(above_low, below_high),
        p_above_high=upper_tail(t_high, df),
        p_below_low=upper_tail(-t_low, df),
        p_two_sided=2 * upper_tail(abs(estimate) / std_error, df),
        interval=t_interval(estimate, std_error, df, conf_level),
        inner=t_interval(estimate, std_error, df, 2 * conf_level - 1),
    )


def upper_tail(t: float, df: float) -> float:
    """Return the probability that Student's t with `df` degrees of freedom is above `t`."""
    if math.isinf(df):
        return float(scipy.special.ndtr(-t))
    return float(scipy.special.stdtr(df, -t))


def t_interval(estimate: float, std_error: float, df: float, conf_level: float) -> Interval:
    """Return ``estimate -+ t * std_error`` with Student's quantile."""
    if not (std_error > 0 and df > 0):
        return Interval(std_error, math.nan, math.nan)
    margin = t_quantile((1 + conf_level) / 2, df) * std_error
    return Interval(std_error, estimate - margin, estimate + margin)


def t_quantile(p: float, df: float) -> float:
    """Return the quantile of Student's t; of the normal distribution when df is infinite."""
    return float(scipy.special.ndtri(p) if math.isinf(df) else scipy.special.stdtrit(df, p))
