"""Qualtrics: up to three rows of headings, texts or recoded values, previews, and who was screened out."""

from __future__ import annotations

import re

import numpy as np

from trustmeter.exchange.reading.dialects.draft import FINISHED, Draft
from trustmeter.exchange.reading.headings import Names, ends_of
from trustmeter.exchange.reading.tabular import Table
from trustmeter.responses.check import count_of, name_rows
from trustmeter.responses.lookup import index_options
from trustmeter.responses.word import fold

_OWN = frozenset(
    {
        "startdate", "enddate", "status", "ipaddress", "progress", "duration (in seconds)", "finished", "recordeddate",
        "responseid", "recipientlastname", "recipientfirstname", "recipientemail", "externalreference", "externaldatareference",
        "locationlatitude", "locationlongitude", "locationaccuracy", "distributionchannel", "userlanguage", "q_totalduration",
        "q_terminateflag", "q_language", "responseset", "name", "emailaddress", "q_recaptchascore", "q_ballotboxstuffing",
        "q_relevantidduplicate", "q_relevantidfraudscore", "q_duplicaterespondent", "fingerprint", "instrument_version",
    }
)  # fmt: skip
_SIGNS = frozenset(
    {"startdate", "enddate", "finished", "progress", "responseid", "recordeddate", "userlanguage", "responseset"}
)
_PREVIEWS = {
    "1",
    "2",
    "9",
    "17",
    "survey preview",
    "survey test",
    "survey preview spam",
    "offline survey preview",
    "preview",
}
_SPAM = {"8", "12", "spam", "imported spam", "possible spam"}
_YES = {"1", "true", "yes", "wahr", "vrai", "waar"}
_SCREENED = re.compile(r"screen.*|attention[_ ]check|terminat.*")
_SEEN_EMPTY = "-99"


def recognises(table: Table) -> bool:
    """Tell whether a table is Qualtrics': by its second and third row, or by the columns it begins with."""
    if any('{"ImportId"' in cell for row in table.subheadings for cell in row):
        return True
    return len(_SIGNS & {*map(fold, table.headings), *map(fold, _second(table))}) >= 4


def translate(draft: Draft) -> None:
    """Find items by tag or by the question's text, take out previews, and say who finished."""
    names, table = draft.names, draft.table
    second = _second(table) or ("",) * len(table.headings)
    draft.name_items(
        {
            place: item
            for place, (heading, text) in enumerate(zip(table.headings, second, strict=True))
            if (fold(heading) not in _OWN or heading in names.ids.values())
            and (item := _item(heading, text, names)) is not None
        }
    )
    status = _place(draft, "Status")
    previews = draft.texts_where(status, lambda text: text in _PREVIEWS)
    draft.set_aside(previews, "R-ROW-PREVIEW", "made as a preview or test of the form", "Nothing need be done.")
    spam = draft.texts_where(_place(draft, "Status"), lambda text: text in _SPAM)
    draft.set_aside(spam, "R-ROW-SPAM", "marked as spam by Qualtrics", "Look at them in Qualtrics if you doubt it.")
    _screened(draft)
    _who_finished(draft)
    _seen_and_left_empty(draft)
    draft.take_language(_place(draft, "UserLanguage", "Q_Language"))
    _told_codes(draft)
    own = [place for place, text in enumerate(second) if fold(text) in _OWN and place not in draft.table.items]
    draft.settle(own if "V1" in table.headings else [])
    draft.settle_named(
        _OWN, lambda heading: re.fullmatch(r".*_(First|Last|Page|Click)( Click| Submit| Count)?", heading) is not None
    )


def _second(table: Table) -> tuple[str, ...]:
    return table.subheadings[0] if table.subheadings else ()


def _place(draft: Draft, *headings: str) -> int | None:
    """Return a column of Qualtrics' own, in the older shape by its second row of headings."""
    found = draft.place(*headings)
    if found is not None:
        return found
    wanted = {fold(heading) for heading in headings}
    return next((place for place, text in enumerate(_second(draft.table)) if fold(text) in wanted), None)


def _item(heading: str, text: str, names: Names) -> str | None:
    found = names.by_id(heading, *ends_of(heading, "_")[-1:], *ends_of(heading, "-.")[-1:])
    return found or names.by_text(text, *(part.strip() for part in text.split(" - ")[-1:])) or names.by_text(heading)


def _screened(draft: Draft) -> None:
    """Take out who was screened out or came after a quota was full, where the file says so."""
    flag = _place(draft, "Q_TerminateFlag", "term")
    full = draft.texts_where(flag, lambda text: text.startswith("quota"))
    draft.set_aside(full, "R-ROW-QUOTA", "stopped by a full quota", "They are not counted; nothing need be done.")
    flag = _place(draft, "Q_TerminateFlag", "term")
    out = draft.texts_where(flag, lambda text: _SCREENED.fullmatch(text) is not None)
    hint = "They are not counted as answers; count them where you account for all contacts."
    draft.set_aside(out, "R-ROW-SCREENED", "screened out by the form", hint)
    if flag is not None and draft.table.headings[flag] not in draft.named:
        draft.settle([flag])


def _who_finished(draft: Draft) -> None:
    place = _place(draft, "Finished")
    if place is None:
        return
    done = draft.texts_where(place, lambda text: text in _YES)
    draft.keep(FINISHED, np.where(done, "yes", "no").astype(object))
    if not done.all():
        message = f"{count_of(int((~done).sum()), 'row')} not handed in: kept, with {FINISHED} = no."
        hint = "Leave them out where only finished answers count: `unfinished='set_aside'`."
        draft.note("R-ROW-UNFINISHED", name_rows(draft.table.rows[~done]), message, hint)


def _seen_and_left_empty(draft: Draft) -> None:
    """Empty the cells that Qualtrics marks as seen and left empty, unless the questionnaire has a code like that."""
    marked = []
    for place, item_id in draft.table.items.items():
        item = draft.questionnaire.item(item_id)
        cells = draft.table.cells[place]
        if (cells == _SEEN_EMPTY).any() and all(option.code != _SEEN_EMPTY for option in item.response_scale.options):
            draft.set_cells(place, np.where(cells == _SEEN_EMPTY, "", cells).astype(object))
            marked.append(item_id)
    if marked:
        message = f"-99 in {count_of(len(marked), 'column')}, Qualtrics' mark for seen and left empty: read as blank."
        draft.note("R-BLANK-WORD", f"items {', '.join(marked[:5])}", message)


def _told_codes(draft: Draft) -> None:
    """Say once that numbers in the file are what Qualtrics calls recode values."""
    known = {fold(heading) for heading in draft.table.headings} & {"fingerprint", "instrument_version"}
    for place, item_id in draft.table.items.items():
        scale = draft.questionnaire.item(item_id).response_scale
        index = index_options(scale)
        texts = {fold(text) for text in set(draft.table.cells[place])} - {""}
        if not known and scale.options and texts and any(index.code_of(text) for text in texts):
            message = "The cells hold numbers. Qualtrics exports its *recode values*, which need not be the questionnaire's codes."
            hint = "If the form was not made by trustmeter, compare them in Qualtrics, or export *choice text*."
            draft.note("R-CODE-RECODED", "the whole file", message, hint)
            return
