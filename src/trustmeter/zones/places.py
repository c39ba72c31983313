"""Who belongs to which zone, in which wave, and which zones may be shown."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_PEOPLE, names_of
from trustmeter.pilot.change.sample import LISTED, check_known, person_keys
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.sampling import row_clusters, row_weights
from trustmeter.scoring.model import Scores
from trustmeter.zones.means import Codes, Floats

MOST_ZONES = 40
WHERE = "profile_zones"


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """Each row's zone and wave.

    Parameters
    ----------
    names
        The zones, in natural order.
    place
        Shape (rows,): position in `names`, -1 where not known or not used.
    waves
        The waves, in natural order; one empty name where there are none.
    wave
        Shape (rows,): position in `waves`, -1 for others.
    clusters, weights
        Shape (rows,), or ``None``.
    left_out
        Rows left out, by reason.
    """

    names: tuple[str, ...]
    place: Codes
    waves: tuple[str, ...]
    wave: Codes
    clusters: Codes | None
    weights: Floats | None
    left_out: Mapping[str, int] = field(default_factory=dict)


def places_of(
    scores: Scores, *, by: str | None, wave: str | Sequence[str] | None, clusters: str | None, weights: str | None
) -> Places:
    """Read zones, waves, clusters and weights of all rows.

    Raises
    ------
    DesignError
        When there is no column of zones, only one zone, too many, or one that is written in several ways.
    ResponsesError
        When a person has two rows in a wave.
    """
    labels = _zone_labels(scores, by)
    waves, code = _waves(scores, wave)
    used = code >= 0
    person_keys(
        scores, [np.flatnonzero(code == place) for place in range(len(waves))], [one or "the data" for one in waves]
    )
    left_out = {"other waves": int((~used).sum())}
    weighing = row_weights(scores.answers, weights, WHERE)
    if weighing is not None:
        left_out["rows of weight zero"] = int((used & (weighing == 0)).sum())
        used &= weighing > 0
    known = labels.notna().to_numpy(dtype=bool)
    left_out["rows without a zone"] = int((used & ~known).sum())
    used &= known
    names = in_natural_order([str(name) for name in labels[used].unique()])
    _check_names(names, labels[used], by)
    positions = {name: place for place, name in enumerate(names)}
    place = np.array([positions.get(name, -1) if isinstance(name, str) else -1 for name in labels], dtype=np.intp)
    together = row_clusters(scores.answers, clusters, WHERE)
    return Places(
        tuple(names), np.where(used, place, -1), waves, code, together, weighing,
        {reason: n for reason, n in left_out.items() if n},
    )  # fmt: skip


def hidden_places(sizes: Sequence[int], few: Sequence[bool], alike: Sequence[bool]) -> list[bool]:
    """Hide zones of too few people, or of people who all score alike, and the next smallest with them where it takes that.

    What is hidden must not be found from the numbers of all people less those of the zones shown: the hidden are ten people
    together, and two zones where one of them has a single score.
    """
    hidden = [bool(flag or same or size == 0) for size, flag, same in zip(sizes, few, alike, strict=True)]
    while True:
        behind = [size for size, hide in zip(sizes, hidden, strict=True) if hide and size]
        shown = [size for size, hide in zip(sizes, hidden, strict=True) if not hide]
        enough = sum(behind) >= FEWEST_PEOPLE and (len(behind) > 1 or not any(alike))
        if not shown or not behind or enough:
            return hidden
        hidden = [hide or size == min(shown) for size, hide in zip(sizes, hidden, strict=True)]


def check_zones(zone: str | Sequence[str] | None, places: Places, labels_told: bool) -> tuple[str, ...]:
    """Return the zones that were asked for; all without a wish."""
    if zone is None:
        return places.names
    wanted = names_of("zone", zone, WHERE)
    there = pd.Series([places.names[code] for code in places.place if code >= 0], dtype="string")
    for name in wanted:
        check_known("zone", name, there, told=labels_told)
    return tuple(name for name in places.names if name in wanted)


def _zone_labels(scores: Scores, by: str | None) -> pd.Series[Any]:
    if by is not None and (not isinstance(by, str) or not by):
        raise DesignError(f"The `by` argument of `{WHERE}` must be the name of one column. Got {by!r}.")
    roles = scores.roles
    for role, told in (("respondent", "people"), ("wave", "waves")):
        if by is not None and by in {role, getattr(roles, role)}:
            raise DesignError(f"{by!r} tells {told} apart, not places. Name the column of zones or districts.")
    column = by if by in roles.columns else roles.column("zone" if by is None else by, needed_by=WHERE)
    return row_labels(scores.frame[column])


def _waves(scores: Scores, wave: str | Sequence[str] | None) -> tuple[tuple[str, ...], Codes]:
    column = scores.roles.wave
    if column is None:
        if wave is not None:
            scores.roles.column("wave", needed_by=WHERE)
        return ("",), np.zeros(len(scores), dtype=np.intp)
    labels = row_labels(scores.frame[column])
    there = in_natural_order([str(name) for name in labels.dropna().unique()])
    wanted = there if wave is None else names_of("wave", wave, WHERE)
    for name in wanted:
        check_known("wave", name, labels)
    names = tuple(name for name in there if name in wanted)
    positions = {name: place for place, name in enumerate(names)}
    return names, np.array([positions.get(name, -1) if isinstance(name, str) else -1 for name in labels], dtype=np.intp)


def _check_names(names: Sequence[str], labels: pd.Series[Any], by: str | None) -> None:
    """Refuse fewer than two zones, more than can be shown, and one zone written in several ways."""
    what = "zone" if by is None else repr(by)
    if len(names) < 2:
        message = f"`{WHERE}` sets zones side by side and found {len(names)} different values of {what}."
        raise DesignError(f"{message} For one zone use `compare` over time, or name another column: `by='district'`.")
    if len(names) > MOST_ZONES:
        message = f"{what.capitalize()} has {len(names)} different values; `{WHERE}` shows at most {MOST_ZONES}."
        raise DesignError(f"{message} Join small places first, or check which column was named.")
    spelt = defaultdict(list)
    for name in names:
        spelt[_key(name)].append(name)
    double = [several for several in spelt.values() if len(several) > 1]
    if double:
        told = by is None or (len(names) <= LISTED and int(labels.value_counts().min()) >= FEWEST_PEOPLE)
        listed = "; ".join(" and ".join(map(repr, several)) for several in double) if told else f"{len(double)} names"
        message = f"Zones that differ only in how they are written look like one zone: {listed}."
        raise DesignError(f"{message} Write each zone in one way in the data, then read them again.")


def _key(name: str) -> str:
    """Return a name without case, accents, blanks and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(sign for sign in plain if sign.isalnum())
    return kept or name
