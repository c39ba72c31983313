"""A report as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from trustmeter.present.phrases import load_phrases
from trustmeter.present.report.csv_text import csv_address
from trustmeter.present.report.document import Document, Front, Table

PAGE, HEADINGS = 262.0, 60.0
"""Millimetres between the margins of a printed page, and what its headings and marks take."""
LEAST_ROOM, MOST_ROOM = 38, 92
NUMERIC = re.compile(r"[<+\-\u2212]?[\s\u00a0]?\d")
"""How a cell begins that is a number."""


def write_html(document: Document, path: Path) -> None:
    """Write the page; its pictures are drawn into it, their words in the page's own font."""
    path.write_text(html_of(document), encoding="utf-8")


def html_of(document: Document) -> str:
    """Return the page as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trustmeter.present"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["svg"] = _svg
    environment.globals["csv"] = lambda table: csv_address(table, document)
    environment.globals["words_in"] = words_in
    environment.filters["css_text"] = _css_text
    say = load_phrases(document.language, where="report").say
    environment.globals["room"] = room_for_picture(document.front)
    return environment.get_template("report.html.j2").render(document=document, say=say)


def words_in(table: Table) -> list[bool]:
    """Tell which columns hold words, which stand at the left, rather than numbers."""
    columns = [[row[place] for row in table.rows if row[place]] for place in range(len(table.headings))]
    return [2 * sum(NUMERIC.match(cell) is not None for cell in cells) < len(cells) for cells in columns]


def room_for_picture(front: Front | None) -> int:
    """Return how many millimetres of a printed page one are left for its picture, when all its sentences stand on it."""
    if front is None:
        return MOST_ROOM
    answer = sum(math.ceil(len(one.sentence) / 80) for one in front.answer) * 5.4 + 6.0
    warnings = sum(math.ceil(len(one) / 100) for one in front.warnings) * 4.3 + (13.0 if front.warnings else 0.0)
    columns = [sum(math.ceil(len(one) / 49) * 4.15 + 0.8 for one in told) for told in (front.people, front.sure)]
    left = PAGE - HEADINGS - answer - warnings - max(columns)
    return int(min(max(left, LEAST_ROOM), MOST_ROOM))


def _svg(picture: Any, salt: str) -> str:
    return "" if picture is None else str(picture.to_svg(salt=salt, text_as_paths=False))


def _css_text(words: str) -> Any:
    """Return words as a string of a style sheet: letters beyond ASCII and those that could end it as code points."""
    from markupsafe import Markup

    safe = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter == " ") else f"\\{ord(letter):x} "
        for letter in words
    )
    return Markup(f'"{safe}"')  # noqa: S704 - letters, digits, blanks and code points alone
