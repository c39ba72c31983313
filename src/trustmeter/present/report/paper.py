"""What paper needs to know of a report: its blocks in one line, the widths of columns, which pages are turned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from trustmeter.present.report.document import Document, Finding, Part, Table, tables_of

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart

UPRIGHT, TURNED = 482.0, 729.0
"""Points between the margins of an A4 page, upright and on its side."""

PADDING = 3.0
"""Points at either side of a cell."""

_SIZES: tuple[tuple[bool, float], ...] = (
    (False, 8.5),
    (False, 7.5),
    (False, 7.0),
    (True, 8.5),
    (True, 7.5),
    (True, 7.0),
)
"""How a table may be set, the first that fits: on a turned page or not, and its type in points."""

_ROOMY = ((True, 8.5), (True, 7.5))
"""What a table of more rows than `_LONG` is not set in: it would go on over many turned pages."""

_LONG = 30

_AT_LEAST = 96.0
"""A column of words is not made narrower than this (or than its longest cell), however short its words are."""

_BREAKS, _BREAKABLE = 0.75, 12
"""A word of a heading with more letters may be hyphenated to this part of its width; a Word file's letters fit it whole."""

_UNBROKEN = 24
"""A cell that begins with a digit or a sign and is no longer than this is a number: it stays on one line."""

_NUMBER = re.compile(r"[<>≈=±+\-\u2212]?[\s\u00a0\u202f]?[\d.]")
_BLANK = re.compile(r"[ \t\n]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is set: which of its columns, how wide, at which end their words stand, in which type.

    Parameters
    ----------
    turned
        Whether it needs a page on its side.
    size
        Points.
    columns
        Positions of the columns.
    widths
        Of these columns, in points, with what stands at either side of a cell.
    numeric
        Whether they hold numbers, which stand at the end of a cell.
    gathered
        Whether rows that the table's first column names alike stand under that name, which then needs no column.
    """

    turned: bool
    size: float
    columns: tuple[int, ...]
    widths: tuple[float, ...]
    numeric: tuple[bool, ...]
    gathered: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, its level from 1 on, and its anchor."""

    level: int
    id: str
    text: str
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph: ``"lead"`` under a heading, ``"under"`` a table; `method` is the anchor it points to, or empty."""

    kind: str
    text: str
    method: str = ""
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """Sentences with the sign of their verdict."""

    findings: tuple[Finding, ...]
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and a salt for its ids."""

    id: str
    chart: Chart
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table, or some columns of it."""

    table: Table
    layout: Layout
    turned: bool = False


Block: TypeAlias = "Heading | Words | Findings | Picture | Grid"


def blocks_of(parts: Sequence[Part], *, level: int = 1) -> list[Block]:
    """Return parts as blocks in order; what stands right above a table on a turned page is turned with it."""
    blocks = list(_blocks(parts, level))
    turned = False
    for place in reversed(range(len(blocks))):
        block = blocks[place]
        turned = block.turned or (turned and isinstance(block, (Heading, Words)) and not _is_under(block))
        blocks[place] = replace(block, turned=turned)
    for place, block in enumerate(blocks[1:], start=1):
        if _is_under(block):
            blocks[place] = replace(block, turned=blocks[place - 1].turned)
    return blocks


def _is_under(block: Block) -> bool:
    return isinstance(block, Words) and block.kind == "under"


def _blocks(parts: Sequence[Part], level: int) -> Iterator[Block]:
    for part in parts:
        yield Heading(level, part.id, part.title)
        if part.text:
            yield Words("lead", part.text)
        if part.sentences:
            yield Findings(part.sentences)
        if part.picture is not None:
            yield Picture(part.id, part.picture)
        for table in (*part.tables, *part.folded):
            yield from _grids(table)
        yield from _blocks(part.parts, level + 1)


def _grids(table: Table) -> Iterator[Block]:
    for layout in layouts_of(table):
        yield Grid(table, layout, turned=layout.turned)
    for sentence in table.under:
        yield Words("under", sentence)
    if table.method:
        yield Words("under", "", method=table.method)


def body_of(document: Document) -> list[Block]:
    """Return what stands between page one and the methods; folded tables that the appendix holds in full stand only there."""
    whole = {row for part in document.appendix for table in tables_of(part) for row in table.rows}
    return blocks_of([_unfolded(part, whole) for part in document.parts])


def _unfolded(part: Part, whole: set[tuple[str, ...]]) -> Part:
    folded = tuple(table for table in part.folded if not whole.issuperset(table.rows))
    return replace(part, folded=folded, parts=tuple(_unfolded(inner, whole) for inner in part.parts))


def layouts_of(table: Table) -> list[Layout]:
    """Return how a table is set so that no word is cut: in one piece, or in several that repeat their first column.

    Empty columns go. Names that stand in the first column again and again stand over their rows instead.
    """
    gathered = _is_gathered(table)
    shown = [at for at in range(len(table.headings)) if at == 0 or any(row[at] for row in table.rows)]
    every = tuple(shown[1:] if gathered else shown)
    numeric = [_is_numeric(table, column) for column in every]
    long = len(table.rows) > _LONG
    for turned, size in [one for one in _SIZES if not (long and one in _ROOMY)]:
        needs = [_needs(table, column, size, column == every[0]) for column in every]
        if sum(least for least, _ in needs) <= _room(turned):
            return [_layout(turned, size, every, needs, numeric, gathered=gathered)]
    turned, size = _SIZES[-1]
    return [
        _layout(turned, size, tuple(every[at] for at in group), [needs[at] for at in group],
                [numeric[at] for at in group], gathered=gathered)
        for group in _groups([least for least, _ in needs], _room(turned))
    ]  # fmt: skip


def rows_of(table: Table, layout: Layout) -> list[tuple[str, list[list[str]]]]:
    """Return the rows as they are set: each name with the rows under it; without names, all rows under an empty one."""
    named = groupby(table.rows, key=lambda row: row[0] if layout.gathered else "")
    return [(name, [[row[at] for at in layout.columns] for row in rows]) for name, rows in named]


def _is_gathered(table: Table) -> bool:
    """Tell whether the first column says the same so often that its names are better said once."""
    names = len([name for name, _ in groupby(table.rows, key=lambda row: row[0])])
    filled = all(row[0] for row in table.rows)
    return filled and len(table.headings) > 2 and 0 < 2 * names <= len(table.rows)


def _room(turned: bool) -> float:
    return TURNED if turned else UPRIGHT


def _layout(
    turned: bool, size: float, columns: tuple[int, ...], needs: Sequence[tuple[float, float]], numeric: Sequence[bool],
    *, gathered: bool,
) -> Layout:  # fmt: skip
    """Give each column what it needs, and share what is left among those that would take more."""
    least = [need for need, _ in needs]
    wishes = [wish - need for need, wish in needs]
    room = _room(turned)
    left = max(0.0, room - sum(least))
    share = min(1.0, left / sum(wishes)) if sum(wishes) > 0 else 0.0
    widths = [min(room, need + share * wish) for need, wish in zip(least, wishes, strict=True)]
    return Layout(turned, size, columns, tuple(widths), tuple(numeric), gathered)


def _groups(least: Sequence[float], room: float) -> list[tuple[int, ...]]:
    """Return groups of columns that fit a page, each with the first column."""
    groups: list[tuple[int, ...]] = []
    taken: list[int] = []
    for column in range(1, len(least)):
        if taken and least[0] + sum(least[at] for at in taken) + least[column] > room:
            groups.append((0, *taken))
            taken = []
        taken.append(column)
    return [*groups, (0, *taken)]


def _needs(table: Table, column: int, size: float, first: bool) -> tuple[float, float]:
    """Return the least width of a column and the width at which nothing in it is broken, in points."""
    cells = [row[column] for row in table.rows]
    heading = table.headings[column]
    wish = max([_points(heading, size, "bold"), *(_points(cell, size) for cell in cells)])
    least = max([_longest_of_heading(heading, size), *(_longest(cell, size) for cell in cells)])
    words = max((_points(cell, size) for cell in cells if not _stays(cell)), default=0.0)
    least = max(least, min(words, _AT_LEAST * size / 8.5 * (1.4 if first else 1.0)))
    return min(least, UPRIGHT / 2) + 2 * PADDING, max(wish, least) + 2 * PADDING


def _longest(cell: str, size: float, weight: str = "normal") -> float:
    """Return the width of the widest piece of a cell that should not be broken."""
    pieces = [cell] if _stays(cell) else [piece for piece in _BLANK.split(cell) if piece]
    return max((_points(piece, size, weight) for piece in pieces), default=0.0)


def _longest_of_heading(heading: str, size: float) -> float:
    """Return the width of the widest piece of a heading that should not be broken; long words may be hyphenated."""
    pieces = [piece for piece in _BLANK.split(heading) if piece]
    shares = [_BREAKS if len(piece) > _BREAKABLE else 1.0 for piece in pieces]
    widths = [share * _points(piece, size, "bold") for share, piece in zip(shares, pieces, strict=True)]
    return max(widths, default=0.0)


def _points(words: str, size: float, weight: str = "normal") -> float:
    from trustmeter.present.sheet import text_width

    return 72.0 * text_width(words, size, weight)


def _stays(cell: str) -> bool:
    return len(cell) <= _UNBROKEN and bool(_NUMBER.match(cell))


def _is_numeric(table: Table, column: int) -> bool:
    """Tell whether a column holds numbers: its filled cells mostly do, and it is not the one that names rows."""
    filled = [row[column] for row in table.rows if row[column]]
    return column > 0 and sum(_stays(cell) for cell in filled) > len(filled) / 2
