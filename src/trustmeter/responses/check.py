"""What is wrong with answers: every problem of cells, rows and routing, in words that hold no answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from trustmeter.errors import Problem
from trustmeter.questionnaire.model import Item
from trustmeter.responses.word import fold

Rows: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

_SHOWN = 5
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{1,2}[-/ ][a-z]{3,4}\.?")
_MAJORITY = 0.5
_PATH = r"^[/\\~]|^[A-Za-z]:[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)|[\x00-\x08\x0a-\x1f\x7f]"
"""Names from which somebody might make a file's name: beginning like a path, leading out of a folder, invisible."""


@dataclass(frozen=True, eq=False, slots=True)
class Finding:
    """A problem, and what is set aside when the answers are read all the same.

    Parameters
    ----------
    problem
        What is wrong, in words.
    cells
        The column and the row numbers of what is set aside.
    whole_rows
        Whether the rows are set aside, not only the cells of that column.
    outcome
        The sentence that takes the hint's place once the problem has been dealt with by setting aside.
        Empty: the problem cannot be dealt with in that way.
    """

    problem: Problem
    cells: tuple[tuple[str, Rows], ...] = ()
    whole_rows: bool = False
    outcome: str = ""

    @property
    def stops(self) -> bool:
        """Whether this is an error that setting aside cannot deal with."""
        return self.problem.severity == "error" and not self.outcome

    def settled(self) -> Problem:
        """Return the problem as it travels with answers that were read with ``strict=False``."""
        if self.problem.severity == "warning":
            return self.problem
        return replace(self.problem, severity="warning", hint=self.outcome)


def name_rows(rows: Iterable[int]) -> str:
    """Return row numbers for a message: the first five and how many more.

    Examples
    --------
    >>> name_rows([3]), name_rows(range(1, 9))
    ('row 3', 'rows 1, 2, 3, 4, 5 and 3 more')
    """
    numbers = sorted({int(row) for row in rows})
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:_SHOWN]))}{more}"


def name_columns(columns: Sequence[str], *, shown: int = 8) -> str:
    """Return column names for a message: the first few and how many more."""
    more = f" and {len(columns) - shown} more" if len(columns) > shown else ""
    return f"column{'s' if len(columns) > 1 else ''} {', '.join(map(repr, columns[:shown]))}{more}"


def count_of(count: int, noun: str) -> str:
    """Return ``"1 cell"``, ``"2 cells"``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


_CELL_PROBLEMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "R-CODE-UNKNOWN": (
            "{cells} neither a code nor a label that item {item} offers. Allowed codes: {codes}.",
            "Correct the cells, or read the file with the questionnaire version that was used.",
        ),
        "R-LABEL-AMBIGUOUS": (
            "{cells} a label that fits more than one code of item {item}. Allowed codes: {codes}.",
            "Export the answers as codes.",
        ),
        "R-LABEL-CONFLICT": (
            "{cells} a code of item {item} to which the file gives the label of another code.",
            "The file is coded in another order: recode it, or export the answers as labels.",
        ),
        "R-NUMBER-INVALID": (
            "{cells} no number, and item {item} asks for one{range}.",
            "Write plain numbers, without units and without a mark for thousands.",
        ),
        "R-NUMBER-RANGE": (
            "{cells} a number outside what item {item} allows{range}.",
            "Correct the cells; a special code must be one of the item's own.",
        ),
    }
)


def cells_in_trouble(code: str, item: Item, heading: str, rows: Rows, *, texts: Sequence[str], total: int) -> Finding:
    """Return the finding for cells of one column that cannot be read.

    Parameters
    ----------
    code
        One of the cell problems, such as ``"R-CODE-UNKNOWN"``.
    item, heading
        The item and its column's heading in the file.
    rows
        The row numbers of the cells.
    texts
        The distinct offending texts. They decide on hints and are never shown.
    total
        How many cells of the column are filled in.
    """
    sentence, hint = _CELL_PROBLEMS[code]
    message = sentence.format(
        cells=f"{count_of(len(rows), 'cell')} hold{'s' if len(rows) == 1 else ''}",
        item=item.id,
        codes=", ".join(option.code for option in item.response_scale.options) or "none",
        range=_range_of(item),
    )
    if code == "R-CODE-UNKNOWN" and any(_DATE.fullmatch(fold(text)) for text in texts):
        message += " Some look like dates: a spreadsheet may have turned answers into dates."
    elif code == "R-CODE-UNKNOWN" and total and len(rows) / total > _MAJORITY:
        message += " That is more than half of all answers: is the column coded in another way?"
    problem = Problem(code, f"column {heading!r}, {name_rows(rows)}", message, hint)
    return Finding(problem, ((heading, rows),), outcome="These cells were set aside and count as blank.")


def blank_words(item: Item, heading: str, rows: Rows) -> Finding:
    """Return the note on cells that a tool marked as empty in words such as ``NA``."""
    message = f"{count_of(len(rows), 'cell')} of item {item.id} marked as empty in words such as 'NA': read as blank."
    return Finding(Problem("R-BLANK-WORD", f"column {heading!r}, {name_rows(rows)}", message, severity="warning"))


def routing_broken(gates: Sequence[str], cells: Sequence[tuple[str, Rows]]) -> Finding:
    """Return the finding for answers that stand where the questionnaire did not ask.

    Parameters
    ----------
    gates
        The items that decide whether the question is asked.
    cells
        The columns and their row numbers.
    """
    rows = np.concatenate([numbers for _, numbers in cells])
    asked_by = " and ".join(gates)
    message = (
        f"{count_of(len(rows), 'answer')} where the questionnaire did not ask: "
        f"the answer to {asked_by} is missing, or it ends the question."
    )
    hint = "Delete these answers at the source: without consent they must not be kept, and after a filter they mean nothing."
    problem = Problem("R-ROUTING", f"{name_columns([name for name, _ in cells])}, {name_rows(rows)}", message, hint)
    return Finding(problem, tuple(cells), outcome="These answers were set aside and count as not asked.")


def routing_needless(gates: Sequence[str], cells: Sequence[tuple[str, Rows]]) -> Finding:
    """Return the note on "don't know" and refusals where the questionnaire did not ask, as after a refused consent."""
    rows = np.concatenate([numbers for _, numbers in cells])
    message = f'{count_of(len(rows), "cell")} with "don\'t know" or a refusal where the questionnaire did not ask'
    message += f" (the answer to {' and '.join(gates)} decides): read as not asked."
    where = f"{name_columns([name for name, _ in cells])}, {name_rows(rows)}"
    return Finding(Problem("R-ROUTING-SILENT", where, message, "Nothing need be done.", severity="warning"))


def gate_unknown(gates: Sequence[str], cells: Sequence[tuple[str, Rows]]) -> Finding:
    """Return the note on answers that were kept although the answer that decides on their question is missing."""
    rows = np.concatenate([numbers for _, numbers in cells])
    message = f"{count_of(len(rows), 'answer')} although the answer to {' and '.join(gates)} is missing: kept."
    where = f"{name_columns([name for name, _ in cells])}, {name_rows(rows)}"
    return Finding(Problem("R-ROUTING-UNKNOWN", where, message, "Look at these rows.", severity="warning"))


def check_people(
    people: pd.DataFrame, rows: Rows, *, respondent: str | None, wave: str | None, zone: str | None = None
) -> list[Finding]:
    """Return what is wrong with who answered when: missing and repeated respondents, missing waves.

    Codes need be unique within a zone only, for zones give them out on their own.

    Parameters
    ----------
    people
        The role columns, ``string``.
    rows
        The row numbers in the file.
    respondent, wave, zone
        Names of columns of `people`, or ``None``.
    """
    findings = []
    for column, absent, near, noun in (
        (respondent, "R-RESPONDENT-MISSING", "R-RESPONDENT-NEAR", "respondent"),
        (wave, "R-WAVE-MISSING", "R-WAVE-NEAR", "wave"),
    ):
        if column is not None:
            findings += _check_absent(people, rows, column, code=absent, noun=noun)
            findings += _check_near(people, rows, column, code=near, noun=noun)
    if respondent is not None:
        findings += _check_paths(people, rows, respondent)
        findings += _check_repeats(
            people, rows, [respondent, *(name for name in (zone, wave) if name is not None)], wave
        )
    return findings


def _check_repeats(people: pd.DataFrame, rows: Rows, keys: list[str], wave: str | None) -> list[Finding]:
    """Return the finding on rows that share all of `keys`, of which the first is the respondent."""
    respondent = keys[0]
    named = people[respondent].notna().to_numpy()
    findings = []
    repeated = people.duplicated(keys, keep=False).to_numpy() & named
    if repeated.any():
        where = "" if wave is None else " within one wave"
        count = int(people.loc[repeated, keys].drop_duplicates().shape[0])
        message = f"{count_of(count, 'respondent')} with more than one row{where}."
        hint = "Keep one row for each respondent" + (
            ", or name the column that holds the wave: `wave='column name'`." if wave is None else " and wave."
        )
        later = np.unique(rows[people.duplicated(keys).to_numpy() & named])
        outcome = "The first row of each was kept, the later rows were set aside."
        where = f"column {respondent!r}, {name_rows(rows[repeated])}"
        problem = Problem("R-RESPONDENT-DUPLICATE", where, message, hint)
        findings.append(Finding(problem, ((respondent, later),), whole_rows=True, outcome=outcome))
    return findings


def _check_absent(people: pd.DataFrame, rows: Rows, column: str, *, code: str, noun: str) -> list[Finding]:
    without = np.unique(rows[people[column].isna().to_numpy()])
    if not len(without):
        return []
    message = f"{count_of(len(without), 'row')} without a {noun}."
    problem = Problem(code, f"column {column!r}, {name_rows(without)}", message, f"Fill in the {noun} of each row.")
    return [Finding(problem, ((column, without),), whole_rows=True, outcome="These rows were set aside.")]


def _check_paths(people: pd.DataFrame, rows: Rows, column: str) -> list[Finding]:
    """Return the finding on respondents' names that are paths or hold signs that nobody sees."""
    like_paths = people[column].str.contains(_PATH, regex=True).fillna(False).to_numpy(dtype=bool)
    if not like_paths.any():
        return []
    guilty = np.unique(rows[like_paths])
    message = f"{count_of(len(guilty), 'row')} whose respondent is written like the path of a file, or with signs that nobody sees."
    hint = "Give plain codes of letters and digits."
    problem = Problem("R-RESPONDENT-PATH", f"column {column!r}, {name_rows(guilty)}", message, hint)
    return [Finding(problem, ((column, guilty),), whole_rows=True, outcome="These rows were set aside.")]


def _check_near(people: pd.DataFrame, rows: Rows, column: str, *, code: str, noun: str) -> list[Finding]:
    """Return the note on names of respondents or waves that are the same but for case or blanks."""
    exact = people[column].dropna().drop_duplicates()
    near = exact.map(fold).duplicated(keep=False)
    if not near.any():
        return []
    message = f"{count_of(int(near.sum()), f'{noun} name')} differing from another only in case or blanks."
    hint = f"If they mean the same {noun}, write them alike."
    where = f"column {column!r}, {name_rows(rows[people[column].isin(exact[near]).to_numpy()])}"
    return [Finding(Problem(code, where, message, hint, severity="warning"))]


def _range_of(item: Item) -> str:
    low, high = item.response_scale.minimum, item.response_scale.maximum
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if low is not None:
        return f" of {low:g} or more"
    return f" of {high:g} or less" if high is not None else ""
