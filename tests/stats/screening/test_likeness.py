"""The closest likeness against R, a loop over pairs, and across blocks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trustmeter.stats.screening import likeness
from trustmeter.stats.screening.likeness import closest_likeness

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "careless.json").read_text(encoding="utf-8"))
ITEMS = np.genfromtxt(FOLDER / "data" / "careless.csv", delimiter=",", skip_header=1)
CODES = np.where(np.isnan(ITEMS), -1, ITEMS).astype(np.int64)
SINGLE = 1e-6
"""Shares are computed in single precision."""

codes = arrays(np.int64, st.tuples(st.integers(0, 9), st.integers(1, 5)), elements=st.integers(-1, 2))


def test_equals_r() -> None:
    expected = np.array(REFERENCE["percent_match"], dtype=float)
    np.testing.assert_allclose(closest_likeness(CODES, 10), expected, rtol=SINGLE)


@settings(deadline=None)
@given(codes, st.integers(1, 3))
def test_equals_a_loop_over_pairs(answers: np.ndarray, fewest: int) -> None:
    enough = [place for place, row in enumerate(answers) if (row >= 0).sum() >= fewest]
    for place, found in enumerate(closest_likeness(answers, fewest)):
        if place not in enough:
            assert np.isnan(found)
            continue
        one = answers[place]
        shares = [
            ((one == answers[other]) & (one >= 0)).sum() / ((one >= 0) | (answers[other] >= 0)).sum()
            for other in enough
            if other != place
        ]
        assert found == pytest.approx(max(shares, default=0.0), abs=SINGLE)


@pytest.mark.parametrize("whole", [True, False], ids=["complete", "holes"])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    answers = np.where(CODES < 0, 3, CODES) if whole else CODES
    expected = closest_likeness(answers, 1)
    monkeypatch.setattr(likeness, "_BLOCK", 7)
    np.testing.assert_allclose(closest_likeness(answers, 1), expected, rtol=SINGLE)


def test_a_copy_is_wholly_alike_and_a_stranger_is_not() -> None:
    answers = np.array([[1, 2, 3], [1, 2, 3], [4, 5, 6]])
    assert closest_likeness(answers, 1).tolist() == [1.0, 1.0, 0.0]
    assert closest_likeness(answers[2:], 1).tolist() == [0.0]
