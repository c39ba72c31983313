"""A report before it has a file format: parts, pictures and tables, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart


Cell: TypeAlias = "str | int | float | None"


@dataclass(frozen=True, slots=True)
class Data:
    """The numbers of a table for programs: nothing rounded, hidden what the table hides; ``None`` is an empty cell."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


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
        The anchor of the method that its numbers come from (a `Method` of the document), or an empty text.
    under
        Sentences that stand under it, such as the rule by which numbers are hidden.
    data
        Its numbers for programs; ``None`` where the cells as shown are all there is to tell.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    id: str = ""
    method: str = ""
    under: tuple[str, ...] = ()
    data: Data | None = None

    @property
    def plain(self) -> Data:
        """What its CSV or sheet holds: the numbers for programs, else the cells as shown."""
        return self.data or Data(self.headings, self.rows)


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
    sentences
        What was found, each with the verdict that gives its sign; an empty verdict has none.
    """

    id: str
    title: str
    text: str = ""
    picture: Chart | None = None
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()
    parts: tuple[Part, ...] = ()
    sentences: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the methods: its name, what is so, and the language of the latter."""

    name: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that must travel with the numbers, and the language it is in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What page one says of one scale: the verdict's word (its sign), and a sentence."""

    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Method:
    """How a kind of number is made.

    Parameters
    ----------
    id
        Its anchor, to which tables point.
    name, text
        Its name, and one plain sentence of what it is; in the report's language.
    formula
        The name of the formula or test, as statisticians call it.
    sources
        Where it is described: text, and address or an empty text.
    """

    id: str
    name: str
    text: str
    formula: str = ""
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Front:
    """Page one: what everyone reads.

    Parameters
    ----------
    answer
        At most three findings: the answer.
    picture
        One calm picture, or none where nothing may be shown.
    people
        Whom it speaks for: sentences.
    sure
        How sure it is: sentences.
    warnings
        Sentences without which the answer must not be read.
    """

    answer: tuple[Finding, ...]
    picture: Chart | None
    people: tuple[str, ...]
    sure: tuple[str, ...]
    warnings: tuple[str, ...] = ()


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
        The answer of each scale that is not part of another.
    standing
        Sentences that must stand beside the answers.
    parts
        All that follows page one, in order.
    facts
        What a reader needs to check the report.
    notes
        What must travel with the numbers; in English.
    front
        Page one.
    methods
        How the numbers are made, one entry a method.
    appendix
        All tables in full, as parts.
    """

    language: str
    title: str
    simulated: bool
    findings: tuple[Finding, ...]
    standing: tuple[str, ...]
    parts: tuple[Part, ...]
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    front: Front | None = None
    methods: tuple[Method, ...] = ()
    appendix: tuple[Part, ...] = ()

    def tables(self) -> tuple[Table, ...]:
        """Return every table, in the order of the report."""
        return tuple(table for part in (*self.parts, *self.appendix) for table in tables_of(part))


def tables_of(part: Part) -> tuple[Table, ...]:
    """Return the tables of a part and of its parts, in the order of the report."""
    return (*part.tables, *part.folded, *(table for inner in part.parts for table in tables_of(inner)))
