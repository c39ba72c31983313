"""Loadings: how strongly each question shows each factor, one column a factor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, steps_between
from trustmeter.present.palette import ACCENT, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, wrap

_NAMES = 1.9
_ROW = 0.24


@dataclass(frozen=True, slots=True)
class Loading:
    """One loading with its interval (not numbers where unknown)."""

    item: str
    factor: str
    value: float
    low: float
    high: float


def draw_loadings(
    loadings: Sequence[Loading], phrases: Phrases, *, heading: str, alt: str, titled: bool = True, watermark: str = ""
) -> Chart:
    """Draw a row a question and a column a factor; loadings of 0.40 and more are filled."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    factors = list(dict.fromkeys(one.factor for one in loadings))
    items = list(dict.fromkeys(one.item for one in loadings))
    width = (WIDE - _NAMES) / len(factors)
    ends = [value for one in loadings for value in (one.low, one.high, one.value) if math.isfinite(value)]
    xs = (min(0.0, math.floor(10 * min(ends)) / 10), max(1.0, math.ceil(10 * max(ends)) / 10))
    top = _heads(sheet, factors, width)
    heights = [max(_ROW, len(wrap(item, _NAMES - 0.1, BODY)) * line_height(BODY) + 0.05) for item in items]
    field = Field(0.0, top, width - 0.25, sum(heights), xs, (0.0, 1.0))
    for number in range(len(factors)):
        _grid(sheet, _moved(field, _NAMES + number * width), phrases)
    y = top
    for item, height in zip(items, heights, strict=True):
        lines = wrap(item, _NAMES - 0.1, BODY)
        sheet.lines(0.0, y + height / 2 - len(lines) * line_height(BODY) / 2, lines)
        for one in (one for one in loadings if one.item == item):
            _loading(sheet, _moved(field, _NAMES + factors.index(one.factor) * width), y + height / 2, one)
        y += height
    sheet.y = top + field.height + 0.06 + line_height(SMALL)
    words = phrases.say("loadings.axis")
    sheet.y = sheet.lines(0.0, sheet.y + 0.05, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _moved(field: Field, left: float) -> Field:
    return Field(left, field.top, field.width, field.height, field.xs, field.ys)


def _heads(sheet: Sheet, factors: Sequence[str], width: float) -> float:
    top, most = sheet.y, sheet.y
    for number, factor in enumerate(factors):
        lines = wrap(factor, width - 0.2, SMALL, "bold")
        most = max(most, sheet.lines(_NAMES + number * width, top, lines, size=SMALL, weight="bold"))
    return most + 0.06


def _grid(sheet: Sheet, field: Field, phrases: Phrases) -> None:
    bottom = field.top + field.height
    most = max(2, int(field.width / 0.42))
    for value in steps_between(*field.xs, most):
        x = field.x(value)
        sheet.line((x, x), (field.top, bottom), colour=HAIRLINE if value == 0 else FAINT, width=0.8, behind=True)
        sheet.text(x, bottom + 0.05, phrases.number(value, 1), size=7.0, align="center")


def _loading(sheet: Sheet, field: Field, y: float, one: Loading) -> None:
    strong = abs(one.value) >= 0.40
    if math.isfinite(one.low) and math.isfinite(one.high):
        sheet.line((field.x(one.low), field.x(one.high)), (y, y), colour=ACCENT if strong else QUIET, width=1.6)
    colour = ACCENT if strong else INK
    sheet.mark(field.x(one.value), y, "o", colour=colour, fill=ACCENT if strong else GROUND, size=6.0)
