"""Focus groups shown: tables and pictures in every language, nothing hidden in them, every word its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.focus_groups import coders, frequency, joint, units
from trustmeter.focus_groups.coders import code_agreement
from trustmeter.focus_groups.frequency import code_frequencies
from trustmeter.focus_groups.joint import JointDisplay, joint_display
from trustmeter.focus_groups.quoting import quotes
from trustmeter.focus_groups.reading import read_segments
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.design import PilotDesign
from trustmeter.present.notes import note_in
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.plots import plot
from trustmeter.present.tables import to_table
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame
from trustmeter.scoring.composite import score

THERE = {f"s{at}": 7 for at in range(12)}


@pytest.fixture
def talk() -> pd.DataFrame:
    rows = []
    for session in range(12):
        group = "north" if session < 6 else "south"
        for person in range(6):
            codes = ["respect"] * (person < 4) + ["waiting"] * (group == "north" and person < 3)
            codes += ["fear"] * (session == 0 and person == 0)
            rows.append((f"s{session}", group, f"p{person}", ";".join(codes), "Mrs Peeters knows us"))
    return pd.DataFrame(rows, columns=["session", "group", "speaker", "code", "text"])


@pytest.fixture
def display(talk: pd.DataFrame, make_answers: Callable[..., Responses]) -> JointDisplay:
    segments = read_segments(talk, keep_text=True)
    change = compare(score(make_answers()), PilotDesign("2022", "2023"))
    return joint_display(
        code_frequencies(segments, participants=THERE), change, links={"trust": ["respect", "fear"], "fairness": "waiting"},
        fit={"trust": "diverge"}, quotes={"trust": quotes(segments, "respect", reviewed=True)[0]},
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_by_group_are_shown_and_few_are_not(language: str, talk: pd.DataFrame) -> None:
    found = code_frequencies(read_segments(talk), participants=THERE)
    phrases = load_phrases(language)
    table = to_table(found, language=language)  # type: ignore[arg-type]
    assert len(table) == 9
    cells = table[table.iloc[:, 0] == "fear"].iloc[:, 2:].to_numpy().ravel().tolist()
    hidden = [phrases.say("focus.cell.hidden_sessions"), phrases.say("focus.cell.hidden_people")]
    assert cells == [*hidden, *cells[2:4], *hidden]
    chart = plot(found, language=language)  # type: ignore[arg-type]
    words = [text.get_text() for text in chart.axes[0].texts]
    assert "respect" in words
    assert chart.heading == phrases.say("heading.codes")  # type: ignore[attr-defined]


def test_shares_stand_in_the_table(talk: pd.DataFrame) -> None:
    table = to_table(code_frequencies(read_segments(talk), participants=THERE))
    assert table["People"].iloc[0] == "24 of 42 people"
    assert table["People"].iloc[2].startswith("48 of 84 people (57%; ")
    assert to_table(code_frequencies(read_segments(talk)))["People"].iloc[0] == "24 people"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_joint_display_shows_judgement_and_quote(language: str, display: JointDisplay) -> None:
    phrases = load_phrases(language)
    table = to_table(display, language=language)  # type: ignore[arg-type]
    assert table.iloc[:, -1].tolist() == [phrases.say("focus.fit.diverge"), phrases.say("focus.fit.not_judged")]
    assert table[phrases.say("focus.column.quote")].iloc[0] == phrases.say("focus.quoted", words="[name] knows us")
    chart = plot(display, language=language)  # type: ignore[arg-type]
    words = " ".join(text.get_text() for text in chart.axes[0].texts)
    for part in (
        phrases.say("focus.fit.diverge").split()[0],
        "[name]",
        phrases.say("focus.cell.hidden_sessions").split()[0],
    ):
        assert part in words
    assert "Peeters" not in words + table.to_string() + str(display.to_dict())


def test_one_scale_may_be_drawn(display: JointDisplay) -> None:
    words = " ".join(text.get_text() for text in plot(display, scale="trust").axes[0].texts)
    assert "waiting" not in words
    with pytest.raises(DesignError, match="There is no scale"):
        plot(display, scale="voice")


def test_few_people_of_the_survey_are_not_shown(talk: pd.DataFrame) -> None:
    rows = [{"scale": "trust", "term": "mean_change", "estimate": 4.2, "ci_low": 1.0, "ci_high": 7.0, "n": 7}]
    found = joint_display(read_segments(talk), Result(table=vocabulary_frame(rows)), links={"trust": "respect"})
    assert to_table(found)["Survey"].iloc[0] == "Change in mean: too few answers"


@pytest.mark.parametrize("language", LANGUAGES)
def test_agreement_is_shown_code_by_code(language: str) -> None:
    rng = np.random.default_rng(2)
    rows = [
        (f"S{at % 6}", f"g{at}", who, ";".join(["always", *(["respect"] * ((at % 3 == 0) != (rng.random() < 0.1)))]))
        for at in range(60) for who in "ab"
    ]  # fmt: skip
    found = code_agreement(read_segments(pd.DataFrame(rows, columns=["session", "segment", "coder", "code"])))
    phrases = load_phrases(language)
    table = to_table(found, language=language)  # type: ignore[arg-type]
    assert table.iloc[-1, 0] == phrases.say("focus.over_codes")
    assert phrases.say("focus.cell.varies") in table.iloc[0].tolist()
    assert plot(found, language=language).axes[0].texts  # type: ignore[arg-type]


def test_made_up_sessions_say_so(talk: pd.DataFrame) -> None:
    found = code_frequencies(read_segments(talk.assign(simulated="yes")))
    assert (to_table(found)["Data"] == "SIMULATED").all()
    assert any("SIMULATED" in text.get_text() for text in plot(found).axes[0].texts)


def test_what_has_no_picture_is_refused(talk: pd.DataFrame) -> None:
    with pytest.raises(DesignError, match="Leave `scale` out"):
        plot(code_frequencies(read_segments(talk)), scale="trust")
    many = pd.concat(
        [talk.assign(group=f"{name}-{at}", session=f"{at}" + talk["session"]) for at in range(3) for name in "ab"]
    )
    with pytest.raises(DesignError, match="at most 4 groups"):
        plot(code_frequencies(read_segments(many)))


NOTES = [
    frequency.NO_SAMPLE, frequency.CLUSTERED, frequency.FEW_SESSIONS, frequency.NO_PEOPLE, frequency.HIDDEN,
    frequency.WITHHELD.format(n=2), frequency.WITHOUT_GROUP.format(n="fewer than 5"), frequency.MIXED,
    frequency.SEVERAL_CODERS.format(n=2), joint.JUDGED, joint.NOT_ALL.format(names="trust"), joint.NOBODY.format(names="trust, voice"),
    coders.NO_ABSENCE, coders.SEEN, coders.ALIKE, coders.CHARACTERS, coders.PREVALENCE.format(names="fear"), coders.FLAT.format(n=3),
    coders.FEW_CODINGS.format(n="fewer than 5"),
    coders.TOO_FEW_SESSIONS.format(n=2), units.NO_LENGTH.format(n=1),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_is_told_in_every_language(language: str) -> None:
    phrases = load_phrases(language)
    told = {note: note_in(note, phrases) for note in NOTES}
    assert [note for note, (_, told_in) in told.items() if told_in != language] == []
    assert language == "en" or all(said != note for note, (said, _) in told.items())
