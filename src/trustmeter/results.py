"""What every answer of ours can do: ``tidy()``, ``summary()``, ``to_dict()``; and one vocabulary of columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.options import FEWEST_IN_A_CELL

VOCABULARY: tuple[str, ...] = (
    "scale", "item", "group", "zone", "wave", "term", "contrast",
    "estimate", "std_error", "statistic", "df", "p_value", "p_adjusted", "ci_low", "ci_high",
    "n", "n_effective", "method", "suppressed",
)  # fmt: skip
"""The columns that a tidy table may have, in this order. Adding one is a minor version, renaming one a major."""

SIMULATED_MARK = "SIMULATED DATA: nobody gave these answers."
"""The line that every table, picture and page carries when its data are made up."""

_KNOWN = frozenset(VOCABULARY)
_TEXT_COLUMNS = frozenset(VOCABULARY[:7]) | {"method"}


@cache
def _package_version() -> str:
    return version("trustmeter")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a result comes from.

    Parameters
    ----------
    questionnaire
        Id and version (``"community-trust 1.0.0"``), or an empty text for plain frames.
    fingerprint
        The hash that identifies the questionnaire's wording.
    source
        The file's name (never its folder), or an empty text.
    options
        What was asked for, by argument name.
    rows_used
        How many rows the numbers rest on at the most.
    rows_left_out
        How many rows were left out, by reason: whole numbers, for programs. Printed and stored, 1 to 4 are not told.
    simulated
        Whether the answers were made up.
    package_version
        The version of trustmeter.
    """

    questionnaire: str = ""
    fingerprint: str = ""
    source: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    rows_used: int = 0
    rows_left_out: Mapping[str, int] = field(default_factory=dict)
    simulated: bool = False
    package_version: str = field(default_factory=_package_version)

    def narrowed(self, left_out: Mapping[str, int], *, rows_used: int | None = None) -> Provenance:
        """Return it with further rows left out, by reason, none of them zero; what was left out before stays told.

        Examples
        --------
        >>> Provenance(rows_left_out={"flagged": 12}).narrowed({"other waves": 30, "no zone": 0}, rows_used=60).rows_left_out
        {'flagged': 12, 'other waves': 30}
        """
        gone = {**self.rows_left_out, **{why: n for why, n in left_out.items() if n}}
        return replace(self, rows_used=self.rows_used if rows_used is None else rows_used, rows_left_out=gone)

    def told(self) -> dict[str, Any]:
        """Return everything by name as it may be printed or stored: of rows left out, counts of 1 to 4 are not told."""
        everything = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**everything, "rows_left_out": {why: _told_number(n) for why, n in self.rows_left_out.items()}}

    def __repr__(self) -> str:
        return f"Provenance({', '.join(f'{name}={value!r}' for name, value in self.told().items())})"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Result:
    """The ground of all results: a tidy table, notes that must travel with it, and where it comes from.

    Parameters
    ----------
    table
        One row an estimate, columns from `VOCABULARY` in that order, never rounded.
    notes
        Plain sentences that must travel with the numbers.
    provenance
        Questionnaire, options, rows used and left out, version.
    """

    title: ClassVar[str] = "Result"

    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def simulated(self) -> bool:
        """Whether the answers behind this result were made up."""
        return self.provenance.simulated

    def tidy(self) -> pd.DataFrame:
        """Return the estimates: one row an estimate, columns of the vocabulary, unrounded."""
        return self.table.copy()

    def summary(self) -> str:
        """Return a readable text: title, table (rounded), notes."""
        return "\n".join(part for part in self._summary_parts() if part)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values (missing numbers become ``None``; few rows left out ``"fewer than 5"``)."""
        return {
            "result": type(self).__name__,
            "estimates": [
                {str(name): plain(value) for name, value in row.items()} for row in self.table.to_dict("records")
            ],
            "notes": list(self.notes),
            "provenance": {name: plain(value) for name, value in self.provenance.told().items()},
        }

    def _summary_parts(self) -> list[str]:
        mark = SIMULATED_MARK if self.simulated else ""
        origin = f"({self.provenance.questionnaire})" if self.provenance.questionnaire else ""
        notes = "\n".join(f"Note: {note}" for note in self.notes)
        return [mark, f"{self.title} {origin}".strip(), printable(self.table), notes]

    def __str__(self) -> str:
        return self.summary()

    __repr__ = __str__


def vocabulary_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame whose columns follow the vocabulary; columns that no row has are left out.

    Raises
    ------
    KeyError
        When a row has a column outside the vocabulary: a fault of ours, never of the caller's.
    """
    found = set().union(*rows)
    if not found <= _KNOWN:
        raise KeyError(f"Columns outside the vocabulary: {sorted(found - _KNOWN)}.")
    present = [name for name in VOCABULARY if name in found]
    if not present:
        return pd.DataFrame.from_records([{} for _ in rows], columns=present)
    return pd.DataFrame({name: _typed(name, [row.get(name) for row in rows]) for name in present})


def _typed(name: str, values: list[Any]) -> Any:
    """Return a column's values in its type, made once; missing texts are empty, missing flags false."""
    if name in _TEXT_COLUMNS:
        return pd.array([value if type(value) is str else _as_text(value) for value in values], dtype=_text_type())
    if name == "n":
        return _whole_numbers(values)
    if name == "suppressed":
        return np.array([False if _is_missing(value) else bool(value) for value in values])
    return np.array(values, dtype=float)


@cache
def _text_type() -> Any:
    """Return the type that this version of pandas gives to texts."""
    return pd.Series([""]).astype(str).dtype


def _whole_numbers(values: list[Any]) -> Any:
    if all(type(value) is int for value in values):
        return pd.arrays.IntegerArray(np.array(values, dtype=np.int64), np.zeros(len(values), dtype=bool))
    return pd.array(values, dtype="Int64")


def _as_text(value: Any) -> str:
    return "" if _is_missing(value) else str(value)


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def printable(table: pd.DataFrame) -> str:
    """Return a table as text for a terminal: rounded, empty cells blank, empty columns left out."""
    shown = pd.DataFrame({name: [_cell(str(name), value) for value in table[name]] for name in table.columns})
    if "suppressed" in shown and not table["suppressed"].any():
        shown = shown.drop(columns="suppressed")
    empty = [name for name in shown.columns if not any(shown[name])]
    return shown.drop(columns=empty).to_string(index=False) if len(shown) else "(no rows)"


def format_p(p_value: float) -> str:
    """Return a p value for people: three decimals, ``<0.001`` below, blank when missing."""
    if math.isnan(p_value):
        return ""
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


def told_count(n: int) -> str:
    """Return a count of people for a sentence: 1 to 4 are not told.

    Examples
    --------
    >>> told_count(0), told_count(3), told_count(12)
    ('0', 'fewer than 5', '12')
    """
    return f"fewer than {FEWEST_IN_A_CELL}" if 0 < n < FEWEST_IN_A_CELL else str(n)


def _told_number(n: int) -> int | str:
    return told_count(n) if 0 < n < FEWEST_IN_A_CELL else n


def plain(value: Any) -> Any:
    """Return a value as JSON-ready plain Python; missing numbers become ``None``."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _cell(name: str, value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if name in {"p_value", "p_adjusted"}:
        return format_p(float(value))
    if isinstance(value, float):
        return f"{value:.0f}" if name == "df" and value == round(value) else f"{value:.3f}"
    return str(value)
