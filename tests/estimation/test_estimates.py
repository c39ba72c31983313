"""Estimates through the public verbs, held against R's survey package; small numbers; refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
STORED = json.loads((REFERENCE / "values/survey_design.json").read_text(encoding="utf-8"))
CASES, ASKED = STORED["cases"], STORED["asked"]
SCHOOLS, LONELY = (pd.read_csv(REFERENCE / f"data/survey_{name}.csv") for name in ("schools", "lonely"))
R = f"survey {STORED['packages']['survey']}"
TRUST = tm.load_questionnaire("community-trust-short")
FULL = {"weights": "w", "strata": "stratum", "clusters": "cluster"}
FINITE = {**FULL, "population": "population"}
DESIGNS: dict[str, dict[str, str]] = {
    "one_stage": {"weights": "w"},
    "strata": {"weights": "w", "strata": "stratum"},
    "strata_finite": {"weights": "w", "strata": "stratum", "population": "people"},
    "clusters": {"weights": "w", "clusters": "cluster"},
    "both": FULL,
    "finite": FINITE,
    "zero_weights": {**FINITE, "weights": "w0"},
    "post_stratified": FINITE,
    "raked": FINITE,
    "linear": FULL,
    "raking": FULL,
    "logit": FULL,
}
KEPT = ["x", "z", "a", "b", "g", "gap", "yes", "points"]
KNOWN = {"a": {"1": 330.0, "2": 250.0, "3": 120.0}, "b": {"1": 300.0, "2": 400.0}}


def read(frame: pd.DataFrame, kept: list[str] = KEPT, **design: Any) -> tm.Scores:
    return tm.read_scores(frame, scale="y", ranges=(-1000, 2000), keep=kept, design=tm.SurveyDesign(**design))


def schools(name: str) -> tm.Scores:
    """Return the scores under a stored design; weights that meet margins are made by our own verbs."""
    scores = read(SCHOOLS, **DESIGNS[name])
    if name == "post_stratified":
        made = tm.post_stratify(scores.answers, {"a": KNOWN["a"]}).answers
    elif name == "raked":
        made = tm.rake(scores.answers, KNOWN, tolerance=1e-13).answers
    elif name in {"linear", "raking", "logit"}:
        bounds = (0.2 / size(), 4 / size()) if name == "logit" else None
        made = tm.calibrate(
            scores.answers, {"a": KNOWN["a"]}, method=name, bounds=bounds, means={"x": 4400 / 700}
        ).answers  # type: ignore[arg-type]
    else:
        return scores
    return replaced(scores, made)


def replaced(scores: tm.Scores, made: tm.Responses) -> tm.Scores:
    from dataclasses import replace

    return replace(scores, answers=made)


def size() -> float:
    """By what our calibration multiplies base weights before it begins; R's bounds do not know of that."""
    return 700 / float(SCHOOLS["w"].sum())


def same(agree: Any, what: str, name: str, found: tm.SurveyEstimates, stored: dict[str, Any]) -> None:
    told = {"reference": R, "data": f"schools, {name}", "relative": True}
    rows = found.table[found.table["term"].isin(found.terms)]
    agree(f"estimate: {what}", rows["estimate"], np.atleast_1d(stored["estimate"]), 1e-7, **told)
    errors = stored.get("std_error")
    errors = (
        np.sqrt(np.maximum(np.diag(np.atleast_2d(stored["covariance"])), 0))
        if errors is None
        else np.atleast_1d(errors)
    )
    agree(f"estimate: {what}, standard error", rows["std_error"], errors, 1e-7, reference=R, data=name)
    if "covariance" in stored and found.covariance.shape == np.shape(stored["covariance"]):
        biggest = np.abs(stored["covariance"]).max()
        np.testing.assert_allclose(found.covariance, stored["covariance"], rtol=1e-6, atol=1e-7 * max(biggest, 1e-9))


@pytest.mark.parametrize("name", CASES)
def test_equals_survey(name: str, agree: Any) -> None:
    scores, r = schools(name), CASES[name]
    first = {
        key: {"estimate": r[key]["estimate"][0], "covariance": r[key]["covariance"][0][0]} for key in ("mean", "total")
    }
    same(agree, "mean", name, tm.estimate(scores, "y"), first["mean"])
    same(agree, "total", name, tm.estimate(scores, "y", statistic="total"), first["total"])
    same(agree, "shares", name, tm.estimate(scores, "a", statistic="share"), r["share"])
    same(agree, "mean with gaps", name, tm.estimate(scores, "gap"), r["gap"])
    same(agree, "ratio", name, tm.estimate_ratio(scores, "y", "z"), r["ratio"])


@pytest.mark.parametrize("name", CASES)
def test_groups_and_domains_equal_svyby(name: str, agree: Any) -> None:
    scores, r = schools(name), CASES[name]
    frame = scores.answers.frame
    weights = frame[scores.answers.design.weights]  # type: ignore[union-attr]
    told = {group: kish(weights[frame["g"] == group]) for group in (1, 2, 3)}
    for place, group in enumerate((1, 2, 3)):
        inside = frame["g"] == group
        if told[group] < 10:
            continue
        found = tm.estimate(scores, "y", domain=inside)
        part = {key: {"estimate": r[key]["estimate"][place], "std_error": errors(r[key])[place]}
                for key in ("domain", "domain_total", "domain_ratio")}  # fmt: skip
        same(agree, "mean of a domain", name, found, part["domain"])
        same(
            agree,
            "total of a domain",
            name,
            tm.estimate(scores, "y", statistic="total", domain=inside),
            part["domain_total"],
        )
        same(agree, "ratio of a domain", name, tm.estimate_ratio(scores, "y", "z", domain=inside), part["domain_ratio"])
        assert found.value(column="df") == r["df_domains"][place]
    if min(told.values()) >= 10:
        by = tm.estimate(scores, "y", by="g")
        same(agree, "mean by group", name, by, r["domain"])
        if r["difference"]:
            told = tm.compare_domains(by, contrasts="consecutive").table.iloc[:2]
            agree(
                "compare_domains: differences",
                told["estimate"],
                r["difference"]["estimate"],
                1e-7,
                reference=R,
                data=name,
            )
            agree(
                "compare_domains: standard errors",
                told["std_error"],
                errors(r["difference"]),
                1e-7,
                reference=R,
                data=name,
            )


def kish(weights: Any) -> float:
    return float(weights.sum() ** 2 / np.square(weights).sum())


def errors(stored: dict[str, Any]) -> Any:
    return stored["std_error"] if "std_error" in stored else np.sqrt(np.diag(stored["covariance"]))


@pytest.mark.parametrize("name", CASES)
def test_design_effects_intervals_and_quantiles_equal_survey(name: str, agree: Any) -> None:
    scores, r = schools(name), CASES[name]
    mean, share = tm.estimate(scores, "y"), tm.estimate(scores, "yes", statistic="share", event="1")
    told = {"reference": R, "data": f"schools, {name}", "relative": True}
    agree("estimate: design effect", [mean.value("design_effect")], [r["deff_replace"]], 1e-7, **told)
    agree(
        "estimate: interval of a share",
        [share.value(column="ci_low"), share.value(column="ci_high")],
        r["logit"],
        1e-7,
        **told,
    )
    assert mean.df_joint == r["df"]
    for variable, key in (("y", "quantile"), ("points", "quantile_points")):
        found = tm.estimate(scores, variable, statistic="quantile", quantiles=ASKED).table
        for row, (estimate, low, high, error) in zip(found.to_dict("records"), r[key], strict=True):
            if row["suppressed"]:
                continue
            agree("estimate: quantile", [row["estimate"]], [estimate], 1e-7, **told)
            if np.isfinite(row["std_error"]):
                agree("estimate: quantile, interval and error", [row["ci_low"], row["ci_high"], row["std_error"]],
                      [low, high, error], 1e-7, **told)  # fmt: skip
        assert found["ci_low"].notna().iloc[2]


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_lonely_clusters(rule: str, agree: Any) -> None:
    frame, r = LONELY, STORED["lonely"][rule]
    for name, more in (("endless", {}), ("finite", {"population": "population"})):
        scores = read(frame, [], **FULL, **more, lonely_psu=rule)
        found = tm.estimate(scores, "y")
        agree("estimate: mean with lonely clusters", [found.value(), found.value(column="std_error")],
              [r[name]["mean"]["estimate"], np.sqrt(np.ravel(r[name]["mean"]["covariance"])[0])], 1e-7, reference=R,
              data=f"{rule}, {name}")  # fmt: skip
    with pytest.raises(tm.EstimationError, match="strata have one sampled cluster"):
        tm.estimate(read(frame, [], **FULL), "y")


def test_small_groups_are_hidden_and_cannot_be_worked_out() -> None:
    few = SCHOOLS.assign(g=np.select([SCHOOLS.index < 3, SCHOOLS.index < 30, SCHOOLS.index < 70], ["w", "x", "y"], "z"))
    found = tm.estimate(read(few, **FULL), "y", by="g")
    table = found.table.set_index(["group", "term"])
    assert table["suppressed"].xs("mean", level="term").to_dict() == {"w": True, "x": True, "y": False, "z": False}
    assert table.loc[table["suppressed"], ["estimate", "std_error", "n"]].isna().all(axis=None)
    assert {group for group, _ in found.covariance.index} == {"y", "z"}
    assert np.isnan(found.value(group="w"))
    assert found.provenance.rows_used == len(SCHOOLS) - 30
    assert any("Hidden are groups of fewer than 10" in note for note in found.notes)
    later = tm.compare_domains(found)
    assert list(later.table["contrast"]) == ["z - y", "all contrasts"]
    assert any("Not compared" in note and "w, x" in note for note in later.notes)


@pytest.mark.parametrize("statistic", ["mean", "share", "total"])
def test_one_to_four_people_are_never_told(statistic: str) -> None:
    rare = SCHOOLS.assign(yes=(SCHOOLS.index % 50 == 0).astype(float))
    scores = read(rare, weights="w")
    assert 0 < rare["yes"].sum() < 5
    found = tm.estimate(scores, "yes", statistic=statistic)  # type: ignore[arg-type]
    assert found.table["suppressed"].all()
    assert found.table.get("estimate", pd.Series(dtype=float)).isna().all()
    assert found.covariance.empty


@pytest.mark.parametrize("seed", range(8))
def test_no_small_count_follows_from_shares_and_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chance = rng.dirichlet(np.full(4, 0.6), size=3)
    group = rng.choice(3, 120, p=[0.7, 0.22, 0.08])
    answer = [int(rng.choice(4, p=chance[one])) for one in group]
    frame = pd.DataFrame({"y": rng.normal(size=120), "g": group, "a": answer})
    found = tm.estimate(read(frame, ["g", "a"]), "a", statistic="share", by="g").table
    lines = found[found["term"].str.startswith("share")]
    counts = pd.crosstab(frame["g"], frame["a"])
    for name, rows in lines.groupby("group"):
        hidden = rows["suppressed"].to_numpy()
        true = counts.loc[int(name)].reindex(rows["term"].str.slice(6).astype(int)).fillna(0).to_numpy()
        assert hidden[(true > 0) & (true < 5)].all()
        assert hidden.sum() != 1
        assert not hidden.any() or true[hidden].sum() >= 5 or hidden.all()


def test_quantiles_that_few_people_reach_are_hidden() -> None:
    found = tm.estimate(read(SCHOOLS, **FULL), "y", statistic="quantile", quantiles=(0.001, 0.5, 0.999))
    assert found.table["suppressed"].tolist() == [True, False, True]
    assert found.value("quantile:0.5", column="ci_low") < found.value("quantile:0.5")


def test_shares_of_items_by_two_variables() -> None:
    answers = tm.simulate_responses(TRUST, 400, seed=5)
    found = tm.estimate(answers, "TR01", statistic="share", by=["wave", "SEX"])
    assert found.groups[0].startswith("before x ")
    shown = found.table[~found.table["suppressed"] & found.table["term"].str.startswith("share:")]
    whole = shown.groupby("group")["estimate"].agg(["sum", "count"])
    assert whole.loc[whole["count"] == 5, "sum"].to_numpy() == pytest.approx(1.0)
    frame = answers.frame[(answers.frame["wave"] == "before") & (answers.frame["SEX"].astype(str) == "F")]
    expected = (frame["TR01"].dropna() == 3).mean()
    assert found.value("share:3", group="before x F") == pytest.approx(expected)
    assert found.labels["TR01"]["1"]
    assert found.simulated
    assert "n_effective" in found.to_dict()["estimates"][0]


def test_differences_between_waves_know_that_people_are_the_same() -> None:
    answers = tm.simulate_responses(TRUST, 400, seed=5)
    person = answers.roles.respondent
    wide = answers.frame.pivot_table(index=person, columns="wave", values="TR01").astype(float)
    change = (wide["after"] - wide["before"]).dropna()
    both = answers.frame[person].isin(change.index)
    found = tm.compare_domains(tm.estimate(answers, "TR01", by="wave", domain=both), conf_level=0.9)
    row = found.table.iloc[0]
    assert row["contrast"] == "after - before"
    assert row["estimate"] == pytest.approx(change.mean())
    # People outside the domain stay for the error: 400 of them are counted in the divisor.
    n = len(change)
    assert row["std_error"] == pytest.approx(change.std() / np.sqrt(n) * np.sqrt(400 / 399 / (n / (n - 1))), rel=1e-9)
    assert found.table.iloc[1]["statistic"] == pytest.approx(row["statistic"] ** 2)
    assert found.table.iloc[1]["p_value"] == pytest.approx(row["p_value"])


def test_contrasts() -> None:
    by = tm.estimate(read(SCHOOLS, **FULL), "y", by="a")
    pairs = tm.compare_domains(by, contrasts="pairwise", adjust="bonferroni").table
    assert list(pairs["contrast"]) == ["2 - 1", "3 - 1", "3 - 2", "all contrasts"]
    assert pairs["p_adjusted"][:3].to_numpy() == pytest.approx(np.minimum(3 * pairs["p_value"][:3].to_numpy(), 1))
    first = tm.compare_domains(by).table
    assert pairs["p_value"].iloc[-1] == pytest.approx(first["p_value"].iloc[-1])
    own = tm.compare_domains(by, contrasts={"ends": {"3": 1, "1": -1}}).table
    assert own["estimate"].iloc[0] == pytest.approx(first["estimate"].iloc[1])
    shares = tm.compare_domains(tm.estimate(read(SCHOOLS, **FULL), "b", statistic="share", by="a"))
    assert {"joint_f share:1", "joint_f share:2"} <= set(shares.table["term"])


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"variable": "q"}, tm.DesignError, "variable"),
        ({"variable": "y", "statistic": "share"}, tm.DesignError, "no categories to share out"),
        ({"variable": "y", "statistic": "average"}, tm.DesignError, "statistic"),
        ({"variable": "y", "event": "1"}, tm.DesignError, "goes with"),
        ({"variable": "word"}, tm.DesignError, "has no values for a mean"),
        ({"variable": "y", "statistic": "quantile", "quantiles": (1.5,)}, tm.DesignError, "between 0 and 1"),
        ({"variable": "y", "domain": [True]}, tm.DesignError, "one true or false a row"),
        ({"variable": "y", "wave": "before"}, tm.DesignError, "knows no waves"),
        ({"variable": "nine"}, tm.EstimationError, "fewer than 10 people"),
        ({"variable": "y", "conf_level": 2}, tm.DesignError, "conf_level"),
    ],
)
def test_refuses(asked: dict[str, Any], error: type[Exception], said: str) -> None:
    frame = SCHOOLS.assign(word=np.where(SCHOOLS.index % 2, "p", "q"), nine=np.where(SCHOOLS.index < 9, 1.5, np.nan))
    with pytest.raises(error, match=said):
        tm.estimate(read(frame, ["word", "nine"], **FULL), **asked)


def test_a_design_without_degrees_of_freedom_is_refused() -> None:
    with pytest.raises(tm.EstimationError, match="more clusters than strata"):
        tm.estimate(read(SCHOOLS.assign(cluster=1), weights="w", clusters="cluster"), "y")


def test_a_group_in_one_cluster_has_no_error() -> None:
    frame = SCHOOLS.assign(cluster=SCHOOLS.index // 20, part=np.where(SCHOOLS.index < 20, "alone", "others"))
    found = tm.estimate(read(frame, ["part"], weights="w", clusters="cluster"), "y", by="part")
    assert np.isfinite(found.value("mean", group="alone"))
    assert np.isnan(found.value("mean", group="alone", column="std_error"))
    assert np.isfinite(found.value("mean", group="others", column="std_error"))
    assert any("No error is known of alone" in note for note in found.notes)
    with pytest.raises(tm.EstimationError, match="Fewer than two groups"):
        tm.compare_domains(found)


@pytest.mark.parametrize(
    ("contrasts", "said"),
    [
        ("second", "contrasts"),
        ({"n": {"1": 1}}, "sum to zero"),
        ({"n": {"1": 1, "9": -1}}, "group of the contrast"),
        ({"n": {}}, "must give weights"),
    ],
)
def test_refuses_contrasts(contrasts: Any, said: str) -> None:
    with pytest.raises(tm.DesignError, match=said):
        tm.compare_domains(tm.estimate(read(SCHOOLS, **FULL), "y", by="a"), contrasts=contrasts)


def test_refuses_what_has_no_groups_or_no_covariance() -> None:
    scores = read(SCHOOLS, **FULL)
    with pytest.raises(tm.DesignError, match="takes what `estimate` gives"):
        tm.compare_domains(scores)  # type: ignore[arg-type]
    with pytest.raises(tm.DesignError, match="these estimates have none"):
        tm.compare_domains(tm.estimate(scores, "y"))
    with pytest.raises(tm.DesignError, match="no covariance of quantiles"):
        tm.compare_domains(tm.estimate(scores, "y", statistic="quantile", by="a"))
    with pytest.raises(tm.DesignError, match="`term`"):
        tm.estimate(scores, "y").value("median")


def test_groups_crossed_shares_and_quantiles_by_group_equal_survey(agree: Any) -> None:
    r = json.loads((REFERENCE / "values/survey_estimates.json").read_text(encoding="utf-8"))
    told = {"reference": R, "data": "schools, both"}
    frame = SCHOOLS.assign(half=np.where(SCHOOLS["y"] > 640, "high", "low"))
    scores = read(frame, ["a", "b", "half"], **FULL)
    by = tm.estimate(scores, "y", by=["half", "b"])
    assert by.groups == ("high x 1", "high x 2", "low x 1", "low x 2")
    means = by.table[by.table["term"] == "mean"]
    agree("estimate: mean by two variables", means["estimate"], r["by"]["estimate"], 1e-7, **told)
    agree("estimate: mean by two variables, standard error", means["std_error"], r["by"]["std_error"], 1e-7, **told)
    shares = tm.estimate(scores, "a", statistic="share", by="b")
    order = [2 * category + group for group in range(2) for category in range(3)]
    rows = shares.table[shares.table["term"].isin(shares.terms)]
    agree("estimate: shares by group", rows["estimate"], np.array(r["shares"]["estimate"])[order], 1e-7, **told)
    expected = np.array(r["shares"]["covariance"])[np.ix_(order, order)]
    agree("estimate: covariance of shares by group", shares.covariance, expected, 1e-7, **told)
    middle = tm.estimate(scores, "y", statistic="quantile", by="b").table
    agree(
        "estimate: median by group",
        middle[["estimate", "ci_low", "ci_high", "std_error"]],
        r["quantile_by"],
        1e-7,
        **told,
    )
    against = tm.compare_domains(tm.estimate(scores, "y", by="a")).table
    agree("compare_domains", against["estimate"][:2], r["contrasts"]["estimate"], 1e-7, **told)
    agree("compare_domains: standard errors", against["std_error"][:2], errors(r["contrasts"]), 1e-7, **told)
    b, wald = np.array(r["contrasts"]["estimate"]), r["df"]
    expected_f = (wald - 1) / (2 * wald) * b @ np.linalg.solve(r["contrasts"]["covariance"], b)
    agree("compare_domains: adjusted Wald F", [against["statistic"].iloc[2]], [expected_f], 1e-7, **told)
