"""The parts of a Word file that python-docx has no words for: anchors, links, fields, languages, edges of tables."""

from __future__ import annotations

import re
from typing import Any

LOCALES = {"en": "en-GB", "fr": "fr-BE", "nl": "nl-BE", "de": "de-DE"}
"""The language of the text, as Word names it."""

LINK = "1B4F72"
"""The colour of links."""


def anchor(paragraph: Any, name: str, number: int) -> None:
    """Put an anchor at the end of a paragraph; `number` is its own in the file."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("w:bookmarkStart", "w:bookmarkEnd"):
        mark = OxmlElement(kind)
        mark.set(qn("w:id"), str(number))
        if kind == "w:bookmarkStart":
            mark.set(qn("w:name"), _bookmark(name))
        paragraph._p.append(mark)


def link(paragraph: Any, text: str, *, to: str = "", address: str = "") -> None:
    """Write a link to an anchor of the file, or to an address."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    made = OxmlElement("w:hyperlink")
    if address:
        made.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    else:
        made.set(qn("w:anchor"), _bookmark(to))
    run = paragraph.add_run(text)
    run.font.color.rgb = RGBColor.from_string(LINK)
    run.font.underline = True
    made.append(run._r)
    paragraph._p.append(made)


def _bookmark(name: str) -> str:
    """Return an anchor as Word takes it: letters, digits and low lines, at most 40."""
    return "_" + re.sub(r"\W", "_", name)[:39]


def speak(properties: Any, language: str) -> None:
    """Say in which language a run or a style is."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), LOCALES.get(language, language))
    properties.append(spoken)


def field(paragraph: Any, code: str) -> None:
    """Write a field that Word fills, such as the number of the page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", "", "end"):
        run = paragraph.add_run()
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.text = code
        run._r.append(part)


def fill(cell: Any, text: str, size: float, *, bold: bool, numeric: bool, keep: bool) -> None:
    """Write a cell; `keep` it on the page of the next row."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold or None
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.keep_with_next = keep or None
    if numeric:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def keep_whole(row: Any, *, heading: bool) -> None:
    """Let a row break over no page, and repeat the headings on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    for kind in ["w:cantSplit", *(["w:tblHeader"] if heading else [])]:
        properties.append(OxmlElement(kind))


def narrow_cells(table: Any, padding: float) -> None:
    """Set what stands at either side of a cell, in points."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("w:left", "w:right"):
        edge = OxmlElement(side)
        edge.set(qn("w:w"), str(round(20 * padding)))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        look.addprevious(margins)
    else:
        properties.append(margins)
