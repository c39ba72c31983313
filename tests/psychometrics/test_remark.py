"""What must be said beside numbers: that items were turned, and what was asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm


@pytest.fixture(scope="module")
def answers() -> tm.Responses:
    return tm.simulate_responses(tm.load_questionnaire("community-trust"), 250, seed=3)


def test_factors_say_which_items_were_turned(answers: tm.Responses) -> None:
    turned = sorted(answers.questionnaire.scale("procedural_justice").reversed)
    assert turned
    for found in (tm.cfa(answers, scale="procedural_justice"), tm.efa(answers, 1, scale="procedural_justice")):
        notes = [note for note in found.notes if note.startswith("Turned first")]
        assert len(notes) == 1
        assert all(repr(item) in notes[0] for item in turned)
        assert "'TR01'" not in notes[0]


def test_a_plain_frame_is_not_turned() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    frame = pd.DataFrame(x, columns=list("abcd"))
    assert not [note for note in tm.cfa(frame).notes if "Turned" in note]


def test_what_was_asked_about_order_is_kept() -> None:
    rng = np.random.default_rng(1)
    x = np.digitize(rng.normal(size=(300, 1)) + rng.normal(size=(300, 4)), [-1, 0, 1])
    frame = pd.DataFrame(x, columns=list("abcd"))
    assert tm.cfa(frame, ordered=True).provenance.options["ordered"] is True
    assert tm.cfa(frame, ordered=list("abcd")).provenance.options["ordered"] == list("abcd")
    assert tm.cfa(frame).provenance.options["ordered"] is None
