"""Files of other tools, opened with care: no declarations in XML, no bombs and no paths in archives."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from trustmeter.errors import Problem, ResponsesError, did_you_mean

LARGEST_TABLE = 100_000_000
LARGEST_ARCHIVE = 2_000_000_000
LARGEST_MEMBER = 100_000_000
"""Bytes. Sound and pictures of a project are never unpacked, so only its texts must stay below the last."""
MOST_MEMBERS = 10_000
MOST_UNPACKED = 400_000_000
MOST_ELEMENTS = 3_000_000
DEEPEST = 60
SPACES = ("urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0", "")
"""The namespaces of projects and codebooks; some tools leave them out."""
STRONGEST_PACKING = 200
_PACKED_HARMLESSLY = 1_000_000


def refusal(code: str, where: str, message: str, hint: str) -> ResponsesError:
    """Return the error for a file of segments that cannot be read at all."""
    return ResponsesError("The segments cannot be read.", [Problem(code, where, message, hint)])


def existing_file(path: Path, largest: int) -> Path:
    """Return the path of a file that is there and not too large."""
    if not path.is_file():
        siblings = [beside.name for beside in path.parent.iterdir()] if path.parent.is_dir() else []
        kind = "This is a folder, and a file was expected." if path.is_dir() else "There is no such file."
        raise refusal("F-FILE-ABSENT", path.name, kind + did_you_mean(path.name, siblings), "Check the path.")
    if path.stat().st_size > largest:
        message = f"The file is larger than {largest // 1_000_000} million bytes."
        raise refusal("F-FILE-LARGE", path.name, message, "Export the codings without sound and pictures.")
    return path


def parsed_xml(content: bytes, name: str) -> Element:
    """Return the root of an XML text, its tags without their namespace.

    Raises
    ------
    ResponsesError
        When the text is no XML, declares a document type or entities (which can make a small file endless, or point to
        other files), or is nested or long beyond measure.
    """
    builder, parser, seen = TreeBuilder(), expat.ParserCreate(namespace_separator="}"), [0, 0]

    def refuse(*_: Any) -> NoReturn:
        message = "The file declares a document type or entities, which files of codings have no need of."
        raise refusal("F-XML-DECLARES", name, message, "Export it again from your analysis program.")

    def start(tag: str, attributes: dict[str, str]) -> None:
        seen[0], seen[1] = seen[0] + 1, seen[1] + 1
        space, _, local = tag.rpartition("}")
        if seen[1] == 1 and space not in SPACES:
            message = (
                "By its first line this is neither a project nor a codebook of the REFI-QDA standard, version 1.0."
            )
            raise refusal("F-XML-KIND", name, message, "Choose *project exchange* or *codebook* where you export.")
        if seen[0] > DEEPEST or seen[1] > MOST_ELEMENTS:
            raise refusal("F-XML-HUGE", name, "The file is nested or long beyond measure.", "Export a smaller project.")
        builder.start(local, attributes)

    def end(tag: str) -> None:
        seen[0] -= 1
        builder.end(tag.rpartition("}")[2])

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        message = f"The file is no XML that can be read: it breaks off or is damaged at line {error.lineno}."
        raise refusal("F-XML-BROKEN", name, message, "Export it again from your analysis program.") from None
    return builder.close()


@dataclass(eq=False, repr=False, slots=True)
class Archive:
    """A zip of a project whose members can be read one by one, never unpacked to disk.

    Parameters
    ----------
    zipped
        The open archive; close it after use.
    name
        The file's name, for messages.
    """

    zipped: zipfile.ZipFile
    name: str
    _unpacked: int = 0
    _members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        infos = self.zipped.infolist()
        if len(infos) > MOST_MEMBERS:
            message = f"The archive holds more than {MOST_MEMBERS} files."
            raise refusal("F-ZIP-BOMB", self.name, message, "Export the codings without sound and pictures.")
        if any(_is_path(info.filename) for info in infos):
            message = "The archive holds a file whose name leads out of it."
            raise refusal("F-ZIP-PATH", self.name, message, "Do not use this file. Export it again yourself.")
        self._members = {info.filename.replace("\\", "/").casefold(): info for info in infos if not info.is_dir()}

    def read(self, member: str) -> bytes | None:
        """Return a member's bytes, or ``None`` where there is none of that name (capitals do not count)."""
        info = self._members.get(member.casefold())
        if info is None:
            return None
        too_strong = info.file_size > STRONGEST_PACKING * max(info.compress_size, 1)
        if info.file_size > LARGEST_MEMBER or (too_strong and info.file_size > _PACKED_HARMLESSLY):
            raise self._bomb()
        try:
            with self.zipped.open(info) as stream:
                content = stream.read(LARGEST_MEMBER + 1)
        except (RuntimeError, NotImplementedError, OSError, EOFError, zipfile.BadZipFile, ValueError, zlib.error):
            message = "A file inside the archive is damaged, or protected with a password."
            raise refusal("F-ZIP-BROKEN", self.name, message, "Export it again without a password.") from None
        self._unpacked += len(content)
        if len(content) > LARGEST_MEMBER or self._unpacked > MOST_UNPACKED:
            raise self._bomb()
        return content

    def check_sizes(self) -> None:
        """Refuse an archive that, by what it says of itself, unpacks to far more than texts and tables do."""
        whole = sum(info.file_size for info in self._members.values())
        if whole > MOST_UNPACKED or any(info.file_size > LARGEST_MEMBER for info in self._members.values()):
            raise self._bomb()

    def _bomb(self) -> ResponsesError:
        message = "A file inside the archive is, unpacked, far larger than texts and codings are."
        return refusal("F-ZIP-BOMB", self.name, message, "Do not use this file. Export it again yourself.")


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a project's archive, and close it in the end.

    Raises
    ------
    ResponsesError
        When it is no archive, or one that should not be opened.
    """
    try:
        zipped = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        message = "This is no project archive that can be read: it is damaged, cut off, or of another kind."
        raise refusal("F-ZIP-BROKEN", path.name, message, "Export the project again.") from None
    with zipped:
        yield Archive(zipped, path.name)


def _is_path(name: str) -> bool:
    """Tell whether a member's name leads out of the archive."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ":" in plain or ".." in PurePosixPath(plain).parts
