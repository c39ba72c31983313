"""In how many sessions, and by how many people, was a code raised? Group by group, with small counts hidden."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.focus_groups.counting import ALL, Table, counted, rolled_up, share_interval
from trustmeter.focus_groups.hiding import shown_counts
from trustmeter.focus_groups.model import Segments
from trustmeter.options import (
    FEWEST_IN_A_CELL,
    FEWEST_PEOPLE,
    CodeGrouping,
    CodeLevel,
    check_conf_level,
    check_option,
)
from trustmeter.results import Result, told_count, vocabulary_frame

WHERE = "code_frequencies"
FEWEST_SESSIONS = 10
"""With fewer sessions a share of people has no interval: they do not tell how far sessions differ."""

NO_SAMPLE = (
    "Focus groups are no sample: people were chosen, and talk shapes what comes up. Read which codes came up where, not how common "
    "a view is in the community; that a code is absent does not mean that nobody thinks so."
)
CLUSTERED = (
    "People of one session hear each other. Shares of people allow for it (each session counts as one draw), and hold for sessions "
    "like these."
)
FEW_SESSIONS = "Shares of people stand without interval in groups of fewer than 10 sessions: so few do not tell how far sessions differ."
NO_PEOPLE = "How many people sat there is not known (`participants=`), so there are no shares of people; `n` counts people who were marked."
HIDDEN = (
    "Counts of 1 to 4, and counts that leave 1 to 4 over, are hidden, with as many others as keep them from being worked out. Do not "
    "publish counts of other groupings or code levels of the same sessions beside these."
)
WITHHELD = (
    "Groups of which nothing is told, because they have fewer than 10 people or fewer than 5 sessions: {n}. Then nothing is told of all "
    "groups together, either. Groups may be merged before reading."
)
WITHOUT_GROUP = "Sessions that belong to no group are left out: {n}."
MIXED = "Some sessions have people of several groups, so nothing is told of all groups together."
SEVERAL_CODERS = "Segments of {n} coders count together: a code was raised when any of them gave it. Hold coders against each other first."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CodeFrequencies(Result):
    """Codes by group: sessions, and people, that raised each.

    Parameters
    ----------
    codes
        The codes, in the codebook's order.
    groups
        The groups, in the file's order; one with an empty name for all sessions together.
    depths
        Code → how many of the codes that are counted stand above it.
    conf_level
        Level of the intervals.
    """

    title: ClassVar[str] = "Codes by group"

    codes: tuple[str, ...]
    groups: tuple[str, ...]
    depths: Mapping[str, int]
    conf_level: float


def code_frequencies(
    segments: Segments,
    *,
    by: CodeGrouping = "group",
    level: CodeLevel = "code",
    participants: Mapping[str, int] | None = None,
    conf_level: float = 0.95,
) -> CodeFrequencies:
    """Say in how many sessions, and by how many people, each code was raised, group by group.

    Use it after coders were held against each other (`code_agreement`). It gives counts and no tests: focus groups are no sample.

    Parameters
    ----------
    segments
        Coded segments.
    by
        ``"group"``, or ``"all"`` for all sessions together.
    level
        ``"code"``: each code by itself. ``"top"``: the uppermost codes, with all that stands below them.
    participants
        Session → how many people took part, moderators not counted. Without it no shares of people are given.
    conf_level
        Level of the intervals of shares.

    Returns
    -------
    CodeFrequencies
        Columns ``item group term estimate ci_low ci_high n n_effective method suppressed``. For each code (``item``) and group the
        rows ``sessions`` (count, of ``n``), where speakers are known ``people`` (count, of ``n``), and with `participants` in a row
        ``share_of_people`` its share, with an interval from ten sessions on. Over all groups together ``group`` is empty.

    Raises
    ------
    EstimationError
        When there is no coding, or no group has ten people (where people are not known, five sessions).
    DesignError
        When `participants` does not fit the sessions.

    Notes
    -----
    Hiding: a count is shown when it is 0 or at least 5, and leaves 0 or at least 5. Where the row of all groups is shown, further
    counts are hidden until no hidden one can be worked out. Interval of a share: Wilson's, of the number of independent people that
    has the variance which sessions show, sum (r - p m)^2 k / (k - 1) / (sum m)^2 with r of m people in each of k sessions, and t on
    k - 1 degrees in place of the normal quantile. Nothing is counted by segments: who speaks much would count more.

    References
    ----------
    Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive counts estimated
    from survey data. Survey Methodology, 24(2), 193-201.

    Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Nordholt, E. S., Spicer, K., & de Wolf, P.-P. (2012). Statistical
    Disclosure Control. Wiley. doi:10.1002/9781118348239

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> rows = [(f"s{k}", "north", f"p{p}", "respect" if p < 4 else "") for k in range(6) for p in range(6)]
    >>> segments = tm.read_segments(pd.DataFrame(rows, columns=["session", "group", "speaker", "code"]))
    >>> tm.code_frequencies(segments).tidy()[["item", "term", "estimate", "n"]].values.tolist()
    [['respect', 'sessions', 6.0, 6], ['respect', 'people', 24.0, 36]]
    """
    check_conf_level(conf_level, WHERE)
    check_option("by", by, CodeGrouping, WHERE)
    check_option("level", level, CodeLevel, WHERE)
    if not isinstance(segments, Segments):
        raise DesignError(f"`{WHERE}` takes segments, as `read_segments` returns. Got {type(segments).__name__}.")
    if not (segments.frame["code"] != "").any():
        raise EstimationError(f"`{WHERE}` needs at least one coding. Got none.")
    _check_participants(segments, participants)
    frame, codes = rolled_up(segments, level)
    tables, left_out = _tables(segments, frame, codes, by, participants)
    told = {name: one for name, one in tables.items() if _enough(one)}
    if not told:
        message = (
            f"`{WHERE}` tells of groups with {FEWEST_PEOPLE} people and {FEWEST_IN_A_CELL} sessions or more. None has."
        )
        raise EstimationError(f"{message} Use by='all', or merge groups before reading.")
    whole = len(tables) == len(told) > 1 and not _is_mixed(segments)
    rows: list[dict[str, Any]] = []
    for code in codes:
        rows += _code_rows(code, told, conf_level, shares=participants is not None, over_all=whole)
    notes = _notes(segments, tables, told, participants, left_out)
    options = {"by": by, "level": level, "participants": participants is not None, "conf_level": conf_level}
    groups = (*told, *([ALL] if whole else []))
    return CodeFrequencies(
        table=vocabulary_frame(rows), notes=notes, provenance=segments.provenance(**options), codes=codes, groups=groups,
        depths={code: sum(above in codes for above in segments.codebook.above(code)) for code in codes}, conf_level=conf_level,
    )  # fmt: skip


def _check_participants(segments: Segments, participants: Any) -> None:
    if participants is None:
        return
    if not isinstance(participants, Mapping):
        raise DesignError(f"The `participants` argument of `{WHERE}` must map sessions to numbers of people.")
    strangers = sum(name not in segments.sessions for name in participants)
    absent = sum(name not in participants for name in segments.sessions)
    wrong = sum(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1 for n in participants.values())
    if strangers or absent or wrong:
        message = f"The `participants` argument of `{WHERE}` needs a whole number for each of {len(segments.sessions)} sessions."
        raise DesignError(
            f"{message} It names {strangers} others, lacks {absent}, and {wrong} are no whole number above 0."
        )
    speaking = segments.frame[segments.frame["speaker"] != ""]
    heard = speaking[["session", "speaker"]].drop_duplicates().groupby("session").size()
    over = sum(int(n) > participants[str(name)] for name, n in heard.items())
    if over:
        message = f"In {over} sessions more people speak than `participants` says."
        raise DesignError(f"{message} Name the moderators when reading (`moderators=`), or correct the numbers.")
    if _is_mixed(segments):
        message = "In some sessions people are of several groups, so `participants` by session does not fit."
        raise DesignError(f"{message} Leave it out.")


def _is_mixed(segments: Segments) -> bool:
    """Tell whether people of several groups sat in one session."""
    rows = segments.frame[segments.frame["group"] != ""]
    return bool(rows.groupby("session")["group"].nunique().gt(1).any())


def _tables(
    segments: Segments, frame: Any, codes: tuple[str, ...], by: str, participants: Mapping[str, int] | None
) -> tuple[dict[str, Table], int]:
    """Return what each group raised, and how many sessions belong to none."""
    if by == "all":
        return {ALL: counted(frame, codes, list(segments.sessions), participants)}, 0
    if not segments.groups:
        message = f"`{WHERE}` by group needs groups, and these sessions have none."
        raise DesignError(f"{message} Name the column or variable (`read_segments(..., group=...)`), or use by='all'.")
    found, placed = {}, set()
    for name in segments.groups:
        rows = frame[frame["group"] == name]
        own = {session for session, group in segments.sessions.items() if group == name} | set(rows["session"])
        placed |= own
        found[name] = counted(rows, codes, [one for one in segments.sessions if one in own], participants)
    return found, len(segments.sessions) - len(placed)


def _enough(one: Table) -> bool:
    return one.sessions >= FEWEST_IN_A_CELL and (one.people is None or one.people >= FEWEST_PEOPLE)


def _code_rows(
    code: str, told: Mapping[str, Table], conf_level: float, *, shares: bool, over_all: bool
) -> list[dict[str, Any]]:
    """Return the rows of one code: each group, then all together."""
    names = list(told)
    of = {"sessions": [told[name].sessions for name in names]}
    raised: dict[str, list[int]] = {"sessions": [told[name].codes[code].sessions for name in names]}
    people = [told[name].codes[code].people for name in names]
    if all(one is not None for one in people):
        raised["people"] = [one or 0 for one in people]
        of["people"] = [told[name].people or 0 for name in names]
    shown = {term: shown_counts(raised[term], of[term]) for term in raised}
    rows = []
    for at, name in enumerate([*names, ALL] if over_all else names):
        last = at == len(names)
        for term, counts in raised.items():
            count, n = (sum(counts), sum(of[term])) if last else (counts[at], of[term][at])
            open_ = bool(shown[term].total if last else shown[term].groups[at])
            rows.append({
                "item": code, "group": name, "term": term, "estimate": float(count) if open_ else math.nan, "n": n,
                "suppressed": not open_,
            })  # fmt: skip
            if term == "people" and shares:
                chosen = names if last else [name]
                pairs = [pair for one in chosen for pair in told[one].codes[code].by_session]
                rows.append(_share_row(rows[-1], pairs, conf_level))
    return rows


def _share_row(count: Mapping[str, Any], pairs: list[tuple[int, int]], conf_level: float) -> dict[str, Any]:
    row = {**count, "term": "share_of_people", "method": "sessions as clusters; Wilson, t"}
    if count["suppressed"]:
        return row
    if len(pairs) < FEWEST_SESSIONS:
        return {**row, "estimate": count["estimate"] / count["n"], "method": "fewer than 10 sessions: no interval"}
    share, low, high, effective = share_interval(pairs, conf_level)
    return {**row, "estimate": share, "ci_low": low, "ci_high": high, "n_effective": effective}


def _notes(
    segments: Segments, tables: Mapping[str, Table], told: Mapping[str, Table], participants: Any, left_out: int
) -> tuple[str, ...]:
    notes = [NO_SAMPLE, HIDDEN]
    if len(told) < len(tables):
        notes.append(WITHHELD.format(n=len(tables) - len(told)))
    if len(told) > 1 and _is_mixed(segments):
        notes.append(MIXED)
    if left_out:
        notes.append(WITHOUT_GROUP.format(n=told_count(left_out)))
    if participants is not None:
        notes.append(CLUSTERED)
        notes += [FEW_SESSIONS] if any(one.sessions < FEWEST_SESSIONS for one in told.values()) else []
    elif any(one.people is not None for one in told.values()):
        notes.append(NO_PEOPLE)
    if len(segments.coders) > 1:
        notes.append(SEVERAL_CODERS.format(n=len(segments.coders)))
    return tuple(notes)
