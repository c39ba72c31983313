"""Tests of two-way tables under the design of answers, held against R's survey package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
VALUES = json.loads((REFERENCE / "values/survey_association.json").read_text(encoding="utf-8"))
DRAWN = {"weights": "w", "strata": "stratum", "clusters": "psu"}
TRUST = tm.load_questionnaire("community-trust-short")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data/survey_association.csv")


def read(frame: pd.DataFrame, **design: object) -> tm.Scores:
    return tm.read_scores(frame, scale="y", ranges=(-20, 20), keep=["a", "b", "c"], design=tm.SurveyDesign(**design))


@pytest.mark.parametrize("name", ["weights", "clusters", "finite", "domain", "bootstrap", "bootstrap_domain"])
@pytest.mark.parametrize(("row", "which"), [("a", "three_by_four"), ("b", "two_by_four")])
def test_equals_svychisq(table: pd.DataFrame, name: str, row: str, which: str, agree) -> None:
    frame, design = table.copy(), {"weights": "w"} if name == "weights" else dict(DRAWN)
    if "domain" in name:
        frame.loc[frame["inside"] == 0, ["a", "b"]] = np.nan
    if name == "finite":
        design["population"] = "population"
    if name.startswith("bootstrap"):
        stored = VALUES["bootstrap"]
        times = np.array(stored["multipliers"])[pd.factorize(frame["psu"])[0]]
        each = {f"r{place}": frame["w"] * times[:, place] for place in range(times.shape[1])}
        frame = frame.assign(**each)
        design = {"weights": "w", "replicates": tm.Replicates(tuple(each), "bootstrap", stored["scale"], mse=False)}
    found, r = tm.rao_scott(read(frame, **design), row, "c"), VALUES["cases"][name][which]
    second, first, wald, size = (found.table.iloc[place] for place in range(4))
    smaller = 2 if row == "a" else 1
    for what, ours, theirs in (
        (
            "F",
            [second["statistic"], second["df"], second["p_value"]],
            [r["F"]["statistic"], r["F"]["df"][0], r["F"]["p_value"]],
        ),
        ("first order", [first["df"], first["p_value"]], [r["Chisq"]["df"], r["Chisq"]["p_value"]]),
        ("Pearson's X2", [size["estimate"] ** 2 * second["n"] * smaller], [r["Chisq"]["statistic"]]),
        ("adjusted Wald", [wald["statistic"], wald["p_value"]], [r["adjWald"]["statistic"], r["adjWald"]["p_value"]]),
    ):
        agree(f"rao_scott: {what}", ours, theirs, 1e-8, reference="survey::svychisq 4.1-1", data=f"{which}, {name}")
    assert found.p_value == second["p_value"]


def test_the_table_is_told_only_where_no_cell_is_small(table: pd.DataFrame) -> None:
    found = tm.rao_scott(read(table, **DRAWN), "b", "c")
    counts = table.groupby(["b", "c"]).size()
    assert counts.min() >= 5
    weights = table.pivot_table(index="b", columns="c", values="w", aggfunc="sum").to_numpy()
    assert found.shares.to_numpy() == pytest.approx(weights / weights.sum())
    assert list(found.shares.columns) == ["1", "2", "3", "4"]
    small = table.assign(b=np.where((table["b"] == 1) & (table["c"] == 1) & (table.index > 20), 0, table["b"]))
    hidden = tm.rao_scott(read(small, **DRAWN), "b", "c")
    assert 0 < ((small["b"] == 1) & (small["c"] == 1)).sum() < 5
    assert hidden.shares.empty
    assert hidden.std_errors.empty
    assert any("not shown" in note for note in hidden.notes)


def test_waves_and_people() -> None:
    answers = tm.simulate_responses(TRUST, 300, seed=4)
    over_time = tm.rao_scott(answers, "wave", "TR01")
    assert any("Rows of one person count as one cluster" in note for note in over_time.notes)
    assert over_time.simulated
    once = tm.rao_scott(tm.score(answers), "SEX", "TR01", wave="after")
    assert once.provenance.rows_left_out["another wave"] == 300
    assert once.table["estimate"].iloc[3] == pytest.approx(
        np.sqrt(_pearson(answers.frame[answers.frame["wave"] == "after"], once) / once.table["n"].iloc[0])
        / np.sqrt(min(once.table["df"].iloc[1], 2))
    )
    with pytest.raises(tm.DesignError, match="does not mix them"):
        tm.rao_scott(answers, "SEX", "TR01")


def _pearson(frame: pd.DataFrame, found: tm.AssociationTest) -> float:
    both = frame[["SEX", "TR01"]].dropna()
    kept = both["SEX"].value_counts().loc[lambda n: n >= 10].index
    counts = pd.crosstab(both["SEX"], both["TR01"]).loc[sorted(kept)].to_numpy(dtype=float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    assert counts.sum() == found.table["n"].iloc[0]
    return float(((counts - expected) ** 2 / expected).sum())


def test_small_categories_are_set_aside(table: pd.DataFrame) -> None:
    rare = table.assign(a=table["a"].where(table.index >= 7, 9))
    found = tm.rao_scott(read(rare, **DRAWN), "a", "c")
    assert any("a '9'" in note for note in found.notes)
    gap = tm.rao_scott(read(table.assign(a=table["a"].where(table.index >= 7)), **DRAWN), "a", "c")
    assert found.p_value == pytest.approx(gap.p_value)


def test_a_wald_test_needs_clusters(table: pd.DataFrame) -> None:
    found = tm.rao_scott(read(table, weights="w", clusters="stratum"), "a", "c")
    assert "wald_f" not in set(found.table["term"])
    assert any("no Wald test" in note for note in found.notes)
    assert any("6 clusters (5 degrees of freedom); with so few" in note for note in found.notes)


@pytest.mark.parametrize(
    ("row", "column", "error", "said"),
    [
        ("a", "a", tm.DesignError, "Name two variables"),
        ("a", "q", tm.DesignError, "column of `rao_scott` must be one of"),
        ("one", "a", tm.EstimationError, "two categories of at least 10"),
        ("nine", "a", tm.EstimationError, "fewer than 10 people"),
    ],
)
def test_refuses(table: pd.DataFrame, row: str, column: str, error: type[Exception], said: str) -> None:
    frame = table.assign(one=1, nine=np.where(table.index < 9, 1.0, np.nan))
    scores = tm.read_scores(
        frame, scale="y", ranges=(-20, 20), keep=["a", "one", "nine"], design=tm.SurveyDesign(**DRAWN)
    )
    with pytest.raises(error, match=said):
        tm.rao_scott(scores, row, column)


def test_one_cluster_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(tm.EstimationError, match="0 degrees of freedom"):
        tm.rao_scott(read(table.assign(psu=1, stratum=1), **DRAWN), "a", "c")
