"""Ranks only with what is sure about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.zones.order import order_of, verdict_of, verdict_words

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "values" / "ranking.json").read_text(encoding="utf-8")
)
SIZES = {"Centre": 60, "East": 50, "North": 55, "South": 45, "West": 50}
Maker = Callable[..., tm.Scores]


def spans(found: tm.ZoneRanking, term: str = "rank_simultaneous") -> dict[str, tuple[int, int]]:
    rows = found.table[found.table["term"] == term]
    return {
        zone: (int(low), int(high))
        for zone, low, high in zip(rows["zone"], rows["ci_low"], rows["ci_high"], strict=True)
    }


def test_zones_that_overlap_cannot_be_ranked_and_the_summary_says_so(made: Maker) -> None:
    found = tm.rank_zones(made(SIZES))
    assert found.orders == {"trust": "cannot_rank"}
    assert set(found.verdicts["trust"].values()) == {"cannot_tell"}
    assert "the zones cannot be ranked: each may hold any rank from 1 to 5" in found.summary()
    assert any("does not mean that they are alike" in note for note in found.notes)


def test_zones_far_apart_are_ranked_wholly(made: Maker) -> None:
    found = tm.rank_zones(made(SIZES, apart=15))
    assert found.orders == {"trust": "fully"}
    assert spans(found) == {"Centre": (5, 5), "East": (4, 4), "North": (3, 3), "South": (2, 2), "West": (1, 1)}
    assert found.verdicts["trust"]["West"] == "highest" and found.verdicts["trust"]["Centre"] == "lowest"
    assert "East surely holds rank 4" in found.sentence()


def test_what_is_sure_is_told_by_name_with_its_set(made: Maker) -> None:
    found = tm.rank_zones(made(SIZES, apart=5))
    assert found.orders == {"trust": "partly"}
    lines = found.summary().splitlines()
    assert [line.split()[1] for line in lines if line.startswith("trust ")] == list(SIZES)
    assert all(" to " in line for line in lines if line.startswith("trust "))
    for zone, (low, high) in spans(found).items():
        assert found.ranks(zone) == (low, high)
        assert low <= found.row("rank_simultaneous", zone)["estimate"] <= high
        own = spans(found, "rank_marginal")[zone]
        assert low <= own[0] <= own[1] <= high


def test_the_words_may_go_by_each_zone_alone(made: Maker) -> None:
    scores = made(SIZES, apart=4, seed=5)
    together, alone = tm.rank_zones(scores), tm.rank_zones(scores, method="marginal")
    assert alone.ranks("West") == spans(together, "rank_marginal")["West"]
    assert any("each true" in note for note in alone.notes) and any("true together" in note for note in together.notes)
    pd.testing.assert_frame_equal(together.table, alone.table)


def test_differences_intervals_and_probabilities_belong_together(scores: tm.Scores) -> None:
    found = tm.rank_zones(scores, draws=20_000)
    y, errors = REFERENCE["means"]["estimate"], REFERENCE["means"]["se"]
    first = found.row("mean_difference", contrast="Centre - East")
    assert first["estimate"] == pytest.approx(y[0] - y[1])
    assert first["std_error"] == pytest.approx(np.hypot(errors[0], errors[1]))
    table = found.table
    assert (table["term"] == "mean_difference").sum() == 10
    for term in ("probability_highest", "probability_lowest"):
        assert table.loc[table["term"] == term, "estimate"].sum() == pytest.approx(1.0)
    assert table.loc[table["term"] == "expected_rank", "estimate"].sum() == pytest.approx(15.0)
    reach = found.row("comparison_interval", "North")
    assert (reach["ci_high"] - reach["estimate"]) / reach["std_error"] == pytest.approx(REFERENCE["comparing"]["t"])
    differences = table[table["term"] == "mean_difference"]
    clear = (differences["ci_low"] > 0) | (differences["ci_high"] < 0)
    assert (differences.loc[clear, "p_adjusted"] <= 0.0501).all()
    assert (differences["p_adjusted"] >= differences["p_value"] - 0.01).all()


def test_two_zones_have_a_difference_and_no_rank(made: Maker) -> None:
    found = tm.rank_zones(made({"A": 40, "B": 50}, apart=12))
    assert found.orders == {"trust": "two_zones"} and found.verdicts == {"trust": {}}
    assert set(found.table["term"]) == {"mean_difference"}
    assert "A - B is -" in found.sentence() and "not a ranking" in found.summary()
    frame = made({"A": 40, "B": 50}, apart=12).frame
    a, b = (frame.loc[frame["zone"] == zone, "trust"] for zone in "AB")
    row = found.row("mean_difference", contrast="A - B")
    assert row["statistic"] == pytest.approx((a.mean() - b.mean()) / np.sqrt(a.var() / 40 + b.var() / 50))
    assert row["df"] == pytest.approx(
        (a.var() / 40 + b.var() / 50) ** 2 / ((a.var() / 40) ** 2 / 39 + (b.var() / 50) ** 2 / 49)
    )


def test_a_profile_or_scores_give_the_same(scores: tm.Scores) -> None:
    profile = tm.profile_zones(scores, clusters="hood", weights="weight")
    one, other = tm.rank_zones(profile), tm.rank_zones(scores, clusters="hood", weights="weight")
    pd.testing.assert_frame_equal(one.table, other.table)
    assert json.dumps(one.to_dict())
    pd.testing.assert_frame_equal(one.table, tm.rank_zones(profile).table)


def test_zones_that_share_interviewers_are_compared_with_their_covariance(scores: tm.Scores) -> None:
    found = tm.rank_zones(scores, clusters="interviewer")
    theirs = np.array(REFERENCE["robust"]["interviewer"]["covariance"])
    row = found.row("mean_difference", contrast="Centre - Port")
    assert row["std_error"] == pytest.approx(np.sqrt(theirs[0, 0] + theirs[3, 3] - 2 * theirs[0, 3]))
    assert any("reach over several zones" in note for note in found.notes)


def test_zones_without_people_enough_are_named(made: Maker) -> None:
    found = tm.rank_zones(made({"A": 40, "B": 30, "C": 35, "D": 8, "E": 9}))
    assert found.zones == {"trust": ("A", "B", "C")}
    assert any("D, E" in note for note in found.notes)


@pytest.mark.parametrize(
    ("low", "high", "verdict", "words"),
    [
        (1, 5, "cannot_tell", "cannot be told apart from the others"),
        (1, 1, "highest", "surely the highest"),
        (1, 3, "among_highest", "surely among the 3 highest"),
        (5, 5, "lowest", "surely the lowest"),
        (4, 5, "among_lowest", "surely among the 2 lowest"),
        (2, 4, "between", "surely between rank 2 and rank 4"),
        (3, 3, "between", "surely holds rank 3"),
    ],
)
def test_words_claim_what_the_set_says(low: int, high: int, verdict: Any, words: str) -> None:
    assert verdict_of(low, high, 5) == verdict
    assert verdict_words(verdict, low, high, 5) == words


def test_orders() -> None:
    assert order_of([(1, 3), (1, 3), (1, 3)]) == "cannot_rank"
    assert order_of([(1, 2), (1, 2), (3, 3)]) == "partly"
    assert order_of([(1, 1), (2, 2), (3, 3)]) == "fully"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "bayes"}, "'simultaneous', 'marginal'"),
        ({"draws": 10}, "at least 1000"),
        ({"seed": -1}, "seed"),
        ({"wave": "2022"}, "not in this profile"),
        ({"scale": "effect"}, "not in this profile"),
        ({"by": "hood"}, "Pass it to `profile_zones`"),
    ],
)
def test_calls_that_make_no_sense_are_refused(scores: tm.Scores, options: Any, words: str) -> None:
    with pytest.raises(DesignError, match=words):
        tm.rank_zones(tm.profile_zones(scores), **options)


def test_a_rank_is_one_among_all_zones_of_one_wave(scores: tm.Scores, made: Maker) -> None:
    with pytest.raises(DesignError, match="without `zone`"):
        tm.rank_zones(tm.profile_zones(scores, ["Port", "East"]))
    waves = made(SIZES, waves=("2022", "2023"))
    with pytest.raises(DesignError, match="'2022', '2023'"):
        tm.rank_zones(waves)
    assert tm.rank_zones(waves, wave="2023").wave == "2023"
    with pytest.raises(DesignError, match="profile_zones` returns"):
        tm.rank_zones(3)  # type: ignore[arg-type]
    with pytest.raises(EstimationError):
        tm.rank_zones(made({"A": 12, "B": 5, "C": 4}))
