"""Files that leave the house: answers in which nobody stands out, and tables of results, each with a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.disclosure.microdata import Microdata, Wishes, safe_rows
from trustmeter.disclosure.redaction import Redaction
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.disclosure.table import SafeTable
from trustmeter.errors import DesignError
from trustmeter.options import (
    FEWEST_IN_A_CELL,
    FORMULA_SIGNS,
    RespondentIds,
    SmallClasses,
    check_option,
    check_seed,
    check_whole,
    names_of,
)
from trustmeter.responses.model import Responses
from trustmeter.results import SIMULATED_MARK, Result

WHERE = "safe_export"
SUFFIXES = (".csv", ".xlsx")
_FORMULA = (*FORMULA_SIGNS, "\n")
_FIGURES = ("estimate", "std_error", "statistic", "df", "p_value", "p_adjusted", "ci_low", "ci_high", "n_effective")
LOG_HEAD = "Disclosure log. It stays with those who answer for the file; do not give it away with the file."


@dataclass(frozen=True, slots=True)
class SafeFile:
    """What was written.

    Parameters
    ----------
    path
        The file.
    log_path
        The disclosure log beside it.
    columns
        The columns of the file.
    log
        The sentences of the log.
    """

    path: Path
    log_path: Path
    columns: tuple[str, ...]
    log: tuple[str, ...] = field(default=())


def safe_export(
    thing: Responses | Result,
    to: str | Path,
    *,
    quasi_identifiers: Sequence[str] | None = None,
    sensitive: Sequence[str] = (),
    k: int = FEWEST_IN_A_CELL,
    small_classes: SmallClasses = "refuse",
    ids: RespondentIds = "drop",
    texts: Mapping[str, Redaction] | None = None,
    reviewed: bool = False,
    rule: DisclosureRule | None = None,
    seed: Any = None,
) -> SafeFile:
    """Write answers or a result to a file that may be given away, with a log of what was left out and why; or refuse.

    Use it whenever answers or tables leave those who are allowed to see the answers.

    Parameters
    ----------
    thing
        Responses, or a result.
    to
        The file: ``.csv`` or ``.xlsx``.
    quasi_identifiers
        Needed for responses: the columns and items that others could know, all of which are written (``[]``: none). The wave
        counts as one by itself.
    sensitive
        Further columns and items to be written that others cannot know. Items of a scale are written in any case; everything
        that is not named is left out.
    k
        No class of people alike may be smaller; at least 5.
    small_classes
        ``"refuse"``; ``"blank"`` empties the quasi-identifiers of people in smaller classes (and drops those who still stand
        out); ``"drop"`` leaves these people out.
    ids
        ``"drop"``, or ``"random"``: new random numbers, drawn for this file, that tie a person's waves together. People then
        must not stand out by all their waves together.
    texts
        Item → its texts after `redact`. Free text is left out otherwise.
    reviewed
        Whether a human has read every text in `texts`; must be true where there are any.
    rule
        For results: `DisclosureRule()` or a stricter one.
    seed
        For the order of rows and the random numbers. Leave it out, or nobody may know it.

    Returns
    -------
    SafeFile
        ``path``, ``log_path`` (``…-disclosure.txt``), ``columns``, ``log``.

    Raises
    ------
    DesignError
        When the call cannot be carried out: what is missing, and the cure.
    EstimationError
        When people stand out and ``small_classes="refuse"``, or fewer than ten rows are left.

    Notes
    -----
    Rows are written in random order. Cells that a spreadsheet would take for a formula get a leading ``'``. Of results,
    figures about fewer than ``rule.publish`` people are emptied, and counts from 1 to ``rule.show - 1``. Made-up answers say so
    in a column of their own.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 300, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = tm.safe_export(answers, f"{folder}/answers.csv", quasi_identifiers=["SEX"], small_classes="drop")
    >>> written.log_path.name
    'answers-disclosure.txt'
    """
    path = _path(to)
    check_seed(seed, WHERE)
    if isinstance(thing, Responses):
        made = safe_rows(thing, _wishes(quasi_identifiers, sensitive, k, small_classes, ids, texts, reviewed), seed)
    elif isinstance(thing, Result):
        if quasi_identifiers is not None or sensitive or texts:
            raise DesignError(f"`{WHERE}` takes `quasi_identifiers`, `sensitive` and `texts` for responses only.")
        made = _result_rows(thing, rule or DisclosureRule())
    else:
        message = f"`{WHERE}` takes responses or a result. Got {type(thing).__name__}."
        raise DesignError(f"{message} Read a frame of answers with `read_responses`; make tables with `safe_table`.")
    frame = made.frame.copy()
    if thing.simulated:
        frame["data"] = SIMULATED_MARK
    _write(frame, path)
    log_path = path.with_name(f"{path.stem}-disclosure.txt")
    log = (LOG_HEAD, f"File: {path.name}", *made.log)
    log_path.write_text("\n".join(log) + "\n", encoding="utf-8")
    return SafeFile(path, log_path, tuple(str(name) for name in frame.columns), log)


def _path(to: str | Path) -> Path:
    path = Path(to)
    if path.suffix.lower() not in SUFFIXES:
        raise DesignError(f"`{WHERE}` writes {' or '.join(SUFFIXES)}. Got the ending {path.suffix!r}.")
    if not path.parent.is_dir():
        raise DesignError(f"`{WHERE}` cannot write {path.name!r}: its folder is not there. Make the folder first.")
    return path


def _wishes(quasi: Sequence[str] | None, sensitive: Sequence[str], k: int, *how: Any) -> Wishes:
    small_classes, ids, texts, reviewed = how
    check_whole("k", k, FEWEST_IN_A_CELL, WHERE)
    check_option("small_classes", small_classes, SmallClasses, WHERE)
    check_option("ids", ids, RespondentIds, WHERE)
    if quasi is None:
        message = f"`{WHERE}` needs to know what others could know of the people in these answers."
        raise DesignError(
            f"{message} Name the columns (`quasi_identifiers=['age_band', 'gender']`), or pass [] when there are none."
        )
    if texts and reviewed is not True:
        message = f"`{WHERE}` writes texts only when a human has read every one of them after `redact`."
        raise DesignError(f"{message} Read them, then say `reviewed=True`; or leave `texts` out.")
    return Wishes(
        quasi=names_of("quasi_identifiers", quasi, WHERE) if len(quasi) else (),
        sensitive=names_of("sensitive", sensitive, WHERE) if len(sensitive) else (),
        k=k,
        small_classes=small_classes,
        random_ids=ids == "random",
        texts=dict(texts or {}),
    )


def _result_rows(result: Result, rule: DisclosureRule) -> Microdata:
    """Return a result's table with figures about too few people emptied, and what was emptied."""
    if isinstance(result, SafeTable):
        lines = [f"{' / '.join(str(cell) for cell in line)}" for line in result.log.itertuples(index=False)]
        return Microdata(_with_numbers(result.frame()), (*result.notes, f"Hidden cells: {len(lines)}.", *lines))
    table = result.tidy()
    hidden = table["suppressed"].to_numpy(dtype=bool) if "suppressed" in table else np.zeros(len(table), dtype=bool)
    people = table["n"].to_numpy(dtype=float, na_value=np.nan) if "n" in table else np.full(len(table), np.nan)
    few = (people > 0) & (people < rule.publish)
    for name in (name for name in _FIGURES if name in table):
        table[name] = table[name].where(~(few | hidden))
    if "n" in table:
        table["n"] = table["n"].where(~((people > 0) & (people < rule.show)))
    if "suppressed" in table:
        table["suppressed"] = few | hidden
    before, now = int(hidden.sum()), int((few & ~hidden).sum())
    log = [
        f"Rows whose figures were hidden already: {before}.",
        f"Rows hidden for fewer than {rule.publish} people: {now}.",
    ]
    return Microdata(table, (*log, *result.notes))


def _with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table for people with numbers where they are shown."""
    cells = {name: [_number(cell) for cell in frame[name]] for name in frame.columns[1:]}
    return pd.DataFrame({frame.columns[0]: frame.iloc[:, 0], **cells})


def _number(cell: str) -> float | int | str:
    try:
        value = float(cell)
    except ValueError:
        return cell
    return value if "." in cell else int(value)


def _write(frame: pd.DataFrame, path: Path) -> None:
    safe = frame.rename(columns=lambda name: _neutral(str(name)))
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = [_neutral(value) for value in safe[name]]
    if path.suffix.lower() == ".csv":
        safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
    else:
        safe.to_excel(path, index=False, engine="openpyxl")


def _neutral(value: Any) -> Any:
    """Return a text such that no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value
