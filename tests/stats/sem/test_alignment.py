"""Alignment against a naive re-implementation, cases with known answers, and the models that it must collapse to."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import norm

from trustmeter.stats.sem.alignment.configural import Configural, configural_of, group_fits
from trustmeter.stats.sem.alignment.search import align_groups, usual_epsilon
from trustmeter.stats.sem.alignment.sharing import parameter_invariance, rank_sets, score_bias
from trustmeter.stats.sem.fitting import fit_structure
from trustmeter.stats.sem.invariance_steps import INTERCEPTS, Layout, depths_at, step_model
from trustmeter.stats.sem.model import ALPHA, PSI
from trustmeter.stats.sem.sample import normal_sample

NAIVE = "naive loops, numerical gradients, scipy.optimize.minimize"


def made(G: int, k: int, *, steps: int = 0, noise: float = 0.05, seed: int = 1) -> tuple[Configural, Any, Any]:
    """Return configural parameters of G groups with a loading and an intercept out of line in each, true means and spreads."""
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(k), steps) if steps else np.arange(k)
    loadings = np.tile(np.linspace(0.7, 1.2, k), (G, 1))
    intercepts = np.tile(rng.normal(size=len(item)), (G, 1))
    means, spreads = rng.normal(0, 0.5, G), np.exp(rng.normal(0, 0.2, G))
    means[0], spreads[0] = 0, 1
    for g in range(G):
        loadings[g, g % k] -= 0.3
        intercepts[g, (g + 1) % len(item)] += 0.5
    first = loadings * spreads[:, None]
    second = intercepts + means[:, None] * loadings[:, item]
    P = k + len(item)
    half = rng.normal(size=(G, P, 2 * P)) * noise / np.sqrt(2 * P)
    one = Configural(
        first + rng.normal(0, noise, first.shape), second + rng.normal(0, noise, second.shape), item,
        half @ half.transpose(0, 2, 1), rng.integers(200, 900, G).astype(float), steps > 0,
    )  # fmt: skip
    return one, means, spreads


def exactly(one: Configural, **changes: Any) -> Configural:
    fields = ("loadings", "intercepts", "item", "covariance", "sizes", "ordinal")
    return Configural(**{name: changes.get(name, getattr(one, name)) for name in fields})


def naive(one: Configural, identification: str, epsilon: float, power: float) -> tuple[Any, Any]:
    G, k = one.loadings.shape

    def unpacked(x: Any) -> tuple[Any, Any]:
        means = np.concatenate([[0.0], x[: G - 1]]) if identification == "fixed" else x[:G]
        logs = x[len(x) - G + 1 :]
        return means, np.exp(np.append(logs, -logs.sum()))

    def loss(x: Any) -> float:
        means, spreads = unpacked(x)
        total = weight = 0.0
        for g, h in itertools.combinations(range(G), 2):
            w = float(np.sqrt(one.sizes[g] * one.sizes[h]))
            weight += w
            for j in range(k):
                gap = one.loadings[g, j] / spreads[g] - one.loadings[h, j] / spreads[h]
                total += w * (gap**2 + epsilon) ** (power / 2)
            for c, j in enumerate(one.item):
                sides = [one.intercepts[i, c] - means[i] * one.loadings[i, j] / spreads[i] for i in (g, h)]
                total += w * ((sides[0] - sides[1]) ** 2 + epsilon) ** (power / 2)
        return total / weight

    free = 2 * G - (2 if identification == "fixed" else 1)
    best = None
    for seed in range(3):
        start = np.random.default_rng(seed).normal(0, 0.2, free)
        found = minimize(loss, start, method="BFGS", jac="3-point", options={"gtol": 1e-9, "maxiter": 500})
        best = found if best is None or found.fun < best.fun else best
    assert best is not None
    means, spreads = unpacked(best.x)
    return (means / spreads[0], spreads / spreads[0]) if identification == "fixed" else (means, spreads)


@pytest.mark.parametrize(
    ("shape", "identification", "epsilon", "power"),
    [((4, 4, 0), "fixed", 0.01, 0.5), ((3, 5, 0), "free", 0.01, 0.5), ((3, 3, 3), "fixed", 0.003, 0.5), ((4, 3, 0), "fixed", 0.01, 1.0)],
)  # fmt: skip
def test_minimum_is_that_of_a_naive_search(
    shape: Any, identification: Any, epsilon: float, power: float, agree: Callable[..., None]
) -> None:
    G, k, steps = shape
    one, _, _ = made(G, k, steps=steps, seed=G)
    ours = align_groups(one, identification, epsilon=epsilon, power=power)
    means, spreads = naive(one, identification, epsilon, power)
    data = f"{G} groups, {k} items, {'thresholds' if steps else 'intercepts'}, {identification}, power {power}"
    agree("aligned means", ours.means, means, 1e-6, reference=NAIVE, data=data)
    agree("aligned variances", ours.variances, spreads**2, 1e-6, reference=NAIVE, data=data)


@pytest.mark.parametrize("identification", ["fixed", "free"])
@pytest.mark.parametrize("steps", [0, 3])
def test_covariance_is_the_delta_method_by_differences(
    identification: Any, steps: int, agree: Callable[..., None]
) -> None:
    one, _, _ = made(4, 3, steps=steps, seed=6)
    G, k = one.loadings.shape
    P = one.parameters
    whole = align_groups(one, identification, epsilon=0.02)
    gains = np.linspace(20, 30, len(one.item))
    shared = parameter_invariance(whole)
    assert not shared.invariant.all()

    def pieces(one: Configural) -> Any:
        aligned = align_groups(one, identification, epsilon=0.02, starts=1)
        average = np.array([shared.share[p] @ aligned.parameters[:, p] for p in range(P)])
        scores = []
        for u in (aligned.parameters, np.where(shared.invariant, aligned.parameters, average)):
            spread, line = np.exp(aligned.log_spread)[:, None], u[:, k:] + u[:, one.item] * aligned.means[:, None]
            seen = norm.cdf(line / np.sqrt(1 + (u[:, one.item] * spread) ** 2)) if steps else line
            scores.append(seen @ gains / k)
        return np.concatenate([aligned.means, aligned.log_spread, aligned.parameters.ravel(), scores[0] - scores[1]])

    J = np.zeros((2 * G + G * P + G, G * P))
    for place, (g, p) in enumerate(itertools.product(range(G), range(P))):
        sides = []
        for sign in (1, -1):
            values = np.hstack([one.loadings, one.intercepts])
            values[g, p] += sign * 1e-5
            sides.append(pieces(exactly(one, loadings=values[:, :k], intercepts=values[:, k:])))
        J[:, place] = (sides[0] - sides[1]) / 2e-5
    blocks = J.reshape(len(J), G, P)
    theirs = np.einsum("agp,gpq,bgq->ab", blocks, one.covariance, blocks)
    data = f"4 groups, 3 items, {'thresholds' if steps else 'intercepts'}, {identification}"
    agree(
        "covariance of aligned groups",
        whole.covariance,
        theirs[:-G, :-G],
        1e-6,
        reference="numerical differences",
        data=data,
    )
    bias, error = score_bias(whole, shared, gains)
    agree("score bias", bias, pieces(one)[-G:], 1e-8, reference="naive expected scores", data=data)
    agree(
        "score bias std. error", error, np.sqrt(np.diag(theirs)[-G:]), 1e-5, reference="numerical differences", data=data,
        relative=True,
    )  # fmt: skip


def invariant_rows(means: Any, spreads: Any, n: int = 200) -> list[Any]:
    """Return rows of groups whose sample moments follow a model with equal loadings and intercepts exactly."""
    rng = np.random.default_rng(3)
    loadings, intercepts, residuals = (
        np.array([1.0, 0.8, 1.2, 0.6, 0.9]),
        np.arange(5) / 2.0,
        np.array([1, 0.6, 0.8, 1.1, 0.5]),
    )
    groups = []
    for a, s in zip(means, spreads, strict=True):
        x = rng.normal(size=(n, 5))
        x -= x.mean(axis=0)
        x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T, bias=True))).T
        covariance = s**2 * np.outer(loadings, loadings) + np.diag(residuals)
        groups.append(intercepts + a * loadings + x @ np.linalg.cholesky(covariance).T)
    return groups


def layout_for(groups: list[Any]) -> Layout:
    spread, centre = (np.array([f(x, axis=0) for x in groups]) for f in (np.std, np.mean))
    k = groups[0].shape[1]
    return Layout(np.ones((k, 1), dtype=bool), len(groups), False, None, spread, centre, np.zeros((len(groups), 0)))


def test_full_invariance_gives_the_means_of_the_scalar_model(agree: Callable[..., None]) -> None:
    means, spreads = np.array([0, 0.7, -0.4, 0.2]), np.array([1, 1.3, 0.8, 1.1])
    groups = invariant_rows(means, spreads)
    sample, layout = normal_sample(groups), layout_for(groups)
    ours = align_groups(configural_of(group_fits(layout, sample), np.sqrt((layout.spread**2).mean(axis=0))))
    scalar = fit_structure(step_model(layout, depths_at(layout, INTERCEPTS)), sample)
    model, theta = scalar.estimate.model, scalar.estimate.theta
    reference, data = "scalar model by maximum likelihood", "4 groups whose moments are invariant"
    for name, matrix, found in (("means", ALPHA, ours.means), ("variances", PSI, ours.variances)):
        free = model.free[(model.matrix == matrix) & (model.free >= 0)]
        agree(f"aligned {name}", found[1:], theta[free], 1e-6, reference=reference, data=data)
    assert parameter_invariance(ours).invariant.all()
    assert ours.found == ours.starts


@pytest.mark.parametrize("steps", [0, 4])
@pytest.mark.parametrize("epsilon", [1e-4, 0.01])
def test_exactly_invariant_parameters_give_the_true_means(steps: int, epsilon: float) -> None:
    one, means, spreads = made(6, 4, steps=steps, noise=0.0)
    loadings, intercepts = np.tile(one.loadings[3] / spreads[3], (6, 1)), np.tile(one.intercepts[3], (6, 1))
    one = exactly(
        one, loadings=loadings * spreads[:, None], intercepts=intercepts + means[:, None] * loadings[:, one.item]
    )
    found = align_groups(one, epsilon=epsilon)
    np.testing.assert_allclose(found.means, means, atol=1e-8)
    np.testing.assert_allclose(np.exp(found.log_spread), spreads, atol=1e-8)
    np.testing.assert_allclose(parameter_invariance(found).explained, 1.0, atol=1e-8)


@pytest.mark.parametrize(("power", "epsilon"), [(0.5, 0.01), (0.5, 1e-4), (1.0, 0.01), (2.0, 0.01)])
def test_two_groups_with_one_intercept_out_of_line(power: float, epsilon: float) -> None:
    """With equal loadings 1 the second mean solves 3 f'(a) = f'(d - a); with squares it is d / 4."""
    d, k = 0.8, 4
    intercepts = np.zeros((2, k))
    intercepts[1, 0] = d
    one = Configural(
        np.ones((2, k)), intercepts, np.arange(k), np.tile(np.eye(2 * k) * 1e-4, (2, 1, 1)), np.full(2, 500.0), False
    )

    def slope(x: float) -> float:
        return x * (x * x + epsilon) ** (power / 2 - 1)

    expected = brentq(lambda a: 3 * slope(a) - slope(d - a), 0, d / 4, xtol=1e-14)
    found = align_groups(one, power=power, epsilon=epsilon)
    assert found.means[1] == pytest.approx(expected, abs=1e-9)
    assert found.variances[1] == pytest.approx(1, abs=1e-9)
    if power == 2:
        assert found.means[1] == pytest.approx(d / 4, abs=1e-9)


def test_parameters_out_of_line_are_found_and_their_points_told() -> None:
    one, means, _ = made(8, 5, noise=0.0)
    loadings = np.tile(one.loadings.mean(axis=0), (8, 1))
    intercepts = np.tile(one.intercepts[0], (8, 1)) + means[:, None] * loadings
    intercepts[2, 3] += 1.0
    cov = np.tile(np.eye(10) * 1e-4, (8, 1, 1))
    found = align_groups(exactly(one, loadings=loadings, intercepts=intercepts, covariance=cov), epsilon=1e-6)
    shared = parameter_invariance(found)
    assert np.argwhere(~shared.invariant).tolist() == [[2, 8]]
    np.testing.assert_allclose(found.means, means - means[0], atol=2e-3)
    bias, error = score_bias(found, shared, np.full(5, 25.0))
    np.testing.assert_allclose(bias, np.where(np.arange(8) == 2, 25.0 / 5, 0.0), atol=0.02)
    assert (error[2] > 0) and (np.delete(error, 2) == 0).all()
    np.testing.assert_allclose(shared.share.sum(axis=1), 1)


def test_noise_alone_is_seldom_called_a_difference() -> None:
    rng = np.random.default_rng(8)
    share = []
    for _ in range(20):
        cov = np.tile(np.eye(10) * 0.05**2, (6, 1, 1))
        one = Configural(
            np.ones((6, 5)) + rng.normal(0, 0.05, (6, 5)), rng.normal(0, 0.05, (6, 5)), np.arange(5), cov, np.full(6, 400.0), False
        )  # fmt: skip
        share.append((~parameter_invariance(align_groups(one, starts=1)).invariant).mean())
    assert np.mean(share) < 0.01


def test_a_second_solution_is_reported() -> None:
    """Half of the intercepts say the groups are equal, half that they differ by 1: two minima."""
    intercepts = np.zeros((2, 6))
    intercepts[1, :3] = 1.02
    one = Configural(
        np.ones((2, 6)), intercepts, np.arange(6), np.tile(np.eye(12) * 1e-4, (2, 1, 1)), np.full(2, 500.0), False
    )
    found = align_groups(one, epsilon=0.001, starts=40)
    assert 0 < found.found < found.starts
    assert found.second == pytest.approx(found.minimum)
    assert found.shift == pytest.approx(1.0, abs=0.05)


def test_free_needs_loadings_that_differ() -> None:
    one, _, _ = made(4, 4, noise=0.0)
    same = exactly(one, loadings=np.ones((4, 4)))
    assert np.isnan(align_groups(same, "free").covariance).all()
    assert not np.isnan(align_groups(same, "fixed").covariance).any()


def test_order_of_groups_changes_nothing_but_the_zero_point() -> None:
    one, _, _ = made(5, 4)
    there = align_groups(one, "free")
    turned = exactly(
        one, **{name: getattr(one, name)[::-1] for name in ("loadings", "intercepts", "covariance", "sizes")}
    )
    back = align_groups(turned, "free")
    np.testing.assert_allclose(back.means[::-1], there.means, atol=1e-8)
    np.testing.assert_allclose(back.mean_covariance[::-1, ::-1], there.mean_covariance, atol=1e-8)


def test_epsilon_follows_the_noise() -> None:
    one, _, _ = made(4, 4)
    quiet = exactly(one, covariance=one.covariance / 4)
    assert usual_epsilon(quiet) == pytest.approx(usual_epsilon(one) / 4)
    assert usual_epsilon(exactly(one, covariance=one.covariance * 0)) == 0.01
    assert align_groups(one).epsilon == usual_epsilon(one)


def test_turned_factors_are_turned_back() -> None:
    groups = invariant_rows(np.array([0, 0.5]), np.array([1, 1.2]))
    sample, layout = normal_sample(groups), layout_for(groups)
    fits = group_fits(layout, sample)
    straight = configural_of(fits)
    theta = fits[1].estimate.theta
    theta[fits[1].estimate.model.free[fits[1].estimate.model.matrix == 0]] *= -1
    np.testing.assert_allclose(configural_of(fits).loadings, straight.loadings)


def test_ranks() -> None:
    clear = rank_sets(np.array([0.0, 2.0, 1.0]), np.eye(3) * 0.01, 0.95)
    assert clear[0].tolist() == clear[1].tolist() == [3, 1, 2]
    vague = rank_sets(np.array([0.0, 0.1, 5.0]), np.eye(3) * 0.01, 0.95)
    assert vague[0].tolist() == [2, 2, 1]
    assert vague[1].tolist() == [3, 3, 1]
    assert vague[2][0, 1] == pytest.approx(2 * norm.sf(0.1 / np.sqrt(0.02)))
    assert vague[2][0, 2] == pytest.approx(3 * 2 * norm.sf(5 / np.sqrt(0.02)), rel=1e-6)
