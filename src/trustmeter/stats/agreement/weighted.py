"""Cohen's kappa of two raters, with weights and the standard errors of Fleiss, Cohen and Everitt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

_NOISE = 1e-14


@dataclass(frozen=True, slots=True)
class Kappa:
    """Kappa, its standard error, its standard error when agreement is chance, and the (weighted) agreements."""

    estimate: float
    std_error: float
    null_error: float
    observed: float
    expected: float


def agreement_weights(values: Floats, power: int) -> Floats:
    """Return the (c, c) weights 1 - (|i - j| / range) ** power of c ordered categories; power 0 is plain agreement."""
    distance = np.abs(values[:, None] - values[None, :])
    if power == 0:
        return np.asarray(distance == 0, dtype=float)
    return np.asarray(1 - (distance / max(float(np.ptp(values)), 1e-300)) ** power)


def cross_table(first: Integers, second: Integers, categories: int) -> Floats:
    """Return how often each pair of categories was given, shape (c, c), from two rows of category numbers."""
    counts = np.bincount(first * categories + second, minlength=categories**2)
    return counts.reshape(categories, categories).astype(float)


def cohen_kappa(table: Floats, weights: Floats) -> Kappa:
    """Return Cohen's kappa of a (c, c) table of counts with agreement weights of the same shape.

    kappa = (Po - Pe) / (1 - Pe) with weighted agreement Po observed and Pe expected from the margins; its large-sample
    standard errors after Fleiss, Cohen & Everitt (1969), doi:10.1037/h0028106. ``nan`` where Pe is 1. The first is
    ``nan``, too, where all units agree equally much, or one rater never varies: the table does not tell it.
    """
    n = float(table.sum())
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    chance = np.outer(rows, columns)
    observed, expected = float(np.sum(weights * p)), float(np.sum(weights * chance))
    if not expected < 1 - 1e-12:
        return Kappa(math.nan, math.nan, math.nan, observed, expected)
    kappa = (observed - expected) / (1 - expected)
    means = (weights @ columns)[:, None] + (rows @ weights)[None, :]
    spread = float(np.sum(p * (weights - means * (1 - kappa)) ** 2)) - (kappa - expected * (1 - kappa)) ** 2
    spread_null = float(np.sum(chance * (weights - means) ** 2)) - expected**2
    known = spread > _NOISE and float(np.ptp(weights[table > 0])) > _NOISE
    errors = [math.sqrt(part / n) / (1 - expected) if part > _NOISE else 0.0 for part in (spread, spread_null)]
    return Kappa(kappa, errors[0] if known else math.nan, errors[1], observed, expected)
