"""A table of segments, as people keep it in a spreadsheet: which column is what, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from trustmeter.errors import DesignError, Problem, ResponsesError, did_you_mean
from trustmeter.exchange.reading.tabular import EXCEL_SUFFIXES, Table, read_table
from trustmeter.focus_groups.files.archive import LARGEST_TABLE, existing_file, open_archive, refusal
from trustmeter.focus_groups.files.project import Gathered
from trustmeter.focus_groups.model import Code, Codebook
from trustmeter.responses.check import count_of

SIMULATED = "simulated"
_NO = {"", "0", "no", "false"}
NEEDED = ("session", "code")
ROLES = ("session", "group", "speaker", "segment", "start", "end", "code", "coder", "text")


def read_sheet(
    source: Path | pd.DataFrame, columns: Mapping[str, str | None], separator: str, sheet: str | None
) -> Gathered:
    """Return what a table says about codings.

    `columns` names the heading of each role; a role without a name has the heading that is called like it, if there is one.

    Raises
    ------
    ResponsesError
        When a needed column is missing, or cells cannot be what they should be.
    DesignError
        When a column was named that is not there.
    """
    table = _table(source, sheet)
    places = _places(table, columns)
    cells = {role: [str(text).strip() for text in table.cells[at]] for role, at in places.items()}
    found = Gathered()
    problems = _faults(table, cells)
    if problems:
        raise ResponsesError(f"The segments in {table.name or 'the frame'} cannot be used.", problems)
    seen: dict[str, None] = {}
    groups: dict[str, set[str]] = {}
    for at in range(len(table.rows)):
        row = {role: texts[at] for role, texts in cells.items()}
        codes = list(dict.fromkeys(" ".join(part.split()) for part in row["code"].split(separator)))
        codes = [code for code in codes if code] or [""]
        groups.setdefault(row["session"], set()).add(row.get("group", ""))
        for code in codes:
            seen |= {code: None} if code else {}
            found.rows.append({**row, "code": code, "start": _number(row, "start"), "end": _number(row, "end")})
    found.codebook = Codebook(tuple(Code(name, label=name) for name in seen))
    found.sessions = {name: next(iter(told)) if len(told) == 1 else "" for name, told in groups.items()}
    marks = next((table.cells[at] for at, heading in enumerate(table.headings) if heading.casefold() == SIMULATED), ())
    found.simulated = any(str(text).strip().casefold() not in _NO for text in marks)
    found.problems = [finding.settled() for finding in table.findings]
    return found


def read_code_list(path: Path) -> Codebook:
    """Return the codebook of a table with the columns ``code``, and where there are any ``parent`` and ``definition``."""
    table = _table(path, None)
    named = {
        heading.casefold(): [str(text).strip() for text in table.cells[at]] for at, heading in enumerate(table.headings)
    }
    if "code" not in named:
        hint = "Call its columns `code`, `parent` and `definition`."
        raise refusal("F-COLUMN-ABSENT", table.name, "The codebook has no column `code`.", hint)
    blank = [""] * len(named["code"])
    parents, definitions = named.get("parent", blank), named.get("definition", blank)
    rows = [row for row in zip(named["code"], parents, definitions, strict=True) if row[0]]
    order = _below_their_parents({code: parent for code, parent, _ in rows}, table.name)
    if len(order) < len(rows):
        raise refusal("F-CODE-TWICE", table.name, "The codebook names a code twice.", "Give each code one row.")
    told = {code: definition for code, _, definition in rows}
    return Codebook(tuple(Code(code, parent, told[code], label=code) for code, parent in order))


def _below_their_parents(parents: Mapping[str, str], name: str) -> list[tuple[str, str]]:
    """Return codes each after the code above it."""
    unknown = sum(bool(parent) and parent not in parents for parent in parents.values())
    order: list[tuple[str, str]] = []
    waiting = [""]
    while waiting:
        above = waiting.pop()
        order += [(above, parents[above])] if above else []
        waiting += reversed([code for code, parent in parents.items() if parent == above])
    if unknown or len(order) < len(parents):
        message = "In the column `parent` stand codes that are no code of the list, or that lie above themselves."
        raise refusal("F-CODE-PARENT", name, message, "Write there the code above, as it stands in the column `code`.")
    return order


def _table(source: Path | pd.DataFrame, sheet: str | None) -> Table:
    if isinstance(source, Path):
        existing_file(source, LARGEST_TABLE)
        if source.suffix.lower() in EXCEL_SUFFIXES:
            with open_archive(source) as archive:
                archive.check_sizes()
    try:
        return read_table(source, sheet=sheet)
    except ResponsesError as error:
        raise ResponsesError("The segments cannot be read.", error.problems) from None
    except DesignError as error:
        raise DesignError(str(error).replace("read_responses", "read_segments")) from None


def _places(table: Table, columns: Mapping[str, str | None]) -> dict[str, int]:
    """Return where the column of each role stands."""
    where = table.name or "the frame"
    folded = [heading.casefold() for heading in table.headings]
    places: dict[str, int] = {}
    for role in ROLES:
        named = columns.get(role)
        wanted = named or role
        at = table.headings.index(wanted) if wanted in table.headings else None
        at = folded.index(wanted.casefold()) if at is None and wanted.casefold() in folded else at
        if at is None and named is not None:
            message = f"The `{role}` argument of `read_segments` names a column that is not in {where}: {named!r}."
            raise DesignError(message + did_you_mean(named, table.headings))
        if at is None and role in NEEDED:
            near = did_you_mean(role, table.headings)
            hint = f"Say which column it is: `read_segments(..., {role}='column name')`."
            raise refusal("F-COLUMN-ABSENT", where, f"There is no column {role!r}.{near}", hint)
        if at is not None:
            places[role] = at
    if len(set(places.values())) < len(places):
        raise DesignError("`read_segments` was given one column for two things. Name a column for each.")
    return places


def _faults(table: Table, cells: Mapping[str, list[str]]) -> list[Problem]:
    """Return what is wrong with cells, by how many rows; never what stands in them."""
    n = len(table.rows)
    blank = sum(not text for text in cells["session"])
    problems = []
    if blank:
        hint = "Say in each row from which session the segment is."
        problems.append(Problem("F-SESSION-BLANK", "session", f"{count_of(blank, 'row')} without a session.", hint))
    if ("start" in cells) != ("end" in cells):
        problems.append(
            Problem("F-PLACE", "start, end", "There is a start without an end, or the reverse.", "Give both.")
        )
    elif "start" in cells:
        wrong = sum(not _is_place(cells["start"][at], cells["end"][at]) for at in range(n))
        if wrong:
            message = (
                f"{count_of(wrong, 'row')} whose start and end are no whole numbers from 0, the end after the start."
            )
            problems.append(Problem("F-PLACE", "start, end", message, "Count characters, or leave both cells empty."))
    return problems


def _is_place(start: str, end: str) -> bool:
    if not start and not end:
        return True
    return start.isdecimal() and end.isdecimal() and len(end) < 12 and int(start) < int(end)


def _number(row: Mapping[str, str], role: str) -> int | None:
    return int(row[role]) if row.get(role) else None
