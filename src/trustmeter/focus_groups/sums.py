"""How coders agree, from sums over units that add up over sessions and codes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.agreement.limits import Measured

Floats = NDArray[np.float64]

PARTS = 11
"""How many sums there are: see `unit_sums_of`."""
COEFFICIENTS = ("agreement", "kappa", "gwet_ac1", "krippendorff_alpha")


@dataclass(frozen=True, eq=False, slots=True)
class Patterns:
    """Who gave one code to what, in one session.

    Parameters
    ----------
    codes
        Shape (patterns, coders): 1 given, 0 not given, -1 not seen by the coder.
    weights
        Shape (patterns,): how many units (segments, sessions, characters) have the pattern.
    """

    codes: NDArray[np.intp]
    weights: Floats


def unit_sums_of(patterns: Patterns) -> Floats:
    """Return what a session's units add, shape (11,).

    Units seen by two coders or more, agreeing pairs of them as shares, units seen, shares that gave the code; the
    disagreement of Krippendorff's alpha and the frequencies of *not given* and *given* among pairable values; of the first two
    coders the cells of their table (neither, second alone, first alone, both).
    """
    codes, weights = patterns.codes, patterns.weights
    m, k = (codes >= 0).sum(axis=1), (codes == 1).sum(axis=1)
    pairs = m > 1
    alike = np.where(pairs, (k * (k - 1) + (m - k) * (m - k - 1)) / np.maximum(m * (m - 1), 1), 0.0)
    away = np.where(pairs, 2 * k * (m - k) / np.maximum(m - 1, 1), 0.0)
    share = np.where(m > 0, k / np.maximum(m, 1), 0.0)
    found = [pairs, alike, m > 0, share, away, (m - k) * pairs, k * pairs]
    first, second = codes[:, 0], codes[:, min(1, codes.shape[1] - 1)]
    found += [(first == a) & (second == b) for a in (0, 1) for b in (0, 1)]
    return np.array([float(np.sum(weights * one)) for one in found])


def parts_of(sums: Floats, coders: int) -> dict[str, tuple[float, float]]:
    """Return for each coefficient what was observed and what is expected by chance, as agreements.

    Of two coders kappa is Cohen's, of more Fleiss'. The coefficient is (observed - expected) / (1 - expected); that of alpha is
    1 - disagreement observed / expected, which is the same. The share of agreement expects nothing.
    """
    paired, alike, seen, share, away, n0, n1 = sums[:7]
    if not paired > 0:
        return dict.fromkeys(COEFFICIENTS, (math.nan, math.nan))
    observed, p, n = alike / paired, share / seen, n0 + n1
    chance = p**2 + (1 - p) ** 2
    if coders == 2:
        table = sums[7:].reshape(2, 2)
        both = table.sum()
        rows, columns = table.sum(axis=1) / both, table.sum(axis=0) / both
        chance = float(rows @ columns)
    return {
        "agreement": (observed, 0.0),
        "kappa": (observed, chance),
        "gwet_ac1": (observed, 2 * p * (1 - p)),
        "krippendorff_alpha": (1 - away / n, 1 - 2 * n0 * n1 / (n * (n - 1))),
    }


def pooled(sums: Floats, coders: int) -> Floats:
    """Return the coefficients over codes, shape (4,), from sums of shape (codes, 11).

    Means over codes of observed and expected agreement, and from these the coefficient. A code that nobody, or everybody, gave
    everywhere tells nothing beyond chance, and is left out.
    """
    told = [parts_of(one, coders) for one in sums if varies(one)]
    if not told:
        return np.full(len(COEFFICIENTS), math.nan)
    found = []
    for name in COEFFICIENTS:
        observed, expected = (float(np.mean([one[name][at] for one in told])) for at in (0, 1))
        found.append((observed - expected) / (1 - expected) if expected < 1 - 1e-12 else math.nan)
    return np.array(found)


def varies(sums: Floats) -> bool:
    """Tell whether a code was given to some pairable unit and not to another, by anybody."""
    return bool(sums[5] > 0 and sums[6] > 0)


def over_sessions(
    sums: Floats, coefficients: Callable[[Floats], Floats], conf_level: float, fewest: int
) -> list[Measured]:
    """Return coefficients of the total, with limits from leaving out one session at a time.

    Parameters
    ----------
    sums
        Shape (sessions, ...): sums over units that add up over sessions.
    coefficients
        Turns a total into coefficients (k,).
    conf_level
        Level of the limits: t on the number of sessions less one.
    fewest
        Fewer sessions give no limits.
    """
    total = sums.sum(axis=0)
    estimates = coefficients(total)
    n = len(sums)
    if n < fewest:
        return [Measured(float(one), math.nan, math.nan, math.nan) for one in estimates]
    without = np.array([coefficients(total - one) for one in sums])
    errors = np.sqrt((n - 1) / n * np.sum((without - without.mean(axis=0)) ** 2, axis=0))
    t = float(scipy.special.stdtrit(n - 1, (1 + conf_level) / 2))
    found = []
    for estimate, error in zip(estimates, errors, strict=True):
        known = error > 1e-9
        low, high = (float(estimate - t * error), min(float(estimate + t * error), 1.0)) if known else (math.nan,) * 2
        found.append(Measured(float(estimate), float(error) if known else math.nan, low, high))
    return found
