"""What an outsider reads: pages and frames as tables of cells and as texts, and every whole number in them."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pandas as pd

_BLANKS = "\u00a0\u202f\u2009\u2007\u2060"
_WHOLE = re.compile(r"(?<![\d.,%+\u2212-])\d+(?![\d%]|[.,]\d| ?%|-%)")
_SINGLE = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Grid:
    """A table: where it stood, its headings and its rows of text."""

    source: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)


@dataclass
class Page:
    """A page: its tables, and every other text, those of pictures included."""

    grids: list[Grid]
    texts: list[str]


class _Reader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.grids: list[Grid] = []
        self.texts: list[str] = []
        self.files: list[str] = []
        self._cells: list[str] | None = None
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SINGLE:
            return
        self._open.append(tag)
        self.texts += [value for name, value in attrs if name in {"aria-label", "title", "alt", "content"} and value]
        self.files += [value for name, value in attrs if name == "href" and value and value.startswith("data:text/csv")]
        if tag == "table":
            self.grids.append(Grid(self.source, ()))
        elif tag == "tr":
            self._cells = []
        elif tag in {"td", "th"} and self._cells is not None:
            self._cells.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "tr" and self._cells is not None:
            grid = self.grids[-1]
            if grid.headings:
                grid.rows.append(tuple(self._cells))
            else:
                grid.headings = tuple(self._cells)
            self._cells = None

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        text = " ".join(data.split())
        if self._cells and {"td", "th"} & set(self._open):
            self._cells[-1] = f"{self._cells[-1]} {text}".strip()
        elif text:
            self.texts.append(text)


def page_of(html: str, source: str) -> Page:
    """Read a page; scripts too are texts to somebody who looks."""
    reader = _Reader(source)
    reader.feed(html)
    files = [_file_of(address, f"{source}, file {at}") for at, address in enumerate(reader.files)]
    return Page([*reader.grids, *files], reader.texts)


def _file_of(address: str, source: str) -> Grid:
    """Read a CSV that is linked from a page."""
    text = base64.b64decode(address.partition("base64,")[2]).decode("utf-8-sig")
    headings, *rows = csv.reader(io.StringIO(text))
    return Grid(source, tuple(headings), [tuple(row) for row in rows])


def frame_of(grid: Grid) -> pd.DataFrame:
    """Return a file for programs as a frame like that of `tidy()`."""
    frame = pd.DataFrame(grid.rows, columns=list(grid.headings))
    for name in frame.columns.intersection(["estimate", "n", "df", "n_effective"]):
        frame[name] = pd.to_numeric(frame[name].replace("", None))
    if "suppressed" in frame:
        frame["suppressed"] = frame["suppressed"].str.lower() == "true"
    return frame


def grid_of(frame: pd.DataFrame, source: str) -> Grid:
    """Read a frame of texts as a table."""
    return Grid(source, tuple(map(str, frame.columns)), [tuple(map(str, row)) for row in frame.to_numpy()])


def plainly(text: str) -> str:
    """Return a text with plain blanks."""
    return "".join(" " if sign in _BLANKS else sign for sign in text)


def whole_numbers(texts: Iterable[str]) -> Iterator[int]:
    """Return the whole numbers of texts: no parts of decimals, no percentages, no changes with a sign."""
    for text in texts:
        yield from map(int, _WHOLE.findall(plainly(text)))


def number_in(cell: str) -> tuple[float, float] | None:
    """Return the number of a cell and half a unit of its last digit; ``None`` when the cell is no number."""
    text = plainly(cell).replace("\u2212", "-").replace(" ", "").rstrip("%").replace(",", ".")
    if not re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text):
        return None
    return float(text), 0.5 * 10.0 ** -len(text.partition(".")[2])
