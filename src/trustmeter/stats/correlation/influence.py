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
    """The influence of a row by its answers; the last category of each axis is a missing answer.

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
    marginal = np.pad(_threshold_influence(tables), ((0, 0), (0, 0), (0, 1)))
    pull = np.pad(score, ((0, 0), (0, 1), (0, 1)))
    pull = pull - np.einsum("ps,psa->pa", by_first, marginal[tables.first])[:, :, None]
    pull = pull - np.einsum("ps,psb->pb", by_second, marginal[tables.second])[:, None, :]
    pull = pull / np.where(found.at_limit, np.nan, bread)[:, None, None]
    return Influence(marginal, pull)


def correlation_variances(
    influence: Influence, tables: PairTables, codes: Integers, weights: Floats | None, clusters: Integers | None
) -> Floats:
    """Return the variances (p,) of the correlations alone, without the matrix that they are the diagonal of."""
    if weights is None and clusters is None and (codes >= 0).all():
        return np.asarray(np.einsum("pab,pab->p", tables.counts, influence.correlations[:, :-1, :-1] ** 2))
    pairs = len(tables.first)
    total = np.zeros(pairs)
    for pulled in _pulled(influence, tables, codes, weights, clusters):
        total += np.einsum("pr,pr->p", pulled[-pairs:], pulled[-pairs:])
    return total * _few_clusters(clusters)


def influence_covariance(
    influence: Influence, tables: PairTables, codes: Integers, weights: Floats | None, clusters: Integers | None
) -> Floats:
    """Return the covariance (q, q) of thresholds and correlations, from the rows' influence added up in clusters."""
    size = int(tables.real().sum()) + len(tables.first)
    total = np.zeros((size, size))
    for pulled in _pulled(influence, tables, codes, weights, clusters):
        total += pulled @ pulled.T
    return total * _few_clusters(clusters)


def _few_clusters(clusters: Integers | None) -> float:
    groups = 0 if clusters is None else len(np.unique(clusters))
    return groups / (groups - 1) if groups > 1 else 1.0


def _pulled(
    influence: Influence, tables: PairTables, codes: Integers, weights: Floats | None, clusters: Integers | None
) -> Iterator[Floats]:
    """Yield the influence of independent units, rows or clusters of rows, in parts (q, units)."""
    for block in _blocks(len(codes), clusters):
        pulled = _row_influence(influence, tables, codes[block.rows])
        if weights is not None:
            pulled *= weights[block.rows]
        yield pulled if block.starts is None else np.add.reduceat(pulled, block.starts, axis=1)


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
