"""Every language says everything, with the same gaps, and writes numbers its own way."""

from __future__ import annotations

import math
import re

import pytest

from trustmeter.errors import DesignError
from trustmeter.present.phrases import LANGUAGES, load_phrases


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_keys_and_gaps_of_english(language: str) -> None:
    english, other = load_phrases("en").texts, load_phrases(language).texts
    assert set(other) == set(english)
    gaps = {key: sorted(re.findall(r"\{(\w+)\}", text)) for key, text in english.items()}
    assert {key: sorted(re.findall(r"\{(\w+)\}", text)) for key, text in other.items()} == gaps


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_sentence_was_left_in_english(language: str) -> None:
    english, other = load_phrases("en").texts, load_phrases(language).texts
    same = [key for key, text in english.items() if other[key] == text and " " in text and "{" not in text]
    assert [key for key in same if not key.startswith(("number.", "column.effect"))] == []


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "−1,234.5"), ("fr", "−1\u202f234,5"), ("nl", "−1.234,5"), ("de", "−1.234,5")]
)
def test_numbers_are_written_as_the_language_does(language: str, shown: str) -> None:
    assert load_phrases(language).number(-1234.5) == shown


def test_missing_numbers_are_blank_and_zero_has_no_sign() -> None:
    english = load_phrases("en")
    assert english.number(math.nan) == "" == english.percent(math.nan) == english.p_value(math.nan)
    assert english.number(-0.04, signed=True) == "0.0"
    assert english.p_value(0.0002).startswith("<")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(DesignError, match="'en', 'fr', 'nl', 'de'"):
        load_phrases("it")


@pytest.mark.parametrize(("language", "shown"), [("en", "95%"), ("fr", "95\u00a0%"), ("nl", "95%"), ("de", "95-%")])
def test_levels_stand_well_before_the_word_interval(language: str, shown: str) -> None:
    assert load_phrases(language).level(0.95) == shown
