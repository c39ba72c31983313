"""Our own files: what the offline page hands out, and the workbook in which paper is entered."""

from __future__ import annotations

import numpy as np

from trustmeter.exchange.reading.dialects.draft import FINISHED, Draft
from trustmeter.exchange.reading.tabular import Table
from trustmeter.responses.check import count_of, name_rows
from trustmeter.responses.word import fold

_ROLES = ("respondent", "wave", "zone", "mode")
_OWN = ("questionnaire", "version", "fingerprint", "finished", "complete", "started", "seconds", "language", *_ROLES)
_NOT = frozenset({"", "0", "no", "false", "nee", "non", "nein"})


def recognises(table: Table) -> bool:
    """Tell whether a table is ours: it names the questionnaire and its fingerprint."""
    named = {fold(heading).rstrip("_") for heading in table.headings} | {fold(name) for name in table.about}
    return {"questionnaire", "fingerprint"} <= named


def translate(draft: Draft) -> None:
    """Take the roles that the columns are named for, the language, and who finished."""
    for role in _ROLES:
        place = _place(draft, role)
        if place is not None and role not in draft.given and any(fold(text) for text in set(draft.table.cells[place])):
            draft.roles[role] = draft.table.headings[place]
    draft.take_language(_place(draft, "language"))
    seconds = _place(draft, "seconds")
    if seconds is not None and draft.table.headings[seconds] not in draft.named:
        draft.kept.append(draft.table.headings[seconds])
    _say_who_finished(draft, _place(draft, "finished", "complete"))
    draft.settle_named({one for own in _OWN for one in (own, f"{own}_")} - {fold(one) for one in draft.named})


def _place(draft: Draft, *names: str) -> int | None:
    """Return a column of ours, which has a line after its name where an item has that name."""
    items = {fold(item.id) for item in draft.questionnaire.items}
    return draft.place(*(f"{name}_" if name in items else name for name in names))


def _say_who_finished(draft: Draft, place: int | None) -> None:
    if place is None or not draft.texts_where(place, bool).any():
        return
    done = draft.texts_where(place, lambda text: text not in _NOT)
    words = np.where(done, "yes", "no").astype(object)
    heading = draft.table.headings[place]
    if heading == FINISHED and heading not in draft.named:
        draft.set_cells(place, words)
        draft.kept.append(heading)
    else:
        draft.keep(FINISHED, words)
    if not done.all():
        message = f"{count_of(int((~done).sum()), 'row')} not finished: kept, with {FINISHED} = no."
        hint = "Leave them out where only finished answers count: `unfinished='set_aside'`."
        draft.note("R-ROW-UNFINISHED", name_rows(draft.table.rows[~done]), message, hint)
