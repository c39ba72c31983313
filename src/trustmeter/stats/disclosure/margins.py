"""A table with all its margins: the cells, and the sums that tie them together."""

from __future__ import annotations

import itertools

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import DesignError

Floats = NDArray[np.float64]
MOST_WAYS = 3


def with_margins(inner: ArrayLike) -> Floats:
    """Return a table with its margins added at the end of every axis.

    Parameters
    ----------
    inner
        The cells of a 1-, 2- or 3-way table, shape (r,), (r, c) or (r, c, l).

    Returns
    -------
    ndarray
        Shape (r + 1, …): along each axis the sum stands last; the last cell of all is the total.

    Examples
    --------
    >>> with_margins([[1, 2], [3, 4]])
    array([[ 1.,  2.,  3.],
           [ 3.,  4.,  7.],
           [ 4.,  6., 10.]])
    """
    table = np.asarray(inner, dtype=float)
    if not 1 <= table.ndim <= MOST_WAYS or 0 in table.shape:
        raise DesignError(
            f"A table to be protected has 1 to {MOST_WAYS} ways and no empty one. Got shape {table.shape}."
        )
    for axis in range(table.ndim):
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    return table


def margin_lines(shape: tuple[int, ...]) -> list[NDArray[np.intp]]:
    """Return the lines of a table with margins: flat positions of cells whose sum is the last one's value.

    `shape` counts the margins; ``margin_lines((3,))`` is ``[array([0, 1, 2])]``: cell 2 is the sum of cells 0 and 1.
    """
    places = np.arange(int(np.prod(shape)), dtype=np.intp).reshape(shape)
    lines: list[NDArray[np.intp]] = []
    for axis, length in enumerate(shape):
        lines.extend(np.moveaxis(places, axis, -1).reshape(-1, length))
    return lines


def margin_equations(shape: tuple[int, ...]) -> scipy.sparse.csr_array:
    """Return one row a line: 1 for each of its cells, -1 for the sum; times the cells it is 0.

    Examples
    --------
    >>> margin_equations((3,)).toarray()
    array([[ 1.,  1., -1.]])
    """
    lines = margin_lines(shape)
    rows = np.concatenate([np.full(len(line), number) for number, line in enumerate(lines)])
    signs = np.concatenate([np.where(np.arange(len(line)) == len(line) - 1, -1.0, 1.0) for line in lines])
    size = (len(lines), int(np.prod(shape)))
    return scipy.sparse.csr_array((signs, (rows, np.concatenate(lines))), shape=size)


def is_margin(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell which cells of a table with margins are margins; same shape."""
    margin = np.ones(shape, dtype=bool)
    margin[tuple(slice(length - 1) for length in shape)] = False
    return margin


def places_of(positions: NDArray[np.intp], shape: tuple[int, ...]) -> list[NDArray[np.intp]]:
    """Return where each person counts: one array of flat positions a cell kind (inner, and each margin).

    Parameters
    ----------
    positions
        Shape (n, k): the person's category on each of the k axes.
    shape
        Shape of the table with margins.
    """
    found = []
    for summed in itertools.product((False, True), repeat=len(shape)):
        index = [
            np.full(len(positions), length - 1) if over else positions[:, axis]
            for axis, (over, length) in enumerate(zip(summed, shape, strict=True))
        ]
        found.append(np.ravel_multi_index(tuple(index), shape))
    return found
