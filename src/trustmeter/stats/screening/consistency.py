"""Do a person's own answers agree with each other? Correlations within persons: even-odd, and pairs that go together.

One row a person, one column an item, ``nan`` where missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pairs = NDArray[np.intp]


def row_correlation(x: Floats, y: Floats, fewest: int = 3) -> Floats:
    """Return each row's correlation of `x` with `y` over the columns that have both, shape (n,) from two of (n, p).

    ``nan`` where fewer than `fewest` columns have both, or where either has no spread.

    Examples
    --------
    >>> row_correlation(np.array([[1.0, 2, 3], [1, 2, 3]]), np.array([[2.0, 4, 6], [3, 2, np.nan]]))
    array([ 1., nan])
    """
    both = ~(np.isnan(x) | np.isnan(y))
    count = both.sum(axis=1)
    divisor = np.maximum(count, 1)[:, None]
    gaps = []
    for values in (x, y):
        kept = np.where(both, values, 0.0)
        gaps.append(np.where(both, values - kept.sum(axis=1, keepdims=True) / divisor, 0.0))
    squares = [np.sum(gap**2, axis=1) for gap in gaps]
    size = [np.max(np.abs(np.where(both, values, 0.0)), axis=1, initial=0.0) for values in (x, y)]
    spread = [square > 1e-20 * divisor[:, 0] * np.maximum(top, 1e-300) ** 2
              for square, top in zip(squares, size, strict=True)]  # fmt: skip
    known = (count >= max(fewest, 2)) & spread[0] & spread[1]
    result = np.full(len(x), np.nan)
    product = np.sum(gaps[0] * gaps[1], axis=1)
    np.divide(product, np.sqrt(squares[0] * squares[1]), out=result, where=known)
    return np.asarray(np.clip(result, -1.0, 1.0))


def even_odd(items: Floats, scales: Sequence[Sequence[int]], fewest: int = 3) -> Floats:
    """Return each person's even-odd consistency, shape (n,): high is consistent, ``nan`` where it cannot be told.

    Each scale (the columns of its items, in the order asked, counted in one direction) is halved into its first, third,
    … and its second, fourth, … item; each half is the mean of the answers there are. r is the correlation of the halves
    over scales, within the person; the index is the full length's, 2 r / (1 + |r|) (Spearman and Brown, taken with the
    sign, so that it stays within -1 and 1). Needs `fewest` scales with both halves. Johnson (2005),
    doi:10.1016/j.jrp.2004.09.009.

    Examples
    --------
    >>> person = np.array([[1.0, 2, 3, 3, 5, 4]])
    >>> even_odd(person, [[0, 1], [2, 3], [4, 5]]).round(3)
    array([1.])
    >>> even_odd(np.array([[1.0, 3, 3, 4, 5, 3]]), [[0, 1], [2, 3], [4, 5]])
    array([0.])
    """
    odd = np.column_stack([_row_mean(items[:, list(scale)[0::2]]) for scale in scales])
    even = np.column_stack([_row_mean(items[:, list(scale)[1::2]]) for scale in scales])
    r = row_correlation(odd, even, fewest)
    return np.asarray(2 * r / (1 + np.abs(r)))


def alike_pairs(items: Floats, least: float, *, opposite: bool = False) -> Pairs:
    """Return the pairs of items that correlate at `least` over people (or, `opposite`, at minus that or below), shape (p, 2).

    Correlations use all people who answered both. The first of a pair is the earlier item. Known as *psychometric
    synonyms* and *antonyms*: Meade and Craig (2012), doi:10.1037/a0028085.

    Examples
    --------
    >>> items = np.array([[1.0, 1, 3], [2, 2, 2], [3, 3, 1]])
    >>> alike_pairs(items, 0.6).tolist(), alike_pairs(items, 0.6, opposite=True).tolist()
    ([[0, 1]], [[0, 2], [1, 2]])
    """
    r = _pairwise_correlation(items)
    found = r <= -least if opposite else r >= least
    return np.argwhere(np.triu(found, k=1))


def pair_consistency(items: Floats, pairs: Pairs, fewest: int = 3) -> Floats:
    """Return each person's correlation over pairs of items, shape (n,): of the first answers with the second ones.

    Examples
    --------
    >>> pair_consistency(np.array([[1.0, 1, 4, 4, 2, 2]]), np.array([[0, 1], [2, 3], [4, 5]]))
    array([1.])
    """
    if len(pairs) == 0:
        return np.full(len(items), np.nan)
    return row_correlation(items[:, pairs[:, 0]], items[:, pairs[:, 1]], fewest)


def _row_mean(items: Floats) -> Floats:
    answered = ~np.isnan(items)
    count = answered.sum(axis=1)
    result = np.full(len(items), np.nan)
    np.divide(np.where(answered, items, 0.0).sum(axis=1), count, out=result, where=count > 0)
    return result


def _pairwise_correlation(items: Floats) -> Floats:
    """Return correlations (k, k), each pair of columns from the rows that have both; ``nan`` where unknown."""
    there = ~np.isnan(items)
    centre = np.where(there, items, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    x, mask = np.where(there, items - centre, 0.0), there.astype(float)
    n, sums, squares = mask.T @ mask, x.T @ mask, (x**2).T @ mask
    spread = n * squares - sums**2
    product = n * (x.T @ x) - sums * sums.T
    known = (n >= 3) & (spread > 1e-12) & (spread.T > 1e-12)
    result = np.full(n.shape, np.nan)
    np.divide(product, np.sqrt(np.where(known, spread * spread.T, 1.0)), out=result, where=known)
    return result
