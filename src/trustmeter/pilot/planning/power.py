"""What a design can tell: detectable change, power, width of the interval, people and areas needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.pilot.planning.assumptions import FEWEST_PLANNED, Assumptions
from trustmeter.pilot.planning.precision import planned_test, precision_of, with_areas
from trustmeter.stats.power.designs import people_to_start
from trustmeter.stats.power.detection import (
    Precision,
    critical_value,
    detectable_effect,
    equivalence_power,
    power_of,
    size_needed,
)

Floats = NDArray[np.float64]
Numbers = dict[str, float]

CURVES = ("power", "increase", "no_relevant_change")
MOST_AREAS, MOST_CLUSTERS = 200, 10_000
_LARGEST = 1e7


def numbers_of(assumed: Assumptions, n: float, *, quick: bool = False) -> Numbers:
    """Return the plan's numbers with n people a zone or area, by term; what cannot be had is not a number.

    `quick` leaves out those that are searched for.
    """
    test, found = planned_test(assumed), precision_of(assumed, n)
    told: Numbers = {
        "detectable_change": _detectable(found, assumed.power, test.level),
        "interval_width": _width(found, assumed, test.level > 0),
    }
    if assumed.links != "different":
        start = n if assumed.links == "overlap" else people_to_start(n, 1 - assumed.attrition)
        told["people_to_start"] = float(math.ceil(start - 1e-9))
    smallest = assumed.smallest_effect
    if smallest is None:
        return told
    told["power_at_smallest_effect"] = _power(smallest, found, test.level)
    told["detectable_increase"] = smallest + _detectable_one_sided(found, assumed.power, test.beyond)
    told["power_no_relevant_change"] = _within(smallest, found, test.within, 0.0)
    told["people_needed"] = people_needed(assumed)
    if quick:
        return told
    told["people_needed_no_relevant_change"] = _searched(
        lambda size: _within(smallest, precision_of(assumed, size), test.within, 0.0), assumed.power
    )
    if assumed.kind != "zone":
        told["areas_needed" if assumed.kind == "areas" else "clusters_needed"] = _areas_needed(assumed, n)
    return told


def people_needed(assumed: Assumptions) -> float:
    """Return how many people a zone or area find the smallest effect, or not a number where no number does."""
    test, smallest = planned_test(assumed), assumed.smallest_effect
    if smallest is None or test.level == 0:
        return math.nan
    try:
        found = size_needed(
            lambda size: precision_of(assumed, size), smallest, assumed.power, level=test.level, smallest=3.0
        )
    except EstimationError:
        return math.nan
    return float(max(math.ceil(found - 1e-6), FEWEST_PLANNED))


def curve_of(assumed: Assumptions, n: float, changes: Sequence[float] | Floats) -> dict[str, Floats]:
    """Return, for each true change, the power and the probability of the verdicts on the smallest effect."""
    test, found = planned_test(assumed), precision_of(assumed, n)
    curve = {"power": np.array([_power(change, found, test.level) for change in changes])}
    smallest = assumed.smallest_effect
    if smallest is not None:
        curve["increase"] = np.array([_beyond(change - smallest, found, test.beyond) for change in changes])
        curve["no_relevant_change"] = np.array([_within(smallest, found, test.within, change) for change in changes])
    return curve


def changes_to_draw(assumed: Assumptions, n: float, points: int) -> Floats:
    """Return round true changes from 0 to where the power is all but complete, the smallest effect among them."""
    found, smallest = precision_of(assumed, n), assumed.smallest_effect or 0.0
    level = planned_test(assumed).level or assumed.level
    farthest = _detectable(found, 0.98, level)
    farthest = max(farthest if math.isfinite(farthest) else 4 * found.std_error, 2 * smallest)
    step = 10.0 ** math.floor(math.log10(farthest / points))
    step *= next(factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * step * points >= farthest * (1 - 1e-9))
    grid = step * np.arange(points + 1)
    return np.unique(np.round([*grid, smallest], 10))


def _power(change: float, found: Precision, level: float) -> float:
    return power_of(change, found, level) if level > 0 else 0.0


def _beyond(distance: float, found: Precision, level: float) -> float:
    """Return the probability that the interval lies wholly beyond a value that the truth exceeds by `distance`."""
    return power_of(distance, found, level / 2, two_sided=False) if level > 0 else 0.0


def _within(smallest: float, found: Precision, level: float, change: float) -> float:
    return equivalence_power(smallest, found, change, level) if level > 0 else 0.0


def _detectable(found: Precision, power: float, level: float) -> float:
    return detectable_effect(found, power, level) if level > 0 else math.nan


def _detectable_one_sided(found: Precision, power: float, level: float) -> float:
    return detectable_effect(found, power, level / 2, two_sided=False) if level > 0 else math.nan


def _width(found: Precision, assumed: Assumptions, attainable: bool) -> float:
    """Return the expected width of the interval: 2 t E(s), s being a little smaller than its root mean square."""
    if not (attainable and found.df > 0):
        return math.nan
    half = found.df / 2
    shrink = math.exp(float(scipy.special.gammaln(half + 0.5) - scipy.special.gammaln(half))) / math.sqrt(half)
    return 2 * critical_value(found.df, 1 - assumed.conf_level) * found.std_error * min(shrink, 1.0)


def _areas_needed(assumed: Assumptions, n: float) -> float:
    """Return how many areas of each kind, or clusters, find the smallest effect with as many people in each as planned."""
    by_area = assumed.kind == "areas"
    people = n if by_area else n / assumed.areas[0]

    def reached(count: float) -> float:
        changed = with_areas(assumed, int(count))
        found = precision_of(changed, people if by_area else people * count)
        return _power(float(assumed.smallest_effect or 0.0), found, planned_test(changed).level)

    return _searched(reached, assumed.power, smallest=2.0, largest=MOST_AREAS if by_area else MOST_CLUSTERS)


def _searched(
    reached: Callable[[float], float], power: float, *, smallest: float = 3.0, largest: float = _LARGEST
) -> float:
    """Return the smallest whole size at which a rising probability is reached, or not a number."""
    low, high = smallest, smallest
    while not reached(float(math.ceil(high))) >= power:
        low, high = math.ceil(high), 2 * math.ceil(high)
        if high > largest:
            return math.nan
    low, high = int(low), math.ceil(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(float(middle)) >= power else (middle, high)
    return float(low if reached(float(low)) >= power else high)
