"""Planted careless people are found, careful ones are mostly left alone, and what cannot be told says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality, signs
from trustmeter.responses.simulation import simulate_responses

PLANTED = list(range(20, 60))


@pytest.fixture(scope="module")
def careful() -> Responses:
    trust = load_questionnaire("community-trust")
    return simulate_responses(trust, 300, waves=("w",), loading=0.85, dont_know=0.02, refused=0, blank=0.01, seed=5)


def ordinal_of(answers: Responses) -> list[str]:
    items = (answers.questionnaire.item(item) for item in answers.item_ids)
    return [item.id for item in items if item.response_scale.type == "ordinal" and item.response_scale.range]


def planted(answers: Responses, values: Callable[[int, int], Any]) -> Responses:
    """Return the answers with those of some people to all ordered questions made anew, where they had answered."""
    frame = answers.frame.copy()
    for item in ordinal_of(answers):
        options = len(answers.questionnaire.item(item).response_scale.substantive)
        rows = [row for row in PLANTED if answers.missing.loc[row, item] == 0]
        frame.loc[rows, item] = values(len(rows), options)
    return replace(answers, frame=frame)


def flagged(answers: Responses, rule: str, **options: Any) -> pd.Series:
    return check_quality(answers, rules=[rule], **options).flags.rows[rule]  # type: ignore[list-item]


def hits(answers: Responses, rule: str, **options: Any) -> tuple[float, float]:
    """Return the shares of planted and of other people who show the sign."""
    found = flagged(answers, rule, **options)
    took_part = (answers.missing.iloc[:, 1:] == 0).sum(axis=1) > 10
    theirs = found.index.isin(PLANTED)
    return float(found[theirs & took_part].mean()), float(found[~theirs & took_part].mean())


def anything(count: int, options: int) -> Any:
    return np.random.default_rng(count * 7 + options).integers(1, options + 1, count)


def middle(count: int, options: int) -> Any:
    return np.full(count, (options + 1) // 2)


@pytest.mark.parametrize("rule", ["longstring", "straight_lining"])
def test_one_answer_to_everything_is_found(careful: Responses, rule: str) -> None:
    found, others = hits(planted(careful, middle), rule)
    assert found == 1
    assert others < 0.05


def test_little_spread_is_found(careful: Responses) -> None:
    found, others = hits(planted(careful, middle), "low_variability", limits={"low_variability": 0.3})
    assert found == 1
    assert others < 0.02


@pytest.mark.parametrize(
    ("rule", "least"), [("even_odd", 0.7), ("synonyms", 0.5), ("antonyms", 0.15), ("outlying", 0.3)]
)
def test_answers_at_random_are_found_more_than_careful_ones(rule: str, least: float) -> None:
    """Few questions find few: the floors are what forty people among a thousand show, not what one would wish."""
    trust = load_questionnaire("community-trust")
    answers = simulate_responses(trust, 1000, waves=("w",), loading=0.9, dont_know=0.02, refused=0, blank=0.01, seed=5)
    found, others = hits(planted(answers, anything), rule)
    assert found > least
    assert others < min(0.05, found / 10)


def copied(answers: Responses, rows: Sequence[int], changed: int) -> Responses:
    """Return the answers with some rows made copies of row 0, all but a number of ordered answers."""
    frame, missing = answers.frame.copy(), answers.missing.copy()
    items = list(answers.item_ids)
    for row in rows:
        frame.loc[row, items] = frame.loc[0, items]
        missing.loc[row] = missing.loc[0]
        for item in [item for item in ordinal_of(answers) if missing.loc[0, item] == 0][:changed]:
            frame.loc[row, item] = 1 + frame.loc[0, item] % 4
    return replace(answers, frame=frame, missing=missing)


def test_copies_are_the_same_or_nearly_and_never_both(careful: Responses) -> None:
    both = ["same_answers", "near_duplicates"]
    exact = check_quality(copied(careful, range(100, 110), 0), rules=both).flags.rows  # type: ignore[arg-type]
    assert exact.index[exact["same_answers"]].tolist() == [0, *range(100, 110)]
    assert not exact["near_duplicates"].any()
    nearly = copied(copied(careful, range(100, 110), 0), range(120, 130), 3)
    rows = check_quality(nearly, rules=both, limits={"same_answers": 10}).flags.rows  # type: ignore[arg-type]
    assert rows.index[rows["near_duplicates"]].tolist() == []
    alone = copied(careful, [120], 3)
    rows = check_quality(alone, rules=both).flags.rows  # type: ignore[arg-type]
    assert rows.index[rows["near_duplicates"]].tolist() == [0, 120]
    assert flagged(copied(careful, [120], 20), "near_duplicates").sum() == 0


def test_copies_in_another_wave_are_no_duplicates() -> None:
    trust = load_questionnaire("community-trust")
    answers = simulate_responses(trust, 60, waves=("a", "b"), seed=3)
    alike = copied(answers, [100], 2)
    assert not flagged(alike, "near_duplicates").loc[[0, 100]].any()
    assert flagged(copied(answers, [50], 2), "near_duplicates").loc[[0, 50]].all()


@pytest.mark.parametrize("two", [False, True], ids=["seconds", "start_and_end"])
def test_twice_as_fast_as_the_wave_is_speeding(careful: Responses, two: bool) -> None:
    rng = np.random.default_rng(1)
    answered = (careful.missing == 0).sum(axis=1).to_numpy()
    seconds = answered * rng.uniform(7, 10, len(careful))
    seconds[PLANTED] = answered[PLANTED] * 2.0
    seconds[:5] = np.nan
    begin = pd.Timestamp("2026-03-01 10:00", tz="UTC")
    frame = careful.frame.assign(time=seconds, start=begin, end=begin + pd.to_timedelta(seconds, unit="s"))
    roles = replace(careful.roles, kept=("time", "start", "end"))
    timed = replace(careful, frame=frame, roles=roles)
    duration = ("start", "end") if two else "time"
    found = flagged(timed, "speeding", duration=duration)
    expected = [row for row in PLANTED if answered[row] >= 10]
    assert found.index[found].tolist() == expected
    assert check_quality(timed, duration=duration).value("speeding") == len(expected) / 300  # type: ignore[arg-type]
    assert not flagged(timed, "speeding", duration=duration, limits={"speeding": 0.1}).any()


def test_who_did_not_answer_shows_no_sign(careful: Responses) -> None:
    frame, missing = careful.frame.copy(), careful.missing.copy()
    items = list(careful.item_ids)
    frame.loc[PLANTED, items] = pd.NA
    missing.loc[PLANTED] = 1
    every = [rule for rule in signs._FINDERS if rule != "speeding"]
    silent = replace(careful, frame=frame, missing=missing)
    rows = check_quality(silent, rules=every, limits={"low_variability": 0.3}).flags.rows  # type: ignore[arg-type]
    assert not rows.loc[PLANTED].any(axis=None)
    assert len(rows.columns) == len(every)


def test_what_cannot_be_told_says_why(make_answers: Callable[..., Responses]) -> None:
    every = [rule for rule in signs._FINDERS if rule != "speeding"]
    report = check_quality(make_answers(20), rules=every, limits={"low_variability": 0.3})  # type: ignore[arg-type]
    assert list(report.flags.rows.columns) == ["incomplete", "straight_lining"]
    text = str(report)
    for reason in (
        "Even-odd consistency cannot be told: fewer than 5 scales of two items or more.",
        "Questions that go together cannot be told: fewer than 50 people.",
        "How far answers lie from the usual cannot be told: fewer than 5 rows an item, or 50 in all.",
        "Nearly equal answers were not looked for: fewer than 10 questions were read.",
        "The same answer many times in a row was not looked for: there are no 10 items in a row on one response scale.",
        "Answers that hardly differ were not looked for: fewer than 10 items on one response scale.",
    ):
        assert reason in text


def test_large_waves_are_not_compared_row_by_row(careful: Responses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "MOST_COMPARED", 100)
    report = check_quality(careful)
    assert "near_duplicates" not in report.flags.rows
    assert "Nearly equal answers were not looked for: more than 100 rows in a wave." in report.notes


@pytest.mark.parametrize("rest", [1, 4, 5])
def test_signs_that_leave_few_people_over_are_hidden_together(careful: Responses, rest: int) -> None:
    """Straight-liners, copies and near copies exclude each other: with all shown, the few others could be counted."""
    answers = careful.select(np.asarray((careful.missing == 0).sum(axis=1) > 40))
    n = len(answers)
    rows = answers.frame.index
    frame = answers.frame.copy()
    missing = answers.missing.copy()
    items = list(answers.item_ids)
    half = n // 2
    for row in rows[1 : n - rest]:
        frame.loc[row, items] = frame.loc[rows[0], items]
        missing.loc[row] = missing.loc[rows[0]]
    block = signs.blocks_of(answers)[0]
    frame.loc[rows[half : n - rest], list(block)] = 4
    missing.loc[rows[half : n - rest], list(block)] = 0
    table = check_quality(replace(answers, frame=frame, missing=missing)).tidy().query("item == ''").set_index("term")
    assert table.loc[["straight_lining", "same_answers"], "suppressed"].all() == (rest < 5)
