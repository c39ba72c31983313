"""What stands in the files is what the questionnaire says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.document import read_document
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.routing import AllOf, Equals, IsIn

ROOT = Path(__file__).resolve().parents[2]
FILES = ("questionnaire.yaml", "en.yaml", "fr.yaml")


@pytest.fixture
def read(good: Path) -> Questionnaire:
    return read_questionnaire(good)


def test_the_frame(read: Questionnaire) -> None:
    assert (read.id, read.version, read.status, read.licence, read.source) == (
        "good",
        "1.0.0",
        "adapted",
        "CC-BY-4.0",
        "Ours",
    )
    assert (read.base_language, read.languages) == ("en", ("en", "fr"))
    assert [item.id for item in read.items] == ["CONSENT", "TR01", "TR02", "TR03", "CO01", "CO02", "AGE"]
    assert [section.id for section in read.sections if section.special_category and section.optional] == ["origin"]
    assert [item.id for item in read.items if item.short_form] == ["TR01", "TR02"]
    assert [item.id for item in read.items if item.required] == ["CONSENT"]


def test_every_text_is_there_in_every_language(read: Questionnaire) -> None:
    assert (read.title.read("en"), read.title.read("fr")) == ("Good", "Bon")
    assert read.item("TR01").text.read("fr") == "Elle est juste."
    assert read.sections[1].text.read("fr") == "Ici, la police"
    assert read.sections[0].text.read("fr") == ""
    assert read.scale("fair").name.read("fr") == "Équité"
    texts = [item.text for item in read.items] + [scale.name for scale in read.scales]
    assert [text.missing_in(read.languages) for text in texts] == [()] * len(texts)


def test_options_keep_their_codes_kinds_and_values(read: Questionnaire) -> None:
    yes_no, agree, frequency, age, words = read.response_scales
    assert [(option.code, option.text.read("fr"), option.value) for option in yes_no.options] == [
        ("yes", "Oui", None),
        ("no", "Non", None),
    ]
    assert [(option.code, option.kind, option.value) for option in agree.options] == [
        *((str(code), None, float(code)) for code in range(1, 6)),
        ("88", "dont_know", None),
    ]
    assert [option.value for option in frequency.options] == [0.0, 10.0]
    assert (age.range, [option.value for option in age.options]) == ((16.0, 110.0), [None])
    assert (words.type, words.options) == ("text", ())


def test_numbers_between_the_ends_stand_for_themselves(read: Questionnaire) -> None:
    agree = read.item("TR01").response_scale
    assert [option.text.read("fr") for option in agree.substantive] == ["Pas du tout", "2", "3", "4", "Tout à fait"]


def test_routing_is_read(read: Questionnaire) -> None:
    assert read.condition("TR01") == Equals("CONSENT", "yes")
    assert read.condition("CO02") == AllOf((Equals("CONSENT", "yes"), IsIn("CO01", ("A", "B"))))
    assert read.condition("CONSENT") is None


def test_a_parent_gathers_what_its_dimensions_hold(read: Questionnaire) -> None:
    trust = read.scale("trust")
    assert (trust.items, trust.reversed, trust.min_answered) == (("TR01", "TR02", "TR03"), frozenset({"TR02"}), 2)
    assert [scale.id for scale in read.dimensions("trust")] == ["fair", "effect"]


def test_a_single_file_and_a_folder_say_the_same(good: Path, single: Path) -> None:
    (good / "fr.yaml").unlink()
    structure = good / "questionnaire.yaml"
    structure.write_text(structure.read_text(encoding="utf-8").replace("[en, fr]", "[en]"), encoding="utf-8")
    assert read_questionnaire(single) == read_questionnaire(good)


def test_without_texts_ids_and_codes_stand_for_them(single: Path) -> None:
    single.write_text(single.read_text(encoding="utf-8").split("texts:")[0], encoding="utf-8")
    read = read_questionnaire(single)
    assert (str(read.title), str(read.item("TR01").text), str(read.scale("fair").name)) == ("good", "TR01", "fair")
    assert [str(option.text) for option in read.item("CONSENT").response_scale.options] == ["yes", "no"]


def test_all_errors_are_raised_at_once(good: Path) -> None:
    for file, there, planted in [("questionnaire.yaml", "[TR03]", "[TR9]"), ("fr.yaml", "title: Bon\n", "")]:
        path = good / file
        path.write_text(path.read_text(encoding="utf-8").replace(there, planted), encoding="utf-8")
    with pytest.raises(QuestionnaireError, match="'good' cannot be used: 2 things must be mended") as caught:
        read_questionnaire(good)
    assert [problem.code for problem in caught.value.problems] == ["Q-SCALE-UNKNOWN-ITEM", "Q-TEXT-MISSING"]
    assert "items.TR9" in str(caught.value)


def shuffled(tree: Any, random: Any) -> Any:
    """Return the same mappings with their keys in another order; lists as they are."""
    if isinstance(tree, list):
        return [shuffled(member, random) for member in tree]
    if isinstance(tree, dict):
        keys = list(tree)
        random.shuffle(keys)
        return {key: shuffled(tree[key], random) for key in keys}
    return tree


def test_the_fingerprint_does_not_hang_on_layout(good: Path) -> None:
    before = read_questionnaire(good)
    trees = {file: dict(read_document(good / file)) for file in FILES}

    @settings(max_examples=15, deadline=None)
    @given(random=st.randoms(use_true_random=False), width=st.integers(20, 200))
    def rewritten(random: Any, width: int) -> None:
        writer = YAML()
        writer.width = width
        for file, tree in trees.items():
            with (good / file).open("w", encoding="utf-8") as stream:
                writer.dump(shuffled(tree, random), stream)
        assert read_questionnaire(good) == before

    rewritten()
    assert re.fullmatch("[0-9a-f]{12}", before.fingerprint)


@pytest.mark.parametrize(
    ("there", "planted", "same"),
    [
        ("Elle est juste.", "Elle est équitable.", False),
        ("88", "77", False),
        ("reversed: [TR02]", "reversed: []", False),
        ("[A, B]", "[B]", False),
        ("Elle est juste.", "Elle   est\n    juste.", True),
        ("version: 1.0.0", "version: 1.0.1", True),
        ("minimum: 16", "minimum: 16.0", True),
    ],
)
def test_the_fingerprint_hangs_on_words_and_codes(good: Path, there: str, planted: str, same: bool) -> None:
    before = read_questionnaire(good).fingerprint
    texts = {file: (good / file).read_text(encoding="utf-8") for file in FILES}
    assert any(there in text for text in texts.values())
    for file, text in texts.items():
        (good / file).write_text(text.replace(there, planted), encoding="utf-8")
    assert (read_questionnaire(good).fingerprint == before) is same


def test_the_how_to_page_shows_a_questionnaire_without_a_fault(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "write-a-questionnaire.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    path = tmp_path / "residents.yaml"
    path.write_text(block, encoding="utf-8")
    assert check_questionnaire(path) == []
    read = read_questionnaire(path)
    assert {scale.id: len(scale.items) for scale in read.scales} == {
        "procedural_justice": 4,
        "legitimacy": 3,
        "effectiveness": 2,
    }
    assert all(
        option.code == "-99" for item in read.items for option in item.response_scale.non_answers if option.code != "0"
    )
