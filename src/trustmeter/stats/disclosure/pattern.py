"""Which cells must be hidden beside the unsafe ones: the cheapest set that keeps everybody from working them out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

TOLERANCE = 1e-6
"""A need counts as met when it is missed by no more: the solver keeps its own constraints to about 1e-7."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Attacker:
    """Somebody who knows the shown cells, that lines add up, and bounds; and what must stay possible for him.

    Parameters
    ----------
    values
        Shape (n,): the true cells, margins included.
    lower, upper
        Shape (n,): what is known of every cell beforehand (0 and infinity at the least).
    cells
        Shape (p,): positions of the cells that he is after.
    below, above
        Shape (p,): the truth less `below`, and the truth plus `above`, must stay possible.
    width
        Shape (p,): the range of possible values must be as wide as this.
    """

    values: Floats
    lower: Floats
    upper: Floats
    cells: NDArray[np.intp]
    below: Floats
    above: Floats
    width: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A set of hidden cells.

    Parameters
    ----------
    hidden
        Shape (n,).
    cost
        The summed cost of the hidden cells.
    optimal
        Whether no cheaper set would do; ``False`` when time ran out and cells were added one by one.
    """

    hidden: Mask
    cost: float
    optimal: bool


def cheapest_pattern(
    equations: scipy.sparse.csr_array,
    cost: Floats,
    must_hide: Mask,
    must_show: Mask,
    attackers: Sequence[Attacker],
    *,
    time_limit: float = 30.0,
) -> Pattern | None:
    r"""Return the cheapest set of hidden cells that leaves all attackers in the dark; ``None`` when there is none.

    Parameters
    ----------
    equations
        Shape (m, n): times the cells they are 0 (`margin_equations`).
    cost
        Shape (n,): what hiding a cell costs, above zero.
    must_hide, must_show
        Shape (n,): cells that are hidden, or shown, in any case.
    attackers
        Who is to be kept in the dark, about what.
    time_limit
        Seconds for the search of the cheapest set. After that cells are added one by one until the set is safe.

    Notes
    -----
    A mixed-integer programme by cuts. The master problem chooses :math:`x_i \in \{0, 1\}` of least cost. For each unsafe cell p
    an attacker moves the hidden cells by y as far as ``equations @ y = 0`` and
    :math:`-(v_i - l_i) x_i \le y_i \le (u_i - v_i) x_i` allow. Where that is too little, the dual solution gives a cut,
    :math:`\sum_i \min(\alpha_i (u_i - v_i) + \beta_i (v_i - l_i), need) x_i \ge need`, which joins the master problem; and so on
    until no need is missed.

    References
    ----------
    Fischetti, M., & Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear constraints.
    Management Science, 47, 1008-1027. doi:10.1287/mnsc.47.7.1008.9805
    """
    if not must_hide.any():
        return Pattern(must_hide.copy(), 0.0, True)
    hidden = ~must_show
    if next(_cuts(equations, hidden, attackers), None) is not None:
        return None
    master = _Master(equations, cost, must_hide, must_show)
    deadline = time.monotonic() + time_limit
    while True:
        chosen = master.cheapest(deadline - time.monotonic())
        if chosen is None:
            return _one_by_one(equations, master, attackers, deadline + time_limit)
        cuts = list(_cuts(equations, chosen, attackers))
        if not cuts:
            return Pattern(chosen, float(cost[chosen].sum()), True)
        master.add(cuts)


def _one_by_one(
    equations: scipy.sparse.csr_array, master: _Master, attackers: Sequence[Attacker], deadline: float
) -> Pattern:
    """Return a safe set that need not be the cheapest: cells are added until nothing is missed, then taken back in turn."""
    chosen = master.with_more(master.must_hide, zip(master.rows, master.needs, strict=True))
    while cuts := list(_cuts(equations, chosen, attackers)):
        chosen = master.with_more(chosen, cuts)
    for cell in np.argsort(-master.cost, kind="stable"):
        if time.monotonic() > deadline:
            break
        if chosen[cell] and not master.must_hide[cell]:
            fewer = chosen.copy()
            fewer[cell] = False
            if next(_cuts(equations, fewer, attackers), None) is None:
                chosen = fewer
    return Pattern(chosen, float(master.cost[chosen].sum()), False)


class _Master:
    """The problem of choosing cells; it grows by cuts."""

    def __init__(self, equations: scipy.sparse.csr_array, cost: Floats, must_hide: Mask, must_show: Mask) -> None:
        self.cost, self.must_hide, self.must_show = cost, must_hide, must_show
        self.rows: list[Floats] = [row for line in _lines(equations) for row in _never_alone(line, len(cost))]
        self.needs: list[float] = [0.0] * len(self.rows)

    def add(self, cuts: list[tuple[Floats, float]]) -> None:
        self.rows.extend(row for row, _ in cuts)
        self.needs.extend(need for _, need in cuts)

    def cheapest(self, seconds: float) -> Mask | None:
        """Return the cheapest choice that keeps all cuts, or ``None`` when time is over."""
        if seconds <= 0:
            return None
        rows = scipy.sparse.csr_array(np.array(self.rows))
        found = scipy.optimize.milp(
            self.cost / self.cost.max(),
            constraints=scipy.optimize.LinearConstraint(rows, np.array(self.needs), np.inf),
            integrality=np.ones(len(self.cost)),
            bounds=scipy.optimize.Bounds(self.must_hide.astype(float), 1.0 - self.must_show),
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )
        return np.asarray(found.x > 0.5) if found.status == 0 else None

    def with_more(self, chosen: Mask, cuts: Iterable[tuple[Floats, float]]) -> Mask:
        """Return the choice with cells added until the cuts hold: each time the one that brings most for its cost."""
        grown = chosen.copy()
        for row, need in cuts:
            while row[grown].sum() < need - TOLERANCE:
                open_ = ~grown & ~self.must_show & (row > _TINY)
                gain = np.where(open_, np.minimum(row, need - row[grown].sum()) / self.cost, -1.0)
                grown[int(np.argmax(gain))] = True
        return grown


def _lines(equations: scipy.sparse.csr_array) -> Iterator[NDArray[np.intp]]:
    for start, stop in zip(equations.indptr[:-1], equations.indptr[1:], strict=True):
        yield equations.indices[start:stop]


def _never_alone(line: NDArray[np.intp], n: int) -> Iterator[Floats]:
    """Return a row a cell: when it is hidden, another cell of its line is, too."""
    for cell in line:
        row = np.zeros(n)
        row[line] = 1.0
        row[cell] = -1.0
        yield row


def _cuts(
    equations: scipy.sparse.csr_array, hidden: Mask, attackers: Sequence[Attacker]
) -> Iterator[tuple[Floats, float]]:
    for attacker in attackers:
        reach = _Reach(equations, hidden, attacker)
        for number in range(len(attacker.cells)):
            yield from reach.cuts(number)


class _Reach:
    """How far each cell can move for one attacker, when these cells are hidden."""

    def __init__(self, equations: scipy.sparse.csr_array, hidden: Mask, attacker: Attacker) -> None:
        self.equations, self.hidden, self.attacker = equations, hidden, attacker
        self.down = np.where(hidden, attacker.values - attacker.lower, 0.0)
        self.up = np.where(hidden, attacker.upper - attacker.values, 0.0)
        self.lowest, self.highest = np.zeros(len(hidden)), np.zeros(len(hidden))

    def cuts(self, number: int) -> Iterator[tuple[Floats, float]]:
        """Return a cut for each need of a cell that is missed."""
        attacker = self.attacker
        cell, width = int(attacker.cells[number]), float(attacker.width[number])
        below, above = float(attacker.below[number]), float(attacker.above[number])
        if self._enough(cell, below, above, width):
            return
        most = max(below, above, width)
        risen, by_rising = self._moved(cell, 1.0, most)
        fallen, by_falling = self._moved(cell, -1.0, most)
        if risen < above - TOLERANCE:
            yield np.minimum(by_rising, above), above
        if fallen < below - TOLERANCE:
            yield np.minimum(by_falling, below), below
        if risen + fallen < width - TOLERANCE:
            yield np.minimum(by_rising + by_falling, width), width

    def _enough(self, cell: int, below: float, above: float, width: float) -> bool:
        low, high = -self.lowest[cell], self.highest[cell]
        return bool(low >= below - TOLERANCE and high >= above - TOLERANCE and low + high >= width - TOLERANCE)

    def _moved(self, cell: int, sign: float, most: float) -> tuple[float, Floats]:
        """Return how far a cell can be moved (up to `most`), and what hiding each cell would add to that at the most."""
        up, down = self.up.copy(), self.down.copy()
        if sign > 0:
            up[cell] = min(up[cell], most)
        else:
            down[cell] = min(down[cell], most)
        aim = np.zeros(len(up))
        aim[cell] = -sign
        found = scipy.optimize.linprog(
            aim, A_eq=self.equations, b_eq=np.zeros(self.equations.shape[0]), bounds=np.column_stack([-down, up])
        )
        if found.status != 0:
            raise EstimationError(
                "How closely the cells of this table can be worked out was not found: the solver gave up."
            )
        self.lowest, self.highest = np.minimum(self.lowest, found.x), np.maximum(self.highest, found.x)
        reduced = aim - self.equations.T @ found.eqlin.marginals
        attacker = self.attacker
        rising = _times(np.maximum(-reduced, 0.0), attacker.upper - attacker.values)
        falling = _times(np.maximum(reduced, 0.0), attacker.values - attacker.lower)
        return float(-found.fun), rising + falling


def _times(dual: Floats, room: Floats) -> Floats:
    kept = dual > _TINY
    return np.where(kept, np.where(np.isinf(room), np.inf, dual * np.where(np.isinf(room), 0.0, room)), 0.0)
