"""Do coders mark the same? Agreement code by code, and over all codes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.focus_groups.model import Segments
from trustmeter.focus_groups.sums import COEFFICIENTS, Floats, over_sessions, pooled, unit_sums_of, varies
from trustmeter.focus_groups.units import Sessions, character_units, document_units, segment_units
from trustmeter.options import FEWEST_IN_A_CELL, CodingUnit, check_conf_level, check_option, names_of
from trustmeter.psychometrics.agreement.coders import kappa
from trustmeter.psychometrics.agreement.content import krippendorff_alpha
from trustmeter.results import Result, told_count, vocabulary_frame

WHERE = "code_agreement"
FEWEST_UNITS = 5
FEWEST_SESSIONS = 5
"""Fewer sessions do not tell how far agreement varies from one to the next."""
LOW_PREVALENCE = 0.1

NO_ABSENCE = (
    "Only segments that at least one coder marked are compared: what all passed over is not in the file. Agreement on leaving a "
    "code away is therefore told too low; by characters it is told whole."
)
SEEN = "A coder with any row in a session counts as having seen all of it; segments that he did not mark are not given the code."
ALIKE = (
    "Segments of one session are alike, so intervals over segments are rather too narrow; those over all codes leave out one session "
    "at a time."
)
CHARACTERS = (
    "Each character of the text counts, so long segments weigh more, and a border drawn a few words apart counts little. This is not "
    "Krippendorff's alpha for unitizing, which also holds the segments as wholes against each other."
)
PREVALENCE = (
    "Seldom or nearly always given ({names}): there kappa and alpha can be low though coders agree nearly everywhere. Read the share "
    "of agreement and Gwet's AC1 beside them."
)
FLAT = (
    "Codes that were given nowhere or everywhere: {n}. They say nothing beyond chance, and are left out over all codes."
)
TOO_FEW_SESSIONS = "There is no interval over all codes: it takes 5 sessions, and there are fewer ({n})."
FEW_CODINGS = "Codes that no coder gave 5 times are not told one by one: {n}. They count over all codes."
NOTHING_VARIES = "nothing varies"
FEW = "fewer than 5 codings"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CodeAgreement(Result):
    """How far coders agree, a few rows a code (column ``item``), and the same over all codes (``item`` empty).

    Parameters
    ----------
    unit
        On what they were held against each other.
    codes
        The codes, in the codebook's order.
    coders
        How many coders there were.
    conf_level
        Level of the intervals.
    """

    title: ClassVar[str] = "Agreement of coders"

    unit: CodingUnit
    codes: tuple[str, ...]
    coders: int
    conf_level: float

    def value(self, term: str = "krippendorff_alpha", code: str = "") -> float:
        """Return one coefficient of a code; over all codes when `code` is left out."""
        known = [name for name in dict.fromkeys(self.table["item"]) if name]
        if code and code not in known:
            raise DesignError(unknown_word("code", code, known, "this result"))
        rows = self.table[(self.table["item"] == code) & (self.table["term"] == term)]
        if rows.empty:
            raise DesignError(unknown_word("term", term, list(dict.fromkeys(self.table["term"])), "this result"))
        return float(rows["estimate"].iloc[0])


def code_agreement(
    segments: Segments,
    *,
    unit: CodingUnit = "segment",
    codes: str | Sequence[str] | None = None,
    conf_level: float = 0.95,
) -> CodeAgreement:
    """Say how far coders of focus groups agree, code by code and over all codes.

    Use it before codes are counted, on sessions that two coders or more have coded without seeing each other's work.

    Parameters
    ----------
    segments
        Coded segments with their coders.
    unit
        ``"segment"``: each marked segment, of the same identifier or of exactly the same start and end. ``"document"``: each
        session as a whole. ``"characters"``: each character of the text, for segments that coders cut out themselves.
    codes
        One code, several, or ``None`` for all of the codebook that anybody gave.
    conf_level
        Level of the intervals.

    Returns
    -------
    CodeAgreement
        Columns ``item term estimate std_error ci_low ci_high n method suppressed``. Rows a code (``item``): ``prevalence`` (share of
        units that were given it, over coders), ``agreement``, ``kappa`` (two coders Cohen's, more Fleiss'), ``gwet_ac1``,
        ``krippendorff_alpha``; the last four over all codes with an empty ``item``. ``n`` counts units that two coders saw. Codes that no
        coder gave five times are hidden.

    Raises
    ------
    EstimationError
        When there is one coder, fewer than five units that two coders saw, or the places that `unit` needs are missing.
    DesignError
        When there is no such code.

    Notes
    -----
    Of each code all coefficients compare *given* with *not given*. Intervals by segment and document are those of `kappa` and
    `krippendorff_alpha`, over units. Those by characters, and those over all codes, leave out one session at a time (t on sessions
    less one) and need five sessions. Over all codes: (mean observed - mean expected) / (1 - mean expected), after De Vries et al. Codes
    that nothing sets apart, given nowhere or everywhere, are left out of it. Krippendorff asks for .80, and .667 for tentative
    conclusions: a rule of thumb.

    References
    ----------
    De Vries, H., Elliott, M. N., Kanouse, D. E., & Teleki, S. S. (2008). Using pooled kappa to summarize interrater agreement across
    many items. Field Methods, 20(3), 272-282. doi:10.1177/1525822X08317166

    Krippendorff, K. (2019). Content analysis: An introduction to its methodology (4th ed.). Sage. doi:10.4135/9781071878781

    Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British Journal of
    Mathematical and Statistical Psychology, 61(1), 29-48. doi:10.1348/000711006X126600

    Examples
    --------
    In R ``psych::cohen.kappa(cbind(first, second))`` of the zeros and ones of a code gives the same kappa.

    >>> import pandas as pd, trustmeter as tm
    >>> given = {"Ann": "rrrrr---", "Bob": "rrrr----"}
    >>> rows = [("A", f"s{at}", who, "respect" if mark == "r" else "") for who, marks in given.items() for at, mark in enumerate(marks)]
    >>> segments = tm.read_segments(pd.DataFrame(rows, columns=["session", "segment", "coder", "code"]))
    >>> round(tm.code_agreement(segments).value("kappa", "respect"), 2)
    0.75
    """
    check_conf_level(conf_level, WHERE)
    check_option("unit", unit, CodingUnit, WHERE)
    chosen, frame, coders = _check_call(segments, codes)
    found = _units(segments, unit, frame, chosen, coders)
    sums = np.array([[unit_sums_of(there[code]) for code in chosen] for there in found.patterns])
    units = int(sums[:, 0, 0].sum())
    if units < FEWEST_UNITS:
        message = f"`{WHERE}` needs at least {FEWEST_UNITS} units that two coders saw. Got {units} by {unit}."
        raise EstimationError(f"{message} Let two people code more of the sessions.")
    rows: list[dict[str, Any]] = []
    few = _few(frame, chosen)
    for at, code in enumerate(chosen):
        if code in few:
            rows += [
                {**_row(code, term, math.nan, units, FEW), "suppressed": True} for term in ("prevalence", *COEFFICIENTS)
            ]
        elif unit == "characters":
            rows += _by_session(code, sums[:, at], len(coders), conf_level)
        else:
            rows += _by_unit(code, sums[:, at], [there[code].codes for there in found.patterns], conf_level)
    several = over_sessions(sums, lambda total: pooled(total, len(coders)), conf_level, FEWEST_SESSIONS)
    rows += [
        _row("", term, one.estimate, units, "over codes; leaving out sessions", measured=one)
        for term, one in zip(COEFFICIENTS, several, strict=True)
    ]
    told = [FEW_CODINGS.format(n=told_count(len(few)))] if few else []
    notes = (*_notes(unit, frame, rows, len(sums), sums), *told, *found.notes)
    provenance = segments.provenance(unit=unit, codes=list(chosen), coders=len(coders), conf_level=conf_level)
    return CodeAgreement(
        table=vocabulary_frame(rows), notes=notes, provenance=provenance, unit=unit, codes=chosen, coders=len(coders),
        conf_level=conf_level,
    )  # fmt: skip


def _check_call(segments: Any, codes: Any) -> tuple[tuple[str, ...], pd.DataFrame, tuple[str, ...]]:
    """Return the codes, the rows of sessions that two coders have in common, and the coders."""
    if not isinstance(segments, Segments):
        raise DesignError(f"`{WHERE}` takes segments, as `read_segments` returns. Got {type(segments).__name__}.")
    coders = segments.coders
    if len(coders) < 2 or "" in coders:
        had = "rows without a coder" if "" in coders else f"{len(coders)} coder{'' if len(coders) == 1 else 's'}"
        message = f"`{WHERE}` needs two coders or more, each named in every row. Got {had}."
        raise EstimationError(f"{message} Name the column: `read_segments(..., coder='column name')`.")
    frame = segments.frame
    given = set(frame["code"])
    known = [name for name in segments.codebook.names if name in given]
    chosen = tuple(known) if codes is None else names_of("codes", codes, WHERE)
    for name in chosen:
        segments.codebook.code(name)
    if not chosen:
        raise EstimationError(f"`{WHERE}` needs at least one code that was given. Got none.")
    by_two = frame.groupby("session")["coder"].nunique() > 1
    return chosen, frame[frame["session"].map(by_two).astype(bool)], coders


def _few(frame: pd.DataFrame, codes: Sequence[str]) -> set[str]:
    """Return the codes that even the coder who gave them most gave 1 to 4 times: whose they are could be found out."""
    times = frame.groupby(["code", "coder"]).size().groupby("code").max()
    return {code for code in codes if 0 < int(times.get(code, 0)) < FEWEST_IN_A_CELL}


def _units(segments: Segments, unit: str, frame: pd.DataFrame, codes: Sequence[str], coders: Sequence[str]) -> Sessions:
    if frame.empty:
        message = f"`{WHERE}` needs sessions that two coders have coded. Got none: each was coded by one."
        raise EstimationError(f"{message} Let a second person code some of them.")
    if unit == "segment":
        return segment_units(frame, codes, coders)
    return (
        document_units(frame, codes, coders) if unit == "document" else character_units(segments, frame, codes, coders)
    )


def _by_unit(code: str, sums: Floats, tables: Sequence[Any], conf_level: float) -> list[dict[str, Any]]:
    """Return a code's rows with the intervals of `kappa` and `krippendorff_alpha`, over units."""
    total = sums.sum(axis=0)
    n = int(total[0])
    rows = [_row(code, "prevalence", total[3] / total[2], n, "mean share of coders who gave it")]
    if not varies(total):
        return [*rows, *_flat(code, n)]
    ratings = pd.DataFrame(np.concatenate(tables)).astype(float)
    ratings = ratings.where(ratings >= 0)
    both = pd.concat(
        [kappa(ratings, conf_level=conf_level).table, krippendorff_alpha(ratings, conf_level=conf_level).table]
    )
    both = both[both["term"].isin(COEFFICIENTS)]
    keep = ("term", "estimate", "std_error", "ci_low", "ci_high", "n", "method")
    return rows + [
        {"item": code, "suppressed": False, **{str(name): row[name] for name in keep}}
        for row in both.to_dict("records")
    ]


def _by_session(code: str, sums: Floats, coders: int, conf_level: float) -> list[dict[str, Any]]:
    """Return a code's rows with intervals from leaving out sessions."""
    total = sums.sum(axis=0)
    n = int(total[0])
    rows = [_row(code, "prevalence", total[3] / total[2], n, "share of characters, mean over coders")]
    if not varies(total):
        return [*rows, *_flat(code, n)]
    found = over_sessions(sums, lambda one: pooled(one[None, :], coders), conf_level, FEWEST_SESSIONS)
    return rows + [
        _row(code, term, one.estimate, n, "characters; leaving out sessions", measured=one)
        for term, one in zip(COEFFICIENTS, found, strict=True)
    ]


def _flat(code: str, n: int) -> list[dict[str, Any]]:
    """Return the rows of a code that nobody gave, or everybody gave everywhere."""
    agreed = [_row(code, "agreement", 1.0, n, NOTHING_VARIES)]
    return agreed + [_row(code, term, math.nan, n, NOTHING_VARIES) for term in COEFFICIENTS[1:]]


def _row(code: str, term: str, estimate: float, n: int, method: str, *, measured: Any = None) -> dict[str, Any]:
    row = {"item": code, "term": term, "estimate": float(estimate), "n": n, "method": method, "suppressed": False}
    if measured is not None:
        row |= {"std_error": measured.std_error, "ci_low": measured.ci_low, "ci_high": measured.ci_high}
    return row


def _notes(unit: str, frame: pd.DataFrame, rows: Sequence[Mapping[str, Any]], sessions: int, sums: Floats) -> list[str]:
    notes = [CHARACTERS] if unit == "characters" else [SEEN]
    if unit == "segment":
        looked = set(frame.loc[frame["code"] == "", "session"]) == set(frame["session"])
        notes += [ALIKE] if looked else [NO_ABSENCE, ALIKE]
    crowded = [
        str(row["item"]) for row in rows
        if row["term"] == "prevalence" and not row["suppressed"] and not LOW_PREVALENCE <= row["estimate"] <= 1 - LOW_PREVALENCE
    ]  # fmt: skip
    if crowded:
        notes.append(PREVALENCE.format(names=", ".join(crowded)))
    flat = int(sum(not varies(one) for one in sums.sum(axis=0)))
    notes += [FLAT.format(n=flat)] if flat else []
    notes += [TOO_FEW_SESSIONS.format(n=sessions)] if sessions < FEWEST_SESSIONS else []
    return notes
