"""A workbook for those who review the wording: every text in all languages side by side, with room for remarks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trustmeter.exchange.codebook.refusal import texts_of_all
from trustmeter.exchange.forms.workbook import timeless
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import is_right_to_left

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_TEXT_WIDTH, _PLACE_WIDTH, _ABOUT_WIDTH = 44, 34, 100
_LINE_HEIGHT = 15


def review_sheet(questionnaire: Questionnaire, languages: Sequence[str]) -> bytes:
    """Return the workbook: a sheet ``texts`` with one row a text, and a sheet ``about``."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "texts"
    headings = ["place", *languages, *(f"remark ({language})" for language in languages)]
    _fill(sheet, [headings, *review_rows(questionnaire, languages)], languages)
    about = book.create_sheet("about")
    facts = {
        "questionnaire": questionnaire.id, "version": questionnaire.version, "fingerprint": questionnaire.fingerprint,
        **{f"unfinished: {tag}": why for tag, why in questionnaire.unfinished.by_language.items() if tag in languages},
        "how": "Read each row across. Write what should be changed into the remark of that language. This sheet is for reading: "
        "changed texts go through the translators' sheet or the questionnaire's files.",
    }  # fmt: skip
    _fill(about, [[name, value] for name, value in facts.items()], ())
    about.column_dimensions["B"].width = _ABOUT_WIDTH
    book.properties.creator = "trustmeter"
    book.properties.title = str(questionnaire.title)
    return timeless(book)


def review_rows(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterator[list[str]]:
    """Yield each text that is said in one of the languages: its place, and its words in each."""
    for place, text in texts_of_all(questionnaire):
        said = [text.by_language.get(language, "") for language in languages]
        if any(words.strip() for words in said):
            yield [place, *said]


def _fill(sheet: Worksheet, rows: Sequence[Sequence[str]], languages: Sequence[str]) -> None:
    """Write text cells: a wording that begins with ``=`` must not become a formula."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    rtl = {place for place, tag in enumerate(languages, start=2) if is_right_to_left(tag)}
    wide = _TEXT_WIDTH if languages else _ABOUT_WIDTH
    for line, row in enumerate(rows, start=1):
        # LibreOffice does not make rows as high as the words in them need.
        needed = max(len(textwrap.wrap(words, wide - 4)) for words in row)
        sheet.row_dimensions[line].height = _LINE_HEIGHT * max(needed, 1)
        for place, words in enumerate(row, start=1):
            if words:
                cell = sheet.cell(line, place, words)
                cell.data_type = "s"
                order = 2 if place in rtl and line > 1 else 1
                cell.alignment = Alignment(wrap_text=True, vertical="top", readingOrder=order)
                if line == 1 and languages:
                    cell.font = Font(bold=True)
    sheet.column_dimensions["A"].width = _PLACE_WIDTH
    for place in range(2, 2 + 2 * len(languages)):
        sheet.column_dimensions[get_column_letter(place)].width = _TEXT_WIDTH
    if languages:
        sheet.freeze_panes = "B2"
