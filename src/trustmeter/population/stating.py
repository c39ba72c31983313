"""Margins as they are stated in a call, or stand in a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import MarginStatus, check_option
from trustmeter.population.margins import Margin, Margins, is_whole, parts_of
from trustmeter.population.margins_file import margins_of_frame

Stated = Mapping[Any, Mapping[Any, Any]]


def margins(
    stated: Margins | Stated | pd.DataFrame,
    *,
    share: bool | None = None,
    source: str = "",
    date: str = "",
    status: MarginStatus = "unverified",
) -> Margins:
    """State how many people of each kind there are, to weight answers to.

    When to use it: when you have the numbers at hand; `read_margins` reads them from a file, `zone_margins` counts them
    for a police zone.

    Parameters
    ----------
    stated
        Each variable with the number of people of each category: ``{"sex": {"F": 51_200, "M": 48_700}}``. A cross of
        variables has a tuple (or ``"age x sex"``) for its name, and tuples (or ``"18-29 x F"``) for its categories. Or a
        frame with the columns of `read_margins`.
    share
        Whether the numbers are shares, of 1 or of 100. Default: they are when each margin sums to 1 or to 100.
    source, date
        Who counted, and of what day the numbers are.
    status
        ``"verified"``, ``"estimate"``, ``"unverified"`` or ``"invented"`` (then all that is weighted to them says so).

    Returns
    -------
    Margins
        In the order stated. Margins that do not agree with each other are kept as they are; `Margins.conflicts` lists where.

    Raises
    ------
    DesignError
        When a number is missing, negative or none, a category stands there twice, or shares do not sum to a whole.

    Examples
    --------
    >>> margins({"sex": {"F": 51, "M": 49}, ("age", "sex"): {("18-44", "F"): 0.2, ("18-44", "M"): 0.2, ("45+", "F"): 0.31,
    ...          ("45+", "M"): 0.29}}, source="the city")
    Margins(
      Margin(sex: 2 categories, shares; the city, unverified),
      Margin(age x sex: 4 categories, shares; the city, unverified),
    )
    """
    check_option("status", status, MarginStatus, "margins")
    if isinstance(stated, Margins):
        return stated
    if isinstance(stated, pd.DataFrame):
        return margins_of_frame(stated, "the frame", source=source, date=date, status=status)
    if not isinstance(stated, Mapping) or not all(isinstance(cells, Mapping) and cells for cells in stated.values()):
        message = "Margins are stated as a variable with its categories: `{'sex': {'F': 51_200, 'M': 48_700}}`."
        raise DesignError(f"{message} Got {type(stated).__name__}.")
    read = {_parts(name): {_parts(cell, split=len(_parts(name)) > 1): number for cell, number in cells.items()}
            for name, cells in stated.items()}  # fmt: skip
    numbers = {name: np.array([_number(one, name) for one in cells.values()]) for name, cells in read.items()}
    shared = all(is_whole(float(one.sum())) for one in numbers.values()) if share is None else share
    return Margins(
        tuple(Margin(name, tuple(cells), numbers[name], shared, source, date, status) for name, cells in read.items())
    )


def _parts(name: Any, *, split: bool = True) -> tuple[str, ...]:
    if isinstance(name, tuple):
        return tuple(str(part) for part in name)
    return parts_of(str(name)) if split else (str(name),)


def _number(value: Any, name: Iterable[str]) -> float:
    if isinstance(value, bool):
        value = None
    try:
        return float(value)
    except (TypeError, ValueError):
        message = f"The margin {' x '.join(name)!r} holds what is no number of people: {value!r}."
        raise DesignError(f"{message} Give each category its number.") from None
