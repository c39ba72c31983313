"""What a comparison says: verdicts, and the estimates behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.pilot.change.meaning import Verdict
from trustmeter.pilot.change.rows import GROUP_NAMES, WAVE_NAMES
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.results import Result, plain, printable
from trustmeter.scoring.model import Scores

QUESTION_TERMS = ("effect", WAVE_NAMES[2], GROUP_NAMES[2])
SIZE_TERMS = ("d_effect", "d_av", "d_s")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Comparison(Result):
    """What was compared, what can be said of every scale, and the estimates behind it.

    Parameters
    ----------
    design
        The two waves or groups.
    conf_level
        Level of all intervals.
    linked
        Whether people were compared with themselves.
    scores
        The rows that were compared, both waves.
    verdicts
        One word a scale: ``"increase"``, ``"decrease"``, ``"no_relevant_change"`` (only with a smallest effect),
        ``"inconclusive"`` or ``"suppressed"``.
    smallest_effect
        Scale → the smallest change that was declared to matter, in points; 0 where none was.
    """

    title: ClassVar[str] = "Change"

    design: PilotDesign | GroupDesign
    conf_level: float
    linked: bool
    scores: Scores
    verdicts: Mapping[str, Verdict]
    smallest_effect: Mapping[str, float] = field(default_factory=dict)

    def value(self, term: str, scale: str | None = None) -> float:
        """Return the estimate of one term of a scale; `scale` may be left out when there is one scale."""
        name = scale if scale is not None else next(iter(self.verdicts))
        if scale is None and len(self.verdicts) > 1:
            raise DesignError(f"Name the scale: this comparison has {len(self.verdicts)} scales.")
        rows = (self.table["scale"] == name) & (self.table["term"] == term)
        if not rows.any():
            raise DesignError(f"This comparison has no term {term!r} of scale {name!r}.")
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts included."""
        return {**super().to_dict(), "linked": self.linked, "verdicts": {k: plain(v) for k, v in self.verdicts.items()}}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        people = "same people" if self.linked else "different people"
        if isinstance(self.design, PilotDesign) and self.design.linked == "overlap":
            people = "partly the same people"
        if isinstance(self.design, PilotDesign) and self.design.has_comparison:
            people = f"pilot areas against comparison areas, {people}"
        head = f"{self.title} {self.design.contrast}: {people}, {100 * self.conf_level:g} % intervals"
        return [mark, head, printable(self._short_table()), notes]

    def _short_table(self) -> pd.DataFrame:
        """Return one row a scale: means, change (or effect), interval, adjusted p, effect size, verdict."""
        rows = []
        for scale, verdict in self.verdicts.items():
            part = self.table[self.table["scale"] == scale]
            asked = question_row(part)
            means = part.drop_duplicates("term").set_index("term")["estimate"]
            names = WAVE_NAMES if isinstance(self.design, PilotDesign) else GROUP_NAMES
            row = {"scale": scale, **{name: means[name] for name in names}, str(asked["term"]): asked["estimate"]}
            row |= {name: asked[name] for name in ("ci_low", "ci_high", "p_adjusted", "n")}
            size = next((name for name in SIZE_TERMS if name in means.index), None)
            rows.append({**row, **({size: means[size]} if size else {}), "verdict": verdict})
        return pd.DataFrame(rows)


def question_row(part: pd.DataFrame) -> pd.Series[Any]:
    """Return the row of one scale that its verdict speaks of: the effect, the change or the difference."""
    for term in QUESTION_TERMS:
        found = part[part["term"] == term]
        if "wave" in found.columns:
            found = found[found["wave"] == ""]
        if len(found):
            return found.iloc[0]
    raise DesignError("This table holds no change and no difference.")
