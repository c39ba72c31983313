"""Cluster-robust covariance, degrees of freedom and joint tests: against R, and against the definitions in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.regression.cluster_covariance import (
    ClusterRobust,
    cluster_robust,
    contrast_tests,
    satterthwaite_df,
    wald_test,
)
from trustmeter.stats.regression.cluster_moments import Exchangeable
from trustmeter.stats.regression.least_squares import LeastSquares, fit

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/regression_clusters.json").read_text(encoding="utf-8"))
PANEL, FEW, MANY = (pd.read_csv(REFERENCE / f"data/regression_{name}.csv") for name in ("panel", "few", "many"))
CLUB = f"clubSandwich {STORED['packages']['clubSandwich']}"
ESTIMATR = f"estimatr::lm_robust {STORED['packages']['estimatr']}"
CASES = [(name, kind) for name, kinds in STORED["cases"]["clubSandwich"].items() for kind in kinds]


def design(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray, list[int]]:
    """Return x, y, weights, clusters and the coefficients that R tests together."""
    family, _, rest = name.partition("_")
    frame, cluster = {"panel": (PANEL, "area"), "few": (FEW, "area"), "many": (MANY, "person")}[family]
    one, weights = np.ones(len(frame)), None
    if family == "panel":
        columns = [one, frame["wave"], frame["treated"], frame["age"], frame["wave"] * frame["treated"]]
    elif family == "few":
        columns = [one, frame["area"] == 6 if rest == "single" else frame["treated"], frame["x"]]
    else:
        columns = [one, frame["wave"], frame["group"], frame["x"], frame["wave"] * frame["group"]]
    joint = {"panel": [1, 2, 3], "few": [1, 2], "many": [1, 2, 3, 4]}[family]
    if rest == "dummies":
        areas = pd.get_dummies(frame["area"]).to_numpy(float).T
        columns, joint = [*areas, columns[1], columns[3], columns[4]], [12, 13, 14]
    if rest in {"weighted", "weighted_working", "area_weights"}:
        weights = frame["aw" if rest == "area_weights" else "w"].to_numpy(float)
    return np.column_stack(columns), frame["y"].to_numpy(), weights, frame[cluster].to_numpy(), joint


def robust_of(name: str, kind: Any) -> tuple[ClusterRobust, np.ndarray]:
    """Return the fit of a stored case, and the contrasts that R tests together."""
    x, y, weights, clusters, joint = design(name)
    working = Exchangeable(PANEL["person"].to_numpy(), 0.4) if name.endswith("working") else None
    return cluster_robust(fit(x, y, weights), clusters, kind, working), np.eye(x.shape[1])[joint]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_equals_clubsandwich(agree: Any, name: str, kind: str) -> None:
    theirs = STORED["cases"]["clubSandwich"][name][kind]
    robust, joint = robust_of(name, kind)
    tests, wald = contrast_tests(robust), wald_test(robust, joint)
    said = {"reference": f"{CLUB} {kind}", "data": name}
    agree("cluster-robust covariance", robust.covariance, theirs["vcov"], 1e-8, **said)
    shown = slice(12, None) if name == "panel_dummies" else slice(None)
    df, p = (np.array(theirs[key], dtype=float)[shown] for key in ("df", "p"))
    agree("Satterthwaite df", tests.df[shown], df, 1e-8, relative=True, **said)
    agree("p of a coefficient", tests.p_value[shown], p, 1e-8, **said)
    agree("F of the HTZ test", wald.statistic, theirs["F"], 1e-8, relative=True, **said)
    agree("df of the HTZ test", wald.df_denominator, theirs["df_denominator"], 1e-8, relative=True, **said)
    agree("p of the HTZ test", wald.p_value, theirs["F_p"], 1e-8, **said)


@pytest.mark.parametrize("name", list(STORED["cases"]["estimatr"]))
def test_equals_estimatr(agree: Any, name: str) -> None:
    theirs = STORED["cases"]["estimatr"][name]
    tests = contrast_tests(robust_of(name, "CR2")[0])
    said = {"reference": ESTIMATR, "data": name}
    agree("coefficient", tests.estimate, theirs["coefficients"], 1e-8, **said)
    agree("CR2 standard error", tests.std_error, theirs["std_error"], 1e-8, **said)
    agree("Satterthwaite df", tests.df, theirs["df"], 1e-8, relative=True, **said)
    agree("p of a coefficient", tests.p_value, theirs["p"], 1e-8, **said)


@pytest.mark.parametrize("name", list(STORED["cases"]["lm"]))
def test_least_squares_equals_lm(agree: Any, name: str) -> None:
    theirs = STORED["cases"]["lm"][name]
    x, y, weights, _, _ = design(name)
    found = fit(x, y, weights)
    said = {"reference": f"lm, {STORED['r']}", "data": name}
    agree("coefficient", found.coefficients, theirs["coefficients"], 1e-8, **said)
    agree("standard error", np.sqrt(np.diag(found.covariance)), theirs["std_error"], 1e-8, **said)
    agree("residual standard deviation", found.sigma2**0.5, theirs["sigma"], 1e-8, **said)


def power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Return the power of a symmetric matrix; zero stays zero."""
    values, vectors = np.linalg.eigh(matrix)
    there = values > 1e-10
    return np.asarray((vectors * np.where(there, np.where(there, values, 1.0) ** exponent, 0.0)) @ vectors.T)


def in_full(found: LeastSquares, clusters: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return CR2 and the vectors p_g of the first coefficient, with n x n matrices, from the definition."""
    n = len(found.y)
    w = np.diag(np.ones(n) if found.weights is None else found.weights)
    bread = np.linalg.inv(found.x.T @ w @ found.x)
    rest = np.eye(n) - found.x @ bread @ found.x.T @ w
    meat, vectors = np.zeros_like(bread), []
    for g in np.unique(clusters):
        here = clusters == g
        d = np.linalg.cholesky(phi[np.ix_(here, here)]).T
        a = d.T @ power(d @ rest[here] @ phi @ rest[here].T @ d.T, -0.5) @ d
        z = a.T @ w[np.ix_(here, here)] @ found.x[here]
        score = z.T @ found.residuals[here]
        meat += np.outer(score, score)
        vectors.append(rest[here].T @ z @ bread)
    return bread @ meat @ bread, vectors


@pytest.mark.parametrize("name", ["few", "few_weighted", "panel_dummies", "panel_weighted_working", "many_weighted"])
def test_equals_the_definition(name: str) -> None:
    """CR2, its degrees of freedom and eta, computed with n x n matrices and G x G sums."""
    robust, joint = robust_of(name, "CR2")
    clusters, n = design(name)[3], len(robust.fit.y)
    phi = np.eye(n)
    if name.endswith("working"):
        people = PANEL["person"].to_numpy()
        phi = 0.4 * (people[:, None] == people) + 0.6 * phi
    covariance, vectors = in_full(robust.fit, clusters, phi)
    assert robust.covariance == pytest.approx(covariance, abs=1e-10)
    last = joint[-1]
    P = np.array([[(a @ last) @ phi @ (b @ last) for b in vectors] for a in vectors])
    assert satterthwaite_df(robust, joint)[-1] == pytest.approx(np.trace(P) ** 2 / np.sum(P**2), rel=1e-9)
    expected = np.sum([joint @ a.T @ phi @ a @ joint.T for a in vectors], axis=0)
    root = power(expected, -0.5) @ joint
    variance = 0.0
    for a in vectors:
        for b in vectors:
            N = root @ a.T @ phi @ b @ root.T
            variance += np.trace(N) ** 2 + np.trace(N @ N)
    q = len(joint)
    assert wald_test(robust, joint).df_denominator == pytest.approx(q * (q + 1) / variance - q + 1, rel=1e-9)


def test_jackknife_is_the_spread_of_refits() -> None:
    """CR3 = the sum over clusters of squared changes of the coefficients when that cluster is left out."""
    x, y, weights, clusters, _ = design("panel_weighted")
    assert weights is not None
    found = fit(x, y, weights)
    changes = [
        fit(x[clusters != g], y[clusters != g], weights[clusters != g]).coefficients - found.coefficients
        for g in np.unique(clusters)
    ]
    assert cluster_robust(found, clusters, "CR3").covariance == pytest.approx(np.array(changes).T @ changes, rel=1e-9)


def test_two_groups_of_single_rows_give_the_welch_test() -> None:
    """Each row its own cluster: CR2 is HC2, the standard error of Welch's test."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=8), rng.normal(1, 3, size=15)
    group = np.repeat([0.0, 1.0], [8, 15])
    found = fit(np.column_stack([np.ones(23), group]), np.concatenate([a, b]))
    tests = contrast_tests(cluster_robust(found, np.arange(23)))
    welch = scipy.stats.ttest_ind(b, a, equal_var=False)
    assert tests.statistic[1] == pytest.approx(welch.statistic, rel=1e-10)


def test_equal_clusters_with_a_cluster_treatment_are_a_t_test_of_means() -> None:
    """Four treated and four other areas of six rows: CR2 is the t test of area means, with 6 degrees of freedom."""
    rng = np.random.default_rng(4)
    area = np.repeat(np.arange(8), 6)
    y = rng.normal(size=8)[area] + rng.normal(size=48)
    found = fit(np.column_stack([np.ones(48), area < 4]).astype(float), y)
    tests = contrast_tests(cluster_robust(found, area))
    means = y.reshape(8, 6).mean(axis=1)
    plain = scipy.stats.ttest_ind(means[:4], means[4:])
    assert tests.df[1] == pytest.approx(6, rel=1e-10)
    assert tests.statistic[1] == pytest.approx(plain.statistic, rel=1e-10)
    assert tests.p_value[1] == pytest.approx(plain.pvalue, rel=1e-10)


def test_one_contrast_is_the_t_test_squared() -> None:
    robust, joint = robust_of("panel_weighted", "CR2")
    single, tests = wald_test(robust, joint[:1]), contrast_tests(robust, joint[:1])
    assert single.statistic == pytest.approx(tests.statistic[0] ** 2, rel=1e-9)
    assert single.df_denominator == pytest.approx(tests.df[0], rel=1e-9)
    assert single.p_value == pytest.approx(tests.p_value[0], rel=1e-9)


def test_scale_of_weights_and_names_of_clusters_do_not_matter() -> None:
    x, y, weights, clusters, _ = design("few_weighted")
    assert weights is not None
    order = np.random.default_rng(5).permutation(len(y))
    one = contrast_tests(cluster_robust(fit(x, y, weights), clusters))
    other = contrast_tests(cluster_robust(fit(x[order], y[order], 7 * weights[order]), 100 - clusters[order]))
    assert other.std_error == pytest.approx(one.std_error, rel=1e-10)
    assert other.df == pytest.approx(one.df, rel=1e-10)


def test_what_each_cluster_decides_alone_has_no_standard_error() -> None:
    """A mean of its own for each cluster: nothing is left between clusters, so that no number is given."""
    _, y, _, clusters, _ = design("few")
    dummies = np.column_stack([clusters == level for level in np.unique(clusters)]).astype(float)
    for kind in ("CR0", "CR1", "CR1S", "CR2"):
        tests = contrast_tests(cluster_robust(fit(dummies, y), clusters, kind))  # type: ignore[arg-type]
        assert np.isfinite(tests.estimate).all()
        for values in (tests.std_error, tests.statistic, tests.df, tests.p_value):
            assert np.isnan(values).all()


def test_refusals() -> None:
    x, y, _, clusters, _ = design("few")
    with pytest.raises(EstimationError, match="Column 3 of the design"):
        fit(np.column_stack([x, x[:, 1] - 2 * x[:, 2]]), y)
    with pytest.raises(EstimationError, match="more rows than columns"):
        fit(x[:3], y[:3])
    with pytest.raises(EstimationError, match="positive"):
        fit(x, y, np.zeros(len(y)))
    with pytest.raises(EstimationError, match="two clusters"):
        cluster_robust(fit(x, y), np.zeros(len(y), dtype=int))
    with pytest.raises(EstimationError, match="cannot be tested together"):
        wald_test(cluster_robust(fit(x, y), clusters), np.array([[0.0, 1, 0], [0, 2, 0]]))
    alone = np.column_stack([x, clusters == 1])
    with pytest.raises(EstimationError, match="CR3"):
        cluster_robust(fit(alone, y), clusters, "CR3")
    tests = contrast_tests(cluster_robust(fit(np.column_stack([np.ones(len(y)), clusters == 1]), y), clusters))
    assert np.isfinite(tests.df[0])
