"""Margins as a file that people open: one row a category."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, Problem, ResponsesError, unknown_word
from trustmeter.options import FORMULA_SIGNS, MarginStatus, harmless
from trustmeter.population.margins import COLUMNS, NOTE_MARK, STATUS_BY_TRUST, Margin, Margins, faults_of, parts_of
from trustmeter.population.opening import contents_of, refusal, table_of

_PLAIN = "'"
_AMBIGUOUS = re.compile(r"-?\d{1,3}([.,]\d{3})+")
"""``51.200`` may be fifty-one thousand, or fifty-one and a fifth."""


def read_margins(path: str | Path) -> Margins:
    r"""Read known numbers of people from a file: one row a category.

    When to use it: for margins that did not come from Statbel's population file, such as a city's own numbers.

    Parameters
    ----------
    path
        A ``.csv`` (comma, semicolon, tab or ``|``) or ``.xlsx`` file with the columns ``variable``, ``category``, and
        ``population`` (counts) or ``share`` (of 1 or of 100); and, if you have them, ``source``, ``date``, ``status`` and ``note``.
        A cross has ``age x sex`` for its variable, and ``18-29 x F`` for a category.

    Returns
    -------
    Margins
        In the order of the file. Margins that do not agree with each other are kept; `Margins.conflicts` lists where.

    Raises
    ------
    ResponsesError
        With all faults at once, each with its row or margin: a cell that is blank, no number or negative, a category
        twice, shares that do not sum to a whole, a status that is not known; or when the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "margins.csv"
    >>> _ = file.write_text("variable;category;share\nsex;F;51,5\nsex;M;48,5")
    >>> read_margins(file)["sex"].proportions
    array([0.515, 0.485])
    """
    found = contents_of(Path(path))
    table = table_of(found, lambda heading: heading.casefold() in COLUMNS)
    table.columns = pd.Index([str(heading).casefold() for heading in table.columns])
    return margins_of_frame(table.map(_unguarded), found.name)


def write_margins(given: Margins, path: str | Path) -> Path:
    """Write margins to a file that `read_margins` reads back, and people can open.

    Parameters
    ----------
    given
        The margins.
    path
        A ``.csv`` or ``.xlsx`` file.

    Returns
    -------
    Path
        The file. Cells that a spreadsheet would take for a formula have an apostrophe before them.

    Raises
    ------
    DesignError
        When the file ends in something else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from trustmeter.population.stating import margins
    >>> written = write_margins(margins({"sex": {"F": 512, "M": 487}}), Path(tempfile.mkdtemp()) / "margins.csv")
    >>> read_margins(written).total
    999.0
    """
    target = Path(path)
    frame = given.to_frame()
    for column in frame:
        numbers = column in {"population", "share"}
        frame[column] = frame[column].map(_written_number if numbers and target.suffix.lower() == ".csv" else harmless)
    try:
        if target.suffix.lower() == ".csv":
            frame.to_csv(target, index=False, encoding="utf-8")
        elif target.suffix.lower() == ".xlsx":
            frame.to_excel(target, index=False, sheet_name="margins")
        else:
            raise DesignError(f"Margins are written to a file that ends in .csv or .xlsx. Got {target.name!r}.")
    except OSError as error:
        raise DesignError(f"{target.name!r} cannot be written: {error.strerror}.") from None
    return target


def margins_of_frame(
    frame: pd.DataFrame, name: str, *, source: str = "", date: str = "", status: MarginStatus = "unverified"
) -> Margins:
    """Return the margins that a table states; `source`, `date` and `status` fill cells that say nothing."""
    missing = [column for column in ("variable", "category") if column not in frame]
    missing += [] if {"population", "share"} & set(frame.columns) else ["population or share"]
    if missing:
        hint = "Needed are variable, category, and population or share."
        raise refusal("N-MARGIN-COLUMNS", name, f"The table lacks the column {', '.join(missing)}.", hint)
    table = frame.reindex(columns=list(COLUMNS), fill_value="").astype(object).where(lambda cells: cells.notna(), "")
    table = table.map(lambda cell: str(cell).strip() if isinstance(cell, str) else _written_number(cell))
    table = table[(table != "").any(axis="columns")]
    fills = {"source": source, "date": date, "status": status}
    for column, fill in fills.items():
        table[column] = table[column].replace("", fill)
    if table.empty:
        raise refusal("N-EMPTY", name, "The table has no rows.", "Give one row a category.")
    faults, read = list[Problem](), list[Margin]()
    for variable in dict.fromkeys(table["variable"]):
        margin, wrong = _margin(str(variable), table[table["variable"] == variable], name)
        faults += wrong
        read += [] if margin is None else [margin]
    if faults:
        raise ResponsesError("The margins cannot be used.", faults)
    try:
        notes = dict.fromkeys(note.strip() for cell in table["note"] for note in cell.split(NOTE_MARK) if note.strip())
        return Margins(tuple(read), notes=tuple(notes))
    except DesignError as error:
        raise refusal("N-MARGIN-TWICE", name, str(error), "Keep one of them.") from None


def _margin(variable: str, rows: pd.DataFrame, name: str) -> tuple[Margin | None, list[Problem]]:
    where = f"{name}, margin {variable!r}"
    numbers, share, faults = _numbers(rows, name)
    variables = parts_of(variable)
    categories = tuple(parts_of(text) if len(variables) > 1 else (text,) for text in rows["category"])
    faults += faults_of(variables, categories, numbers, share=share, where=where) if not faults else []
    told = {column: list(dict.fromkeys(rows[column])) for column in ("source", "date", "status")}
    unknown = [word for word in told["status"] if word not in STATUS_BY_TRUST]
    if unknown:
        message = unknown_word("status", unknown[0], STATUS_BY_TRUST, "a margin")
        faults.append(Problem("N-STATUS", where, message, "Write one of them, or leave it empty."))
    if faults:
        return None, faults
    worst = cast(
        "MarginStatus", max(told["status"], key=lambda word: STATUS_BY_TRUST.index(cast("MarginStatus", word)))
    )
    source, date = ("; ".join(text for text in told[column] if text) for column in ("source", "date"))
    return Margin(variables, categories, numbers, share, source, date, worst), []


def _numbers(rows: pd.DataFrame, name: str) -> tuple[np.ndarray[Any, Any], bool, list[Problem]]:
    filled = [column for column in ("population", "share") if (rows[column] != "").any()]
    if len(filled) != 1:
        where = f"{name}, margin {rows['variable'].iloc[0]!r}"
        message = "A margin must have counts in `population` or shares in `share`, in all of its rows."
        return np.array([]), False, [Problem("N-NUMBERS", where, message, "Fill in one of the two columns.")]
    faults, numbers = list[Problem](), list[float]()
    for place, text in zip(rows.index, rows[filled[0]], strict=True):
        number = _number(text, share=filled[0] == "share")
        numbers.append(number)
        if not np.isfinite(number):
            what = "is blank" if not text else "is no number"
            hint = "Write plain numbers without marks of thousands, such as 51200 or 48.7."
            faults.append(Problem("N-NUMBER", f"{name}, row {int(place) + 2}", f"`{filled[0]}` {what}.", hint))
    return np.array(numbers, dtype=float), filled[0] == "share", faults


def _number(text: str, *, share: bool) -> float:
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).removesuffix("%" if share else "")
    if not re.fullmatch(r"-?\d+([.,]\d+)?([eE][+-]?\d+)?", plain) or (not share and _AMBIGUOUS.fullmatch(plain)):
        return float("nan")
    return float(plain.replace(",", "."))


def _written_number(value: Any) -> str:
    """Return a number as text of which it is plain that its point is no mark of thousands; nothing where it is missing."""
    if isinstance(value, (int, float, np.number)):
        number = float(value)
        text = "" if np.isnan(number) else str(int(number)) if number.is_integer() else repr(number)
        return f"{text}0" if _AMBIGUOUS.fullmatch(text) else text
    return str(value).strip()


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith(_PLAIN) and text[1:].startswith(FORMULA_SIGNS) else text
