"""How much of a rise was to be expected anyway, because the low were chosen?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ExpectedRise:
    """A rise that chance alone explains, with its standard error."""

    value: float
    std_error: float


@dataclass(frozen=True, slots=True)
class AdjustedChange:
    """A change apart from regression to the mean.

    Parameters
    ----------
    change
        Mean change as seen.
    expected
        The part that regression to the mean explains.
    effect, std_error, statistic, df, p_value, low, high
        The rest, tested against zero.
    slope
        Regression of the second score on the first.
    """

    change: float
    expected: float
    effect: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    low: float
    high: float
    slope: float


@dataclass(frozen=True, slots=True)
class AreaRegression:
    """Regression to the mean of areas that were chosen for low means.

    Parameters
    ----------
    reliabilities
        Shape (k,): of the area means, between / (between + within / people).
    rises
        Shape (k,): expected rise of each area's mean at a second, independent survey, when nothing changed.
    expected
        Mean over the chosen areas.
    mean, between, within
        Overall mean of areas, and the variance components.
    """

    reliabilities: Floats
    rises: Floats
    expected: ExpectedRise
    mean: float
    between: float
    within: float


def below_cutoff(cutoff: float, mean: float, sd: float, reliability: float, n: int | None = None) -> ExpectedRise:
    """Return the expected rise of people chosen because their first score lay below a cutoff.

    Parameters
    ----------
    cutoff, mean, sd, reliability
        In the population they were chosen from: mean, standard deviation, and correlation of two scores without change.
    n
        People behind mean, sd and reliability; without, they count as known (standard error zero).

    Notes
    -----
    Davis (1976), doi:10.1093/oxfordjournals.aje.a112321, for normal scores: sd (1 - r) phi(z) / Phi(z), z = (cutoff -
    mean) / sd. Standard error by the delta method, with var(mean) = sd² / n, var(sd) = sd² / (2 (n - 1)), var(r) =
    (1 - r²)² / (n - 1).
    """
    z = (cutoff - mean) / sd
    mills = math.exp(-z * z / 2 - 0.5 * math.log(2 * math.pi) - float(scipy.special.log_ndtr(z)))
    value = sd * (1 - reliability) * mills
    if n is None:
        return ExpectedRise(value, 0.0)
    bend = -mills * (z + mills)
    by_mean, by_sd, by_r = -(1 - reliability) * bend, (1 - reliability) * (mills - z * bend), -sd * mills
    spread = sd**2 / (n - 1)
    variance = by_mean**2 * sd**2 / n + by_sd**2 * spread / 2 + by_r**2 * (1 - reliability**2) ** 2 / (n - 1)
    return ExpectedRise(value, math.sqrt(variance))


def adjusted_change(
    before: Floats, after: Floats, mean: float, mean_error: float = 0.0, conf_level: float = 0.95
) -> AdjustedChange:
    """Return the change of chosen people apart from regression to the mean.

    Parameters
    ----------
    before, after
        Scores (n,) of the chosen people.
    mean, mean_error
        Mean of the population they were chosen from, and its standard error when it is an estimate.

    Notes
    -----
    Mee and Chua (1991, The American Statistician 45, 39), explained in doi:10.1186/1471-2288-8-52: the second score on the
    first minus `mean`; the fitted value at the mean, less the mean, is the effect, with t on n - 2
    degrees. The error of the mean adds (1 - slope)² var(mean).
    """
    n = len(before)
    d = before - before.mean()
    if n < 3 or not float(d @ d) > 0:
        raise EstimationError(
            f"The check of regression to the mean needs three people whose first scores differ. Got {n}."
        )
    slope = float(d @ after) / float(d @ d)
    residuals = after - after.mean() - slope * d
    distance = mean - float(before.mean())
    effect = float(after.mean()) + slope * distance - mean
    variance = float(residuals @ residuals) / (n - 2) * (1 / n + distance**2 / float(d @ d))
    error = math.sqrt(variance + (1 - slope) ** 2 * mean_error**2)
    change = float((after - before).mean())
    df = float(n - 2)
    margin = float(scipy.special.stdtrit(df, (1 + conf_level) / 2)) * error
    statistic = effect / error if error > 0 else math.nan
    p_value = 2 * float(scipy.special.stdtr(df, -abs(statistic)))
    return AdjustedChange(
        change, change - effect, effect, error, statistic, df, p_value, effect - margin, effect + margin, slope
    )


def chosen_areas(y: Floats, areas: Integers, chosen: Flags) -> AreaRegression:
    """Return how far chosen areas' means are expected to rise at a second survey if nothing changed.

    Parameters
    ----------
    y
        First scores (n,) of people of all areas, chosen or not.
    areas
        Codes (n,) 0, 1, ..., k - 1.
    chosen
        Shape (k,).

    Notes
    -----
    A mean of n_a people has reliability r_a = between / (between + within / n_a), and is expected at (1 - r_a) (mean -
    mean_a) above itself. Components by analysis of variance (unequal sizes: n0 of Searle, Casella and McCulloch 1992,
    doi:10.1002/9780470316856), a negative one put at zero; the mean weights areas by r_a. Standard error by the delta
    method over mean and components, the chosen areas' means as they are. Areas must be a sample of those that could have
    been chosen.
    """
    sizes = np.bincount(areas).astype(float)
    k, n = len(sizes), len(y)
    if k < 3 or n <= k or not chosen.any():
        raise EstimationError(
            f"Regression to the mean of areas needs three areas with people in each, some of them chosen. Got {k} areas and "
            f"{n} people."
        )
    means = np.bincount(areas, weights=y) / sizes
    within = float(np.sum((y - means[areas]) ** 2)) / (n - k)
    grand = float(y.mean())
    n0 = (n - float(sizes @ sizes) / n) / (k - 1)
    square = float(sizes @ (means - grand) ** 2) / (k - 1)
    between = max((square - within) / n0, 0.0)
    reliabilities = between / (between + within / sizes)
    share = 1 / (between + within / sizes)
    mean = float(share @ means / share.sum())
    rises = (1 - reliabilities) * (mean - means)
    total = between + within / sizes
    by_between = float(np.mean((-(within / sizes) / total**2 * (mean - means))[chosen]))
    by_within = float(np.mean((between / sizes / total**2 * (mean - means))[chosen]))
    by_mean = float(np.mean((1 - reliabilities)[chosen]))
    var_within = 2 * within**2 / (n - k)
    var_square = 2 * (within + n0 * between) ** 2 / (k - 1)
    var_between, both = (var_square + var_within) / n0**2, -var_within / n0
    variance = by_mean**2 / float(share.sum()) + by_between**2 * var_between + by_within**2 * var_within
    variance += 2 * by_between * by_within * both
    expected = ExpectedRise(float(rises[chosen].mean()), math.sqrt(max(variance, 0.0)))
    return AreaRegression(reliabilities, rises, expected, mean, between, within)
