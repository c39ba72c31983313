"""Who answered against who lives there: shares of each category, wave beside wave."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from trustmeter.present.meter.field import Field
from trustmeter.present.palette import ACCENT, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import MARGIN, SMALL, WIDE, Chart, Sheet
from trustmeter.present.weighting.panels import (
    Scale,
    Section,
    draw_legend,
    draw_panels,
    write_heading,
    write_under,
)
from trustmeter.present.weighting.told import CategoryRow, MarginRows, category_told, variable_told, waves_in
from trustmeter.stats.comparison.change import wilson_interval

Mark: TypeAlias = Callable[[Sheet, float, float], None]
ORANGE = "#e08214"
LEVEL = 0.95
_HALF = 0.062
_APART = 0.045


def draw_shares(
    margins: Sequence[MarginRows], sides: Sequence[str], phrases: Phrases, *, heading: str, alt: str, people: Mapping[str, float],
    titled: bool = True, watermark: str = "", told: Sequence[str] = (),
) -> Chart:  # fmt: skip
    """Draw a bar for who lives there, a mark for who answered, and another for who answered, weighted.

    Parameters
    ----------
    margins, sides
        What `margins_in` and `sides_of` gave.
    people
        By wave: how many people the shares without weights are of, for their intervals; none where that is not told.
    told
        Further sentences under the picture.
    """
    sheet = Sheet(WIDE)
    write_heading(sheet, heading, titled=titled)
    waves = waves_in(margins)
    rows = rows_by_place(margins)
    most = max([one for row in rows.values() for one in (row.target, *_finite(row, people))], default=0.1)
    scale = Scale((0.0, min(1.0, 1.06 * most)), phrases.percent, phrases.say("margins.axis"))

    marks: dict[str, Mark] = dict(zip(sides, _MARKS, strict=False))
    painter = _Painter(sheet, phrases, marks)

    def paint(field: Field, panel: int, section: int, row: int, middle: float) -> None:
        found = rows.get((waves[panel], section, row))
        if found is not None:
            painter.row(field, found, people.get(waves[panel], math.nan), middle)

    draw_panels(sheet, sections_of(margins, phrases), waves, scale, paint)
    legend = {"population": _bar, **marks}
    draw_legend(sheet, [(phrases.say(f"margins.side.{side}"), partial(mark, sheet)) for side, mark in legend.items()])
    level = phrases.level(LEVEL)
    lines = any(math.isfinite(n) for n in people.values()) and sides[:1] == ("unweighted",)
    write_under(sheet, [*([phrases.say("margins.interval", level=level)] if lines else []), *told])
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def sections_of(margins: Sequence[MarginRows], phrases: Phrases) -> list[Section]:
    """Return the margins with their categories, once each, as they are called."""
    return [
        Section(variable_told(name, phrases), tuple(category_told(name, label, phrases) for label in labels))
        for name, labels in _labels(margins).items()
    ]


def rows_by_place(margins: Sequence[MarginRows]) -> dict[tuple[str, int, int], CategoryRow]:
    """Return the categories by wave, place of their margin, and place in it."""
    labels = _labels(margins)
    names = list(labels)
    return {
        (one.wave, names.index(one.name), labels[one.name].index(row.label)): row for one in margins for row in one.rows
    }


def _labels(margins: Sequence[MarginRows]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in margins:
        known = found.setdefault(one.name, [])
        known += [row.label for row in one.rows if row.label not in known]
    return found


def interval_of(row: CategoryRow, people: float) -> tuple[float, float]:
    """Return the interval of a category's share without weights, if people had been drawn by lot; else what is no number."""
    share = row.shares.get("unweighted", math.nan)
    if not (math.isfinite(share) and math.isfinite(people)) or people < 1:
        return math.nan, math.nan
    return wilson_interval(share * people, people, LEVEL)  # type: ignore[arg-type]


def _finite(row: CategoryRow, people: Mapping[str, float]) -> list[float]:
    highest = [interval_of(row, n)[1] for n in people.values()]
    return [one for one in (*row.shares.values(), *highest) if math.isfinite(one)]


@dataclass(frozen=True, slots=True)
class _Painter:
    """Draws a category: a bar of those who live there, and a mark a side."""

    sheet: Sheet
    phrases: Phrases
    marks: Mapping[str, Mark]

    def row(self, field: Field, row: CategoryRow, people: float, middle: float) -> None:
        left, sheet = field.x(0.0), self.sheet
        sheet.block(left, middle - _HALF, field.x(row.target) - left, 2 * _HALF, fill=FAINT, edge=HAIRLINE)
        if row.hidden:
            words = self.phrases.say("margins.hidden")
            sheet.text(field.x(row.target) + 0.08, middle, words, size=SMALL, level="centre", colour=QUIET)
            return
        shifts = [0.0] if len(self.marks) == 1 else [-_APART, _APART]
        low, high = interval_of(row, people)
        if math.isfinite(low):
            y = middle + shifts[0]
            sheet.line((field.x(low), field.x(min(high, field.xs[1]))), (y, y), colour=ACCENT, width=1.6)
        for (side, mark), shift in zip(self.marks.items(), shifts, strict=True):
            share = row.shares.get(side, math.nan)
            if math.isfinite(share):
                mark(sheet, field.x(share), middle + shift)


def _first(sheet: Sheet, x: float, y: float) -> None:
    sheet.mark(x, y, "o", colour=ACCENT, fill=ACCENT, size=5.6)


def _second(sheet: Sheet, x: float, y: float) -> None:
    sheet.mark(x, y, "D", colour=INK, fill=ORANGE, size=4.8)


_MARKS = (_first, _second)


def _bar(sheet: Sheet, x: float, y: float) -> None:
    sheet.block(x - 0.13, y - _HALF, 0.26, 2 * _HALF, fill=FAINT, edge=HAIRLINE)


def hollow(sheet: Sheet, x: float, y: float) -> None:
    """Draw the mark of what was before weighting."""
    sheet.mark(x, y, "o", colour=QUIET, fill=GROUND, size=5.6)
