"""What goes out of a questionnaire into any form: each text with its place, and the conditions that look ahead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trustmeter.questionnaire.model import Questionnaire, ResponseScale
from trustmeter.questionnaire.routing import items_of
from trustmeter.questionnaire.text import Text

UNFIT_SIGN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""A sign that cannot be seen, or that XML and spreadsheets cannot hold."""


def texts_of_form(questionnaire: Questionnaire, scales: Sequence[ResponseScale]) -> Iterator[tuple[str, Text, bool]]:
    """Yield each text with its place, and whether every language needs it: those that the base language has.

    An answer whose text is its code, such as a number, is understood in any language.
    """
    base = questionnaire.base_language
    yield "title", questionnaire.title, questionnaire.title.has(base)
    yield "introduction", questionnaire.introduction, questionnaire.introduction.has(base)
    for section in questionnaire.sections:
        yield f"title of section {section.id!r}", section.title, section.title.has(base)
        yield f"text of section {section.id!r}", section.text, section.text.has(base)
    for item in questionnaire.items:
        yield f"item {item.id!r}", item.text, item.text.has(base)
    for scale in scales:
        for option in scale.options:
            needed = option.text.has(base) and option.text.read(base) != option.code
            yield f"answer {option.code!r} of response scale {scale.id!r}", option.text, needed


def looks_ahead(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Yield each item whose condition looks at one that is not asked before, and the one that it looks at."""
    asked: set[str] = set()
    for item in questionnaire.items:
        for name in items_of(questionnaire.condition(item.id)):
            if name not in asked:
                yield item.id, name
        asked.add(item.id)
