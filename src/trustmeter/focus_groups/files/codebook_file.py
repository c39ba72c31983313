"""A codebook as other tools exchange it: read out of XML, written as XML (REFI-QDA codebook 1.0, ``.qdc``)."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from trustmeter.errors import DesignError, QuestionnaireError
from trustmeter.focus_groups.files.archive import LARGEST_MEMBER, existing_file, parsed_xml, refusal
from trustmeter.focus_groups.model import Code, Codebook, Segments

SPACE = "urn:QDA-XML:codebook:1.0"
_OURS = uuid.UUID("6d3f1c0e-4a5b-5c8f-9a67-2b1de07c43aa")
_GUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def plain_guid(text: str | None) -> str:
    """Return an identifier as it is compared: capitals, no braces."""
    return (text or "").strip().strip("{}").upper()


def read_codebook(path: Path) -> Codebook:
    """Return the codebook of a ``.qdc`` file."""
    content = existing_file(path, LARGEST_MEMBER).read_bytes()
    root = parsed_xml(content, path.name)
    book = root if root.tag == "CodeBook" else root.find("CodeBook")
    if book is None:
        raise refusal("F-CODEBOOK-ABSENT", path.name, "The file holds no codebook.", "Export the codebook again.")
    return codebook_of(book, path.name)


def codebook_of(book: Element, name: str) -> Codebook:
    """Return the codes below an element ``CodeBook``, each after the code above it.

    Raises
    ------
    ResponsesError
        When a code has no name, or two have the same identifier.
    """
    top = book.find("Codes")
    found = list(_codes_below(top if top is not None else book, ()))
    unnamed = sum(not path[-1] for path, _ in found)
    guids = Counter(plain_guid(code.get("guid")) for _, code in found)
    twice = sum(count > 1 for guid, count in guids.items() if guid)
    if unnamed or twice:
        message = f"Of {len(found)} codes {unnamed} have no name, and {twice} identifiers stand for more than one code."
        raise refusal("F-CODE-NAME", name, message, "Give each code a name of its own, and export again.")
    labels, names = Counter(path[-1] for path, _ in found), dict[tuple[str, ...], str]()
    taken: Counter[str] = Counter()
    codes = []
    for path, code in found:
        wanted = path[-1] if labels[path[-1]] == 1 else " / ".join(path)
        taken[wanted] += 1
        names[path] = wanted if taken[wanted] == 1 else f"{wanted} ({taken[wanted]})"
        codes.append(
            Code(
                name=names[path], parent=names.get(path[:-1], ""), label=path[-1], guid=plain_guid(code.get("guid")),
                definition=(code.findtext("Description") or "").strip(), colour=(code.get("color") or "").strip(),
                codable=(code.get("isCodable") or "true").strip().casefold() not in {"false", "0"},
            )
        )  # fmt: skip
    return Codebook(tuple(codes))


def _codes_below(element: Element, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Element]]:
    for code in element.findall("Code"):
        here = (*path, " ".join((code.get("name") or "").split()))
        yield here, code
        yield from _codes_below(code, here)


def write_codebook(segments: Segments, path: str | Path) -> Path:
    """Write the codebook of coded segments as a file that analysis programs exchange (REFI-QDA codebook, ``.qdc``).

    Use it to give codes and definitions, and nothing that was said, to another zone or program. ATLAS.ti, MAXQDA, NVivo,
    QualCoder and others read it.

    Parameters
    ----------
    segments
        Coded segments, or a codebook that was read with `read_segments`.
    path
        The file to write; it must end in ``.qdc``.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    DesignError
        When there is no code, the ending is another, or the file cannot be written there.

    Notes
    -----
    Codes without an identifier get one that is made of their names, so that writing twice gives the same file. No coding,
    no session and no word of a participant is written.

    Examples
    --------
    >>> import pandas as pd, tempfile, trustmeter as tm
    >>> from pathlib import Path
    >>> segments = tm.read_segments(pd.DataFrame({"session": ["A", "A"], "code": ["respect", "waiting"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = tm.write_codebook(segments, Path(folder) / "codes.qdc")
    ...     tm.read_segments(file).codebook.names
    ('respect', 'waiting')
    """
    if not isinstance(segments, Segments):
        raise DesignError(
            f"`write_codebook` takes segments, as `read_segments` returns. Got {type(segments).__name__}."
        )
    target = Path(path)
    if target.suffix.lower() != ".qdc":
        raise DesignError(f"`write_codebook` writes files that end in .qdc. Got {target.name!r}.")
    if not segments.codebook.codes:
        raise DesignError("`write_codebook` needs at least one code. These segments have none.")
    root = Element("CodeBook", {"xmlns": SPACE, "origin": "trustmeter"})
    top = SubElement(root, "Codes")
    elements: dict[str, Element] = {}
    for code in segments.codebook.codes:
        above = elements.get(code.parent, top)
        elements[code.name] = _element(code, above)
    indent(root)
    try:
        target.write_bytes(tostring(root, encoding="utf-8", xml_declaration=True))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(
            f"`write_codebook` cannot write {target.name!r} there: {reason}. Name another file."
        ) from None
    return target


def _element(code: Code, above: Element) -> Element:
    guid = code.guid if _GUID.fullmatch(code.guid) else str(uuid.uuid5(_OURS, code.name)).upper()
    name = _CONTROL.sub("", code.label or code.name)
    if not name.strip():
        raise QuestionnaireError(f"A code of the codebook has no name that XML can hold. Rename {code.name!r}.")
    attributes = {"guid": guid, "name": name, "isCodable": "true" if code.codable else "false"}
    if _COLOUR.fullmatch(code.colour):
        attributes["color"] = code.colour
    element = SubElement(above, "Code", attributes)
    if code.definition:
        SubElement(element, "Description").text = _CONTROL.sub("", code.definition)
    return element
