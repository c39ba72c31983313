"""What every answer of ours can do: ``tidy()``, ``summary()``, ``to_dict()``; and one vocabulary of columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar

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
        How many rows were left out, by reason.
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
        """Return everything as plain, JSON-ready values (missing numbers become ``None``)."""
        return {
            "result": type(self).__name__,
            "estimates": [
                {str(name): plain(value) for name, value in row.items()} for row in self.table.to_dict("records")
            ],
            "notes": list(self.notes),
            "provenance": {name: plain(value) for name, value in asdict(self.provenance).items()},
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
    strangers = {name for row in rows for name in row} - set(VOCABULARY)
    if strangers:
        raise KeyError(f"Columns outside the vocabulary: {sorted(strangers)}.")
    present = [name for name in VOCABULARY if any(name in row for row in rows)]
    frame = pd.DataFrame.from_records([{name: row.get(name) for name in present} for row in rows], columns=present)
    for name in present:
        if name in _TEXT_COLUMNS:
            frame[name] = frame[name].fillna("").astype(str)
        elif name == "n":
            frame[name] = frame[name].astype("Int64")
        elif name == "suppressed":
            frame[name] = frame[name].fillna(False).astype(bool)
        else:
            frame[name] = frame[name].astype(float)
    return frame


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
