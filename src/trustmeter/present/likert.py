"""Answers as diverging bars: disagreement to the left, agreement to the right, don't know apart in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.palette import DONT_KNOW, FAINT, HAIRLINE, HIDDEN, INK, QUIET, REFUSED, diverging, readable_on
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap
from trustmeter.present.tally import Panel, Tally

HATCH = "////"
"""The pattern of pooled few answers."""

_GREYS = {"dont_know": DONT_KNOW, "refused": REFUSED, "not_applicable": FAINT}
_BAR = 0.24
_NUMBER = 0.72


@dataclass(frozen=True, slots=True)
class Field:
    """Where bars stand: inches on the sheet, and inches to a share of one.

    Parameters
    ----------
    left
        Where the longest bar begins.
    zero
        Where the middle of the answer scale stands.
    grey
        Where the grey bars begin.
    unit
        Inches to a share of one.
    numbers
        Where the columns of numbers begin.
    """

    left: float
    zero: float
    grey: float
    unit: float
    numbers: float


def draw_likert(
    panels: Sequence[Panel], phrases: Phrases, *, heading: str, alt: str, titled: bool = True, watermark: str = ""
) -> Chart:
    """Draw every item of the panels, one bar a group."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.0, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.08
    for panel in panels:
        _panel(sheet, panel, phrases)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _panel(sheet: Sheet, panel: Panel, phrases: Phrases) -> None:
    if panel.drawn:
        _legend(sheet, panel, phrases)
        field = _field(sheet, panel)
        _number_headings(sheet, field, panel)
        for item in panel.drawn:
            _item(sheet, field, panel, item, phrases)
    if panel.left_out:
        words = phrases.say("likert.left_out", items=", ".join(panel.left_out))
        sheet.y = sheet.lines(0.0, sheet.y + 0.04, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    sheet.y += 0.1


def _item(sheet: Sheet, field: Field, panel: Panel, item: str, phrases: Phrases) -> None:
    words = panel.wording[item]
    if item in panel.reversed_items:
        words = f"{words} ({phrases.say('cell.reversed')})"
    sheet.y = sheet.lines(0.0, sheet.y, wrap(words, sheet.width)) + 0.04
    for tally in panel.of(item):
        _bar(sheet, field, panel, tally, phrases)
    sheet.y += 0.12


def _bar(sheet: Sheet, field: Field, panel: Panel, tally: Tally, phrases: Phrases) -> None:
    middle = sheet.y + _BAR / 2
    sheet.lines(
        0.0, middle - line_height(SMALL) / 2, wrap(tally.group, field.left or 1.0, SMALL)[:1], size=SMALL, colour=QUIET
    )
    if not tally.enough:
        sheet.text(field.left, middle, phrases.say("verdict.suppressed"), size=SMALL, colour=QUIET, level="centre")
        sheet.y += _BAR + 0.06
        return
    _segments(sheet, field, panel, tally, phrases)
    _greys(sheet, field, tally)
    _numbers(sheet, field, tally, phrases)


def _segments(sheet: Sheet, field: Field, panel: Panel, tally: Tally, phrases: Phrases) -> None:
    colours = diverging(len(panel.options))
    x = field.zero - tally.reach_low(len(panel.options)) * field.unit
    for cell in tally.inside:
        length = cell.share * field.unit
        fill = HIDDEN if cell.hidden else colours[cell.categories[0]]
        sheet.block(x, sheet.y, length, _BAR, fill=fill, edge=HAIRLINE, hatch=HATCH if cell.hidden else None)
        label = phrases.percent(cell.share)
        if not cell.hidden and text_width(label, SMALL) + 0.04 <= length:
            colour = readable_on(fill)
            sheet.text(
                x + length / 2, sheet.y + _BAR / 2, label, size=SMALL, align="center", level="centre", colour=colour
            )
        x += length
    for cell in tally.outside:
        sheet.block(x + 0.05, sheet.y, cell.share * field.unit, _BAR, fill=HIDDEN, edge=HAIRLINE, hatch=HATCH)


def _greys(sheet: Sheet, field: Field, tally: Tally) -> None:
    """Draw the non-answers outside the bar, each as long as its share of those asked; hidden ones together, or not at all."""
    x = field.grey
    for kind, count in tally.non_answers.items():
        if count:
            length = tally.share_of_asked(count) * field.unit
            sheet.block(x, sheet.y, length, _BAR, fill=_GREYS[kind], edge=HAIRLINE)
            x += length
    if tally.together:
        sheet.block(
            x, sheet.y, tally.share_of_asked(tally.together) * field.unit, _BAR, fill=FAINT, edge=HAIRLINE, hatch=HATCH
        )


def _numbers(sheet: Sheet, field: Field, tally: Tally, phrases: Phrases) -> None:
    absent = list(tally.absent_texts(phrases).values())
    counts = [tally.base_text(phrases), *absent]
    hidden = [position for position, count in enumerate(tally.non_answers.values(), start=1) if count is None]
    said_further_right = hidden[:-1] if tally.together is not None else []
    middle = sheet.y + _BAR / 2
    for position, words in enumerate(counts):
        if position not in said_further_right:
            x = field.numbers + (position + 1) * _NUMBER - 0.06
            sheet.text(x, middle, words, size=SMALL, align="right", level="centre")
    sheet.y += _BAR + 0.06


def _number_headings(sheet: Sheet, field: Field, panel: Panel) -> None:
    columns = [["n"], *(wrap(words, _NUMBER - 0.08, SMALL - 1) for words in panel.non_answers.values())]
    height = max(map(len, columns)) * line_height(SMALL - 1)
    for position, lines in enumerate(columns):
        x = field.numbers + (position + 1) * _NUMBER - 0.06
        top = sheet.y + height - len(lines) * line_height(SMALL - 1)
        sheet.lines(x, top, lines, size=SMALL - 1, align="right", colour=QUIET)
    sheet.y += height + 0.04


def _field(sheet: Sheet, panel: Panel) -> Field:
    """Find the scale at which the longest bars fit."""
    steps = len(panel.options)
    tallies = [tally for tally in panel.tallies if tally.enough]
    low = max((tally.reach_low(steps) for tally in tallies), default=0.5)
    high = max((tally.reach_high(steps) for tally in tallies), default=0.5)
    grey = max((tally.grey_share for tally in tallies), default=0.0)
    groups = {tally.group for tally in panel.tallies} - {""}
    left = min(max((text_width(group, SMALL) for group in groups), default=-0.1) + 0.1, 0.9)
    columns = (1 + len(panel.non_answers)) * _NUMBER
    room = sheet.width - left - columns - (0.15 if grey else 0.0)
    unit = room / max(low + high + grey, 0.1)
    grey_at = left + (low + high) * unit + 0.1
    return Field(left, left + low * unit, grey_at, unit, sheet.width - columns)


def _legend(sheet: Sheet, panel: Panel, phrases: Phrases) -> None:
    """Write what the colours mean, in the order of the answers."""
    named = zip(diverging(len(panel.options)), panel.options, strict=True)
    entries: list[tuple[str, str | None, str]] = [(colour, None, words) for colour, words in named]
    if any(tally.together or tally.outside for tally in panel.tallies if tally.enough):
        entries.append((HIDDEN, HATCH, phrases.say("cell.hidden")))
    entries += [(_GREYS[kind], None, words) for kind, words in panel.non_answers.items() if panel.draws(kind)]
    x, step = 0.0, line_height(SMALL) + 0.05
    sheet.y += 0.04
    for colour, hatch, words in entries:
        lines = wrap(words, sheet.width - 0.3, SMALL)
        need = 0.22 + max(text_width(line, SMALL) for line in lines)
        if x > 0 and x + need > sheet.width:
            x, sheet.y = 0.0, sheet.y + step
        sheet.block(x, sheet.y + (step - 0.11) / 2, 0.15, 0.11, fill=colour, edge=HAIRLINE, hatch=hatch)
        for number, line in enumerate(lines):
            sheet.text(
                x + 0.21, sheet.y + step / 2 + number * line_height(SMALL), line, size=SMALL, level="centre", colour=INK
            )
        sheet.y += (len(lines) - 1) * line_height(SMALL)
        x += need + 0.18
    sheet.y += step + 0.04
