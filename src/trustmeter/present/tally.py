"""How many gave each answer, safe to show: what the answer bars, and their tables, are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.present.palette import MOST_STEPS
from trustmeter.present.phrases import Phrases
from trustmeter.questionnaire.model import Item
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.stats.disclosure import pool_small_cells, too_small

FEW = 5
"""Counts of non-answers below this, and above zero, are not shown. They stand beside no total that gives them away."""

NON_ANSWERS = ("dont_know", "refused", "not_applicable")
"""The kinds that respondents choose; blanks are told in the table of what is missing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One piece of a bar: its share of the substantive answers, and which categories it stands for."""

    share: float
    categories: tuple[int, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers to one item in one wave.

    Parameters
    ----------
    item, wave
        Which; the wave is empty where there is none.
    base
        How many answered in substance, ``nan`` where that would give a small count away.
    enough
        Whether there are enough people to show anything.
    cells
        The shown categories in order, then the hidden ones together.
    non_answers
        Kind → how many chose it; ``None`` where hidden.
    asked
        How many were asked, ``nan`` where hidden.
    """

    item: str
    wave: str
    base: float
    enough: bool
    cells: tuple[Cell, ...]
    non_answers: Mapping[str, int | None]
    asked: float

    @property
    def inside(self) -> tuple[Cell, ...]:
        """The pieces whose place on the answer scale is known."""
        return tuple(cell for cell in self.cells if not cell.hidden)

    @property
    def outside(self) -> tuple[Cell, ...]:
        """The pooled piece of hidden categories: it has a length but no place."""
        return tuple(cell for cell in self.cells if cell.hidden)

    @property
    def grey_share(self) -> float:
        """Share of those asked who gave a non-answer that may be shown."""
        return sum(self.share_of_asked(count) for count in self.non_answers.values() if count)

    def reach_low(self, steps: int) -> float:
        """Return the share to the left of the middle; half of a neutral category counts."""
        return sum(cell.share * _below(cell.categories[0], steps) for cell in self.inside)

    def reach_high(self, steps: int) -> float:
        """Return the share to the right of the middle, the pooled piece included."""
        right = sum(cell.share * (1 - _below(cell.categories[0], steps)) for cell in self.inside)
        return right + sum(cell.share for cell in self.outside)

    def share_of_asked(self, count: float) -> float:
        """Return a count as a share of those asked."""
        return count / self.asked if self.asked and math.isfinite(self.asked) else 0.0

    def base_text(self, phrases: Phrases) -> str:
        """Return how many answered, or that it is hidden."""
        return phrases.whole(self.base) if math.isfinite(self.base) else phrases.say("cell.few_people")


@dataclass(frozen=True, slots=True)
class Panel:
    """The items of one scale that share a response scale: one legend, one set of bars.

    Parameters
    ----------
    title
        The scale's name.
    options
        The words of the answers, lowest first.
    non_answers
        Kind → its words, for the kinds that the response scale offers.
    wording
        Item → its text.
    reversed_items
        Items that count in reverse.
    drawn, left_out
        Items with bars, and items that cannot have them.
    tallies
        One an item and wave.
    """

    title: str
    options: tuple[str, ...]
    non_answers: Mapping[str, str]
    wording: Mapping[str, str]
    reversed_items: frozenset[str]
    drawn: tuple[str, ...]
    left_out: tuple[str, ...]
    tallies: tuple[Tally, ...]

    def of(self, item: str) -> tuple[Tally, ...]:
        """Return an item's tallies, one a wave."""
        return tuple(tally for tally in self.tallies if tally.item == item)

    def draws(self, kind: str) -> bool:
        """Tell whether any bar shows non-answers of that kind."""
        return any(tally.enough and tally.non_answers.get(kind) for tally in self.tallies)


def panels_of(answers: Responses, scale: str, phrases: Phrases) -> list[Panel]:
    """Return the panels of one scale: one for each response scale among its items."""
    questionnaire, language = answers.questionnaire, phrases.language
    wanted = questionnaire.scale(scale)
    items = [questionnaire.item(item) for item in wanted.items if item in answers.item_ids]
    panels = []
    for used in dict.fromkeys(item.response_scale.id for item in items):
        group = [item for item in items if item.response_scale.id == used]
        steps = len(group[0].response_scale.substantive)
        fits = group[0].response_scale.type == "ordinal" and 2 <= steps <= MOST_STEPS
        panels.append(
            Panel(
                title=wanted.name.read(language) or wanted.id,
                options=tuple(
                    option.text.read(language) or option.code for option in group[0].response_scale.substantive
                ),
                non_answers=_offered(group[0], language),
                wording={item.id: item.text.read(language) or item.id for item in group},
                reversed_items=wanted.reversed,
                drawn=tuple(item.id for item in group) if fits else (),
                left_out=() if fits else tuple(item.id for item in group),
                tallies=tuple(_tallies(answers, group)) if fits else (),
            )
        )
    return panels


def _offered(item: Item, language: str) -> dict[str, str]:
    options = {option.kind: option for option in item.response_scale.non_answers}
    return {kind: options[kind].text.read(language) or options[kind].code for kind in NON_ANSWERS if kind in options}


def _tallies(answers: Responses, items: Sequence[Item]) -> list[Tally]:
    wave = answers.roles.wave
    waves = [""] if wave is None else sorted(answers.frame[wave].dropna().astype(str).unique())
    return [_tally(answers, item, one) for item in items for one in waves]


def _tally(answers: Responses, item: Item, wave: str) -> Tally:
    rows = np.ones(len(answers), dtype=bool)
    if wave:
        rows = (answers.frame[answers.roles.wave].astype(str) == wave).to_numpy()
    codes = answers.frame.loc[rows, item.id].astype("string")
    kinds = answers.missing.loc[rows, item.id].to_numpy()
    counts = [int((codes == option.code).sum()) for option in item.response_scale.substantive]
    offered = [kind for kind in NON_ANSWERS if kind in {option.kind for option in item.response_scale.options}]
    absent = [int((kinds == 1 + MISSING_KINDS.index(kind)).sum()) for kind in offered]
    pooled = pool_small_cells(counts)
    base = pooled.total
    cells = [Cell(count / base, (at,)) for at, count in enumerate(pooled.counts) if count > 0 and math.isfinite(base)]
    if math.isfinite(base) and pooled.pooled > 0:
        hidden = tuple(int(at) for at in np.flatnonzero(pooled.hidden))
        cells.append(Cell(pooled.pooled / base, hidden, hidden=True))
    shown = {str(kind): None if 0 < count < FEW else count for kind, count in zip(offered, absent, strict=True)}
    asked = float((kinds != 1 + MISSING_KINDS.index("not_asked")).sum())
    enough = not too_small(sum(counts)) and math.isfinite(base)
    return Tally(item.id, wave, base, enough, tuple(cells), shown, asked)


def _below(category: int, steps: int) -> float:
    """Return how much of a category lies below the middle: all, half (a neutral one) or nothing."""
    middle = (steps - 1) / 2
    return 1.0 if category < middle else 0.5 if category == middle else 0.0
