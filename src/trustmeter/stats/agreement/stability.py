"""Two measurements of the same people: error of measurement, who changed beyond it, and how well change is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.agreement.limits import Measured, standard_deviation
from trustmeter.stats.covariance import normal_quantile

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """How many people rose, fell, or did neither, by more than `threshold` around `expected`."""

    improved: int
    worsened: int
    unchanged: int
    threshold: float


def measurement_errors(before: Floats, after: Floats, conf_level: float) -> tuple[Measured, Measured]:
    """Return the standard errors of measurement for agreement and for consistency, both arrays (n,), n >= 3.

    Consistency: sd(change) / 2^(1/2), chi-square interval. Agreement: the root of (variance between the two occasions,
    not below 0) + error variance, so that a shift of everybody counts (de Vet et al. 2006,
    doi:10.1016/j.jclinepi.2005.10.015); interval by the delta method on its logarithm, the two occasions being fixed.
    """
    n = len(before)
    change = after - before
    mean, variance = float(np.mean(change)), float(np.var(change, ddof=1))
    consistency = standard_deviation(math.sqrt(variance), n - 1.0, conf_level)
    root = math.sqrt(2)
    halved = Measured(*(part / root for part in _parts(consistency)))
    shift = max(mean**2 / 2 - variance / (2 * n), 0.0)
    agreement = shift + variance / 2
    if not agreement > 0:
        return Measured(0.0, math.nan, math.nan, math.nan), halved
    spread = 2 * shift * variance / n + variance**2 / (2 * (n - 1))
    error = math.sqrt(spread) / (2 * math.sqrt(agreement))
    factor = math.exp(normal_quantile(conf_level) * error / math.sqrt(agreement))
    value = math.sqrt(agreement)
    return Measured(value, error, value / factor, value * factor), halved


def change_counts(before: Floats, after: Floats, error: float, expected: float, conf_level: float) -> ChangeCounts:
    """Count the people whose change differs from `expected` by more than z 2^(1/2) times the error of measurement.

    Jacobson & Truax (1991), doi:10.1037/0022-006X.59.1.12; with an expected change above zero, such as the effect of
    practice, after Chelune et al. (1993), doi:10.1037/0894-4105.7.1.41.
    """
    threshold = normal_quantile(conf_level) * math.sqrt(2) * error
    change = after - before - expected
    improved, worsened = int(np.sum(change > threshold)), int(np.sum(change < -threshold))
    return ChangeCounts(improved, worsened, len(change) - improved - worsened, threshold)


def effect_size(before: Floats, after: Floats, conf_level: float) -> Measured:
    """Return mean change / sd(before), both (n,); standard error by the delta method for normal data.

    SE^2 = var(change) / (n var(before)) + d^2 / (2 (n - 1)): mean and variance of normal data are independent.
    """
    n = len(before)
    change = after - before
    sd = float(np.std(before, ddof=1))
    d = float(np.mean(change)) / sd
    error = math.sqrt(float(np.var(change, ddof=1)) / (n * sd**2) + d**2 / (2 * (n - 1)))
    return _normal(d, error, conf_level)


def guyatt_index(improved: Floats, stable: Floats, conf_level: float) -> Measured:
    """Return the mean change of those who improved over the sd of change of those who did not, (n1,) and (n0,).

    Guyatt, Walter & Norman (1987), doi:10.1016/0021-9681(87)90069-5. Delta method for two independent normal groups:
    SE^2 = var1 / (n1 var0) + g^2 / (2 (n0 - 1)). Unknown where the stable all changed by the same amount.
    """
    sd = float(np.std(stable, ddof=1))
    if not sd > 0:
        return Measured(math.nan, math.nan, math.nan, math.nan)
    g = float(np.mean(improved)) / sd
    spread = float(np.var(improved, ddof=1)) / (len(improved) * sd**2)
    return _normal(g, math.sqrt(spread + g**2 / (2 * (len(stable) - 1))), conf_level)


def _normal(estimate: float, error: float, conf_level: float) -> Measured:
    margin = normal_quantile(conf_level) * error
    return Measured(estimate, error, estimate - margin, estimate + margin)


def _parts(measured: Measured) -> tuple[float, float, float, float]:
    return measured.estimate, measured.std_error, measured.ci_low, measured.ci_high
