"""Codes by group: counted by sessions and people, small counts hidden, shares with what sessions allow."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.focus_groups.counting import share_interval
from trustmeter.focus_groups.frequency import code_frequencies
from trustmeter.focus_groups.reading import read_segments


def cell(table: pd.DataFrame, code: str, group: str, term: str) -> float:
    row = table[(table["item"] == code) & (table["group"] == group) & (table["term"] == term)]
    assert len(row) == 1
    assert bool(row["suppressed"].iloc[0]) == math.isnan(float(row["estimate"].iloc[0]))
    return float(row["estimate"].iloc[0])


def test_sessions_and_people_are_counted_once_each(talk: pd.DataFrame) -> None:
    twice = pd.concat([talk, talk.assign(coder="b")], ignore_index=True)
    for frame in (talk, twice):
        table = code_frequencies(read_segments(frame)).tidy()
        assert cell(table, "respect", "north", "sessions") == 6
        assert cell(table, "respect", "south", "people") == 24
        assert cell(table, "respect", "", "people") == 48
        assert cell(table, "waiting", "north", "people") == 18
        assert cell(table, "waiting", "south", "people") == 0
    assert set(table["term"]) == {"sessions", "people"}


def test_small_counts_are_hidden_also_by_subtraction(talk: pd.DataFrame) -> None:
    table = code_frequencies(read_segments(talk)).tidy()
    for term in ("sessions", "people"):
        assert [math.isnan(cell(table, "fear", group, term)) for group in ("north", "south", "")] == [True, False, True]
    assert cell(table, "fear", "south", "people") == 0
    shown = table.dropna(subset=["estimate"])
    left = shown["n"].astype(float) - shown["estimate"]
    assert not shown["estimate"].between(1, 4).any()
    assert not left.between(1, 4).any()


def test_groups_that_are_too_small_are_not_told_and_nor_is_the_whole(talk: pd.DataFrame) -> None:
    few = pd.concat([talk, pd.DataFrame([("x", "west", f"p{at}", "respect") for at in range(8)], columns=talk.columns)])
    found = code_frequencies(read_segments(few))
    assert found.groups == ("north", "south")
    assert any("fewer than 5 sessions: 1." in note for note in found.notes)
    with pytest.raises(EstimationError, match="None has"):
        code_frequencies(read_segments(few[few["group"] == "west"]))


def test_people_of_several_groups_in_a_session_have_no_row_of_all(talk: pd.DataFrame) -> None:
    mixed = talk.assign(group=np.where(talk["speaker"].isin(["p0", "p1", "p2"]), "women", "men"))
    found = code_frequencies(read_segments(mixed))
    assert found.groups == ("women", "men")
    assert cell(found.tidy(), "respect", "men", "people") == 12
    assert any("people of several groups" in note for note in found.notes)
    with pytest.raises(DesignError, match="does not fit"):
        code_frequencies(read_segments(mixed), participants={f"s{at}": 6 for at in range(12)})


def test_sessions_alone_where_speakers_are_not_known(talk: pd.DataFrame) -> None:
    found = code_frequencies(read_segments(talk.drop(columns="speaker")))
    assert set(found.tidy()["term"]) == {"sessions"}
    assert cell(found.tidy(), "waiting", "north", "sessions") == 6


def test_shares_have_intervals_from_ten_sessions_on(talk: pd.DataFrame) -> None:
    there = {f"s{at}": 8 for at in range(12)}
    table = code_frequencies(read_segments(talk), participants=there).tidy().set_index(["item", "group", "term"])
    north = table.loc[("respect", "north", "share_of_people")]
    assert north["estimate"] == pytest.approx(24 / 48)
    assert math.isnan(north["ci_low"])
    assert north["method"] == "fewer than 10 sessions: no interval"
    whole = table.loc[("thanks", "", "share_of_people")]
    assert whole["ci_low"] < whole["estimate"] < whole["ci_high"]
    assert whole["n_effective"] <= whole["n"] == 96
    assert bool(table.loc[("fear", "north", "share_of_people"), "suppressed"])


def test_an_interval_by_hand() -> None:
    pairs = [(3, 6), (0, 6), (6, 6), (2, 6), (4, 6), (1, 6), (5, 6), (3, 6), (0, 6), (6, 6)]
    share, low, high, effective = share_interval(pairs, 0.95)
    r = np.array([one for one, _ in pairs])
    variance = np.var(r, ddof=1) / 10 / 36
    assert share == pytest.approx(0.5)
    assert effective == pytest.approx(0.25 / variance)
    t, n = 2.2621571628540993, 0.25 / variance
    margin = t * math.sqrt(0.25 / n + t**2 / (4 * n**2)) / (1 + t**2 / n)
    assert (low, high) == pytest.approx((0.5 - margin, 0.5 + margin))


def test_sessions_that_are_alike_give_no_more_than_independent_people() -> None:
    share, low, high, effective = share_interval([(3, 6)] * 12, 0.95)
    assert (share, effective) == (0.5, 72.0)
    assert 0.3 < low < 0.5 < high < 0.7
    assert math.isnan(share_interval([(0, 6)] * 12, 0.95)[1])


def test_intervals_cover_when_sessions_differ() -> None:
    """With 12 sessions and people of a session alike (0.2), 95 % intervals hold the true share about as often."""
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(400):
        there = rng.integers(5, 10, 12)
        raised = rng.binomial(there, rng.beta(0.3 * 4, 0.7 * 4, 12))
        _, low, high, _ = share_interval(list(zip(raised.tolist(), there.tolist(), strict=True)), 0.95)
        hits += low <= 0.3 <= high
    assert 0.92 <= hits / 400 <= 0.99


def test_upper_codes_hold_all_below_them(talk: pd.DataFrame, tmp_path: object) -> None:
    from pathlib import Path

    book = Path(str(tmp_path)) / "codes.csv"
    book.write_text("code,parent\npolice,\nrespect,police\nwaiting,police\nfear,\nthanks,\n")
    found = code_frequencies(read_segments(talk, codebook=book), level="top")
    assert found.codes == ("police", "fear", "thanks")
    assert cell(found.tidy(), "police", "north", "people") == 24
    each = code_frequencies(read_segments(talk, codebook=book))
    assert each.codes == ("respect", "waiting", "fear", "thanks")
    assert each.depths["respect"] == 0


def test_no_test_and_no_name_of_a_person_or_session_comes_out(talk: pd.DataFrame) -> None:
    found = code_frequencies(read_segments(talk), participants={f"s{at}": 6 for at in range(12)})
    assert "p_value" not in found.table
    text = found.summary() + str(found.to_dict())
    assert "'p0'" not in text
    assert "s11" not in text
    assert any("no sample" in note for note in found.notes)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"by": "zone"}, DesignError, "`by` argument"),
        ({"level": "all"}, DesignError, "`level` argument"),
        ({"participants": {"s0": 6}}, DesignError, "lacks 11"),
        ({"participants": {f"s{at}": 3 for at in range(12)}}, DesignError, "In 12 sessions more people speak"),
        ({"participants": 6}, DesignError, "must map sessions"),
        ({"conf_level": 2}, DesignError, "between 0 and 1"),
    ],
)
def test_calls_that_cannot_be_are_refused(
    talk: pd.DataFrame, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        code_frequencies(read_segments(talk), **options)  # type: ignore[arg-type]


def test_without_codings_or_groups_there_is_nothing_to_count(talk: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="at least one coding"):
        code_frequencies(read_segments(talk.assign(code="")))
    with pytest.raises(DesignError, match="these sessions have none"):
        code_frequencies(read_segments(talk.drop(columns="group")))
    assert code_frequencies(read_segments(talk.drop(columns="group")), by="all").groups == ("",)
