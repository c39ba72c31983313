"""What is opened with care: files beyond measure, archives that swell, XML that declares things."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn, TypeVar
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from trustmeter.errors import Problem, ResponsesError

LARGEST_FILE = 1_000_000_000
"""Bytes on disk."""
LARGEST_UNPACKED = 2_000_000_000
"""Bytes of all that an archive holds, and of a compressed file."""
STRONGEST_PACKING = 400
"""How many times larger than packed a member of an archive may be; answers pack some twenty times, rarely a hundred."""
_PACKED_HARMLESSLY = 20_000_000
_MOST_MEMBERS = 10_000
_DEEPEST = 200
_PIECE = 1 << 20
Read = TypeVar("Read")


def refusal(code: str, where: str, message: str, hint: str) -> ResponsesError:
    """Return the error for a file that cannot be read at all."""
    return ResponsesError("The answers cannot be read.", [Problem(code, where, message, hint)])


def no_answers(name: str, what: str) -> NoReturn:
    """Refuse a file that holds no answers, and say what it holds."""
    hint = "Export the answers (responses, submissions, data) from the tool, and give that file."
    raise refusal("R-FILE-FORM", name, f"This file holds no answers: it is {what}.", hint)


def check_size(path: Path) -> None:
    """Refuse a file that is larger than answers ever are."""
    if path.stat().st_size > LARGEST_FILE:
        raise _too_large(path.name, f"The file is larger than {LARGEST_FILE // 1_000_000} million bytes.")


def unpacked(content: bytes, name: str) -> bytes:
    """Return what a gzip file holds; refuse one that is damaged or swells beyond measure.

    Raises
    ------
    ResponsesError
        When it is damaged, cut off, or too large.
    """
    most = min(LARGEST_UNPACKED, max(_PACKED_HARMLESSLY, STRONGEST_PACKING * len(content)))
    parts: list[bytes] = []
    rest, size = content, 0
    try:
        while rest:
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                piece = stream.decompress(rest, _PIECE)
                rest = stream.unconsumed_tail
                size += len(piece)
                if size > most:
                    raise _too_large(name, "The compressed file unpacks to far more than answers do.")
                if not piece and not rest and not stream.eof:
                    raise _cut_off(name)
                parts.append(piece)
            rest = stream.unused_data.lstrip(b"\0")
    except zlib.error:
        raise _cut_off(name) from None
    return b"".join(parts)


def check_archive(path: Path, damaged: str) -> None:
    """Refuse a zip (also an Excel file) that swells beyond measure, or whose members' names lead out of it."""
    try:
        with zipfile.ZipFile(path) as zipped:
            infos = zipped.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        hint = "Export or download it again; if it opens in its own program, save it as .csv."
        raise refusal("R-FILE-UNREADABLE", path.name, damaged, hint) from None
    if any(_leads_out(info.filename) for info in infos):
        message = "The archive holds a file whose name leads out of it."
        raise refusal("R-FILE-PATH", path.name, message, "Do not use this file. Export it again yourself.")
    swells = any(
        info.file_size > _PACKED_HARMLESSLY and info.file_size > STRONGEST_PACKING * max(info.compress_size, 1)
        for info in infos
    )
    if swells or len(infos) > _MOST_MEMBERS or sum(info.file_size for info in infos) > LARGEST_UNPACKED:
        raise _too_large(path.name, "The archive unpacks to far more than answers do.")


def member_of(path: Path, ending: str) -> bytes | None:
    """Return the bytes of the one file in a checked archive that ends so, or ``None``."""
    try:
        with zipfile.ZipFile(path) as zipped:
            names = [name for name in zipped.namelist() if name.casefold().endswith(ending)]
            if len(names) != 1:
                return None
            with zipped.open(names[0]) as stream:
                content = stream.read(zipped.getinfo(names[0]).file_size + 1)
    except (RuntimeError, NotImplementedError, OSError, EOFError, zipfile.BadZipFile, ValueError, zlib.error):
        message = "A file inside the archive is damaged, or protected with a password."
        raise refusal("R-FILE-UNREADABLE", path.name, message, "Export it again without a password.") from None
    return content


def parsed_xml(content: bytes, name: str) -> Element:
    """Return the root of an XML text.

    Raises
    ------
    ResponsesError
        When it is no XML in UTF-8, or declares a document type, with which a small file can be made endless or point to
        other files.
    """
    builder, parser, depth = TreeBuilder(), expat.ParserCreate("utf-8"), [0]

    def refuse(*_: Any) -> NoReturn:
        message = "The file declares a document type, which files of answers have no need of."
        raise refusal("R-FILE-DECLARES", name, message, "Do not use this file. Export it again yourself.")

    def start(tag: str, attributes: dict[str, str]) -> None:
        depth[0] += 1
        if depth[0] > _DEEPEST:
            raise _too_large(name, "The file is nested beyond measure.")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        depth[0] -= 1
        builder.end(tag)

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.buffer_text = builder.data, True
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        message = "This is no XML that can be read: it is damaged, cut off, or of another kind."
        raise refusal("R-FILE-UNREADABLE", name, message, "Export or download it again.") from None
    return builder.close()


def attempt(read: Callable[[], Read], path: Path, damaged: str) -> Read:
    """Read with another's reader, whose errors are many and may hold values of the file."""
    try:
        return read()
    except Exception:
        hint = "Export or download it again; if it opens in its own program, save it as .csv."
        raise refusal("R-FILE-UNREADABLE", path.name, damaged, hint) from None


def _cut_off(name: str) -> ResponsesError:
    return refusal(
        "R-FILE-UNREADABLE", name, "The compressed file is damaged or cut off.", "Copy or download it again."
    )


def _too_large(name: str, message: str) -> ResponsesError:
    return refusal("R-FILE-LARGE", name, message, "Export the answers again, without files and pictures.")


def _leads_out(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ":" in plain or ".." in PurePosixPath(plain).parts
