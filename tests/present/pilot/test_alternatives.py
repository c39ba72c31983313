"""Pictures of other analyses and of people lost: what is drawn is what the result says, in every language."""

from __future__ import annotations

import pytest

import trustmeter as tm
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.pilot.alternatives import draw_attrition, draw_estimators

TRUST = tm.load_questionnaire("community-trust")
DESIGN = tm.PilotDesign("a", "b", linked=True)


@pytest.fixture(scope="module")
def scores() -> tm.Scores:
    return tm.score(tm.simulate_responses(TRUST, 240, waves=("a", "b"), linked=0.7, change={"trust": 0.5}, seed=3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_analysis_is_told_with_its_interval(scores: tm.Scores, language: str) -> None:
    found = tm.compare_estimators(scores, DESIGN, scale="trust")
    phrases = load_phrases(language)
    drawn = draw_estimators(found, None, phrases, questionnaire=TRUST)
    shown = found.tidy()
    points = shown[~shown["term"].isin(["prob_superiority", "log_odds_ratio"])]
    for term, value in zip(points["term"], points["estimate"], strict=True):
        assert f"{phrases.term(term)}: {phrases.number(value, signed=True)}" in drawn.alt
        assert phrases.term(term) != term
    assert phrases.say("simulated.mark") in drawn.to_svg(text_as_paths=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_possible_at_the_worst_stands_beside_the_change_of_those_seen(scores: tm.Scores, language: str) -> None:
    found = tm.attrition(scores, DESIGN, scale=["trust", "respect"])
    phrases = load_phrases(language)
    drawn = draw_attrition(found, "trust", phrases, questionnaire=TRUST)
    low, high = (phrases.number(found.value(f"worst_{end}", "trust"), signed=True) for end in ("lower", "upper"))
    assert f"{phrases.say('analyses.worst')}: {phrases.say('cell.span', low=low, high=high)}" in drawn.alt
    assert phrases.percent(found.value("share_lost", "trust")) in drawn.alt


def test_they_are_drawn_by_plot_and_an_unknown_scale_is_refused(scores: tm.Scores) -> None:
    for found in (tm.compare_estimators(scores, DESIGN, scale="trust"), tm.attrition(scores, DESIGN, scale="trust")):
        assert tm.plot(found, language="de").alt
        with pytest.raises(tm.DesignError, match="no scale 'speed'"):
            tm.plot(found, scale="speed")


def test_no_term_of_these_results_is_left_without_words(scores: tm.Scores) -> None:
    found = (tm.compare_estimators(scores, DESIGN, scale="trust"), tm.attrition(scores, DESIGN, scale="trust"))
    terms = {term for result in found for term in result.tidy()["term"]}
    assert [term for term in terms if load_phrases("fr").term(term) == term] == []
