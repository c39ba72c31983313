"""Several zones together and groups known before, in pictures and tables: every language, nothing hidden shown."""

from __future__ import annotations

import dataclasses
import itertools
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.pilot.subgroup import compare_subgroups
from trustmeter.pilot.synthesis.zones import synthesize
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.plots import plot
from trustmeter.present.sheet import WIDE, text_width
from trustmeter.present.tables import to_table
from trustmeter.results import Result
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores

DESIGN = PilotDesign("before", "after", linked=True)
ZONES = ("A zone with a name that is far too long for one line", "Gent", "Lyon", "Köln", "Duisburg-Marxloh")
NAMES = [
    "zones",
    "zones_of_two_scales",
    "two_zones",
    "three_zones",
    "plain",
    "equal",
    "differences",
    "groups",
    "groups_of_two_scales",
    "effect_in_groups",
]


def people(seed: int, n: int = 90, change: float = 6.0) -> Scores:
    rng = np.random.default_rng(seed)
    first = rng.normal(50, 8, (n, 2))
    both = np.clip(np.vstack([first, first + rng.normal(change, 6, (n, 2))]), 0, 100)
    frame = pd.DataFrame(both, columns=["trust", "fairness"]).assign(
        who=[*range(n)] * 2, wave=np.repeat(["before", "after"], n)
    )
    frame["group"] = [*np.where(np.arange(n) < 6, "few", np.where(np.arange(n) % 3 == 0, "young", "old"))] * 2
    frame["small"] = [*np.where(np.arange(n) < 12, "few", np.where(np.arange(n) % 3 == 0, "young", "old"))] * 2
    frame["area"] = [f"area {place % 8}" for place in range(n)] * 2
    keep = ["group", "small", "area"]
    return read_scores(frame, scale=["trust", "fairness"], respondent="who", wave="wave", keep=keep)


@cache
def made(name: str) -> Any:
    def zones(count: int, **options: Any) -> dict[str, Any]:
        return {zone: compare(people(place), DESIGN, **options) for place, zone in enumerate(ZONES[:count])}

    def differing(seed: int) -> Any:
        scores = people(seed)
        return compare(
            scores.select(scores.frame["wave"] == "after"), GroupDesign("group", "old", "young"), scale="trust"
        )

    areas = PilotDesign("before", "after", linked=True, area="area", treated=[f"area {place}" for place in range(4)])
    makers = {
        "zones": lambda: synthesize(zones(5, scale="trust"), smallest_effect=2.0),
        "zones_of_two_scales": lambda: synthesize(zones(5)),
        "two_zones": lambda: synthesize(zones(2, scale="trust")),
        "three_zones": lambda: synthesize({"a": (4.2, 1.1), "b": (1.0, 1.5), "c": (7.0, 2.0)}),
        "plain": lambda: synthesize({f"z{place}": (place * 0.02, 0.1) for place in range(8)}),
        "equal": lambda: synthesize({"a": (1.0, 1.0), "b": (1.0, 1.0), "c": (1.0, 1.0)}),
        "differences": lambda: synthesize({f"zone {place}": differing(place) for place in range(4)}),
        "groups": lambda: compare_subgroups(people(1, 120), DESIGN, by="small", scale="trust", min_n=13),
        "groups_of_two_scales": lambda: compare_subgroups(people(1), DESIGN, by="small", declared=True),
        "effect_in_groups": lambda: compare_subgroups(people(2, 240), areas, by="small", min_n=3),
    }
    return makers[name]()


def words_in(figure: Figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def check_fits(figure: Figure) -> None:
    boxes = []
    for text in figure.axes[0].texts:
        if text.get_rotation() or not text.get_text().strip():
            continue
        x, y = text.get_position()
        width = text_width(text.get_text(), text.get_fontsize(), str(text.get_fontweight()))
        left = x - {"left": 0.0, "center": width / 2, "right": width}[text.get_horizontalalignment()]
        assert left >= -0.005
        assert left + width <= WIDE + 0.005, text.get_text()
        half = 0.36 * text.get_fontsize() / 72
        boxes.append((left, left + width, y - half, y + half, text.get_text()))
    for one, other in itertools.combinations(boxes, 2):
        across, down = min(one[1], other[1]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[2], other[2])
        assert across <= 0.01 or down <= 0.01, f"{one[4]!r} and {other[4]!r} stand on one another"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_picture_fits_and_says_in_words_what_it_shows(name: str, language: str) -> None:
    figure = plot(made(name), language=language)  # type: ignore[arg-type]
    check_fits(figure)
    for row in to_table(made(name), language=language).iloc[:, :2].to_dict("records"):  # type: ignore[arg-type]
        assert str(next(iter(row.values()))).split()[0] in words_in(figure)
    assert figure.alt.startswith(figure.heading.rstrip("."))  # type: ignore[attr-defined]
    assert "{" not in figure.alt + words_in(figure)  # type: ignore[attr-defined]
    assert "nan" not in figure.alt.split() + words_in(figure).split()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["zones", "groups"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_simulated_answers_are_marked(name: str, language: str) -> None:
    plain: Result = made(name)
    marked = dataclasses.replace(plain, provenance=dataclasses.replace(plain.provenance, simulated=True))
    mark = load_phrases(language).say("simulated.mark")
    assert mark in words_in(plot(marked, language=language))  # type: ignore[arg-type]
    assert mark not in words_in(plot(plain, language=language))  # type: ignore[arg-type]
    assert load_phrases(language).say("simulated.cell") in to_table(marked, language=language).to_string()  # type: ignore[arg-type]


def test_a_new_zone_is_drawn_from_three_zones_on() -> None:
    new = load_phrases("en").say("zones.new")
    assert new not in words_in(plot(made("two_zones")))
    assert new not in to_table(made("two_zones")).to_string()
    assert new in words_in(plot(made("three_zones")))
    assert load_phrases("en").say("zones.beyond") in words_in(plot(made("three_zones")))


def test_the_smallest_change_that_matters_is_drawn_when_declared() -> None:
    told = load_phrases("en").say("zones.mark.smallest")
    assert told in words_in(plot(made("zones")))
    assert told not in words_in(plot(made("plain")))


def test_suppressed_groups_have_no_number_in_picture_and_table() -> None:
    found = made("groups")
    hidden = found.table.loc[found.table["suppressed"], "group"].tolist()
    assert hidden == ["few"]
    few = load_phrases("en").say("cell.protected")
    table = to_table(found)
    assert table.loc[table["Group"] == "few", "Value"].tolist() == [few]
    assert f"few: {few}." in plot(found).alt  # type: ignore[attr-defined]


def test_undeclared_groups_say_so_on_the_picture() -> None:
    told = load_phrases("en").say("groups.not_declared")
    assert told in words_in(plot(made("groups")))
    assert told not in words_in(plot(made("groups_of_two_scales")))


def test_small_units_have_decimals_enough() -> None:
    assert "+0.07 (" in " ".join(to_table(made("plain")).to_string().split())
    assert "+0.07 " in plot(made("plain")).alt  # type: ignore[attr-defined]


def test_one_scale_can_be_drawn_by_itself() -> None:
    words = words_in(plot(made("zones_of_two_scales"), scale="trust"))
    assert "fairness" not in words
    with pytest.raises(DesignError, match="no scale 'effect'"):
        plot(made("groups_of_two_scales"), scale="effect")
    assert plot(made("zones")).to_svg() == plot(made("zones")).to_svg()  # type: ignore[attr-defined]
