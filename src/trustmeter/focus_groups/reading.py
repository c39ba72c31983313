"""Codings come in: a spreadsheet, a project or a codebook becomes `Segments`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, Problem, did_you_mean
from trustmeter.focus_groups.files.codebook_file import read_codebook
from trustmeter.focus_groups.files.project import Gathered, read_project
from trustmeter.focus_groups.files.sheet import read_code_list, read_sheet
from trustmeter.focus_groups.model import COLUMNS, Codebook, Segments
from trustmeter.options import names_of

WHERE = "read_segments"
_PROJECTS = (".qdpx", ".qde")
_ONLY_TABLES = ("session", "code", "segment", "start", "end", "coder", "text", "sheet")


def read_segments(
    source: str | Path | pd.DataFrame,
    *,
    session: str | None = None,
    code: str | None = None,
    group: str | None = None,
    speaker: str | None = None,
    coder: str | None = None,
    segment: str | None = None,
    start: str | None = None,
    end: str | None = None,
    text: str | None = None,
    codebook: str | Path | None = None,
    moderators: str | Iterable[str] = (),
    separator: str = ";",
    keep_text: bool = False,
    sheet: str | None = None,
) -> Segments:
    """Read what coders marked in focus groups: from a spreadsheet, or from the project of an analysis program.

    Use it first. ATLAS.ti, MAXQDA, NVivo, QualCoder and others write projects (``.qdpx``) and codebooks (``.qdc``) of the
    REFI-QDA standard; a table with a row a segment does as well. What was said is dropped on reading unless asked for.

    Parameters
    ----------
    source
        The path of a ``.qdpx`` project, a ``.qdc`` codebook, a CSV or Excel file; or a frame, which is not changed.
    session, code
        Of a table: the columns with the name of the session and its codes, several in a cell with `separator` between. A
        cell without code says that the coder saw the segment and gave it none. Left out: the column of that name.
    group
        Of a table: the column that says of which group the session or speaker is. Of a project: the variable of sessions, or
        of cases that hold sessions, or ``"sets"``. Left out: the column or variable called *group*, if there is one.
    speaker
        Of a table: the column with a pseudonym of who spoke, different within a session. Of a project: the code above the codes
        that mark who speaks; left out, cases that hold selections of text.
    coder, segment, start, end, text
        Of a table: the columns with who coded, an identifier of the segment, where it starts and ends (characters from 0, the
        end not included), and its words. Left out: the columns of that name, if there are any.
    codebook
        A ``.qdc`` file, or a table with the columns ``code``, ``parent`` and ``definition``, for order, hierarchy and
        definitions.
    moderators
        Speakers who led the talk; what they said is left out.
    separator
        Between several codes of a cell.
    keep_text
        Whether words are kept, for `quotes`. They are personal data.
    sheet
        The sheet of an Excel file; ``None`` is the first.

    Returns
    -------
    Segments
        ``frame`` with one row a segment, code and coder; ``codebook``; ``sessions`` with their groups; ``problems``. Of a
        codebook file, ``frame`` is empty.

    Raises
    ------
    ResponsesError
        When the file is damaged, of another kind, larger than it may be, or no file one should open: XML that declares
        entities, an archive whose files unpack to far more than they should, or whose names lead out of it.
    DesignError
        When an argument names what is not there.

    Notes
    -----
    Of a project, a segment has the speaker whose marked words it shares most characters with. Selections of pictures, sound
    and pages count as segments without a place. The same pseudonym in two sessions counts as two people. Programs do not all count
    characters alike where a text holds emoji or line ends of Windows: codings of one project fit each other, but the words that
    `keep_text` cuts out can be shifted by a few signs.

    References
    ----------
    Evers, J. C., Caprioli, M. U., Nöst, S., & Wiedemann, G. (2020). What is the REFI-QDA standard: Experimenting with the
    transfer of analyzed research projects between QDA software. Forum Qualitative Sozialforschung, 21(2).
    doi:10.17169/fqs-21.2.3439

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> rows = pd.DataFrame({"session": ["A", "A", "B"], "speaker": ["p1", "p2", "p1"], "code": ["respect; waiting", "waiting", ""]})
    >>> segments = tm.read_segments(rows)
    >>> segments.codebook.names, len(segments.frame)
    (('respect', 'waiting'), 4)
    """
    named = {
        "session": session, "code": code, "group": group, "speaker": speaker, "coder": coder, "segment": segment, "start": start,
        "end": end, "text": text,
    }  # fmt: skip
    leaders = _check_call(source, named, moderators, separator, keep_text)
    suffix = "" if isinstance(source, pd.DataFrame) else Path(source).suffix.lower()
    if suffix == ".qdc":
        found = Gathered(codebook=read_codebook(Path(source)))  # type: ignore[arg-type]
    elif suffix in _PROJECTS:
        _refuse_columns({**named, "sheet": sheet})
        found = read_project(Path(source), group)  # type: ignore[arg-type]
        _give_speakers(found, speaker)
    else:
        found = read_sheet(source if isinstance(source, pd.DataFrame) else Path(source), named, separator, sheet)
    if codebook is not None:
        _take_codebook(found, Path(codebook))
    name = "" if isinstance(source, pd.DataFrame) else Path(source).name
    return _segments(found, name, leaders, keep_text=keep_text)


def _check_call(
    source: Any, named: Mapping[str, Any], moderators: Any, separator: Any, keep_text: Any
) -> tuple[str, ...]:
    if not isinstance(source, (str, Path, pd.DataFrame)):
        kind = type(source).__name__
        raise DesignError(f"The `source` of `{WHERE}` must be the path of a file or a DataFrame. Got a {kind}.")
    wrong = [name for name, value in named.items() if value is not None and not (isinstance(value, str) and value)]
    if wrong:
        raise DesignError(f"The `{wrong[0]}` argument of `{WHERE}` must be the name of a column or variable, as text.")
    if not isinstance(separator, str) or not separator.strip():
        raise DesignError(f"The `separator` argument of `{WHERE}` must be a sign such as ';'. Got {separator!r}.")
    if not isinstance(keep_text, bool):
        raise DesignError(f"The `keep_text` argument of `{WHERE}` must be True or False. Got {keep_text!r}.")
    return names_of("moderators", moderators, WHERE) if moderators else ()


def _refuse_columns(named: Mapping[str, str | None]) -> None:
    given = [name for name in _ONLY_TABLES if named.get(name) is not None]
    if given:
        message = f"The `{given[0]}` argument of `{WHERE}` is for tables; a project says itself what is what."
        raise DesignError(f"{message} Leave it out.")


def _give_speakers(found: Gathered, speaker: str | None) -> None:
    """Give each row its speaker, from codes below the code `speaker` or from cases, and take such codes out."""
    told = found.told_speakers
    if speaker is not None:
        book = found.codebook
        if speaker not in book.names:
            message = f"The `speaker` argument of `{WHERE}` must be a code of the project. Got {speaker!r}."
            raise DesignError(message + did_you_mean(speaker, book.names))
        marks = {name for name in book.names if speaker in (name, *book.above(name))}
        told = [
            (row["session"], row["start"], row["end"], row["code"])
            for row in found.rows if row["code"] in marks - {speaker} and row["start"] is not None
        ]  # fmt: skip
        found.rows = [row for row in found.rows if row["code"] not in marks]
        found.codebook = Codebook(tuple(code for code in book.codes if code.name not in marks))
    by_session: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for session, start, end, name in told:
        by_session[session].append((start, end, name))
    ranges = {session: _Ranges(marks_there) for session, marks_there in by_session.items()}
    for row in found.rows:
        if row["session"] in ranges and row["start"] is not None:
            row["speaker"] = ranges[row["session"]].speaker(row["start"], row["end"])


class _Ranges:
    """Who spoke where in one session."""

    def __init__(self, marks: list[tuple[int, int, str]]) -> None:
        self.starts, self.ends = (np.array([mark[at] for mark in marks], dtype=np.int64) for at in (0, 1))
        self.names, self.place = np.unique([mark[2] for mark in marks], return_inverse=True)

    def speaker(self, start: int, end: int) -> str:
        """Return the speaker whose marks cover most of a range, or an empty text."""
        shared = np.clip(np.minimum(self.ends, end) - np.maximum(self.starts, start), 0, None)
        by_name = np.bincount(self.place, weights=shared, minlength=len(self.names))
        return str(self.names[int(by_name.argmax())]) if by_name.max(initial=0) > 0 else ""


def _take_codebook(found: Gathered, path: Path) -> None:
    """Give the codes of a file their order, hierarchy and definitions; codes that are not in it come last."""
    given = read_codebook(path) if path.suffix.lower() == ".qdc" else read_code_list(path)
    strangers = [one for one in found.codebook.codes if one.name not in given.names]
    if strangers:
        message = f"{len(strangers)} of {len(found.codebook.codes)} codes are not in {path.name}: they stand last."
        hint = "Write codes alike in both, capitals too."
        found.problems.append(Problem("F-CODE-STRANGE", path.name, message, hint, severity="warning"))
    kept = [replace(one, parent="") for one in strangers]
    found.codebook = Codebook((*given.codes, *kept))


def _segments(found: Gathered, name: str, moderators: tuple[str, ...], *, keep_text: bool) -> Segments:
    """Return what was gathered as segments, each row once, without what moderators said."""
    rows = [row for row in found.rows if not row.get("speaker") or row["speaker"] not in moderators]
    frame = pd.DataFrame({
        column: pd.array([row.get(column) for row in rows], dtype="Int64") if column in {"start", "end"}
        else pd.array([row.get(column) or "" for row in rows], dtype="string") for column in COLUMNS
    })  # fmt: skip
    first = ~frame.duplicated()
    words = pd.Series(pd.array([row.get("text") or None for row in rows], dtype="string"), name="text")
    problems = list(found.problems)
    if moderators and len(rows) == len(found.rows):
        message = "No segment has a speaker of the names in `moderators`."
        problems.append(Problem("F-MODERATOR", name, message, "Look how they are written.", severity="warning"))
    return Segments(
        frame=frame[first].reset_index(drop=True),
        codebook=found.codebook,
        sessions=found.sessions,
        lengths=found.lengths,
        text=words[first].reset_index(drop=True) if keep_text else None,
        source=name,
        simulated=found.simulated,
        problems=tuple(problems),
    )
