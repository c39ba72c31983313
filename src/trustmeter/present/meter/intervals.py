"""Values with their intervals under one another: whatever a result names, on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, steps_between
from trustmeter.present.palette import ACCENT, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

_NAMES = 2.35
_GAP = 0.14
_INDENT = 0.16
_BAND = "#e9eef2"


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One value.

    Parameters
    ----------
    name
        What it is.
    value, low, high
        The value and its interval; a row whose value is not a number is a heading.
    words
        What stands at the right of it.
    filled
        Whether its mark is filled.
    depth
        1 when it stands under a heading.
    """

    name: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    words: str = ""
    filled: bool = True
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """What the values are.

    Parameters
    ----------
    title
        The words under the axis.
    told
        Sentences under the picture.
    band
        Ends of a grey band behind the rows, or ``None``.
    """

    title: str
    told: Sequence[str] = ()
    band: tuple[float, float] | None = None


def draw_intervals(
    rows: Sequence[IntervalRow], axis: Axis, phrases: Phrases, *, heading: str, alt: str, titled: bool = True,
    watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw a named row a value, with zero always on the axis."""
    sheet = Sheet(WIDE)
    sheet.y = 0.04
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    numbers = max((text_width(row.words) for row in rows), default=0.0)
    field = Field(_NAMES + _GAP, sheet.y, WIDE - numbers - _NAMES - 3 * _GAP, 0.0, _ends(rows, axis), (0.0, 1.0))
    spans = [_row(sheet, field, row) for row in rows]
    top, bottom = field.top, sheet.y
    if axis.band is not None:
        left, right = (field.x(end) for end in axis.band)
        sheet.block(left, top, right - left, bottom - top, fill=_BAND, edge=_BAND, behind=True)
    _axis(sheet, field, [span for span in spans if span], phrases)
    fits = text_width(axis.title, SMALL) <= field.width
    x = field.left if fits else 0.0
    sheet.y = sheet.lines(x, sheet.y + 0.03, wrap(axis.title, sheet.width - x, SMALL), size=SMALL, colour=QUIET)
    for words in axis.told:
        sheet.y = sheet.lines(0.0, sheet.y + 0.06, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _ends(rows: Sequence[IntervalRow], axis: Axis) -> tuple[float, float]:
    """Return the ends of the axis, a little outside all values, zero inside."""
    values = [value for row in rows for value in (row.value, row.low, row.high)] + list(axis.band or ())
    finite = [0.0, *(value for value in values if math.isfinite(value))]
    low, high = min(finite), max(finite)
    pad = 0.06 * (high - low) if high > low else 1.0
    return low - pad, high + pad


def _row(sheet: Sheet, field: Field, row: IntervalRow) -> tuple[float, float] | None:
    """Draw one row; return its part of the plotting field, nothing for a heading."""
    told = math.isfinite(row.value)
    indent = _INDENT * row.depth
    weight = "normal" if row.depth else "bold"
    lines = wrap(row.name, (_NAMES if told else sheet.width) - indent, BODY, weight)
    height = len(lines) * line_height(BODY)
    sheet.y += 0.0 if told or sheet.y == field.top else 0.06
    middle, top = sheet.y + height / 2, sheet.y
    sheet.lines(indent, top, lines, weight=weight)
    sheet.y = top + height + (0.1 if told else 0.04)
    if not told:
        return None
    sheet.text(field.left + field.width + _GAP, middle, row.words, level="centre")
    colour = ACCENT if row.filled else QUIET
    if math.isfinite(row.low) and math.isfinite(row.high):
        ends = field.x(row.low), field.x(row.high)
        sheet.line(ends, (middle, middle), colour=colour, width=1.8)
        for end in ends:
            sheet.line((end, end), (middle - 0.04, middle + 0.04), colour=colour, width=1.2)
    sheet.mark(field.x(row.value), middle, "o", colour=colour, fill=ACCENT if row.filled else GROUND, size=6.5)
    return top, sheet.y


def _axis(sheet: Sheet, field: Field, spans: Sequence[tuple[float, float]], phrases: Phrases) -> None:
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
    sheet.y = bottom + 0.06 + line_height(SMALL)
