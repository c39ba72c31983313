"""Calibration: the mirt package's numbers, a naive likelihood and its numeric derivatives, collapses, refusals."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.irt.calibration import SLOPE_LIMIT, fit_irt
from trustmeter.stats.irt.marginal import slope_gain
from trustmeter.stats.irt.model import IrtFit, standard_errors
from trustmeter.stats.irt.patterns import compact_categories, merge_unseen
from trustmeter.stats.irt.trait import fitted_patterns

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/irt.json").read_text(encoding="utf-8"))
MIRT = f"mirt {STORED['packages']['mirt']} (Python)"
LOG_LIKELIHOOD = 1e-3
PARAMETERS = 1e-3
"""mirt stops its EM search within about 1e-4 of the maximum."""
NUMERIC = 1e-5
"""Standard errors against a numeric Hessian of a naive likelihood."""
DATA = ("six", "uneven", "two", "two_holes")


def codes_of(name: str) -> np.ndarray:
    return np.loadtxt(REFERENCE / f"data/irt_{name}.csv", delimiter=",", skiprows=1, dtype=int)


def numbers(values: Any) -> np.ndarray:
    return np.array(values, dtype=float)


def naive_log_likelihood(
    fit: IrtFit, vector: np.ndarray, codes: np.ndarray, groups: np.ndarray, w: np.ndarray
) -> float:
    """Write the likelihood down from its definition: trait values on a fine grid, one item after the other."""
    layout, x = fit.layout, np.linspace(-7, 7, 181)
    total = 0.0
    for group in range(len(fit.means)):
        mean = vector[layout.means[group]] if layout.means[group] >= 0 else 0.0
        sd = math.sqrt(vector[layout.spreads[group]]) if layout.spreads[group] >= 0 else 1.0
        theta, weight = mean + sd * x, np.exp(-0.5 * x**2)
        tables = []
        for item, size in enumerate(fit.sizes):
            a = vector[layout.slopes[group, item]] if layout.slopes[group, item] >= 0 else 1.0
            z = a * theta + vector[layout.intercepts[group, item, : size - 1]][:, None]
            if fit.model == "graded":
                above = np.vstack([np.ones(len(x)), 1 / (1 + np.exp(-z)), np.zeros(len(x))])
                tables.append(above[:-1] - above[1:])
            else:
                raised = np.exp(np.vstack([np.zeros(len(x)), np.cumsum(z, axis=0)]))
                tables.append(raised / raised.sum(axis=0))
        rows, product = groups == group, weight[None, :]
        for item, table in enumerate(tables):
            product = product * np.vstack([table, np.ones(len(x))])[codes[rows, item]]
        total += float(w[rows] @ np.log(product.sum(axis=1) / weight.sum()))
    return total


def vector_of(fit: IrtFit) -> np.ndarray:
    vector = np.empty(fit.n_parameters)
    for places, values in (
        (fit.layout.slopes, fit.slopes), (fit.layout.intercepts, fit.intercepts),
        (fit.layout.means, fit.means), (fit.layout.spreads, fit.variances),
    ):  # fmt: skip
        vector[places[places >= 0]] = values[places >= 0]
    return vector


def numeric_hessian(f: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """Return second derivatives by central differences, extrapolated from two steps (Richardson)."""

    def plain(h: float) -> np.ndarray:
        P = len(at)
        H = np.empty((P, P))
        steps = np.eye(P) * h
        middle = f(at)
        for i in range(P):
            H[i, i] = (f(at + steps[i]) - 2 * middle + f(at - steps[i])) / h**2
            for j in range(i):
                corners = [s * t * f(at + s * steps[i] + t * steps[j]) for s in (1, -1) for t in (1, -1)]
                H[i, j] = H[j, i] = sum(corners) / (4 * h**2)
        return H

    return (4 * plain(1e-3) - plain(2e-3)) / 3


def graded_data(n: int, k: int, m: int, seed: int, *, mean: float = 0.0, sd: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    z = rng.uniform(0.8, 2.0, k) * (mean + sd * rng.normal(size=n))[:, None] + rng.logistic(size=(n, k))
    return np.digitize(z, np.linspace(-1.5, 1.5, m - 1)) if m > 2 else (z > 0).astype(int)


def test_compact_categories_close_gaps_and_keep_missing() -> None:
    codes, kept = compact_categories(np.array([[0, 5], [2, -1], [-1, 7], [2, 5]]))
    assert codes.tolist() == [[0, 0], [1, -1], [-1, 1], [1, 0]]
    assert kept == ((0, 2), (5, 7))


def test_merge_unseen_joins_a_category_that_a_group_never_chose() -> None:
    codes = np.array([[0, 0], [1, 1], [2, 0], [0, 1], [2, 0], [2, 1]])
    merged, changed = merge_unseen(codes, np.array([0, 0, 0, 1, 1, 1]), frozenset({0, 1}))
    assert merged[:, 0].tolist() == [0, 0, 2, 0, 2, 2]
    assert changed == {0}


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("model", ["graded", "gpcm"])
def test_estimates_are_those_of_mirt(name: str, model: str, agree: Any) -> None:
    stored, fit = STORED["cases"][name][model], fit_irt(codes_of(name), model)
    assert fit.converged
    assert fit.gradient_norm < 1e-6
    b = fit.difficulties[0]
    if np.nanmax(np.abs(b)) > 6:
        # mirt keeps difficulties within -6 and 6, and so ends below the maximum.
        assert fit.log_likelihood > stored["log_likelihood"] + LOG_LIKELIHOOD
        return
    named = {"reference": MIRT, "data": name}
    steps = next(key for key in ("thresholds", "steps", "difficulty") if key in stored)
    theirs, errors = (numbers(stored[key]).reshape(len(b), -1)[:, -b.shape[1] :] for key in (steps, f"se_{steps}"))
    there = np.isfinite(b)
    found = standard_errors(fit)
    agree(f"{model} log-likelihood", fit.log_likelihood, stored["log_likelihood"], LOG_LIKELIHOOD, **named)
    agree(f"{model} slopes", fit.slopes[0], stored["discrimination"], PARAMETERS, **named)
    agree(f"{model} difficulties", b[there], theirs[there], PARAMETERS, **named)
    agree(f"{model} SE of slopes", found.slopes[0], stored["se_discrimination"], 1e-3, **named)
    agree(f"{model} SE of difficulties", found.difficulties[0][there], errors[there], 1e-3, **named)


@pytest.mark.parametrize("name", DATA)
def test_partial_credit_with_slopes_of_one_is_one_tied_slope(name: str, agree: Any) -> None:
    stored, fit = STORED["cases"][name]["pcm"], fit_irt(codes_of(name), "pcm")
    named = {"reference": f"{MIRT}, slopes tied", "data": name}
    agree("pcm log-likelihood", fit.log_likelihood, stored["log_likelihood"], LOG_LIKELIHOOD, **named)
    agree("pcm variance", fit.variances[0], stored["discrimination"][0] ** 2, PARAMETERS, **named)


@pytest.mark.parametrize(("case", "free"), [("shared", frozenset()), ("free", frozenset({2}))])
def test_two_groups_are_those_of_mirt(case: str, free: frozenset[int], agree: Any) -> None:
    stored, data = STORED["cases"]["groups"][case], codes_of("groups")
    fit = fit_irt(data[:, 1:], groups=data[:, 0], free=free)
    named = {"reference": f"{MIRT} fit_multigroup", "data": f"groups, {case}"}
    agree("two groups log-likelihood", fit.log_likelihood, stored["log_likelihood"], LOG_LIKELIHOOD, **named)
    agree("latent mean", fit.means[1], stored["mean"], PARAMETERS, **named)
    agree("latent variance", fit.variances[1], stored["variance"], PARAMETERS, **named)
    for group in (0, 1):
        own = stored["groups"][group]
        agree("group slopes", fit.slopes[group], own["discrimination"], PARAMETERS, **named)
        agree("group difficulties", fit.difficulties[group], own["thresholds"], PARAMETERS, **named)


@pytest.mark.parametrize("model", ["graded", "gpcm", "pcm"])
def test_likelihood_gradient_and_standard_errors_are_those_of_the_definition(model: str, agree: Any) -> None:
    first, second = graded_data(220, 4, 3, 1), graded_data(200, 4, 3, 2, mean=0.5, sd=1.4)
    codes = np.vstack([first, second])
    codes[:, 3] = np.minimum(codes[:, 3], 1)
    codes[np.random.default_rng(3).random(codes.shape) < 0.1] = -1
    groups = np.repeat([0, 1], [220, 200])
    weights = np.random.default_rng(4).uniform(0.5, 1.5, len(codes))
    fit = fit_irt(codes, model, groups=groups, free=frozenset({1}), weights=weights, tolerance=1e-9)
    at = vector_of(fit)

    def naive(vector: np.ndarray) -> float:
        return naive_log_likelihood(fit, vector, codes, groups, weights)

    named = {"reference": "naive likelihood, 181 nodes", "data": "two groups, missing answers, weights"}
    agree(f"{model} log-likelihood", fit.log_likelihood, naive(at), 1e-6, **named)
    gradient = [(naive(at + h) - naive(at - h)) / 2e-4 for h in 1e-4 * np.eye(len(at))]
    agree(f"{model} gradient", gradient, np.zeros(len(at)), 1e-5, **named)
    covariance = np.linalg.inv(-numeric_hessian(naive, at))
    errors = np.sqrt(np.diag(covariance))
    agree(f"{model} SE", np.sqrt(np.diag(fit.covariance)), errors, NUMERIC, relative=True, **named)
    agree(
        f"{model} covariances",
        fit.covariance / np.outer(errors, errors),
        covariance / np.outer(errors, errors),
        NUMERIC,
        **named,
    )


def test_robust_covariance_is_the_sandwich_of_numeric_scores(agree: Any) -> None:
    codes = graded_data(240, 4, 3, 5)
    codes[::9, 1] = -1
    clusters, weights = np.arange(240) // 3, np.random.default_rng(6).uniform(0.5, 2, 240)
    for cluster in (None, clusters):
        fit = fit_irt(codes, weights=weights, clusters=cluster)
        at = vector_of(fit)
        scores = np.empty((240, len(at)))
        for row in range(240):
            one, of, w = codes[row : row + 1], np.zeros(1, dtype=int), weights[row : row + 1]
            scores[row] = [
                (naive_log_likelihood(fit, at + h, one, of, w) - naive_log_likelihood(fit, at - h, one, of, w)) / 2e-4
                for h in 1e-4 * np.eye(len(at))
            ]
        if cluster is not None:
            scores = np.add.reduceat(scores, np.arange(0, 240, 3))
        n = len(scores)
        expected = fit.covariance @ scores.T @ scores @ fit.covariance * n / (n - 1)
        agree(
            "sandwich covariance",
            fit.robust_covariance,
            expected,
            1e-6,
            reference="numeric scores",
            data="weights, clusters",
        )


def test_delta_method_of_difficulties() -> None:
    fit = fit_irt(graded_data(300, 5, 4, 7))
    found = standard_errors(fit)
    draws = np.random.default_rng(8).multivariate_normal(vector_of(fit), fit.covariance / 1e4, size=40_000)
    b = -draws[:, fit.layout.intercepts[0]] / draws[:, fit.layout.slopes[0]][:, :, None]
    assert found.difficulties[0] == pytest.approx(b.std(axis=0) * 100, rel=0.03)


def test_weights_are_repeated_rows_and_unanswered_rows_do_not_count() -> None:
    codes = graded_data(200, 4, 4, 9)
    weights = np.random.default_rng(10).integers(1, 4, 200)
    repeated = fit_irt(np.repeat(codes, weights, axis=0))
    weighted = fit_irt(np.vstack([codes, np.full((3, 4), -1)]), weights=np.append(weights, [1.0, 1.0, 1.0]))
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, abs=1e-8)
    assert weighted.slopes == pytest.approx(repeated.slopes, abs=1e-6)
    assert weighted.covariance == pytest.approx(repeated.covariance, rel=1e-4, abs=1e-9)
    assert weighted.n == 200


def test_all_models_are_one_with_two_answers() -> None:
    codes = graded_data(400, 5, 2, 11)
    graded, partial = fit_irt(codes), fit_irt(codes, "gpcm")
    assert graded.log_likelihood == pytest.approx(partial.log_likelihood, abs=1e-8)
    assert graded.intercepts == pytest.approx(partial.intercepts, abs=1e-6)


def test_turned_items_turn_the_parameters() -> None:
    codes = graded_data(400, 5, 4, 12)
    turned = codes.copy()
    turned[:, 2] = 3 - turned[:, 2]
    plain, other = fit_irt(codes), fit_irt(turned)
    assert other.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    assert other.slopes[0, 2] == pytest.approx(-plain.slopes[0, 2], abs=1e-6)
    assert other.intercepts[0, 2] == pytest.approx(-plain.intercepts[0, 2, ::-1], abs=1e-6)


def test_equal_groups_have_equal_distributions_and_group_order_does_not_matter() -> None:
    codes = graded_data(300, 5, 3, 13)
    twice, groups = np.vstack([codes, codes]), np.repeat([0, 1], 300)
    fit = fit_irt(twice, groups=groups)
    assert fit.means[1] == pytest.approx(0, abs=1e-6)
    assert fit.variances[1] == pytest.approx(1, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(2 * fit_irt(codes).log_likelihood, abs=1e-7)
    other = np.vstack([codes, graded_data(250, 5, 3, 14, mean=0.6, sd=1.3)])
    groups = np.repeat([0, 1], [300, 250])
    one, swapped = fit_irt(other, groups=groups), fit_irt(other, groups=1 - groups)
    assert one.log_likelihood == pytest.approx(swapped.log_likelihood, abs=1e-7)
    assert swapped.variances[1] == pytest.approx(1 / one.variances[1], abs=1e-5)
    assert swapped.means[1] == pytest.approx(-one.means[1] / math.sqrt(one.variances[1]), abs=1e-5)


def test_freeing_items_raises_the_likelihood_and_starts_where_asked() -> None:
    data = codes_of("groups")
    codes, groups = data[:, 1:], data[:, 0]
    shared = fit_irt(codes, groups=groups)
    for item in range(2):
        freed = fit_irt(codes, groups=groups, free=frozenset({item}), start=shared)
        assert freed.log_likelihood > shared.log_likelihood
        assert freed.n_parameters == shared.n_parameters + 4
        again = fit_irt(codes, groups=groups, free=frozenset({item}))
        assert again.log_likelihood == pytest.approx(freed.log_likelihood, abs=1e-7)


def test_parameters_are_recovered() -> None:
    rng = np.random.default_rng(15)
    a, b = rng.uniform(0.8, 2.2, 8), np.sort(rng.normal(size=(8, 3)), axis=1) + np.array([-0.5, 0, 0.5])
    theta = rng.normal(size=(6000, 1, 1))
    p = 1 / (1 + np.exp(-a[:, None] * (theta - b)))
    fit = fit_irt((rng.random((6000, 8, 1)) < p).sum(axis=2))
    errors = standard_errors(fit)
    assert np.abs((fit.slopes[0] - a) / errors.slopes[0]).max() < 3.5
    assert np.abs((fit.difficulties[0] - b) / errors.difficulties[0]).max() < 3.8


def test_weak_items_are_not_boxed() -> None:
    rng = np.random.default_rng(16)
    strong = graded_data(900, 4, 4, 17)
    weak = np.digitize(0.08 * rng.normal(size=900) + rng.logistic(size=900), [-3.0, -1.0, 2.5])
    fit = fit_irt(np.column_stack([strong, weak]))
    assert fit.converged
    assert np.abs(fit.difficulties[0, 4]).max() > 8


def test_61_nodes_are_enough() -> None:
    codes = codes_of("six")
    assert fit_irt(codes).log_likelihood == pytest.approx(fit_irt(codes, nodes=241, span=8).log_likelihood, abs=1e-5)


def test_many_items_use_another_way_to_find_equal_rows() -> None:
    codes = np.tile(graded_data(60, 4, 6, 18), (1, 7))
    codes = codes ^ (np.random.default_rng(19).random(codes.shape) < 0.3)
    with_many = fit_irt(codes, "gpcm")
    assert with_many.converged


@pytest.mark.parametrize(
    ("codes", "options", "error", "match"),
    [
        (np.zeros((20, 3), dtype=int), {}, EstimationError, "one category only"),
        (np.full((20, 3), -1), {}, EstimationError, "no answer"),
        (graded_data(150, 4, 3, 20)[:, :1], {}, EstimationError, "two items"),
        (graded_data(150, 4, 3, 20) + 0.5, {}, DesignError, "whole numbers"),
        (graded_data(150, 4, 3, 20), {"model": "rating"}, DesignError, "must be one of"),
        (graded_data(150, 4, 3, 20), {"nodes": 5}, DesignError, "nodes"),
        (graded_data(150, 4, 3, 20), {"weights": np.full(150, -1.0)}, DesignError, "Weights"),
        (graded_data(150, 4, 3, 20), {"groups": np.repeat([0, 2], 75)}, DesignError, "without gaps"),
        (graded_data(150, 4, 3, 20), {"groups": np.repeat([0, 1], 75), "free": frozenset(range(4))}, DesignError, "same"),
        (graded_data(150, 4, 3, 20), {"clusters": np.zeros(150, dtype=int)}, EstimationError, "two clusters"),
    ],
)  # fmt: skip
def test_refusals(codes: Any, options: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        fit_irt(codes, **options)


def test_a_category_that_one_group_never_chose_is_refused_when_the_item_is_free() -> None:
    codes, groups = graded_data(500, 5, 3, 21), np.repeat([0, 1], 250)
    codes[groups == 1, 0] = np.minimum(codes[groups == 1, 0], 1)
    with pytest.raises(EstimationError, match="never chose"):
        fit_irt(codes, groups=groups, free=frozenset({0}))
    assert fit_irt(codes, groups=groups).converged
    merged, _ = merge_unseen(codes, groups, frozenset({0}))
    assert fit_irt(merged, groups=groups, free=frozenset({0})).converged


def test_a_repeated_item_is_a_heywood_case() -> None:
    codes = graded_data(300, 3, 4, 22)
    with pytest.raises(EstimationError, match=f"beyond {SLOPE_LIMIT:g}"):
        fit_irt(np.column_stack([codes, codes[:, 0]]))


def test_items_without_anything_in_common_have_no_variance() -> None:
    codes = graded_data(400, 4, 3, 24)
    codes[:, 2:] = 2 - codes[:, 2:]
    with pytest.raises(EstimationError, match="variance of the trait heads for zero"):
        fit_irt(codes, "pcm")


def test_every_combination_of_sizes_is_padded_right() -> None:
    rng = np.random.default_rng(23)
    for sizes in itertools.islice(itertools.product((2, 3, 5), repeat=3), 0, 27, 4):
        z = 1.5 * rng.normal(size=(250, 1)) + rng.logistic(size=(250, 3))
        codes = np.column_stack([np.digitize(z[:, i], np.linspace(-1, 1, size - 1)) for i, size in enumerate(sizes)])
        fit = fit_irt(codes)
        assert np.isfinite(fit.intercepts[0]).sum(axis=1).tolist() == [size - 1 for size in fit.sizes]
        naive = naive_log_likelihood(fit, vector_of(fit), codes, np.zeros(250, dtype=int), np.ones(250))
        assert fit.log_likelihood == pytest.approx(naive, abs=1e-6)


@pytest.mark.parametrize("model", ["graded", "gpcm"])
def test_what_a_slope_adds_is_the_likelihood_with_it_less_that_without(model: str, agree: Any) -> None:
    codes = codes_of("uneven")
    groups, w = np.arange(len(codes)) % 2, np.linspace(0.5, 1.5, len(codes))
    fit = fit_irt(codes, model, groups=groups, weights=w)
    vector = np.empty(fit.n_parameters)
    for places, values in (
        (fit.layout.slopes, fit.slopes), (fit.layout.intercepts, fit.intercepts), (fit.layout.means, fit.means),
        (fit.layout.spreads, fit.variances),
    ):  # fmt: skip
        vector[places[places >= 0]] = values[places >= 0]
    flat, size = vector.copy(), fit.sizes[1]
    there = codes[:, 1] >= 0
    share = np.bincount(codes[there, 1], w[there], size) / w[there].sum()
    above = np.cumsum(share[::-1])[::-1][1:]
    steps = np.log(above / (1 - above)) if model == "graded" else np.log(share[1:] / share[:-1])
    flat[fit.layout.slopes[0, 1]] = 0.0
    flat[fit.layout.intercepts[0, 1, : size - 1]] = steps
    naive = [naive_log_likelihood(fit, one, codes, groups, w) for one in (vector, flat)]
    patterns = fitted_patterns(fit, codes, groups, w)
    found = slope_gain(model, fit.natural, patterns, fit.grid, item=1, groups=(0, 1))
    agree(
        "likelihood ratio of a slope",
        found,
        2 * (naive[0] - naive[1]),
        1e-5,
        reference="the definition",
        data=f"uneven, {model}",
    )
