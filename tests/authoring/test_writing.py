"""Writing a questionnaire and reading it back changes nothing."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.authoring.writing import as_yaml, write_questionnaire
from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.document import Place, parse
from trustmeter.questionnaire.evidence import Evidence, Finding
from trustmeter.questionnaire.grammar import PROPERTIES, RATINGS
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Scale, Section
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.shelf import load_questionnaire, shelf_folder
from trustmeter.questionnaire.text import Text

ON_THE_SHELF = sorted(path.parent.name for path in shelf_folder().glob("*/questionnaire.yaml"))


@pytest.mark.parametrize("name", ON_THE_SHELF)
def test_the_shelf_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    found = load_questionnaire(name)
    again = read_questionnaire(write_questionnaire(found, tmp_path / name))
    assert again == found
    assert again.fingerprint == found.fingerprint


def test_a_single_file_without_texts_comes_back_as_it_was(tmp_path: Path) -> None:
    lines = [
        "id: bare", "status: draft", "languages: [nl]",
        "response_scales:", "  - {id: s, type: ordinal, options: [{code: 1}, {code: 2}, {code: 3}]}",
        "sections:", "  - {id: a, items: [{id: Q1, response_scale: s}, {id: Q2, response_scale: s}]}",
        "scales:", "  - {id: one, items: [Q1, Q2]}",
    ]  # fmt: skip
    (tmp_path / "bare.yaml").write_text("\n".join(lines), encoding="utf-8")
    found = read_questionnaire(tmp_path / "bare.yaml")
    assert read_questionnaire(write_questionnaire(found, tmp_path / "bare")) == found


def test_a_folder_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    target = write_questionnaire(load_questionnaire("encounter"), tmp_path / "encounter")
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    with pytest.raises(QuestionnaireError, match="already holds a questionnaire"):
        write_questionnaire(load_questionnaire("oecd-trust"), target)
    assert before == {path.name: path.read_bytes() for path in target.iterdir()}
    (tmp_path / "file").write_text("")
    with pytest.raises(QuestionnaireError, match="cannot be written"):
        write_questionnaire(load_questionnaire("oecd-trust"), tmp_path / "file" / "oecd")


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
anything = st.text(characters, max_size=30)
words = anything.map(str.strip).filter(lambda text: text not in {"", "~", "null"})  # YAML's ways of writing nothing


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(words, st.one_of(anything, st.lists(anything, max_size=3)), max_size=4))
def test_any_text_survives_yaml(tree: dict[str, object]) -> None:
    problems: list[object] = []
    back = parse(as_yaml(tree), Place("f.yaml"), problems)  # type: ignore[arg-type]
    assert problems == []
    assert back == (tree or "")


def conditions(items: list[str]) -> st.SearchStrategy[Condition]:
    leaf: st.SearchStrategy[Condition] = st.one_of(
        st.builds(Equals, st.sampled_from(items), st.sampled_from(["1", "2"])),
        st.builds(
            IsIn, st.sampled_from(items), st.lists(st.sampled_from(["1", "2"]), min_size=1, max_size=2).map(tuple)
        ),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        ),
        max_leaves=4,
    )


findings = st.builds(
    Finding, property=st.sampled_from(PROPERTIES), rating=st.sampled_from(RATINGS), source=words, statistic=anything.map(str.strip),
    value=st.sampled_from(["", "0.81"]), interval=st.sampled_from([(), ("0.7", "0.9")]), n=st.one_of(st.none(), st.integers(0, 9999)),
    languages=st.sampled_from([(), ("en",), ("en", "xx")]), modes=st.sampled_from([(), ("web",), ("web", "paper")]),
)  # fmt: skip


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    def text(*, needed: bool = False) -> Text:
        english = draw(words) if needed else draw(anything).strip()
        other = draw(words) if english else ""
        return Text({tag: said for tag, said in (("en", english), ("xx", other)) if said}, base="en")

    labels = draw(st.lists(words, min_size=4, max_size=4, unique_by=lambda word: " ".join(word.casefold().split())))
    labels = [f"{label} ({place})" for place, label in enumerate(labels, start=10)]
    options = tuple(
        Option(code, Text({"en": label, "xx": label + "'"}, base="en"), kind, value)
        for code, label, kind, value in zip(
            ("1", "2", "B", "99"),
            labels,
            (None, None, None, "refused"),
            (1.0, draw(st.sampled_from([2.0, 2.5])), 7.25, None),
            strict=True,
        )
    )
    agree = ResponseScale("agree", "ordinal", options)
    first = Item("A1", text(needed=True), agree, required=draw(st.booleans()))
    asked = [first.id]
    rest = []
    for name in ("A2", "A3", "A4"):
        show = draw(st.one_of(st.none(), conditions(asked)))
        rest.append(Item(name, text(needed=True), agree, show_if=show, short_form=True))
        asked.append(name)
    special = draw(st.booleans())
    sections = (
        Section("one", text(needed=True), text(), (first,)),
        Section("two", text(needed=True), text(), tuple(rest), show_if=draw(st.one_of(st.none(), conditions(["A1"]))),
                optional=special, special_category=special, reason=draw(words) if special else ""),
    )  # fmt: skip
    turned = draw(st.sets(st.sampled_from(["A2", "A3", "A4"])))
    scales = (
        Scale(
            "whole",
            text(needed=True),
            ("A2", "A3", "A4"),
            frozenset(turned),
            draw(st.integers(1, 3)),
            description=text(),
        ),
        Scale(
            "part",
            text(needed=True),
            ("A2", "A3"),
            frozenset(turned) & {"A2", "A3"},
            1,
            parent="whole",
            description=text(),
        ),
    )
    known = Evidence(draw(words), tuple(draw(st.lists(findings, max_size=3))))
    return Questionnaire(
        "drawn", "1.2.3", "draft", "en", ("en", "xx"), text(needed=True), text(), text(), sections, scales, (agree,),
        licence=draw(anything).strip(), source=draw(anything).strip(), evidence=known,
        unfinished=Text({"xx": draw(words)} if draw(st.booleans()) else {}, base="en"),
    )  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(questionnaires())
def test_any_questionnaire_comes_back_as_it_was(drawn: Questionnaire) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = write_questionnaire(drawn, Path(folder) / "drawn")
        assert [problem for problem in check_questionnaire(target) if problem.severity == "error"] == []
        again = read_questionnaire(target)
        assert replace(again, fingerprint="") == drawn
        assert read_questionnaire(write_questionnaire(again, Path(folder) / "again")) == again
