"""What is left out on purpose: counted, told, refused when the flags are of other answers, never said by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.responses.flags import Flags
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality

MakeAnswers = Callable[..., Responses]
BLOCK = ["FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]


def with_liners(answers: Responses, count: int) -> Responses:
    frame = answers.frame.copy()
    frame[BLOCK] = [4, 4, 3, 4, 4, 2]
    frame.iloc[:count, frame.columns.get_indexer(BLOCK)] = 4
    return replace(answers, frame=frame)


def test_flags_stand_beside_the_rows_whatever_their_index(make_answers: MakeAnswers) -> None:
    answers = with_liners(make_answers(50), 12)
    order = np.random.default_rng(2).permutation(100)
    shuffled = replace(answers, frame=answers.frame.iloc[order], missing=answers.missing.iloc[order])
    flags = check_quality(shuffled).flags
    assert flags.rows.index.tolist() == order.tolist()
    assert sorted(flags.rows.index[flags.rows["straight_lining"]]) == list(range(12))
    assert sorted(shuffled.without(flags, rules="straight_lining").frame.index) == list(range(12, 100))


def test_what_goes_is_told_and_travels_with_results(make_answers: MakeAnswers) -> None:
    answers = with_liners(make_answers(50), 12)
    frame = answers.frame.copy()
    kept = answers.without(check_quality(answers).flags, rules=["straight_lining", "incomplete"])
    assert (len(kept), len(kept.missing), len(answers)) == (88, 88, 100)
    assert kept.left_out == {"flagged as straight_lining, incomplete": 12}
    assert kept.problems[-1].message.startswith("Rows left out on purpose: 12, flagged as straight_lining")
    assert "12 left out, flagged as straight_lining, incomplete" in str(kept)
    assert kept.provenance().rows_left_out == kept.left_out
    assert kept.select(np.ones(88, dtype=bool)).left_out == kept.left_out
    pd.testing.assert_frame_equal(answers.frame, frame)
    again = kept.without(check_quality(kept).flags, rules="incomplete")
    assert again.left_out == {**kept.left_out, "flagged as incomplete": 0}


@pytest.mark.parametrize("count", [1, 4])
def test_few_who_go_are_not_counted_aloud(make_answers: MakeAnswers, count: int) -> None:
    answers = with_liners(make_answers(50), count)
    kept = answers.without(check_quality(answers).flags, rules=["straight_lining"])
    assert len(kept) == 100 - count
    assert "Rows left out on purpose: fewer than 5, flagged" in kept.problems[-1].message
    assert "fewer than 5 left out" in str(kept)
    assert "fewer than 5" in repr(kept.provenance())


def test_flags_of_other_answers_are_refused(make_answers: MakeAnswers) -> None:
    answers = with_liners(make_answers(50), 12)
    flags = check_quality(answers).flags
    same = replace(answers, frame=answers.frame.copy(), missing=answers.missing.copy())
    assert len(same.without(flags, rules="straight_lining")) == 88
    for other in (with_liners(answers, 13), answers.select(np.arange(100) < 60), make_answers(50, seed=8)):
        with pytest.raises(DesignError, match="made from other answers"):
            other.without(flags, rules="straight_lining")
    with pytest.raises(DesignError, match="Got DataFrame"):
        answers.without(flags.rows, rules="straight_lining")  # type: ignore[arg-type]


def test_a_rule_must_be_named_and_known(make_answers: MakeAnswers) -> None:
    answers = make_answers(50)
    flags = check_quality(answers).flags
    with pytest.raises(DesignError, match="no default"):
        answers.without(flags, rules=[])
    with pytest.raises(DesignError, match="Did you mean 'straight_lining'"):
        answers.without(flags, rules="straightlining")
    with pytest.raises(TypeError):
        answers.without(flags)  # type: ignore[call-arg]


def test_the_text_names_rules_and_no_rows(make_answers: MakeAnswers) -> None:
    flags = check_quality(with_liners(make_answers(50), 12)).flags
    assert str(flags) == repr(flags)
    assert "straight_lining: one answer to a whole block" in str(flags)
    assert not any(word in str(flags) for word in ("True", "False", "12"))
    assert isinstance(flags, Flags)
    assert len(flags) == 100
