"""Words as LimeSurvey can hold them: no markup, no expression and no spreadsheet formula is made of a wording."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from trustmeter.exchange.forms.figures import isolated
from trustmeter.questionnaire.document import Place, parse
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
    words = _phrases()
    return words.get(language.partition("-")[0], words["en"])[name].format(**gaps)


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    file = resources.files("trustmeter.exchange") / "templates" / "limesurvey.yaml"
    tree: Any = parse(file.read_text(encoding="utf-8"), Place("limesurvey.yaml"), [])
    words: Mapping[str, Mapping[str, str]] = tree
    return words
