"""Thirty mistakes that people make while editing, planted in copies of real files: each is named with file, place and cure."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from trustmeter.authoring.advice import advise
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.shelf import keep_version, shelf_folder

Q, EN, FR, NL, DE, AR, EV = "questionnaire.yaml", "en.yaml", "fr.yaml", "nl.yaml", "de.yaml", "ar.yaml", "evidence.yaml"

Mistake = tuple[str, str, str, str, str, str]
"""Questionnaire, file, what stands there, what is written instead, the code expected, and a part of the place."""

MISTAKES: dict[str, Mistake] = {
    "a key misspelt": ("officer-trust", Q, "response_scales:", "response_scale:", "Q-KEY-UNKNOWN", "response_scale"),
    "a status that is no word": ("encounter", Q, "status: adapted", "status: adopted", "Q-STATUS-UNKNOWN", "status"),
    "a version of two numbers": ("encounter", Q, "version: 1.0.0", "version: 1.0", "Q-VALUE", "version"),
    "a language without a file": (
        "encounter",
        Q,
        "[en, fr, nl, de, ar]",
        "[en, fr, nl, de, ar, tr]",
        "Q-LANGUAGE-FILE",
        "tr.yaml",
    ),
    "a language that is not listed": (
        "encounter",
        Q,
        "[en, fr, nl, de, ar]",
        "[en, fr, nl, ar]",
        "Q-LANGUAGE-FILE",
        "de.yaml",
    ),
    "an unfinished language that is none": ("encounter", Q, "{ar:", "{tr:", "Q-LANGUAGE", "unfinished_languages.tr"),
    "an item id with a blank": ("encounter", Q, "{id: RS01,", "{id: RS 01,", "Q-ID-FORM", "RS 01"),
    "an item twice": ("encounter", Q, "{id: VC01,", "{id: RS01,", "Q-ID-DUPLICATE", "RS01"),
    "a code too long": (
        "encounter",
        Q,
        "{code: 77, kind: not_applicable}",
        "{code: 777777, kind: not_applicable}",
        "Q-CODE-FORM",
        "777777",
    ),
    "a kind misspelt": (
        "encounter",
        Q,
        "{code: 77, kind: not_applicable}",
        "{code: 77, kind: not_aplicable}",
        "Q-KIND-UNKNOWN",
        "77",
    ),
    "a response scale misspelt": (
        "encounter",
        Q,
        "{id: CT01, response_scale: initiator}",
        "{id: CT01, response_scale: iniciator}",
        "Q-RESPONSE-SCALE-UNKNOWN",
        "CT01",
    ),
    "a type that is none": (
        "encounter",
        Q,
        "  - id: initiator\n    type: nominal",
        "  - id: initiator\n    type: choice",
        "Q-TYPE-UNKNOWN",
        "initiator",
    ),
    "a condition on an item that is not there": (
        "encounter",
        Q,
        "  - id: contact\n    show_if: {eq: [CONSENT, 1]}",
        "  - id: contact\n    show_if: {eq: [CONSNET, 1]}",
        "Q-ROUTE-UNKNOWN-ITEM",
        "contact",
    ),
    "a condition on a code that is not there": (
        "encounter",
        Q,
        "  - id: contact\n    show_if: {eq: [CONSENT, 1]}",
        "  - id: contact\n    show_if: {eq: [CONSENT, yes]}",
        "Q-ROUTE-UNKNOWN-CODE",
        "contact",
    ),
    "a condition on a later item": (
        "encounter",
        Q,
        "  - id: contact\n    show_if: {eq: [CONSENT, 1]}",
        "  - id: contact\n    show_if: {eq: [RS01, 1]}",
        "Q-ROUTE-FORWARD",
        "contact",
    ),
    "a condition in another form": (
        "encounter",
        Q,
        "  - id: contact\n    show_if: {eq: [CONSENT, 1]}",
        "  - id: contact\n    show_if: CONSENT == 1",
        "Q-CONDITION",
        "contact",
    ),
    "a scale with an item that is not there": (
        "encounter",
        Q,
        "items: [RS01, RS02]",
        "items: [RS01, RS03]",
        "Q-SCALE-UNKNOWN-ITEM",
        "respect",
    ),
    "a scale with a question that has no order": (
        "encounter",
        Q,
        "items: [RS01, RS02]",
        "items: [RS01, RS02, CT01]",
        "Q-SCALE-TYPE",
        "respect",
    ),
    "an item reversed that is not in the scale": (
        "encounter",
        Q,
        "reversed: [RS02]",
        "reversed: [NT02]",
        "Q-REVERSED-NOT-IN-SCALE",
        "respect",
    ),
    "more answers needed than there are items": (
        "encounter",
        Q,
        "items: [RS01, RS02]\n    reversed: [RS02]\n    min_answered: 2",
        "items: [RS01, RS02]\n    reversed: [RS02]\n    min_answered: 5",
        "Q-MIN-ANSWERED",
        "respect",
    ),
    "a parent misspelt": (
        "encounter",
        Q,
        "items: [MT01, MT02]\n    min_answered: 2\n    parent: procedural_justice",
        "items: [MT01, MT02]\n    min_answered: 2\n    parent: procedural_justise",
        "Q-PARENT",
        "motives",
    ),
    "a sensitive section without a reason": (
        "inclusion-retention",
        Q,
        "    reason:",
        "    raison:",
        "Q-SPECIAL-CATEGORY",
        "origin",
    ),
    "a translation that misses a text": ("officer-trust", NL, "  TP01:", "  TP99:", "Q-TEXT-MISSING", "items.TP01"),
    "a text that belongs to nothing": ("officer-trust", NL, "  TP01:", "  TP1:", "Q-TEXT-EXTRA", "items.TP1"),
    "two answers in the same words": (
        "copmite-partnership",
        FR,
        '5: "Tout à fait d\'accord"',
        '5: "D\'accord"',
        "Q-TEXT-DUPLICATE",
        "fr.yaml",
    ),
    "a colon without quotes": (
        "officer-trust",
        EN,
        'title: "The police and the people of the zone"',
        "title: The police: the zone",
        "Q-YAML",
        "en.yaml: line 1",
    ),
    "a key twice": ("officer-trust", EN, "  TP02:", "  TP01:", "Q-KEY-DUPLICATE", "TP01"),
    "evidence that says another status": (
        "encounter",
        EV,
        "status: adapted",
        "status: piloted",
        "Q-EVIDENCE",
        "evidence.yaml: status",
    ),
    "a rating that is none": (
        "afrobarometer-trust",
        EV,
        "rating: indeterminate",
        "rating: excellent",
        "Q-EVIDENCE",
        "rating",
    ),
    "a number of people in words": ("afrobarometer-trust", EV, "n: 16385", "n: many", "Q-EVIDENCE", "n"),
    "evidence in a language that is not asked": (
        "encounter",
        EV,
        "language: nl",
        "language: pl",
        "Q-EVIDENCE",
        "language",
    ),
    "an interval with one end": ("afrobarometer-trust", EV, "[0.886, 0.892]", "[0.886]", "Q-EVIDENCE", "interval"),
}

ADVICE: dict[str, Mistake] = {
    "an item that asks two things": (
        "officer-trust",
        EN,
        "I trust the people who live in our zone.",
        "I trust the people and officers and leaders of our zone.",
        "A-DOUBLE",
        "en.yaml: items.TP01",
    ),
    "an item that is too long": (
        "officer-trust",
        EN,
        "I trust the people who live in our zone.",
        "I trust " + "very " * 30 + "much.",
        "A-LONG",
        "TP01",
    ),
    "the same words twice": (
        "officer-trust",
        EN,
        "Most people in our zone are honest when they talk to the police.",
        "I trust the people who live in our zone.",
        "A-DUPLICATE",
        "en.yaml",
    ),
    "a text that was copied and not translated": (
        "officer-trust",
        NL,
        "  TP01: ",
        '  TP01: "I trust the people who live in our zone." # ',
        "A-UNTRANSLATED",
        "nl.yaml: items.TP01",
    ),
    "a scale of one item": (
        "encounter",
        Q,
        "items: [MT01, MT02]\n    min_answered: 2",
        "items: [MT01]\n    min_answered: 1",
        "A-ONE-ITEM",
        "motives",
    ),
    "a scale whose items all point one way": (
        "officer-trust",
        Q,
        "reversed: [TP03]",
        "reversed: []",
        "A-KEYS",
        "trust_in_public",
    ),
}


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[Mistake], Path]:
    """Return a maker of copies with one mistake."""

    def plant(mistake: Mistake) -> Path:
        name, file, stands, written, _, _ = mistake
        folder = tmp_path / name
        shutil.copytree(shelf_folder() / name, folder)
        text = (folder / file).read_text(encoding="utf-8")
        assert stands in text, f"{name}/{file} no longer holds {stands!r}"
        (folder / file).write_text(text.replace(stands, written, 1), encoding="utf-8")
        return folder

    return plant


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_with_file_place_and_cure(case: str, planted: Callable[[Mistake], Path]) -> None:
    name, file, _, _, code, place = MISTAKES[case]
    found = check_questionnaire(planted(MISTAKES[case]))
    (problem, *_) = [problem for problem in found if problem.code == code and place in problem.where] or [None]
    assert problem is not None, [str(one) for one in found]
    assert problem.where.startswith(f"{name}/")
    assert file in problem.where or code == "Q-LANGUAGE-FILE"
    assert problem.message
    assert problem.hint


def test_there_are_thirty_of_them_and_more() -> None:
    assert len(MISTAKES) >= 30


@pytest.mark.parametrize("case", ADVICE)
def test_a_slip_of_wording_is_advised_on(case: str, planted: Callable[[Mistake], Path]) -> None:
    _, _, _, _, code, place = ADVICE[case]
    found = advise(read_questionnaire(planted(ADVICE[case])))
    assert any(problem.code == code and place in problem.where and problem.hint for problem in found), [
        str(one) for one in found
    ]
    assert {problem.severity for problem in found} == {"warning"}


def test_a_changed_wording_without_a_new_version_is_noticed(planted: Callable[[Mistake], Path]) -> None:
    folder = planted(("encounter", EN, "The police spoke politely to me.", "The police spoke politely to me.", "", ""))
    (folder / "versions.txt").unlink()
    line = keep_version(folder)
    assert line.startswith("1.0.0 ")
    assert keep_version(folder) == ""
    assert check_questionnaire(folder) == []
    text = (folder / EN).read_text(encoding="utf-8")
    (folder / EN).write_text(text.replace("spoke politely to me", "were polite to me"), encoding="utf-8")
    (problem,) = check_questionnaire(folder)
    assert (problem.code, problem.where, problem.severity) == ("Q-VERSION", "encounter/versions.txt", "warning")
    with pytest.raises(ValueError, match="kept with another wording"):
        keep_version(folder)
    structure = (folder / Q).read_text(encoding="utf-8")
    (folder / Q).write_text(structure.replace("version: 1.0.0", "version: 1.1.0"), encoding="utf-8")
    assert check_questionnaire(folder) == []
    assert keep_version(folder).startswith("1.1.0 ")
