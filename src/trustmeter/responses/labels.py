"""The names of waves, zones and groups, however a file writes them."""

from __future__ import annotations

from typing import Any

import pandas as pd


def row_labels(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the values of a column as text (``2022.0`` becomes ``"2022"``); missing stays missing."""
    names = {value: _label(value) for value in column.dropna().unique()}
    return column.map(names).astype("string")


def in_natural_order(names: list[str]) -> list[str]:
    """Return names sorted, whole numbers by their value."""
    return sorted(names, key=lambda name: (0, int(name), "") if name.lstrip("-").isdecimal() else (1, 0, name))


def _label(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
