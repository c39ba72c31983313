"""The answers that correlations of items are made from, checked: ordered answers as codes, numbers, weights, clusters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, MissingRule, names_of
from trustmeter.psychometrics.matrix import Floats, ItemMatrix, item_matrices
from trustmeter.responses.sampling import RowValues, row_clusters, row_weights

MOST_CATEGORIES = 12
"""An item with more different answers is a number, not an ordered answer."""

_WHERE = "polychoric"
_SPAN = 1000

Codes = NDArray[np.intp]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class CorrelationData:
    """The n rows that are used, of k ordered items and m numbers; never prints an answer.

    Parameters
    ----------
    matrix
        All items of the scale, in their order.
    ordered, numbers
        The names of the ordered items and of the numbers.
    codes
        Shape (n, k): answers 0, 1, … without gaps; -1 is missing.
    values
        Shape (n, m): numbers, not numbers where missing.
    weights, clusters
        Shape (n,), or ``None``; weights are 1 on average.
    named
        Whether the caller named the clusters; else they are people who answered more than once.
    """

    matrix: ItemMatrix
    ordered: tuple[str, ...]
    numbers: tuple[str, ...]
    codes: Codes
    values: Floats
    weights: Floats | None
    clusters: Codes | None
    named: bool

    @property
    def levels(self) -> Codes:
        """How many categories each ordered item has, shape (k,)."""
        return np.asarray(self.codes.max(axis=0, initial=-1) + 1)

    def rows_of_pairs(self) -> Codes:
        """Return how many rows have both items, of each pair of all items, shape (k + m, k + m)."""
        there = (~np.isnan(self.matrix.answers[self.matrix.used])).astype(float)
        return np.asarray(np.rint(there.T @ there), dtype=np.intp)

    def pairs_that_tell_too_little(self) -> Booleans:
        """Tell for which pairs of all items the weighted rows tell less than ten unweighted ones would (Kish)."""
        size = len(self.matrix.items)
        if self.weights is None:
            return np.zeros((size, size), dtype=bool)
        there = (~np.isnan(self.matrix.answers[self.matrix.used])).astype(float)
        w = self.weights / self.weights.max()
        weighted = there * w[:, None]
        return np.asarray((weighted.T @ there) ** 2 < FEWEST_PEOPLE * (weighted.T @ weighted))

    def tellable(self) -> list[Booleans]:
        """Tell for each ordered item which thresholds part two groups of answers that enough people gave."""
        people = None if self.matrix.people is None else self.matrix.people[self.matrix.used]
        return [
            _tellable(column, int(top), people)
            for column, top in zip(np.ascontiguousarray(self.codes.T), self.levels, strict=True)
        ]


def correlated_answers(
    items: object,
    scale: object,
    numeric: object,
    missing: MissingRule,
    *,
    weights: RowValues | None,
    clusters: RowValues | None,
) -> CorrelationData:
    """Return the rows of one scale, or of a plain frame.

    Raises
    ------
    DesignError
        When an argument names something unknown, or an item holds no ordered answers.
    EstimationError
        When there are too few items or people, or an item does not vary.
    """
    matrix = _one_matrix(items, scale, missing)
    numbers = _numeric_items(matrix, numeric)
    ordered = tuple(item for item in matrix.items if item not in numbers)
    obstacle = _obstacle(matrix)
    if obstacle:
        name = f" of scale {matrix.scale!r}" if matrix.scale else ""
        raise EstimationError(f"`{_WHERE}`{name} cannot be estimated: {obstacle}.")
    rows = matrix.answers[matrix.used]
    codes = _codes(rows[:, [matrix.items.index(item) for item in ordered]], ordered)
    values = rows[:, [matrix.items.index(item) for item in numbers]]
    w, groups = _design(items, matrix, weights, clusters)
    return CorrelationData(matrix, ordered, numbers, codes, values, w, groups, clusters is not None)


def _one_matrix(items: object, scale: object, missing: MissingRule) -> ItemMatrix:
    if scale is not None and not isinstance(scale, str):
        raise DesignError(f"The `scale` argument of `{_WHERE}` must be one scale's id. Got {scale!r}.")
    matrices = item_matrices(items, scale, missing, _WHERE)
    if len(matrices) > 1:
        listed = ", ".join(repr(matrix.scale) for matrix in matrices)
        message = f"`{_WHERE}` correlates the items of one scale. Items of several were read: {listed}."
        raise DesignError(f"{message} Say which with `scale`.")
    return matrices[0]


def _design(
    items: object, matrix: ItemMatrix, weights: RowValues | None, clusters: RowValues | None
) -> tuple[Floats | None, Codes | None]:
    """Return weights, 1 on average, and clusters of the rows that are used."""
    w, groups = row_weights(items, weights, _WHERE), row_clusters(items, clusters, _WHERE)
    if w is not None:
        w = w[matrix.used]
        if not (w > 0).all():
            raise DesignError(f"The `weights` of `{_WHERE}` must be above 0. Leave rows that count nothing out first.")
        w = w / w.mean()
    return w, matrix.clusters if groups is None else np.unique(groups[matrix.used], return_inverse=True)[1]


def _numeric_items(matrix: ItemMatrix, numeric: object) -> tuple[str, ...]:
    given = () if isinstance(numeric, Iterable) and not isinstance(numeric, str) and not list(numeric) else numeric
    names = () if given == () else names_of("numeric", given, _WHERE)
    for name in names:
        if name not in matrix.items:
            raise DesignError(unknown_word("numeric item", name, matrix.items, f"`{_WHERE}`"))
    return tuple(item for item in matrix.items if item in names)


def _obstacle(matrix: ItemMatrix) -> str:
    """Return the first reason why the items cannot be correlated, or an empty text."""
    if len(matrix.items) < 2:
        return "a correlation needs two items"
    if matrix.persons < FEWEST_PEOPLE:
        return matrix.too_few()
    constant = matrix.constant()
    if constant:
        return f"no two different answers to {', '.join(map(repr, constant))}; leave such items out"
    apart = _apart(matrix) if matrix.missing == "pairwise" else None
    if apart is None:
        return ""
    pair = " and ".join(repr(matrix.items[place]) for place in apart)
    return f"fewer than {FEWEST_PEOPLE} people answered both {pair}; leave one of them out"


def _apart(matrix: ItemMatrix) -> tuple[int, int] | None:
    """Return the first two items that fewer than ten people answered both, if there are any."""
    answered = ~np.isnan(matrix.answers)
    for i, j in zip(*np.triu_indices(len(matrix.items), 1), strict=True):
        both = answered[:, i] & answered[:, j]
        people = int(both.sum()) if matrix.people is None else len(np.unique(matrix.people[both]))
        if people < FEWEST_PEOPLE:
            return int(i), int(j)
    return None


def _codes(rows: Floats, names: Sequence[str]) -> Codes:
    """Return answers (n, k) as 0, 1, … without gaps; -1 is missing. Refuse what are no ordered answers."""
    codes = np.full(rows.shape[::-1], -1, dtype=np.intp)
    for place, (name, column) in enumerate(zip(names, np.ascontiguousarray(rows.T), strict=True)):
        there = ~np.isnan(column)
        values = column[there]
        if (values != np.rint(values)).any():
            raise DesignError(_no_answers(name, "numbers that are not whole"))
        ranks, different = _ranks(values)
        if different > MOST_CATEGORIES:
            raise DesignError(_no_answers(name, f"{different} different ones"))
        codes[place, there] = ranks
    return np.ascontiguousarray(codes.T)


def _ranks(values: Floats) -> tuple[Codes, int]:
    """Return whole numbers (n,) as 0, 1, … without gaps, and how many different ones there are."""
    low = values.min()
    if values.max() - low >= _SPAN:
        found, place = np.unique(values, return_inverse=True)
        return place, len(found)
    steps = (values - low).astype(np.intp)
    rank = np.cumsum(np.bincount(steps) > 0) - 1
    return np.asarray(rank[steps]), int(rank[-1]) + 1


def _no_answers(item: str, got: str) -> str:
    message = f"`{_WHERE}` needs ordered answers, whole numbers of which at most {MOST_CATEGORIES} differ."
    return f"{message} Got {got} in {item!r}. If it is a number on a scale of its own, pass `numeric=[{item!r}]`."


def _tellable(codes: Codes, top: int, people: Codes | None) -> Booleans:
    """Tell which thresholds of an item part answers that enough people gave; answers of few go with their neighbours."""
    below = np.append(0, np.cumsum(np.bincount(codes[codes >= 0], minlength=top)))

    def count(low: int, high: int) -> int:
        if people is None:
            return int(below[high] - below[low])
        return len(np.unique(people[(codes >= low) & (codes < high)]))

    shown, since = np.zeros(top - 1, dtype=bool), 0
    for cut in range(1, top):
        if min(count(since, cut), count(cut, top)) >= FEWEST_IN_A_CELL:
            shown[cut - 1], since = True, cut
    return shown
