"""Named rows with one field a wave beside them: the ground on which shares and differences are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, steps_between
from trustmeter.present.palette import FAINT, HAIRLINE, INK, QUIET
from trustmeter.present.sheet import BODY, SMALL, Sheet, line_height, text_width, wrap

NAMES = 1.75
"""Inches for the names of the rows."""
ACROSS = 2
"""The most fields beside one another."""
_GAP = 0.28
_INDENT = 0.12
_ROW = 0.235


@dataclass(frozen=True, slots=True)
class Section:
    """A margin: its title, and the names of its categories."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of every field.

    Parameters
    ----------
    ends
        Lowest and highest value.
    tell
        How a value is written.
    title
        The words under the axes.
    zero
        Whether zero has a line of its own.
    band
        Ends of a band behind the rows, or ``None``.
    """

    ends: tuple[float, float]
    tell: Callable[[float], str]
    title: str
    zero: bool = False
    band: tuple[float, float] | None = None


Paint = Callable[[Field, int, int, int, float], None]
"""Draws one row: its field, which panel, which section, which row, and the middle of the row."""


def draw_panels(sheet: Sheet, sections: Sequence[Section], headings: Sequence[str], scale: Scale, paint: Paint) -> None:
    """Draw all rows with a field for each heading, at most two beside one another; blank headings are not written."""
    for first in range(0, len(headings), ACROSS):
        shown = list(range(first, min(first + ACROSS, len(headings))))
        if first:
            sheet.y += 0.18
        _panels(sheet, sections, [(at, headings[at]) for at in shown], scale, paint)
    left = NAMES + 0.1
    sheet.y = sheet.lines(left, sheet.y + 0.03, wrap(scale.title, sheet.width - left, SMALL), size=SMALL, colour=QUIET)


def _panels(
    sheet: Sheet, sections: Sequence[Section], panels: Sequence[tuple[int, str]], scale: Scale, paint: Paint
) -> None:
    width = (sheet.width - NAMES - 0.1) / len(panels) - (_GAP if len(panels) > 1 else 0.1)
    fields = [
        Field(NAMES + 0.1 + place * (width + _GAP), 0.0, width, 0.0, scale.ends, (0.0, 1.0))
        for place in range(len(panels))
    ]
    if any(heading for _, heading in panels):
        lines = [wrap(heading, width, BODY, "bold") for _, heading in panels]
        for field, told in zip(fields, lines, strict=True):
            sheet.lines(field.left, sheet.y, told, weight="bold")
        sheet.y += max(map(len, lines)) * line_height(BODY) + 0.03
    top = sheet.y
    for at, section in enumerate(sections):
        sheet.y = sheet.lines(
            0.0, sheet.y + (0.08 if at else 0.0), wrap(section.title, NAMES, BODY, "bold"), weight="bold"
        )
        for row, name in enumerate(section.names):
            lines_of_name = wrap(name, NAMES - _INDENT, SMALL)
            height = max(_ROW, len(lines_of_name) * line_height(SMALL) + 0.06)
            middle = sheet.y + height / 2
            sheet.lines(_INDENT, middle - len(lines_of_name) * line_height(SMALL) / 2, lines_of_name, size=SMALL)
            for (panel, _), field in zip(panels, fields, strict=True):
                paint(field, panel, at, row, middle)
            sheet.y += height
    for field in fields:
        _ground(sheet, field, scale, (top, sheet.y + 0.02))
    sheet.y += 0.08 + line_height(SMALL)


def _ground(sheet: Sheet, field: Field, scale: Scale, span: tuple[float, float]) -> None:
    """Draw band, grid and axis of one field."""
    top, bottom = span
    if scale.band is not None:
        left, right = (field.x(end) for end in scale.band)
        sheet.block(left, top, right - left, bottom - top, fill="#e9eef2", edge="#e9eef2", behind=True)
        for x in (left, right):
            sheet.line((x, x), (top, bottom), colour=HAIRLINE, width=0.7, behind=True)
    sheet.line((field.left, field.left + field.width), (bottom, bottom), colour=HAIRLINE)
    widest = max(text_width(scale.tell(end), SMALL) for end in scale.ends)
    for value in steps_between(*scale.ends, max(2, min(6, int(field.width / (widest + 0.18))))):
        x, zero = field.x(value), scale.zero and abs(value) < 1e-12
        sheet.line((x, x), (top, bottom), colour=INK if zero else FAINT, width=1.0 if zero else 0.6, behind=True)
        sheet.line((x, x), (bottom, bottom + 0.04), colour=HAIRLINE)
        sheet.text(x, bottom + 0.06, scale.tell(value), size=SMALL, align="center")


def draw_legend(sheet: Sheet, entries: Sequence[tuple[str, Callable[[float, float], None]]]) -> None:
    """Write what each mark means, in a row that breaks where it must; a sample is drawn at its middle."""
    x, y = 0.0, sheet.y + 0.16
    for words, sample in entries:
        width = 0.42 + text_width(words, SMALL)
        if x and x + width > sheet.width:
            x, y = 0.0, y + 0.2
        sample(x + 0.14, y)
        sheet.text(x + 0.34, y, words, size=SMALL, level="centre")
        x += width + 0.2
    sheet.y = y + 0.12


def write_under(sheet: Sheet, told: Sequence[str]) -> None:
    """Write sentences under a picture."""
    for words in told:
        sheet.y = sheet.lines(0.0, sheet.y + 0.05, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)


def write_heading(sheet: Sheet, heading: str, *, titled: bool) -> None:
    """Write the heading, where the picture stands alone."""
    sheet.y = 0.04
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
