"""What several zones say together, and what a new zone may expect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.pilot.change.meaning import Verdict
from trustmeter.pilot.synthesis.estimates import TERMS
from trustmeter.pilot.synthesis.pooling import PREDICTION, SHARE, TAU, TEST
from trustmeter.results import Result, format_p, plain, printable

Reach = Literal["new_zones", "on_average", "inconclusive"]
"""How far a verdict reaches: to a new zone as well, to the average only, or there is none."""

Difference = Literal["zones_differ", "cannot_tell"]
"""Whether zones differ by more than their errors allow; that no difference shows does not mean that there is none."""

SENTENCES = {
    "increase": "an increase",
    "decrease": "a decrease",
    "no_relevant_change": "no relevant change",
    "inconclusive": "inconclusive",
}
REACHES = {
    "new_zones": "It very likely holds in a new zone too: there the true value would lie between {low} and {high}.",
    "on_average": "It need not hold in every zone: in a new zone the true value would lie between {low} and {high}.",
    "inconclusive": "In a new zone the true value would lie between {low} and {high}.",
}
DIFFERENCES = {
    "zones_differ": "The zones differ by more than chance allows (p {p}).",
    "cannot_tell": "Whether the zones differ cannot be told (p {p}).",
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SynthesisResult(Result):
    """The average over zones, how much zones differ, and what each zone would show with the strength of the others.

    Parameters
    ----------
    verdicts
        Scale → what can be said of the average, in the words of `Comparison`.
    reach
        Scale → ``"new_zones"`` where the verdict would very likely hold in a new zone, ``"on_average"`` where it need
        not, ``"inconclusive"`` where there is no verdict.
    differences
        Scale → ``"zones_differ"`` or ``"cannot_tell"``.
    zones
        Scale → the zones that were pooled, in the order given.
    term
        The pooled row's term: ``"mean_change"``, ``"effect"``, ``"mean_difference"`` or ``"pooled_estimate"``.
    conf_level
        Level of all intervals.
    smallest_effect
        Scale → the smallest change that was declared to matter; 0 where none was.
    """

    title: ClassVar[str] = "Zones together"

    verdicts: Mapping[str, Verdict]
    reach: Mapping[str, Reach]
    differences: Mapping[str, Difference]
    zones: Mapping[str, tuple[str, ...]]
    term: str
    conf_level: float
    smallest_effect: Mapping[str, float] = field(default_factory=dict)

    def value(self, term: str, scale: str | None = None, zone: str = "") -> float:
        """Return the estimate of one term (of one zone); `scale` may be left out when there is one scale."""
        row = self.row(term, scale, zone)
        return float(row["estimate"])

    def row(self, term: str, scale: str | None = None, zone: str = "") -> Mapping[str, Any]:
        """Return the whole row of one term (of one zone) with its interval."""
        if scale is None and len(self.verdicts) > 1:
            raise DesignError(f"Name the scale: this synthesis has {len(self.verdicts)} scales.")
        name = next(iter(self.verdicts)) if scale is None else scale
        found = self.table[(self.table["term"] == term) & (self.table["zone"] == zone)]
        if "scale" in found.columns:
            found = found[found["scale"] == name]
        if found.empty:
            where = f" of zone {zone!r}" if zone else ""
            raise DesignError(f"This synthesis has no term {term!r}{where} of scale {name!r}.")
        return {str(column): value for column, value in found.iloc[0].items()}

    def sentence(self, scale: str | None = None) -> str:
        """Return the answer in words: the average, how far it reaches, whether zones differ."""
        name = next(iter(self.verdicts)) if scale is None else scale
        average, spread = self.row(self.term, name), self.row(TEST, name)
        reach = f" ({100 * self.conf_level:g} % interval {average['ci_low']:+.2f} to {average['ci_high']:+.2f})"
        reach = reach if math.isfinite(average["ci_low"]) else ""
        head = f"{name}: on average" if name else "On average"
        told = f"{head} over {len(self.zones[name])} zones {SENTENCES[self.verdicts[name]]}"
        parts = [f"{told}, {average['estimate']:+.2f}{reach}."]
        if len(self.zones[name]) > 2:
            new = self.row(PREDICTION, name)
            parts.append(REACHES[self.reach[name]].format(low=f"{new['ci_low']:+.2f}", high=f"{new['ci_high']:+.2f}"))
        p_value = float(spread["p_value"])
        told_p = format_p(p_value) if p_value < 0.001 else f"= {format_p(p_value)}"
        parts.append(DIFFERENCES[self.differences[name]].format(p=told_p))
        return " ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts included."""
        words = {"verdicts": self.verdicts, "reach": self.reach, "differences": self.differences}
        return {**super().to_dict(), **{name: plain(value) for name, value in words.items()}}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        head = f"{self.title}, {100 * self.conf_level:g} % intervals"
        sentences = "\n".join(self.sentence(scale) for scale in self.verdicts)
        return [mark, head, sentences, printable(self._short_table()), notes]

    def _short_table(self) -> pd.DataFrame:
        """Return the zones, each alone and partially pooled, then the average, tau, I² and a new zone."""
        own, shrunk = TERMS[self.term]
        kept = self.table[self.table["term"].isin((own, shrunk, self.term, TAU, SHARE, PREDICTION))]
        columns = [name for name in ("scale", "term", "zone", "estimate", "ci_low", "ci_high", "n") if name in kept]
        return kept[columns]


def reach_of(verdict: Verdict, new: tuple[float, float], smallest: float) -> Reach:
    """Tell how far a verdict on the average reaches: whether nearly all true values of new zones would bear it."""
    low, high = new
    holds = {
        "increase": low > smallest,
        "decrease": high < -smallest,
        "no_relevant_change": -smallest < low and high < smallest,
    }
    if verdict not in holds:
        return "inconclusive"
    return "new_zones" if math.isfinite(low) and holds[verdict] else "on_average"
