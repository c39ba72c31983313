"""What a plan says in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from trustmeter.pilot.planning.assumptions import Assumptions
from trustmeter.pilot.planning.precision import planned_test


def sentence_of(assumed: Assumptions, n: int, detectable: float) -> str:
    """Return the plan in one sentence."""
    who = _who(assumed, n)
    if not math.isfinite(detectable):
        return (
            f"With {who} no change can be shown at the {100 * (1 - assumed.conf_level):g} % level, however large it is."
        )
    points = f"{detectable:.1f}" if detectable >= 0.1 else f"{detectable:.2g}"
    return f"With {who} you can detect {points} points ({100 * assumed.power:g} % power)."


def missed_of(assumed: Assumptions, n: int, farthest: float) -> str:
    """Return the sentence of a plan whose made-up pilots find no change often enough, as far as the scale goes."""
    return f"With {_who(assumed, n)} no change up to {farthest:g} points is found with {100 * assumed.power:g} % power."


def few_areas_notes(assumed: Assumptions) -> list[str]:
    """Return how areas will be tested and why, and what p value can be reached."""
    if assumed.kind != "areas":
        return []
    test = planned_test(assumed)
    notes = [test.reason] if test.reason else []
    if test.smallest_p:
        told = f"The smallest p value that this test can give is {test.smallest_p:.3g}"
        if test.level == 0:
            notes.append(f"{told}: more than the {assumed.level:.3g} that each test may use. Add comparison areas.")
        else:
            notes.append(
                f"{told}. It moves in steps, so that it is run at {test.level:.3g}; power is worked out by t and is rough."
            )
    return notes


def effect_notes(assumed: Assumptions, numbers: Mapping[str, float]) -> list[str]:
    """Return what the plan means for the smallest effect: finding it is less than showing that it was reached."""
    smallest = assumed.smallest_effect
    if smallest is None:
        return []
    power = f"{100 * assumed.power:g} %"
    found, beyond, nothing = (
        numbers[name] for name in ("power_at_smallest_effect", "detectable_increase", "power_no_relevant_change")
    )
    notes = [f"A true change of exactly {smallest:g} points is told from no change with a power of {_percent(found)}."]
    if math.isfinite(beyond):
        notes.append(
            f"The verdict `increase` needs an interval wholly beyond {smallest:g} points, so the true change must be larger than that: "
            f"{beyond:.1f} points for a power of {power}. With a true change of just {smallest:g} points it is almost never given."
        )
    notes.append(
        f"If nothing changes, the verdict `no_relevant_change` (within {smallest:g} points either way) is reached with a power "
        f"of {_percent(nothing)}."
    )
    if not math.isfinite(numbers.get("people_needed", math.nan)):
        few = "clusters" if assumed.kind == "clusters" else "areas"
        notes.append(
            f"No number of people finds {smallest:g} points with a power of {power} in so few {few}. Add {few}."
        )
    return notes


def _who(assumed: Assumptions, n: int) -> str:
    pilot, comparison = assumed.areas
    kept = round(n * (1 - assumed.attrition))
    people = {
        "linked": f"{n} linked respondents",
        "different": f"{n} respondents per wave",
        "overlap": f"{n} respondents per wave ({kept} of them in both)",
    }[assumed.links]
    if assumed.kind == "areas":
        return f"{people} in each of {pilot} pilot and {comparison} comparison area{'s' if comparison > 1 else ''}"
    where = "zone" if assumed.links == "linked" else "in the zone"
    per = f"{people} per zone" if where == "zone" else f"{people} {where}"
    return f"{per}, in {pilot} clusters," if assumed.kind == "clusters" else per


def _percent(share: float) -> str:
    if share < 0.01:
        return "less than 1 %"
    return "more than 99 %" if share > 0.99 else f"{100 * share:.0f} %"
