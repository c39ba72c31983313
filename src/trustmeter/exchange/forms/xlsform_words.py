"""Words as an XLSForm can hold them: a column a language, no blank cell, nothing that a tool would take for markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trustmeter.exchange.forms.figures import isolated
from trustmeter.exchange.forms.own_words import spoken_in
from trustmeter.questionnaire.text import Text, is_right_to_left

Row = dict[str, str]

_JOINER, _FROM_RIGHT, _CLOSE = "\u2060", "\u2067", "\u2069"
_ARABIC_LINE = re.compile(r"(?m)^(?=.*[\u0590-\u08ff]).+$")
_TAG_OR_REFERENCE = re.compile(r"<(?=[A-Za-z/!?])|\$(?=\{)")
_HEADING = re.compile(r"(?m)^(?=\s*#)")


@dataclass(frozen=True)
class Wording:
    """Texts in the languages of one form, each under its own heading, such as ``label::Français (fr)``.

    Parameters
    ----------
    languages
        The tags of the languages, the default one first.
    names
        How a tool shows a language; others are shown by their tag.
    """

    languages: Sequence[str]
    names: Mapping[str, str]

    def named(self, language: str) -> str:
        """Return a language as the tools know it: its name, and its tag in brackets, which also says the direction."""
        name = self.names.get(language, self.names.get(language.partition("-")[0], language))
        return f"{name} ({language})"

    def columns(self, column: str, text: Text, otherwise: str = "") -> Row:
        """Return a text in each language."""
        return {f"{column}::{self.named(language)}": said(text, language, otherwise) for language in self.languages}

    def sentences(self, column: str, key: str, **gaps: str) -> Row:
        """Return one of our own sentences in each language."""
        return {
            f"{column}::{self.named(language)}": shown(sentence(language, key).format(**gaps), language)
            for language in self.languages
        }

    def is_said(self, text: Text) -> bool:
        """Tell whether a text is there in any of the languages."""
        return any(text.has(language) for language in self.languages)


def said(text: Text, language: str, otherwise: str = "") -> str:
    """Return a text, never blank where it can be helped: tools show a blank cell as ``-`` and warn nobody."""
    found = [text.by_language.get(language, ""), text.read(), *text.by_language.values()]
    return shown(next((words for words in found if words.strip()), otherwise), language)


def shown(words: str, language: str) -> str:
    r"""Return words that every tool shows as they are.

    A sign that begins markup or a reference gets an invisible joiner behind it. In a language from right to left each
    line says its direction, for some tools do not, and figures beside a sign (*65+*, *16-24*) are isolated: they would be
    turned around.

    Examples
    --------
    >>> shown("65+", "nl"), shown("65+", "ar") == "\u206665+\u2069"
    ('65+', True)
    """
    if is_right_to_left(language):
        words = isolated(words)
        words = _ARABIC_LINE.sub(lambda found: f"{_FROM_RIGHT}{found[0]}{_CLOSE}", words)
    return _HEADING.sub(_JOINER, _TAG_OR_REFERENCE.sub(lambda found: found[0] + _JOINER, words))


def sentence(language: str, key: str) -> str:
    """Return one of our own sentences; the English one where a language has none."""
    return spoken_in("xlsform.yaml", language)[key]
