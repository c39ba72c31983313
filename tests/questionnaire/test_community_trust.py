"""The main questionnaire: complete in four languages, well formed, careful with sensitive questions."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, Equals, items_of
from trustmeter.questionnaire.shelf import load_questionnaire, shelf_folder

FOLDER = shelf_folder() / "community-trust"
TRUST = load_questionnaire("community-trust")
LANGUAGES = ("en", "fr", "nl", "de")
CONSENTS = ("CONSENT", "ORCONSENT")

ITEMS = {
    "trust": "TR01 TR02 TR03- TR04",
    "effectiveness": "EF01 EF02 EF03 EF04",
    "voice": "VO01 VO02 VO03-",
    "neutrality": "NE01 NE02 NE03- NE04",
    "respect": "RE01 RE02- RE03",
    "motives": "MO01 MO02 MO03-",
    "distributive_fairness": "DF01 DF02- DF03 DF04",
    "obligation": "OB01 OB02 OB03-",
    "moral_alignment": "MA01 MA02 MA03-",
    "lawfulness": "LA01 LA02- LA03",
    "cooperation": "CP01 CP02 CP03 CP04",
    "visibility": "VI01 VI02 VI03",
    "accessibility": "AC01 AC02 AC03- AC04",
    "neighbourhood_officer": "NO01 NO02 NO03 NO04-",
    "contact_experience": "CE01 CE02 CE03- CE04 CE05",
}
DIMENSIONS = {
    "procedural_justice": ["voice", "neutrality", "respect", "motives"],
    "legitimacy": ["obligation", "moral_alignment", "lawfulness"],
    "nearness": ["visibility", "accessibility", "neighbourhood_officer"],
}
SHORT_FORM = ["TR01", "TR02", "VO01", "RE03", "NE01", "MO01", "DF01", "DF02", "CP01", "CP04", "AC01", "AC04"]
SCORED_IN_SHORT_FORM = {"trust", "procedural_justice", "distributive_fairness", "cooperation", "accessibility"}

LOCAL_POLICE = {
    "en": r"\b[Ll]ocal police\b",
    "fr": r"\b[Pp]olice locale\b",
    "nl": r"\b[Ll]okale politie\b",
    "de": r"\b[Ll]okalen? Polizei\b",
}
INFORMAL = {"fr": r"\b(tu|ton|ta|tes|toi)\b", "nl": r"\b(je|jij|jou|jouw)\b", "de": r"\b(du|dein|deine|dich|dir)\b"}
NEGATIONS = {"en": r"\bnot\b|n't\b", "fr": r"\bne\b.*\bpas\b|\bn'.*\bpas\b", "nl": r"\bniet\b", "de": r"\bnicht\b"}


def section_of(item: Item) -> Section:
    return next(section for section in TRUST.sections if item in section.items)


def in_scales(questionnaire: Questionnaire = TRUST) -> list[Item]:
    members = {item for scale in questionnaire.scales for item in scale.items}
    return [item for item in questionnaire.items if item.id in members]


def test_nothing_is_wrong_with_the_files() -> None:
    assert check_questionnaire(FOLDER) == []
    assert (TRUST.status, TRUST.languages) == ("adapted", LANGUAGES)


def test_every_text_is_there_in_every_language() -> None:
    texts = [TRUST.title, TRUST.description, TRUST.introduction]
    texts += [section.title for section in TRUST.sections] + [section.text for section in TRUST.sections]
    texts += [item.text for item in TRUST.items] + [scale.name for scale in TRUST.scales]
    texts += [option.text for scale in TRUST.response_scales for option in scale.options]
    texts += [scale.description for scale in TRUST.scales]
    assert [text.missing_in(LANGUAGES) for text in texts if text.missing_in(LANGUAGES)] == []


@pytest.mark.parametrize("name", ITEMS)
def test_the_scales_are_what_was_promised(name: str) -> None:
    scale = TRUST.scale(name)
    assert list(scale.items) == [word.rstrip("-") for word in ITEMS[name].split()]
    assert scale.reversed == {word.rstrip("-") for word in ITEMS[name].split() if word.endswith("-")}
    assert 3 <= len(scale.items) <= 5
    assert scale.min_answered * 2 >= len(scale.items)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_a_parent_has_the_items_of_its_dimensions(name: str) -> None:
    parts = TRUST.dimensions(name)
    assert [part.id for part in parts] == DIMENSIONS[name]
    assert TRUST.scale(name).items == tuple(item for part in parts for item in part.items)
    assert TRUST.scale(name).reversed == frozenset().union(*(part.reversed for part in parts))


def test_there_are_no_other_scales() -> None:
    assert {scale.id for scale in TRUST.scales} == {*ITEMS, *DIMENSIONS}


def test_the_items_of_a_scale_offer_the_same_answers() -> None:
    for name in ITEMS:
        assert len({TRUST.item(item).response_scale.id for item in TRUST.scale(name).items}) == 1, name
    assert {item.response_scale.range for item in in_scales()} == {(1.0, 5.0)}


def test_the_short_form_has_twelve_items_that_all_count_in_a_score() -> None:
    assert [item.id for item in TRUST.items if item.short_form] == SHORT_FORM
    scored = {
        scale.id: set(scale.items) & set(SHORT_FORM)
        for scale in TRUST.scales
        if len(set(scale.items) & set(SHORT_FORM)) >= scale.min_answered
    }
    assert set(scored) == SCORED_IN_SHORT_FORM
    assert set().union(*scored.values()) == set(SHORT_FORM)


@pytest.mark.parametrize("item", [item for item in TRUST.items if item.id not in CONSENTS], ids=lambda item: item.id)
def test_every_question_can_be_left_open(item: Item) -> None:
    kinds = {option.code: option.kind for option in item.response_scale.non_answers}
    assert kinds.get("99") == "refused"
    assert kinds.get("88", "dont_know") == "dont_know"
    assert not item.required
    if item in in_scales():
        assert [option.code for option in item.response_scale.options][-2:] == ["88", "99"]


def test_ids_are_legal_in_every_tool() -> None:
    names = [item.id for item in TRUST.items]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,19}", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)
    codes = [option.code for scale in TRUST.response_scales for option in scale.options]
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,5}", code) for code in codes)


def test_without_consent_nothing_is_asked() -> None:
    assert TRUST.items[0].id == "CONSENT"
    assert TRUST.items[0].required
    for item in TRUST.items[1:]:
        condition = TRUST.condition(item.id)
        conditions = condition.conditions if isinstance(condition, AllOf) else (condition,)
        flat = [part for one in conditions for part in (one.conditions if isinstance(one, AllOf) else (one,))]
        assert Equals("CONSENT", "1") in flat, item.id


def test_only_people_with_contact_are_asked_about_it() -> None:
    routed = [item.id for item in TRUST.items if "CO01" in items_of(TRUST.condition(item.id))]
    assert routed == ["CO02", "CO03", *TRUST.scale("contact_experience").items]
    assert TRUST.item("CO02").show_if == Equals("CO01", "1")
    assert TRUST.condition("CE01") == AllOf((Equals("CONSENT", "1"), Equals("CO01", "1")))
    assert [option.code for option in TRUST.item("CO01").response_scale.substantive] == ["1", "0"]


def test_sensitive_questions_are_optional_and_have_their_own_consent() -> None:
    sensitive = [section for section in TRUST.sections if section.special_category]
    assert [section.id for section in sensitive] == ["origin"]
    for section in sensitive:
        gate, *asked = section.items
        assert section.optional
        assert section.reason
        assert gate.id in CONSENTS
        assert gate.required
        assert all(item.show_if == Equals(gate.id, "1") for item in asked)
        assert not set(section.items) & set(in_scales())


def test_nothing_is_asked_that_names_a_person() -> None:
    assert {scale.type for scale in TRUST.response_scales} == {"ordinal", "nominal"}


@pytest.mark.parametrize("scale", TRUST.response_scales, ids=lambda scale: scale.id)
def test_no_label_means_two_answers_in_any_two_languages(scale: ResponseScale) -> None:
    meant: dict[str, set[str]] = {}
    for option in scale.options:
        for said in (option.code, *option.text.by_language.values()):
            meant.setdefault(said.casefold(), set()).add(option.code)
    assert {label: codes for label, codes in meant.items() if len(codes) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_questions_are_the_same(language: str) -> None:
    said = sorted(item.text.read(language) for item in TRUST.items)
    assert not any(first == second for first, second in pairwise(said))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_local_police_is_named_in_the_same_items(language: str) -> None:
    named = {
        tongue: {item.id for item in TRUST.items if re.search(LOCAL_POLICE[tongue], item.text.read(tongue))}
        for tongue in ("en", language)
    }
    assert named[language] == named["en"]
    assert len(named["en"]) > 40


@pytest.mark.parametrize("language", INFORMAL)
def test_people_are_addressed_formally(language: str) -> None:
    texts = [TRUST.introduction, *(item.text for item in TRUST.items), *(section.text for section in TRUST.sections)]
    assert [text for text in texts if re.search(INFORMAL[language], text.read(language))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_reversed_items_say_the_opposite_without_a_negation(language: str) -> None:
    reversed_items = sorted(set().union(*(scale.reversed for scale in TRUST.scales)))
    said = {name: TRUST.item(name).text.read(language) for name in reversed_items}
    assert {name for name, text in said.items() if re.search(NEGATIONS[language], text)} == set()


def test_scale_items_stand_in_a_section_with_a_stem() -> None:
    assert [item.id for item in in_scales() if not section_of(item).text.has("en")] == []
