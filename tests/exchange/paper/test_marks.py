"""Ticked sheets: drawn crosses, bent, noisy, turned, at 150 dots an inch, must all be found, and doubt must be told."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from trustmeter.cli import app
from trustmeter.errors import DesignError, MissingExtraError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.paper.booklet import Sheets
from trustmeter.exchange.paper.layout import PaperLayout, Place, layout_of
from trustmeter.exchange.paper.marks import CROSS, WEAK, read_layout, read_marks
from trustmeter.exchange.paper.marks_file import write_marks
from trustmeter.exchange.paper.scan import pages_of
from trustmeter.exchange.paper.typesetting import typeset
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire

cv2 = pytest.importorskip("cv2", reason="the extra omr is not installed")
pypdfium2 = pytest.importorskip("pypdfium2", reason="the extra omr is not installed")

DOTS = 300 / 25.4


@dataclass
class Pile:
    """Sheets that are ticked with a pen, then scanned badly."""

    sheets: Sheets
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(11))
    layout: PaperLayout = field(init=False)
    blank: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.layout = layout_of(self.sheets)
        pages = pypdfium2.PdfDocument(typeset(self.sheets))
        self.blank = [np.array(page.render(scale=300 / 72, grayscale=True).to_numpy()).squeeze() for page in pages]

    def place(self, item: str, code: str) -> Place:
        return next(place for place in self.layout.places if (place.item, place.code) == (item, code))

    def by_chance(self) -> dict[str, str]:
        """Return one answer to each question that has circles."""
        answers: dict[str, str] = {}
        for item in dict.fromkeys(place.item for place in self.layout.places if place.kind == "mark"):
            codes = [place.code for place in self.layout.places if place.item == item and place.kind == "mark"]
            answers[item] = codes[self.rng.integers(len(codes))]
        return answers

    def ticked(self, answers: Mapping[str, str], *, pen: float = 0.5, more: Any = ()) -> list[Any]:
        pages = [page.copy() for page in self.blank]
        for item, code in answers.items():
            self.cross(pages, self.place(item, code), pen)
        for kind, item, code in more:
            place = self.place(item, code)
            middle = (round(place.x * DOTS), round(place.y * DOTS))
            if kind == "cross":
                self.cross(pages, place, pen)
            elif kind == "filled":
                cv2.circle(pages[place.page - 1], middle, round(place.height / 2 * DOTS), 30, -1, cv2.LINE_AA)
            else:
                away = round(1.1 * DOTS)
                start, end = (middle[0] - away, middle[1] - away), (middle[0] + away, middle[1] + away)
                cv2.line(pages[place.page - 1], start, end, 90, 4, cv2.LINE_AA)
        return pages

    def cross(self, pages: list[Any], place: Place, pen: float) -> None:
        x, y = np.array((place.x, place.y)) + self.rng.normal(0, 0.25, 2)
        reach, shade = place.height / 2 * self.rng.uniform(0.7, 1.1), int(self.rng.uniform(20, 90))
        for sign in (1, -1):
            angle = np.deg2rad(45 + self.rng.normal(0, 8))
            across, down = reach * np.cos(angle), sign * reach * np.sin(angle)
            start = (round((x - across) * DOTS), round((y - down) * DOTS))
            end = (round((x + across) * DOTS), round((y + down) * DOTS))
            cv2.line(pages[place.page - 1], start, end, shade, max(1, round(pen * DOTS)), cv2.LINE_AA)

    def scanned(self, page: Any, *, resolution: int = 150, upside_down: bool = False) -> Any:
        """Return a sheet as a worn scanner sees it: skewed, bent, blurred, noisy, darker on one side."""
        height, width = page.shape
        scale = resolution / 300
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        bent = (corners * scale + self.rng.normal(0, 4, (4, 2)) + 20).astype(np.float32)
        turn = cv2.getRotationMatrix2D((width * scale / 2, height * scale / 2), self.rng.normal(0, 1.2), 1)
        whole = np.vstack([turn, [0, 0, 1]]) @ cv2.getPerspectiveTransform(corners, bent)
        size = (round(width * scale) + 40, round(height * scale) + 40)
        seen = cv2.warpPerspective(cv2.GaussianBlur(page, (0, 0), 0.5 / scale), whole, size, borderValue=235)
        seen = seen * np.linspace(0.85, 1, size[0])[None, :] + self.rng.normal(0, 12, seen.shape)
        seen = np.clip(seen, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(seen[::-1, ::-1]) if upside_down else seen

    def save(self, pages: list[Any], folder: Path, name: str = "form", **how: Any) -> None:
        for number, page in enumerate(pages, start=1):
            turned = number % 2 == 0
            cv2.imwrite(str(folder / f"{name}-{number:02}.png"), self.scanned(page, upside_down=turned, **how))


@pytest.fixture
def pile(tiny: Questionnaire) -> Pile:
    return Pile(Sheets(tiny, "fr", zone="5341 Noord"))


@pytest.mark.parametrize(
    ("name", "language", "large", "pen"),
    [
        ("community-trust", "fr", False, 0.5),
        ("encounter", "ar", False, 0.35),
        ("encounter", "ar", True, 0.7),
        ("complaint-experience", "de", False, 0.5),
    ],
)
def test_every_cross_is_found_on_bent_and_noisy_sheets(
    name: str, language: str, large: bool, pen: float, tmp_path: Path
) -> None:
    pile = Pile(Sheets(load_questionnaire(name), language, large, "5341 Noord"))
    truth = pile.by_chance()
    pile.save(pile.ticked(truth, pen=pen), tmp_path)
    marks = read_marks(tmp_path, pile.layout)
    assert marks.frame[list(truth)].iloc[0].to_dict() == truth
    assert marks.look.empty


def test_doubt_is_listed_and_its_cells_stay_empty(pile: Pile, tmp_path: Path) -> None:
    answers = {"CONSENT": "1", "FA1": "2", "EF1": "4", "EF2": "88", "SEX": "F"}
    more = [("cross", "FA1", "3"), ("faint", "FA2", "1"), ("filled", "FA3", "5"), ("filled", "EF1", "1")]
    pile.save(pile.ticked(answers, more=more), tmp_path)
    marks = read_marks(tmp_path, pile.layout)
    row = marks.frame.iloc[0]
    assert {item: row[item] for item in ("CONSENT", "EF1", "EF2", "SEX")} == {
        "CONSENT": "1", "EF1": "4", "EF2": "88", "SEX": "F",
    }  # fmt: skip
    assert row[["FA1", "FA2", "FA3", "EF3", "CONTACT"]].isna().all()
    reasons = dict(zip(marks.look["item"], marks.look["reason"], strict=True))
    assert reasons == {"FA1": "double", "FA2": "weak", "FA3": "filled", "EF3": "blank", "CONTACT": "blank"}


def test_a_pile_of_forms_becomes_answers(pile: Pile, tiny: Questionnaire, tmp_path: Path) -> None:
    truths = [pile.by_chance() | {"CONSENT": "1"} for _ in range(3)]
    for number, truth in enumerate(truths):
        pile.save(pile.ticked(truth), tmp_path, f"form{number}")
    marks = read_marks(tmp_path, pile.layout)
    assert marks.frame["respondent"].tolist() == ["1", "2", "3"]
    answers = read_responses(marks.frame, tiny, respondent="respondent", zone="zone", language="language", mode="mode")
    assert answers.frame["zone"].tolist() == ["5341 Noord"] * 3
    for item in ("FA1", "SEX"):
        read = marks.frame[item].tolist()
        assert read == [truth[item] for truth in truths]


def test_a_sheet_that_is_lost_is_listed(tmp_path: Path) -> None:
    pile = Pile(Sheets(load_questionnaire("encounter"), "fr"))
    truth = pile.by_chance()
    first, second = pile.ticked(truth)
    for name, page in (("a", first), ("b", first), ("c", second)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), pile.scanned(page))
    marks = read_marks(tmp_path, pile.layout)
    assert len(marks.frame) == 2
    assert marks.look.to_dict("records") == [
        {"respondent": "1", "scan": "", "page": 2, "item": "", "reason": "sheet"},
    ]
    assert marks.frame[list(truth)].iloc[1].to_dict() == truth


def test_a_pdf_of_sheets_without_a_pen_is_all_blank(pile: Pile, tmp_path: Path) -> None:
    (tmp_path / "form.pdf").write_bytes(typeset(pile.sheets))
    marks = read_marks(tmp_path / "form.pdf", pile.layout)
    assert set(marks.look["reason"]) == {"blank"}
    assert len(marks.look) == 9


def test_the_command_writes_a_workbook_that_is_read_as_it_is(pile: Pile, tiny: Questionnaire, tmp_path: Path) -> None:
    truth = pile.by_chance() | {"CONSENT": "1"}
    (tmp_path / "scans").mkdir()
    pile.save(pile.ticked(truth), tmp_path / "scans")
    (tmp_path / "form.json").write_text(pile.layout.to_json(), encoding="utf-8")
    done = CliRunner().invoke(
        app,
        ["read-sheets", str(tmp_path / "scans"), "--layout", str(tmp_path / "form.json"), "--to", str(tmp_path / "in.xlsx"),
         "--wave", "2026"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Forms: 1. Places that need a human look: 0" in done.output
    answers = read_responses(tmp_path / "in.xlsx", tiny, respondent="respondent", wave="wave", zone="zone")
    assert answers.frame["wave"].tolist() == ["2026"]
    assert answers.frame["SEX"].fillna("99").tolist() == [truth["SEX"]]
    assert [one.code for one in answers.problems if one.code == "R-SHEET-FIRST"] == []
    with pytest.raises(DesignError, match=r"ends in '\.xlsx'"):
        write_marks(read_marks(tmp_path / "scans", pile.layout), tmp_path / "in.csv")


def test_handwriting_and_strange_sheets_are_for_people(awkward: Questionnaire, tmp_path: Path) -> None:
    pile = Pile(Sheets(awkward, "en"))
    pile.save(pile.ticked({"Q1": "1", "Q5": "999"}), tmp_path)
    cv2.imwrite(str(tmp_path / "z.png"), np.full((1754, 1240), 240, dtype=np.uint8))
    marks = read_marks(tmp_path, pile.layout)
    reasons = dict(zip(marks.look["item"], marks.look["reason"], strict=True))
    assert (reasons["Q6"], reasons["Q7"], reasons[""]) == ("write", "write", "sheet")
    assert marks.frame["Q5"].tolist() == ["999"]


def test_sheets_of_another_version_are_refused(pile: Pile, tmp_path: Path) -> None:
    pile.save(pile.ticked({"CONSENT": "1"}), tmp_path)
    for other in ({"version": "2.0.0"}, {"language": "en"}, {"zone": "Zuid"}, {"large_print": True}):
        with pytest.raises(DesignError, match="of another form"):
            read_marks(tmp_path, replace(pile.layout, **other))


def test_the_file_beside_the_pdf_is_read_back(pile: Pile, tmp_path: Path) -> None:
    (tmp_path / "form.json").write_text(pile.layout.to_json(), encoding="utf-8")
    assert read_layout(tmp_path / "form.json") == pile.layout
    for wrong in ("{}", "[1]", "no"):
        (tmp_path / "wrong.json").write_text(wrong, encoding="utf-8")
        with pytest.raises(DesignError, match="does not say where"):
            read_layout(tmp_path / "wrong.json")


def test_what_is_no_scan_is_refused(pile: Pile, tmp_path: Path) -> None:
    for name in ("none.pdf", "text.txt"):
        with pytest.raises(DesignError, match="No scan"):
            read_marks(tmp_path / name, pile.layout)
    for name in ("wrong.pdf", "wrong.png"):
        (tmp_path / name).write_bytes(json.dumps({}).encode())
        with pytest.raises(DesignError, match="can be opened"):
            read_marks(tmp_path / name, pile.layout)


def test_an_answer_is_not_in_the_words_of_a_result(pile: Pile, tmp_path: Path) -> None:
    pile.save(pile.ticked({"CONSENT": "1", "SEX": "F"}), tmp_path)
    assert repr(read_marks(tmp_path, pile.layout)) == "Marks (forms: 1; places that need a human look: 7)"
    assert WEAK < CROSS


@pytest.mark.parametrize("missing", ["cv2", "pypdfium2"])
def test_without_the_extra_the_install_line_is_given(
    missing: str, pile: Pile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "form.pdf").write_bytes(typeset(pile.sheets))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=r"trustmeter\[omr\]"):
        read_marks(tmp_path / "form.pdf", pile.layout)


def test_what_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    pdf = pytest.importorskip("pypdfium2")
    document = pdf.PdfDocument.new()
    document.new_page(14_400, 14_400)
    document.save(tmp_path / "large.pdf")
    document.close()
    with pytest.raises(DesignError, match="larger than A2"):
        list(pages_of(tmp_path / "large.pdf"))
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(DesignError, match="no picture"):
        list(pages_of(tmp_path / "empty.png"))
    (tmp_path / "deep.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(DesignError, match="does not say where circles stand"):
        read_layout(tmp_path / "deep.json")
