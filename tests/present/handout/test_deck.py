"""Pictures for a talk: exact size, letters large enough, nothing over anything else, claims no larger than the verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.text import Text

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.exchange.answers import read_responses
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.present.handout.canvas import DOTS, SMALLEST, Canvas, pages_of
from trustmeter.present.handout.deck import slides
from trustmeter.present.handout.screens import screens_of
from trustmeter.present.handout.talk import talk_of
from trustmeter.present.handout.word_slides import draw_words
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.report.document import Finding
from trustmeter.present.report.gathering import gathered
from trustmeter.present.sheet import Chart
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.questionnaire.shelf import demo_file, load_questionnaire
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score


@pytest.fixture(scope="module")
def demo() -> Responses:
    trust = load_questionnaire("community-trust")
    return read_responses(demo_file(), trust, respondent="id", wave="wave", zone="zone")


@pytest.fixture(scope="module")
def change(demo: Responses) -> Comparison:
    scales = ["trust", "neutrality", "nearness", "cooperation", "visibility"]
    return compare(score(demo), PilotDesign("2022", "2023"), scale=scales, smallest_effect=3)


def screens(change: Comparison, language: str) -> dict[str, Chart]:
    phrases = load_phrases(language)
    material = gathered([change], None, phrases)
    found = screens_of(material, talk_of(material.change, phrases))
    return {f"{at}-{name}": chart for at, (name, chart) in enumerate(found)}


def letters(chart: Chart) -> Iterator[tuple[str, float, tuple[float, float, float, float]]]:
    """Give every text of a picture, its size and its box in dots; what is stamped across it left out."""
    renderer = FigureCanvasAgg(chart).get_renderer()
    for text in chart.findobj(Text):
        words = text.get_text().strip()
        if words and text.get_visible() and not text.get_rotation():
            box = text.get_window_extent(renderer)
            yield words, text.get_fontsize(), (box.x0, box.y0, box.x1, box.y1)


def assert_readable(chart: Chart) -> None:
    chart.set_dpi(DOTS)
    width, height = chart.get_size_inches() * DOTS
    boxes = list(letters(chart))
    for words, size, (left, low, right, high) in boxes:
        assert size >= SMALLEST, words
        assert left >= 0, words
        assert right <= width + 1, words
        assert low >= -1, words
        assert high <= height + 1, words
    for at, (words, _, one) in enumerate(boxes):
        for others, _, two in boxes[at + 1 :]:
            across = min(one[2], two[2]) - max(one[0], two[0])
            along = min(one[3], two[3]) - max(one[1], two[1])
            assert across <= 2 or along <= 4, (words, others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_are_large_and_nothing_lies_over_anything_else(change: Comparison, language: str) -> None:
    found = screens(change, language)
    kinds = {name.split("-")[1] for name in found}
    assert kinds == {"answer", "change", "people", "answers", "meter"}
    mark = load_phrases(language).say("simulated.mark")
    for chart in found.values():
        assert_readable(chart)
        told = " ".join(words for words, _, _ in letters(chart))
        assert mark in told
        assert "community-trust" in told
        assert "305" in told
        assert chart.alt
        assert not re.search(r"\(1 \w+ 1\)", chart.heading)
        assert chart.language == language


def test_the_pictures_are_as_large_as_a_screen_and_told_in_words(change: Comparison, tmp_path: Path) -> None:
    one_scale = compare(change.scores, PilotDesign("2022", "2023"), scale="trust")
    meter = reliability(change.scores.answers, scale="trust")
    folder = slides(one_scale, meter, to=tmp_path / "talk", language="fr")
    names = ["01-answer", "02-change", "03-people", "04-answers-trust", "05-meter"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["README.txt", *(f"{name}.{ending}" for name in names for ending in ("png", "svg"))]
    )
    assert all(imread(folder / f"{name}.png").shape[:2] == (1080, 1920) for name in names)
    told = (folder / "README.txt").read_text(encoding="utf-8")
    assert all(name in told for name in names)
    assert "DONNÉES SIMULÉES" in told
    svg = (folder / "02-change.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg role=")
    assert "<text" not in svg
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    slides(one_scale, meter, to=folder, language="fr")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_groups_and_a_stricter_rule_are_told_as_such(make_change: Callable[..., Comparison]) -> None:
    change = make_change()
    phrases = load_phrases("en")
    strict = gathered([change], DisclosureRule(publish=1000), phrases)
    talk = talk_of(strict.change, phrases, publish=1000)
    assert all(row.said == "suppressed" for row in talk.rows)
    found = dict(screens_of(strict, talk))
    assert "change" not in found
    assert "fewer than 1,000" in " ".join(words for words, _, _ in letters(found["answer"]))
    assert not re.search(r"\d\s*%", found["answers-fairness"].alt)
    once = change.scores.select(change.scores.frame["wave"] == "2022")
    groups = screens(compare(once, GroupDesign("SEX", "F", "M")), "de")
    assert [name.split("-")[1] for name in groups][:3] == ["answer", "change", "people"]
    assert_readable(groups["0-answer"])


def test_long_words_still_stay_on_the_screen() -> None:
    canvas = Canvas("A title " * 12, source="Source. " * 20, mark="SIMULATED DATA", language="en")
    lines = [
        Finding(verdict, "What was found, and how sure it is, and of whom. " * 2)
        for verdict in ("increase", "", "warning") * 2
    ]
    assert_readable(draw_words(canvas, lines))


def test_rows_are_spread_evenly_over_screens() -> None:
    assert pages_of([1.0] * 4, 4.0) == [range(4)]
    assert pages_of([1.0] * 8, 6.0) == [range(4), range(4, 8)]
    assert pages_of([3.0, 1.0, 1.0, 1.0], 3.0) == [range(1), range(1, 4)]
    assert pages_of([9.0, 1.0], 3.0) == [range(1), range(1, 2)]
    assert pages_of([], 3.0) == []


def test_what_cannot_be_shown_is_refused(change: Comparison, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="`slides` needs one comparison"):
        slides(to=tmp_path)
    with pytest.raises(DesignError, match="`slides` takes one Comparison"):
        slides(change, change, to=tmp_path)
    with pytest.raises(DesignError, match="name of a folder"):
        slides(change, to=3)  # type: ignore[arg-type]
    (tmp_path / "file").write_text("")
    with pytest.raises(DesignError, match="cannot write"):
        slides(change, to=tmp_path / "file")
