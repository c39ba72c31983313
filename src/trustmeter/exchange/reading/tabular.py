"""A file or a frame as columns of text: CSV, TSV, Excel, SPSS, Stata, parquet, pandas."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, MissingExtraError, Problem, did_you_mean
from trustmeter.exchange.reading.textfile import read_records, refusal
from trustmeter.responses.check import Finding, Rows, count_of, name_rows
from trustmeter.responses.coding import Texts
from trustmeter.responses.word import is_blank

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
Read = TypeVar("Read")

_READABLE = "CSV, TSV, Excel (.xlsx), SPSS (.sav), Stata (.dta), parquet"


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
    """

    headings: tuple[str, ...]
    cells: tuple[Texts, ...]
    rows: Rows
    name: str = ""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read_table(source: str | Path | pd.DataFrame, *, sheet: str | None = None) -> Table:
    """Read a file, or take a frame, as columns of text.

    Parameters
    ----------
    source
        The path of a file, or a frame.
    sheet
        The sheet of an Excel file; ``None`` is the first.

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
        return _read_suffix(path, suffix, sheet)
    except OSError:
        message = "The file is there but cannot be opened."
        raise refusal(
            "R-FILE-UNREADABLE", path.name, message, "Close it elsewhere and check that you may read it."
        ) from None


def text_of(value: Any) -> str:
    """Return what a cell says, as text: whole numbers without decimals, missing values as an empty text.

    Examples
    --------
    >>> text_of(1.0), text_of("01"), text_of(2.5), text_of(True), text_of(None)
    ('1', '01', '2.5', '1', '')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return "" if np.isnan(number) else str(int(number)) if number.is_integer() else repr(number)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)


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


def _read_suffix(path: Path, suffix: str, sheet: str | None) -> Table:
    if suffix in TEXT_SUFFIXES:
        records, problems = read_records(path.read_bytes(), path.name)
        return _table_of_records(records, path.name, problems)
    if suffix in EXCEL_SUFFIXES:
        return _read_excel(path, sheet)
    if suffix in {".sav", ".zsav", ".dta"}:
        return _read_statistical(path, suffix)
    if suffix in {".parquet", ".pq"}:
        return _read_parquet(path)
    hint = "Open it in the spreadsheet program and save it as .xlsx." if suffix in {".xls", ".ods", ".numbers"} else (
        "Export the answers in one of these forms.")  # fmt: skip
    raise refusal(
        "R-FILE-KIND", path.name, f"Files that end in {suffix or 'nothing'!r} are not read. Read are {_READABLE}.", hint
    )


def _read_excel(path: Path, sheet: str | None) -> Table:
    from openpyxl import load_workbook

    damaged = (
        "This is no Excel file that can be read: it is damaged, cut off, protected with a password, or of another kind."
    )
    book = _attempt(lambda: load_workbook(path, read_only=True, data_only=True), path, damaged)
    try:
        names = [one.title for one in book.worksheets if one.sheet_state == "visible"] or book.sheetnames
        if sheet is not None and sheet not in book.sheetnames:
            listed = ", ".join(map(repr, book.sheetnames))
            message = (
                f"The `sheet` argument of `read_responses` must name a sheet of {path.name!r}: {listed}. Got {sheet!r}."
            )
            raise DesignError(message + did_you_mean(sheet, book.sheetnames))
        chosen = names[0] if sheet is None else sheet
        records = _attempt(
            lambda: [[*map(text_of, row)] for row in book[chosen].iter_rows(values_only=True)], path, damaged
        )
    finally:
        book.close()
    width = max(map(len, records), default=0)
    problems = []
    if sheet is None and len(names) > 1:
        message = f"The file has {len(names)} sheets: {chosen!r}, the first, was read."
        hint = "Name another one with `sheet=` if that is the one with the answers."
        problems.append(Problem("R-SHEET-FIRST", path.name, message, hint, severity="warning"))
    return _table_of_records([row + [""] * (width - len(row)) for row in records], path.name, problems)


def _read_statistical(path: Path, suffix: str) -> Table:
    try:
        import pyreadstat
    except ImportError:
        raise _not_installed(path, "pyreadstat", "pip install pyreadstat") from None
    reader = pyreadstat.read_dta if suffix == ".dta" else pyreadstat.read_sav
    kind = "Stata" if suffix == ".dta" else "SPSS"

    def read() -> tuple[pd.DataFrame, Any]:
        try:
            return reader(str(path), user_missing=True)
        except pyreadstat.ReadstatError:
            return reader(str(path), user_missing=True, encoding="WINDOWS-1252")

    frame, about = _attempt(
        read, path, f"This is no {kind} file that can be read: it is damaged, cut off, or of another kind."
    )
    labels = {
        str(name): {text_of(value): str(label) for value, label in given.items()}
        for name, given in about.variable_value_labels.items()
    }
    return _table_of_frame(frame, path.name, labels)


def _read_parquet(path: Path) -> Table:
    if find_spec("pyarrow") is None:
        raise _not_installed(path, "pyarrow", 'pip install "trustmeter[parquet]"')
    damaged = "This is no parquet file that can be read: it is damaged, cut off, or of another kind."
    frame = _attempt(lambda: pd.read_parquet(path, dtype_backend="numpy_nullable"), path, damaged)
    return _table_of_frame(frame, path.name)


def _attempt(read: Callable[[], Read], path: Path, damaged: str) -> Read:
    """Read with another's reader, whose errors are many and may hold values of the file."""
    try:
        return read()
    except Exception:
        hint = "Export or download it again; if it opens in its own program, save it as .csv."
        raise refusal("R-FILE-UNREADABLE", path.name, damaged, hint) from None


def _not_installed(path: Path, package: str, line: str) -> MissingExtraError:
    return MissingExtraError(
        f"Reading {path.name!r} needs the package {package!r}, which is not installed. Run: {line}"
    )


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
    width = len(headings)
    lengths = np.fromiter(map(len, body), dtype=int, count=len(body))
    torn = []
    extra = _extra_headers(body)
    for place in np.flatnonzero(lengths != width).tolist():
        record = body[place]
        if any(map(_filled, record[width:])) or (len(record) < width and any(map(_filled, record))):
            torn.append(place)
            body[place] = [""] * width
        else:
            body[place] = (record + [""] * width)[:width]
    columns = [np.array(cells, dtype=object) for cells in zip(*body, strict=True)] if body else [_NO_TEXTS] * width
    findings = [*(Finding(problem) for problem in problems), *_extra_header_rows(extra)]
    return _table(headings, columns, len(body), name, findings=findings, torn=torn, extra=len(extra))


def _extra_headers(body: list[list[str]]) -> Rows:
    """Blank the further rows of headings that Qualtrics writes, and return their numbers."""
    last = next((place for place, record in enumerate(body[:2]) if any('{"ImportId"' in cell for cell in record)), -1)
    for place in range(last + 1):
        body[place] = [""] * len(body[place])
    return np.arange(1, last + 2, dtype=np.int64)


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
    extra: int = 0,
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
    blank[[*range(extra), *torn]] = False
    blank[np.flatnonzero(filled).max(initial=-1) + 1 :] = False
    found = [*findings, *_torn_rows(numbers[np.array(torn, dtype=int)]), *_blank_rows(numbers[blank])]
    kept = [
        (heading.strip().lstrip("\ufeff"), column[filled])
        for heading, column in zip(headings, columns, strict=True)
        if not is_blank(heading) or _filled_cells(column).any()
    ]
    cells = tuple(column for _, column in kept)
    return Table(tuple(heading for heading, _ in kept), cells, numbers[filled], name, labels or {}, tuple(found))


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
