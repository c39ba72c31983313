"""Changes and effects in groups: against clubSandwich, against the groups alone, and what is hidden or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.subgroup import SubgroupResult, compare_subgroups
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores

REFERENCE = Path(__file__).parents[1] / "reference"
STORED = json.loads((REFERENCE / "values/pilot_groups.json").read_text(encoding="utf-8"))
TREATED = ("A", "B", "C")
KEPT = ["area", "age", "w", "two", "three", "later"]


def table() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "data/pilot_areas.csv")
    number = frame["who"].str[1:].astype(int)
    later = np.where(frame["wave"] == "after", "yes", None)
    return frame.assign(
        two=np.array(["even", "odd"])[number % 2], three=np.array(["x", "y", "z"])[number % 3], later=later
    )


def people(frame: pd.DataFrame | None = None, **more: Any) -> Scores:
    rows = (table() if frame is None else frame).assign(**more)
    return read_scores(rows, scale="y", respondent="who", wave="wave", keep=[*KEPT, *more])


def interaction_of(found: SubgroupResult) -> dict[str, Any]:
    return dict(found.table[found.table["term"] == "interaction"].iloc[0])


@pytest.mark.parametrize(
    ("case", "by", "design"),
    [
        ("linked_two", "two", {"linked": True}),
        ("linked_three", "three", {"linked": True}),
        ("clusters_three", "three", {"linked": True, "clusters": "area"}),
        ("effect_two", "two", {"linked": True, "area": "area", "treated": TREATED}),
        ("effect_three", "three", {"linked": True, "area": "area", "treated": TREATED}),
        ("weighted_two", "two", {"linked": False, "weights": "w"}),
    ],
)
def test_the_interaction_equals_clubsandwich(
    case: str, by: str, design: dict[str, Any], agree: Callable[..., None]
) -> None:
    found = interaction_of(compare_subgroups(people(), PilotDesign("before", "after", **design), by=by, min_n=5))
    reference = f"clubSandwich {STORED['packages']['clubSandwich']}"
    for name, value in STORED["cases"]["groups"][case].items():
        agree(
            f"compare_subgroups, {case}: {name}",
            found[name],
            value,
            1e-8,
            reference=reference,
            data="8 areas, 128 people",
        )


@pytest.mark.parametrize(
    "design",
    [
        {"linked": True},
        {"linked": False},
        {"linked": True, "clusters": "area", "covariates": "age"},
        {"linked": True, "area": "area", "treated": TREATED},
    ],
    ids=str,
)
def test_each_group_has_the_number_that_it_has_alone(design: dict[str, Any]) -> None:
    whole, frame = people(), table()
    made = PilotDesign("before", "after", **design)
    found = compare_subgroups(whole, made, by="three", min_n=3)
    for group in found.groups:
        alone = question_row(compare(whole.select((frame["three"] == group).to_numpy()), made, min_n=3).table)
        assert found.value(group) == pytest.approx(alone["estimate"], abs=1e-10)
        row = found.table[found.table["group"] == group].iloc[0]
        assert row["std_error"] == pytest.approx(alone["std_error"], rel=1e-9, nan_ok=True)
        assert np.isnan(row["p_value"])


def test_an_overlap_uses_all_people_of_a_group() -> None:
    scores = people()
    overlap = compare_subgroups(scores, PilotDesign("before", "after", linked="overlap"), by="two")
    linked = compare_subgroups(scores, PilotDesign("before", "after", linked=True), by="two")
    errors = [one.table[one.table["group"] == "odd"].iloc[0] for one in (overlap, linked)]
    assert errors[0]["n"] > errors[1]["n"]
    assert errors[0]["std_error"] < errors[1]["std_error"]
    assert abs(overlap.value("odd") - linked.value("odd")) < 2 * errors[1]["std_error"]


def test_two_groups_have_their_difference_second_minus_first() -> None:
    found = compare_subgroups(people(), PilotDesign("before", "after", linked=True), by="two")
    row = interaction_of(found)
    assert row["contrast"] == "odd - even"
    assert row["estimate"] == pytest.approx(found.value("odd") - found.value("even"))
    assert found.verdicts == {"y": "cannot_tell"}


def test_groups_that_were_not_declared_are_a_question_for_the_next_pilot() -> None:
    design = PilotDesign("before", "after", linked=True)
    assert "question for the next pilot" in compare_subgroups(people(), design, by="two").notes[0]
    assert (
        "declared beforehand, as the call says" in compare_subgroups(people(), design, by="two", declared=True).notes[0]
    )


def test_a_difference_between_groups_is_found_and_holm_counts_scales() -> None:
    frame = table()
    rise = 12.0 * ((frame["two"] == "odd") & (frame["wave"] == "after"))
    scores = read_scores(
        frame.assign(z=frame["y"] + rise), scale=["y", "z"], respondent="who", wave="wave", keep=KEPT, ranges=(0, 150)
    )
    found = compare_subgroups(scores, PilotDesign("before", "after", linked=True), by="two")
    assert found.verdicts["z"] == "groups_differ"
    rows = found.table[found.table["term"] == "interaction"].set_index("scale")
    assert rows.loc["z", "p_adjusted"] == pytest.approx(2 * rows.loc["z", "p_value"])
    assert "groups differ" in found.summary()


def _sized(sizes: dict[str, int]) -> Scores:
    rng = np.random.default_rng(2)
    group = np.repeat(list(sizes), list(sizes.values()))
    n = len(group)
    frame = pd.DataFrame({"who": [*range(n)] * 2, "wave": ["before"] * n + ["after"] * n, "g": [*group] * 2})
    return read_scores(frame.assign(y=rng.uniform(20, 80, 2 * n)), scale="y", respondent="who", wave="wave", keep="g")


@pytest.mark.parametrize(
    ("sizes", "min_n", "hidden"),
    [
        ({"a": 30, "b": 30, "c": 30}, 10, set()),
        ({"a": 30, "b": 20, "c": 6}, 10, {"b", "c"}),
        ({"a": 30, "b": 30, "c": 25, "d": 6, "e": 7}, 10, {"d", "e"}),
        ({"a": 30, "b": 30, "c": 15}, 20, {"c"}),
    ],
)
def test_small_groups_are_hidden_and_cannot_be_worked_out(sizes: dict[str, int], min_n: int, hidden: set[str]) -> None:
    scores, design = _sized(sizes), PilotDesign("before", "after", linked=True)
    if len(sizes) - len(hidden) < 2:
        with pytest.raises(EstimationError, match="change of all together"):
            compare_subgroups(scores, design, by="g", min_n=min_n)
        return
    found = compare_subgroups(scores, design, by="g", min_n=min_n)
    rows = found.table[found.table["group"] != ""].set_index("group")
    assert set(rows.index[rows["suppressed"]]) == hidden
    assert rows.loc[list(hidden), ["estimate", "n"]].isna().all(axis=None)
    assert all(name not in str(interaction_of(found)["contrast"]).split() for name in hidden)
    assert set(found.table["group"]) == {*sizes, ""}


def test_a_group_that_is_small_in_one_wave_only_hides_the_next_smallest_too() -> None:
    rng = np.random.default_rng(3)
    sizes = {"before": {"a": 40, "b": 30, "c": 20, "d": 4}, "after": {"a": 40, "b": 30, "c": 20, "d": 40}}
    rows = [{"wave": wave, "g": name} for wave, of in sizes.items() for name, n in of.items() for _ in range(n)]
    frame = pd.DataFrame(rows).assign(y=rng.uniform(20, 80, len(rows)))
    found = compare_subgroups(
        read_scores(frame, scale="y", wave="wave", keep="g"), PilotDesign("before", "after"), by="g"
    )
    assert set(found.table.loc[found.table["suppressed"], "group"]) == {"c", "d"}


def test_items_group_by_their_options_and_keep_their_labels(make_answers: Callable[..., Responses]) -> None:
    scores = score(make_answers(80), scale="trust")
    found = compare_subgroups(scores, PilotDesign("2022", "2023"), by="SEX")
    assert found.groups == ("F", "M")
    assert found.labels["F"]["fr"] == "Femme"
    assert any("changed their 'SEX' count where they were before" in note for note in found.notes)


def test_few_degrees_of_freedom_are_told() -> None:
    design = PilotDesign("before", "after", linked=True, area="area", treated=TREATED)
    found = compare_subgroups(people(), design, by="three", min_n=3)
    assert any("y 3.0" in note and "take it as a hint" in note for note in found.notes)


def test_one_area_of_a_kind_gives_no_test_of_groups() -> None:
    design = PilotDesign("before", "after", linked=True, area="area", treated="A")
    found = compare_subgroups(people(), design, by="two", min_n=3)
    assert np.isnan(interaction_of(found)["p_value"])
    assert any("two areas with and two without" in note for note in found.notes)


@pytest.mark.parametrize(
    ("by", "design", "error", "says"),
    [
        ("who", {}, DesignError, "tells people apart"),
        ("wave", {}, DesignError, "tells waves apart"),
        ("respondent", {}, DesignError, "tells people apart"),
        ("tow", {}, DesignError, "Did you mean 'two'"),
        ("later", {}, DesignError, "known from the wave before"),
        ("age", {}, DesignError, "2 to 12"),
        ("one", {}, DesignError, "For one group"),
        ("area", {"area": "area", "treated": TREATED}, DesignError, "has the pilot or has it not"),
        ("two", {"covariates": "two"}, DesignError, "among the `covariates`"),
        ("area", {"clusters": "area"}, DesignError, "among the `clusters`"),
        ("three", {"min_n": 60}, EstimationError, "change of all together"),
    ],
)
def test_what_makes_no_groups_is_refused(by: str, design: dict[str, Any], error: type[Exception], says: str) -> None:
    options = {"min_n": design.pop("min_n")} if "min_n" in design else {}
    with pytest.raises(error, match=says):
        compare_subgroups(people(one="same"), PilotDesign("before", "after", linked=True, **design), by=by, **options)


def test_an_item_of_the_scale_makes_no_groups(make_answers: Callable[..., Responses]) -> None:
    scores = score(make_answers(80), scale="trust")
    with pytest.raises(DesignError, match="part of the scale 'trust'"):
        compare_subgroups(scores, PilotDesign("2022", "2023"), by="FA1")


def test_no_id_and_no_score_reaches_a_message() -> None:
    found = compare_subgroups(people(), PilotDesign("before", "after", linked=True), by="two")
    assert not any(f"'{who}'" in found.summary() for who in table()["who"].unique())
