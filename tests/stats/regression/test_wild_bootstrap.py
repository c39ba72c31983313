"""The wild cluster bootstrap: against every sign vector refitted in R, and against refits here with given signs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.regression.cluster_covariance import cluster_robust, contrast_tests
from trustmeter.stats.regression.least_squares import LeastSquares, fit
from trustmeter.stats.regression.wild_bootstrap import Signs, wild_cluster_test, wild_signs

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/regression_wild.json").read_text(encoding="utf-8"))
PANEL, FEW = (pd.read_csv(REFERENCE / f"data/regression_{name}.csv") for name in ("panel", "few"))


def case(name: str) -> tuple[LeastSquares, np.ndarray, np.ndarray]:
    """Return the fit, the areas and the contrast of a stored case."""
    frame = PANEL if name.startswith("panel") else FEW
    one = np.ones(len(frame))
    columns = [one, frame["treated"], frame["x"]] if frame is FEW else [
        one, frame["wave"], frame["treated"], frame["age"], frame["wave"] * frame["treated"]
    ]  # fmt: skip
    tested = {"few": 2, "few_weighted": 1}.get(name, 4)
    weights = frame["w"].to_numpy() if name.endswith("weighted") else None
    found = fit(np.column_stack(columns), frame["y"].to_numpy(), weights)
    return found, frame["area"].to_numpy(), np.eye(found.x.shape[1])[tested]


@pytest.mark.parametrize("name", list(STORED["cases"]))
def test_equals_every_sign_vector_refitted_in_r(agree: Any, name: str) -> None:
    found, area, contrast = case(name)
    signs = wild_signs(len(np.unique(area)), 9999, "rademacher", np.random.default_rng(0))
    assert signs.enumerated
    said = {"reference": f"all sign vectors by lm.wfit, {STORED['r']}", "data": name}
    for theirs in STORED["cases"][name]:
        ours = wild_cluster_test(found, area, contrast, signs, null=theirs["null"])
        agree("t with CR1S", ours.statistic, theirs["t"], 1e-8, **said)
        agree("wild bootstrap p", ours.p_value, theirs["p"], 1e-12, **said)
        agree("wild bootstrap p, strict", ours.p_value_strict, theirs["p_strict"], 1e-12, **said)
        agree("wild bootstrap p, equal-tailed", ours.p_value_equal_tailed, theirs["p_equal_tailed"], 1e-12, **said)


def refitted(found: LeastSquares, area: np.ndarray, contrast: np.ndarray, signs: np.ndarray, null: float) -> np.ndarray:
    """Return t of the data and of each draw, by fitting the restricted model and then the model to every draw."""
    tested = int(np.flatnonzero(contrast)[0])
    rest = np.delete(found.x, tested, axis=1)
    shift = null * found.x[:, tested]
    restricted = fit(rest, found.y - shift, found.weights)
    codes = np.unique(area, return_inverse=True)[1]
    outcomes = [found.y]
    outcomes += [found.y - restricted.residuals + restricted.residuals * column[codes] for column in signs.T]
    statistics = []
    for y in outcomes:
        robust = cluster_robust(fit(found.x, y, found.weights), area, "CR1S")
        estimate, variance = contrast @ robust.fit.coefficients, contrast @ robust.covariance @ contrast
        statistics.append((estimate - null) / math.sqrt(variance))
    return np.array(statistics)


@pytest.mark.parametrize("name", ["panel", "panel_weighted", "few_weighted"])
@pytest.mark.parametrize("kind", ["rademacher", "webb"])
@pytest.mark.parametrize("null", [0.0, 0.7])
def test_equals_refits_with_given_signs(name: str, kind: Any, null: float) -> None:
    found, area, contrast = case(name)
    values = wild_signs(len(np.unique(area)), 49, kind, np.random.default_rng(8)).values
    ours = wild_cluster_test(found, area, contrast, Signs(values, False), null=null)
    t, *draws = refitted(found, area, contrast, values, null)
    assert ours.statistic == pytest.approx(t, rel=1e-9)
    count = np.sum(np.abs(draws) > abs(t) * (1 - 1e-9))
    assert ours.p_value == pytest.approx((1 + count) / 50, abs=1e-12)
    high, low = np.sum(draws >= t - 1e-9), np.sum(draws <= t + 1e-9)
    assert ours.p_value_equal_tailed == pytest.approx(min(1, 2 * (1 + min(high, low)) / 50), abs=1e-12)


@pytest.mark.parametrize("name", ["panel", "panel_weighted", "few"])
@pytest.mark.parametrize("kind", ["rademacher", "webb"])
def test_the_interval_holds_what_is_not_rejected(name: str, kind: Any) -> None:
    found, area, contrast = case(name)
    signs = wild_signs(len(np.unique(area)), 999, kind, np.random.default_rng(9))
    ours = wild_cluster_test(found, area, contrast, signs, conf_level=0.9)
    assert ours.low < ours.estimate < ours.high
    for limit in (ours.low, ours.high):
        step = 1e-6 * (limit - ours.estimate)
        inner = wild_cluster_test(found, area, contrast, signs, null=limit - step)
        outer = wild_cluster_test(found, area, contrast, signs, null=limit + step)
        assert inner.p_value > 0.1 + 1e-12
        assert outer.p_value <= 0.1 + 1e-12


def test_ties_are_the_data_and_their_mirror_image() -> None:
    found, area, contrast = case("panel")
    signs = wild_signs(12, 4096, "rademacher", np.random.default_rng(0))
    ours = wild_cluster_test(found, area, contrast, signs)
    assert ours.draws == 4096
    assert ours.p_value - ours.p_value_strict == pytest.approx(2 / 4096, abs=1e-12)


def test_enumeration_begins_where_the_draws_suffice() -> None:
    rng = np.random.default_rng(1)
    assert wild_signs(5, 7776, "webb", rng).enumerated
    assert not wild_signs(5, 7775, "webb", rng).enumerated
    assert not wild_signs(14, 9999, "rademacher", rng).enumerated
    for kind in ("rademacher", "webb"):
        every = wild_signs(4, 2000, kind, rng).values  # type: ignore[arg-type]
        assert len({tuple(column) for column in every.T}) == every.shape[1]
        assert np.mean(every) == pytest.approx(0, abs=1e-12)
        assert np.mean(every**2) == pytest.approx(1, abs=1e-12)


def test_three_clusters_can_reject_nothing() -> None:
    """With 2^3 sign vectors no p is below 2/8: the interval has no ends, and says so."""
    rng = np.random.default_rng(2)
    area = np.repeat([0, 1, 2], 10)
    x = np.column_stack([np.ones(30), rng.normal(size=30)])
    signs = wild_signs(3, 999, "rademacher", rng)
    ours = wild_cluster_test(fit(x, 5 * x[:, 1] + rng.normal(size=30)), area, np.array([0.0, 1]), signs)
    assert ours.p_value >= 0.25
    assert (ours.low, ours.high) == (-math.inf, math.inf)


@pytest.mark.parametrize("clusters", [6, 10])
def test_the_level_is_kept_with_few_clusters(clusters: int) -> None:
    """A cluster-level treatment without effect, unequal clusters: 5 % rejections within Monte-Carlo error.

    The bootstrap with ties counted and CR2 with its degrees of freedom keep the level; CR1S with z does not, nor, with six
    clusters, the bootstrap without ties (two of 64 draws are the data and their mirror image).
    """
    rng = np.random.default_rng(12)
    area = np.repeat(np.arange(clusters), rng.integers(5, 40, size=clusters))
    signs = wild_signs(clusters, 1024, "rademacher", rng)
    rejected, repeats = np.zeros(4), 700
    for _ in range(repeats):
        treated = (rng.permutation(clusters) < clusters // 2)[area]
        y = rng.normal(size=clusters)[area] + rng.normal(size=len(area))
        found = fit(np.column_stack([np.ones(len(area)), treated]).astype(float), y)
        ours = wild_cluster_test(found, area, np.array([0.0, 1]), signs)
        corrected = contrast_tests(cluster_robust(found, area)).p_value[1]
        rejected += [
            ours.p_value <= 0.05, corrected <= 0.05, abs(ours.statistic) > 1.96, ours.p_value_strict <= 0.05
        ]  # fmt: skip
    wild, cr2, naive, strict = rejected / repeats
    assert 0.03 < wild < 0.07
    assert 0.03 < cr2 < 0.07
    assert naive > 0.08
    assert clusters > 6 or strict > 0.07


def test_refusals() -> None:
    found, area, contrast = case("few")
    with pytest.raises(EstimationError, match="one sign each"):
        wild_cluster_test(found, area, contrast, Signs(np.ones((5, 3)), False))
    with pytest.raises(EstimationError, match="two clusters"):
        wild_cluster_test(found, np.zeros_like(area), contrast, Signs(np.ones((1, 3)), False))
    alone = fit(np.column_stack([area == k for k in range(1, 7)]).astype(float), found.y)
    with pytest.raises(EstimationError, match="no cluster-robust standard error"):
        wild_cluster_test(alone, area, np.eye(6)[0], Signs(np.ones((6, 3)), False))


def test_the_statistic_is_that_of_cr1s() -> None:
    found, area, contrast = case("panel")
    signs = wild_signs(12, 99, "rademacher", np.random.default_rng(0))
    ours = wild_cluster_test(found, area, contrast, signs)
    tests = contrast_tests(cluster_robust(found, area, "CR1S"), contrast[None])
    assert ours.statistic == pytest.approx(tests.statistic[0], rel=1e-10)
