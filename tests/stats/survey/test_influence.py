"""Totals, means, shares, ratios, domains, quantiles and their errors: against R's survey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.survey.influence import (
    Estimates,
    Linearised,
    contrasts,
    estimated,
    intervals,
    joint_test,
    means,
    ratios,
    shares,
    totals,
)
from trustmeter.stats.survey.linearisation import covariance_of_totals
from trustmeter.stats.survey.precision import effective_size, share_interval, simple_random_variance
from trustmeter.stats.survey.projection import OnVariables, on_margins, on_variables, residuals
from trustmeter.stats.survey.quantile import quantiles, weighted_quantiles
from trustmeter.stats.survey.sample import Sample, degrees_of_freedom, reweighted, sample_of

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/survey_design.json").read_text(encoding="utf-8"))
SCHOOLS, LONELY = (pd.read_csv(REFERENCE / f"data/survey_{name}.csv") for name in ("schools", "lonely"))
R = f"survey {STORED['packages']['survey']}"
CASES, ASKED = STORED["cases"], np.array(STORED["asked"])
CLOSED_FORM = 1e-9
"""Both sides are closed forms of the same inputs; calibrated weights are taken from R."""

N, STRATUM, CLUSTER = len(SCHOOLS), SCHOOLS["stratum"].to_numpy(), SCHOOLS["cluster"].to_numpy()
Y, X, Z, W = (SCHOOLS[name].to_numpy() for name in ("y", "x", "z", "w"))
A, B, G = (SCHOOLS[name].to_numpy() - 1 for name in ("a", "b", "g"))


def sample(name: str) -> Sample:
    """Return our side of a stored design; weights that R made to meet margins are R's, the steps are ours."""
    weights = SCHOOLS["w0" if name == "zero_weights" else "w"].to_numpy()
    bare = name in {"one_stage", "clusters"}
    population = {"strata_finite": "people", "finite": "population", "zero_weights": "population",
                  "post_stratified": "population", "raked": "population"}.get(name)  # fmt: skip
    drawn = sample_of(
        weights,
        strata=None if bare else STRATUM,
        clusters=CLUSTER if name not in {"one_stage", "strata", "strata_finite"} else None,
        population=SCHOOLS[population].to_numpy(float) if population else None,
    )
    made, matrix = np.array(CASES[name]["weights"]), np.column_stack([np.ones(N), A == 1, A == 2, X]).astype(float)
    if name == "post_stratified":
        return reweighted(drawn, made, on_margins([A], W))
    if name == "raked":
        return reweighted(drawn, made, on_margins([A, B], np.ones(N), before=W))
    return reweighted(drawn, made, on_variables(matrix, W)) if name in {"linear", "raking", "logit"} else drawn


def same(agree: Any, statistic: str, data: str, found: Estimates, stored: dict[str, Any]) -> None:
    agree(f"design-based {statistic}", found.estimate, np.atleast_1d(stored["estimate"]), CLOSED_FORM, reference=R, data=data,
          relative=True)  # fmt: skip
    expected = np.atleast_2d(stored["covariance"]) if "covariance" in stored else None
    errors = stored["std_error"] if expected is None else np.sqrt(np.diag(expected))
    agree(
        f"design-based {statistic}: standard error",
        found.std_error,
        errors,
        CLOSED_FORM,
        reference=R,
        data=data,
        relative=True,
    )
    if expected is not None:
        # A post-stratified share has no error: rounding is all there is.
        size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        np.testing.assert_allclose(found.covariance, expected, rtol=1e-8, atol=1e-9 * max(size.max(), 1e-9))


@pytest.mark.parametrize("name", CASES)
def test_estimates_and_covariances_are_those_of_r(name: str, agree: Any) -> None:
    drawn, stored = sample(name), CASES[name]

    def of(linear: Linearised) -> Estimates:
        return estimated(linear, drawn)

    same(agree, "mean", name, of(means(np.column_stack([Y, X]), drawn)), stored["mean"])
    same(agree, "total", name, of(totals(np.column_stack([Y, X]), drawn)), stored["total"])
    same(agree, "ratio", name, of(ratios(Y, Z, drawn)), stored["ratio"])
    same(agree, "share", name, of(shares(A, 3, drawn)), stored["share"])
    same(agree, "mean with gaps", name, of(means(SCHOOLS["gap"].to_numpy(), drawn)), stored["gap"])
    domains = of(means(Y, drawn, G, 3))
    same(agree, "mean of a domain", name, domains, stored["domain"])
    same(agree, "total of a domain", name, of(totals(Y, drawn, G, 3)), stored["domain_total"])
    same(agree, "ratio of a domain", name, of(ratios(Y, Z, drawn, G, 3)), stored["domain_ratio"])
    if stored["difference"]:
        same(
            agree,
            "difference of domains",
            name,
            contrasts(domains, np.array([[-1.0, 1, 0], [0, -1, 1]])),
            stored["difference"],
        )
    assert degrees_of_freedom(drawn) == stored["df"]
    assert domains.df.tolist() == stored["df_domains"]


@pytest.mark.parametrize("name", CASES)
def test_design_effects_and_intervals_of_shares_are_those_of_r(name: str, agree: Any) -> None:
    drawn, stored = sample(name), CASES[name]
    mean, total = estimated(means(Y, drawn), drawn), estimated(totals(Y, drawn), drawn)
    domain = estimated(means(Y, drawn, G, 3), drawn)
    without = simple_random_variance(Y, drawn.weights)
    found = [
        mean.covariance[0, 0] / without[0],
        mean.covariance[0, 0] / simple_random_variance(Y, drawn.weights, replacement=True)[0],
        total.covariance[0, 0] / without[0] / drawn.weights.sum() ** 2,
        domain.covariance[1, 1] / simple_random_variance(Y, drawn.weights, G, 3)[1],
    ]
    expected = [stored[key] for key in ("deff", "deff_replace", "deff_total", "deff_domain")]
    agree("design effect", found, expected, CLOSED_FORM, reference=R, data=name, relative=True)
    share = estimated(means(SCHOOLS["yes"].to_numpy(float), drawn), drawn)
    for method in ("logit", "beta"):
        # R counts all rows, those of weight 0, too; svyciprop's logit comes from a fit that stops at 1e-8.
        ends = share_interval(share.estimate, share.std_error, share.df, n=np.array([N]), method=method)  # type: ignore[arg-type]
        if name == "zero_weights" and method == "beta":
            continue
        agree(
            f"interval of a share, {method}",
            np.ravel(ends),
            stored[method],
            1e-7,
            reference=R,
            data=name,
            relative=True,
        )


@pytest.mark.parametrize("name", CASES)
def test_quantiles_and_woodruff_intervals_are_those_of_r(name: str, agree: Any) -> None:
    drawn, stored = sample(name), CASES[name]
    everybody = np.zeros(N, dtype=int)
    for values, codes, group, key in (
        (Y, everybody, 0, "quantile"),
        (SCHOOLS["points"].to_numpy(float), everybody, 0, "quantile_points"),
        (Y, G, 1, "quantile_domain"),
    ):
        found = quantiles(values, ASKED, drawn, codes, codes.max() + 1)
        ours = np.column_stack([part[group] for part in (found.estimate, found.low, found.high, found.std_error)])
        expected = np.array(stored[key], dtype=float)
        if (name, key) == ("zero_weights", "quantile"):
            # R's survey 4.1-1 takes the second value where a probability lies below the first step of the distribution
            # function; the definition, the smallest value with F >= p, takes the first.
            assert (ours[0, 1], expected[0, 1]) == (503.46, 513.45)
            ours, expected = ours[1:], expected[1:]
        agree(
            "quantile, Woodruff's interval, standard error",
            ours,
            expected,
            CLOSED_FORM,
            reference=R,
            data=name,
            relative=True,
        )


@pytest.mark.parametrize("rule", STORED["lonely"])
@pytest.mark.parametrize("kind", ["endless", "finite"])
def test_strata_with_one_cluster_count_as_in_r(rule: Any, kind: str, agree: Any) -> None:
    stored = STORED["lonely"][rule][kind]
    drawn = sample_of(
        LONELY["w"].to_numpy(),
        strata=LONELY["stratum"].to_numpy(),
        clusters=LONELY["cluster"].to_numpy(),
        population=LONELY["population"].to_numpy(float) if kind == "finite" else None,
        lonely=rule,
    )
    y = LONELY["y"].to_numpy()
    same(agree, "mean", f"{rule}, {kind}", estimated(means(y, drawn), drawn), stored["mean"])
    same(agree, "total", f"{rule}, {kind}", estimated(totals(y, drawn), drawn), stored["total"])
    same(
        agree,
        "mean of a domain",
        f"{rule}, {kind}",
        estimated(means(y, drawn, LONELY["g"].to_numpy() - 1, 2), drawn),
        stored["domain"],
    )
    assert degrees_of_freedom(drawn) == stored["df"]


def test_a_lonely_cluster_is_refused_unless_it_is_all_there_is() -> None:
    strata, y = np.array([0, 0, 1]), np.array([1.0, 2, 3])
    with pytest.raises(EstimationError, match="1 of 2 strata have one sampled cluster"):
        covariance_of_totals(y, sample_of(np.ones(3), strata=strata))
    whole = sample_of(np.ones(3), strata=strata, population=np.array([4.0, 4, 1]))
    assert covariance_of_totals(y, whole)[0, 0] == pytest.approx(0.5 * 2 * 0.5)


def test_a_sampled_fraction_is_a_population() -> None:
    one = sample_of(np.ones(4), strata=np.array([0, 0, 1, 1]), population=np.array([0.5, 0.5, 0.25, 0.25]))
    assert one.population.tolist() == [4, 8]


@pytest.mark.parametrize(
    ("weights", "roles", "words"),
    [
        ([1, -1], {}, "0 or more"),
        ([0, 0], {}, "at least one above 0"),
        ([1, np.nan], {}, "finite"),
        ([], {}, "finite"),
        ([1, 1], {"strata": np.array([1])}, "strata of a sample need one value"),
        ([1, 1], {"population": np.array([1.0, 3])}, "the same in all its rows"),
        ([1, 1], {"population": np.array([-3.0, -3])}, "above 0"),
        ([1, 1, 1], {"population": np.array([2.0, 2, 2])}, "fewer clusters than were sampled"),
        ([1, 1, 1], {"population": np.ones(3)}, "neither a number of clusters"),
    ],
)
def test_what_is_no_sample_is_refused(weights: list[float], roles: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError, match=words):
        sample_of(np.array(weights, dtype=float), **roles)


def test_calibration_variables_may_repeat_each_other_and_must_be_numbers() -> None:
    x = np.column_stack([np.ones(N), X])
    twice = np.column_stack([x, 2 * X - 1])
    step = on_variables(twice, W)
    assert isinstance(step, OnVariables) and step.x.shape == (N, 2)
    left = [residuals(Y[:, None], on_variables(m, W)) for m in (x, twice)]
    np.testing.assert_allclose(left[0], left[1], atol=1e-8)
    with pytest.raises(DesignError, match="finite numbers"):
        on_variables(np.full((N, 1), np.nan), W)


def test_what_margins_explain_is_known() -> None:
    """Post-stratified and raked shares of the margins have no error; residuals sum to 0 in each category."""
    for codes in ([A], [A, B], [A, B, G]):
        left = residuals(np.column_stack([Y, A == 1]), on_margins(codes, W))
        np.testing.assert_allclose(left[:, 1], 0, atol=1e-10)
        for margin in codes:
            np.testing.assert_allclose(np.bincount(margin, W * left[:, 0]), 0, atol=1e-6)


def test_sweeps_over_margins_end_where_the_projection_is() -> None:
    left = Y.copy()
    for _ in range(200):
        for margin in (A, B):
            left = left - (np.bincount(margin, W * left) / np.bincount(margin, W))[margin]
    np.testing.assert_allclose(residuals(Y[:, None], on_margins([A, B], W))[:, 0], left, atol=1e-9)


def test_an_empty_group_has_no_estimate_and_disturbs_nobody(agree: Any) -> None:
    drawn = sample("finite")
    found = estimated(means(Y, drawn, G, 4), drawn)
    assert np.isnan(found.estimate[3]) and np.isnan(found.covariance[3]).all()
    others = Estimates(found.estimate[:3], found.covariance[:3, :3], found.df[:3], found.df_joint)
    same(agree, "mean of a domain", "finite", others, CASES["finite"]["domain"])
    apart = contrasts(found, np.array([[-1.0, 1, 0, 0]]))
    assert apart.estimate[0] == pytest.approx(CASES["finite"]["difference"]["estimate"][0])
    assert np.isnan(quantiles(Y, np.array([0.5]), drawn, G, 4).estimate[3, 0])
    assert quantiles(Y, np.array([0.5]), drawn, np.full(N, -1), 1).df[0] == 0


def test_rows_of_no_group_are_in_no_estimate() -> None:
    drawn = sample("both")
    only = np.where(G == 1, 0, -1)
    inside = estimated(means(Y, drawn, only, 1), drawn)
    assert inside.std_error[0] == pytest.approx(np.sqrt(CASES["both"]["domain"]["covariance"][1][1]))


def test_joint_test_of_one_difference_is_the_t_test() -> None:
    drawn = sample("both")
    apart = contrasts(estimated(means(Y, drawn, G, 3), drawn), np.array([[-1.0, 1, 0]]))
    test = joint_test(apart)
    assert test.statistic == pytest.approx((apart.estimate[0] / apart.std_error[0]) ** 2)
    assert (test.df1, test.df2) == (1, degrees_of_freedom(drawn))
    low, high = intervals(apart, 1 - test.p_value)
    assert min(abs(low[0]), abs(high[0])) == pytest.approx(0, abs=1e-6)


def test_more_differences_than_degrees_of_freedom_have_no_test() -> None:
    drawn = sample_of(np.ones(12), clusters=np.repeat([0, 1, 2], 4))
    values = np.random.default_rng(1).normal(size=(12, 5))
    found = joint_test(estimated(means(values, drawn), drawn))
    assert np.isnan(found.p_value) and found.df2 < 0


def test_effective_size_counts_equal_weights_fully() -> None:
    assert effective_size(np.full(7, 3.2)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 3])) == pytest.approx(1.6)


def test_quantiles_take_the_lower_value_where_a_share_is_met_exactly() -> None:
    y, tenths = np.arange(1.0, 11), np.full(10, 0.1)
    np.testing.assert_array_equal(weighted_quantiles(y, tenths, np.array([0.3, 0.5, 0.7])), [3, 5, 7])
    assert np.isnan(weighted_quantiles(y, tenths, np.array([-0.1, 1.1]))).all()
    assert np.isnan(weighted_quantiles(y[:0], tenths[:0], np.array([0.5]))).all()


def test_a_share_of_nobody_or_everybody_has_no_interval_by_log_odds() -> None:
    ends = share_interval(np.array([0.0, 1]), np.zeros(2), np.array([5, 5]), n=np.array([9, 9]))
    assert np.isnan(ends).all()
    low, high = share_interval(np.array([0.5]), np.array([0.1]), np.array([0]), n=np.array([9]), method="t")
    assert np.isnan([low[0], high[0]]).all()
