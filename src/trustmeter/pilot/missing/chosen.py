"""How far chosen people, or chosen areas, were to rise anyway, and what of their change lies beyond it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.inference import Inference, by_t
from trustmeter.pilot.change.layout import Layout
from trustmeter.pilot.missing.leavers import Cohort
from trustmeter.stats.covariance import cluster_sums
from trustmeter.stats.missing.regression_to_mean import adjusted_change, below_cutoff, chosen_areas

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rise:
    """What was seen of those chosen, what was to be expected, and the rest.

    Parameters
    ----------
    change, expected, beyond
        Seen, expected without any change, and their difference.
    normal
        The expected rise if scores are normal, from mean, sd and cutoff; ``None`` where it cannot be had.
    by_area
        Of chosen areas: the expected rise of each.
    reliability
        What was taken as the correlation of two scores without change; nan where the slope among the chosen took its place.
    estimated
        Whether it was estimated here.
    """

    change: Inference
    expected: Inference
    beyond: Inference
    normal: Inference | None
    by_area: tuple[tuple[str, float], ...]
    reliability: float
    estimated: bool


@dataclass(frozen=True, slots=True)
class _Number:
    """A value and what each row adds to it, shape (n,)."""

    value: float
    influence: Floats


def people_below(
    cohort: Cohort, cutoff: float, reliability: float | None, population: tuple[float, float] | None, conf_level: float
) -> Rise:
    """Return the rise of people whose score before lay below a cutoff."""
    low, seen = cohort.before < cutoff, cohort.seen
    chosen, others = low & seen, ~low & seen
    _check_people(low, chosen, population)
    weights = np.ones(len(cohort)) if cohort.layout.weights is None else cohort.layout.weights
    change = _mean(np.where(seen, cohort.change, 0.0), weights, chosen)
    start = _mean(cohort.before, weights, chosen)
    everybody = np.ones(len(cohort), dtype=bool)
    centre = _mean(cohort.before, weights, everybody)
    if population is not None:
        centre = _Number(population[0], np.zeros(len(cohort)))
    steady = _steadiness(cohort, others, weights, reliability)
    interval = _Interval(cohort, chosen, conf_level)
    seen_change = interval.of(change, "those chosen and seen again")
    if steady is None:
        return _by_slope(cohort, chosen, centre, seen_change, conf_level)
    gap = centre.value - start.value
    drawn = centre.influence - start.influence
    expected = _Number((1 - steady.value) * gap, (1 - steady.value) * drawn - gap * steady.influence)
    beyond = _Number(change.value - expected.value, change.influence - expected.influence)
    sd = math.sqrt(_mean((cohort.before - centre.value) ** 2, weights, everybody).value)
    normal = below_cutoff(
        cutoff, centre.value, population[1] if population else sd, steady.value, None if population else len(cohort)
    )
    return Rise(
        seen_change, interval.of(expected, "(1 - reliability) (mean of all - mean of the chosen)"),
        interval.of(beyond, "seen less expected; influence functions"),
        by_t(normal.value, normal.std_error, interval.df, conf_level=conf_level, n=len(cohort), method="normal scores (Davis 1976)"),
        (), steady.value, reliability is None,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Interval:
    """How sure a number from the people of a cohort is."""

    cohort: Cohort
    chosen: Truths
    conf_level: float

    @property
    def df(self) -> float:
        clusters = self.cohort.clusters
        return float(int(self.chosen.sum()) - 1 if clusters is None else int(clusters.max()))

    def of(self, number: _Number, method: str) -> Inference:
        sums = cluster_sums(number.influence, self.cohort.clusters)
        error = math.sqrt(float(sums @ sums) * (self.df + 1) / self.df)
        n = int(self.chosen.sum())
        return by_t(number.value, error, self.df, conf_level=self.conf_level, n=n, method=method)


def _by_slope(cohort: Cohort, chosen: Truths, centre: _Number, change: Inference, conf_level: float) -> Rise:
    """Return the rise with the slope among the chosen in place of a reliability (Mee and Chua)."""
    error = math.sqrt(float(centre.influence @ centre.influence))
    found = adjusted_change(cohort.before[chosen], cohort.after[chosen], centre.value, error, conf_level)
    n, method = int(chosen.sum()), "slope of the chosen, taken to the mean of all (Mee & Chua 1991)"
    beyond = by_t(found.effect, found.std_error, found.df, conf_level=conf_level, n=n, method=method)
    expected = by_t(found.expected, math.nan, math.nan, conf_level=conf_level, n=n, method=method)
    return Rise(change, expected, beyond, None, (), math.nan, True)


def _check_people(low: Truths, chosen: Truths, population: object) -> None:
    if not low.any():
        raise EstimationError("Nobody scored below the cutoff before, so nobody was chosen by it. Check `cutoff`.")
    if low.all() and population is None:
        message = "All people before scored below the cutoff, so nothing tells from whom they were chosen."
        raise EstimationError(
            f"{message} Pass `population=(mean, sd)` of those they were chosen from, or scores of them all."
        )
    if int(chosen.sum()) < FEWEST_PEOPLE:
        raise EstimationError(f"Fewer than {FEWEST_PEOPLE} people who were chosen by the cutoff were seen again.")


def _mean(y: Floats, weights: Floats, rows: Truths) -> _Number:
    share = np.where(rows, weights, 0.0)
    share = share / share.sum()
    value = float(share @ y)
    return _Number(value, share * (y - value))


def _steadiness(cohort: Cohort, others: Truths, weights: Floats, reliability: float | None) -> _Number | None:
    """Return the reliability that was given, or the slope of the second score among people who were not chosen.

    The slope does not depend on who was followed, as long as that went by the first score; nor on the pilot.
    """
    if reliability is not None:
        return _Number(reliability, np.zeros(len(cohort)))
    if int(others.sum()) < FEWEST_PEOPLE or np.ptp(cohort.before[others]) == 0:
        return None
    return _slope(cohort.before, np.where(cohort.seen, cohort.after, 0.0), weights, others)


def _slope(x: Floats, y: Floats, weights: Floats, rows: Truths) -> _Number:
    share = np.where(rows, weights, 0.0)
    share = share / share.sum()
    d = x - float(share @ x)
    square = float(share @ d**2)
    slope = float(share @ (d * y)) / square
    residuals = y - float(share @ y) - slope * d
    influence = share * d * residuals / square
    reach = 2 * math.sqrt(float(influence @ influence))
    if not -reach <= slope <= 1 + reach:
        message = (
            f"Among people not chosen the second score rises by {slope:.2f} with the first, which is no reliability."
        )
        raise EstimationError(f"{message} Pass `reliability`, such as the correlation of `retest`.")
    return _Number(float(np.clip(slope, 0.0, 1.0)), influence)


def areas_chosen(
    layout: Layout, y: Floats, area: Codes, chosen: Truths, names: tuple[str, ...],
    *, reliability: float | None, conf_level: float,
) -> Rise:  # fmt: skip
    """Return the rise of areas that were chosen for low means before; `area` is a code of each row of the layout."""
    before, after = layout.before & ~np.isnan(y), layout.after & ~np.isnan(y)
    linked = layout.linked == "linked"
    if linked:
        both = np.intersect1d(layout.person[before], layout.person[after])
        before, after = before & np.isin(layout.person, both), after & np.isin(layout.person, both)
    sizes = [np.bincount(area[rows], minlength=len(names)) for rows in (before, after)]
    if min(int(size[chosen].min()) for size in sizes) < FEWEST_PEOPLE or (sizes[0] == 0).any():
        raise EstimationError(
            f"An area that was chosen has fewer than {FEWEST_PEOPLE} people in a wave, or some area none before."
        )
    if np.ptp(y[before]) == 0:
        raise EstimationError("All scores before are the same, so no area can have been chosen for being low.")
    found = chosen_areas(y[before], area[before], chosen)
    steady = _Number(0.0, np.zeros(0))
    if linked:
        steady = _within_areas(layout, y, area, chosen, rows=(before, after), reliability=reliability)
    keep = 1 - steady.value
    rises = keep * found.rises
    steady_error = math.sqrt(float(steady.influence @ steady.influence))
    expected_error = math.hypot(keep * found.expected.std_error, found.expected.value * steady_error)
    parts = [
        _area_parts(layout, y, (before & (area == code), after & (area == code)), 1 - keep * (1 - found.reliabilities[code]), linked)
        for code in np.flatnonzero(chosen)
    ]  # fmt: skip
    k, n = len(parts), int(sum(size for _, _, _, size in parts))
    change = float(np.mean([one[0] for one in parts]))
    change_error = math.sqrt(sum(one[1] for one in parts)) / k
    rest_error = math.hypot(math.sqrt(sum(one[2] for one in parts)) / k, expected_error)
    df = float(n - k)
    expected = keep * found.expected.value
    way = "regression of area means, components by analysis of variance"
    return Rise(
        by_t(change, change_error, df, conf_level=conf_level, n=n, method="mean of the chosen areas' changes"),
        by_t(expected, expected_error, df, conf_level=conf_level, n=n, method=way),
        by_t(change - expected, rest_error, df, conf_level=conf_level, n=n, method="seen less expected"),
        None, tuple((names[code], float(rises[code])) for code in np.flatnonzero(chosen)),
        steady.value if linked else math.nan, linked and reliability is None,
    )  # fmt: skip


def _area_parts(
    layout: Layout, y: Floats, rows: tuple[Truths, Truths], steady: float, linked: bool
) -> tuple[float, float, float, int]:
    """Return an area's change, its sampling variance, that of after less `steady` times before, and its people after."""
    first, second = y[rows[0]], y[rows[1]]
    n = len(second)
    if linked:
        first = first[np.argsort(layout.person[rows[0]])]
        second = second[np.argsort(layout.person[rows[1]])]
        spread = [float(np.var(second - share * first, ddof=1)) / n for share in (1.0, steady)]
    else:
        spread = [
            float(np.var(second, ddof=1)) / n + share**2 * float(np.var(first, ddof=1)) / len(first)
            for share in (1.0, steady)
        ]
    return float(second.mean() - first.mean()), spread[0], spread[1], n


def _within_areas(
    layout: Layout, y: Floats, area: Codes, chosen: Truths, *, rows: tuple[Truths, Truths], reliability: float | None
) -> _Number:
    """Return how steady people are within areas that were not chosen: given, or the slope there."""
    if reliability is not None:
        return _Number(reliability, np.zeros(0))
    at = [np.flatnonzero(one)[np.argsort(layout.person[one])] for one in rows]
    code = area[at[0]]
    size = np.maximum(np.bincount(code), 1)
    x, z = (y[one] - (np.bincount(code, weights=y[one]) / size)[code] for one in at)
    others = ~chosen[code]
    if int(others.sum()) < FEWEST_PEOPLE or np.ptp(x[others]) == 0:
        raise EstimationError(
            "Too few people of areas that were not chosen were seen again to tell how steady people are. "
            "Pass `reliability`, such as the correlation of `retest`."
        )
    return _slope(x, z, np.ones(len(x)), others)
