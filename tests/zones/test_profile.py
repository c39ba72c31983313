"""Zones side by side: numbers against metafor and quadrature, what is shown, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError, ResponsesError
from trustmeter.zones.places import hidden_places

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "values" / "ranking.json").read_text(encoding="utf-8")
)
PRECISE = 1e-6
"""tau² and its limits are found by iteration on both sides."""
QUADRATURE = 2e-3
"""Of points: the grid of tau has 400 cells, R's quadrature stops at 1e-10."""
ZONES = ("Centre", "East", "North", "Port", "West")
Maker = Callable[..., tm.Scores]


def column(found: tm.ZoneProfile, term: str, name: str = "estimate") -> Any:
    return found.table.loc[found.table["term"] == term, name].to_numpy(dtype=float)


def test_average_tau_and_reliability_are_those_of_metafor(scores: tm.Scores, agree: Any) -> None:
    found = tm.profile_zones(scores)
    average, tau, share = (found.row(term) for term in ("average", "tau", "reliability_of_means"))
    ours = [average["estimate"], average["std_error"], average["ci_low"], average["ci_high"], tau["estimate"], tau["ci_low"],
            tau["ci_high"], share["estimate"]]  # fmt: skip
    theirs = [
        REFERENCE["average"][key] for key in ("estimate", "se", "low", "high", "tau", "tau_low", "tau_high", "i2")
    ]
    source = f"metafor::rma {REFERENCE['packages']['metafor']}"
    agree("zones: average, tau, I²", ours, theirs, PRECISE, reference=source, data="ranking_people", relative=True)


def test_partial_pooling_is_the_integral_over_tau(scores: tm.Scores, agree: Any) -> None:
    found = tm.profile_zones(scores)
    theirs = REFERENCE["pooled"]
    ours = np.r_[column(found, "zone_mean_pooled"), column(found, "zone_mean_pooled", "std_error")]
    source = f"stats::integrate {REFERENCE['r'][10:15]}"
    theirs_of = np.r_[theirs["mean"], theirs["sd"]]
    agree("zones leaning towards the average", ours, theirs_of, QUADRATURE, reference=source, data="ranking_people")
    agree("reliability of a zone's mean", column(found, "reliability_of_mean"), 1 - np.array(theirs["share"]), QUADRATURE,
          reference=source, data="ranking_people")  # fmt: skip


def test_with_tau_as_known_it_would_be_metafors_blup(scores: tm.Scores) -> None:
    found = tm.profile_zones(scores)
    lean = column(found, "zone_mean_pooled") - found.value()
    assert lean == pytest.approx(
        np.array(REFERENCE["blup"]["estimate"]) - REFERENCE["average"]["estimate"], rel=0.25, abs=0.4
    )


def test_the_table_has_a_row_a_zone_by_name_and_the_words_of_the_vocabulary(scores: tm.Scores) -> None:
    found = tm.profile_zones(scores, clusters="hood", weights="weight")
    means = found.table[found.table["term"] == "zone_mean"]
    assert tuple(means["zone"]) == ZONES == found.zones == found.everywhere
    assert list(found.table) == ["scale", "zone", "term", "estimate", "std_error", "df", "ci_low", "ci_high", "n", "n_effective",
                                 "method", "suppressed"]  # fmt: skip
    assert column(found, "design_effect") == pytest.approx(
        means["n"].to_numpy(float) / means["n_effective"].to_numpy(float)
    )
    assert found.value("East") == pytest.approx(REFERENCE["robust"]["hood_weighted"]["estimate"][1])
    assert "CR2" in means["method"].iloc[0]
    assert "design_effect" not in set(tm.profile_zones(scores).table["term"])
    assert "Zones side by side" in found.summary() and "No better" not in found.summary()
    assert json.dumps(found.to_dict())


def test_one_zone_can_be_shown_beside_the_average_of_all(scores: tm.Scores) -> None:
    alone, all_of_them = tm.profile_zones(scores, "Port"), tm.profile_zones(scores)
    assert alone.zones == ("Port",) and alone.everywhere == ZONES
    assert set(alone.table["zone"]) == {"Port", ""}
    for term in ("zone_mean", "zone_mean_pooled"):
        assert str(alone.row(term, zone="Port")) == str(all_of_them.row(term, zone="Port"))
    assert alone.value() == all_of_them.value()


def test_without_pooling_there_is_no_pooled_row(scores: tm.Scores) -> None:
    assert "zone_mean_pooled" not in set(tm.profile_zones(scores, pooled=False).table["term"])


def test_waves_stand_side_by_side_and_are_what_each_would_be_alone(made: Maker) -> None:
    scores = made({"North": 30, "East": 40, "South": 35}, apart=8, waves=("2023", "2022"))
    found = tm.profile_zones(scores)
    assert found.waves == ("2022", "2023")
    single = tm.profile_zones(scores, wave="2023")
    assert found.row("zone_mean", zone="East", wave="2023")["estimate"] == single.value("East")
    assert any("not tested against each other" in note for note in found.notes)
    with pytest.raises(DesignError, match="Name the wave"):
        found.value("East")
    with pytest.raises(DesignError, match="'2024'"):
        tm.profile_zones(scores, wave="2024")


def test_small_zones_are_suppressed_and_nothing_gives_them_away(made: Maker) -> None:
    found = tm.profile_zones(made({"A": 30, "B": 25, "C": 22, "D": 7}))
    rows = found.table[found.table["term"] == "zone_mean"].set_index("zone")
    assert rows["suppressed"].to_dict() == {"A": False, "B": False, "C": True, "D": True}
    assert rows.loc[["C", "D"], ["estimate", "std_error", "n"]].isna().all().all()
    assert any(note.startswith("Not shown") for note in found.notes)
    assert found.provenance.rows_used == 55
    assert found.row("average")["n"] == 55
    shown = tm.profile_zones(made({"A": 30, "B": 25, "C": 22, "D": 6, "E": 9})).table
    assert shown.loc[shown["suppressed"], "zone"].tolist() == ["D", "E"]


@pytest.mark.parametrize(
    ("sizes", "few", "alike", "hidden"),
    [
        ((20, 30, 40), (0, 0, 0), (0, 0, 0), (0, 0, 0)),
        ((4, 30, 40), (1, 0, 0), (0, 0, 0), (1, 1, 0)),
        ((4, 7, 40), (1, 1, 0), (0, 0, 0), (1, 1, 0)),
        ((0, 30, 40), (1, 0, 0), (0, 0, 0), (1, 0, 0)),
        ((50, 30, 40), (0, 0, 0), (1, 0, 0), (1, 1, 0)),
        ((5, 30, 30), (1, 0, 0), (0, 0, 0), (1, 1, 1)),
    ],
)
def test_what_is_hidden_cannot_be_found_by_subtraction(sizes: Any, few: Any, alike: Any, hidden: Any) -> None:
    assert hidden_places(sizes, [bool(flag) for flag in few], [bool(flag) for flag in alike]) == [
        bool(flag) for flag in hidden
    ]


def test_a_zone_whose_people_all_score_alike_is_not_shown(people: pd.DataFrame) -> None:
    people.loc[people["zone"] == "East", "trust"] = 75.0
    found = tm.profile_zones(tm.read_scores(people, scale="trust", respondent="who", zone="zone"))
    hidden = found.table.loc[found.table["suppressed"], "zone"].tolist()
    assert hidden == ["East", "Port"]
    assert "75.0" not in found.summary()


def test_two_zones_are_not_pooled(made: Maker) -> None:
    found = tm.profile_zones(made({"A": 30, "B": 25}))
    assert "zone_mean_pooled" not in set(found.table["term"])
    assert any(note.startswith("Two zones only") for note in found.notes)


def test_a_zone_of_one_cluster_has_no_interval_and_says_so(people: pd.DataFrame) -> None:
    people.loc[people["zone"] == "Port", "hood"] = "Port1"
    scores = tm.read_scores(people, scale="trust", respondent="who", zone="zone", keep=["hood"])
    found = tm.profile_zones(scores, clusters="hood")
    assert np.isnan(found.row("zone_mean", zone="Port")["ci_low"])
    assert any("one cluster: Port" in note for note in found.notes)


def test_another_column_can_make_the_zones(scores: tm.Scores) -> None:
    found = tm.profile_zones(scores, by="interviewer")
    assert len(found.zones) == 9 and found.by == "interviewer"
    assert [name for name in found.zones] == sorted(found.zones)


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({}, {"by": "who"}, "tells people apart"),
        ({}, {"by": "district"}, "must be one of"),
        ({}, {"by": 3}, "name of one column"),
        ({}, {"min_n": 5}, "at least 10"),
        ({}, {"scale": "fairness"}, "'trust'"),
        ({}, {"pooled": "yes"}, "True or False"),
        ({}, {"zone": "Prot"}, "Did you mean 'Port'"),
        ({}, {"conf_level": 95}, "between 0 and 1"),
        ({}, {"clusters": "street"}, "must be one of"),
        ({"zone": "all"}, {}, "found 1 different values"),
        ({"zone": [f"z{n}" for n in range(251)]}, {}, "at most 40"),
    ],
)
def test_calls_that_make_no_sense_are_refused(people: pd.DataFrame, change: Any, options: Any, words: str) -> None:
    frame = people.assign(**change)
    scores = tm.read_scores(frame, scale="trust", respondent="who", zone="zone", keep=["hood"])
    with pytest.raises(DesignError, match=words):
        tm.profile_zones(scores, **options)


def test_one_zone_written_in_two_ways_is_refused_with_both(people: pd.DataFrame) -> None:
    people.loc[people.index[:12], "zone"] = "CENTRE "
    with pytest.raises(DesignError, match="'CENTRE' and 'Centre'"):
        tm.profile_zones(tm.read_scores(people, scale="trust", zone="zone"))
    people["street"] = people["zone"]
    people.loc[people.index[:2], "street"] = "centre"
    with pytest.raises(DesignError, match=r"one zone: 1 names") as caught:
        tm.profile_zones(tm.read_scores(people, scale="trust", keep=["street"]), by="street")
    assert "centre" not in str(caught.value)


def test_without_a_zone_column_the_cure_is_told(people: pd.DataFrame) -> None:
    with pytest.raises(DesignError, match="zone='column name'"):
        tm.profile_zones(tm.read_scores(people, scale="trust"))
    with pytest.raises(DesignError, match="`score"):
        tm.profile_zones(people)  # type: ignore[arg-type]


def test_a_person_twice_and_too_few_people_are_refused(people: pd.DataFrame, made: Maker) -> None:
    people.loc[1, "who"] = "p0"
    people.loc[1, "zone"] = people.loc[0, "zone"]
    with pytest.raises(ResponsesError, match="already has a row"):
        tm.profile_zones(tm.read_scores(people, scale="trust", respondent="who", zone="zone"))
    with pytest.raises(EstimationError, match="two zones have 10 people"):
        tm.profile_zones(made({"A": 12, "B": 5, "C": 4}))


def test_simulated_scores_say_so_and_the_data_stay_as_they_are(scores: tm.Scores) -> None:
    before = scores.frame.copy()
    marked = replace(scores, answers=replace(scores.answers, simulated=True))
    assert tm.profile_zones(marked).summary().startswith("SIMULATED DATA")
    pd.testing.assert_frame_equal(scores.frame, before)
