"""How many of those we wanted did we reach? Response, cooperation, refusal and contact rates, and which may be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trustmeter.errors import EstimationError
from trustmeter.options import FEWEST_IN_A_CELL

Floats = NDArray[np.float64]

CELLS = ("complete", "partial", "refusal", "non_contact", "other", "unknown_household", "unknown", "ineligible")
"""I, P, R, NC, O, UH, UO and the ineligible, in the order in which counts stand in arrays of shape (8,)."""
RATES = (
    "RR1", "RR2", "RR3", "RR4", "RR5", "RR6", "COOP1", "COOP2", "COOP3", "COOP4",
    "REF1", "REF2", "REF3", "CON1", "CON2", "CON3",
)  # fmt: skip

_I, _P, _R, _NC, _O, _UH, _UO, _X = np.eye(len(CELLS))
_ELIGIBLE = _I + _P + _R + _NC + _O
_UNKNOWN = _UH + _UO
_TALKED = _I + _P + _R + _O


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """A rate: the weight of each disposition above and below the line, both of shape (8,)."""

    above: Floats
    below: Floats

    def of(self, counts: Floats) -> tuple[float, float]:
        """Return what stands above and below the line, for counts of shape (8,)."""
        return float(self.above @ counts), float(self.below @ counts)


def rate_forms(eligibility: float) -> dict[str, Rate]:
    """Return the rates of the AAPOR Standard Definitions, by their names.

    Parameters
    ----------
    eligibility
        e: the share of those of unknown eligibility that is taken to be eligible.

    Examples
    --------
    >>> rate_forms(0.5)["RR3"].of(np.array([50, 0, 30, 10, 10, 20, 0, 5.0]))
    (50.0, 110.0)
    """
    everybody, likely = _ELIGIBLE + _UNKNOWN, _ELIGIBLE + eligibility * _UNKNOWN
    return {
        "RR1": Rate(_I, everybody), "RR2": Rate(_I + _P, everybody),
        "RR3": Rate(_I, likely), "RR4": Rate(_I + _P, likely),
        "RR5": Rate(_I, _ELIGIBLE), "RR6": Rate(_I + _P, _ELIGIBLE),
        "COOP1": Rate(_I, _TALKED), "COOP2": Rate(_I + _P, _TALKED),
        "COOP3": Rate(_I, _I + _P + _R), "COOP4": Rate(_I + _P, _I + _P + _R),
        "REF1": Rate(_R, everybody), "REF2": Rate(_R, likely), "REF3": Rate(_R, _ELIGIBLE),
        "CON1": Rate(_TALKED, everybody), "CON2": Rate(_TALKED, likely), "CON3": Rate(_TALKED, _ELIGIBLE),
    }  # fmt: skip


def eligible_share(counts: ArrayLike) -> float:
    """Return e by proportional allocation: the share of the eligible among those whose eligibility is known.

    Raises
    ------
    EstimationError
        When nobody's eligibility is known.

    Examples
    --------
    >>> eligible_share([50, 0, 30, 10, 0, 20, 0, 10])
    0.9
    """
    cells = np.asarray(counts, dtype=float)
    known = float((_ELIGIBLE + _X) @ cells)
    if known == 0:
        message = "Nobody's eligibility is known, so the share of the eligible cannot be worked out."
        raise EstimationError(f"{message} Give it: `eligibility=0.8`.")
    return float(_ELIGIBLE @ cells) / known


class Ledger:
    """Which sums of counts may be told, given what was told before: no small count may follow from all of them.

    Parameters
    ----------
    counts
        Shape (n,): all counts.
    protected
        Shape (t, n): sums of counts that must not become known.

    Notes
    -----
    A sum becomes known when it is a linear combination of those that were told. What was told is kept as an orthonormal basis;
    a sum is refused when with it the rest of a protected one would vanish.

    Examples
    --------
    >>> ledger = Ledger(np.array([20, 3, 40.0]), np.array([[0, 1, 0.0]]))
    >>> ledger.tell([1, 1, 1]), ledger.tell([1, 0, 0]), ledger.tell([0, 0, 1])
    (True, True, False)
    """

    def __init__(self, counts: ArrayLike, protected: ArrayLike) -> None:
        self._counts = np.asarray(counts, dtype=float)
        targets = np.asarray(protected, dtype=float).reshape(-1, len(self._counts))
        self._rest = targets / np.maximum(np.linalg.norm(targets, axis=1, keepdims=True), 1e-300)
        self._known = np.zeros((0, len(self._counts)))

    def tell(self, *sums: ArrayLike) -> bool:
        """Return whether all these sums may be told together; if so, they count as told from now on."""
        known, rest = self._known, self._rest
        for one in sums:
            form = np.asarray(one, dtype=float)
            if 0 < abs(float(form @ self._counts)) < FEWEST_IN_A_CELL - 1e-9:
                return False
            size = float(np.linalg.norm(form))
            left = form - known.T @ (known @ form)
            left = left - known.T @ (known @ left)
            if size == 0 or np.linalg.norm(left) <= 1e-9 * size:
                continue
            axis = left / np.linalg.norm(left)
            known = np.vstack([known, axis])
            rest = rest - np.outer(rest @ axis, axis)
        if len(rest) and float(np.min(np.linalg.norm(rest, axis=1))) < 1e-7:
            return False
        self._known, self._rest = known, rest
        return True
