"""A file or a frame as columns of text: CSV, TSV, Excel, SPSS, Stata, parquet, pandas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, Problem, ResponsesError, did_you_mean
from trustmeter.exchange.reading.cell import text_of
from trustmeter.exchange.reading.foreign import form_of_headings, form_of_old_workbook, form_of_sheets
from trustmeter.exchange.reading.guard import attempt, check_archive, check_size, no_answers, refusal
from trustmeter.exchange.reading.jsonfile import Fetched, records_of_json, records_of_people
from trustmeter.exchange.reading.statfile import Declared, frame_of_parquet, frame_of_statistics
from trustmeter.exchange.reading.surveyfile import records_of_archive, refuse_xml
from trustmeter.exchange.reading.textfile import read_records
from trustmeter.responses.check import Finding, Rows, count_of, name_rows
from trustmeter.responses.coding import Texts
from trustmeter.responses.word import is_blank

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
_ANSWERS, _ABOUT = "answers", "about"
"""The sheets of our own workbook for entering answers from paper."""

_READABLE = "CSV, TSV, Excel (.xlsx), JSON, LimeSurvey (.lsa), SPSS (.sav), Stata (.dta), parquet"
_XML_SUFFIXES = (".xml", ".lss", ".lsr", ".lsg", ".lsq")


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Table:
    """The cells of a file, all as text. Rows that are blank or torn are already set aside.

    Parameters
    ----------
    headings
        The headings, in order, without blanks around them; not always different.
    cells
        For each heading the text of its cells; an empty cell is an empty text.
    rows
        The number of each row in the file; 1 is the first row of data.
    name
        The file's name without its folder, or an empty text.
    labels
        The file's own value labels: for a heading, from the text of a value to its label.
    findings
        What was noticed in reading.
    subheadings
        Further rows of headings, such as Qualtrics writes.
    about
        What the file says of itself: for our own data-entry sheet, the questionnaire and its fingerprint.
    items
        The places of columns that are known to be an item, from the tool's own way of writing headings.
    settled
        The places of columns that are the tool's own and are not spoken of.
    tool
        The name of the tool that wrote the file, where that is known.
    declared
        For a heading, the texts of its values that the file itself declares missing.
    """

    headings: tuple[str, ...]
    cells: tuple[Texts, ...]
    rows: Rows
    name: str = ""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    subheadings: tuple[tuple[str, ...], ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[int, str] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()
    tool: str = ""
    declared: Declared = field(default_factory=dict)


def read_table(
    source: str | Path | pd.DataFrame | Fetched,
    *,
    sheet: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Table:
    """Read a file, or take a frame, as columns of text.

    Parameters
    ----------
    source
        The path of a file, a frame, or what a server handed out.
    sheet
        The sheet of an Excel file; ``None`` is the first.
    progress
        Is told the share of a text file that was read.

    Raises
    ------
    DesignError
        When `source` is neither, or there is no such sheet.
    ResponsesError
        When the file is not there, damaged, empty, or of a kind that is not read.
    MissingExtraError
        When a package for this kind of file is not installed.
    """
    if isinstance(source, pd.DataFrame):
        _no_sheet(sheet, "a frame")
        return _table_of_frame(source, "the frame")
    if isinstance(source, Fetched):
        _no_sheet(sheet, "what a server hands out")
        return _table_of_records(records_of_people(source.people, source.name), source.name, [])
    if not isinstance(source, (str, Path)):
        kind = type(source).__name__
        raise DesignError(f"The `source` of `read_responses` must be the path of a file or a DataFrame. Got a {kind}.")
    path = _existing(Path(source))
    suffix = path.suffix.lower()
    if suffix == ".gz" and Path(path.stem).suffix.lower() in TEXT_SUFFIXES:
        suffix = ".csv"
    if suffix not in EXCEL_SUFFIXES:
        _no_sheet(sheet, f"{path.name!r}")
    try:
        check_size(path)
        return _read_suffix(path, suffix, sheet, progress)
    except OSError:
        message = "The file is there but cannot be opened."
        raise refusal(
            "R-FILE-UNREADABLE", path.name, message, "Close it elsewhere and check that you may read it."
        ) from None


def _existing(path: Path) -> Path:
    if path.is_dir():
        message = "This is a folder, and a file was expected."
        raise refusal("R-FILE-FOLDER", path.name, message, "Give the path of one file of answers.")
    if not path.is_file():
        siblings = [beside.name for beside in path.parent.iterdir()] if path.parent.is_dir() else []
        message = f"There is no such file.{did_you_mean(path.name, siblings)}"
        raise refusal("R-FILE-ABSENT", path.name, message, "Check the path.")
    return path


def _no_sheet(sheet: str | None, what: str) -> None:
    if sheet is not None:
        raise DesignError(
            f"The `sheet` argument of `read_responses` is for Excel files, and {what} has no sheets. Leave it out."
        )


def _read_suffix(path: Path, suffix: str, sheet: str | None, progress: Callable[[float], None] | None) -> Table:
    if suffix in TEXT_SUFFIXES:
        records, problems = read_records(path.read_bytes(), path.name, progress=progress)
        return _table_of_records(records, path.name, problems)
    if suffix in EXCEL_SUFFIXES:
        return _read_excel(path, sheet)
    if suffix in {".sav", ".zsav", ".dta"}:
        frame, labels, declared = frame_of_statistics(path, suffix)
        return replace(_table_of_frame(frame, path.name, labels), declared=declared)
    if suffix in {".parquet", ".pq"}:
        return _table_of_frame(frame_of_parquet(path), path.name)
    if suffix == ".json":
        return _table_of_records(*_named(records_of_json(path.read_bytes(), path.name), path.name))
    if suffix == ".lsa":
        return _table_of_records(*_named(records_of_archive(path), path.name))
    if suffix in _XML_SUFFIXES:
        refuse_xml(path)
    raise _not_read(path, suffix)


def _named(read: tuple[list[list[str]], list[Problem]], name: str) -> tuple[list[list[str]], str, list[Problem]]:
    return read[0], name, read[1]


def _not_read(path: Path, suffix: str) -> ResponsesError:
    what = form_of_old_workbook(path.read_bytes()) if suffix == ".xls" else ""
    if what:
        no_answers(path.name, what)
    hint = "Open it in the spreadsheet program and save it as .xlsx." if suffix in {".xls", ".ods", ".numbers"} else (
        "Export the answers in one of these forms.")  # fmt: skip
    message = f"Files that end in {suffix or 'nothing'!r} are not read. Read are {_READABLE}."
    return refusal("R-FILE-KIND", path.name, message, hint)


def _read_excel(path: Path, sheet: str | None) -> Table:
    from openpyxl import load_workbook

    damaged = (
        "This is no Excel file that can be read: it is damaged, cut off, protected with a password, or of another kind."
    )
    check_archive(path, damaged)
    book = attempt(lambda: load_workbook(path, read_only=True, data_only=True), path, damaged)
    try:
        names = [one.title for one in book.worksheets if one.sheet_state == "visible"] or book.sheetnames
        if sheet is not None and sheet not in book.sheetnames:
            listed = ", ".join(map(repr, book.sheetnames))
            message = (
                f"The `sheet` argument of `read_responses` must name a sheet of {path.name!r}: {listed}. Got {sheet!r}."
            )
            raise DesignError(message + did_you_mean(sheet, book.sheetnames))
        chosen = names[0] if sheet is None else sheet
        what = form_of_sheets(book.sheetnames) if sheet is None else ""
        records = attempt(lambda: _records_of_sheet(book[chosen]), path, damaged)
        own = sheet is None and chosen == _ANSWERS and _ABOUT in book.sheetnames
        about = attempt(lambda: _records_of_sheet(book[_ABOUT]), path, damaged) if own else []
    finally:
        book.close()
    if what:
        no_answers(path.name, what)
    width = max(map(len, records), default=0)
    problems = []
    if sheet is None and len(names) > 1 and not own:
        message = f"The file has {len(names)} sheets: {chosen!r}, the first, was read."
        hint = "Name another one with `sheet=` if that is the one with the answers."
        problems.append(Problem("R-SHEET-FIRST", path.name, message, hint, severity="warning"))
    table = _table_of_records([row + [""] * (width - len(row)) for row in records], path.name, problems)
    return replace(table, about={row[0].strip(): row[1].strip() for row in about if len(row) > 1 and _filled(row[0])})


def _records_of_sheet(sheet: Any) -> list[list[str]]:
    return [[*map(text_of, row)] for row in sheet.iter_rows(values_only=True)]


def _table_of_frame(frame: pd.DataFrame, name: str, labels: Mapping[str, Mapping[str, str]] | None = None) -> Table:
    if frame.columns.nlevels > 1:
        raise DesignError("The frame has headings of several levels, and one was expected. Flatten its columns first.")
    if any(level is not None and level not in frame.columns for level in frame.index.names):
        frame = frame.reset_index()
    columns = [_text_column(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return _table([str(heading) for heading in frame.columns], columns, len(frame), name, labels=labels)


def _text_column(column: pd.Series[Any]) -> Texts:
    values = column.astype(object).to_numpy()
    try:
        places, distinct = pd.factorize(values)
    except TypeError:
        return np.array([text_of(value) for value in values], dtype=object)
    return np.array([*map(text_of, distinct), ""], dtype=object)[places]


def _table_of_records(records: Sequence[list[str]], name: str, problems: Sequence[Problem]) -> Table:
    header = next((place for place, record in enumerate(records) if any(map(_filled, record))), None)
    if header is None:
        raise refusal("R-FILE-EMPTY", name, "The file is empty.", "Export the answers again.")
    headings, body = records[header], list(records[header + 1 :])
    what = form_of_headings(headings)
    if what:
        no_answers(name, what)
    width = len(headings)
    lengths = np.fromiter(map(len, body), dtype=int, count=len(body))
    torn = []
    extra, further = _extra_headers(headings, body)
    for place in np.flatnonzero(lengths != width).tolist():
        record = body[place]
        if any(map(_filled, record[width:])) or (len(record) < width and any(map(_filled, record))):
            torn.append(place)
            body[place] = [""] * width
        else:
            body[place] = (record + [""] * width)[:width]
    columns = [np.array(cells, dtype=object) for cells in zip(*body, strict=True)] if body else [_NO_TEXTS] * width
    findings = [*(Finding(problem) for problem in problems), *_extra_header_rows(extra)]
    return _table(headings, columns, len(body), name, findings=findings, torn=torn, further=further)


def _extra_headers(headings: Sequence[str], body: list[list[str]]) -> tuple[Rows, list[list[str]]]:
    """Blank the further rows of headings that Qualtrics writes, and return their numbers and what they held."""
    last = next((place for place, record in enumerate(body[:2]) if any('{"ImportId"' in cell for cell in record)), -1)
    if last < 0 and body and [cell.strip() for cell in headings[:2]] == ["V1", "V2"] and "ResponseID" in body[0][:1]:
        last = 0
    further = [body[place] for place in range(last + 1)]
    for place in range(last + 1):
        body[place] = [""] * len(body[place])
    return np.arange(1, last + 2, dtype=np.int64), further


def _extra_header_rows(rows: Rows) -> list[Finding]:
    if not len(rows):
        return []
    message = f"{count_of(len(rows), 'further row')} of headings, as Qualtrics writes them: left out."
    return [Finding(Problem("R-ROW-HEADING", name_rows(rows), message, severity="warning"))]


def _table(
    headings: Sequence[str],
    columns: Sequence[Texts],
    length: int,
    name: str,
    *,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    findings: Sequence[Finding] = (),
    torn: Sequence[int] = (),
    further: Sequence[Sequence[str]] = (),
) -> Table:
    """Return the table without its blank rows and its blank columns that have no heading."""
    filled = np.zeros(length, dtype=bool)
    for column in columns:
        filled |= _filled_cells(column)
    if not filled.any() and not torn:
        message = "There is a header and no row of answers." if length == 0 else "All rows are blank."
        raise refusal("R-FILE-EMPTY", name, message, "Export the answers again.")
    numbers = np.arange(1, length + 1, dtype=np.int64)
    blank = ~filled
    blank[[*range(len(further)), *torn]] = False
    blank[np.flatnonzero(filled).max(initial=-1) + 1 :] = False
    found = [*findings, *_torn_rows(numbers[np.array(torn, dtype=int)]), *_blank_rows(numbers[blank])]
    kept = [
        place
        for place, (heading, column) in enumerate(zip(headings, columns, strict=True))
        if not is_blank(heading) or _filled_cells(column).any()
    ]
    return Table(
        headings=tuple(headings[place].strip().lstrip("\ufeff") for place in kept),
        cells=tuple(columns[place][filled] for place in kept),
        rows=numbers[filled],
        name=name,
        labels=labels or {},
        findings=tuple(found),
        subheadings=tuple(tuple((*row, *[""] * len(headings))[place] for place in kept) for row in further),
    )


def _torn_rows(rows: Rows) -> list[Finding]:
    if not len(rows):
        return []
    message = f"{count_of(len(rows), 'row')} with more or fewer cells than the header."
    hint = "Put cells that hold the delimiter in quotation marks, or export the file again."
    problem = Problem("R-ROW-TORN", name_rows(rows), message, hint)
    return [Finding(problem, (("", rows),), whole_rows=True, outcome="These rows were set aside.")]


def _blank_rows(rows: Rows) -> list[Finding]:
    if not len(rows):
        return []
    problem = Problem("R-ROW-BLANK", name_rows(rows), f"{count_of(len(rows), 'row')} without any cell filled in: left out.",
                      severity="warning")  # fmt: skip
    return [Finding(problem, (("", rows),), whole_rows=True)]


def _filled(text: str) -> bool:
    return not is_blank(text)


def _filled_cells(column: Texts) -> np.ndarray[Any, np.dtype[np.bool_]]:
    places, distinct = pd.factorize(column)
    return np.array([_filled(text) for text in distinct], dtype=bool)[places]


_NO_TEXTS: Texts = np.array([], dtype=object)
