"""Whom the numbers speak for, drawn and tabled: every language, nothing hidden shown, nobody's weight told."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.sheet import Chart
from trustmeter.present.weighting.spread import bars_of
from trustmeter.present.weighting.told import category_told, margins_in, variable_told

SEX = {"F": 0.51, "M": 0.49}
AGE = {"18-29": 0.2, "30-44": 0.27, "45-59": 0.25, "60-74": 0.18, "75+": 0.1}
WORDS = {"columns": {"sex": "SEX", "age": "AGE"}, "recode": {"sex": {"X": ""}}}


@cache
def answers(n: int = 120, waves: tuple[str, ...] = ("2025", "2026")) -> tm.Responses:
    return tm.simulate_responses(tm.load_questionnaire("community-trust-short"), n, waves=waves, seed=3)


@cache
def known() -> tm.Margins:
    return tm.margins({"sex": SEX, "age": AGE}, source="the town", date="2026-01-01", status="verified")


@cache
def weighting() -> tm.Weighting:
    return tm.rake(answers(), known(), unanswered="own_share", **WORDS)


def words_in(figure: Chart) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_answered_is_drawn_beside_who_lives_there(language: str) -> None:
    phrases = load_phrases(language)
    for found in (
        tm.representation(answers(), known(), **WORDS), tm.representation(weighting().answers, known(), **WORDS)
    ):  # fmt: skip
        figure = tm.plot(found, language=language)
        told = words_in(figure)
        for key in ("side.population", "side.unweighted", "category.sex.f", "variable.age"):
            assert phrases.say(f"margins.{key}") in told
        assert (phrases.say("margins.side.weighted") in told) is found.weighted
        assert {"2025", "2026", "18–29"} <= set(told)
        assert phrases.say("simulated.mark") in told
        assert phrases.percent(0.51) in figure.alt


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_weights_mend_and_cost_is_one_picture_or_two(language: str) -> None:
    phrases = load_phrases(language)
    both = tm.plot(weighting(), language=language)
    parts = [tm.plot(weighting(), view=view, language=language) for view in ("balance", "weights")]
    guide, reading = phrases.say("margins.guide", bound=phrases.number(0.1, 1)), phrases.say("margins.weights_axis")
    for figure, expected in zip((both, *parts), ((True, True), (True, False), (False, True)), strict=True):
        told = " ".join(words_in(figure))
        assert (guide[:30] in told, reading[:30] in told) == expected
        assert figure.heading
        assert "{" not in figure.alt
    effect = phrases.number(weighting().value("design_effect", wave="2025"), 2)
    assert effect in both.alt


def test_every_language_says_its_own() -> None:
    alts = [tm.plot(weighting(), language=language).alt for language in LANGUAGES]
    assert len(set(alts)) == 4


def test_hidden_categories_are_shown_as_hidden() -> None:
    few = answers().frame.assign(place=np.where(np.arange(len(answers())) % 60 == 0, "mill", "town"))
    few.loc[few.index % 2 == 1, "place"] = "port"
    held = replace(answers(), frame=few, roles=replace(answers().roles, kept=("place",)))
    found = tm.representation(held, {"place": {"mill": 0.1, "town": 0.4, "port": 0.5}})
    assert found.table["suppressed"].any()
    figure = tm.plot(found)
    assert "not shown" in words_in(figure)
    assert "mill: 10% of the population, not shown" in figure.alt
    table = tm.to_table(found)
    assert "hidden" in set(table["Who answered"])
    rows = [row for one in margins_in(found) for row in one.rows if row.hidden]
    assert all(np.isnan(share) for row in rows for share in row.shares.values())


def test_no_bar_holds_few_people_and_none_is_lost() -> None:
    rng = np.random.default_rng(5)
    for n in (10, 37, 400):
        bars = bars_of(rng.lognormal(0, 1.2, n), 5)
        assert sum(bar.share for bar in bars) == pytest.approx(1)
        assert all(bar.share == 0 or bar.share * n >= 5 - 1e-9 for bar in bars)
    rough = bars_of(rng.lognormal(0, 0.6, 120), 5, step=0.05)
    assert all(round(bar.share / 0.05, 9).is_integer() for bar in rough)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_told_in_words(language: str) -> None:
    phrases = load_phrases(language)
    table = tm.to_table(weighting(), language=language)
    first = table.iloc[0]
    assert first[phrases.say("margins.column.margin")] == phrases.say("margins.variable.sex")
    assert first[phrases.say("margins.side.after")] == phrases.percent(0.51, 1)
    assert phrases.say("margins.term.design_effect") in set(table[phrases.say("margins.column.category")])
    assert not re.search(r"design_effect|dissimilarity|nan|None", table.to_string())
    seen = tm.to_table(tm.representation(answers(), known(), **WORDS), language=language)
    assert list(seen[phrases.say("column.wave")][:2]) == ["2025", "2026"]
    assert len(seen) == 2 * (len(SEX) + len(AGE))


def test_weights_without_margins_have_a_picture_of_weights_only() -> None:
    trimmed = tm.trim_weights(weighting().answers, upper=1.6)
    told = words_in(tm.plot(trimmed))
    assert "How unequal the weights are" in told
    with pytest.raises(DesignError, match="finds no margins"):
        tm.plot(trimmed, view="balance")


def test_one_wave_needs_no_heading_and_predictors_are_margins_too() -> None:
    one = answers(150, ("now",))
    asked = one.frame[["id"]].assign(district=np.where(np.arange(len(one)) % 3 == 0, "north", "south"))
    more = asked.assign(id=[f"x{k}" for k in range(len(asked))], district=["north", "south"] * (len(asked) // 2))
    found = tm.nonresponse_weights(one, pd.concat([asked, more]), predictors="district", respondent="id")
    assert "north" in words_in(tm.plot(found))
    assert "Response rate" in tm.to_table(found).to_string()


def test_views_and_scales_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DesignError, match="one of 'balance', 'weights'"):
        tm.plot(weighting(), view="map")
    with pytest.raises(DesignError, match="belongs to item response models and to weightings"):
        tm.plot(tm.representation(answers(), known(), **WORDS), view="weights")
    with pytest.raises(DesignError, match="`scale` argument"):
        tm.plot(weighting(), scale="trust")


def test_crosses_bands_and_municipalities_have_names() -> None:
    french, german = load_phrases("fr"), load_phrases("de")
    assert variable_told("age x sex", french) == "Âge × sexe"
    assert variable_told("age x sex", german) == "Alter × Geschlecht"
    assert category_told("age x sex", "18-29 x F", french) == "18–29 × Femmes"
    assert category_told("municipality", "44021", load_phrases("nl")) == "Gent"
    assert category_told("tenure", "own", french) == "own"
