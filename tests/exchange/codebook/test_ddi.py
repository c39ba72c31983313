"""DDI-Codebook: every word, code and non-answer of every questionnaire, read by a reader of its own, and valid."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from trustmeter.errors import DesignError
from trustmeter.exchange.codebook.ddi import VERSIONS, ddi_codebook
from trustmeter.exchange.registry import export_questionnaire
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


ONCE_IN_2_5 = {
    "varGrpType": ("defntn", "universe"),
    "varType": ("imputation", "security", "embargo", "respUnit", "anlysUnit", "TotlResp"),
    "useStmtType": ("conditions", "restrctn", "citReq", "deposReq", "disclaimer"),
}
"""What version 2.5 holds once and 2.6 several times, by its published documentation of each type."""


@cache
def schema(version: str = "2.6") -> Any:
    """Return the schema; for 2.5, where it is not at hand, that of 2.6 under the other name and as strict as 2.5 is."""
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed.")
    own, file = (SCHEMAS / f"ddi-codebook-{number}" / "codebook.xsd" for number in (version, "2.6"))
    if own.is_file():
        return etree, etree.XMLSchema(etree.parse(str(own)))
    if not file.is_file():
        pytest.skip("The schema of DDI-Codebook 2.6 is not on this machine; set TRUSTMETER_SCHEMAS to its folder.")
    told = file.read_bytes().replace(b"ddi:codebook:2_6", b"ddi:codebook:2_5").replace(b'fixed="2.6"', b'fixed="2.5"')
    tree = etree.fromstring(told, base_url=str(file))
    xs = "{http://www.w3.org/2001/XMLSchema}"
    for kind, names in ONCE_IN_2_5.items():
        for element in tree.find(f"{xs}complexType[@name='{kind}']").iter(f"{xs}element"):
            if element.get("ref") in names:
                element.attrib.pop("maxOccurs", None)
    return etree, etree.XMLSchema(tree)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_file_is_valid(version: str, questionnaire: Questionnaire) -> None:
    etree, rules = schema(version)
    document = etree.fromstring(ddi_codebook(questionnaire, questionnaire.languages, version))
    assert rules.validate(document), list(rules.error_log)


def test_version_2_5_would_not_take_2_6(tiny: Questionnaire) -> None:
    described = replace(tiny, scales=(replace(tiny.scales[0], description=tiny.title), *tiny.scales[1:]))
    etree, rules = schema("2.5")
    newer = ddi_codebook(described, described.languages)
    assert not rules.validate(etree.fromstring(newer))
    renamed = newer.replace(b"codebook:2_6", b"codebook:2_5").replace(b'version="2.6"', b'version="2.5"')
    assert not rules.validate(etree.fromstring(renamed))
    older = ddi_codebook(described, described.languages, "2.5")
    assert rules.validate(etree.fromstring(older))
    words = [one.text for one in etree.fromstring(older).iter("{ddi:codebook:2_5}txt")]
    assert {"Tiny", "Minuscule"} <= set(words)


def test_the_version_is_asked_for_by_a_setting(tiny: Questionnaire, tmp_path: Path) -> None:
    def written(name: str, **settings: str) -> bytes:
        return export_questionnaire(tiny, tmp_path / name, tool="codebook", settings=settings).read_bytes()

    assert b'xmlns="ddi:codebook:2_5" version="2.5"' in written("a.xml", ddi="2.5")
    assert written("a.xml", ddi="2.6") == written("a.xml") == ddi_codebook(tiny, tiny.languages)
    with pytest.raises(DesignError, match=r"must be one of '2.6', '2.5'. Got '3.3'"):
        written("b.xml", ddi="3.3")
    with pytest.raises(DesignError, match=r"ends in '.xml'. Got 'b.csv'"):
        written("b.csv", ddi="2.5")
    assert not list(tmp_path.glob("b.*"))


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
