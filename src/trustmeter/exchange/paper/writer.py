"""The file to print, and, where it is wanted, the places of its circles beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trustmeter.exchange.paper.booklet import Sheets
from trustmeter.exchange.paper.layout import layout_of
from trustmeter.exchange.paper.typesetting import typeset
from trustmeter.questionnaire.model import Questionnaire


def write_paper(
    questionnaire: Questionnaire,
    path: Path,
    languages: Sequence[str],
    *,
    large_print: bool = False,
    zone: str = "",
    fonts: str = "",
    layout: bool = False,
) -> None:
    """Write the PDF in the first of `languages`; with `layout`, also a ``.json`` beside it."""
    sheets = Sheets(questionnaire, languages[0], large_print, zone)
    path.write_bytes(typeset(sheets, fonts or None))
    if layout:
        path.with_suffix(".json").write_text(layout_of(sheets, fonts or None).to_json(), encoding="utf-8", newline="\n")
