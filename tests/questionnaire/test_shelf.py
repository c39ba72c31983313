"""What ships is without a fault, and what does not ship is named."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.routing import items_of
from trustmeter.questionnaire.shelf import demo_file, list_questionnaires, load_questionnaire, shelf_folder

ON_THE_SHELF = sorted(path.parent.name for path in shelf_folder().glob("*/questionnaire.yaml"))
ESS = "ess5-trust-in-justice"


@pytest.mark.parametrize("name", ON_THE_SHELF)
def test_what_ships_is_without_a_fault(name: str) -> None:
    assert check_questionnaire(shelf_folder() / name) == []
    found = load_questionnaire(name)
    assert found.id == name
    assert (shelf_folder() / name / "evidence.yaml").is_file()
    assert found.licence
    assert found.source


@pytest.mark.parametrize("name", ON_THE_SHELF)
def test_what_ships_speaks_four_languages(name: str) -> None:
    found = load_questionnaire(name)
    assert set(found.languages) >= {"en", "fr", "nl", "de"}
    for text in [found.title, *(item.text for item in found.items), *(scale.name for scale in found.scales)]:
        assert text.missing_in(found.languages) == ()


def test_the_list_has_one_row_each() -> None:
    listed = list_questionnaires()
    assert list(listed.columns) == ["id", "version", "status", "standing", "languages", "title", "items", "scales"]
    assert list(listed["id"]) == ON_THE_SHELF
    row = listed.set_index("id").loc[ESS]
    assert (row["status"], row["languages"], row["items"], row["scales"]) == ("published", "en fr nl de", 54, 4)


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(QuestionnaireError, match="Did you mean 'ess5-trust-in-justice'") as caught:
        load_questionnaire("ess5-trust-justice")
    assert "must be one of" in str(caught.value)


def test_a_path_is_loaded_as_a_name_is(good: Path, single: Path) -> None:
    assert load_questionnaire(good).id == load_questionnaire(str(single)).id == "good"
    assert load_questionnaire(shelf_folder() / ESS) == load_questionnaire(ESS)


def test_the_demo_stands_with_its_questionnaire() -> None:
    assert demo_file().parent.name == "community-trust"


SCALES = {
    "effectiveness": (["plcpvcr", "plccbrg", "plcarcr"], (0.0, 10.0), False),
    "procedural_fairness": (["plcrspc", "plcfrdc", "plcexdc"], (1.0, 4.0), False),
    "obligation": (["bplcdc", "doplcsy", "dpcstrb"], (0.0, 10.0), False),
    "moral_alignment": (["plcrgwr", "plcipvl", "gsupplc"], (1.0, 5.0), True),
}


@pytest.mark.parametrize("name", SCALES)
def test_the_scales_of_the_european_social_survey(name: str) -> None:
    ess = load_questionnaire(ESS)
    items, limits, is_reversed = SCALES[name]
    scale = ess.scale(name)
    assert list(scale.items) == items
    assert scale.reversed == (frozenset(items) if is_reversed else frozenset())
    assert {ess.item(item).response_scale.range for item in items} == {limits}


@pytest.mark.parametrize(("item", "code"), [("plcarcr", "55"), ("plcexdc", "5"), ("plcstf", "6")])
def test_codes_that_are_no_answer_are_never_scored(item: str, code: str) -> None:
    (option,) = [option for option in load_questionnaire(ESS).item(item).response_scale.options if option.code == code]
    assert (option.kind, option.value) == ("not_applicable", None)


def test_every_code_of_the_published_file_is_known(real_data: Path) -> None:
    ess = load_questionnaire(ESS)
    with gzip.open(real_data / "ess5_russia_half" / "ess5_ru_half.csv.gz", "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    unknown = {}
    for item in ess.items:
        scale = item.response_scale
        codes = {option.code for option in scale.options}
        said = {row[item.id] for row in rows} - codes - {""}
        if scale.type == "number" and scale.range is not None:
            low, high = scale.range
            said = {text for text in said if not low <= float(text) <= high}
        if said:
            unknown[item.id] = said
    assert unknown == {}


def test_the_codes_agree_with_the_published_codebook(real_data: Path) -> None:
    ess = load_questionnaire(ESS)
    with (real_data / "ess5_russia_half" / "codebook.csv").open(encoding="utf-8") as stream:
        book = {row["variable"]: row["values"] for row in csv.DictReader(stream)}
    kinds = {"Refusal": "refused", "Don't know": "dont_know", "No answer": "blank", "Not available": "blank"}
    for item in ess.items:
        labelled = dict(pair.split("=", 1) for pair in book[item.id].split("; "))
        offered = {option.code: option for option in item.response_scale.options}
        assert list(offered) == list(labelled), item.id
        for code, label in labelled.items():
            if label in kinds:
                assert offered[code].kind == kinds[label], item.id
            else:
                assert offered[code].kind in {None, "not_applicable"}, item.id


OURS = [name for name in ON_THE_SHELF if load_questionnaire(name).status == "adapted"]
SMALL = {"encounter", "community-trust-short"}
"""Two minutes after a contact, and the form of twelve items: two items a scale."""


def test_every_theme_has_its_instruments() -> None:
    assert set(OURS) == {
        "community-trust",
        "community-trust-short",
        "officer-trust",
        "complaint-access",
        "complaint-experience",
        "inclusion-retention",
        "copmite-partnership",
        "encounter",
    }


@pytest.mark.parametrize("name", OURS)
def test_nobody_is_asked_without_consent_and_everything_can_be_left_open(name: str) -> None:
    found = load_questionnaire(name)
    first, *others = found.items
    assert (first.id, first.required) == ("CONSENT", True)
    for item in others:
        assert "CONSENT" in items_of(found.condition(item.id)), item.id
        if not item.required:
            assert "refused" in {option.kind for option in item.response_scale.options}, item.id
    for section in found.sections:
        if section.special_category:
            assert section.optional
            assert section.reason
            assert section.items[0].required


@pytest.mark.parametrize("name", OURS)
def test_scales_have_the_promised_size_and_a_short_form_that_is_scored(name: str) -> None:
    found = load_questionnaire(name)
    short = {item.id for item in found.items if item.short_form}
    assert bool(short) is (name != "community-trust-short")
    for scale in found.scales:
        if not found.dimensions(scale.id):
            assert (2 if name in SMALL else 3) <= len(scale.items) <= 5, scale.id
            assert len({found.item(item).response_scale.range for item in scale.items}) == 1
    scored = [scale.id for scale in found.scales if len(short & set(scale.items)) >= scale.min_answered]
    assert scored or name == "community-trust-short"


@pytest.mark.parametrize("name", OURS)
def test_sources_say_how_long_it_takes_and_how_hard_it_reads(name: str) -> None:
    page = (shelf_folder() / name / "SOURCE.md").read_text(encoding="utf-8").lower()
    for said in ("time", "reading level", "not done yet"):
        assert said in page
