"""The report as PDF: tagged, self-contained, the same every time, and nothing on it clipped or read as markup."""

from __future__ import annotations

import builtins
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trustmeter.errors import MissingExtraError
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.report.document import Document, Fact, Finding, Front, Method, Note, Part, Table
from trustmeter.present.report.paper import (
    PADDING,
    TURNED,
    UPRIGHT,
    Grid,
    Heading,
    Words,
    blocks_of,
    body_of,
    layouts_of,
    rows_of,
)
from trustmeter.present.report.typesetting import SIGNS, write_pdf
from trustmeter.present.sheet import Chart, Sheet, text_width

HOSTILE = '#strong[no] $x^2$ \\ @nobody <b> _under_ *star* "quoted" = not a heading // no comment ` `` #import "x.typ"'


def picture(height: float = 2.0) -> Chart:
    sheet = Sheet()
    sheet.text(0.0, 0.2, "drawn")
    sheet.y = height
    return sheet.finish(heading="A picture.", alt="It shows nothing.", language="en")


def table(columns: int, rows: int = 4, name: str = "wide") -> Table:
    headings = ("Question", *(f"Heading number {at}" for at in range(1, columns)))
    cells = tuple(
        (f"Row {row} with quite some words to read", *(["−12.3 (−4.5 to 6.7)"] * (columns - 1))) for row in range(rows)
    )
    return Table(
        f"Caption of {name}", headings, cells, id=f"table-{name}", method="method-mean", under=("Hidden below ten.",)
    )


def document(language: str = "en", *, simulated: bool = True, findings: int = 3, front: bool = True) -> Document:
    found = tuple(
        Finding(list(SIGNS)[at % 5], f"Scale {at}: " + "what the answers bear out, and no more. " * 3)
        for at in range(findings)
    )
    parts = (
        Part("one", "Part one", HOSTILE, picture(), (table(3, name="narrow"),), (table(9, name="middling"),), sentences=found[:2]),
        Part("two", "Part two", "Its text.", None, (table(40),), parts=(Part("three", "Part three", picture=picture(30.0)),)),
        Part("four", "Part four", "", None, (table(4, rows=90, name="long"),)),
    )  # fmt: skip
    return Document(
        language, f"Report {HOSTILE}", simulated, found, ("Beside the answer.",), parts,
        (Fact("File", "answers.csv", "en"), Fact("Méthode", "t test", "en")), (Note("A note.", "en"),),
        Front(found[:3], picture(), ("Three hundred people.",) * 4, ("Ninety-five percent.",) * 3, ("Beware.",)) if front else None,
        (Method("method-mean", "Means", "How a mean is made.", "mean = sum / n", (("A book", ""), ("A paper", "https://doi.org/10.1000/1"))),),
        (Part("appendix", "Appendix", tables=(table(5, name="last"),)),),
    )  # fmt: skip


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        assert os.environ.get("TRUSTMETER_REQUIRE_ALL") != "1", f"{name} is not installed"
        pytest.skip(f"{name} (poppler-utils) is not installed")
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return what a tool of poppler says of a report in one language."""
    folder = tmp_path_factory.mktemp("pdf")

    def run(name: str, language: str, *options: str, **kinds: Any) -> str:
        path = folder / f"{language}{len(kinds)}.pdf"
        if not path.exists():
            write_pdf(document(language, **kinds), path)
        ending = ["-"] if name == "pdftotext" else []
        return subprocess.run(
            [tool(name), *options, str(path), *ending], capture_output=True, text=True, check=True
        ).stdout

    return run


def test_the_pdf_is_tagged_and_carries_its_fonts(told: Callable[..., str]) -> None:
    about = told("pdfinfo", "nl")
    assert re.search(r"Tagged:\s+yes", about)
    assert re.search(r"Page size:.*A4", about)
    assert "CreationDate" not in about
    fonts = [line.split() for line in told("pdffonts", "nl").splitlines()[2:]]
    assert fonts
    assert all("DejaVu" in line[0] and line[-5:-2] == ["yes", "yes", "yes"] for line in fonts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_caption_and_sentence_is_on_it_and_every_page_says_simulated(
    told: Callable[..., str], language: str
) -> None:
    pages = told("pdftotext", language, "-raw").split("\f")[:-1]
    text = re.sub(r"[\s\u00ad\u2010-]+", "", "".join(pages))
    for words in ("Caption of narrow", "Caption of middling", "Caption of wide", "Caption of long", "Caption of last",
                  "Part three", "A note.", "How a mean is made.", "A paper", "Beware.", HOSTILE):  # fmt: skip
        assert re.sub(r"[\s\u00ad\u2010-]+", "", words) in text, words
    mark = load_phrases(language).say("simulated.mark")
    assert all(mark in page for page in pages)


def test_page_one_holds_all_of_page_one_and_nothing_else(told: Callable[..., str]) -> None:
    for kinds in ({}, {"front": False, "findings": 12}):
        first, second = told("pdftotext", "en", "-raw", **kinds).split("\f")[:2]
        assert "Scale 0" in first
        assert ("Ninety-five" if not kinds else "Beside the answer.") in first
        assert "Part one" not in first
        assert "Part one" in second


def test_long_tables_repeat_their_headings(told: Callable[..., str]) -> None:
    pages = [
        page for page in told("pdftotext", "en", "-raw").split("\f") if "Row 60 with" in page or "Row 5 with" in page
    ]
    assert len(pages) > 1
    assert all("Heading number 1" in " ".join(page.split()) for page in pages)


def test_real_data_carry_no_mark(told: Callable[..., str]) -> None:
    assert "SIMULATED" not in told("pdftotext", "en", simulated=False)


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        write_pdf(document(), tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 8, 9, 12, 20, 40])
def test_tables_fit_their_page_and_no_number_is_broken(columns: int) -> None:
    made = table(columns)
    layouts = layouts_of(made)
    assert sorted({at for layout in layouts for at in layout.columns}) == list(range(columns))
    for layout in layouts:
        assert layout.columns[0] == 0
        assert sum(layout.widths) <= (TURNED if layout.turned else UPRIGHT) + 1e-6
        for at, width in zip(layout.columns[1:], layout.widths[1:], strict=True):
            assert width >= 72 * text_width(made.rows[0][at], layout.size) + 2 * PADDING - 1e-6


def test_what_stands_over_a_turned_table_is_turned_with_it() -> None:
    blocks = blocks_of([Part("wide", "Wide", "Its text.", tables=(table(7),)), Part("next", "Next")])
    assert [block.turned for block in blocks] == [True, True, True, True, True, False]
    assert [type(block) for block in blocks] == [Heading, Words, Grid, Words, Words, Heading]


def test_without_typst_the_install_line_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "typst":
            raise ImportError(name)
        return usual(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"pip install \"trustmeter\[report\]\""):
        write_pdf(document(), tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_folded_tables_that_the_appendix_holds_stand_only_there() -> None:
    told = [block.table.caption for block in body_of(document()) if isinstance(block, Grid)]
    assert "Caption of middling" in told
    again = replace(document(), appendix=(Part("appendix", "Appendix", tables=(table(9, rows=9),)),))
    told = [block.table.caption for block in body_of(again) if isinstance(block, Grid)]
    assert "Caption of middling" not in told
    assert "Caption of narrow" in told


def test_names_said_again_and_again_stand_over_their_rows_and_empty_columns_go() -> None:
    rows = tuple((name, word, "", str(at)) for name in ("Trust", "Fairness") for at, word in enumerate("abc"))
    made = Table("Numbers", ("Scale", "Measure", "Group", "Value"), rows)
    (layout,) = layouts_of(made)
    assert layout.gathered
    assert layout.columns == (1, 3)
    assert rows_of(made, layout) == [
        ("Trust", [["a", "0"], ["b", "1"], ["c", "2"]]),
        ("Fairness", [["a", "0"], ["b", "1"], ["c", "2"]]),
    ]
