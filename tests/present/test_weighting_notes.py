"""What weighting says beside its numbers is said in every language, with its numbers."""

from __future__ import annotations

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.present.notes import note_in
from trustmeter.present.phrases import load_phrases
from trustmeter.weighting.result import FEW_OPEN

AGES = {"age": {"18-29": 20, "30-44": 28, "45-59": 24, "60-74": 17, "75+": 11}}


@pytest.fixture(scope="module")
def results() -> list[tm.Weighting | tm.Representation]:
    answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 300, waves=("2024", "2025"), seed=3)
    together = {"age": {"60-74": "60+", "75+": "60+"}}
    raked = tm.rake(answers, AGES, unanswered="own_share", groups=together)
    one = answers.select(answers.frame["wave"] == "2024")
    asked = pd.DataFrame({"id": [*one.frame["id"], *(f"x{k}" for k in range(100))], "kind": ["a", "b"] * 200})
    steep = {"age": {"18-29": 2, "30-44": 2, "45-59": 2, "60-74": 2, "75+": 92}}
    return [
        raked, tm.trim_weights(raked.answers, upper=2), tm.representation(answers, AGES),
        tm.rake(answers, tm.margins(AGES, status="estimate"), unanswered="own_share"), tm.rake(one, steep, unanswered="own_share"),
        tm.nonresponse_weights(one, asked, predictors="kind", respondent="id"),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_every_note_is_known(language: str, results: list[tm.Weighting | tm.Representation]) -> None:
    phrases = load_phrases(language)
    notes = [note for result in results for note in result.notes]
    assert len(notes) > 20
    assert [note for note in notes if note_in(note, phrases)[1] != language] == []
    assert any("'2024'" in note_in(note, phrases)[0] for note in notes)


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_what_is_rare_is_said_too(language: str) -> None:
    lost = "Not used of the design, so that standard errors may be too small: clusters 'interviewer'."
    for note in (FEW_OPEN, lost):
        assert note_in(note, load_phrases(language))[1] == language
