"""From a standard error to power, to the smallest effect that can be found, and to the number needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import scipy

from trustmeter.errors import EstimationError

_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Precision:
    """What a design will give: the standard error of its estimate, and the degrees of freedom of its test."""

    std_error: float
    df: float


def critical_value(df: float, level: float = 0.05, two_sided: bool = True) -> float:
    """Return the value of t (normal when `df` is infinite) beyond which a test at `level` rejects."""
    tail = 1 - (level / 2 if two_sided else level)
    return float(scipy.special.ndtri(tail) if math.isinf(df) else scipy.special.stdtrit(df, tail))


def power_of(effect: float, precision: Precision, level: float = 0.05, two_sided: bool = True) -> float:
    """Return the probability that a test of zero finds a true effect.

    Parameters
    ----------
    effect
        The true effect; a one-sided test looks for a positive one.
    level
        False-positive rate.

    Notes
    -----
    T is noncentral t with noncentrality effect / std_error. Two-sided: both tails count, as in R's
    ``power.t.test(strict = TRUE)``. Without degrees of freedom (one cluster an arm) nothing can be found: nan.
    """
    if not precision.df > 0:
        return math.nan
    away = effect / precision.std_error
    away = abs(away) if two_sided else away
    critical = critical_value(precision.df, level, two_sided)
    found = 1 - _below(critical, precision.df, away)
    return found + _below(-critical, precision.df, away) if two_sided else found


def detectable_effect(precision: Precision, power: float = 0.8, level: float = 0.05, two_sided: bool = True) -> float:
    """Return the smallest true effect that a test finds with the given power."""
    if not precision.df > 0:
        return math.nan
    standard = Precision(1.0, precision.df)
    low, high = 0.0, 10.0
    if power_of(low, standard, level, two_sided) >= power:
        return 0.0
    while power_of(high, standard, level, two_sided) < power and high < _LARGEST:
        high *= 2
    found = scipy.optimize.brentq(
        lambda away: power_of(away, standard, level, two_sided) - power, low, high, xtol=1e-12, rtol=1e-14
    )
    return float(found) * precision.std_error


def size_needed(
    design: Callable[[float], Precision],
    effect: float,
    power: float = 0.8,
    *,
    level: float = 0.05,
    two_sided: bool = True,
    smallest: float = 2.0,
) -> float:
    """Return the size (not yet rounded up) at which a design finds an effect with the given power.

    Parameters
    ----------
    design
        Gives the precision at a size: people, or clusters.
    smallest
        The size to start from.

    Raises
    ------
    EstimationError
        When no size is enough: the standard error has a floor that more people do not lower.
    """

    def lacking(size: float) -> float:
        reached = power_of(effect, design(size), level, two_sided)
        return -power if math.isnan(reached) else reached - power

    low, high = smallest, smallest * 2
    if lacking(low) >= 0:
        return low
    while lacking(high) < 0:
        if high > _LARGEST:
            raise EstimationError(
                f"No size reaches a power of {power:.0%} for an effect of {effect:g}: with the number of clusters given, more "
                "people do not help. Expected a design whose standard error falls towards zero; add clusters."
            )
        low, high = high, high * 2
    return float(scipy.optimize.brentq(lacking, low, high, xtol=1e-10, rtol=1e-14))


def shared_level(level: float, tests: int, exact: bool = False) -> float:
    """Return each test's level when `tests` share one: Bonferroni's, or Sidak's for independent tests (`exact`)."""
    return -math.expm1(math.log1p(-level) / tests) if exact else level / tests


def equivalence_power(margin: float, precision: Precision, effect: float = 0.0, level: float = 0.05) -> float:
    """Return the probability that two one-sided tests show an effect to lie within -margin and margin.

    By integration over the estimated standard error (Owen's Q; Phillips 1990, doi:10.1007/BF01063556).
    """
    df, error = precision.df, precision.std_error
    if not df > 0:
        return math.nan
    critical = critical_value(df, level, two_sided=False)

    def within(factor: float) -> float:
        reach = margin / error - critical * factor
        shift = effect / error
        return max(float(scipy.special.ndtr(reach - shift) - scipy.special.ndtr(-reach - shift)), 0.0)

    if math.isinf(df):
        return within(1.0)
    most = margin / (error * critical)
    reach_of_sd = 12 / math.sqrt(2 * df)
    bottom, top = max(1e-12, 1 - reach_of_sd), min(most, 1 + reach_of_sd)
    if top <= bottom:
        return 0.0
    constant = math.log(2) + df / 2 * math.log(df / 2) - float(scipy.special.gammaln(df / 2))

    def weighted(factor: float) -> float:
        return within(factor) * math.exp(constant + (df - 1) * math.log(factor) - df * factor**2 / 2)

    return float(scipy.integrate.quad(weighted, bottom, top, epsabs=1e-11, epsrel=1e-11, limit=400)[0])


def _below(t: float, df: float, away: float) -> float:
    if math.isinf(df):
        return float(scipy.special.ndtr(t - away))
    if away == 0:
        return float(scipy.special.stdtr(df, t))
    found = float(scipy.special.nctdtr(df, away, t))
    if math.isnan(found):  # so far away that the algorithm gives up
        return 0.0 if away > t else 1.0
    return found
