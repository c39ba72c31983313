"""Microsoft and Google Forms: the question's text as the heading, the answer's text in the cell."""

from __future__ import annotations

from difflib import SequenceMatcher

from trustmeter.errors import Problem
from trustmeter.exchange.reading.dialects.draft import Draft
from trustmeter.exchange.reading.headings import Names, in_brackets, plain
from trustmeter.exchange.reading.tabular import Table
from trustmeter.responses.check import Finding
from trustmeter.responses.word import fold

_GOOGLE = {
    "timestamp",
    "tijdstempel",
    "horodateur",
    "zeitstempel",
    "email address",
    "e-mailadres",
    "adresse e-mail",
    "score",
    "username",
}
_MICROSOFT = {
    "id", "start time", "completion time", "email", "name", "last modified time", "language",
    "begintijd", "tijd van voltooien", "e-mail", "naam", "taal", "heure de début", "heure de fin", "adresse de messagerie", "nom",
    "startzeit", "fertigstellungszeit", "sprache", "points", "feedback", "total points", "quiz feedback",
}  # fmt: skip
_DOUBTFUL = 0.6


def recognises(table: Table) -> bool:
    """Tell whether a table begins as Microsoft Forms and Google Forms begin theirs."""
    headings = [fold(heading) for heading in table.headings]
    return headings[:1] != [] and (headings[0] in {"timestamp", "tijdstempel", "horodateur", "zeitstempel"}
                                   or (headings[0] == "id" and len(set(headings[1:6]) & _MICROSOFT) >= 2))  # fmt: skip


def translate(draft: Draft) -> None:
    """Take headings that are a question's very text; refuse to guess at those that are only like one."""
    names = draft.names
    items = items_by_text(draft.table, names)
    draft.name_items(items)
    draft.take_language(draft.place("language", "taal", "langue", "sprache"))
    draft.settle_named(_GOOGLE | _MICROSOFT)
    missing = {item.id for item in draft.questionnaire.items} - set(items.values())
    doubtful = [
        heading
        for place, heading in enumerate(draft.table.headings)
        if place not in draft.table.items and place not in draft.table.settled and heading not in draft.named
        and likeness(heading, names, missing)[1] >= _DOUBTFUL
    ]  # fmt: skip
    if doubtful:
        shown = f"{', '.join(repr(one[:60]) for one in doubtful[:3])}{' and more' if len(doubtful) > 3 else ''}"
        message = f"{len(doubtful)} of the headings are like a question and not the same: {shown}."
        hint = "Let a mapping be proposed (`propose_mapping`), look at it, confirm it, and give it as `mapping=`."
        draft.found(Finding(Problem("R-HEADING-UNSURE", "headings", message, hint)))


def items_by_text(table: Table, names: Names) -> dict[int, str]:
    """Return the item of each column whose heading is its id or, but for markup, case and blanks, its very text."""
    found: dict[int, str] = {}
    for place, heading in enumerate(table.headings):
        item = names.by_id(heading) or names.by_text(heading, *in_brackets(heading)[1:])
        if item is not None:
            found[place] = item
    return found


def likeness(heading: str, names: Names, among: set[str] | None = None) -> tuple[str, float]:
    """Return the item whose text a heading is most like, and how much, from 0 to 1."""
    wanted = plain(heading)
    inner = plain(in_brackets(heading)[1])
    best, share = "", 0.0
    for text, item in names.texts.items():
        if among is not None and item not in among:
            continue
        for one in (wanted, inner) if inner else (wanted,):
            matcher = SequenceMatcher(None, one, text, autojunk=False)
            if matcher.real_quick_ratio() > share and matcher.quick_ratio() > share and matcher.ratio() > share:
                best, share = item, matcher.ratio()
    return best, share
