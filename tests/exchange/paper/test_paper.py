"""The PDF to print: read by tools for PDFs, and by the typesetter's own places."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trustmeter.errors import DesignError, MissingExtraError
from trustmeter.exchange.paper.booklet import Sheets, content_of
from trustmeter.exchange.paper.layout import (
    CORNER_EDGE,
    CORNER_SIZE,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    PaperLayout,
    layout_of,
    paper_layout,
)
from trustmeter.exchange.paper.typesetting import typeset
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

CASES = [
    ("tiny", "fr", False), ("tiny", "en", True), ("awkward", "en", False), ("awkward", "fr", True),
    ("community-trust", "fr", False), ("community-trust", "de", False), ("encounter", "ar", False), ("encounter", "ar", True),
    ("ess5-trust-in-justice", "nl", False),
]  # fmt: skip
SPACE = re.compile(r"[\s\u00a0\u202f]+")


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None and os.environ.get("TRUSTMETER_REQUIRE_ALL") != "1":
        pytest.skip(f"{name} is not installed (Debian: poppler-utils)")
    assert found is not None, f"{name} must be there"
    return found


def told(name: str, *arguments: str) -> str:
    done = subprocess.run([tool(name), *arguments], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


_MADE: dict[tuple[str, str, bool], tuple[bytes, PaperLayout]] = {}


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, case)))
def sheets(request: pytest.FixtureRequest) -> Sheets:
    name, language, large = request.param
    asked = request.getfixturevalue(name) if name in {"tiny", "awkward"} else load_questionnaire(name)
    return Sheets(asked, language, large, "5341 Noord")


@pytest.fixture
def made(sheets: Sheets) -> tuple[bytes, PaperLayout]:
    """Return the PDF and its places; each case is set once."""
    case = (sheets.questionnaire.id, sheets.language, sheets.large_print)
    if case not in _MADE:
        _MADE[case] = (typeset(sheets), layout_of(sheets))
    return _MADE[case]


@pytest.fixture
def layout(made: tuple[bytes, PaperLayout]) -> PaperLayout:
    return made[1]


@pytest.fixture
def printed(made: tuple[bytes, PaperLayout], tmp_path: Path) -> Path:
    path = tmp_path / "form.pdf"
    path.write_bytes(made[0])
    return path


def folded(text: str) -> str:
    """Return a text without breaks, hyphens at line ends, marks of direction and signs above or below letters."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return SPACE.sub("", re.sub(r"[\u00ad\u2010\-\u2066-\u2069\u200e\u200f\u202a-\u202e]", "", plain))


def test_it_is_tagged_has_a_title_and_all_fonts_inside(sheets: Sheets, printed: Path) -> None:
    about = told("pdfinfo", str(printed))
    assert re.search(r"^Tagged:\s+yes", about, re.MULTILINE)
    assert re.search(r"^Page size:\s+595\.\d+ x 841\.\d+ pts \(A4\)", about, re.MULTILINE)
    assert sheets.questionnaire.title.read(sheets.language) in about
    fonts = told("pdffonts", str(printed)).splitlines()[2:]
    assert fonts
    assert all(re.search(r"\byes yes yes\b", line) for line in fonts)
    assert b"pdfuaid" in printed.read_bytes() or b"/MarkInfo" in printed.read_bytes()


def test_every_question_stands_on_the_paper(sheets: Sheets, printed: Path) -> None:
    text = folded(told("pdftotext", "-layout" if sheets.rtl else "-raw", str(printed), "-"))
    asked = sheets.questionnaire
    for item in asked.items:
        assert folded(item.id) in text
        if not sheets.rtl:
            assert folded(item.text.read(sheets.language)) in text, item.id
    if sheets.rtl:  # the reader of PDFs turns ligatures around: the letters beside each id are counted
        raw = folded(told("pdftotext", "-raw", str(printed), "-"))
        for item in asked.items:
            at = raw.index(item.id)
            wanted = Counter(sign for sign in folded(item.text.read(sheets.language)) if sign.isalnum())
            assert wanted <= Counter(raw[max(0, at - 90) : at + 90]), item.id


def test_every_answer_has_one_circle_in_the_order_asked(sheets: Sheets, layout: PaperLayout) -> None:
    circles = [(place.item, place.code) for place in layout.places if place.kind == "mark"]
    wanted = [
        (item.id, option.code)
        for item in sheets.questionnaire.items
        for option in item.response_scale.options
        if option.kind != "blank"
    ]
    assert circles == wanted
    fields = [place.item for place in layout.places if place.kind == "write"]
    assert fields == [item.id for item in sheets.questionnaire.items if item.response_scale.type in {"number", "text"}]


def test_nothing_hangs_over_and_no_question_is_cut(sheets: Sheets, layout: PaperLayout) -> None:
    inner = CORNER_EDGE + CORNER_SIZE
    for place in layout.places:
        assert inner < place.x - place.width / 2
        assert place.x + place.width / 2 < PAGE_WIDTH - inner
        assert place.y - place.height / 2 > 25
        assert place.y + place.height / 2 < PAGE_HEIGHT - 20
        assert 1 <= place.page <= layout.pages
    for item in sheets.questionnaire.items:
        assert len({place.page for place in layout.places if place.item == item.id}) == 1, item.id


def test_circles_keep_apart_and_those_of_a_line_stand_in_line(layout: PaperLayout) -> None:
    for page in range(1, layout.pages + 1):
        there = [place for place in layout.places if place.page == page]
        for at, one in enumerate(there):
            for other in there[at + 1 :]:
                apart_x = abs(one.x - other.x) - (one.width + other.width) / 2
                apart_y = abs(one.y - other.y) - (one.height + other.height) / 2
                assert max(apart_x, apart_y) > 0.5, (one, other)


def test_no_word_leaves_the_paper_or_its_column(printed: Path) -> None:
    boxes = told("pdftotext", "-bbox", str(printed), "-")
    found = [tuple(map(float, box)) for box in re.findall(r'xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.-]+)"', boxes)]
    assert found
    for left, right in found:
        assert left > 15.5 / 25.4 * 72
        assert right < (PAGE_WIDTH - 15.5) / 25.4 * 72


def test_each_circle_stands_where_it_is_said_to_stand(layout: PaperLayout, printed: Path) -> None:
    """The rim of each circle is dark in the picture of the sheet, its neighbourhood is light."""
    pages = layout
    dots = 144 / 25.4
    for page in {1, pages.pages}:
        picture = subprocess.run(
            [tool("pdftoppm"), "-r", "144", "-gray", "-f", str(page), "-l", str(page), str(printed)],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        kind, size, depth, grey = picture.split(b"\n", 3)
        width, height = map(int, size.split())
        assert (kind, depth, len(grey)) == (b"P5", b"255", width * height)

        def darkest(x: float, y: float, *, grey: bytes = grey, width: int = width) -> int:
            across, down = round(x * dots), round(y * dots)
            return min(grey[(down + dy) * width + across + dx] for dx in (-1, 0, 1) for dy in (-1, 0, 1))

        for place in (place for place in pages.places if place.page == page and place.kind == "mark"):
            half = place.width / 2
            assert darkest(place.x - half, place.y) < 150
            assert darkest(place.x + half, place.y) < 150
            assert darkest(place.x, place.y - place.height / 2) < 150
            assert darkest(place.x - half - 0.7, place.y) > 200
        middle = CORNER_EDGE + CORNER_SIZE / 2
        for x in (middle, PAGE_WIDTH - middle):
            for y in (middle, PAGE_HEIGHT - middle):
                assert darkest(x, y) == 0


def test_each_sheet_says_what_it_is(sheets: Sheets, layout: PaperLayout, printed: Path) -> None:
    pages = layout.pages
    for page in range(1, pages + 1):
        text = folded(told("pdftotext", "-f", str(page), "-l", str(page), "-raw", str(printed), "-"))
        assert folded(sheets.identity) in text
        assert f"{page}/{pages}" in text


def test_the_same_questionnaire_gives_the_same_bytes(tiny: Questionnaire) -> None:
    assert typeset(Sheets(tiny, "fr")) == typeset(Sheets(tiny, "fr"))
    assert typeset(Sheets(tiny, "fr")) != typeset(Sheets(tiny, "fr", large_print=True))


def test_the_square_code_says_which_sheet_it_is_and_nothing_of_people(tiny: Questionnaire) -> None:
    code = Sheets(tiny, "fr", zone="A|B").square_code(2, 3)
    assert code == "tm1|tiny|1.0.0|000000000000|fr|N|A/B|2/3"


def test_65_plus_is_printed_as_65_plus_in_arabic(tiny: Questionnaire, tmp_path: Path) -> None:
    first, *others = tiny.sections[2].items
    aged = replace(first, text=Text({"en": "Age?", "ar": "العمر 65+ سنة"}))
    third = replace(tiny.sections[2], items=(aged, *others))
    arabic = replace(tiny, sections=(*tiny.sections[:2], third), languages=("en", "ar"))
    path = tmp_path / "form.pdf"
    path.write_bytes(typeset(Sheets(arabic, "ar")))
    boxes = told("pdftotext", "-bbox", str(path), "-")
    assert re.search(r">\u2066?65\+\u2069?</word>", boxes)


def test_a_zone_that_begins_with_a_number_keeps_its_order_in_arabic(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(typeset(Sheets(load_questionnaire("encounter"), "ar", zone="5341 Nord")))
    boxes = told("pdftotext", "-bbox", "-f", "2", "-l", "2", str(path), "-")
    found = re.findall(r'xMin="([0-9.]+)" yMin="([0-9.]+)"[^>]*>\u2068?(5341|Nord)\u2069?</word>', boxes)
    number, name = sorted((float(down), float(across), word) for across, down, word in found)[-2:]
    assert (number[2], name[2]) == ("5341", "Nord")
    assert number[1] < name[1]


def test_a_letter_that_may_be_refused_has_a_small_box() -> None:
    places = paper_layout(load_questionnaire("link-code"), "en").places
    boxes = {place.item: (place.width, place.height) for place in places if place.kind == "write"}
    assert boxes["LC01"] == pytest.approx((34, 9))


@pytest.mark.parametrize(
    ("name", "language", "large"),
    [("complaint-experience", "de", False), ("officer-trust", "de", False), ("link-code", "en", False),
     ("community-trust-short", "nl", True)],
)  # fmt: skip
def test_no_sheet_bears_only_the_thanks(name: str, language: str, large: bool) -> None:
    layout = layout_of(Sheets(load_questionnaire(name), language, large))
    assert layout.places[-1].page == layout.pages


def test_a_language_that_is_not_finished_says_so_on_every_sheet() -> None:
    content = content_of(Sheets(load_questionnaire("encounter"), "ar"))
    assert content["draft"]
    assert not content_of(Sheets(load_questionnaire("encounter"), "fr"))["draft"]


def test_consent_comes_before_all_other_questions() -> None:
    for name in ("community-trust", "encounter"):
        first = paper_layout(load_questionnaire(name), "nl").places[0]
        assert (first.item, first.page) == ("CONSENT", 1)


def test_it_is_written_by_its_tool_with_the_places_beside_it(tiny: Questionnaire, tmp_path: Path) -> None:
    wished: dict[str, Any] = {"large_print": True, "zone": "Noord", "layout": True}
    path = export_questionnaire(tiny, tmp_path / "form.pdf", tool="paper", languages=["fr"], settings=wished)
    assert path.read_bytes() == typeset(Sheets(tiny, "fr", large_print=True, zone="Noord"))
    beside = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert (beside["questionnaire"], beside["language"], beside["large_print"]) == ("tiny", "fr", True)
    assert beside["places"][0]["item"] == "CONSENT"
    assert beside["paper"]["corners"] == [[10.5, 10.5], [199.5, 10.5], [10.5, 286.5], [199.5, 286.5]]


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("paper", {"largeprint": True}, "Did you mean 'large_print'"),
        ("paper", {"large_print": "yes"}, "must be true or false"),
        ("paper", {"zone": "x" * 41}, "at most 40"),
        ("paper", {"zone": "a\nb"}, "one line"),
        ("paper", {"fonts": "nowhere"}, "no fonts in the folder 'nowhere'"),
        ("html", {"zone": "x"}, "takes no settings"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    name: Any, settings: dict[str, Any], said: str, tiny: Questionnaire, tmp_path: Path
) -> None:
    path = tmp_path / ("form.pdf" if name == "paper" else "form.html")
    with pytest.raises(DesignError) as caught:
        export_questionnaire(tiny, path, tool=name, settings=settings)
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_letters_that_no_font_has_are_refused_with_the_cure(tiny: Questionnaire) -> None:
    with pytest.raises(DesignError, match="folder of fonts"):
        typeset(Sheets(replace(tiny, introduction=Text({"en": "ሰላም"})), "en"))


def test_markup_in_a_text_stays_a_text(tiny: Questionnaire, tmp_path: Path) -> None:
    told_text = '#panic("x") *bold* _it_ $x^2$ @ref <label> \\ // `raw`'
    path = tmp_path / "form.pdf"
    path.write_bytes(typeset(Sheets(replace(tiny, introduction=Text({"en": told_text})), "en")))
    assert folded(told_text) in folded(told("pdftotext", "-raw", str(path), "-"))


@pytest.mark.parametrize("missing", ["typst", "segno"])
def test_without_the_extra_the_install_line_is_given(
    missing: str, tiny: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=r"trustmeter\[paper\]"):
        typeset(Sheets(tiny, "en"))
