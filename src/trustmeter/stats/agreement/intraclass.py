"""How well several ratings of the same targets agree: the six intraclass correlations of McGraw and Wong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The intraclass correlation for absolute agreement with its interval, and the error of one measurement."""

    icc: float
    ci_low: float
    ci_high: float
    error: float


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Mean squares of targets, raters and what is left (two-way), of targets and within them (one-way).

    The two mean squares of targets differ only where ratings are missing. `targets` and `raters` are how many there
    are, `per_target` and `per_rater` how many ratings one has (the harmonic mean where it differs); `df_error` and
    `df_within` belong to `error` and `within`.
    """

    target: float
    rater: float
    error: float
    between: float
    within: float
    targets: int
    raters: int
    per_target: float
    per_rater: float
    df_error: float
    df_within: float


@dataclass(frozen=True, slots=True)
class Intraclass:
    """One intraclass correlation with its F test (of no agreement) and interval."""

    estimate: float
    ci_low: float
    ci_high: float
    f: float
    df1: float
    df2: float
    p_value: float


def mean_squares(x: Floats) -> MeanSquares:
    """Return the two-way and one-way mean squares of n targets rated by k raters, shape (n, k), no missing values."""
    n, k = x.shape
    whole = float(x.mean())
    by_target, by_rater = x.mean(axis=1), x.mean(axis=0)
    between = float(np.sum((by_target - whole) ** 2))
    raters = float(np.sum((by_rater - whole) ** 2))
    rest = x - by_target[:, None] - by_rater + whole
    left = float(np.sum(rest**2))
    df = (n - 1) * (k - 1)
    return MeanSquares(
        k * between / (n - 1), n * raters / (k - 1), left / df, k * between / (n - 1),
        (n * raters + left) / (n * (k - 1)), n, k, float(k), float(n), float(df), float(n * (k - 1)),
    )  # fmt: skip


def six_intraclass(found: MeanSquares, conf_level: float) -> dict[str, Intraclass]:
    """Return ICC(1,1), (A,1), (C,1), (1,k), (A,k), (C,k) under these names, from mean squares.

    ICC(1,1) = (R - W) / (R + (k - 1) W), ICC(C,1) = (R - E) / (R + (k - 1) E) with exact F intervals, ICC(A,1) =
    (R - E) / (R + (k - 1) E + k (C - E) / n) with Satterthwaite's degrees of freedom (McGraw & Wong 1996,
    doi:10.1037/1082-989X.1.1.30); of the mean of k ratings k r / (1 + (k - 1) r), limits too. Where ratings are
    missing, C, E, R and W are made from variance components and harmonic means of counts; then with the number k of
    raters in the last step, and intervals that are approximate.
    """
    ms, k = found, found.per_target
    one = _exact(ms.between / ms.within, k, ms.targets - 1.0, ms.df_within, conf_level)
    consistent = _exact(ms.target / ms.error, k, ms.targets - 1.0, ms.df_error, conf_level)
    icc, low, high = _absolute(ms, conf_level)
    single = {"ICC(1,1)": one, "ICC(A,1)": _like(consistent, icc, low, high), "ICC(C,1)": consistent}
    mean = {name.replace(",1)", ",k)"): _stepped(each, ms.raters) for name, each in single.items()}
    return {**single, **mean}


def absolute_agreement(x: Floats, conf_level: float) -> Agreement:
    """Return ICC(A,1) of n people measured k times, shape (n, k), n >= 3, no missing values.

    Two-way model with people (r), measurements (c) and error (e):
    ICC(A,1) = (MS_r - MS_e) / (MS_r + (k - 1) MS_e + k (MS_c - MS_e) / n); its interval after McGraw & Wong (1996),
    doi:10.1037/1082-989X.1.1.30. The standard error of measurement is sqrt(max(variance between measurements, 0) +
    MS_e): what differs between measurements counts as error (de Vet et al. 2006, doi:10.1016/j.jclinepi.2005.10.015).
    All ``nan`` where nothing varies.
    """
    ms = mean_squares(x)
    n, k = x.shape
    total = ms.target + (k - 1) * ms.error + k * (ms.rater - ms.error) / n
    if not total > 0 or not ms.error > 0:
        return Agreement(math.nan, math.nan, math.nan, math.nan)
    icc, low, high = _absolute(ms, conf_level)
    return Agreement(icc, low, high, math.sqrt(max((ms.rater - ms.error) / n, 0.0) + ms.error))


def _exact(f: float, k: float, df1: float, df2: float, conf_level: float) -> Intraclass:
    p = (1 + conf_level) / 2
    low = f / float(scipy.special.fdtri(df1, df2, p))
    high = f * float(scipy.special.fdtri(df2, df1, p))
    icc, icc_low, icc_high = ((ratio - 1) / (ratio + k - 1) for ratio in (f, low, high))
    return Intraclass(icc, icc_low, icc_high, f, df1, df2, float(scipy.special.fdtrc(df1, df2, f)))


def _absolute(ms: MeanSquares, conf_level: float) -> tuple[float, float, float]:
    """Return ICC(A,1) and its two limits, unknown where they miss it (far below zero the approximation breaks down)."""
    n, k = ms.per_rater, ms.per_target
    icc = (ms.target - ms.error) / (ms.target + (k - 1) * ms.error + k * (ms.rater - ms.error) / n)
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    parts = (a * ms.rater) ** 2 / (ms.raters - 1) + (b * ms.error) ** 2 / ms.df_error
    df = (a * ms.rater + b * ms.error) ** 2 / parts if parts > 0 else math.nan
    people = ms.targets - 1
    p = (1 + conf_level) / 2
    upper, lower = float(scipy.special.fdtri(people, df, p)), float(scipy.special.fdtri(df, people, p))
    inner = k * ms.rater + (k * n - k - n) * ms.error
    low = n * (ms.target - upper * ms.error) / (upper * inner + n * ms.target)
    high = n * (lower * ms.target - ms.error) / (inner + n * lower * ms.target)
    return (icc, low, high) if low <= icc <= high else (icc, math.nan, math.nan)


def _like(other: Intraclass, icc: float, low: float, high: float) -> Intraclass:
    return Intraclass(icc, low, high, other.f, other.df1, other.df2, other.p_value)


def _stepped(single: Intraclass, k: int) -> Intraclass:
    """Return the correlation of the mean of k ratings (Spearman and Brown); the limits go the same way.

    It falls without end where targets differ as little as they can, r = -1 / (k - 1).
    """

    def stepped(r: float) -> float:
        return -math.inf if 1 + (k - 1) * r <= 1e-12 else k * r / (1 + (k - 1) * r)

    return _like(single, stepped(single.estimate), stepped(single.ci_low), stepped(single.ci_high))
