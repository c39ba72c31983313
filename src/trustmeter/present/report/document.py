"""A report before it has a file format: parts, pictures and tables, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report: its caption, headings and cells; the first cell of a row names it.

    Parameters
    ----------
    caption, headings, rows
        In the report's language; nothing in them tells of a single person.
    id
        Its anchor and the name of its CSV; unique in the report.
    method
        The anchor of the method that its numbers come from, or an empty text.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    id: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the report.

    Parameters
    ----------
    id, title, text
        Its anchor, its heading, and a sentence.
    picture
        Its picture; it carries its own title and description.
    tables
        Its tables.
    folded
        Tables that a screen folds away: the numbers of the picture.
    parts
        Parts of this part.
    """

    id: str
    title: str
    text: str = ""
    picture: Chart | None = None
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the methods: its name, what is so, and the language of the latter."""

    name: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What page one says of one scale: the verdict's word (its sign), and a sentence."""

    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Document:
    """A report that any writer can write.

    Parameters
    ----------
    language
        ``"en"``, ``"fr"``, ``"nl"`` or ``"de"``.
    title
        Of the first page.
    simulated
        Whether anything in it was made up; every writer must say so on every page, picture and table.
    findings
        The answer: one a scale that is not part of another.
    standing
        Sentences that must stand beside the answer.
    parts
        All that follows, in order.
    facts
        The methods.
    notes
        What must travel with the numbers.
    """

    language: str
    title: str
    simulated: bool
    findings: tuple[Finding, ...]
    standing: tuple[str, ...]
    parts: tuple[Part, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
