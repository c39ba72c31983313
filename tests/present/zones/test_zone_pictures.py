"""Zones side by side and their ranks, in pictures and tables: every language, nothing hidden shown, no league list."""

from __future__ import annotations

import dataclasses
import itertools
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.sheet import MARGIN, WIDE, text_width

LONG = "Bruxelles-Capitale/Ixelles-with-a-name-too-long"
FIVE = {"Antwerpen": 60, LONG: 40, "Gent": 45, "Liège": 50, "Ostbelgien": 30}
TWELVE = {f"District {place}": 20 + place for place in range(12)} | {"District 4": 6}
SEVEN = ("trust", "fairness", "respect", "voice", "nearness", "lawfulness", "effect")


def people(
    sizes: dict[str, int],
    scales: tuple[str, ...] = ("trust",),
    *,
    apart: float = 0.0,
    waves: tuple[str, ...] = ("2023",),
) -> tm.Scores:
    rng = np.random.default_rng(4)
    frames = []
    for wave in waves:
        for place, (zone, n) in enumerate(sizes.items()):
            scored = {scale: np.clip(50 + apart * place + rng.normal(0, 12, n), 0, 100) for scale in scales}
            frames.append(pd.DataFrame({"zone": zone, "wave": wave, **scored}))
    return tm.read_scores(pd.concat(frames, ignore_index=True), scale=list(scales), zone="zone", wave="wave")


@cache
def made(name: str) -> Any:
    makers = {
        "profile": lambda: tm.profile_zones(people(FIVE)),
        "one_zone": lambda: tm.profile_zones(people(FIVE), "Gent"),
        "two_zones": lambda: tm.profile_zones(people({"A": 30, "B": 40})),
        "seven_scales": lambda: tm.profile_zones(people(FIVE, SEVEN)),
        "districts": lambda: tm.profile_zones(people(TWELVE, SEVEN[:2])),
        "waves": lambda: tm.profile_zones(people(FIVE, SEVEN[:2], waves=("2021", "2022", "2023"))),
        "ranking": lambda: tm.rank_zones(people(FIVE, apart=6), draws=2000),
        "no_ranking": lambda: tm.rank_zones(people(FIVE, SEVEN), draws=2000),
        "mixed_ranking": lambda: tm.rank_zones(people(TWELVE, SEVEN[:3], apart=2.5), draws=2000, method="marginal"),
        "difference": lambda: tm.rank_zones(people({"A": 30, "B": 40}, apart=9), draws=2000),
    }
    return makers[name]()


NAMES = ["profile", "one_zone", "two_zones", "seven_scales", "districts", "waves", "ranking", "no_ranking", "mixed_ranking",
         "difference"]  # fmt: skip


def words_in(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.axes[0].texts)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_fits_its_paper_and_has_no_gaps(name: str, language: Any) -> None:
    figure = tm.plot(made(name), language=language)
    boxes = []
    for text in figure.axes[0].texts:
        words, size, x = text.get_text(), float(text.get_fontsize()), text.get_position()[0]
        weight = "bold" if text.get_fontweight() == "bold" else "normal"
        width = text_width(words, size, weight)
        left = x - {"left": 0.0, "center": width / 2, "right": width}[text.get_ha()]
        if text.get_rotation() == 0:
            assert left > -MARGIN and left + width < WIDE + MARGIN, words
            half = 0.36 * size / 72
            boxes.append((left, left + width, text.get_position()[1] - half, text.get_position()[1] + half, words))
    for one, other in itertools.combinations(boxes, 2):
        across, down = min(one[1], other[1]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[2], other[2])
        assert across <= 0.01 or down <= 0.01, f"{one[4]!r} and {other[4]!r} stand on one another"
    alt = figure.alt  # type: ignore[attr-defined]
    assert "{" not in alt + words_in(figure)
    assert "nan" not in alt.split() + words_in(figure).split()
    table = tm.to_table(made(name), language=language)
    assert not table.isna().any().any() and "nan" not in table.to_string().split()


@pytest.mark.parametrize("name", ["profile", "ranking"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_simulated_answers_are_marked(name: str, language: Any) -> None:
    plain = made(name)
    marked = dataclasses.replace(plain, provenance=dataclasses.replace(plain.provenance, simulated=True))
    phrases = load_phrases(language)
    assert phrases.say("simulated.mark") in words_in(tm.plot(marked, language=language))
    assert phrases.say("simulated.mark") not in words_in(tm.plot(plain, language=language))
    assert phrases.say("simulated.cell") in tm.to_table(marked, language=language).to_string()


@pytest.mark.parametrize("name", ["profile", "ranking", "districts", "mixed_ranking"])
def test_zones_stand_in_the_order_of_their_names(name: str) -> None:
    found = made(name)
    shown = list(dict.fromkeys(zone for zone in tm.to_table(found)["Zone"] if zone in {*FIVE, *TWELVE}))
    names = found.zones if isinstance(found, tm.ZoneProfile) else found.zones["trust"]
    assert shown == list(names) == sorted(names)


def test_a_suppressed_zone_has_words_and_no_number() -> None:
    few = load_phrases("en").say("cell.too_few")
    found = made("districts")
    hidden = found.table.loc[found.table["suppressed"], "zone"].unique().tolist()
    assert hidden == ["District 0", "District 4"]
    table = tm.to_table(found)
    assert set(table.loc[table["Zone"].isin(hidden), "Mean (interval)"]) == {few}
    assert set(table.loc[table["Zone"].isin(hidden), "n"]) == {""}
    assert words_in(tm.plot(found)).count(few) == 4


def test_a_picture_of_ranks_says_first_that_there_is_no_ranking() -> None:
    nothing = load_phrases("en").say("zone_ranking.nothing")
    assert nothing in words_in(tm.plot(made("no_ranking")))
    assert "each may hold any rank from 1 to 5" not in words_in(tm.plot(made("no_ranking")))
    assert nothing not in words_in(tm.plot(made("ranking")))
    told = tm.plot(made("no_ranking"), scale="trust").alt  # type: ignore[attr-defined]
    assert "the zones cannot be ranked; each may hold any rank from 1 to 5." in told
    assert f"{LONG} may hold rank 1 to 5" in told


def test_two_zones_have_a_sentence_and_no_bars() -> None:
    words = " ".join(words_in(tm.plot(made("difference"))).split())
    assert "two zones have a difference, not a ranking: A − B is −" in words
    assert "Rank by mean" not in words


def test_pooled_values_stand_beside_one_wave_only() -> None:
    leaning = load_phrases("en").say("zone_profile.mark.leaning")
    assert leaning in words_in(tm.plot(made("profile")))
    assert leaning not in words_in(tm.plot(made("waves"))) and leaning not in words_in(tm.plot(made("two_zones")))
    assert "2021" in words_in(tm.plot(made("waves"))) and " → " in words_in(tm.plot(made("waves"), scale="trust"))


def test_one_scale_can_be_drawn_and_another_is_refused() -> None:
    assert "fairness" not in words_in(tm.plot(made("seven_scales"), scale="trust"))
    with pytest.raises(DesignError, match="no scale 'honesty'"):
        tm.plot(made("seven_scales"), scale="honesty")
    assert tm.plot(made("ranking")).to_svg() == tm.plot(made("ranking")).to_svg()  # type: ignore[attr-defined]


def test_a_drawn_probability_is_never_told_as_impossible_or_certain() -> None:
    found = made("ranking")
    shares = set(tm.to_table(found)["Probability of being highest"])
    assert "0%" not in shares and "100%" not in shares
    assert "under 1%" in shares
