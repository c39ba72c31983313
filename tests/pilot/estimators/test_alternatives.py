"""Several analyses of one question: against R, special cases, and which of them do not fit."""

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
from trustmeter.pilot.change.result import question_row
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.pilot.estimators.alternatives import compare_estimators
from trustmeter.pilot.estimators.result import EstimatorComparison
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores
from trustmeter.stats.areas.doubly_robust import doubly_robust_panel
from trustmeter.stats.regression.least_squares import fit
from trustmeter.stats.regression.wild_bootstrap import wild_cluster_test, wild_signs

REFERENCE = Path(__file__).parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/pilot_estimators.json").read_text(encoding="utf-8"))
AREAS: dict[str, Any] = {"area": "area", "treated": ("A", "B", "C")}
NUMBERS = ("estimate", "std_error", "df", "p_value")


def table() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data/pilot_areas.csv")


def people(frame: pd.DataFrame | None = None, scale: str | list[str] = "y") -> Scores:
    return read_scores(
        table() if frame is None else frame, scale=scale, respondent="who", wave="wave", keep=["area", "age", "w"]
    )


def beside(scores: Scores | None = None, *, asked: dict[str, Any] | None = None, **design: Any) -> EstimatorComparison:
    given = people() if scores is None else scores
    return compare_estimators(given, PilotDesign("before", "after", **design), **(asked or {}))


def row(found: EstimatorComparison, term: str) -> pd.Series[Any]:
    return found.table[found.table["term"] == term].iloc[0]


def pairs() -> pd.DataFrame:
    wide = table().pivot_table(index="who", columns="wave", values="y").dropna()
    return wide.join(table()[table()["wave"] == "before"].set_index("who")[["area", "age"]])


@pytest.mark.parametrize(
    ("case", "design"),
    [
        ("linked_effect", {"linked": True, **AREAS}),
        ("different_change", {"linked": False, "clusters": "area"}),
        ("overlap_change", {"linked": "overlap"}),
    ],
)
@pytest.mark.parametrize("term", ["mixed_satterthwaite", "mixed_kenward_roger"])
def test_mixed_models_equal_those_of_r(
    case: str, design: dict[str, Any], term: str, agree: Callable[..., None]
) -> None:
    found = row(beside(**design), term)
    version = STORED["packages"]["lmerTest" if term == "mixed_satterthwaite" else "pbkrtest"]
    for name, tolerance in (("estimate", 1e-6), ("std_error", 1e-5), ("df", 1e-4), ("p_value", 1e-5)):
        agree(f"compare_estimators, {case}, {term}: {name}", found[name], STORED["cases"][case][term][name], tolerance,
              reference=f"lmerTest, pbkrtest {version}", data="8 areas, 128 people")  # fmt: skip


def test_analysis_of_covariance_equals_that_of_r(agree: Callable[..., None]) -> None:
    found = row(beside(linked=True, **AREAS), "ancova")
    for name in NUMBERS:
        agree(f"compare_estimators, ancova: {name}", found[name], STORED["cases"]["ancova"][name], 1e-8,
              reference=f"clubSandwich::coef_test {STORED['packages']['clubSandwich']}", data="8 areas, 91 people")  # fmt: skip


def test_the_log_odds_ratio_equals_that_of_r(agree: Callable[..., None]) -> None:
    tens = table().assign(y=lambda d: 10 * np.round(d["y"] / 10))
    found = row(beside(people(tens), linked=False), "log_odds_ratio")
    agree("compare_estimators, odds", found["estimate"], STORED["cases"]["odds"]["estimate"], 1e-6,
          reference=f"MASS::polr {STORED['packages']['MASS']}", data="219 rows, 9 categories")  # fmt: skip


@pytest.mark.parametrize(
    "design", [{"linked": True}, {"linked": False}, {"linked": "overlap"}, {"linked": True, **AREAS}]
)
def test_the_declared_analysis_is_that_of_compare(design: dict[str, Any]) -> None:
    declared = row(beside(**design), "declared")
    chosen = question_row(compare(people(), PilotDesign("before", "after", **design)).table)
    for name in NUMBERS:
        assert declared[name] == pytest.approx(chosen[name], nan_ok=True, rel=1e-12)
    assert declared["method"] == chosen["method"]


def test_the_wild_bootstrap_is_that_of_the_changes() -> None:
    found = row(beside(linked=True, **AREAS), "wild_bootstrap")
    wide = pairs()
    treated = wide["area"].isin(AREAS["treated"]).to_numpy(dtype=float)
    change = (wide["after"] - wide["before"]).to_numpy()
    model = fit(np.column_stack([np.ones(len(wide)), treated]), change)
    area = pd.factorize(wide["area"], sort=True)[0]
    signs = wild_signs(8, 9_999, "webb", np.random.default_rng(0))
    direct = wild_cluster_test(model, area, np.array([0.0, 1.0]), signs)
    assert found["estimate"] == pytest.approx(direct.estimate, rel=1e-10)
    assert found["p_value"] == pytest.approx(direct.p_value, abs=1e-12)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((direct.low, direct.high), rel=1e-6)


def test_the_doubly_robust_difference_is_that_of_the_kernel_on_pairs() -> None:
    found = row(beside(linked=True, covariates="age", **AREAS), "doubly_robust")
    wide = pairs()
    direct = doubly_robust_panel(
        (wide["after"] - wide["before"]).to_numpy(), wide["area"].isin(AREAS["treated"]).to_numpy(),
        np.column_stack([np.ones(len(wide)), wide["age"]]), clusters=pd.factorize(wide["area"])[0],
    )  # fmt: skip
    assert (found["estimate"], found["std_error"], found["df"]) == pytest.approx(
        (direct.estimate, direct.std_error, direct.df), rel=1e-6
    )


def test_other_choices_of_areas_are_counted_all() -> None:
    result = beside(linked=True, **AREAS)
    found = row(result, "assignment" if "assignment" in set(result.table["term"]) else "declared")
    assert found["p_value"] * 56 == pytest.approx(round(found["p_value"] * 56), abs=1e-9)
    wide = pairs()
    mean = (wide["after"] - wide["before"]).groupby(wide["area"]).mean()
    assert found["estimate"] == pytest.approx(mean[list("ABC")].mean() - mean[list("DEFGH")].mean(), rel=1e-10)


def test_a_single_area_gives_no_cluster_error_but_placebo_and_area_intercepts() -> None:
    found = beside(linked=True, area="area", treated="A", asked={"smallest_effect": None})
    assert row(found, "declared")["method"].startswith("single area")
    assert np.isnan(row(found, "ancova")["p_value"])
    assert np.isnan(row(found, "change_scores")["ci_low"])
    assert row(found, "mixed_kenward_roger")["df"] < 8
    assert "wild_bootstrap" not in set(found.table["term"])
    assert "it fails with fewer than 3 areas of a kind" in found.notes[-1]


def test_one_area_against_one_has_no_test_anywhere() -> None:
    frame = table().assign(area=lambda d: d["area"].map(lambda a: "A" if a in "ABC" else "D"))
    found = beside(people(frame), linked=True, area="area", treated="A")
    assert found.table["p_value"].isna().all()
    assert set(found.verdicts["y"].values()) == {"inconclusive"}
    assert "mixed_satterthwaite" not in set(found.table["term"])


def test_weights_leave_only_what_takes_them() -> None:
    found = beside(linked=True, weights="w", covariates="age", **AREAS)
    assert {"declared", "ancova", "doubly_robust", "wild_bootstrap"} <= set(found.table["term"])
    assert "mixed_kenward_roger" not in set(found.table["term"])
    assert "it takes no weights" in found.notes[-1]


def test_the_sentence_tells_agreement_and_disagreement_and_picks_nothing() -> None:
    assert beside(linked=True).sentence().startswith("y: The 3 analyses differ: 1 up (declared); 2 down")
    up = table().assign(y=lambda d: np.clip(d["y"] * 0.7 + 20.0 * (d["wave"] == "after"), 0, 100))
    sentence = beside(people(up), linked=True).sentence()
    assert sentence == "y: All 3 analyses point the same way, up. The declared analysis decides; it says an increase."
    assert "declared analysis decides" in beside(linked=False).summary()


def test_a_smallest_effect_speaks_of_points_only() -> None:
    found = beside(linked=True, asked={"smallest_effect": 8.0})
    assert found.verdicts["y"]["declared"] == "no_relevant_change"
    assert found.verdicts["y"]["prob_superiority"] == "inconclusive"
    assert found.sentence().endswith("The declared analysis decides; it says no relevant change.")
    assert "Taken alone" not in found.sentence()


def test_few_people_are_suppressed() -> None:
    frame = table()
    few = frame[frame["who"].isin(frame["who"].unique()[:8])]
    found = beside(people(few), linked=False)
    assert found.verdicts == {"y": {"declared": "suppressed"}}
    assert found.table["suppressed"].all()
    assert found.table["estimate"].isna().all()


def test_several_scales_are_told_apart() -> None:
    two = people(table().assign(z=lambda d: 100 - d["y"]), ["y", "z"])
    found = beside(two, linked=False)
    assert found.value("declared", "z") == pytest.approx(-found.value("declared", "y"))
    with pytest.raises(DesignError, match="Name the scale"):
        found.sentence()
    assert set(found.to_dict()["sentences"]) == {"y", "z"}


@pytest.mark.parametrize("design", [{"linked": True}, {"linked": "overlap"}, {"linked": True, **AREAS}])
def test_scores_without_spread_have_no_other_analysis(design: dict[str, Any]) -> None:
    found = beside(people(table().assign(y=33.3)), **design)
    assert found.verdicts == {"y": {"declared": "inconclusive"}}
    assert "scores do not vary" in found.notes[-1]


def test_the_paradox_of_lord_is_told_where_covariance_is_analysed() -> None:
    assert any("Lord's paradox" in note for note in beside(linked=True, **AREAS).notes)
    assert not any("Lord's paradox" in note for note in beside(linked=True).notes)


def test_a_variance_of_zero_is_told() -> None:
    frame = table().assign(area=lambda d: np.where(d["age"] > 40, "A", "B"))
    found = beside(people(frame), linked=True, clusters="area")
    at_zero = found.table["method"].str.contains("a variance of zero").any()
    assert at_zero == any(note.startswith("Where a variance is estimated as zero") for note in found.notes)


def test_groups_are_sent_to_compare() -> None:
    with pytest.raises(DesignError, match="must be a `PilotDesign`"):
        compare_estimators(people(), GroupDesign("area", "A", "B"))  # type: ignore[arg-type]
