"""Reading answers: one verb for files and frames, codes and labels, long and wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, Problem, ResponsesError
from trustmeter.exchange.shape import check_headings, lengthen, match_columns
from trustmeter.exchange.tabular import Table, Texts, read_table
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.check import Finding, check_people
from trustmeter.responses.coding import CodedAnswers, code_answers
from trustmeter.responses.model import Responses, Roles
from trustmeter.responses.word import fold, has_leading_zero, is_blank, read_numbers

WAVE_COLUMN = "wave"
"""The heading of the wave column that is made when a wide file is read."""

_YES = frozenset({"yes", "true", "1", "oui", "ja", "simulated"})


def read_responses(
    source: str | Path | pd.DataFrame,
    questionnaire: Questionnaire,
    *,
    respondent: str | None = None,
    wave: str | Mapping[str, str] | None = None,
    zone: str | None = None,
    language: str | None = None,
    mode: str | None = None,
    keep: Sequence[str] = (),
    strict: bool = True,
    sheet: str | None = None,
) -> Responses:
    """Read the answers of many people, checked against their questionnaire.

    Cells may hold codes or labels, in any language of the questionnaire. Encoding, delimiter and decimal comma are
    found out. *Not asked* (by routing), *left blank*, *don't know* and *prefer not to say* are kept apart. Everything
    that is wrong is reported at once, by column and row number; an answer is never printed.

    Parameters
    ----------
    source
        A path (``.csv .tsv .txt``, also ``.gz``; ``.xlsx .sav .zsav .dta .parquet``) or a data frame.
    questionnaire
        What was asked, from `load_questionnaire`.
    respondent, zone, language, mode
        Headings of the columns that say who answered, where, in which language and how.
    wave
        The heading of the column that says when; or, for a wide file, a mapping from each wave to the pattern of its
        headings: ``{"2022": "{item}_2022", "2023": "{item}_2023"}``.
    keep
        Headings of further columns to carry along (``["region", "weight"]``).
    strict
        Refuse a file with faults (default), or set the faulty cells and rows aside: they are then listed in
        ``.rejected``, and the cells count as left blank.
    sheet
        The sheet of an Excel file; the first one by default.

    Returns
    -------
    Responses
        ``frame`` (roles, then items as codes), ``missing`` (why cells are empty), ``problems``, ``rejected``.

    Raises
    ------
    ResponsesError
        When the file cannot be read, is another questionnaire's, or (``strict=True``) has faults; with all of them.
    DesignError
        When an argument names no column, or is not what it should be.
    MissingExtraError
        When a package that reads this kind of file is not installed.

    Examples
    --------
    >>> from trustmeter import load_questionnaire, read_responses
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"who": ["a", "b"], "CONSENT": ["Yes", "Oui"], "TR01": ["Strongly agree", "88"], "TR02": [4, 2]})
    >>> answers = read_responses(frame, load_questionnaire("community-trust"), respondent="who")
    >>> answers.frame["TR01"].tolist()
    [5, <NA>]
    """
    if not isinstance(questionnaire, Questionnaire):
        message = "`read_responses` needs the questionnaire as its second argument, from `load_questionnaire(...)`."
        raise DesignError(f"{message} Got {type(questionnaire).__name__}.")
    if isinstance(keep, str):
        raise DesignError(f"The `keep` argument of `read_responses` is a list of column names. Write `keep=[{keep!r}]`.")
    table = read_table(source, sheet=sheet)
    if isinstance(wave, Mapping):
        table = lengthen(table, wave, questionnaire, WAVE_COLUMN)
        wave = WAVE_COLUMN
    roles = Roles(respondent, wave, zone, language, mode, tuple(keep))
    named = {"respondent": respondent, "wave": wave, "zone": zone, "language": language, "mode": mode}
    check_headings(table, {**named, **{f"keep[{at}]": name for at, name in enumerate(keep)}}, questionnaire)
    return _assemble(table, questionnaire, roles, strict=strict)


def _assemble(table: Table, questionnaire: Questionnaire, roles: Roles, *, strict: bool) -> Responses:
    shape = match_columns(table, questionnaire, roles.columns)
    headings = [Finding(problem, outcome=_outcome_of(problem)) for problem in shape.problems]
    coded = code_answers(
        {item: table.columns[heading] for item, heading in shape.columns.items()},
        questionnaire,
        rows=table.rows,
        headings=shape.columns,
        labels={item: table.labels.get(heading, {}) for item, heading in shape.columns.items()},
    )
    people = _people(table, roles)
    who = check_people(people, table.rows, respondent=roles.respondent, wave=roles.wave)
    findings = [*headings, *coded.findings, *who]
    _refuse(findings, table, questionnaire, strict=strict)
    simulated = any(fold(text) in _YES for text in set(table.columns.get("simulated", ())))
    aside = [finding for finding in findings if finding.problem.severity == "error"]
    stay = ~_rows_gone(aside, table)
    frame = pd.concat([people, coded.frame], axis=1)
    return Responses(
        frame=frame.loc[stay].reset_index(drop=True),
        missing=_missing(coded, stay),
        questionnaire=questionnaire,
        roles=roles,
        source="" if table.source == "data frame" else table.source,
        simulated=simulated,
        problems=tuple(finding.settled() for finding in findings),
        rejected=_rejected(aside),
    )


def _refuse(findings: Sequence[Finding], table: Table, questionnaire: Questionnaire, *, strict: bool) -> None:
    """Raise when something is wrong and may not, or cannot, be set aside."""
    errors = [finding for finding in findings if finding.problem.severity == "error"]
    if not errors or not (strict or any(finding.stops for finding in errors)):
        return
    headline = f"{table.source!r} is refused as answers to {questionnaire.id} {questionnaire.version}: {len(errors)} problems."
    if not any(finding.stops for finding in errors):
        headline += " Mend the file, or read it with `strict=False` (`--set-aside`): faulty cells and rows are then set aside and listed."
    raise ResponsesError(headline, [finding.problem for finding in findings])


def _outcome_of(problem: Problem) -> str:
    return "It was left out." if problem.code == "R-COLUMN-LOOKALIKE" else ""


def _people(table: Table, roles: Roles) -> pd.DataFrame:
    size = pd.RangeIndex(len(table.rows))
    columns = {
        name: _kept(table.columns[name]) if name in roles.kept else _named(table.columns[name]) for name in roles.columns
    }
    return pd.DataFrame(columns, index=size)


def _named(cells: Texts) -> pd.Series[Any]:
    return pd.Series(pd.array([None if is_blank(text) else text.strip() for text in cells], dtype="string"))


def _kept(cells: Texts) -> pd.Series[Any]:
    """Return a carried column as numbers where all of it is plain numbers, else as text."""
    texts = ["" if is_blank(text) else text.strip() for text in cells]
    distinct = [text for text in dict.fromkeys(texts) if text]
    numbers = read_numbers(distinct)
    if not distinct or np.isnan(numbers).any() or any(has_leading_zero(text) for text in distinct):
        return pd.Series(pd.array([text or None for text in texts], dtype="string"))
    value = dict(zip(distinct, numbers.tolist(), strict=True))
    column = pd.Series(pd.array([value.get(text) for text in texts], dtype="Float64"))
    return column.astype("Int64") if all(number.is_integer() for number in value.values()) else column


def _missing(coded: CodedAnswers, stay: np.ndarray[Any, np.dtype[np.bool_]]) -> pd.DataFrame:
    return coded.missing.loc[stay].reset_index(drop=True)


def _rows_gone(aside: Sequence[Finding], table: Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    numbers = [rows for finding in aside if finding.whole_rows for _, rows in finding.cells]
    return np.isin(table.rows, np.concatenate(numbers)) if numbers else np.zeros(len(table.rows), dtype=bool)


def _rejected(aside: Sequence[Finding]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"row": rows, "column": column, "code": finding.problem.code})
        for finding in aside
        for column, rows in finding.cells
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["row", "column", "code"])
