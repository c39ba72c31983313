"""Conditions as Qualtrics holds them: which answers show a question, and which end the survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trustmeter.exchange.others.routing import clauses, codes_of
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import Condition, Equals, IsIn

Node = dict[str, Any]


def display_logic(condition: Condition, questionnaire: Questionnaire, numbers: Mapping[str, str]) -> Node:
    """Return when a question is shown.

    Parameters
    ----------
    condition
        What must hold.
    questionnaire
        What is asked.
    numbers
        The number of the question (``QID3``) that asks each item.
    """
    groups = [
        [_expression(item, code, questionnaire, numbers) for comparison in clause for item, code in _pairs(comparison)]
        for clause in clauses(condition, questionnaire)
    ]
    if all(len(group) == 1 for group in groups):
        sets = [_joined([group[0] for group in groups], "And") | {"Type": "If"}]
    else:
        sets = [_joined(group, "Or") | {"Type": "AndIf" if place else "If"} for place, group in enumerate(groups)]
    return {**{str(place): one for place, one in enumerate(sets)}, "Type": "BooleanExpression", "inPage": False}


def skip_to_end(qid: str, places: Sequence[int], start: int) -> list[Node]:
    """Return the rules that end the survey after each of some answers, by their place in the list; rules are numbered from `start`."""
    return [
        {
            "SkipLogicID": number, "ChoiceLocator": _locator(qid, place), "Condition": "Selected",
            "SkipToDestination": "ENDOFSURVEY", "Locator": _locator(qid, place), "SkipToDescription": "End of Survey",
            "Description": "Skip To: End of Survey.", "QuestionID": qid,
        }
        for number, place in enumerate(places, start)
    ]  # fmt: skip


def _pairs(comparison: Equals | IsIn) -> list[tuple[str, str]]:
    return [(comparison.item, code) for code in codes_of(comparison)]


def _expression(item: str, code: str, questionnaire: Questionnaire, numbers: Mapping[str, str]) -> Node:
    codes = [option.code for option in questionnaire.item(item).response_scale.options]
    locator = _locator(numbers[item], codes.index(code) + 1)
    return {
        "LogicType": "Question", "QuestionID": numbers[item], "QuestionIsInLoop": "no", "ChoiceLocator": locator,
        "Operator": "Selected", "QuestionIDFromLocator": numbers[item], "LeftOperand": locator, "Type": "Expression",
        "Description": f"{item}: {code}",
    }  # fmt: skip


def _joined(expressions: Sequence[Node], word: str) -> Node:
    """Return expressions in one set. The name of the joining word is misspelt in Qualtrics' own files."""
    return {str(place): one | ({"Conjuction": word} if place else {}) for place, one in enumerate(expressions)}


def _locator(qid: str, place: int) -> str:
    return f"q://{qid}/SelectableChoice/{place}"
