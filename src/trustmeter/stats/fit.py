"""How well a one-factor model fits: chi-square and the usual indices, by normal-theory maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.consistency.one_factor import OneFactor

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FitIndices:
    """The fit of a model to a covariance matrix; `rmsea` with its 90 % interval; all ``nan`` without degrees of freedom."""

    chi_square: float
    df: int
    p_value: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmr: float


def one_factor_fit(S: Floats, model: OneFactor, n: int) -> FitIndices:
    """Return the fit indices of a one-factor model of k items, S of shape (k, k) with divisor n, n rows.

    - chi^2 = n F on k (k - 3) / 2 degrees of freedom; of the model without relations, -n log det(R) on k (k - 1) / 2.
    - CFI = 1 - max(chi^2 - df, 0) / max(chi^2_0 - df_0, chi^2 - df, 0), Bentler (1990), doi:10.1037/0033-2909.107.2.238.
    - TLI = (chi^2_0 / df_0 - chi^2 / df) / (chi^2_0 / df_0 - 1), Tucker & Lewis (1973), doi:10.1007/BF02291170.
    - RMSEA = sqrt(max((chi^2 - df) / (n df), 0)); its limits put chi^2 at the 95th and the 5th percentile of a noncentral
      chi-square, Browne & Cudeck (1992), doi:10.1177/0049124192021002005.
    - SRMR: root mean square of the k (k + 1) / 2 differences of S and the model, each over the items' standard deviations.
    """
    k = len(S)
    df, df_null = k * (k - 3) // 2, k * (k - 1) // 2
    sd = np.sqrt(np.diag(S))
    residuals = (S - np.outer(model.loadings, model.loadings) - np.diag(model.uniquenesses)) / np.outer(sd, sd)
    srmr = float(np.sqrt(np.mean(residuals[np.tril_indices(k)] ** 2)))
    chi_square = n * model.discrepancy
    if df == 0:
        return FitIndices(chi_square, 0, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, srmr)
    null = -n * float(np.linalg.slogdet(S / np.outer(sd, sd))[1])
    excess, excess_null = max(chi_square - df, 0.0), max(null - df_null, 0.0)
    worst = max(excess, excess_null)
    low, high = (_noncentrality(chi_square, df, share) for share in (0.95, 0.05))
    return FitIndices(
        chi_square=chi_square,
        df=df,
        p_value=float(scipy.special.chdtrc(df, chi_square)),
        cfi=1.0 if worst == 0 else 1 - excess / worst,
        tli=(null / df_null - chi_square / df) / (null / df_null - 1),
        rmsea=math.sqrt(excess / (n * df)),
        rmsea_low=math.sqrt(low / (n * df)),
        rmsea_high=math.sqrt(high / (n * df)),
        srmr=srmr,
    )


def _noncentrality(chi_square: float, df: int, share: float) -> float:
    """Return the noncentrality at which P(X <= chi_square) is `share`, or 0 where even none is too much."""
    if float(scipy.special.chdtr(df, chi_square)) < share:
        return 0.0
    return float(scipy.special.chndtrinc(chi_square, df, share))
