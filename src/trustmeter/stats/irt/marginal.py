"""The marginal likelihood of an item response model, its gradient and its exact second derivatives.

The trait is integrated out over equally spaced nodes weighted by the normal density (weights sum to one). Second
derivatives follow Louis (1982): those of the complete data less the variance of the complete-data score given a
person's answers. Louis, T. A. (1982), doi:10.1111/j.2517-6161.1982.tb01203.x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.irt.category import CategoryCurves, category_curves, curvature, parameter_scores
from trustmeter.stats.irt.layout import Layout, Natural, bend, in_group, jacobian
from trustmeter.stats.irt.patterns import GroupPatterns, ResponsePatterns

_PAIRS_AT_ONCE = 4_000_000
"""Second derivatives are summed over blocks of patterns with about so many pairs of answers, to bound memory."""
_PRODUCT = 250_000
"""Matrix products are cut to about so many multiplications: larger ones BLAS shares among threads, and on a busy machine
these wait for each other ten times longer than the product takes."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes (Q,) of the standard normal trait and the logarithms of their weights (Q,)."""

    x: Floats
    log_weight: Floats


@dataclass(frozen=True, slots=True)
class GroupState:
    """One group at one parameter vector.

    Parameters
    ----------
    curves
        Category curves at the nodes.
    posterior
        Shape (U, Q): probability of each node given each pattern.
    log_marginal
        Shape (U,): log probability of each pattern.
    counts
        Shape (k, m, Q): expected answers in each category at each node.
    scores
        Shape (k, m, m, Q): derivative of log P by slope and intercepts.
    gradient
        Shape (k, m): derivative of the group's log-likelihood by its slopes and intercepts.
    """

    curves: CategoryCurves
    posterior: Floats
    log_marginal: Floats
    counts: Floats
    scores: Floats
    gradient: Floats


@dataclass(frozen=True, slots=True)
class State:
    """All groups at one parameter vector: log-likelihood, gradient (P,) and what second derivatives are made from."""

    natural: Natural
    groups: tuple[GroupState, ...]
    jacobians: tuple[Any, ...]
    log_likelihood: float
    gradient: Floats


def normal_grid(nodes: int, span: float) -> Grid:
    """Return equally spaced nodes from -span to span with normal weights that sum to one."""
    x = np.linspace(-span, span, nodes)
    log_weight = -0.5 * x**2
    return Grid(x, log_weight - scipy.special.logsumexp(log_weight))


def log_joint(patterns: GroupPatterns, curves: CategoryCurves, grid: Grid) -> Floats:
    """Return log P(pattern, node), shape (U, Q)."""
    return np.asarray(patterns.indicator @ curves.log_p.reshape(-1, len(grid.x)) + grid.log_weight)


def posterior_of(joint: Floats) -> tuple[Floats, Floats]:
    """Return the posterior (U, Q) and the log marginal probability (U,) that belong to a log joint (U, Q)."""
    top = joint.max(axis=1, keepdims=True)
    posterior = np.exp(joint - top)
    total = posterior.sum(axis=1, keepdims=True)
    posterior /= total
    return posterior, (np.log(total) + top)[:, 0]


def log_likelihood(model: str, natural: Natural, patterns: ResponsePatterns, grid: Grid) -> float:
    """Return the weighted marginal log-likelihood."""
    value = 0.0
    for number, group in enumerate(patterns.groups):
        curves = category_curves(model, *in_group(natural, number), grid.x)
        value += float(group.weights @ posterior_of(log_joint(group, curves, grid))[1])
    return value


def slope_gain(
    model: str, natural: Natural, patterns: ResponsePatterns, grid: Grid, *, item: int, groups: Sequence[int]
) -> float:
    """Return twice by how much the log-likelihood of some groups falls when an item's slope there is zero.

    The item's answers are then as frequent on any level of the trait as they are among all; the other items' parameters
    are kept. It is compared with the chi-square distribution with one degree of freedom: where a slope is steep its Wald
    statistic falls again, this does not.
    """
    counts, gain = np.zeros(int(patterns.sizes[item])), 0.0
    for number in groups:
        group = patterns.groups[number]
        curves = category_curves(model, *in_group(natural, number), grid.x)
        log_p = np.array(curves.log_p)
        log_p[item] = 0.0
        flat = posterior_of(log_joint(group, replace(curves, log_p=log_p), grid))[1]
        gain += float(group.weights @ (posterior_of(log_joint(group, curves, grid))[1] - flat))
        there = group.codes[:, item] >= 0
        counts += np.bincount(group.codes[there, item], group.weights[there], len(counts))
    return 2 * (gain - float(scipy.special.xlogy(counts, counts / counts.sum()).sum()))


def state_at(model: str, layout: Layout, natural: Natural, patterns: ResponsePatterns, grid: Grid) -> State:
    """Return log-likelihood and gradient, and what second derivatives need."""
    states, jacobians = [], []
    value, gradient = 0.0, np.zeros(layout.size)
    for number, group in enumerate(patterns.groups):
        curves = category_curves(model, *in_group(natural, number), grid.x)
        posterior, log_marginal = posterior_of(log_joint(group, curves, grid))
        k, m, Q = curves.log_p.shape
        counts = (group.indicator.T @ (posterior * group.weights[:, None])).reshape(k, m, Q)
        scores = parameter_scores(model, curves, grid.x)
        own = np.einsum("icq,icpq->ip", counts, scores)
        J = jacobian(layout, natural, number)
        states.append(GroupState(curves, posterior, log_marginal, counts, scores, own))
        jacobians.append(J)
        value += float(group.weights @ log_marginal)
        gradient += J.T @ own.reshape(-1)
    return State(natural, tuple(states), tuple(jacobians), value, gradient)


def complete_information(model: str, state: State, grid: Grid) -> Floats:
    """Return the information (P, P) that there would be if the trait were seen: never too small, quickly made."""
    total: Floats = np.zeros((len(state.gradient),) * 2)
    for group, J in zip(state.groups, state.jacobians, strict=True):
        total += _sandwiched(curvature(model, group.curves, group.counts, grid.x), J)
    return total


def observed_information(model: str, layout: Layout, state: State, patterns: ResponsePatterns, grid: Grid) -> Floats:
    """Return minus the exact second derivatives (P, P) of the log-likelihood."""
    total: Floats = np.zeros((layout.size, layout.size))
    for number, (group, data, J) in enumerate(zip(state.groups, patterns.groups, state.jacobians, strict=True)):
        information = weighted_products(pattern_scores(data.codes, group), data.weights) - _score_products(data, group)
        k, m, _ = group.counts.shape
        blocks = information.reshape(k, m, k, m)
        blocks[np.arange(k), :, np.arange(k), :] += curvature(model, group.curves, group.counts, grid.x)
        total += J.T @ (J.T @ information).T - bend(layout, state.natural, number, group.gradient)
    return (total + total.T) / 2


def pattern_scores(codes: Integers, group: GroupState) -> Floats:
    """Return each pattern's derivative of its log probability by the group's slopes and intercepts, (U, k m)."""
    k, m, _ = group.counts.shape
    own = np.zeros((len(codes), k, m))
    for item in range(k):
        for category in range(m):
            slope = group.scores[item, category].T
            chosen = np.flatnonzero(codes[:, item] == category)
            for rows in _blocks(chosen, _PRODUCT // slope.size):
                own[rows, item] = group.posterior[rows] @ slope
    return own.reshape(len(codes), -1)


def weighted_products(rows: Floats, weights: Floats) -> Floats:
    """Return the sum over rows (U, K) of weight times row times row, (K, K)."""
    total: Floats = np.zeros((rows.shape[1], rows.shape[1]))
    for block in _blocks(np.arange(len(rows)), max(_PRODUCT // total.size, 8)):
        some = rows[block[0] : block[-1] + 1]
        total += some.T @ (some * weights[block[0] : block[-1] + 1, None])
    return total


def _blocks(rows: Integers, size: int) -> list[Integers]:
    return [rows[start : start + size] for start in range(0, len(rows), max(size, 1))]


def _score_products(data: GroupPatterns, group: GroupState) -> Floats:
    """Return the weighted sum over patterns of the posterior mean of score times score, (k m, k m)."""
    k, m, Q = group.counts.shape
    scores = group.scores
    together = _joint_counts(data, group).reshape(k * m, k, m, Q)
    half = np.empty((k * m, k, m, Q))
    for item in range(k):
        half[:, item] = np.einsum("Kcq,cpq->Kpq", together[:, item], scores[item])
    products = np.zeros((k, m, k * m))
    rows = half.reshape(k, m, k * m, Q)
    for item in range(k):
        left = scores[item].transpose(1, 0, 2).reshape(m, -1)
        right = rows[item].transpose(0, 2, 1).reshape(m * Q, k * m)
        for columns in _blocks(np.arange(k * m), _PRODUCT // left.size):
            products[item][:, columns] = left @ right[:, columns]
    products = products.reshape(k * m, k * m)
    products = products + products.T
    blocks = products.reshape(k, m, k, m)
    blocks[np.arange(k), :, np.arange(k), :] += np.einsum("icq,icpq,icsq->ips", group.counts, scores, scores)
    return products


def _joint_counts(data: GroupPatterns, group: GroupState) -> Floats:
    """Return expected pairs of answers to two different items at each node, first item before second, (K K, Q)."""
    k, m, Q = group.counts.shape
    width, (first, second) = k * m, np.triu_indices(k, 1)
    step = max(1, _PAIRS_AT_ONCE // max(len(first), 1))
    total = np.zeros((width * width, Q))
    for start in range(0, len(data.codes), step):
        rows = slice(start, start + step)
        codes = data.codes[rows]
        there = (codes[:, first] >= 0) & (codes[:, second] >= 0)
        cells = ((first * m + codes[:, first]) * width + second * m + codes[:, second])[there]
        ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
        shape = (width * width, len(codes))
        pairs = scipy.sparse.csc_matrix((np.ones(len(cells)), cells, ends), shape=shape)
        total += pairs @ (group.posterior[rows] * data.weights[rows, None])
    return total


def _sandwiched(blocks: Floats, J: Any) -> Floats:
    """Return J' blockdiag(blocks) J for blocks (k, m, m)."""
    k, m, _ = blocks.shape
    whole = np.zeros((k, m, k, m))
    whole[np.arange(k), :, np.arange(k), :] = blocks
    return np.asarray(J.T @ (J.T @ whole.reshape(k * m, k * m)).T)
