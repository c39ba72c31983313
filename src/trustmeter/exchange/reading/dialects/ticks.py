"""Ticks in columns of their own: ``ITEM/1``, ``ITEM/2`` or ``item___1``, with 1 where it was ticked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from trustmeter.exchange.reading.dialects.draft import Draft
from trustmeter.exchange.reading.headings import Names
from trustmeter.responses.word import fold

TICKED = frozenset({"1", "1.0", "true", "checked", "x", "y", "yes", "oui", "ja", "نعم"})
"""What stands where somebody ticked, folded."""


def gather_ticks(draft: Draft, mark: str, names: Names) -> None:
    """Make one column of an item from its ticks; where it has a column of its own already, the ticks are left alone.

    Ticks of several answers of one person are put side by side, and are told later: a question here takes one answer.
    """
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    owned = set(draft.table.items.values())
    for place, heading in enumerate(draft.table.headings):
        base, found, option = heading.rpartition(mark)
        last = base.rpartition("/")[2] if mark == "/" else base
        item = names.by_id(last) or names.by_text(base, last) if found else None
        if item is None or place in draft.table.items or heading in draft.named:
            continue
        groups[item].append((place, option))
    for item, ticks in groups.items():
        draft.settle([place for place, _ in ticks])
        if item not in owned:
            put_together(draft, item, ticks)


def put_together(draft: Draft, item: str, ticks: Sequence[tuple[int, str]]) -> None:
    """Add the column of an item that is made of its ticks, each a place and the answer that it stands for."""
    words = [""] * len(draft.table.rows)
    for place, option in ticks:
        ticked = draft.texts_where(place, lambda text: fold(text) in TICKED)
        words = [f"{word};{option}".strip(";") if here else word for word, here in zip(words, ticked, strict=True)]
    draft.add(f"{item} (ticked)", np.array(words, dtype=object))
    draft.name_items({len(draft.table.headings) - 1: item})
