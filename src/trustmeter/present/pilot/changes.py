"""The rows of a comparison as people read them: what is asked, what is beside it, and why it stays open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.effect import ARMS
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import (
    count_of,
    in_order,
    is_group,
    line_of,
    number_of,
    questionnaire_of,
    scale_depth,
    scale_name,
)
from trustmeter.responses.labels import row_labels

BEFORE_TERMS = ("mean_before", "mean_first")
AFTER_TERMS = ("mean_after", "mean_second")
FURTHER_TERMS = ("effect", "pre_trend", "mean_change")
HARDLY_ANY_DF = 3.0
"""With fewer degrees of freedom an effect must be huge to show: then people are told that the areas are too few."""

_NO_MEANS: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})


@dataclass(frozen=True, slots=True)
class FurtherRow:
    """An earlier or later wave of one scale, against the wave before; it decides nothing."""

    wave: str
    later: bool
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One scale of a comparison, as people read it.

    Parameters
    ----------
    scale, name, depth
        The id, the name in the language, and 0 for a scale or 1 for a dimension of one.
    verdict
        What the comparison found: ``"increase"``, ``"decrease"``, ``"no_relevant_change"``, ``"inconclusive"`` or
        ``"suppressed"``.
    before, after
        Means; of the areas with the pilot where there are others.
    change, low, high
        The difference of the means or, with comparison areas, of the changes; and its interval; not a number where suppressed.
    n
        How many people it rests on.
    beside
        Means before and after of the comparison areas.
    smallest, narrow
        The smallest change declared to matter, 0 where none was; and the interval that two one-sided tests against it make.
    areas
        How many areas with and without the pilot; both 0 without comparison areas.
    few_areas
        Whether so few areas can hardly show any effect, however many people answered.
    limit
        What one person's change must exceed to be more than measurement error, where that is known.
    further
        Earlier and later waves.
    """

    scale: str
    name: str
    depth: int
    verdict: str
    before: float
    after: float
    change: float
    low: float
    high: float
    n: int
    beside: tuple[float, float] = (math.nan, math.nan)
    smallest: float = 0.0
    narrow: tuple[float, float] = (math.nan, math.nan)
    areas: tuple[int, int] = (0, 0)
    few_areas: bool = False
    limit: float = math.nan
    further: tuple[FurtherRow, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether there is a number to show."""
        return self.verdict != "suppressed" and math.isfinite(self.change)

    @property
    def said(self) -> str:
        """The verdict that people are told: what was found, and inconclusive where the interval does not bear it out."""
        if not self.shown:
            return "suppressed"
        borne_out = {
            "increase": self.low > self.smallest and math.isfinite(self.high),
            "decrease": self.high < -self.smallest and math.isfinite(self.low),
            "no_relevant_change": self._within,
        }
        return self.verdict if borne_out.get(self.verdict, False) else "inconclusive"

    @property
    def telling(self) -> str:
        """Which sentence says why: see ``told.why`` of the wording."""
        if self.said != "inconclusive":
            clear = "beyond" if self.smallest else "clear"
            return {"suppressed": "suppressed", "no_relevant_change": "within"}.get(self.said, clear)
        if self.areas == (1, 1):
            return "single"
        if self.verdict != "inconclusive":
            return "split"
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return "few_areas" if any(self.areas) else "flat"
        return "few_areas" if self.few_areas else self._open

    @property
    def saying(self) -> str:
        """The verdict's key in sentences: where zero is left out and only the size is open, that is what is said."""
        return (
            "inconclusive_size" if self.said == "inconclusive" and self.telling in {"small", "settled"} else self.said
        )

    @property
    def _open(self) -> str:
        """Why an interval leaves it open: it holds nothing, or the smallest effect, or all scales together forbid."""
        holds_nothing = self.low <= 0 <= self.high
        if not self.smallest:
            return "nothing" if holds_nothing else "alone"
        if self.low > self.smallest or self.high < -self.smallest or self._within:
            return "settled"
        return "open" if holds_nothing else "small"

    @property
    def _within(self) -> bool:
        return -self.smallest < self.narrow[0] and self.narrow[1] < self.smallest


def change_rows(change: Comparison, phrases: Phrases) -> list[ChangeRow]:
    """Return one row a scale of a comparison, in the questionnaire's order."""
    questionnaire = questionnaire_of(change)
    table = change.tidy()
    areas = _areas(change)
    rows = []
    for scale in in_order(change.verdicts, questionnaire):
        part = table[table["scale"] == scale]
        named = (scale, scale_name(scale, questionnaire, phrases.language), scale_depth(scale, questionnaire))
        asked = question_row(part).to_dict()
        n = count_of(asked.get("n"))
        mine, beside = (_means(part, group) for group in ARMS) if any(areas) else (_means(part, ""), _NO_MEANS)
        fewest = min([n, *(count_of(line.get("n")) for line in (*mine, *(beside if any(areas) else ())))])
        if fewest < FEWEST_PEOPLE or change.verdicts[scale] == "suppressed":
            nan = math.nan
            rows.append(ChangeRow(*named, "suppressed", nan, nan, nan, nan, nan, n, areas=areas))
            continue
        narrow = line_of(part, ("equivalence",))
        row = ChangeRow(
            *named, change.verdicts[scale], *_estimates(mine), *_span(asked), n, beside=_estimates(beside),
            smallest=change.smallest_effect.get(scale, 0.0),
            narrow=(number_of(narrow.get("ci_low")), number_of(narrow.get("ci_high"))), areas=areas,
            few_areas=_few(areas, number_of(asked.get("df")), change.conf_level),
            limit=number_of(line_of(part, ("mdc",)).get("estimate")), further=_further(part, change),
        )  # fmt: skip
        rows.append(row)
    return rows


def _means(part: pd.DataFrame, group: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the rows of the means before and after, of one kind of area where there are two."""
    found = part[part["group"] == group] if group and "group" in part else part
    return line_of(found, BEFORE_TERMS), line_of(found, AFTER_TERMS)


def _estimates(means: tuple[Mapping[str, Any], Mapping[str, Any]]) -> tuple[float, float]:
    return number_of(means[0].get("estimate")), number_of(means[1].get("estimate"))


def _span(line: Mapping[Any, Any]) -> tuple[float, float, float]:
    return number_of(line.get("estimate")), number_of(line.get("ci_low")), number_of(line.get("ci_high"))


def _areas(change: Comparison) -> tuple[int, int]:
    """Return how many areas with and without the pilot were compared; zeros where none were."""
    if not isinstance(change.design, PilotDesign) or change.design.area is None:
        return 0, 0
    roles, name = change.scores.roles, change.design.area
    column = name if name in roles.columns else roles.column(name, needed_by="compare")
    areas = set(row_labels(change.scores.frame[column]).dropna())
    treated = len(areas & set(change.design.treated))
    return treated, len(areas) - treated


def _few(areas: tuple[int, int], df: float, conf_level: float) -> bool:
    """Tell whether so few areas could hardly show any effect: one against too few, or too few degrees of freedom."""
    if min(areas) == 1:
        return max(areas) < math.ceil(1 / (1 - conf_level) - 1e-9) - 1
    return min(areas) > 1 and 0 < df < HARDLY_ANY_DF


def _further(part: pd.DataFrame, change: Comparison) -> tuple[FurtherRow, ...]:
    """Return earlier and later waves of one scale, in order of time."""
    if not isinstance(change.design, PilotDesign) or "wave" not in part:
        return ()
    found = []
    for wave in (*change.design.earlier, *change.design.later):
        line = line_of(part[part["wave"] == wave], FURTHER_TERMS)
        if line and math.isfinite(number_of(line.get("estimate"))) and count_of(line.get("n")) >= FEWEST_PEOPLE:
            found.append(FurtherRow(wave, wave in change.design.later, *_span(line)))
    return tuple(found)


def family_of(change: Comparison) -> str:
    """Return which words tell a comparison: of groups, of an effect beside other areas, or of a change."""
    if is_group(change):
        return "group"
    return "effect" if any(_areas(change)) else "change"
