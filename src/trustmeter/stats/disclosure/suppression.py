"""Tables of counts with margins from which no small count can be worked out, and the audit that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.stats.disclosure.bounds import audit
from trustmeter.stats.disclosure.margins import is_margin, margin_equations, with_margins
from trustmeter.stats.disclosure.pattern import Attacker, cheapest_pattern
from trustmeter.stats.disclosure.primary import COMPLEMENTARY, SHOWN, THRESHOLD, Codes, small_counts

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Cost = Literal["count", "log"]

NEAREST = 2.0
"""A hidden count must be able to lie this far below and above its true value (never below zero)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums that stand in the same cells as the counts, such as the sums behind a table of means.

    Parameters
    ----------
    cells
        The sums with margins, shape of the counts with margins.
    codes
        Which sums are unsafe by themselves (`unsafe_sums`); zeros where none is.
    distance
        How far from the truth a guess of each sum must be able to lie.
    relative
        The range that a hidden sum must have, as a share of the sum.
    """

    cells: Floats
    codes: Codes
    distance: Floats
    relative: float = 0.10


@dataclass(frozen=True, slots=True, eq=False)
class SuppressedTable:
    """A table with margins in which some cells are hidden.

    Parameters
    ----------
    cells
        Shape (r + 1, …): the counts, ``nan`` where hidden.
    reasons
        Same shape: 0 shown, else why hidden (`primary.THRESHOLD`, `DOMINANCE`, `P_PERCENT`, `COMPLEMENTARY`).
    low, high
        Same shape: between which bounds anybody who sees the table can place a hidden count; ``nan`` where shown.
    reasons_safe
        Whether the reasons may be known to those who see the table: no count follows from them.
    optimal
        Whether no cheaper set of hidden cells would do.
    """

    cells: Floats
    reasons: Codes
    low: Floats
    high: Floats
    reasons_safe: bool
    optimal: bool

    @property
    def hidden(self) -> Mask:
        """Which cells are hidden."""
        return np.asarray(self.reasons != SHOWN)

    @property
    def total_shown(self) -> bool:
        """Whether the number of all people is shown."""
        return bool(self.reasons.flat[-1] == SHOWN)


def suppress(
    counts: ArrayLike,
    *,
    minimum: int = FEWEST_IN_A_CELL,
    fewest_in_row: int = 0,
    sums: Sums | None = None,
    cost: Cost = "count",
    time_limit: float = 30.0,
) -> SuppressedTable:
    """Hide the small counts of a table, and the cheapest set of others from which they could be worked out.

    Use it for one table with all its margins. Tables that overlap need one audit together (`cell_bounds`).

    Parameters
    ----------
    counts
        Whole numbers without margins, 1-, 2- or 3-way.
    minimum
        The smallest count above zero that may be shown.
    fewest_in_row
        Rows (first axis) about fewer people are hidden, but for their total where that may be shown.
    sums
        Sums in the same cells, to be kept from being worked out, too.
    cost
        What hiding a cell costs: its count, or ``log(1 + count)`` (fewer cells, larger ones).
    time_limit
        Seconds for the search of the cheapest set. After that the set is safe, but need not be the cheapest.

    Returns
    -------
    SuppressedTable
        Counts with ``nan`` where hidden, why, and the bounds that remain.

    Raises
    ------
    DesignError
        When the counts are no whole numbers of zero or more in 1 to 3 ways.
    EstimationError
        When no set of hidden cells is safe.

    Notes
    -----
    1. Primary: counts from 1 to ``minimum - 1``, and what `sums` and `fewest_in_row` name. Zeros are shown.
    2. Complementary: the cheapest set such that, for somebody who knows all shown cells and that lines add up, every
       primary count may lie 2 below (not below zero) and 2 above its true value, in a range at least `minimum` wide.
       Hiding a zero costs as much as all inner cells, and a margin that and its own count: both are last resorts.
    3. Somebody who also knows *why* each cell is hidden (1 to ``minimum - 1``, or at least `minimum`) must be left with
       two possible counts for every small one. Where no set does that (four ones with a sum of four), `reasons_safe` is
       ``False``: then the reasons must not be shown.
    4. The number of all people stays visible when that is possible, for it is usually known.
    5. The bounds are those of real numbers. In 1- and 2-way tables whole numbers have the same; in 3-way tables they can
       be narrower.

    References
    ----------
    Fischetti, M., & Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear constraints.
    Management Science, 47, 1008-1027. doi:10.1287/mnsc.47.7.1008.9805

    Examples
    --------
    >>> safe = suppress([[3, 20, 30], [25, 12, 40], [31, 28, 50]])
    >>> safe.cells
    array([[ nan,  nan,  30.,  53.],
           [ nan,  nan,  40.,  77.],
           [ 31.,  28.,  50., 109.],
           [ 59.,  60., 120., 239.]])
    >>> safe.low[0, 0], safe.high[0, 0]
    (np.float64(0.0), np.float64(23.0))
    """
    cells = with_margins(counts)
    codes = small_counts(cells, minimum, fewest_in_row)
    if sums is not None:
        codes = np.where(codes == SHOWN, sums.codes, codes)
    equations, price = margin_equations(cells.shape), hiding_cost(cells, cost)
    always = _attackers(cells, codes, minimum, sums)
    informed = _informed(cells, codes, minimum)
    for reasons_safe, keep_total in ((True, True), (False, True), (True, False), (False, False)):
        must_show = np.zeros(cells.size, dtype=bool)
        must_show[-1] = keep_total and codes.flat[-1] == SHOWN
        known = [*always, informed] if reasons_safe else always
        hide = codes.ravel() != SHOWN
        found = cheapest_pattern(equations, price, hide, must_show, known, time_limit=time_limit)
        if found is not None:
            hidden = found.hidden.reshape(cells.shape)
            low, high = audit(equations, cells, hidden)
            _check(low, high, always[0])
            return SuppressedTable(
                cells=np.where(hidden, np.nan, cells),
                reasons=np.where(hidden & (codes == SHOWN), COMPLEMENTARY, codes).astype(np.int8),
                low=np.where(hidden, low, np.nan),
                high=np.where(hidden, high, np.nan),
                reasons_safe=reasons_safe,
                optimal=found.optimal,
            )
    message = "No set of hidden cells keeps the small counts of this table from being worked out."
    raise EstimationError(f"{message} Merge small categories, or show fewer of them.")


def hiding_cost(cells: Floats, cost: Cost = "count") -> Floats:
    """Return what hiding each cell of a table with margins costs, flat; zeros and margins are last resorts."""
    if cost not in {"count", "log"}:
        raise DesignError(f"The `cost` of `suppress` is 'count' or 'log'. Got {cost!r}.")
    weight = cells if cost == "count" else np.log1p(cells)
    margin = is_margin(cells.shape)
    heavy = max(float(weight[~margin].sum()), 1.0)
    return np.asarray(np.where(margin, heavy + weight, np.where(weight == 0, heavy, weight)).ravel())


def _attackers(cells: Floats, codes: Codes, minimum: int, sums: Sums | None) -> list[Attacker]:
    """Return who knows the shown cells and that counts (and sums) add up."""
    flat, unsafe = cells.ravel(), np.flatnonzero(codes.ravel() != SHOWN)
    value = flat[unsafe]
    far = np.full(len(unsafe), NEAREST)
    free = np.full(flat.shape, np.inf)
    found = [
        Attacker(
            flat, np.zeros(flat.shape), free, unsafe, np.minimum(far, value), far, np.full(len(unsafe), float(minimum))
        )
    ]
    if sums is not None:
        all_, distance = sums.cells.ravel(), sums.distance.ravel()[unsafe]
        width = np.maximum(2 * distance, sums.relative * np.abs(all_[unsafe]))
        scale = max(float(width.max(initial=0.0)) / 10, 1e-12)
        floor = np.zeros(flat.shape) if np.all(all_ >= 0) else -free
        below = np.minimum(distance, all_[unsafe] - floor[unsafe])
        found.append(Attacker(all_ / scale, floor, free, unsafe, below / scale, distance / scale, width / scale))
    return found


def _informed(cells: Floats, codes: Codes, minimum: int) -> Attacker:
    """Return who also knows why each cell is hidden: two counts must be left for each small one."""
    flat, small = cells.ravel(), ((cells > 0) & (cells < minimum)).ravel()
    told = codes.ravel() == THRESHOLD
    lower = np.where(small, 1.0, np.where((flat >= minimum) & ~told, float(minimum), 0.0))
    upper = np.where(small, minimum - 1.0, np.inf)
    after = np.flatnonzero(small)
    none = np.zeros(len(after))
    return Attacker(flat, lower, upper, after, none, none, np.ones(len(after)))


def _check(low: Floats, high: Floats, aim: Attacker) -> None:
    """Hold the bounds of all unsafe counts, found anew, against what they must leave open."""
    value, lowest, highest = aim.values[aim.cells], low.ravel()[aim.cells], high.ravel()[aim.cells]
    near = (lowest > value - aim.below + 1e-5) | (highest < value + aim.above - 1e-5)
    if np.any(near | (highest - lowest < aim.width - 1e-5)):
        raise EstimationError(
            "The hidden counts of this table could be worked out too closely. Merge small categories."
        )
