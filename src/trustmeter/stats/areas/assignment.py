"""Which areas could have been the pilot's: all possible assignments, or a seeded draw of them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Integers

Flags = NDArray[np.bool_]

MOST_LISTED = 10_000
"""Up to so many assignments all are listed; beyond, so many are drawn."""


@dataclass(frozen=True, slots=True)
class Assignments:
    """Assignments of G areas; the observed one is in the first row.

    Parameters
    ----------
    treated
        Shape (N, G).
    complete
        Whether these are all there are; then each is there once. Otherwise all but the first are random draws.
    mirrored
        Whether the other half could have been treated as well: then every assignment has a twin of equal size and
        opposite sign.
    """

    treated: Flags
    complete: bool
    mirrored: bool


def list_assignments(treated: Flags, strata: Integers | None, rng: np.random.Generator) -> Assignments:
    """Return the assignments that treat as many areas in each stratum as were treated.

    Parameters
    ----------
    treated
        Shape (G,).
    strata
        Shape (G,): codes of strata or pairs within which areas were drawn.
    rng
        Draws assignments when there are more than 10,000.
    """
    codes = np.zeros(len(treated), dtype=np.intp) if strata is None else np.unique(strata, return_inverse=True)[1]
    members = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    chosen = [int(treated[places].sum()) for places in members]
    if treated.all() or not treated.any() or all(k in (0, len(m)) for k, m in zip(chosen, members, strict=True)):
        raise EstimationError("No other assignment is possible: no stratum has both treated and comparison areas.")
    mirrored = all(2 * k == len(m) for k, m in zip(chosen, members, strict=True))
    if math.prod(math.comb(len(m), k) for k, m in zip(chosen, members, strict=True)) <= MOST_LISTED:
        return Assignments(_all(treated, members, chosen), True, mirrored)
    drawn = np.zeros((MOST_LISTED, len(treated)), dtype=bool)
    for places, k in zip(members, chosen, strict=True):
        order = np.argsort(rng.random((MOST_LISTED - 1, len(places))), axis=1)[:, :k]
        np.put_along_axis(drawn[1:], places[order], True, axis=1)
    drawn[0] = treated
    return Assignments(drawn, False, mirrored)


def _all(treated: Flags, members: list[Integers], chosen: list[int]) -> Flags:
    each = []
    for places, k in zip(members, chosen, strict=True):
        picks = np.array(list(itertools.combinations(range(len(places)), k)), dtype=np.intp).reshape(-1, k)
        rows = np.zeros((len(picks), len(treated)), dtype=bool)
        np.put_along_axis(rows, places[picks], True, axis=1)
        each.append(rows)
    whole = each[0]
    for rows in each[1:]:
        whole = (whole[:, None] | rows[None]).reshape(-1, len(treated))
    same = (whole == treated).all(axis=1)
    return np.asarray(np.vstack([treated[None], whole[~same]]))
