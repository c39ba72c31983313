"""How much each row pulls at thresholds and polychoric correlations, and the covariance that follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.correlation.bivariate import normal_density
from trustmeter.stats.correlation.contingency import PairTables
from trustmeter.stats.correlation.likelihood import STEEPEST, Correlations, cells_of, threshold_slopes
from trustmeter.stats.covariance import Floats, Integers

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Influence:
    """The influence of a row by its answers; the last category of each axis is a missing answer, without influence.

    Parameters
    ----------
    thresholds
        Shape (k, S, L + 1): of an answer to item i on its threshold s (padded).
    correlations
        Shape (p, L + 1, L + 1): of a pair of answers on the pair's correlation; not a number at the limit.
    """

    thresholds: Floats
    correlations: Floats


def influence_of(tables: PairTables, counts: Floats, found: Correlations) -> Influence:
    """Return the influence functions of the two steps.

    A threshold is a quantile of shares: influence ((answer <= s) - share) / (n density). A correlation solves
    sum of scores = 0 under the thresholds: its influence is the score, less what the thresholds' influence brings,
    divided by the sum of squared scores (`counts`, after any change of empty cells).
    """
    rho = np.clip(found.rho, -STEEPEST, STEEPEST)
    h, k = tables.cutpoints[tables.first], tables.cutpoints[tables.second]
    cells = cells_of(h, k, rho)
    score = cells.relative(cells.slope)
    weight = counts * cells.relative(score)
    bread = np.einsum("pab,pab->p", counts, score * score)
    by_first = np.einsum("psb,psb->ps", threshold_slopes(h, k, rho), weight[:, :-1] - weight[:, 1:])
    turned = weight.transpose(0, 2, 1)
    by_second = np.einsum("psb,psb->ps", threshold_slopes(k, h, rho), turned[:, :-1] - turned[:, 1:])
    marginal = _threshold_influence(tables)
    pull = score
    pull = pull - np.einsum("ps,psa->pa", by_first, marginal[tables.first])[:, :, None]
    pull = pull - np.einsum("ps,psb->pb", by_second, marginal[tables.second])[:, None, :]
    pull = pull / np.where(found.at_limit, np.nan, bread)[:, None, None]
    return Influence(np.pad(marginal, ((0, 0), (0, 0), (0, 1))), np.pad(pull, ((0, 0), (0, 1), (0, 1))))


def correlation_variances(influence: Influence, squared: Floats) -> Floats:
    """Return the variance of each correlation, (p,), from tables (p, L, L) of sums of squared weights."""
    return np.asarray(np.einsum("pab,pab->p", squared, influence.correlations[:, :-1, :-1] ** 2))


def influence_covariance(
    influence: Influence, tables: PairTables, codes: Integers, weights: Floats | None, clusters: Integers | None
) -> Floats:
    """Return the covariance (q, q) of thresholds and correlations, from the rows' influence added up in clusters."""
    size = tables.real().sum() + len(tables.first)
    total = np.zeros((size, size))
    for block in _blocks(len(codes), clusters):
        rows = codes[block.rows]
        pulled = _row_influence(influence, tables, rows)
        if weights is not None:
            pulled *= weights[block.rows]
        if block.starts is not None:
            pulled = np.add.reduceat(pulled, block.starts, axis=1)
        total += pulled @ pulled.T
    if clusters is not None:
        groups = len(np.unique(clusters))
        total *= groups / (groups - 1)
    return total


@dataclass(frozen=True, slots=True)
class _Block:
    rows: slice | Integers
    starts: Integers | None


def _blocks(n: int, clusters: Integers | None) -> Iterator[_Block]:
    """Yield the rows in parts that fit into memory, never dividing a cluster."""
    if clusters is None:
        for start in range(0, n, _BLOCK):
            yield _Block(slice(start, start + _BLOCK), None)
        return
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=clusters.min() - 1))
    begin = 0
    while begin < len(starts):
        end = max(int(np.searchsorted(starts, starts[begin] + _BLOCK)), begin + 1)
        last = starts[end] if end < len(starts) else n
        yield _Block(order[starts[begin] : last], starts[begin:end] - starts[begin])
        begin = end


def _row_influence(influence: Influence, tables: PairTables, codes: Integers) -> Floats:
    """Return each row's influence, shape (q, rows)."""
    width = influence.correlations.shape[1]
    answers = np.ascontiguousarray(np.where(codes < 0, width - 1, codes).T)
    real = tables.real()
    count = int(real.sum())
    pulled = np.empty((count + len(tables.first), len(codes)))
    position = 0
    for item, mask in enumerate(real):
        pulled[position : position + mask.sum()] = influence.thresholds[item][mask][:, answers[item]]
        position += int(mask.sum())
    flat = influence.correlations.reshape(len(tables.first), -1)
    scaled = answers * width
    for pair, (i, j) in enumerate(zip(tables.first, tables.second, strict=True)):
        np.take(flat[pair], scaled[i] + answers[j], out=pulled[count + pair], mode="clip")
    return pulled


def _threshold_influence(tables: PairTables) -> Floats:
    """Return the influence of each answer on its item's thresholds, shape (k, S, L)."""
    size = tables.counts.shape[1]
    below = (np.arange(size)[None, :] <= np.arange(size - 1)[:, None]).astype(float)
    shares = scipy.special.ndtr(tables.cutpoints)
    density = normal_density(tables.cutpoints)
    real = tables.real()
    scale = np.where(real, tables.totals[:, None] * np.where(real, density, 1.0), np.inf)
    return np.asarray((below - shares[:, :, None]) / scale[:, :, None])
