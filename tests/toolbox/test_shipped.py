"""The cards that come with trustmeter: sound, complete in four languages, without a zone, a cost or a result."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import trustmeter as tm
from trustmeter.questionnaire.grammar import ListOf, MapOf, Record, Word
from trustmeter.toolbox.effort import ITEMS_A_MINUTE, minutes_to_answer, planned_people
from trustmeter.toolbox.grammar import CARD
from trustmeter.toolbox.instrument import asked_by
from trustmeter.toolbox.model import CARD_LANGUAGES, KINDS, MONEY, THEMES, Card, PlanWish
from trustmeter.toolbox.reader import examine_cards

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "toolbox"
SCHEMA: dict[str, Any] = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
OWN = {
    "community-trust", "community-trust-short", "officer-trust", "complaint-access", "complaint-experience",
    "inclusion-retention", "copmite-partnership", "encounter",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> tuple[Card, ...]:
    return tm.read_cards(FOLDER)


def test_nothing_is_wrong_with_them() -> None:
    assert examine_cards(FOLDER).problems == ()


def test_every_questionnaire_of_our_own_has_a_card_and_every_design(shipped: tuple[Card, ...]) -> None:
    assert {card.instrument for card in shipped if card.kind == "instrument"} == OWN
    assert sum(card.kind == "design" for card in shipped) == 7


def test_none_claims_a_zone_a_cost_or_a_result(shipped: tuple[Card, ...]) -> None:
    for card in shipped:
        assert card.kind != "practice"
        assert (card.zone, card.hours, card.money, card.evaluations) == ("", None, "not known", ())


def test_each_is_written_in_four_languages_and_none_is_left_in_english(shipped: tuple[Card, ...]) -> None:
    for card in shipped:
        assert tuple(card.texts) == CARD_LANGUAGES
        said = [
            {card.texts[tag].title, card.texts[tag].problem, *card.texts[tag].steps, *card.texts[tag].pitfalls}
            for tag in CARD_LANGUAGES
        ]
        assert all(not one & other for number, one in enumerate(said) for other in said[:number]), card.id


def test_minutes_come_from_the_number_of_questions(shipped: tuple[Card, ...]) -> None:
    for name in OWN:
        asked = tm.load_questionnaire(name)
        assert minutes_to_answer(asked) == math.ceil(len(asked.items) / ITEMS_A_MINUTE)
        assert asked_by(name).fingerprint == asked.fingerprint


def test_people_come_from_plan() -> None:
    same, different = (planned_people(PlanWish(linked, 5.0)) for linked in (True, False))
    design = tm.PilotDesign("before", "after", linked=True)
    expected = tm.plan(design, smallest_effect=5.0)
    assert same.needed == expected.value("people_needed")
    assert same.to_start == expected.value("people_to_start")
    assert (different.to_start, different.correlation, different.attrition) == (None, None, None)
    areas = planned_people(PlanWish(True, 5.0, areas=8, people=50))
    assert areas.needed is None
    assert areas.detectable is not None
    assert areas.icc == 0.02


def as_an_editor_reads(path: Path) -> Any:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))))


def test_the_schema_is_one_and_the_cards_obey_and_name_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for path in sorted(FOLDER.glob("*.yaml")):
        assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(as_an_editor_reads(path))] == []
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")


def test_the_schema_says_the_same_as_the_checker() -> None:
    assert_alike(SCHEMA, CARD)
    assert SCHEMA["properties"]["kind"]["enum"] == list(KINDS)
    assert SCHEMA["properties"]["cost"]["properties"]["money"]["enum"] == list(MONEY)
    assert set(SCHEMA["$defs"]["theme"]["enum"]) == {*THEMES, "any"}
    assert set(SCHEMA["properties"]["text"]["properties"]) == set(CARD_LANGUAGES)


def assert_alike(said: dict[str, Any], shape: Record) -> None:
    assert set(said["properties"]) == set(shape.fields)
    assert set(said["required"]) == set(shape.required)
    assert said["additionalProperties"] is False
    for key, inner in shape.fields.items():
        there = said["properties"][key]
        if isinstance(inner, Record):
            assert_alike(there, inner)
        elif isinstance(inner, MapOf) and isinstance(inner.of, Record):
            assert_alike(SCHEMA["$defs"]["text"], inner.of)
        elif isinstance(inner, ListOf):
            assert there["type"] == "array"
        elif isinstance(inner, Word) and inner.words and key != "linked":
            assert there["enum"] == list(inner.words)


@pytest.mark.parametrize(
    ("there", "planted"),
    [("kind: instrument", "kind: instument"), ("theme: proximity", "theme: nearness"), ("evidence: []", "strength: high"),
     ("money: not known", "money: 950"), ("  fr:", "  it:"), ("evidence: []", "evidence: [very strong]"), ("id: ", "id: X")],
)  # fmt: skip
def test_the_schema_notices_what_is_wrong(there: str, planted: str, tmp_path: Path) -> None:
    text = (FOLDER / "community-trust.yaml").read_text(encoding="utf-8")
    assert there in text
    (tmp_path / "card.yaml").write_text(text.replace(there, planted, 1), encoding="utf-8")
    assert list(Draft202012Validator(SCHEMA).iter_errors(as_an_editor_reads(tmp_path / "card.yaml")))
