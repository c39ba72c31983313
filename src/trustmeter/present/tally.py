"""How many gave each answer, safe to show: what the answer bars, and their tables, are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.change.sample import group_sample
from trustmeter.pilot.design import GroupDesign
from trustmeter.present.palette import MOST_STEPS
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import compared
from trustmeter.questionnaire.model import Item
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.stats.disclosure.small_cells import pool_small_cells

NON_ANSWERS = ("dont_know", "refused", "not_applicable")
"""The kinds that respondents choose; blanks are told in the table of what is missing."""

_KINDS = (*NON_ANSWERS, "blank", "not_asked")


Rows: TypeAlias = NDArray[np.bool_]
Groups: TypeAlias = Sequence[tuple[str, Rows]]
"""Names, and which rows belong to each: the bars that stand under one another."""


Fewest: TypeAlias = tuple[int, int]
"""How many people a bar must stand for, and the smallest count above zero that is shown."""

USUAL: Fewest = (FEWEST_PEOPLE, FEWEST_IN_A_CELL)


@dataclass(frozen=True, slots=True)
class Cell:
    """One piece of a bar: its share of the bar, and which categories it stands for."""

    share: float
    categories: tuple[int, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers to one item in one group.

    Parameters
    ----------
    item, group
        Which; the group is empty where there is one only.
    base
        How many people the bar stands for: those who answered in substance, and those whose answer is hidden so that
        nobody can work out whether they did.
    enough
        Whether there are enough people to show anything.
    cells
        The shown categories in order, then the hidden ones together.
    non_answers
        Kind → how many chose it; ``None`` where hidden.
    together
        How many chose one of the hidden kinds, where that may be told; else ``None``.
    asked
        How many people the shares of non-answers are out of.
    """

    item: str
    group: str
    base: float
    enough: bool
    cells: tuple[Cell, ...]
    non_answers: Mapping[str, int | None]
    together: int | None
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
        return sum(self.share_of_asked(count) for count in (*self.non_answers.values(), self.together) if count)

    def absent_texts(self, phrases: Phrases) -> dict[str, str]:
        """Return how many chose each kind of non-answer, as far as it may be told."""
        concealed = phrases.say("cell.concealed")
        if self.together is not None:
            concealed = phrases.say("cell.together", n=phrases.whole(self.together))
        counts = self.non_answers.items()
        return {kind: concealed if count is None else phrases.whole(count) for kind, count in counts}

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
        """Return how many people the bar stands for, or that they are too few."""
        return phrases.whole(self.base) if self.enough else phrases.say("cell.few_people")


@dataclass(frozen=True, slots=True)
class Panel:
    """The items of one scale that share a response scale: one legend, one set of bars.

    Parameters
    ----------
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
        One an item and group.
    """

    options: tuple[str, ...]
    non_answers: Mapping[str, str]
    wording: Mapping[str, str]
    reversed_items: frozenset[str]
    drawn: tuple[str, ...]
    left_out: tuple[str, ...]
    tallies: tuple[Tally, ...]

    def of(self, item: str) -> tuple[Tally, ...]:
        """Return an item's tallies, one a group."""
        return tuple(tally for tally in self.tallies if tally.item == item)

    def draws(self, kind: str) -> bool:
        """Tell whether any bar shows non-answers of that kind."""
        return any(tally.enough and tally.non_answers.get(kind) for tally in self.tallies)


def waves_of(answers: Responses) -> Groups:
    """Return the waves, by number where all are numbers, else as they come; one nameless group where there is no wave."""
    column = answers.roles.wave
    if column is None:
        return [("", np.ones(len(answers), dtype=bool))]
    names = row_labels(answers.frame[column])
    known = [str(name) for name in names.dropna().unique()]
    if all(name.isdecimal() for name in known):
        known.sort(key=int)
    return [(name, (names == name).fillna(False).to_numpy(dtype=bool)) for name in known]


def groups_of(change: Comparison) -> Groups:
    """Return the two waves or groups of a comparison, in its order."""
    first, second = compared(change)
    if isinstance(change.design, GroupDesign):
        sample, rows = group_sample(change.scores, change.design), np.arange(len(change.scores))
        return [(first, np.isin(rows, sample.first)), (second, np.isin(rows, sample.second))]
    waves = dict(waves_of(change.scores.answers))
    return [(name, waves[name]) for name in (first, second)]


def panels_of(
    answers: Responses, scale: str, phrases: Phrases, groups: Groups | None = None, fewest: Fewest = USUAL
) -> list[Panel]:
    """Return the panels of one scale: one for each response scale among its items; by wave unless `groups` say else.

    `fewest` are the people that a bar must stand for, and the smallest count that is shown.
    """
    split = waves_of(answers) if groups is None else groups
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
                options=tuple(
                    option.text.read(language) or option.code for option in group[0].response_scale.substantive
                ),
                non_answers=_offered(group[0], language),
                wording={item.id: item.text.read(language) or item.id for item in group},
                reversed_items=wanted.reversed,
                drawn=tuple(item.id for item in group) if fits else (),
                left_out=() if fits else tuple(item.id for item in group),
                tallies=tuple(tally for item in group for tally in _tallies(answers, item, split, fewest))
                if fits
                else (),
            )
        )
    return panels


def _offered(item: Item, language: str) -> dict[str, str]:
    options = {option.kind: option for option in item.response_scale.non_answers}
    return {kind: options[kind].text.read(language) or options[kind].code for kind in NON_ANSWERS if kind in options}


def _tallies(answers: Responses, item: Item, groups: Groups, fewest: Fewest) -> list[Tally]:
    """Return an item's tallies, one a group.

    First what people did with the question (answered, don't know, refused, not applicable, blank; and not asked, where
    that is a few), then what they answered. What must be hidden in one group is hidden in all, for the page also tells
    of all together. Where the answers as a whole would have to be hidden too, the few others join the bar's hidden piece;
    since the table of what is missing may tell the answers of all groups together, that piece must hold without the others, too.
    """
    offered = [kind for kind in NON_ANSWERS if kind in {option.kind for option in item.response_scale.options}]
    answered = np.array([_answered(answers, item, rows) for _, rows in groups])
    absent = np.array([_absent(answers, item, rows) for _, rows in groups])
    if not np.any((absent[:, -1] > 0) & (absent[:, -1] < fewest[1])):
        absent = absent[:, :-1]
    whole = _hidden(np.column_stack([absent, answered.sum(axis=1)]), fewest[1])
    joined = bool(whole[-1])
    if joined:
        both = _hidden(np.column_stack([answered, absent]), fewest[1])
        options, others = both[: answered.shape[1]], both[answered.shape[1] :]
        options = options | pool_small_cells(answered.sum(axis=0), fewest[1]).hidden
    else:
        options, others = _hidden(answered, fewest[1]), whole[:-1]
    tallies = []
    for (name, _), inside, outside in zip(groups, answered, absent, strict=True):
        extra = int(outside[others].sum()) if joined else 0
        base = int(inside.sum()) + extra
        cells = [Cell(count / base, (at,)) for at, count in enumerate(inside) if count > 0 and not options[at]]
        if hidden := int(inside[options].sum()) + extra:
            cells.append(Cell(hidden / base, tuple(map(int, np.flatnonzero(options))), hidden=True))
        shown: dict[str, int | None] = {
            kind: None if others[_KINDS.index(kind)] else int(outside[_KINDS.index(kind)]) for kind in offered
        }
        told = not joined and all(kind in offered for kind, hide in zip(_KINDS, others, strict=False) if hide)
        together = int(outside[others].sum()) if told and others.any() else None
        enough = int(inside.sum()) >= fewest[0] and math.isfinite(pool_small_cells(inside, fewest[1]).total)
        tallies.append(
            Tally(item.id, name, base, enough, tuple(cells), shown, together, float(inside.sum() + outside.sum()))
        )
    return tallies


def _answered(answers: Responses, item: Item, rows: Rows) -> list[int]:
    codes = answers.frame.loc[rows, item.id].astype("string")
    return [int((codes == option.code).sum()) for option in item.response_scale.substantive]


def _absent(answers: Responses, item: Item, rows: Rows) -> list[int]:
    kinds = answers.missing.loc[rows, item.id].to_numpy()
    return [int((kinds == 1 + MISSING_KINDS.index(kind)).sum()) for kind in _KINDS]


def _hidden(counts: NDArray[np.int64], minimum: int) -> Rows:
    """Return which columns must be hidden in any of the rows, or in all rows together."""
    rows = [*counts, counts.sum(axis=0)]
    return np.asarray(np.any([pool_small_cells(row, minimum).hidden for row in rows], axis=0))


def _below(category: int, steps: int) -> float:
    """Return how much of a category lies below the middle: all, half (a neutral one) or nothing."""
    middle = (steps - 1) / 2
    return 1.0 if category < middle else 0.5 if category == middle else 0.0


def counted(n: int, without: int, phrases: Phrases, publish: int, show: int) -> str:
    """Return how many people have a score, in words that give nobody away.

    Fewer than `publish` are not counted; and where 1 to `show` - 1 are `without`, the number is not sharp, for all are told of
    elsewhere.
    """
    if 0 < without < show and n >= publish:
        return phrases.say("protected.at_least", n=phrases.whole(n + without - (show - 1)))
    if n >= publish or n == 0:
        return phrases.whole(n)
    return phrases.say("front.fewer", n=phrases.whole(publish))


def capital(sentence: str) -> str:
    """Return a sentence that begins with a capital letter, whatever word filled its first gap."""
    return sentence[:1].upper() + sentence[1:]
