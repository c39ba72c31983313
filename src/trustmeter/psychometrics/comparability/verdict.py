"""May the numbers of two groups or waves be held against each other? A verdict by stated rules, and its one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trustmeter.psychometrics.comparability.consequence import Bias, bias_of, unseen_bias
from trustmeter.psychometrics.comparability.ladder import Ladder, describes
from trustmeter.psychometrics.comparability.opposite import Opposite, opposite_readings
from trustmeter.stats.sem.invariance_steps import INTERCEPTS

Verdict = Literal["comparable", "not comparable", "undecided"]


NO_BIAS = Bias(0.0, 0.0, 0.0, 0.0)

TWO_WAYS = (
    "half of the items or more were let go, and letting go the others fits as well; the table's items, bias and means are those "
    "of the first reading, and may have the wrong sign."
)


@dataclass(frozen=True, eq=False, slots=True)
class Judgement:
    """What was concluded on one scale.

    Parameters
    ----------
    verdict, reason
        The verdict, and why, as the end of a sentence.
    scale_bias
        For each unit but the first, the bias in points of all released items together.
    item_bias
        The same of each released item: (item, unit) positions.
    unseen, unseen_item
        The points of bias that the score may have if one more item works differently; not a number when no step was sound enough.
    notes
        What must be said of what the table has.
    """

    verdict: Verdict
    reason: str
    scale_bias: dict[int, Bias]
    item_bias: dict[tuple[int, int], Bias]
    unseen: float
    unseen_item: int
    notes: tuple[str, ...] = ()


def judge(ladder: Ladder, tolerance: float, conf_level: float) -> Judgement:
    """Return the verdict on one scale.

    1. Undecided when the first model does not describe the answers: nothing can be built on it.
    2. Not comparable when too few items stay equal up to the intercepts: nothing holds the units together.
    3. Not comparable when the bias that released items bring to a unit lies beyond the tolerance with its whole interval.
    4. Comparable when that bias with its whole interval lies within the tolerance, and still does when any one more item is
       left free. Else undecided.
    5. Where half of the items or more were released, and the opposite reading fits as well, 3 and 4 must hold for both.

    Items that all differ in one direction look like a difference in trust: no analysis of answers alone can tell.
    """
    units, step = ladder.units, ladder.last_sound
    first = ladder.steps[0].fit.robust
    if not describes(ladder.steps[0].fit):
        reason = f"the model itself does not describe the answers (robust CFI {first.cfi:.2f}, RMSEA {first.rmsea:.2f})"
        return Judgement("undecided", reason, {}, {}, math.nan, 0)
    if step.number < INTERCEPTS:
        reason = f"too few items work alike: the step of equal {ladder.steps[-1].name} fails even with items released"
        return Judgement("not comparable", reason, {}, {}, math.nan, 0)
    places = [place for one in ladder.steps if one.holds for place in one.released]
    item_bias = {
        (item, unit): bias_of(units, step, unit, np.array([item], dtype=np.intp), conf_level) for item, unit in places
    }
    released = {unit: {item for item, at in places if at == unit} for unit in range(1, units.layout.units)}
    scale_bias = {
        unit: bias_of(units, step, unit, np.array(sorted(items), dtype=np.intp), conf_level) if items else NO_BIAS
        for unit, items in released.items()
    }
    unseen, which = unseen_bias(ladder, released, conf_level)
    verdict, reason = _weighed(ladder, scale_bias, (unseen, which), tolerance)
    others = opposite_readings(ladder, released, conf_level)
    if others:
        verdict, reason = _both_ways(ladder, scale_bias, (verdict, reason), others, tolerance)
    return Judgement(verdict, reason, scale_bias, item_bias, unseen, which, (TWO_WAYS,) if others else ())


def _near(points: float, tolerance: float) -> str:
    """Return points with one decimal, with two where one would not tell on which side of the tolerance they are."""
    return f"{points:.2f}" if abs(points - tolerance) < 0.05 else f"{points:.1f}"


def _weighed(
    ladder: Ladder, scale_bias: dict[int, Bias], unseen: tuple[float, int], tolerance: float
) -> tuple[Verdict, str]:
    units = ladder.units
    beyond = {unit: bias for unit, bias in scale_bias.items() if bias.low > tolerance or bias.high < -tolerance}
    among = beyond or scale_bias
    worst_unit = max(among, key=lambda unit: abs(among[unit].estimate))
    worst = scale_bias[worst_unit]
    items = sorted({item for step in ladder.steps if step.holds for item, _ in step.released})
    named = ", ".join(repr(units.items[item]) for item in items)
    told = f"{worst.estimate:+.1f} points [{worst.low:+.1f}; {worst.high:+.1f}] in {units.labels[worst_unit]!r}"
    if beyond:
        return (
            "not comparable",
            f"{named} work{'s' if len(items) == 1 else ''} differently and bring{'s' if len(items) == 1 else ''} a bias of {told}",
        )
    if any(bias.furthest > tolerance for bias in scale_bias.values()):
        return (
            "undecided",
            f"{named} work{'s' if len(items) == 1 else ''} differently, and the bias is not known well enough: {told}",
        )
    if not unseen[0] <= tolerance:
        if math.isinf(unseen[0]):
            return (
                "undecided",
                f"the items hang together too weakly to be held apart: {units.items[unseen[1]]!r} left free, there is no answer",
            )
        size = f"up to {_near(unseen[0], tolerance)} points"
        more = "the bias to" if items else "a bias of"
        reason = f"there are too few answers: unseen, {units.items[unseen[1]]!r} could bring {more} {size}"
        return "undecided", reason
    if items:
        return (
            "comparable",
            f"what differs ({named}) brings no more than {max(bias.furthest for bias in scale_bias.values()):.1f} points of bias",
        )
    return (
        "comparable",
        f"all items work alike; one that did not would bring at most {_near(unseen[0], tolerance)} points of bias",
    )


def _both_ways(
    ladder: Ladder, scale_bias: dict[int, Bias], first: tuple[Verdict, str], others: list[Opposite], tolerance: float
) -> tuple[Verdict, str]:
    """Return the verdict that holds for the first reading and for its opposite, and both as the reason."""
    units, verdict = ladder.units, first[0]
    beyond = [one for one in others if one.bias.low > tolerance or one.bias.high < -tolerance]
    if verdict == "not comparable":
        sure = {one.unit for one in beyond} | (set(scale_bias) - {one.unit for one in others})
        if not any(scale_bias[unit].low > tolerance or scale_bias[unit].high < -tolerance for unit in sure):
            verdict = "undecided"
    elif any(one.bias.furthest > tolerance for one in others):
        verdict = "undecided"
    told = []
    for one in others:
        there = {item for step in ladder.steps if step.holds for item, unit in step.released if unit == one.unit}
        readings = ((sorted(there), scale_bias[one.unit]), (one.items.tolist(), one.bias))
        either, otherwise = (
            f"{', '.join(repr(units.items[item]) for item in items)} "
            f"({bias.estimate:+.1f} points [{bias.low:+.1f}; {bias.high:+.1f}])"
            for items, bias in readings
        )
        told.append(f"in {units.labels[one.unit]!r} either {either} or {otherwise} work differently")
    return verdict, f"{'; '.join(told)}: both readings fit the answers, which cannot tell which is right"


def sentence_of(ladder: Ladder, judgement: Judgement, across: str) -> str:
    """Return the verdict as one sentence."""
    units = ladder.units
    scale = f"on scale {units.scale!r} " if units.scale else ""
    read = {"comparable": "can be read", "not comparable": "cannot be read", "undecided": "cannot yet be read"}
    construct = units.scale.replace("_", " ") if units.scale else "what the items measure"
    if across == "wave" and len(units.labels) == 2:
        what = f"The change from wave {units.labels[0]} to wave {units.labels[1]} {scale}"
        return f"{what}{read[judgement.verdict]} as a change in {construct}, because {judgement.reason}."
    listed = f"{', '.join(units.labels[:-1])} and {units.labels[-1]}"
    what = f"Differences between {listed} ({across}) {scale}"
    return f"{what}{read[judgement.verdict]} as differences in {construct}, because {judgement.reason}."
