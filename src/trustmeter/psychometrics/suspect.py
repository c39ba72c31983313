"""Columns of a plain frame that are no items, and codes that are no answers: what only a person can tell for sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_PEOPLE

Floats = NDArray[np.float64]

ROLE_NAMES = frozenset({
    "id", "caseid", "personid", "participant", "participantid", "respondent", "respondentid", "respid", "subjectid",
    "group", "wave", "zone", "district", "region", "cluster", "weight", "weights",
})  # fmt: skip
"""Names, without spaces and underscores, of columns that say who, where or when, and are no items."""

FEW_VALUES = 11
"""Up to so many different whole values are the steps of an item."""

MANY_VALUES = 28
"""More different values than this, beside an item of few steps, may be those of an id, a weight or a score."""

_SLIDER = 101
_LOOKED_AT = 1000
_NARROW = 4.0


def refuse_strangers(values: Floats, names: Sequence[str], where: str, *, mixed: bool = False) -> None:
    """Refuse columns (n, k) that are hardly items: named like a role, or an id, a weight or a score beside items.

    A column is taken for an id when it has more than 28 whole values that are all equally frequent, or more than 101;
    for a weight or a score when most of its more than 28 values are broken. Both only beside a column of few steps, and not
    when columns may be of unlike kinds (`mixed`).

    Raises
    ------
    DesignError
        Which columns, and what to do.
    """
    named = [repr(name) for name in names if name.casefold().replace("_", "").replace(" ", "") in ROLE_NAMES]
    if named:
        listed, verb, it = ", ".join(named), *(("is", "it") if len(named) == 1 else ("are", "them"))
        message = f"`{where}` takes each column for an item, but {listed} {verb} named like who or where people are."
        raise DesignError(f"{message} Leave {it} out: `frame.drop(columns=[{listed}])`; or rename what is an item.")
    if mixed:
        return
    kinds = [_kind(column) for column in values.T]
    odd = [repr(name) for name, kind in zip(names, kinds, strict=True) if kind == "stranger"]
    if odd and "steps" in kinds:
        message = (
            f"`{where}` found more than {MANY_VALUES} different values in {', '.join(odd)}, beside items of few steps:"
        )
        raise DesignError(f"{message} an id, a weight or a score, not an item? Leave such columns out.")


def suspect_codes(values: Floats, names: Sequence[str]) -> list[str]:
    """Return the remark on codes far from all other codes of an item (n, k), such as 99 after 1 to 5, if there are any.

    A code is far when the gap before it is at least 3, half the span of the codes below it, and thrice the smallest step,
    in the item and among all items; or when it is negative beside codes of 0 and above that reach 3 or more.
    """
    with np.errstate(invalid="ignore"):
        low, high = (
            np.fmin.reduce(values, axis=None, initial=np.inf),
            np.fmax.reduce(values, axis=None, initial=-np.inf),
        )
    if not low <= high or (high - low <= _NARROW and low >= 0):
        return []
    columns = [_codes(column) for column in values.T]
    everyone = np.unique(np.concatenate([codes for codes, _ in columns]))
    listed: dict[str, list[str]] = {}
    for name, (codes, counts) in zip(names, columns, strict=True):
        far = _far(codes) & np.isin(codes, everyone[_far(everyone)])
        if far.any():
            listed.setdefault(_question(codes, counts, far), []).append(repr(name))
    cure = "Then replace them by NaN first (of questionnaires: name them as missing codes); here they count as answers."
    return [f"{', '.join(found)} {text} {cure}" for text, found in listed.items()]


def _question(codes: Floats, counts: NDArray[np.intp], far: NDArray[np.bool_]) -> str:
    """Return the question about far codes; codes of few people are not named."""
    if counts[far].min() < FEWEST_PEOPLE:
        return "with codes far from all others: do these mean no answer?"
    listed = ", ".join(f"{code:g}" for code in codes[far])
    return f"with codes {codes[~far].min():g} to {codes[~far].max():g} and {listed}: does {listed} mean no answer?"


def _kind(column: Floats) -> str:
    """Return ``"steps"``, ``"stranger"``, or an empty text for what may be either."""
    low, high = np.fmin.reduce(column, initial=np.inf), np.fmax.reduce(column, initial=-np.inf)
    looked = column[:_LOOKED_AT]
    looked = looked[~np.isnan(looked)]
    broken = bool(len(looked)) and float(np.mean(looked != np.rint(looked))) > 0.5
    if not broken and high - low < FEW_VALUES:
        return "steps"
    found, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if len(found) <= FEW_VALUES:
        return "steps"
    alike = broken or len(found) > _SLIDER or counts.min() == counts.max()
    return "stranger" if len(found) > MANY_VALUES and alike else ""


def _codes(column: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return the whole values of an item with few of them and their counts; of other columns none."""
    found, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if len(found) > FEW_VALUES + 3 or (found != np.rint(found)).any():
        found, counts = found[:0], counts[:0]
    return found, counts


def _far(codes: Floats) -> NDArray[np.bool_]:
    far = np.zeros(len(codes), dtype=np.bool_)
    below, rest = codes[codes < 0], codes[codes >= 0]
    if len(below) and len(rest) > 1 and rest[-1] >= 3 and rest[-1] != -below[0]:
        far[: len(below)] = rest[0] - below[-1] >= 2 or np.array_equal(below, [-1.0])
    start = len(below) if far.any() else 0
    steps = np.diff(codes[start:])
    if len(steps) > 1:
        spans = codes[start + 1 : -1] - codes[start]
        wide = np.flatnonzero(steps[1:] >= np.maximum(spans / 2, 3 * max(1.0, float(steps.min()))))
        if len(wide):
            far[start + wide[0] + 2 :] = True
    return far
