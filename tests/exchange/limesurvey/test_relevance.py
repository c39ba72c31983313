"""Conditions as LimeSurvey evaluates them, against the questionnaire's own routing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from trustmeter.exchange.limesurvey.plan import survey_of
from trustmeter.exchange.limesurvey.relevance import Routing
from trustmeter.exchange.limesurvey.text_file import tab_separated
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

NAMES = ("community-trust", "complaint-access", "complaint-experience", "inclusion-retention", "ess5-trust-in-justice")
PEOPLE = 300
Readers = Mapping[str, Callable[[bytes], Any]]


class Session:
    """One respondent's session in LimeSurvey: values stay when a question is no longer asked."""

    def __init__(self) -> None:
        self.value: dict[str, str] = {}
        self.relevant: dict[str, bool] = {}

    def holds(self, expression: str) -> bool:
        """Evaluate an expression: false as a whole where a name without NAOK was not asked."""
        bare = re.sub(r'"[^"]*"', '""', expression)
        names = set(re.findall(r"\b[A-Za-z]\w*(?:\.NAOK)?", bare)) - {"and", "or", "is_empty"}
        if not all(name.endswith(".NAOK") or self.relevant[name] for name in names):
            return False
        values = {name.replace(".", "_"): self.value.get(name.removesuffix(".NAOK"), "") for name in names}
        python = re.sub(r"!(?=is_empty)", " not ", expression.replace(".NAOK", "_NAOK"))
        return bool(evaluated(ast.parse(python.strip(), mode="eval").body, values))


def evaluated(node: ast.expr, values: Mapping[str, str]) -> Any:
    """Evaluate the few things that conditions are made of; anything else fails."""
    match node:
        case ast.BoolOp(op=op, values=parts):
            told = [evaluated(part, values) for part in parts]
            return all(told) if isinstance(op, ast.And) else any(told)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not evaluated(inner, values)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as sign], comparators=[right]):
            return (evaluated(left, values) == evaluated(right, values)) == isinstance(sign, ast.Eq)
        case ast.Call(func=ast.Name(id="is_empty"), args=[inner]):
            return evaluated(inner, values) == ""
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=value):
            return value
    raise AssertionError(f"Not a condition: {ast.dump(node)}")


def asked_by_limesurvey(
    survey: Any, questionnaire: Questionnaire, draw: np.random.Generator
) -> tuple[set[str], dict[str, str]]:
    """Walk through the survey once; return which items were asked, and what was answered."""
    session, asked, answers = Session(), set(), {}
    for code, question in survey.questions.items():
        open_ = session.holds(survey.pages[question.group].relevance) and session.holds(question.relevance)
        for row in question.rows or {"": question}:
            name = f"{code}_{row}" if row else code
            shown = open_ and (not row or session.holds(question.rows[row].relevance))
            session.relevant[name] = shown
            codes = list(question.answers) or ["7"]
            session.value[name] = str(draw.choice([*codes, ""]))
            if shown and question.type != "*":
                asked.add(row or code)
                answers[row or code] = session.value[name]
    return asked, answers


def tangled() -> Questionnaire:
    """Return routing that tools stumble over: on rows of an array, *or* over questions of which one was not asked."""

    def text(words: str) -> Text:
        return Text({"en": words})

    scale = ResponseScale("three", "ordinal", tuple(Option(str(n), text(f"Answer {n}"), None, n) for n in (1, 2, 3)))

    def item(name: str, show_if: Condition | None = None) -> Item:
        return Item(name, text(f"Question {name}"), scale, show_if=show_if)

    yes = Equals("A1", "1")
    sections = (
        Section("first", text("First"), text("Stem"), (item("A1"), item("A2", yes), item("A3", yes))),
        Section("second", text("Second"), text(""), (
            item("B1", Not(Equals("A2", "1"))),
            item("B2", AnyOf((Equals("A2", "2"), Equals("A3", "2")))),
            item("B3", Not(AllOf((yes, IsIn("A3", ("1", "2")))))),
        )),
        Section("third", text("Third"), text(""), (
            item("C1", AnyOf((Equals("B2", "1"), AllOf((Not(IsIn("B1", ("1", "3"))), Not(Not(yes))))))),
            item("C2", Not(AnyOf((Equals("B2", "3"), Equals("B3", "3"))))),
        ), show_if=IsIn("A1", ("1", "2"))),
        Section("fourth", text("Fourth"), text(""), (item("D1", AnyOf((Equals("C1", "2"), Equals("A1", "3")))), item("D2"))),
    )  # fmt: skip
    return Questionnaire(
        id="tangled", version="1.0.0", status="draft", base_language="en", languages=("en",), title=text("T"),
        description=text("D"), introduction=text("I"), sections=sections, scales=(), response_scales=(scale,),
    )  # fmt: skip


@cache
def questionnaire_of(name: str) -> Questionnaire:
    return tangled() if name == "tangled" else load_questionnaire(name)


@pytest.mark.parametrize("name", [*NAMES, "tangled"])
def test_limesurvey_asks_whom_the_questionnaire_asks(
    name: str, readers: Readers, is_asked: Callable[[Questionnaire, str, Mapping[str, str]], bool]
) -> None:
    questionnaire = questionnaire_of(name)
    survey = readers[".txt"](tab_separated(survey_of(questionnaire, questionnaire.languages[:1])))
    draw = np.random.default_rng(11)
    seen: set[str] = set()
    for _ in range(PEOPLE):
        asked, answers = asked_by_limesurvey(survey, questionnaire, draw)
        assert asked == {item.id for item in questionnaire.items if is_asked(questionnaire, item.id, answers)}
        seen |= asked
    assert seen == {item.id for item in questionnaire.items}


def test_how_conditions_are_written() -> None:
    tell = Routing(tangled(), {"A2": "A_A2"}).tell
    assert tell(None) == "1"
    assert tell(Equals("A2", "1")) == 'A_A2=="1"'
    assert tell(IsIn("A1", ("1", "2"))) == '(A1=="1" or A1=="2")'
    assert tell(Not(IsIn("A1", ("1", "2")))) == '(!is_empty(A1) and A1!="1" and A1!="2")'
    assert tell(AllOf((Equals("A1", "1"), IsIn("A1", ("2",))))) == 'A1=="1" and A1=="2"'
    assert tell(AnyOf((Equals("A1", "1"), Equals("A2", "1")))) == 'A1.NAOK=="1" or ((A1.NAOK=="1") and A_A2.NAOK=="1")'
