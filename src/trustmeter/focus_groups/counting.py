"""Which sessions and people raised each code, and out of how many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from trustmeter.focus_groups.model import Segments

ALL = ""
"""The name of all sessions together in the column ``group``."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One code in one group.

    Parameters
    ----------
    sessions, people
        How many raised it; `people` is ``None`` where speakers are not known.
    by_session
        People who raised it and people there, session by session.
    """

    sessions: int
    people: int | None
    by_session: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One group: how many sessions and people there are, and what they raised by code."""

    sessions: int
    people: int | None
    codes: Mapping[str, Counts]


def rolled_up(segments: Segments, level: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows with the codes that are counted, and these codes in order; codes that only gather others are not."""
    frame, book = segments.frame, segments.codebook
    if level == "top":
        tops = {name: book.top(name) for name in book.names}
        frame = frame.assign(code=frame["code"].map(lambda name: tops.get(name, name)))
        return frame, tuple(dict.fromkeys(tops.values()))
    given, above = set(frame["code"]), {code.parent for code in book.codes}
    alone = [code.name for code in book.codes if code.codable and code.name not in above]
    return frame, tuple(name for name in book.names if name in given or name in alone)


def counted(
    frame: pd.DataFrame, codes: Sequence[str], sessions: Sequence[str], participants: Mapping[str, int] | None
) -> Table:
    """Count one group's rows: sessions and people who raised each code, people known by who spoke or by who sat there."""
    speaking = frame[frame["speaker"] != ""]
    heard = speaking[["session", "speaker"]].drop_duplicates().groupby("session").size()
    there = {name: int(heard.get(name, 0)) for name in sessions}
    known = len(speaking) > 0
    if participants is not None:
        there = {name: participants[name] for name in sessions}
    found = {}
    for code in codes:
        rows = frame[frame["code"] == code]
        pairs = rows.loc[rows["speaker"] != "", ["session", "speaker"]].drop_duplicates().groupby("session").size()
        by_session = tuple((int(pairs.get(name, 0)), there[name]) for name in sessions)
        people = sum(raised for raised, _ in by_session) if known else None
        found[code] = Counts(int(rows["session"].nunique()), people, by_session)
    return Table(len(sessions), sum(there.values()) if known or participants is not None else None, found)


def share_interval(by_session: Sequence[tuple[int, int]], conf_level: float) -> tuple[float, float, float, float]:
    """Return the share of people, its limits and the effective number of people, allowing for sessions.

    The variance of sum r / sum m over sessions (linearised, times k / (k - 1)) makes the number of independent people of the same
    precision; Wilson's interval is taken for that, with t on k - 1 degrees in place of z. Never more precise than independent people
    would be; without limits where the share is 0 or 1.
    """
    raised, there = (np.array(part, dtype=float) for part in zip(*by_session, strict=True))
    k, n = len(raised), float(there.sum())
    p = float(raised.sum() / n)
    if not 0 < p < 1:
        return p, math.nan, math.nan, math.nan
    variance = k / (k - 1) * float(np.sum((raised - p * there) ** 2)) / n**2
    effective = min(n, p * (1 - p) / variance) if variance > 0 else n
    t = float(scipy.special.stdtrit(k - 1, (1 + conf_level) / 2))
    z = float(scipy.special.ndtri((1 + conf_level) / 2))
    low, high = _wilson(p, effective * (z / t) ** 2, conf_level)
    return p, low, high, effective


def _wilson(share: float, n: float, conf_level: float) -> tuple[float, float]:
    """Return Wilson's interval of a share of a number that need not be whole."""
    z = float(scipy.special.ndtri((1 + conf_level) / 2))
    centre = share + z**2 / (2 * n)
    margin = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (centre - margin) / (1 + z**2 / n), (centre + margin) / (1 + z**2 / n)
