"""Values with their intervals, one row a scale: what changed, and how reliable the scores are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from matplotlib.ticker import MaxNLocator

from trustmeter.present.palette import ACCENT, BAND, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow, FurtherRow
from trustmeter.present.pilot.sentences import points_of
from trustmeter.present.reading import COEFFICIENTS, CoefficientRow
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

SHAPES = {"increase": "^", "decrease": "v", "no_relevant_change": "D", "inconclusive": "o"}
"""The marker of each verdict: told apart by shape, not by colour alone."""

_COEFFICIENT_SHAPES = {"alpha": "o", "omega_total": "s"}
Span: TypeAlias = tuple[float, float]
_GAP = 0.14
_NAMES = 2.35
_INDENT = 0.16
_TINY = 7.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things stand on the sheet: names, the plotting field, the numbers at the right; inches.

    Parameters
    ----------
    names
        Width of the names.
    left, right
        The edges of the plotting field.
    low, high
        The values at those edges.
    """

    names: float
    left: float
    right: float
    low: float
    high: float

    def at(self, value: float) -> float:
        """Return where a value stands, in inches."""
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)


def draw_change(
    rows: Sequence[ChangeRow], phrases: Phrases, *, labels: tuple[str, str], conf_level: float, family: str,
    heading: str, alt: str, titled: bool = True, watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw the change of each scale: its interval, the zero line, the smallest effect; numbers and verdict at the right."""
    sheet = Sheet(WIDE)
    _title(sheet, heading if titled else "")
    frame = _frame(_limits(_values(rows) or [-1.0, 1.0]), numbers=1.85)
    key = {"group": "difference"}.get(family, family)
    names = {"first": labels[0], "second": labels[1]}
    _columns(sheet, frame, phrases.say("mark.columns", **names) if family == "effect" else _change_heading(labels))
    spans = []
    for row in rows:
        span = _change_row(sheet, frame, row, family, phrases)
        sheet.y = span[1] + (0.1 if row.further and row.shown else 0.0)
        spans.append((span[0], sheet.y))
        if row.smallest and row.shown:
            _band(sheet, frame, row.smallest, spans[-1])
    _axis(sheet, frame, spans, lambda value: _tick(value, frame, phrases, signed=True))
    for span in spans:
        sheet.line((frame.at(0.0), frame.at(0.0)), span, colour=INK, width=1.0, behind=True)
    _axis_title(sheet, frame, phrases.say(f"axis.{key}", level=phrases.level(conf_level), **names))
    _change_legend(sheet, frame, rows, family, phrases)
    return sheet.finish(
        heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=MARGIN if titled else 0.02
    )


def draw_reliability(
    rows: Sequence[CoefficientRow], phrases: Phrases, *, conf_level: float, heading: str, alt: str,
    titled: bool = True, watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw the coefficients of each scale with their intervals, from 0 (or below) to 1; more than alpha and omega as a list."""
    sheet = Sheet(WIDE)
    _title(sheet, heading if titled else "")
    lowest = min((row.low if math.isfinite(row.low) else row.value for row in rows if row.shown), default=0.0)
    limits = (min(0.0, math.floor(10 * lowest) / 10), 1.0)
    frame = _frame(limits, numbers=1.75)
    scales = dict.fromkeys(row.scale for row in rows)
    draw = _coefficient_rows if all(row.term in COEFFICIENTS for row in rows) else _coefficient_list
    spans = [draw(sheet, frame, [row for row in rows if row.scale == one], phrases) for one in scales]
    _axis(sheet, frame, spans, lambda value: phrases.number(value, 1))
    _axis_title(sheet, frame, phrases.say("axis.reliability", level=phrases.level(conf_level)))
    used = [term for term in COEFFICIENTS if draw is _coefficient_rows and any(row.term == term for row in rows)]
    _legend(sheet, [(_COEFFICIENT_SHAPES[term], _ink_of(term), phrases.say(f"term.{term}")) for term in used])
    return sheet.finish(
        heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=MARGIN if titled else 0.02
    )


def _values(rows: Sequence[ChangeRow]) -> list[float]:
    """Return all that the axis must hold: changes and intervals of all waves, and the smallest effects on both sides."""
    shown = [row for row in rows if row.shown]
    values = [value for row in shown for value in (row.low, row.high, row.change, -row.smallest, row.smallest)]
    return values + [value for row in shown for one in row.further for value in (one.low, one.high, one.value)]


def _change_row(sheet: Sheet, frame: Frame, row: ChangeRow, family: str, phrases: Phrases) -> Span:
    """Draw one scale and its other waves; return where its part of the plotting field begins and ends."""
    if not row.shown:
        span, middle = _named_row(sheet, frame, row.name, row.depth, [])
        sheet.text(frame.right + _GAP, middle, phrases.say("verdict.suppressed"), colour=QUIET, level="centre")
        return span
    span, middle = _named_row(sheet, frame, row.name, row.depth, _numbers_of(row, frame, family, phrases))
    colour = _colour(row.said)
    _interval(sheet, frame, middle, (row.low, row.high), colour)
    fill = GROUND if row.said == "inconclusive" else colour
    sheet.mark(frame.at(row.change), middle, SHAPES[row.said], colour=colour, fill=fill, size=8.0)
    if math.isfinite(row.limit):
        _person_mark(sheet, frame, row.limit, span, phrases)
    for one in row.further:
        _further_row(sheet, frame, one, phrases)
    return span[0], sheet.y


def _numbers_of(row: ChangeRow, frame: Frame, family: str, phrases: Phrases) -> list[tuple[str, str]]:
    """Return the lines at the right: means, change with its interval, what the others did, and the verdict in words."""
    lines = [
        (f"{phrases.number(row.before)} → {phrases.number(row.after)}", INK),
        (_reach(row.change, row.low, row.high, phrases), QUIET),
    ]
    if math.isfinite(row.beside[0]):
        beside = phrases.number(row.beside[1] - row.beside[0], signed=True) or phrases.number(0.0)
        lines += _wrapped(phrases.say("mark.beside", change=beside), frame)
    words = "verdict_word" if family == "change" else f"verdict_word_{family}"
    return lines + _wrapped(phrases.say(f"{words}.{row.said}"), frame)


def _reach(value: float, low: float, high: float, phrases: Phrases) -> str:
    shown = phrases.number(value, signed=True)
    if not (math.isfinite(low) and math.isfinite(high)):
        return shown
    return f"{shown}  ({phrases.say('cell.span', low=phrases.number(low), high=phrases.number(high))})"


def _wrapped(words: str, frame: Frame) -> list[tuple[str, str]]:
    return [(line, QUIET) for line in wrap(words, WIDE - frame.right - _GAP, SMALL)]


def _further_row(sheet: Sheet, frame: Frame, one: FurtherRow, phrases: Phrases) -> None:
    """Draw an earlier or later wave below its scale, lighter."""
    middle = sheet.y + line_height(SMALL) / 2
    words = phrases.say("mark.later" if one.later else "mark.earlier", wave=one.wave)
    lines = wrap(words, frame.names - 2 * _INDENT, SMALL)
    sheet.lines(2 * _INDENT, sheet.y, lines, size=SMALL, colour=QUIET)
    _interval(sheet, frame, middle, (one.low, one.high), HAIRLINE, width=1.0)
    sheet.mark(frame.at(one.value), middle, "o", colour=HAIRLINE, fill=GROUND, size=4.5)
    told = _reach(one.value, one.low, one.high, phrases)
    sheet.text(frame.right + _GAP, sheet.y, told, colour=QUIET, size=SMALL)
    sheet.y += len(lines) * line_height(SMALL)


def _band(sheet: Sheet, frame: Frame, smallest: float, span: Span) -> None:
    """Draw what lies within the smallest effect, behind everything, with its own edges."""
    left, right = frame.at(-smallest), frame.at(smallest)
    sheet.block(left, span[0], right - left, span[1] - span[0], fill=BAND, edge=BAND, behind=True)
    for x in (left, right):
        sheet.line((x, x), span, colour=HAIRLINE, width=0.7, behind=True)


def _person_mark(sheet: Sheet, frame: Frame, limit: float, span: Span, phrases: Phrases) -> None:
    """Mark what one person's change must exceed: thin ticks at the row's foot, or arrows where the axis ends before."""
    foot = span[1] - 0.04
    words = f"±{phrases.number(limit)}"
    inside = _holds(frame, limit)
    for side, end in ((-limit, frame.low), (limit, frame.high)):
        x = frame.at(side if inside else end)
        if inside:
            sheet.line((x, x), (foot - 0.09, foot), colour=HAIRLINE, width=0.8)
        else:
            sheet.mark(x, foot - 0.045, "<" if side < 0 else ">", colour=HAIRLINE, fill=HAIRLINE, size=3.0)
    x = frame.at(limit) - 0.04 if inside else frame.right - 0.07
    sheet.text(x, foot - 0.045, words, size=_TINY, colour=QUIET, align="right", level="centre")


def _change_legend(sheet: Sheet, frame: Frame, rows: Sequence[ChangeRow], family: str, phrases: Phrases) -> None:
    """Write what the marks mean: verdicts, the band, other waves, and what is about one person only."""
    shown = [row for row in rows if row.shown]
    verdicts = "verdict" if family == "change" else f"verdict_{family}"
    used = [verdict for verdict in SHAPES if any(row.said == verdict for row in shown)]
    entries = [(SHAPES[verdict], _colour(verdict), phrases.say(f"{verdicts}.{verdict}")) for verdict in used]
    if any(row.further for row in shown):
        entries.append(("o", HAIRLINE, phrases.say("mark.further")))
    smallest = {row.smallest for row in shown if row.smallest}
    if smallest:
        one = {"points": points_of(next(iter(smallest)), phrases)} if len(smallest) == 1 else {}
        entries.append(("s", BAND, phrases.say("mark.smallest" if one else "mark.smallest_each", **one)))
    if shown:
        entries.append(("|", INK, phrases.say("mark.zero")))
    limits = [row.limit for row in shown if math.isfinite(row.limit)]
    if limits:
        outside = any(not _holds(frame, limit) for limit in limits)
        entries.append((">" if outside else "|", HAIRLINE, phrases.say("mark.person")))
    _legend(sheet, entries)


def _holds(frame: Frame, limit: float) -> bool:
    """Tell whether a limit is on the axis on both sides."""
    return limit <= frame.high and -limit >= frame.low


def _coefficient_rows(sheet: Sheet, frame: Frame, rows: Sequence[CoefficientRow], phrases: Phrases) -> Span:
    """Draw one scale's coefficients; return where its part of the plotting field begins and ends."""
    told = [(phrases.say(f"symbol.{row.term}"), _told(row, phrases)) for row in rows]
    numbers = [(f"{symbol} {words}", colour) for symbol, (words, colour) in told]
    span, middle = _named_row(sheet, frame, rows[0].name, 0, numbers)
    for position, row in enumerate(rows):
        if row.shown:
            y = middle + (position - (len(rows) - 1) / 2) * line_height(BODY)
            colour = _ink_of(row.term)
            _interval(sheet, frame, y, (row.low, row.high), colour)
            fill = colour if row.term == "alpha" else GROUND
            sheet.mark(frame.at(row.value), y, _COEFFICIENT_SHAPES[row.term], colour=colour, fill=fill, size=6.5)
    return span


def _coefficient_list(sheet: Sheet, frame: Frame, rows: Sequence[CoefficientRow], phrases: Phrases) -> Span:
    """Draw one scale's coefficients, a named row each; return where their part of the plotting field begins and ends."""
    if rows[0].name:
        lines = wrap(rows[0].name, sheet.width, BODY, "bold")
        sheet.y = sheet.lines(0.0, sheet.y, lines, weight="bold") + 0.04
    top = sheet.y
    for row in rows:
        (_, bottom), middle = _named_row(sheet, frame, phrases.term(row.term), 1, [_told(row, phrases)])
        sheet.y = bottom - 0.06
        if row.shown:
            _interval(sheet, frame, middle, (row.low, row.high), ACCENT)
            fill = ACCENT if math.isfinite(row.low) else GROUND
            sheet.mark(frame.at(row.value), middle, "o", colour=ACCENT, fill=fill, size=6.5)
    sheet.y += 0.06
    return top, sheet.y


def _told(row: CoefficientRow, phrases: Phrases) -> tuple[str, str]:
    """Return a coefficient with its interval in words, and their colour."""
    if not row.shown:
        return phrases.say("cell.too_few" if row.few else "cell.not_estimable"), QUIET
    number = phrases.number(row.value, 2)
    if not math.isfinite(row.low):
        return number, INK
    reach = phrases.say("cell.span", low=phrases.number(row.low, 2), high=phrases.number(row.high, 2))
    return f"{number}  ({reach})", INK


def _named_row(
    sheet: Sheet, frame: Frame, name: str, depth: int, numbers: Sequence[tuple[str, str]]
) -> tuple[Span, float]:
    """Write a row's name and its numbers, move down, and return its part of the plotting field and the middle of it."""
    indent = _INDENT * depth
    weight = "normal" if depth else "bold"
    lines = wrap(name, frame.names - indent, BODY, weight)
    height = max(len(lines), len(numbers)) * line_height(BODY)
    middle = sheet.y + height / 2
    sheet.lines(indent, middle - len(lines) * line_height(BODY) / 2, lines, weight=weight)
    y = middle - len(numbers) * line_height(BODY) / 2
    for words, colour in numbers:
        sheet.text(frame.right + _GAP, y, words, colour=colour, size=BODY if colour == INK else SMALL)
        y += line_height(BODY)
    span = (sheet.y, sheet.y + height + 0.12)
    sheet.y = span[1]
    return span, middle


def _interval(sheet: Sheet, frame: Frame, y: float, ends: Span, colour: str, *, width: float = 1.8) -> None:
    low, high = ends
    if not (math.isfinite(low) and math.isfinite(high)):
        return
    drawn = frame.at(max(low, frame.low)), frame.at(min(high, frame.high))
    sheet.line(drawn, (y, y), colour=colour, width=width)
    for end in drawn:
        sheet.line((end, end), (y - 0.04, y + 0.04), colour=colour, width=min(width, 1.2))


def _frame(limits: Span, *, numbers: float) -> Frame:
    return Frame(_NAMES, _NAMES + _GAP, WIDE - numbers - _GAP, *limits)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Return round limits a little outside the values, zero inside."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min([*finite, 0.0]), max([*finite, 0.0])
    pad = 0.06 * max(high - low, 1e-9) if high > low else 1.0
    return low - pad, high + pad


def _ticks(frame: Frame) -> list[float]:
    fits = max(2, int((frame.right - frame.left) / 0.55))
    found = MaxNLocator(nbins=min(6, fits), steps=[1, 2, 5, 10]).tick_values(frame.low, frame.high)
    slack = 1e-9 * (frame.high - frame.low)
    return [float(value) for value in found if frame.low - slack <= value <= frame.high + slack]


def _tick(value: float, frame: Frame, phrases: Phrases, *, signed: bool) -> str:
    decimals = (
        0 if all(float(tick).is_integer() for tick in _ticks(frame)) else 1 if frame.high - frame.low > 0.5 else 2
    )
    return phrases.number(value, decimals, signed=signed)


def _axis(sheet: Sheet, frame: Frame, spans: Sequence[Span], label: Callable[[float], str]) -> None:
    bottom = sheet.y
    sheet.line((frame.left, frame.right), (bottom, bottom), colour=HAIRLINE, width=0.8)
    for value in _ticks(frame):
        x = frame.at(value)
        for span in spans:
            sheet.line((x, x), span, colour=FAINT, width=0.6, behind=True)
        sheet.line((x, x), (bottom, bottom + 0.04), colour=HAIRLINE, width=0.8)
        sheet.text(x, bottom + 0.06, label(value), size=SMALL, align="center", colour=INK)
    sheet.y = bottom + 0.06 + line_height(SMALL)


def _axis_title(sheet: Sheet, frame: Frame, words: str) -> None:
    """Write under the axis, over the whole width where the field is too narrow for the words."""
    fits = text_width(words, SMALL) <= frame.right - frame.left
    x = frame.left if fits else 0.0
    sheet.y = sheet.lines(x, sheet.y + 0.03, wrap(words, sheet.width - x, SMALL), size=SMALL, colour=QUIET)


def _legend(sheet: Sheet, entries: Sequence[tuple[str, str, str]]) -> None:
    """Write the markers and their words in lines as long as the sheet is wide; longer words go on below."""
    sheet.y += 0.12
    x, step = 0.0, line_height(SMALL) + 0.03
    for shape, colour, words in entries:
        need = 0.2 + text_width(words, SMALL)
        if x > 0 and x + need > sheet.width:
            x, sheet.y = 0.0, sheet.y + step
        hollow = (shape == "s" and colour == INK) or (shape == "o" and colour != ACCENT)
        sheet.mark(x + 0.07, sheet.y + step / 2, shape, colour=HAIRLINE if colour == BAND else colour,
                   fill=GROUND if hollow else colour, size=6.5)  # fmt: skip
        lines = wrap(words, sheet.width - x - 0.2, SMALL)
        sheet.text(x + 0.2, sheet.y + step / 2, lines[0], size=SMALL, level="centre")
        if len(lines) > 1:
            sheet.y = sheet.lines(x + 0.2, sheet.y + step, lines[1:], size=SMALL) - step
        x += need + 0.25
    sheet.y += step if entries else 0.0


def _title(sheet: Sheet, heading: str) -> None:
    if heading:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    else:
        sheet.y = 0.04


def _columns(sheet: Sheet, frame: Frame, heading: str) -> None:
    """Write what the numbers at the right are."""
    lines = wrap(heading, sheet.width - frame.right - _GAP, SMALL)
    sheet.y = sheet.lines(frame.right + _GAP, sheet.y, lines, size=SMALL, colour=QUIET) + 0.06


def _change_heading(labels: tuple[str, str]) -> str:
    return f"{labels[0]} → {labels[1]}"


def _colour(verdict: str) -> str:
    return {"inconclusive": QUIET, "no_relevant_change": INK}.get(verdict, ACCENT)


def _ink_of(term: str) -> str:
    return ACCENT if term == "alpha" else INK
