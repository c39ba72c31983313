"""Reversed items that nobody turned: named by every verb that fits a factor, with the group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import EstimationError
from trustmeter.psychometrics.structure.direction import running_against

ONLY_B = "'q3' runs against the other items in 'b' only"
EVERYWHERE = "'q3' runs against the other items in all groups or waves: check whether to reverse it first."


def answers(turned: str, *, people: int = 500, groups: str = "ab", weak: bool = False) -> pd.DataFrame:
    """Return six items of four answers, q3 reversed in the groups named."""
    rng = np.random.default_rng(12)
    parts = []
    for number, name in enumerate(groups):
        trust = 0.2 * number + rng.normal(size=people)
        slopes = np.array([1.5, 1.2, 0.0 if weak else 1.8, 1.0, 1.4, 1.3])
        codes = np.digitize(trust[:, None] * slopes + rng.logistic(size=(people, 6)), [-2, 0, 2])
        part = pd.DataFrame(codes, columns=[f"q{i + 1}" for i in range(6)])
        if name in turned:
            part["q3"] = 3 - part["q3"]
        parts.append(part.assign(g=name))
    return pd.concat(parts, ignore_index=True)


def test_one_group_turned_is_named_instead_of_a_search_without_rest() -> None:
    with pytest.raises(EstimationError, match=ONLY_B + r".*reverse it there first\. Until then"):
        tm.check_invariance(answers("b"), across="g")


@pytest.mark.parametrize("treat", ["ordinal", "continuous"])
def test_alignment_names_item_and_group_in_notes_and_doubts_in_the_sentence(treat: Any) -> None:
    found = tm.align(answers("b"), across="g", treat=treat)
    assert any(ONLY_B in note for note in found.notes)
    assert "some items run against the others in some groups only" in found.sentence


def test_numbers_in_one_group_and_any_in_all_groups_are_notes() -> None:
    assert any(ONLY_B in note for note in tm.check_invariance(answers("b"), across="g", treat="continuous").notes)
    assert EVERYWHERE in tm.check_invariance(answers("ab"), across="g").notes
    found = tm.align(answers("ab"), across="g")
    assert EVERYWHERE in found.notes
    assert "run against" not in found.sentence


def test_two_of_three_groups_are_both_named() -> None:
    found = tm.align(answers("ac", groups="abc"), across="g")
    assert any("'q3' runs against the other items in 'a', 'c' only" in note for note in found.notes)


@pytest.mark.parametrize("options", [{}, {"estimator": "mlr"}, {"identification": "marker"}])
def test_a_single_structure_names_the_item(options: dict[str, Any]) -> None:
    items = answers("ab").drop(columns="g")
    assert "'q3' runs against the other items: check whether to reverse it first." in tm.cfa(items, **options).notes
    first = items[["q3", "q1", "q2", "q4", "q5", "q6"]]
    assert any("'q3' runs against" in note for note in tm.cfa(first, **options).notes)


@pytest.mark.parametrize("frame", [answers(""), answers("ab", weak=True)])
def test_nothing_is_said_of_items_that_go_along_or_hardly_belong(frame: pd.DataFrame) -> None:
    said = [*tm.cfa(frame.drop(columns="g")).notes, *tm.align(frame, across="g").notes]
    assert not any("against the other" in note for note in said)


def test_items_of_two_factors_and_pairs_are_not_judged() -> None:
    pattern = np.array([[1, 0], [1, 0], [1, 1], [0, 1], [0, 1]], dtype=bool)
    loadings = np.array([[0.8, -0.7, 0.6, -0.5, 0.5]])
    assert not running_against(loadings, pattern, lambda: np.full((1, 5), 0.01)).any()
    plain = np.ones((5, 1), dtype=bool)
    assert running_against(loadings, plain, lambda: np.full((1, 5), 0.01)).tolist() == [
        [False, True, False, True, False]
    ]
    assert not running_against(loadings, plain, lambda: np.full((1, 5), 0.3)).any()
