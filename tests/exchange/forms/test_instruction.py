"""Routing on paper: where a reader is told what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trustmeter.exchange.forms.instruction import Instructions
from trustmeter.questionnaire.model import Item, Questionnaire, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not

WORDS = {
    "only_one": "{first} if {condition}.",
    "only_many": "{first}-{last} if {condition}.",
    "else_next": "Else {next}.",
    "else_end": "Else end.",
    "answered": "{number} is {answer}",
    "not_answered": "{number} is not {answer}",
    "not": "not so: {condition}",
    "and": " and ",
    "or": " or ",
    "quote": "'{text}'",
}
A, B, C = Equals("A", "1"), Equals("B", "1"), Equals("C", "1")

ROUTES: dict[str, tuple[list[list[Condition | None]], dict[str, tuple[str, ...]]]] = {
    "nothing to say": ([[None, None], [None]], {}),
    "one question": ([[None, A, None]], {"B": ("2 if 1 is 'Yes'. Else 3.",)}),
    "several questions": ([[None, A, A, None]], {"B": ("2-3 if 1 is 'Yes'. Else 4.",)}),
    "to the end: once": ([[None], [A, A], [A]], {"B": ("2-4 if 1 is 'Yes'. Else end.",)}),
    "to the end: a single last question": ([[None, A]], {"B": ("2 if 1 is 'Yes'. Else end.",)}),
    "over several sections, not to the end: again in each": (
        [[None, A], [A, A], [None]],
        {"B": ("2-4 if 1 is 'Yes'. Else 5.",), "C": ("3-4 if 1 is 'Yes'. Else 5.",)},
    ),
    "one inside another": (
        [[None], [A, AllOf((A, B)), A]],
        {"B": ("2-4 if 1 is 'Yes'. Else end.",), "C": ("3 if 2 is 'Yes'. Else 4.",)},
    ),
    "two at the same place": (
        [[None, None, AllOf((A, AllOf((B,)), A)), None]],
        {"C": ("3 if 1 is 'Yes'. Else 4.", "3 if 2 is 'Yes'. Else 4.")},
    ),
    "who jumped over the telling is told": (
        [[None, None, A, AllOf((A, B)), B, None]],
        {
            "C": ("3-4 if 1 is 'Yes'. Else 5.",),
            "D": ("4-5 if 2 is 'Yes'. Else 6.",),
            "E": ("5 if 2 is 'Yes'. Else 6.",),
        },
    ),
    "twice with a gap": (
        [[None, A, None, A]],
        {"B": ("2 if 1 is 'Yes'. Else 3.",), "D": ("4 if 1 is 'Yes'. Else end.",)},
    ),
}


@pytest.fixture
def instructions(tiny: Questionnaire) -> Instructions:
    return route(tiny, [[None, None, None]])


def route(tiny: Questionnaire, sections: list[list[Condition | None]]) -> Instructions:
    """Return the instructions of a questionnaire with items A, B, C… and these conditions."""
    names, yes_no = iter("ABCDEFGH"), tiny.item("CONSENT").response_scale
    made = tuple(
        Section(
            f"s{number}",
            tiny.title,
            tiny.title,
            tuple(Item(next(names), tiny.title, yes_no, show_if=condition) for condition in conditions),
        )
        for number, conditions in enumerate(sections)
    )
    return Instructions(replace(tiny, sections=made, scales=()), "en", WORDS)


@pytest.mark.parametrize("case", ROUTES)
def test_a_condition_is_told_where_a_reader_needs_it(case: str, tiny: Questionnaire) -> None:
    sections, told = ROUTES[case]
    instructions = route(tiny, sections)
    assert {name: said for name in instructions.numbers if (said := instructions.before(name))} == told


def test_a_sections_condition_counts_like_an_items(tiny: Questionnaire) -> None:
    told = Instructions(tiny, "fr", WORDS)
    assert told.before("FA1") == ("2-9 if 1 is 'Oui'. Else end.",)
    assert told.before("SEX") == ()


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (A, "1 is 'Yes'"),
        (IsIn("A", ("1", "0")), "1 is 'Yes' or 'No'"),
        (Not(A), "1 is not 'Yes'"),
        (Not(IsIn("A", ("1", "0"))), "1 is not 'Yes' or 'No'"),
        (Not(AnyOf((A, B))), "not so: 1 is 'Yes' or 2 is 'Yes'"),
        (AnyOf((AllOf((A, B)), C)), "(1 is 'Yes' and 2 is 'Yes') or 3 is 'Yes'"),
        (AllOf((A, AnyOf((B, C)))), "1 is 'Yes' and (2 is 'Yes' or 3 is 'Yes')"),
        (Equals("A", "7"), "1 is '7'"),
    ],
)
def test_conditions_in_words(condition: Condition, told: str, instructions: Instructions) -> None:
    assert instructions.tell(condition) == told
