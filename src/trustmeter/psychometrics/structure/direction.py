"""Items that run against the others of their factor: a reversed item that was not turned, in some group or in all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from trustmeter.psychometrics.matrix import Floats

Flags = NDArray[np.bool_]

_SURE = 3.0
"""Standard errors that a loading must be on the other side of zero."""
_FEWEST = 3
"""Of two items it cannot be told which one runs against the other."""


def running_against(loadings: Floats, pattern: Flags, errors: Callable[[], Floats]) -> Flags:
    """Return which items run against most others of their factor, in each unit, shape (units, k).

    Parameters
    ----------
    loadings
        Shape (units, k): standardised loadings of items on their only factor.
    pattern
        Shape (k, factors): which factor is behind which item; items of several factors are not judged.
    errors
        Gives the standard errors (units, k) of the loadings; not asked where no sign differs.
    """
    side = np.zeros_like(loadings)
    single = pattern.sum(axis=1) == 1
    for factor in pattern.T:
        own = factor & single
        if own.sum() >= _FEWEST:
            side[:, own] = np.sign(loadings[:, own].sum(axis=1))[:, None]
    against = loadings * side < 0
    return np.asarray(against & (np.abs(loadings) > _SURE * errors())) if against.any() else against


def against_remarks(found: Flags, items: Sequence[str], labels: Sequence[str], *, listed: bool) -> list[str]:
    """Return a remark on the items that run against the others, together for all that do so in the same units.

    Parameters
    ----------
    found
        As of `running_against`.
    items, labels
        Names of items and of units; of one unit the name is not told.
    listed
        Whether a questionnaire lists reversed items.
    """
    together: dict[tuple[bool, ...], list[str]] = {}
    for name, column in zip(items, found.T, strict=True):
        if column.any():
            together.setdefault(tuple(column.tolist()), []).append(repr(name))
    return [_told(names, where, labels, listed=listed) for where, names in together.items()]


def _told(names: Sequence[str], where: Sequence[bool], labels: Sequence[str], *, listed: bool) -> str:
    runs, it, was = ("runs", "it", "it was") if len(names) == 1 else ("run", "them", "they were")
    told = f"{', '.join(names)} {runs} against the other items"
    if all(where):
        everywhere = " in all groups or waves" if len(where) > 1 else ""
        cure = f"the questionnaire should list {it} as reversed" if listed else f"to reverse {it} first"
        return f"{told}{everywhere}: check whether {cure}."
    units = ", ".join(repr(label) for label, there in zip(labels, where, strict=True) if there)
    return f"{told} in {units} only: check how {was} asked and coded there, and reverse {it} there first."
