"""The population files of Statistics Belgium: both layouts in which they are offered, and the tidy one of this library."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.options import MarginStatus, check_option
from trustmeter.population.bands import OLDEST
from trustmeter.population.model import Population
from trustmeter.population.opening import Contents, contents_of, refusal, table_of

HEADINGS: dict[str, tuple[str, ...]] = {
    "refnis": ("CD_REFNIS", "CD_MUNTY_REFNIS", "refnis"),
    "sex": ("CD_SEX", "sex"),
    "nationality": ("CD_NATLTY", "nationality"),
    "age": ("CD_AGE", "age"),
    "population": ("MS_POPULATION", "population"),
    "year": ("CD_YEAR", "year"),
    "name_nl": ("TX_DESCR_NL", "TX_MUNTY_DESCR_NL", "name_nl"),
    "name_fr": ("TX_DESCR_FR", "TX_MUNTY_DESCR_FR", "name_fr"),
}
"""What each column is called: in files since 2019, in earlier ones where that differs, and in tidy files."""

NEEDED = ("refnis", "sex", "age", "population")
SEXES = ("F", "M")
NATIONALITIES = ("BEL", "ETR")
"""Belgians, and all others (*étrangers*): the files say no more, and nothing about origin."""

_COLUMNS = {heading.casefold(): column for column, known in HEADINGS.items() for heading in known}
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_TOLD = 5


def read_population(
    path: str | Path, *, date: str | None = None, source: str = "Statbel", status: MarginStatus = "verified"
) -> Population:
    r"""Read how many people live in each municipality of Belgium, by sex, nationality and age.

    Takes Statbel's open data *Population by place of residence, nationality, marital status, age and sex*
    (``TF_SOC_POP_STRUCT_<year>``) as it is downloaded. When to use it: once a survey, for `zone_margins`.

    Parameters
    ----------
    path
        The file: ``.txt`` or ``.csv`` (with ``|``, semicolon, tab or comma), ``.xlsx``, or one of them in ``.zip`` or ``.gz``.
        Text is read in about a second, Excel in minutes.
    date
        Of what day the numbers are: ``"2015-01-01"``. Default: 1 January of the column ``CD_YEAR``, or as the file's name says.
    source
        Who counted, where it was not Statbel.
    status
        ``"verified"`` (as the office counted them), ``"estimate"``, ``"unverified"`` or ``"invented"``.

    Returns
    -------
    Population
        Its frame has one row a group: ``refnis sex nationality age population``. Civil status is summed out. Age 100
        stands for 100 and above.

    Raises
    ------
    ResponsesError
        When the file is no table, lacks a column, holds a cell that is no number or an unknown code, or does not say
        of what year it is; when it is too large, or an archive that should not be opened.
    DesignError
        When `status` is none of the words.

    Notes
    -----
    Two layouts are known. Files since 2019 call the municipality ``CD_REFNIS`` and ``TX_DESCR_NL``; earlier ones
    ``CD_MUNTY_REFNIS`` and ``TX_MUNTY_DESCR_NL``, with the year in ``CD_YEAR``. Capitals do not matter, other columns
    are not kept. A tidy file has ``refnis sex nationality age population``, and may have ``name_nl name_fr year``.

    The register counts who is registered as living there; asylum seekers in the waiting register and people without a
    residence permit are not in it. It knows the sexes F and M, and nationality, not origin.

    References
    ----------
    Statbel (Statistics Belgium), Population by place of residence, nationality, marital status, age and sex, open data.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> lines = ["CD_REFNIS|TX_DESCR_NL|TX_DESCR_FR|CD_SEX|CD_NATLTY|CD_AGE|MS_POPULATION",
    ...          "44021|Gent|Gand|F|BEL|30|12", "44021|Gent|Gand|M|ETR|31|9"]
    >>> file = Path(tempfile.mkdtemp()) / "TF_SOC_POP_STRUCT_2030.txt"
    >>> _ = file.write_text("\n".join(lines))
    >>> read_population(file, status="invented")
    Population(21 people in 1 municipality on 2030-01-01; made up)
    """
    check_option("status", status, MarginStatus, "read_population")
    found = contents_of(Path(path))
    table = table_of(found, lambda heading: heading.casefold() in _COLUMNS)
    table.columns = pd.Index([_COLUMNS[str(heading).casefold()] for heading in table.columns])
    _check_columns(table, found.name)
    day = _date(date, table, [found.name, Path(path).name])
    frame = pd.DataFrame({"refnis": _codes(table, found), "sex": _words(table, "sex", SEXES, found)})
    if "nationality" in table:
        frame["nationality"] = _words(table, "nationality", NATIONALITIES, found)
    frame["age"] = _numbers(table, "age", found, most=OLDEST)
    frame["population"] = _numbers(table, "population", found)
    keys = [column for column in frame if column != "population"]
    summed = frame.groupby(keys, observed=True, sort=True)["population"].sum().reset_index()
    return Population(summed.astype({key: object for key in keys if key != "age"}), day, source, _names(table), status)


def _check_columns(table: pd.DataFrame, name: str) -> None:
    twice = sorted(set(table.columns[table.columns.duplicated()]))
    missing = [column for column in NEEDED if column not in table]
    if missing or twice:
        what = "lacks" if missing else "has twice"
        listed = "; ".join(f"{column} ({' or '.join(HEADINGS[column])})" for column in missing or twice)
        hint = "Give Statbel's file 'Population by place of residence, nationality, marital status, age and sex'."
        raise refusal("N-COLUMNS", name, f"The table {what} the column {listed}.", hint)
    if table.empty:
        raise refusal("N-EMPTY", name, "The table has no rows.", "Download it again.")


def _date(date: str | None, table: pd.DataFrame, names: list[str]) -> str:
    if date is not None:
        try:
            return datetime.date.fromisoformat(date).isoformat()
        except (TypeError, ValueError):
            message = f"The `date` must be a day such as '2015-01-01'. Got {date!r}."
            raise refusal("N-DATE", names[0], message, "Write year, month and day.") from None
    if "year" in table:
        years = sorted(set(table["year"]) - {""})
        if len(years) != 1 or not re.fullmatch(r"(?:19|20)\d\d", years[0]):
            message = f"The column CD_YEAR must name one year. It names {len(years)}."
            raise refusal("N-DATE", names[0], message, "Keep the rows of one year.")
        return f"{years[0]}-01-01"
    for name in names:
        days = {found.groups(default="01") for found in _DAY.finditer(name)}
        if len(days) == 1:
            return "-".join(days.pop())
    message = "Neither a column CD_YEAR nor the file's name says of what year the numbers are."
    raise refusal("N-DATE", names[0], message, "Say it: `read_population(..., date='2015-01-01')`.")


def _codes(table: pd.DataFrame, found: Contents) -> Any:
    codes = pd.Categorical(table["refnis"])
    wrong = [code for code in codes.categories if not re.fullmatch(r"\d{5}", str(code))]
    if wrong:
        _refuse_cells(table["refnis"].isin(wrong), "refnis", "a NIS code of five figures", found)
    return codes


def _words(table: pd.DataFrame, column: str, known: tuple[str, ...], found: Contents) -> Any:
    words = pd.Categorical(table[column].str.upper())
    if set(words.categories) - set(known):
        _refuse_cells(~words.isin(known), column, " or ".join(known), found)
    return words


def _numbers(table: pd.DataFrame, column: str, found: Contents, *, most: int | None = None) -> np.ndarray[Any, Any]:
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
    wrong = ~np.isfinite(numbers) | (numbers < 0) | (numbers != np.floor(numbers))
    if most is not None:
        wrong |= numbers > most
    if wrong.any():
        expected = "a whole number of 0 or more" + (f", at most {most}" if most is not None else "")
        _refuse_cells(wrong, column, expected, found)
    return numbers.astype(np.int64)


def _refuse_cells(wrong: Any, column: str, expected: str, found: Contents) -> None:
    rows = (np.flatnonzero(np.asarray(wrong)) + 2).tolist()
    listed = ", ".join(str(row) for row in rows[:_TOLD]) + (
        f" and {len(rows) - _TOLD} more" if len(rows) > _TOLD else ""
    )
    heading = HEADINGS[column][0]
    message = f"A cell of {heading} must be {expected}. It is not in row {listed}."
    raise refusal("N-CELLS", found.name, message, "Download the file again, or mend these cells.")


def _names(table: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    columns = [column for column in ("name_nl", "name_fr") if column in table]
    first = table[["refnis", *columns]].drop_duplicates("refnis")
    return {
        str(row[0]): tuple(dict.fromkeys(str(name) for name in row[1:] if name))
        for row in first.itertuples(index=False)
    }
