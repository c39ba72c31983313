"""From text to codes: what each cell means, and why it is empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from trustmeter.questionnaire.model import Item, Questionnaire
from trustmeter.questionnaire.routing import items_of
from trustmeter.responses.check import (
    Finding,
    Rows,
    blank_words,
    cells_in_trouble,
    gate_unknown,
    routing_broken,
    routing_needless,
)
from trustmeter.responses.lookup import OptionIndex, index_options
from trustmeter.responses.model import MISSING_KINDS
from trustmeter.responses.routing import KnownCodes, Mask, asked_rows
from trustmeter.responses.word import NEVER_SHOWN, TOOL_BLANKS, fold, is_blank, read_numbers

Texts: TypeAlias = np.ndarray[Any, np.dtype[np.object_]]

_KIND_NUMBER: Mapping[str, int] = MappingProxyType({kind: place for place, kind in enumerate(MISSING_KINDS, start=1)})
_NOT_ASKED = _KIND_NUMBER["not_asked"]
_BLANK = _KIND_NUMBER["blank"]
_SILENT = (_KIND_NUMBER["dont_know"], _KIND_NUMBER["refused"])
_BLANK_WORD = "R-BLANK-WORD"


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class CodedAnswers:
    """The item columns of a file after coding.

    Parameters
    ----------
    frame
        One column an item, ``Int64``, ``Float64`` or ``string``; ``<NA>`` when missing.
    missing
        Same shape: 0 answered, else 1 + the position of the kind in `MISSING_KINDS`.
    findings
        What was wrong, and what was set aside for it.
    """

    frame: pd.DataFrame
    missing: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class _Column:
    """One item's column: for each row the place of its text among the distinct texts, and what each of those means."""

    item: Item
    heading: str
    texts: Sequence[str]
    positions: np.ndarray[Any, np.dtype[np.intp]]
    codes: Texts
    kinds: np.ndarray[Any, np.dtype[np.int8]]
    troubles: Texts


def code_answers(
    cells: Mapping[str, Texts],
    questionnaire: Questionnaire,
    *,
    rows: Rows,
    headings: Mapping[str, str] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    progress: Callable[[float], None] | None = None,
) -> CodedAnswers:
    """Turn the text of cells into codes, and tell the kinds of missing apart.

    A cell may hold a code (``"4"``, ``"4.0"``, ``"f"`` for ``"F"``) or an option's label in any of the questionnaire's
    languages. An empty cell is *blank* where the question was asked, and *not asked* where its routing condition does
    not hold. An answer in substance to a question that was not asked is never kept: it is found (``R-ROUTING``) and
    becomes *not asked*; so does a "don't know" or a refusal there, with a note (``R-ROUTING-SILENT``). Where the
    deciding answer itself is missing, the answer is kept and noted (``R-ROUTING-UNKNOWN``), unless it is a required one
    such as consent. Cells that cannot be read become *blank*.
    A cell of which the file itself says that its question was never put (`NEVER_SHOWN`) is *not asked*.
    Whether findings stop the reading is the caller's decision.

    Parameters
    ----------
    cells
        For each item that the file holds, the text of its cells; all of one length.
    questionnaire
        What was asked.
    rows
        The row numbers in the file, for findings.
    headings
        For each item, its column's heading in the file, where that is not the item's id.
    labels
        For each item, the file's own value labels, by the text of the value.
    progress
        Is told the share of the items that are read.

    Returns
    -------
    CodedAnswers
        Frame, kinds of missing, findings.
    """
    indexes = {scale.id: index_options(scale) for scale in questionnaire.response_scales}
    present = [item for item in questionnaire.items if item.id in cells]
    columns = {}
    for place, item in enumerate(present, start=1):
        if progress is not None:
            progress(place / len(present))
        index = indexes.get(item.response_scale.id) or index_options(item.response_scale)
        heading = (headings or {}).get(item.id, item.id)
        columns[item.id] = _read_column(cells[item.id], item, heading, index, (labels or {}).get(item.id, {}))
    findings = [finding for column in columns.values() for finding in _column_findings(column, rows)]
    asked, broken = _apply_routing(columns, questionnaire, rows)
    series = {name: _item_series(column, asked[name]) for name, column in columns.items()}
    kinds = {name: _kinds_of(column, asked[name]) for name, column in columns.items()}
    size = pd.RangeIndex(len(rows))
    return CodedAnswers(pd.DataFrame(series, index=size), pd.DataFrame(kinds, index=size), (*findings, *broken))


def _read_column(cells: Texts, item: Item, heading: str, index: OptionIndex, labels: Mapping[str, str]) -> _Column:
    positions, distinct = pd.factorize(cells)
    texts = [str(text) for text in distinct]
    codes, troubles = _codes_of(texts, item, index, labels)
    kind_of = {option.code: _KIND_NUMBER[option.kind] for option in item.response_scale.options if option.kind}
    kinds = np.array([kind_of.get(code, 0) if code else _BLANK for code in codes], dtype=np.int8)
    kinds[[place for place, text in enumerate(texts) if text == NEVER_SHOWN]] = _NOT_ASKED
    return _Column(item, heading, texts, positions, codes, kinds, troubles)


def _codes_of(texts: Sequence[str], item: Item, index: OptionIndex, labels: Mapping[str, str]) -> tuple[Texts, Texts]:
    codes: Texts = np.full(len(texts), "", dtype=object)
    troubles: Texts = np.full(len(texts), "", dtype=object)
    free: list[int] = []
    doubtful: list[int] = []
    by_label = False
    for place, text in enumerate(texts):
        folded = fold(text)
        if not folded:
            continue
        code, labelled = index.code_of(folded), index.codes_labelled(folded)
        declared = index.codes_labelled(fold(labels.get(text, "")))
        if code:
            codes[place] = code
            troubles[place] = "R-LABEL-CONFLICT" if declared and code not in declared else ""
            if labelled and code not in labelled:
                doubtful.append(place)
        elif labelled or declared:
            by_label = by_label or bool(labelled)
            codes[place], troubles[place] = _only_code(labelled or declared)
        else:
            free.append(place)
    if by_label:
        troubles[doubtful] = "R-LABEL-AMBIGUOUS"
    _read_free(texts, free, item, codes, troubles)
    codes[np.isin(troubles, ["", _BLANK_WORD], invert=True)] = ""
    return codes, troubles


def _only_code(candidates: frozenset[str]) -> tuple[str, str]:
    return (next(iter(candidates)), "") if len(candidates) == 1 else ("", "R-LABEL-AMBIGUOUS")


def _read_free(texts: Sequence[str], free: Sequence[int], item: Item, codes: Texts, troubles: Texts) -> None:
    """Read the texts that are no option: free text, numbers, a tool's word for empty, or nothing known."""
    scale = item.response_scale
    if scale.type == "text":
        for place in free:
            codes[place] = texts[place].strip()
        return
    rest = [place for place in free if fold(texts[place]) not in TOOL_BLANKS]
    troubles[[place for place in free if place not in set(rest)]] = _BLANK_WORD
    if scale.type != "number":
        troubles[rest] = "R-CODE-UNKNOWN"
        return
    low = -np.inf if scale.minimum is None else scale.minimum
    high = np.inf if scale.maximum is None else scale.maximum
    for place, number in zip(rest, read_numbers([texts[place] for place in rest]), strict=True):
        if np.isnan(number):
            troubles[place] = "R-NUMBER-INVALID"
        elif not low <= number <= high:
            troubles[place] = "R-NUMBER-RANGE"
        else:
            codes[place] = str(int(number)) if number.is_integer() else repr(float(number))


def _column_findings(column: _Column, rows: Rows) -> list[Finding]:
    findings = []
    filled = sum(not is_blank(text) for text in column.texts)
    if not filled:
        return []
    total = int(np.array([not is_blank(text) for text in column.texts])[column.positions].sum())
    for trouble in sorted(set(column.troubles) - {""}):
        guilty = column.troubles == trouble
        where = rows[guilty[column.positions]]
        if trouble == _BLANK_WORD:
            findings.append(blank_words(column.item, column.heading, where))
        else:
            texts = [text for text, bad in zip(column.texts, guilty, strict=True) if bad]
            findings.append(cells_in_trouble(trouble, column.item, column.heading, where, texts=texts, total=total))
    return findings


def _apply_routing(
    columns: Mapping[str, _Column], questionnaire: Questionnaire, rows: Rows
) -> tuple[dict[str, Mask], list[Finding]]:
    """Return for each item which rows were asked it, and the answers that stand where nothing was asked."""
    known = {
        name: KnownCodes(tuple(column.codes), column.positions, (column.codes != "")[column.positions])
        for name, column in columns.items()
    }
    asked: dict[str, Mask] = {}
    broken: dict[tuple[str, ...], list[tuple[str, Rows]]] = defaultdict(list)
    doubtful: dict[tuple[str, ...], list[tuple[str, Rows]]] = defaultdict(list)
    needless: dict[tuple[str, ...], list[tuple[str, Rows]]] = defaultdict(list)
    for name, column in columns.items():
        condition = questionnaire.condition(name)
        gates = tuple(gate for gate in items_of(condition) if gate in columns)
        holds, fails = asked_rows(condition, known, len(rows))
        answered = (column.kinds == 0)[column.positions]
        for gate in gates:
            if columns[gate].item.required:
                fails = fails | ~known[gate].known
        silent = np.isin(column.kinds, _SILENT)[column.positions]
        asked[name] = holds | ((answered | silent) & ~fails)
        for found, where in (
            (broken, answered & ~asked[name]),
            (needless, silent & ~asked[name]),
            (doubtful, answered & asked[name] & ~holds),
        ):
            if where.any():
                found[gates].append((column.heading, rows[where]))
        void = (answered | silent) & ~asked[name]
        known[name] = KnownCodes(known[name].codes, column.positions, known[name].known & ~void)
    findings = [routing_broken(gates, cells) for gates, cells in broken.items()]
    findings += [routing_needless(gates, cells) for gates, cells in needless.items()]
    return asked, findings + [gate_unknown(gates, cells) for gates, cells in doubtful.items()]


def _kinds_of(column: _Column, asked: Mask) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Return the kind of each row. A code such as *not applicable* keeps its kind where nothing was asked."""
    kinds: np.ndarray[Any, np.dtype[np.int8]] = column.kinds[column.positions]
    overruled = np.isin(kinds, (0, *_SILENT)) | (column.codes == "")[column.positions]
    kinds[overruled & ~asked] = _NOT_ASKED
    return kinds


def _item_series(column: _Column, asked: Mask) -> pd.Series[Any]:
    answered = column.kinds == 0
    gone = ~answered[column.positions] | ~asked
    scale = column.item.response_scale
    if not scale.numeric_codes:
        words = column.codes[column.positions]
        words[gone] = None
        return pd.Series(pd.array(words, dtype="string"))
    numbers = np.array(
        [float(code) if ok else 0.0 for code, ok in zip(column.codes, answered, strict=True)], dtype=float
    )
    if (numbers % 1 == 0).all():
        return pd.Series(pd.arrays.IntegerArray(numbers.astype(np.int64)[column.positions], gone))
    return pd.Series(pd.arrays.FloatingArray(numbers[column.positions], gone))
