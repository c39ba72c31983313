"""A report as a Word file: real headings, repeated table headings, described pictures, links to the methods."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trustmeter.errors import MissingExtraError
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.report.document import Document, Finding, Method
from trustmeter.present.report.paper import (
    PADDING,
    Block,
    Findings,
    Grid,
    Heading,
    Layout,
    Picture,
    Words,
    blocks_of,
    body_of,
    rows_of,
)
from trustmeter.present.report.typesetting import SIGNS
from trustmeter.present.report.word_marks import LOCALES, anchor, field, fill, keep_whole, link, narrow_cells, speak
from trustmeter.present.sheet import Chart

_FONT = "Arial"
"""On nearly every machine; its letters are narrower than those that columns were measured with."""

_WIDE, _TALL, _SIDE = 170.0, 225.0, 20.0
"""Millimetres: the widest and the tallest picture, the margin."""

_TOGETHER = 15
"""A table of so many rows stands on one page."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MADE = (1980, 1, 1, 0, 0, 0)


def write_word(document: Document, path: Path) -> None:
    """Write the report; the same document gives the same bytes."""
    try:
        import docx
    except ImportError:
        raise MissingExtraError(
            "Writing a Word file needs the package 'python-docx', which is not installed. "
            'Run: pip install "trustmeter[report]"'
        ) from None
    phrases = load_phrases(document.language, where="report")
    pages = _Pages(docx.Document(), document, phrases)
    pages.front(document)
    pages.blocks(body_of(document))
    pages.methods(document)
    pages.blocks(blocks_of(document.appendix))
    path.write_bytes(_same_bytes(pages.file))


def _same_bytes(file: Any) -> bytes:
    """Return the file without the moment at which it was packed."""
    packed, steady = io.BytesIO(), io.BytesIO()
    file.save(packed)
    with zipfile.ZipFile(packed) as read, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as write:
        for name in sorted(read.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            write.writestr(entry, read.read(name))
    return steady.getvalue()


class _Pages:
    """The pages of one Word file, filled from the top.

    Parameters
    ----------
    file
        An empty document of python-docx.
    document
        The report.
    phrases
        Its language.
    """

    def __init__(self, file: Any, document: Document, phrases: Phrases) -> None:
        self.file = file
        self._phrases = phrases
        self._language = document.language
        self._methods = {method.id: method for method in document.methods}
        self._marks = 0
        self._turned = False
        self._styles()
        self._properties(document)
        self._edges(document)

    def front(self, document: Document) -> None:
        """Write page one."""
        say, front = self._phrases.say, document.front
        self.file.add_paragraph(_clean(document.title), style="Title")
        if document.simulated:
            self._paragraph(say("simulated.banner"), bold=True)
        self._heading(1, "answer", say("report.answer"))
        self._findings(document.findings if front is None else front.answer)
        if front is None:
            self._bullets(document.standing)
        else:
            if front.warnings:
                self._paragraph(say("front.warning"), bold=True, keep=True)
                self._bullets(front.warnings)
            if front.picture is not None:
                self._picture(front.picture, tallest=_TALL / 3)
            for title, sentences in ((say("front.people"), front.people), (say("front.sure"), front.sure)):
                self._heading(2, "", title)
                self._bullets(sentences)
        self.file.add_page_break()

    def blocks(self, blocks: Sequence[Block]) -> None:
        """Write what follows, on pages turned where a table needs it."""
        for block in blocks:
            self._turn(block.turned)
            if isinstance(block, Heading):
                self._heading(block.level, f"part-{block.id}" if block.id else "", block.text)
            elif isinstance(block, Words):
                self._words(block)
            elif isinstance(block, Findings):
                self._findings(block.findings)
            elif isinstance(block, Picture):
                self._picture(block.chart)
            else:
                self._grid(block)
        self._turn(False)

    def methods(self, document: Document) -> None:
        """Write how the numbers are made, what is needed to check them, and the notes."""
        say = self._phrases.say
        self._heading(1, "methods", say("report.methods"))
        for method in document.methods:
            self._method(method)
        for fact in document.facts:
            self._paragraph(fact.name, bold=True, keep=True)
            self._paragraph(fact.text, language=fact.language)
        if document.notes:
            self._heading(2, "", say("report.notes"))
            for note in document.notes:
                self._bullets([note.text], language=note.language)

    def _method(self, method: Method) -> None:
        self._heading(2, method.id, method.name)
        self._paragraph(method.text)
        if method.formula:
            self._paragraph(method.formula, quiet=True)
        for name, address in method.sources:
            paragraph = self.file.add_paragraph(style="List Bullet")
            if address:
                link(paragraph, _clean(name), address=address)
            else:
                paragraph.add_run(_clean(name))

    def _words(self, block: Words) -> None:
        method = self._methods.get(block.method)
        if method is not None:
            paragraph = self._paragraph(self._phrases.say("paper.how") + " ", size=8.0, quiet=True)
            link(paragraph, _clean(method.name), to=method.id)
        elif block.text:
            lead = block.kind == "lead"
            self._paragraph(block.text, quiet=True, keep=lead, size=None if lead else 8.0)

    def _heading(self, level: int, name: str, text: str) -> None:
        paragraph = self.file.add_heading(_clean(text), level=level)
        if name:
            self._marks += 1
            anchor(paragraph, name, self._marks)

    def _paragraph(
        self, text: str, *, bold: bool = False, quiet: bool = False, keep: bool = False, size: float | None = None,
        language: str = "",
    ) -> Any:  # fmt: skip
        from docx.shared import Pt, RGBColor

        paragraph = self.file.add_paragraph()
        run = paragraph.add_run(_clean(text))
        run.bold = bold or None
        paragraph.paragraph_format.keep_with_next = keep or None
        if quiet:
            run.font.color.rgb = RGBColor(0x4D, 0x4D, 0x4D)
        if size:
            run.font.size = Pt(size)
        if language and language != self._language:
            speak(run._r.get_or_add_rPr(), language)
        return paragraph

    def _bullets(self, sentences: Sequence[str], *, language: str = "") -> None:
        for sentence in sentences:
            run = self.file.add_paragraph(style="List Bullet").add_run(_clean(sentence))
            if language and language != self._language:
                speak(run._r.get_or_add_rPr(), language)

    def _findings(self, findings: Sequence[Finding]) -> None:
        from docx.shared import Mm, RGBColor

        for finding in findings:
            paragraph = self.file.add_paragraph()
            if finding.verdict:
                sign, colour = SIGNS[finding.verdict]
                paragraph.paragraph_format.left_indent = Mm(7)
                paragraph.paragraph_format.first_line_indent = Mm(-7)
                paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(7))
                paragraph.add_run(f"{sign}\t").font.color.rgb = RGBColor.from_string(colour[1:].upper())
            paragraph.add_run(_clean(finding.sentence))
        if not findings:
            self._paragraph(self._phrases.say("report.nothing"))

    def _picture(self, chart: Chart, *, tallest: float = _TALL) -> None:
        from docx.shared import Mm

        drawn = io.BytesIO()
        chart.savefig(drawn, format="png", dpi=200, metadata={"Software": None})
        wide, tall = (25.4 * float(side) for side in chart.get_size_inches())
        scale = min(1.0, _WIDE / wide, tallest / tall)
        drawn.seek(0)
        run = self.file.add_paragraph().add_run()
        shape = run.add_picture(drawn, width=Mm(wide * scale))
        described = shape._inline.docPr
        described.set("descr", _clean(f"{chart.heading} {chart.alt}".strip()))
        described.set("title", _clean(chart.heading))

    def _grid(self, block: Grid) -> None:
        from docx.shared import Pt

        layout, table = block.layout, block.table
        caption = self.file.add_paragraph(_clean(table.caption), style="Caption")
        caption.paragraph_format.keep_with_next = True
        rows = [(False, [table.headings[at] for at in layout.columns])]
        for name, under in rows_of(table, layout):
            rows += [(True, [name])] * bool(name) + [(False, row) for row in under]
        made = self.file.add_table(rows=len(rows), cols=len(layout.columns))
        made.style = "Table Grid"
        made.autofit = False
        for width, column in zip(layout.widths, made.columns, strict=True):
            column.width = Pt(width)
        for place, ((names, row), line) in enumerate(zip(rows, made.rows, strict=True)):
            together = names or place == 0 or (len(rows) <= _TOGETHER and place < len(rows) - 1)
            self._cells(line.cells, row, layout, heading=names or place == 0, keep=together)
            keep_whole(line, heading=place == 0)
        narrow_cells(made, PADDING)
        self.file.add_paragraph()

    def _cells(self, cells: Sequence[Any], row: Sequence[str], layout: Layout, *, heading: bool, keep: bool) -> None:
        """Fill a row; a name that stands over others takes all of it."""
        from docx.shared import Pt

        if len(row) < len(cells):
            fill(cells[0].merge(cells[-1]), _clean(row[0]), layout.size, bold=True, numeric=False, keep=keep)
            return
        for cell, text, width, numeric in zip(cells, row, layout.widths, layout.numeric, strict=True):
            cell.width = Pt(width)
            fill(cell, _clean(text), layout.size, bold=heading, numeric=numeric, keep=keep)

    def _turn(self, turned: bool) -> None:
        """Begin a section whose pages lie on their side, or stand again."""
        from docx.enum.section import WD_ORIENT, WD_SECTION

        if turned == self._turned:
            return
        section = self.file.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = section.page_height, section.page_width
        self._turned = turned

    def _styles(self) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        for name, size in (("Normal", 10), ("Title", 20), ("Heading 1", 15), ("Heading 2", 12), ("Heading 3", 10.5),
                           ("Caption", 9), ("List Bullet", 10)):  # fmt: skip
            style = self.file.styles[name]
            style.font.name, style.font.size = _FONT, Pt(size)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for attribute in list(fonts.attrib):
                del fonts.attrib[attribute]
            for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
                fonts.set(qn(kind), _FONT)
            if name not in {"Normal", "List Bullet"}:
                style.font.color.rgb = RGBColor(0x1A, 0x1A, 0x1A)
        speak(self.file.styles["Normal"].element.get_or_add_rPr(), self._language)
        for spoken in self.file.styles.element.iter(qn("w:lang")):
            spoken.set(qn("w:val"), LOCALES[self._language])

    def _properties(self, document: Document) -> None:
        about = self.file.core_properties
        mark = f" — {self._phrases.say('simulated.mark')}" if document.simulated else ""
        about.title, about.author, about.comments = _clean(document.title + mark), "trustmeter", ""
        about.language = LOCALES[document.language]

    def _edges(self, document: Document) -> None:
        """Set the page, what stands over it (title, and whether data are simulated), and its number."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Mm, Pt

        section = self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = section.bottom_margin = Mm(_SIDE)
        section.top_margin = Mm(24)
        above = section.header.paragraphs[0]
        if document.simulated:
            above.add_run(self._phrases.say("simulated.mark") + " — ").bold = True
        above.add_run(_clean(document.title))
        below = section.footer.paragraphs[0]
        below.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        field(below, "PAGE")
        for paragraph in (above, below):
            for run in paragraph.runs:
                run.font.size = Pt(8)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text)
