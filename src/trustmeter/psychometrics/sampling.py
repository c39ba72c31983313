"""Which rows stand for how many people, and which were drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, unknown_word
from trustmeter.responses.model import Responses

RowValues: TypeAlias = "str | pd.Series[Any] | NDArray[Any] | Sequence[Any]"
"""One value a row: the name of a column of Responses, or of a plain frame a Series of its index or values in order."""


def row_weights(answers: object, weights: RowValues | None, where: str) -> NDArray[np.float64] | None:
    """Return a weight a row, or ``None``.

    Raises
    ------
    DesignError
        When there is not one finite number of at least 0 for each row, or all are 0.
    """
    if weights is None:
        return None
    column = _column(answers, weights, "weights", where)
    try:
        values = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        message = f"The `weights` of `{where}` must be numbers. Got {column.dtype}."
        raise DesignError(f"{message} Name the column of weights, or leave it out to count each row once.") from None
    wrong = int(np.sum(~(np.isfinite(values) & (values >= 0))))
    if wrong or not values.sum() > 0:
        found = f"{wrong} that are missing, negative or infinite" if wrong else "only zeros"
        message = f"The `weights` of `{where}` must be finite numbers of at least 0, one a row. Got {found}."
        raise DesignError(f"{message} Leave rows without a weight out first.")
    return values


def row_clusters(answers: object, clusters: RowValues | None, where: str) -> NDArray[np.intp] | None:
    """Return a code 0, 1, … of each row's cluster, or ``None``.

    Raises
    ------
    DesignError
        When a row has no cluster, or all rows are in one.
    """
    if clusters is None:
        return None
    column = _column(answers, clusters, "clusters", where)
    codes, names = pd.factorize(column)
    if (codes < 0).any():
        raise DesignError(f"`{where}` needs to know the cluster of each row. {int((codes < 0).sum())} rows have none.")
    if len(names) < 2:
        message = f"`{where}` needs at least two clusters; with one nothing tells how much clusters differ."
        raise DesignError(f"{message} Leave `clusters` out if rows were drawn one by one.")
    return np.asarray(codes, dtype=np.intp)


def _column(answers: object, given: RowValues, name: str, where: str) -> pd.Series[Any]:
    if isinstance(answers, Responses):
        if not isinstance(given, str):
            message = f"The `{name}` argument of `{where}` must be the name of a column that was read with the answers."
            raise DesignError(f"{message} Got {type(given).__name__}. Use `read_responses(..., keep=...)`.")
        known = answers.roles.columns
        if given not in known:
            raise DesignError(unknown_word(f"`{name}` column", given, known, f"`{where}`"))
        return answers.frame[given]
    rows = answers if isinstance(answers, (pd.DataFrame, np.ndarray, Sequence)) else []
    if isinstance(given, str):
        message = f"The `{name}` argument of `{where}` must hold one value a row when items are a plain frame."
        raise DesignError(f"{message} Got the text {given!r}. Pass the column itself, and the items without it.")
    if isinstance(given, pd.Series) and isinstance(rows, pd.DataFrame):
        if len(given) != len(rows) or not given.index.equals(rows.index):
            message = f"The `{name}` of `{where}` do not line up with the items: {len(given)} values, {len(rows)} rows"
            raise DesignError(f"{message}, or another index. Take both from one frame.")
        return given
    column = given if isinstance(given, pd.Series) else pd.Series(np.asarray(given).ravel())
    if len(column) != len(rows):
        raise DesignError(
            f"`{where}` needs one value of `{name}` a row. Got {len(column)} values for {len(rows)} rows."
        )
    return column
