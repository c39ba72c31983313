"""Page one: who it speaks for, how sure it is, and the warnings without which it must not be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.incident import check_incidents
from trustmeter.pilot.protocol import Protocol
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.reading import CoefficientRow
from trustmeter.present.report.chapters.front import top_rows
from trustmeter.present.report.chapters.sureness import weakness
from trustmeter.present.report.chapters.whole import document_of
from trustmeter.present.report.document import Front
from trustmeter.present.report.gathering import gathered
from trustmeter.psychometrics.comparability.invariance import check_invariance
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score
from trustmeter.scoring.model import Scores

DESIGN = PilotDesign("2022", "2023")


def front(*results: Any, language: str = "en") -> Front:
    made = document_of(gathered(results, None, load_phrases(language))).front
    assert made is not None
    return made


def shuffled(answers: Responses) -> Responses:
    """Make the questions of effectiveness have nothing in common."""
    frame, rng = answers.frame.copy(), np.random.default_rng(3)
    for item in ("EF1", "EF2", "EF3"):
        frame[item] = pd.array(rng.integers(1, 6, len(frame)), dtype="Int64")
    return replace(answers, frame=frame)


@pytest.mark.parametrize(
    ("value", "low", "kind"),
    [
        (0.85, 0.8, ""), (0.75, 0.70, ""), (0.75, 0.69, "loose"), (0.65, 0.60, "loose"), (0.7, 0.59, "poor"), (0.05, -0.2, "void"),
        (0.29, 0.1, "void"), (0.65, float("nan"), "loose"), (float("nan"), float("nan"), ""),
    ],
)  # fmt: skip
def test_how_weak_a_meter_is(value: float, low: float, kind: str) -> None:
    assert weakness(CoefficientRow("trust", "Trust", "alpha", value, low, 1.0, 100, False)) == kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_meter_that_measures_nothing_is_never_told_without_its_warning(
    language: str, make_answers: Callable[..., Responses]
) -> None:
    change = compare(score(shuffled(make_answers(200))), DESIGN, scale="effect")
    told = front(change, language=language)
    start = load_phrases(language).say("front.weak.void", scales="")[:12]
    assert [sentence for sentence in told.warnings if sentence.startswith(start)]
    assert load_phrases(language).say("front.how.meter_fine", bound="") not in told.sure
    document = document_of(gathered([change], None, load_phrases(language)))
    (each,) = [part for part in document.parts if part.id == "each"]
    assert any(finding.sentence.startswith(start) for finding in each.parts[0].sentences)


def test_a_sound_meter_is_said_to_hang_together(make_answers: Callable[..., Responses]) -> None:
    told = front(compare(score(make_answers(400)), DESIGN, scale="trust"))
    assert told.warnings == ()
    assert any("hang together" in sentence for sentence in told.sure)


def test_what_is_not_comparable_is_a_warning_and_what_was_not_checked_is_said(
    make_answers: Callable[..., Responses],
) -> None:
    answers = make_answers(300)
    change = compare(score(answers), DESIGN, scale="fairness")
    assert any("was not checked" in sentence for sentence in front(change).sure)
    found = check_invariance(answers, across="wave", scale="fairness")
    for verdict, words in (("comparable", "work alike"), ("undecided", "stays open")):
        told = front(change, replace(found, verdicts={"fairness": verdict}))
        assert any(words in sentence and "Fairness" in sentence for sentence in told.sure)
        assert told.warnings == ()
    told = front(change, replace(found, verdicts={"fairness": "not comparable"}))
    assert told.warnings[0].startswith("Not comparable")


def test_those_who_did_not_answer_again_are_counted_unless_they_are_few(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60)
    for gone, words in (
        (20, "20 of those who answered"),
        (3, "fewer than 5 of those who answered"),
        (0, "Everybody in the file"),
    ):
        kept = answers.select(~((answers.frame["id"] < gone) & (answers.frame["wave"] == "2023")))
        told = front(compare(score(kept), replace(DESIGN, linked=True))).people
        assert any(sentence.startswith(words) for sentence in told), told
        assert any("answered in wave 2022 and again in wave 2023" in sentence for sentence in told)
    different = front(compare(score(answers), replace(DESIGN, linked=False))).people
    assert "nobody can say how many of the first answered again" in different[0]


def test_weights_are_told(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(80)
    weighted = replace(answers, frame=answers.frame.assign(w=1.5), roles=replace(answers.roles, kept=("w",)))
    told = front(compare(score(weighted), replace(DESIGN, weights="w"))).people
    assert any("column “w”" in sentence for sentence in told)
    assert any("not weighted" in sentence for sentence in front(compare(score(answers), DESIGN)).people)


def promised(scores: Scores, people: int) -> tuple[Protocol, Comparison]:
    protocol = Protocol(
        title="Fair stops", date="2026-01-31", design=DESIGN, scales=("trust", "fairness"), primary="fairness", people=people,
        seed=4, questionnaire="tiny", fingerprint="0" * 12,
    )  # fmt: skip
    return protocol, compare(scores, DESIGN, protocol=protocol)


@pytest.mark.parametrize(("people", "words"), [(40, "is the one promised"), (500, "departs in 2 points")])
def test_a_protocol_is_kept_or_not_and_its_primary_scale_leads(
    people: int, words: str, make_answers: Callable[..., Responses]
) -> None:
    protocol, change = promised(score(make_answers(60)), people)
    told = front(change, protocol)
    assert any(words in sentence and protocol.short in sentence for sentence in told.sure)
    assert told.answer[0].sentence.startswith("Fairness")
    assert not any("No scale was declared" in sentence for sentence in told.sure)
    assert any("no protocol" in sentence for sentence in front(compare(score(make_answers(60)), DESIGN)).sure)


def test_another_protocol_than_the_comparisons_is_refused(make_answers: Callable[..., Responses]) -> None:
    protocol, change = promised(score(make_answers(60)), 40)
    with pytest.raises(DesignError, match="not the one that the comparison was held to"):
        gathered([change, replace(protocol, people=41)], None, load_phrases("en"))


def test_incidents_are_a_warning(make_answers: Callable[..., Responses]) -> None:
    happened = pd.DataFrame({"date": ["2023-04-20"], "what": ["shots fired by police"]})
    periods = {"2022": ("2022-05-02", "2022-05-30"), "2023": ("2023-05-01", "2023-05-28")}
    change = compare(score(make_answers(200)), DESIGN)
    assert any("incidents" in sentence for sentence in front(change, check_incidents(periods, happened)).warnings)
    assert not any("incidents" in one for one in front(change, check_incidents(periods, happened.iloc[:0])).warnings)


def test_the_answer_is_one_leading_scale_how_many_others_and_the_caveat(make_answers: Callable[..., Responses]) -> None:
    change = compare(score(make_answers(200, shift=0.8)), DESIGN)
    rows = gathered([change], None, load_phrases("en")).rows()
    assert [row.scale for row in top_rows(rows, "")] == ["trust"]
    assert [row.scale for row in top_rows(rows, "effect")] == ["effect", "trust"]
    told = [finding.sentence for finding in front(change).answer]
    assert re.match(
        r"Trust: increase from [\d.]+ to [\d.]+ \(of 100\), by \+[\d.]+ points; 95% interval \+[\d.]+ to \+[\d.]+\.$",
        told[0],
    )
    assert told[1] == "Its 2 parts: increase for all 2 (Fairness, Effectiveness)."
    assert told[2] == load_phrases("en").say("report.standing")
    assert all(sentence.count(". ") == 0 for sentence in told)
