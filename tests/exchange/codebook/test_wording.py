"""The words of the codebook: four languages with the same keys and gaps; conditions read as sentences."""

from __future__ import annotations

import re

import pytest

from trustmeter.exchange.codebook.wording import asked_if, phrases
from trustmeter.questionnaire.model import Questionnaire

CONDITIONS = {
    "Q3": 'Asked if Q1 is “Yes” (1) and Q2 is “<b>less</b>” (A) or “& "more"” (B).',
    "Q5": "Asked if Q1 is “Yes” (1) and this is not so: Q2 is “it's” (C).",
    "Q7": "",
}


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_every_word_is_there_with_the_same_gaps(language: str) -> None:
    english = phrases("en")
    assert set(phrases(language)) == set(english)
    for key, words in phrases(language).items():
        assert set(re.findall(r"{\w+}", words)) == set(re.findall(r"{\w+}", english[key])), key


def test_a_language_without_words_of_its_own_has_english_ones() -> None:
    assert phrases("ar") == phrases("en")
    assert phrases("nl-BE") == phrases("nl")


@pytest.mark.parametrize("item", CONDITIONS)
def test_a_condition_reads_as_a_sentence(item: str, awkward: Questionnaire) -> None:
    assert asked_if(awkward, item, "en") == CONDITIONS[item]


def test_an_or_inside_an_and_is_bracketed(awkward: Questionnaire) -> None:
    assert "(Q2 is" in asked_if(awkward, "Q6", "en")
