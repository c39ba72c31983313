"""How well factors reproduce the correlations: residuals, chi-square, and the indices made from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats
from trustmeter.stats.exploration.extraction import degrees_of_freedom


@dataclass(frozen=True, slots=True)
class FitTest:
    """A chi-square with what is made from it; not a number where there are no degrees of freedom.

    Parameters
    ----------
    chi_square, df, p_value
        The test that m factors suffice.
    rmsea, rmsea_low, rmsea_high
        Root mean square error of approximation with its 90 % interval.
    tli
        The Tucker-Lewis index.
    bic
        chi-square - df log n.
    """

    chi_square: float
    df: int
    p_value: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    tli: float
    bic: float


@dataclass(frozen=True, slots=True)
class Residuals:
    """The size of residual correlations.

    Parameters
    ----------
    rmsr
        Root mean square over the k (k - 1) / 2 pairs.
    rmsr_corrected
        The same with the degrees of freedom as divisor; not a number without any.
    largest
        The largest of them in absolute value.
    """

    rmsr: float
    rmsr_corrected: float
    largest: float


def residuals(R: Floats, common: Floats, df: int) -> Residuals:
    """Return the size of the residuals of a correlation matrix; `common` (k, k) is loadings phi loadings'."""
    k = len(R)
    off = (R - common)[np.tril_indices(k, -1)]
    total = float(off @ off)
    corrected = math.sqrt(total / df) if df > 0 else math.nan
    return Residuals(math.sqrt(total / len(off)), corrected, float(np.abs(off).max()))


def normal_test(R: Floats, common: Floats, uniquenesses: Floats, m: int, n: int) -> FitTest:
    """Return the normal-theory test with Bartlett's correction, of a positive definite R (k, k) of n rows.

    chi^2 = (n - 1 - (2k + 5) / 6 - 2m / 3) F, F = log det(Sigma) - log det(R) + trace(R Sigma^-1) - k, Bartlett (1951),
    doi:10.1093/biomet/38.3-4.337. The chi-square of no factors, for the Tucker-Lewis index, has the same multiplier.
    """
    k = len(R)
    sigma = common.copy()
    sigma[range(k), range(k)] += uniquenesses
    log_det = float(np.linalg.slogdet(R)[1])
    F = float(np.linalg.slogdet(sigma)[1]) - log_det + float(np.trace(np.linalg.solve(sigma, R))) - k
    multiplier = n - 1 - (2 * k + 5) / 6 - 2 * m / 3
    return test_of(multiplier * F, degrees_of_freedom(k, m), -multiplier * log_det, k * (k - 1) // 2, n)


def test_of(chi_square: float, df: int, null: float, df_null: int, n: int) -> FitTest:
    """Return the indices of a chi-square and that of the model without factors.

    RMSEA = (max(chi^2 - df, 0) / (df (n - 1)))^(1/2), its limits with chi^2 at the 95th and 5th percentile of a
    noncentral chi-square: Browne and Cudeck (1992), doi:10.1177/0049124192021002005. TLI = (chi^2_0 / df_0 - chi^2 /
    df) / (chi^2_0 / df_0 - 1): Tucker and Lewis (1973), doi:10.1007/BF02291170.
    """
    if df == 0:
        return FitTest(chi_square, 0, *[math.nan] * 6)
    low, high = (_noncentrality(chi_square, df, share) for share in (0.95, 0.05))
    ratio = null / df_null
    return FitTest(
        chi_square=chi_square,
        df=df,
        p_value=float(scipy.special.chdtrc(df, chi_square)),
        rmsea=math.sqrt(max(chi_square - df, 0.0) / (df * (n - 1))),
        rmsea_low=math.sqrt(low / (df * (n - 1))),
        rmsea_high=math.sqrt(high / (df * (n - 1))),
        tli=(ratio - chi_square / df) / (ratio - 1),
        bic=chi_square - df * math.log(n),
    )


def _noncentrality(chi_square: float, df: int, share: float) -> float:
    """Return the noncentrality at which P(X <= chi_square) is `share`, or 0 where even none is too much."""
    if float(scipy.special.chdtr(df, chi_square)) < share:
        return 0.0
    return float(scipy.special.chndtrinc(chi_square, df, share))
