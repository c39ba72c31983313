"""A sheet to draw on: a matplotlib figure measured in inches from the top left, that grows as it is filled."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path

from trustmeter.present.palette import GROUND, INK, QUIET

WIDE = 7.4
"""Inches: a page or a notebook."""

MARGIN = 0.12
"""Inches of white around a picture that stands alone."""

BODY = 9.0
SMALL = 8.0
"""Points."""

LINE = 1.32
"""Line height, in font sizes."""

_FONT = "DejaVu Sans"
_ALLOWANCE = 1.02  # letters are placed on whole pixels at screen resolution, which makes a line a little longer
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_STYLE = re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)


class Chart(Figure):
    """A matplotlib figure that says what it shows.

    Made without pyplot, so nothing is left open. Notebooks show it by itself; its SVG carries a title and a
    description for people who hear rather than see it.

    Parameters
    ----------
    heading
        The accessible name: one short line.
    alt
        What the picture shows, in sentences.
    language
        The language of both.
    """

    def __init__(self, *args: Any, heading: str = "", alt: str = "", language: str = "en", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading = heading
        self.alt = alt
        self.language = language

    def to_svg(self, *, salt: str = "", text_as_paths: bool = True) -> str:
        """Return the picture as an ``<svg>`` element: named, described, the same bytes every time.

        Parameters
        ----------
        salt
            Makes the ids inside differ from those of another picture of the same page.
        text_as_paths
            Draw letters as outlines (they look the same everywhere), or leave them text in the page's own font.
        """
        key = hashlib.sha256(f"{salt}|{self.heading}|{self.alt}".encode()).hexdigest()[:10]
        buffer = io.StringIO()
        settings = {"svg.hashsalt": key, "svg.fonttype": "path" if text_as_paths else "none"}
        with rc_context(settings):  # type: ignore[arg-type]
            self.savefig(buffer, format="svg", metadata={"Date": None}, facecolor=GROUND)
        svg = _PROLOGUE.sub("", buffer.getvalue())
        svg = _STYLE.sub("", _METADATA.sub("", svg), count=1)
        svg = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', svg)
        svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{key}-", svg)
        return _named(svg, key, self)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=144, metadata={"Description": self.alt})
        return buffer.getvalue()


def _named(svg: str, key: str, chart: Chart) -> str:
    """Give the outermost ``<svg>`` a role, a title and a description."""
    opening = (
        f'<svg role="img" lang="{chart.language}" aria-labelledby="{key}-title" aria-describedby="{key}-desc" '
        f'focusable="false" stroke-linejoin="round" '
    )
    names = f'<title id="{key}-title">{escape(chart.heading)}</title><desc id="{key}-desc">{escape(chart.alt)}</desc>'
    return re.sub(r"<svg\b([^>]*)>", lambda found: f"{opening}{found.group(1).strip()}>{names}", svg, count=1)


class Sheet:
    """Paper that is measured in inches from the top left and grows downwards.

    Parameters
    ----------
    width
        Inches.

    Attributes
    ----------
    y
        Where the next thing goes.
    """

    def __init__(self, width: float = WIDE) -> None:
        self.width = width
        self.y = 0.0
        self._chart = Chart(figsize=(width, 1.0), facecolor=GROUND)
        self._axes: Axes = self._chart.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_axis_off()

    def text(
        self, x: float, y: float, words: str, *, size: float = BODY, colour: str = INK, weight: str = "normal",
        align: str = "left", level: str = "top",
    ) -> None:  # fmt: skip
        """Write one line; `level` says which part of it stands at `y`: ``"top"``, ``"centre"`` or ``"bottom"``."""
        middle = y + {"top": 0.5, "centre": 0.0, "bottom": -0.5}[level] * line_height(size)
        self._axes.text(
            x, middle, words, fontsize=size, color=colour, fontweight=weight, ha=align, va="center_baseline",
            family=_FONT, parse_math=False,
        )  # fmt: skip

    def lines(self, x: float, y: float, lines: Sequence[str], **look: Any) -> float:
        """Write lines under one another from `y` downwards; return where they end."""
        for line in lines:
            self.text(x, y, line, **look)
            y += line_height(look.get("size", BODY))
        return y

    def block(
        self, x: float, y: float, width: float, height: float, *, fill: str, edge: str = INK, hatch: str | None = None,
        behind: bool = False,
    ) -> None:  # fmt: skip
        """Draw a filled rectangle, its top left at (`x`, `y`), `behind` even the grids."""
        patch = Rectangle((x, y), width, height, facecolor=fill, edgecolor=edge, linewidth=0.5, clip_on=False)
        if hatch:
            patch.set_hatch(hatch)
        if behind:
            patch.set_zorder(0.2)
        self._axes.add_patch(patch)

    def line(
        self, xs: Sequence[float], ys: Sequence[float], *, colour: str = INK, width: float = 0.8, behind: bool = False
    ) -> None:
        """Draw a line through points, `behind` the rest for grids."""
        drawn = Line2D(list(xs), list(ys), color=colour, linewidth=width, solid_capstyle="butt", clip_on=False)
        drawn.set_zorder(0.5 if behind else 2.0)
        self._axes.add_line(drawn)

    def mark(
        self, x: float, y: float, shape: str, *, colour: str = INK, fill: str | None = None, size: float = 7.0
    ) -> None:
        """Draw a marker of matplotlib's shapes, hollow unless `fill` is given."""
        self._axes.add_line(
            Line2D(
                [x], [y], marker=shape, markersize=size, linestyle="none", color=colour,
                markerfacecolor=fill or GROUND, markeredgecolor=colour, markeredgewidth=1.2, clip_on=False,
            )
        )  # fmt: skip

    def finish(self, *, heading: str, alt: str, language: str, watermark: str = "", margin: float = MARGIN) -> Chart:
        """Cut the paper where the drawing ends, put the watermark on, and return the picture."""
        if watermark:
            self._mark(watermark)
        chart = self._chart
        chart.heading, chart.alt, chart.language = heading, alt, language
        chart.set_size_inches(self.width + 2 * margin, self.y + 2 * margin)
        self._axes.set_xlim(-margin, self.width + margin)
        self._axes.set_ylim(self.y + margin, -margin)
        return chart

    def stamp(self, words: str) -> None:
        """Write across the picture, faint enough to read through."""
        size = min(30.0 * self.width / WIDE, 24.0 * self.y)
        rows = max(1, round(self.y / 4.0))
        for row in range(rows):
            self._axes.text(
                self.width / 2, self.y * (row + 0.5) / rows, words, fontsize=size, color=INK, alpha=0.07,
                rotation=18 if self.y > 1.5 else 0, ha="center", va="center", family=_FONT, fontweight="bold", zorder=50, parse_math=False,
            )  # fmt: skip

    def _mark(self, words: str) -> None:
        """Write across the picture, and once more plainly at its foot."""
        self.stamp(words)
        self.y = self.lines(0.0, self.y + 0.04, wrap(words, self.width), size=SMALL, colour=QUIET, weight="bold")


def line_height(size: float) -> float:
    """Return the height of a line of text, in inches."""
    return size * LINE / 72.0


@lru_cache(maxsize=4096)
def text_width(words: str, size: float = BODY, weight: str = "normal") -> float:
    """Return how wide a line of text is, in inches."""
    if not words.strip():
        return 0.0
    properties = FontProperties(family=_FONT, weight=weight, size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(words, properties, ismath=False)
    return _ALLOWANCE * float(width) / 72.0


def wrap(words: str, width: float, size: float = BODY, weight: str = "normal") -> list[str]:
    """Return words broken into lines that fit a width in inches; a word too long for a line is cut.

    No-break blanks are kept together.
    """
    lines: list[str] = []
    for word in re.split(r"[ \t\n]+", words.strip()):
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(candidate, size, weight) <= width:
            lines[-1] = candidate
        else:
            lines.extend(_cut(word, width, size, weight))
    return lines


def _cut(word: str, width: float, size: float, weight: str) -> list[str]:
    """Break one word that is wider than a line; most are not."""
    pieces: list[str] = []
    while text_width(word, size, weight) > width and len(word) > 4:
        fits = next((n for n in range(len(word) - 2, 2, -1) if text_width(word[:n] + "-", size, weight) <= width), 2)
        pieces.append(word[:fits] + "-")
        word = word[fits:]
    return [*pieces, word]
