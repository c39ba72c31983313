"""The report as a Word file: real headings, repeated table headings, described pictures, the mark on every page."""

from __future__ import annotations

import builtins
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest

from trustmeter.errors import MissingExtraError
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.report.document import Document, Fact, Finding, Front, Method, Note, Part, Table
from trustmeter.present.report.word_file import write_word
from trustmeter.present.sheet import Chart, Sheet

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ODD = "Odd <b>&amp; \x07“words” & more"


def picture() -> Chart:
    sheet = Sheet()
    sheet.text(0.0, 0.2, "drawn")
    sheet.y = 2.0
    return sheet.finish(heading="A picture.", alt="It shows nothing.", language="en")


def table(columns: int, rows: int = 4) -> Table:
    headings = ("Question", *(f"Heading {at}" for at in range(1, columns)))
    cells = tuple((f"Row {row} & more", *(["−12.3 (−4.5 to 6.7)"] * (columns - 1))) for row in range(rows))
    return Table(f"Caption of {columns}", headings, cells, f"table-{columns}", "method-mean", ("Hidden below ten.",))


def document(language: str = "en", *, simulated: bool = True, front: bool = True) -> Document:
    found = (
        Finding("increase", "One: increase."),
        Finding("inconclusive", "Two: we cannot tell."),
        Finding("", "No sign."),
    )
    parts = (
        Part("one", "Part one", ODD, picture(), (table(3),), (table(9),), (Part("two", "Part two"),), sentences=found),
        Part("three", "Part three", tables=(table(4, rows=60),)),
    )
    return Document(
        language, f"Report {ODD}", simulated, found, ("Beside.",), parts, (Fact("Méthode", "t test", "fr"),), (Note("A note.", "en"),),
        Front(found, picture(), ("Three hundred people.",), ("Ninety-five percent.",), ("Beware.",)) if front else None,
        (Method("method-mean", "Means", "How.", "sum / n", (("A book", ""), ("A paper", "https://doi.org/10.1000/1"))),),
        (Part("appendix", "Appendix", tables=(table(5),)),),
    )  # fmt: skip


def read(path: Path, **options: Any) -> Any:
    write_word(document(**options), path)
    return docx.Document(str(path))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_again_with_headings_mark_and_language(tmp_path: Path, language: str) -> None:
    file = read(tmp_path / "report.docx", language=language)
    phrases = load_phrases(language)
    headings = [
        (one.style.name, one.text) for one in file.paragraphs if one.style.name.startswith(("Heading", "Title"))
    ]
    assert headings[0] == ("Title", "Report Odd <b>&amp; “words” & more")
    assert ("Heading 1", "Part one") in headings
    assert ("Heading 2", "Part two") in headings
    assert ("Heading 2", "Means") in headings
    mark = phrases.say("simulated.mark")
    assert mark in file.core_properties.title
    assert all(mark in section.header.paragraphs[0].text for section in file.sections)
    spoken = {one.get(f"{W}val")[:2] for one in file.styles.element.iter(f"{W}lang")}
    assert spoken == {language}
    text = "\n".join(one.text for one in file.paragraphs)
    for words in (
        "One: increase.",
        "Two: we cannot tell.",
        "Beware.",
        "Three hundred people.",
        "A note.",
        phrases.say("paper.how"),
    ):
        assert words in text, words


def test_tables_repeat_their_headings_and_wide_ones_stand_on_turned_pages(tmp_path: Path) -> None:
    file = read(tmp_path / "report.docx")
    assert [len(one.columns) for one in file.tables] == [3, 9, 4, 5]
    for made in file.tables:
        assert made.rows[0]._tr.trPr.find(f"{W}tblHeader") is not None
        assert all(row._tr.trPr.find(f"{W}cantSplit") is not None for row in made.rows)
    assert file.tables[0].cell(1, 0).text == "Row 0 & more"
    wide = [section.page_width > section.page_height for section in file.sections]
    assert wide == [False, True, False]


def test_pictures_are_described_and_links_lead_somewhere(tmp_path: Path) -> None:
    file = read(tmp_path / "report.docx")
    described = [shape._inline.docPr.get("descr") for shape in file.inline_shapes]
    assert described == ["A picture. It shows nothing."] * 2
    body = file.element.body
    anchors = {one.get(f"{W}name") for one in body.iter(f"{W}bookmarkStart")}
    links = {one.get(f"{W}anchor") for one in body.iter(f"{W}hyperlink")} - {None}
    assert links == {"_method_mean"}
    assert links <= anchors
    assert any(one.target_ref == "https://doi.org/10.1000/1" for one in file.part.rels.values() if one.is_external)


def test_real_data_carry_no_mark_and_an_early_page_one_still_stands(tmp_path: Path) -> None:
    file = read(tmp_path / "report.docx", simulated=False, front=False)
    assert "SIMULATED" not in file.core_properties.title + file.sections[0].header.paragraphs[0].text
    assert "Beside." in [one.text for one in file.paragraphs]


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.docx", "two.docx"):
        write_word(document(), tmp_path / name)
    assert (tmp_path / "one.docx").read_bytes() == (tmp_path / "two.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.docx") as packed:
        assert packed.testzip() is None
        assert packed.namelist()[0] == "[Content_Types].xml"


def test_without_python_docx_the_install_line_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "docx":
            raise ImportError(name)
        return usual(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"pip install \"trustmeter\[report\]\""):
        write_word(document(), tmp_path / "report.docx")
    assert not (tmp_path / "report.docx").exists()
