"""The same people on two occasions: linked by their codes, scale by scale and item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, ResponsesError, unknown_word
from trustmeter.options import names_of
from trustmeter.psychometrics.agreement.reading import Floats, Numbers, one_row, same_people
from trustmeter.psychometrics.matrix import item_matrices
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses, Roles
from trustmeter.results import Provenance, told_count

_LISTED = 12
_MOST_CATEGORIES = 21


class Scored(Protocol):
    """What is needed of scores: their frame, the scales in it, the roles, and the answers behind them."""

    @property
    def frame(self) -> pd.DataFrame:
        """Role columns, then one column a scale."""

    @property
    def scales(self) -> tuple[str, ...]:
        """The ids of the scales that were scored."""

    @property
    def answers(self) -> Responses:
        """The responses that were scored."""


@dataclass(frozen=True, eq=False)
class Occasions:
    """Pairs of numbers of linked people.

    `scales` maps a scale's id (empty for plain arrays) to two arrays (n,); `items` maps (scale, item) to two arrays of
    whole numbers and the item's categories.
    """

    scales: Mapping[str, tuple[Floats, Floats]]
    items: Mapping[tuple[str, str], tuple[Floats, Floats, Floats]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    ground: Provenance = field(default_factory=Provenance)


def is_scored(source: object) -> TypeGuard[Scored]:
    """Tell whether something is `Scores`, which this room may not know by name."""
    return all(hasattr(source, name) for name in ("frame", "scales", "answers", "answered"))


def two_arrays(first: Numbers, second: Numbers, names: tuple[str, str], where: str) -> tuple[Floats, Floats, int]:
    """Return the complete pairs of two arrays, and how many pairs were left out."""
    x, y = one_row(first, names[0], where), one_row(second, names[1], where)
    same_people({names[0]: first, names[1]: second}, where)
    complete = ~(np.isnan(x) | np.isnan(y))
    return x[complete], y[complete], int(np.sum(~complete))


def linked_occasions(
    source: Responses | Scored, scale: str | Sequence[str] | None, waves: Sequence[str] | None, where: str
) -> Occasions:
    """Return the scores (and items) of people who answered in both waves."""
    answers = source if isinstance(source, Responses) else source.answers
    pair, (first, second) = _linked_rows(answers.frame, answers.roles, waves, where)
    notes = [f"{len(first)} people answered in both waves, {pair[0]!r} and {pair[1]!r}."]
    if len(first) < 10:
        notes = [f"{told_count(len(first))} people answered in both waves."]
    items: dict[tuple[str, str], tuple[Floats, Floats, Floats]] = {}
    scales: dict[str, tuple[Floats, Floats]] = {}
    if isinstance(source, Responses):
        for matrix in item_matrices(source, scale, "listwise", where):
            score = matrix.values.mean(axis=1)
            scales[matrix.scale] = score[first], score[second]
            for at, item in enumerate(matrix.items):
                categories = _categories(matrix.answers[:, at], matrix.limits[at])
                if categories is not None and item not in {known for _, known in items}:
                    column = matrix.answers[:, at]
                    items[matrix.scale, item] = column[first], column[second], categories
        notes.append("A score is the mean of all items of the scale, 0-100, of people who answered all of them.")
    else:
        for name in _scales_of(source, scale, where):
            column = source.frame[name].to_numpy(dtype=float, na_value=np.nan)
            scales[name] = column[first], column[second]
    options = {"scale": scale, "waves": pair}
    return Occasions(scales, items, tuple(notes), answers.provenance(**options))


def _linked_rows(
    frame: pd.DataFrame, roles: Roles, waves: Sequence[str] | None, where: str
) -> tuple[tuple[str, str], tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the two waves' names and, for each person in both, the row in each."""
    wave = row_labels(frame[roles.column("wave", needed_by=where)])
    known = list(dict.fromkeys(wave.dropna()))
    pair = tuple(known) if waves is None else names_of("waves", waves, where)
    if len(pair) != 2 or not set(pair) <= set(known):
        listed = ", ".join(repr(name) for name in known[:_LISTED])
        raise DesignError(f"`{where}` needs two waves in `waves`, of {listed}. Got {len(pair)} that could be used.")
    keys = row_labels(frame[roles.column("respondent", needed_by=where)])
    rows = [np.flatnonzero((wave == name).fillna(False).to_numpy(dtype=bool)) for name in pair]
    if any(keys.iloc[part].dropna().duplicated().any() for part in rows) and roles.zone is not None:
        keys = row_labels(frame[roles.zone]) + "\x1f" + keys
    for part, name in zip(rows, pair, strict=True):
        if times := int(keys.iloc[part].dropna().duplicated().sum()):
            message = f"In wave {name!r} {times} rows carry the code of a respondent who already has a row there."
            raise ResponsesError(f"{message} Keep one row a person and wave; `check_quality` says where they are.")
    place = pd.Series(rows[1], index=keys.iloc[rows[1]])
    place = place[place.index.notna()]
    partner = keys.iloc[rows[0]].map(place)
    kept = partner.notna().to_numpy()
    return (pair[0], pair[1]), (rows[0][kept], partner[kept].to_numpy(dtype=np.intp))


def _scales_of(source: Scored, scale: str | Sequence[str] | None, where: str) -> tuple[str, ...]:
    wanted = source.scales if scale is None else names_of("scale", scale, where)
    for name in wanted:
        if name not in source.scales:
            raise DesignError(unknown_word("scale", name, source.scales, "the scores"))
    return tuple(wanted)


def _categories(column: Floats, limits: Floats) -> Floats | None:
    """Return the item's possible whole numbers, or ``None`` where it has no such few."""
    low, high = limits
    seen = column[~np.isnan(column)]
    if not np.isfinite([low, high]).all() or not 1 <= high - low < _MOST_CATEGORIES:
        return None
    if (seen % 1 != 0).any() or low % 1 != 0:
        return None
    return np.arange(low, high + 1)
