"""Limits by Student's t, for few independent units; the normal distribution is the case of infinitely many."""

from __future__ import annotations

import math

import scipy

from trustmeter.stats.covariance import Interval, normal_quantile


def quantile(conf_level: float, df: float) -> float:
    """Return t such that a t variable with `df` degrees (infinity: normal) lies within -t and t with that probability."""
    return normal_quantile(conf_level) if math.isinf(df) else float(scipy.special.stdtrit(df, (1 + conf_level) / 2))


def symmetric_interval(value: float, std_error: float, conf_level: float, df: float, lowest: float) -> Interval:
    """Return ``value -+ t * std_error``, cut at 1 and at `lowest`."""
    margin = quantile(conf_level, df) * std_error
    return Interval(std_error, max(value - margin, lowest), min(value + margin, 1.0))


def positive_interval(value: float, std_error: float, conf_level: float, df: float) -> Interval:
    """Return the interval of a positive number, made on its logarithm; unknown when the number is zero."""
    if not value > 0:
        return Interval(std_error, math.nan, math.nan)
    factor = math.exp(quantile(conf_level, df) * std_error / value)
    return Interval(std_error, value / factor, value * factor)
