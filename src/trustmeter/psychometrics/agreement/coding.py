"""Ratings as categories: which cells mean the same, in which order categories stand, and what looks unlike a rating."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.agreement.reading import Floats

_SAME = (
    "Some ratings are written in several ways, such as 1 and '1', or with spaces around them; they count as the same."
)
_BLANK = "Ratings that are empty texts count as missing."
_CAPITALS = "Some ratings differ in nothing but capital letters; they count as different. Write them alike if they are the same."


@dataclass(frozen=True, eq=False)
class Coded:
    """Ratings as positions in a list of categories.

    `codes` (units, raters) are positions, -1 where missing; `labels` the categories' names; `values` (c,) their numbers,
    or 0, 1, … where they are words; `ordered` tells whether their order means something; `notes` what was read as what.
    """

    codes: NDArray[np.intp]
    labels: tuple[str, ...]
    values: Floats
    ordered: bool
    notes: tuple[str, ...] = ()


def coded_ratings(frame: pd.DataFrame, categories: Sequence[Any] | None, where: str) -> Coded:
    """Return ratings as positions in their categories: those given, those of a Categorical, or those seen.

    A text that is the plain way to write a number (``"1"``, ``"2.5"``; not ``"01"``) is that number, and spaces around a
    text do not count, so that a column read as text agrees with one read as numbers.
    """
    plain = all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes)
    cells = frame.to_numpy(dtype=float if plain else object)
    seen, different = pd.factorize(cells.ravel())
    keys = different.tolist() if plain else [_key(name) for name in different]
    names = [key for key in keys if key != ""] if categories is None else keys
    order, values, ordered = _order(frame, list(dict.fromkeys(names)), categories, where)
    if len(order) < 2:
        raise EstimationError(f"`{where}` needs two different ratings or more. Got {len(order)}: nothing varies.")
    place: dict[Hashable, int] = {name: position for position, name in enumerate(order)}
    place.setdefault("", -1)
    table = np.array([*(place.get(key, -2) for key in keys), -1], dtype=np.intp)
    codes = table[seen].reshape(cells.shape)
    if strangers := int(np.sum(codes == -2)):
        message = f"`{where}` found {strangers} ratings that are not among the {len(order)} `categories`."
        raise DesignError(f"{message} List all categories that raters could choose.")
    notes = () if plain else _said(keys, blank=place[""] < 0)
    return Coded(codes, tuple(_label(name) for name in order), values, ordered, notes)


def _order(
    frame: pd.DataFrame, seen: list[Any], given: Sequence[Any] | None, where: str
) -> tuple[list[Any], Floats, bool]:
    """Return the categories in order, their numbers, and whether that order means something."""
    if given is not None:
        order = [_key(name) for name in given]
        if len(set(order)) < len(order):
            raise DesignError(f"The `categories` argument of `{where}` must name each category once.")
        values = _positions(order) if any(isinstance(name, str) for name in given) else _values(order)
        if (np.diff(values) <= 0).any():
            raise DesignError(f"The `categories` argument of `{where}` must go from the lowest number to the highest.")
        return order, values, True
    kinds = [dtype for dtype in frame.dtypes if isinstance(dtype, pd.CategoricalDtype)]
    if len(kinds) == frame.shape[1] and all(kind == kinds[0] for kind in kinds):
        known = list(dict.fromkeys(_key(name) for name in kinds[0].categories))
        if kinds[0].ordered:
            texts = any(isinstance(name, str) for name in kinds[0].categories)
            values = _values(known)
            return known, _positions(known) if texts or (np.diff(values) <= 0).any() else values, True
        seen = known
    if all(isinstance(name, float) for name in seen):
        order = sorted(seen)
        return order, _values(order), True
    order = sorted(seen, key=str)
    return order, _positions(order), False


def _values(order: Sequence[Any]) -> Floats:
    numbers = all(isinstance(name, float) for name in order)
    return np.array(order, dtype=float) if numbers else _positions(order)


def _positions(order: Sequence[Any]) -> Floats:
    return np.arange(len(order), dtype=float)


def _key(cell: Any) -> float | str:
    """Return what a cell means: a number, or a text without spaces around it."""
    text = cell.strip() if isinstance(cell, str) else ""
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return text if isinstance(cell, str) else str(cell)
    if not np.isfinite(number):
        return text or str(cell)
    if not isinstance(cell, str) or text == repr(number) or (number.is_integer() and text == str(int(number))):
        return number
    return text


def _said(keys: Sequence[float | str], *, blank: bool) -> tuple[str, ...]:
    """Return the notes on cells that were read as the same, as missing, or perhaps wrongly as different."""
    words = {key.casefold() for key in keys if isinstance(key, str)}
    notes = [_BLANK] if blank and "" in keys else []
    if len(set(keys) - {""}) < sum(key != "" for key in keys):
        notes.append(_SAME)
    if len(words) < len({key for key in keys if isinstance(key, str)}):
        notes.append(_CAPITALS)
    return tuple(notes)


def _label(name: Any) -> str:
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)
