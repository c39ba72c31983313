"""The sheet for the table before it has a file format: what it says, how large its letters are, whether it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trustmeter.present.report.document import Finding

WIDTH, HEIGHT = 538.0, 784.0
"""Points between the margins of an A4 page."""

SIZES = (18.0, 17.0, 16.0)
"""Points; nothing on the sheet is set smaller than the last of them."""

LINE = 1.25
"""Line height, in font sizes."""

TITLE, HEADING = 1.35, 1.1
"""The sizes of the title and of headings, in sizes of the text."""

INDENT = 1.6
"""What a sign takes, in font sizes."""

LOOSE, TIGHT = 0.45, 0.28
"""Between paragraphs, in font sizes; above a heading twice that. Tight where there is much to say."""

RULING = 26.0
"""Points from one ruled line to the next."""

_FEWEST_RULED = {False: 3, True: 2}
"""There is room to write on at least so many lines, loosely and tightly set."""

EDGE = 6.0
"""Points inside the box of the mark."""


@dataclass(frozen=True, slots=True)
class Leaflet:
    """One page of plain words.

    Parameters
    ----------
    language, title
        Its language, and what stands on top.
    mark
        That data are simulated; empty where they are not.
    asked
        What was asked, and whom: heading and sentence.
    found, cannot
        What was found, at most three lines, and what cannot be said: heading and lines, each with the verdict of its sign.
    questions
        Heading, and three questions to talk about.
    write, contact
        What stands over the lines for notes, and beside the place for a name.
    tight
        Whether it is set tightly; then nothing stands over the lines for notes.
    """

    language: str
    title: str
    mark: str
    asked: tuple[str, str]
    found: tuple[str, tuple[Finding, ...]]
    cannot: tuple[str, tuple[Finding, ...]]
    questions: tuple[str, tuple[str, ...]]
    write: str
    contact: str
    tight: bool = False

    @property
    def space(self) -> float:
        """What stands between paragraphs, in font sizes."""
        return TIGHT if self.tight else LOOSE

    def size(self) -> float | None:
        """Return the largest type in which everything fits one page with room to write, or ``None``."""
        room = HEIGHT - _FEWEST_RULED[self.tight] * RULING
        return next((size for size in SIZES if sum(self._heights(size)) <= room), None)

    def _heights(self, size: float) -> Iterator[float]:
        """Give the height of everything but the lines for notes, in points, paragraph after paragraph."""
        space = self.space * size
        if self.mark:
            yield _height(self.mark, size, weight="bold") + space + 2 * EDGE
        yield _height(self.title, TITLE * size, weight="bold") + space
        for heading in (self.asked[0], self.found[0], self.cannot[0], self.questions[0], self.write):
            yield _height(heading, HEADING * size, weight="bold") + 3 * space if heading else 2 * space
        yield _height(self.asked[1], size) + space
        lines = [one.sentence for one in (*self.found[1], *self.cannot[1])] + list(self.questions[1])
        for line in lines:
            yield _height(line, size, indent=INDENT * size) + space
        yield _height(self.contact, size) + RULING + 2 * space


def _height(words: str, size: float, *, indent: float = 0.0, weight: str = "normal") -> float:
    from trustmeter.present.sheet import wrap

    return len(wrap(words, (WIDTH - indent) / 72.0, size, weight)) * LINE * size
