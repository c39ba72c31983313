"""Signs of careless answering in an array of item values: one row a person, one column an item, ``nan`` where missing.

Columns stand in the order asked, and values are as given: reversed items are not turned.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def longest_run(items: Floats) -> Counts:
    """Return each person's longest run of the same answer, shape (n,) from (n, k).

    Missing answers are skipped: they neither break a run nor add to it. Zero for a person without answers. Known as
    *longstring* (Johnson 2005, doi:10.1016/j.jrp.2004.09.009).

    Examples
    --------
    >>> longest_run(np.array([[4, 4, 4, 2], [1, np.nan, 1, 2]], dtype=float))
    array([3, 2])
    """
    length = np.zeros(len(items), dtype=np.int64)
    longest = length.copy()
    last = np.full(len(items), np.nan)
    for column in items.T:
        answered = ~np.isnan(column)
        length = np.where(answered, np.where(column == last, length + 1, 1), length)
        last = np.where(answered, column, last)
        longest = np.maximum(longest, length)
    return longest


def is_constant(items: Floats, fewest: int) -> NDArray[np.bool_]:
    """Tell who gave the same answer to every item, having answered at least `fewest`; shape (n,).

    Examples
    --------
    >>> is_constant(np.array([[3, 3, np.nan], [3, 3, 3], [3, 3, 4]], dtype=float), fewest=3)
    array([False,  True, False])
    """
    answered = np.sum(~np.isnan(items), axis=1)
    return np.asarray((longest_run(items) == answered) & (answered >= max(fewest, 1)))


def within_person_sd(items: Floats) -> Floats:
    """Return the standard deviation (n - 1) of each person's answers, shape (n,); ``nan`` below two answers.

    Zero when all answers are alike. Known as *intra-individual response variability* (Dunn et al. 2018,
    doi:10.1007/s10869-016-9479-0).

    Examples
    --------
    >>> within_person_sd(np.array([[1, 3, 5], [2, 2, np.nan], [4, np.nan, np.nan]]))
    array([ 2.,  0., nan])
    """
    answered = ~np.isnan(items)
    count = answered.sum(axis=1)
    result = np.full(len(items), np.nan)
    enough = count >= 2
    kept, values = answered[enough], np.where(answered, items, 0.0)[enough]
    mean = values.sum(axis=1) / count[enough]
    squares = np.where(kept, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
    result[enough] = np.sqrt(squares / (count[enough] - 1))
    return result


def share_missing(items: Floats, asked: NDArray[np.bool_]) -> Floats:
    """Return the share of the items asked that are missing, shape (n,) from two of (n, k); ``nan`` if none was asked.

    Examples
    --------
    >>> share_missing(np.array([[1, np.nan], [2, np.nan]]), np.array([[True, True], [True, False]]))
    array([0.5, 0. ])
    """
    count = asked.sum(axis=1)
    result = np.full(len(items), np.nan)
    np.divide(np.sum(np.isnan(items) & asked, axis=1), count, out=result, where=count > 0)
    return result


def pattern_size(items: Floats) -> Counts:
    """Return how many people gave exactly a person's answers, the person included, shape (n,).

    A missing answer is like another missing answer of the same item.

    Examples
    --------
    >>> pattern_size(np.array([[1, np.nan], [2, 3], [1, np.nan]]))
    array([2, 1, 2])
    """
    if items.shape[1] == 0:
        return np.full(len(items), len(items), dtype=np.int64)
    comparable = np.where(np.isnan(items), -np.inf, items)
    _, place, sizes = np.unique(comparable, axis=0, return_inverse=True, return_counts=True)
    return sizes[place.reshape(-1)].astype(np.int64)
