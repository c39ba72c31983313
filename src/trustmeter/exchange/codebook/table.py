"""The codebook as a table that opens in a spreadsheet: one row a code of an item."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from trustmeter.exchange.codebook.entry import Entry, entries_of, figure, label_of
from trustmeter.exchange.codebook.wording import asked_if
from trustmeter.options import FORMULA_SIGNS
from trustmeter.questionnaire.model import Option, Questionnaire

FIXED = ("item", "number", "section", "type", "scales", "reversed_in", "required", "minimum", "maximum")
"""Columns about the item; then come ``code missing value`` and, in each language, question, stem, label and condition."""


def codebook_table(questionnaire: Questionnaire, languages: Sequence[str]) -> bytes:
    """Return the table as CSV in UTF-8, with the mark by which Excel knows it."""
    told = ("question", "before", "label", "asked_if")
    columns = [*FIXED, "code", "missing", "value", *(f"{name}_{language}" for name in told for language in languages)]
    stream = StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(questionnaire, languages):
        writer.writerow({name: neutral(cell) for name, cell in row.items()})
    return stream.getvalue().encode("utf-8-sig")


def neutral(cell: str) -> str:
    """Return a text such that no spreadsheet takes it for a formula; numbers stay.

    Examples
    --------
    >>> neutral("=1+1"), neutral("-99")
    ("'=1+1", '-99')
    """
    plain_number = cell.lstrip("-").replace(".", "", 1).isdecimal() and cell.count("-") <= 1
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_SIGNS) and not plain_number else cell


def _rows(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterator[dict[str, str]]:
    for entry in entries_of(questionnaire):
        facts = _facts(entry, questionnaire, languages)
        options = entry.item.response_scale.options
        if not entry.item.response_scale.substantive:
            yield facts
        for option in options:
            yield facts | _answer(option, languages)


def _facts(entry: Entry, questionnaire: Questionnaire, languages: Sequence[str]) -> dict[str, str]:
    answers = entry.item.response_scale
    facts = {
        "item": entry.item.id,
        "number": str(entry.number),
        "section": entry.section.id,
        "type": answers.type,
        "scales": " ".join(scale.id for scale in entry.scales),
        "reversed_in": " ".join(scale.id for scale in entry.turned),
        "required": "yes" if entry.item.required else "",
        "minimum": figure(answers.minimum),
        "maximum": figure(answers.maximum),
    }
    for language in languages:
        facts[f"question_{language}"] = entry.item.text.read(language)
        facts[f"before_{language}"] = entry.section.text.read(language)
        facts[f"asked_if_{language}"] = asked_if(questionnaire, entry.item.id, language)
    return facts


def _answer(option: Option, languages: Sequence[str]) -> dict[str, str]:
    labels = {f"label_{language}": label_of(option, language) for language in languages}
    return {"code": option.code, "missing": option.kind or "", "value": figure(option.value), **labels}
