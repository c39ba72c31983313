"""Codes by group: a named row a code, a column a group, a bar for the share of sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.palette import ACCENT, FAINT, HAIRLINE, HIDDEN, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

MOST_GROUPS = 4
"""More columns do not fit a page."""

_NAMES = 1.7
_GAP = 0.11
_INDENT = 0.14
_BAR = 0.1
_PAD = 0.07


@dataclass(frozen=True, slots=True)
class CodeCell:
    """One code in one group: the share of sessions (``None`` where hidden), and the lines below the bar."""

    share: float | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code: its name, how many codes stand above it, and its cells in the order of the groups."""

    name: str
    depth: int
    cells: tuple[CodeCell, ...]


def draw_bars(
    rows: Sequence[CodeRow], groups: Sequence[str], told: Sequence[str], phrases: Phrases, *, heading: str, alt: str,
    titled: bool = True, watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw the rows under the groups' names, and what must be said below."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.1
    names = min(_NAMES, max(text_width(row.name, SMALL) + _INDENT * row.depth for row in rows) + 0.02)
    width = (sheet.width - names - _GAP * len(groups)) / len(groups)
    lefts = [names + _GAP + at * (width + _GAP) for at in range(len(groups))]
    ends = [
        sheet.lines(left, sheet.y, wrap(group, width, SMALL, "bold"), size=SMALL, weight="bold")
        for left, group in zip(lefts, groups, strict=True)
    ]
    sheet.y = max(ends) + 0.04
    for row in rows:
        sheet.line((0.0, sheet.width), (sheet.y, sheet.y), colour=FAINT, width=0.6, behind=True)
        _row(sheet, row, names, lefts, width)
    sheet.line((0.0, sheet.width), (sheet.y, sheet.y), colour=FAINT, width=0.6, behind=True)
    if any(cell.share is None for row in rows for cell in row.cells):
        told = (*told, phrases.say("focus.hidden_mark"))
    for words in told:
        sheet.y = sheet.lines(0.0, sheet.y + 0.05, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _row(sheet: Sheet, row: CodeRow, names: float, lefts: Sequence[float], width: float) -> None:
    top, indent = sheet.y + _PAD, _INDENT * row.depth
    bottom = sheet.lines(indent, top, wrap(row.name, names - indent + 0.01, SMALL), size=SMALL)
    for cell, left in zip(row.cells, lefts, strict=True):
        y = top + (line_height(SMALL) - _BAR) / 2
        if cell.share is None:
            sheet.block(left, y, width, _BAR, fill=HIDDEN, edge=HAIRLINE, hatch="////")
        else:
            sheet.block(left, y, width, _BAR, fill=FAINT, edge=HAIRLINE)
            if cell.share > 0:
                sheet.block(left, y, width * cell.share, _BAR, fill=ACCENT, edge=ACCENT)
        wrapped = [line for words in cell.lines for line in wrap(words, width, SMALL)]
        bottom = max(bottom, sheet.lines(left, top + line_height(SMALL), wrapped, size=SMALL, colour=QUIET))
    sheet.y = bottom + _PAD
