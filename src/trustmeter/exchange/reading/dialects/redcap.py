"""REDCap: names in small letters, ticks as ``name___code``, forms that are complete or not."""

from __future__ import annotations

import re

import numpy as np

from trustmeter.exchange.reading.dialects.draft import FINISHED, Draft
from trustmeter.exchange.reading.dialects.several import tell_ticks
from trustmeter.exchange.reading.dialects.ticks import gather_ticks
from trustmeter.exchange.reading.headings import Names, letters_of
from trustmeter.exchange.reading.tabular import Table
from trustmeter.responses.check import count_of, name_rows
from trustmeter.responses.word import fold

_OWN = (
    "record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_survey_identifier",
    "redcap_data_access_group", "Record ID", "Event Name", "Repeat Instrument", "Repeat Instance", "Survey Identifier",
    "Data Access Group", "Survey Timestamp", "Complete?",
)  # fmt: skip
_COMPLETE = re.compile(r"[a-z0-9_]+_complete|Complete\?")
_TIMESTAMP = re.compile(r"[a-z0-9_]+_timestamp")
_DONE = {"2", "complete"}


def recognises(table: Table) -> bool:
    """Tell whether a table is REDCap's."""
    headings = {fold(heading) for heading in table.headings}
    own = headings & {fold(one) for one in _OWN}
    complete = any(_COMPLETE.fullmatch(heading) for heading in table.headings)
    return bool(own) and (complete or len(own) >= 2 or any("___" in heading for heading in headings))


def translate(draft: Draft) -> None:
    """Find items by their names in small letters or their texts, and say which forms are complete."""
    names = draft.names
    draft.name_items(
        {
            place: item
            for place, heading in enumerate(draft.table.headings)
            if (item := names.by_id(heading) or names.by_text(heading) or _ticked_item(heading, names)) is not None
        }
    )
    gather_ticks(draft, "___", names)
    complete = [place for place, heading in enumerate(draft.table.headings) if _COMPLETE.fullmatch(heading)]
    if complete:
        done = np.ones(len(draft.table.rows), dtype=bool)
        for place in complete:
            done &= draft.texts_where(place, lambda text: text in _DONE)
        draft.keep(FINISHED, np.where(done, "yes", "no").astype(object))
        if not done.all():
            message = f"{count_of(int((~done).sum()), 'row')} of which a form is not marked complete: kept, with {FINISHED} = no."
            hint = "Leave them out where only finished answers count: `unfinished='set_aside'`."
            draft.note("R-ROW-UNFINISHED", name_rows(draft.table.rows[~done]), message, hint)
    draft.take_language(draft.place("language", "survey_language"))
    draft.settle([place for place in complete if draft.table.headings[place] not in draft.named])
    draft.settle_named(_OWN, lambda heading: _TIMESTAMP.fullmatch(heading) is not None)
    tell_ticks(draft, lambda heading: (heading.rpartition("___")[0], heading.rpartition("___")[2]))


def _ticked_item(heading: str, names: Names) -> str | None:
    """Return the item ``LANGnl`` for the ticks ``lang___nl``."""
    return names.by_id(letters_of(heading)) if "___" in heading else None
