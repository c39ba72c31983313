"""The items of one analysis, of one scale or several, and the correlations that factors are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, CorrelationKind, MissingRule
from trustmeter.psychometrics.matrix import Floats, ItemMatrix, item_matrices
from trustmeter.psychometrics.remark import SMALL_SAMPLE, left_out_remark
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance
from trustmeter.stats.correlation.ordinal import OrdinalMoments, ordinal_moments
from trustmeter.stats.correlation.smoothing import SMALLEST_EIGENVALUE, smoothed
from trustmeter.stats.covariance import Integers
from trustmeter.stats.exploration.adequacy import is_singular, pairwise_correlation
from trustmeter.stats.exploration.standard_errors import correlation_acov

MOST_CATEGORIES = 12
"""An item with more different answers is a number, not an ordered answer."""
MOST_ITEMS_WITH_ERRORS = 60
"""The covariance matrix of the correlations of more items would not fit into an ordinary memory."""
FEWEST_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Correlated:
    """The items of an analysis with their correlations.

    Parameters
    ----------
    matrix
        The items.
    R
        Shape (k, k): correlations, positive definite.
    acov
        Shape (k (k - 1) / 2, same): their covariance matrix, ``None`` where it is not known.
    notes
        What must be said about them.
    """

    matrix: ItemMatrix
    R: Floats
    acov: Floats | None
    notes: tuple[str, ...]


def pooled_items(answers: object, scale: str | Sequence[str] | None, missing: MissingRule, where: str) -> ItemMatrix:
    """Return all items of the scales asked for (of all scales read, when ``None``) as one matrix, each item once.

    Raises
    ------
    DesignError
        Also when two of the scales turn the same item in different directions.
    """
    matrices = item_matrices(answers, scale, missing, where, mixed=False)
    first = matrices[0]
    if len(matrices) == 1:
        return first
    columns: dict[str, tuple[ItemMatrix, int]] = {}
    for matrix in matrices:
        for position, item in enumerate(matrix.items):
            known = columns.setdefault(item, (matrix, position))
            if not np.array_equal(known[0].answers[:, known[1]], matrix.answers[:, position], equal_nan=True):
                message = f"`{where}`: scales {known[0].scale!r} and {matrix.scale!r} turn item {item!r} differently."
                raise DesignError(f"{message} Ask for one of them.")
    keyed, values = (
        np.column_stack([getattr(matrix, name)[:, position] for matrix, position in columns.values()])
        for name in ("answers", "values")
    )
    return replace(
        first,
        scale=" + ".join(_widest(matrices)),
        items=tuple(columns),
        limits=np.array([matrix.limits[position] for matrix, position in columns.values()]),
        length=len(columns),
        answers=keyed,
        values=values,
    )


def correlated_items(matrix: ItemMatrix, kind: CorrelationKind, where: str, *, errors: bool) -> Correlated:
    """Return the correlations of the items; with `errors` also their covariance matrix, where it is known.

    Raises
    ------
    DesignError
        When polychoric correlations are asked of items that are no ordered answers.
    EstimationError
        When there is nothing to factor: see `obstacle`, and a singular matrix.
    """
    reason = obstacle(matrix)
    if reason:
        raise EstimationError(f"`{where}`{_of(matrix)} cannot be carried out: {reason}.")
    notes = _data_notes(matrix, errors)
    if errors and len(matrix.items) > MOST_ITEMS_WITH_ERRORS:
        notes.append(f"More than {MOST_ITEMS_WITH_ERRORS} items: no standard errors, no robust test.")
        errors = False
    if kind == "polychoric":
        R, acov, said = _polychoric(matrix, where, errors)
        notes += said
    else:
        R = pearson_correlation(matrix)
        known = errors and not np.isnan(matrix.rows).any()
        if errors and not known:
            notes.append("Of Pearson correlations from pairs of answers no standard errors are known.")
        acov = correlation_acov(matrix.rows, matrix.clusters) if known else None
    if np.isnan(R).any():
        i, j = np.argwhere(np.isnan(R))[0]
        message = f"`{where}`{_of(matrix)} cannot be carried out: among the people who answered both"
        raise EstimationError(f"{message} {matrix.items[i]!r} and {matrix.items[j]!r}, one of them does not vary.")
    usable = R
    if is_singular(R):
        if kind == "pearson" and not np.isnan(matrix.rows).any():
            message = f"`{where}`{_of(matrix)} cannot be carried out: the correlation matrix is singular, for an item"
            raise EstimationError(f"{message} is a sum or a copy of others. Leave such items out.")
        usable, acov = smoothed(R), None
        change = float(np.abs(usable - R).max())
        notes.append(
            f"The correlations were not positive definite: eigenvalues below {SMALLEST_EIGENVALUE:g} were raised to it, "
            f"which changed no correlation by more than {change:.2g}; no standard errors are given."
        )
    return Correlated(matrix, usable, acov, tuple(notes + left_out_remark([matrix])))


def pearson_correlation(matrix: ItemMatrix) -> Floats:
    """Return the product-moment correlations of the rows that count; of pairs of answers where some are missing."""
    if np.isnan(matrix.rows).any():
        return pairwise_correlation(matrix.rows)
    centred = matrix.rows - matrix.rows.mean(axis=0)
    z = centred / np.sqrt(np.sum(centred**2, axis=0))
    R = z.T @ z
    np.fill_diagonal(R, 1.0)
    return np.asarray(R)


def obstacle(matrix: ItemMatrix) -> str:
    """Return why the items cannot be factored, or an empty text."""
    k = len(matrix.items)
    if k < FEWEST_ITEMS:
        return f"factors need at least {FEWEST_ITEMS} items, and there {'is' if k == 1 else 'are'} {k or 'none'}"
    if matrix.persons < FEWEST_PEOPLE:
        return matrix.too_few()
    if matrix.persons <= k:
        return f"{k} items but only {matrix.persons} people; more people than items are needed"
    constant = matrix.constant()
    if constant:
        return f"no two different answers to {', '.join(map(repr, constant))}; leave such items out"
    there = (~np.isnan(matrix.answers[matrix.used])).astype(float)
    if matrix.missing == "pairwise" and (there.T @ there).min() < FEWEST_PEOPLE:
        return f"two of its items were both answered by fewer than {FEWEST_PEOPLE} people; leave one of them out"
    return ""


def ordered_codes(matrix: ItemMatrix, where: str) -> Integers:
    """Return the answers of the rows that count as 0, 1, ... without gaps, shape (n, k); -1 is missing."""
    rows = matrix.answers[matrix.used]
    codes = np.full(rows.shape, -1, dtype=np.intp)
    for position, item in enumerate(matrix.items):
        column = rows[:, position]
        there = ~np.isnan(column)
        values, codes[there, position] = np.unique(column[there], return_inverse=True)
        if len(values) > MOST_CATEGORIES:
            message = (
                f"`{where}` with polychoric correlations needs ordered answers, at most {MOST_CATEGORIES} different"
            )
            raise DesignError(f'{message} ones an item. Got {len(values)} in {item!r}. Use `correlation="pearson"`.')
    return codes


def provenance_of(answers: object, matrix: ItemMatrix, options: dict[str, Any]) -> Provenance:
    """Return where a result of these items comes from."""
    ground = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    lost = len(matrix.values) - matrix.n
    return ground.narrowed({"unanswered items": lost}, rows_used=matrix.n)


def _polychoric(matrix: ItemMatrix, where: str, errors: bool) -> tuple[Floats, Floats | None, list[str]]:
    codes = ordered_codes(matrix, where)
    found = ordinal_moments(codes, clusters=matrix.clusters, acov=errors, empty="two_by_two")
    for i, j in found.at_limit:
        both = codes[(codes[:, i] >= 0) & (codes[:, j] >= 0)]
        answers = {len(np.unique(part, axis=0)) for part in (both[:, [i]], both[:, [j]], both[:, [i, j]])}
        if len(answers) == 1:
            message = f"`{where}`{_of(matrix)} cannot be carried out: {matrix.items[i]!r} and {matrix.items[j]!r} were"
            raise EstimationError(f"{message} answered alike by everybody; they are one item. Leave one of them out.")
    acov: Floats | None = None
    if found.gamma is not None and not len(found.at_limit):
        start = len(found.thresholds)
        acov = found.gamma[start:, start:] / found.n
    return found.correlations, acov, _polychoric_notes(matrix, found)


def _polychoric_notes(matrix: ItemMatrix, found: OrdinalMoments) -> list[str]:
    said = []
    if len(found.adjusted):
        count = len(found.adjusted)
        said.append(f"Half a row was put into the empty cells of {count} pair{'' if count == 1 else 's'} of items.")
    if len(found.at_limit):
        pairs = ", ".join(f"{matrix.items[i]!r} with {matrix.items[j]!r}" for i, j in found.at_limit[:5])
        said.append(f"The polychoric correlation of {pairs} runs to 1 or -1; no standard errors are given.")
    if matrix.waves is not None and len(np.unique(matrix.waves[matrix.used])) > 1:
        said.append("Rows of several waves are taken together; a change between them counts as correlation.")
    said.append("Normal variables behind the answers are taken for granted; that is not examined here.")
    return said


def _data_notes(matrix: ItemMatrix, errors: bool) -> list[str]:
    said = matrix.far_codes()
    if matrix.persons < SMALL_SAMPLE:
        said.append(f"Fewer than {SMALL_SAMPLE} people; the numbers are rough.")
    if (matrix.missing == "pairwise" and matrix.n < len(matrix.values)) or np.isnan(matrix.answers[matrix.used]).any():
        there = (~np.isnan(matrix.answers[matrix.used])).astype(float)
        pairs = there.T @ there
        said.append(f"Pairs of items rest on {int(pairs.min())} to {int(pairs.max())} rows; tests take all {matrix.n}.")
    if matrix.clusters is not None:
        whose = "standard errors and robust tests are clustered by respondent, but " if errors else ""
        said.append(
            f"Some people are there more than once; {whose}a normal-theory chi-square takes all rows for different people."
        )
    return said


def _widest(matrices: Sequence[ItemMatrix]) -> list[str]:
    """Return the names of the scales, without those whose items all belong to another one asked for."""
    sets = {matrix.scale: set(matrix.items) for matrix in matrices}
    return [name for name, items in sets.items() if not any(items < other for other in sets.values())]


def _of(matrix: ItemMatrix) -> str:
    return f" of scale {matrix.scale!r}" if matrix.scale else ""
