"""SurveyJS: the form as JSON, all languages inside; no script, picture or style is fetched from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.exchange.codebook.entry import figure, full_version, label_of
from trustmeter.exchange.codebook.refusal import refuse_unfit_signs, texts_of_all
from trustmeter.exchange.limesurvey.words import phrase
from trustmeter.exchange.others.batteries import Battery, batteries_of, looked_at
from trustmeter.exchange.others.routing import CHOSEN, plain, refuse_what_cannot_be_routed, spelt
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale
from trustmeter.questionnaire.routing import Condition
from trustmeter.questionnaire.text import Text

Node = dict[str, Any]


def write_surveyjs(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the form; the first of `languages` is shown first. The same questionnaire gives the same bytes.

    Raises
    ------
    QuestionnaireError
        When SurveyJS could not hold a condition, or would take a part of a text for the name of a question.
    """
    refuse_unfit_signs(questionnaire, languages)
    refuse_what_cannot_be_routed(questionnaire, "SurveyJS", open_questions=True)
    _refuse_braces(questionnaire, languages)
    alone = looked_at(questionnaire)
    form: Node = {
        "title": told(questionnaire.title, languages, questionnaire.id),
        "locale": languages[0],
        "clearInvisibleValues": "onHiddenContainer",
        "showQuestionNumbers": "off",
        "calculatedValues": [
            {
                "name": "questionnaire_version",
                "expression": f"'{full_version(questionnaire)}'",
                "includeIntoResult": True,
            }
        ],
        "pages": list(_pages(questionnaire, languages, alone)),
    }
    if questionnaire.introduction.has(languages[0]):
        form["description"] = told(questionnaire.introduction, languages)
    path.write_text(json.dumps(form, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def told(text: Text, languages: Sequence[str], otherwise: str = "") -> dict[str, str]:
    """Return a text in all languages. SurveyJS falls back on English, and on ``default`` where there is none."""
    found = {language: text.read(language) or otherwise for language in languages}
    return found if "en" in found else {"default": found[languages[0]], **found}


def visible_if(condition: Condition) -> str:
    """Return a condition without *not* in SurveyJS's expression language.

    Examples
    --------
    >>> from trustmeter.questionnaire.routing import AllOf, Equals, IsIn
    >>> visible_if(AllOf((Equals("CONSENT", "1"), IsIn("SEX", ("F", "X")))))
    "{CONSENT} = '1' and ({SEX} = 'F' or {SEX} = 'X')"
    """
    return spelt(condition, lambda item, code: f"{{{item}}} = '{code}'")


def _pages(questionnaire: Questionnaire, languages: Sequence[str], alone: frozenset[str]) -> Iterator[Node]:
    for section in questionnaire.sections:
        page: Node = {"name": f"{section.id}_page", "title": told(section.title, languages, section.id)}
        if section.text.has(languages[0]):
            page["description"] = told(section.text, languages)
        elements = []
        for battery in batteries_of(section, alone):
            element, condition = _element(battery, languages), battery.items[0].show_if
            elements.append(
                element if condition is None else element | {"visibleIf": visible_if(plain(condition, questionnaire))}
            )
        if section.show_if is not None:
            page["visibleIf"] = visible_if(plain(section.show_if, questionnaire))
        yield {**page, "elements": elements}


def _element(battery: Battery, languages: Sequence[str]) -> Node:
    if not battery.grid:
        return _question(battery.items[0], languages)
    return {
        "type": "matrix",
        "name": f"grid_{battery.items[0].id}",
        "title": told(battery.section.title, languages, battery.section.id),
        "titleLocation": "hidden",
        "displayMode": "list",  # as a table, the last answers would be hidden beside the page
        "columns": [_choice(option, languages) for option in battery.answers.options],
        "rows": [{"value": item.id, "text": told(item.text, languages, item.id)} for item in battery.items],
    }


def _question(item: Item, languages: Sequence[str]) -> Node:
    answers = item.response_scale
    node: Node = {"type": "text", "name": item.id, "title": told(item.text, languages, item.id)}
    if item.required:
        node["isRequired"] = True
    if answers.type in CHOSEN:
        return node | {"type": "radiogroup", "choices": [_choice(option, languages) for option in answers.options]}
    coded = [option for option in answers.non_answers if option.kind != "blank"]
    if coded:
        hints = {
            language: " ".join(phrase("code", language, code=one.code, text=label_of(one, language)) for one in coded)
            for language in languages
        }
        node["description"] = told(Text(hints, languages[0]), languages)
    return node | (_number_rule(item.id, answers, languages) if answers.type == "number" else {})


def _number_rule(name: str, answers: ResponseScale, languages: Sequence[str]) -> Node:
    node: Node = {"inputType": "number"}
    if answers.minimum is None or answers.maximum is None:
        return node
    low, high = figure(answers.minimum), figure(answers.maximum)
    allowed = [
        f"({{{name}}} >= {low} and {{{name}}} <= {high})",
        *(f"{{{name}}} = {one.code}" for one in answers.options),
    ]
    message = Text({language: phrase("between", language, low=low, high=high) for language in languages}, languages[0])
    rule = {"type": "expression", "expression": " or ".join(allowed), "text": told(message, languages)}
    return node | {"validators": [rule]}


def _choice(option: Option, languages: Sequence[str]) -> Node:
    return {"value": option.code, "text": told(option.text, languages, option.code)}


def _refuse_braces(questionnaire: Questionnaire, languages: Sequence[str]) -> None:
    problems = [
        Problem(
            "O-BRACES",
            where,
            f"The text in {language!r} holds braces, which SurveyJS takes for a question's name.",
            "Use other signs.",
        )
        for where, text in texts_of_all(questionnaire)
        for language in languages
        if "{" in text.by_language.get(language, "")
    ]
    if problems:
        raise QuestionnaireError(f"SurveyJS would not show {questionnaire.id!r} as it is.", problems)
