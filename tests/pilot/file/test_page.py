"""The page on pilot files: its example is valid, shows every key, and every code is explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trustmeter.pilot.file.form import CONTACTS, MARGINS, PILOT, SURVEY
from trustmeter.pilot.file.reader import read_pilot
from trustmeter.pilot.file.shapes import Form, Names
from trustmeter.questionnaire.document import Place, parse

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "how-to" / "evaluate-a-pilot.md").read_text(encoding="utf-8")
EXAMPLE, MARGINS_EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
SOURCE = ROOT / "src" / "trustmeter" / "pilot"


@pytest.fixture
def tree() -> Mapping[str, Any]:
    found = parse(EXAMPLE, Place("page"), [])
    assert isinstance(found, dict)
    return found


def test_the_example_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "pilot.yaml").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "protocol.yaml").write_text("", encoding="utf-8")
    pilot = read_pilot(tmp_path / "pilot.yaml")
    assert [one.questionnaire.id for one in pilot.surveys] == ["community-trust", "officer-trust"]
    assert pilot.survey("officer-trust").design.linked is False
    assert pilot.survey("officer-trust").columns == {"wave": "when"}
    assert pilot.surveys[0].compared == ("trust", "respect", "cooperation")
    assert {remark.code for remark in pilot.remarks} == {"P-OPEN", "P-MARGINS-ABSENT"}


def test_the_example_of_margins_shows_every_key_and_can_be_used(tmp_path: Path) -> None:
    said = parse(MARGINS_EXAMPLE, Place("page"), [])
    assert isinstance(said, dict)
    assert set(said["margins"]) == set(MARGINS.keys)
    lines = ["id: x", "zone: X", "title: X", "questionnaire: community-trust", "waves: {before: a, after: b}"]
    (tmp_path / "pilot.yaml").write_text("\n".join(lines) + "\n" + MARGINS_EXAMPLE, encoding="utf-8")
    margins = read_pilot(tmp_path / "pilot.yaml").margins
    assert margins is not None
    assert margins.recode == {"sex": {"X": ""}}


def test_the_example_shows_every_key(tree: Mapping[str, Any]) -> None:
    survey_keys = {key for one in tree["questionnaires"] for key in one}
    assert survey_keys == set(SURVEY.keys)
    assert set(tree) == set(PILOT.keys) - (set(SURVEY.keys) - {"design", "columns"}) - {"questionnaire"}
    for key in ("waves", "design", "columns", "information"):
        form = PILOT.keys[key].of
        assert isinstance(form, Form)
        assert set(tree[key]) == set(form.keys), key
    assert set(tree["contacts"]) == set(CONTACTS)
    assert isinstance(PILOT.keys["contacts"].of, Names)


def test_every_code_is_explained() -> None:
    codes = {
        code
        for module in SOURCE.rglob("*.py")
        for code in re.findall(r'"(P-[A-Z-]+)"', module.read_text(encoding="utf-8"))
    }
    assert codes
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
