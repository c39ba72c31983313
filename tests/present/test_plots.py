"""One verb draws every result that has a picture, in every language, and says when data are simulated."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from trustmeter.errors import DesignError
from trustmeter.pilot.array import compare_paired
from trustmeter.pilot.change.result import Comparison
from trustmeter.present.palette import GROUND, contrast, diverging, luminance
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.plots import plot
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality
from trustmeter.responses.simulation import simulate_responses
from trustmeter.scoring.composite import score

PICTURES = ["answers", "change", "meter", "quality"]


def thing_of(name: str, answers: Responses, change: Comparison) -> object:
    makers = {
        "answers": lambda: answers,
        "change": lambda: change,
        "meter": lambda: reliability(answers),
        "quality": lambda: check_quality(answers),
    }
    return makers[name]()


def words_in(figure: Figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_says_that_data_are_simulated(
    name: str, language: str, make_answers: Callable[..., Responses], make_change: Callable[..., Comparison]
) -> None:
    for simulated in (True, False):
        options = {"n": 60, "simulated": simulated, "blanks": 0.1}
        thing = thing_of(name, make_answers(**options), make_change(**options))
        figure = plot(thing, scale="trust" if name == "answers" else None, language=language)  # type: ignore[arg-type]
        assert (load_phrases(language).say("simulated.mark") in words_in(figure)) is simulated


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_named_described_and_always_the_same(
    name: str, make_answers: Callable[..., Responses], make_change: Callable[..., Comparison]
) -> None:
    def drawn() -> str:
        thing = thing_of(name, make_answers(60, blanks=0.1), make_change(n=60, blanks=0.1))
        return plot(thing, scale="trust" if name == "answers" else None).to_svg()  # type: ignore[arg-type, attr-defined]

    first = drawn()
    root = ElementTree.fromstring(first)
    assert root.attrib["role"] == "img"
    named = [child for child in root if child.tag.endswith(("title", "desc"))]
    assert len(named) == 2
    assert all(child.text for child in named)
    assert first == drawn()


def test_verdicts_differ_in_shape_not_only_in_colour(make_change: Callable[..., Comparison]) -> None:
    def look(shift: float, verdict: str) -> tuple[object, bool]:
        change = make_change(n=200, shift=shift)
        assert change.verdicts["trust"] == verdict
        marks = [
            line for line in plot(change, scale="trust").axes[0].lines if line.get_marker() not in ("", "None", None)
        ]
        return marks[0].get_marker(), marks[0].get_markerfacecolor() == GROUND

    looks = [look(1.0, "increase"), look(-1.0, "decrease"), look(0.0, "inconclusive")]
    assert len({shape for shape, _ in looks}) == 3
    assert [hollow for _, hollow in looks] == [False, False, True]


def test_names_come_from_the_shelf_or_from_the_caller(make_answers: Callable[..., Responses]) -> None:
    known = simulate_responses(load_questionnaire("community-trust"), 40, waves=("1", "2"), seed=2)
    words = words_in(plot(reliability(known, scale="trust"), language="fr"))
    assert "Confiance" in words
    unknown = make_answers(60)
    assert "Équité" not in words_in(plot(reliability(unknown), language="fr"))
    given = words_in(plot(reliability(unknown), language="fr", questionnaire=unknown.questionnaire))
    assert unknown.questionnaire.scale("fairness").name.read("fr") in given


def test_small_groups_are_not_drawn(make_answers: Callable[..., Responses]) -> None:
    words = words_in(plot(make_answers(9), scale="fairness"))
    assert load_phrases("en").say("verdict.suppressed") in words
    assert "%" not in words


def test_the_colours_read_in_grey_and_are_symmetric() -> None:
    for steps in range(2, 12):
        shades = [luminance(colour) for colour in diverging(steps)]
        half = shades[: steps // 2]
        assert half == sorted(half)
        assert all(abs(one - other) > 0.02 for one, other in itertools.pairwise(half))
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(
    ("thing", "options", "says"),
    [
        ("answers", {}, "scale="),
        ("answers", {"scale": "trsut"}, "'trust'"),
        ("answers", {"scale": "trust", "language": "it"}, "'fr'"),
        ("change", {"scale": "nothing"}, "trust"),
        ("scores", {}, "Compare the scores"),
        ("array", {}, "to_table"),
        ("text", {}, "Responses"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_cure(
    thing: str,
    options: dict[str, str],
    says: str,
    make_answers: Callable[..., Responses],
    make_change: Callable[..., Comparison],
) -> None:
    things = {
        "answers": lambda: make_answers(30),
        "change": lambda: make_change(n=30),
        "scores": lambda: score(make_answers(30)),
        "array": lambda: compare_paired([1, 2, 3, 4], [2, 2, 4, 4]),
        "text": lambda: "nothing",
    }
    with pytest.raises(DesignError, match=says):
        plot(things[thing](), **options)  # type: ignore[arg-type]
