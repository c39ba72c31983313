"""Ratings and pairs as numbers: one row a unit, one column a rater; who is compared with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE

Floats = NDArray[np.float64]
Ratings: TypeAlias = "pd.DataFrame | NDArray[Any] | Sequence[Sequence[Any]]"
Numbers: TypeAlias = "Sequence[Any] | NDArray[Any] | pd.Series[Any]"

FEWEST_UNITS = FEWEST_IN_A_CELL
"""Fewer rated units say nothing about raters. Units may be texts or answers; where they are people, ten are the rule."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Ratings as positions in a list of categories.

    `codes` (units, raters) are positions, -1 where missing; `labels` the categories' names; `values` (c,) their numbers,
    or 0, 1, … where they are words; `ordered` tells whether their order means something.
    """

    codes: NDArray[np.intp]
    labels: tuple[str, ...]
    values: Floats
    ordered: bool


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


def coded_ratings(frame: pd.DataFrame, categories: Sequence[Any] | None, where: str) -> Coded:
    """Return ratings as positions in their categories: those given, those of a Categorical, or those seen."""
    plain = all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes)
    cells = frame.to_numpy(dtype=float if plain else object)
    seen, different = pd.factorize(cells.ravel())
    order, ordered = _order(frame, list(different), categories)
    if len(order) < 2:
        raise EstimationError(f"`{where}` needs two different ratings or more. Got {len(order)}: nothing varies.")
    place = {_key(name): position for position, name in enumerate(order)}
    if len(place) < len(order):
        raise DesignError(f"The `categories` argument of `{where}` must name each category once.")
    table = np.array([*(place.get(_key(name), -2) for name in different), -1], dtype=np.intp)
    codes = table[seen].reshape(cells.shape)
    if strangers := int(np.sum(codes == -2)):
        message = f"`{where}` found {strangers} ratings that are not among the {len(order)} `categories`."
        raise DesignError(f"{message} List all categories that raters could choose.")
    numbers = _all_numbers(order)
    values = np.arange(len(order), dtype=float) if numbers is None else numbers
    if (np.diff(values) <= 0).any():
        raise DesignError(f"The `categories` argument of `{where}` must go from the lowest number to the highest.")
    return Coded(codes, tuple(_label(name) for name in order), values, ordered)


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


def _order(frame: pd.DataFrame, seen: list[Any], given: Sequence[Any] | None) -> tuple[list[Any], bool]:
    """Return the categories in order, and whether that order means something."""
    if given is not None:
        return list(given), True
    kinds = [dtype for dtype in frame.dtypes if isinstance(dtype, pd.CategoricalDtype)]
    if len(kinds) == frame.shape[1] and all(kind == kinds[0] for kind in kinds):
        known, ordered = list(kinds[0].categories), bool(kinds[0].ordered)
        if ordered:
            return known, True
        seen = known
    numbers = _all_numbers(seen)
    return (sorted(seen, key=str), False) if numbers is None else (sorted(seen, key=float), True)


def _all_numbers(names: Sequence[Any]) -> Floats | None:
    try:
        if any(isinstance(name, str) for name in names):
            return None
        found = np.array([float(name) for name in names])
    except (TypeError, ValueError):
        return None
    return found if np.isfinite(found).all() else None


def _key(cell: Any) -> Any:
    return cell if isinstance(cell, str) else float(cell) if _all_numbers([cell]) is not None else str(cell)


def _label(name: Any) -> str:
    return str(int(name)) if isinstance(name, (float, np.floating)) and float(name).is_integer() else str(name)
