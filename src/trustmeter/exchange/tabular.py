"""From a file or a frame to a table of text: encodings, delimiters, sheets, value labels. Knows no questionnaire."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, MissingExtraError, Problem, ResponsesError, unknown_word

Texts: TypeAlias = np.ndarray[Any, np.dtype[np.object_]]

_DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 50
_SHOWN = 5


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Table:
    """The cells of a file as text, an empty text where a cell is empty.

    Parameters
    ----------
    columns
        Heading → cells.
    rows
        The number of each row in the file, 1 = first row under the headings.
    labels
        Heading → the file's own value labels, by the text of the value.
    source
        The file's name without its folder, or ``"data frame"``.
    """

    columns: Mapping[str, Texts]
    rows: np.ndarray[Any, np.dtype[np.int64]]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: str = "data frame"


def read_table(source: str | Path | pd.DataFrame, *, sheet: str | None = None) -> Table:
    """Read a file of any supported kind, or a frame, as text.

    Parameters
    ----------
    source
        ``.csv .tsv .txt`` (also ``.gz``), ``.xlsx``, ``.sav .zsav``, ``.dta``, ``.parquet``, or a data frame.
    sheet
        The sheet of an Excel file; the first one by default.

    Raises
    ------
    DesignError
        When `source` is no path and no frame, or `sheet` does not fit.
    ResponsesError
        When there is no such file, or it cannot be read.
    MissingExtraError
        When a parquet file is given and no package that reads it is installed.
    """
    if isinstance(source, pd.DataFrame):
        return _checked([str(name) for name in source.columns], [_as_text(source.iloc[:, at]) for at in range(source.shape[1])])
    if not isinstance(source, (str, Path)):
        raise DesignError(f"`read_responses` takes the path of a file or a data frame. Got {type(source).__name__}.")
    path = Path(source)
    if not path.is_file():
        kind = "a folder, not a file" if path.is_dir() else "not there"
        _refuse("R-FILE-ABSENT", path, f"The file is {kind}.", "Check the name and the folder you are working in.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    last = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes or [""])[-1]
    if last not in _READERS:
        known = ", ".join(_READERS)
        _refuse("R-FILE-KIND", path, f"Files that end in {last or 'nothing'!r} are not read.", f"Save it as one of: {known}.")
    if sheet is not None and last != ".xlsx":
        raise DesignError(f"The `sheet` argument is for Excel files. Got {sheet!r} for {path.name!r}; leave it out.")
    return _READERS[last](path, sheet)


def _read_text(path: Path, sheet: str | None) -> Table:
    del sheet
    raw = path.read_bytes()
    if path.suffix.lower() == ".gz":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            _refuse("R-FILE-BROKEN", path, "The file is not whole: it cannot be unpacked.", "Copy or download it again.")
    text = _decode(raw, path)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error:
        _refuse("R-FILE-BROKEN", path, "A quotation mark is opened and never closed.", "Export the file again as CSV.")
    lines = [line for line in table if any(cell.strip() for cell in line)]
    if not lines:
        _refuse("R-FILE-EMPTY", path, "The file is empty.", "Export the answers again.")
    heading, *body = lines
    while heading and not heading[-1].strip() and all(len(line) < len(heading) or not line[len(heading) - 1] for line in body):
        heading = heading[:-1]
    width = len(heading)
    uneven = [number for number, line in enumerate(body, 1) if any(line[width:]) or len(line) < width]
    if uneven:
        message = f"{len(uneven)} rows do not have the {width} cells that the headings promise ({_rows(uneven)})."
        _refuse("R-ROW-UNEVEN", path, message, "Texts that hold the delimiter or a line break need quotes: export the file again.")
    cells = np.array([line[:width] for line in body], dtype=object).reshape(len(body), width)
    return _checked(heading, [cells[:, at] for at in range(width)], path=path)


def _decode(raw: bytes, path: Path) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        _refuse("R-FILE-BROKEN", path, "The file is no text, although its name says so.", "Export the answers as CSV or Excel.")
    return text


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts the first lines into the most cells of an equal number."""
    start = [line for line in text.splitlines()[:_LOOKED_AT] if line.strip()]
    best, most = ",", 1
    for delimiter in _DELIMITERS:
        widths = [len(line) for line in csv.reader(start, delimiter=delimiter)]
        alike = widths.count(widths[0]) / len(widths) if widths else 0.0
        if widths and widths[0] > most and alike > 0.5:
            best, most = delimiter, widths[0]
    return best


def _read_excel(path: Path, sheet: str | None) -> Table:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception:
        _refuse("R-FILE-BROKEN", path, "The file is not a readable Excel file.", "Open it in Excel and save it again as .xlsx.")
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise DesignError(unknown_word("`sheet` argument", sheet, book.sheetnames, path.name))
        page = book[sheet] if sheet is not None else book.worksheets[0]
        lines = [list(line) for line in page.iter_rows(values_only=True)]
    finally:
        book.close()
    lines = [line for line in lines if any(cell is not None and str(cell).strip() for cell in line)]
    if not lines:
        _refuse("R-FILE-EMPTY", path, "The sheet is empty.", "Name the sheet that holds the answers: `sheet='its name'`.")
    width = max(at + 1 for line in lines for at, cell in enumerate(line) if cell is not None)
    padded = [[*line[:width], *[None] * (width - len(line))] for line in lines]
    heading = ["" if cell is None else _cell_text(cell) for cell in padded[0]]
    cells = [np.array([_cell_text(line[at]) for line in padded[1:]], dtype=object) for at in range(width)]
    return _checked(heading, cells, path=path)


def _read_statistical(path: Path, sheet: str | None) -> Table:
    import pyreadstat

    del sheet
    try:
        if path.suffix.lower() == ".dta":
            frame, meta = pyreadstat.read_dta(str(path))
        else:
            frame, meta = pyreadstat.read_sav(str(path), user_missing=True)
    except Exception:
        _refuse("R-FILE-BROKEN", path, "The file is not a readable SPSS or Stata file.", "Export it again, or save it as CSV.")
    labels = {
        str(name): {_cell_text(value): str(label) for value, label in known.items()}
        for name, known in meta.variable_value_labels.items()
    }
    return _checked([*map(str, frame.columns)], [_as_text(frame[name]) for name in frame.columns], path=path, labels=labels)


def _read_parquet(path: Path, sheet: str | None) -> Table:
    del sheet
    try:
        frame = pd.read_parquet(path)
    except ImportError:
        message = 'Parquet files need the package pyarrow: python -m pip install "trustmeter[parquet]".'
        raise MissingExtraError(message) from None
    except Exception:
        _refuse("R-FILE-BROKEN", path, "The file is not a readable parquet file.", "Write it again, or save it as CSV.")
    return _checked([*map(str, frame.columns)], [_as_text(frame[name]) for name in frame.columns], path=path)


_READERS: dict[str, Callable[[Path, str | None], Table]] = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".tab": _read_text,
    ".xlsx": _read_excel,
    ".sav": _read_statistical,
    ".zsav": _read_statistical,
    ".dta": _read_statistical,
    ".parquet": _read_parquet,
}


def _checked(
    heading: Sequence[str],
    cells: Sequence[Texts],
    *,
    path: Path | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> Table:
    """Return the table, or refuse one without rows or with two columns of one name."""
    source = path.name if path is not None else "data frame"
    names = [name.strip().strip("\ufeff") for name in heading]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        message = f"Two columns have the same heading: {', '.join(map(repr, twice[:_SHOWN]))}."
        _refuse("R-COLUMN-DUPLICATE", source, message, "Give each column a heading of its own.")
    if not cells or not len(cells[0]):
        _refuse("R-FILE-EMPTY", source, "There are headings but no rows.", "Export the answers again.")
    filled = np.zeros(len(cells[0]), dtype=bool)
    for column in cells:
        filled |= column != ""
    rows = np.flatnonzero(filled) + 1
    if not len(rows):
        _refuse("R-FILE-EMPTY", source, "All rows are empty.", "Export the answers again.")
    named = {name or f"(column {at})": column[filled] for at, (name, column) in enumerate(zip(names, cells, strict=True), 1)}
    return Table(named, rows, labels or {}, source)


def _as_text(column: pd.Series[Any]) -> Texts:
    """Return a frame's column as text, whole numbers without a decimal point."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if pd.api.types.is_float_dtype(column.dtype):
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
        distinct, places = np.unique(numbers, return_inverse=True)
        return np.array([_cell_text(value) for value in distinct.tolist()], dtype=object)[places.reshape(-1)]
    return np.array([_cell_text(value) for value in column.tolist()], dtype=object)


def _cell_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float):
        return "" if np.isnan(value) else str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value)


def _rows(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:_SHOWN]))}{more}"


def _refuse(code: str, place: Path | str, message: str, hint: str) -> NoReturn:
    name = place.name if isinstance(place, Path) else place
    raise ResponsesError(f"{name!r} cannot be read.", [Problem(code, name, message, hint)]) from None
