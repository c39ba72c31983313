"""The schema that editors use says the same as the checker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from trustmeter.questionnaire.grammar import EVIDENCE_SHAPE, PROPERTIES, QUESTIONNAIRE, RECORD, TEXTS, ListOf, Record
from trustmeter.questionnaire.shelf import shelf_folder

SCHEMA: dict[str, Any] = json.loads((shelf_folder() / "schema.json").read_text(encoding="utf-8"))
ON_THE_SHELF = sorted(shelf_folder().glob("*/questionnaire.yaml"))


def as_an_editor_reads(path: Path) -> Any:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))))


def faults(path: Path) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(as_an_editor_reads(path))]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", ON_THE_SHELF, ids=lambda path: path.parent.name)
def test_what_ships_obeys_and_names_the_schema(path: Path) -> None:
    assert faults(path) == []
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../schema.json\n")


def test_the_good_one_obeys(good: Path, single: Path) -> None:
    assert faults(good / "questionnaire.yaml") == []
    assert faults(single) == []


@pytest.mark.parametrize(
    ("there", "planted"),
    [
        ("id: good\n", ""),
        ("id: good\n", "id: Good\n"),
        ("version: 1.0.0", "version: 1.0"),
        ("version:", "verzion:"),
        ("status: adapted", "status: adopted"),
        ("languages: [en, fr]", "languages: en"),
        ("type: ordinal", "type: ordnal"),
        ("kind: dont_know", "kind: dontknow"),
        ("kind: dont_know", "kind: dont_know, value: 3"),
        ("{code: 2}", "{code: twenty}"),
        ("{code: 2}", "{cod: 2}"),
        ("{code: 2}", "2"),
        ("{code: 999, kind: refused}", "{code: 999}"),
        ("type: nominal", "type: nominal\n    minimum: 1"),
        ("id: TR01,", "id: 1TR,"),
        ("TR01, response_scale: agree5", "TR01"),
        ("{eq: [CONSENT, yes]}", "CONSENT = yes"),
        ("{eq: [CONSENT, yes]}", "{eq: [CONSENT]}"),
        ("{eq: [CONSENT, yes]}", "{xor: []}"),
        ("    reason: To compare groups.\n", ""),
        ("items: [TR03]", "items: TR03"),
        ("min_answered: 2", "min_answered: 0"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_seen(good: Path, there: str, planted: str) -> None:
    path = good / "questionnaire.yaml"
    text = path.read_text(encoding="utf-8")
    assert there in text
    changed = text.replace(there, planted, 1)
    path.write_text(changed, encoding="utf-8")
    assert faults(path) != []


def record_keys(shape: object) -> set[str]:
    return (
        set(shape.fields)
        if isinstance(shape, Record)
        else record_keys(shape.of)
        if isinstance(shape, ListOf)
        else set()
    )


@pytest.mark.parametrize(
    ("path", "defined"),
    [
        ((), None),
        (("response_scales",), "response_scale"),
        (("response_scales", "options"), "option"),
        (("sections",), "section"),
        (("sections", "items"), "item"),
        (("scales",), "scale"),
    ],
)
def test_schema_and_checker_know_the_same_keys(path: tuple[str, ...], defined: str | None) -> None:
    shape: Any = QUESTIONNAIRE
    for key in path:
        shape = shape.fields[key] if isinstance(shape, Record) else shape.of.fields[key]
    described = SCHEMA if defined is None else SCHEMA["$defs"][defined]
    assert record_keys(shape) == set(described["properties"])
    record: Any = shape.of if isinstance(shape, ListOf) else shape
    assert set(record.required) == set(described["required"])


def test_the_schema_of_evidence_says_the_same_as_the_checker() -> None:
    schema = json.loads((shelf_folder() / "evidence.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    record = schema["properties"]["records"]["items"]
    assert record_keys(EVIDENCE_SHAPE) == set(schema["properties"])
    assert record_keys(RECORD) == set(record["properties"])
    assert (set(EVIDENCE_SHAPE.required), set(RECORD.required)) == (set(schema["required"]), set(record["required"]))
    assert tuple(record["properties"]["property"]["enum"]) == PROPERTIES
    for path in sorted(shelf_folder().glob("*/evidence.yaml")):
        Draft202012Validator(schema).validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def test_schema_and_checker_know_the_same_texts() -> None:
    assert record_keys(TEXTS) == set(SCHEMA["properties"]["texts"]["properties"])
