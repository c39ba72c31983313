"""The eleven pilot files, and the schema that helps editors: it says what the reader says."""

from __future__ import annotations

import datetime
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from trustmeter.errors import DesignError
from trustmeter.pilot.file.answers import read_pilot_answers
from trustmeter.pilot.file.form import pilot_schema
from trustmeter.pilot.file.model import Pilot
from trustmeter.pilot.file.reader import read_pilot

FOLDER = Path(__file__).resolve().parents[3] / "notebooks" / "pilots"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
VALIDATOR = Draft202012Validator(pilot_schema())
ZONES = {
    "proximity": {"Antwerp", "Charleroi", "Ghent", "Brussels-Capital Ixelles", "Brussels North"},
    "complaints": {"Charleroi", "Brussels-Capital Ixelles", "Brussels North"},
    "human_resources": {"Ghent", "Brussels-Capital Ixelles", "Brussels North"},
}
MAIN = {"proximity": "community-trust", "complaints": "complaint-access", "human_resources": "inclusion-retention"}

GOOD = """
id: somewhere
zone: Somewhere
title: {en: Trust, fr: Confiance}
questionnaires:
  - {name: community-trust, data: a.csv, primary: trust, smallest_effect: {trust: 3}, subgroups: SEX, expected_people: 50}
  - {name: encounter, design: {linked: no}}
waves: {before: 2026, after: 2027, earlier: [2025]}
field_work: {2026: [2026-05-04, 2026-05-29], 2027: }
incidents: [{date: 2026-05-10, what: A raid, area: north}]
design: {linked: yes, area: district, treated: [north, east], randomized: no}
columns: {respondent: id, wave: wave}
report_languages: [nl]
zone_name: {nl: Ergens}
contacts: {data_protection_officer: {function: Officer, mailbox: to be filled in by the zone}}
information: {controller: {nl: De zone}, kept_until: }
"""
CHANGES = {
    "nothing": ("", "", True),
    "no zone": ("zone: Somewhere", "", False),
    "an unknown key": ("zone: Somewhere", "zone: Somewhere\nzoen: x", False),
    "an id with a blank": ("id: somewhere", "id: some where", False),
    "a theme that is not one": ("zone: Somewhere", "zone: Somewhere\ntheme: proximty", False),
    "no theme yet": ("zone: Somewhere", "zone: Somewhere\ntheme: to be filled in by the zone", True),
    "linked in another word": ("linked: yes", "linked: maybe", False),
    "no points": ("{trust: 3}", "{trust: -3}", False),
    "one number of points": ("smallest_effect: {trust: 3}", "smallest_effect: 3.5", True),
    "half a person": ("expected_people: 50", "expected_people: 0.5", False),
    "a day that is none": ("2026-05-04", "May", False),
    "one day": ("[2026-05-04, 2026-05-29]", "[2026-05-04]", False),
    "a name of a person": ("function: Officer", "name: Somebody", False),
    "another contact": ("data_protection_officer", "mayor", False),
    "an unknown language": ("report_languages: [nl]", "report_languages: [it]", False),
    "no list of languages": ("report_languages: [nl]", "report_languages: nl", False),
    "a questionnaire without a name": ("{name: encounter, ", "{", False),
    "an incident without a day": ("date: 2026-05-10, ", "", False),
    "no incident": ("[{date: 2026-05-10, what: A raid, area: north}]", "[]", True),
    "both ways of naming questionnaires": ("zone: Somewhere", "zone: Somewhere\nquestionnaire: encounter", False),
    "areas as a list of lists": ("[north, east]", "[[north], east]", False),
    "a title in no language": ("{en: Trust, fr: Confiance}", "{xx: Trust}", False),
    "a title that is empty": ("{en: Trust, fr: Confiance}", "''", False),
}


@cache
def shipped(path: Path) -> Pilot:
    return read_pilot(path)


def plain(value: Any) -> Any:
    """Return what a file says as an editor sees it: days are texts, names are texts."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, datetime.date):
        return value.isoformat()
    return [plain(one) for one in value] if isinstance(value, list) else value


def is_valid(text: str) -> bool:
    return bool(VALIDATOR.is_valid(plain(YAML(typ="safe", pure=True).load(text))))


def test_there_are_eleven() -> None:
    found = {path.stem: shipped(path) for path in SHIPPED}
    assert len(found) == 11
    for theme, zones in ZONES.items():
        assert {one.zone for one in found.values() if one.theme == theme} == zones
    assert all(name == one.id for name, one in found.items())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_pilot_is_read_and_fits_the_schema(path: Path) -> None:
    pilot, text = shipped(path), path.read_text(encoding="utf-8")
    assert pilot.title.missing_in(("en", "fr", "nl", "de")) == ()
    assert pilot.questionnaire.id == MAIN[pilot.theme]
    assert pilot.primary in pilot.surveys[0].compared
    assert pilot.design.zone == pilot.zone
    assert pilot.field_work == {}
    assert {remark.severity for remark in pilot.remarks} == {"warning"}
    assert is_valid(text)
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_questionnaire_gets_its_own_stand_in_answers(path: Path) -> None:
    pilot = shipped(path)
    sizes = []
    for survey in pilot.surveys:
        answers = read_pilot_answers(pilot, questionnaire=survey.questionnaire.id)
        assert answers.simulated
        assert answers.questionnaire.id == survey.questionnaire.id
        sizes.append(len(answers) == 2 * survey.expected_people)
    assert all(sizes)


def test_the_schema_beside_the_files_is_the_one_that_the_reader_goes_by() -> None:
    assert json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")) == pilot_schema()


@pytest.mark.parametrize("name", CHANGES)
def test_schema_and_reader_agree(name: str, tmp_path: Path) -> None:
    old, new, right = CHANGES[name]
    assert old in GOOD
    text = GOOD.replace(old, new) if old else GOOD
    (tmp_path / "pilot.yaml").write_text(text, encoding="utf-8")
    assert is_valid(text) == right
    if right:
        read_pilot(tmp_path / "pilot.yaml")
    else:
        with pytest.raises(DesignError, match="cannot be used"):
            read_pilot(tmp_path / "pilot.yaml")
