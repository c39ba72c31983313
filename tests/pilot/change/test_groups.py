"""Two groups with weights and clusters: against R, against the plain comparison, and what is refused or not known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign
from trustmeter.present.tables import to_table
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores

REFERENCE = Path(__file__).parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/group_designs.json").read_text(encoding="utf-8"))
VERSION = f"clubSandwich::coef_test {STORED['packages']['clubSandwich']}"
CASES: dict[str, dict[str, str]] = {
    "weights": {"weights": "w"},
    "both": {"weights": "w", "clusters": "street"},
    "blocks": {"weights": "w", "clusters": "block"},
    "streets": {"clusters": "street"},
}
TERMS = {"difference": "mean_difference", "first": "mean_first", "second": "mean_second"}
ALONE = "single clusters (of"


def table() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data/group_designs.csv")


def people(frame: pd.DataFrame | None = None, *more: str, **roles: Any) -> Scores:
    rows = table() if frame is None else frame
    return read_scores(rows, scale="y", keep=["group", "street", "block", "w", *more], **roles)


def by_group(scores: Scores, **design: Any) -> Comparison:
    return compare(scores, GroupDesign("group", "a", "b", **design))


def row(found: Comparison, term: str) -> dict[str, Any]:
    return dict(found.table[found.table["term"] == term].iloc[0])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("what", TERMS)
def test_groups_equal_least_squares_with_cr2(case: str, what: str, agree: Callable[..., None]) -> None:
    found, theirs = row(by_group(people(), **CASES[case]), TERMS[what]), STORED[case][what]
    for name in ("estimate", "std_error", "df"):
        agree(f"compare, groups by {case}, {what}: {name}", found[name], theirs[name], 1e-8,
              reference=VERSION, data="two groups, 214 people")  # fmt: skip
    assert [found["ci_low"], found["ci_high"]] == pytest.approx(theirs["ci"], abs=1e-7)
    if what == "difference":
        assert found["p_value"] == pytest.approx(theirs["p_value"], abs=1e-9)


@pytest.mark.parametrize("case", ["weights", "streets"])
def test_the_size_is_in_pooled_standard_deviations(case: str) -> None:
    found = by_group(people(), **CASES[case])
    size, difference = row(found, "d_s"), row(found, "mean_difference")
    for name in ("estimate", "std_error", "ci_low", "ci_high"):
        assert size[name] == pytest.approx(difference[name] / STORED["pooled"][case])


def test_without_weights_means_and_size_are_those_of_the_plain_comparison() -> None:
    plain, clustered = by_group(people()), by_group(people(), clusters="street")
    for term in ("mean_first", "mean_second", "mean_difference", "d_s"):
        assert clustered.value(term) == pytest.approx(plain.value(term))
    assert clustered.table["term"].tolist() == ["mean_first", "mean_second", "mean_difference", "d_s"]
    assert plain.table["term"].tolist()[3:] == ["d_s", "hedges_g_s", "rank_biserial", "prob_superiority"]


def test_equal_weights_of_people_drawn_one_by_one_give_the_error_of_welch() -> None:
    plain, weighted = by_group(people()), by_group(people(table().assign(w=3.0)), weights="w")
    for name in ("estimate", "std_error"):
        assert row(weighted, "mean_difference")[name] == pytest.approx(row(plain, "mean_difference")[name], rel=1e-9)


def test_it_says_how_many_clusters_tell_and_shows_it_in_every_language() -> None:
    found = by_group(people(), clusters="street")
    assert found.notes[0].startswith("The difference rests on 13 clusters: its test has")
    assert "different people" in found.summary()
    shown = to_table(found, language="fr")
    assert "Standardisé" in shown.columns
    assert set(found.scores.frame["group"]) == {"a", "b"}


def test_groups_that_are_a_cluster_each_have_no_test() -> None:
    found = by_group(people(), clusters="group")
    assert found.verdicts["y"] == "inconclusive"
    assert np.isnan(row(found, "mean_difference")["p_value"])
    assert ALONE in found.notes[0]


def test_a_scale_with_scores_in_one_cluster_has_no_test_and_leaves_the_others_theirs() -> None:
    frame = table().assign(z=lambda rows: rows["y"].where(rows["street"] == rows["street"].mode()[0]))
    scores = read_scores(frame, scale=["y", "z"], keep=["group", "street", "w"])
    found = compare(scores, GroupDesign("group", "a", "b", weights="w", clusters="street"), min_n=3)
    asked = found.table[found.table["term"] == "mean_difference"].set_index("scale")
    assert np.isfinite(asked.loc["y", "std_error"])
    assert np.isnan(asked.loc["z", "std_error"])
    assert np.isfinite(asked.loc["z", "estimate"])
    assert "No test and no interval: z." in found.notes


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"street": "one"}, "All rows are in one cluster of 'street'; two or more are needed. Leave it out: the difference"),
        ({"street": None}, "rows have no cluster in 'street'"),
        ({"w": -1.0}, "must be finite numbers of at least 0"),
    ],
)  # fmt: skip
def test_designs_that_cannot_be_are_refused(change: dict[str, Any], word: str) -> None:
    with pytest.raises(DesignError, match=word):
        by_group(people(table().assign(**change)), weights="w", clusters="street")


def test_a_column_that_was_not_kept_is_refused() -> None:
    with pytest.raises(DesignError, match="Did you mean 'street'"):
        by_group(people(), clusters="stret")


def test_one_cluster_among_the_two_groups_is_one_even_if_others_have_more() -> None:
    frame = table()
    frame["street"] = np.where(frame["group"] == "c", frame["street"], 1)
    with pytest.raises(DesignError, match="All rows are in one cluster"):
        by_group(people(frame), clusters="street")


def test_rows_of_weight_zero_are_left_out_and_counted() -> None:
    frame = table()
    idle = (frame.index < 40) & (frame["group"] != "c")
    found = by_group(people(frame.assign(w=np.where(idle, 0.0, frame["w"]))), weights="w")
    alone = by_group(people(frame[~idle]), weights="w")
    assert found.provenance.rows_left_out["rows of weight zero"] == int(idle.sum())
    assert row(found, "mean_difference")["std_error"] == pytest.approx(row(alone, "mean_difference")["std_error"])
    assert len(found.scores) == len(alone.scores)


def test_unequal_weights_count_as_the_people_they_are_worth() -> None:
    frame = table()
    few = frame.assign(w=np.where(frame["group"] == "a", np.where(frame.index % 40, 0.001, 100.0), 1.0))
    found = by_group(people(few), weights="w")
    assert found.verdicts["y"] == "suppressed"
    assert found.table["estimate"].isna().all()
    assert any("fewer than 10 people in one of the two" in note for note in found.notes)


def test_of_a_small_group_not_even_the_number_of_people_together_is_told() -> None:
    frame = table()
    small = frame[(frame["group"] != "a") | (frame.groupby("group").cumcount() < 7)]
    found = by_group(people(small), clusters="street")
    assert found.verdicts["y"] == "suppressed"
    assert found.table["term"].tolist() == ["mean_first", "mean_second", "mean_difference", "d_s"]
    assert found.table["n"].isna().tolist() == [True, False, True, True]


def test_rows_of_one_person_in_both_groups_are_a_cluster() -> None:
    frame = table()[lambda rows: rows["group"] != "c"].copy()
    frame["who"] = [f"p{number}" for number in frame.groupby("group").cumcount()]
    by_person = row(by_group(people(frame, respondent="who"), weights="w"), "mean_difference")
    named = row(by_group(people(frame, "who"), weights="w", clusters="who"), "mean_difference")
    assert [by_person[name] for name in ("std_error", "df")] == pytest.approx(
        [named[name] for name in ("std_error", "df")]
    )
    zones = frame.assign(place=np.where(frame["group"] == "a", "north", "south"))
    apart = row(by_group(people(zones, respondent="who", zone="place"), weights="w"), "mean_difference")
    assert apart["std_error"] == pytest.approx(row(by_group(people(), weights="w"), "mean_difference")["std_error"])


def test_claims_and_joint_draws_go_with_it() -> None:
    frame = table().assign(z=lambda rows: rows["y"] + np.random.default_rng(1).normal(0, 5, len(rows)))
    scores = read_scores(frame, scale=["y", "z"], keep=["group", "street", "w"])
    design = GroupDesign("group", "a", "b", weights="w", clusters="street")
    found = compare(scores, design, adjustment="romano_wolf")
    asked = found.table[found.table["term"] == "mean_difference"]
    assert (asked["p_adjusted"] >= asked["p_value"]).all()
    assert any("romano_wolf, joint draws" in note for note in found.notes)
    claimed = compare(scores, design, smallest_effect=30.0)
    assert set(claimed.verdicts.values()) == {"no_relevant_change"}
