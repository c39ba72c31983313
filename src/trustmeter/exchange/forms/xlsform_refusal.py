"""What KoboToolbox, ODK or SurveyCTO would change, hide or reject: found before anything is written, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.questionnaire.model import Questionnaire, ResponseScale
from trustmeter.questionnaire.routing import items_of
from trustmeter.questionnaire.text import Text

RESERVED = frozenset({"start", "end", "meta", "audit", "instanceid", "instancename", "formhub"})
"""Names that the tools give to columns of their own, in small letters."""

_ITEM = re.compile(r"[A-Za-z][A-Za-z0-9]{0,19}")
_ANSWER = re.compile(r"[A-Za-z0-9]{1,5}")
_SCALE = re.compile(r"[A-Za-z0-9_.-]+")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
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
    asked: set[str] = set()
    for section in questionnaire.sections:
        for item in section.items:
            for name in items_of(questionnaire.condition(item.id)):
                if name not in asked:
                    message = (
                        f"Its condition looks at {name!r}, which is not asked before: the question would not appear."
                    )
                    yield Problem("X-ROUTE", f"item {item.id!r}", message, "Look at an earlier item.")
            asked.add(item.id)


def _texts(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterator[Problem]:
    for where, text, needed in _all_texts(questionnaire):
        for language in languages:
            words = text.by_language.get(language, "")
            if needed and not text.has(language):
                message = (
                    f"There is no text in {language!r}: the tools would show a line in its place, and warn nobody."
                )
                yield Problem("X-TEXT-MISSING", where, message, "Translate it, or leave the language out.")
            if _UNFIT.search(words):
                message = f"The text in {language!r} holds a sign that cannot be seen or stored."
                yield Problem("X-TEXT-SIGN", where, message, "Type the text anew.")
            if _EMPHASIS.search(words):
                message = (
                    f"Stars or underscores in {language!r} would disappear: the tools print what is between them bold."
                )
                yield Problem("X-TEXT-MARKUP", where, message, "Write the text without them.")


def _all_texts(questionnaire: Questionnaire) -> Iterator[tuple[str, Text, bool]]:
    """Yield each text with its place, and whether every language needs it: those that the base language has."""
    base = questionnaire.base_language
    yield "title", questionnaire.title, questionnaire.title.has(base)
    yield "introduction", questionnaire.introduction, questionnaire.introduction.has(base)
    for section in questionnaire.sections:
        yield f"title of section {section.id!r}", section.title, section.title.has(base)
        yield f"text of section {section.id!r}", section.text, section.text.has(base)
    for item in questionnaire.items:
        yield f"item {item.id!r}", item.text, item.text.has(base)
    for scale in used_scales(questionnaire):
        for option in scale.options:
            plain = option.text.read(base) == option.code
            yield (
                f"answer {option.code!r} of response scale {scale.id!r}",
                option.text,
                option.text.has(base) and not plain,
            )


def used_scales(questionnaire: Questionnaire) -> list[ResponseScale]:
    """Return the response scales that items use, each once, in the order of the questionnaire."""
    used = {item.response_scale.id: item.response_scale for item in questionnaire.items}
    listed = [scale for scale in questionnaire.response_scales if scale.id in used]
    return listed + [scale for name, scale in used.items() if scale not in listed]
