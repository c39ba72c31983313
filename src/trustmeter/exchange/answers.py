"""Answers come in: a file or a frame becomes `Responses`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DataQualityWarning, DesignError, Problem, ResponsesError
from trustmeter.exchange.reading.declared import settle_declared
from trustmeter.exchange.reading.dialects.known import made_plain
from trustmeter.exchange.reading.dialects.several import settle_several
from trustmeter.exchange.reading.jsonfile import Fetched
from trustmeter.exchange.reading.mapping import ColumnMapping, items_of_mapping
from trustmeter.exchange.reading.shape import Layout, Wave, lay_out
from trustmeter.exchange.reading.tabular import Table, read_table
from trustmeter.options import ReadTool, UnfinishedRows, check_option
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.check import Finding, Rows, check_people, count_of
from trustmeter.responses.coding import Texts, code_answers
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.model import Responses, Roles
from trustmeter.responses.word import fold, has_leading_zero, is_blank, read_numbers

_NO = frozenset({"", "no", "n", "false", "0", "0.0", "0,0", "non", "nee", "nein", "falsch", "faux", "onwaar"})
_WHOLE_FLOAT = re.compile(r"(-?[0-9]+)[.,]0+")
_LONGEST_NUMBER = 15
_READING = 0.4


def read_responses(
    source: str | Path | pd.DataFrame | Fetched,
    questionnaire: Questionnaire,
    *,
    respondent: str | None = None,
    wave: str | Mapping[str, str] | None = None,
    zone: str | None = None,
    language: str | None = None,
    mode: str | None = None,
    keep: str | Iterable[str] = (),
    strict: bool = True,
    sheet: str | None = None,
    tool: ReadTool = "auto",
    mapping: str | Path | ColumnMapping | None = None,
    unfinished: UnfinishedRows = "keep",
    design: SurveyDesign | None = None,
    progress: Callable[[float], None] | None = None,
) -> Responses:
    """Read the answers to a questionnaire, from the file as the survey tool wrote it.

    Use it first, before checking and scoring. Encoding, delimiter and decimal comma are found out. Cells may hold codes
    or labels, in any language of the questionnaire, also mixed. Four kinds of missing are kept apart, and from an
    answer: blank, don't know, refused, not applicable; and where the routing did not lead to a question: not asked.

    Parameters
    ----------
    source
        The path of a CSV, TSV (also ``.gz``), Excel ``.xlsx``, JSON, LimeSurvey ``.lsa``, SPSS ``.sav``, Stata
        ``.dta`` or parquet file; or a frame, which is not changed.
    questionnaire
        What was asked. Columns are matched by item id, or by the question's text.
    respondent, zone, language, mode
        Headings of the columns that say who answered, where, in which language and how.
    wave
        The heading of the column that says when. For waves side by side: for each wave the pattern of its headings,
        such as ``{"2022": "{item}_2022", "2023": "{item}_2023"}``; items asked once then count for each wave.
        For a file that holds one wave and does not say which: ``{"2025": "{item}"}`` fills a column ``wave``.
    keep
        Headings of other columns to carry along: as numbers where all their cells are numbers.
    strict
        ``True`` refuses a file with errors and lists them all. ``False`` sets faulty cells and rows aside: they are
        listed in ``rejected``, cells count as blank, and a `DataQualityWarning` says how many.
    sheet
        The sheet of an Excel file; ``None`` is the first.
    tool
        Which tool wrote the file: ``"limesurvey"``, ``"kobo"``, ``"odk"``, ``"qualtrics"``, ``"redcap"``, ``"forms"``
        (Microsoft, Google), ``"spss"``, ``"trustmeter"`` (our own page and data-entry sheet). ``"auto"`` finds it out by
        the tool's own columns; ``"table"`` looks for none. The tool's columns are then not spoken of, the language is
        taken from them, and previews, spam, screened-out and quota-full rows are set aside, where the file tells them.
    mapping
        Which column is which item, where headings do not say it: what `propose_mapping` made and a person confirmed,
        or the path of that.
    unfinished
        ``"keep"`` leaves those in who did not hand in; the kept column ``finished`` says *no* of them. ``"set_aside"``
        sets them aside.
    design
        How people came into the sample: the headings of weights, strata, clusters. Its columns are carried along, too.
    progress
        Is called with the share that is done, from 0 to 1, for a bar.

    Returns
    -------
    Responses
        ``frame`` with the role columns (``string``), kept columns and one column an item; ``missing`` with the kind
        of each empty cell; ``problems`` with what was noticed; ``rejected`` with what was set aside (row, column,
        code). ``simulated`` is true when the file has a column ``simulated`` with anything in it but a no.

    Raises
    ------
    ResponsesError
        With all that is wrong with the answers. Neither answers nor names of respondents are in the message.
    DesignError
        When an argument names what is not there.
    MissingExtraError
        When the package for this kind of file is not installed.

    Notes
    -----
    Rows are counted from the first row of data. Whole numbers are one code however they are written (``1``, ``1.0``,
    ``1,0``, ``01``), unless the questionnaire itself tells ``1`` and ``01`` apart. SPSS and Stata files are read by
    their codes; a value label that belongs to another code is an error. What such a file declares missing, as a value or a
    range, is a non-answer of the item by its code or label (*refusal*, *don't know*, *not applicable*), else blank. A wave without any
    answer of a person makes no row. Where a LimeSurvey file tells null from an empty text, null is *not asked*: that
    person never saw the question, or never sent its page. A tool's own number of a row is no respondent: it would link
    strangers of two waves. Name a column with ``respondent=`` if it holds a code.

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> cells = {"id": ["a", "b"], "when": ["2023", "2023"], "CONSENT": ["yes", "1"]}
    >>> cells |= {item: ["Agree", 4.0] for item in trust.scales[0].items}
    >>> answers = tm.read_responses(pd.DataFrame(cells), trust, respondent="id", wave="when")
    >>> answers.frame[trust.scales[0].items[0]].tolist()
    [4, 4]
    """
    named = {"respondent": respondent, "zone": zone, "language": language, "mode": mode}
    roles, patterns = _check_call(questionnaire, named, wave, keep)
    only = _only_wave(patterns)
    patterns = patterns if only is None else None
    roles = _with_design(roles, design)
    check_option("tool", tool, ReadTool, "read_responses")
    check_option("unfinished", unfinished, UnfinishedRows, "read_responses")
    read, coding = _shares(progress)
    table = read_table(source, sheet=sheet, progress=read)
    items = None if mapping is None else items_of_mapping(mapping, table, questionnaire)
    wide = patterns is not None
    table, roles = made_plain(table, questionnaire, roles, tool=tool, wide=wide, items=items, unfinished=unfinished)
    layout = lay_out(table, questionnaire, roles, patterns)
    table = settle_several(settle_declared(table, layout, questionnaire), layout, questionnaire)
    if patterns is not None:
        roles = _wide_roles(roles)
    coded = _code(table, layout, questionnaire, roles, coding)
    findings = (*table.findings, *layout.findings, *coded.findings)
    _decide(findings, table.name, strict=strict)
    stay = _rows_that_stay(coded, findings, table.name)
    marks = table.cells[layout.simulated] if layout.simulated is not None else ()
    ordered = coded.people[[*roles.columns]]
    answers = Responses(
        frame=pd.concat([ordered, coded.items], axis=1).loc[stay].reset_index(drop=True),
        missing=coded.missing.loc[stay].reset_index(drop=True),
        questionnaire=questionnaire,
        roles=roles,
        source="" if isinstance(source, pd.DataFrame) else table.name,
        simulated=any(fold(text) not in _NO for text in set(marks)),
        problems=tuple(finding.settled() for finding in findings),
        rejected=_set_aside(findings, table.name),
        design=design,
    )
    return answers if only is None else _of_wave(answers, only)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class _Stack:
    """All waves, one under the other."""

    people: pd.DataFrame
    items: pd.DataFrame
    missing: pd.DataFrame
    rows: Rows
    findings: tuple[Finding, ...]


def _check_call(
    questionnaire: Any, named: Mapping[str, Any], wave: Any, keep: Any
) -> tuple[Roles, dict[str, str] | None]:
    if not isinstance(questionnaire, Questionnaire):
        kind = type(questionnaire).__name__
        message = f"The second argument of `read_responses` must be a questionnaire. Got a {kind}."
        raise DesignError(message + " Load it first: `trustmeter.load_questionnaire('community-trust')`.")
    patterns = {str(name): pattern for name, pattern in wave.items()} if isinstance(wave, Mapping) else None
    roles = {**named, "wave": None if patterns is not None else wave}
    kept = tuple(keep) if isinstance(keep, Iterable) and not isinstance(keep, str) else (keep,)
    wrong = [name for name, heading in roles.items() if not (heading is None or (isinstance(heading, str) and heading))]
    wrong += ["keep"] if not all(isinstance(heading, str) for heading in kept) else []
    wrong += ["wave"] if patterns and not all(isinstance(pattern, str) for pattern in patterns.values()) else []
    if wrong:
        raise DesignError(f"The `{wrong[0]}` argument of `read_responses` must hold headings of columns, as text.")
    return Roles(**roles, kept=kept), patterns


def _only_wave(patterns: Mapping[str, str] | None) -> str | None:
    """Return the name of the one wave that a file holds, where the call says so: ``{"2025": "{item}"}``."""
    if patterns is None or list(patterns.values()) != ["{item}"]:
        return None
    (name,) = patterns
    return name.strip() or None


def _of_wave(answers: Responses, name: str) -> Responses:
    """Return answers of one wave with a column that says so."""
    column = "wave" if "wave" not in answers.roles.columns else "wave_"
    roles = replace(answers.roles, wave=column)
    frame = answers.frame.assign(**{column: pd.array([name] * len(answers), dtype="string")})
    return replace(answers, frame=frame[[*roles.columns, *answers.missing.columns]], roles=roles)


def _with_design(roles: Roles, design: Any) -> Roles:
    """Return the roles with the columns of the design carried along."""
    if design is None:
        return roles
    if not isinstance(design, SurveyDesign):
        raise DesignError(f"`design` of `read_responses` takes a `SurveyDesign`. Got {type(design).__name__}.")
    more = tuple(column for column in design.columns if column not in roles.columns)
    return replace(roles, kept=(*roles.kept, *more))


def _wide_roles(roles: Roles) -> Roles:
    """Return the roles of a wide file's rows: their wave, and the row itself as respondent where none is named."""
    taken = set(roles.columns)
    wave = "wave" if "wave" not in taken else "wave_"
    respondent = roles.respondent or ("respondent" if "respondent" not in taken else "respondent_")
    return replace(roles, wave=wave, respondent=respondent)


def _shares(
    progress: Callable[[float], None] | None,
) -> tuple[Callable[[float], None] | None, Callable[[float], None] | None]:
    """Return what is told of reading, which is the larger part of the work, and of coding."""
    if progress is None:
        return None, None
    if not callable(progress):
        raise DesignError("The `progress` argument of `read_responses` must be something to call with a share.")
    return (lambda share: progress(_READING * share)), (lambda share: progress(_READING + (1 - _READING) * share))


def _code(
    table: Table,
    layout: Layout,
    questionnaire: Questionnaire,
    roles: Roles,
    progress: Callable[[float], None] | None = None,
) -> _Stack:
    people_of_file = _people(table, layout, roles)
    parts: list[_Stack] = []
    for wave in layout.waves:
        there, notes = _taking_part(table, wave)
        cells = {item: table.cells[place][there] for item, place in wave.columns.items()}
        headings = {item: table.headings[place] for item, place in wave.columns.items()}
        labels = {item: table.labels.get(heading, {}) for item, heading in headings.items()}
        rows = table.rows[there]
        coded = code_answers(cells, questionnaire, rows=rows, headings=headings, labels=labels, progress=progress)
        people = people_of_file.loc[there].reset_index(drop=True)
        if wave.name and roles.wave is not None:
            people[roles.wave] = pd.array([wave.name] * len(rows), dtype="string")
        parts.append(_Stack(people, coded.frame, coded.missing, rows, (*notes, *coded.findings)))
    people = pd.concat([part.people for part in parts], ignore_index=True)
    rows = np.concatenate([part.rows for part in parts])
    of_people = check_people(people, rows, respondent=roles.respondent, wave=roles.wave, zone=roles.zone)
    missing = pd.concat([part.missing for part in parts], ignore_index=True)
    return _Stack(
        people=people,
        items=pd.concat([part.items for part in parts], ignore_index=True),
        missing=missing,
        rows=rows,
        findings=(*of_people, *(finding for part in parts for finding in part.findings)),
    )


def _taking_part(table: Table, wave: Wave) -> tuple[Any, list[Finding]]:
    """Return who gave any answer in a wave of a wide file; in a long file, all rows."""
    if not wave.name:
        return np.ones(len(table.rows), dtype=bool), []
    there = np.zeros(len(table.rows), dtype=bool)
    for item in wave.own:
        places, texts = pd.factorize(table.cells[wave.columns[item]])
        there |= np.array([not is_blank(text) for text in texts], dtype=bool)[places]
    if there.all():
        return there, []
    message = f"{count_of(int((~there).sum()), 'person')} without any answer in this wave: not counted in it."
    return there, [Finding(Problem("R-WAVE-ABSENT", f"wave {wave.name!r}", message, severity="warning"))]


def _people(table: Table, layout: Layout, roles: Roles) -> pd.DataFrame:
    columns = {
        heading: _kept_column(table.cells[place]) if heading in roles.kept else _role_column(table.cells[place])
        for heading, place in layout.roles.items()
    }
    if roles.respondent is not None and roles.respondent not in columns:
        columns[roles.respondent] = pd.Series(pd.array(table.rows.astype(str).astype(object), dtype="string"))
    return pd.DataFrame(columns, index=pd.RangeIndex(len(table.rows)))


def _role_column(cells: Texts) -> pd.Series[Any]:
    """Return names as text. Numbers that a tool wrote as ``7.0`` are ``7``; blanks around a name go."""
    places, distinct = pd.factorize(cells)
    names = [None if is_blank(text) else text.strip() for text in distinct]
    if all(name is None or _WHOLE_FLOAT.fullmatch(name) for name in names):
        names = [name and _WHOLE_FLOAT.sub(r"\1", name) for name in names]
    return pd.Series(pd.array(np.array(names, dtype=object)[places], dtype="string"))


def _kept_column(cells: Texts) -> pd.Series[Any]:
    """Return numbers where all filled cells are numbers that lose nothing in becoming one, else text."""
    places, distinct = pd.factorize(cells)
    filled = [text for text in distinct if not is_blank(text)]
    plain = not any(has_leading_zero(fold(text)) for text in filled)
    numbers = read_numbers(filled) if plain else np.array([np.nan])
    whole = bool(filled) and bool((numbers % 1 == 0).all())
    if not filled or np.isnan(numbers).any() or (whole and np.abs(numbers).max() >= 10**_LONGEST_NUMBER):
        return _role_column(cells)
    value_of = dict(zip(filled, numbers, strict=True))
    values = pd.Series([value_of.get(text, pd.NA) for text in distinct], dtype="Float64")
    values = values.astype("Int64") if whole else values
    return values.iloc[places].reset_index(drop=True)


def _decide(findings: Sequence[Finding], name: str, *, strict: bool) -> None:
    """Refuse when there are errors and the reading is strict, or errors that setting aside cannot deal with."""
    errors = [finding for finding in findings if finding.problem.severity == "error"]
    refused = errors if strict else [finding for finding in errors if finding.stops]
    if not refused:
        return
    notes = [finding.problem for finding in findings if finding.problem.severity == "warning"]
    cure = "Mend them at the source."
    if not any(finding.stops for finding in errors):
        cure = "Mend them at the source, or set the faulty cells and rows aside with strict=False."
    headline = f"The answers in {name} cannot be used: {count_of(len(errors), 'kind')} of error. {cure}"
    raise ResponsesError(headline, [*(finding.problem for finding in errors), *notes])


def _rows_that_stay(coded: _Stack, findings: Sequence[Finding], name: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    gone = [rows for finding in findings if finding.whole_rows for _, rows in finding.cells]
    stay = ~np.isin(coded.rows, np.concatenate(gone)) if gone else np.ones(len(coded.rows), dtype=bool)
    if not stay.any():
        raise ResponsesError(f"No row of {name} can be used.", [finding.problem for finding in findings])
    return stay


def _set_aside(findings: Sequence[Finding], name: str) -> pd.DataFrame:
    """Return the rows and cells that were set aside, and warn when there are any beside blank rows."""
    records = [
        (int(row), column, finding.problem.code)
        for finding in findings
        if finding.outcome or finding.whole_rows
        for column, rows in finding.cells
        for row in rows
    ]
    frame = pd.DataFrame(records, columns=["row", "column", "code"]).astype({"row": "int64"})
    aside = sum(code != "R-ROW-BLANK" for _, _, code in records)
    if aside:
        what = "1 cell or row" if aside == 1 else f"{aside} cells or rows"
        message = f"{what} of {name} set aside: see `rejected` and `problems`."
        warnings.warn(message, DataQualityWarning, stacklevel=3)
    return frame.sort_values(["row", "column"], kind="stable", ignore_index=True)
