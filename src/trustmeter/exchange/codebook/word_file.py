"""The review sheet as a Word file, for those who comment in Word: every text in all languages side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trustmeter.errors import MissingExtraError
from trustmeter.exchange.codebook.entry import full_version
from trustmeter.exchange.codebook.review import review_rows
from trustmeter.exchange.forms.workbook import timeless
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import is_right_to_left

_FONT, _SIZE = "Arial", 8.5
_MARGIN, _PLACE = 15.0, 30.0
_SMALL, _LARGE = (297.0, 210.0), (420.0, 297.0)
"""Millimetres: A4 and A3, lying on their side."""

_MOST_ON_SMALL = 4
_HOW = (
    "Read each row across: does each language say the same? Write what should be changed as a comment of your word "
    "processor. This file is for reading: changed texts go through the translators' sheet or the questionnaire's files."
)


def review_document(questionnaire: Questionnaire, languages: Sequence[str]) -> bytes:
    """Return the file: one table with a row a text, its headings repeated on each page.

    Raises
    ------
    MissingExtraError
        When python-docx is not installed.
    """
    try:
        import docx
    except ImportError:
        raise MissingExtraError(
            "Writing a Word file needs the package 'python-docx', which is not installed. "
            'Run: pip install "trustmeter[report]"'
        ) from None
    file = docx.Document()
    width = _pages(file, len(languages))
    first = languages[0]
    file.add_heading(questionnaire.title.read(first) or questionnaire.id, level=0)
    file.add_paragraph(f"{questionnaire.id} {full_version(questionnaire)}: {', '.join(languages)}")
    for tag, why in questionnaire.unfinished.by_language.items():
        if tag in languages:
            file.add_paragraph(f"{tag}: unfinished. {why}")
    file.add_paragraph(_HOW)
    _table(file, list(review_rows(questionnaire, languages)), languages, width)
    file.core_properties.author = file.core_properties.comments = ""
    file.core_properties.title = str(questionnaire.title)
    return timeless(file)


def _pages(file: Any, columns: int) -> float:
    """Lay the pages on their side, as large as the languages need, and return the width between the margins."""
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    wide, high = _SMALL if columns <= _MOST_ON_SMALL else _LARGE
    section = file.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(wide), Mm(high)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN)
    for name in ("Normal", "Title"):
        style = file.styles[name]
        style.font.name = _FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(script), None)
        fonts.set(qn("w:cs"), _FONT)
    file.styles["Normal"].font.size, file.styles["Title"].font.size = Pt(10), Pt(18)
    return wide - 2 * _MARGIN


def _table(file: Any, rows: Sequence[Sequence[str]], languages: Sequence[str], width: float) -> None:
    from docx.shared import Mm

    table = file.add_table(rows=1 + len(rows), cols=1 + len(languages), style="Table Grid")
    table.autofit = False
    widths = [Mm(_PLACE), *[Mm((width - _PLACE) / len(languages))] * len(languages)]
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = wide
    for place, (made, row) in enumerate(zip(table.rows, (("place", *languages), *rows), strict=True)):
        _keep_whole(made, heading=place == 0)
        for cell, words, wide, tag in zip(made.cells, row, widths, ("", *languages), strict=True):
            cell.width = wide
            _fill(cell, words, tag if place else "", bold=place == 0)


def _fill(cell: Any, words: str, language: str, *, bold: bool) -> None:
    """Write a cell in its language: from the right where the language is written so."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    for place, line in enumerate(words.strip().splitlines()):
        paragraph = cell.add_paragraph() if place else cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        run = paragraph.add_run(line)
        run.font.size, run.bold = Pt(_SIZE), bold or None
        rtl = is_right_to_left(language)
        if rtl:
            paragraph._p.get_or_add_pPr().insert_element_before(OxmlElement("w:bidi"), "w:spacing", "w:jc")
            run.font.rtl = True
            size = OxmlElement("w:szCs")
            size.set(qn("w:val"), str(round(2 * _SIZE)))
            run._r.get_or_add_rPr().insert_element_before(size, "w:rtl", "w:lang")
        if language:
            spoken = OxmlElement("w:lang")
            spoken.set(qn("w:bidi" if rtl else "w:val"), language)
            run._r.get_or_add_rPr().append(spoken)


def _keep_whole(row: Any, *, heading: bool) -> None:
    """Let a row break over no page, and repeat the headings on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    for kind in ["w:cantSplit", *(["w:tblHeader"] if heading else [])]:
        properties.append(OxmlElement(kind))
