"""What may be said of an order of zones: words that claim no more than the sets of ranks do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.results import Result, plain, printable

ZoneVerdict = Literal["highest", "among_highest", "between", "among_lowest", "lowest", "cannot_tell"]
"""Where a zone surely stands; *cannot_tell*: it may hold any rank."""

Order = Literal["cannot_rank", "partly", "fully", "two_zones"]
"""How far zones can be put in an order: not at all, in part, wholly; two zones have a difference, no order."""

RANK, ALONE = "rank_simultaneous", "rank_marginal"
EXPECTED, HIGHEST, LOWEST = "expected_rank", "probability_highest", "probability_lowest"
COMPARING, DIFFERENCE = "comparison_interval", "mean_difference"
TERM_OF = {"simultaneous": RANK, "marginal": ALONE}

_ORDERS = {
    "cannot_rank": "the zones cannot be ranked: each may hold any rank from 1 to {k}",
    "partly": "the zones can be ranked in part only",
    "fully": "the zones can be ranked",
    "two_zones": "two zones have a difference, not a ranking",
}
_VERDICTS = {
    "highest": "surely the highest",
    "among_highest": "surely among the {count} highest",
    "between": "surely between rank {low} and rank {high}",
    "among_lowest": "surely among the {count} lowest",
    "lowest": "surely the lowest",
    "cannot_tell": "cannot be told apart from the others",
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ZoneRanking(Result):
    """How far zones can be put in an order, and where each may stand; rank 1 is the highest mean.

    Parameters
    ----------
    orders
        Scale → ``"cannot_rank"``, ``"partly"``, ``"fully"`` or ``"two_zones"``.
    verdicts
        Scale → zone (by name) → where it surely stands.
    zones
        Scale → the zones that were compared, by name.
    by, wave
        What makes the zones, and the wave (empty without).
    method
        Which sets the words go by: ``"simultaneous"`` or ``"marginal"``.
    conf_level
        Level of sets and intervals.
    """

    title: ClassVar[str] = "Can zones be ranked?"

    orders: Mapping[str, Order]
    verdicts: Mapping[str, Mapping[str, ZoneVerdict]]
    zones: Mapping[str, tuple[str, ...]]
    by: str
    wave: str = ""
    method: str = "simultaneous"
    conf_level: float = 0.95

    def row(self, term: str, zone: str = "", scale: str | None = None, contrast: str = "") -> Mapping[str, Any]:
        """Return the whole row of one term (of one zone, or of a difference ``"A - B"``)."""
        name = self._scale(scale)
        found = self.table[(self.table["scale"] == name) & (self.table["term"] == term)]
        found = found[(found["zone"] == zone) & ((found["contrast"] == contrast) | (not contrast))]
        if found.empty:
            raise DesignError(f"This ranking has no row {term!r} of {zone or contrast!r} on scale {name!r}.")
        return {str(column): value for column, value in found.iloc[0].items()}

    def ranks(self, zone: str, scale: str | None = None) -> tuple[int, int]:
        """Return the best and the worst rank that a zone may hold."""
        row = self.row(TERM_OF[self.method], zone, scale)
        return int(row["ci_low"]), int(row["ci_high"])

    def sentence(self, scale: str | None = None) -> str:
        """Return what can be said of one scale's order."""
        name = self._scale(scale)
        k = len(self.zones[name])
        head = f"{name}: {_ORDERS[self.orders[name]].format(k=k)}."
        if self.orders[name] == "two_zones":
            row = self.row(DIFFERENCE, scale=name)
            ends = f"{row['ci_low']:+.2f} to {row['ci_high']:+.2f}" if math.isfinite(row["ci_low"]) else "no interval"
            return f"{head} {row['contrast']} is {row['estimate']:+.2f} ({100 * self.conf_level:g} % interval {ends})."
        told = [
            f"{zone} {verdict_words(verdict, *self.ranks(zone, name), k)}"
            for zone, verdict in self.verdicts[name].items() if verdict != "cannot_tell"
        ]  # fmt: skip
        left = [zone for zone, verdict in self.verdicts[name].items() if verdict == "cannot_tell"]
        rest = [f"Of {', '.join(left)} nothing is sure."] if told and left else []
        return " ".join([head, *([f"{'; '.join(told)}."] if told else []), *rest])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts included."""
        more = {"orders": self.orders, "verdicts": self.verdicts, "wave": self.wave, "method": self.method}
        return {**super().to_dict(), **{name: plain(value) for name, value in more.items()}}

    def _scale(self, scale: str | None) -> str:
        if scale is None and len(self.orders) > 1:
            raise DesignError(f"Name the scale: this ranking has {len(self.orders)} scales.")
        name = next(iter(self.orders)) if scale is None else scale
        if name not in self.orders:
            raise DesignError(f"This ranking has no scale {name!r}. Its scales: {', '.join(self.orders)}.")
        return name

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        wave = f", {self.wave}" if self.wave else ""
        head = f"{self.title} By {self.by!r}{wave}, {100 * self.conf_level:g} % sets of ranks; in the order of names"
        sentences = "\n".join(self.sentence(scale) for scale in self.orders)
        return [mark, head, sentences, self._rank_table(), notes]

    def _rank_table(self) -> str:
        """Return where each zone may stand, by name: never one rank without its set."""
        kept = self.table[self.table["term"] == TERM_OF[self.method]]
        if kept.empty:
            return ""
        spans = [f"{int(low)} to {int(high)}" for low, high in zip(kept["ci_low"], kept["ci_high"], strict=True)]
        shown = pd.DataFrame({"scale": kept["scale"], "zone": kept["zone"], "may hold rank": spans})
        return printable(shown.reset_index(drop=True))


def verdict_of(low: int, high: int, k: int) -> ZoneVerdict:
    """Return where a zone surely stands from the ends of its set of ranks among k zones."""
    if low == 1:
        return "cannot_tell" if high == k else "highest" if high == 1 else "among_highest"
    if high == k:
        return "lowest" if low == k else "among_lowest"
    return "between"


def verdict_words(verdict: ZoneVerdict, low: int, high: int, k: int) -> str:
    """Return a verdict in English words."""
    if verdict == "between" and low == high:
        return f"surely holds rank {low}"
    count = high if verdict == "among_highest" else k - low + 1
    return _VERDICTS[verdict].format(low=low, high=high, count=count)


def order_of(spans: list[tuple[int, int]]) -> Order:
    """Return how far zones can be put in an order from their sets of ranks."""
    k = len(spans)
    if all(span == (1, k) for span in spans):
        return "cannot_rank"
    return "fully" if all(low == high for low, high in spans) else "partly"
