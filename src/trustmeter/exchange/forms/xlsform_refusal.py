"""What KoboToolbox, ODK or SurveyCTO would change, hide or reject: found before anything is written, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.exchange.forms.outgoing import UNFIT_SIGN, looks_ahead, texts_of_form
from trustmeter.questionnaire.model import Questionnaire, ResponseScale

RESERVED = frozenset({"start", "end", "meta", "audit", "instanceid", "instancename", "formhub"})
"""Names that the tools give to columns of their own, in small letters."""

_ITEM = re.compile(r"[A-Za-z][A-Za-z0-9]{0,19}")
_ANSWER = re.compile(r"[A-Za-z0-9]{1,5}")
_SCALE = re.compile(r"[A-Za-z0-9_.-]+")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\S)[^*_\n]*(?<=[^\s*_])\1(?![\w*])")


def refuse_what_would_go_wrong(questionnaire: Questionnaire, languages: Sequence[str]) -> None:
    """Refuse a questionnaire that an XLSForm would not hold as it is.

    Raises
    ------
    QuestionnaireError
        With one problem for each thing, and why (codes ``X-``).
    """
    problems = [
        *_items(questionnaire),
        *_answers(questionnaire),
        *_routing(questionnaire),
        *_texts(questionnaire, languages),
    ]
    if problems:
        things = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
        message = (
            f"An XLSForm would not hold {questionnaire.id!r} as it is: {things} would be changed, hidden or rejected."
        )
        raise QuestionnaireError(message, problems)


def _items(questionnaire: Questionnaire) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for item in questionnaire.items:
        where, name = f"item {item.id!r}", item.id.casefold()
        if not _ITEM.fullmatch(item.id):
            message = (
                "A question's name is a letter, then at most nineteen letters or figures; the tools reject others."
            )
            yield Problem("X-ITEM-CODE", where, message, "Give it another id.")
        if name in RESERVED:
            message = "The tools have a column of this name themselves: answers and times would be mixed up."
            yield Problem("X-ITEM-RESERVED", where, message, "Give it another id.")
        if name in seen:
            message = f"It has the same name as {seen[name]!r} but for small and capital letters."
            yield Problem("X-ITEM-TWICE", where, message, "Give each item an id of its own.")
        seen.setdefault(name, item.id)


def _answers(questionnaire: Questionnaire) -> Iterator[Problem]:
    for scale in used_scales(questionnaire):
        where, chosen = f"response scale {scale.id!r}", scale.type in {"ordinal", "nominal"}
        if chosen and not _SCALE.fullmatch(scale.id):
            message = "The name of a list of answers holds a blank or a sign that the tools reject."
            yield Problem("X-LIST-NAME", where, message, "Use letters, figures and underscores.")
        if chosen and not scale.options:
            yield Problem("X-ANSWERS-NONE", where, "A list without answers is rejected.", "Give it options.")
        codes = [option.code for option in scale.options]
        for code in dict.fromkeys(codes):
            if chosen and not _ANSWER.fullmatch(code.removeprefix("-")):
                message = (
                    f"The answer {code!r} is no code of one to five letters or figures: tools cut such codes in two."
                )
                yield Problem("X-ANSWER-CODE", where, message, "Give it another code.")
            if codes.count(code) > 1:
                yield Problem("X-ANSWER-TWICE", where, f"The code {code!r} is there twice.", "Give each its own.")


def _routing(questionnaire: Questionnaire) -> Iterator[Problem]:
    for item, name in looks_ahead(questionnaire):
        message = f"Its condition looks at {name!r}, which is not asked before: the question would not appear."
        yield Problem("X-ROUTE", f"item {item!r}", message, "Look at an earlier item.")


def _texts(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterator[Problem]:
    for where, text, needed in texts_of_form(questionnaire, used_scales(questionnaire)):
        for language in languages:
            words = text.by_language.get(language, "")
            if needed and not text.has(language):
                message = (
                    f"There is no text in {language!r}: the tools would show a line in its place, and warn nobody."
                )
                yield Problem("X-TEXT-MISSING", where, message, "Translate it, or leave the language out.")
            if UNFIT_SIGN.search(words):
                message = f"The text in {language!r} holds a sign that cannot be seen or stored."
                yield Problem("X-TEXT-SIGN", where, message, "Type the text anew.")
            if _EMPHASIS.search(words):
                message = (
                    f"Stars or underscores in {language!r} would disappear: the tools print what is between them bold."
                )
                yield Problem("X-TEXT-MARKUP", where, message, "Write the text without them.")


def used_scales(questionnaire: Questionnaire) -> list[ResponseScale]:
    """Return the response scales that items use, each once, in the order of the questionnaire."""
    used = {item.response_scale.id: item.response_scale for item in questionnaire.items}
    listed = [scale for scale in questionnaire.response_scales if scale.id in used]
    return listed + [scale for name, scale in used.items() if scale not in listed]
