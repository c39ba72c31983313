"""What a plan takes for granted: the design, how many areas, and how people and areas vary."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trustmeter.errors import DesignError
from trustmeter.options import check_conf_level, check_whole
from trustmeter.pilot.design import PilotDesign
from trustmeter.stats.power.detection import shared_level

Kind = Literal["zone", "clusters", "areas"]
Links = Literal["linked", "different", "overlap"]

WHERE = "plan"
USUAL = {"sd": 20.0, "correlation": 0.6, "icc": 0.02, "attrition": 0.2}
"""What is assumed where nothing is known: points of a 0-100 score, and shares."""

FEWEST_PLANNED = 10
"""Fewer people would be suppressed, so they are not planned for."""


@dataclass(frozen=True)
class Assumptions:
    """Everything that a power rests on but the number of people.

    Parameters
    ----------
    design
        What will be compared.
    kind
        One zone of people, one zone of clusters, or areas with and without the pilot.
    links
        Whether the same people are asked twice.
    areas
        Areas with and without the pilot; of clusters their number and 0; of one zone 1 and 0.
    sd
        Of a score among people of one wave, in points.
    correlation
        Of a person's scores before and after.
    icc
        Share of a score's variance that lies between areas or clusters.
    area_correlation
        Of the areas' true levels before and after.
    attrition
        Share of people who do not answer again.
    weights_deff
        How much unequal weights inflate the variance.
    scales
        How many scales are tested together.
    smallest_effect
        The smallest change that matters, in points, or ``None``.
    power
        Wanted.
    conf_level
        Of intervals; tests are at one minus it.
    """

    design: PilotDesign
    kind: Kind
    links: Links
    areas: tuple[int, int]
    sd: float
    correlation: float
    icc: float
    area_correlation: float
    attrition: float
    weights_deff: float
    scales: int
    smallest_effect: float | None
    power: float
    conf_level: float

    @property
    def level(self) -> float:
        """The false-positive rate of each test: the whole rate shared by the scales, as Holm does at worst."""
        return shared_level(1 - self.conf_level, self.scales)

    @property
    def person_correlation(self) -> float:
        """The correlation of a person's scores within areas, of which `correlation` is made with that of areas."""
        return (self.correlation - self.icc * self.area_correlation) / (1 - self.icc)


def assumptions_of(
    design: PilotDesign, *, areas: Any, sd: Any, correlation: Any, icc: Any, area_correlation: Any, attrition: Any,
    weights_deff: Any, scales: Any, smallest_effect: Any, power: Any, conf_level: Any,
) -> Assumptions:  # fmt: skip
    """Check a call's assumptions and settle what the design leaves open.

    Raises
    ------
    DesignError
        When a number is outside its range, or the number of areas or clusters is not known.
    """
    if not isinstance(design, PilotDesign):
        raise DesignError(f"`{WHERE}` takes a `PilotDesign`. Got {type(design).__name__}.")
    check_conf_level(conf_level, WHERE)
    check_whole("scales", scales, 1, WHERE)
    _check_range("sd", sd, 0, math.inf, "a number of points above 0")
    _check_range("correlation", correlation, -1, 1, "a correlation between -1 and 1")
    _check_range("icc", icc, -1e-12, 1, "a share from 0 to below 1")
    _check_range("attrition", attrition, -1e-12, 1, "a share from 0 to below 1 (25 % is 0.25)")
    _check_range("weights_deff", weights_deff, 1 - 1e-12, math.inf, "a number of 1 or more")
    _check_range("power", power, 0, 1, "a share between 0 and 1")
    if smallest_effect is not None:
        _check_range("smallest_effect", smallest_effect, 0, math.inf, "a number of points above 0")
    if area_correlation is None:
        area_correlation = correlation
    _check_range("area_correlation", area_correlation, -1 - 1e-12, 1 + 1e-12, "a correlation from -1 to 1")
    kind: Kind = "areas" if design.has_comparison else "clusters" if design.clusters is not None else "zone"
    links: Links = "overlap" if design.linked == "overlap" else "different" if design.linked is False else "linked"
    made = Assumptions(
        design, kind, links, _areas(design, kind, areas), float(sd), float(correlation), float(icc), float(area_correlation),
        float(attrition), float(weights_deff), int(scales), None if smallest_effect is None else float(smallest_effect),
        float(power), float(conf_level),
    )  # fmt: skip
    if not -1 < made.person_correlation < 1:
        message = (
            "`correlation`, `icc` and `area_correlation` contradict each other: people within areas would correlate"
        )
        raise DesignError(f"{message} {made.person_correlation:.2f}. Mend one of them.")
    if not power > made.level:
        raise DesignError(
            f"The `power` of `{WHERE}` must be above the false-positive rate ({made.level:g}). Got {power:g}."
        )
    return made


def assumed_notes(assumed: Assumptions, known: Sequence[str]) -> list[str]:
    """Return what is to be said of the assumptions; those in `known` come from data."""
    used = ["sd"]
    used += ["correlation"] if assumed.links != "different" or assumed.kind != "zone" else []
    used += ["icc"] if assumed.kind != "zone" else []
    used += ["attrition"] if assumed.links != "different" else []
    usual = [
        f"{name} {getattr(assumed, name):g}"
        for name in used
        if name not in known and getattr(assumed, name) == USUAL[name]
    ]
    notes = []
    if usual:
        text = "These numbers are usual values and nobody's measurement"
        notes.append(f"{text}: {', '.join(usual)}. Take them from earlier answers where there are any (`pilot_data=`).")
    if assumed.design.linked is None:
        notes.append("The design leaves open whether people are linked; planned as if they were (`linked=True`).")
    if assumed.kind != "zone" and assumed.area_correlation == assumed.correlation:
        what = "Areas" if assumed.kind == "areas" else "Clusters"
        notes.append(
            f"{what} are taken to keep their true level as people do: correlation {assumed.area_correlation:.3g} before and after."
        )
    if assumed.design.covariates:
        notes.append("Covariates are not counted: what they explain makes the plan better than it says.")
    if assumed.design.earlier or assumed.design.later:
        notes.append("Earlier and later waves are not counted: the plan is for the two waves of the question.")
    if assumed.design.weights is not None and assumed.weights_deff == 1:
        notes.append(
            "The design has weights, but `weights_deff` is 1: unequal weights would make the plan worse than it says."
        )
    if assumed.scales > 1:
        notes.append(
            f"{assumed.scales} scales share the false-positive rate: each is tested at {assumed.level:.3g} (Holm at worst)."
        )
    return notes


def _areas(design: PilotDesign, kind: Kind, given: Any) -> tuple[int, int]:
    if kind == "zone":
        if given is not None:
            message = f"`areas` of `{WHERE}` counts areas or clusters, and this design has none."
            raise DesignError(f"{message} Name them: `PilotDesign(..., clusters=...)`, or `area=` and `treated=`.")
        return 1, 0
    if kind == "clusters":
        if isinstance(given, Sequence) and len(given) == 1:
            given = given[0]
        if isinstance(given, bool) or not isinstance(given, numbers.Integral) or given < 2:
            message = f"`{WHERE}` must know how many clusters there will be, two or more: `areas=20`."
            raise DesignError(f"{message} Got {given!r}.")
        return int(given), 0
    pilot = len(design.treated)
    if given is None and design.comparison is not None:
        given = (pilot, len(design.comparison))
    elif isinstance(given, numbers.Integral) and not isinstance(given, bool):
        given = (pilot, int(given) - pilot)
    counts = tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else ()
    whole = all(isinstance(one, numbers.Integral) and not isinstance(one, bool) for one in counts)
    if len(counts) != 2 or not whole or min(counts) < 1:
        message = f"`{WHERE}` must know how many areas there will be with and without the pilot: `areas=(4, 6)`."
        raise DesignError(f"{message} Got {given!r}.")
    return int(counts[0]), int(counts[1])


def _check_range(name: str, value: Any, low: float, high: float, expected: str) -> None:
    """Refuse what is no finite number strictly between two ends."""
    good = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(float(value))
    if not good or not low < float(value) < high:
        raise DesignError(f"The `{name}` of `{WHERE}` must be {expected}. Got {value!r}.")
