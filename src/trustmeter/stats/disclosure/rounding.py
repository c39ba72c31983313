"""Counts rounded to a base: to the nearest, at random without bias, or so that the table still adds up."""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.disclosure.margins import margin_equations

Floats = NDArray[np.float64]
Rounding = Literal["nearest", "random", "controlled"]


def round_counts(
    cells: ArrayLike, base: int = 5, *, how: Rounding = "nearest", seed: int | np.random.Generator | None = None
) -> Floats:
    """Return counts as multiples of a base; missing ones stay missing.

    Use it on a table that is about to leave the house: who sees a count of 20 with base 5 knows it to half a base
    (``"nearest"``), or to a base (``"random"``, ``"controlled"``).

    Parameters
    ----------
    cells
        Counts; a table with its margins (`with_margins`) for ``"controlled"``.
    base
        The multiple.
    how
        ``"nearest"``: each cell by itself, halves upwards. ``"random"``: up or down with the chances that leave the expected
        value as it is. ``"controlled"``: up or down such that the table adds up, as close to the truth as possible.
    seed
        For ``"random"``. Round a table once: whoever sees it rounded anew many times can average.

    Returns
    -------
    ndarray
        Same shape. With ``"nearest"`` and ``"random"`` margins are rounded themselves, so they are as close to the truth as any
        cell and need not be the sums of the others; with ``"controlled"`` they are the sums.

    Raises
    ------
    DesignError
        When the base is below 2, a count is negative, or ``"controlled"`` meets hidden cells.
    EstimationError
        When no rounding adds up (in 3-way tables that can be).

    References
    ----------
    Cox, L. H. (1987). A constructive procedure for unbiased controlled rounding. Journal of the American Statistical
    Association, 82, 520-524. doi:10.1080/01621459.1987.10478456

    Examples
    --------
    >>> round_counts([12, 13, 25])
    array([10., 15., 25.])
    >>> round_counts([[7, 8, 15], [6, 9, 15], [13, 17, 30]], how="controlled")
    array([[ 5., 10., 15.],
           [ 5., 10., 15.],
           [10., 20., 30.]])
    """
    counts = np.asarray(cells, dtype=float)
    if how not in {"nearest", "random", "controlled"} or base < 2 or np.any(counts < 0):
        message = "`round_counts` needs counts of zero or more, a base of at least 2, and 'nearest', 'random' or 'controlled'."
        raise DesignError(f"{message} Got base {base!r}, {how!r}.")
    down = np.floor(counts / base)
    rest = counts / base - down
    if how == "nearest":
        return np.asarray(base * (down + (rest >= 0.5)))
    if how == "random":
        return np.asarray(base * (down + (np.random.default_rng(seed).random(counts.shape) < rest)))
    return np.asarray(base * (down + _adding_up(down, rest)))


def _adding_up(down: Floats, rest: Floats) -> Floats:
    """Return which cells go up, so that the table adds up and the distances from the truth are least in sum."""
    if np.isnan(down).any():
        raise DesignError("Controlled rounding needs all cells. Round first, then hide; or use 'nearest'.")
    equations = margin_equations(down.shape)
    target = -(equations @ down.ravel())
    found = scipy.optimize.milp(
        1.0 - 2.0 * rest.ravel(),
        constraints=scipy.optimize.LinearConstraint(equations, target, target),
        integrality=np.ones(down.size),
        bounds=scipy.optimize.Bounds(np.zeros(down.size), (rest.ravel() > 0).astype(float)),
    )
    if found.status != 0:
        raise EstimationError("No rounding of this table adds up. Round each cell by itself ('nearest' or 'random').")
    return np.asarray(np.round(found.x).reshape(down.shape))
