"""Ratings and pairs as numbers: one row a unit, one column a rater; who is compared with whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.psychometrics.suspect import FEW_VALUES, MANY_VALUES, ROLE_NAMES

Floats = NDArray[np.float64]
Ratings: TypeAlias = "pd.DataFrame | NDArray[Any] | Sequence[Sequence[Any]]"
Numbers: TypeAlias = "Sequence[Any] | NDArray[Any] | pd.Series[Any]"

FEWEST_UNITS = FEWEST_IN_A_CELL
"""Fewer rated units say nothing about raters. Units may be texts or answers; where they are people, ten are the rule."""


def rating_frame(
    ratings: object, second: object, names: tuple[str | None, str | None, str | None], where: str
) -> pd.DataFrame:
    """Return ratings with one row a unit and one column a rater, from any of the shapes that callers have.

    `second` is the second rater when `ratings` is one column; `names` are the columns that hold unit, rater and rating
    of a long frame.
    """
    if second is not None:
        return _two(ratings, second, where)
    if any(name is not None for name in names):
        return _from_long(ratings, names, where)
    frame = _as_frame(ratings, where)
    _refuse_roles(frame, where)
    if frame.shape[1] < 2:
        raise EstimationError(f"`{where}` needs two raters or more, one column each. Got {frame.shape[1]}.")
    return frame


def numeric_ratings(frame: pd.DataFrame, where: str) -> Floats:
    """Return ratings as numbers, (units, raters), ``nan`` where missing."""
    try:
        columns = [pd.array(frame.iloc[:, at]).to_numpy(dtype=float, na_value=np.nan) for at in range(frame.shape[1])]
    except (TypeError, ValueError):
        raise DesignError(f"`{where}` needs numbers. Got something else; code the ratings as numbers first.") from None
    x = np.column_stack(columns)
    if np.isinf(x).any():
        raise DesignError(f"`{where}` needs finite numbers. Got an infinite one; make it missing first.")
    return np.asarray(x, dtype=float)


def enough_units(n: int, what: str, where: str) -> None:
    """Refuse fewer than `FEWEST_UNITS`."""
    if n < FEWEST_UNITS:
        raise EstimationError(f"`{where}` needs at least {FEWEST_UNITS} {what}. Got {n}.")


def enough_people(n: int, what: str, where: str) -> None:
    """Refuse fewer than ten people."""
    if n < FEWEST_PEOPLE:
        raise EstimationError(f"`{where}` needs at least {FEWEST_PEOPLE} {what}. Got fewer.")


def one_row(values: object, name: str, where: str) -> Floats:
    """Return numbers in one dimension, ``nan`` where missing."""
    try:
        array = pd.array(values).to_numpy(dtype=float, na_value=np.nan)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise DesignError(f"The `{name}` argument of `{where}` must hold numbers in one dimension.") from None
    if array.ndim != 1 or np.isinf(array).any():
        raise DesignError(f"The `{name}` argument of `{where}` must hold finite numbers in one dimension.")
    return np.asarray(array, dtype=float)


def same_people(arrays: dict[str, object], where: str) -> None:
    """Refuse arrays of different lengths, and Series whose labels say that a position is not the same person."""
    lengths = {name: len(values) for name, values in arrays.items()}  # type: ignore[arg-type]
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{n} in `{name}`" for name, n in lengths.items())
        raise DesignError(f"`{where}` needs one value a person in each argument. Got {listed}.")
    series = [values for values in arrays.values() if isinstance(values, pd.Series)]
    for other in series[1:]:
        if not series[0].index.equals(other.index) and len(series[0].index.intersection(other.index)):
            message = f"The Series of `{where}` share labels, but the same position has different labels."
            cure = (
                "Line them up first, as by `before, after = before.align(after, join='inner')`, or pass `.to_numpy()`"
            )
            raise DesignError(f"{message} {cure} if the positions are right.")


def _two(first: object, second: object, where: str) -> pd.DataFrame:
    for values in (first, second):
        if isinstance(values, (str, pd.DataFrame)) or not hasattr(values, "__len__") or getattr(values, "ndim", 1) != 1:
            message = f"With two arguments `{where}` needs one column of ratings in each."
            raise DesignError(f"{message} Of more raters pass one frame with a column each.")
    same_people({"ratings": first, "second": second}, where)
    columns = {"first": first, "second": second}
    return pd.DataFrame({name: pd.Series(values).reset_index(drop=True) for name, values in columns.items()})


def _from_long(ratings: object, names: tuple[str | None, str | None, str | None], where: str) -> pd.DataFrame:
    if not isinstance(ratings, pd.DataFrame) or any(name not in ratings for name in names):
        message = f"`{where}` of a long frame needs the names of three of its columns: `unit`, `rater`, `rating`."
        raise DesignError(f"{message} Leave all three out for a frame with one column a rater.")
    unit, rater, rating = names
    rows = ratings.dropna(subset=[unit, rater])
    if twice := int(rows.duplicated([unit, rater]).sum()):
        message = f"In `{where}` {twice} rows repeat a unit and rater that are already there."
        raise DesignError(f"{message} Keep one rating a unit and rater.")
    wide = rows.pivot(index=unit, columns=rater, values=rating)
    if wide.shape[1] < 2:
        raise EstimationError(f"`{where}` needs two raters or more. Got {wide.shape[1]}.")
    return wide


def _as_frame(ratings: object, where: str) -> pd.DataFrame:
    if isinstance(ratings, pd.DataFrame):
        return ratings
    expected = f"`{where}` needs a frame or two-dimensional array: one row a unit, one column a rater."
    if isinstance(ratings, (pd.Series, str)) or not isinstance(ratings, (np.ndarray, Sequence)):
        raise DesignError(f"{expected} Got {type(ratings).__name__}.")
    try:
        array = np.asarray(ratings)
    except ValueError:
        raise DesignError(f"{expected} Got rows of unequal length.") from None
    if array.ndim != 2:
        raise DesignError(f"{expected} Got {array.ndim} dimension{'' if array.ndim == 1 else 's'}.")
    return pd.DataFrame(array)


def _refuse_roles(frame: pd.DataFrame, where: str) -> None:
    """Refuse a column that is no rater: named like an id or a group, or with another value for each unit beside few."""
    named = [name for name in frame.columns if str(name).casefold().replace("_", "").replace(" ", "") in ROLE_NAMES]
    if named:
        listed = ", ".join(repr(name) for name in named)
        message = f"`{where}` takes every column for a rater, and {listed} is named like who or where units are."
        raise DesignError(f"{message} Leave it out, `frame.drop(columns=[{listed}])`; if it is a rater, rename it.")
    start = frame.iloc[: MANY_VALUES + 1]
    if len(start) <= MANY_VALUES or not any(column.is_unique for _, column in start.items()):
        return
    different = [frame.iloc[:, at].nunique() for at in range(frame.shape[1])]
    told = [frame.iloc[:, at].notna().sum() for at in range(frame.shape[1])]
    alone = [
        at for at, n in enumerate(told) if n > MANY_VALUES and different[at] == n and not _broken(frame.iloc[:, at])
    ]
    if alone and min(different) <= FEW_VALUES:
        message = (
            f"`{where}`: the column {frame.columns[alone[0]]!r} has another value for each unit, where others have few:"
        )
        raise DesignError(f"{message} is it an id and not a rater? Leave it out.")


def _broken(column: pd.Series[Any]) -> bool:
    """Tell whether a column holds numbers with decimals, which are seldom ids."""
    return column.dtype.kind == "f" and bool((column.dropna() % 1 != 0).any())
