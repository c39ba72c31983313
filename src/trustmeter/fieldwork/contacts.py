"""A list of contacts becomes counts by disposition, zone and mode."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, ResponsesError, did_you_mean
from trustmeter.stats.response_rate import CELLS

WHERE = "response_rates"

WORDS: Mapping[str, str] = {
    "complete": "complete", "interview": "complete", "partial": "partial",
    "refusal": "refusal", "refused": "refusal", "break_off": "refusal",
    "non_contact": "non_contact", "other": "other",
    "unknown_household": "unknown_household", "unknown": "unknown", "ineligible": "ineligible", "not_eligible": "ineligible",
}  # fmt: skip
"""Our words, and what each counts as."""

_CODES = {
    "1.1": "complete", "1.2": "partial", "2.1": "refusal", "2.2": "non_contact", "2.3": "other",
    "3.1": "unknown_household",
}  # fmt: skip
_NUMBER = re.compile(r"([1-4])(?:[.,](\d{1,4}))?")
_TOO_COARSE = "1.0 and 2.0 are headings: write 1.1 or 1.2; 2.1, 2.2 or 2.3."


@dataclass(frozen=True, eq=False, slots=True)
class Contacts:
    """How many contacts ended in which way.

    Parameters
    ----------
    counts
        Shape (z, m, 8): by zone, mode and disposition.
    zones, modes
        Their names; one empty name where they were not asked for.
    left_out
        Contacts without a zone or mode, where these were asked for.
    """

    counts: np.ndarray[Any, np.dtype[np.float64]]
    zones: tuple[str, ...]
    modes: tuple[str, ...]
    left_out: int


def cell_of(word: Any) -> str:
    """Return what a final code or word counts as; an empty text when it is not known.

    Examples
    --------
    >>> cell_of("2.11"), cell_of(1.1), cell_of("Break-off"), cell_of("3,2"), cell_of("2.0")
    ('refusal', 'complete', 'refusal', 'unknown', '')
    """
    text = re.sub(r"[\s\-]+", "_", str(word).strip().lower())
    if text in WORDS:
        return WORDS[text]
    found = _NUMBER.fullmatch(text)
    if not found:
        return ""
    family, digits = found[1], (found[2] or "0")
    if family == "4":
        return "ineligible"
    if family == "3":
        return _CODES.get(f"3.{digits[0]}", "unknown")
    return _CODES.get(f"{family}.{digits[0]}", "")


def count_contacts(
    contacts: Any, disposition: str, *, count: str | None, zone: str | None, mode: str | None
) -> Contacts:
    """Return the counts of a frame with a row a contact (or a row with its number of contacts), or of a mapping.

    Raises
    ------
    DesignError
        When a column is not there, or `contacts` is neither frame nor mapping.
    ResponsesError
        When a disposition is missing or unknown, or a number of contacts is no whole number.
    """
    frame, disposition, count = _as_frame(contacts, disposition, count)
    for name in (disposition, count, zone, mode):
        if name is not None and name not in frame.columns:
            known = [str(column) for column in frame.columns]
            message = f"`{WHERE}` finds no column {name!r} among the contacts.{did_you_mean(str(name), known)}"
            raise DesignError(f"{message} Columns: {', '.join(known)}.")
    cells = _cells(frame[disposition])
    many = _numbers(frame[count]) if count is not None else np.ones(len(frame))
    places = [_groups(frame, name) for name in (zone, mode)]
    known = np.all([place >= 0 for place, _ in places], axis=0)
    shape = (*(len(names) for _, names in places), len(CELLS))
    counts = np.zeros(shape)
    np.add.at(counts, (places[0][0][known], places[1][0][known], cells[known]), many[known])
    return Contacts(counts, places[0][1], places[1][1], int(many[~known].sum()))


def _as_frame(contacts: Any, disposition: str, count: str | None) -> tuple[pd.DataFrame, str, str | None]:
    if isinstance(contacts, pd.DataFrame):
        return contacts, disposition, count
    if isinstance(contacts, Mapping):
        frame = pd.DataFrame({"disposition": list(contacts), "n": list(contacts.values())})
        return frame, "disposition", "n"
    message = f"`{WHERE}` takes a frame with a row a contact, or counts by disposition such as {{'complete': 120}}."
    raise DesignError(f"{message} Got {type(contacts).__name__}.")


def _cells(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.intp]]:
    places, distinct = pd.factorize(column, use_na_sentinel=True)
    named = [cell_of(word) for word in distinct]
    if (places < 0).any():
        raise ResponsesError(f"{int((places < 0).sum())} contacts have no disposition. Each needs its final one.")
    unknown = [str(word) for word, cell in zip(distinct, named, strict=True) if not cell]
    if unknown:
        message = f"{len(unknown)} kinds of disposition are not known to `{WHERE}`. {_TOO_COARSE}"
        raise ResponsesError(f"{message} Words: {', '.join(WORDS)}; or final codes 1.1, 1.2, 2.1 to 2.3, 3 and 4.")
    return np.array([CELLS.index(cell) for cell in named], dtype=np.intp)[places]


def _numbers(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(numbers).any() or (numbers < 0).any() or (numbers % 1 != 0).any():
        raise ResponsesError(f"Numbers of contacts are whole and 0 or more; some given to `{WHERE}` are not.")
    return np.asarray(numbers)


def _groups(frame: pd.DataFrame, name: str | None) -> tuple[np.ndarray[Any, np.dtype[np.intp]], tuple[str, ...]]:
    if name is None:
        return np.zeros(len(frame), dtype=np.intp), ("",)
    texts = frame[name].astype("string").str.strip()
    texts = texts.mask(texts == "")
    places, names = pd.factorize(texts, sort=True)
    return np.asarray(places), tuple(str(one) for one in names)
