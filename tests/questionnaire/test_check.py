"""Every mistake that an author can make is found, by its code, at its place, with a cure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.document import read_document
from trustmeter.questionnaire.reader import read_questionnaire

Q, EN, FR = "questionnaire.yaml", "en.yaml", "fr.yaml"

MISTAKES = [
    # file, what stands there, what is planted, code, where the place ends, what the message or cure holds
    (Q, "version: 1.0.0", "verzion: 1.0.0", "Q-KEY-UNKNOWN", "questionnaire.yaml: verzion", "'version'"),
    (Q, "id: good\n", "", "Q-KEY-MISSING", "good/questionnaire.yaml", "'id'"),
    (Q, "id: good\n", "id: Good One\n", "Q-ID-FORM", "id", "small letter"),
    (Q, "version: 1.0.0", "version: 1.0", "Q-VALUE", "version", "1.0.0"),
    (Q, "status: adapted", "status: adopted", "Q-STATUS-UNKNOWN", "status", "'adapted'"),
    (Q, "languages: [en, fr]", "languages: [en, fr, nl]", "Q-LANGUAGE-FILE", "good/nl.yaml", "nl.yaml"),
    (Q, "languages: [en, fr]", "languages: [en]", "Q-LANGUAGE-FILE", "good/fr.yaml", "'fr'"),
    (Q, "languages: [en, fr]", "languages: [en, fr, fr]", "Q-LANGUAGE", "languages", "twice"),
    (Q, "languages: [en, fr]", "languages: [en, French]", "Q-LANGUAGE", "languages.#2", "pt-BR"),
    (Q, "base_language: en", "base_language: de", "Q-LANGUAGE", "languages", "'de'"),
    (Q, "id: agree5", "id: Agree", "Q-ID-FORM", "response_scales.Agree.id", "small letter"),
    (Q, "  - id: words\n", "  - id: freq\n", "Q-ID-DUPLICATE", "response_scales.freq", "twice"),
    (Q, "type: ordinal", "type: ordnal", "Q-TYPE-UNKNOWN", "agree5.type", "'ordinal'"),
    (Q, "kind: dont_know", "kind: dontknow", "Q-KIND-UNKNOWN", "agree5.options.88.kind", "'dont_know'"),
    (Q, "{code: 88, kind", "{code: don't know, kind", "Q-CODE-FORM", "agree5.don't know", "letters or digits"),
    (Q, "{code: 88, kind", "{code: -8, kind", "Q-CODE-FORM", "agree5.-8", "published"),
    (Q, "{code: 2}", "{code: 1}", "Q-CODE-DUPLICATE", "agree5.1", "'1'"),
    (Q, "{code: 2}", "{code: 01, value: 2}", "Q-CODE-DUPLICATE", "agree5.01", "'1'"),
    (Q, "{code: B, value: 10}", "{code: a, value: 10}", "Q-CODE-DUPLICATE", "freq.a", "'A'"),
    (Q, "{code: A, value: 0}", "{code: A}", "Q-OPTIONS", "freq.A", "`value:`"),
    (Q, "{code: A, value: 0}", "{code: A, value: none}", "Q-VALUE", "freq.options.A.value", "number"),
    (Q, "      - {code: yes}\n      - {code: no}\n", "      - {code: yes, kind: blank}\n", "Q-OPTIONS", "yesno", "1 "),
    (Q, "kind: dont_know", "kind: dont_know, value: 3", "Q-OPTIONS", "agree5.88", "`kind`"),
    (Q, "{code: 2}", "{code: 9}", "Q-VALUE-ORDER", "agree5", "order"),
    (Q, "minimum: 16", "minimum: 160", "Q-RANGE", "age_years", "below"),
    (Q, "{code: 999,", "{code: 99,", "Q-RANGE", "age_years.99", "real answer"),
    (Q, "{code: 999, kind: refused}", "{code: 999}", "Q-OPTIONS", "age_years.999", "`kind:`"),
    (Q, "    type: text\n", "    type: text\n    minimum: 1\n", "Q-RANGE", "words", "no range"),
    (Q, "id: TR01,", "id: 1TR,", "Q-ID-FORM", "items.1TR.id", "a letter"),
    (Q, "id: TR02,", "id: tr01,", "Q-ID-DUPLICATE", "sections.trust.items.tr01", "capitals"),
    (Q, "id: AGE,", "id: Simulated,", "Q-ID-FORM", "origin.items.Simulated", "made up"),
    (Q, "TR01, response_scale: agree5", "TR01, response_scale: agre", "Q-RESPONSE-SCALE-UNKNOWN", "TR01", "'agree5'"),
    (Q, "TR01, response_scale: agree5", "TR01", "Q-KEY-MISSING", "items.TR01", "'response_scale'"),
    (Q, "form: yes}\n      - {id: TR02", "form: maybe}\n      - {id: TR02", "Q-VALUE", "TR01.short_form", "yes or no"),
    (Q, "eq: [CONSENT, yes]", "eq: [CONSNT, yes]", "Q-ROUTE-UNKNOWN-ITEM", "sections.trust.show_if", "'CONSENT'"),
    (Q, "eq: [CONSENT, yes]", "eq: [CONSENT, 1]", "Q-ROUTE-UNKNOWN-CODE", "sections.trust.show_if", "yes, no"),
    (Q, "in: [CO01, [A, B]]", "in: [CO01, [A, C]]", "Q-ROUTE-UNKNOWN-CODE", "items.CO02.show_if", "'C'"),
    (Q, "eq: [CONSENT, yes]", "eq: [AGE, 999]", "Q-ROUTE-FORWARD", "sections.trust.show_if", "earlier"),
    (Q, "eq: [CONSENT, yes]", "eq: [TR01, 1]", "Q-ROUTE-FORWARD", "sections.trust.show_if", "earlier"),
    (Q, "in: [CO01, [A, B]]", "in: [CO02, [A]]", "Q-ROUTE-FORWARD", "items.CO02.show_if", "earlier"),
    (Q, "{eq: [CONSENT, yes]}", "CONSENT = yes", "Q-CONDITION", "sections.trust.show_if", "{eq:"),
    (Q, "{eq: [CONSENT, yes]}", "{not: {xor: [1, 2]}}", "Q-CONDITION", "show_if.not", "'xor'"),
    (Q, "{eq: [CONSENT, yes]}", "{and: [{eq: [CONSENT]}]}", "Q-CONDITION", "show_if.and.#1.eq", "`eq`"),
    (Q, "    reason: To compare groups.\n", "", "Q-SPECIAL-CATEGORY", "sections.origin", "`reason:`"),
    (Q, "    optional: yes\n", "", "Q-SPECIAL-CATEGORY", "sections.origin", "`optional: yes`"),
    (Q, "  - id: effect\n", "  - id: Fair\n", "Q-ID-DUPLICATE", "scales.Fair", "'fair'"),
    (Q, "  - id: effect\n", "  - id: wave\n", "Q-ID-FORM", "scales.wave", "column"),
    (Q, "items: [TR01, TR02]", "items: [TR01, TR2, TR02]", "Q-SCALE-UNKNOWN-ITEM", "fair.items.TR2", "'TR02'"),
    (Q, "items: [TR03]", "items: [CONSENT]", "Q-SCALE-TYPE", "effect.items.CONSENT", "nominal"),
    (Q, "items: [TR03]", "items: [CO02]", "Q-SCALE-TYPE", "effect.items.CO02", "text"),
    (Q, "items: [TR03]", "items: [TR03, CO01]", "Q-SCALE-RANGE", "scales.effect", "0 to 10, 1 to 5"),
    (Q, "items: [TR03]", "items: [TR03, TR03]", "Q-ID-DUPLICATE", "effect.items.TR03", "twice"),
    (Q, "reversed: [TR02]", "reversed: [TR03]", "Q-REVERSED-NOT-IN-SCALE", "fair.reversed.TR03", "not in the scale"),
    (Q, "min_answered: 2", "min_answered: 3", "Q-MIN-ANSWERED", "fair.min_answered", "1 to 2"),
    (Q, "min_answered: 2", "min_answered: 0", "Q-MIN-ANSWERED", "fair.min_answered", "1 to 2"),
    (Q, "min_answered: 2", "min_answered: half", "Q-MIN-ANSWERED", "fair.min_answered", "whole number"),
    (Q, "min_answered: 2\n    parent: trust", "parent: trst", "Q-PARENT", "fair.parent", "'trust'"),
    (Q, "  - id: trust\n  - id: f", "  - id: trust\n    parent: fair\n  - id: f", "Q-PARENT", "fair.parent", "circle"),
    (Q, "    items: [TR03]\n", "", "Q-KEY-MISSING", "scales.effect", "no items"),
    (Q, "form: yes}\n      - {id: TR03", "form: no}\n      - {id: TR03", "Q-SHORT-FORM", "scales.trust", "short form"),
    (Q, "sections:\n", "sections: none\nold:\n", "Q-VALUE", "sections", "list"),
    (Q, "source: Ours", "source: [Ours]", "Q-VALUE", "source", "quotes"),
    (Q, "source: Ours", "source: Ours: all of it", "Q-YAML", "line 7", "quotes"),
    (Q, "licence: CC-BY-4.0", "id: again", "Q-KEY-DUPLICATE", "id", "line 6"),
    (Q, "source: Ours", "source: &a Ours", "Q-YAML", "source", "anchor"),
    (Q, "source: Ours", "source: !secret Ours", "Q-YAML", "source", "tag"),
    (FR, "  TR01: Elle est juste.\n", "", "Q-TEXT-MISSING", "good/fr.yaml: items.TR01", "'fr'"),
    (FR, "TR01: Elle est juste.", "TR01:", "Q-TEXT-MISSING", "items.TR01", "'fr'"),
    (FR, "introduction: Bonjour.\n", "", "Q-TEXT-MISSING", "fr.yaml: introduction", "'fr'"),
    (FR, ", 5: Tout à fait", "", "Q-TEXT-MISSING", "response_scales.agree5.5", "'fr'"),
    (FR, "1: Pas du tout,", "1: Pas du tout, 2: Non,", "Q-TEXT-MISSING", "en.yaml: response_scales.agree5.2", "'en'"),
    (EN, "  trust: {name: Trust}\n", "", "Q-TEXT-MISSING", "en.yaml: scales.trust.name", "'en'"),
    (FR, "  TR01: Elle", "  TR1: Elle", "Q-TEXT-EXTRA", "fr.yaml: items.TR1", "'TR01'"),
    (FR, "88: Ne", "77: Ne", "Q-TEXT-EXTRA", "response_scales.agree5.77", "remove"),
    (FR, "  freq: {A", "  often: {A", "Q-TEXT-EXTRA", "response_scales.often.A", "'often'"),
    (FR, "B: Toujours", "B: jamais", "Q-TEXT-DUPLICATE", "freq.B", "'A'"),
    (FR, "88: Ne sait pas", "88: 5", "Q-TEXT-DUPLICATE", "agree5.88", "'5'"),
    (FR, "title: Bon\n", "titre: Bon\n", "Q-KEY-UNKNOWN", "fr.yaml: titre", "'title'"),
    (FR, "  AGE: Quel âge avez-vous ?", '  AGE: "Quel âge', "Q-YAML", "fr.yaml: line 14", "quote"),
    (FR, "  AGE: Quel", "\tAGE: Quel", "Q-YAML", "fr.yaml: line 1", "indent"),
]  # fmt: skip


def plant(folder: Path, file: str, there: str, planted: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert there in text
    (folder / file).write_text(text.replace(there, planted, 1), encoding="utf-8")


def test_nothing_is_wrong_with_a_good_one(good: Path, single: Path) -> None:
    assert check_questionnaire(good) == []
    assert check_questionnaire(good / "questionnaire.yaml") == []
    assert check_questionnaire(single) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake[3])
def test_a_mistake_is_found(good: Path, mistake: tuple[str, ...]) -> None:
    file, there, planted, code, place, said = mistake
    plant(good, file, there, planted)
    found = check_questionnaire(good)
    fitting = [p for p in found if p.code == code and place in p.where and said in f"{p.message} {p.hint}"]
    assert fitting, "\n".join(map(str, found))
    assert all(problem.hint for problem in found)
    assert fitting[0].severity == ("warning" if code == "Q-SHORT-FORM" else "error")


def test_mistakes_in_all_files_are_found_at_once(good: Path) -> None:
    plant(good, Q, "reversed: [TR02]", "reversed: [TR09]")
    plant(good, EN, "  TR01: They are fair.\n", "")
    plant(good, FR, "title: Bon", "title: Bon: oui")
    (good / "SOURCE.md").unlink()
    found = {problem.code: problem.where for problem in check_questionnaire(good)}
    assert found == {
        "Q-REVERSED-NOT-IN-SCALE": "good/questionnaire.yaml: scales.fair.reversed.TR09",
        "Q-TEXT-MISSING": "good/en.yaml: items.TR01",
        "Q-YAML": "good/fr.yaml: line 1",
        "Q-SOURCE": "good/SOURCE.md",
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("status: adapted\nstatement: Little is known.\n", None),
        ("status: piloted\nstatement: Little is known.\n", "Q-EVIDENCE"),
        ("status: adapted\n", "Q-KEY-MISSING"),
        ("status: adapted\nstatement: x\nrecords: [{property: beauty, source: x, rating: sufficient}]\n", "Q-EVIDENCE"),
    ],
)
def test_evidence_agrees_with_the_status(good: Path, text: str, code: str | None) -> None:
    (good / "evidence.yaml").write_text(text, encoding="utf-8")
    assert [problem.code for problem in check_questionnaire(good)] == ([code] if code else [])


def test_a_status_that_claims_much_needs_evidence(good: Path) -> None:
    plant(good, Q, "status: adapted", "status: validated")
    assert [problem.code for problem in check_questionnaire(good)] == ["Q-EVIDENCE"]


def test_a_single_file_may_lack_texts_and_says_so(single: Path) -> None:
    single.write_text(single.read_text(encoding="utf-8").split("texts:")[0], encoding="utf-8")
    found = check_questionnaire(single)
    assert {(problem.code, problem.severity) for problem in found} == {("Q-TEXT-MISSING", "warning")}


def test_a_single_file_holds_one_language(single: Path) -> None:
    plant(single.parent, single.name, "[en]", "[en, fr]")
    (found,) = check_questionnaire(single)
    assert (found.code, found.where) == ("Q-LANGUAGE-FILE", "good.yaml")
    assert "folder" in found.hint


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nothing-here", None),
        ("answers.csv", b"id\n1\n"),
        ("latin.yaml", "title: é".encode("latin-1")),
        ("list.yaml", b"- a\n"),
    ],
)
def test_what_is_no_questionnaire_is_said_to_be_none(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    found = check_questionnaire(tmp_path / name)
    assert found
    assert {problem.code for problem in found} <= {"Q-FOLDER", "Q-YAML", "Q-VALUE"}


def test_a_folder_without_structure(tmp_path: Path) -> None:
    (found,) = check_questionnaire(tmp_path)
    assert found.code == "Q-FOLDER"


def test_texts_in_two_places_are_refused(good: Path) -> None:
    structure = good / Q
    structure.write_text(structure.read_text(encoding="utf-8") + "texts: {title: Good}\n", encoding="utf-8")
    assert "Q-LANGUAGE-FILE" in {problem.code for problem in check_questionnaire(good)}


def test_negative_codes_are_for_published_files_only(good: Path) -> None:
    for file in (Q, EN, FR):
        plant(good, file, "88", "-99")
    assert {problem.code for problem in check_questionnaire(good)} == {"Q-CODE-FORM"}
    plant(good, Q, "status: adapted", "status: published")
    assert check_questionnaire(good) == []


def test_every_code_is_explained_and_every_explained_code_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    sources = (root / "src" / "trustmeter" / "questionnaire").glob("*.py")
    used = {code for path in sources for code in re.findall(r'"(Q-[A-Z-]+)"', path.read_text(encoding="utf-8"))}
    page = (root / "docs" / "how-to" / "write-a-questionnaire.md").read_text(encoding="utf-8")
    assert used == set(re.findall(r"`(Q-[A-Z-]+)`", page))


ODD = st.sampled_from(
    ["", "~", "x", "1", "-1", [], ["x"], [[]], {}, {"x": "y"}, [{}], {"id": "x"}, [{"id": "TR01"}], "TR01"]
)


def damage(tree: Any, draw: Callable[[Any], Any]) -> Any:
    """Return the tree with one place, drawn at random, removed or replaced."""
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree))) if isinstance(tree, list) else []
    if not keys or draw(st.integers(0, 4)) == 0:
        return draw(ODD)
    key = draw(st.sampled_from(keys))
    changed = dict(tree) if isinstance(tree, dict) else list(tree)
    if draw(st.integers(0, 9)) == 0:
        del changed[key]
    else:
        changed[key] = damage(tree[key], draw)
    return changed


def test_no_damage_makes_the_checker_fail_or_the_reader_stumble(good: Path) -> None:
    trees = {file: dict(read_document(good / file)) for file in (Q, FR)}

    @settings(max_examples=50, deadline=None)
    @given(data=st.data(), file=st.sampled_from([Q, Q, FR]))
    def damaged(data: st.DataObject, file: str) -> None:
        for name, tree in trees.items():
            text = json.dumps(damage(tree, data.draw) if name == file else tree)
            (good / name).write_text(text, encoding="utf-8")
        errors = [problem for problem in check_questionnaire(good) if problem.severity == "error"]
        if errors:
            with pytest.raises(QuestionnaireError):
                read_questionnaire(good)
        else:
            assert read_questionnaire(good).items

    damaged()
