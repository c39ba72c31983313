"""Answer bars show no count from one to four, and lose nobody."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustmeter.present.phrases import load_phrases
from trustmeter.present.tally import panels_of
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import MISSING_KINDS, Responses, Roles

ENGLISH = load_phrases("en")


def of_counts(tiny: Questionnaire, counts: list[int], *, dont_know: int = 0) -> Responses:
    codes = [code for code, count in enumerate(counts, start=1) for _ in range(count)]
    values = pd.array([*codes, *[pd.NA] * dont_know], dtype="Int64")
    kinds = [0] * len(codes) + [1 + MISSING_KINDS.index("dont_know")] * dont_know
    items = ["FA1", "FA2", "FA3"]
    return Responses(
        pd.DataFrame(dict.fromkeys(items, values)),
        pd.DataFrame(dict.fromkeys(items, np.array(kinds, dtype="int8"))),
        tiny,
        Roles(),
    )


def test_shares_are_of_those_who_answered(tiny: Questionnaire) -> None:
    (panel,) = panels_of(of_counts(tiny, [10, 20, 30, 20, 20], dont_know=7), "fairness", ENGLISH)
    tally = panel.of("FA1")[0]
    assert [cell.share for cell in tally.inside] == [0.1, 0.2, 0.3, 0.2, 0.2]
    assert tally.non_answers["dont_know"] == 7
    assert tally.reach_low(5) == pytest.approx(0.1 + 0.2 + 0.15)
    assert tally.reach_high(5) == pytest.approx(0.2 + 0.2 + 0.15)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=st.lists(st.integers(0, 40), min_size=5, max_size=5), dont_know=st.integers(0, 12))
def test_no_small_count_is_ever_shown(counts: list[int], dont_know: int, tiny: Questionnaire) -> None:
    if not sum(counts):
        return
    (panel,) = panels_of(of_counts(tiny, counts, dont_know=dont_know), "fairness", ENGLISH)
    tally = panel.of("FA1")[0]
    if tally.enough:
        for cell in tally.inside:
            assert round(cell.share * tally.base) >= 5
        assert sum(cell.share for cell in tally.cells) == pytest.approx(1)
    shown = tally.non_answers["dont_know"]
    assert shown is None if 0 < dont_know < 5 else shown == dont_know


def test_nothing_is_shown_of_nine_people(tiny: Questionnaire) -> None:
    (panel,) = panels_of(of_counts(tiny, [0, 0, 9, 0, 0]), "fairness", ENGLISH)
    assert not panel.of("FA1")[0].enough


def test_waves_are_told_apart(make_answers: Callable[..., Responses]) -> None:
    (panel,) = panels_of(make_answers(50), "fairness", ENGLISH)
    assert [tally.wave for tally in panel.of("FA1")] == ["2022", "2023"]
