"""Files of statistical programs: SPSS, Stata, parquet, by readers of others."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from trustmeter.errors import MissingExtraError
from trustmeter.exchange.reading.cell import text_of
from trustmeter.exchange.reading.guard import attempt

Declared = Mapping[str, frozenset[str]]
"""For a heading, the texts of the values in its column that the file declares missing."""


def frame_of_statistics(path: Path, suffix: str) -> tuple[pd.DataFrame, dict[str, dict[str, str]], Declared]:
    """Return an SPSS or Stata file by its codes, its value labels, and which of its values it declares missing."""
    try:
        import pyreadstat
    except ImportError:
        raise _not_installed(path, "pyreadstat", "pip install pyreadstat") from None
    reader = pyreadstat.read_dta if suffix == ".dta" else pyreadstat.read_sav
    kind = "Stata" if suffix == ".dta" else "SPSS"

    def read() -> tuple[pd.DataFrame, Any]:
        try:
            return reader(str(path), user_missing=True)
        except pyreadstat.ReadstatError:
            return reader(str(path), user_missing=True, encoding="WINDOWS-1252")

    frame, about = attempt(
        read, path, f"This is no {kind} file that can be read: it is damaged, cut off, or of another kind."
    )
    labels = {
        str(name): {text_of(value): str(label) for value, label in given.items()}
        for name, given in about.variable_value_labels.items()
    }
    declared = {
        str(name): frozenset(
            text_of(value) for value in pd.unique(frame[name]) if _is_declared(value, about, str(name))
        )
        for name in {*about.missing_ranges, *about.missing_user_values} & set(frame.columns)
    }
    return frame, labels, declared


def _is_declared(value: Any, about: Any, name: str) -> bool:
    """Tell whether a value is one of those that stand for missing, or lies in a range of them."""
    if value in about.missing_user_values.get(name, ()):
        return True
    for limits in about.missing_ranges.get(name, ()):
        low, high = limits["lo"], limits["hi"]
        if isinstance(value, str) == isinstance(low, str) and not pd.isna(value) and low <= value <= high:
            return True
    return False


def frame_of_parquet(path: Path) -> pd.DataFrame:
    """Return a parquet file as a frame."""
    if find_spec("pyarrow") is None:
        raise _not_installed(path, "pyarrow", 'pip install "trustmeter[parquet]"')
    damaged = "This is no parquet file that can be read: it is damaged, cut off, or of another kind."
    return attempt(lambda: pd.read_parquet(path, dtype_backend="numpy_nullable"), path, damaged)


def _not_installed(path: Path, package: str, line: str) -> MissingExtraError:
    return MissingExtraError(
        f"Reading {path.name!r} needs the package {package!r}, which is not installed. Run: {line}"
    )
