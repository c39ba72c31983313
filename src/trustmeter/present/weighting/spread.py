"""How unequal weights are: bars of people by weight, on an axis on which each step doubles the weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.present.meter.field import Field
from trustmeter.present.palette import ACCENT, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, SMALL, Sheet, line_height, text_width, wrap
from trustmeter.stats.weighting.bins import weight_bins

_HEIGHT = 1.05
_GAP = 0.35
_FILL = "#a9bfd0"


@dataclass(frozen=True, slots=True)
class Bar:
    """People by weight: edges as logarithms to base two of multiples of the mean, their share, whether it takes in all beyond."""

    low: float
    high: float
    share: float
    open_below: bool = False
    open_above: bool = False


def bars_of(weights: NDArray[np.float64], fewest: int, step: float = 0.0) -> list[Bar]:
    """Return bars of at least `fewest` people, their shares rounded to `step`."""
    found = weight_bins(weights, fewest)
    edges = np.log2(found.edges)
    last = len(edges) - 1
    bars = []
    for place, ((low, high), count) in enumerate(zip(edges.tolist(), found.counts.tolist(), strict=True)):
        share = count / len(weights)
        if step and count:
            share = max(round(share / step), 1) * step
        bars.append(Bar(low, high, share, found.open_below and place == 0, found.open_above and place == last))
    return bars


def draw_spread(sheet: Sheet, bars: Mapping[str, Sequence[Bar]], phrases: Phrases) -> None:
    """Draw the bars of each wave, two waves beside one another."""
    lowest = min(-1.0, *(bar.low for one in bars.values() for bar in one))
    highest = max(1.0, *(bar.high for one in bars.values() for bar in one))
    tallest = max(bar.share / (bar.high - bar.low) for one in bars.values() for bar in one)
    waves = list(bars)
    for first in range(0, len(waves), 2):
        shown = waves[first : first + 2]
        width = (sheet.width - _GAP * (len(shown) - 1)) / max(len(shown), 1) - 0.1
        width = min(width, 5.2)
        top = sheet.y + (line_height(BODY) + 0.02 if any(shown) else 0.0)
        for place, wave in enumerate(shown):
            left = 0.05 + place * (width + _GAP)
            if wave:
                sheet.text(left, sheet.y, wave, weight="bold")
            field = Field(left, top, width, _HEIGHT, (lowest - 0.15, highest + 0.15), (0.0, 1.25 * tallest))
            _bars(sheet, field, bars[wave], phrases)
        sheet.y = top + _HEIGHT + 0.08 + line_height(SMALL) + 0.02
    sheet.y = sheet.lines(
        0.05, sheet.y, wrap(phrases.say("margins.weights_axis"), sheet.width, SMALL), size=SMALL, colour=QUIET
    )


def _bars(sheet: Sheet, field: Field, bars: Sequence[Bar], phrases: Phrases) -> None:
    bottom = field.top + field.height
    for bar in bars:
        if not bar.share:
            continue
        left, right = field.x(bar.low), field.x(bar.high)
        top = field.y(bar.share / (bar.high - bar.low))
        hatch = "////" if bar.open_below or bar.open_above else None
        sheet.block(left, top, right - left, bottom - top, fill="#ffffff" if hatch else _FILL, edge=ACCENT, hatch=hatch)
    _label(sheet, field, bars, phrases)
    sheet.line((field.left, field.left + field.width), (bottom, bottom), colour=HAIRLINE)
    for power in range(math.ceil(field.xs[0]), math.floor(field.xs[1]) + 1):
        x = field.x(power)
        sheet.line((x, x), (bottom, bottom + 0.05), colour=HAIRLINE if power else INK, width=0.8 if power else 1.6)
        weight = "normal" if power else "bold"
        sheet.text(x, bottom + 0.06, multiple_told(power, phrases), size=SMALL, align="center", weight=weight)


def _label(sheet: Sheet, field: Field, bars: Sequence[Bar], phrases: Phrases) -> None:
    """Write shares over bars, the largest first, where they do not run into one another."""
    taken: list[tuple[float, float]] = []
    for bar in sorted(bars, key=lambda one: -one.share):
        told, middle = phrases.percent(bar.share), field.x((bar.low + bar.high) / 2)
        half = text_width(told, SMALL) / 2 + 0.03
        if bar.share and all(middle + half <= left or middle - half >= right for left, right in taken):
            top = field.y(bar.share / (bar.high - bar.low))
            sheet.text(middle, top - 0.02, told, size=SMALL, align="center", level="bottom")
            taken.append((middle - half, middle + half))


def multiple_told(power: int, phrases: Phrases) -> str:
    """Return two to a power as a number of few figures."""
    return f"{phrases.number(2.0**power, max(0, min(-power, 2)))}×"
