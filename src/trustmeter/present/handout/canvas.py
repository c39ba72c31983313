"""A picture as wide as a screen: its title, room for one message, where it comes from, and whether data are simulated."""

from __future__ import annotations

from collections.abc import Sequence

from trustmeter.present.palette import ACCENT, HAIRLINE, INK, QUIET
from trustmeter.present.report.typesetting import WARN
from trustmeter.present.sheet import Chart, Sheet, line_height, text_width, wrap

WIDE, TALL = 40 / 3, 7.5
"""Inches; at 144 dots an inch 1920 by 1080."""

DOTS = 144

MARGIN = 0.5

SMALLEST, NOTE, BODY, LARGE = 12.5, 13.0, 16.0, 21.0
"""Points; 12 points are 24 dots of 1080, and nothing is set smaller."""

_TITLES = ((30.0, 1), (26.0, 1), (23.0, 1), (28.0, 2), (24.0, 2))
"""Points, and the most lines: a title of one line is preferred."""


class Canvas:
    """A screen with a title above and a source below; what is between `top` and `bottom` is for the message.

    Parameters
    ----------
    title
        One line, or two.
    source
        Where it comes from, how many people, and what is not shown.
    mark
        That data are simulated; empty where they are not.
    language
        Of all words.

    Attributes
    ----------
    sheet
        What is drawn on; inches from the top left, inside the margins.
    width
        From margin to margin.
    """

    def __init__(self, title: str, *, source: str, mark: str, language: str) -> None:
        self.title, self.mark, self.language = title, mark, language
        self.width = WIDE - 2 * MARGIN
        self.height = TALL - 2 * MARGIN
        self.sheet = Sheet(self.width)
        self._source = wrap(source, self.width, SMALLEST)
        self.bottom = self.height - len(self._source) * line_height(SMALLEST) - 0.2
        self.top = self._head()

    def _head(self) -> float:
        """Write the mark and the title, and a rule under them; return where they end."""
        sheet, room = self.sheet, self.width
        if self.mark:
            wide = text_width(self.mark, NOTE, "bold") + 0.24
            room -= wide + 0.3
            sheet.block(self.width - wide, 0.0, wide, 0.36, fill="#fff4e5", edge=WARN)
            sheet.text(self.width - wide / 2, 0.18, self.mark, size=NOTE, weight="bold", colour=WARN, align="center",
                       level="centre")  # fmt: skip
        fits = (one for one, most in _TITLES if len(wrap(self.title, room, one, "bold")) <= most)
        size = next(fits, 20.0)
        lines = wrap(self.title, room, size, "bold")
        end = sheet.lines(0.0, 0.0, lines, size=size, weight="bold") + 0.08
        sheet.line((0.0, self.width), (end, end), colour=ACCENT, width=3.0)
        return end + 0.25

    @property
    def room(self) -> float:
        """How high the place for the message is, in inches."""
        return self.bottom - self.top

    def finish(self, alt: str) -> Chart:
        """Write the source, stamp simulated data, and return the picture."""
        sheet = self.sheet
        start = self.height - len(self._source) * line_height(SMALLEST)
        sheet.line((0.0, self.width), (start - 0.08, start - 0.08), colour=HAIRLINE)
        sheet.lines(0.0, start, self._source, size=SMALLEST, colour=QUIET)
        sheet.y = self.height
        if self.mark:
            sheet.stamp(self.mark)
        return sheet.finish(heading=self.title, alt=alt, language=self.language, margin=MARGIN)


def pages_of(heights: Sequence[float], room: float) -> list[range]:
    """Return which rows stand on which screen, as many on each as fit; evenly where there are several."""
    fits = _filled(heights, room)
    if len(fits) < 2:
        return fits
    evenly = -(-len(heights) // len(fits))
    even = [range(start, min(start + evenly, len(heights))) for start in range(0, len(heights), evenly)]
    return even if all(sum(heights[at] for at in one) <= room for one in even) else fits


def _filled(heights: Sequence[float], room: float) -> list[range]:
    pages, start, taken = [], 0, 0.0
    for at, height in enumerate(heights):
        if at > start and taken + height > room:
            pages.append(range(start, at))
            start, taken = at, 0.0
        taken += height
    return [*pages, range(start, len(heights))] if heights else []


def write_lines(sheet: Sheet, x: float, middle: float, lines: Sequence[tuple[str, float, str, str]]) -> None:
    """Write lines of text, size, weight and colour under one another around a middle."""
    y = middle - sum(line_height(size) for _, size, _, _ in lines) / 2
    for words, size, weight, colour in lines:
        sheet.text(x, y, words, size=size, weight=weight, colour=colour)
        y += line_height(size)


def lines_of(words: str, width: float, size: float, *, weight: str = "normal", colour: str = INK) -> list[
    tuple[str, float, str, str]
]:  # fmt: skip
    """Return words as lines of text, size, weight and colour."""
    return [(line, size, weight, colour) for line in wrap(words, width, size, weight)]
