"""Questions with several answers, which no questionnaire here has: what a tool made of them is told, and never read as one answer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from trustmeter.errors import Problem
from trustmeter.exchange.reading.dialects.draft import Draft
from trustmeter.exchange.reading.shape import Layout
from trustmeter.exchange.reading.tabular import Table
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.check import Finding, count_of, name_rows
from trustmeter.responses.lookup import OptionIndex, index_options
from trustmeter.responses.word import fold

_BETWEEN = re.compile(r";|, |\|")
_LISTED = frozenset({"ordinal", "nominal"})
_TICKS = frozenset({"", "y", "yes", "oui", "ja", "نعم", "n/a", "no", "non", "nee", "nein", "لا", "1", "0", "1.0", "0.0",
                    "true", "false", "checked", "unchecked"})  # fmt: skip
_OTHER = frozenset({"other", "autre", "andere", "sonstiges"})
_FEWEST, _SHOWN = 2, 5


def settle_several(table: Table, layout: Layout, questionnaire: Questionnaire) -> Table:
    """Return a table without cells in which one person gave several answers to a question that takes one.

    Tools put them side by side: ``nl fr`` (Kobo, ODK), ``Nederlands;Frans;`` (Microsoft Forms), ``Dutch, French`` (Google Forms).
    Each such item is an error (``R-CODE-SEVERAL``).
    """
    cells, findings = list(table.cells), []
    for wave in layout.waves:
        for item_id, place in wave.columns.items():
            scale = questionnaire.item(item_id).response_scale
            if scale.type not in _LISTED:
                continue
            index = index_options(scale)
            texts = {text for text in set(cells[place]) if _are_several(text, index)}
            if texts:
                guilty = np.array([text in texts for text in cells[place]], dtype=bool)
                findings.append(_too_many(table, place, item_id, guilty))
                cells[place] = np.where(guilty, "", cells[place]).astype(object)
    return replace(table, cells=tuple(cells), findings=(*table.findings, *findings))


def _are_several(text: str, index: OptionIndex) -> bool:
    folded = fold(text)
    if not folded or index.code_of(folded) or index.codes_labelled(folded):
        return False
    parts = [part.strip() for part in _BETWEEN.split(folded) if part.strip()]
    if len(parts) > 1 and all(index.code_of(part) or index.codes_labelled(part) for part in parts):
        return True
    words = folded.split()
    return len(words) > 1 and all(index.code_of(word) or index.codes_labelled(word) for word in words)


def _too_many(table: Table, place: int, item: str, guilty: np.ndarray) -> Finding:
    heading, rows = table.headings[place], table.rows[guilty]
    message = f"{count_of(len(rows), 'cell')} with several answers, and item {item} takes one: the form let people tick several."
    hint = "Ask it with one answer. Which of several counts, no program can say."
    problem = Problem("R-CODE-SEVERAL", f"column {heading!r}, {name_rows(rows)}", message, hint)
    return Finding(problem, ((heading, rows),), outcome="These cells count as blank.")


def tell_ticks(draft: Draft, question_of: Callable[[str], tuple[str, str]]) -> None:
    """Say once which columns are the ticks of questions with several answers, which are not the questionnaire's.

    Parameters
    ----------
    draft
        The table; its items are known.
    question_of
        From a heading to its question and its answer; both empty where it is of another kind.
    """
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for place, heading in enumerate(draft.table.headings):
        question, answer = question_of(heading)
        if (
            question
            and place not in draft.table.items
            and place not in draft.table.settled
            and heading not in draft.named
        ):
            groups[question].append((place, answer))
    found: dict[str, list[int]] = {}
    for question, columns in groups.items():
        ticks = [place for place, answer in columns if fold(answer) not in _OTHER]
        texts = {fold(text) for place in ticks for text in set(draft.table.cells[place])}
        if len(ticks) >= _FEWEST and texts - {"", "n/a"} and texts <= _TICKS:
            found[question] = [place for place, _ in columns] + [
                place for place, heading in enumerate(draft.table.headings) if heading == question
            ]
    if not found:
        return
    places = [place for columns in found.values() for place in columns]
    draft.settle(places)
    names = [repr(question[:60]) for question in found]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    message = (
        f"{len(places)} columns are, by their headings and cells, the ticks of {count_of(len(names), 'question')} with several "
        "answers. No question of the questionnaire has several: not read."
    )
    hint = "Nothing need be done. To look at one of them, name its column in `keep=`."
    draft.note(
        "R-COLUMN-TICKS", f"{count_of(len(names), 'question')}: {', '.join(names[:_SHOWN])}{more}", message, hint
    )
