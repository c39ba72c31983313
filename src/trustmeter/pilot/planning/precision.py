"""From assumptions and a number of people to the standard error, the degrees of freedom and the test that `compare` will use."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from trustmeter.pilot.change.few_areas import way_of
from trustmeter.pilot.planning.assumptions import Assumptions
from trustmeter.stats.areas.randomization import smallest_p_value
from trustmeter.stats.power.designs import clustered_change, cross_sections, difference, inflated, overlapping, paired
from trustmeter.stats.power.detection import Precision


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """How the change will be tested.

    Parameters
    ----------
    way
        ``"t"``, ``"placebo"``, ``"assignment"`` or ``"none"``.
    reason
        Why this way, as a sentence; empty where there is no choice.
    level, beyond, within
        The false-positive rates that the test of no change, of being beyond a value (two-sided) and of being within two values
        can really use; 0 where it can never reject.
    smallest_p
        The smallest p value that the test of no change can give.
    """

    way: str
    reason: str
    level: float
    beyond: float
    within: float
    smallest_p: float = 0.0


def precision_of(assumed: Assumptions, n: float) -> Precision:
    """Return the precision of the change (or difference of changes) with n people a zone or area."""
    if assumed.kind == "areas":
        return _of_areas(assumed, n)
    if assumed.kind == "clusters":
        clusters = assumed.areas[0]
        return _clustered(assumed, clusters, n / clusters)
    sd, r = assumed.sd, assumed.correlation
    if assumed.links == "linked":
        found = paired(n, sd, sd, r)
    elif assumed.links == "different":
        found = cross_sections(n, n, sd, sd)
    else:
        shared = n * (1 - assumed.attrition)
        found = overlapping(n, n, shared, sd_before=sd, sd_after=sd, correlation=r, best=True)
    return inflated(found, assumed.weights_deff)


def planned_test(assumed: Assumptions) -> PlannedTest:
    """Return the test that so many areas allow, by the rule of `compare`."""
    if assumed.kind != "areas":
        return PlannedTest("t", "", assumed.level, assumed.level, assumed.level)
    df = precision_of(assumed, 1000.0).df
    way, reason, step, smallest = _way(*assumed.areas, assumed.design.randomized, df, 1 - assumed.conf_level)

    def usable(unit: float) -> float:
        return unit * math.floor(assumed.level / unit * (1 + 1e-9)) if unit > 0 else assumed.level

    return PlannedTest(way, reason, usable(smallest), usable(2 * step), usable(step), smallest)


def with_areas(assumed: Assumptions, areas: int) -> Assumptions:
    """Return the same plan with other numbers of areas of each kind, or of clusters."""
    pair = (areas, areas) if assumed.kind == "areas" else (areas, 0)
    return replace(assumed, areas=pair)


@lru_cache(maxsize=512)
def _way(pilot: int, comparison: int, randomized: bool, df: float, level: float) -> tuple[str, str, float, float]:
    """Return the way, its reason, and the smallest p values of a one-sided and of a two-sided test; 0 stands for any."""
    way, reason = way_of(pilot, comparison, randomized=randomized, df=df, level=level)
    if way == "placebo":
        smallest = 1 / (1 + max(pilot, comparison))
        return way, reason, smallest, smallest
    if way == "assignment":
        smallest = smallest_p_value(np.arange(pilot + comparison) < pilot)
        return way, reason, smallest / 2 if pilot == comparison else smallest, smallest
    return way, reason, 0.0, 0.0


def _clustered(assumed: Assumptions, clusters: float, people: float) -> Precision:
    shared = {"linked": 1.0, "different": 0.0, "overlap": 1 - assumed.attrition}[assumed.links]
    return clustered_change(
        clusters, people / assumed.weights_deff, assumed.sd, assumed.icc, cluster_correlation=assumed.area_correlation,
        person_correlation=assumed.person_correlation, shared=shared,
    )  # fmt: skip


def _of_areas(assumed: Assumptions, n: float) -> Precision:
    """Return the precision of the difference of changes; a single area borrows the spread of the others."""
    pilot, comparison = assumed.areas
    one, other = _clustered(assumed, pilot, n), _clustered(assumed, comparison, n)
    found = difference(one, other, pooled=False)
    if min(pilot, comparison) == 1:
        return Precision(found.std_error, max(pilot, comparison) - 1)
    return found
