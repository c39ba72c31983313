"""Standardised mean differences, each under its own name, with intervals.

``d_z`` divides by the standard deviation of the changes, ``d_av`` by the root of the mean of the two variances,
``d_s`` by the pooled standard deviation of two independent groups. ``g`` is ``d`` without its small-sample bias.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect size with its interval; `std_error` only where the interval is made from one."""

    estimate: float
    ci_low: float
    ci_high: float
    std_error: float = math.nan

    def times(self, factor: float) -> Effect:
        """Return the effect, its interval and its standard error multiplied by a positive factor."""
        return Effect(self.estimate * factor, self.ci_low * factor, self.ci_high * factor, self.std_error * factor)


_VERY_LARGE_T = 2e4

UNKNOWN = Effect(math.nan, math.nan, math.nan)
"""The effect of data that do not vary."""


@dataclass(frozen=True, slots=True)
class PairedEffects:
    """The three standardised changes of linked people."""

    d_z: Effect
    d_av: Effect
    hedges_g_av: Effect


@dataclass(frozen=True, slots=True)
class GroupEffects:
    """The two standardised differences of independent groups."""

    d_s: Effect
    hedges_g_s: Effect


def paired_effects(before: Floats, after: Floats, conf_level: float) -> PairedEffects:
    """Return d_z, d_av and g_av of ``after - before``, both of shape (n,), n >= 3.

    - d_z = mean(change) / sd(change); interval from the noncentral t distribution on n - 1 degrees.
    - d_av = mean(change) / sqrt((var1 + var2) / 2); interval d +- z SE with
      SE^2 = d^2 (var1^2 + var2^2 + 2 cov^2) / (8 (n - 1) s^4) + var(change) / ((n - 1) s^2), s^2 the mean variance
      (Bonett 2008, doi:10.1037/1082-989X.13.2.99).
    - g_av = J(nu) d_av with nu = (n - 1)(var1 + var2)^2 / (var1^2 + var2^2 + 2 cov^2): the degrees of freedom of the
      mean variance, 2 (n - 1) / (1 + r^2) when the variances are equal (Cousineau 2020, doi:10.20982/tqmp.16.4.p418).
    """
    n = len(before)
    change = after - before
    mean, sd_change = float(np.mean(change)), float(np.std(change, ddof=1))
    covariance = np.cov(before, after)
    var1, var2, cov = float(covariance[0, 0]), float(covariance[1, 1]), float(covariance[0, 1])
    rounding = _rounding(before, after)
    d_z = UNKNOWN
    if sd_change > rounding:
        low, high = noncentrality_limits(mean / sd_change * math.sqrt(n), n - 1.0, conf_level)
        d_z = Effect(mean / sd_change, low / math.sqrt(n), high / math.sqrt(n))
    variance = (var1 + var2) / 2
    if not math.sqrt(variance) > rounding:
        return PairedEffects(d_z, UNKNOWN, UNKNOWN)
    d = mean / math.sqrt(variance)
    spread = var1**2 + var2**2 + 2 * cov**2
    std_error = math.sqrt(d**2 * spread / (8 * (n - 1) * variance**2) + sd_change**2 / ((n - 1) * variance))
    margin = float(scipy.special.ndtri((1 + conf_level) / 2)) * std_error
    d_av = Effect(d, d - margin, d + margin, std_error) if sd_change > rounding else Effect(d, math.nan, math.nan)
    return PairedEffects(d_z, d_av, d_av.times(small_sample_factor(4 * (n - 1) * variance**2 / spread)))


def group_effects(first: Floats, second: Floats, conf_level: float) -> GroupEffects:
    """Return d_s and g_s of ``second - first``, shapes (n1,) and (n2,), both n >= 2.

    d_s = difference / pooled sd; interval from the noncentral t distribution on n1 + n2 - 2 degrees
    (Goulet-Pelletier & Cousineau 2018, doi:10.20982/tqmp.14.4.p242); g_s = J(n1 + n2 - 2) d_s, the limits too.
    """
    n1, n2 = len(first), len(second)
    df = n1 + n2 - 2.0
    pooled = math.sqrt(((n1 - 1) * float(np.var(first, ddof=1)) + (n2 - 1) * float(np.var(second, ddof=1))) / df)
    if not pooled > _rounding(first, second):
        return GroupEffects(UNKNOWN, UNKNOWN)
    d = float(np.mean(second) - np.mean(first)) / pooled
    scale = math.sqrt(1 / n1 + 1 / n2)
    low, high = noncentrality_limits(d / scale, df, conf_level)
    d_s = Effect(d, low * scale, high * scale)
    return GroupEffects(d_s, d_s.times(small_sample_factor(df)))


def small_sample_factor(df: float) -> float:
    """Return J(df) = Gamma(df / 2) / (sqrt(df / 2) Gamma((df - 1) / 2)); Hedges 1981, doi:10.3102/10769986006002107."""
    return math.exp(math.lgamma(df / 2) - math.log(df / 2) / 2 - math.lgamma((df - 1) / 2))


def noncentrality_limits(t: float, df: float, conf_level: float) -> tuple[float, float]:
    """Return the two noncentralities that put `t` at the upper and the lower tail of its distribution."""
    tail = (1 - conf_level) / 2
    return _noncentrality(t, df, 1 - tail), _noncentrality(t, df, tail)


def _noncentrality(t: float, df: float, probability: float) -> float:
    """Return the noncentrality at which P(T <= t) is `probability`.

    T = (Z + noncentrality) / S. At a very large t the normal Z is nothing beside t S (relative error below df / t^2),
    and the answer is t times a quantile of S = sqrt(chi-square / df): there the distribution function has no digits.
    """
    from scipy import optimize, stats

    without_normal = t * math.sqrt(float(scipy.special.chdtri(df, probability if t > 0 else 1 - probability)) / df)
    if abs(t) > _VERY_LARGE_T:
        return without_normal

    def excess(noncentrality: float) -> float:
        return float(stats.nct.cdf(t, df, noncentrality)) - probability

    low, high = without_normal - 1, without_normal + 1
    while excess(low) < 0:
        low -= 1
    while excess(high) > 0:
        high += 1
    return float(optimize.brentq(excess, low, high, xtol=1e-12, rtol=1e-14))


def _rounding(*samples: Floats) -> float:
    return 10 * float(np.finfo(float).eps) * max(float(np.max(np.abs(sample))) for sample in samples)
