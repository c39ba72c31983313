"""The smallest change that people call important, from a number of change and what they say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.agreement.roc import Floats, Truths, youden_cuts

_ROUNDS = 60
_SETTLED = 1e-10
_MOST_CELLS = 4_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Importance:
    """Minimal important changes by three methods, each of shape (rows,); the first row holds the estimates.

    `sensitivity` and `specificity` belong to the cut `roc`. ``nan`` where the groups do not overlap.
    """

    roc: Floats
    sensitivity: Floats
    specificity: Floats
    predictive: Floats
    adjusted: Floats


def important_changes(change: Floats, improved: Truths, draws: int, rng: np.random.Generator) -> Importance:
    """Return the minimal important change of all people, then that of `draws` resamples of people; both (n,).

    - roc: the cut with the largest sensitivity + specificity.
    - predictive: the change x at which a logistic regression of `improved` on change leaves the odds as they are among
      all, (log odds - b0) / b1 (Terluin et al. 2015, doi:10.1016/j.jclinepi.2015.03.015).
    - adjusted: that less (0.090 + 0.103 r) sd(change) log odds, r the point-biserial correlation, since it depends on
      how many improved (Terluin et al. 2017, doi:10.1016/j.jclinepi.2016.12.015).
    """
    values, place = np.unique(change, return_inverse=True)
    v, n = len(values), len(change)
    cells = np.bincount(place + v * improved, minlength=2 * v).astype(float)
    block = max(1, _MOST_CELLS // (2 * v))
    weights = [cells[None, :]]
    sizes = [min(block, draws - at) for at in range(0, draws, block)]
    weights += [rng.multinomial(n, cells / n, size=size).astype(float) for size in sizes]
    parts = [_of_counts(values, rows) for rows in weights]
    return Importance(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _of_counts(values: Floats, counts: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    others, cases = counts[:, : len(values)], counts[:, len(values) :]
    both = cases.sum(axis=1) * others.sum(axis=1) > 0
    found = np.full((5, len(counts)), np.nan)
    if both.any():
        cuts, sensitivity, specificity = youden_cuts(values, cases[both], others[both])
        predictive, adjusted = _predictive(values, cases[both], others[both])
        found[:, both] = cuts, sensitivity, specificity, predictive, adjusted
    return found[0], found[1], found[2], found[3], found[4]


def _predictive(values: Floats, cases: Floats, others: Floats) -> tuple[Floats, Floats]:
    totals = cases + others
    n, improved = totals.sum(axis=1), cases.sum(axis=1)
    log_odds = np.log(improved / (n - improved))
    mean = totals @ values / n
    x = values[None, :] - mean[:, None]
    variance = np.sum(totals * x**2, axis=1) / n
    covariance = np.sum(cases * x, axis=1) / n
    share = improved / n
    with np.errstate(invalid="ignore"):
        r = covariance / np.sqrt(variance * share * (1 - share))
    b0, b1 = _logistic(x, cases, totals, log_odds)
    predictive = mean + (log_odds - b0) / b1
    sd = np.sqrt(variance * n / (n - 1))
    return predictive, predictive - (0.090 + 0.103 * r) * sd * log_odds


def _logistic(x: Floats, cases: Floats, totals: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Fit rows of logistic regressions of cases among totals on x, all (rows, v), by Newton; ``nan`` where none is."""
    scale = np.sqrt(np.sum(totals * x**2, axis=1) / totals.sum(axis=1))
    scale = np.where(scale > 0, scale, 1.0)
    z = x / scale[:, None]
    b0, b1 = start.copy(), np.zeros(len(x))
    settled = np.zeros(len(x), dtype=bool)
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(b0[:, None] + b1[:, None] * z, -500, 500)))
        rest, w = cases - totals * p, totals * p * (1 - p)
        g0, g1 = rest.sum(axis=1), np.sum(rest * z, axis=1)
        h00, h01, h11 = w.sum(axis=1), np.sum(w * z, axis=1), np.sum(w * z**2, axis=1)
        determinant = np.maximum(h00 * h11 - h01**2, 1e-300)
        d0, d1 = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        length = np.maximum(np.maximum(np.abs(d0), np.abs(d1)) / 4, 1.0)
        b0, b1 = b0 + d0 / length, b1 + d1 / length
        settled = np.maximum(np.abs(d0), np.abs(d1)) < _SETTLED * (1 + np.abs(b1))
        if settled.all():
            break
    known = settled & (np.abs(b1) < 50) & (np.abs(b1) > 1e-8)
    return np.where(known, b0, np.nan), np.where(known, b1 / scale, np.nan)
