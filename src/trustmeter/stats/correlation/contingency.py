"""How often the answers to two items go together: the tables of all pairs of items, and their marginal thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.correlation.bivariate import BEYOND
from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, slots=True)
class PairTables:
    """The two-way tables of pairs of items, padded to one size.

    Parameters
    ----------
    first, second
        Shape (p,): the items of each pair; strict lower triangle by columns, so ``first < second``.
    counts
        Shape (p, L, L): (weighted) rows with each pair of answers, first item in rows; zeros beyond an item's levels.
    levels
        Shape (k,): how many categories each item has.
    cutpoints
        Shape (k, L - 1): thresholds of each item, `BEYOND` where it has fewer.
    totals
        Shape (k,): (weighted) rows with an answer to each item.
    unit
        The mean weight of a row.
    """

    first: Integers
    second: Integers
    counts: Floats
    levels: Integers
    cutpoints: Floats
    totals: Floats
    unit: float

    def thresholds(self) -> Floats:
        """Return the thresholds of all items one after another, shape (T,)."""
        return np.asarray(self.cutpoints[self.real()])

    def real(self) -> NDArray[np.bool_]:
        """Tell which of the padded thresholds an item has, shape (k, L - 1)."""
        return np.asarray(np.arange(self.cutpoints.shape[1]) < self.levels[:, None] - 1)


def pair_tables(codes: Integers, weights: Floats | None) -> PairTables:
    """Return the tables of all pairs of the columns of codes (n, k), in which -1 is a missing answer.

    Every category from 0 to an item's highest code must have been observed.
    """
    n, k = codes.shape
    levels = codes.max(axis=0) + 1
    size = int(levels.max())
    chosen = (codes[:, :, None] == np.arange(size)).reshape(n, k * size)
    exact = np.float64 if weights is not None or n >= 2**24 else np.float32
    ones = chosen.astype(exact)
    weighted = ones if weights is None else ones * weights[:, None]
    crossed = (ones.T @ weighted).astype(float).reshape(k, size, k, size)
    first, second = np.triu_indices(k, 1)
    shares = np.einsum("iaia->ia", crossed)
    totals = shares.sum(axis=1)
    cumulated = np.cumsum(shares, axis=1)[:, :-1] / totals[:, None]
    inside = np.arange(size - 1) < levels[:, None] - 1
    cutpoints = np.where(inside, scipy.special.ndtri(np.where(inside, cumulated, 0.5)), BEYOND)
    counts = crossed.transpose(0, 2, 1, 3)[first, second]
    unit = 1.0 if weights is None else float(weights.mean())
    return PairTables(first, second, counts, levels, cutpoints, totals, unit)


def has_empty_cells(tables: PairTables) -> NDArray[np.bool_]:
    """Tell which pairs have a combination of answers that nobody gave, shape (p,)."""
    return np.asarray(((tables.counts == 0) & _cells(tables)).any(axis=(1, 2)))


def without_empty_cells(tables: PairTables, chosen: Integers) -> Floats:
    """Return counts (q, L, L) of the chosen pairs in which no cell is empty; thresholds stay as they are.

    Two by two: half a row goes to the empty cell and its diagonal, taken from the other diagonal, so that margins are
    kept (half of the smaller of those two cells when it holds less than one). Larger tables: each empty cell gets half
    a row.
    """
    counts = tables.counts[chosen].copy()
    small = (tables.levels[tables.first[chosen]] == 2) & (tables.levels[tables.second[chosen]] == 2)
    empty = (counts == 0) & _cells(tables)[chosen]
    larger = ~small & empty.any(axis=(1, 2))
    counts[larger] += 0.5 * tables.unit * empty[larger]
    square = counts[:, :2, :2]
    straight = small & (empty[:, 0, 0] | empty[:, 1, 1])
    crossed = small & ~straight & (empty[:, 0, 1] | empty[:, 1, 0])
    turn = np.array([[1.0, -1.0], [-1.0, 1.0]])
    half = 0.5 * tables.unit
    spare = np.where(
        straight, np.minimum(square[:, 0, 1], square[:, 1, 0]), np.minimum(square[:, 0, 0], square[:, 1, 1])
    )
    moved = np.minimum(half, spare / 2) * (straight.astype(float) - crossed)
    counts[:, :2, :2] += moved[:, None, None] * turn
    return counts


def _cells(tables: PairTables) -> NDArray[np.bool_]:
    """Tell which cells of the padded tables exist, shape (p, L, L)."""
    exists = np.arange(tables.counts.shape[1]) < tables.levels[:, None]
    return np.asarray(exists[tables.first][:, :, None] & exists[tables.second][:, None, :])
