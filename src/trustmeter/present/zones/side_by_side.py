"""Zones side by side: each zone's mean with its interval, the same leaning towards the average; or its waves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from trustmeter.present.meter.field import Field
from trustmeter.present.palette import ACCENT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.sheet import Sheet

_SHAPES = ("o", "s", "^", "D", "v", "p")
"""Of waves, the last first."""
_CAP = 0.03
_APART = 0.1
"""Inches between two waves of a zone, or a mean and the same leaning towards the average."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with its interval; not numbers where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn of a zone: its mean in each wave (a missing one is ``None``), and of one wave the pooled value."""

    waves: Sequence[Dot | None]
    leaning: Dot | None = None


def row_height(waves: int, leaning: bool) -> float:
    """Return the inches that a row needs."""
    return 0.2 + _APART * (waves - 1 + int(leaning))


def draw_zone(sheet: Sheet, field: Field, drawn: Drawn, middle: float) -> None:
    """Draw one zone around `middle`."""
    count = len(drawn.waves) + int(drawn.leaning is not None)
    tops = [middle + _APART * (place - (count - 1) / 2) for place in range(count)]
    known = [(dot, y) for dot, y in zip(drawn.waves, tops, strict=False) if dot is not None]
    if len(known) > 1:
        sheet.line([field.x(dot.value) for dot, _ in known], [y for _, y in known], colour=HAIRLINE, width=1.0)
    for place, (dot, y) in enumerate(zip(drawn.waves, tops, strict=False)):
        if dot is not None:
            _dot(sheet, field, dot, y, len(drawn.waves) - 1 - place)
    if drawn.leaning is not None:
        _interval(sheet, field, drawn.leaning, tops[-1], colour=QUIET, width=0.9)
        sheet.mark(field.x(drawn.leaning.value), tops[-1], "D", colour=QUIET, fill=GROUND, size=4.4)


def colour_of(ago: int) -> str:
    """Return the colour of a wave, so many waves before the last."""
    return ACCENT if ago == 0 else QUIET


def wave_sample(ago: int) -> Callable[[Sheet, float, float], None]:
    """Return the drawer of a wave's mark in the legend."""
    return partial(_wave_sample, ago)


def leaning_sample(sheet: Sheet, x: float, y: float) -> None:
    """Draw the mark of a value that leans towards the average."""
    sheet.line((x - 0.1, x + 0.1), (y, y), colour=QUIET, width=0.9)
    sheet.mark(x, y, "D", colour=QUIET, fill=GROUND, size=4.4)


def average_sample(sheet: Sheet, x: float, y: float) -> None:
    """Draw the line of the average."""
    sheet.line((x, x), (y - 0.07, y + 0.07), colour=INK, width=1.0)


def _wave_sample(ago: int, sheet: Sheet, x: float, y: float) -> None:
    sheet.line((x - 0.1, x + 0.1), (y, y), colour=colour_of(ago), width=1.4)
    _mark(sheet, x, y, ago)


def _dot(sheet: Sheet, field: Field, dot: Dot, y: float, ago: int) -> None:
    _interval(sheet, field, dot, y, colour=colour_of(ago), width=1.6 if ago == 0 else 1.1)
    _mark(sheet, field.x(dot.value), y, ago)


def _mark(sheet: Sheet, x: float, y: float, ago: int) -> None:
    colour = colour_of(ago)
    sheet.mark(x, y, _SHAPES[min(ago, len(_SHAPES) - 1)], colour=colour, fill=ACCENT if ago == 0 else GROUND, size=5.2)


def _interval(sheet: Sheet, field: Field, dot: Dot, y: float, *, colour: str, width: float) -> None:
    if math.isfinite(dot.low) and math.isfinite(dot.high):
        ends = field.x(dot.low), field.x(dot.high)
        sheet.line(ends, (y, y), colour=colour, width=width)
        for end in ends:
            sheet.line((end, end), (y - _CAP, y + _CAP), colour=colour, width=1.0)
