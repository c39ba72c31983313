"""Replicate weights made from designs, margins met again in each, and an analyst's own numbers: held against R's survey."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
DESIGNS = json.loads((REFERENCE / "values/survey_design.json").read_text(encoding="utf-8"))["replicates"]
STORED = json.loads((REFERENCE / "values/survey_estimates.json").read_text(encoding="utf-8"))
SCHOOLS, PAIRS = (pd.read_csv(REFERENCE / f"data/survey_{name}.csv") for name in ("schools", "pairs"))
R = f"survey {STORED['packages']['survey']}"
FULL = {"weights": "w", "strata": "stratum", "clusters": "cluster"}
KNOWN = {"a": {"1": 330.0, "2": 250.0, "3": 120.0}, "b": {"1": 300.0, "2": 400.0}}
TRUST = tm.load_questionnaire("community-trust-short")


def read(frame: pd.DataFrame, kept: list[str], **design: Any) -> tm.Scores:
    return tm.read_scores(frame, scale="y", ranges=(-1000, 2000), keep=kept, design=tm.SurveyDesign(**design))


def told(found: tm.SurveyEstimates) -> list[float]:
    return [found.value(found.terms[0]), found.value(found.terms[0], column="std_error")]


def stored(r: dict[str, Any], at: int = 0) -> list[float]:
    return [np.ravel(r["estimate"])[at], float(np.sqrt(np.atleast_2d(r["covariance"])[at, at]))]


def given(frame: pd.DataFrame, name: str, *, mse: bool) -> tm.Scores:
    """Return scores with the very replicates that R drew, as if they had come with the data."""
    r = DESIGNS[name]
    first = frame.drop_duplicates("cluster")["cluster"].tolist()
    times = np.array(r["factors"])[[first.index(one) for one in frame["cluster"]]]
    each = pd.DataFrame(frame["w"].to_numpy()[:, None] * times).add_prefix("r")
    method = {"subbootstrap": "bootstrap"}.get(name, name)
    kind = tm.Replicates(tuple(each), method, r["scale"], tuple(r["rscales"]), mse=mse, df=r["df"])  # type: ignore[arg-type]
    return read(pd.concat([frame, each], axis=1), ["z"], weights="w", replicates=kind)


@pytest.mark.parametrize(
    ("name", "method"),
    [("jk1", "jk1"), ("jkn", "jkn"), ("jkn_finite", "jkn"), ("jkn_uneven", "jkn"), ("brr", "brr"), ("fay", "fay")],
)
def test_made_replicates_give_the_errors_of_survey(name: str, method: str, agree: Any) -> None:
    frame = SCHOOLS if name == "jkn_uneven" else PAIRS.assign(forty=40)
    design = {"jk1": {"weights": "w", "clusters": "cluster", "population": "forty"},
              "jkn_finite": {**FULL, "population": "population"}}.get(name, FULL)  # fmt: skip
    made = tm.make_replicates(read(frame, ["z", "g"], **design), method, rho=0.3)  # type: ignore[arg-type]
    r = DESIGNS[name]["estimate"]
    found = tm.estimate(made, "y")
    # Another balanced set of half samples than R's is as good: only what is linear has the same error.
    data, near = {"reference": R, "data": name, "relative": True}, 0.1 if method in ("brr", "fay") else 1e-7
    verb = "make_replicates" if near < 0.1 else "make_replicates, another balanced set"
    agree(f"{verb}: mean", told(found), stored(r["mean"]), near, **data)
    agree("make_replicates: total", told(tm.estimate(made, "y", statistic="total")), stored(r["total"]), 1e-7, **data)
    agree(f"{verb}: ratio", told(tm.estimate_ratio(made, "y", "z")), stored(r["ratio"]), near, **data)
    one = tm.estimate(made, "y", domain=made.answers.frame["g"] == 1)
    agree(f"{verb}: domain", told(one), stored(r["domain"]), near, **data)
    assert found.df_joint == DESIGNS[name]["df"]
    assert f"{method} replicates" in set(found.table["method"])
    assert any("The standard errors rest on" in note and "replicates" in note for note in found.notes)


@pytest.mark.parametrize("name", ["bootstrap", "subbootstrap"])
@pytest.mark.parametrize("mse", [False, True])
def test_replicates_that_came_with_the_data_are_used(name: str, mse: bool, agree: Any) -> None:
    r, scores = DESIGNS[name], given(SCHOOLS, name, mse=mse)
    agree("estimate: replicates of the data", told(tm.estimate(scores, "y")), stored(r["estimate" if mse else "mean"]["mean"]),
          1e-7, reference=R, data=name, relative=True)  # fmt: skip


@pytest.mark.parametrize("name", ["jkn", "brr", "fay"])
def test_quantiles_under_replicates_equal_svyquantile(name: str, agree: Any) -> None:
    found = tm.estimate(given(PAIRS, name, mse=True), "y", statistic="quantile", quantiles=(0.25, 0.5)).table
    columns = ["estimate", "ci_low", "ci_high", "std_error"]
    shown = found[columns].notna().all(axis=1).to_numpy()
    assert shown[1]
    agree("estimate: quantiles under replicates", found.loc[shown, columns], np.array(STORED["replicated_quantiles"][name])[shown],
          1e-7, reference=R, data=name, relative=True)  # fmt: skip


@pytest.mark.parametrize("kind", ["raked", "calibrated"])
def test_margins_are_met_again_in_each_replicate(kind: str, agree: Any) -> None:
    scores = read(SCHOOLS, ["x", "z", "a", "b", "g"], **FULL)
    if kind == "raked":
        weighted = tm.rake(scores.answers, KNOWN, tolerance=1e-13).answers
    else:
        weighted = tm.calibrate(scores.answers, {"a": KNOWN["a"]}, method="raking", means={"x": 4400 / 700}).answers
    made = tm.make_replicates(replace(scores, answers=weighted), "jkn")
    r, data = STORED[kind], {"reference": R, "data": f"schools, {kind}"}
    for variable, at in (("y", 0), ("z", 1)):
        agree(
            f"make_replicates, {kind}: mean",
            told(tm.estimate(made, variable)),
            stored(r["mean"], at),
            1e-6,
            **data,
            relative=True,
        )
    shares = tm.estimate(made, "a", statistic="share")
    assert shares.value("share:2", column="std_error") == pytest.approx(0, abs=1e-8)
    one = tm.estimate(made, "y", domain=SCHOOLS["g"] == 1)
    agree(f"make_replicates, {kind}: domain", told(one), stored(r["domain"]), 1e-6, **data, relative=True)


@pytest.mark.parametrize("name", ["jkn", "fay"])
def test_any_number_equals_with_replicates(name: str, agree: Any) -> None:
    made = given(PAIRS, name, mse=True)

    def own(scores: tm.Scores) -> float:
        frame = scores.answers.frame
        w, y, z = frame[scores.answers.design.weights], scores.frame["y"], frame["z"]  # type: ignore[union-attr]
        return float((w * y**2).sum() / (w * z).sum() ** 2 * w.sum())

    found, r = tm.replicate_estimate(made, own), STORED["own"][name]
    agree("replicate_estimate", told(found), np.ravel([r["estimate"], r["std_error"]]), 1e-7,
          reference=f"{R}, withReplicates", data=name, relative=True)  # fmt: skip
    assert any("was not looked at" in note for note in found.notes)
    assert found.value(column="n") == len(PAIRS)
    again = tm.replicate_estimate(made, lambda one: {"mean": tm.estimate(one, "y").value(), "own": own(one)})
    assert again.terms == ("mean", "own")
    assert told(again) == pytest.approx(told(tm.estimate(made, "y")))
    assert again.covariance.shape == (2, 2)


def test_a_bootstrap_is_near_linearisation_and_follows_its_seed() -> None:
    scores = read(SCHOOLS, ["population"], **FULL)
    made = tm.make_replicates(scores, replicates=2000, seed=3)
    linear = told(tm.estimate(scores, "y"))
    assert told(tm.estimate(made, "y"))[1] == pytest.approx(linear[1], rel=0.1)
    few = [tm.make_replicates(scores, replicates=5, seed=seed).answers.frame["replicate_1"] for seed in (3, 3, 4)]
    assert few[0].equals(few[1])
    assert not few[0].equals(few[2])
    finite = read(SCHOOLS, [], **FULL, population="population")
    assert told(tm.estimate(tm.make_replicates(finite, replicates=2000, seed=3), "y"))[1] == pytest.approx(
        told(tm.estimate(finite, "y"))[1], rel=0.1
    )


def test_people_with_two_waves_are_drawn_together() -> None:
    answers = tm.simulate_responses(TRUST, 60, seed=2)
    made = tm.make_replicates(answers, "jk1")
    assert made.design is not None
    assert made.design.replicates is not None
    assert len(made.design.replicates.columns) == 60
    assert len(made) == 120
    assert list(made.frame.columns[: len(made.roles.columns)]) == list(made.roles.columns)
    assert "replicate_1" not in answers.frame
    here, there = (tm.compare_domains(tm.estimate(one, "TR01", by="wave")).table.iloc[0] for one in (answers, made))
    assert here["estimate"] == pytest.approx(there["estimate"])
    assert here["std_error"] == pytest.approx(there["std_error"], rel=0.05)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"method": "jk2"}, "method"),
        ({"method": "jk1"}, "JK1 needs one stratum"),
        ({"method": "brr"}, "even number of clusters"),
        ({"replicates": 1}, "replicates"),
        ({"seed": -1}, "seed"),
    ],
)
def test_refuses(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(tm.DesignError, match=said):
        tm.make_replicates(read(SCHOOLS, [], **FULL), **asked)


def test_refuses_twice_and_without_and_other_things() -> None:
    scores = read(SCHOOLS, [], **FULL)
    made = tm.make_replicates(scores, "jkn")
    with pytest.raises(tm.DesignError, match="has replicate weights already"):
        tm.make_replicates(made)
    with pytest.raises(tm.DesignError, match="column 'replicate_1' already"):
        tm.make_replicates(read(SCHOOLS.assign(replicate_1=1.0), ["replicate_1"], **FULL), "jkn")
    with pytest.raises(tm.DesignError, match="needs replicate weights"):
        tm.replicate_estimate(scores, lambda one: 1.0)
    with pytest.raises(tm.DesignError, match="must be a function"):
        tm.replicate_estimate(made, 3)  # type: ignore[arg-type]
    with pytest.raises(tm.DesignError, match="not a result"):
        tm.replicate_estimate(made, lambda one: tm.estimate(one, "y"))
    with pytest.raises(tm.DesignError, match="must give a number"):
        tm.replicate_estimate(made, lambda one: "much")
    with pytest.raises(tm.EstimationError, match="replicates hold nobody"):
        tm.replicate_estimate(made, lambda one: float("nan") if one.answers.design.weights == "replicate_3" else 1.0)


def test_a_function_that_fails_in_a_replicate_is_told() -> None:
    made = tm.make_replicates(read(SCHOOLS, [], **FULL), "jkn")

    def fails(one: tm.Scores) -> float:
        if one.answers.design.weights == "replicate_2":  # type: ignore[union-attr]
            raise tm.EstimationError("Too few.")
        return 1.0

    with pytest.raises(tm.EstimationError, match="fails in replicate 2: Too few"):
        tm.replicate_estimate(made, fails)


def test_degrees_of_freedom_can_be_told() -> None:
    with pytest.raises(tm.DesignError, match="`df`"):
        tm.Replicates(("r1", "r2"), "bootstrap", 1.0, df=0)
    scores = read(SCHOOLS.assign(r1=SCHOOLS["w"], r2=SCHOOLS["w"] * 2), ["z"], weights="w",
                  replicates=tm.Replicates(("r1", "r2"), "bootstrap", 1.0, df=5))  # fmt: skip
    assert tm.estimate(scores, "y").df_joint == 5
