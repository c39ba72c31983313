"""The map of thresholds (Wright map): where people are and where the answers separate them, on one line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, draw_axes, draw_curve, shades
from trustmeter.present.palette import ACCENT, FAINT, GROUND, HAIRLINE, INK, MOST_STEPS, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

_NAMES = 1.9
_STEP = 0.16


@dataclass(frozen=True, slots=True)
class ItemThresholds:
    """One item: where on the trait an answer becomes likelier than not to be that category or a higher one.

    Parameters
    ----------
    item
        Its name.
    thresholds
        Lowest step first.
    turned
        Whether its answers were turned before the analysis.
    """

    item: str
    thresholds: Sequence[float]
    turned: bool = False


def draw_threshold_map(
    items: Sequence[ItemThresholds], people: tuple[Sequence[float], Sequence[float]], phrases: Phrases, *, crowd_name: str,
    heading: str, alt: str, titled: bool = True, watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw the people's distribution (trait, density) above, and each item's thresholds below on the same axis."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    ends = (min(people[0][0], -3.0), max(people[0][-1], 3.0))
    width = WIDE - _NAMES - 0.1
    crowd = Field(_NAMES, sheet.y, width, 0.75, ends, (0.0, 1.08 * max(people[1])))
    draw_curve(sheet, crowd, *people, colour=ACCENT, width=1.8)
    sheet.line((_NAMES, _NAMES + width), (crowd.top + 0.75, crowd.top + 0.75), colour=HAIRLINE)
    lines = wrap(crowd_name, _NAMES - 0.2, SMALL)
    above = max(0.0, 0.45 - len(lines) * line_height(SMALL) / 2)
    ended = sheet.lines(0.0, sheet.y + above, lines, size=SMALL, colour=QUIET)
    y = top = max(crowd.top + 0.85, ended + 0.06)
    for one in items:
        lines = wrap(f"* {one.item}" if one.turned else one.item, _NAMES - 0.1, BODY)
        height = max(0.28, len(lines) * line_height(BODY) + 0.12)
        sheet.line((0.0, WIDE), (y, y), colour=FAINT, width=0.6, behind=True)
        sheet.lines(0.0, y + height / 2 - len(lines) * line_height(BODY) / 2, lines)
        _thresholds(sheet, crowd, y + height / 2, one.thresholds)
        y += height
    field = Field(_NAMES, top, width, y - top, ends, (0.0, 1.0))
    draw_axes(sheet, field, tell_x=lambda value: phrases.number(value, 0), tell_y=lambda _: "", most=(8, 1))
    words = phrases.say("irt.map_axis")
    sheet.y = sheet.lines(0.0, sheet.y + 0.05, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    _legend(sheet, max(len(one.thresholds) for one in items), phrases)
    if any(one.turned for one in items):
        told = wrap(f"* {phrases.say('cell.reversed')}", sheet.width, SMALL)
        sheet.y = sheet.lines(0.0, sheet.y + 0.05, told, size=SMALL, colour=QUIET)
    if any(not ends[0] <= value <= ends[1] for one in items for value in one.thresholds if not math.isnan(value)):
        told = wrap(phrases.say("invariance.beyond"), sheet.width, SMALL)
        sheet.y = sheet.lines(0.0, sheet.y + 0.05, told, size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _legend(sheet: Sheet, count: int, phrases: Phrases) -> None:
    """Draw the marks of the steps in a row, between the words for the first and the last."""
    y, first = sheet.y + 0.14, phrases.say("irt.above_lowest")
    sheet.text(0.0, y, first, size=SMALL, level="centre")
    x = text_width(first, SMALL) + _STEP
    for colour in shades(min(count, MOST_STEPS)):
        sheet.mark(x, y, "o", colour=INK, fill=_fill(colour), size=7.0)
        x += _STEP
    if count > 1:
        sheet.text(x, y, phrases.say("irt.highest"), size=SMALL, level="centre")
    sheet.y = y + 0.1


def _fill(colour: str) -> str:
    return GROUND if colour == "#f7f7f7" else colour


def _thresholds(sheet: Sheet, field: Field, y: float, thresholds: Sequence[float]) -> None:
    low, high = field.xs
    thresholds = [value for value in thresholds if not math.isnan(value)]
    if not thresholds:
        return
    inside = [min(max(value, low), high) for value in thresholds]
    sheet.line((field.x(min(inside)), field.x(max(inside))), (y, y), colour=HAIRLINE, width=1.0)
    colours = shades(len(thresholds))
    for number, (value, place) in enumerate(zip(thresholds, inside, strict=True)):
        shape = "o" if low <= value <= high else ("<" if value < low else ">")
        sheet.mark(field.x(place), y, shape, colour=INK, fill=_fill(colours[number]), size=7.0)
