"""What coders are held against each other on: segments, sessions, or characters of what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.focus_groups.model import Segments
from trustmeter.focus_groups.sums import Patterns

WHERE = "code_agreement"
NO_LENGTH = (
    "Sessions of which the length of the text is not known: {n}. Their text is taken to end with the last marked character, so what "
    "nobody marked after it is missing."
)


@dataclass(frozen=True, eq=False, slots=True)
class Sessions:
    """For each session, its patterns of each code: ``patterns[session][code]``; and what was noticed."""

    patterns: Sequence[Mapping[str, Patterns]]
    notes: tuple[str, ...] = ()


def segment_units(frame: pd.DataFrame, codes: Sequence[str], coders: Sequence[str]) -> Sessions:
    """Take each segment that any coder marked: the same identifier, or the same start and end.

    A coder with any row in a session counts as having seen all its segments.

    Raises
    ------
    EstimationError
        When segments have neither identifier nor place.
    """
    placed = frame["start"].notna()
    named = frame["segment"] != ""
    lost = (frame["code"] != "") & ~(placed | named)
    if lost.any():
        n = int(lost.sum())
        message = (
            f"`{WHERE}` by segment needs an identifier, or start and end, of each segment. {n} codings have neither."
        )
        raise EstimationError(f"{message} Name the column (`read_segments(..., segment=...)`), or use unit='document'.")
    key = frame["segment"].where(named, frame["start"].astype("string") + "-" + frame["end"].astype("string"))
    keyed = frame.assign(unit=key)
    return Sessions([_marked(part, "unit", codes, coders) for _, part in keyed.groupby("session", sort=False)])


def document_units(frame: pd.DataFrame, codes: Sequence[str], coders: Sequence[str]) -> Sessions:
    """Take each session as a whole: did the coder give the code anywhere in it?"""
    parts = frame.groupby("session", sort=False)
    return Sessions([_marked(part.assign(unit="all"), "unit", codes, coders) for _, part in parts])


def character_units(segments: Segments, frame: pd.DataFrame, codes: Sequence[str], coders: Sequence[str]) -> Sessions:
    """Take each character of each session's text.

    Raises
    ------
    EstimationError
        When segments have no start and end.
    """
    coded = frame["code"] != ""
    placed = frame["start"].notna()
    if (coded & ~placed).any():
        n = int((coded & ~placed).sum())
        message = f"`{WHERE}` by characters needs start and end of each coding. {n} have none."
        raise EstimationError(f"{message} Use unit='segment' or unit='document'.")
    patterns, unknown = [], 0
    for session, part in frame.groupby("session", sort=False):
        ends = part["end"].dropna()
        length = segments.lengths.get(str(session), 0)
        unknown += not length
        length = max(length, int(ends.max()) if len(ends) else 0)
        if length:
            patterns.append(_spread(part, length, codes, coders))
    return Sessions(patterns, (NO_LENGTH.format(n=unknown),) if unknown else ())


def _marked(part: pd.DataFrame, unit: str, codes: Sequence[str], coders: Sequence[str]) -> dict[str, Patterns]:
    """Return for each code which coder gave it to which unit; -1 of coders who have no row in the session."""
    units, names = pd.factorize(part[unit])
    who = part["coder"].map({coder: at for at, coder in enumerate(coders)}).to_numpy(dtype=np.intp)
    seen = np.isin(np.arange(len(coders)), who)
    found = {}
    for code in codes:
        table = np.where(seen[None, :], 0, -1).repeat(len(names), axis=0)
        given = (part["code"] == code).to_numpy()
        table[units[given], who[given]] = 1
        found[code] = Patterns(table.astype(np.intp), np.ones(len(names)))
    return found


def _spread(part: pd.DataFrame, length: int, codes: Sequence[str], coders: Sequence[str]) -> dict[str, Patterns]:
    """Return for each code the stretches of text between any two marks, with their lengths as weights."""
    there = set(part["coder"])
    found = {}
    for code in codes:
        rows = part[part["code"] == code]
        starts, ends = (rows[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
        cuts = np.unique(np.concatenate([[0, length], starts, ends]))
        table = np.full((len(cuts) - 1, len(coders)), -1, dtype=np.intp)
        for at, coder in enumerate(coders):
            if coder in there:
                mine = (rows["coder"] == coder).to_numpy()
                table[:, at] = _covered(cuts, starts[mine], ends[mine])
        found[code] = Patterns(table, np.diff(cuts).astype(float))
    return found


def _covered(cuts: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return for each stretch between cuts whether any range covers it."""
    depth = np.zeros(len(cuts), dtype=np.int64)
    np.add.at(depth, np.searchsorted(cuts, starts), 1)
    np.add.at(depth, np.searchsorted(cuts, ends), -1)
    return (np.cumsum(depth)[:-1] > 0).astype(np.intp)
