"""What one cell of a workbook or a frame says, as text."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd


def text_of(value: Any) -> str:
    """Return what a cell says, as text: whole numbers without decimals, missing values as an empty text.

    Examples
    --------
    >>> text_of(1.0), text_of("01"), text_of(2.5), text_of(True), text_of(None)
    ('1', '01', '2.5', '1', '')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return "" if np.isnan(number) else str(int(number)) if number.is_integer() else repr(number)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else str(value)
