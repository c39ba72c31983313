"""Words as LimeSurvey shows them."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustmeter.exchange.limesurvey.words import phrase, said, shown
from trustmeter.questionnaire.document import Place, parse
from trustmeter.questionnaire.text import Text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Plain words.", "Plain words."),
        ("R&D <b>", "R&amp;D &lt;b&gt;"),
        ("{CONSENT}", "&#123;CONSENT&#125;"),
        ("=1+1", "&#61;1+1"),
        ("- no", "&#45; no"),
        ("@home", "&#64;home"),
        ("+32", "&#43;32"),
        ("back\\slash", "back&#92;slash"),
        ("  two\tgaps \r\n and\n\nlines ", "two gaps<br />and<br /><br />lines"),
        ('"quoted" d\'accord', '"quoted" d\'accord'),
        ("", ""),
    ],
)
def test_signs_are_written_as_entities(words: str, found: str) -> None:
    assert shown(words, "en") == found


@pytest.mark.parametrize(
    ("words", "isolated"),
    [("65+", ["65+"]), ("16-24", ["16-24"]), ("من 16–24 أو 65+ سنة", ["16–24", "65+"]), ("عمري 30 سنة", []),
     ("1,5-2,5", ["1,5-2,5"]), ("<5", ["&lt;5"])],
)  # fmt: skip
def test_figures_beside_a_sign_are_isolated_from_right_to_left(words: str, isolated: list[str]) -> None:
    arabic = shown(words, "ar")
    assert [part.partition("\u2069")[0] for part in arabic.split("\u2066")[1:]] == isolated
    assert shown(words, "nl") == arabic.replace("\u2066", "").replace("\u2069", "")
    assert arabic.count("\u2066") == arabic.count("\u2069")


@given(
    st.text(st.sampled_from(string.printable + "éßع{}<>&\\\"'=+-@\u00a0"), max_size=60), st.sampled_from(["fr", "ar"])
)
def test_what_is_read_is_what_was_written(plain: Callable[[str], str], words: str, language: str) -> None:
    html = shown(words, language)
    assert plain(html) == "\n".join(" ".join(line.split()) for line in words.strip().splitlines())
    assert not set(html) & set("{}\\\t\n\r")
    assert html[:1] not in {"=", "+", "-", "@"}


def test_a_language_without_words_falls_back() -> None:
    text = Text({"en": "Hello", "fr": " "})
    assert (said(text, "fr"), said(Text(), "fr", "id")) == ("Hello", "id")


def test_sentences_have_the_same_gaps_in_all_languages() -> None:
    file = resources.files("trustmeter.exchange") / "templates" / "limesurvey.yaml"
    tree: Mapping[str, Mapping[str, str]] = parse(file.read_text(encoding="utf-8"), Place("limesurvey.yaml"), [])  # type: ignore[assignment]
    assert {"en", "fr", "nl", "de", "ar"} == set(tree)

    def gaps(sentence: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name)

    for language, words in tree.items():
        assert {key: gaps(sentence) for key, sentence in words.items()} == {
            key: gaps(sentence) for key, sentence in tree["en"].items()
        }, language
        assert language == "en" or all(words[key] != tree["en"][key] for key in words)


def test_other_languages_are_spoken_to_in_english() -> None:
    assert phrase("thanks", "tr") == phrase("thanks", "en")
    assert phrase("thanks", "nl-informal") == phrase("thanks", "nl")
