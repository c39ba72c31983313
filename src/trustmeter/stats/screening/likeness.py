"""Who answers nearly as somebody else? The highest share of equal answers with any other row, in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Ones = NDArray[np.float32]

_BLOCK = 512


def closest_likeness(codes: Codes, fewest: int) -> Floats:
    """Return each row's highest share of equal answers with any other row, shape (n,) from codes (n, k), below 0 missing.

    The share is out of the columns that either of the two has, so an answer beside a hole is a difference. Rows with fewer
    than `fewest` answers are not compared (``nan``); a row without another to compare with has 0. Known as *percent
    match*: Kuriakose and Robbins (2016), doi:10.3233/SJI-160978.

    Examples
    --------
    >>> closest_likeness(np.array([[1, 2, 3, 1], [1, 2, 3, 2], [3, 1, 1, -1], [0, -1, -1, -1]]), fewest=3)
    array([0.75, 0.75, 0.  ,  nan])
    """
    result = np.full(len(codes), np.nan)
    compared = np.flatnonzero(np.sum(codes >= 0, axis=1) >= max(fewest, 1))
    result[compared] = _closest(codes[compared]) if len(compared) else 0.0
    return result


def _closest(codes: Codes) -> Floats:
    """Return the same where all rows are compared: counts of equal answers are products of zeros and ones."""
    n = len(codes)
    there = (codes >= 0).astype(np.float32)
    answered = there.sum(axis=1)
    ones = _ones(codes)
    whole = bool(there.all())
    best = np.zeros(n, dtype=np.float32)
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        share = ones[start:stop] @ ones[start:].T
        if whole:
            share /= np.float32(codes.shape[1])
        else:
            either = there[start:stop] @ there[start:].T
            np.subtract(answered[start:], either, out=either)
            either += answered[start:stop, None]
            share /= either
        own = np.arange(stop - start)
        share[own, own] = 0.0
        np.maximum(best[start:stop], share.max(axis=1), out=best[start:stop])
        np.maximum(best[start:], share.max(axis=0), out=best[start:])
    return best.astype(float)


def _ones(codes: Codes) -> Ones:
    """Return one column a column and code that two rows or more have: 1 where a row has it."""
    columns: list[Ones] = []
    for column in codes.T:
        values, counts = np.unique(column[column >= 0], return_counts=True)
        columns.extend((column == value).astype(np.float32) for value in values[counts > 1])
    return np.column_stack(columns) if columns else np.zeros((len(codes), 1), dtype=np.float32)
