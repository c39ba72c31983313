"""Indices of fit from the chi-squares of a model and of the model without relations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.sem.model import Floats
from trustmeter.stats.sem.testing import ChiSquare

RMSEA_LEVEL = 0.90
"""The level at which the field gives the interval of RMSEA."""


@dataclass(frozen=True, slots=True)
class Indices:
    """CFI, TLI and RMSEA with its 90 % interval; not a number without degrees of freedom."""

    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float


NO_INDICES = Indices(math.nan, math.nan, math.nan, math.nan, math.nan)


def plain_indices(test: ChiSquare, baseline: ChiSquare, n: float, groups: int) -> Indices:
    """Return the indices of the unscaled chi-square; `n` is N, in least squares N - G.

    CFI = 1 - max(T - df, 0) / max(T0 - df0, T - df, 0), Bentler (1990), doi:10.1037/0033-2909.107.2.238. TLI =
    (T0 / df0 - T / df) / (T0 / df0 - 1), Tucker & Lewis (1973), doi:10.1007/BF02291170. RMSEA = sqrt(G max(T - df, 0) /
    (n df)), Steiger (1998), doi:10.1080/10705519809540115; its limits put T at the 95th and 5th percentile of a noncentral
    chi-square, Browne & Cudeck (1992), doi:10.1177/0049124192021002005.
    """
    return _indices((test.value, test.df), (baseline.value, baseline.df), groups / n)


def scaled_indices(test: ChiSquare, baseline: ChiSquare, n: float, groups: int) -> Indices:
    """Return the indices of the scaled chi-square, put into the same formulas.

    Where it is scaled without a shift, the limits of RMSEA are those of the unscaled T on c df degrees, c the scale, as the
    field's software has them.
    """
    found = _indices((test.scaled, test.df), (baseline.scaled, baseline.df), groups / n)
    if test.shift != 0 or test.scale == 1 or test.df == 0:
        return found
    df = test.scale * test.df
    low, high = (math.sqrt(groups * _noncentrality(test.value, df, share) / (n * df)) for share in (0.95, 0.05))
    return Indices(found.cfi, found.tli, found.rmsea, low, high)


def robust_indices(test: ChiSquare, baseline: ChiSquare, n: float, groups: int) -> Indices:
    """Return the indices that estimate the population values of the unscaled ones.

    T - c df takes the place of T - df, c the mean of the statistic over df when the model holds: Brosseau-Liard, Savalei &
    Li (2012), doi:10.1080/00273171.2012.715252, and Brosseau-Liard & Savalei (2014), doi:10.1080/00273171.2014.933697.
    `scale` of both tests must be that c, and `shift` zero.
    """
    return _indices((test.value, test.df), (baseline.value, baseline.df), groups / n, (test.scale, baseline.scale))


def _indices(
    test: tuple[float, int], baseline: tuple[float, int], unit: float, scale: tuple[float, float] = (1.0, 1.0)
) -> Indices:
    value, df = test
    if df == 0 or math.isnan(value + baseline[0]):
        return NO_INDICES
    excess, excess_0 = value - scale[0] * df, baseline[0] - scale[1] * baseline[1]
    worst = max(excess, excess_0, 0.0)
    cfi = 1.0 if worst == 0 else 1 - max(excess, 0.0) / worst
    tli = 1 - excess / excess_0 * baseline[1] / df if excess_0 > 0 else math.nan
    low, high = (scale[0] * _noncentrality(value / scale[0], df, share) for share in (0.95, 0.05))
    rmsea, rmsea_low, rmsea_high = (math.sqrt(one * unit / df) for one in (max(excess, 0.0), low, high))
    return Indices(cfi, tli, rmsea, rmsea_low, rmsea_high)


def _noncentrality(value: float, df: float, share: float) -> float:
    """Return the noncentrality at which P(X <= value) is `share`, or 0 where even none is too much."""
    if not float(scipy.special.chdtr(df, value)) > share:
        return 0.0
    return float(scipy.special.chndtrinc(value, df, share))


def root_mean_square(residuals: Floats) -> float:
    """Return the root mean square of residuals; of correlations this is SRMR."""
    return float(np.sqrt(np.mean(residuals**2))) if residuals.size else math.nan
