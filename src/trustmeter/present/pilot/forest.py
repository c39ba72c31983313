"""A forest: a named row a zone or group with its interval, the average as a diamond, a new zone as a bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trustmeter.present.meter.field import Field, steps_between
from trustmeter.present.palette import ACCENT, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

Kind = Literal["heading", "own", "average", "new", "untold"]

_NAMES = 2.15
_GAP = 0.14
_INDENT = 0.16
_BAR = "#c3d3df"
_OFFSET = 0.055
_REACH = 1.6
"""The axis shows at most so much of what lies beside the rows, in their widths; further ends become arrows."""


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One row.

    Parameters
    ----------
    name
        What it is.
    kind
        ``"own"`` a value with its interval, ``"average"`` a diamond, ``"new"`` a bar, ``"heading"`` and ``"untold"`` words.
    value, low, high
        The value and its interval; not a number where there is none.
    words
        What stands at the right of it.
    leaning
        The same value leaning towards the average; not a number where there is none.
    depth
        1 when it stands under a heading.
    """

    name: str
    kind: Kind
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    words: str = ""
    leaning: float = math.nan
    depth: int = 0


@dataclass(frozen=True, slots=True)
class ForestAxis:
    """What the values are.

    Parameters
    ----------
    title
        The words under the axis.
    smallest
        The smallest change that matters; 0 where none was declared.
    legend
        Kind of mark (``"own"``, ``"leaning"``, ``"average"``, ``"new"``, ``"smallest"``) and its words.
    told
        Sentences under the picture.
    beyond
        The sentence that explains arrows.
    """

    title: str
    smallest: float
    legend: Sequence[tuple[str, str]]
    told: Sequence[str]
    beyond: str


def draw_forest(
    rows: Sequence[ForestRow], axis: ForestAxis, phrases: Phrases, *, heading: str, alt: str, titled: bool = True,
    watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw the rows, with zero always on the axis."""
    sheet = Sheet(WIDE)
    sheet.y = 0.04
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    told = [(row.words, "bold" if row.kind == "average" else "normal") for row in rows if row.kind != "untold"]
    numbers = max((text_width(words, BODY, weight) for words, weight in told), default=0.0)
    field = Field(_NAMES + _GAP, sheet.y, WIDE - numbers - _NAMES - 3 * _GAP, 0.0, _ends(rows, axis), (0.0, 1.0))
    spans = [_row(sheet, field, row) for row in rows]
    _axis(sheet, field, [span for span in spans if span], axis.smallest, phrases)
    fits = text_width(axis.title, SMALL) <= field.width
    x = field.left if fits else 0.0
    sheet.y = sheet.lines(x, sheet.y + 0.03, wrap(axis.title, sheet.width - x, SMALL), size=SMALL, colour=QUIET)
    _legend(sheet, axis.legend)
    cut = any(
        end < field.xs[0] or end > field.xs[1] for row in rows for end in (row.low, row.high) if math.isfinite(end)
    )
    for words in (*axis.told, *([axis.beyond] if cut else [])):
        sheet.y = sheet.lines(0.0, sheet.y + 0.06, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _ends(rows: Sequence[ForestRow], axis: ForestAxis) -> tuple[float, float]:
    """Return the ends of the axis: all of the rows' own intervals, and of the rest as much as leaves these readable."""

    def ends_of(kinds: tuple[str, ...]) -> list[float]:
        found = [end for row in rows if row.kind in kinds for end in (row.value, row.low, row.high)]
        return [end for end in found if math.isfinite(end)]

    own = [0.0, axis.smallest, -axis.smallest, *ends_of(("own",))]
    low, high = min(own), max(own)
    width = (high - low) or 1.0
    rest = [min(max(end, low - _REACH * width), high + _REACH * width) for end in ends_of(("average", "new"))]
    low, high = min([low, *rest]), max([high, *rest])
    pad = 0.04 * ((high - low) or 1.0)
    return low - pad, high + pad


def _row(sheet: Sheet, field: Field, row: ForestRow) -> tuple[float, float] | None:
    """Draw one row; return its part of the plotting field, nothing for words alone."""
    plain = row.kind in {"heading", "untold"}
    indent = _INDENT * row.depth
    weight = "bold" if row.kind in {"heading", "average"} else "normal"
    lines = wrap(row.name, (sheet.width if row.kind == "heading" else _NAMES) - indent, BODY, weight)
    height = len(lines) * line_height(BODY)
    sheet.y += 0.06 if row.kind == "heading" and sheet.y > field.top else 0.0
    middle, top = sheet.y + height / 2, sheet.y
    sheet.lines(indent, top, lines, weight=weight)
    sheet.y = top + height + (0.04 if row.kind == "heading" else 0.12)
    if plain:
        sheet.text(field.left, middle, row.words, colour=QUIET, level="centre")
        return None
    sheet.text(field.left + field.width + _GAP, middle, row.words, level="centre", weight=weight)
    drawers = {"own": _own, "average": _average, "new": _new}
    drawers[row.kind](sheet, field, row, middle)
    return top, sheet.y


def _own(sheet: Sheet, field: Field, row: ForestRow, middle: float) -> None:
    both = math.isfinite(row.leaning)
    y = middle - (_OFFSET if both else 0.0)
    if math.isfinite(row.low) and math.isfinite(row.high):
        ends = field.x(row.low), field.x(row.high)
        sheet.line(ends, (y, y), colour=ACCENT, width=1.6)
        for end in ends:
            sheet.line((end, end), (y - 0.035, y + 0.035), colour=ACCENT, width=1.2)
    sheet.mark(field.x(row.value), y, "o", colour=ACCENT, fill=ACCENT, size=6.0)
    if both:
        sheet.mark(field.x(row.leaning), middle + 1.2 * _OFFSET, "D", colour=QUIET, fill=GROUND, size=4.2)


def _average(sheet: Sheet, field: Field, row: ForestRow, middle: float) -> None:
    if not (math.isfinite(row.low) and math.isfinite(row.high)):
        sheet.mark(field.x(row.value), middle, "D", colour=INK, fill=INK, size=6.0)
        return
    left, right = (field.x(end) for end in _within(field, row))
    centre = field.x(row.value)
    sheet.line(
        (left, centre, right, centre, left), (middle, middle - 0.075, middle, middle + 0.075, middle), colour=INK, width=1.8
    )  # fmt: skip
    _arrows(sheet, field, row, middle, INK)


def _new(sheet: Sheet, field: Field, row: ForestRow, middle: float) -> None:
    left, right = (field.x(end) for end in _within(field, row))
    sheet.block(left, middle - 0.045, right - left, 0.09, fill=_BAR, edge=QUIET)
    _arrows(sheet, field, row, middle, QUIET)


def _within(field: Field, row: ForestRow) -> tuple[float, float]:
    return max(row.low, field.xs[0]), min(row.high, field.xs[1])


def _arrows(sheet: Sheet, field: Field, row: ForestRow, middle: float, colour: str) -> None:
    """Mark ends that the axis does not reach."""
    if row.low < field.xs[0]:
        sheet.mark(field.left + 0.02, middle, "<", colour=colour, fill=colour, size=5.5)
    if row.high > field.xs[1]:
        sheet.mark(field.left + field.width - 0.02, middle, ">", colour=colour, fill=colour, size=5.5)


def _axis(sheet: Sheet, field: Field, spans: Sequence[tuple[float, float]], smallest: float, phrases: Phrases) -> None:
    bottom = sheet.y
    sheet.line((field.left, field.left + field.width), (bottom, bottom), colour=HAIRLINE)
    ticks = steps_between(*field.xs, min(6, max(2, int(field.width / 0.55))))
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    for value in ticks:
        x = field.x(value)
        for span in spans:
            sheet.line((x, x), span, colour=INK if value == 0 else FAINT, width=1.0 if value == 0 else 0.6, behind=True)
        sheet.line((x, x), (bottom, bottom + 0.04), colour=HAIRLINE)
        sheet.text(x, bottom + 0.06, phrases.number(value, decimals, signed=True), size=SMALL, align="center")
    for side in (-smallest, smallest) if smallest else ():
        for top, end in spans:
            _dashes(sheet, field.x(side), top, end)
    sheet.y = bottom + 0.06 + line_height(SMALL)


def _dashes(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    """Draw a dashed line downwards."""
    step = 0.07
    count = max(1, int((bottom - top) / step))
    for place in range(count):
        y = top + (bottom - top) * place / count
        sheet.line((x, x), (y, y + 0.55 * (bottom - top) / count), colour=QUIET, width=0.9, behind=True)


def _legend(sheet: Sheet, entries: Sequence[tuple[str, str]]) -> None:
    """Write the marks and their words in lines as long as the sheet is wide."""
    sheet.y += 0.1
    x, step = 0.0, line_height(SMALL) + 0.03
    for kind, words in entries:
        need = 0.3 + text_width(words, SMALL)
        if x > 0 and x + need > sheet.width:
            x, sheet.y = 0.0, sheet.y + step
        _sample(sheet, kind, x + 0.11, sheet.y + step / 2)
        sheet.text(x + 0.28, sheet.y + step / 2, words, size=SMALL, level="centre")
        x += need + 0.2
    sheet.y += step if entries else 0.0


def _sample(sheet: Sheet, kind: str, x: float, y: float) -> None:
    """Draw the mark of a legend's entry."""
    if kind == "own":
        sheet.mark(x, y, "o", colour=ACCENT, fill=ACCENT, size=6.0)
    elif kind == "leaning":
        sheet.mark(x, y, "D", colour=QUIET, fill=GROUND, size=4.2)
    elif kind == "average":
        sheet.line((x - 0.11, x, x + 0.11, x, x - 0.11), (y, y - 0.06, y, y + 0.06, y), colour=INK, width=1.8)
    elif kind == "new":
        sheet.block(x - 0.11, y - 0.04, 0.22, 0.08, fill=_BAR, edge=QUIET)
    else:
        _dashes(sheet, x, y - 0.08, y + 0.08)
