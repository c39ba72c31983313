"""Which rows an estimate is about, group by group, and which groups are about too few people to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.disclosure.crossing import Crossed, crossed_variable
from trustmeter.estimation.drawn import Drawn, Rows, rows_of_wave
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, names_of
from trustmeter.responses.model import Responses, chosen_rows
from trustmeter.stats.disclosure.suppression import suppress

BETWEEN = " x "
"""What stands between the categories of a group that is crossed of several variables."""


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """The rows that count, in groups.

    Parameters
    ----------
    by
        The variables that make the groups.
    groups
        Their names, those with a row only; one empty name where nothing makes groups.
    codes
        Shape (n,): each row's group, -1 where it does not count.
    left_out
        How many rows do not count, by reason.
    labels
        Variable → category → its label by language, where a variable is an item.
    """

    by: tuple[str, ...]
    groups: tuple[str, ...]
    codes: NDArray[np.intp]
    left_out: Mapping[str, int]
    labels: Mapping[str, Mapping[str, Mapping[str, str]]]

    @property
    def rows(self) -> Rows:
        """Shape (n,): which rows count."""
        return self.codes >= 0

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Shape (G,): rows of each group."""
        return np.bincount(self.codes[self.rows], minlength=len(self.groups))


def grid_of(
    answers: Responses,
    known: Rows,
    drawn: Drawn,
    *,
    by: str | Sequence[str] | None,
    wave: str | None,
    domain: Any,
    where: str,
) -> Grid:
    """Return the groups of the rows that have an answer (`known`), lie in the domain and have a weight.

    Raises
    ------
    DesignError
        When a variable of the groups is unknown or no variable, or the waves are not chosen.
    EstimationError
        When fewer than ten people are left.
    """
    names = () if by is None else names_of("by", by, where)
    crossed = [_in_time(crossed_variable(answers, name, where), answers) for name in names]
    wanted = rows_of_wave(answers, wave, names, where)
    inside = wanted if domain is None else wanted & chosen_rows(domain, len(answers), where)
    weighted = inside & (drawn.sample.weights > 0)
    answered = weighted & known
    grouped = answered & np.all([one.place >= 0 for one in crossed], axis=0) if crossed else answered
    steps = {"another wave": ~wanted, "outside the domain": wanted & ~inside, "a weight of 0": inside & ~weighted,
             "no answer": weighted & ~known, "no group": answered & ~grouped}  # fmt: skip
    groups, codes = _groups(crossed, grouped)
    labels = {one.name: one.labels for one in crossed if one.labels}
    left_out = {why: int(lost.sum()) for why, lost in steps.items() if lost.any()}
    return Grid(names, groups, codes, left_out, labels)


def _in_time(variable: Crossed, answers: Responses) -> Crossed:
    """Return waves with words for names in the order in which they come; other variables as they are."""
    if variable.name != answers.roles.wave or all(name.isdecimal() for name in variable.categories):
        return variable
    there, first = np.unique(variable.place[variable.place >= 0], return_index=True)
    order = [int(at) for at in there[np.argsort(first)]]
    moved = np.full(len(variable.categories) + 1, -1, dtype=np.intp)
    moved[order] = np.arange(len(order))
    names = tuple(variable.categories[at] for at in order)
    return replace(variable, categories=names, place=moved[variable.place])


def _groups(crossed: list[Crossed], rows: Rows) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the names of the groups that somebody is in, and each row's group."""
    joint = np.zeros(len(rows), dtype=np.intp)
    for one in crossed:
        joint = joint * len(one.categories) + one.place
    names = [BETWEEN.join(cell) for cell in product(*(one.categories for one in crossed))]
    seen = np.unique(joint[rows]) if crossed else np.array([0])
    codes = np.where(rows, np.searchsorted(seen, joint), -1)
    return tuple(names[at] for at in seen), np.asarray(codes, dtype=np.intp)


def people_in(grid: Grid, drawn: Drawn, place: NDArray[np.intp] | None = None, width: int = 1) -> NDArray[np.intp]:
    """Return (G, width): how many people are in each group, and category where rows have a `place`."""
    cells = (grid.codes * width + (0 if place is None else place))[grid.rows].astype(np.int64)
    persons = int(drawn.people.max()) + 1
    pairs = np.unique(cells * persons + drawn.people[grid.rows])
    counts = np.bincount(pairs // persons, minlength=len(grid.groups) * width)
    return counts.reshape(len(grid.groups), width)


def hidden_groups(grid: Grid, drawn: Drawn) -> NDArray[np.bool_]:
    """Return (G,): groups of fewer than ten people, and those from which they could be worked out.

    A group in which so few rows carry nearly all the weight that it tells of fewer than five people counts as one.
    """
    people = people_in(grid, drawn)[:, 0]
    if len(people) == 1:
        return np.zeros(1, dtype=bool)
    dominated = [drawn.effective(grid.codes == at) < FEWEST_IN_A_CELL for at in range(len(people))]
    counts = np.where(dominated, np.minimum(people, FEWEST_PEOPLE - 1), people)
    if counts.min() >= FEWEST_PEOPLE:
        return np.zeros(len(people), dtype=bool)
    return np.asarray(suppress(counts, minimum=FEWEST_PEOPLE).hidden[:-1])


def hidden_categories(grid: Grid, drawn: Drawn, place: NDArray[np.intp], width: int) -> NDArray[np.bool_]:
    """Return (G, width): categories that one to four people of a group chose, and those from which these could be worked out.

    Where the number of people of a group has to be hidden, too, all of the group is: its rows tell how many they are.
    """
    counts = people_in(grid, drawn, place, width)
    if len(counts) == 1:
        hidden = suppress(counts[0], minimum=FEWEST_IN_A_CELL).hidden
        return np.asarray(hidden[:-1] | hidden[-1])[None, :]
    hidden = suppress(counts, minimum=FEWEST_IN_A_CELL, fewest_in_row=FEWEST_PEOPLE).hidden
    return np.asarray(hidden[:-1, :-1] | hidden[:-1, -1:])
