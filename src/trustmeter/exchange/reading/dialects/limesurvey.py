"""LimeSurvey: codes or texts in headings and cells, in any language; what was never shown; who did not hand in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from trustmeter.errors import Problem, ResponsesError
from trustmeter.exchange.reading.dialects.draft import FINISHED, Draft, Mask
from trustmeter.exchange.reading.dialects.several import tell_ticks
from trustmeter.exchange.reading.dialects.ticks import put_together
from trustmeter.exchange.reading.headings import Names, in_brackets, plain
from trustmeter.exchange.reading.tabular import Table
from trustmeter.responses.check import count_of, name_rows
from trustmeter.responses.word import NEVER_SHOWN, fold, is_blank

_OWN = ("id", "submitdate", "lastpage", "startlanguage", "seed")
_MORE = ("startdate", "datestamp", "ipaddr", "refurl", "token", "quota_exit", "interviewtime", "tmversion")
_CODE = re.compile(r"([A-Za-z]\w*)(?:\[(\w+)\])?(?:\[\w+\])?(?:[.:]\s.*)?", re.DOTALL)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}.*|n/a")
_TAG = re.compile(r"[a-z]{2,3}(-[a-z]+)*")
_TIME = re.compile(r".*\btime(\b|stamp).*|groupe? time.*", re.IGNORECASE)
_ANONYMOUS = "1980-01-01"
_CUT = 18
_YES_NO = {"y": ("yes", "oui", "ja", "نعم"), "n": ("no", "non", "nee", "nein", "لا")}


def recognises(table: Table) -> bool:
    """Tell whether a table is LimeSurvey's: by its own headings, or by what stands in its first columns."""
    headings = [fold(heading) for heading in table.headings]
    return len({"submitdate", "lastpage", "startlanguage"} & set(headings)) >= 2 or _by_contents(table)


def _by_contents(table: Table) -> bool:
    """Tell it where the headings are words: a number, a date or nothing, a page or nothing, the tag of a language."""
    if len(table.headings) < 6 or fold(table.headings[1]) in {"startdate", "enddate"}:
        return False
    ids, dates, pages, languages = (set(map(fold, column)) - {""} for column in table.cells[:4])
    return bool(
        ids and languages
        and all(text.isdigit() for text in ids | pages)
        and all(_DATE.fullmatch(text) for text in dates)
        and all(_TAG.fullmatch(text) for text in languages)
    )  # fmt: skip


def translate(draft: Draft) -> None:
    """Find items, language and who handed in."""
    places = _own_places(draft)
    items = _items(draft.table, draft.names, set(places.values()))
    ticked = _ticked_items(draft.table, items)
    draft.name_items({place: item for place, item in items.items() if item not in ticked})
    _refuse_cut_headings(draft)
    draft.take_language(places.get("startlanguage"))
    _yes_and_no(draft)
    _numbers_left_blank(draft)
    quota = draft.place("quota_exit")
    full = draft.texts_where(quota, lambda text: text not in {"", "0", "n/a", "n", "no"})
    draft.set_aside(full, "R-ROW-QUOTA", "stopped by a full quota", "They are not counted; nothing need be done.")
    _who_handed_in(draft, places.get("submitdate"))
    draft.settle(places.values())
    draft.settle_named((*_OWN, *_MORE), lambda heading: _TIME.fullmatch(heading) is not None)
    for item, ticks in ticked.items():
        draft.settle([place for place, _ in ticks])
        put_together(draft, item, ticks)
    tell_ticks(draft, _question_of)


def _own_places(draft: Draft) -> Mapping[str, int]:
    found = {name: place for name in _OWN if (place := draft.place(name)) is not None}
    if not {"submitdate", "startlanguage"} & set(found) and _by_contents(draft.table):
        found = dict(zip(_OWN[:4], range(4), strict=True))
        if all(is_blank(text) or text.strip().isdigit() for text in set(draft.table.cells[4])):
            found["seed"] = 4
    return found


def _items(table: Table, names: Names, own: set[int]) -> dict[int, str]:
    found = {}
    for place, heading in enumerate(table.headings):
        code = _CODE.fullmatch(heading)
        item = names.by_id(*(one for one in (code[2], code[1]) if one)) if code else None
        if item is None and place not in own:
            item = names.by_text(heading, in_brackets(heading)[1], heading.partition(". ")[2])
        if item is not None and (place not in own or heading == item):
            found[place] = item
    return found


def _question_of(heading: str) -> tuple[str, str]:
    """Return question and answer of a column of a question with parts: ``A10[SQ001]``, ``Which of these? [The first]``."""
    code = _CODE.fullmatch(heading)
    return (code[1], code[2]) if code and code[2] else in_brackets(heading)


def _ticked_items(table: Table, items: Mapping[int, str]) -> dict[str, list[tuple[int, str]]]:
    """Return the items that stand in several columns because the form let people tick several answers: their ticks."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, item in items.items():
        places[item].append(place)
    found = {}
    for item, several in places.items():
        parts = [(place, _question_of(table.headings[place])) for place in several]
        texts = {fold(text) for place in several for text in set(table.cells[place])}
        if (
            len(several) > 1
            and all(question == item and answer for _, (question, answer) in parts)
            and texts <= {"", "y"}
        ):
            found[item] = [(place, answer) for place, (_, answer) in parts]
    return found


def _refuse_cut_headings(draft: Draft) -> None:
    """Refuse headings that LimeSurvey cut short: several questions may begin alike."""
    stems = [plain(text) for section in draft.questionnaire.sections for text in section.text.by_language.values()]
    stems += [plain(text) for item in draft.questionnaire.items for text in item.text.by_language.values()]
    short = {
        place: plain(heading).rstrip(".…[ ")
        for place, heading in enumerate(draft.table.headings)
        if place not in draft.table.items and len(heading) <= _CUT
    }
    cut = [start for start in short.values() if len(start) > 3 and any(one.startswith(start) for one in stems)]
    if len(cut) > len(draft.table.items):
        message = f"{count_of(len(cut), 'heading')} cut short: several questions may begin alike."
        hint = "Export again with *question code* as the heading."
        problem = Problem("R-HEADING-CUT", draft.table.name, message, hint)
        raise ResponsesError("The answers cannot be read.", [problem])


def _yes_and_no(draft: Draft) -> None:
    """Give yes/no questions, which LimeSurvey codes Y and N, the codes of the questionnaire."""
    for place, item_id in draft.table.items.items():
        options = draft.questionnaire.item(item_id).response_scale.options
        if {fold(option.code) for option in options} & set(_YES_NO):
            continue
        code_of = {
            letter: option.code
            for letter, words in _YES_NO.items()
            for option in options
            if any(fold(text) in words for text in option.text.by_language.values())
        }
        if len(code_of) == len(_YES_NO):
            cells = draft.table.cells[place]
            draft.set_cells(place, np.array([code_of.get(fold(text), text) for text in cells], dtype=object))


def _numbers_left_blank(draft: Draft) -> None:
    """Let null of a number be an empty cell where the person came as far: a number cannot be stored as an empty text.

    Whether it was then asked at all is for routing to say. As far came who has something in the same section or later.
    """
    items = {place: draft.questionnaire.item(item_id) for place, item_id in draft.table.items.items()}
    section_of = {item.id: section.id for section in draft.questionnaire.sections for item in section.items}
    for place, item in items.items():
        cells = draft.table.cells[place]
        absent = cells == NEVER_SHOWN
        if item.response_scale.type != "number" or not absent.any():
            continue
        came = np.zeros(len(cells), dtype=bool)
        for other, one in items.items():
            if other > place or section_of[one.id] == section_of[item.id]:
                came |= draft.table.cells[other] != NEVER_SHOWN
        draft.set_cells(place, np.where(absent & came, "", cells).astype(object))


def _who_handed_in(draft: Draft, place: int | None) -> None:
    if place is None:
        message = "The file does not say who handed in: it has no column submitdate."
        draft.note("R-ROW-FINISHED", "headings", message, "Export again with the column submitdate.")
        return
    table = draft.table
    open_rows = draft.texts_where(place, lambda text: text in {"", "n/a"})
    draft.keep(FINISHED, np.where(open_rows, "no", "yes").astype(object))
    if open_rows.any():
        full = open_rows & _answered_all(draft)
        message = f"{count_of(int(open_rows.sum()), 'row')} not handed in: kept, with {FINISHED} = no."
        if full.any():
            message += f" In {int(full.sum())} of them every question has its answer, as when a quota was full or the last page was left."
        hint = "Leave them out where only finished answers count: `unfinished='set_aside'`."
        draft.note("R-ROW-UNFINISHED", name_rows(table.rows[open_rows]), message, hint)
    if (draft.texts_where(place, lambda text: text.startswith(_ANONYMOUS))).any():
        message = "The dates are 1980-01-01, as LimeSurvey writes them where answers are anonymous."
        draft.note("R-DATE-ANONYMOUS", f"column {table.headings[place]!r}", message, "Nothing need be done.")


def _answered_all(draft: Draft) -> Mask:
    """Return the rows in which every item that stands in the file is filled."""
    filled = np.ones(len(draft.table.rows), dtype=bool)
    for place in draft.table.items:
        filled &= ~draft.texts_where(place, lambda text: not text)
    return filled & bool(draft.table.items)
