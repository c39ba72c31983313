"""How long did it take? A column of times, or two of moments, as a number a person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.responses.model import Responses


def time_taken(answers: Responses, names: Sequence[str], where: str, *, seconds: float = 1.0) -> NDArray[np.float64]:
    """Return each person's time; ``nan`` where there is none.

    Parameters
    ----------
    answers
        The responses, with the columns kept.
    names
        One column of times in any unit, or two of moments: beginning and end.
    where
        The public verb's name.
    seconds
        How long the unit is in which the time between two moments is told.

    Raises
    ------
    DesignError
        When a column was not kept, or there is no time in any row.
    """
    columns = [answers.frame[answers.roles.column(name, needed_by=where)] for name in names]
    if len(columns) == 2:
        start, end = (pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True) for column in columns)
        taken = (end - start).dt.total_seconds().to_numpy(dtype=float) / seconds
    else:
        taken = pd.to_numeric(columns[0], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    taken = np.where(taken > 0, taken, np.nan)
    if np.isnan(taken).all():
        message = (
            f"`{where}` finds no times in {' and '.join(names)}: neither numbers nor moments such as 2026-03-01 14:05."
        )
        raise DesignError(message)
    return np.asarray(taken)
