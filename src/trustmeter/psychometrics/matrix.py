"""One scale's items as numbers, ready to be computed with, or the reason why they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import MissingRule
from trustmeter.questionnaire.model import Scale
from trustmeter.responses.keying import item_range, keyed_items
from trustmeter.responses.model import Responses
from trustmeter.stats.covariance import covariance, pairwise_covariance
from trustmeter.stats.reliability import is_degenerate

Floats = NDArray[np.float64]
Items: TypeAlias = "pd.DataFrame | NDArray[Any] | Sequence[Sequence[float]]"

FEW_PEOPLE = 10
"""With fewer people nothing is estimated."""


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
    unit
        What one unit of the score is.
    length
        How many items the scale has in the questionnaire.
    """

    scale: str
    items: tuple[str, ...]
    answers: Floats
    values: Floats
    limits: Floats
    people: NDArray[np.intp] | None
    unit: str
    length: int

    def used(self, missing: MissingRule) -> NDArray[np.bool_]:
        """Return which rows count: complete ones, or (pairwise) those with any answer."""
        answered = np.sum(~np.isnan(self.answers), axis=1)
        return np.asarray(answered >= (1 if missing == "pairwise" else len(self.items)))

    def covariance(self, missing: MissingRule) -> Floats:
        """Return the covariance matrix of `values`."""
        rows = self.values[self.used(missing)]
        return pairwise_covariance(rows) if missing == "pairwise" else covariance(rows)

    def repeated(self, used: NDArray[np.bool_]) -> NDArray[np.intp] | None:
        """Return a code 0, 1, … a person for the rows used, or ``None`` when nobody is there twice."""
        if self.people is None:
            return None
        people, codes = np.unique(self.people[used], return_inverse=True)
        return codes if len(people) < len(codes) else None

    def too_few(self, missing: MissingRule) -> str:
        """Return why nothing at all may be shown, or an empty text."""
        n = int(self.used(missing).sum())
        if len(self.items) < 2:
            return f"it has {'only one' if self.items else 'no'} item; consistency needs at least two"
        if n < FEW_PEOPLE:
            return f"only {n} {_kind_of_row(missing)}; at least {FEW_PEOPLE} are needed"
        return ""

    def obstacle(self, missing: MissingRule) -> str:
        """Return why no reliability can be estimated, or an empty text."""
        reason = self.too_few(missing)
        if reason:
            return reason
        used = self.used(missing)
        n, k = int(used.sum()), len(self.items)
        if n <= k:
            return f"{k} items but only {n} {_kind_of_row(missing)}; more people than items are needed"
        constant = self.constant(missing)
        if constant:
            return f"everybody gave the same answer to {_listed(constant)}; leave such items out"
        S = self.covariance(missing)
        if np.isnan(S).any():
            return "two of its items were never answered by the same people"
        return "the sum of its items does not vary" if is_degenerate(S) else ""

    def constant(self, missing: MissingRule) -> list[str]:
        """Return the items that do not vary among the rows used."""
        rows = self.answers[self.used(missing)]
        varied = np.fmax.reduce(rows, axis=0) > np.fmin.reduce(rows, axis=0)
        return [name for name, varies in zip(self.items, varied, strict=True) if not varies]


def item_matrices(answers: object, scale: str | Sequence[str] | None, where: str) -> list[ItemMatrix]:
    """Return the items of the scales asked for (all scales that were read, when ``None``), or of a plain frame.

    Raises
    ------
    DesignError
        When `answers` is neither, a scale is unknown or was not read, or an item is no number.
    """
    if not isinstance(answers, Responses):
        if scale is not None:
            message = f"The `scale` argument of `{where}` belongs to Responses; a plain frame is one scale of itself."
            raise DesignError(f"{message} Choose its columns instead.")
        return [frame_matrix(answers, where)]
    return [_scale_matrix(answers, one) for one in wanted_scales(answers, scale)]


def wanted_scales(answers: Responses, scale: str | Sequence[str] | None) -> list[Scale]:
    """Return the scales asked for, or all of which items were read; raise `DesignError` for one that was not read."""
    questionnaire, read = answers.questionnaire, set(answers.item_ids)
    names = [one.id for one in questionnaire.scales] if scale is None else [scale] if isinstance(scale, str) else scale
    scales = [questionnaire.scale(name) for name in dict.fromkeys(names)]
    there = [one for one in scales if read.intersection(one.items)]
    if scale is not None and len(there) < len(scales):
        empty = next(one.id for one in scales if one not in there)
        message = f"None of the items of scale {empty!r} is among the answers."
        raise DesignError(f"{message} Leave the scale out, or read the answers with its items.")
    if not there:
        raise DesignError(f"No item of any scale of questionnaire {questionnaire.id!r} is among the answers.")
    return there


def frame_matrix(items: object, where: str) -> ItemMatrix:
    """Return the columns of a frame, or of a two-dimensional array, as one scale."""
    frame = _frame_of(items, where)
    names = tuple(str(name) for name in frame.columns)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DesignError(f"`{where}` needs each item once. Got the column {twice[0]!r} {names.count(twice[0])} times.")
    values = _numbers(frame, where)
    if np.isinf(values).any():
        raise DesignError(f"`{where}` needs finite numbers. Got an infinite one; make it missing first.")
    seen = values[~np.isnan(values)]
    ends = (seen.min(), seen.max()) if seen.size else (np.nan, np.nan)
    limits = np.tile(np.array(ends, dtype=float), (len(names), 1))
    return ItemMatrix("", names, values, values, limits, None, "points of the item mean", len(names))


def _scale_matrix(answers: Responses, scale: Scale) -> ItemMatrix:
    keyed = keyed_items(answers, scale.id)
    names = tuple(str(name) for name in keyed.columns)
    values = keyed.to_numpy(dtype=float, na_value=np.nan)
    limits = np.array([item_range(answers.questionnaire, name) for name in names], dtype=float)
    low, high = limits[:, 0], limits[:, 1]
    people: NDArray[np.intp] | None = None
    if answers.roles.respondent is not None:
        codes, known = pd.factorize(answers.frame[answers.roles.respondent])
        alone = len(known) + np.arange(len(codes))
        people = np.where(codes < 0, alone, codes)
    points = 100 * (values - low) / (high - low)
    return ItemMatrix(scale.id, names, values, points, limits, people, "0-100 points", len(scale.items))


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


def _kind_of_row(missing: MissingRule) -> str:
    return "rows with an answer" if missing == "pairwise" else "complete rows"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
