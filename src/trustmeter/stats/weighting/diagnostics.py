"""What did weighting cost, and what did it mend? Design effect, concentration of weights, distance from margins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, slots=True)
class Spread:
    """How unequal weights are.

    Parameters
    ----------
    design_effect
        1 + cv squared: how much unequal weights alone raise a variance.
    n_effective
        n / design effect.
    largest, smallest
        As multiples of the mean weight.
    ratio
        The 95th of the 5th percentile.
    top_1, top_5
        The share of all weight that the heaviest 1 and 5 % of rows hold.
    """

    design_effect: float
    n_effective: float
    largest: float
    smallest: float
    ratio: float
    top_1: float
    top_5: float


def spread_of(weights: Floats) -> Spread:
    """Say how unequal weights are.

    Parameters
    ----------
    weights
        Shape (n,): none negative, not all zero; rows of weight zero count among n.

    Notes
    -----
    1 + cv squared = n sum w squared / (sum w) squared (Kish 1965, Survey Sampling, section 11.7; Kish 1992).
    """
    n, total = len(weights), float(weights.sum())
    effect = n * float(weights @ weights) / total**2
    rising = np.sort(weights)
    low, high = np.interp(np.array([0.05, 0.95]) * (n - 1), np.arange(n), rising)
    ordered = rising[::-1]
    top = [float(ordered[: max(1, math.ceil(n * share))].sum()) / total for share in (0.01, 0.05)]
    mean = total / n
    ratio = float(high / low) if low > 0 else math.inf
    return Spread(effect, n / effect, float(ordered[0]) / mean, float(ordered[-1]) / mean, ratio, top[0], top[1])


@dataclass(frozen=True, slots=True)
class Balance:
    """How far a sample is from one margin.

    Parameters
    ----------
    shares
        Shape (k,): of the weighted rows in each category.
    targets
        Shape (k,): of the population.
    differences
        Shape (k,): (share - target) / sqrt(target (1 - target)), the standardised difference; ``inf`` where the target
        is zero or one and the share is not.
    dissimilarity
        Half the sum of absolute differences: the share of people who would have to change category.
    """

    shares: Floats
    targets: Floats
    differences: Floats
    dissimilarity: float


def balance(codes: Integers, target: Floats, weights: Floats) -> Balance:
    """Hold the weighted shares of a margin against its targets.

    Parameters
    ----------
    codes
        Shape (n,): categories from 0; -1 for rows that are left out.
    target
        Shape (k,): counts or shares.
    weights
        Shape (n,).
    """
    there = codes >= 0
    sums = np.bincount(codes[there], weights=weights[there], minlength=len(target))
    return balance_of_shares(sums / sums.sum(), target / target.sum())


def balance_of_shares(shares: Floats, targets: Floats) -> Balance:
    """Hold shares (k,) against targets (k,) that sum to one."""
    gaps, unit = shares - targets, np.sqrt(targets * (1 - targets))
    unit_free = np.where(np.abs(gaps) < 1e-15, 0.0, np.copysign(np.inf, gaps))
    differences = np.where(unit > 0, gaps / np.where(unit > 0, unit, 1.0), unit_free)
    return Balance(shares, targets, differences, float(np.abs(gaps).sum()) / 2)
