"""Regression to the mean: simulated pilots without and with a true change, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.missing.selection import regression_to_mean
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores
from trustmeter.stats.missing.regression_to_mean import adjusted_change, below_cutoff

LINKED = PilotDesign("b", "a", linked=True)
TRUE = 3.0
RELIABILITY = 0.6


def chosen_people(seed: int = 1, n: int = 400, *, everybody: bool = True) -> Scores:
    rng = np.random.default_rng(seed)
    steady = rng.normal(50, 15 * np.sqrt(RELIABILITY), n)
    first, second = (steady + rng.normal(0, 15 * np.sqrt(1 - RELIABILITY), n) for _ in range(2))
    before = pd.DataFrame(
        {"who": np.arange(n), "wave": "b", "y": first, "w": rng.uniform(0.5, 2, n), "block": np.arange(n) % 20}
    )
    after = before.assign(wave="a", y=second + TRUE * (first < 45))
    after = after if everybody else after[first < 45]
    return read_scores(
        pd.concat([before, after]),
        scale="y",
        ranges=(-100.0, 200.0),
        respondent="who",
        wave="wave",
        keep=["w", "block"],
    )


def chosen_areas(seed: int = 1, *, linked: bool = False, areas: int = 12, people: int = 25) -> tuple[Scores, list[str]]:
    rng = np.random.default_rng(seed)
    centre, area = rng.normal(50, 5, areas), np.repeat(np.arange(areas), people)
    own = rng.normal(0, 12, len(area)) if linked else np.zeros(len(area))
    noise = 9 if linked else 15
    first = centre[area] + own + rng.normal(0, noise, len(area))
    low = np.argsort(np.bincount(area, first))[:3]
    second = centre[area] + own + rng.normal(0, noise, len(area)) + TRUE * np.isin(area, low)
    names = np.array([f"Area {letter}" for letter in "ABCDEFGHIJKL"])[:areas]
    before = pd.DataFrame({"who": np.arange(len(area)), "wave": "b", "zone": names[area], "y": first})
    after = before.assign(wave="a", y=second, who=before["who"] + (0 if linked else 10_000))
    both = pd.concat([before, after])
    scores = read_scores(both, scale="y", ranges=(-100.0, 200.0), respondent="who", wave="wave", zone="zone")
    return scores, [str(name) for name in names[low]]


def beyond(scores: Scores, **asked: Any) -> pd.Series[Any]:
    found = regression_to_mean(scores, LINKED if "cutoff" in asked else PilotDesign("b", "a"), **asked).table
    return found[(found["term"] == "change_beyond") & (found["group"] == "")].iloc[0]


@pytest.mark.parametrize(("everybody", "reliability"), [(True, None), (True, 0.6), (False, 0.6), (False, None)])
def test_what_lies_beyond_is_the_true_change_of_people(everybody: bool, reliability: float | None) -> None:
    rows = [beyond(chosen_people(seed, everybody=everybody), cutoff=45, reliability=reliability) for seed in range(40)]
    estimates = np.array([float(one["estimate"]) for one in rows])
    errors = np.array([float(one["std_error"]) for one in rows])
    assert abs(estimates.mean() - TRUE) < 3 * estimates.std() / np.sqrt(40)
    assert 0.7 < errors.mean() / estimates.std(ddof=1) < 1.4
    assert sum(bool(one["ci_low"] < TRUE < one["ci_high"]) for one in rows) >= 34


@pytest.mark.parametrize("linked", [False, True])
def test_what_lies_beyond_is_the_true_change_of_areas(linked: bool) -> None:
    rows = []
    for seed in range(40):
        scores, low = chosen_areas(seed, linked=linked)
        rows.append(beyond(scores, chosen_areas=low))
    estimates = np.array([float(one["estimate"]) for one in rows])
    assert abs(estimates.mean() - TRUE) < 3.5 * estimates.std() / np.sqrt(40)
    assert sum(bool(one["ci_low"] < TRUE < one["ci_high"]) for one in rows) >= 34


def test_expected_rises_equal_a_direct_computation() -> None:
    scores = chosen_people()
    found = regression_to_mean(scores, LINKED, cutoff=45, reliability=0.6)
    first = scores.frame[scores.frame["wave"] == "b"]["y"].to_numpy()
    low = first < 45
    assert found.value("expected_rise") == pytest.approx(0.4 * (first.mean() - first[low].mean()), abs=1e-10)
    normal = below_cutoff(45, first.mean(), first.std(), 0.6, len(first))
    assert found.value("expected_rise_normal") == pytest.approx(normal.value, abs=1e-10)
    total = found.value("expected_rise") + found.value("change_beyond")
    assert found.value("mean_change") == pytest.approx(total, abs=1e-10)
    assert "were to be expected" in found.notes[0]


def test_without_a_reliability_the_slope_of_the_chosen_takes_its_place() -> None:
    scores = chosen_people(everybody=False)
    wide = scores.frame.pivot(index="who", columns="wave", values="y").dropna()
    everybody = scores.frame[scores.frame["wave"] == "b"]["y"].to_numpy()
    error = everybody.std() / np.sqrt(len(everybody))
    direct = adjusted_change(wide["b"].to_numpy(), wide["a"].to_numpy(), everybody.mean(), error)
    found = regression_to_mean(scores, LINKED, cutoff=45)
    assert found.value("change_beyond") == pytest.approx(direct.effect, abs=1e-9)
    assert "slope of the chosen" in " ".join(found.notes)


def test_a_population_may_stand_in_for_scores_of_all() -> None:
    whole = chosen_people()
    first = whole.frame[whole.frame["wave"] == "b"].set_index("who")["y"]
    chosen = whole.select(whole.frame["who"].map(first) < 45)
    with pytest.raises(EstimationError, match="population"):
        regression_to_mean(chosen, LINKED, cutoff=45, reliability=0.6)
    mine = regression_to_mean(
        chosen, LINKED, cutoff=45, reliability=0.6, population=(float(first.mean()), float(first.std(ddof=0)))
    )
    theirs = regression_to_mean(whole, LINKED, cutoff=45, reliability=0.6)
    assert mine.value("expected_rise") == pytest.approx(theirs.value("expected_rise"), abs=1e-10)
    assert mine.value("expected_rise_normal") == pytest.approx(theirs.value("expected_rise_normal"), abs=1e-10)


def test_weights_and_clusters_are_used() -> None:
    scores = chosen_people()
    plain = regression_to_mean(scores, LINKED, cutoff=45, reliability=0.6)
    design = PilotDesign("b", "a", linked=True, weights="w", clusters="block")
    found = regression_to_mean(scores, design, cutoff=45, reliability=0.6)
    assert found.value("expected_rise") != plain.value("expected_rise")
    assert float(found.table.loc[found.table["term"] == "change_beyond", "df"].iloc[0]) == 19


def test_the_same_people_rise_less_than_other_people() -> None:
    scores, low = chosen_areas(3, linked=True)
    same = regression_to_mean(scores, PilotDesign("b", "a", linked=True), chosen_areas=low, reliability=0.64)
    other = regression_to_mean(scores, PilotDesign("b", "a", linked=False), chosen_areas=low)
    assert same.value("expected_rise") == pytest.approx(0.36 * other.value("expected_rise"), rel=1e-9)
    assert len(same.table[same.table["group"] != ""]) == 3


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Nothing was chosen"),
        ({"cutoff": 45, "chosen_areas": "x"}, "one at a time"),
        ({"cutoff": "low"}, "number"),
        ({"cutoff": 45, "reliability": 1.5}, "0 to 1"),
        ({"cutoff": 45, "population": (50.0,)}, "mean and standard deviation"),
    ],
)
def test_calls_that_make_no_sense_are_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        regression_to_mean(chosen_people(), LINKED, **asked)


def test_designs_and_data_that_cannot_answer_are_refused() -> None:
    scores = chosen_people()
    with pytest.raises(EstimationError, match="Nobody scored below"):
        regression_to_mean(scores, LINKED, cutoff=-50)
    with pytest.raises(DesignError, match="follows people"):
        regression_to_mean(scores, PilotDesign("b", "a", linked=False), cutoff=45)
    with pytest.raises(DesignError, match="effect"):
        regression_to_mean(scores, PilotDesign("b", "a", area="block", treated=["1"]), cutoff=45)
    areas, _ = chosen_areas()
    with pytest.raises(EstimationError, match="All areas were chosen"):
        regression_to_mean(areas, PilotDesign("b", "a"), chosen_areas=sorted(areas.frame["zone"].unique()))
    with pytest.raises(DesignError, match="area"):
        regression_to_mean(areas, PilotDesign("b", "a"), chosen_areas="Nowhere")
