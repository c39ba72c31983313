"""Text files of answers: which encoding, which delimiter, and their records."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

from trustmeter.errors import Problem
from trustmeter.exchange.reading.guard import refusal, unpacked
from trustmeter.responses.word import NEVER_SHOWN

DELIMITERS = (";", "\t", ",", "|")
_LOOKED_AT = 65_536
_DECLARED = re.compile(r'\ufeff?"?sep=(?P<delimiter>[;\t,|])"?\r?\n')
_MAGIC = ((b"PK\x03\x04", "an Excel file"), (b"\xd0\xcf\x11\xe0", "an old Excel file"), (b"$FL", "an SPSS file"),
          (b"PAR1", "a parquet file"), (b"<stata_dta>", "a Stata file"))  # fmt: skip


_ALL_QUOTED = re.compile(r'"(?:[^"]|"")*"(?:[;,\t]"(?:[^"]|"")*")+\r?\n')
_QUOTED_OR_ABSENT = {
    mark: re.compile(rf'"(?:[^"]|"")*"|(?<=[{mark}\n])(?=[{mark}\r\n]|\Z)') for mark in (";", ",", "\t", "|")
}
_TOLD_EVERY = 5_000


def read_records(
    content: bytes, name: str, *, progress: Callable[[float], None] | None = None
) -> tuple[list[list[str]], list[Problem]]:
    """Return the records of a text file, the header first, and what was guessed in reading it.

    The encoding is UTF-8 (with or without its mark), UTF-16 (with its mark), else Windows-1252. The delimiter is the
    one of semicolon, tab, comma and bar that splits header and rows most alike. Gzip is undone. Where a file puts
    quotation marks around all texts, also the empty ones, a cell without them is no answer at all (`NEVER_SHOWN`).

    Parameters
    ----------
    content
        The bytes of the file.
    name
        The file's name, for messages.
    progress
        Is told the share of the file that was read.

    Raises
    ------
    ResponsesError
        When the file is no text, or its quotation marks do not match.
    """
    if content.startswith(b"\x1f\x8b"):
        content = unpacked(content, name)
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            raise refusal("R-FILE-KIND", name, f"By its contents this is {kind}.", "Give it the ending that fits.")
    text, problems = _decoded(content, name)
    declared = _DECLARED.match(text)
    if declared:
        text = text[declared.end() :]
    delimiter = declared["delimiter"] if declared else _delimiter_of(text)
    if _ALL_QUOTED.match(text) and '""' in text:
        text = _QUOTED_OR_ABSENT[delimiter].sub(lambda found: found[0] or NEVER_SHOWN, text)
    lines = io.StringIO(text, newline="") if progress is None else _counted(text, progress)
    try:
        return list(csv.reader(lines, delimiter=delimiter, strict=True)), problems
    except csv.Error:
        message = "A quotation mark is opened and not closed, or stands inside a quoted cell."
        raise refusal(
            "R-FILE-QUOTES", name, message, "Export the file again, or double the marks inside cells."
        ) from None


def _counted(text: str, progress: Callable[[float], None]) -> Iterator[str]:
    read = 0
    for number, line in enumerate(io.StringIO(text, newline="")):
        read += len(line)
        if number % _TOLD_EVERY == 0:
            progress(read / len(text))
        yield line


def _decoded(content: bytes, name: str) -> tuple[str, list[Problem]]:
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding != "cp1252":
            return text, []
        message = "The file is not UTF-8: it was read as Windows-1252 (Western European)."
        hint = "If accents look wrong, save the file as UTF-8."
        return text, [Problem("R-FILE-ENCODING", name, message, hint, severity="warning")]
    message = "The file is neither UTF-8, UTF-16 nor Windows-1252 text."
    raise refusal("R-FILE-ENCODING", name, message, "Save it as CSV in UTF-8.")


def _delimiter_of(text: str) -> str:
    """Return the delimiter by which most rows have as many cells as the header; the more cells, the better."""
    start = text[:_LOOKED_AT]
    if len(text) > _LOOKED_AT:
        start = start[: start.rfind("\n") + 1] or start
    return max(DELIMITERS, key=lambda delimiter: _fit(start, delimiter))


def _fit(start: str, delimiter: str) -> tuple[float, int]:
    records = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    widths = [len(record) for record in records if "".join(record).strip()]
    if not widths or widths[0] == 1:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]
