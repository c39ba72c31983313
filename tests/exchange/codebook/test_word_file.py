"""The review sheet as a Word file: every text in all languages side by side, each in its direction."""

from __future__ import annotations

import builtins
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest

from trustmeter.errors import MissingExtraError
from trustmeter.exchange.codebook.review import review_rows
from trustmeter.exchange.codebook.word_file import review_document
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire

loaded = cache(load_questionnaire)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(questionnaire: Questionnaire, languages: list[str]) -> Any:
    return docx.Document(BytesIO(review_document(questionnaire, languages)))


@pytest.mark.parametrize("name", ["tiny", "awkward", "community-trust", "encounter"])
def test_all_texts_stand_side_by_side(name: str, request: pytest.FixtureRequest) -> None:
    questionnaire = request.getfixturevalue(name) if name in {"tiny", "awkward"} else loaded(name)
    languages = list(questionnaire.languages)
    (table,) = read(questionnaire, languages).tables
    heading, *rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert heading == ["place", *languages]
    expected = [
        [place, *("\n".join(text.strip().splitlines()) for text in said)]
        for place, *said in review_rows(questionnaire, languages)
    ]
    assert rows == expected
    assert table.rows[0]._tr.find(f"{W}trPr/{W}tblHeader") is not None


def test_each_cell_says_its_language_and_arabic_is_read_from_the_right() -> None:
    (table,) = read(loaded("encounter"), ["nl", "ar"]).tables
    _, dutch, arabic = table.rows[1].cells
    assert dutch._tc.find(f".//{W}lang").attrib == {f"{W}val": "nl"}
    assert dutch._tc.find(f".//{W}bidi") is None
    assert arabic._tc.find(f".//{W}lang").attrib == {f"{W}bidi": "ar"}
    assert arabic._tc.find(f".//{W}pPr/{W}bidi") is not None
    assert arabic._tc.find(f".//{W}rPr/{W}rtl") is not None


def test_it_says_what_it_is_and_what_is_unfinished() -> None:
    encounter = loaded("encounter")
    told = [paragraph.text for paragraph in read(encounter, ["fr", "ar"]).paragraphs]
    assert told[0] == encounter.title.read("fr")
    assert encounter.fingerprint in told[1]
    assert any(line.startswith("ar: unfinished. ") for line in told)
    assert not any("unfinished" in paragraph.text for paragraph in read(encounter, ["fr", "nl"]).paragraphs)


@pytest.mark.parametrize(
    ("languages", "millimetres"), [(["nl", "fr", "de", "en"], 297), (["nl", "fr", "de", "en", "ar"], 420)]
)
def test_more_languages_need_a_larger_page(languages: list[str], millimetres: int) -> None:
    section = read(loaded("encounter"), languages).sections[0]
    assert round(section.page_width.mm) == millimetres
    assert section.page_height < section.page_width


def test_bytes_repeat_and_bear_no_date(tiny: Questionnaire, tmp_path: Path) -> None:
    path = export_questionnaire(tiny, tmp_path / "review.docx", tool="codebook")
    assert path.read_bytes() == review_document(tiny, tiny.languages)
    with zipfile.ZipFile(path) as packed:
        assert {entry.date_time[0] for entry in packed.infolist()} == {1980}
        assert b"python-docx" not in packed.read("docProps/core.xml")


def test_without_python_docx_the_install_line_is_given(
    tiny: Questionnaire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "docx":
            raise ImportError(name)
        return usual(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"pip install \"trustmeter\[report\]\""):
        export_questionnaire(tiny, tmp_path / "review.docx", tool="codebook")
    assert list(tmp_path.iterdir()) == []
