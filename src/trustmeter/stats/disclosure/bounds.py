"""What somebody can work out: bounds of unknown cells from figures that are known, exactly or rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import EstimationError

Floats = NDArray[np.float64]

_ENDLESS, _NONE = (3, 4), (2, 4)
"""How the solver says that there is no end, or no solution; 4: it could not tell which of the two."""


def audit(
    equations: scipy.sparse.csr_array,
    cells: ArrayLike,
    hidden: ArrayLike,
    *,
    lower: ArrayLike = 0.0,
    upper: ArrayLike = math.inf,
) -> tuple[Floats, Floats]:
    """Return between which bounds hidden cells can be placed by somebody who knows the others and that lines add up.

    Parameters
    ----------
    equations
        Shape (m, n): times the cells they are 0.
    cells
        The true cells; any shape of n, row by row.
    hidden
        Which of them are hidden; same shape.
    lower, upper
        What is known of every cell beforehand; one number, or one a cell.

    Returns
    -------
    tuple of ndarray
        Lowest and highest possible value, the shape of `cells`; shown cells as they are.

    Examples
    --------
    >>> from trustmeter.stats.disclosure.margins import margin_equations
    >>> audit(margin_equations((4,)), [3, 9, 20, 32], [True, True, False, False])
    (array([ 0.,  0., 20., 32.]), array([12., 12., 20., 32.]))
    """
    values, unknown = np.asarray(cells, dtype=float), np.asarray(hidden, dtype=bool).ravel()
    flat = values.ravel()
    low, high = flat.copy(), flat.copy()
    if unknown.any():
        columns = equations.tocsc()
        known = np.where(unknown, 0.0, flat)
        bounds = [
            np.broadcast_to(np.asarray(side, dtype=float).ravel(), flat.shape)[unknown] for side in (lower, upper)
        ]
        low[unknown], high[unknown] = cell_bounds(columns[:, np.flatnonzero(unknown)], -(columns @ known), *bounds)
    return low.reshape(values.shape), high.reshape(values.shape)


def cell_bounds(
    equalities: ArrayLike | scipy.sparse.sparray,
    totals: ArrayLike,
    lower: ArrayLike = 0.0,
    upper: ArrayLike = math.inf,
    *,
    slack: ArrayLike = 0.0,
    cells: Sequence[int] | None = None,
    whole: bool = False,
) -> tuple[Floats, Floats]:
    """Return between which bounds unknown cells lie when sums of them are known.

    Use it to attack what is about to be published: unknown are the cells, known the published sums.

    Parameters
    ----------
    equalities
        Shape (m, n): one row a published figure, what each cell counts in it (mostly 0 and 1); dense or sparse.
    totals
        Shape (m,): the published figures.
    lower, upper
        What is known of every cell beforehand; one number, or shape (n,).
    slack
        How far a figure may lie from the truth: half the base for rounded ones. One number, or shape (m,).
    cells
        Positions of the cells that are asked about; ``None`` for all.
    whole
        Whether the cells are whole numbers: sharper in tables that overlap, and slower.

    Returns
    -------
    tuple of ndarray
        Lowest and highest value of each cell that was asked about.

    Raises
    ------
    EstimationError
        When no cells agree with the figures, or the solver gave up.

    Notes
    -----
    Two linear programmes a cell: least and greatest :math:`x_j` with ``|equalities @ x - totals| <= slack`` and
    ``lower <= x <= upper``.

    Examples
    --------
    >>> cell_bounds([[1, 1, 1], [1, 1, 0]], [14, 10], slack=[0, 2.5])
    (array([0. , 0. , 1.5]), array([12.5, 12.5,  6.5]))
    """
    matrix = scipy.sparse.csr_array(equalities, dtype=float)
    rows, n = matrix.shape
    known = np.broadcast_to(np.asarray(totals, dtype=float), rows)
    play = np.broadcast_to(np.asarray(slack, dtype=float), rows)
    limits = [np.broadcast_to(np.asarray(side, dtype=float), n) for side in (lower, upper)]
    figures = _Figures(matrix, (known - play, known + play), (limits[0], limits[1]))
    asked = range(n) if cells is None else cells
    ends = [[figures.end(cell, sign, whole) for cell in asked] for sign in (1.0, -1.0)]
    return np.array(ends[0], dtype=float), np.array(ends[1], dtype=float)


class _Figures:
    """The figures that are known, and what is known of the cells beforehand."""

    def __init__(
        self, matrix: scipy.sparse.csr_array, around: tuple[Floats, Floats], limits: tuple[Floats, Floats]
    ) -> None:
        self.lower, self.upper = limits
        self.sums = scipy.optimize.LinearConstraint(matrix, *around)
        self.limits = scipy.optimize.Bounds(*limits)

    def end(self, cell: int, sign: float, whole: bool) -> float:
        """Return the least (sign 1) or greatest (sign -1) value that a cell can have."""
        aim = np.zeros(len(self.lower))
        aim[cell] = sign
        kinds = np.full(len(aim), int(whole))
        found = scipy.optimize.milp(aim, constraints=self.sums, bounds=self.limits, integrality=kinds)
        if found.status == 0:
            return float(np.round(sign * found.fun, 7)) + 0.0
        if found.status in _ENDLESS and self._possible():
            return -sign * math.inf
        why = "no cells agree with all of them" if found.status in _NONE else "the solver gave up"
        message = f"The cells behind these figures could not be bounded: {why}. Look at the figures and their slack."
        raise EstimationError(message)

    def _possible(self) -> bool:
        found = scipy.optimize.milp(np.zeros(len(self.lower)), constraints=self.sums, bounds=self.limits)
        return bool(found.status == 0)
