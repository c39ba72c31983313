"""What larger designs say of odd data: nothing wrong, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.scoring.frame import read_scores

REFERENCE = Path(__file__).parents[2] / "reference"
AREAS: dict[str, Any] = {"area": "area", "treated": ("A", "B", "C")}


def frame(waves: bool = False) -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / "data/pilot_areas.csv")
    if not waves:
        return table
    stayed = table[(table["wave"] == "after") & (table["y"] > table["y"].median())]
    return pd.concat([table, stayed.assign(wave="later", y=stayed["y"] + 1)], ignore_index=True)


def told(table: pd.DataFrame, **design: Any) -> Comparison:
    scores = read_scores(table, scale="y", respondent="who", wave="wave", keep=["area", "age", "w"])
    more = {"min_n": design.pop("min_n", 10)}
    return compare(scores, PilotDesign("before", "after", **design), **more)


@pytest.mark.parametrize(
    "design",
    [
        {"linked": True, "weights": "w"},
        {"linked": True, "covariates": "age"},
        {"linked": "overlap"},
        {"linked": False, "clusters": "area", "covariates": "age"},
        {"linked": True, **AREAS},
        {"linked": False, "covariates": "age", **AREAS},
        {"linked": True, "area": "area", "treated": "A", "min_n": 5},
    ],
)
@pytest.mark.parametrize("change", [0.0, 0.1])
def test_scores_without_spread_are_not_judged_by_rounding(design: dict[str, Any], change: float) -> None:
    table = frame().assign(y=lambda d: 33.3 + change * (d["wave"] == "after"))
    found = told(table, **design)
    assert found.verdicts == {"y": "inconclusive"}
    assert np.isnan(question_row(found.table)["p_value"])
    assert np.isnan(found.table["ci_low"].to_numpy(dtype=float)).all()


def test_an_area_without_people_after_is_left_out_and_named() -> None:
    table = frame()
    gone = table[~((table["area"] == "B") & (table["wave"] == "after"))]
    found = told(gone, linked=False, **AREAS)
    without = told(table[table["area"] != "B"], linked=False, area="area", treated=("A", "C"))
    assert question_row(found.table)["estimate"] == pytest.approx(question_row(without.table)["estimate"], rel=1e-12)
    assert "Areas left out of y, for nobody there can be compared: B." in found.notes


def test_rows_of_weight_zero_are_left_out() -> None:
    table = frame()
    none = table["age"] < 30
    found = told(table.assign(w=np.where(none, 0.0, table["w"])), linked=False, weights="w")
    without = told(table[~none], linked=False, weights="w")
    assert question_row(found.table)["std_error"] == pytest.approx(question_row(without.table)["std_error"], rel=1e-12)
    assert found.provenance.rows_left_out["rows of weight zero"] == int(none.sum())


def test_infinite_covariates_are_refused() -> None:
    with pytest.raises(DesignError, match="infinite"):
        told(frame().assign(age=lambda d: np.where(d["age"] > 60, np.inf, d["age"])), linked=True, covariates="age")


def test_a_missing_covariate_is_told() -> None:
    table = frame().assign(age=lambda d: d["age"].where(d["age"] > 25))
    assert "are left out, for want of a covariate." in " ".join(told(table, linked=True, covariates="age").notes)


@pytest.mark.parametrize("design", [{}, AREAS])
def test_a_later_wave_of_linked_people_compares_those_who_stayed_with_themselves(design: dict[str, Any]) -> None:
    table = frame(waves=True)
    found = told(table, linked=True, later=["later"], min_n=3, **design)
    later = found.table[(found.table["wave"] == "later")].iloc[0]
    scores = table.pivot_table(index="who", columns="wave", values="y")
    both = scores.dropna(subset=["before", "after", "later"])
    assert later["n"] == len(both)
    area = table.drop_duplicates("who").set_index("who")["area"].reindex(both.index)
    change = both["later"] - both["before"]
    expected = change.mean()
    if design:
        means = change.groupby(area).mean()
        pilot = means.index.isin(AREAS["treated"])
        by_people = change[area.isin(AREAS["treated"])].mean() - change[~area.isin(AREAS["treated"])].mean()
        by_areas = means[pilot].mean() - means[~pilot].mean()
        expected = by_people if later["df"] > 0 else by_areas
    assert later["estimate"] == pytest.approx(expected, rel=1e-9)


def test_a_further_wave_of_few_people_is_suppressed() -> None:
    table = frame(waves=True)
    few = pd.concat([table[table["wave"] != "later"], table[table["wave"] == "later"].head(6)])
    found = told(few, linked=True, later=["later"])
    later = found.table[found.table["wave"] == "later"].iloc[0]
    assert later["suppressed"]
    assert np.isnan(later["estimate"])
    assert pd.isna(later["n"])
    assert found.verdicts == {"y": "inconclusive"}


def test_clusters_that_decide_alone_give_a_reason() -> None:
    table = frame().assign(area=lambda d: d["wave"])
    found = told(table, linked=False, clusters="area")
    assert found.notes[0].startswith("The change is what single clusters (of 2) decide alone")
    assert "clusters: its test has" in told(frame(), linked=False, clusters="area").notes[0]


def test_n_counts_the_people_of_the_two_waves_compared() -> None:
    table = frame(waves=True)
    found = told(table, linked=False, later=["later"])
    question = question_row(found.table)
    assert question["n"] == int((table["wave"] != "later").sum())
