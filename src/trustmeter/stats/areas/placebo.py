"""One or few treated areas: is their change larger than what areas do by themselves?"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.assignment import MOST_LISTED
from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, slots=True)
class Placebo:
    """Few treated areas against the spread of comparison areas.

    Parameters
    ----------
    estimate
        Mean change of treated minus mean change of comparison areas.
    p_value
        (1 + placebos at least as far from zero) / (1 + placebos).
    low, high
        The effects that are not rejected; missing when the comparison areas are too few for the level.
    smallest_p
        What p value can be reached at best with so many comparison areas.
    placebos
        Shape (m,): what the estimate would be off by, had comparison areas played the treated ones.
    variance_constant, variance_per_size
        The variance of an area's change: constant + per_size / size; without sizes the second is nil.
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
    conf_level: float = 0.95,
    seed: int = 0,
) -> Placebo:
    """Judge the change of one or few treated areas by the changes of comparison areas.

    Parameters
    ----------
    treated, comparison
        Shapes (N1,) and (N0,): mean changes of areas; N0 at least three and more than N1.
    treated_sizes, comparison_sizes
        Shapes (N1,) and (N0,): how many people an area's change rests on (with separate samples 1 / (1 / before +
        1 / after)). When given, residuals are brought to the variance that the treated areas' sizes imply.
    conf_level
        Of the interval.
    seed
        Draws sets of comparison areas when there are more than 10,000.

    Raises
    ------
    EstimationError
        When there are too few comparison areas, or all changed alike.

    Notes
    -----
    Conley, T. G. and Taber, C. R. (2011), doi:10.1162/REST_a_00049: residuals of comparison areas tell how the treated ones'
    errors are spread, whatever their distribution, provided it is the same. Sizes: Ferman, B. and Pinto, C. (2019),
    doi:10.1162/rest_a_00759: squared residuals are regressed on 1 / size (neither coefficient negative). Residuals are
    enlarged by sqrt((N0 + N1) / (N0 - N1)): a set of them spreads less than the estimate does.
    """
    n0, n1 = len(comparison), len(treated)
    if n0 < 3 or n1 >= n0:
        raise EstimationError(
            f"{n0} comparison areas cannot show how {n1} treated would have changed; it needs at least three, and more."
        )
    sized = comparison_sizes is not None and treated_sizes is not None
    weights = comparison_sizes if sized else None
    left = comparison - comparison.mean()
    if not left @ left > 1e-24 * max(float(comparison @ comparison), 1e-300):
        raise EstimationError("All comparison areas changed alike; their spread cannot judge the treated ones.")
    constant, per_size = _variance(left, weights)
    own, others = np.ones(n1), np.ones(n0)
    if comparison_sizes is not None and treated_sizes is not None:
        own, others = (np.sqrt(constant + per_size / sizes) for sizes in (treated_sizes, comparison_sizes))
    sets = _sets(n0, n1, sized, np.random.default_rng(seed))
    placebos = (own * (left / others)[sets]).mean(axis=1) * math.sqrt((n0 + n1) / (n0 - n1))
    estimate = float(treated.mean() - comparison.mean())
    return _judged(estimate, np.asarray(placebos), conf_level, constant, per_size)


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


def _variance(left: Floats, sizes: Floats | None) -> tuple[float, float]:
    """Return the constant and the slope of squared residuals (n,) on 1 / size, neither below zero."""
    square = left**2 * len(left) / (len(left) - 1)
    if sizes is None:
        return float(square.mean()), 0.0
    each = 1 / sizes
    spread = each - each.mean()
    slope = float(spread @ square / (spread @ spread)) if spread @ spread > 0 else 0.0
    constant = float(square.mean() - slope * each.mean())
    if slope < 0:
        return float(square.mean()), 0.0
    return (constant, slope) if constant >= 0 else (0.0, float(each @ square / (each @ each)))


def _sets(n0: int, n1: int, ordered: bool, rng: np.random.Generator) -> Integers:
    """Return which comparison areas play the treated ones, (m, n1); in which order matters when sizes differ."""
    count = math.perm(n0, n1) if ordered else math.comb(n0, n1)
    if count > MOST_LISTED:
        return np.asarray(np.argsort(rng.random((MOST_LISTED - 1, n0)), axis=1)[:, :n1])
    every = itertools.permutations(range(n0), n1) if ordered else itertools.combinations(range(n0), n1)
    return np.array(list(every), dtype=np.intp)
