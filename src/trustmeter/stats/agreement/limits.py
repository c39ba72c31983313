"""How far two methods differ: limits of agreement, and the concordance correlation coefficient."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.covariance import normal_quantile

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Measured:
    """An estimate with its standard error (where there is one) and interval."""

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean difference, its spread, and the two limits between which most differences lie."""

    bias: Measured
    sd: Measured
    lower: Measured
    upper: Measured
    df: float


@dataclass(frozen=True, slots=True)
class Slope:
    """The slope of differences on means, with its t test."""

    slope: Measured
    t: float
    df: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Concordance:
    """Lin's coefficient, Pearson's correlation, their quotient, and the shifts of scale and location."""

    ccc: Measured
    pearson: Measured
    accuracy: float
    scale_shift: float
    location_shift: float


def limits_of_agreement(difference: Floats, coverage: float, conf_level: float) -> Limits:
    """Return mean -+ z sd of n differences, shape (n,), n >= 3, with exact intervals.

    z is the normal quantile of `coverage`. The interval of one limit, from the noncentral t distribution, is that of
    the true quantile (Carkeet 2015, doi:10.1097/OPX.0000000000000513); that of the sd is from chi-square.
    """
    n = len(difference)
    df, z, p = n - 1.0, normal_quantile(coverage), (1 + conf_level) / 2
    mean, sd = float(np.mean(difference)), float(np.std(difference, ddof=1))
    low, high = (float(scipy.stats.nct.ppf(q, df, z * math.sqrt(n))) / math.sqrt(n) * sd for q in (1 - p, p))
    error = sd * math.sqrt(1 / n + z**2 / (2 * df))
    return Limits(
        _with_t(mean, sd / math.sqrt(n), df, p), standard_deviation(sd, df, conf_level),
        Measured(mean - z * sd, error, mean - high, mean - low),
        Measured(mean + z * sd, error, mean + low, mean + high), df,
    )  # fmt: skip


def repeated_limits(difference: Floats, people: Integers, coverage: float, conf_level: float) -> Limits:
    """Return the limits of differences, shape (N,), of people 0, 1, ... n - 1 measured several times.

    The variance of a single difference is S_b^2 + (1 - 1 / m) S_w^2: between people's mean differences, and within
    people, m the harmonic mean of their numbers (one-way analysis of variance: Bland & Altman 2007,
    doi:10.1080/10543400701329422). Intervals recover the variance of both parts (MOVER: Zou 2013,
    doi:10.1177/0962280211402548).
    """
    counts = np.bincount(people).astype(float)
    n, total = len(counts), len(difference)
    means = np.bincount(people, weights=difference) / counts
    within_df = float(total - n)
    between = float(np.var(means, ddof=1))
    within = (1 - float(np.mean(1 / counts))) * float(np.sum((difference - means[people]) ** 2)) / within_df
    z, p = normal_quantile(coverage), (1 + conf_level) / 2
    variance = between + within
    mean, sd = float(means.mean()), math.sqrt(variance)

    def moved(tail: float) -> float:
        parts = ((between, n - 1.0), (within, within_df))
        return math.sqrt(sum((s * (df / float(scipy.special.chdtri(df, tail)) - 1)) ** 2 for s, df in parts))

    root_low, root_high = math.sqrt(max(variance - moved(1 - p), 0.0)), math.sqrt(variance + moved(p))
    of_mean = normal_quantile(conf_level) ** 2 * between / n
    outer = math.sqrt(of_mean + (z * (root_high - sd)) ** 2)
    inner = math.sqrt(of_mean + (z * (sd - root_low)) ** 2)
    bias = _with_t(mean, math.sqrt(between / n), n - 1.0, p)
    return Limits(
        bias, Measured(sd, math.nan, root_low, root_high),
        Measured(mean - z * sd, math.nan, mean - z * sd - outer, mean - z * sd + inner),
        Measured(mean + z * sd, math.nan, mean + z * sd - inner, mean + z * sd + outer), n - 1.0,
    )  # fmt: skip


def proportional_bias(difference: Floats, mean: Floats, conf_level: float) -> Slope:
    """Return the least-squares slope of differences on means, both (n,), n >= 3."""
    n = len(difference)
    x, y = mean - mean.mean(), difference - difference.mean()
    spread = float(x @ x)
    slope = float(x @ y) / spread
    df = n - 2.0
    error = math.sqrt(float(np.sum((y - slope * x) ** 2)) / df / spread)
    t = slope / error if error > 0 else math.nan
    measured = _with_t(slope, error, df, (1 + conf_level) / 2)
    return Slope(measured, t, df, 2 * float(scipy.special.stdtr(df, -abs(t))))


def standard_deviation(sd: float, df: float, conf_level: float) -> Measured:
    """Return a standard deviation of normal data with its interval from the chi-square distribution."""
    low, high = (scipy.special.chdtri(df, tail) for tail in ((1 - conf_level) / 2, (1 + conf_level) / 2))
    return Measured(sd, sd / math.sqrt(2 * df), sd * math.sqrt(df / float(low)), sd * math.sqrt(df / float(high)))


def concordance_correlation(x: Floats, y: Floats, conf_level: float) -> Concordance:
    """Return Lin's coefficient of two measurements, both (n,), n >= 4.

    ccc = 2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2), variances with divisor n; interval on Fisher's z with the
    standard error of bivariate normal data and divisor n - 2 (Lin 1989, doi:10.2307/2532051, with the correction of
    2000).
    """
    n = len(x)
    S = np.cov(x, y, ddof=0)
    var_x, var_y, cov = float(S[0, 0]), float(S[1, 1]), float(S[0, 1])
    gap = float(x.mean() - y.mean())
    ccc = 2 * cov / (var_x + var_y + gap**2)
    r = cov / math.sqrt(var_x * var_y)
    pearson = correlation_interval(r, n, conf_level)
    shift = gap / (var_x * var_y) ** 0.25
    ratio = ccc / r if r != 0 else 2 / (math.sqrt(var_x / var_y) + math.sqrt(var_y / var_x) + shift**2)
    parts = (1 - r**2) * ratio**2 * (1 - ccc**2) + 2 * ccc**2 * ratio * (1 - ccc) * shift**2
    error = math.sqrt(max(parts - ccc**2 * ratio**2 * shift**4 / 2, 0.0) / (n - 2))
    if not abs(ccc) < 1:
        return Concordance(Measured(ccc, math.nan, math.nan, math.nan), pearson, ratio, 1.0, shift)
    margin = normal_quantile(conf_level) * error / (1 - ccc**2)
    low, high = math.tanh(math.atanh(ccc) - margin), math.tanh(math.atanh(ccc) + margin)
    return Concordance(Measured(ccc, error, low, high), pearson, ratio, math.sqrt(var_x / var_y), shift)


def correlation_interval(r: float, n: int, conf_level: float) -> Measured:
    """Return a Pearson correlation of n pairs with Fisher's interval; ``nan`` limits where |r| is 1."""
    if not abs(r) < 1 or n < 4:
        return Measured(r, math.nan, math.nan, math.nan)
    margin = normal_quantile(conf_level) / math.sqrt(n - 3)
    return Measured(
        r, (1 - r**2) / math.sqrt(n - 1), math.tanh(math.atanh(r) - margin), math.tanh(math.atanh(r) + margin)
    )


def _with_t(estimate: float, error: float, df: float, p: float) -> Measured:
    margin = float(scipy.special.stdtrit(df, p)) * error
    return Measured(estimate, error, estimate - margin, estimate + margin)
