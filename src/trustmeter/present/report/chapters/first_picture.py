"""The pictures of the report's own: the calm one of page one, and where each wave stands from 0 to 100."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, steps_between
from trustmeter.present.palette import ACCENT, BAND, FAINT, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow
from trustmeter.present.pilot.sentences import points_of
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.sheet import SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

SHAPES = {"increase": "^", "decrease": "v", "no_relevant_change": "D", "inconclusive": "o"}
LARGE = 11.0
_NAMES = 2.15
_GAP = 0.16
_TOLD = 1.75
_ROW = 0.13


@dataclass(frozen=True, slots=True)
class Level:
    """Where one scale stood before and after, with intervals; of pilot or comparison areas where `kind` names them."""

    name: str
    kind: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]


def draw_first(rows: Sequence[ChangeRow], material: Material, *, left: bool) -> Chart:
    """Draw each scale's change with its interval, large; before and after and the verdict in words at the right."""
    phrases, (first, second) = material.phrases, material.names
    key = {"group": "difference"}.get(material.family, material.family)
    heading = phrases.say(f"heading.{key}", first=first, second=second)
    sheet = Sheet(WIDE)
    sheet.y = line_height(SMALL) + 0.06
    field = Field(_NAMES + _GAP, sheet.y, WIDE - _NAMES - _TOLD - 2 * _GAP, 0.0, _ends(rows), (0.0, 1.0))
    sheet.text(
        field.x(0.0), 0.02, phrases.say(f"front.zero.{material.family}"), size=SMALL, align="center", colour=QUIET
    )
    for row in rows:
        _change(sheet, field, row, material)
    _zero_and_axis(sheet, field, rows, phrases)
    level = phrases.level(material.change.conf_level)
    notes = [phrases.say(f"axis.{key}", first=first, second=second, level=level)]
    smallest = {row.smallest for row in rows if row.smallest}
    if len(smallest) == 1:
        notes.append(phrases.say("mark.smallest", points=points_of(next(iter(smallest)), phrases)) + " ▒")
    notes += [phrases.say("front.picture_more")] if left else []
    for words in notes:
        sheet.y = sheet.lines(0.0, sheet.y + 0.04, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    told = [f"{row.name}: {_numbers(row, phrases)}, {_verdict(row, material)}." for row in rows]
    mark = phrases.say("simulated.mark") if material.simulated else ""
    alt = " ".join([phrases.say(f"alt.{key}"), *told])
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=mark, margin=0.02)


def draw_levels(levels: Sequence[Level], material: Material, *, heading: str) -> Chart:
    """Draw where each scale stood before (hollow) and after (filled) on the whole way from 0 to 100."""
    phrases, sheet = material.phrases, Sheet(WIDE)
    sheet.y = 0.04
    field = Field(_NAMES + _GAP, 0.0, WIDE - _NAMES - 1.15 - 2 * _GAP, 0.0, (0.0, 100.0), (0.0, 1.0))
    told, name = [], ""
    for one in levels:
        words = [*([one.name] if one.name != name else []), *([one.kind] if one.kind else [])]
        name = one.name
        _level(sheet, field, one, words, phrases)
        told.append(f"{', '.join(filter(None, (one.name, one.kind)))}: {_arrow(one.before[0], one.after[0], phrases)}.")
    for value in (0.0, 25.0, 50.0, 75.0, 100.0):
        x = field.x(value)
        sheet.line((x, x), (0.0, sheet.y), colour=FAINT, width=0.7, behind=True)
        sheet.text(x, sheet.y + 0.05, phrases.whole(value), size=SMALL, align="center")
    sheet.line((field.left, field.left + field.width), (sheet.y, sheet.y), colour=HAIRLINE)
    sheet.y += 0.05 + line_height(SMALL) + 0.1
    _wave_legend(sheet, field, material)
    mark = phrases.say("simulated.mark") if material.simulated else ""
    return sheet.finish(heading=heading, alt=" ".join(told), language=phrases.language, watermark=mark, margin=0.02)


def _change(sheet: Sheet, field: Field, row: ChangeRow, material: Material) -> None:
    phrases = material.phrases
    names = wrap(row.name, _NAMES, LARGE, "bold")
    verdict = wrap(_verdict(row, material), _TOLD, SMALL)
    height = max(len(names) * line_height(LARGE), line_height(LARGE) + len(verdict) * line_height(SMALL))
    middle, top = sheet.y + height / 2, sheet.y
    sheet.lines(0.0, middle - len(names) * line_height(LARGE) / 2, names, size=LARGE, weight="bold")
    told = field.left + field.width + _GAP
    y = middle - (line_height(LARGE) + len(verdict) * line_height(SMALL)) / 2
    sheet.text(told, y, _numbers(row, phrases), size=LARGE)
    sheet.lines(told, y + line_height(LARGE), verdict, size=SMALL, colour=QUIET)
    colour = {"inconclusive": QUIET, "no_relevant_change": INK}.get(row.said, ACCENT)
    sheet.y = top + height + _ROW
    if row.smallest:
        reach = field.x(row.smallest) - field.x(-row.smallest)
        sheet.block(field.x(-row.smallest), top - _ROW / 2, reach, height + _ROW, fill=BAND, edge=BAND, behind=True)
    if math.isfinite(row.low) and math.isfinite(row.high):
        ends = field.x(row.low), field.x(row.high)
        sheet.line(ends, (middle, middle), colour=colour, width=3.0)
        for x in ends:
            sheet.line((x, x), (middle - 0.055, middle + 0.055), colour=colour, width=1.6)
    fill = GROUND if row.said == "inconclusive" else colour
    sheet.mark(field.x(row.change), middle, SHAPES[row.said], colour=colour, fill=fill, size=10.0)


def _zero_and_axis(sheet: Sheet, field: Field, rows: Sequence[ChangeRow], phrases: Phrases) -> None:
    bottom = sheet.y - _ROW / 2
    sheet.line((field.x(0.0), field.x(0.0)), (field.top - 0.04, bottom), colour=INK, width=1.2, behind=True)
    sheet.line((field.left, field.left + field.width), (bottom, bottom), colour=HAIRLINE)
    for value in steps_between(*field.xs, 5):
        x, decimals = field.x(value), 0 if field.xs[1] - field.xs[0] > 4 else 1
        sheet.line((x, x), (bottom, bottom + 0.04), colour=HAIRLINE)
        sheet.text(x, bottom + 0.06, phrases.number(value, decimals, signed=True), size=SMALL, align="center")
    sheet.y = bottom + 0.08 + line_height(SMALL)


def _ends(rows: Sequence[ChangeRow]) -> tuple[float, float]:
    values = [value for row in rows for value in (row.low, row.high, row.change, row.smallest, -row.smallest)]
    finite = [value for value in values if math.isfinite(value)]
    low, high = min([*finite, 0.0]), max([*finite, 0.0])
    pad = 0.07 * (high - low) or 1.0
    return low - pad, high + pad


def _level(sheet: Sheet, field: Field, one: Level, words: Sequence[str], phrases: Phrases) -> None:
    lines = [line for word in words for line in wrap(word, _NAMES, SMALL + 1)]
    height = max(len(lines), 1) * line_height(SMALL + 1) + 0.08
    middle = sheet.y + height / 2
    y = middle - len(lines) * line_height(SMALL + 1) / 2
    named = len(wrap(words[0], _NAMES, SMALL + 1)) if len(words) > 1 else 0
    y = sheet.lines(0.0, y, lines[:named], size=SMALL + 1, weight="bold")
    sheet.lines(0.0, y, lines[named:], size=SMALL + 1)
    for (value, low, high), shift, colour in ((one.before, -0.045, QUIET), (one.after, 0.045, ACCENT)):
        if math.isfinite(low) and math.isfinite(high):
            ends = [field.x(min(max(end, 0.0), 100.0)) for end in (low, high)]
            sheet.line(ends, (middle + shift, middle + shift), colour=colour, width=1.6)
        if math.isfinite(value):
            fill = GROUND if shift < 0 else colour
            sheet.mark(field.x(value), middle + shift, "o", colour=colour, fill=fill, size=5.5)
    told = _arrow(one.before[0], one.after[0], phrases)
    sheet.text(field.left + field.width + _GAP, middle, told, level="centre", size=SMALL + 1)
    sheet.y += height


def _wave_legend(sheet: Sheet, field: Field, material: Material) -> None:
    x = field.left
    for name, colour, fill in zip(material.names, (QUIET, ACCENT), (GROUND, ACCENT), strict=True):
        sheet.mark(x + 0.05, sheet.y, "o", colour=colour, fill=fill, size=5.5)
        sheet.text(x + 0.16, sheet.y, name, size=SMALL, level="centre", colour=QUIET)
        x += 0.45 + text_width(name, SMALL)
    sheet.y += line_height(SMALL)


def _numbers(row: ChangeRow, phrases: Phrases) -> str:
    return _arrow(row.before, row.after, phrases)


def _arrow(before: float, after: float, phrases: Phrases) -> str:
    return f"{phrases.number(before)} → {phrases.number(after)}"


def _verdict(row: ChangeRow, material: Material) -> str:
    if row.said == "inconclusive":
        return material.phrases.say("front.untold")
    return material.phrases.say(f"verdict{material.ending}.{row.said}")
