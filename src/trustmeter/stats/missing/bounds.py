"""How far an effect can be from what was seen, when some people were not seen again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers, cluster_sums

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what limits an effect lies, and how sure the limits are.

    Parameters
    ----------
    lower, upper
        Estimated limits of the effect.
    lower_error, upper_error
        Their standard errors.
    ci_low, ci_high
        Imbens and Manski's interval: it holds the effect (not the whole stretch) with the confidence asked for.
    trimmed
        Share of the fuller arm's observed people that was cut away (mean over cells); of worst-case bounds, the share
        that was not seen.
    observed
        Shares seen again: (comparison, treated); of worst-case bounds one share.
    """

    lower: float
    upper: float
    lower_error: float
    upper_error: float
    ci_low: float
    ci_high: float
    trimmed: float
    observed: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Number:
    """An estimate and what each row adds to it, shape (n,)."""

    value: float
    influence: Floats

    def minus(self, other: _Number) -> _Number:
        return _Number(self.value - other.value, self.influence - other.influence)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell's bounds, its weight (share of people times the smaller share seen), and the share cut away."""

    lower: _Number
    upper: _Number
    weight: _Number
    trimmed: float


def lee_bounds(
    y: Floats,
    treated: Flags,
    *,
    weights: Floats | None = None,
    cells: Integers | None = None,
    clusters: Integers | None = None,
    conf_level: float = 0.95,
) -> Bounds:
    """Return Lee's bounds of the effect on those who would be seen in either arm.

    Parameters
    ----------
    y
        Outcomes (n,), nan for people not seen.
    treated
        Shape (n,).
    weights
        Survey weights (n,).
    cells
        Codes (n,) of a discrete covariate known for all; bounds are made in each cell and averaged, and never wider.
    clusters
        Codes (n,).

    Notes
    -----
    Lee (2009), doi:10.1111/j.1467-937X.2009.00536.x: the arm seen more often loses its lowest, or its highest, share
    p = 1 - smaller / larger share seen. It assumes random assignment, and that treatment moves nobody's being seen the other
    way (in a cell). A person on the border is cut in part. Cells count by the share of people who would be seen in
    either arm. Standard errors from influence functions, which without weights, cells and clusters give Lee's formula.
    """
    seen = ~np.isnan(y)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    codes = np.zeros(len(y), dtype=np.intp) if cells is None else np.unique(cells, return_inverse=True)[1]
    found = [_in_cell(np.where(seen, y, 0.0), treated, seen, w, codes == code) for code in range(int(codes.max()) + 1)]
    lower, upper = _average(found, "lower"), _average(found, "upper")
    share = np.array([cell.weight.value for cell in found])
    trimmed = float(share @ [cell.trimmed for cell in found] / share.sum())
    observed = tuple(float(w[seen & arm].sum() / w[arm].sum()) for arm in (~treated, treated))
    return _with_interval((lower, upper), clusters, conf_level, trimmed, observed)


def worst_case_bounds(
    before: Floats,
    after: Floats,
    lowest: float,
    highest: float,
    *,
    weights: Floats | None = None,
    clusters: Integers | None = None,
    conf_level: float = 0.95,
) -> Bounds:
    """Return the bounds of a mean change when people not seen again may have any value of a bounded scale.

    Parameters
    ----------
    before, after
        Shape (n,); `before` known for all, `after` nan for people not seen again.
    lowest, highest
        Ends of the scale.

    Notes
    -----
    Manski (1990): once all unseen values are put at the lowest, once at the highest. Nothing is assumed about them.
    """
    seen = ~np.isnan(after)
    w = np.ones(len(before)) if weights is None else np.asarray(weights, dtype=float)
    share = w / w.sum()
    ends = []
    for end in (lowest, highest):
        change = np.where(seen, after, end) - before
        mean = float(share @ change)
        ends.append(_Number(mean, share * (change - mean)))
    observed = float(share @ seen)
    return _with_interval((ends[0], ends[1]), clusters, conf_level, 1 - observed, (observed,))


def imbens_manski(
    lower: float, upper: float, lower_error: float, upper_error: float, conf_level: float
) -> tuple[float, float]:
    """Return the interval that holds the effect, wherever between its bounds it lies.

    Imbens and Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x: limits C standard errors outside, with
    Phi(C + (upper - lower) / larger error) - Phi(-C) = confidence.
    """
    if math.isnan(lower_error) or math.isnan(upper_error):
        return math.nan, math.nan
    largest = max(lower_error, upper_error)
    if not largest > 0:
        return lower, upper
    width = max(upper - lower, 0.0) / largest
    ends = scipy.special.ndtri(np.array([conf_level, (1 + conf_level) / 2]))
    low, high = float(ends[0]) - 1e-9, float(ends[1]) + 1e-9
    c = float(
        scipy.optimize.brentq(
            lambda c: scipy.special.ndtr(c + width) - scipy.special.ndtr(-c) - conf_level, low, high, xtol=1e-14
        )
    )
    return lower - c * lower_error, upper + c * upper_error


def _in_cell(y: Floats, treated: Flags, seen: Flags, w: Floats, here: Flags) -> _Cell:
    arms = [here & ~treated, here & treated]
    if any(int((arm & seen).sum()) < 2 for arm in arms):
        raise EstimationError(
            "Trimming bounds need two people seen in each arm, and in each cell. Merge cells, or leave the covariate out."
        )
    rates = [_mean(seen.astype(float), w, arm) for arm in arms]
    fuller = int(rates[1].value >= rates[0].value)
    ratio = rates[1 - fuller].value / rates[fuller].value
    change = rates[1 - fuller].influence / rates[1 - fuller].value - rates[fuller].influence / rates[fuller].value
    kept = _Number(ratio, ratio * change)
    other = _mean(y, w, arms[1 - fuller] & seen)
    ends = [_tail_mean(y, w, arms[fuller] & seen, kept, top) for top in (False, True)]
    effects = [end.minus(other) for end in ends] if fuller else [other.minus(end) for end in reversed(ends)]
    size = _mean(here.astype(float), w, np.ones(len(y), dtype=bool))
    smaller = rates[1 - fuller]
    weight = _Number(size.value * smaller.value, size.influence * smaller.value + size.value * smaller.influence)
    return _Cell(effects[0], effects[1], weight, 1 - ratio)


def _mean(y: Floats, w: Floats, rows: Flags) -> _Number:
    share = np.where(rows, w, 0.0)
    share = share / share.sum()
    value = float(share @ y)
    return _Number(value, share * (y - value))


def _tail_mean(y: Floats, w: Floats, rows: Flags, kept: _Number, top: bool) -> _Number:
    """Return the mean of the highest (or lowest) share `kept` of some rows; a row on the border counts in part."""
    sign = 1.0 if top else -1.0
    at = np.flatnonzero(rows)
    order = at[np.argsort(-sign * y[at], kind="stable")]
    mass = np.cumsum(w[order]) / w[order].sum()
    last = min(int(np.searchsorted(mass, kept.value - 1e-12)), len(order) - 1)
    following = min(last + 1, len(order) - 1) if mass[last] <= kept.value + 1e-12 else last
    cut = (y[order[last]] + y[order[following]]) / 2
    beyond = np.where(rows, np.maximum(sign * (y - cut), 0.0), 0.0) * sign
    mean = _mean(beyond, w, rows)
    value = cut + mean.value / kept.value
    return _Number(value, mean.influence / kept.value + (cut - value) / kept.value * kept.influence)


def _average(found: list[_Cell], end: str) -> _Number:
    parts: list[_Number] = [getattr(cell, end) for cell in found]
    total = sum(cell.weight.value for cell in found)
    value = sum(cell.weight.value * part.value for cell, part in zip(found, parts, strict=True)) / total
    influence = np.sum(
        [
            cell.weight.value * part.influence + (part.value - value) * cell.weight.influence
            for cell, part in zip(found, parts, strict=True)
        ],
        axis=0,
    )
    return _Number(value, influence / total)


def _with_interval(
    ends: tuple[_Number, _Number],
    clusters: Integers | None,
    conf_level: float,
    trimmed: float,
    observed: tuple[float, ...],
) -> Bounds:
    lower, upper = ends
    errors = [_error(end.influence, clusters) for end in ends]
    low, high = imbens_manski(lower.value, upper.value, errors[0], errors[1], conf_level)
    return Bounds(lower.value, upper.value, errors[0], errors[1], low, high, trimmed, observed)


def _error(influence: Floats, clusters: Integers | None) -> float:
    sums = cluster_sums(influence, clusters)
    if len(sums) < 2:
        return math.nan
    return math.sqrt(float(sums @ sums) * len(sums) / (len(sums) - 1))
