"""Cards: what is read, and everything that can be wrong, each with its code and place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import trustmeter as tm
from trustmeter.pilot.evaluation.result_file import PilotRecord, ScaleRecord, save_record
from trustmeter.toolbox.draft import new_card
from trustmeter.toolbox.model import CARD_LANGUAGES, KINDS
from trustmeter.toolbox.reader import examine_cards

ROOT = Path(__file__).resolve().parents[2]
METHOD = "kind: design\nzone: any"
PRACTICE = "kind: practice\ntheme: proximity\nzone: Elsewhere"

FAULTS: dict[str, tuple[str, str, str, str]] = {
    "no YAML": ("theme: proximity", "theme: a: b", "T-YAML", "walks.yaml"),
    "a key twice": ("theme: proximity", "theme: proximity\ntheme: complaints", "T-KEY-DUPLICATE", "theme"),
    "a key misspelt": ("licence:", "license:", "T-KEY-UNKNOWN", "license"),
    "a key missing": ("licence: CC-BY-4.0\n", "", "T-KEY-MISSING", "walks.yaml"),
    "another name than the file": ("id: walks", "id: strolls", "T-ID", "id"),
    "the name of a page": ("id: walks", "id: index", "T-ID", "id"),
    "a name with a capital": ("id: walks", "id: Walks", "T-ID-FORM", "id"),
    "a kind misspelt": ("kind: practice", "kind: practise", "T-VALUE", "kind"),
    "a theme misspelt": ("theme: proximity", "theme: proximty", "T-THEME", "theme"),
    "one theme of a list misspelt": ("theme: proximity", "theme: [proximity, complaint]", "T-THEME", "theme"),
    "a theme that is a mapping": ("theme: proximity", "theme: {one: two}", "T-VALUE", "theme"),
    "a practice of no zone": ("zone: Elsewhere", "zone: any", "T-ZONE", "zone"),
    "a design of a zone": ("kind: practice", "kind: design", "T-ZONE", "zone"),
    "a design with a result": (PRACTICE, "kind: design\ntheme: any", "T-EVIDENCE", "evidence"),
    "a design that does not say what it shows": (PRACTICE, "kind: design\ntheme: any", "T-KEY-MISSING", "text.en"),
    "an instrument without a name": (PRACTICE, "kind: instrument\ntheme: any", "T-KEY-MISSING", "walks.yaml"),
    "a questionnaire misspelt": ("zone: E", "instrument: comunity-trust\nzone: E", "T-INSTRUMENT", "instrument"),
    "a reference for reading": ("zone: E", "instrument: oecd-trust\nzone: E", "T-INSTRUMENT", "instrument"),
    "a plan without a change": ("zone: E", "plan: {linked: yes}\nzone: E", "T-KEY-MISSING", "plan"),
    "a plan without people": (
        "zone: E",
        "plan: {linked: yes, areas: 4, smallest_effect: 5}\nzone: E",
        "T-PLAN",
        "plan",
    ),
    "one area against one": (
        "zone: E",
        "plan: {linked: yes, areas: 1, people: 50, smallest_effect: 5}\nzone: E",
        "T-PLAN",
        "plan",
    ),
    "a lot without areas": (
        "zone: E",
        "plan: {linked: yes, smallest_effect: 5, randomized: yes}\nzone: E",
        "T-PLAN",
        "plan",
    ),
    "hours in words": ("hours: 120", "hours: many", "T-VALUE", "cost.hours"),
    "a sum of money": ("money: under_1000", "money: 950", "T-VALUE", "cost.money"),
    "a strength by hand": ("zone: E", "strength: high\nzone: E", "T-STRENGTH", "strength"),
    "a verdict by hand": ("zone: E", "verdict: increase\nzone: E", "T-STRENGTH", "verdict"),
    "an effect in a text": (
        '    needs: ["Two',
        '    effect: "+5 points"\n    needs: ["Two',
        "T-STRENGTH",
        "text.en.effect",
    ),
    "words as evidence": ("[walks.json]", "[very strong]", "T-STRENGTH", "evidence.#1"),
    "evidence that is no list": ("[walks.json]", "walks.json", "T-EVIDENCE", "evidence"),
    "a file twice": ("[walks.json]", "[walks.json, walks.json]", "T-EVIDENCE-TWICE", "evidence.#2"),
    "a file that is not there": ("[walks.json]", "[other.json]", "T-EVIDENCE-MISSING", "evidence.#1"),
    "an unknown language": ("  fr:", "  it:", "T-LANGUAGE", "text.it"),
    "a text missing": (
        '    problem: "Habitants et policiers ne se connaissent pas."\n',
        "",
        "T-KEY-MISSING",
        "text.fr",
    ),
    "steps that are no list": ('steps: ["Invite.", "Walk."]', "steps: Invite", "T-VALUE", "text.en.steps"),
    "no steps": ('steps: ["Invite.", "Walk."]', "steps: []", "T-KEY-MISSING", "text.en"),
    "still to be written": ('"Two hours"', '"…"', "T-UNWRITTEN", "text.en.needs"),
    "a zone still to be named": ("zone: Elsewhere", 'zone: "…"', "T-UNWRITTEN", "zone"),
    "fewer steps in one language": ('["Inviter.", "Marcher."]', '["Inviter."]', "T-UNEVEN", "text.steps"),
    "a person's address": ("diversity@zone", "an.example@zone", "T-PERSON", "text.en.contact"),
    "an address in a step": ('"Walk."', '"Write to jane@zone.example."', "T-PERSON", "text.en.steps.#2"),
    "a telephone number": ('"Rain"', '"Call 0470 12 34 56"', "T-PERSON", "text.en.pitfalls.#1"),
    "a number from abroad": ('"Rain"', '"+32 (0)2 123 45 67"', "T-PERSON", "text.en.pitfalls.#1"),
    "a person": ("La personne responsable", "Mme Exemple, responsable", "T-PERSON", "text.fr.contact"),
    "a guide that is not there": ("zone: E", "guide: none.md\nzone: E", "T-GUIDE", "guide"),
    "a guide of another kind": ("zone: E", "guide: walks.json\nzone: E", "T-GUIDE", "guide"),
    "a boast without a result": (
        'evidence: [walks.json]\ntext:\n  en:\n    title: "Walks together"',
        'evidence: []\ntext:\n  en:\n    title: "Proven walks"',
        "T-BOAST",
        "text.en.title",
    ),
}


def codes(folder: Path) -> set[str]:
    return {problem.code for problem in examine_cards(folder).problems}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_code_place_and_cure(name: str, cards: Path, good_card: str) -> None:
    there, planted, code, where = FAULTS[name]
    assert good_card.count(there) >= 1
    (cards / "walks.yaml").write_text(good_card.replace(there, planted, 1), encoding="utf-8")
    found = [problem for problem in examine_cards(cards).problems if problem.code == code]
    assert found, examine_cards(cards).problems
    assert any(where in problem.where for problem in found), found
    assert all(problem.hint and problem.message for problem in found)
    stops = any(problem.severity == "error" for problem in found)
    if stops:
        with pytest.raises(tm.DesignError, match=code):
            tm.read_cards(cards)
    else:
        assert len(tm.read_cards(cards)) == 1


def test_all_problems_of_all_files_come_at_once(cards: Path, good_card: str) -> None:
    (cards / "walks.yaml").write_text(
        good_card.replace("kind: practice", "kind: practise").replace("proximity", "proximty"), encoding="utf-8"
    )
    (cards / "other.yaml").write_text("id: other\n", encoding="utf-8")
    (cards / "third.yml").write_text("id: third\n", encoding="utf-8")
    with pytest.raises(tm.DesignError) as caught:
        tm.read_cards(cards)
    assert {"T-VALUE", "T-THEME", "T-KEY-MISSING", "T-FILE"} <= {problem.code for problem in caught.value.problems}
    assert "Did you mean 'practice'?" in str(caught.value)
    assert "Did you mean 'proximity'?" in str(caught.value)


def test_a_person_is_not_repeated_in_the_message(cards: Path, good_card: str) -> None:
    (cards / "walks.yaml").write_text(good_card.replace("diversity@zone", "an.example@zone"), encoding="utf-8")
    assert "an.example" not in str(examine_cards(cards).problems)


@pytest.mark.parametrize(
    "harmless",
    [
        "from 2022-2023 to 2024-2025",
        "on 01/02/2023 and 03/04/2023",
        "1 000 000 euro",
        "the mailbox wijkwerking.5345@zone.example",
    ],
)
def test_years_dates_and_shared_mailboxes_are_no_persons(harmless: str, cards: Path, good_card: str) -> None:
    (cards / "walks.yaml").write_text(good_card.replace('"Rain"', f'"{harmless}"'), encoding="utf-8")
    assert "T-PERSON" not in codes(cards)


def test_a_good_card_is_read(cards: Path) -> None:
    (card,) = tm.read_cards(cards)
    assert (card.id, card.kind, card.themes, card.zone, card.hours, card.money) == (
        "walks", "practice", ("proximity",), "Elsewhere", 120, "under_1000",
    )  # fmt: skip
    assert (card.language_for("fr"), card.language_for("de")) == ("fr", "en")
    assert card.strength == "moderate"
    assert not card.simulated
    assert tm.read_cards(cards / "walks.yaml") == (card,)


def test_yaml_words_stay_words(cards: Path, good_card: str) -> None:
    (cards / "walks.yaml").write_text(
        good_card.replace('"Two hours"', "no").replace("Elsewhere", "01"), encoding="utf-8"
    )
    (card,) = tm.read_cards(cards)
    assert (card.zone, card.texts["en"].needs) == ("01", ("no",))


def test_a_changed_result_file_is_refused(cards: Path) -> None:
    file = cards / "walks.json"
    tree = json.loads(file.read_text(encoding="utf-8"))
    tree["questionnaires"][0]["scales"][0]["strength"] = "high"
    file.write_text(json.dumps(tree), encoding="utf-8")
    assert codes(cards) == {"T-EVIDENCE-UNREADABLE"}
    file.write_text("no json", encoding="utf-8")
    assert codes(cards) == {"T-EVIDENCE-UNREADABLE"}


def test_strength_is_that_of_the_scale_declared_to_count_else_of_the_weakest(
    cards: Path, make_record: Callable[..., PilotRecord], make_scale: Callable[..., ScaleRecord]
) -> None:
    def strength(*scales: ScaleRecord, simulated: bool = False) -> str:
        save_record(make_record(*scales, simulated=simulated), cards / "walks.json")
        (card,) = tm.read_cards(cards)
        return card.strength

    lucky, poor = make_scale("lucky", strength="high"), make_scale("poor", strength="very_low")
    declared = make_scale("declared", strength="low", primary=True)
    assert strength(lucky, poor) == "very_low"
    assert strength(lucky, poor, declared) == "low"
    assert strength(lucky, make_scale("hidden", strength="none")) == "none"
    assert strength(lucky, simulated=True) == "none"


def test_no_cards_and_no_folder_are_refused(tmp_path: Path) -> None:
    for wrong in (tmp_path / "nowhere", tmp_path, 3):
        with pytest.raises(tm.DesignError):
            tm.read_cards(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_card_lacks_nothing_but_words(kind: str, tmp_path: Path) -> None:
    file = new_card(tmp_path / "mine.yaml", kind=kind)
    expected = {"T-UNWRITTEN"} | ({"T-INSTRUMENT"} if kind == "instrument" else set())
    assert codes(file) == expected
    written = file.read_text(encoding="utf-8").replace('instrument: "…"', "instrument: encounter").replace("…", "said")
    file.write_text(written, encoding="utf-8")
    (card,) = tm.read_cards(file)
    assert tuple(card.texts) == CARD_LANGUAGES
    with pytest.raises(tm.DesignError, match="already"):
        new_card(file)


@pytest.mark.parametrize(
    ("name", "words"),
    [("Mine.yaml", {}), ("mine.yml", {}), ("mine.yaml", {"kind": "practise"}), ("mine.yaml", {"languages": ["it"]})],
)
def test_a_new_card_of_another_form_is_refused(name: str, words: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(tm.DesignError):
        new_card(tmp_path / name, **words)  # type: ignore[arg-type]


def test_every_code_is_explained_and_none_is_left_over() -> None:
    page = (ROOT / "docs" / "how-to" / "add-a-practice.md").read_text(encoding="utf-8")
    explained = {
        line.split("`")[n]
        for line in page.splitlines()
        if line.startswith("| `T-")
        for n in range(1, line.count("`"), 2)
    }
    explained = {code for code in explained if code.startswith("T-")}
    assert {code for _, _, code, _ in FAULTS.values()} | {"T-FILE", "T-EVIDENCE-UNREADABLE"} == explained


def test_a_result_as_an_evaluation_writes_it_is_believed_and_made_up_answers_are_not(cards: Path) -> None:
    lines = ["id: walks", "zone: Elsewhere", "title: Walks", "questionnaire: encounter", "waves: {before: a, after: b}",
             "design: {linked: no}", "expected_people: 120"]  # fmt: skip
    (cards.parent / "pilot.yaml").write_text("\n".join(lines), encoding="utf-8")
    tm.write_result(tm.evaluate_pilot(cards.parent / "pilot.yaml"), cards / "walks.json")
    (card,) = tm.read_cards(cards)
    assert (card.strength, card.simulated) == ("none", True)
    assert card.evaluations[0].questionnaires[0].scales
