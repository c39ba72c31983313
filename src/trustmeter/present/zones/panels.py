"""Small multiples: a panel a scale, a named row a zone, one axis for all; what a row shows is drawn by its picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trustmeter.present.meter.field import Field
from trustmeter.present.palette import FAINT, HAIRLINE, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

_BETWEEN = 0.3
"""Inches between two columns of panels."""
_GAP = 0.1
_NAMES = (1.75, 1.12)
"""Most inches for names, in one column and in two."""


@dataclass(frozen=True, slots=True)
class Row:
    """One zone.

    Parameters
    ----------
    name
        The zone.
    drawn
        What the picture draws for it.
    words
        What stands at the right, where there is one column.
    instead
        What stands in the field when there is nothing to draw.
    """

    name: str
    drawn: Any = None
    words: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One scale: its name, its rows, and lines down through all of them (value, colour)."""

    heading: str
    rows: Sequence[Row]
    downs: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What all panels share.

    Parameters
    ----------
    xs
        Ends of the axis.
    ticks
        Values of the axis and their words.
    title
        The words under the axis.
    draw
        Draws one row: sheet, field, what is drawn, and the row's middle.
    tall
        Inches that a row needs at least.
    legend
        A sample's drawer (sheet, x, y) and its words.
    told
        Sentences under the picture.
    wide
        From how many panels on they stand in two columns.
    """

    xs: tuple[float, float]
    ticks: Sequence[tuple[float, str]]
    title: str
    draw: Callable[[Sheet, Field, Any, float], None]
    tall: float
    legend: Sequence[tuple[Callable[[Sheet, float, float], None], str]] = ()
    told: Sequence[str] = field(default_factory=tuple)
    wide: int = 2


def draw_panels(
    panels: Sequence[Panel], look: Look, phrases: Phrases, *, heading: str, alt: str, titled: bool = True, watermark: str = ""
) -> Chart:  # fmt: skip
    """Draw all panels, a row of the grid after another."""
    sheet = Sheet(WIDE)
    sheet.y = 0.04
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.08
    columns = 2 if len(panels) >= look.wide else 1
    width = (sheet.width - _BETWEEN * (columns - 1)) / columns
    for start in range(0, len(panels), columns):
        pair = panels[start : start + columns]
        top = sheet.y + max(_heading_height(panel, width) for panel in pair)
        ends = []
        for place, panel in enumerate(pair):
            left = place * (width + _BETWEEN)
            sheet.lines(left, sheet.y, _heading_lines(panel, width), weight="bold")
            ends.append(_panel(sheet, panel, look, (left, top, width), small=columns > 1))
        sheet.y = max(ends) + 0.14
    sheet.y = sheet.lines(0.0, sheet.y - 0.06, wrap(look.title, sheet.width, SMALL), size=SMALL, colour=QUIET)
    _legend(sheet, look)
    for words in look.told:
        sheet.y = sheet.lines(0.0, sheet.y + 0.06, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _name_lines(name: str, width: float, size: float) -> list[str]:
    """Break a name at its blanks, and after the hyphens and strokes of a long word."""
    if text_width(name, size) <= width:
        return [name]
    parts = [part for part in re.split(r"(?<=[-/ ])", name) if part]
    lines = [""]
    for part in parts:
        if lines[-1] and text_width((lines[-1] + part).rstrip(), size) > width:
            lines.append("")
        lines[-1] += part
    return [piece for line in lines for piece in wrap(line, width, size)]


def _heading_lines(panel: Panel, width: float) -> list[str]:
    return wrap(panel.heading, width, BODY, "bold") if panel.heading else []


def _heading_height(panel: Panel, width: float) -> float:
    return len(_heading_lines(panel, width)) * line_height(BODY) + 0.05


def _panel(sheet: Sheet, panel: Panel, look: Look, place: tuple[float, float, float], *, small: bool) -> float:
    """Draw one panel at (left, top, width); return where it ends."""
    left, top, width = place
    size = SMALL if small else BODY
    longest = max((text_width(row.name, size) for row in panel.rows), default=0.0)
    names = min(longest + 0.02, _NAMES[int(small)])
    right = 0.0 if small else max((text_width(row.words, BODY) for row in panel.rows), default=0.0)
    room = width - names - 2 * _GAP - (right + _GAP if right else 0.0)
    drawn = Field(left + names + _GAP, top, room, 0.0, look.xs, (0.0, 1.0))
    y = top
    for row in panel.rows:
        lines = _name_lines(row.name, names, size)
        height = max(look.tall, len(lines) * line_height(size) + 0.04)
        middle = y + height / 2
        sheet.lines(left, middle - len(lines) * line_height(size) / 2, lines, size=size)
        if row.instead:
            sheet.text(drawn.left, middle, row.instead, size=size, colour=QUIET, level="centre")
        else:
            look.draw(sheet, drawn, row.drawn, middle)
        if right and row.words:
            sheet.text(drawn.left + drawn.width + _GAP, middle, row.words, level="centre")
        y += height
    return _axis(sheet, panel, look, drawn, y)


def _axis(sheet: Sheet, panel: Panel, look: Look, drawn: Field, bottom: float) -> float:
    """Draw grid, lines down and axis of one panel; return where they end."""
    for value, words in look.ticks:
        x = drawn.x(value)
        sheet.line((x, x), (drawn.top, bottom), colour=FAINT, width=0.6, behind=True)
        sheet.line((x, x), (bottom, bottom + 0.04), colour=HAIRLINE)
        sheet.text(x, bottom + 0.06, words, size=SMALL, align="center")
    sheet.line((drawn.left, drawn.left + drawn.width), (bottom, bottom), colour=HAIRLINE)
    for value, colour in panel.downs:
        sheet.line((drawn.x(value), drawn.x(value)), (drawn.top, bottom), colour=colour, width=1.0, behind=True)
    return bottom + 0.06 + line_height(SMALL)


def _legend(sheet: Sheet, look: Look) -> None:
    """Write the marks and their words in lines as long as the sheet is wide."""
    sheet.y += 0.08
    x, step = 0.0, line_height(SMALL) + 0.03
    for sample, words in look.legend:
        need = 0.3 + text_width(words, SMALL)
        if x > 0 and x + need > sheet.width:
            x, sheet.y = 0.0, sheet.y + step
        sample(sheet, x + 0.11, sheet.y + step / 2)
        sheet.text(x + 0.28, sheet.y + step / 2, words, size=SMALL, level="centre")
        x += need + 0.2
    sheet.y += step if look.legend else 0.0
