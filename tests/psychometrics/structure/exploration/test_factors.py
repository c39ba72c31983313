"""Exploratory factor analysis from answers or a frame: R's numbers, refusals, notes, people who answer twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.structure.exploration.factors import FactorResult, efa
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import Responses
from trustmeter.results import VOCABULARY
from trustmeter.stats.exploration.rotation import ordered

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))
CASES = STORED["cases"]
SETS = ("mixed", "holes", "general")


def stored_items(case: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"data/exploration_{case}.csv")


def explored(case: str, **asked: Any) -> FactorResult:
    missing = "pairwise" if case == "holes" else "listwise"
    return efa(stored_items(case), CASES[case]["m"], missing=missing, **asked)


@pytest.mark.parametrize("method", ["minres", "ml"])
@pytest.mark.parametrize("case", SETS)
def test_it_is_that_of_psych(case: str, method: Any, agree: Any) -> None:
    stored, ours = CASES[case]["fits"][method], explored(case, method=method)
    told = {"reference": f"psych::fa {method} 2.2.9", "data": case}
    agree("uniquenesses from answers", ours.uniquenesses, stored["again"]["uniquenesses"], 1e-6, **told)
    table = ours.tidy().set_index("term")
    if case == "holes":  # psych was told of 350 rows; of these 350 have an answer.
        assert int(table.loc["rmsr", "n"]) == 350
    agree("chi-square from answers", ours.value("chi_square"), stored["chisq"], 1e-4, **told)
    agree("TLI from answers", ours.value("tli"), stored["tli"], 1e-6, **told)
    agree("BIC from answers", ours.value("bic"), stored["bic"], 1e-4, **told)
    agree("RMSR from answers", ours.value("rmsr"), stored["rms"], 1e-6, **told)
    assert (ours.communalities + ours.uniquenesses).to_numpy() == pytest.approx(np.ones(len(ours.loadings)), abs=1e-7)


@pytest.mark.parametrize("rotation", ["varimax", "promax", "oblimin", "geomin"])
@pytest.mark.parametrize("case", SETS)
def test_rotations_come_through(case: str, rotation: Any, agree: Any) -> None:
    turn = f"{rotation}_kaiser" if rotation in {"varimax", "promax"} else rotation
    stored, ours = CASES[case]["turns"][turn], explored(case, rotation=rotation)
    theirs, phi = ordered(np.array(stored["loadings"]), np.array(stored["phi"]))
    reference = "psych::fa minres 2.2.9 searched again, then stats or GPArotation"
    agree(f"loadings from answers, {rotation}", ours.loadings, theirs, 1e-6, reference=reference, data=case)
    agree(f"factor correlations, {rotation}", ours.correlations, phi, 1e-6, reference=reference, data=case)


@pytest.mark.parametrize("case", STORED["polychoric"])
def test_polychoric_factors_have_lavaans_test(case: str, agree: Any) -> None:
    stored, ours = STORED["polychoric"][case]["fit"], explored(case, correlation="polychoric")
    told = {"reference": "lavaan::efa ULSMV 0.6-14", "data": f"{case}, polychoric"}
    found = ours.value("chi_square_robust")
    agree("robust chi-square from answers", found, stored["chisq.scaled"], 1e-4, relative=True, **told)
    assert "chi_square" not in set(ours.tidy()["term"])
    assert any("Normal variables" in note for note in ours.notes)


def test_the_table_has_every_estimate_with_its_interval() -> None:
    ours = explored("mixed", rotation="geomin")
    table = ours.tidy()
    assert list(table.columns) == [name for name in VOCABULARY if name in table.columns]
    loadings = table[table["term"].str.startswith("loading")]
    assert len(loadings) == ours.loadings.size
    assert (loadings["std_error"] > 0).all()
    width = (loadings["ci_high"] - loadings["ci_low"]).to_numpy()
    assert width == pytest.approx(2 * 1.959963984540054 * loadings["std_error"].to_numpy())
    related = table[table["term"] == "correlation F1 F2"].iloc[0]
    assert related["ci_low"] < related["estimate"] == ours.correlations.iloc[0, 1] < related["ci_high"]
    assert ours.value("loading F1", "q7") == ours.loadings.loc["q7", "F1"]
    shares = table.loc[table["term"].str.startswith("variance"), "estimate"]
    assert shares.sum() == pytest.approx(ours.communalities.mean())
    R = stored_items("mixed").corr()
    again = ours.loadings @ ours.correlations @ ours.loadings.T + ours.residuals
    assert (again - R).to_numpy()[~np.eye(12, dtype=bool)] == pytest.approx(0.0, abs=1e-12)
    assert "F1" in ours.summary()
    assert ours.to_dict()["result"] == "FactorResult"


def test_wider_levels_give_wider_intervals_and_orthogonal_factors_no_correlations() -> None:
    wide, narrow = (explored("mixed", rotation="varimax", conf_level=level).tidy() for level in (0.99, 0.9))
    chosen = wide["term"] == "loading F1"
    width = wide["ci_high"] - wide["ci_low"]
    assert (width > narrow["ci_high"] - narrow["ci_low"])[chosen].all()
    assert not wide["term"].str.startswith("correlation").any()


@pytest.mark.parametrize("rotation", ["promax", "oblimin"])
def test_errors_follow_the_order_of_the_factors(rotation: Any) -> None:
    ours = explored("general", rotation=rotation)
    rng = np.random.default_rng(1)
    items = stored_items("general")
    draws = []
    for _ in range(60):
        again = efa(items.iloc[rng.integers(0, len(items), len(items))], 4, rotation=rotation, starts=4).loadings
        c = again.to_numpy().T @ ours.loadings.to_numpy()
        order = np.abs(c).argmax(axis=0)
        draws.append(again.to_numpy()[:, order] * np.sign(c[order, range(4)]))
    spread = np.std(draws, axis=0)
    table = ours.tidy()
    for j in range(4):
        errors = table.loc[table["term"] == f"loading F{j + 1}", "std_error"]
        assert errors.median() == pytest.approx(float(np.median(spread[:, j])), rel=0.35)


def test_scales_are_pooled_and_people_counted_once(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(150)
    both, parent = (efa(answers, 2, scale=scale) for scale in (["fairness", "effect"], "trust"))
    assert set(both.tidy()["scale"]) == {"fairness + effect"}
    pd.testing.assert_frame_equal(both.loadings, parent.loadings)
    every = efa(answers, 2)
    assert set(every.tidy()["scale"]) == {"trust"}
    assert any("clustered by respondent" in note for note in every.notes)
    assert every.provenance.questionnaire.startswith("tiny")
    assert efa(make_answers(150, simulated=True), 1).simulated


def test_a_shift_of_everybody_between_waves_makes_no_factor(make_answers: Callable[..., Responses]) -> None:
    still, moved = (efa(make_answers(200, shift=shift), 1, scale="trust") for shift in (0.0, 1.0))
    assert moved.communalities.mean() == pytest.approx(still.communalities.mean(), abs=0.08)


def test_items_turned_differently_are_refused(make_answers: Callable[..., Responses], tiny: Questionnaire) -> None:
    scales = tuple(replace(one, reversed=frozenset()) if one.id == "effect" else one for one in tiny.scales)
    answers = replace(make_answers(60), questionnaire=replace(tiny, scales=scales))
    with pytest.raises(DesignError, match="'EF3' differently"):
        efa(answers, 1)


def test_a_heywood_case_is_said_and_has_no_errors() -> None:
    R = np.array(STORED["heywood"]["R"])
    rng = np.random.default_rng(2)
    z = rng.normal(size=(60, 5))
    z = np.linalg.qr(z - z.mean(axis=0))[0] * np.sqrt(59)
    ours = efa(pd.DataFrame(z @ np.linalg.cholesky(R).T), 1)
    assert any("Heywood case" in note and "'0'" in note for note in ours.notes)
    assert ours.tidy().loc[ours.tidy()["term"] == "loading F1", "std_error"].isna().all()
    assert "chi_square_robust" not in set(ours.tidy()["term"])
    assert ours.uniquenesses.iloc[0] == pytest.approx(0.005)


def test_local_solutions_are_said() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 4)) @ rng.normal(size=(4, 12)) + rng.normal(size=(500, 12))
    ours = efa(x, 4, rotation="geomin", starts=40)
    assert any("local solutions" in note for note in ours.notes)
    assert ours.loadings.equals(efa(x, 4, rotation="geomin", starts=40).loadings)


def test_no_degrees_of_freedom_is_said() -> None:
    ours = efa(stored_items("mixed").iloc[:, :6], 3)
    assert any("degrees of freedom" in note for note in ours.notes)
    assert np.isnan(ours.value("rmsea"))


@pytest.mark.parametrize(
    ("change", "factors", "asked", "message"),
    [
        (lambda x: x.iloc[:8], 1, {}, "fewer than 10"),
        (lambda x: x.iloc[:11], 1, {}, "12 items but only 11 people"),
        (lambda x: x.iloc[:, :2], 1, {}, "at least 3 items"),
        (lambda x: x.iloc[:, :5], 3, {}, "at most 2"),
        (lambda x: x.assign(q3=2), 2, {}, "'q3'"),
        (lambda x: x.assign(q12=x["q1"]), 2, {}, "singular"),
        (lambda x: x.assign(q3=np.nan), 2, {}, "q3"),
        (lambda x: x.assign(q1=x["q1"].where(x.index > 204), q2=x["q2"].where(x.index < 210)), 2,
         {"missing": "pairwise"}, "both answered by fewer than 10"),
        (lambda x: x.assign(q1=[1] * 200 + [2, 3] * 100, q2=x["q2"].where(x.index < 200)), 2,
         {"missing": "pairwise"}, "one of them does not vary"),
    ],
)  # fmt: skip
def test_what_has_no_answer_is_refused(change: Any, factors: int, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(EstimationError, match=message):
        efa(change(stored_items("mixed")), factors, **asked)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"factors": 0}, "factors"), ({"factors": 2, "rotation": "bifactor"}, "three factors"),
        ({"factors": 2, "rotation": "oblimax"}, "Did you mean"), ({"factors": 2, "method": "pa"}, "minres"),
        ({"factors": 2, "correlation": "spearman"}, "polychoric"), ({"factors": 2, "scale": "trust"}, "plain frame"),
        ({"factors": 2, "normalization": "cureton"}, "kaiser"), ({"factors": 2, "seed": -1}, "seed"),
        ({"factors": 2, "starts": 0}, "starts"), ({"factors": 2, "conf_level": 95}, "conf_level"),
        ({"factors": 2, "missing": "mean"}, "listwise"),
    ],
)  # fmt: skip
def test_calls_that_mean_nothing_are_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        efa(stored_items("mixed"), **asked)


def test_numbers_are_no_rankedanswers() -> None:
    x = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 4)))
    with pytest.raises(DesignError, match='correlation="pearson"'):
        efa(x, 1, correlation="polychoric")


def test_a_copied_item_is_named_by_polychoric_correlations_too() -> None:
    items = stored_items("mixed")
    with pytest.raises(EstimationError, match="'q2' and 'copy' were answered alike"):
        efa(items.assign(copy=items["q2"]), 2, correlation="polychoric")


def test_a_correlation_at_its_limit_is_not_drawn_towards_zero() -> None:
    items = stored_items("mixed")
    nearly = items.assign(twin=items["q2"].clip(upper=items["q2"].max() - 1))
    found = efa(nearly, 2, correlation="polychoric")
    assert any("'q2' with 'twin' runs to 1" in note for note in found.notes)
    assert "std_error" not in found.table or found.table["std_error"].isna().all()


def test_unknown_terms_are_refused() -> None:
    ours = explored("mixed")
    for asked in (("rmse",), ("loading F1", "q99"), ("loading F1",)):
        with pytest.raises(DesignError):
            ours.value(*asked)


def test_the_data_stay_as_they_are() -> None:
    items = stored_items("mixed")
    before = items.copy()
    efa(items, 2, correlation="polychoric")
    pd.testing.assert_frame_equal(items, before)


def test_pairs_have_errors_only_when_polychoric() -> None:
    plain, ranked = explored("holes"), explored("holes", correlation="polychoric")
    assert any("no standard errors are known" in note for note in plain.notes)
    assert np.isnan(plain.tidy().loc[plain.tidy()["term"] == "loading F1", "std_error"]).all()
    assert (ranked.tidy().loc[ranked.tidy()["term"] == "loading F1", "std_error"] > 0).all()


def test_many_items_go_without_errors() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 1)) + rng.normal(size=(200, 61))
    ours = efa(x, 1)
    assert ours.tidy().loc[ours.tidy()["term"] == "loading F1", "std_error"].isna().all()
    assert any("More than 60 items" in note for note in ours.notes)


def test_an_indefinite_matrix_is_smoothed_and_said() -> None:
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(45, 1)) + 0.3 * rng.normal(size=(45, 9))).mask(rng.random((45, 9)) < 0.35)
    ours = efa(x, 1, missing="pairwise")
    assert any("not positive definite" in note for note in ours.notes)
    assert np.isfinite(ours.loadings).all(axis=None)
