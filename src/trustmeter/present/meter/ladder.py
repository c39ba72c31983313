"""The ladder of comparability: which steps hold on each scale, and how many points what differs is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, steps_between
from trustmeter.present.palette import ACCENT, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

STEPS = ("configural", "thresholds", "loadings", "intercepts", "residuals")
VERDICT_SHAPES = {"comparable": "o", "not comparable": "X", "undecided": "s"}
_NAMES = 1.75
_BOX = 0.21
_COLUMN = 0.62
_GAP = 0.22


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One scale.

    Parameters
    ----------
    name
        The scale's name.
    steps
        Step → ``"yes"``, ``"in part"``, ``"no"``; steps that were not taken are absent.
    verdict
        ``"comparable"``, ``"not comparable"`` or ``"undecided"``.
    bias, low, high
        Points of the 0-100 score that released items bring at the most, with the interval; zero when none was released.
    unseen
        Points that one more item could bring unseen; not a number when unknown.
    """

    name: str
    steps: dict[str, str]
    verdict: str
    bias: float
    low: float
    high: float
    unseen: float


def draw_ladder(
    rows: Sequence[LadderRow], phrases: Phrases, *, tolerance: float, left_out: str = "", heading: str, alt: str,
    titled: bool = True, watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw a row a scale: five boxes for the steps, then the bias in points against what is of no account."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    steps = [step for step in STEPS if any(step in row.steps for row in rows)]
    left = _NAMES + _GAP + _COLUMN * len(steps) + 0.15
    reach = _reach(rows, tolerance)
    top = _headings(sheet, steps, left, phrases)
    field = Field(left, top, WIDE - left - 0.15, 0.0, (-reach, reach), (0.0, 1.0))
    for row in rows:
        above = sheet.y
        below = _row(sheet, row, steps, field, phrases)
        if math.isfinite(row.bias):
            for value in (-tolerance, tolerance):
                _dashes(sheet, field.x(value), above, below)
            sheet.line((field.x(0.0), field.x(0.0)), (above, below), colour=HAIRLINE, width=0.8, behind=True)
    _axis(sheet, field, sheet.y, phrases, tolerance)
    _legend(sheet, rows, phrases)
    told = [left_out, phrases.say("invariance.beyond") if any(_is_beyond(row, reach) for row in rows) else ""]
    for words in filter(None, told):
        sheet.y = sheet.lines(0.0, sheet.y + 0.05, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _reach(rows: Sequence[LadderRow], tolerance: float) -> float:
    """Return how far the axis goes: what is needed, at most five times the tolerance."""
    sizes = [abs(value) for row in rows for value in (row.low, row.high, row.unseen) if math.isfinite(value)]
    return min(max([1.3 * tolerance, *(1.1 * size for size in sizes)]), 5 * tolerance)


def _is_beyond(row: LadderRow, reach: float) -> bool:
    """Tell whether something of the row lies outside the axis."""
    return any(abs(value) > reach for value in (row.bias, row.low, row.high, row.unseen) if not math.isnan(value))


def _headings(sheet: Sheet, steps: Sequence[str], left: float, phrases: Phrases) -> float:
    """Write what the columns are; return where the rows begin."""
    top, most = sheet.y, sheet.y
    for position, step in enumerate(steps):
        middle = _NAMES + _GAP + _COLUMN * (position + 0.5)
        y = top
        for line in wrap(phrases.say(f"invariance.step.{step}"), _COLUMN + 0.02, 7.0):
            sheet.text(middle, y, line, size=7.0, align="center", colour=QUIET)
            y += line_height(7.0)
        most = max(most, y)
    lines = wrap(phrases.say("invariance.bias"), sheet.width - left - 0.1, 7.0)
    most = max(most, sheet.lines(left, top, lines, size=7.0, colour=QUIET))
    sheet.y = most + 0.05
    return sheet.y


def _row(sheet: Sheet, row: LadderRow, steps: Sequence[str], field: Field, phrases: Phrases) -> float:
    lines = wrap(row.name, _NAMES - 0.2, BODY, "bold")
    height = max(len(lines) * line_height(BODY), 0.3) + 0.1
    middle = sheet.y + height / 2
    sheet.line((0.0, sheet.width), (sheet.y, sheet.y), colour=FAINT, width=0.6, behind=True)
    colour = ACCENT if row.verdict == "comparable" else INK
    fill = ACCENT if row.verdict == "comparable" else GROUND
    sheet.mark(0.07, middle, VERDICT_SHAPES[row.verdict], colour=colour, fill=fill, size=7.5)
    sheet.lines(0.2, middle - len(lines) * line_height(BODY) / 2, lines, weight="bold")
    for position, step in enumerate(steps):
        _box(sheet, _NAMES + _GAP + _COLUMN * (position + 0.5), middle, row.steps.get(step, ""))
    _points(sheet, row, field, middle, phrases)
    sheet.y += height
    return sheet.y


def _box(sheet: Sheet, x: float, y: float, state: str) -> None:
    """Draw a step: filled when it holds, half filled in part, crossed when not, a dot when it was not taken."""
    left, top = x - _BOX / 2, y - _BOX / 2
    if not state:
        sheet.mark(x, y, ".", colour=HAIRLINE, size=3.0)
        return
    sheet.block(left, top, _BOX, _BOX, fill=ACCENT if state == "yes" else GROUND, edge=INK)
    if state == "in part":
        sheet.block(left, top + _BOX / 2, _BOX, _BOX / 2, fill=ACCENT, edge=INK)
    if state == "no":
        sheet.line((left, left + _BOX), (top, top + _BOX), colour=INK, width=1.2)
        sheet.line((left, left + _BOX), (top + _BOX, top), colour=INK, width=1.2)


def _points(sheet: Sheet, row: LadderRow, field: Field, y: float, phrases: Phrases) -> None:
    """Draw the bias with its interval over the grey span of what one item could bring unseen."""
    if not math.isfinite(row.bias):
        sheet.text(field.left, y, phrases.say("invariance.no_bias"), size=SMALL, colour=QUIET, level="centre")
        return
    low, high = field.xs
    if not math.isnan(row.unseen):
        reach = min(row.unseen, high)
        sheet.block(field.x(-reach), y - 0.07, field.x(reach) - field.x(-reach), 0.14, fill="#d9d9d9", edge="#d9d9d9")
        _arrows(sheet, field, y, (-row.unseen, row.unseen), QUIET)
    if row.high > row.low:
        sheet.line([field.x(min(max(end, low), high)) for end in (row.low, row.high)], (y, y), colour=INK, width=1.8)
        _arrows(sheet, field, y, (row.low, row.high), INK)
    if low <= row.bias <= high:
        sheet.mark(field.x(row.bias), y, "D", colour=INK, fill=INK, size=4.5)


def _arrows(sheet: Sheet, field: Field, y: float, ends: tuple[float, float], colour: str) -> None:
    """Draw an arrow at each edge of the axis that an end, or the whole, lies beyond."""
    low, high = field.xs
    if min(ends) < low:
        sheet.mark(field.x(low), y, "<", colour=colour, fill=colour, size=5.0)
    if max(ends) > high:
        sheet.mark(field.x(high), y, ">", colour=colour, fill=colour, size=5.0)


def _dashes(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    y = top
    while y < bottom:
        sheet.line((x, x), (y, min(y + 0.06, bottom)), colour=QUIET, width=0.9)
        y += 0.11


def _axis(sheet: Sheet, field: Field, bottom: float, phrases: Phrases, tolerance: float) -> None:
    sheet.line((field.left, field.left + field.width), (bottom, bottom), colour=HAIRLINE, width=0.8)
    for value in steps_between(*field.xs, 5):
        x = field.x(value)
        sheet.line((x, x), (bottom, bottom + 0.04), colour=HAIRLINE, width=0.8)
        words = phrases.number(value, 0 if float(value).is_integer() else 1, signed=True)
        sheet.text(x, bottom + 0.06, words, size=SMALL, align="center")
    sheet.y = bottom + 0.06 + line_height(SMALL)
    words = phrases.say(
        "invariance.tolerance", points=phrases.number(tolerance, 0 if float(tolerance).is_integer() else 1)
    )
    sheet.y = sheet.lines(0.0, sheet.y + 0.06, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)


def _legend(sheet: Sheet, rows: Sequence[LadderRow], phrases: Phrases) -> None:
    used = [verdict for verdict in VERDICT_SHAPES if any(row.verdict == verdict for row in rows)]
    x, y = 0.0, sheet.y + 0.16
    for verdict in used:
        words = phrases.say(f"invariance.verdict.{verdict.replace(' ', '_')}")
        fill = ACCENT if verdict == "comparable" else GROUND
        sheet.mark(x + 0.07, y, VERDICT_SHAPES[verdict], colour=ACCENT if fill == ACCENT else INK, fill=fill, size=7.0)
        sheet.text(x + 0.2, y, words, size=SMALL, level="centre")
        x += 0.45 + text_width(words, SMALL)
    states = [state for state in ("yes", "in part", "no") if any(state in row.steps.values() for row in rows)]
    x, y = 0.0, y + 0.24
    for state in states:
        words = phrases.say(f"invariance.holds.{state.replace(' ', '_')}")
        _box(sheet, x + _BOX / 2, y, state)
        sheet.text(x + 0.28, y, words, size=SMALL, level="centre")
        x += 0.55 + text_width(words, SMALL)
    sheet.y = y + 0.14
