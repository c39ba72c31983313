"""KoboToolbox and ODK: groups in headings, names or labels, several versions of a form, ticks in columns of their own."""

from __future__ import annotations

import re
from collections import defaultdict

from trustmeter.exchange.reading.dialects.draft import Draft, together
from trustmeter.exchange.reading.dialects.several import tell_ticks
from trustmeter.exchange.reading.dialects.ticks import gather_ticks
from trustmeter.exchange.reading.headings import Names, ends_of, letters_of
from trustmeter.exchange.reading.tabular import Table
from trustmeter.responses.check import name_columns
from trustmeter.responses.word import fold

_OWN = frozenset(
    {
        "_id", "_uuid", "_submission_time", "_submitted_by", "_index", "_status", "_tags", "_notes", "_version_", "__version__",
        "_xform_id_string", "_validation_status", "_geolocation", "_attachments", "formhub/uuid", "_supplementaldetails",
        "meta/instanceid", "meta/rootuuid", "meta/instancename", "meta/audit", "instanceid", "instancename", "key", "formversion",
        "submissiondate", "submitterid", "submittername", "attachmentspresent", "attachmentsexpected", "reviewstate", "deviceid",
        "edits", "status", "start", "end", "today", "audit", "username", "instrument_version", "questionnaire_version",
        "_bamboo_dataset_id", "__id", "_xform_id",
    }
)  # fmt: skip
_SIGNS = _OWN - {"start", "end", "today", "audit", "username", "status", "edits", "key", "deviceid", "_id", "_status"}
_FILLING = re.compile(r"(.*[/-])?(generated_table_list_label_|reserved_name_for_field_list_labels_)[0-9]+", re.DOTALL)
_OLDER = re.compile(r"__version__(_[0-9]+)?|_version_", re.IGNORECASE)
_REFUSED = {"not approved", "validation_status_not_approved", "rejected", "nicht genehmigt", "non approuvé"}


def recognises(table: Table) -> bool:
    """Tell whether a table is Kobo's or ODK's, by the columns that those add."""
    headings = {fold(heading) for heading in table.headings}
    return len(headings & _SIGNS) >= 2 or any(_FILLING.fullmatch(heading) for heading in table.headings)


def translate(draft: Draft) -> None:
    """Find items under their groups, put columns of several versions together, leave out what was not approved."""
    names = draft.names
    asked = {item.id for item in draft.questionnaire.items}
    own = {place for place, heading in enumerate(draft.table.headings) if _is_own(heading) and heading not in asked}
    items = {
        place: item
        for place, heading in enumerate(draft.table.headings)
        if place not in own and (item := _item(heading, names)) is not None
    }
    draft.name_items(items)
    gather_ticks(draft, "/", names)
    _together(draft)
    state = draft.place("_validation_status", "_validation_status/uid", "_validation_status/label", "ReviewState")
    refused = draft.texts_where(state, lambda text: text in _REFUSED)
    hint = "Approve them in the tool if they count."
    draft.set_aside(refused, "R-ROW-REVIEWED", "marked as not approved in the tool", hint)
    draft.take_language(draft.place("language", "_language", "lang"))
    _versions(draft)
    draft.settle_named(_OWN, _is_own)
    tell_ticks(draft, lambda heading: _ticked(heading, frozenset(draft.table.headings)))


def _is_own(heading: str) -> bool:
    folded = fold(heading)
    return (
        folded in _OWN
        or folded.startswith(("meta/", "_validation_status/", "_supplementaldetails/", "__system/", "_attachments", "meta-"))
        or _FILLING.fullmatch(heading) is not None
        or _OLDER.fullmatch(heading) is not None
    )  # fmt: skip


def _ticked(heading: str, headings: frozenset[str]) -> tuple[str, str]:
    """Return question and answer of a column such as ``q/answer``, beside which stands the column ``q`` itself."""
    question, _, answer = heading.rpartition("/")
    return (question, answer) if question in headings else ("", "")


def _item(heading: str, names: Names) -> str | None:
    ends = ends_of(heading, "/")
    by_id = names.by_id(heading, *ends[-1:], *ends_of(heading, "-:.")[-1:])
    if by_id is not None:
        return by_id
    return names.by_text(heading, *ends) or (
        names.by_id(letters_of("".join(heading.split("/")[-2:]))) if ends else None
    )


def _together(draft: Draft) -> None:
    """Put the columns of one item together that stood in several groups as the form changed."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, item in draft.table.items.items():
        places[item].append(place)
    merged = []
    for several in places.values():
        cells = together([draft.table.cells[place] for place in several]) if len(several) > 1 else None
        if cells is not None:
            draft.set_cells(several[0], cells)
            draft.settle(several[1:])
            draft.forget(several[1:])
            merged += [draft.table.headings[place] for place in several]
    if merged:
        message = "These are the same questions in several versions of the form: put together, for no row has both."
        draft.note("R-COLUMN-TOGETHER", name_columns(merged), message, "Nothing need be done.")


def _versions(draft: Draft) -> None:
    place = draft.place("questionnaire_version", "__version__", "_version_", "FormVersion", "instrument_version")
    if place is None:
        return
    found = {fold(text) for text in set(draft.table.cells[place])} - {""}
    if len(found) > 1:
        message = f"The answers come from {len(found)} versions of the form."
        hint = "Check that no wording changed between them; a change of wording is a new version of the questionnaire."
        draft.note("R-VERSION-SEVERAL", f"column {draft.table.headings[place]!r}", message, hint)
