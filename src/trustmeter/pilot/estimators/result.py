"""What several analyses of one question say, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from trustmeter.errors import DesignError
from trustmeter.pilot.change.meaning import Verdict
from trustmeter.pilot.design import PilotDesign
from trustmeter.results import Result, plain, printable

DECLARED = "declared"
NULLS = {"prob_superiority": 0.5}
"""What a term is where nothing changed, if not nought."""
COMPANIONS = ("prob_superiority", "log_odds_ratio")
"""Terms that are no points of the scale: a smallest effect says nothing of them."""
WORDS: Mapping[Verdict, str] = {
    "increase": "an increase", "decrease": "a decrease", "no_relevant_change": "no relevant change",
    "inconclusive": "nothing for sure", "suppressed": "nothing",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class EstimatorComparison(Result):
    """How much hangs on the choice of analysis.

    Parameters
    ----------
    design
        What was compared.
    conf_level
        Level of all intervals.
    verdicts
        Scale → term → what that analysis alone says, at the same level, not adjusted for being several.
    smallest_effect
        Scale → the smallest change that was declared to matter, in points; 0 where none was.
    """

    title: ClassVar[str] = "Estimators"

    design: PilotDesign
    conf_level: float
    verdicts: Mapping[str, Mapping[str, Verdict]]
    smallest_effect: Mapping[str, float] = field(default_factory=dict)

    def value(self, term: str, scale: str | None = None) -> float:
        """Return the estimate of one analysis of a scale; `scale` may be left out when there is one scale."""
        name = self._scale(scale)
        rows = (self.table["scale"] == name) & (self.table["term"] == term)
        if not rows.any():
            raise DesignError(f"No analysis {term!r} of scale {name!r} is here. The notes say why one does not fit.")
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def sentence(self, scale: str | None = None) -> str:
        """Return in a sentence whether the analyses of a scale agree; `scale` may be left out when there is one."""
        name = self._scale(scale)
        said = self.verdicts[name]
        if said[DECLARED] == "suppressed":
            return f"{name}: too few people to tell."
        way = _way_sentence(self._ways(name))
        decided = f"The declared analysis decides; it says {WORDS[said[DECLARED]]}."
        return f"{name}: {way} {_verdict_sentence(said, self.smallest_effect.get(name, 0.0) > 0)}{decided}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts and sentences included."""
        return {
            **super().to_dict(),
            "verdicts": plain(self.verdicts),
            "sentences": {name: self.sentence(name) for name in self.verdicts},
        }

    def _scale(self, scale: str | None) -> str:
        if scale is None and len(self.verdicts) > 1:
            raise DesignError(f"Name the scale: this result has {len(self.verdicts)} scales.")
        name = scale if scale is not None else next(iter(self.verdicts))
        if name not in self.verdicts:
            raise DesignError(f"Scale {name!r} is not among those compared: {', '.join(self.verdicts)}.")
        return name

    def _ways(self, name: str) -> dict[str, list[str]]:
        """Return the analyses by the direction that they point in."""
        part = self.table[self.table["scale"] == name]
        found: dict[str, list[str]] = {"up": [], "down": [], "neither way": []}
        for term, estimate in zip(part["term"], part["estimate"], strict=True):
            off = estimate - NULLS.get(term, 0.0)
            found["up" if off > 1e-12 else "down" if off < -1e-12 else "neither way"].append(term)
        return {way: terms for way, terms in found.items() if terms}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        head = f"{self.title} {self.design.contrast}, {100 * self.conf_level:g} % intervals"
        sentences = "\n".join(self.sentence(name) for name in self.verdicts)
        table = self.table.drop(columns=["contrast"])
        return [mark, head, printable(table), sentences, notes]


def _way_sentence(ways: Mapping[str, list[str]]) -> str:
    total = sum(len(terms) for terms in ways.values())
    if total == 1:
        return f"Only one analysis fits this design; it points {next(iter(ways))}."
    if len(ways) == 1:
        return f"All {total} analyses point {'the same way, ' if 'neither way' not in ways else ''}{next(iter(ways))}."
    return f"The {total} analyses differ: {_listed(ways)}."


def _verdict_sentence(said: Mapping[str, Verdict], smallest: bool) -> str:
    by_verdict: dict[str, list[str]] = {}
    for term, verdict in said.items():
        if not (smallest and term in COMPANIONS):
            by_verdict.setdefault(f"say {WORDS[verdict]}", []).append(term)
    if len(by_verdict) == 1:
        return ""
    return f"Taken alone, at the same level: {_listed(by_verdict)}. "


def _listed(parts: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{len(terms)} {way} ({', '.join(terms)})" for way, terms in parts.items())
