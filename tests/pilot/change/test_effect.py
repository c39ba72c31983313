"""Changes and effects of larger designs: against R, against special cases, and what is refused."""

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
from trustmeter.pilot.change.few_areas import way_of
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores

REFERENCE = Path(__file__).parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/pilot_areas.json").read_text(encoding="utf-8"))
TREATED = ("A", "B", "C", "D")
AREAS: dict[str, Any] = {"area": "area", "treated": TREATED}
NUMBERS = ("estimate", "std_error", "df", "p_value")


def people(frame: pd.DataFrame | None = None) -> Scores:
    table = pd.read_csv(REFERENCE / "data/pilot_areas.csv") if frame is None else frame
    return read_scores(table, scale="y", respondent="who", wave="wave", keep=["area", "age", "w"])


def asked(found: Comparison, term: str | None = None) -> dict[str, float]:
    row = question_row(found.table) if term is None else found.table[found.table["term"] == term].iloc[0]
    return {name: float(row[name]) for name in NUMBERS}


@pytest.mark.parametrize(
    ("case", "design", "term"),
    [
        ("linked_effect", {"linked": True, **AREAS}, None),
        ("different_effect", {"linked": False, "weights": "w", **AREAS}, None),
        ("covariate_effect", {"linked": False, "weights": "w", "covariates": "age", **AREAS}, None),
        ("linked_change", {"linked": True, "clusters": "area"}, None),
        ("weighted_change", {"linked": False, "clusters": "area", "weights": "w", "covariates": "age"}, None),
        ("mean_before", {"linked": True, "clusters": "area"}, "mean_before"),
    ],
)
def test_estimates_equal_least_squares_with_cr2(
    case: str, design: dict[str, Any], term: str | None, agree: Callable[..., None]
) -> None:
    found = asked(compare(people(), PilotDesign("before", "after", **design)), term)
    version = STORED["packages"]["clubSandwich"]
    for name in NUMBERS if term is None else NUMBERS[:3]:
        agree(f"compare, {case}: {name}", found[name], STORED["cases"][case][name], 1e-8,
              reference=f"clubSandwich::coef_test {version}", data="8 areas, 128 people")  # fmt: skip


def test_a_linked_change_by_person_is_the_paired_t_test() -> None:
    plain = compare(people(), PilotDesign("before", "after", linked=True))
    weighted = people(pd.read_csv(REFERENCE / "data/pilot_areas.csv").assign(w=1.0))
    same = compare(weighted, PilotDesign("before", "after", linked=True, weights="w"))
    assert asked(plain) == pytest.approx(asked(same), rel=1e-10)


def test_an_overlap_lies_between_its_parts_and_is_surer() -> None:
    scores = people()
    linked = compare(scores, PilotDesign("before", "after", linked=True))
    different = compare(scores, PilotDesign("before", "after", linked=False))
    overlap = compare(scores, PilotDesign("before", "after", linked="overlap"))
    assert asked(overlap)["std_error"] < min(asked(linked)["std_error"], asked(different)["std_error"])
    assert "both waves; all others count" in " ".join(overlap.notes)


def test_an_effect_is_the_difference_of_the_two_kinds_of_area() -> None:
    found = compare(people(), PilotDesign("before", "after", linked=True, **AREAS)).table
    changes = found[found["term"] == "mean_change"].set_index("group")["estimate"]
    effect = float(found.loc[found["term"] == "effect", "estimate"].iloc[0])
    assert effect == pytest.approx(changes["pilot areas"] - changes["comparison areas"], abs=1e-10)


def test_one_area_against_one_has_no_interval_and_says_why_in_the_first_line() -> None:
    design = PilotDesign("before", "after", linked=True, area="area", treated="A", comparison="E")
    found = compare(people(), design, min_n=5)
    assert found.verdicts == {"y": "inconclusive"}
    assert np.isnan(asked(found)["p_value"])
    assert found.notes[0].startswith("One area with the pilot and one without cannot be told")


def test_one_treated_area_is_held_against_the_spread_of_the_others() -> None:
    design = PilotDesign("before", "after", linked=True, area="area", treated="A")
    found = compare(people(), design, min_n=5)
    row = question_row(found.table)
    assert row["p_value"] >= 1 / 8
    assert np.isnan(row["ci_low"])
    assert "at least 19 are needed" in found.notes[0]


def test_a_lot_is_judged_by_its_other_outcomes() -> None:
    scores = people()
    found = compare(scores, PilotDesign("before", "after", linked=True, randomized=True, **AREAS))
    row = question_row(found.table)
    assert "randomisation test over all 70 assignments" in row["method"]
    assert round(row["p_value"] * 70) == pytest.approx(row["p_value"] * 70, abs=1e-9)
    assert "A lot chose the areas" in found.notes[0]


@pytest.mark.parametrize(
    ("treated", "comparison", "randomized", "df", "way"),
    [
        (1, 1, False, 0.0, "none"),
        (1, 30, False, 3.0, "placebo"),
        (12, 1, True, 3.0, "placebo"),
        (3, 3, False, 3.9, "t"),
        (3, 7, False, 3.9, "assignment"),
        (3, 3, True, 3.9, "t"),
        (2, 4, False, 2.0, "t"),
        (2, 8, False, 1.5, "assignment"),
        (4, 4, True, 6.0, "assignment"),
        (10, 10, False, 12.0, "t"),
    ],
)
def test_the_rule(treated: int, comparison: int, randomized: bool, df: float, way: str) -> None:
    assert way_of(treated, comparison, randomized=randomized, df=df, level=0.05)[0] == way


def test_further_waves_are_told_beside_the_question() -> None:
    table = pd.read_csv(REFERENCE / "data/pilot_areas.csv")
    extra = table[table["wave"] == "after"].assign(wave="a year on", y=lambda rows: rows["y"] - 1.0)
    early = table[table["wave"] == "before"].assign(wave="long before")
    scores = people(pd.concat([early, table, extra]))
    design = PilotDesign("before", "after", linked=True, earlier="long before", later="a year on", **AREAS)
    found = compare(scores, design).table
    assert question_row(found)["wave"] == ""
    trend = found[found["term"] == "pre_trend"].iloc[0]
    assert (trend["wave"], trend["estimate"]) == ("long before", pytest.approx(0.0, abs=1e-9))
    later = found[(found["term"] == "effect") & (found["wave"] == "a year on")].iloc[0]
    assert later["contrast"] == "a year on - before"


def test_a_smallest_effect_gives_four_verdicts() -> None:
    rng = np.random.default_rng(3)
    who = np.arange(400)
    start = rng.normal(50, 10, 400)

    def verdict(shift: float, noise: float, n: int) -> str:
        after = start[:n] + shift + rng.normal(0, noise, n)
        table = pd.DataFrame({"who": [*who[:n], *who[:n]], "wave": ["b"] * n + ["a"] * n, "y": [*start[:n], *after]})
        scores = read_scores(table.assign(y=table["y"].clip(0, 100)), scale="y", respondent="who", wave="wave")
        return compare(scores, PilotDesign("b", "a"), smallest_effect=3.0).verdicts["y"]

    assert verdict(6.0, 4.0, 400) == "increase"
    assert verdict(-6.0, 4.0, 400) == "decrease"
    assert verdict(0.5, 4.0, 400) == "no_relevant_change"
    assert verdict(3.2, 4.0, 400) == "inconclusive"
    assert verdict(0.0, 30.0, 30) == "inconclusive"


def test_a_change_surely_above_nothing_but_not_above_the_smallest_effect_is_no_increase() -> None:
    rng = np.random.default_rng(5)
    start = rng.normal(50, 10, 300)
    table = pd.DataFrame(
        {
            "who": [*range(300)] * 2,
            "wave": ["b"] * 300 + ["a"] * 300,
            "y": [*start, *(start + 3 + rng.normal(0, 9, 300))],
        }
    )
    scores = read_scores(table.assign(y=table["y"].clip(0, 100)), scale="y", respondent="who", wave="wave")
    assert compare(scores, PilotDesign("b", "a")).verdicts["y"] == "increase"
    found = compare(scores, PilotDesign("b", "a"), smallest_effect=3.0)
    assert found.verdicts["y"] == "inconclusive"
    claim = found.table[found.table["term"] == "smallest_effect"].iloc[0]
    assert claim["p_adjusted"] > 0.05


@pytest.mark.parametrize(
    ("design", "options", "word"),
    [
        ({"area": "region", "treated": "A"}, {}, "Did you mean|must be one of"),
        ({"area": "area", "treated": "Z"}, {}, "area"),
        ({"area": "area", "treated": list("ABCDEFGH")}, {}, "nothing to compare"),
        ({"weights": "who"}, {}, "weights"),
        ({"clusters": "nowhere"}, {}, "clusters"),
        ({"earlier": "last year"}, {}, "wave"),
        ({}, {"smallest_effect": -1}, "above zero"),
        ({}, {"smallest_effect": {"z": 1}}, "smallest_effect"),
        ({}, {"seed": "x"}, "seed"),
    ],
)
def test_refusals(design: dict[str, Any], options: dict[str, Any], word: str) -> None:
    with pytest.raises(DesignError, match=word):
        compare(people(), PilotDesign("before", "after", linked=True, **design), **options)


def test_too_few_people_are_suppressed_in_every_design() -> None:
    table = pd.read_csv(REFERENCE / "data/pilot_areas.csv")
    few = table[table["area"].isin(["A", "D"]) | (table["area"] == "E")]
    design = PilotDesign("before", "after", linked=True, area="area", treated="A")
    found = compare(people(few), design, min_n=40)
    assert found.verdicts["y"] == "suppressed"
    assert found.table["estimate"].isna().all()
