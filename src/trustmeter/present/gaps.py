"""Why answers are missing: one bar an item, from the item with the most."""

from __future__ import annotations

from collections.abc import Sequence

from trustmeter.present.palette import CATEGORICAL, HAIRLINE, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import MissingRow
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

_BAR = 0.16
_NAMES = 3.6
_NUMBERS = 0.8


def draw_missing(
    rows: Sequence[MissingRow], phrases: Phrases, *, heading: str, alt: str, titled: bool = True, watermark: str = ""
) -> Chart:
    """Draw the share of those asked who left each item blank, did not know or preferred not to say."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.0, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.08
    kinds = list(rows[0].shares) if rows else []
    _legend(sheet, [(colour, phrases.say(f"kind.{kind}")) for kind, colour in zip(kinds, CATEGORICAL, strict=False)])
    widest = max((text_width(row.name, SMALL) for row in rows), default=0.0)
    names = min(_NAMES, widest)
    left = names + 0.22
    longest = max((row.total for row in rows), default=0.0) or 1.0
    unit = (sheet.width - left - _NUMBERS) / longest
    for row in rows:
        lines = wrap(row.name, names + 0.01, SMALL)
        height = max(len(lines) * line_height(SMALL), _BAR)
        sheet.lines(0.0, sheet.y, lines, size=SMALL)
        x, middle = left, sheet.y + height / 2
        for share, colour in zip(row.shares.values(), CATEGORICAL, strict=False):
            if share > 0:
                sheet.block(x, middle - _BAR / 2, share * unit, _BAR, fill=colour, edge=HAIRLINE)
                x += share * unit
        words = phrases.percent(row.total) if row.whole else phrases.say("cell.concealed")
        sheet.text(x + 0.06, middle, words, size=SMALL, level="centre")
        sheet.y += height + 0.08
    if not rows:
        sheet.y = sheet.lines(0.0, sheet.y, [phrases.say("missing.none")], size=BODY, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _legend(sheet: Sheet, entries: Sequence[tuple[str, str]]) -> None:
    x, step = 0.0, line_height(SMALL) + 0.05
    for colour, words in entries:
        need = 0.22 + text_width(words, SMALL)
        if x > 0 and x + need > sheet.width:
            x, sheet.y = 0.0, sheet.y + step
        sheet.block(x, sheet.y + (step - 0.11) / 2, 0.15, 0.11, fill=colour, edge=HAIRLINE)
        sheet.text(x + 0.21, sheet.y + step / 2, words, size=SMALL, level="centre")
        x += need + 0.2
    sheet.y += step + 0.08 if entries else 0.0
