"""Conditions without *not*: they hold for the same people, and the gate is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product

import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.others.routing import clauses, codes_of, gate_codes, plain, refuse_what_cannot_be_routed
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.shelf import load_questionnaire

Asked = Callable[[Questionnaire, Mapping[str, str]], set[str]]
CONDITIONS: dict[str, Condition] = {
    "not one": Not(Equals("SEX", "F")),
    "not some": Not(IsIn("SEX", ("F", "99"))),
    "not both": Not(AllOf((Equals("SEX", "F"), Equals("FA1", "1")))),
    "neither": Not(AnyOf((Equals("SEX", "F"), Equals("FA1", "1")))),
    "twice not": Not(Not(Equals("SEX", "M"))),
    "or of and": AnyOf((AllOf((Equals("SEX", "F"), Equals("FA1", "1"))), Equals("CONSENT", "0"))),
    "and of or": AllOf((AnyOf((Equals("SEX", "F"), Equals("FA1", "1"))), IsIn("CONSENT", ("0", "1")))),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_the_same_people_are_asked(case: str, tiny: Questionnaire, asked: Asked) -> None:
    condition = CONDITIONS[case]
    *before, you = tiny.sections
    last = you.items[-1]

    def routed_by(rule: Condition) -> Questionnaire:
        items = (you.items[0], replace(last, show_if=rule))
        return replace(tiny, sections=(*before, replace(you, items=items, show_if=None)))

    routed = routed_by(condition)
    without_not = plain(condition, routed)
    flat = clauses(condition, routed)
    assert "Not" not in repr(without_not)
    choices = [
        [None, *(option.code for option in tiny.item(name).response_scale.options)]
        for name in ("CONSENT", "FA1", "SEX")
    ]
    for codes in product(*choices):
        answers = {name: code for name, code in zip(("CONSENT", "FA1", "SEX"), codes, strict=True) if code is not None}
        expected = last.id in asked(routed, answers)
        assert (last.id in asked(routed_by(without_not), answers)) == expected
        assert all(any(answers.get(one.item) in codes_of(one) for one in clause) for clause in flat) == expected


def test_the_gate_is_the_consent() -> None:
    for name in ("community-trust", "encounter", "officer-trust"):
        questionnaire = load_questionnaire(name)
        assert gate_codes(questionnaire.item("CONSENT"), questionnaire) == ("0",)
        for item in questionnaire.items:
            assert item.required or not gate_codes(item, questionnaire)


def test_a_question_that_others_do_not_stand_on_is_no_gate(awkward: Questionnaire) -> None:
    assert gate_codes(awkward.item("Q1"), awkward) == ()


def test_what_no_tool_could_route_is_refused(tiny: Questionnaire, awkward: Questionnaire) -> None:
    first = replace(tiny.sections[0], show_if=Equals("SEX", "F"))
    with pytest.raises(QuestionnaireError, match="O-ROUTE"):
        refuse_what_cannot_be_routed(replace(tiny, sections=(first, *tiny.sections[1:])), "REDCap", open_questions=True)
    third = awkward.sections[2]
    for condition, code in ((Not(Equals("Q5", "20")), "O-NOT"), (Equals("Q5", "20"), "O-OPEN")):
        asked = replace(third, items=(replace(third.items[0], show_if=condition),))
        with pytest.raises(QuestionnaireError, match=code):
            refuse_what_cannot_be_routed(
                replace(awkward, sections=(*awkward.sections[:2], asked)), "It", open_questions=code == "O-NOT"
            )
