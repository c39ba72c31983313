"""Values that an SPSS or Stata file itself declares missing: each becomes its kind of missing, or is told; none counts as an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from trustmeter.errors import Problem
from trustmeter.exchange.reading.shape import Layout
from trustmeter.exchange.reading.tabular import Table
from trustmeter.questionnaire.model import Questionnaire, ResponseScale
from trustmeter.responses.check import Finding, count_of, name_columns, name_rows
from trustmeter.responses.coding import Texts
from trustmeter.responses.lookup import index_options
from trustmeter.responses.word import fold

KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "dont_know": frozenset(
            {"don't know", "dont know", "do not know", "dk", "ne sait pas", "je ne sais pas", "nsp", "weet niet", "weet het niet",
             "weet ik niet", "weiß nicht", "weiss nicht", "ich weiß nicht"}
        ),
        "refused": frozenset(
            {"refusal", "refused", "prefer not to say", "prefer not to answer", "refus", "refuse de répondre", "a refusé",
             "weigering", "geweigerd", "weigert", "wil niet zeggen", "verweigert", "antwort verweigert", "verweigerung"}
        ),
        "not_applicable": frozenset(
            {"not applicable", "does not apply", "non applicable", "sans objet", "ne s'applique pas", "niet van toepassing", "nvt",
             "n.v.t.", "trifft nicht zu", "nicht zutreffend", "entfällt"}
        ),
        "blank": frozenset(
            {"no answer", "not available", "no answer/not available", "sans réponse", "pas de réponse", "non réponse", "non-réponse",
             "geen antwoord", "keine antwort", "keine angabe"}
        ),
    }
)  # fmt: skip
"""What survey files call the kinds of missing, folded."""


def settle_declared(table: Table, layout: Layout, questionnaire: Questionnaire) -> Table:
    """Return a table in which no value that the file declares missing stands where it could be read as an answer.

    Parameters
    ----------
    table
        The file; ``declared`` holds for each heading the texts of its values that are declared missing.
    layout
        Which column is which item.
    questionnaire
        What was asked.

    Returns
    -------
    Table
        A declared value that is a non-answer of its item stays. One that the item does not have becomes the code of the
        item's own non-answer when its label says *refusal*, *don't know* or *not applicable*, and is else blank; both are
        noted. So is one to which the file gives a label that is known and says another kind. One that is an answer in
        substance of its item is an error (``R-MISSING-CONFLICT``).
    """
    items = {place: item for wave in layout.waves for item, place in wave.columns.items()}
    cells, labels, findings, others = list(table.cells), {**table.labels}, list[Finding](), list[str]()
    for place, heading in enumerate(table.headings):
        if heading not in table.declared:
            continue
        values = table.declared[heading] & set(table.cells[place])
        read: Mapping[str, str | None] = dict.fromkeys(values, "")
        if place in items:
            scale, said = questionnaire.item(items[place]).response_scale, labels.get(heading, {})
            read = {value: _read(value, scale, said.get(value, "")) for value in values}
        counted = [value for value, code in read.items() if code is None]
        if counted:
            findings.append(_conflict(table, place, items[place], counted))
        new = {value: code or "" for value, code in read.items() if code != value}
        if len(new) > len(counted):
            others.append(heading)
        cells[place] = _replaced(cells[place], new)
        labels[heading] = {
            value: label for value, label in labels.get(heading, {}).items() if value not in new.values()
        }
    if others:
        findings.append(_noted(others))
    return replace(table, cells=tuple(cells), labels=labels, findings=(*table.findings, *findings))


def _read(value: str, scale: ResponseScale, label: str) -> str | None:
    """Return what a declared value is to be read as; ``None`` for one that is an answer in substance."""
    index, folded = index_options(scale), fold(label)
    kinds = {option.code: option.kind for option in scale.options}
    code, labelled = index.code_of(fold(value)), index.codes_labelled(folded)
    said = next((kind for kind, words in KINDS.items() if folded in words), None)
    if code and kinds[code] is None:
        return None
    if code and (code in labelled or said in {None, kinds[code]}):
        return value
    named = [one for one in labelled if kinds[one]] or [one for one, kind in kinds.items() if kind and kind == said]
    return named[0] if named else ""


def _replaced(cells: Texts, new: Mapping[str, str]) -> Texts:
    places, distinct = pd.factorize(cells)
    texts: Texts = np.array([new.get(text, text) for text in distinct], dtype=object)
    return texts[places]


def _conflict(table: Table, place: int, item: str, values: list[str]) -> Finding:
    heading = table.headings[place]
    rows = table.rows[np.isin(table.cells[place].astype(str), values)]
    message = f"{count_of(len(rows), 'cell')} that the file declares missing and item {item} counts as an answer."
    hint = "Say in SPSS or Stata that they are not missing, or delete them there; is it the same version of the questionnaire?"
    where = f"column {heading!r}, {name_rows(rows)}"
    return Finding(
        Problem("R-MISSING-CONFLICT", where, message, hint), ((heading, rows),), outcome="These cells count as blank."
    )


def _noted(headings: list[str]) -> Finding:
    message = "Values that the file declares missing, and that are not the questionnaire's: read by their label, else as blank."
    hint = "Labels that are known say *refusal*, *don't know*, *not applicable* or *no answer*; other words are blank."
    return Finding(Problem("R-MISSING-DECLARED", name_columns(headings), message, hint, severity="warning"))
