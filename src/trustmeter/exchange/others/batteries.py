"""Which questions stand together in one grid: neighbours with the same ordered answers and the same condition."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import items_of


@dataclass(frozen=True, slots=True)
class Battery:
    """One question, or several in a grid.

    Parameters
    ----------
    items
        The questions, with the same answers.
    section
        Where they stand.
    """

    items: tuple[Item, ...]
    section: Section

    @property
    def grid(self) -> bool:
        """Whether they are several."""
        return len(self.items) > 1

    @property
    def answers(self) -> ResponseScale:
        """The answers that they offer."""
        return self.items[0].response_scale


def batteries_of(section: Section, alone: Collection[str] = ()) -> Iterator[Battery]:
    """Yield the questions of a section as they stand together; those in `alone` and required ones stand by themselves."""

    def together(item: Item) -> tuple[Any, ...]:
        single = item.response_scale.type != "ordinal" or item.required or item.id in alone
        return (item.response_scale.id, item.show_if, item.id if single else "")

    for _, run in groupby(section.items, key=together):
        yield Battery(tuple(run), section)


def looked_at(questionnaire: Questionnaire) -> frozenset[str]:
    """Return the ids of the items that a condition looks at."""
    return frozenset(name for item in questionnaire.items for name in items_of(questionnaire.condition(item.id)))
