"""How sure an estimate is: one record, whichever way the uncertainty was found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import scipy

from trustmeter.stats.comparison.equivalence import t_interval

OneSided = Callable[[float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Inference:
    """An estimate with its test and interval; what cannot be known is not a number.

    Parameters
    ----------
    estimate, std_error, statistic, df, p_value, ci_low, ci_high
        The p value is two-sided, against no change.
    n
        How many people it rests on.
    method
        How it was made, in a few words.
    reason
        Why this way and no other, as a sentence; empty where there was no choice.
    one_sided
        For a value: the p value that the truth lies below it, and the p value that it lies above it.
    two_sided
        For a value: the p value that the interval turns round, where that is not twice the smaller of the two above.
    """

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    ci_low: float
    ci_high: float
    n: int
    method: str
    reason: str
    one_sided: OneSided
    two_sided: Callable[[float], float] | None = None

    def interval(self, conf_level: float) -> tuple[float, float]:
        """Return the t interval at another level; not a number where the test is no t test."""
        found = t_interval(self.estimate, self.std_error, self.df, conf_level)
        return found.low, found.high

    def row(self, term: str) -> dict[str, Any]:
        """Return it as a row of a tidy table."""
        names = ("estimate", "std_error", "statistic", "df", "p_value", "ci_low", "ci_high", "n", "method")
        return {"term": term, **{name: getattr(self, name) for name in names}, "suppressed": False}


def by_t(
    estimate: float, std_error: float, df: float, *, conf_level: float, n: int, method: str, reason: str = ""
) -> Inference:
    """Return the inference of an estimate whose studentised error follows Student's t with `df` degrees."""
    if not (std_error > 0 and df > 0):
        return without_test(estimate, n=n, method=method, reason=reason)

    def one_sided(value: float) -> tuple[float, float]:
        distance = (estimate - value) / std_error
        return float(scipy.special.stdtr(df, distance)), float(scipy.special.stdtr(df, -distance))

    limits = t_interval(estimate, std_error, df, conf_level)
    statistic = estimate / std_error
    p_value = 2 * float(scipy.special.stdtr(df, -abs(statistic)))
    return Inference(estimate, std_error, statistic, df, p_value, limits.low, limits.high, n, method, reason, one_sided)


def without_test(estimate: float, *, n: int, method: str, reason: str) -> Inference:
    """Return an estimate of which nothing tells how sure it is."""
    nan = math.nan
    return Inference(estimate, nan, nan, nan, nan, nan, nan, n, method, reason, lambda value: (nan, nan))
