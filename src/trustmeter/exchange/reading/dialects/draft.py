"""A table on its way from a tool's shape to the plain one: columns are named, rows go, columns are added."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import Problem
from trustmeter.exchange.reading.headings import Names, names_of
from trustmeter.exchange.reading.tabular import Table
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.check import Finding, count_of, name_rows
from trustmeter.responses.coding import Texts
from trustmeter.responses.word import NEVER_SHOWN, fold, is_blank

Mask = np.ndarray[Any, np.dtype[np.bool_]]

FINISHED = "finished"
"""The kept column that says of each row whether it was handed in: *yes*, *no*, and what else a tool tells."""


@dataclass(eq=False, repr=False, slots=True)
class Draft:
    """A table, and what is known of it so far.

    Parameters
    ----------
    table
        The table as it stands.
    questionnaire
        What was asked.
    named
        The headings to which the caller gave a role, or which are kept.
    given
        The roles that the caller gave.
    roles
        The roles that the tool's own columns have, by role.
    kept
        The columns that are carried along.
    """

    table: Table
    questionnaire: Questionnaire
    named: frozenset[str]
    given: frozenset[str]
    roles: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    @property
    def names(self) -> Names:
        """All that the items may be called."""
        return names_of(self.questionnaire)

    def place(self, *headings: str) -> int | None:
        """Return the first column that has one of these headings, in any case."""
        wanted = {fold(heading) for heading in headings}
        return next((place for place, one in enumerate(self.table.headings) if fold(one) in wanted), None)

    def note(self, code: str, where: str, message: str, hint: str = "") -> None:
        """Add a note that stops nothing."""
        self.found(Finding(Problem(code, where, message, hint, severity="warning")))

    def found(self, finding: Finding) -> None:
        """Add a finding."""
        self.table = replace(self.table, findings=(*self.table.findings, finding))

    def name_items(self, items: Mapping[int, str]) -> None:
        """Say which columns are which items; columns that the caller named keep what they were given."""
        free = {place: item for place, item in items.items() if self.table.headings[place] not in self.named}
        self.table = replace(self.table, items={**self.table.items, **free})

    def forget(self, places: Collection[int]) -> None:
        """Say that columns are no items after all."""
        items = {place: item for place, item in self.table.items.items() if place not in set(places)}
        self.table = replace(self.table, items=items)

    def settle(self, places: Collection[int]) -> None:
        """Say that columns are the tool's own."""
        self.table = replace(self.table, settled=self.table.settled | frozenset(places))

    def settle_named(self, known: Collection[str], also: Callable[[str], bool] | None = None) -> None:
        """Say so of all columns that have one of these headings, or of which `also` is true."""
        words = {fold(one) for one in known}
        self.settle(
            [
                place
                for place, heading in enumerate(self.table.headings)
                if place not in self.table.items and (fold(heading) in words or (also is not None and also(heading)))
            ]
        )

    def set_cells(self, place: int, cells: Texts) -> None:
        """Put other texts into a column."""
        columns = list(self.table.cells)
        columns[place] = cells
        self.table = replace(self.table, cells=tuple(columns))

    def add(self, heading: str, cells: Texts) -> str:
        """Add a column, and return its heading: another one where that is taken."""
        items = {fold(item.id) for item in self.questionnaire.items}
        while heading in self.table.headings or fold(heading) in items:
            heading += "_"
        further = tuple((*row, "") for row in self.table.subheadings)
        table = self.table
        self.table = replace(
            table, headings=(*table.headings, heading), cells=(*table.cells, cells), subheadings=further
        )
        return heading

    def keep(self, heading: str, cells: Texts) -> None:
        """Add a column and carry it along, unless the caller named a column like that himself."""
        if heading not in self.named:
            self.kept.append(self.add(heading, cells))

    def take_language(self, place: int | None) -> None:
        """Let a column say in which language people answered, in the questionnaire's own tags."""
        if place is None or "language" in self.given or self.table.headings[place] in self.named:
            return
        tags = {fold(tag): tag for tag in self.questionnaire.languages}
        where, distinct = pd.factorize(self.table.cells[place])
        spoken = np.array([_tag(text, tags) for text in distinct], dtype=object)[where]
        if all(is_blank(text) for text in distinct):
            return
        if self.table.headings[place] == "language":
            self.set_cells(place, spoken)
            self.roles["language"] = "language"
        else:
            self.roles["language"] = self.add("language", spoken)
            self.settle([place])

    def texts_where(self, place: int | None, wanted: Callable[[str], bool]) -> Mask:
        """Return the rows in which a column's folded text is wanted; none where there is no such column."""
        if place is None:
            return np.zeros(len(self.table.rows), dtype=bool)
        where, distinct = pd.factorize(self.table.cells[place])
        hits = np.array([wanted(fold(text)) for text in distinct], dtype=bool)
        found: Mask = hits[where] if len(hits) else np.zeros(len(self.table.rows), dtype=bool)
        return found

    def set_aside(self, gone: Mask, code: str, what: str, hint: str = "") -> None:
        """Take rows out, and say which and why."""
        if not gone.any():
            return
        table, rows = self.table, self.table.rows[gone]
        problem = Problem(code, name_rows(rows), f"{count_of(len(rows), 'row')} {what}: set aside.", hint, "warning")
        finding = Finding(problem, (("", rows),), whole_rows=True)
        cells = tuple(column[~gone] for column in table.cells)
        self.table = replace(table, cells=cells, rows=table.rows[~gone], findings=(*table.findings, finding))


def without_marks(table: Table) -> Table:
    """Return a table in which cells that were never shown are but empty: only some tools can be believed in that."""
    cells = tuple(
        np.array(["" if text == NEVER_SHOWN else text for text in column], dtype=object)
        if (column == NEVER_SHOWN).any()
        else column
        for column in table.cells
    )
    return replace(table, cells=cells)


def together(columns: Sequence[Texts]) -> Texts | None:
    """Return columns of which in each row at most one is filled as one, or ``None`` where two are and differ."""
    merged = columns[0].copy()
    for column in columns[1:]:
        empty = np.array([is_blank(text) for text in merged], dtype=bool)
        filled = np.array([not is_blank(text) for text in column], dtype=bool)
        if (filled & ~empty & (merged != column)).any():
            return None
        merged[empty] = column[empty]
    return merged


def _tag(text: str, tags: Mapping[str, str]) -> str:
    """Return the questionnaire's tag of a language such as ``NL``, ``fr-be``, ``de-informal``, ``Nederlands (nl)``."""
    plain = fold(text)
    inner = plain.rpartition("(")[2].rstrip(")") if plain.endswith(")") else plain
    for word in (plain, inner, inner.replace("_", "-"), inner.replace("_", "-").partition("-")[0]):
        if word in tags:
            return tags[word]
    return "" if is_blank(text) else inner
