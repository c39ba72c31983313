"""What a careful colleague would say about a questionnaire that has no fault: heuristics, each with a code; never errors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from trustmeter.errors import Problem
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import Text

LONGEST = 25
"""Above so many words an item is hard to keep in mind."""

FEWEST_KEYED = 4
"""From so many items on, a scale without any item that counts the other way cannot show who agrees to everything."""

SAME_WORDS = 4
"""A text of so many words that is the same in two languages was probably not translated."""

_AND_OR: Mapping[str, str] = MappingProxyType({"en": r"and|or", "fr": r"et|ou", "nl": r"en|of", "de": r"und|oder"})
_BOTH: Mapping[str, str] = MappingProxyType(
    {
        "en": r"\bas well as\b|\band also\b|\bboth\b.*\band\b",
        "fr": r"\bainsi que\b|\bet aussi\b|\bà la fois\b.*\bet\b",
        "nl": r"\balsook\b|\ben ook\b|\bzowel\b.*\bals\b",
        "de": r"\bsowie\b|\bund auch\b|\bsowohl\b.*\bals auch\b",
    }
)


def advise(questionnaire: Questionnaire) -> list[Problem]:
    """Return what should be looked at in a questionnaire that can be used.

    Use it after `check_questionnaire`, before a questionnaire is fielded. Each finding is a suspicion by a rule of thumb.

    Parameters
    ----------
    questionnaire
        What is asked.

    Returns
    -------
    list of Problem
        Warnings: ``A-DOUBLE`` (an item seems to ask two things), ``A-LONG``, ``A-DUPLICATE`` (two items in the same words),
        ``A-UNTRANSLATED``, ``A-ONE-ITEM`` (a scale of one item), ``A-KEYS`` (no item, or all, count the other way).

    Examples
    --------
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> [problem.code for problem in advise(load_questionnaire("community-trust-short"))]
    ['A-KEYS']
    """
    return [*_wordings(questionnaire), *_scales(questionnaire)]


def _wordings(questionnaire: Questionnaire) -> Iterator[Problem]:
    scored = {item for scale in questionnaire.scales for item in scale.items}
    for language in questionnaire.languages:
        met: dict[str, list[str]] = defaultdict(list)
        for item in questionnaire.items:
            said = item.text.by_language.get(language, "")
            where = f"{questionnaire.id}/{language}.yaml: items.{item.id}"
            if said:
                met[_bare(said)].append(item.id)
                if item.id in scored and item.response_scale.type == "ordinal":
                    yield from _wording(said, language, where)
            if language != questionnaire.base_language and _is_copied(item.text, language, questionnaire.base_language):
                message = f"The text is the same as in {questionnaire.base_language!r}."
                yield _warn("A-UNTRANSLATED", where, message, "Translate it, unless it is meant to be the same.")
        for twins in (items for items in met.values() if len(items) > 1):
            where = f"{questionnaire.id}/{language}.yaml: items"
            yield _warn("A-DUPLICATE", where, f"{', '.join(twins)} have the same words.", "Reword all but one.")


def _wording(said: str, language: str, where: str) -> Iterator[Problem]:
    tag = language.partition("-")[0]
    conjunctions = re.findall(rf"\b(?:{_AND_OR[tag]})\b", said, flags=re.IGNORECASE) if tag in _AND_OR else []
    both = tag in _BOTH and re.search(_BOTH[tag], said, flags=re.IGNORECASE)
    if len(conjunctions) > 1 or both:
        message = "This seems to ask two things at once: whoever agrees with one of them cannot answer."
        yield _warn("A-DOUBLE", where, message, "Make two items of it, or drop one part.")
    if len(said.split()) > LONGEST:
        yield _warn("A-LONG", where, f"This has more than {LONGEST} words.", "Shorten it.")


def _scales(questionnaire: Questionnaire) -> Iterator[Problem]:
    for scale in questionnaire.scales:
        where = f"{questionnaire.id}/questionnaire.yaml: scales.{scale.id}"
        if len(scale.items) == 1:
            message = "One item is no scale: its measurement error cannot be told."
            yield _warn(
                "A-ONE-ITEM", where, message, "Add items, or know that reliability and change limits will be missing."
            )
        own_words = questionnaire.status != "published" and not questionnaire.dimensions(scale.id)
        turned = len(scale.reversed)
        if own_words and len(scale.items) >= FEWEST_KEYED and turned in (0, len(scale.items)):
            what = "No item counts" if turned == 0 else "All items count"
            message = f"{what} the other way, so people who agree to everything cannot be told from those who mean it."
            yield _warn("A-KEYS", where, message, "State one item from the other side, and list it under `reversed`.")


def _is_copied(text: Text, language: str, base: str) -> bool:
    said, source = text.by_language.get(language, ""), text.by_language.get(base, "")
    return len(source.split()) >= SAME_WORDS and _bare(said) == _bare(source)


def _bare(said: str) -> str:
    return " ".join(re.findall(r"\w+", said.casefold()))


def _warn(code: str, where: str, message: str, hint: str) -> Problem:
    return Problem(code, where, message, hint, severity="warning")
