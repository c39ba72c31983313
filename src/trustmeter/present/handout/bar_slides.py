"""Screens of answers: how people answered the questions of one scale, as diverging bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.handout.canvas import NOTE, SMALLEST, Canvas, lines_of, write_lines
from trustmeter.present.likert import HATCH
from trustmeter.present.palette import DONT_KNOW, FAINT, HAIRLINE, HIDDEN, INK, QUIET, REFUSED, diverging, readable_on
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import Chart, Sheet, line_height, text_width, wrap
from trustmeter.present.tally import Panel, Tally

_GREYS = {"dont_know": DONT_KNOW, "refused": REFUSED, "not_applicable": FAINT}
_WORDING, _GAP, _BAR, _STEP, _AIR, _PEOPLE = 4.3, 0.25, 0.3, 0.36, 0.2, 1.05
Entry = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Bars:
    """Where bars stand, in inches: wave names, the middle of the answer scale, greys, and inches to a share of one."""

    waves: float
    zero: float
    grey: float
    unit: float


def item_height(panel: Panel, item: str, phrases: Phrases) -> float:
    """Return how high a question is with its bars."""
    words = len(wrap(_words(panel, item, phrases), _WORDING, NOTE)) * line_height(NOTE)
    return max(words, len(panel.of(item)) * _STEP) + _AIR


def head_height(panel: Panel, width: float, phrases: Phrases) -> float:
    """Return how high the legend is."""
    return len(_rows(_legend(panel, phrases), width)) * line_height(NOTE) * 1.15 + line_height(SMALLEST) + 0.1


def draw_bars(canvas: Canvas, panel: Panel, items: Sequence[str], phrases: Phrases) -> Chart:
    """Draw some questions of a panel, one bar a wave or group; the people of each bar at the right."""
    sheet, bars = canvas.sheet, _bars(canvas, panel)
    y = _draw_legend(canvas, panel, phrases)
    sheet.text(0.0, y + 0.03, phrases.say("slides.middle"), size=SMALLEST, colour=QUIET)
    sheet.text(canvas.width, y + 0.03, "n", size=SMALLEST, align="right", colour=QUIET)
    y += line_height(SMALLEST) + 0.1
    top = y
    for item in items:
        height = item_height(panel, item, phrases)
        middle, tallies = y + (height - _AIR) / 2, panel.of(item)
        write_lines(sheet, 0.0, middle, lines_of(_words(panel, item, phrases), _WORDING, NOTE))
        start = middle - len(tallies) * _STEP / 2
        for at, tally in enumerate(tallies):
            _bar(canvas, bars, panel, tally, y=start + at * _STEP + (_STEP - _BAR) / 2, phrases=phrases)
        y += height
    sheet.line((bars.zero, bars.zero), (top, y - _AIR), colour=INK, width=1.2, behind=True)
    return canvas.finish(_alt(panel, items, phrases))


def _bar(canvas: Canvas, bars: Bars, panel: Panel, tally: Tally, *, y: float, phrases: Phrases) -> None:
    sheet, middle = canvas.sheet, y + _BAR / 2
    lines = wrap(tally.group, bars.waves - 0.1, NOTE) if tally.group else []
    for line in lines[:1]:
        sheet.text(_WORDING + _GAP, middle, line, size=NOTE, colour=QUIET, level="centre")
    sheet.text(canvas.width, middle, tally.base_text(phrases), size=NOTE, align="right", level="centre")
    if not tally.enough:
        x = _WORDING + _GAP + bars.waves
        sheet.text(x, middle, phrases.say("verdict.suppressed"), size=NOTE, colour=QUIET, level="centre")
        return
    x = bars.zero - tally.reach_low(len(panel.options)) * bars.unit
    for cell in tally.inside:
        fill = diverging(len(panel.options))[cell.categories[0]]
        _piece(sheet, x, y, cell.share * bars.unit, fill=fill, label=phrases.percent(cell.share))
        x += cell.share * bars.unit
    for cell in tally.outside:
        sheet.block(x + 0.04, y, cell.share * bars.unit, _BAR, fill=HIDDEN, edge=HAIRLINE, hatch=HATCH)
    x = bars.grey
    for kind, count in tally.non_answers.items():
        length = tally.share_of_asked(count or 0) * bars.unit
        if length:
            sheet.block(x, y, length, _BAR, fill=_GREYS[kind], edge=HAIRLINE)
        x += length
    if tally.together:
        length = tally.share_of_asked(tally.together) * bars.unit
        sheet.block(x, y, length, _BAR, fill=FAINT, edge=HAIRLINE, hatch=HATCH)


def _piece(sheet: Sheet, x: float, y: float, length: float, *, fill: str, label: str) -> None:
    sheet.block(x, y, length, _BAR, fill=fill, edge=HAIRLINE)
    if text_width(label, SMALLEST) + 0.06 <= length:
        sheet.text(x + length / 2, y + _BAR / 2, label, size=SMALLEST, align="center", level="centre",
                   colour=readable_on(fill))  # fmt: skip


def _bars(canvas: Canvas, panel: Panel) -> Bars:
    """Find the scale at which the longest bars of all questions fit."""
    steps = len(panel.options)
    tallies = [tally for tally in panel.tallies if tally.enough]
    low = max((tally.reach_low(steps) for tally in tallies), default=0.5)
    high = max((tally.reach_high(steps) for tally in tallies), default=0.5)
    grey = max((tally.grey_share for tally in tallies), default=0.0)
    names = max((text_width(tally.group, NOTE) for tally in panel.tallies), default=0.0)
    waves = min(names + 0.15, 1.6) if names else 0.0
    left = _WORDING + _GAP + waves
    unit = (canvas.width - left - _PEOPLE - (0.25 if grey else 0.0)) / max(low + high + grey, 0.1)
    zero = left + low * unit
    return Bars(waves, zero, zero + high * unit + 0.15, unit)


def _words(panel: Panel, item: str, phrases: Phrases) -> str:
    words = panel.wording[item]
    return f"{words} ({phrases.say('cell.reversed')})" if item in panel.reversed_items else words


def _legend(panel: Panel, phrases: Phrases) -> list[Entry]:
    named = zip(diverging(len(panel.options)), panel.options, strict=True)
    entries: list[Entry] = [(colour, None, words) for colour, words in named]
    if any(tally.together or tally.outside for tally in panel.tallies if tally.enough):
        entries.append((HIDDEN, HATCH, phrases.say("cell.hidden")))
    return entries + [(_GREYS[kind], None, words) for kind, words in panel.non_answers.items() if panel.draws(kind)]


def _rows(entries: Sequence[Entry], width: float) -> list[list[tuple[float, Entry]]]:
    """Return the entries of a legend in lines, each with where it begins."""
    rows: list[list[tuple[float, Entry]]] = [[]]
    x = 0.0
    for entry in entries:
        need = 0.34 + text_width(entry[2], NOTE)
        if rows[-1] and x + need > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, entry))
        x += need + 0.3
    return rows


def _draw_legend(canvas: Canvas, panel: Panel, phrases: Phrases) -> float:
    y, step = canvas.top, line_height(NOTE) * 1.15
    for row in _rows(_legend(panel, phrases), canvas.width):
        for x, (colour, hatch, words) in row:
            canvas.sheet.block(x, y + (step - 0.17) / 2, 0.24, 0.17, fill=colour, edge=HAIRLINE, hatch=hatch)
            canvas.sheet.text(x + 0.32, y + step / 2, words, size=NOTE, level="centre")
        y += step
    return y


def _alt(panel: Panel, items: Sequence[str], phrases: Phrases) -> str:
    """Return the shares in words: the answers once, then a line of percentages for each bar."""
    told = [f"{' / '.join(panel.options)}."]
    for item in items:
        bars = [f"{tally.group} {_shares(panel, tally, phrases)}".strip() for tally in panel.of(item)]
        told.append(f"{_words(panel, item, phrases)} {'; '.join(bars)}.")
    return " ".join(told)


def _shares(panel: Panel, tally: Tally, phrases: Phrases) -> str:
    if not tally.enough:
        return phrases.say("verdict.suppressed")
    shares = {cell.categories[0]: cell.share for cell in tally.inside}
    hidden = {category for cell in tally.outside for category in cell.categories}
    concealed = phrases.say("cell.concealed")
    cells = [concealed if at in hidden else phrases.percent(shares.get(at, 0.0)) for at in range(len(panel.options))]
    return " / ".join(cells)
