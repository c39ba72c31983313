"""How far the answers are from the population, before and after weighting: standardised differences with a guide."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from trustmeter.present.meter.field import Field
from trustmeter.present.palette import ACCENT, HAIRLINE, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import SMALL, Sheet
from trustmeter.present.weighting.panels import Scale, draw_legend, draw_panels, write_under
from trustmeter.present.weighting.shares import hollow, rows_by_place, sections_of
from trustmeter.present.weighting.told import GUIDE, CategoryRow, MarginRows, waves_in

_FARTHEST = 2.0
_LEAST = 0.26


def draw_balance(sheet: Sheet, margins: Sequence[MarginRows], sides: Sequence[str], phrases: Phrases) -> None:
    """Draw a row a category on a sheet: hollow before weighting, filled after it, a band up to the guide."""
    waves, rows = waves_in(margins), rows_by_place(margins)
    every = [abs(gap) for row in rows.values() for gap in row.gaps.values() if math.isfinite(gap)]
    end = min(_FARTHEST, max(_LEAST, 1.12 * max(every, default=0.0)))
    scale = Scale(
        (-end, end), lambda value: phrases.number(value, 1 if end > 0.4 else 2, signed=True), phrases.say("margins.balance_axis"),
        zero=True, band=(-GUIDE, GUIDE),
    )  # fmt: skip

    marks = {side: _filled if side == "after" else hollow for side in sides}
    painter = _Painter(sheet, phrases, marks)

    def paint(field: Field, panel: int, section: int, row: int, middle: float) -> None:
        found = rows.get((waves[panel], section, row))
        if found is not None:
            painter.row(field, found, middle)

    draw_panels(sheet, sections_of(margins, phrases), waves, scale, paint)
    draw_legend(sheet, [(phrases.say(f"margins.side.{side}"), partial(mark, sheet)) for side, mark in marks.items()])
    write_under(sheet, [phrases.say("margins.guide", bound=phrases.number(GUIDE, 1))])


@dataclass(frozen=True, slots=True)
class _Painter:
    """Draws the differences of a category: a mark a side, joined by a line."""

    sheet: Sheet
    phrases: Phrases
    marks: Mapping[str, Callable[[Sheet, float, float], None]]

    def row(self, field: Field, row: CategoryRow, middle: float) -> None:
        if row.hidden:
            x = field.left + field.width / 2 + 0.08
            self.sheet.text(x, middle, self.phrases.say("margins.hidden"), size=SMALL, level="centre", colour=QUIET)
            return
        low, high = field.xs
        gaps = {side: row.gaps[side] for side in self.marks if not math.isnan(row.gaps.get(side, math.nan))}
        places = {side: field.x(min(max(gap, low), high)) for side, gap in gaps.items()}
        if len(places) > 1:
            self.sheet.line(list(places.values()), [middle] * len(places), colour=HAIRLINE, width=1.0)
        for side, x in places.items():
            if low <= gaps[side] <= high:
                self.marks[side](self.sheet, x, middle)
            else:
                self.sheet.mark(x, middle, ">" if gaps[side] > 0 else "<", colour=QUIET, size=6.0)


def _filled(sheet: Sheet, x: float, y: float) -> None:
    sheet.mark(x, y, "o", colour=ACCENT, fill=ACCENT, size=4.6)
