"""What the counts of people tell: who was there, in which area or group, linked or not, with a score or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .bounds import FEW, Finding, Knowledge

ATTRIBUTES = ("wave", "place", "group", "state")
BASES = ("without this score", "without this pair")
"""What follows from the number of people that each statistic says it rests on; nobody is told a statistic without it."""

SURE = 20
"""Smaller numbers are printed for so many reasons that one of them tells nothing."""

STATES = ("none", "other", "scored", "pair")
"""Of one scale: no score of any, a score of others only, a score, a score in both waves; beside it whether seen in both waves."""


@dataclass(frozen=True)
class People:
    """One row a person and wave: wave, place, group, whether in both waves, and the state on each scale.

    `frame` has the columns ``wave place group both`` and one column a scale with words of `STATES`.
    """

    frame: pd.DataFrame
    scales: tuple[str, ...]


def people_of(
    frame: pd.DataFrame,
    scored: pd.DataFrame,
    person: pd.Series | None,
    place: pd.Series | None,
    group: pd.Series | None,
) -> People:
    """Describe everybody; `scored` has one truth a scale."""
    waves = frame["wave"].astype(str)
    both = pd.Series(False, index=frame.index)
    if person is not None:
        both = person.map(pd.DataFrame({"p": person, "w": waves}).groupby("p")["w"].nunique()) > 1
    made = pd.DataFrame({
        "wave": waves,
        "place": "" if place is None else place.astype(object).where(place.notna(), "no place"),
        "group": "" if group is None else group.astype(object).where(group.notna(), "no group"),
        "both": both.to_numpy(),
    })  # fmt: skip
    anything = scored.any(axis=1)
    for scale in scored:
        pair = pd.Series(False, index=frame.index)
        if person is not None:
            pair = both & person.map(scored[scale].groupby(person).sum()).ge(2)
        made[scale] = np.select([pair, scored[scale], anything], ["pair", "scored", "other"], "none")
    return People(made, tuple(scored))


@dataclass(frozen=True)
class Printed:
    """The whole numbers that are printed: anywhere, of a scale, of groups, of places, of people with any score."""

    anywhere: frozenset[int]
    of_scale: frozenset[int]
    of_groups: frozenset[int]
    of_places: frozenset[int]
    of_scored: frozenset[int]

    def tells(self, n: int, what: str, place: str, group: str) -> bool:
        """Whether an outsider reads this count somewhere and knows what it is."""
        if n < SURE or (what.startswith("all waves") and what.endswith("with a score")):
            return False
        if what.endswith(BASES):
            return what == "all waves, without this score" and n in self.anywhere
        if group:
            return n in self.of_groups & self.of_scale and not what.endswith("people")
        if place:
            return n in (self.of_places if what.endswith("people") else self.of_places & self.of_scale)
        if what.endswith(("with this score", "with this score twice")):
            return n in self.of_scale
        return n in (self.of_scored if what.endswith("with a score") else self.anywhere)


def findings(people: People, printed: Callable[[str], Printed], *, exactly: bool) -> Iterator[Finding]:
    """Bound every natural count of one to four, when every natural count that is printed somewhere is known."""
    for scale in people.scales:
        yield from _of_scale(people.frame, scale, printed(scale), exactly=exactly)


def _of_scale(frame: pd.DataFrame, scale: str, printed: Printed, *, exactly: bool) -> Iterator[Finding]:
    waves = sorted(frame["wave"].unique())
    cells = [
        (wave, place, group, both, state)
        for wave in waves for place in sorted(frame["place"].unique()) for group in sorted(frame["group"].unique())
        for both in sorted(frame["both"].unique()) for state in STATES if both or state != "pair"
    ]  # fmt: skip
    table = frame.groupby(["wave", "place", "group", "both", scale]).size().to_dict()
    true = {cell: int(table.get(cell, 0)) for cell in cells}
    known = Knowledge()
    known.unknown(map(str, cells))
    sums = list(_natural(frame, cells))
    for what, place, group, inside in sums:
        n = sum(true[cell] for cell in inside)
        if printed.tells(n, what, place, group):
            known.know(dict.fromkeys(map(str, inside), 1.0), n)
    if len(waves) == 2 and frame["both"].any():
        for states in (STATES, ("pair",)):
            weights = {str(c): (1.0 if c[0] == waves[0] else -1.0) for c in cells if c[3] and c[4] in states}
            known.know(weights, 0.0)
    for what, _, _, inside in sums:
        n = sum(true[cell] for cell in inside)
        if 0 < n < FEW:
            weights = dict.fromkeys(map(str, inside), 1.0)
            one = known.found(f"{scale}: {what}", n, weights, float(len(frame)), exactly=exactly)
            bounded = one.is_leak and one.low == 0 and what.endswith("without a score")
            told = what.endswith(BASES) or bounded
            yield replace(one, by_design=told)


_OF_ALL = {
    "people": (None, STATES), "in one wave": (False, STATES), "in both waves": (True, STATES),
    "with a score": (None, STATES[1:]), "without a score": (None, STATES[:1]), "with this score": (None, STATES[2:]),
    "without this score": (None, STATES[:2]), "with this score twice": (None, STATES[3:]),
    "in both waves without this pair": (True, STATES[:3]),
}  # fmt: skip
_OF_PART = {
    name: _OF_ALL[name] for name in ("people", "with this score", "without this score", "with this score twice")
}
"""Words, and whom they mean: people of one or both waves, and in which states."""


def _natural(frame: pd.DataFrame, cells: list[tuple]) -> Iterator[tuple[str, str, str, list[tuple]]]:
    """Return the sums that outputs tell of, each with its words: of everybody, of a place, of a group; in all, or in one wave."""
    everybody = [("", "", _OF_ALL)]
    places = [(place, "", _OF_PART) for place in sorted(frame["place"].unique()) if frame["place"].nunique() > 1]
    groups = [("", group, _OF_PART) for group in sorted(frame["group"].unique()) if frame["group"].nunique() > 1]
    for wave in (None, *sorted(frame["wave"].unique())):
        for place, group, words in [*everybody, *places, *groups]:
            for word, (both, states) in words.items():
                inside = [
                    c for c in cells
                    if c[0] == (wave or c[0]) and c[1] == (place or c[1]) and c[2] == (group or c[2])
                    and (both is None or c[3] == both) and c[4] in states
                ]  # fmt: skip
                if inside:
                    yield (
                        f"{wave or 'all waves'}, {place}{group}{' ' if place or group else ''}{word}",
                        place,
                        group,
                        inside,
                    )
