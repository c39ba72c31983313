"""The joint display: a page's table with a row a scale, what the survey says, what people said, and whether they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.palette import ACCENT, BAND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import BODY, MARGIN, SMALL, WIDE, Chart, Sheet, line_height, wrap

_SHARES = (0.2, 0.26, 0.35, 0.19)
"""How wide the columns are: scale, survey, talk, fit."""

_GAP = 0.16
_PAD = 0.09
_MARKS = {"confirm": ("o", ACCENT), "complement": ("P", ACCENT), "diverge": ("X", ACCENT), "silent": ("o", None)}
"""Shape and filling of each judgement; the words always stand beside."""


@dataclass(frozen=True, slots=True)
class JointRow:
    """One scale.

    Parameters
    ----------
    name
        The scale's name.
    verdict, term, value
        The survey's verdict, or an empty text, what its number is, and the number with the interval.
    talk
        A sentence a code.
    quote
        A quote in its marks, or an empty text.
    fit, fit_words
        How the two fit, as a word of the result and as words for people.
    """

    name: str
    verdict: str
    term: str
    value: str
    talk: tuple[str, ...]
    quote: str
    fit: str
    fit_words: str


def draw_table(
    rows: Sequence[JointRow], headings: Sequence[str], told: Sequence[str], phrases: Phrases, *, heading: str, alt: str,
    titled: bool = True, watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw the rows under their headings, and what must be said below."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.1
    room = sheet.width - _GAP * (len(_SHARES) - 1)
    widths = [room * share for share in _SHARES]
    lefts = [sum(widths[:at]) + _GAP * at for at in range(len(widths))]
    ends = [
        sheet.lines(left, sheet.y, wrap(words, width, SMALL, "bold"), size=SMALL, weight="bold")
        for left, width, words in zip(lefts, widths, headings, strict=True)
    ]
    sheet.y = max(ends) + 0.05
    sheet.line((0.0, sheet.width), (sheet.y, sheet.y), colour=INK, width=0.8)
    for row in rows:
        _row(sheet, row, lefts, widths)
    for words in told:
        sheet.y = sheet.lines(0.0, sheet.y + 0.06, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _row(sheet: Sheet, row: JointRow, lefts: Sequence[float], widths: Sequence[float]) -> None:
    top = sheet.y + _PAD
    ends = [sheet.lines(lefts[0], top, wrap(row.name, widths[0], BODY, "bold"), size=BODY, weight="bold")]
    y = sheet.lines(lefts[1], top, wrap(row.verdict, widths[1], BODY) if row.verdict else [], size=BODY)
    told = [*wrap(row.term, widths[1], SMALL), *wrap(row.value, widths[1], SMALL)]
    ends.append(sheet.lines(lefts[1], y, told, size=SMALL, colour=QUIET))
    y = top
    for sentence in row.talk:
        y = sheet.lines(lefts[2], y, wrap(sentence, widths[2], SMALL), size=SMALL) + 0.02
    if row.quote:
        lines = wrap(row.quote, widths[2] - 0.12, SMALL)
        sheet.block(lefts[2], y + 0.03, 0.03, len(lines) * line_height(SMALL), fill=ACCENT, edge=ACCENT)
        y = sheet.lines(lefts[2] + 0.1, y + 0.03, lines, size=SMALL, colour=QUIET)
    ends.append(y)
    ends.append(_fit(sheet, row, lefts[3], widths[3], top))
    bottom = max(ends) + _PAD
    if row.fit == "diverge":
        sheet.block(-0.05, sheet.y, sheet.width + 0.1, bottom - sheet.y, fill=BAND, edge=BAND, behind=True)
    sheet.y = bottom
    sheet.line((0.0, sheet.width), (sheet.y, sheet.y), colour=HAIRLINE, width=0.5)


def _fit(sheet: Sheet, row: JointRow, left: float, width: float, top: float) -> float:
    """Draw the judgement, a mark and words; return where it ends."""
    if row.fit not in _MARKS:
        return sheet.lines(left, top, wrap(row.fit_words, width, BODY), size=BODY, colour=QUIET)
    shape, fill = _MARKS[row.fit]
    sheet.mark(left + 0.06, top + line_height(BODY) / 2, shape, colour=ACCENT, fill=fill, size=7.0)
    return sheet.lines(left + 0.19, top, wrap(row.fit_words, width - 0.19, BODY), size=BODY)
