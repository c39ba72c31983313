"""Our own words around a questionnaire's, one file a form, in every language that we have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from trustmeter.questionnaire.document import Place, parse


@cache
def spoken(file: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the words of a file of templates, such as ``"page.yaml"``, by language."""
    text = (resources.files("trustmeter.exchange") / "templates" / file).read_text(encoding="utf-8")
    tree: Any = parse(text, Place(file), [])
    words: Mapping[str, Mapping[str, Any]] = tree
    return words


def spoken_in(file: str, language: str) -> Mapping[str, str]:
    """Return the words of a file in a language; English where it has none of its own."""
    words = spoken(file)
    return words.get(language.partition("-")[0], words["en"])
