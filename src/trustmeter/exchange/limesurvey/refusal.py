"""What LimeSurvey would change or drop without a word: found before anything is written, all at once."""

from __future__ import annotations

import numbers
import re
from collections.abc import Iterator, Sequence

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.exchange.forms.outgoing import UNFIT_SIGN, looks_ahead, texts_of_form
from trustmeter.exchange.limesurvey.plan import LONGEST_CODE, RESERVED, RESERVED_FOR_ROWS
from trustmeter.exchange.limesurvey.quota import Quota
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale

_ITEM = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_ANSWER = re.compile(r"[A-Za-z0-9]{1,5}")
_CHOSEN = frozenset({"ordinal", "nominal"})
_LONGEST_TITLE = 200


def refuse_what_would_be_lost(
    questionnaire: Questionnaire, languages: Sequence[str], quotas: Sequence[Quota] = ()
) -> None:
    """Refuse a questionnaire that LimeSurvey would not hold as it is.

    Raises
    ------
    QuestionnaireError
        With one problem for each thing that would be changed or dropped, and why (codes ``L-``).
    """
    problems = [
        *_codes(questionnaire),
        *_answers(questionnaire),
        *_routing(questionnaire),
        *_texts(questionnaire, languages),
        *_quotas(questionnaire, quotas),
    ]
    if problems:
        things = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
        message = (
            f"LimeSurvey would not hold {questionnaire.id!r} as it is: {things} would be changed or dropped silently."
        )
        raise QuestionnaireError(message, problems)


def _codes(questionnaire: Questionnaire) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for item in questionnaire.items:
        where, name = f"item {item.id!r}", item.id.casefold()
        if not _ITEM.fullmatch(item.id):
            message = "LimeSurvey takes signs out of a question's code, and puts a q before a figure."
            yield Problem("L-ITEM-CODE", where, message, "Use a letter, then letters and figures only.")
        if len(item.id) > LONGEST_CODE:
            message = (
                f"LimeSurvey's codes have at most {LONGEST_CODE} signs; a longer one stops the import with an error."
            )
            yield Problem("L-ITEM-LONG", where, message, "Shorten the id.")
        if name in seen:
            message = f"It has the same code as {seen[name]!r} but for small and capital letters: one question would disappear."
            yield Problem("L-ITEM-TWICE", where, message, "Give each item an id of its own.")
        seen.setdefault(name, item.id)
        if name in RESERVED and item.response_scale.type not in _CHOSEN:
            message = "LimeSurvey keeps this code for itself, and would not take the question."
            yield Problem("L-ITEM-RESERVED", where, message, "Choose another id.")


def _answers(questionnaire: Questionnaire) -> Iterator[Problem]:
    for scale in _used_scales(questionnaire):
        where = f"response scale {scale.id!r}"
        if scale.type in _CHOSEN and not scale.options:
            message = "A list without answers cannot be answered."
            yield Problem("L-ANSWERS-NONE", where, message, "Give it options.")
        for option in scale.options:
            if not _ANSWER.fullmatch(option.code):
                message = f"LimeSurvey drops the answer {option.code!r}: its codes are one to five letters or figures."
                yield Problem("L-ANSWER-CODE", where, message, "Shorten the code.")
        codes = [option.code.casefold() for option in scale.options]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            message = f"The code {code!r} is there twice but for small and capital letters: one answer would disappear."
            yield Problem("L-ANSWER-TWICE", where, message, "Give each option a code of its own.")


def _routing(questionnaire: Questionnaire) -> Iterator[Problem]:
    for item, name in looks_ahead(questionnaire):
        message = f"Its condition looks at {name!r}, which is not asked before: LimeSurvey would never show it."
        yield Problem("L-ROUTE", f"item {item!r}", message, "Look at an earlier item.")


def _texts(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterator[Problem]:
    for where, text, needed in texts_of_form(questionnaire, _used_scales(questionnaire)):
        for language in languages if needed else ():
            if not text.has(language):
                message = f"There is no text in {language!r}: LimeSurvey would show nothing there."
                yield Problem("L-TEXT-MISSING", where, message, "Translate it, or leave the language out.")
        for language in languages:
            if UNFIT_SIGN.search(text.by_language.get(language, "")):
                message = f"The text in {language!r} holds a sign that cannot be seen or stored."
                yield Problem("L-TEXT-SIGN", where, message, "Type the text anew.")
    for language in languages:
        if len(questionnaire.title.read(language)) > _LONGEST_TITLE:
            message = f"The title in {language!r} has more than {_LONGEST_TITLE} signs, and would be cut."
            yield Problem("L-TITLE-LONG", "title", message, "Shorten it.")


def _quotas(questionnaire: Questionnaire, quotas: Sequence[Quota]) -> Iterator[Problem]:
    items = {item.id: item for item in questionnaire.items}
    names = [quota.name.strip().casefold() for quota in quotas]
    for quota in quotas:
        where = f"quota {quota.name!r}"
        if not quota.name.strip() or names.count(quota.name.strip().casefold()) > 1:
            yield Problem("L-QUOTA", where, "A quota needs a name of its own.", "Name it.")
        if any(UNFIT_SIGN.search(words) for words in (quota.name, *quota.message.by_language.values())):
            yield Problem("L-QUOTA", where, "A text of it holds a sign that cannot be seen or stored.", "Type it anew.")
        limit = quota.limit
        if isinstance(limit, bool) or not isinstance(limit, numbers.Integral) or limit < 1:
            yield Problem(
                "L-QUOTA", where, "The limit is a whole number of at least 1.", "Say after how many it is full."
            )
        if not quota.answers:
            yield Problem("L-QUOTA", where, "It counts nobody.", "Say which answers count.")
        for item_id, code in quota.answers.items():
            if fault := _quota_fault(items.get(item_id), item_id, code):
                yield Problem("L-QUOTA", where, fault, "Count an answer to a question with a list of answers.")


def _quota_fault(item: Item | None, item_id: str, code: str) -> str:
    if item is None:
        return f"There is no item {item_id!r}."
    if item.response_scale.type not in _CHOSEN or item_id.casefold() in RESERVED | RESERVED_FOR_ROWS:
        return f"LimeSurvey cannot count the answers to {item_id!r}."
    if code not in [option.code for option in item.response_scale.options]:
        return f"{item_id!r} has no answer {code!r}."
    return ""


def _used_scales(questionnaire: Questionnaire) -> list[ResponseScale]:
    return list({item.response_scale.id: item.response_scale for item in questionnaire.items}.values())
