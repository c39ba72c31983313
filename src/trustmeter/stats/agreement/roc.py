"""How well a number tells two groups apart: area under the curve with DeLong's error, and Youden's cut."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.covariance import normal_quantile

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Area:
    """The probability that one of the second group has a higher number (ties count half)."""

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float


def area_under_curve(x: Floats, case: Truths, conf_level: float) -> Area:
    """Return the area of numbers (n,) for telling the cases from the others, two or more of each.

    Placements by mid-ranks; variance after DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595; interval by the
    normal distribution, cut at 0 and 1, unknown where the groups do not overlap.
    """
    m, n = int(case.sum()), int(np.sum(~case))
    ranks = scipy.stats.rankdata(x)
    above = (ranks[case] - scipy.stats.rankdata(x[case])) / n
    below = 1 - (ranks[~case] - scipy.stats.rankdata(x[~case])) / m
    area = float(above.mean())
    error = math.sqrt(float(np.var(above, ddof=1)) / m + float(np.var(below, ddof=1)) / n)
    if not error > 0:
        return Area(area, math.nan, math.nan, math.nan)
    margin = normal_quantile(conf_level) * error
    return Area(area, error, max(area - margin, 0.0), min(area + margin, 1.0))


def youden_cuts(values: Floats, cases: Floats, others: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the cuts at which sensitivity + specificity is largest, and both, for rows of counts.

    `values` (v,) are sorted numbers, `cases` and `others` (rows, v) say how many of each group have them; a cut lies
    half-way between neighbouring values and cases are above it. Of equally good cuts the mean is taken (and the
    sensitivity and specificity of the lowest).
    """
    middles = (values[1:] + values[:-1]) / 2
    sensitivity = 1 - np.cumsum(cases, axis=1)[:, :-1] / cases.sum(axis=1, keepdims=True)
    specificity = np.cumsum(others, axis=1)[:, :-1] / others.sum(axis=1, keepdims=True)
    gain = sensitivity + specificity
    best = gain >= gain.max(axis=1, keepdims=True) - 1e-12
    first = np.argmax(best, axis=1)
    rows = np.arange(len(cases))
    return (best @ middles) / best.sum(axis=1), sensitivity[rows, first], specificity[rows, first]
