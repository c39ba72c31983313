"""Our own files: what the offline page hands out, and the workbook in which paper is entered."""

from __future__ import annotations

import numpy as np

from trustmeter.exchange.reading.dialects.draft import FINISHED, Draft
from trustmeter.exchange.reading.tabular import Table
from trustmeter.responses.check import count_of, name_rows
from trustmeter.responses.word import fold

_ROLES = ("respondent", "wave", "zone", "mode")
_OWN = ("questionnaire", "version", "fingerprint", "finished", "started", "language", "sheet", *_ROLES)


def recognises(table: Table) -> bool:
    """Tell whether a table is ours: it names the questionnaire and its fingerprint."""
    named = {fold(heading) for heading in table.headings} | {fold(name) for name in table.about}
    return {"questionnaire", "fingerprint"} <= named


def translate(draft: Draft) -> None:
    """Take the roles that the columns are named for, the language, and who finished."""
    for role in _ROLES:
        place = draft.place(role)
        if place is not None and role not in draft.given and any(fold(text) for text in set(draft.table.cells[place])):
            draft.roles[role] = draft.table.headings[place]
    draft.take_language(draft.place("language"))
    place = draft.place("finished")
    if place is not None and draft.table.headings[place] not in draft.named:
        stated = draft.texts_where(place, bool)
        done = draft.texts_where(place, lambda text: text not in {"", "0", "no", "false", "nee", "non", "nein"})
        if stated.any():
            _say_who_finished(draft, place, done)
    draft.settle_named([one for one in _OWN if one not in draft.named])


def _say_who_finished(draft: Draft, place: int, done: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    draft.set_cells(place, np.where(done, "yes", "no").astype(object))
    draft.kept.append(draft.table.headings[place])
    if not done.all():
        message = f"{count_of(int((~done).sum()), 'row')} not finished: kept, with {FINISHED} = no."
        hint = "Leave them out where only finished answers count: `unfinished='set_aside'`."
        draft.note("R-ROW-UNFINISHED", name_rows(draft.table.rows[~done]), message, hint)
