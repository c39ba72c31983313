"""A project as other tools exchange it (REFI-QDA project 1.0, ``.qdpx``): who coded what, where, of which session."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from trustmeter.errors import DesignError, Problem, unknown_word
from trustmeter.focus_groups.files.archive import (
    LARGEST_ARCHIVE,
    Archive,
    existing_file,
    open_archive,
    parsed_xml,
    refusal,
)
from trustmeter.focus_groups.files.codebook_file import codebook_of, plain_guid
from trustmeter.focus_groups.model import Codebook

SETS = "sets"
"""The word of `group` that takes a session's set for its group."""

_YES = {"1", "true", "yes"}
_TEXTS = ("TextSource", "PDFSource", "AudioSource", "VideoSource", "PictureSource")


@dataclass(slots=True)
class Gathered:
    """What was found in a file, before it becomes `Segments`: rows by column name, and all else that is known."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    codebook: Codebook = field(default_factory=Codebook)
    sessions: dict[str, str] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    simulated: bool = False
    told_speakers: list[tuple[str, int, int, str]] = field(default_factory=list)
    """Session, start, end and speaker, where speakers are marked apart from the codes."""


def read_project(path: Path, group: str | None) -> Gathered:
    """Return what a ``.qdpx`` archive, or a bare ``project.qde``, says about codings."""
    existing_file(path, LARGEST_ARCHIVE)
    if path.suffix.lower() == ".qde":
        return _Project(parsed_xml(path.read_bytes(), path.name), path.name, None).gathered(group)
    with open_archive(path) as archive:
        content = archive.read("project.qde")
        if content is None:
            message = "The archive holds no `project.qde`, where the codings stand."
            raise refusal("F-PROJECT-ABSENT", path.name, message, "Choose *project exchange (REFI-QDA)* at the export.")
        return _Project(parsed_xml(content, path.name), path.name, archive).gathered(group)


class _Project:
    """A project's XML with what its identifiers mean."""

    def __init__(self, root: Element, name: str, archive: Archive | None) -> None:
        if root.tag != "Project":
            hint = "Choose *project exchange (REFI-QDA)* at the export."
            raise refusal("F-XML-KIND", name, f"The file holds a {root.tag!r} and no project.", hint)
        self.root, self.name, self.archive = root, name, archive
        book = root.find("CodeBook")
        self.codebook = codebook_of(book, name) if book is not None else Codebook()
        self.codes = {code.guid: code.name for code in self.codebook.codes if code.guid}
        self.users = {
            plain_guid(one.get("guid")): (one.get("name") or "").strip() for one in _all(root, "Users", "User")
        }
        self.variables = {
            plain_guid(one.get("guid")): (one.get("name") or "").strip() for one in _all(root, "Variables", "Variable")
        }
        self.counts: Counter[str] = Counter()

    def gathered(self, group: str | None) -> Gathered:
        found = Gathered(codebook=self.codebook)
        parent = self.root.find("Sources")
        sources = [one for one in (parent if parent is not None else ()) if one.tag in _TEXTS]
        names = _different_names([(one.get("name") or "").strip() or "session" for one in sources])
        group_of = self._groups(sources, group)
        places: dict[str, tuple[str, int, int]] = {}
        for source, session in zip(sources, names, strict=True):
            found.sessions[session] = group_of.get(plain_guid(source.get("guid")), "")
            text = self._text(source)
            if text is not None:
                found.lengths[session] = len(text)
            for row in self._codings(source, text):
                found.rows.append({"session": session, "group": found.sessions[session], **row})
            for selection in source.iter("PlainTextSelection"):
                start, end, _ = _place(selection, text)
                if start is not None and end is not None:
                    places[plain_guid(selection.get("guid"))] = (session, start, end)
        found.told_speakers = list(self._case_speakers(places))
        found.simulated = any(
            value.casefold() in _YES
            for source in sources
            for name, value in self._values(source)
            if name == "simulated"
        )
        found.problems = self._problems()
        return found

    def _codings(self, source: Element, text: str | None) -> Iterator[dict[str, Any]]:
        """Yield a row for each code of each selection, and for codes of the whole source."""
        for holder in source.iter():
            if not (holder is source or holder.tag.endswith("Selection")):
                continue
            start, end, words = _place(holder, text)
            self.counts["place"] += holder.tag == "PlainTextSelection" and start is None
            for coding in holder.findall("Coding"):
                for reference in coding.findall("CodeRef"):
                    code = self.codes.get(plain_guid(reference.get("targetGUID")))
                    if code is None:
                        self.counts["unknown code"] += 1
                        continue
                    user = plain_guid(coding.get("creatingUser") or holder.get("creatingUser"))
                    guid = "" if holder is source else plain_guid(holder.get("guid"))
                    yield {
                        "segment": guid if start is None else "", "start": start, "end": end, "code": code,
                        "coder": self.users.get(user) or user, "text": words,
                    }  # fmt: skip

    def _text(self, source: Element) -> str | None:
        """Return the text that positions count in, or ``None`` where it is not in the file."""
        texts = [source, *source.findall("Representation"), *source.findall("Transcript")]
        for holder in texts:
            inside = holder.findtext("PlainTextContent")
            if inside is not None:
                return inside
            path = (holder.get("plainTextPath") or "").strip()
            if not path or self.archive is None:
                continue
            scheme, _, member = path.rpartition("://")
            if scheme not in {"", "internal"} or "/" in member or "\\" in member:
                self.counts["outside"] += 1
                continue
            content = self.archive.read(f"sources/{member}")
            if content is None:
                self.counts["absent"] += 1
                continue
            try:
                return content.decode("utf-8-sig")
            except UnicodeDecodeError:
                self.counts["encoding"] += 1
        return None

    def _values(self, holder: Element) -> Iterator[tuple[str, str]]:
        """Yield the names and values of a source's or case's variables."""
        for value in holder.findall("VariableValue"):
            reference = value.find("VariableRef")
            name = self.variables.get(plain_guid(reference.get("targetGUID")) if reference is not None else "", "")
            told = [(part.text or "").strip() for part in value if part.tag.endswith("Value")]
            if name and told and told[0]:
                yield name, told[0]

    def _groups(self, sources: Iterable[Element], group: str | None) -> Mapping[str, str]:
        """Return the group of each source by its identifier: a variable of it, or of a case it belongs to, or its set."""
        if group == SETS:
            return {
                plain_guid(member.get("targetGUID")): (one.get("name") or "").strip()
                for one in reversed(list(_all(self.root, "Sets", "Set"))) for member in one.findall("MemberSource")
            }  # fmt: skip
        known = list(dict.fromkeys(name for name in self.variables.values() if name))
        wanted = next((name for name in known if name.casefold() == "group"), None) if group is None else group
        if wanted is None:
            return {}
        if wanted not in known:
            raise DesignError(unknown_word("`group` argument", wanted, [*known, SETS], "`read_segments`"))
        found: dict[str, set[str]] = defaultdict(set)
        for one in _all(self.root, "Cases", "Case"):
            for name, value in self._values(one):
                for reference in one.findall("SourceRef") if name == wanted else ():
                    found[plain_guid(reference.get("targetGUID"))].add(value)
        for source in sources:
            own = {value for name, value in self._values(source) if name == wanted}
            if own:
                found[plain_guid(source.get("guid"))] = own
        self.counts["several groups"] = sum(len(values) > 1 for values in found.values())
        return {guid: next(iter(values)) for guid, values in found.items() if len(values) == 1}

    def _case_speakers(self, places: Mapping[str, tuple[str, int, int]]) -> Iterator[tuple[str, int, int, str]]:
        """Yield what each case said, where cases hold selections."""
        cases = list(_all(self.root, "Cases", "Case"))
        names = _different_names([(one.get("name") or "").strip() or "case" for one in cases])
        for one, name in zip(cases, names, strict=True):
            for reference in one.findall("SelectionRef"):
                place = places.get(plain_guid(reference.get("targetGUID")))
                if place is not None:
                    yield (*place, name)

    def _problems(self) -> list[Problem]:
        said = {
            "unknown code": ("F-CODE-UNKNOWN", "codings name a code that is not in the codebook: left out"),
            "place": ("F-PLACE", "selections of text have no place that can be: they count without a place"),
            "outside": ("F-TEXT-OUTSIDE", "texts are said to lie outside the file: not looked for"),
            "absent": ("F-TEXT-ABSENT", "texts are not in the file: their length is not known"),
            "encoding": ("F-TEXT-ENCODING", "texts are not written in UTF-8: their length is not known"),
            "several groups": ("F-GROUP-SEVERAL", "sessions have several groups: they count as having none"),
        }
        return [
            Problem(code, self.name, f"{self.counts[what]} {words}.", severity="warning")
            for what, (code, words) in said.items() if self.counts[what]
        ]  # fmt: skip


def _place(selection: Element, text: str | None) -> tuple[int | None, int | None, str | None]:
    """Return where a selection of text starts and ends, and its words where the text is known."""
    try:
        start, end = int(selection.get("startPosition") or ""), int(selection.get("endPosition") or "")
    except ValueError:
        return None, None, None
    if selection.tag != "PlainTextSelection" or not 0 <= start < end or (text is not None and end > len(text)):
        return None, None, None
    return start, end, None if text is None else text[start:end]


def _all(root: Element, parent: str, tag: str) -> Iterator[Element]:
    holder = root.find(parent)
    if holder is not None:
        yield from holder.findall(tag)


def _different_names(names: list[str]) -> list[str]:
    """Return names with a number after those that are there already."""
    taken: Counter[str] = Counter()
    told = []
    for name in names:
        taken[name] += 1
        told.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return told
