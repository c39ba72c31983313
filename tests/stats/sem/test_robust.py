"""Robust indices: the mean of their statistic, the long way and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.sem.fitting import StructureFit, fit_structure
from trustmeter.stats.sem.invariance_steps import INTERCEPTS, Layout, depths_at, step_model
from trustmeter.stats.sem.moments import lower_triangle
from trustmeter.stats.sem.robust import discrepancy, normal_weight, robust_ordinal
from trustmeter.stats.sem.sample import OrdinalSample, ordinal_sample

LOADINGS = np.array([0.8, 0.7, 0.75, 0.65])
CUTS = np.array([-0.2, 0.7, 1.3])


def fitted(n: int, seed: int, *, relation: float = 0.0) -> StructureFit:
    """Equal intercepts in two groups; `relation` is a correlation of residuals that the model leaves out."""
    rng = np.random.default_rng(seed)
    groups = []
    for unit in range(2):
        e = rng.normal(size=(n, 4))
        e[:, :2] = np.sqrt(1 - relation) * e[:, :2] + np.sqrt(relation) * rng.normal(size=(n, 1))
        y = LOADINGS * (rng.normal(size=(n, 1)) + 0.3 * unit) + np.sqrt(1 - LOADINGS**2) * e
        groups.append(np.digitize(y, CUTS))
    sample = ordinal_sample(groups)
    cuts = np.stack([one.thresholds for one in sample.groups])
    ones = np.ones((2, 4))
    layout = Layout(np.ones((4, 1), bool), 2, False, sample.groups[0].levels, ones, 0 * ones, cuts)
    return fit_structure(step_model(layout, depths_at(layout, INTERCEPTS)), sample)


def test_the_statistic_and_its_mean_the_long_way() -> None:
    fit = fitted(400, 1)
    sample = fit.sample
    assert isinstance(sample, OrdinalSample)
    found = robust_ordinal(fit.estimate, sample, fit.slopes)
    value, V, W, G, J = 0.0, [], [], [], []
    for g, one in enumerate(sample.groups):
        T, now = len(one.thresholds), fit.estimate.implied(g)
        R = np.eye(4)
        rows, cols = lower_triangle(4, strict=True)
        R[rows, cols] = R[cols, rows] = now.moments[T:]
        gap = one.thresholds - now.moments[:T]
        block = np.zeros((len(now.moments), len(now.moments)))
        block[:T, :T] = np.linalg.inv(sample.gammas[g][:T, :T])
        D = np.zeros((16, len(rows)))
        D[rows * 4 + cols, range(len(rows))] = D[cols * 4 + rows, range(len(rows))] = 1.0
        inverse = np.linalg.inv(R)
        block[T:, T:] = 0.5 * D.T @ np.kron(inverse, inverse) @ D
        value += one.n * (discrepancy(one.correlations, R) + gap @ block[:T, :T] @ gap)
        V.append(one.n * block)
        W.append(one.n * np.diag(sample.targets[g].weight))
        G.append(sample.gammas[g] / one.n)
        J.append(fit.estimate.jacobian(g))

    def stacked(blocks: list[np.ndarray]) -> np.ndarray:
        whole = np.zeros((2 * len(blocks[0]), 2 * len(blocks[0])))
        for g, block in enumerate(blocks):
            part = slice(g * len(block), (g + 1) * len(block))
            whole[part, part] = block
        return whole

    slopes, weights = np.vstack(J), stacked(W)
    left = np.eye(len(slopes)) - slopes @ np.linalg.inv(slopes.T @ weights @ slopes) @ slopes.T @ weights
    mean = np.trace(stacked(V) @ left @ stacked(G) @ left.T)
    assert found.value == pytest.approx(value, rel=1e-10)
    assert found.scale * found.df == pytest.approx(mean, rel=1e-9)


def test_normal_weight_is_the_curvature_of_the_discrepancy() -> None:
    rng = np.random.default_rng(2)
    sigma = np.cov(rng.normal(size=(40, 3)).T) + np.eye(3)
    rows, cols = lower_triangle(3, strict=False)
    step = 1e-4
    for number in range(len(rows)):
        S = sigma.copy()
        S[rows[number], cols[number]] += step
        S[cols[number], rows[number]] = S[rows[number], cols[number]]
        assert discrepancy(S, sigma) / step**2 == pytest.approx(normal_weight(sigma)[number, number], rel=1e-3)


def test_the_mean_of_the_statistic_when_the_model_holds() -> None:
    ratios = [
        fit.fit.robust.value / (fit.fit.robust.scale * fit.fit.robust.df) for fit in (fitted(250, s) for s in range(50))
    ]
    assert abs(np.mean(ratios) - 1) < 3 * np.std(ratios) / np.sqrt(len(ratios)) + 0.03


def test_robust_indices_of_a_constrained_step_estimate_the_population_values() -> None:
    truth = fitted(60_000, 1, relation=0.35).robust
    found = [fitted(500, 100 + s, relation=0.35).robust for s in range(40)]
    for name, tolerance in (("rmsea", 0.006), ("cfi", 0.004)):
        values = [getattr(one, name) for one in found]
        assert abs(np.mean(values) - getattr(truth, name)) < 3 * np.std(values) / np.sqrt(len(values)) + tolerance
