"""Doubly robust differences in differences: own R from the paper, estimatr without covariates, simulation."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.doubly_robust import DoublyRobust, doubly_robust_cross_sections, doubly_robust_panel

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
CASES = json.loads((REFERENCE / "values/areas_doubly_robust.json").read_text(encoding="utf-8"))["cases"]
DATA = pd.read_csv(REFERENCE / "data/areas_doubly_robust.csv")
PAPER = "own R from Sant'Anna & Zhao 2020"


def both(d: pd.DataFrame, x: np.ndarray, **options) -> tuple[DoublyRobust, DoublyRobust]:
    treated, after = d["treated"].to_numpy(bool), d["after"].to_numpy(bool)
    return (
        doubly_robust_panel(d["change"].to_numpy(float), treated, x, **options),
        doubly_robust_cross_sections(d["y"].to_numpy(float), after, treated, x, **options),
    )


def ones(d: pd.DataFrame) -> np.ndarray:
    return np.ones((len(d), 1))


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("way", ["improved", "traditional", "improved_weighted", "traditional_weighted"])
def test_equals_the_paper_written_out(name: str, way: str, agree) -> None:
    r, d = CASES[name][way], DATA[DATA["set"] == name]
    x = np.column_stack([np.ones(len(d)), d["x1"], d["x2"]])
    weights = d["w"].to_numpy() if way.endswith("weighted") else None
    panel, sections = both(d, x, weights=weights, improved=way.startswith("improved"))
    agree("doubly robust DiD, panel", panel.estimate, r["panel"], 1e-8, reference=PAPER, data=f"{name}, {way}")
    agree("doubly robust DiD, sections", sections.estimate, r["sections"], 1e-8, reference=PAPER, data=f"{name}, {way}")
    for found, key in ((panel, "panel_influence"), (sections, "sections_influence")):
        agree(
            "doubly robust DiD, influence", found.influence, r[key], 1e-6, reference=PAPER, data=f"{name}, {way}, {key}"
        )
        assert found.influence.mean() == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("improved", [True, False])
def test_without_covariates_it_is_the_difference_of_changes(name: str, improved: bool, agree) -> None:
    r, d = CASES[name]["plain"], DATA[DATA["set"] == name]
    panel, sections = both(d, ones(d), improved=improved)
    agree("plain DiD, panel: estimate, SE", [panel.estimate, panel.std_error], r["panel"][:2], 1e-10,
          reference="estimatr 1.0 HC2", data=name)  # fmt: skip
    agree("plain DiD, panel: df", panel.df, r["panel"][2], 1e-8, reference="stats::t.test 4.2.2", data=name)
    agree("plain DiD, sections: estimate, SE", [sections.estimate, sections.std_error], r["sections"], 1e-10,
          reference="estimatr 1.0 HC2", data=name)  # fmt: skip
    for weights, key in ((None, "clustered"), (d["w"].to_numpy(), "clustered_weighted")):
        found, _ = both(d, ones(d), improved=improved, weights=weights, clusters=d["cluster"].to_numpy())
        agree(
            "plain DiD, clusters: SE, df",
            [found.std_error, found.df],
            r[key],
            1e-9,
            reference="estimatr 1.0, by arm",
            data=name,
        )
        assert found.units == (5, 8)


def world(
    rng: np.random.Generator, n: int, *, odds_right: bool, line_right: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    z = rng.normal(size=n)
    bent = z**2 - 1
    treated = rng.random(n) < 1 / (1 + np.exp(-0.5 * (z if odds_right else bent)))
    change = 0.5 + 0.6 * (z if line_right else bent) + 0.3 * treated + rng.normal(size=n) * 0.5
    return change, treated, np.column_stack([np.ones(n), z])


@pytest.mark.parametrize("improved", [True, False])
@pytest.mark.parametrize(
    ("odds_right", "line_right", "fine"),
    [(True, True, True), (True, False, True), (False, True, True), (False, False, False)],
)
def test_right_when_either_model_is_right(improved: bool, odds_right: bool, line_right: bool, fine: bool) -> None:
    rng = np.random.default_rng(3)
    found = [
        doubly_robust_panel(*world(rng, 400, odds_right=odds_right, line_right=line_right), improved=improved)
        for _ in range(120)
    ]
    off = np.array([one.estimate - 0.3 for one in found])
    error = off.std(ddof=1) / math.sqrt(len(off))
    assert (abs(off.mean()) < 4 * error + 0.01) == fine
    if fine and improved:
        assert np.mean([one.std_error for one in found]) == pytest.approx(off.std(ddof=1), rel=0.25)


def test_tilting_balances_covariates_exactly() -> None:
    change, treated, x = world(np.random.default_rng(4), 200, odds_right=True, line_right=True)
    found = doubly_robust_panel(change, treated, x)
    odds = found.propensity / (1 - found.propensity)
    assert (x[~treated] * odds[~treated, None]).sum(axis=0) == pytest.approx(x[treated].sum(axis=0), abs=1e-8)
    assert 1 < found.effective_comparison < (~treated).sum()


def test_one_treated_area_has_no_error_of_its_own() -> None:
    change, treated, x = world(np.random.default_rng(5), 120, odds_right=True, line_right=True)
    clusters = np.where(treated, 0, 1 + np.arange(120) % 6)
    found = doubly_robust_panel(change, treated, x, clusters=clusters)
    assert math.isfinite(found.estimate)
    assert math.isnan(found.std_error)
    assert found.units == (1, 6)


def test_clusters_that_hold_both_arms() -> None:
    change, treated, x = world(np.random.default_rng(6), 200, odds_right=True, line_right=True)
    clusters = np.arange(200) % 20
    found = doubly_robust_panel(change, treated, x[:, :1], clusters=clusters)
    sums = np.bincount(clusters, weights=found.influence)
    assert found.std_error == pytest.approx(math.sqrt(sums @ sums * 20 / 19) / 200, rel=1e-12)
    assert found.df == pytest.approx(19)
    assert found.units == (20, 0)


def test_what_cannot_be_answered_is_refused() -> None:
    z = np.arange(40.0)
    x = np.column_stack([np.ones(40), z])
    with pytest.raises(EstimationError, match="without overlap"):
        doubly_robust_panel(z, z > 20, x)
    with pytest.raises(EstimationError, match="one of them is empty"):
        doubly_robust_panel(z, z > 100, x)
    with pytest.raises(EstimationError, match="collinear"):
        doubly_robust_panel(z, z % 2 > 0, np.column_stack([x, 3 * z]))


def test_too_little_overlap_is_refused_and_weights_cost_units() -> None:
    rng = np.random.default_rng(9)
    z = rng.normal(size=200)
    x = np.column_stack([np.ones(200), z])
    with pytest.raises(EstimationError, match="reach the covariate means"):
        doubly_robust_panel(z + rng.normal(size=200), rng.random(200) < 1 / (1 + np.exp(-3 * z)), x)
    with pytest.raises(EstimationError, match="no standard error holds"):
        doubly_robust_panel(z + rng.normal(size=200), rng.random(200) < 1 / (1 + np.exp(-2 * z)), x)
    treated = rng.random(200) < 1 / (1 + np.exp(-0.7 * z))
    found = doubly_robust_panel(z + rng.normal(size=200), treated, x)
    squares = np.array([(found.influence[arm] ** 2).sum() for arm in (treated, ~treated)])
    worth = np.array([treated.sum(), found.effective_comparison])
    parts = squares * worth / (worth - 1) / 200**2
    assert found.std_error == pytest.approx(math.sqrt(parts.sum()), rel=1e-12)
    assert found.df == pytest.approx(parts.sum() ** 2 / (parts**2 / (worth - 1)).sum(), rel=1e-12)
