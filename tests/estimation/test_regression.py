"""Regression of scores and answers under their design, held against R's survey package and against what must be refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.responses.design import Calibration

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
VALUES = json.loads((REFERENCE / "values/survey_association.json").read_text(encoding="utf-8"))
KEPT = ["x1", "x2", "grp", "b", "k", "a", "c", "inside"]
TRUST = tm.load_questionnaire("community-trust-short")
DRAWN = {"weights": "w", "strata": "stratum", "clusters": "psu"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data/survey_association.csv")


def read(frame: pd.DataFrame, **design: object) -> tm.Scores:
    return tm.read_scores(frame, scale="y", ranges=(-20, 20), keep=KEPT, design=tm.SurveyDesign(**design))


def designed(table: pd.DataFrame, name: str) -> tm.Scores:
    """Return scores under one of the designs that the reference knows."""
    frame = table.copy()
    if "domain" in name:
        frame.loc[frame["inside"] == 0, ["y", "b", "k", "a"]] = np.nan
    if name.startswith("raked"):
        frame["w"] = VALUES["raked_weights"]
        codes = tuple(pd.factorize(frame[one], sort=True)[0] for one in ("grp", "c"))
        return read(
            frame, **DRAWN, calibration=(Calibration("rake", table["w"].to_numpy(), codes, margins=("grp", "c")),)
        )
    if name.startswith("bootstrap"):
        stored = VALUES["bootstrap"]
        times = np.array(stored["multipliers"])[pd.factorize(frame["psu"])[0]]
        each = {f"r{place}": frame["w"] * times[:, place] for place in range(times.shape[1])}
        told = tm.Replicates(tuple(each), "bootstrap", stored["scale"], mse=False)
        return read(frame.assign(**each), weights="w", replicates=told)
    more = {"population": "population"} if name == "finite" else {}
    return read(frame, **({"weights": "w"} if name == "weights" else DRAWN), **more)


@pytest.mark.parametrize(
    "name", ["weights", "clusters", "finite", "raked", "domain", "raked_domain", "bootstrap", "bootstrap_domain"]
)
@pytest.mark.parametrize(("family", "outcome"), [("gaussian", "y"), ("binomial", "b"), ("poisson", "k")])
def test_equals_svyglm(table: pd.DataFrame, name: str, family: str, outcome: str, agree) -> None:
    r = VALUES["cases"][name][family]
    found = tm.design_regression(designed(table, name), outcome, predictors=["x1", "x2", "grp"], family=family)
    rows, term = found.table.iloc[:5], found.table.iloc[5]
    assert list(rows["contrast"]) == ["", "", "", "b - a", "c - a"]
    for what, ours, theirs in (
        ("estimates", rows["estimate"], r["coefficients"]),
        ("standard errors", rows["std_error"], np.sqrt(np.diag(r["covariance"]))),
        ("p values", rows["p_value"], r["p_values"]),
        ("intervals", rows[["ci_low", "ci_high"]], r["intervals"]),
        ("degrees of freedom", rows["df"], [r["df"]] * 5),
        ("Wald F of a predictor", [term["statistic"], term["p_value"]], [r["term"]["statistic"], r["term"]["p_value"]]),
    ):
        agree(
            f"design_regression: {what}", ours, theirs, 1e-7, reference="survey::svyglm 4.1-1", data=f"{family}, {name}"
        )


@pytest.mark.parametrize("name", ["weights", "clusters", "finite", "raked", "domain", "raked_domain"])
def test_ordered_answers_equal_svyolr(table: pd.DataFrame, name: str, agree) -> None:
    r = VALUES["cases"][name]["ordinal"]
    found = tm.design_regression(designed(table, name), "a", predictors=["x1", "x2", "grp"], family="ordinal")
    assert list(found.table["contrast"][:2]) == ["1|2", "2|3"]
    rows, errors = found.table[:6], r["std_errors"]
    for what, ours, theirs in (
        ("thresholds and slopes", rows["estimate"], r["thresholds"] + r["slopes"]),
        ("standard errors", rows["std_error"], errors[4:] + errors[:4]),
        ("degrees of freedom", rows["df"], [r["df"]] * 6),
        ("Wald F of a predictor", found.table["statistic"][6:], [r["term"]["statistic"]]),
    ):
        agree(
            f"design_regression: {what}", ours, theirs, 2e-7, reference="survey::svyolr 4.1-1", data=f"ordinal, {name}"
        )
    assert "proportional odds" in found.table["method"].iloc[0]


@pytest.mark.parametrize("name", ["clusters", "raked_domain", "bootstrap"])
def test_two_ordered_answers_are_a_logistic_regression(table: pd.DataFrame, name: str) -> None:
    scores = designed(table, name)
    ordinal, logistic = (
        tm.design_regression(scores, "b", predictors=["x1", "grp"], family=family).table
        for family in ("ordinal", "binomial")
    )
    assert ordinal["estimate"][0] == pytest.approx(-logistic["estimate"][0], abs=1e-9)
    assert ordinal["estimate"][1:4].to_numpy() == pytest.approx(logistic["estimate"][1:4].to_numpy(), abs=1e-9)
    for column in ("std_error", "df", "p_value"):
        assert ordinal[column].to_numpy() == pytest.approx(logistic[column].to_numpy(), rel=1e-7, nan_ok=True)


def test_says_what_it_rests_on(table: pd.DataFrame) -> None:
    found = tm.design_regression(designed(table, "raked"), "y", predictors=["x1", "grp"])
    told = " ".join(found.notes)
    assert "weights 'w'; strata 'stratum'; clusters 'psu'" in told
    assert "known margins that the weights meet" in told
    assert "24 clusters (18 degrees of freedom)." in told
    assert "grp 'a'" in told
    assert found.references == {"grp": "a"}
    assert found.table["n"].iloc[0] == len(table)
    w = np.array(VALUES["raked_weights"])
    assert found.table["n_effective"].iloc[0] == pytest.approx(w.sum() ** 2 / (w @ w))
    assert found.value("grp", "b - a") == found.table.loc[found.table["contrast"] == "b - a", "estimate"].iloc[0]
    with pytest.raises(tm.DesignError, match="no coefficient"):
        found.value("grp")
    few = tm.design_regression(read(table, weights="w", clusters="stratum"), "y", predictors="x1")
    assert "6 clusters (5 degrees of freedom); with so few" in " ".join(few.notes)


def test_another_reference_turns_the_contrasts(table: pd.DataFrame) -> None:
    scores = designed(table, "clusters")
    plain = tm.design_regression(scores, "y", predictors="grp")
    turned = tm.design_regression(scores, "y", predictors="grp", references={"grp": "b"})
    assert turned.value("grp", "a - b") == pytest.approx(-plain.value("grp", "b - a"))
    assert turned.table["statistic"].iloc[3] == pytest.approx(plain.table["statistic"].iloc[3])
    whole = tm.design_regression(scores, "y", predictors="c", references={"c": "1"})
    assert list(whole.table["contrast"]) == ["", "2 - 1", "3 - 1", "4 - 1", "all are zero"]


def test_a_mean_without_a_design_equals_least_squares() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 200))
    found = tm.design_regression(
        tm.read_scores(pd.DataFrame({"y": y, "x": x}), scale="y", ranges=(-9, 9), keep="x"), "y", predictors="x"
    )
    design = np.column_stack([np.ones(200), x])
    b = np.linalg.lstsq(design, y, rcond=None)[0]
    bread, rows = np.linalg.inv(design.T @ design), design * (y - design @ b)[:, None]
    assert found.table["estimate"].to_numpy() == pytest.approx(b)
    assert found.covariance == pytest.approx(200 / 199 * bread @ rows.T @ rows @ bread)
    assert "no design" in found.notes[1]


def test_items_scales_and_events() -> None:
    answers = tm.simulate_responses(TRUST, 250, seed=2)
    scores = tm.score(answers)
    found = tm.design_regression(
        scores, "TR01", predictors=["wave", "procedural_justice"], family="binomial", event=["4", "5"]
    )
    assert list(found.table["item"]) == ["TR01"] * 3
    assert found.table["contrast"].iloc[1] == "after - before"
    assert found.simulated
    assert any("Rows of one person count as one cluster" in note for note in found.notes)
    assert any("odds ratios" in note for note in found.notes)
    alone = tm.design_regression(answers, "TR01", predictors="SEX", wave="before")
    assert alone.provenance.rows_left_out["another wave"] == 250
    assert tm.design_regression(scores, "trust", predictors="SEX", wave="before").table["scale"].iloc[0] == "trust"


def test_small_categories_are_set_aside_and_said(table: pd.DataFrame) -> None:
    rare = table.assign(grp=table["grp"].where(np.arange(len(table)) >= 9, "z"))
    found = tm.design_regression(read(rare, **DRAWN), "y", predictors=["x1", "grp"])
    assert found.provenance.rows_left_out == {"a category of too few people": 9}
    assert "z - a" not in set(found.table["contrast"])
    assert any("Set aside, because fewer than 10 people are in them: grp 'z'" in note for note in found.notes)
    frame = table.assign(y=table["y"].where(np.arange(len(table)) >= 9))
    without = tm.design_regression(read(frame, **DRAWN), "y", predictors=["x1", "grp"])
    assert found.table["estimate"].to_numpy() == pytest.approx(without.table["estimate"].to_numpy(), nan_ok=True)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"predictors": "x3"}, tm.DesignError, "variable of `design_regression` must be one of"),
        ({"predictors": ["x1", "y"]}, tm.DesignError, "as outcome and as predictor"),
        ({"predictors": "x1", "family": "gamma"}, tm.DesignError, "`family`"),
        ({"predictors": "x1", "family": "binomial"}, tm.DesignError, "is 0 or 1"),
        ({"predictors": "x1", "family": "poisson"}, tm.DesignError, "count of 0 or more"),
        ({"predictors": "x1", "family": "ordinal"}, tm.DesignError, "has 2 to 20 values"),
        ({"outcome": "rare", "predictors": "x1", "family": "ordinal"}, tm.EstimationError, "Fewer than 5 people"),
        ({"outcome": "above", "predictors": "x1", "family": "ordinal"}, tm.EstimationError, "without overlap"),
        ({"predictors": "x1", "event": "1"}, tm.DesignError, "goes with"),
        ({"predictors": "grp", "references": {"grp": "q"}}, tm.DesignError, "reference of 'grp'"),
        ({"predictors": "x1", "references": {"grp": "a"}}, tm.DesignError, "which is no predictor"),
        ({"predictors": "x1", "wave": "2022"}, tm.DesignError, "knows no waves"),
        ({"predictors": "x1", "conf_level": 2}, tm.DesignError, "conf_level"),
        ({"outcome": "grp", "predictors": "x1"}, tm.DesignError, "no values to compute with"),
        ({"outcome": "grp", "predictors": "x1", "family": "binomial", "event": "q"}, tm.DesignError, "event of 'grp'"),
        ({"outcome": "one", "predictors": "x1"}, tm.EstimationError, "same for everybody"),
        ({"outcome": "rare", "predictors": "x1", "family": "binomial"}, tm.EstimationError, "Fewer than 5 people"),
        ({"outcome": "nine", "predictors": "x1"}, tm.EstimationError, "fewer than 10 people"),
        ({"predictors": "one"}, tm.EstimationError, "alike in 'one'"),
        ({"predictors": ["x1", "twice"]}, tm.EstimationError, "collinear"),
        ({"outcome": "above", "predictors": "x1", "family": "binomial"}, tm.EstimationError, "without overlap"),
    ],
)
def test_refuses(table: pd.DataFrame, arguments: dict, error: type[Exception], said: str) -> None:
    place = np.arange(len(table))
    more = {"one": 1.0, "rare": (place < 4).astype(float), "nine": table["y"].where(place < 9), "twice": 2 * table["x1"],
            "above": (table["x1"] > 0).astype(float)}  # fmt: skip
    scores = tm.read_scores(table.assign(**more), scale="y", ranges=(-20, 20), keep=[*KEPT, *more],
                            design=tm.SurveyDesign(**DRAWN))  # fmt: skip
    with pytest.raises(error, match=said):
        tm.design_regression(scores, **{"outcome": "y", **arguments})


def test_too_few_clusters_and_mixed_waves_are_refused(table: pd.DataFrame) -> None:
    one = table.assign(psu=1, stratum=1)
    with pytest.raises(tm.EstimationError, match="0 degrees of freedom"):
        tm.design_regression(read(one, **DRAWN), "y", predictors="x1")
    pairs = table.assign(psu=(table["psu"] > 12).astype(int), stratum=1)
    with pytest.raises(tm.EstimationError, match="1 degrees of freedom"):
        tm.design_regression(read(pairs, **DRAWN), "y", predictors=["x1", "x2"])
    with pytest.raises(tm.DesignError, match="does not mix them"):
        tm.design_regression(tm.score(tm.simulate_responses(TRUST, 50, seed=1)), "trust", predictors="SEX")
    with pytest.raises(tm.DesignError, match="takes scores or responses"):
        tm.design_regression(table, "y", predictors="x1")
    heavy = table.assign(w=np.where(np.arange(len(table)) < 4, 1e6, 1.0))
    with pytest.raises(tm.EstimationError, match="Trim the weights"):
        tm.design_regression(read(heavy, weights="w"), "y", predictors="x1")
