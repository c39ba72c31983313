"""The kernel against itself: numeric derivatives, cases that must collapse, and scores found by a plain search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from trustmeter.stats.normal_likelihood import log_likelihood
from trustmeter.stats.sem.estimate import mean_of, normal_gradient, observed_hessian
from trustmeter.stats.sem.fitting import StructureFit, fit_structure
from trustmeter.stats.sem.model import BETA, DELTA, LAMBDA, NU, PSI, TAU, THETA, CovarianceModel, Drafting
from trustmeter.stats.sem.moments import implied, jacobian
from trustmeter.stats.sem.sample import normal_sample, ordinal_sample
from trustmeter.stats.sem.score_test import score_tests
from trustmeter.stats.sem.solution.factor_scores import bartlett_scores, mode_scores, regression_scores
from trustmeter.stats.sem.solution.metric import standardized, standardized_loadings


def numbers(n: int = 250, seed: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    f = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n)
    return np.exp(0.3 * (np.repeat(f, 3, axis=1) * 0.8 + rng.normal(size=(n, 6))))


def codes(n: int = 400, seed: int = 5, cuts: tuple[float, ...] = (-0.6, 0.2, 1.1)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    f = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n)
    return np.digitize(np.repeat(f, 3, axis=1) * 0.7 + 0.7 * rng.normal(size=(n, 6)), cuts)


def two_factors(x: np.ndarray, *, means: bool = True, path: bool = False) -> CovarianceModel:
    draft = Drafting(6, 2, 1, means=means)
    for i in range(6):
        sd = float(np.nanstd(x[:, i]))
        draft.free((0, LAMBDA, i, i // 3), 0.7 * sd)
        draft.free((0, THETA, i, i), 0.5 * sd**2)
        if means:
            draft.free((0, NU, i, 0), float(np.nanmean(x[:, i])))
    draft.fix((0, PSI, 0, 0), 1.0)
    draft.fix((0, PSI, 1, 1), 1.0)
    draft.free((0, BETA, 1, 0) if path else (0, PSI, 1, 0), 0.3)
    return draft.model()


def two_ordered(sample: Any, metric: str = "delta", groups: int = 1) -> CovarianceModel:
    draft = Drafting(6, 2, groups, metric=metric, levels=sample.groups[0].levels)  # type: ignore[arg-type]
    for g in range(groups):
        for i in range(6):
            draft.free((g, LAMBDA, i, i // 3), 0.7)
        for t, value in enumerate(sample.groups[g].thresholds):
            draft.free((g, TAU, t, 0), float(value))
        draft.fix((g, PSI, 0, 0), 1.0)
        draft.fix((g, PSI, 1, 1), 1.0)
        draft.free((g, PSI, 1, 0), 0.3)
    return draft.model()


def differences(value: Any, theta: np.ndarray, h: float = 1e-5) -> np.ndarray:
    steps = np.eye(len(theta)) * h
    return np.array([(value(theta + step) - value(theta - step)) / (2 * h) for step in steps]).T


@pytest.mark.parametrize("path", [False, True])
def test_derivatives_of_moments_are_those_of_differences(path: bool) -> None:
    model = two_factors(numbers(), path=path)
    at = model.start + np.linspace(0.01, 0.1, model.parameters)
    found = differences(lambda theta: implied(model, theta, 0).moments, at)
    np.testing.assert_allclose(jacobian(model, at, 0), found, atol=1e-8)


@pytest.mark.parametrize("metric", ["delta", "theta"])
def test_derivatives_of_ordered_moments_are_those_of_differences(metric: str) -> None:
    sample = ordinal_sample([codes()])
    model = two_ordered(sample, metric)
    extra = Drafting(6, 2, 1, metric=metric, levels=sample.groups[0].levels)  # type: ignore[arg-type]
    for k in range(len(model.free)):
        cell = (0, int(model.matrix[k]), int(model.row[k]), int(model.col[k]))
        extra.free(cell, float(model.value[k]))
    extra.free((0, NU, 2, 0), 0.1)
    extra.free((0, DELTA, 1, 0) if metric == "delta" else (0, THETA, 1, 1), 0.9)
    extra.free((0, THETA, 4, 1), 0.1)
    full = extra.model()
    at = full.start
    found = differences(lambda theta: implied(full, theta, 0).moments, at)
    np.testing.assert_allclose(jacobian(full, at, 0), found, atol=1e-8)


def holes(x: np.ndarray) -> np.ndarray:
    made = x.copy()
    made[np.random.default_rng(1).random(x.shape) < 0.1] = np.nan
    return made[~np.isnan(made).all(axis=1)]


@pytest.mark.parametrize("path", [False, True])
@pytest.mark.parametrize("punched", [False, True])
def test_gradient_and_curvature_are_those_of_differences(path: bool, punched: bool) -> None:
    x = holes(numbers()) if punched else numbers()
    model, sample = two_factors(x, path=path), normal_sample([x])
    rows = sample.groups[0]

    def value(theta: np.ndarray) -> float:
        now = implied(model, theta, 0)
        return log_likelihood(rows, mean_of(model, rows, now), now.covariance)

    at = model.start * 1.05
    np.testing.assert_allclose(
        normal_gradient(model, at, sample.groups), differences(value, at, 1e-6), rtol=1e-6, atol=1e-4
    )
    found = differences(lambda theta: normal_gradient(model, theta, sample.groups), at, 1e-6)
    scale = np.sqrt(np.outer(np.abs(np.diag(found)), np.abs(np.diag(found))))
    np.testing.assert_allclose(observed_hessian(model, at, sample.groups) / scale, -found / scale, atol=1e-6)


def test_a_path_between_factors_is_their_correlation_in_other_words() -> None:
    x = numbers()
    sample = normal_sample([x])
    one, other = (fit_structure(two_factors(x, path=path), sample) for path in (False, True))
    assert one.fit.test.scaled == pytest.approx(other.fit.test.scaled, abs=1e-6)
    np.testing.assert_allclose(standardized_loadings(one.estimate), standardized_loadings(other.estimate), atol=1e-7)
    of_loading = [standardized(fit, [(0, LAMBDA, i, i // 3) for i in range(6)]).std_errors for fit in (one, other)]
    np.testing.assert_allclose(*of_loading, atol=1e-6)


def test_means_that_are_not_modelled_change_nothing_else() -> None:
    x = numbers()
    with_means, without = (
        fit_structure(two_factors(x, means=means), normal_sample([x]), robust=False) for means in (True, False)
    )
    assert with_means.fit.test.value == pytest.approx(without.fit.test.value, abs=1e-8)
    kept = with_means.estimate.model.matrix[with_means.estimate.model.free >= 0] != NU
    np.testing.assert_allclose(with_means.estimate.theta[kept], without.estimate.theta, atol=1e-8)


def twice(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x, x])


@pytest.mark.parametrize("punched", [False, True])
def test_a_weight_of_two_is_a_row_repeated(punched: bool) -> None:
    x = holes(numbers()) if punched else numbers()
    model, n = two_factors(x), len(x)
    heavy = fit_structure(model, normal_sample([x], [np.full(n, 2.0)]))
    repeated = fit_structure(model, normal_sample([twice(x)], None, [twice(np.arange(n))]))
    np.testing.assert_allclose(heavy.estimate.theta, repeated.estimate.theta, rtol=1e-7)
    assert heavy.fit.test.value == pytest.approx(repeated.fit.test.value, rel=1e-7)
    np.testing.assert_allclose(heavy.covariance * n / (n - 1), repeated.covariance, rtol=1e-5, atol=1e-12)


def test_a_weight_of_two_is_an_ordered_row_repeated() -> None:
    x = codes()
    n = len(x)
    heavy, repeated = (
        ordinal_sample([x], "dwls", [np.full(n, 2.0)]),
        ordinal_sample([twice(x)], "dwls", None, [twice(np.arange(n))]),
    )
    one, other = fit_structure(two_ordered(heavy), heavy), fit_structure(two_ordered(repeated), repeated)
    np.testing.assert_allclose(one.estimate.theta, other.estimate.theta, atol=1e-7)
    assert one.fit.test.scaled == pytest.approx(other.fit.test.scaled, rel=1.0 / n)


def test_one_group_split_into_two_has_the_sum_of_their_tests() -> None:
    x = codes(600)
    halves = [x[:300], x[300:]]
    both = ordinal_sample(halves)
    joint = fit_structure(two_ordered(both, groups=2), both)
    alone = [fit_structure(two_ordered(sample), sample) for sample in (ordinal_sample([half]) for half in halves)]
    assert joint.fit.test.value == pytest.approx(sum(one.fit.test.value for one in alone), abs=1e-6)
    assert joint.fit.robust.value == pytest.approx(sum(one.fit.robust.value for one in alone), abs=1e-6)


def test_the_two_metrics_of_ordered_items_are_one_model() -> None:
    sample = ordinal_sample([codes()])
    one, other = (fit_structure(two_ordered(sample, metric), sample) for metric in ("delta", "theta"))
    assert one.fit.test.scaled == pytest.approx(other.fit.test.scaled, abs=1e-6)
    np.testing.assert_allclose(standardized_loadings(one.estimate), standardized_loadings(other.estimate), atol=1e-6)


def naive_score(fit: StructureFit, cell: tuple[int, int, int, int], x: np.ndarray) -> tuple[float, float]:
    """Return statistic and change from a model in which the cell is free, all derivatives by differences."""
    model, q = fit.estimate.model, fit.estimate.model.parameters
    draft = Drafting(6, 2, 1)
    for k in range(len(model.free)):
        place = (0, int(model.matrix[k]), int(model.row[k]), int(model.col[k]))
        if model.free[k] >= 0:
            draft.free(place, float(fit.estimate.theta[model.free[k]]))
        else:
            draft.fix(place, float(model.value[k]))
    draft.free(cell, 0.0)
    wide = draft.model()
    n = len(x)

    def loss(theta: np.ndarray) -> float:
        now = implied(wide, theta, 0)
        gap = x - now.mean
        inverse = np.linalg.inv(now.covariance)
        return -0.5 * (n * np.linalg.slogdet(now.covariance)[1] + float(np.einsum("ij,jk,ik", gap, inverse, gap)))

    at = wide.start
    gradient = differences(loss, at, 1e-5)
    moments = differences(lambda theta: implied(wide, theta, 0).moments, at, 1e-5)
    inverse = np.linalg.inv(implied(wide, at, 0).covariance)
    rows, cols = np.tril_indices(6)
    order = np.lexsort((rows, cols))
    D = np.zeros((36, 21))
    for k, (i, j) in enumerate(zip(rows[order], cols[order], strict=True)):
        D[i * 6 + j, k] = D[j * 6 + i, k] = 1
    weight = np.zeros((27, 27))
    weight[:6, :6], weight[6:, 6:] = inverse, 0.5 * D.T @ np.kron(inverse, inverse) @ D
    information = n * moments.T @ weight @ moments
    left = information[q, q] - information[q, :q] @ np.linalg.solve(information[:q, :q], information[:q, q])
    return gradient[q] ** 2 / left, gradient[q] / left


@pytest.mark.parametrize("cell", [(0, LAMBDA, 4, 0), (0, THETA, 3, 1), (0, THETA, 1, 0)])
def test_a_score_test_is_that_of_plain_differences(cell: tuple[int, int, int, int]) -> None:
    x = numbers()
    fit = fit_structure(two_factors(x), normal_sample([x]))
    found = score_tests(fit, [cell])
    statistic, change = naive_score(fit, cell, x)
    assert found.statistic[0] == pytest.approx(statistic, rel=1e-4)
    assert found.change[0] == pytest.approx(change, rel=1e-4)


def test_a_cell_that_cannot_be_told_apart_has_no_score_test() -> None:
    x = numbers()
    fit = fit_structure(two_factors(x), normal_sample([x]))
    found = score_tests(fit, [(0, PSI, 0, 0), (0, LAMBDA, 4, 0)])
    assert np.isnan(found.statistic[0]) and np.isnan(found.robust[0])
    assert found.statistic[1] >= 0


def test_robust_score_tests_have_the_right_mean_where_plain_ones_have_not() -> None:
    rng = np.random.default_rng(8)
    plain, robust = [], []
    for _ in range(80):
        f = rng.standard_t(4, size=(300, 1)) * np.array([[1.0, 0.9, 1.1, 0.8]])
        x = (f + rng.standard_t(4, size=(300, 4))) * np.sqrt(3 / rng.chisquare(3, size=(300, 1)).clip(0.5))
        draft = Drafting(4, 1, 1)
        for i in range(4):
            draft.free((0, LAMBDA, i, 0), float(x[:, i].std()) * 0.7)
            draft.free((0, THETA, i, i), float(x[:, i].var()) * 0.5)
            draft.free((0, NU, i, 0), float(x[:, i].mean()))
        draft.fix((0, PSI, 0, 0), 1.0)
        found = score_tests(fit_structure(draft.model(), normal_sample([x])), [(0, THETA, 1, 0)])
        plain.append(found.statistic[0])
        robust.append(found.robust[0])
    assert np.mean(plain) > 1.5
    assert abs(np.mean(robust) - 1) < 0.3


def test_the_mode_is_where_a_plain_search_finds_it() -> None:
    x = codes(60)
    sample = ordinal_sample([codes()])
    fit = fit_structure(two_ordered(sample), sample)
    x[0, 2:] = -1
    x[1] = -1
    found = mode_scores(fit.estimate, x)
    made = fit.estimate.implied(0).matrices
    left = np.sqrt(1 - np.einsum("ij,jk,ik->i", made.loadings, made.psi, made.loadings))
    edges = np.column_stack([np.full(6, -np.inf), made.tau.reshape(6, 3), np.full(6, np.inf)])
    prior = np.linalg.inv(made.psi)

    def loss(eta: np.ndarray, row: np.ndarray) -> float:
        at = made.loadings @ eta
        total = 0.5 * float(eta @ prior @ eta)
        for i, code in enumerate(row):
            if code >= 0:
                total -= np.log(
                    norm.cdf((edges[i, code + 1] - at[i]) / left[i]) - norm.cdf((edges[i, code] - at[i]) / left[i])
                )
        return total

    assert np.isnan(found.values[1]).all()
    for person in (0, 2, 3, 4, 5):
        best = minimize(loss, np.zeros(2), args=(x[person],), method="BFGS", options={"gtol": 1e-9})
        np.testing.assert_allclose(found.values[person], best.x, atol=1e-6)
        curved = differences(lambda eta, row=x[person]: differences(lambda at: loss(at, row), eta, 1e-4), best.x, 1e-4)
        np.testing.assert_allclose(found.std_errors[person], np.sqrt(np.diag(np.linalg.inv(curved))), rtol=1e-4)


def test_scores_of_numbers_are_those_of_conditional_moments() -> None:
    x = numbers()
    fit = fit_structure(two_factors(x), normal_sample([x]))
    some = x[:5].copy()
    some[0, [1, 4]] = np.nan
    found = regression_scores(fit.estimate, some)
    now = fit.estimate.implied(0)
    made = now.matrices
    joint = np.block([[made.psi, made.psi @ made.loadings.T], [made.loadings @ made.psi, now.covariance]])
    there = np.flatnonzero(~np.isnan(some[0]))
    cross, own = joint[:2, 2 + there], joint[np.ix_(2 + there, 2 + there)]
    np.testing.assert_allclose(
        found.values[0], cross @ np.linalg.inv(own) @ (some[0, there] - now.mean[there]), atol=1e-10
    )
    spread = made.psi - cross @ np.linalg.inv(own) @ cross.T
    np.testing.assert_allclose(found.std_errors[0], np.sqrt(np.diag(spread)), atol=1e-10)
    unbiased = bartlett_scores(fit.estimate, now.mean + np.array([[1.0, -0.5], [0, 2]]) @ made.loadings.T)
    np.testing.assert_allclose(unbiased.values, [[1.0, -0.5], [0, 2]], atol=1e-9)


def two_group_codes(rng: np.random.Generator, n: int, cut: float) -> list[np.ndarray]:
    return [np.digitize(rng.normal(size=(n, 4)), (-cut, cut + 0.2 * g)) for g in range(2)]


def test_the_baseline_of_ordered_groups_has_the_mean_that_its_scale_says() -> None:
    """E(T0) = c0 df0: the correction behind our robust CFI of several groups, by simulation under independence."""
    rng = np.random.default_rng(21)
    values, means = [], []
    for _ in range(100):
        sample = ordinal_sample(two_group_codes(rng, 200, 0.5))
        draft = Drafting(4, 0, 2, metric="delta", levels=sample.groups[0].levels)
        for g in range(2):
            for t, value in enumerate(sample.groups[g].thresholds):
                draft.free((g, TAU, t, 0), float(value))
        test = fit_structure(draft.model(), sample).baseline.robust
        values.append(test.value)
        means.append(test.scale * test.df)
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - np.mean(means)) < 4 * error
    assert abs(np.mean(values) - 2 * np.mean(means)) > 10 * error


def test_robust_rmsea_of_a_constrained_step_finds_the_populations_value() -> None:
    """Two groups, equal thresholds and loadings, a threshold out of line: excess over n against one huge sample."""
    rng = np.random.default_rng(22)

    def drawn(n: int) -> list[np.ndarray]:
        made = []
        for g in range(2):
            y = 0.8 * rng.normal(size=(n, 1)) + 0.6 * rng.normal(size=(n, 4))
            made.append(
                np.column_stack([np.digitize(y[:, i], (-0.4, 0.6 + (0.4 * g if i == 1 else 0.0))) for i in range(4)])
            )
        return made

    def excess(n: int) -> float:
        sample = ordinal_sample(drawn(n))
        draft = Drafting(4, 1, 2, metric="delta", levels=sample.groups[0].levels)
        for g in range(2):
            for i in range(4):
                draft.free((g, LAMBDA, i, 0), 0.7, f"l{i}")
            for t, value in enumerate(sample.groups[0].thresholds):
                draft.free((g, TAU, t, 0), float(value), f"t{t}")
            draft.fix((g, PSI, 0, 0), 1.0)
        test = fit_structure(draft.model(), sample).fit.robust
        return (test.value - test.scale * test.df) / (2 * n)

    population = excess(100_000)
    found = np.array([excess(500) for _ in range(40)])
    assert population > 0.001
    assert abs(found.mean() - population) < 4 * found.std() / np.sqrt(len(found))
