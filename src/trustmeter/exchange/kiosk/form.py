"""A questionnaire as the page holds it: plain values, from which the page's own script asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from trustmeter.exchange.forms.xlsform import LANGUAGE_NAMES
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.text import Text, is_right_to_left

ROLES = (
    "respondent", "wave", "zone", "language", "mode", "seconds", "complete", "questionnaire", "version", "fingerprint",
)  # fmt: skip
"""The columns before the items, in order."""

Words = Mapping[str, Mapping[str, str]]


def form_of(questionnaire: Questionnaire, languages: Sequence[str], words: Words) -> dict[str, Any]:
    """Return all that the page needs to ask a questionnaire in some languages, the first being the one it opens in.

    Parameters
    ----------
    questionnaire
        What is asked.
    languages
        The tags of the languages.
    words
        For each language the words around the questions; a language without any has the English ones.
    """
    return {
        "id": questionnaire.id,
        "version": questionnaire.version,
        "fingerprint": questionnaire.fingerprint,
        "base": questionnaire.base_language,
        "headings": headings_of(questionnaire),
        "languages": [_language(questionnaire, tag, words) for tag in languages],
        "title": _texts(questionnaire.title, languages),
        "introduction": _texts(questionnaire.introduction, languages),
        "sections": [_section(questionnaire, section, languages) for section in questionnaire.sections],
        "scales": {scale.id: _scale(scale, languages) for scale in _scales(questionnaire)},
    }


def headings_of(questionnaire: Questionnaire) -> dict[str, str]:
    """Return the heading of each column before the items: its own name, unless an item has that name."""
    taken = {item.id.casefold() for item in questionnaire.items}
    return {role: f"{role}_" if role in taken else role for role in ROLES}


def routing_of(condition: Condition | None) -> list[Any] | None:
    """Return a condition as nested lists: ``["in", item, codes]``, ``["not", …]``, ``["and", […]]``, ``["or", […]]``.

    Examples
    --------
    >>> routing_of(AllOf((Equals("CONSENT", "1"), Not(IsIn("SEX", ("F", "M"))))))
    ['and', [['in', 'CONSENT', ['1']], ['not', ['in', 'SEX', ['F', 'M']]]]]
    """
    match condition:
        case None:
            return None
        case Equals(item=item, code=code):
            return ["in", item, [code]]
        case IsIn(item=item, codes=codes):
            return ["in", item, list(codes)]
        case Not(condition=inner):
            return ["not", routing_of(inner)]
        case AllOf(conditions=parts):
            return ["and", [routing_of(part) for part in parts]]
        case AnyOf(conditions=parts):
            return ["or", [routing_of(part) for part in parts]]
    assert_never(condition)


def _language(questionnaire: Questionnaire, tag: str, words: Words) -> dict[str, Any]:
    family = tag.partition("-")[0]
    spoken = family if family in words else "en"
    return {
        "tag": tag,
        "name": LANGUAGE_NAMES.get(tag, LANGUAGE_NAMES.get(family, tag)),
        "direction": _direction(family),
        "words": dict(words[spoken]),
        "words_language": tag if family in words else spoken,
        "words_direction": _direction(spoken),
        "note": questionnaire.unfinished.by_language.get(tag, ""),
    }


def _direction(family: str) -> str:
    return "rtl" if is_right_to_left(family) else "ltr"


def _texts(text: Text, languages: Sequence[str]) -> dict[str, str]:
    return {language: text.read(language) for language in languages}


def _section(questionnaire: Questionnaire, section: Section, languages: Sequence[str]) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": _texts(section.title, languages),
        "text": _texts(section.text, languages),
        "optional": section.optional,
        "items": [_item(item, questionnaire.condition(item.id), languages) for item in section.items],
    }


def _item(item: Item, condition: Condition | None, languages: Sequence[str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "text": _texts(item.text, languages),
        "scale": item.response_scale.id,
        "required": item.required,
        "when": routing_of(condition),
    }


def _scales(questionnaire: Questionnaire) -> list[ResponseScale]:
    """Return the response scales that items use, each once, in the order of use."""
    return list({item.response_scale.id: item.response_scale for item in questionnaire.items}.values())


def _scale(scale: ResponseScale, languages: Sequence[str]) -> dict[str, Any]:
    return {
        "type": scale.type,
        "minimum": scale.minimum,
        "maximum": scale.maximum,
        "options": [_option(option, languages) for option in scale.options if option.kind != "blank"],
    }


def _option(option: Option, languages: Sequence[str]) -> dict[str, Any]:
    texts = {language: option.text.read(language) or option.code for language in languages}
    return {"code": option.code, "text": texts, "apart": option.kind is not None}
