"""From the headings of a file to the items of a questionnaire: which column is which, in long and in wide files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.errors import DesignError, Problem, unknown_word
from trustmeter.exchange.tabular import Table
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.check import name_columns
from trustmeter.responses.word import fold

GAP = "{item}"
"""What stands for an item's id in the headings of a wide file."""

_LIKENESS = 0.8


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the items stand.

    Parameters
    ----------
    columns
        Item id → heading.
    problems
        What is odd about the headings.
    """

    columns: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def match_columns(table: Table, questionnaire: Questionnaire, others: Sequence[str]) -> Shape:
    """Find each item's column: by its id, by its id written otherwise (``tr_01``), or by its wording in any language.

    Parameters
    ----------
    table
        The file.
    questionnaire
        What was asked.
    others
        Headings that are spoken for: roles and kept columns.
    """
    free = [name for name in table.columns if name not in others and name != "simulated"]
    by_key: dict[str, list[str]] = {}
    for name in free:
        for key in {_key(name), fold(name)}:
            by_key.setdefault(key, []).append(name)
    found: dict[str, str] = {}
    for item in questionnaire.items:
        if item.id in free:
            found[item.id] = item.id
            continue
        keys = [_key(item.id), *(fold(text) for text in item.text.by_language.values())]
        headings = dict.fromkeys(name for key in keys for name in by_key.get(key, []) if name not in questionnaire_ids(questionnaire))
        if len(headings) == 1:
            found[item.id] = next(iter(headings))
    problems = _odd_headings(free, found, questionnaire, table.source)
    return Shape(found, tuple(problems))


def questionnaire_ids(questionnaire: Questionnaire) -> frozenset[str]:
    """Return the ids of all items."""
    return frozenset(item.id for item in questionnaire.items)


def lengthen(table: Table, waves: Mapping[str, str], questionnaire: Questionnaire, wave_column: str) -> Table:
    """Return a wide file (waves side by side) as a long one: the rows once a wave, and a column that says which.

    Parameters
    ----------
    table
        The wide file.
    waves
        Wave → pattern of the headings, such as ``"{item}_2022"``.
    questionnaire
        What was asked.
    wave_column
        The heading of the new column.

    Raises
    ------
    DesignError
        When a pattern has no ``{item}``, or no heading fits it.
    """
    if wave_column in table.columns:
        raise DesignError(f"The file has a column {wave_column!r} already: it is long. Pass `wave={wave_column!r}`.")
    placed: dict[str, dict[str, str]] = {}
    for wave, pattern in waves.items():
        if GAP not in pattern:
            raise DesignError(f"The pattern of wave {wave!r} must hold {GAP!r}, such as '{GAP}_2022'. Got {pattern!r}.")
        wanted = {item.id: pattern.replace(GAP, item.id) for item in questionnaire.items}
        lower = {name.lower(): name for name in table.columns}
        placed[wave] = {item: lower[name.lower()] for item, name in wanted.items() if name.lower() in lower}
        if not placed[wave]:
            known = [*table.columns][:8]
            message = f"No heading of {table.source!r} fits the pattern {pattern!r} of wave {wave!r}."
            raise DesignError(f"{message} The first headings are: {', '.join(map(repr, known))}.")
    spoken_for = {heading for columns in placed.values() for heading in columns.values()}
    repeated = {name: cells for name, cells in table.columns.items() if name not in spoken_for}
    items = [item.id for item in questionnaire.items if any(item.id in columns for columns in placed.values())]
    length = len(table.rows)
    nothing = np.full(length, "", dtype=object)
    columns = {name: np.concatenate([cells] * len(waves)) for name, cells in repeated.items()}
    columns[wave_column] = np.repeat(np.array(list(waves), dtype=object), length)
    labels = dict(table.labels)
    for item in items:
        parts = [table.columns[placed[wave][item]] if item in placed[wave] else nothing for wave in waves]
        columns[item] = np.concatenate(parts)
        labels[item] = next((table.labels[placed[wave][item]] for wave in waves if placed[wave].get(item) in table.labels), {})
    return Table(columns, np.tile(table.rows, len(waves)), labels, table.source)


def check_headings(table: Table, wanted: Mapping[str, str | None], questionnaire: Questionnaire) -> None:
    """Refuse role columns that are not in the file, are an item, or have two roles.

    Raises
    ------
    DesignError
        With the nearest heading.
    """
    met: dict[str, str] = {}
    for role, column in wanted.items():
        if column is None:
            continue
        if not isinstance(column, str):
            raise DesignError(f"The `{role}` argument of `read_responses` must be a column name. Got {type(column).__name__}.")
        if column not in table.columns:
            raise DesignError(unknown_word(f"`{role}` column", column, table.columns, table.source))
        if column in questionnaire_ids(questionnaire):
            message = f"The column {column!r} is an item of {questionnaire.id!r} and cannot also be the {role}."
            raise DesignError(f"{message} Items can be compared as they are; leave `{role}` out.")
        if column in met:
            message = f"The column {column!r} is given twice, as {met[column]} and as {role}."
            raise DesignError(f"{message} Each role needs a column of its own.")
        met[column] = role


def _odd_headings(free: Sequence[str], found: Mapping[str, str], questionnaire: Questionnaire, source: str) -> list[Problem]:
    if not found:
        message = f"None of the {len(questionnaire.items)} items of {questionnaire.id!r} is a heading of this file."
        hint = "Is it the file of another questionnaire, or a wide file (then give `wave={'2022': '{item}_2022', …}`)?"
        return [Problem("R-SHAPE", source, message, hint)]
    optional = {item.id for section in questionnaire.sections if section.optional for item in section.items}
    absent = [item.id for item in questionnaire.items if item.id not in found and item.id not in optional]
    unknown = [name for name in free if name not in found.values()]
    problems = []
    for name in unknown:
        near = difflib.get_close_matches(_key(name), [_key(item) for item in absent], n=1, cutoff=_LIKENESS)
        if near:
            item = next(item for item in absent if _key(item) == near[0])
            message = f"This heading is no item; {item!r} is missing and looks like it."
            hint = f"Rename the column to {item!r} if it is that item."
            problems.append(Problem("R-COLUMN-LOOKALIKE", f"column {name!r}", message, hint))
    if absent:
        message = f"{len(absent)} items of the questionnaire are not in the file: they count as not asked."
        problems.append(Problem("R-ITEM-ABSENT", name_columns(absent), message, "Nothing to do if they were left out.", "warning"))
    if unknown:
        message = f"{len(unknown)} columns belong to no item and were left out."
        problems.append(Problem("R-COLUMN-UNKNOWN", name_columns(unknown), message, "Name them in `keep=` to carry them along.", "warning"))
    return problems


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
