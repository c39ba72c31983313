"""Screens of intervals: how much each scale changed, and how reliable the scores are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from trustmeter.present.forest import SHAPES
from trustmeter.present.handout.canvas import BODY, NOTE, Canvas, lines_of, write_lines
from trustmeter.present.meter.field import Field, steps_between
from trustmeter.present.palette import ACCENT, BAND, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow
from trustmeter.present.pilot.sentences import points_of
from trustmeter.present.reading import CoefficientRow
from trustmeter.present.sheet import Chart, Sheet, line_height, wrap

NAMES, NUMBERS, GAP = 3.7, 3.3, 0.25
"""Inches: the names at the left, the numbers at the right, and what is between."""

_AIR = 0.17
_COEFFICIENT = {"alpha": ("o", ACCENT, ACCENT), "omega_total": ("s", INK, GROUND)}
Line = tuple[str, float, str, str]


def change_height(row: ChangeRow, ending: str, phrases: Phrases) -> float:
    """Return how high the row of a scale is."""
    return max(_tall(_name(row.name)), _tall(_told(row, ending, phrases))) + _AIR


def axis_height(notes: Sequence[str], width: float) -> float:
    """Return how high the axis is with the sentences under it."""
    return 0.1 + line_height(NOTE) + sum(len(wrap(note, width, NOTE)) for note in notes) * line_height(NOTE) + 0.05


def change_notes(rows: Sequence[ChangeRow], axis: str, phrases: Phrases) -> list[str]:
    """Return what stands under the axis: what the values are, and what the band is."""
    smallest = {row.smallest for row in rows if row.shown and row.smallest}
    if len(smallest) != 1:
        return [axis]
    return [axis, phrases.say("slides.band", points=points_of(next(iter(smallest)), phrases))]


def draw_changes(
    canvas: Canvas, rows: Sequence[ChangeRow], limits: tuple[float, float], *, notes: Sequence[str], ending: str,
    phrases: Phrases, alt: str,
) -> Chart:  # fmt: skip
    """Draw the change of each scale with its interval, and before, after and the verdict in words beside it."""
    sheet, field = canvas.sheet, _field(canvas, limits)
    y = canvas.top
    for row in rows:
        height = change_height(row, ending, phrases)
        write_lines(sheet, 0.0, y + height / 2, _name(row.name))
        write_lines(sheet, canvas.width - NUMBERS, y + height / 2, _told(row, ending, phrases))
        if row.smallest and row.shown:
            reach = field.x(row.smallest) - field.x(-row.smallest)
            sheet.block(field.x(-row.smallest), y, reach, height, fill=BAND, edge=BAND, behind=True)
        if row.shown:
            colour = {"inconclusive": QUIET, "no_relevant_change": INK}.get(row.said, ACCENT)
            _interval(sheet, field, y + height / 2, (row.low, row.high), colour)
            fill = GROUND if row.said == "inconclusive" else colour
            sheet.mark(field.x(row.change), y + height / 2, SHAPES[row.said], colour=colour, fill=fill, size=14.0)
        y += height
    sheet.line((field.x(0.0), field.x(0.0)), (canvas.top, y), colour=INK, width=1.6, behind=True)
    whole = field.xs[1] - field.xs[0] > 4
    _axis(canvas, field, y, notes, lambda value: phrases.number(value, 0 if whole else 1, signed=True))
    return canvas.finish(alt)


def limits_of(rows: Sequence[ChangeRow]) -> tuple[float, float]:
    """Return an axis that holds zero, every interval and the smallest effects."""
    values = [
        value for row in rows if row.shown for value in (row.low, row.high, row.change, row.smallest, -row.smallest)
    ]
    finite = [value for value in values if math.isfinite(value)]
    low, high = min([*finite, 0.0]), max([*finite, 0.0])
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad


def meter_height(rows: Sequence[CoefficientRow]) -> float:
    """Return how high the rows of one scale are."""
    return max(_tall(_name(rows[0].name)), len(rows) * line_height(NOTE) * 1.15) + _AIR


def draw_meter_rows(
    canvas: Canvas, groups: Sequence[Sequence[CoefficientRow]], lowest: float, *, notes: Sequence[str],
    phrases: Phrases, alt: str,
) -> Chart:  # fmt: skip
    """Draw the coefficients of each scale with their intervals, from 0 (or `lowest`) to 1."""
    sheet, field = canvas.sheet, _field(canvas, (lowest, 1.0))
    y = canvas.top
    for rows in groups:
        height = meter_height(rows)
        write_lines(sheet, 0.0, y + height / 2, _name(rows[0].name))
        step = line_height(NOTE) * 1.15
        for at, row in enumerate(rows):
            middle = y + height / 2 + (at - (len(rows) - 1) / 2) * step
            if row.shown:
                shape, colour, fill = _COEFFICIENT[row.term]
                _interval(sheet, field, middle, (row.low, row.high), colour)
                sheet.mark(field.x(row.value), middle, shape, colour=colour, fill=fill, size=10.0)
            words = f"{phrases.say(f'symbol.{row.term}')} {coefficient_told(row, phrases)}"
            sheet.text(canvas.width - NUMBERS, middle, words, size=NOTE, level="centre")
        y += height
    _axis(canvas, field, y, notes, lambda value: phrases.number(value, 1))
    return canvas.finish(alt)


def coefficient_told(row: CoefficientRow, phrases: Phrases) -> str:
    """Return a coefficient with its interval, or why there is none."""
    if not row.shown:
        return phrases.say("cell.too_few" if row.few else "cell.not_estimable")
    number = phrases.number(row.value, 2)
    if not math.isfinite(row.low):
        return number
    ends = {"low": phrases.number(row.low, 2), "high": phrases.number(row.high, 2)}
    return f"{number} ({phrases.say('cell.span', **ends)})"


def _field(canvas: Canvas, limits: tuple[float, float]) -> Field:
    left = NAMES + GAP
    return Field(left, canvas.top, canvas.width - NUMBERS - GAP - left, 0.0, limits, (0.0, 1.0))


def _name(name: str) -> list[Line]:
    return lines_of(name, NAMES, BODY, weight="bold")


def _told(row: ChangeRow, ending: str, phrases: Phrases) -> list[Line]:
    """Return means before and after, and the verdict in words."""
    verdict = lines_of(phrases.say(f"verdict_word{ending}.{row.said}"), NUMBERS, NOTE, colour=QUIET)
    if not row.shown:
        return verdict
    return [(f"{phrases.number(row.before)} → {phrases.number(row.after)}", BODY, "normal", INK), *verdict]


def _tall(lines: Sequence[Line]) -> float:
    return sum(line_height(size) for _, size, _, _ in lines)


def _interval(sheet: Sheet, field: Field, y: float, ends: tuple[float, float], colour: str) -> None:
    if not all(map(math.isfinite, ends)):
        return
    xs = [field.x(min(max(end, field.xs[0]), field.xs[1])) for end in ends]
    sheet.line(xs, (y, y), colour=colour, width=4.0)
    for x in xs:
        sheet.line((x, x), (y - 0.07, y + 0.07), colour=colour, width=2.0)


def _axis(canvas: Canvas, field: Field, y: float, notes: Sequence[str], label: Callable[[float], str]) -> None:
    sheet = canvas.sheet
    sheet.line((field.left, field.left + field.width), (y, y), colour=HAIRLINE, width=1.2)
    for value in steps_between(*field.xs, 5):
        x = field.x(value)
        sheet.line((x, x), (canvas.top, y), colour=FAINT, width=0.9, behind=True)
        sheet.line((x, x), (y, y + 0.06), colour=HAIRLINE, width=1.2)
        sheet.text(x, y + 0.09, label(value), size=NOTE, align="center")
    y += 0.1 + line_height(NOTE)
    for note in notes:
        y = sheet.lines(0.0, y, wrap(note, canvas.width, NOTE), size=NOTE, colour=QUIET)
