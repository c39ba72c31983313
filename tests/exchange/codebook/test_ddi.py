"""DDI-Codebook: every word, code and non-answer of every questionnaire, read by a reader of its own, and valid."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from trustmeter.exchange.codebook.ddi import ddi_codebook
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

loaded = cache(load_questionnaire)
DDI = "{ddi:codebook:2_6}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NAMES = ("tiny", "awkward", *list_questionnaires()["id"])
SCHEMAS = Path(os.environ.get("TRUSTMETER_SCHEMAS", Path(__file__).resolve().parents[4] / "shared" / "schemas"))


@pytest.fixture(params=NAMES)
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    """Return each questionnaire in turn."""
    return request.getfixturevalue(request.param) if request.param in NAMES[:2] else loaded(request.param)


@cache
def schema() -> Any:
    file = SCHEMAS / "ddi-codebook-2.6" / "codebook.xsd"
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed.")
    if not file.is_file():
        pytest.skip("The schema of DDI-Codebook 2.6 is not on this machine; set TRUSTMETER_SCHEMAS to its folder.")
    return etree, etree.XMLSchema(etree.parse(str(file)))


def test_the_file_is_valid(questionnaire: Questionnaire) -> None:
    etree, rules = schema()
    document = etree.fromstring(ddi_codebook(questionnaire, questionnaire.languages))
    assert rules.validate(document), list(rules.error_log)


def test_the_schema_would_notice(tiny: Questionnaire) -> None:
    etree, rules = schema()
    content = ddi_codebook(tiny, tiny.languages)
    for sound, broken in (
        (b"catValu>", b"value>"),
        (b'type="section"', b'type="part"'),
        (b'version="2.6"', b'version="2.5"'),
    ):
        assert not rules.validate(etree.fromstring(content.replace(sound, broken))), broken


def test_references_lead_to_something(questionnaire: Questionnaire) -> None:
    root = ElementTree.fromstring(ddi_codebook(questionnaire, questionnaire.languages))
    ids = [element.attrib["ID"] for element in root.iter() if "ID" in element.attrib]
    assert len(set(ids)) == len(ids)
    for group in root.iter(f"{DDI}varGrp"):
        listed = group.get("var", "").split() + group.get("varGrp", "").split()
        assert listed
        assert set(listed) <= set(ids)


def said(element: ElementTree.Element, name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in element.findall(DDI + name):
        found.setdefault(one.attrib[LANGUAGE], []).append(one.text or "")
    return found


def test_every_word_and_code_is_in_the_file(questionnaire: Questionnaire) -> None:
    root = ElementTree.fromstring(ddi_codebook(questionnaire, questionnaire.languages))
    variables = root.findall(f"{DDI}dataDscr/{DDI}var")
    assert [one.attrib["name"] for one in variables] == [item.id for item in questionnaire.items]
    sections = [section for section in questionnaire.sections for _ in section.items]
    for variable, item, section in zip(variables, questionnaire.items, sections, strict=True):
        for language in questionnaire.languages:
            if item.text.has(language):
                assert said(variable, "labl")[language] == [item.text.read(language)]
        asked = {one.attrib[LANGUAGE]: one for one in variable.findall(f"{DDI}qstn")}
        assert set(asked) == {language for language in questionnaire.languages if item.text.has(language)}
        for language, question in asked.items():
            assert question.findtext(f"{DDI}qstnLit") == item.text.read(language)
            assert (question.findtext(f"{DDI}preQTxt") or "").strip() == section.text.by_language.get(
                language, ""
            ).strip()
        categories = variable.findall(f"{DDI}catgry")
        for category, option in zip(categories, item.response_scale.options, strict=True):
            assert category.findtext(f"{DDI}catValu") == option.code
            assert (category.get("missing") == "Y") == (option.kind is not None)
            assert said(category, "labl") == {
                language: [option.text.read(language)]
                for language in questionnaire.languages
                if option.text.has(language)
            }
        none = [one.attrib["VALUE"] for one in variable.findall(f"{DDI}invalrng/{DDI}item")]
        assert none == [option.code for option in item.response_scale.non_answers]
        first = questionnaire.languages[0]
        measured = [scale.name.read(first) for scale in questionnaire.scales if item.id in scale.items]
        assert said(variable, "concept").get(first, []) == measured
        assert bool(said(variable, "universe")) == (questionnaire.condition(item.id) is not None)


def test_routing_is_told_in_words(tiny: Questionnaire) -> None:
    root = ElementTree.fromstring(ddi_codebook(tiny, ["fr", "en"]))
    variable = root.find(f"{DDI}dataDscr/{DDI}var[@name='FA1']")
    assert variable is not None
    told = said(variable, "universe")
    assert told["en"] == ["Asked if CONSENT is “Yes” (1)."]
    assert told["fr"] == ["Posée si CONSENT vaut «\u00a0Oui\u00a0» (1)."]


def test_the_first_language_comes_first_and_bytes_repeat(tiny: Questionnaire) -> None:
    content = ddi_codebook(tiny, ["fr", "en"])
    assert content == ddi_codebook(tiny, ["fr", "en"])
    assert ElementTree.fromstring(content).findtext(f".//{DDI}titl") == "Minuscule"
