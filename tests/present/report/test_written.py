"""The report: complete in four languages, fetches nothing, gives no person away, refuses what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.array import compare_paired
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.report.written import report
from trustmeter.psychometrics.consistency.estimate import alpha, reliability
from trustmeter.psychometrics.items import analyze_items
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality
from trustmeter.scoring.composite import score
from trustmeter.scoring.frame import read_scores


class Outline(HTMLParser):
    """Headings, tables and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))


def outline_of(path: Path) -> Outline:
    outline = Outline()
    outline.feed(path.read_text(encoding="utf-8"))
    return outline


@pytest.mark.parametrize("language", LANGUAGES)
def test_structure_in_every_language(language: str, make_change: Callable[..., Comparison], tmp_path: Path) -> None:
    written = report(make_change(n=60, simulated=True), to=tmp_path / "new" / "r.html", language=language)  # type: ignore[arg-type]
    outline = outline_of(written)
    assert ("html", "lang", language) in outline.attributes
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(outline.levels, outline.levels[1:], strict=False))
    assert outline.tags.count("caption") == outline.tags.count("table")
    text = written.read_text(encoding="utf-8")
    mark = load_phrases(language).say("simulated.mark")
    marked = re.findall(
        r"<caption>.*?</caption>|<svg.*?</svg>|<title>.*?</title>|<footer>.*?</footer>", text, re.DOTALL
    )
    assert len(marked) > 10
    assert [piece for piece in marked if mark not in piece and not piece.startswith("<title id")] == []
    assert load_phrases(language).say("simulated.banner") in text.replace("&#39;", "'")


def test_nothing_is_fetched_from_elsewhere(make_change: Callable[..., Comparison], tmp_path: Path) -> None:
    outline = outline_of(report(make_change(n=60), to=tmp_path / "r.html"))
    loads = [
        value
        for _, name, value in outline.attributes
        if name in {"src", "href", "xlink:href", "data", "action", "srcset"}
    ]
    own = ("#", "data:text/csv;", "https://doi.org/")
    assert [value for value in loads if not value.startswith(own)] == []
    assert {tag for tag, name, value in outline.attributes if name == "href" and not value.startswith("#")} == {"a"}
    assert "script" not in outline.tags
    assert "link" not in outline.tags


def test_real_data_carry_no_mark_and_small_groups_no_number(
    make_change: Callable[..., Comparison], tmp_path: Path
) -> None:
    text = report(make_change(n=9), to=tmp_path / "r.html").read_text(encoding="utf-8")
    assert "SIMULATED" not in text
    assert "too few answers" in text
    assert "fewer than 10" in text


def test_names_from_files_cannot_break_the_page(make_answers: Callable[..., Responses], tmp_path: Path) -> None:
    answers = make_answers(40)
    answers.frame["zone"] = "<script>alert(1)</script>"
    text = report(compare(score(answers), PilotDesign("2022", "2023")), to=tmp_path / "r.html").read_text(
        encoding="utf-8"
    )
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_no_respondent_is_named(make_answers: Callable[..., Responses], tmp_path: Path) -> None:
    answers = make_answers(40)
    answers.frame["id"] = "person-" + answers.frame["id"].astype(str)
    text = report(compare(score(answers), PilotDesign("2022", "2023")), to=tmp_path / "r.html").read_text(
        encoding="utf-8"
    )
    assert "person-" not in text


def test_given_results_are_used_and_the_page_is_always_the_same(
    make_answers: Callable[..., Responses], make_change: Callable[..., Comparison], tmp_path: Path
) -> None:
    change, answers = make_change(n=60), make_answers(60)
    given = (check_quality(answers), reliability(answers, conf_level=0.9), analyze_items(answers))
    first = report(change, *given, to=tmp_path / "a.html", title="Our title").read_bytes()
    assert first == report(change, *given, to=tmp_path / "b.html", title="Our title").read_bytes()
    assert b"Our title" in first
    assert b"Question by question" in first
    assert b"90%" in first


@pytest.mark.parametrize(("name", "says"), [("report.odt", "ends in: '.html'"), ("report", "'.html'")])
def test_other_endings_are_refused(
    name: str, says: str, make_change: Callable[..., Comparison], tmp_path: Path
) -> None:
    with pytest.raises(DesignError, match=says):
        report(make_change(n=30), to=tmp_path / name)


@pytest.mark.parametrize("place", ["folder.html", "file.txt/r.html"])
def test_a_place_that_cannot_be_written_is_one_sentence(
    place: str, make_change: Callable[..., Comparison], tmp_path: Path
) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file.txt").write_text("here", encoding="utf-8")
    with pytest.raises(DesignError, match="cannot write"):
        report(make_change(n=30), to=tmp_path / place)


@pytest.mark.parametrize(
    ("stranger", "says"),
    [
        (lambda: compare_paired([1.0, 2, 3, 4], [2.0, 2, 4, 4]), "no place for a result of type ArrayComparison"),
        (lambda: alpha(pd.DataFrame({"a": [1, 2, 3, 4] * 5, "b": [1, 2, 4, 4] * 5})), "another questionnaire"),
        (lambda: None, "takes one Comparison|no place"),
    ],
)
def test_results_that_do_not_belong_are_refused(
    stranger: Callable[[], object], says: str, make_change: Callable[..., Comparison], tmp_path: Path
) -> None:
    change = make_change(n=30)
    with pytest.raises(DesignError, match=says):
        report(change, stranger() or change, to=tmp_path / "r.html")  # type: ignore[arg-type]


def test_groups_stand_apart_everywhere(make_answers: Callable[..., Responses], tmp_path: Path) -> None:
    answers = make_answers(120)
    one = answers.select((answers.frame["wave"].astype(str) == "2022").to_numpy())
    one.frame["zone"] = ["North", "South"] * (len(one) // 2)
    change = compare(score(one), GroupDesign("zone", "South", "North"))
    text = report(change, to=tmp_path / "r.html").read_text(encoding="utf-8")
    assert re.search(
        r'<th scope="row">South</th><td>60</td><td>0</td></tr>\s*<tr><th scope="row">North</th><td>60</td>', text
    )
    cells = re.findall(r"<td[^>]*>(South|North|2022)</td>", text[: text.index('id="appendix"')])
    assert cells.count("South") == cells.count("North") > 3
    assert "2022" not in cells


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, {"together"}),
        ({"adjustment": "none"}, {"separately"}),
        ({"scale": "trust"}, {"untested"}),
        ({"scale": ["trust", "effect"]}, {"together", "untested"}),
    ],
)
def test_only_scales_that_were_tested_together_are_said_to_be(
    options: dict[str, Any], says: set[str], make_answers: Callable[..., Responses], tmp_path: Path
) -> None:
    change = compare(score(make_answers(60)), PilotDesign("2022", "2023"), **options)
    text = report(change, to=tmp_path / "r.html").read_text(encoding="utf-8")
    said = {
        name
        for name in ("together", "separately", "untested")
        if load_phrases("en").say(f"report.{name}", n=len(change.verdicts), scales="").rstrip(".")[:40] in text
    }
    assert said == says


def test_without_a_comparison_there_is_no_report(make_answers: Callable[..., Responses], tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="needs one comparison"):
        report(check_quality(make_answers(30)), to=tmp_path / "r.html")


def test_other_answers_and_other_metrics_are_refused(
    make_answers: Callable[..., Responses], make_change: Callable[..., Comparison], tmp_path: Path
) -> None:
    change, to = make_change(n=30), tmp_path / "r.html"
    with pytest.raises(DesignError, match="other answers"):
        report(change, check_quality(make_answers(12)), to=to)
    means = score(make_answers(30), method="mean")
    with pytest.raises(DesignError, match="these scores are means"):
        report(compare(means, PilotDesign("2022", "2023")), to=to)


def test_people_without_a_score_are_not_among_those_who_answered(
    make_answers: Callable[..., Responses], tmp_path: Path
) -> None:
    answers = make_answers(60)
    items = ["FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]
    answers.frame.loc[answers.frame["id"] < 7, items] = pd.NA
    answers.missing.loc[answers.frame["id"] < 7, items] = 1
    text = report(compare(score(answers), PilotDesign("2022", "2023")), to=tmp_path / "r.html").read_text("utf-8")
    assert re.search(r'<th scope="row">2022</th><td>53</td><td>7</td>', text)


def test_scores_without_questions_are_refused_with_what_can_be_used(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": [*range(30)] * 2, "wave": ["a"] * 30 + ["b"] * 30, "y": [float(n) for n in range(60)]})
    scores = read_scores(table, scale="y", respondent="id", wave="wave")
    with pytest.raises(DesignError, match="`to_table`, `plot`"):
        report(compare(scores, PilotDesign("a", "b")), to=tmp_path / "r.html")
