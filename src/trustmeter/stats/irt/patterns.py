"""Answers as distinct patterns with their weights: what the likelihood of an item response model is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, slots=True)
class GroupPatterns:
    """The distinct rows of answers of one group.

    Parameters
    ----------
    codes
        Shape (U, k): category of each item from 0; -1 where unanswered.
    weights
        Shape (U,): sum of the case weights of the rows with this pattern.
    squares
        Shape (U,): sum of the squared case weights.
    indicator
        Sparse, shape (U, k m): one where the item (block of m columns) was answered in the category.
    """

    codes: Integers
    weights: Floats
    squares: Floats
    indicator: Any


@dataclass(frozen=True, slots=True)
class ResponsePatterns:
    """The distinct rows of all groups, and which row of the data has which.

    Parameters
    ----------
    groups
        One entry a group.
    row_group, row_pattern
        Shape (n,): the group of each row, and its place among the group's patterns.
    row_weight
        Shape (n,): the case weights.
    sizes
        Shape (k,): number of categories of each item.
    answered
        Shape (n,): whether the row has any answer.
    """

    groups: tuple[GroupPatterns, ...]
    row_group: Integers
    row_pattern: Integers
    row_weight: Floats
    sizes: Integers
    answered: NDArray[np.bool_]


def compact_categories(codes: Integers) -> tuple[Integers, tuple[tuple[int, ...], ...]]:
    """Return codes (n, k) without gaps, and the original codes that remain of each item.

    A category that nobody chose has no parameter of its own: the categories that were chosen are numbered 0, 1, … in
    their order. -1 stays -1.
    """
    compact = np.full(codes.shape, -1, dtype=np.intp)
    kept = []
    for position, column in enumerate(codes.T):
        seen, renumbered = np.unique(column, return_inverse=True)
        gap = int(np.searchsorted(seen, 0))
        compact[:, position] = np.where(column < 0, -1, renumbered - gap)
        kept.append(tuple(int(code) for code in seen[gap:]))
    return compact, tuple(kept)


def merge_unseen(codes: Integers, groups: Integers, items: frozenset[int]) -> tuple[Integers, frozenset[int]]:
    """Return codes in which every category of the given items is seen in every group, and the items that were changed.

    A category that a group never chose is merged, in all groups, with the next lower category (the lowest one with the
    next higher). Use it on the answers of all models that are to be compared by likelihood.
    """
    merged = np.array(codes, dtype=np.intp)
    changed = set()
    for item in sorted(items):
        while (unseen := _unseen_category(merged[:, item], groups)) is not None:
            seen = np.unique(merged[merged[:, item] >= 0, item])
            at = int(np.searchsorted(seen, unseen))
            merged[merged[:, item] == unseen, item] = seen[at - 1] if at else seen[1]
            changed.add(item)
    return merged, frozenset(changed)


def response_patterns(
    codes: Integers, sizes: Integers, groups: Integers | None = None, weights: Floats | None = None
) -> ResponsePatterns:
    """Return the distinct rows of codes (n, k), counted from 0 without gaps, by group 0, 1, …

    Raises
    ------
    DesignError
        When groups or weights do not fit the rows.
    """
    n, m = len(codes), int(sizes.max())
    group = np.zeros(n, dtype=np.intp) if groups is None else _checked_groups(groups, n)
    weight = np.ones(n) if weights is None else _checked_weights(weights, n)
    place = np.zeros(n, dtype=np.intp)
    found = []
    for one in range(int(group.max(initial=0)) + 1):
        rows = np.flatnonzero(group == one)
        first, place[rows] = distinct_rows(codes[rows], sizes)
        distinct, at = codes[rows[first]], place[rows]
        sums = np.bincount(at, weights[rows] if weights is not None else None, len(first)).astype(float)
        squares = np.bincount(at, weight[rows] ** 2, len(first)).astype(float)
        found.append(GroupPatterns(distinct, sums, squares, indicator_of(distinct, m)))
    return ResponsePatterns(tuple(found), group, place, weight, sizes, np.asarray((codes >= 0).any(axis=1)))


def distinct_rows(codes: Integers, sizes: Integers) -> tuple[Integers, Integers]:
    """Return where each distinct row of codes is first found, and which distinct row each row is."""
    radix = sizes.astype(float) + 1
    if np.log2(radix).sum() < 62:
        steps = np.concatenate([[1], np.cumprod(sizes[:-1] + 1)]).astype(np.int64)
        keys: Any = (codes + 1) @ steps
        return np.unique(keys, return_index=True, return_inverse=True)[1:]
    _, first, place = np.unique(codes, axis=0, return_index=True, return_inverse=True)
    return first, place.reshape(-1)


def indicator_of(codes: Integers, m: int) -> Any:
    """Return the sparse indicator (U, k m) of codes (U, k): a one where an item was answered in a category."""
    there = codes >= 0
    columns = (codes + np.arange(codes.shape[1]) * m)[there]
    starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    shape = (len(codes), codes.shape[1] * m)
    return scipy.sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=shape)


def check_codes(codes: Any) -> Integers:
    """Return codes as a whole-number matrix, or refuse them."""
    array = np.asarray(codes)
    if array.ndim != 2 or array.dtype.kind not in "iu":
        raise DesignError("Codes must be a matrix (n, k) of whole numbers, categories from 0 and -1 for missing.")
    return array.astype(np.intp)


def check_varied(kept: tuple[tuple[int, ...], ...]) -> None:
    """Refuse items with no answer or with one answer only."""
    for position, seen in enumerate(kept):
        if len(seen) < 2:
            raise ItemError(f"has {'one category only' if seen else 'no answer'}; leave it out", position)


class ItemError(EstimationError):
    """One item makes estimation impossible; `position` (from 0) tells which, `reason` why."""

    def __init__(self, reason: str, position: int) -> None:
        self.reason, self.position = reason, position
        super().__init__(f"The item response model cannot be estimated: item {position + 1} {reason}.")


def _unseen_category(column: Integers, groups: Integers) -> int | None:
    """Return a category that some group never chose, while more than one category is left."""
    seen = np.unique(column[column >= 0])
    if len(seen) < 2:
        return None
    for one in np.unique(groups):
        unseen = np.setdiff1d(seen, column[groups == one])
        if len(unseen):
            return int(unseen[-1])
    return None


def _checked_groups(groups: Integers, n: int) -> Integers:
    group = np.asarray(groups)
    if group.shape != (n,) or group.dtype.kind not in "iu" or (n and group.min() < 0):
        raise DesignError(f"Groups must be {n} whole numbers 0, 1, …, one a row.")
    return group.astype(np.intp)


def _checked_weights(weights: Floats, n: int) -> Floats:
    weight = np.asarray(weights, dtype=float)
    if weight.shape != (n,) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise DesignError(f"Weights must be {n} finite numbers of 0 or more, one a row, not all zero.")
    return weight
