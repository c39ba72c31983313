"""Files of numbers, opened with care: nothing beyond measure, no archives that swell, no names that lead out."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from trustmeter.errors import Problem, ResponsesError, did_you_mean

LARGEST_FILE = 400_000_000
"""Bytes on disk. The population of Belgium by age, sex, nationality and civil status is about 100 million."""
LARGEST_UNPACKED = 1_500_000_000
"""Bytes of all that an archive holds."""
STRONGEST_PACKING = 400
"""How many times larger than packed the contents of an archive may be."""
PACKED_HARMLESSLY = 20_000_000
"""Bytes that may be packed however strongly."""
MOST_MEMBERS = 2_000
SUFFIXES = (".csv", ".txt", ".xlsx")
"""What a table of numbers may be; also inside ``.gz`` or ``.zip``."""
DELIMITERS = ("|", ";", "\t", ",")

_PIECE = 1 << 20
_SMALL = 5_000_000


@dataclass(frozen=True, slots=True)
class Contents:
    """What was in a file: the name of the table (a member's, where it was packed), its kind, its bytes."""

    name: str
    suffix: str
    content: bytes


def refusal(code: str, where: str, message: str, hint: str) -> ResponsesError:
    """Return the error for a file of numbers that cannot be read."""
    return ResponsesError("The numbers cannot be read.", [Problem(code, where, message, hint)])


def contents_of(path: Path) -> Contents:
    """Return the one table that a file holds, unpacked.

    Raises
    ------
    ResponsesError
        When there is no such file, it is too large, swells beyond measure, or holds no table or several.
    """
    if not path.is_file():
        beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        kind = "This is a folder, and a file was expected." if path.is_dir() else "There is no such file."
        raise refusal("N-FILE-ABSENT", path.name, kind + did_you_mean(path.name, beside), "Check the path.")
    if path.stat().st_size > LARGEST_FILE:
        raise _too_large(path.name, f"The file is larger than {LARGEST_FILE // 1_000_000} million bytes.")
    suffix = path.suffix.lower()
    if suffix == ".gz":
        name = path.name[: -len(".gz")]
        return _known(Contents(name, Path(name).suffix.lower(), _gunzipped(path.read_bytes(), path.name)), path.name)
    if suffix == ".zip":
        return _member(path)
    return _known(Contents(path.name, suffix, path.read_bytes()), path.name)


def table_of(found: Contents, wanted: Callable[[str], bool]) -> pd.DataFrame:
    """Return the wanted columns of a table as text, blanks around cells cut off; an empty cell is an empty text.

    Parameters
    ----------
    found
        What was in the file.
    wanted
        Tells of a heading whether its column is needed; others are never kept.

    Raises
    ------
    ResponsesError
        When the table is damaged, or two of its headings are the same.
    """
    return _sheet(found, wanted) if found.suffix == ".xlsx" else _text(found, wanted)


def _check_headings(headings: list[str], found: Contents, wanted: Callable[[str], bool]) -> None:
    twice = sorted({name for name in headings if wanted(name) and headings.count(name) > 1})
    if twice:
        message = f"Two columns have the same heading: {', '.join(map(repr, twice))}."
        raise refusal("N-COLUMN-TWICE", found.name, message, "Keep one of them.")


def _check_widths(text: str, delimiter: str, width: int, found: Contents) -> None:
    """Refuse rows with more cells than headings; told of small files only, for of large ones a program wrote each row."""
    if len(text) > _SMALL:
        return
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
        if "".join(row[width:]).strip():
            message = f"Row {number} has more cells than there are headings."
            raise refusal("N-FILE-ROWS", found.name, message, "Put a text that holds the delimiter in quotes.")


def _known(found: Contents, name: str) -> Contents:
    if found.suffix not in SUFFIXES:
        message = f"A table ends in {', '.join(SUFFIXES)}, packed or not in .zip or .gz."
        raise refusal("N-FILE-KIND", name, message, "Save it as .csv, or give the file as it was downloaded.")
    packed = found.content.startswith(b"PK\x03\x04")
    binary = b"\0" in found.content[:_PIECE] and not _utf16(found.content)
    if packed != (found.suffix == ".xlsx") or (binary and not packed):
        message = "By its contents this is no file of the kind that its ending says."
        raise refusal("N-FILE-KIND", name, message, "Give it the ending that fits, or download it again.")
    if packed:
        with _archive(io.BytesIO(found.content), name):
            return found
    return found


def _member(path: Path) -> Contents:
    with _archive(path, path.name) as zipped:
        infos = [info for info in zipped.infolist() if not info.is_dir() and _is_table(info.filename)]
        if len(infos) != 1:
            names = ", ".join(repr(PurePosixPath(info.filename).name) for info in infos[:5]) or "none"
            message = f"The archive must hold one table ({', '.join(SUFFIXES)}). It holds: {names}."
            raise refusal("N-ARCHIVE-TABLES", path.name, message, "Unpack it, and give the file that you mean.")
        try:
            with zipped.open(infos[0]) as stream:
                content = stream.read(infos[0].file_size + 1)
        except (RuntimeError, NotImplementedError, OSError, EOFError, zipfile.BadZipFile, ValueError, zlib.error):
            message = "The table inside the archive is damaged, or protected with a password."
            raise refusal("N-FILE-DAMAGED", path.name, message, "Download it again.") from None
    name = PurePosixPath(infos[0].filename.replace("\\", "/")).name
    return _known(Contents(name, Path(name).suffix.lower(), content), path.name)


def _is_table(name: str) -> bool:
    inside = PurePosixPath(name.replace("\\", "/"))
    return inside.suffix.lower() in SUFFIXES and not inside.name.startswith(".") and inside.parts[0] != "__MACOSX"


def _archive(source: Any, name: str) -> zipfile.ZipFile:
    """Open a zip (also an Excel file); refuse one that swells beyond measure, or whose members' names lead out of it."""
    try:
        zipped = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise refusal("N-FILE-DAMAGED", name, "The file is damaged or cut off.", "Download it again.") from None
    infos = zipped.infolist()
    if any(_leads_out(info.filename) for info in infos):
        zipped.close()
        message = "The archive holds a file whose name leads out of it."
        raise refusal("N-FILE-PATH", name, message, "Do not use this file. Download it again yourself.")
    if len(infos) > MOST_MEMBERS or _swells([(info.file_size, info.compress_size) for info in infos]):
        zipped.close()
        raise _too_large(name, "The archive unpacks to far more than numbers of people do.")
    return zipped


def _swells(sizes: list[tuple[int, int]]) -> bool:
    strongly = any(size > PACKED_HARMLESSLY and size > STRONGEST_PACKING * max(packed, 1) for size, packed in sizes)
    return strongly or sum(size for size, _ in sizes) > LARGEST_UNPACKED


def _leads_out(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ":" in plain or ".." in PurePosixPath(plain).parts


def _gunzipped(content: bytes, name: str) -> bytes:
    most = min(LARGEST_UNPACKED, max(PACKED_HARMLESSLY, STRONGEST_PACKING * len(content)))
    stream, parts, size, rest = zlib.decompressobj(wbits=31), list[bytes](), 0, content
    try:
        while rest and not stream.eof:
            parts.append(stream.decompress(rest, _PIECE))
            rest, size = stream.unconsumed_tail, size + len(parts[-1])
            if size > most:
                raise _too_large(name, "The compressed file unpacks to far more than numbers of people do.")
    except zlib.error:
        raise refusal("N-FILE-DAMAGED", name, "The compressed file is damaged.", "Download it again.") from None
    if not stream.eof:
        raise refusal("N-FILE-DAMAGED", name, "The compressed file is cut off.", "Download it again.")
    return b"".join(parts)


def _too_large(name: str, message: str) -> ResponsesError:
    return refusal("N-FILE-LARGE", name, message, "Give the file as the statistical office offers it.")


def _utf16(content: bytes) -> bool:
    return content.startswith((b"\xff\xfe", b"\xfe\xff"))


def _text(found: Contents, wanted: Callable[[str], bool]) -> pd.DataFrame:
    text = _decoded(found)
    head = text[:_PIECE].lstrip("\r\n").split("\n", 1)[0].strip("\r")
    if head.lower().startswith("sep=") and len(head) == 5:
        text = text.split("\n", 1)[1]
        head = text[:_PIECE].split("\n", 1)[0].strip("\r")
    delimiter = max(DELIMITERS, key=head.count)
    headings = [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]
    _check_headings(headings, found, wanted)
    _check_widths(text, delimiter, len(headings), found)
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, skipinitialspace=True,
            usecols=lambda heading: wanted(str(heading).strip()), index_col=False,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning, ValueError):
        message = "The rows have not all as many cells as the heading, or there is no heading."
        raise refusal("N-FILE-ROWS", found.name, message, "Download it again, or save it as CSV.") from None
    frame.columns = pd.Index([str(name).strip() for name in frame.columns])
    return pd.DataFrame({name: frame[name].str.strip() for name in frame})


def _decoded(found: Contents) -> str:
    for encoding in ("utf-16",) if _utf16(found.content) else ("utf-8-sig", "cp1252"):
        try:
            return found.content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refusal("N-FILE-ENCODING", found.name, "The file is no text in UTF-8.", "Save it as CSV in UTF-8.")


def _sheet(found: Contents, wanted: Callable[[str], bool]) -> pd.DataFrame:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(found.content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True)
        headings = [_cell(value) for value in next(rows, ())]
        _check_headings(headings, found, wanted)
        places = [place for place, heading in enumerate(headings) if wanted(heading)]
        cells = [[_cell(row[place]) if place < len(row) else "" for place in places] for row in rows]
    except ResponsesError:
        raise
    except Exception:  # another's reader, whose errors are many and may hold values of the file
        message = "This is no Excel file that can be read: it is damaged, or of another kind."
        raise refusal("N-FILE-DAMAGED", found.name, message, "Download it again, or save it as .csv.") from None
    finally:
        if "book" in locals():
            book.close()
    frame = pd.DataFrame(cells, columns=[headings[place] for place in places], dtype=str)
    return frame[(frame != "").any(axis="columns")].reset_index(drop=True) if len(frame.columns) else frame


def _cell(value: Any) -> str:
    if value is None:
        return ""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).strip()
