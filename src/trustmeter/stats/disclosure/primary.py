"""Which cells are unsafe by themselves: too few people, or one of them brings nearly all."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.stats.disclosure.margins import places_of

SHOWN, THRESHOLD, DOMINANCE, P_PERCENT, COMPLEMENTARY = range(5)
"""Why a cell is hidden; 0 where it is not."""

Codes = NDArray[np.int8]


def small_counts(cells: ArrayLike, minimum: int = FEWEST_IN_A_CELL, fewest_in_row: int = 0) -> Codes:
    """Return `THRESHOLD` for counts from 1 to ``minimum - 1``, and for all cells of rows about too few people.

    Parameters
    ----------
    cells
        Counts with margins (`with_margins`); the first axis holds the rows whose people the figures are about.
    minimum
        The smallest count above zero that may be shown.
    fewest_in_row
        Rows whose total lies below (and above zero) are hidden but for that total. 0: no row is.

    Examples
    --------
    >>> small_counts([[3, 20, 23], [5, 0, 5], [8, 20, 28]], 5, 10)
    array([[1, 0, 0],
           [1, 1, 0],
           [0, 0, 0]], dtype=int8)
    """
    counts = np.asarray(cells, dtype=float)
    if np.any(counts < 0) or np.any(counts % 1 != 0) or not np.all(np.isfinite(counts)):
        raise DesignError("Counts of people must be whole numbers, zero or more.")
    unsafe = (counts > 0) & (counts < minimum)
    if counts.ndim > 1:
        rows = counts.reshape(len(counts), -1)
        few = np.repeat((rows[:, -1:] > 0) & (rows[:, -1:] < fewest_in_row), rows.shape[1], axis=1)
        few[:, -1] = False
        unsafe |= few.reshape(counts.shape)
    return np.where(unsafe, THRESHOLD, SHOWN).astype(np.int8)


def unsafe_sums(
    positions: NDArray[np.intp],
    values: ArrayLike,
    shape: tuple[int, ...],
    *,
    dominance: tuple[int, float] = (2, 0.90),
    p_percent: float = 10.0,
) -> tuple[Codes, NDArray[np.float64]]:
    r"""Return which sums one or two people nearly make, and how far from the truth a guess must be able to lie.

    Parameters
    ----------
    positions
        Shape (n, k): each person's category on each axis.
    values
        Shape (n,): what each brings, zero or more.
    shape
        Shape of the table with margins.
    dominance
        (n, k): unsafe when the n largest bring more than the share k of the sum.
    p_percent
        Unsafe when the sum without the two largest is below this percentage of the largest.

    Returns
    -------
    tuple of ndarray
        Codes (`DOMINANCE`, `P_PERCENT` or `SHOWN`) and needed distances, both of `shape`.

    Notes
    -----
    With :math:`x_1 \ge x_2 \ge \dots` and sum X, the distance is the larger of
    :math:`(p / 100) x_1 - (X - x_1 - x_2)` and :math:`\sum_{i \le n} x_i / k - X`.

    References
    ----------
    Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Nordholt, E. S., Spicer, K., & de Wolf, P.-P. (2012).
    Statistical Disclosure Control. Wiley. doi:10.1002/9781118348239

    Examples
    --------
    >>> codes, _ = unsafe_sums(np.zeros((4, 1), dtype=int), [90, 8, 1, 1], (2,))
    >>> codes
    array([2, 2], dtype=int8)
    """
    brought = np.asarray(values, dtype=float)
    if np.any(brought < 0) or not np.all(np.isfinite(brought)):
        raise DesignError("The rules of dominance and p% need values of zero or more.")
    codes = np.full(int(np.prod(shape)), SHOWN, dtype=np.int8)
    distance = np.zeros(codes.shape)
    number, share = dominance
    for places in places_of(positions, shape):
        order = np.lexsort((-brought, places))
        found, starts = np.unique(places[order], return_index=True)
        for place, ranked in zip(found, np.split(brought[order], starts[1:]), strict=True):
            total, near = ranked.sum(), (p_percent / 100) * ranked[0] - ranked[2:].sum()
            over = ranked[:number].sum() - share * total
            if over > 0 and total > 0:
                codes[place] = DOMINANCE
            elif near > 0:
                codes[place] = P_PERCENT
            distance[place] = max(over / share, near, 0.0)
    return codes.reshape(shape), distance.reshape(shape)
