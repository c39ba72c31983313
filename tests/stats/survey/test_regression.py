"""Design-based regression against R's survey package, sums worked out by hand, and made-up samples from a known population."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.survey.projection import on_margins
from trustmeter.stats.survey.regression import (
    fit_weighted,
    refits,
    regression_of_replicates,
    regression_of_sample,
    residual_df,
    wald_test,
)
from trustmeter.stats.survey.replicates import Replicates, given_replicates, jackknife_stratified
from trustmeter.stats.survey.sample import Sample, reweighted, sample_of

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
VALUES = json.loads((REFERENCE / "values/survey_association.json").read_text(encoding="utf-8"))
ROWS = list(csv.DictReader((REFERENCE / "data/survey_association.csv").read_text(encoding="utf-8").splitlines()))
FAMILIES = {"gaussian": "y", "binomial": "b", "poisson": "k"}
CLOSE = 1e-8
"""Both sides come to rest far below it."""


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


GROUP = np.unique([row["grp"] for row in ROWS], return_inverse=True)[1]
X = np.column_stack([np.ones(len(ROWS)), column("x1"), column("x2"), GROUP == 1, GROUP == 2]).astype(float)
INSIDE = column("inside") == 1


def samples() -> dict[str, Sample]:
    drawn = {"strata": column("stratum").astype(int), "clusters": column("psu").astype(int)}
    clusters = sample_of(column("w"), **drawn)
    step = on_margins([GROUP, column("c").astype(int) - 1], np.ones(len(ROWS)))
    raked = reweighted(clusters, np.array(VALUES["raked_weights"]), step)
    finite = sample_of(column("w"), **drawn, population=column("population"))
    return {"weights": sample_of(column("w")), "clusters": clusters, "finite": finite, "raked": raked, "domain": clusters,
            "raked_domain": raked}  # fmt: skip


@pytest.mark.parametrize("design", ["weights", "clusters", "finite", "raked", "domain", "raked_domain"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_equals_svyglm(design: str, family: str, agree) -> None:
    r = VALUES["cases"][design][family]
    domain = INSIDE if "domain" in design else None
    fit = regression_of_sample(column(FAMILIES[family]), X, samples()[design], family, domain=domain)
    term = wald_test(fit, [3, 4])
    for what, ours, theirs in (
        ("coefficients", fit.coefficients, r["coefficients"]),
        ("covariance", fit.covariance, r["covariance"]),
        ("standard errors", fit.std_errors, np.sqrt(np.diag(r["covariance"]))),
        (
            "F of a term",
            [term.statistic, term.df, term.residual_df],
            [r["term"][k] for k in ("statistic", "df", "ddf")],
        ),
        ("p value of a term", [term.p_value], [r["term"]["p_value"]]),
    ):
        agree(
            f"design-based regression: {what}",
            ours,
            theirs,
            CLOSE,
            reference="survey::svyglm 4.1-1",
            data=f"{family}, {design}",
        )
    assert fit.df == r["df"]


def replicated(design: str) -> Replicates:
    if design == "jkn":
        return jackknife_stratified(samples()["clusters"])
    stored = VALUES["bootstrap"]
    places = np.unique(column("psu"), return_inverse=True)[1]
    factors = np.array(stored["multipliers"])[places]
    return given_replicates(column("w"), factors, scale=stored["scale"], combined=False)


@pytest.mark.parametrize("design", ["bootstrap", "jkn", "bootstrap_domain"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_equals_svyglm_with_replicates(design: str, family: str, agree) -> None:
    r = VALUES["cases"][design][family]
    domain = INSIDE if "domain" in design else None
    y, mse = column(FAMILIES[family]), design == "jkn"
    fit = regression_of_replicates(y, X, replicated(design), family, domain=domain, mse=mse)
    term = wald_test(fit, [3, 4])
    for what, ours, theirs in (
        ("coefficients", fit.coefficients, r["coefficients"]),
        ("covariance", fit.covariance, r["covariance"]),
        (
            "F of a term",
            [term.statistic, term.df, term.residual_df],
            [r["term"][k] for k in ("statistic", "df", "ddf")],
        ),
    ):
        agree(
            f"regression with replicate weights: {what}",
            ours,
            theirs,
            1e-7,
            reference="survey::svyglm 4.1-1",
            data=f"{family}, {design}",
        )


@pytest.mark.parametrize("family", list(FAMILIES))
def test_equals_a_sandwich_written_out(family: str) -> None:
    """One loop over strata and clusters, with derivatives of the weighted score taken by small steps."""
    y, sample = column(FAMILIES[family]), samples()["clusters"]
    mean = {"gaussian": lambda e: e, "binomial": lambda e: 1 / (1 + np.exp(-e)), "poisson": np.exp}[family]
    fit = regression_of_sample(y, X, sample, family)

    def score(b: np.ndarray) -> np.ndarray:
        return ((sample.weights * (y - mean(X @ b)))[:, None] * X).sum(axis=0)

    b = fit.coefficients
    assert np.abs(score(b)).max() < 1e-7 * sample.weights.sum()
    steps = np.eye(5) * 1e-5
    bread = np.linalg.inv(np.array([(score(b - s) - score(b + s)) / 2e-5 for s in steps]))
    middle = np.zeros((5, 5))
    rows = (sample.weights * (y - mean(X @ b)))[:, None] * X
    for h in range(len(sample.population)):
        totals = np.array([rows[sample.clusters == c].sum(axis=0) for c in np.flatnonzero(sample.cluster_strata == h)])
        apart = totals - totals.mean(axis=0)
        middle += len(totals) / (len(totals) - 1) * apart.T @ apart
    assert fit.covariance == pytest.approx(bread @ middle @ bread.T, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_influence_is_what_a_row_does_and_weights_have_no_unit(family: str) -> None:
    y, w = column(FAMILIES[family]), column("w")
    fit = fit_weighted(y, X, w, family)
    assert w @ fit.influence == pytest.approx(np.zeros(5), abs=1e-9)
    more = w.copy()
    more[5] += 1e-5
    moved = (fit_weighted(y, X, more, family).coefficients - fit.coefficients) / 1e-5
    assert moved == pytest.approx(fit.influence[5], abs=1e-5)
    whole, thousands = (regression_of_sample(y, X, sample_of(times * w), family) for times in (1, 1000))
    assert thousands.covariance == pytest.approx(whole.covariance, rel=1e-9)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_refits_equal_fits_one_by_one(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    y, w = column(FAMILIES[family]), column("w")
    replicates = w[:, None] * np.random.default_rng(2).integers(0, 4, size=(len(w), 7))
    start = fit_weighted(y, X, w, family).coefficients
    expected = [fit_weighted(y[r > 0], X[r > 0], r[r > 0], family).coefficients for r in replicates.T]
    assert refits(y, X, replicates, start, family) == pytest.approx(np.array(expected), abs=1e-9)
    monkeypatch.setattr("trustmeter.stats.survey.regression._CELLS", 3 * len(w))
    assert refits(y, X, replicates, start, family) == pytest.approx(np.array(expected), abs=1e-9)


def test_intervals_hold_what_they_promise() -> None:
    """400 samples in clusters, drawn by chances that go with the outcome: how often is the population's slope inside?

    x = e + u / 2 and y = 1 + x / 2 + u + noise, so that the slope is 1/2 + cov(x, u) / var(x) = 0.9.
    """
    rng, held = np.random.default_rng(5), np.zeros(2)
    for _ in range(400):
        u = rng.normal(size=60)
        cluster = np.repeat(np.arange(60), 12)
        x = rng.normal(size=720) + u[cluster] / 2
        y = 1 + x / 2 + u[cluster] + rng.normal(size=720)
        chance = 0.15 + 0.5 / (1 + np.exp(-y))
        taken = rng.random(720) < chance
        design = np.column_stack([np.ones(720), x])[taken]
        aware, unaware = (
            regression_of_sample(y[taken], design, sample)
            for sample in (sample_of(1 / chance[taken], clusters=cluster[taken]), sample_of(np.ones(taken.sum())))
        )
        held += [abs(fit.coefficients[1] - 0.9) < 2 * fit.std_errors[1] for fit in (aware, unaware)]
    assert 0.91 < held[0] / 400 < 0.98
    assert held[1] / 400 < 0.75


def test_refuses_what_has_no_answer() -> None:
    sample = samples()["clusters"]
    with pytest.raises(EstimationError, match="collinear"):
        regression_of_sample(column("y"), np.column_stack([X, X[:, 3] + X[:, 4]]), sample)
    with pytest.raises(EstimationError, match="without overlap"):
        regression_of_sample((column("x1") > 0).astype(float), X, sample, "binomial")
    with pytest.raises(EstimationError, match="all zero"):
        regression_of_sample(np.where(GROUP == 1, 0.0, column("k")), X, sample, "poisson")
    with pytest.raises(EstimationError, match="counts needs an outcome"):
        regression_of_sample(-column("k"), X, sample, "poisson")
    with pytest.raises(EstimationError, match="0 would be left"):
        residual_df(4, 5)
    gone = np.where(GROUP == 1, 0.0, 1.0)[:, None] * column("w")[:, None]
    with pytest.raises(EstimationError, match="some replicate"):
        refits(column("y"), X, gone, np.zeros(5), "gaussian")


def test_ordered_answers_are_refitted_one_by_one() -> None:
    y, w = column("a") - 1, column("w")
    start = fit_weighted(y, X, w, "ordinal")
    assert w @ start.influence == pytest.approx(np.zeros(6), abs=1e-9)
    twice = refits(y, X, np.column_stack([w, 2 * w]), start.coefficients, "ordinal")
    assert twice == pytest.approx(np.array([start.coefficients] * 2), abs=1e-9)
    with pytest.raises(EstimationError, match="nobody gave one of the answers"):
        refits(y, X, np.where(y == 1, 0, w)[:, None], start.coefficients, "ordinal")


def test_a_far_predictor_is_no_empty_group() -> None:
    """Counts that fall steeply, but have an answer, are not refused."""
    rng = np.random.default_rng(9)
    x = rng.uniform(-9, 9, size=400)
    y = rng.poisson(np.exp(1 - x)).astype(float)
    fit = regression_of_sample(y, np.column_stack([np.ones(400), x]), sample_of(np.ones(400)), "poisson")
    assert fit.coefficients == pytest.approx([1, -1], abs=0.03)
