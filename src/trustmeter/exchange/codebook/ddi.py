"""DDI-Codebook 2.6 or 2.5: the XML that data archives take. All languages, one variable an item."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from trustmeter.exchange.codebook.entry import Entry, entries_of, figure, full_version
from trustmeter.exchange.codebook.wording import asked_if, phrases
from trustmeter.questionnaire.model import Option, Questionnaire, ResponseScale
from trustmeter.questionnaire.text import Text

VERSIONS = ("2.6", "2.5")
"""The versions of DDI-Codebook that can be written, the usual one first."""

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NATURE = {"ordinal": "ordinal", "nominal": "nominal", "number": "ratio"}


def ddi_codebook(questionnaire: Questionnaire, languages: Sequence[str], version: str = VERSIONS[0]) -> bytes:
    """Return the codebook as XML. The same questionnaire gives the same bytes: it bears no date.

    Version 2.5 has another namespace, and holds one definition of a scale: there its description stands as text (`txt`), of
    which there may be one a language.
    """
    first = languages[0]
    namespace = f"ddi:codebook:{version.replace('.', '_')}"
    root = Element("codeBook", {"xmlns": namespace, "version": version, "ID": "codebook", _LANGUAGE: first})
    document = SubElement(root, "docDscr")
    _citation(document, questionnaire, languages)
    study = SubElement(root, "stdyDscr")
    citation = _citation(study, questionnaire, languages)
    if questionnaire.source:
        SubElement(citation, "biblCit").text = questionnaire.source
    info = SubElement(study, "stdyInfo")
    for text in (questionnaire.description, questionnaire.introduction):
        _said(info, "abstract", text, languages)
    if questionnaire.licence:
        use = SubElement(SubElement(study, "dataAccs"), "useStmt")
        SubElement(use, "conditions").text = questionnaire.licence
    data = SubElement(root, "dataDscr")
    _groups(data, questionnaire, languages, defined="txt" if version == "2.5" else "defntn")
    for entry in entries_of(questionnaire):
        _variable(data, entry, questionnaire, languages)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _citation(parent: Element, questionnaire: Questionnaire, languages: Sequence[str]) -> Element:
    citation = SubElement(parent, "citation")
    title = SubElement(citation, "titlStmt")
    first = languages[0]
    name = SubElement(title, "titl", {_LANGUAGE: first})
    name.text = questionnaire.title.read(first) or questionnaire.id
    for language in languages[1:]:
        if questionnaire.title.has(language):
            SubElement(title, "parTitl", {_LANGUAGE: language}).text = questionnaire.title.read(language)
    SubElement(title, "IDNo").text = questionnaire.id
    version = SubElement(SubElement(citation, "verStmt"), "version")
    version.text = full_version(questionnaire)
    return citation


def _groups(data: Element, questionnaire: Questionnaire, languages: Sequence[str], *, defined: str) -> None:
    """Add the sections and the scales, each with its variables."""
    for section in questionnaire.sections:
        listed = " ".join(_variable_id(item.id) for item in section.items)
        group = SubElement(data, "varGrp", {"ID": f"section_{section.id}", "type": "section", "name": section.id})
        if listed:
            group.set("var", listed)
        _said(group, "labl", section.title, languages)
        _said(group, "txt", section.text, languages)
    for scale in questionnaire.scales:
        listed = " ".join(_variable_id(item) for item in scale.items)
        facts = {"ID": f"scale_{scale.id}", "type": "subject", "name": scale.id, "var": listed}
        below = " ".join(f"scale_{dimension.id}" for dimension in questionnaire.dimensions(scale.id))
        group = SubElement(data, "varGrp", facts | ({"varGrp": below} if below else {}))
        _said(group, "labl", scale.name, languages)
        _said(group, defined, scale.description, languages)


def _variable(data: Element, entry: Entry, questionnaire: Questionnaire, languages: Sequence[str]) -> None:
    item, answers = entry.item, entry.item.response_scale
    facts = {
        "ID": _variable_id(item.id),
        "name": item.id,
        "intrvl": "contin" if answers.type == "number" else "discrete",
    }
    if answers.type in _NATURE:
        facts["nature"] = _NATURE[answers.type]
    facts["representationType"] = {"number": "numeric", "text": "text"}.get(answers.type, "code")
    variable = SubElement(data, "var", facts)
    _said(variable, "labl", item.text, languages)
    if entry.section.special_category:
        SubElement(variable, "security").text = phrases(languages[0])["special"].format(reason=entry.section.reason)
    _questions(variable, entry, languages)
    _ranges(variable, answers)
    for language in languages:
        if told := asked_if(questionnaire, item.id, language):
            SubElement(variable, "universe", {_LANGUAGE: language}).text = told
    for option in answers.options:
        _category(variable, option, languages)
    for scale in entry.turned:
        for language in languages:
            words = phrases(language)["turned"].format(scale=scale.name.read(language) or scale.id)
            SubElement(variable, "codInstr", {_LANGUAGE: language}).text = words
    for scale in entry.scales:
        _said(variable, "concept", scale.name, languages)
    kind = "numeric" if answers.numeric_codes else "character"
    SubElement(variable, "varFormat", {"type": kind})


def _questions(variable: Element, entry: Entry, languages: Sequence[str]) -> None:
    for language in languages:
        if entry.item.text.has(language):
            asked = SubElement(variable, "qstn", {_LANGUAGE: language, "seqNo": str(entry.number)})
            if entry.section.text.has(language):
                SubElement(asked, "preQTxt").text = entry.section.text.read(language)
            SubElement(asked, "qstnLit").text = entry.item.text.read(language)


def _ranges(variable: Element, answers: ResponseScale) -> None:
    if answers.minimum is not None and answers.maximum is not None:
        whole = float(answers.minimum).is_integer() and float(answers.maximum).is_integer()
        limits = {"min": figure(answers.minimum), "max": figure(answers.maximum)}
        SubElement(SubElement(variable, "valrng"), "range", {"UNITS": "INT" if whole else "REAL", **limits})
    if answers.non_answers:
        none = SubElement(variable, "invalrng")
        for option in answers.non_answers:
            SubElement(none, "item", {"VALUE": option.code})


def _category(variable: Element, option: Option, languages: Sequence[str]) -> None:
    facts = {} if option.kind is None else {"missing": "Y", "missType": option.kind}
    category = SubElement(variable, "catgry", facts)
    SubElement(category, "catValu").text = option.code
    _said(category, "labl", option.text, languages)


def _said(parent: Element, name: str, text: Text, languages: Sequence[str]) -> None:
    for language in languages:
        if text.has(language):
            SubElement(parent, name, {_LANGUAGE: language}).text = text.read(language)


def _variable_id(item_id: str) -> str:
    return f"item_{item_id}"
