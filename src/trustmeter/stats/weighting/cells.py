"""Rows that are alike in all margins, put together: weights are found for cells, and given back to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers

_DENSE = 4_000_000
"""Up to so many possible cells a table is counted; beyond it, joint codes are sorted."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The c combinations of categories that rows hold, for m margins.

    Parameters
    ----------
    codes
        Shape (m, c): the category of each cell in each margin.
    weights
        Shape (c,): summed base weights.
    rows
        Shape (c,): how many rows.
    of_row
        Shape (n,): the cell of each row.
    """

    codes: Integers
    weights: Floats
    rows: Integers
    of_row: Integers


def collapse(codes: Sequence[Integers], levels: Sequence[int], weights: Floats) -> Cells:
    """Put rows together that have the same category in all margins.

    Parameters
    ----------
    codes
        For each margin, shape (n,): categories from 0 to its number of levels less one.
    levels
        How many categories each margin has.
    weights
        Shape (n,): base weights.
    """
    possible = int(np.prod(np.asarray(levels, dtype=object)))
    joint = np.asarray(codes[0], dtype=np.intp)
    if possible > _DENSE:
        return _sorted_cells(codes, levels, weights)
    for code, size in zip(codes[1:], levels[1:], strict=True):
        joint = joint * size + code
    counts = np.bincount(joint, minlength=possible)
    found = np.flatnonzero(counts)
    position = np.empty(possible, dtype=np.intp)
    position[found] = np.arange(len(found))
    summed = np.bincount(joint, weights=weights, minlength=possible)[found].astype(float)
    cell_codes = np.array(np.unravel_index(found, tuple(levels)), dtype=np.intp)
    return Cells(cell_codes, summed, counts[found], position[joint])


def _sorted_cells(codes: Sequence[Integers], levels: Sequence[int], weights: Floats) -> Cells:
    """Do the same where not all combinations can be counted: margin by margin, keeping only combinations that exist."""
    of_row = np.asarray(codes[0], dtype=np.intp)
    for code, size in zip(codes[1:], levels[1:], strict=True):
        _, of_row = np.unique(of_row * size + code, return_inverse=True)
    _, first, of_row = np.unique(of_row, return_index=True, return_inverse=True)
    cell_codes = np.array([np.asarray(code)[first] for code in codes], dtype=np.intp)
    counts = np.bincount(of_row)
    summed = np.bincount(of_row, weights=weights).astype(float)
    return Cells(cell_codes, summed, counts, np.asarray(of_row, dtype=np.intp))


def indicators(codes: Integers, levels: Sequence[int]) -> Floats:
    """Return one column of zeros and ones for each category of each margin; shape (c, sum of levels).

    Parameters
    ----------
    codes
        Shape (m, c).
    levels
        How many categories each margin has.
    """
    starts = np.concatenate([[0], np.cumsum(levels)[:-1]]).astype(np.intp)
    x = np.zeros((codes.shape[1], int(np.sum(levels))))
    for code, start in zip(codes, starts, strict=True):
        x[np.arange(len(code)), start + code] = 1.0
    return x
