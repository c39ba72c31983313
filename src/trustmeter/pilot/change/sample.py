"""Which rows a design compares, and what must be said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, ResponsesError, did_you_mean, unknown_word
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.responses.labels import row_labels
from trustmeter.results import told_count
from trustmeter.scoring.model import Scores

Positions = NDArray[np.int64]

MOSTLY = 0.5
"""Share of the smaller wave that must be in both waves before people are taken to be linked unasked."""

LISTED = 12
"""A column with more values than this may hold personal data: an error does not list them."""

GROUPING_ROLES = ("zone", "language", "mode")


@dataclass(frozen=True, eq=False)
class Sample:
    """The two sets of rows that are compared.

    Parameters
    ----------
    scores
        All rows of both sets and no others.
    first, second
        Row positions in `scores`. When `linked`, the same place in both is the same person.
    linked
        Whether people are compared with themselves.
    notes
        What must travel with the numbers.
    left_out
        Rows left out, by reason.
    """

    scores: Scores
    first: Positions
    second: Positions
    linked: bool
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


def wave_sample(scores: Scores, design: PilotDesign) -> Sample:
    """Return the rows of the two waves of a design, linked or not."""
    inside, notes = rows_of_zone(scores, design.zone)
    waves = row_labels(scores.frame[scores.roles.column("wave", needed_by="compare")])
    for wave in (design.before, design.after):
        check_known("wave", wave, waves[inside])
    before = np.flatnonzero(inside & _is(waves, design.before))
    after = np.flatnonzero(inside & _is(waves, design.after))
    others = int(inside.sum()) - len(before) - len(after)
    left_out = {"other waves": others} if others else {}
    keys = person_keys(scores, (before, after), (design.before, design.after))
    if keys is None:
        if design.linked:
            scores.roles.column("respondent", needed_by="compare(linked=True)")
        notes.append("No column says who answered, so the waves are compared as different people.")
        return _sample(scores, before, after, linked=False, notes=notes, left_out=left_out)
    both = set(keys.iloc[before].dropna()) & set(keys.iloc[after].dropna())
    if linking(design, len(both), min(len(before), len(after))) == "linked":
        return _linked_sample(scores, design, keys, before, after, notes=notes, left_out=left_out)
    notes.append(_independent_note(len(both)))
    return _sample(scores, before, after, linked=False, notes=notes, left_out=left_out)


def group_sample(scores: Scores, design: GroupDesign) -> Sample:
    """Return the rows of the two groups of a design."""
    wave = scores.roles.wave
    if design.by in {"wave", wave}:
        raise DesignError(
            "To compare waves use `PilotDesign(before=..., after=...)`: it links people who answered twice."
        )
    if wave is not None and row_labels(scores.frame[wave]).nunique() > 1:
        message = "The scores hold several waves, so people who answered twice would be counted twice."
        raise DesignError(f"{message} Keep one wave first: `scores.select(scores.frame[{wave!r}] == ...)`.")
    groups, first_name, second_name = _groups(scores, design)
    first = np.flatnonzero(_is(groups, first_name))
    second = np.flatnonzero(_is(groups, second_name))
    person_keys(scores, (first, second), (design.first, design.second))
    others = len(scores) - len(first) - len(second)
    return _sample(scores, first, second, linked=False, notes=[], left_out={"other groups": others} if others else {})


def _is(column: pd.Series[Any], name: str) -> NDArray[np.bool_]:
    """Tell where a column has that value; a missing value never has."""
    return (column == name).fillna(False).to_numpy(dtype=bool)


def _sample(
    scores: Scores, first: Positions, second: Positions, *, linked: bool, notes: list[str], left_out: Mapping[str, int]
) -> Sample:
    """Keep only the compared rows and renumber the positions."""
    used = np.zeros(len(scores), dtype=bool)
    used[first] = used[second] = True
    place = np.cumsum(used) - 1
    return Sample(scores.select(used), place[first], place[second], linked, tuple(notes), left_out)


def rows_of_zone(scores: Scores, zone: str | None) -> tuple[NDArray[np.bool_], list[str]]:
    """Tell which rows are of the zone (all without one), and what must be said of it."""
    everything = np.ones(len(scores), dtype=bool)
    if zone is None:
        column = scores.roles.zone
        several = 0 if column is None else row_labels(scores.frame[column]).nunique()
        if several < 2:
            return everything, []
        note = f"{several} zones are taken together; the intervals do not allow for people of one zone being alike."
        return everything, [f"{note} Name one zone with `PilotDesign(..., zone=...)`."]
    zones = row_labels(scores.frame[scores.roles.column("zone", needed_by="compare(zone=...)")])
    check_known("zone", zone, zones)
    return _is(zones, zone), [f"Zone {zone!r} only."]


def person_keys(scores: Scores, waves: Sequence[Positions], names: Sequence[str]) -> pd.Series[Any] | None:
    """Return what tells people apart (code, or zone and code), or ``None`` when nothing does."""
    if scores.roles.respondent is None:
        return None
    keys = row_labels(scores.frame[scores.roles.respondent])
    if any(_repeated(keys, rows) for rows in waves) and scores.roles.zone is not None:
        keys = row_labels(scores.frame[scores.roles.zone]) + "\x1f" + keys
    for rows, name in zip(waves, names, strict=True):
        if times := _repeated(keys, rows):
            message = (
                f"In {name!r} {told_count(times)} rows carry the code of a respondent who already has a row there."
            )
            raise ResponsesError(f"{message} Keep one row a person and wave; `check_quality` says where they are.")
    return keys


def _repeated(keys: pd.Series[Any], rows: Positions) -> int:
    return int(keys.iloc[rows].dropna().duplicated().sum())


def linking(design: PilotDesign, both: int, smaller: int) -> str:
    """Return how waves are linked, ``"linked"``, ``"different"`` or ``"overlap"``; refuse what nobody can be, or must choose.

    `both` people are in both waves, the smaller of which has `smaller`.
    """
    if design.linked is False or (design.linked is None and both == 0):
        return "different"
    if both == 0:
        message = f"No respondent of wave {design.before!r} is in wave {design.after!r} by the same code."
        instead = "If these are different people, `compare` them as such: `PilotDesign(..., linked=False)`."
        raise DesignError(f"{message} Check the code column. {instead}")
    if design.linked == "overlap":
        return "overlap"
    if design.linked is None and both < MOSTLY * smaller:
        message = f"{told_count(both)} of the {smaller} respondents of the smaller wave are in both waves"
        raise DesignError(
            f"{message}: too few to compare only them unasked, too many to call the waves different people. "
            "Pass `linked='overlap'` to use everybody, `linked=True` to compare only these people with themselves, "
            "or `linked=False` if equal codes are different people."
        )
    return "linked"


def _linked_sample(
    scores: Scores, design: PilotDesign, keys: pd.Series[Any], before: Positions, after: Positions,
    *, notes: list[str], left_out: Mapping[str, int],
) -> Sample:  # fmt: skip
    place = pd.Series(after, index=keys.iloc[after]).loc[lambda found: found.index.notna()]
    partner = keys.iloc[before].map(place)
    kept = partner.notna().to_numpy()
    first, second = before[kept], partner[kept].to_numpy(dtype=np.int64)
    lost, new = len(before) - len(first), len(after) - len(second)
    found = " (found from their codes)" if design.linked is None else ""
    notes.append(f"{len(first)} people answered in both waves and are compared with themselves{found}.")
    notes += left_behind(design, (lost, len(before)), (new, len(after)))
    if design.linked is None and _counts_up(scores, before) and _counts_up(scores, after):
        notes.append(
            "The codes just count the rows up. If they are row numbers and no personal codes, pass `linked=False`."
        )
    reasons = {f"only in {design.before}": lost, f"only in {design.after}": new}
    left_out = {**left_out, **{name: n for name, n in reasons.items() if n}}
    return _sample(scores, first, second, linked=True, notes=notes, left_out=left_out)


def left_behind(design: PilotDesign, lost: tuple[int, int], new: tuple[int, int]) -> list[str]:
    """Return the note on people of one wave only: how many, of how many, before and after."""
    if not (lost[0] or new[0]):
        return []
    return [
        f"Left out: {_part(*lost)} people of {design.before!r}, who did not answer again, and {_part(*new)} of "
        f"{design.after!r}, who were new. Those who stayed may differ from those who left."
    ]


def _part(n: int, whole: int) -> str:
    """Return a part of a group for a sentence; of a small part the whole is not told either."""
    told = told_count(n)
    return f"{told} of the {whole} ({100 * n / whole:.0f} %)" if told == str(n) else told


def _counts_up(scores: Scores, rows: Positions) -> bool:
    """Tell whether the codes of these rows are 1, 2, 3, ... (or 0, 1, 2, ...), as row numbers are."""
    codes = pd.to_numeric(
        row_labels(scores.frame[scores.roles.column("respondent", needed_by="compare")]).iloc[rows], errors="coerce"
    )
    steps = np.diff(codes.to_numpy(dtype=float, na_value=np.nan))
    return len(rows) > 1 and bool(np.all(steps == 1)) and float(codes.iloc[0]) in (0.0, 1.0)


def _independent_note(both: int) -> str:
    if both == 0:
        return "No respondent is in both waves, so they are compared as different people."
    return (
        f"As asked (linked=False), the waves are compared as different people, though {told_count(both)} codes are in both. "
        "If equal codes are the same people, the standard errors are wrong: pass `linked=True`."
    )


def _groups(scores: Scores, design: GroupDesign) -> tuple[pd.Series[Any], str, str]:
    """Return each row's group, and the names of the two groups as they stand there."""
    roles = scores.roles
    named = {role: getattr(roles, role) for role in GROUPING_ROLES if getattr(roles, role) is not None}
    listed = {**{column: column for column in (*named.values(), *roles.kept)}, **named}
    items = {item.id for item in scores.answers.questionnaire.items if item.response_scale.substantive}
    if design.by in listed:
        groups = row_labels(scores.frame[listed[design.by]])
        for name in (design.first, design.second):
            check_known("group", name, groups, told=listed[design.by] in named.values())
        return groups, design.first, design.second
    read = [item for item in scores.answers.item_ids if item in items]
    if design.by not in read:
        message = f"The `by` argument of `GroupDesign` must name a role ({', '.join(named) or 'none is there'}),"
        hint = did_you_mean(design.by, [*listed, *read])
        raise DesignError(f"{message} a kept column or an item with options that was read. Got {design.by!r}.{hint}")
    groups = row_labels(scores.answers.frame[design.by])
    return groups, _code_of(scores, design.by, design.first), _code_of(scores, design.by, design.second)


def check_known(kind: str, name: str, column: pd.Series[Any], *, told: bool = True) -> None:
    """Refuse a name that the column does not hold.

    Its values are told only where they are few and each stands for ten people or more: else they may be people's data.
    """
    counts = column.value_counts(sort=False)
    if name in counts.index:
        return
    if told and 0 < len(counts) <= LISTED and int(counts.min()) >= FEWEST_PEOPLE:
        raise DesignError(unknown_word(kind, name, [str(value) for value in counts.index], "the answers"))
    message = f"The {kind} {name!r} is not among the values of its column (different values: {len(counts)})."
    raise DesignError(f"{message} Check the name, and which column was named when the answers were read.")


def _code_of(scores: Scores, item_id: str, name: str) -> str:
    """Return the code of an option named by its code, or by its label in any language."""
    options = scores.answers.questionnaire.item(item_id).response_scale.substantive
    for option in options:
        words = {option.text.read(language).casefold() for language in scores.answers.questionnaire.languages}
        if name == option.code or name.casefold() in words:
            return option.code
    raise DesignError(unknown_word("group", name, [option.code for option in options], f"item {item_id!r}"))
