"""A card of the toolbox: what was done, what it took, and what an evaluation found. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from trustmeter.options import ReportLanguage
from trustmeter.pilot.evaluation.result_file import PilotRecord, ScaleRecord
from trustmeter.pilot.evaluation.strength import STRENGTHS, EvidenceStrength

CARD_LANGUAGES: tuple[str, ...] = get_args(ReportLanguage)
"""The languages that a card may be written in, and the order in which they are fallen back on."""

KINDS = ("practice", "instrument", "design")
"""What a zone did; a questionnaire of the shelf and how it is used; a way of evaluating."""

THEMES = ("human_resources", "complaints", "proximity")
"""The themes of the pilots."""

ANY = "any"
"""Stands for every theme, or every zone."""

NOT_KNOWN = "not known"
"""Stands where a cost is not known; nobody has to guess."""

MONEY = ("none", "under_1000", "1000_to_5000", "5000_to_25000", "over_25000", NOT_KNOWN)
"""Money spent beside working hours, in euro."""


@dataclass(frozen=True, slots=True)
class CardText:
    """The words of a card in one language."""

    title: str
    problem: str
    done: str
    for_whom: str
    steps: tuple[str, ...]
    needs: tuple[str, ...]
    pitfalls: tuple[str, ...]
    contact: str
    can_show: str = ""
    cannot_show: str = ""


@dataclass(frozen=True, slots=True)
class PlanWish:
    """For which design a card wants to know how many people are needed; the numbers come from `plan`.

    Parameters
    ----------
    linked
        Whether the same people answer twice, or ``"overlap"``.
    smallest_effect
        In points.
    areas
        Areas with, and as many without the pilot; ``None`` for one zone.
    people
        In each area; needed with areas.
    randomized
        Whether a lot chose the areas.
    """

    linked: bool | Literal["overlap"]
    smallest_effect: float
    areas: int | None = None
    people: int | None = None
    randomized: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the toolbox.

    Parameters
    ----------
    id
        Its name, and its file's.
    kind
        One of `KINDS`.
    themes
        Some of `THEMES`; empty for every theme.
    zone
        The zone that did it; an empty text for a method, which any zone can use.
    texts
        Its words, by language.
    hours
        Working hours that it took; ``None`` when not known.
    money
        One of `MONEY`.
    licence
        Under what terms others may use it.
    instrument
        A questionnaire of the shelf, or an empty text.
    plan
        What to ask `plan`, or ``None``.
    guide
        The page that says how to do it, or ``None``.
    evaluations
        The records of its result files; a practice only.
    """

    id: str
    kind: str
    themes: tuple[str, ...]
    zone: str
    texts: Mapping[str, CardText]
    hours: int | None
    money: str
    licence: str
    instrument: str = ""
    plan: PlanWish | None = None
    guide: Path | None = None
    evaluations: tuple[PilotRecord, ...] = ()

    @property
    def strength(self) -> EvidenceStrength:
        """How strong its evidence is: that of the strongest result file. Read from them, never written by hand."""
        return max((strength_of_record(one) for one in self.evaluations), key=STRENGTHS.index, default="none")

    @property
    def simulated(self) -> bool:
        """Whether any of its result files rests on answers that nobody gave."""
        return any(one.simulated for one in self.evaluations)

    def language_for(self, language: str) -> str:
        """Return `language`, or the first that the card is written in when it is not written in that one."""
        return language if language in self.texts else next(one for one in CARD_LANGUAGES if one in self.texts)

    def __str__(self) -> str:
        title = self.texts[self.language_for("en")].title
        return f"{self.id}: {title} ({self.kind}, {self.zone or 'any zone'}; evidence: {self.strength})"

    __repr__ = __str__


def scales_that_count(record: PilotRecord) -> tuple[ScaleRecord, ...]:
    """Return the scales of a result that were declared beforehand to count; all of them when none was."""
    every = tuple(scale for part in record.questionnaires for scale in part.scales)
    return tuple(scale for scale in every if scale.primary) or every


def strength_of_record(record: PilotRecord) -> EvidenceStrength:
    """Return how strong a result is: the weakest of the scales that count, so that nobody picks the luckiest; simulated: none."""
    if record.simulated:
        return "none"
    return min((scale.strength for scale in scales_that_count(record)), key=STRENGTHS.index, default="none")
