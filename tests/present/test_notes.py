"""Notes in the reader's language: none is lost, every number stays, and what real pilots say is known."""

from __future__ import annotations

import re

import pytest

import trustmeter as tm
from trustmeter.present.notes import note_in
from trustmeter.present.phrases import LANGUAGES, load_phrases

ENGLISH = {key: text for key, text in load_phrases("en").texts.items() if key.startswith("note.")}
FOREIGN = [language for language in LANGUAGES if language != "en"]


def _filled(text: str) -> str:
    return re.sub(r"\{\w+\}", "7", text.replace("{pairs}", "7: 7"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ENGLISH)
def test_every_note_is_known_by_its_english_sentence(key: str, language: str) -> None:
    phrases = load_phrases(language)
    said, tongue = note_in(_filled(ENGLISH[key]), phrases)
    gaps = dict.fromkeys(re.findall(r"\{(\w+)\}", ENGLISH[key]), "7")
    gaps |= {"pairs": phrases.say("note_parts.pair", name="7", said="7")} if "pairs" in gaps else {}
    assert (said, tongue) == (phrases.say(key, **gaps), language)


@pytest.mark.parametrize(
    ("language", "told"),
    [("fr", "Échelle Confiance : moins de 50 personnes ; les nombres sont approximatifs."),
     ("de", "Skala Vertrauen: weniger als 50 Menschen; die Zahlen sind grob.")],
)  # fmt: skip
def test_notes_inside_notes_and_names_of_scales_are_told_too(language: str, told: str) -> None:
    names = {"trust": {"fr": "Confiance", "de": "Vertrauen"}[language]}
    said, _ = note_in("Scale 'trust': fewer than 50 people; the numbers are rough.", load_phrases(language), names)
    assert said.replace("\u00a0", " ").replace("\u202f", " ") == told


def test_numbers_are_written_as_the_language_does_and_parts_of_a_whole_are_told() -> None:
    dutch = load_phrases("nl")
    note = "Rows left out because of unanswered items: 'trust' 186 of 640, 'respect' fewer than 5 of 1640."
    assert note_in(note, dutch, {"trust": "Vertrouwen"})[0].endswith(
        "Vertrouwen 186 van 640, 'respect' minder dan 5 van 1.640."
    )
    reason = "trust: the change of those who stayed can be read as that of all, because fewer than 5 people were lost, who can "
    assert "2,54 punten" in note_in(f"{reason}move the mean by 2.54 points at the very most.", dutch)[0]


def test_an_unknown_note_stays_english() -> None:
    assert note_in("Nobody ever wrote this.", load_phrases("fr")) == ("Nobody ever wrote this.", "en")


@pytest.mark.parametrize("linked", [True, False, 0.5], ids=["linked", "different", "overlap"])
def test_what_a_report_of_a_pilot_says_is_known(linked: bool | float) -> None:
    trust = tm.load_questionnaire("community-trust")
    answers = tm.simulate_responses(trust, 120, waves=("a", "b"), linked=linked, zone="Z", seed=3)
    change = tm.compare(tm.score(answers), tm.PilotDesign("a", "b", linked="overlap" if linked == 0.5 else None))
    results = (change, tm.check_quality(answers), tm.reliability(answers), tm.analyze_items(answers))
    notes = {note for result in results for note in result.notes}
    unknown = [note for note in notes for language in FOREIGN if note_in(note, load_phrases(language))[1] == "en"]
    assert unknown == []
