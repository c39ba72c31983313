"""One treated area: is its change larger than what areas do by themselves?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats

SURE = 0.9
"""How surely the variance between areas lies under the limit that bounds by how much residuals may be shrunk."""


@dataclass(frozen=True, slots=True)
class Placebo:
    """One treated area against the spread of comparison areas.

    Parameters
    ----------
    estimate
        Change of the treated minus mean change of comparison areas.
    p_value
        (1 + placebos at least as far from zero) / (1 + placebos).
    low, high
        The effects that are not rejected; missing when the comparison areas are too few for the level.
    smallest_p
        What p value can be reached at best with so many comparison areas.
    placebos
        Shape (N0,): what the estimate would be off by, had a comparison area played the treated one.
    variance_constant, variance_per_size
        The variance of an area's change: constant + per_size / size; without sizes the second is nil. These are the
        estimates; for shrinking residuals an upper limit of the constant stands in.
    """

    estimate: float
    p_value: float
    low: float
    high: float
    smallest_p: float
    placebos: Floats
    variance_constant: float
    variance_per_size: float


def placebo_areas(
    treated: Floats,
    comparison: Floats,
    *,
    treated_sizes: Floats | None = None,
    comparison_sizes: Floats | None = None,
    variance_per_size: float | None = None,
    conf_level: float = 0.95,
) -> Placebo:
    """Judge the change of one treated area by the changes of comparison areas.

    Several treated areas are judged exactly by exchanging areas (`randomization`); averages of few residuals are not.

    Parameters
    ----------
    treated, comparison
        Shapes (1,) and (N0,): mean changes of areas; N0 at least three.
    treated_sizes, comparison_sizes
        Shapes (1,) and (N0,): how many people an area's change rests on (with separate samples 1 / (1 / before +
        1 / after)). When given, residuals are brought to the variance that the treated area's size implies.
    variance_per_size
        Variance of one person's change within areas (pooled), when known from the people themselves: then only the
        variance between areas is found from the areas. Without it both are, which is unsure under 50 areas and rejects
        too often when the treated area is small.
    conf_level
        Of the interval.

    Raises
    ------
    EstimationError
        When there are too few comparison areas, several treated ones, or all comparison areas changed alike.

    Notes
    -----
    Conley, T. G. and Taber, C. R. (2011), doi:10.1162/REST_a_00049: residuals of comparison areas tell how the treated one's
    error is spread, whatever the distribution, provided it is the same. Sizes: Ferman, B. and Pinto, C. (2019),
    doi:10.1162/rest_a_00759: squared residuals are regressed on 1 / size (neither coefficient negative). Residuals are
    enlarged by sqrt((N0 + 1) / (N0 - 1)): about their own mean they spread less than the estimate does.

    Residuals of areas smaller than the treated one would be shrunk, and the less areas are thought to differ, the more: an
    estimate of the constant that falls to 0 by chance then makes false alarms (11 to 13 % instead of 5 % when ten times
    as many people were asked in the treated area). So they are shrunk with an upper limit of the constant (90 %) in its
    place, found from chi-squared of the mean squared residual; and not at all when the variance per size is not known.
    Residuals of larger areas are enlarged by the estimate itself.
    """
    n0 = len(comparison)
    if len(treated) != 1 or n0 < 3:
        raise EstimationError(
            f"Placebo areas judge one treated area by at least three others; there are {len(treated)} and {n0}. "
            "Judge several treated areas by exchanging areas."
        )
    left = comparison - comparison.mean()
    if not left @ left > 1e-24 * max(float(comparison @ comparison), 1e-300):
        raise EstimationError("All comparison areas changed alike; their spread cannot judge the treated one.")
    constant, per_size = _variance(left, comparison_sizes, variance_per_size)
    ratio = np.ones(n0)
    if comparison_sizes is not None and treated_sizes is not None:
        ratio = _ratio(constant, per_size, treated_sizes, comparison_sizes)
        known = variance_per_size is not None and variance_per_size > 0
        most = _most_constant(left, comparison_sizes, per_size) if known else math.inf
        ratio = np.maximum(ratio, _ratio(most, per_size, treated_sizes, comparison_sizes))
    placebos = np.asarray(ratio * left * math.sqrt((n0 + 1) / (n0 - 1)))
    return _judged(float(treated[0] - comparison.mean()), placebos, conf_level, constant, per_size)


def one_sided_placebo(found: Placebo, effects: Floats) -> tuple[Floats, Floats]:
    """Return p values against supposed effects (m,): that the true one is at or under each, at or over each."""
    over = (found.estimate - np.asarray(effects, dtype=float))[:, None]
    slack = 1e-10 * np.abs(over)
    units = len(found.placebos) + 1
    above = (found.placebos >= over - slack).sum(axis=1)
    below = (found.placebos <= over + slack).sum(axis=1)
    return np.asarray((1 + above) / units), np.asarray((1 + below) / units)


def fewest_comparison_areas(conf_level: float = 0.95) -> int:
    """Return how many comparison areas one treated area needs for an interval of the level: 19 for 95 %."""
    return math.ceil(1 / (1 - conf_level) - 1e-9) - 1


def _judged(estimate: float, placebos: Floats, conf_level: float, constant: float, per_size: float) -> Placebo:
    size = np.sort(np.abs(placebos))[::-1]
    reached = int((size >= abs(estimate) * (1 - 1e-10)).sum())
    place = math.floor((1 - conf_level) * (len(size) + 1) + 1e-9)
    margin = float(size[place - 1]) if place >= 1 else math.nan
    return Placebo(
        estimate=estimate,
        p_value=(1 + reached) / (1 + len(size)),
        low=estimate - margin,
        high=estimate + margin,
        smallest_p=1 / (1 + len(size)),
        placebos=placebos,
        variance_constant=constant,
        variance_per_size=per_size,
    )


def _ratio(constant: float, per_size: float, treated_sizes: Floats, comparison_sizes: Floats) -> Floats:
    """Return by what to multiply residuals (N0,) so that they vary as the treated area's error; 1 for a boundless constant."""
    if not math.isfinite(constant):
        return np.ones(len(comparison_sizes))
    return np.asarray(np.sqrt((constant + per_size / treated_sizes) / (constant + per_size / comparison_sizes)))


def _most_constant(left: Floats, sizes: Floats, per_size: float) -> float:
    """Return the upper limit of the constant: of the mean variance by chi-squared, less what people's variance makes of it."""
    low = 2 * float(scipy.special.gammaincinv((len(left) - 1) / 2, 1 - SURE))
    return max(float(left @ left) / low - per_size * float((1 / sizes).mean()), 0.0)


def _variance(left: Floats, sizes: Floats | None, known: float | None) -> tuple[float, float]:
    """Return the constant and the slope of squared residuals (n,) on 1 / size, neither below zero; the slope may be known."""
    square = left**2 * len(left) / (len(left) - 1)
    if sizes is None:
        return float(square.mean()), 0.0
    each = 1 / sizes
    if known is not None and known > 0:
        return max(float(square.mean() - known * each.mean()), 0.0), known
    spread = each - each.mean()
    slope = float(spread @ square / (spread @ spread)) if spread @ spread > 0 else 0.0
    constant = float(square.mean() - slope * each.mean())
    if slope < 0:
        return float(square.mean()), 0.0
    return (constant, slope) if constant >= 0 else (0.0, float(each @ square / (each @ each)))
