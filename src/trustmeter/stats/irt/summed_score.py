"""Sum scores under an item response model, and the fit of items given the sum score (S-X2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats
from trustmeter.stats.irt.information import curves_at
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.trait import fitted_codes

SMALLEST_EXPECTED = 1.0
"""Neighbouring categories are taken together until each cell expects at least so many people."""


@dataclass(frozen=True, slots=True)
class ItemFit:
    """S-X2 of each item, shape (k,): statistic, degrees of freedom, p value; and the complete rows it rests on.

    Not a number where no degree of freedom is left.
    """

    statistic: Floats
    df: Floats
    p_value: Floats
    n: int


def score_probabilities(probabilities: Floats) -> Floats:
    """Return the probability of each sum score (S + 1, Q) from category probabilities (k, m, Q).

    The recursion of Lord and Wingersky (1984), doi:10.1177/014662168400800409: items are added one at a time.
    """
    k, m, Q = probabilities.shape
    total = np.zeros((k * (m - 1) + 1, Q))
    total[0] = 1.0
    for item in probabilities:
        total = _added(total, item)
    return total


def item_fit(fit: IrtFit, codes: Any, group: int = 0, smallest: float = SMALLEST_EXPECTED) -> ItemFit:
    """Return S-X2 of the complete rows of codes (n, k), all of one group.

    Observed and expected answers to an item are compared among people with the same sum score. Orlando and Thissen
    (2000), doi:10.1177/01466216000241003; for more than two categories Kang and Chen (2008),
    doi:10.1111/j.1745-3984.2008.00071.x. Rows of the lowest and highest sum have no freedom and are left out. In each
    sum score the category that expects the fewest is taken together with its smaller neighbour until each cell expects
    `smallest` people. The degrees of freedom are cells less one in each sum score, less the item's estimated parameters.
    """
    compact = fitted_codes(fit, codes)
    complete = compact[(compact >= 0).all(axis=1)]
    k = compact.shape[1]
    grid = fit.grid
    theta = fit.means[group] + math.sqrt(fit.variances[group]) * grid.x
    P = curves_at(fit, theta, group).probabilities
    weight = np.exp(grid.log_weight)
    total = complete.sum(axis=1)
    statistic, df = np.full(k, np.nan), np.full(k, np.nan)
    for item, size in enumerate(fit.sizes):
        others = np.pad(score_probabilities(np.delete(P, item, axis=0)), ((0, P.shape[1] - 1), (0, 0)))
        joint = np.stack(
            [_shifted(others, category) @ (P[item, category] * weight) for category in range(size)], axis=1
        )
        top = sum(fit.sizes) - k
        observed = np.zeros((top + 1, size))
        np.add.at(observed, (total, complete[:, item]), 1.0)
        freedom = size - (fit.model == "pcm")
        statistic[item], df[item] = _compared(observed[1:top], joint[1:top], freedom, smallest)
    p_value = np.where(df > 0, scipy.special.chdtrc(np.maximum(df, 1), np.nan_to_num(statistic)), np.nan)
    return ItemFit(np.where(df > 0, statistic, np.nan), df, p_value, len(complete))


def _compared(observed: Floats, joint: Floats, parameters: int, smallest: float) -> tuple[float, float]:
    """Return the statistic and its degrees of freedom from counts (S, m) and probabilities up to a factor a row."""
    value, df = 0.0, 0
    for seen, chance in zip(observed, joint, strict=True):
        people, mass = seen.sum(), chance.sum()
        if people == 0 or mass <= 0:
            continue
        cells = _collapsed(seen, people * chance / mass, smallest)
        if len(cells) > 1:
            value += sum((found - expected) ** 2 / expected for found, expected in cells)
            df += len(cells) - 1
    return value, float(df - parameters)


def _collapsed(found: Floats, expected: Floats, smallest: float) -> list[tuple[float, float]]:
    """Return (found, expected) of cells, the smallest taken together with its smaller neighbour until all are enough."""
    cells = [(float(one), float(other)) for one, other in zip(found, expected, strict=True)]
    while len(cells) > 1:
        at = min(range(len(cells)), key=lambda place: cells[place][1])
        if cells[at][1] >= smallest:
            break
        into = min({at - 1, at + 1} & set(range(len(cells))), key=lambda place: cells[place][1])
        cells[into] = (cells[into][0] + cells[at][0], cells[into][1] + cells[at][1])
        del cells[at]
    return cells


def _added(total: Floats, item: Floats) -> Floats:
    grown = np.zeros_like(total)
    for category, chance in enumerate(item):
        grown += _shifted(total, category) * chance
    return grown


def _shifted(total: Floats, by: int) -> Floats:
    return total if by == 0 else np.concatenate([np.zeros((by, total.shape[1])), total[:-by]])
