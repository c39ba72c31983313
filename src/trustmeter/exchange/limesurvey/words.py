"""Words as LimeSurvey can hold them: no markup, no expression and no spreadsheet formula is made of a wording."""

from __future__ import annotations

from trustmeter.exchange.forms.figures import isolated
from trustmeter.exchange.forms.own_words import spoken_in
from trustmeter.questionnaire.text import Text, is_right_to_left

_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "{": "&#123;", "}": "&#125;", "\\": "&#92;"}
_FORMULA = "=+-@"


def said(text: Text, language: str, otherwise: str = "") -> str:
    """Return a text in one language as LimeSurvey shows it; `otherwise` where there is none."""
    words = text.by_language.get(language, "").strip() or text.read().strip() or otherwise
    return shown(words, language)


def shown(words: str, language: str) -> str:
    """Return words as HTML that reads the same: signs of markup and of expressions are written as entities.

    Figures beside a sign (*65+*, *16-24*) would be turned around in a text from right to left: they are isolated.

    Examples
    --------
    >>> shown("=less {than} <5", "en")
    '&#61;less &#123;than&#125; &lt;5'
    """
    if is_right_to_left(language):
        words = isolated(words)
    lines = [" ".join(line.split()) for line in words.strip().splitlines()]
    html = "<br />".join("".join(_SIGNS.get(sign, sign) for sign in line) for line in lines)
    return f"&#{ord(html[0])};{html[1:]}" if html[:1] and html[0] in _FORMULA else html


def phrase(name: str, language: str, **gaps: str) -> str:
    """Return one of the sentences that stand around the questions; English where the language has none of its own."""
    return spoken_in("limesurvey.yaml", language)[name].format(**gaps)
