"""The words that stand around a questionnaire's own in a codebook, and conditions told with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trustmeter.exchange.forms.own_words import spoken_in
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not


def phrases(language: str) -> Mapping[str, str]:
    """Return the words in a language; English where it has none of its own."""
    return spoken_in("codebook.yaml", language)


def asked_if(questionnaire: Questionnaire, item_id: str, language: str) -> str:
    """Return when an item is asked, in words; an empty text for one that is always asked.

    Examples
    --------
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> asked_if(load_questionnaire("community-trust-short"), "TR01", "en")
    'Asked if CONSENT is “Yes” (1).'
    """
    condition = questionnaire.condition(item_id)
    if condition is None:
        return ""
    return phrases(language)["asked_if"].format(condition=_told(condition, questionnaire, language))


def _told(condition: Condition, questionnaire: Questionnaire, language: str) -> str:
    words = phrases(language)
    match condition:
        case Equals(item=item, code=code):
            return _answer(questionnaire, item, (code,), language)
        case IsIn(item=item, codes=codes):
            return _answer(questionnaire, item, codes, language)
        case Not(condition=inner):
            return words["not"].format(condition=_told(inner, questionnaire, language))
        case AllOf(conditions=parts):
            return words["and"].join(_nested(part, questionnaire, language) for part in parts)
        case AnyOf(conditions=parts):
            return words["or"].join(_nested(part, questionnaire, language) for part in parts)


def _nested(part: Condition, questionnaire: Questionnaire, language: str) -> str:
    told = _told(part, questionnaire, language)
    return f"({told})" if isinstance(part, (AllOf, AnyOf)) and len(part.conditions) > 1 else told


def _answer(questionnaire: Questionnaire, item: str, codes: Sequence[str], language: str) -> str:
    words = phrases(language)
    options = {option.code: option.text for option in questionnaire.item(item).response_scale.options}
    labels = [(code, options[code].read(language) if code in options else "") for code in codes]
    quoted = [
        words["quote"].format(text=label, code=code) if label not in {"", code} else code for code, label in labels
    ]
    return words["is"].format(item=item, answer=words["or"].join(quoted))
