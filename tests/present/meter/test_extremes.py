"""Pictures of the meter at their edges: long names, many of everything, and numbers beyond the axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from trustmeter.present.meter.curves import ItemCurves, Sharpness, draw_curves
from trustmeter.present.meter.field import shades
from trustmeter.present.meter.intervals import Axis, IntervalRow, draw_intervals
from trustmeter.present.meter.ladder import STEPS, LadderRow, draw_ladder
from trustmeter.present.meter.loadings import Loading, draw_loadings
from trustmeter.present.meter.scree import Scree, draw_scree
from trustmeter.present.meter.threshold_map import ItemThresholds, draw_threshold_map
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.plots import plot
from trustmeter.psychometrics.agreement.methods import bland_altman
from trustmeter.psychometrics.comparability.bias import check_item_bias
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.psychometrics.response.calibrate import irt
from trustmeter.psychometrics.structure.exploration.factors import efa
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.simulation import simulate_responses

LONG = {
    "en": "The police in my neighbourhood explain their decisions to the people they deal with",
    "fr": "Les policières et policiers de mon quartier expliquent leurs décisions aux personnes concernées",
    "nl": "De politie in mijn buurt legt haar beslissingen uit aan de mensen met wie zij te maken heeft",
    "de": "Die Bezirksinspektorinnen und Kontaktbereichsbeamten erklären ihre Verwaltungsvollzugsentscheidungen",
}
CROWD = (list(np.linspace(-3.5, 3.5, 15)), list(np.exp(-0.5 * np.linspace(-3.5, 3.5, 15) ** 2)))


def options(language: str) -> dict[str, Any]:
    return {"phrases": load_phrases(language), "heading": LONG[language], "alt": LONG[language]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_names_are_broken(language: str, check_fits: Callable[[Figure], None]) -> None:
    name, theta = LONG[language], [-4.0, 0.0, 4.0]
    draw = options(language)
    curves = ItemCurves(name, theta, [[0.9, 0.5, 0.1], [0.1, 0.5, 0.9]])
    steps = dict.fromkeys(STEPS, "in part")
    rows = [
        LadderRow(name, steps, verdict, 1.0, 0.0, 2.0, 3.0) for verdict in ("comparable", "not comparable", "undecided")
    ]
    pictures = [
        draw_loadings([Loading(name, factor, 0.5, 0.4, 0.6) for factor in (name, "F2", "F3")], **draw),
        draw_threshold_map([ItemThresholds(name, [-1.0, 1.0])], CROWD, crowd_name=name, **draw),
        draw_curves([curves] * 4, Sharpness(theta, [1.0, 2.0, 1.0], [1.0, 0.7, 1.0]), **draw),
        draw_ladder(rows, tolerance=2.0, left_out=name, **draw),
        draw_intervals(
            [IntervalRow(name), IntervalRow(name, 1.0, 0.5, 1.5, "+1.0", depth=1)], Axis(name, [name]), **draw
        ),
        draw_scree(Scree([2.0, 0.5], [1.1, 0.9], [1.2, 1.0], 1, name), **draw),
    ]
    for picture in pictures:
        check_fits(picture)


@pytest.mark.parametrize("factors", [1, 2, 6])
def test_loadings_of_one_and_of_many_factors(
    factors: int, make_items: Callable[..., pd.DataFrame], check_fits: Callable[[Figure], None],
    words_of: Callable[[Figure], str],
) -> None:  # fmt: skip
    picture = plot(efa(make_items(600, 25, factors=factors), factors, seed=1), language="de")
    check_fits(picture)
    assert f"F{factors}" in words_of(picture)
    assert "q25" in words_of(picture)


def test_loadings_beyond_one_and_below_zero_stay_on_the_axis(check_fits: Callable[[Figure], None]) -> None:
    found = [Loading("a", "F1", -1.3, -1.6, -1.0), Loading("b", "F1", 1.2, math.nan, math.nan)]
    picture = draw_loadings(found, **options("en"))
    check_fits(picture)
    assert min(line.get_xdata()[0] for line in picture.axes[0].lines) >= 0.0  # type: ignore[index]


@pytest.mark.parametrize("categories", [2, 3, 5, 7, 11])
def test_items_of_two_to_eleven_categories(
    categories: int, make_items: Callable[..., pd.DataFrame], check_fits: Callable[[Figure], None]
) -> None:
    found = irt(make_items(400, 4, categories), nodes=31)
    for view in (None, "map"):
        check_fits(plot(found, view=view, language="fr"))  # type: ignore[arg-type]


def test_twenty_five_items(make_items: Callable[..., pd.DataFrame], check_fits: Callable[[Figure], None]) -> None:
    found = irt(make_items(400, 25, 2), nodes=31)
    for view in (None, "map"):
        check_fits(plot(found, view=view, language="nl"))  # type: ignore[arg-type]


def test_more_steps_than_colours_share_them() -> None:
    assert [len(shades(count)) for count in (1, 2, 11, 20)] == [1, 2, 11, 20]
    assert shades(20)[0] == shades(11)[0]
    assert shades(20)[-1] == shades(11)[-1]


def test_thresholds_of_several_groups_are_drawn_once(
    make_items: Callable[..., pd.DataFrame], words_of: Callable[[Figure], str]
) -> None:
    frame = make_items(400, 4)
    found = irt(frame.assign(wave=np.repeat(["2022", "2023"], 200)), across="wave", nodes=31)
    picture = plot(found, view="map")
    assert "people of 2022" in words_of(picture)
    circles = [line for line in picture.axes[0].lines if line.get_marker() in ("o", "<", ">")]
    assert len(circles) == 16 + 4  # the legend has one of each step


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_that_count_in_reverse_are_marked_and_marks_explained(
    language: str, check_fits: Callable[[Figure], None], words_of: Callable[[Figure], str]
) -> None:
    known = load_questionnaire("community-trust")
    answers = simulate_responses(known, 250, waves=("1",), dont_know=0.0, refused=0.0, blank=0.0, seed=2)
    found = irt(answers, scale="trust", nodes=31)
    assert found.sample.turned == {"TR03"}
    phrases = load_phrases(language)
    for view in (None, "map"):
        picture = plot(found, view=view, language=language)  # type: ignore[arg-type]
        check_fits(picture)
        words = words_of(picture)
        assert "* TR03" in words
        assert "* TR01" not in words
        assert f"* {phrases.say('cell.reversed')}" in words
    assert phrases.say("irt.above_lowest") in words
    assert phrases.say("irt.highest") in words


def test_a_plain_frame_has_no_item_that_counts_in_reverse(
    make_items: Callable[..., pd.DataFrame], words_of: Callable[[Figure], str]
) -> None:
    for view in (None, "map"):
        assert "*" not in words_of(plot(irt(make_items(400, 4), nodes=31), view=view))  # type: ignore[arg-type]


def test_thresholds_outside_the_axis_become_arrows_at_its_edge(
    check_fits: Callable[[Figure], None], words_of: Callable[[Figure], str]
) -> None:
    items = [ItemThresholds("a", [-40.0, 0.0, 25.0]), ItemThresholds("b", [math.nan])]
    picture = draw_threshold_map(items, CROWD, crowd_name="people", **options("en"))
    check_fits(picture)
    drawn = [line for line in picture.axes[0].lines if line.get_marker() in "<o>"]
    of_items = drawn[:3]  # the others are the legend's
    marks = {line.get_marker(): float(line.get_xdata()[0]) for line in of_items}  # type: ignore[index]
    assert set(marks) == {"<", "o", ">"}
    assert 0.0 < marks["<"] < marks["o"] < marks[">"] < 7.4
    assert load_phrases("en").say("invariance.beyond") in words_of(picture)


@pytest.mark.parametrize(
    ("row", "arrows"),
    [
        (LadderRow("a", {}, "not comparable", 30.0, 25.0, 35.0, math.nan), {">"}),
        (LadderRow("a", {}, "not comparable", -30.0, -35.0, -25.0, 1.0), {"<"}),
        (LadderRow("a", {}, "undecided", 1.0, -1.0, 3.0, math.inf), {"<", ">"}),
        (LadderRow("a", {}, "comparable", 0.0, 0.0, 0.0, 1.0), set()),
        (LadderRow("a", {}, "undecided", math.nan, math.nan, math.nan, math.nan), set()),
    ],
)
def test_bias_beyond_the_axis_becomes_an_arrow_that_is_explained(
    row: LadderRow, arrows: set[str], check_fits: Callable[[Figure], None], words_of: Callable[[Figure], str]
) -> None:
    row = replace(row, steps={"configural": "yes", "loadings": "no"})
    picture = draw_ladder([row], tolerance=2.0, **options("en"))
    check_fits(picture)
    lines = [line for line in picture.axes[0].lines if line.get_marker() in ("<", ">", "D")]
    assert {str(line.get_marker()) for line in lines} - {"D"} == arrows
    assert all(0.0 <= float(line.get_xdata()[0]) <= 7.4 for line in lines)  # type: ignore[index]
    assert (load_phrases("en").say("invariance.beyond") in words_of(picture)) is bool(arrows)


def test_scales_that_could_not_be_examined_are_named(
    result_of: Callable[..., Any], words_of: Callable[[Figure], str], check_fits: Callable[[Figure], None]
) -> None:
    found = result_of("invariance")
    for language in LANGUAGES:
        picture = plot(replace(found, unexamined=("obligation",)), language=language)  # type: ignore[arg-type]
        assert "obligation" in words_of(picture)
        assert "obligation" in picture.alt  # type: ignore[attr-defined]
        check_fits(picture)
    assert "obligation" not in words_of(plot(found))


def test_no_persons_difference_is_drawn(words_of: Callable[[Figure], str]) -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=300)
    few = plot(bland_altman(first[:20], first[:20] + rng.normal(size=20)))
    many = plot(bland_altman(first, first * 1.4 + rng.normal(scale=0.3, size=300)))
    marks = [[line for line in one.axes[0].lines if line.get_marker() == "o"] for one in (few, many)]
    assert [len(one) for one in marks] == [3, 3]
    assert "No person's difference is drawn" in words_of(few)
    assert "slope" in words_of(many)


def test_item_bias_of_two_groups_has_a_row_an_item(
    make_items: Callable[..., pd.DataFrame], check_fits: Callable[[Figure], None], words_of: Callable[[Figure], str]
) -> None:
    frame = make_items(400)
    frame.loc[200:, "q03"] = (frame.loc[200:, "q03"] - 1).clip(0)
    found = check_item_bias(frame.assign(language=np.repeat(["en", "fr"], 200)), across="language")
    picture = plot(found, language="fr")
    check_fits(picture)
    assert found.flagged[""] == ("q03",)
    marks = [line for line in picture.axes[0].lines if line.get_marker() == "o"]
    filled = [line for line in marks if line.get_markerfacecolor() == line.get_color()]
    assert (len(marks), len(filled)) == (6, 2)
    assert load_phrases("fr").say("bias.together") in words_of(picture)


def test_all_coefficients_are_named(
    make_items: Callable[..., pd.DataFrame], check_fits: Callable[[Figure], None], words_of: Callable[[Figure], str]
) -> None:
    two, six = make_items(200, 6, 2), make_items(300, 9, 5, factors=3)
    for frame in (two, six):
        found = reliability(frame, coefficients="all", factors=3, seed=1)
        for language in LANGUAGES:
            phrases = load_phrases(language)
            picture = plot(found, language=language)  # type: ignore[arg-type]
            check_fits(picture)
            drawn = [term for term in found.table["term"].unique() if term not in ("sem", "mdc")]
            assert all(phrases.term(term) != term for term in drawn)
            assert sum(line.get_marker() == "o" for line in picture.axes[0].lines) == len(drawn)
            assert all(phrases.term(term)[:9] in words_of(picture) for term in drawn)


def test_alpha_and_omega_alone_stay_side_by_side(make_items: Callable[..., pd.DataFrame]) -> None:
    picture = plot(reliability(make_items(200)))
    assert {line.get_marker() for line in picture.axes[0].lines} >= {"o", "s"}
