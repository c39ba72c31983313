"""The covariance of rows with one or two random intercepts, inverted without an n x n matrix.

In units of the residual variance V = I + g1 Z1 Z1' + g2 Z2 Z2'. The first factor has the most levels and is taken out in
closed form, D = I + g1 Z1 Z1'; what is left is as large as the second factor:

    V^-1 = D^-1 - D^-1 Z2 E Z2' D^-1,   E = g2 (I + g2 C)^-1,   C = Z2' D^-1 Z2.

C is diagonal when the first factor is nested in the second; then it is kept as a stack of 1 x 1 blocks, otherwise as one
block. Searle, Casella and McCulloch (1992), Variance Components, Wiley.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, slots=True)
class Grouping:
    """One or two groupings of n rows.

    Parameters
    ----------
    codes
        One or two arrays, each (n,), codes 0, 1, …
    sums
        Sparse Z1' and Z2', shapes (J, n) and (m, n); m = 0 without a second grouping.
    sizes
        Shapes (J,) and (m,): rows of each level.
    table
        Sparse, shape (J, m): rows in both levels.
    nested
        Whether each level of the first lies in one level of the second.
    """

    codes: tuple[Integers, ...]
    sums: tuple[Any, Any]
    sizes: tuple[Floats, Floats]
    table: Any
    nested: bool

    def crossed(self, weights: Floats) -> Floats:
        """Return table' diag(weights) table as blocks (b, k, k), from weights (J,) of the first levels."""
        scaled = self.table.multiply(weights[:, None]).tocsr()
        if self.nested:
            return np.asarray(scaled.multiply(self.table).sum(axis=0), dtype=float).reshape(-1, 1, 1)
        return np.asarray((self.table.T @ scaled).toarray())[None]

    @property
    def second_sizes(self) -> Floats:
        """The rows of each second level as diagonal blocks (b, k, k)."""
        sizes = self.sizes[1]
        return sizes.reshape(-1, 1, 1) if self.nested else np.diag(sizes)[None]

    def spread(self, factor: int, values: Floats) -> Floats:
        """Return Z values: the row of each level (levels, c) given to its rows (n, c)."""
        return (
            values[self.codes[factor]] if factor < len(self.codes) else np.zeros((len(self.codes[0]), values.shape[1]))
        )


def grouping(first: Integers, second: Integers | None = None) -> Grouping:
    """Return the groupings of n rows by one or two factors, each (n,), codes 0, 1, …; the first has most levels.

    Raises
    ------
    EstimationError
        A grouping has one level, or as many as rows, or both groupings are the same.
    """
    n = len(first)
    factors = [first] if second is None else [first, second]
    for codes in factors:
        levels = int(codes.max()) + 1
        if not 1 < levels < n:
            raise EstimationError(
                f"A random intercept needs two levels or more, and fewer levels than rows; got {levels} levels in {n} rows."
            )
    other = np.zeros(n, dtype=np.intp) if second is None else second
    count = 0 if second is None else int(other.max()) + 1
    z1 = _indicator(first, int(first.max()) + 1)
    z2 = _indicator(other, count) if count else scipy.sparse.csr_array((0, n))
    table = scipy.sparse.csr_array(z1 @ z2.T)
    if count and table.nnz == len(np.unique(first)) == count:
        raise EstimationError("The two groupings are the same, so that their variances cannot be told apart.")
    nested = table.nnz == len(np.unique(first)) or not count
    sizes = (np.bincount(first).astype(float), np.bincount(other, minlength=count)[:count].astype(float))
    return Grouping(tuple(factors), (z1, z2), sizes, table, nested)


@dataclass(frozen=True, slots=True)
class Precision:
    """V^-1 of given variance ratios, in units of the residual variance.

    Parameters
    ----------
    groups
        The groupings.
    shrink
        Shape (J,): g1 / (1 + g1 n_j).
    keep
        Shape (J,): 1 / (1 + g1 n_j).
    inner
        Blocks of C, see the module.
    inverse
        Blocks of H = (I + g2 C)^-1; E = g2 H.
    ratios
        Shape (2,): g1 and g2 (zero without a second grouping).
    log_det
        log |V|.
    """

    groups: Grouping
    shrink: Floats
    keep: Floats
    inner: Floats
    inverse: Floats
    ratios: Floats
    log_det: float

    def second(self, sums: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """Return Z2'D^-1 M and E Z2'D^-1 M, both (m, c), from the sums Z1'M (J, c) and Z2'M (m, c)."""
        u = sums[1] - self.groups.table.T @ (self.shrink[:, None] * sums[0])
        return u, self.ratios[1] * _times(self.inverse, u)

    def group_sums(self, sums: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """Return Z1'V^-1 M (J, c) and Z2'V^-1 M (m, c), from the sums Z1'M and Z2'M."""
        u, w = self.second(sums)
        return self.keep[:, None] * (sums[0] - self.groups.table @ w), _times(self.inverse, u)

    def cross_products(self, products: Floats, sums: tuple[Floats, Floats]) -> Floats:
        """Return M'V^-1 M (c, c) from M'M and the sums Z1'M and Z2'M."""
        u, w = self.second(sums)
        return products - sums[0].T @ (self.shrink[:, None] * sums[0]) - u.T @ w

    def solve(self, rows: Floats) -> Floats:
        """Return V^-1 M, shape (n, c)."""
        groups = self.groups
        sums = (groups.sums[0] @ rows, groups.sums[1] @ rows)
        w = self.second(sums)[1]
        first = self.shrink[:, None] * (sums[0] - groups.table @ w)
        return rows - groups.spread(1, w) - groups.spread(0, first)

    def traces(self) -> Floats:
        """Return tr(V^-1 G_i), shape (3,), for G = Z1 Z1', Z2 Z2' and I; the last follows from V^-1 V = I."""
        between = self.groups.crossed(self.keep**2)
        first = self.groups.sizes[0] @ self.keep - self.ratios[1] * np.sum(self.inverse * between)
        single = np.array([first, np.sum(self.inner * self.inverse), 0.0])
        single[2] = len(self.groups.codes[0]) - self.ratios @ single[:2]
        return single

    def paired_traces(self) -> Floats:
        """Return tr(V^-1 G_i V^-1 G_j), shape (3, 3), in the same order."""
        own, e = self.groups.sizes[0] * self.keep, self.ratios[1] * self.inverse
        between = self.groups.crossed(self.keep**2)
        eb, ch = e @ between, self.inner @ self.inverse
        pairs = np.zeros((3, 3))
        pairs[0, 0] = own @ own - 2 * np.sum(e * self.groups.crossed(self.keep**2 * own)) + np.sum(eb * _turn(eb))
        pairs[0, 1] = pairs[1, 0] = np.sum((self.inverse @ between) * self.inverse)
        pairs[1, 1] = np.sum(ch * _turn(ch))
        single = self.traces()
        pairs[2, :2] = pairs[:2, 2] = single[:2] - pairs[:2, :2] @ self.ratios
        pairs[2, 2] = single[2] - self.ratios @ pairs[:2, 2]
        return pairs


def precision(groups: Grouping, ratios: Floats) -> Precision:
    """Return V^-1 for the variance ratios (one or two) of the random intercepts to the residual variance."""
    g = np.array([ratios[0], ratios[1] if len(ratios) > 1 else 0.0])
    keep = 1 / (1 + g[0] * groups.sizes[0])
    inner = groups.second_sizes - groups.crossed(g[0] * keep)
    system = np.eye(inner.shape[1]) + g[1] * inner
    log_det = float(np.sum(np.log1p(g[0] * groups.sizes[0])) + np.sum(np.linalg.slogdet(system)[1]))
    return Precision(groups, g[0] * keep, keep, inner, np.linalg.inv(system), g, log_det)


def _indicator(codes: Integers, levels: int) -> Any:
    """Return the sparse Z' (levels, n)."""
    n = len(codes)
    return scipy.sparse.csr_array((np.ones(n), (codes, np.arange(n))), shape=(levels, n))


def _times(blocks: Floats, rows: Floats) -> Floats:
    """Return a block-diagonal matrix (b, k, k) times rows (b k, c)."""
    return np.asarray((blocks @ rows.reshape(*blocks.shape[:2], rows.shape[1])).reshape(rows.shape))


def _turn(blocks: Floats) -> Floats:
    """Return the transpose of a block-diagonal matrix."""
    return blocks.swapaxes(1, 2)
