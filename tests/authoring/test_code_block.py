"""A questionnaire with a link code is a questionnaire like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

import trustmeter as tm
from trustmeter.authoring.writing import write_questionnaire
from trustmeter.errors import DesignError
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.routing import items_of

NAMES = ["community-trust", "community-trust-short", "encounter", "officer-trust", "copmite-partnership"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_read_and_exported_as_any_other(name: str, tmp_path: Path) -> None:
    plain = tm.load_questionnaire(name)
    coded = tm.add_link_code(plain)
    folder = write_questionnaire(coded, tmp_path / name)
    assert [p for p in check_questionnaire(folder) if p.severity == "error"] == []
    assert read_questionnaire(folder) == coded
    assert coded.fingerprint != plain.fingerprint
    assert coded.scales == plain.scales
    assert tm.export_questionnaire(coded, tmp_path / "form.xlsx").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_only_those_who_agreed_are_asked_in_every_language(name: str) -> None:
    coded = tm.add_link_code(tm.load_questionnaire(name))
    for item in coded.sections[-1].items:
        assert items_of(coded.condition(item.id)) == ("CONSENT",)
        assert item.text.missing_in(coded.languages) == ()
        assert "refused" in {option.kind for option in item.response_scale.options}
        assert not item.required


def test_no_name_and_no_date_of_birth_is_asked() -> None:
    items = {item.id: str(item.text) for item in tm.load_questionnaire("link-code").items}
    assert not [
        text
        for text in items.values()
        if "your first name" in text or "your name" in text or "your family name" in text
    ]
    assert "neither the month nor the year" in items["LC05"]


def test_a_code_is_added_once() -> None:
    coded = tm.add_link_code(tm.load_questionnaire("community-trust-short"))
    with pytest.raises(DesignError, match="called once"):
        tm.add_link_code(coded)
    with pytest.raises(DesignError, match="load_questionnaire"):
        tm.add_link_code("community-trust")  # type: ignore[arg-type]
