"""Answers as categories 0, 1, … of items: what an item response model is fitted to and scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.psychometrics.grouping import groups_of, large_enough
from trustmeter.psychometrics.matrix import ItemMatrix, item_matrices
from trustmeter.psychometrics.remark import partly_read
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import RowValues, design_notes, row_clusters, row_weights

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Values = tuple[tuple[float, ...], ...]

MOST_CATEGORIES = 20
"""An item with more different values than this is a measurement, not a choice among answers."""


@dataclass(frozen=True, eq=False, repr=False)
class ItemSample:
    """The answers that a model is fitted to; never prints one.

    Parameters
    ----------
    scale
        The scale's id, or an empty text.
    items
        Names of the k items.
    answers
        Shape (n, k): values turned in the scale's direction; not a number where missing.
    index
        The rows' index in the frame that they came from.
    groups
        Shape (n,): number of the group, -1 where unknown; zeros without groups.
    labels
        The groups' names; one empty text without groups.
    weights, clusters
        Shape (n,), or ``None``.
    given_clusters
        Whether clusters were named by the caller (else they are people who answered more than once).
    waves
        How many waves are taken together as one group.
    notes
        What must travel with the numbers.
    turned
        The items whose answers the questionnaire counts in reverse.
    """

    scale: str
    items: tuple[str, ...]
    answers: Floats
    index: pd.Index[Any]
    groups: Integers
    labels: tuple[str, ...]
    weights: Floats | None
    clusters: Integers | None
    given_clusters: bool
    waves: int
    notes: tuple[str, ...]
    turned: frozenset[str] = frozenset()

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which rows the fit rests on, shape (n,): with an answer, a known group and a weight above zero."""
        there = (~np.isnan(self.answers)).any(axis=1) & (self.groups >= 0)
        return np.asarray(there if self.weights is None else there & (self.weights > 0))


def item_sample(
    answers: object,
    scale: str | None,
    where: str,
    *,
    across: str | None = None,
    reference: str | None = None,
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
) -> ItemSample:
    """Return the answers to one scale, or to the columns of a frame.

    Raises
    ------
    DesignError
        When more than one scale is meant, or the arguments do not fit.
    EstimationError
        When there are too few items or people.
    """
    rest, groups, labels, said = _grouped(answers, across, reference, where)
    matrix = _matrix(rest, scale, where)
    w, drawn = row_weights(rest, weights, where), row_clusters(rest, clusters, where)
    told = design_notes(rest, weights, clusters)
    waves = 1
    if matrix.waves is not None and across is None:
        waves = len(np.unique(matrix.waves[matrix.waves >= 0]))
    people = matrix.people
    clusters_of = drawn if drawn is not None else _repeated(people)
    sample = ItemSample(
        scale=matrix.scale, items=matrix.items, answers=matrix.answers, index=_index(rest, len(matrix.answers)),
        groups=np.zeros(len(matrix.answers), dtype=np.intp) if groups is None else groups, labels=labels, weights=w,
        clusters=clusters_of, given_clusters=drawn is not None, waves=waves,
        notes=(*said, *told, *(text[:1].upper() + text[1:] for text in (*matrix.far_codes(), *partly_read(matrix)))),
        turned=answers.questionnaire.scale(matrix.scale).reversed if isinstance(answers, Responses) else frozenset(),
    )  # fmt: skip
    _check_enough(sample, people, where)
    return sample


def used_weights(sample: ItemSample) -> tuple[Floats | None, Integers | None]:
    """Return the weights of the rows used and their groups, where there are any and where there are several."""
    used = sample.used
    groups = sample.groups[used] if len(sample.labels) > 1 else None
    return None if sample.weights is None else sample.weights[used], groups


def scaled_weights(sample: ItemSample) -> Floats | None:
    """Return the weights of the rows used, their mean being one, or ``None``."""
    weights = used_weights(sample)[0]
    return None if weights is None else np.asarray(weights / weights.mean())


def known_values(sample: ItemSample, where: str) -> Values:
    """Return the different values of each item among the rows used, rising.

    Raises
    ------
    EstimationError
        When an item does not vary, too few people answered it, or its values are no categories.
    """
    found = []
    for name, column in zip(sample.items, sample.answers[sample.used].T, strict=True):
        there = column[~np.isnan(column)]
        values = tuple(float(value) for value in np.unique(there))
        if len(there) < FEWEST_PEOPLE:
            message = f"`{where}` cannot be carried out: fewer than {FEWEST_PEOPLE} people answered item {name!r}."
            raise EstimationError(f"{message} Leave the item out.")
        if len(values) < 2:
            message = f"`{where}` cannot be carried out: no two different answers to item {name!r}."
            raise EstimationError(f"{message} Leave the item out.")
        if len(values) > MOST_CATEGORIES:
            message = f"`{where}` needs items with at most {MOST_CATEGORIES} different answers. Item {name!r} has"
            raise DesignError(f"{message} {len(values)}. Band them first, or use a model for measurements.")
        found.append(values)
    return tuple(found)


def as_codes(answers: Floats, values: Values) -> tuple[Integers, int]:
    """Return answers (n, k) as positions among the known values, -1 missing; and how many were of no known value.

    Such an answer counts as the nearest known value.
    """
    codes = np.full(answers.shape, -1, dtype=np.intp)
    strange = 0
    for position, known in enumerate(values):
        column, listed = answers[:, position], np.array(known)
        there = ~np.isnan(column)
        place = _values_below(listed, column)
        nearest = np.minimum(place, len(listed) - 1)
        exact = listed[nearest] == column
        if not exact[there].all():
            closer = (place > 0) & (column - listed[place - 1] <= listed[nearest] - column)
            nearest = np.where(~exact & (closer | (place == len(listed))), place - 1, nearest)
            strange += int((there & ~exact).sum())
        codes[:, position] = np.where(there, nearest, -1)
    return codes, strange


def _values_below(listed: Floats, column: Floats) -> Integers:
    """Return how many of the listed values lie below each answer; of missing ones anything."""
    if (np.diff(listed) != 1).any():
        return np.searchsorted(listed, column)
    with np.errstate(invalid="ignore"):
        below = np.nan_to_num(np.clip(np.ceil(column - listed[0]), 0, len(listed)))
    return np.asarray(below, dtype=np.intp)


def _matrix(answers: object, scale: str | None, where: str) -> ItemMatrix:
    if scale is not None and not isinstance(scale, str):
        raise DesignError(f"`{where}` takes one scale. Got {type(scale).__name__}. Call it once a scale.")
    matrices = item_matrices(answers, scale, "pairwise", where)
    if len(matrices) > 1:
        listed = ", ".join(repr(one.scale) for one in matrices)
        raise DesignError(
            f"`{where}` takes one scale; the answers have {listed}. Name one: `scale={matrices[0].scale!r}`."
        )
    return matrices[0]


def _grouped(
    answers: object, across: str | None, reference: str | None, where: str
) -> tuple[object, Integers | None, tuple[str, ...], tuple[str, ...]]:
    if across is None:
        if reference is not None:
            raise DesignError(f"The `reference` argument of `{where}` needs groups. Name them with `across`.")
        return answers, None, ("",), ()
    found, said = large_enough(groups_of(answers, across, where), FEWEST_PEOPLE, where)
    notes = [said] if said else []
    labels, codes = found.labels, found.codes
    if reference is not None:
        if reference not in labels:
            raise DesignError(unknown_word("`reference` group", reference, labels, f"`{where}`"))
        order = [labels.index(reference), *(at for at, name in enumerate(labels) if name != reference)]
        codes = np.append(np.argsort(order), -1)[codes]
        labels = tuple(labels[at] for at in order)
    notes.append(f"Group {labels[0]!r} is the reference: its mean is 0, and the others' are on its scale.")
    return found.answers, codes, labels, tuple(notes)


def _repeated(people: Integers | None) -> Integers | None:
    return None if people is None or len(np.unique(people)) == len(people) else people


def _index(answers: object, n: int) -> pd.Index[Any]:
    if isinstance(answers, Responses):
        return answers.frame.index
    return answers.index if isinstance(answers, pd.DataFrame) else pd.RangeIndex(n)


def _check_enough(sample: ItemSample, people: Integers | None, where: str) -> None:
    if len(sample.items) < 2:
        raise EstimationError(f"`{where}` needs at least two items. Got {len(sample.items)}.")
    for number, label in enumerate(sample.labels):
        rows = sample.used & (sample.groups == number)
        count = int(rows.sum()) if people is None else len(np.unique(people[rows]))
        if count < FEWEST_PEOPLE:
            of = f" of group {label!r}" if label else ""
            message = f"`{where}` cannot be carried out: fewer than {FEWEST_PEOPLE} people{of} gave an answer."
            raise EstimationError(f"{message} Ask more people.")


def rows_to_score(
    answers: object, fitted: ItemSample, across: str | None, where: str
) -> tuple[Floats, Integers, pd.Index[Any], tuple[str, ...]]:
    """Return other answers in the columns of a fitted sample, groups, index, and the items that are not there.

    Raises
    ------
    DesignError
        When none of the items is there.
    """
    if isinstance(answers, pd.DataFrame):
        named = [name for name in answers.columns if str(name) in fitted.items]
        matrix = _matrix(answers[named], None, where) if named else None
        grouped = across is not None and across in answers.columns
    else:
        matrix = _matrix(answers, fitted.scale or None, where)
        grouped = across is not None and isinstance(answers, Responses)
    names = () if matrix is None else matrix.items
    if matrix is None or not set(names) & set(fitted.items):
        raise DesignError(
            f"`{where}` found none of the model's items among the answers. Expected some of: {fitted.items}."
        )
    found = np.full((len(matrix.answers), len(fitted.items)), np.nan)
    for position, name in enumerate(fitted.items):
        if name in names:
            found[:, position] = matrix.answers[:, names.index(name)]
    groups = np.zeros(len(found), dtype=np.intp)
    if grouped and across is not None:
        groups = _groups_like(answers, across, fitted, where)
    absent = tuple(name for name in fitted.items if name not in names)
    return found, groups, _index(answers, len(found)), absent


def _groups_like(answers: Any, across: str, fitted: ItemSample, where: str) -> Integers:
    """Return the fitted group of each row by its label, -1 where there is none of that name."""
    if isinstance(answers, Responses):
        column = answers.frame[across if across in answers.item_ids else answers.roles.column(across, needed_by=where)]
    else:
        column = answers[across]
    codes = pd.Categorical(row_labels(column), categories=list(fitted.labels)).codes
    return np.asarray(codes, dtype=np.intp)
