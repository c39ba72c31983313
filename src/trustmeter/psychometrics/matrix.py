"""One scale's items as numbers, ready to be computed with, or the reason why they are not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_PEOPLE, MomentsRule
from trustmeter.psychometrics.suspect import refuse_strangers, suspect_codes
from trustmeter.questionnaire.model import Scale
from trustmeter.responses.keying import item_range, keyed_items, scales_read
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import RowValues, drawn_sample, row_clusters, row_weights
from trustmeter.stats.consistency.alpha import is_degenerate
from trustmeter.stats.consistency.moments import CompleteMoments, complete_moments, effective_size
from trustmeter.stats.consistency.saturated import SaturatedMoments, saturated_moments
from trustmeter.stats.covariance import pairwise_covariance
from trustmeter.stats.survey.sample import Sample

Floats = NDArray[np.float64]
Items: TypeAlias = "pd.DataFrame | NDArray[Any] | Sequence[Sequence[float]]"

_NO_ENDS = (math.nan, math.nan)


@dataclass(frozen=True, eq=False, repr=False)
class ItemMatrix:
    """The items of one scale.

    Parameters
    ----------
    scale
        The scale's id, or an empty text for a plain frame.
    items
        The names of the k items.
    answers
        Shape (n, k): values turned in the scale's direction, on the items' own ranges.
    values
        Shape (n, k): what the score is the mean of; of `Responses` each item from 0 to 100.
    limits
        Shape (k, 2): lowest and highest possible value; in plain frames the lowest and highest seen in any item.
    people
        Shape (n,): a number a respondent when someone may have answered more than once, else ``None``.
    waves
        Shape (n,): a number a wave, from 0; else ``None``.
    unit
        What one unit of the score is.
    length
        How many items the scale has in the questionnaire.
    missing
        Which rows count: ``"listwise"`` complete ones, ``"pairwise"`` and ``"fiml"`` those with any answer.
    given_weights
        Shape (n,): how many people each row stands for; rows of weight 0 do not count. ``None``: all alike.
    given_clusters
        Shape (n,): a code a cluster that rows were drawn in, or ``None``.
    given_sample
        How all n rows were drawn, where the answers' own design knows of strata, the population or margins.
    """

    scale: str
    items: tuple[str, ...]
    answers: Floats
    values: Floats
    limits: Floats
    people: NDArray[np.intp] | None
    waves: NDArray[np.intp] | None
    unit: str
    length: int
    missing: MomentsRule
    given_weights: Floats | None = None
    given_clusters: NDArray[np.intp] | None = None
    given_sample: Sample | None = None

    @cached_property
    def used(self) -> NDArray[np.bool_]:
        """Which rows count, shape (n,)."""
        answered = ~np.isnan(self.answers)
        there = np.asarray(answered.all(axis=1) if self.missing == "listwise" else answered.any(axis=1))
        return there if self.given_weights is None else np.asarray(there & (self.given_weights > 0))

    @cached_property
    def n(self) -> int:
        """How many rows count."""
        return int(self.used.sum())

    @cached_property
    def rows(self) -> Floats:
        """The rows of `values` that count; of several waves around each wave's own means.

        Else a change of everybody between the waves would pass for consistency. The rows are stretched so that the
        divisor n - 1 gives the pooled covariance within waves, whose divisor is n less the number of waves.
        """
        rows = self.values if self.n == len(self.values) else self.values[self.used]
        waves = np.zeros(0, dtype=np.intp) if self.waves is None else self.waves[self.used]
        groups = [waves == wave for wave in np.unique(waves)]
        if len(groups) < 2:
            return rows
        centred = np.array(rows)
        w = np.ones(self.n) if self.weights is None else self.weights
        for group in groups:
            there = np.where(np.isnan(rows[group]), 0.0, w[group, None])
            sums = np.nansum(rows[group] * there, axis=0)
            centred[group] -= sums / np.where(there.any(axis=0), there.sum(axis=0), 1.0)
        return centred * math.sqrt((self.n - 1) / max(self.n - len(groups), 1))

    @cached_property
    def weights(self) -> Floats | None:
        """The weights of the rows that count, or ``None`` when all are alike."""
        return None if self.given_weights is None else self.given_weights[self.used]

    @cached_property
    def covariance(self) -> Floats:
        """The covariance matrix of `values`, shape (k, k)."""
        if self.missing == "fiml":
            return self.saturated.S
        return pairwise_covariance(self.rows) if self.missing == "pairwise" else self.complete.S

    @cached_property
    def complete(self) -> CompleteMoments:
        """The moments of the rows that count, when these are complete."""
        return complete_moments(self.rows, self.weights)

    @cached_property
    def saturated(self) -> SaturatedMoments:
        """The maximum-likelihood moments of the rows that count."""
        return saturated_moments(self.rows, self.weights)

    @cached_property
    def clusters(self) -> NDArray[np.intp] | None:
        """A code 0, 1, … a cluster (else a person) for the rows that count; ``None`` when rows are independent."""
        if self.given_clusters is None:
            return self._repeated
        return np.unique(self.given_clusters[self.used], return_inverse=True)[1]

    @cached_property
    def _repeated(self) -> NDArray[np.intp] | None:
        """A code 0, 1, … a person for the rows that count, or ``None`` when nobody is there twice."""
        if self.people is None:
            return None
        people, codes = np.unique(self.people[self.used], return_inverse=True)
        return codes if len(people) < len(codes) else None

    @cached_property
    def persons(self) -> int:
        """How many people the rows that count come from, as far as is known."""
        return self.n if self._repeated is None else int(self._repeated.max()) + 1

    def too_few(self) -> str:
        """Return why nothing at all may be shown, or an empty text."""
        if len(self.items) < 2:
            return f"it has {'only one' if self.items else 'no'} item; consistency needs at least two"
        if self.persons < FEWEST_PEOPLE:
            unanswered = [
                name for name, answers in zip(self.items, self.answers.T, strict=True) if np.isnan(answers).all()
            ]
            nobody = f"; nobody answered {', '.join(map(repr, unanswered))}" if unanswered and len(self.values) else ""
            return f"fewer than {FEWEST_PEOPLE} {self._counted} among {len(self.values)} rows{nobody}"
        return ""

    def obstacle(self) -> str:
        """Return why no reliability can be estimated, or an empty text."""
        reason = self.too_few()
        if reason:
            return reason
        if self.persons <= len(self.items):
            return f"{len(self.items)} items but only {self.persons} {self._counted}; more people than items are needed"
        if self.weights is not None and effective_size(self.weights) < FEWEST_PEOPLE:
            return f"its weights differ so much that all rows tell as much as fewer than {FEWEST_PEOPLE} people (Kish)"
        constant = self.constant()
        if constant:
            return f"no two different answers to {', '.join(map(repr, constant))}; leave such items out"
        if self.clusters is not None and self.clusters.max() < 1:
            return "all its rows are of one cluster; with one, nothing tells how much clusters differ"
        if np.isnan(self.covariance).any() or (self.missing == "fiml" and not self.saturated.converged):
            return "two of its items were never, or hardly ever, answered by the same people"
        return "the sum of its items does not vary" if is_degenerate(self.covariance) else ""

    def far_codes(self) -> list[str]:
        """Return the remark on codes of a plain frame that may stand for no answer, if there are any."""
        return [] if self.scale else suspect_codes(self.answers, self.items)

    def constant(self) -> list[str]:
        """Return the items that do not vary among the rows that count."""
        spread = np.fmax.reduce(self.rows, axis=0) - np.fmin.reduce(self.rows, axis=0)
        varied = spread > 1e-9 * (self.limits[:, 1] - self.limits[:, 0])
        return [name for name, varies in zip(self.items, varied, strict=True) if not varies]

    @property
    def _counted(self) -> str:
        if self._repeated is not None:
            return "people"
        return "complete rows" if self.missing == "listwise" else "rows with an answer"


def item_matrices(
    answers: object,
    scale: str | Sequence[str] | None,
    missing: MomentsRule,
    where: str,
    *,
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
    mixed: bool = True,
    designed: bool = False,
) -> list[ItemMatrix]:
    """Return the items of the scales asked for (all scales that were read, when ``None``), or of a plain frame.

    `weights` and `clusters` hold one value a row: of Responses the name of a column that was read along. Unless
    columns may be of unlike kinds (`mixed`), an id, a weight or a score beside items of few steps is refused. With
    `designed`, the design that Responses carry counts where the call names neither.

    Raises
    ------
    DesignError
        When `answers` is neither, a scale is unknown or was not read, an item is no number or hardly an item, or weights
        or clusters do not fit the rows.
    """
    if not isinstance(answers, Responses):
        if scale is not None:
            message = f"The `scale` argument of `{where}` belongs to Responses; a plain frame is one scale of itself."
            raise DesignError(f"{message} Choose its columns instead.")
        matrices = [_frame_matrix(answers, missing, where, mixed=mixed)]
    else:
        matrices = [_scale_matrix(answers, one, missing) for one in scales_read(answers, scale, where)[0]]
    design = answers.design if designed and isinstance(answers, Responses) else None
    if weights is None and clusters is None and design is None:
        return matrices
    w, drawn = row_weights(answers, weights, where), row_clusters(answers, clusters, where)
    for matrix in matrices:
        _check_nested(matrix, drawn, where)
    found = [replace(matrix, given_weights=w, given_clusters=drawn) for matrix in matrices]
    if not isinstance(answers, Responses) or design is None or not (design.whole and weights is clusters is None):
        return found
    return [replace(one, given_sample=drawn_sample(answers, where, people=one.people)) for one in found]


def _check_nested(matrix: ItemMatrix, clusters: NDArray[np.intp] | None, where: str) -> None:
    """Refuse people whose rows lie in several clusters: these would not be independent."""
    if clusters is None or matrix.people is None:
        return
    pairs = np.unique(np.stack([matrix.people, clusters]), axis=1).shape[1]
    if pairs > len(np.unique(matrix.people)):
        message = f"`{where}` needs each person in one cluster. Some people answered in several, so that clusters are"
        raise DesignError(f"{message} not independent. Choose one wave, or leave `clusters` out.")


def _frame_matrix(items: object, missing: MomentsRule, where: str, *, mixed: bool) -> ItemMatrix:
    """Return the columns of a frame, or of a two-dimensional array, as one scale."""
    frame = _frame_of(items, where)
    names = tuple(str(name) for name in frame.columns)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DesignError(f"`{where}` needs each item once. Got the column {twice[0]!r} {names.count(twice[0])} times.")
    values = _numbers(frame, where)
    ends = (
        (float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None)))
        if values.size
        else _NO_ENDS
    )
    if any(map(math.isinf, ends)):
        raise DesignError(f"`{where}` needs finite numbers. Got an infinite one; make it missing first.")
    refuse_strangers(values, names, where, mixed=mixed)
    limits = np.tile(np.array(ends), (len(names), 1))
    return ItemMatrix("", names, values, values, limits, None, None, "points of the item mean", len(names), missing)


def _scale_matrix(answers: Responses, scale: Scale, missing: MomentsRule) -> ItemMatrix:
    keyed = keyed_items(answers, scale.id)
    names = tuple(str(name) for name in keyed.columns)
    values = keyed.to_numpy(dtype=float, na_value=np.nan)
    limits = np.array([item_range(answers.questionnaire, name) for name in names], dtype=float)
    low, high = limits[:, 0], limits[:, 1]
    people: NDArray[np.intp] | None = None
    if answers.roles.respondent is not None:
        codes = pd.factorize(answers.frame[answers.roles.respondent])[0]
        if answers.roles.zone is not None:
            zones = pd.factorize(answers.frame[answers.roles.zone])[0]
            codes = np.where(codes < 0, -1, codes * (zones.max() + 2) + zones + 1)
        people = np.where(codes < 0, codes.max() + 1 + np.arange(len(codes)), codes)
    waves = None if answers.roles.wave is None else pd.factorize(answers.frame[answers.roles.wave])[0]
    points = 100 * (values - low) / np.where(high > low, high - low, 1.0)
    return ItemMatrix(scale.id, names, values, points, limits, people, waves, "0-100 points", len(scale.items), missing)


def _frame_of(items: object, where: str) -> pd.DataFrame:
    if isinstance(items, pd.DataFrame):
        return items
    expected = f"`{where}` needs Responses, or a frame or two-dimensional array with one column an item."
    if isinstance(items, (pd.Series, str)) or not isinstance(items, (np.ndarray, Sequence)):
        raise DesignError(f"{expected} Got {type(items).__name__}.")
    try:
        array = np.asarray(items)
    except ValueError:
        raise DesignError(f"{expected} Got rows of unequal length.") from None
    if array.ndim != 2:
        raise DesignError(f"{expected} Got {array.ndim} dimension{'' if array.ndim == 1 else 's'}.")
    return pd.DataFrame(array, columns=[f"item {position}" for position in range(1, array.shape[1] + 1)])


def _numbers(frame: pd.DataFrame, where: str) -> Floats:
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        return frame.to_numpy(dtype=float)
    tidy = frame.infer_objects()
    strange = [name for name in tidy.columns if not (_is_number(tidy[name]) or tidy[name].isna().all())]
    if strange:
        listed = ", ".join(f"{str(name)!r} ({tidy[name].dtype})" for name in strange)
        message = f"`{where}` needs numbers, but these columns hold something else: {listed}."
        raise DesignError(f"{message} Choose the item columns only, and code answers as numbers first.")
    columns = [pd.to_numeric(tidy[name]).to_numpy(dtype=float, na_value=np.nan) for name in tidy.columns]
    return np.asarray(np.column_stack(columns))


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype)
