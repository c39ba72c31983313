"""May the change of those who stayed be read as that of all, and under which condition? One sentence a scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.change.meaning import claim_of
from trustmeter.pilot.missing.leavers import Cohort
from trustmeter.pilot.missing.retention import Retention
from trustmeter.stats.missing.bounds import Bounds
from trustmeter.stats.missing.tipping_point import TippingPoint, tipping_delta

WORDS = {
    "increase": "an increase",
    "decrease": "a decrease",
    "no_relevant_change": "no relevant change",
    "inconclusive": "inconclusive",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether weighting, or what bounds allow, bears the change of those who stayed; and the sentence with its condition."""

    readable: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Tip:
    """By how much those not seen again must differ so that the answer tips, and the value it tips to."""

    delta: float
    target: float


def verdict_of(found: Inference, smallest: float, conf_level: float) -> str:
    """Return what an inference alone says."""
    claim = claim_of(found, smallest)
    return claim.verdict if claim.p_value <= 1 - conf_level else "inconclusive"


def tips_of(found: Retention, smallest: float, conf_level: float) -> tuple[TippingPoint, TippingPoint | None, float]:
    """Return the tipping points to no change and, where one was declared, to the nearer smallest effect; and that effect."""
    line = found.line
    if line is None or found.modelled is None or not math.isfinite(found.modelled.std_error):
        nowhere = TippingPoint(math.nan, math.nan, False)
        return nowhere, None, math.nan
    nil = tipping_delta(line, 0.0, conf_level)
    if not smallest:
        return nil, None, math.nan
    if verdict_of(found.modelled, smallest, conf_level) != "no_relevant_change":
        nearer = math.copysign(smallest, line.change)
        return nil, tipping_delta(line, nearer, conf_level), nearer
    both = [(tipping_delta(line, end, 2 * conf_level - 1), end) for end in (-smallest, smallest)]
    tip, end = min(both, key=lambda one: math.inf if math.isnan(one[0].limit) else abs(one[0].limit))
    return nil, tip, end


@dataclass(frozen=True, eq=False)
class _Words:
    """How the sentences of a scale begin, and what no answer can tell."""

    scale: str
    what: str
    names: Sequence[str]
    bounds: Bounds | None

    @property
    def can(self) -> str:
        return f"{self.scale}: the {self.what} of those who stayed can be read as that of all, because"

    @property
    def cannot(self) -> str:
        return f"{self.scale}: the {self.what} of those who stayed cannot be read as that of all, because"

    @property
    def alike(self) -> str:
        return f"those who stayed with the same {' and '.join(self.names)}" if self.names else "those who stayed"

    def if_asked(self, why: str) -> Reading:
        """Return the reading that weighting bears, with the condition and with what is possible without it."""
        asked = f" ({', '.join(self.names)})" if self.names else ""
        worst = ""
        if self.bounds is not None and self.what == "change":
            worst = f"; at the worst the change of all lies between {self.bounds.lower:.2f} and {self.bounds.upper:.2f}"
        elif self.bounds is not None:
            worst = f"; {_bound_words(self.bounds, self.what)}"
        return Reading(
            True,
            f"{self.scale}: if people left only for reasons that were asked about{asked}, the {self.what} of those who stayed stands "
            f"for that of all: {why}. Whether they left for other reasons these answers cannot tell{worst}.",
        )


def read(
    cohort: Cohort, found: Retention, bounds: Bounds | None, names: Sequence[str], *, scale: str, smallest: float, conf_level: float
) -> Reading:  # fmt: skip
    """Return the sentence of one scale; `names` are the predictors of the model."""
    what = "change" if cohort.layout.treated is None else "effect"
    words = _Words(scale, what, names, bounds)
    can, cannot = words.can, words.cannot
    if cohort.lost == 0:
        return Reading(True, f"{can} nobody with a score before was lost.")
    verdict = verdict_of(found.seen, smallest, conf_level)
    if sure := _by_bounds(bounds, verdict, smallest, what):
        return Reading(True, f"{can} {sure}")
    if 0 < cohort.lost < FEWEST_IN_A_CELL and cohort.layout.treated is None and cohort.layout.weights is None:
        return _hardly_any(cohort, verdict, (can, cannot), scale, smallest)
    if found.weighted is None:
        held = "" if bounds is None else f", and {_bound_words(bounds, what)}"
        return Reading(False, f"{cannot} there is no model of who was lost{held}. {found.reason}")
    if not math.isfinite(found.weighted.std_error):
        moved = f"{found.seen.estimate:.2f} to {found.weighted.estimate:.2f}"
        return Reading(
            False, f"{cannot} nothing tells how sure it is; weighted for who was lost it moves from {moved} points."
        )
    again = verdict_of(found.weighted, smallest, conf_level)
    moved = f"from {_interval(found.seen)} to {_interval(found.weighted)}"
    if again != verdict:
        return Reading(
            False, f"{cannot} weighting for who was lost moves it {moved}: {WORDS[verdict]} becomes {WORDS[again]}."
        )
    if verdict == "inconclusive":
        return words.if_asked(f"it is inconclusive either way, and weighting for who was lost moves it {moved}")
    return _by_tip(found, words, moved, smallest=smallest, conf_level=conf_level)


def _by_tip(found: Retention, words: _Words, moved: str, *, smallest: float, conf_level: float) -> Reading:
    nil, small, end = tips_of(found, smallest, conf_level)
    tip, target = (nil, 0.0) if small is None else (small, end)
    if tip.already:
        told = "" if found.modelled is None else f" it is {_interval(found.modelled)}, and"
        return Reading(
            False,
            f"{words.cannot} with those who were lost predicted from {words.alike}{told} the interval holds {target:g}.",
        )
    if math.isnan(tip.limit):
        return words.if_asked(
            f"weighting moves it {moved}, and no difference of those lost would bring the interval to {target:g}"
        )
    needed = f"{abs(tip.limit):.2f} points {'less' if tip.limit < 0 else 'more'}"
    gap = found.predicted_gap
    if abs(tip.limit) <= abs(gap):
        return Reading(
            False,
            f"{words.cannot} it would take no more than that those who were lost changed by {needed} than {words.alike} for the interval "
            f"to reach {target:g}; what is known of them already makes them differ by {abs(gap):.2f}.",
        )
    return words.if_asked(
        f"weighting for who was lost moves it {moved}, and those who were lost must have changed by {needed} than "
        f"{words.alike} before the interval reaches {target:g}"
    )


def _by_bounds(bounds: Bounds | None, verdict: str, smallest: float, what: str) -> str:
    """Return the reason why the bounds alone bear a verdict, or nothing."""
    if bounds is None or not math.isfinite(bounds.ci_low):
        return ""
    borne = (
        (verdict == "increase" and bounds.ci_low > smallest)
        or (verdict == "decrease" and bounds.ci_high < -smallest)
        or (verdict == "no_relevant_change" and -smallest < bounds.ci_low and bounds.ci_high < smallest)
    )
    if not borne:
        return ""
    if what == "change":
        return (
            f"even if all who were lost had ended at one end of the scale it would lie between {bounds.lower:.2f} and "
            f"{bounds.upper:.2f}."
        )
    return f"{_bound_words(bounds, what)}, which says the same."


def _bound_words(bounds: Bounds, what: str) -> str:
    if what == "change":
        return f"anything between {bounds.lower:.2f} and {bounds.upper:.2f} points is possible"
    return (
        f"with the lowest or highest changes of the areas that kept more people cut away it lies between {bounds.lower:.2f} and "
        f"{bounds.upper:.2f} points (with sampling error {bounds.ci_low:.2f} to {bounds.ci_high:.2f})"
    )


def _hardly_any(cohort: Cohort, verdict: str, heads: tuple[str, str], scale: str, smallest: float) -> Reading:
    """Return what can be said without giving away how many of one to four people were lost."""
    low, high = cohort.layout.scores.ranges[scale]
    most = 2 * (high - low) * (FEWEST_IN_A_CELL - 1) / len(cohort)
    seen = float(cohort.change[cohort.seen].mean())
    far = verdict == "inconclusive" or abs(abs(seen) - smallest) > most
    words = (
        f"fewer than {FEWEST_IN_A_CELL} people were lost, who can move the mean by {most:.2f} points at the very most"
    )
    return Reading(
        far,
        f"{heads[0] if far else heads[1]} {words}{'' if far else ', which is more than its distance from the limit'}.",
    )


def _interval(found: Inference) -> str:
    return f"{found.estimate:.2f} ({found.ci_low:.2f} to {found.ci_high:.2f})"
