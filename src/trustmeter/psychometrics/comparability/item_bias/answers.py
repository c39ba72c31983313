"""The answers to one scale with the group of each row, made ready for finding items that work differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.comparability.item_bias.clustering import (
    FEWEST_CLUSTERS,
    FEWEST_OF_A_GROUP,
    Clustering,
    clustering_of,
)
from trustmeter.psychometrics.grouping import Grouped
from trustmeter.psychometrics.matrix import ItemMatrix
from trustmeter.psychometrics.remark import FEW_CLUSTERS, against, tells_too_little, weights_remark
from trustmeter.results import told_count
from trustmeter.stats.consistency.alpha import item_total_correlations

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

FEWEST_IN_A_GROUP = 50
"""A group with fewer people is left out: hardly any difference could be seen, and large ones by chance."""
ROUGH = 200
"""Below so many people in a group a note says that only large differences can be seen."""
MOST_CATEGORIES = 20


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class GroupedItems:
    """One scale in G groups; never prints an answer.

    Parameters
    ----------
    scale
        The scale's id, or an empty text.
    items, labels
        Names of the k items and of the groups; the first group is the one that others are compared with.
    codes
        Shape (n, k): categories 0, 1, …; -1 is missing.
    points
        For each item the score (0-100) of each of its categories.
    groups
        Shape (n,).
    weights, clusters
        Shape (n,), or ``None``; weights are 1 on average.
    notes
        What must be said about the data.
    left_out
        How many items of the score are not among the items.
    """

    scale: str
    items: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Integers
    points: tuple[Floats, ...]
    groups: Integers
    weights: Floats | None
    clusters: Integers | None
    notes: tuple[str, ...]
    left_out: int = 0

    @property
    def k(self) -> int:
        """How many items there are."""
        return len(self.items)

    @property
    def length(self) -> int:
        """How many items the score is the mean of."""
        return self.k + self.left_out

    @property
    def others(self) -> range:
        """The groups that are compared with the first."""
        return range(1, len(self.labels))

    @property
    def independent(self) -> bool:
        """Whether rows count once each and do not hang together, so that likelihoods may be compared."""
        return self.weights is None and self.clusters is None

    @property
    def clustering(self) -> Clustering:
        """The clusters, each row being one where there are none."""
        return clustering_of(self.clusters, self.groups)

    @property
    def withheld(self) -> bool:
        """Whether tests and standard errors are withheld: few rows carry nearly all the weight of a group, or few clusters."""
        return tells_too_little(self.weights, self.groups) or self.clustering.few

    def fixed(self) -> dict[int, str]:
        """Return the items to which all people of a group gave the same answer, and the sentence that says so."""
        found: dict[int, str] = {}
        for number, label in enumerate(self.labels):
            codes = self.codes[self.groups == number]
            high, low = codes.max(axis=0), np.where(codes < 0, codes.max(axis=0), codes).min(axis=0)
            found |= dict.fromkeys(
                np.flatnonzero(high == low).tolist(), f"all people of group {label!r} gave the same answer."
            )
        return found


@dataclass(frozen=True, slots=True)
class RowDesign:
    """Of all rows (n,): weights and clusters named by the caller, or ``None``."""

    weights: Floats | None
    clusters: Integers | None


def grouped_items(found: Grouped, matrix: ItemMatrix, design: RowDesign, *, complete: bool, where: str) -> GroupedItems:
    """Return the rows of known groups with an answer to all items (`complete`), or to any.

    Raises
    ------
    DesignError
        When an item has too many different values.
    EstimationError
        When there are fewer than three items, an item does not vary, or a group is too small.
    """
    answered = ~np.isnan(matrix.answers)
    used = (answered.all(axis=1) if complete else answered.any(axis=1)) & (found.codes >= 0)
    used = used if design.weights is None else used & (design.weights > 0)
    if len(matrix.items) < 3:
        raise EstimationError(_sentence(matrix, where, f"it has {len(matrix.items)} items; three are needed"))
    codes, points = _coded(matrix, used, where)
    groups = found.codes[used]
    clusters, notes = _clusters(matrix, design, used, groups)
    people = None if matrix.people is None else matrix.people[used]
    _check_size(matrix, groups, people, found.labels, where)
    weights = None
    if design.weights is not None:
        weights = design.weights[used] / design.weights[used].mean()
        notes += weights_remark(weights, groups)
        notes += [] if tells_too_little(weights, groups) else ["tests use the robust covariance, as rows are weighted."]
    notes += _item_notes(matrix, used)
    lost = int(((found.codes >= 0) & ~used).sum())
    if lost:
        reason = "unanswered items" if complete else "no answer"
        notes.append(f"rows left out because of {reason}: {told_count(lost)} of {int((found.codes >= 0).sum())}.")
    if np.bincount(groups).min() < ROUGH:
        notes.append(f"a group has fewer than {ROUGH} people; only large differences can be seen.")
    return GroupedItems(
        matrix.scale, matrix.items, found.labels, codes, points, groups, weights, clusters, tuple(notes)
    )


def _coded(matrix: ItemMatrix, used: NDArray[np.bool_], where: str) -> tuple[Integers, tuple[Floats, ...]]:
    answers = matrix.answers[used]
    codes, points = np.full(answers.shape, -1, dtype=np.intp), []
    for position, (name, limits) in enumerate(zip(matrix.items, matrix.limits, strict=True)):
        column = answers[:, position]
        there = ~np.isnan(column)
        values, codes[there, position] = np.unique(column[there], return_inverse=True)
        if len(values) < 2:
            raise EstimationError(_sentence(matrix, where, f"no two different answers to {name!r}; leave it out"))
        if len(values) > MOST_CATEGORIES:
            message = f"`{where}` needs items with at most {MOST_CATEGORIES} different answers. Item {name!r} has"
            raise DesignError(f"{message} {len(values)}. Band them first.")
        points.append(100 * (values - limits[0]) / (limits[1] - limits[0]))
    return codes, tuple(points)


def _clusters(
    matrix: ItemMatrix, design: RowDesign, used: NDArray[np.bool_], groups: Integers
) -> tuple[Integers | None, list[str]]:
    if design.clusters is not None:
        names, place = np.unique(design.clusters[used], return_inverse=True)
        if clustering_of(place, groups).few:
            few = (
                f"fewer than {FEWEST_CLUSTERS} clusters, or fewer than {FEWEST_OF_A_GROUP} in a group, tell too little"
            )
            return place, [f"{few}, so standard errors, intervals and tests are withheld."]
        rough = f"; fewer than {FEW_CLUSTERS} make them rough" if len(names) < FEW_CLUSTERS else ""
        return place, [
            f"tests are by {len(names)} clusters, as asked, by F with degrees of freedom of clusters{rough}."
        ]
    if matrix.people is None:
        return None, []
    people, place = np.unique(matrix.people[used], return_inverse=True)
    if len(people) == len(place):
        return None, []
    return place, ["some people answered more than once; tests are clustered by respondent."]


def _item_notes(matrix: ItemMatrix, used: NDArray[np.bool_]) -> list[str]:
    """Return the remarks on items of a frame that run against the others, or have other answers than they.

    Of Responses the questionnaire knows both.
    """
    if matrix.scale:
        return []
    complete = matrix.answers[used & ~np.isnan(matrix.answers).any(axis=1)]
    said = matrix.far_codes()
    if len(complete) > 2 and (np.ptp(complete, axis=0) > 0).all():
        said += against(matrix, item_total_correlations(np.cov(complete, rowvar=False)))
    low, high = (part(matrix.answers[used], axis=0) for part in (np.nanmin, np.nanmax))
    if (low != low[0]).any() or (high != high[0]).any():
        said.append(
            f"the items' answers have different ranges; points take all of them to reach from {low.min():g} to {high.max():g}."
        )
    return said


def _check_size(
    matrix: ItemMatrix, groups: Integers, people: Integers | None, labels: tuple[str, ...], where: str
) -> None:
    for number, label in enumerate(labels):
        rows = groups == number
        count = int(rows.sum()) if people is None else len(np.unique(people[rows]))
        if count < FEWEST_IN_A_GROUP:
            reason = f"fewer than {FEWEST_IN_A_GROUP} people of group {label!r} can be used; leave the group out"
            raise EstimationError(_sentence(matrix, where, reason))


def _sentence(matrix: ItemMatrix, where: str, reason: str) -> str:
    name = f" of scale {matrix.scale!r}" if matrix.scale else ""
    return f"`{where}`{name} cannot be carried out: {reason}."
