"""Small counts: which cells of a row of counts may be shown without giving a hidden one away."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE


@dataclass(frozen=True, eq=False, slots=True)
class PooledCounts:
    """Category counts that are safe to show.

    Parameters
    ----------
    counts
        Shape (k,), float: the counts, ``nan`` where hidden.
    hidden
        Shape (k,), whether a cell is hidden.
    pooled
        The hidden cells together; 0 when none is hidden, ``nan`` when even that would give a small count away.
    total
        All cells together; ``nan`` when `pooled` is.
    """

    counts: NDArray[np.float64]
    hidden: NDArray[np.bool_]
    pooled: float
    total: float


def pool_small_cells(counts: ArrayLike, minimum: int = FEWEST_IN_A_CELL) -> PooledCounts:
    """Hide the counts from 1 to ``minimum - 1``, and as many others as it takes that none can be worked out.

    Use it for the answers to one question of one group, whose total is shown beside them.

    Parameters
    ----------
    counts
        One whole number a category, shape (k,). Together they are everybody in the group.
    minimum
        The smallest count above zero that may be shown.

    Returns
    -------
    PooledCounts
        Counts with ``nan`` in place of hidden ones, which are hidden, and their sum.

    Raises
    ------
    DesignError
        When the counts are not whole numbers of zero or more, or `minimum` is below 1.

    Notes
    -----
    1. Primary suppression: every count from 1 to ``minimum - 1`` is hidden. Zeros are shown.
    2. The hidden set is safe when its sum is at least `minimum` (so it holds two cells or more), and it is neither all
       ones nor all ``minimum - 1`` (then the sum of the small counts would have one solution only).
    3. Complementary suppression: until it is safe, the smallest shown count above zero is hidden too, together with
       every count equal to it; when no such count is left, the zeros are.
    4. If all cells are hidden and the set is still not safe, the total must not be shown either: it is ``nan``.

    What is hidden does not depend on the order of the categories. So even somebody who knows these rules cannot work
    out a hidden count from the total: swapping two hidden counts that differ leaves everything shown as it is. The
    rules protect one row of counts. They do not protect tables that overlap, such as a group and a part of it.

    References
    ----------
    Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Nordholt, E. S., Spicer, K., & de Wolf, P.-P. (2012).
    Statistical Disclosure Control. Wiley. doi:10.1002/9781118348239

    Examples
    --------
    >>> safe = pool_small_cells([60, 31, 3, 12, 0])
    >>> safe.counts, safe.pooled
    (array([60., 31., nan, nan,  0.]), 15.0)
    """
    cells = _whole_counts(counts, minimum)
    hidden = (cells > 0) & (cells < minimum)
    while hidden.any() and not hidden.all() and not _is_safe(cells[hidden], minimum):
        shown = cells[~hidden]
        positive = shown[shown > 0]
        hidden = hidden | (cells == (positive.min() if positive.size else 0))
    safe = not hidden.any() or _is_safe(cells[hidden], minimum)
    return PooledCounts(
        counts=np.where(hidden, np.nan, cells),
        hidden=hidden,
        pooled=float(cells[hidden].sum()) if safe else math.nan,
        total=float(cells.sum()) if safe else math.nan,
    )


def too_small(n: int, minimum: int = FEWEST_PEOPLE) -> bool:
    """Tell whether a group has fewer people than a result may be shown for.

    Examples
    --------
    >>> too_small(9), too_small(10)
    (True, False)
    """
    return n < minimum


def _is_safe(hidden: NDArray[np.float64], minimum: int) -> bool:
    forced = bool(np.all(hidden == 1) or np.all(hidden == minimum - 1))
    return bool(hidden.sum() >= minimum) and not forced


def _whole_counts(counts: ArrayLike, minimum: int) -> NDArray[np.float64]:
    cells = np.asarray(counts, dtype=float)
    if cells.ndim != 1 or not np.all(np.isfinite(cells)) or np.any(cells < 0) or np.any(cells % 1 != 0):
        raise DesignError("`pool_small_cells` needs one row of whole numbers, zero or more. Pass one count a category.")
    if minimum < 1:
        raise DesignError(f"The `minimum` of `pool_small_cells` must be 1 or more. Got {minimum!r}.")
    return cells
