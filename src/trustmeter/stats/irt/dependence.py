"""Do two items share more than the trait? Correlations of residuals (Q3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.irt.information import curves_at
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.trait import expected_scores, fitted_codes

_FEWEST_PAIRS = 10


@dataclass(frozen=True, slots=True)
class LocalDependence:
    """Residual correlations of pairs of items.

    Parameters
    ----------
    q3
        Shape (k, k): correlation of residuals; the diagonal is not a number.
    centred
        Shape (k, k): q3 less its mean over pairs.
    p_value
        Shape (k, k): share of simulated data sets in which the *largest* centred value of all pairs reaches this one;
        not a number without simulation.
    critical
        The 95th percentile of that largest value, or not a number.
    """

    q3: Floats
    centred: Floats
    p_value: Floats
    critical: float


def residual_correlations(fit: IrtFit, codes: Any, groups: Integers | None = None) -> Floats:
    """Return Q3 (k, k) of codes (n, k), the trait taken at its posterior mean; pairs of answers.

    Yen (1984), doi:10.1177/014662168400800201.
    """
    theta, compact = expected_scores(fit, codes, groups).theta, fitted_codes(fit, codes)
    group = np.zeros(len(compact), dtype=np.intp) if groups is None else groups
    residual = np.full(compact.shape, np.nan)
    for number in range(len(fit.means)):
        rows = np.flatnonzero((group == number) & ~np.isnan(theta))
        expected = curves_at(fit, theta[rows], number).expected.T
        residual[rows] = np.where(compact[rows] >= 0, compact[rows] - expected, np.nan)
    there = (~np.isnan(residual)).astype(float)
    e = np.where(there > 0, residual, 0.0)
    count = there.T @ there
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (e.T @ there) / count
        cross = (e.T @ e) / count - mean * mean.T
        own = ((e**2).T @ there) / count - mean**2
        q3 = cross / np.sqrt(own * own.T)
    q3 = np.where(count >= _FEWEST_PAIRS, q3, np.nan)
    np.fill_diagonal(q3, np.nan)
    return q3


def local_dependence(
    fit: IrtFit, codes: Any, groups: Integers | None, draws: int, rng: np.random.Generator
) -> LocalDependence:
    """Return Q3 with its mean taken off, and how unusual the largest values are under the model.

    Q3 is about -1 / (k - 1) when all is well; its mean is taken off instead (Christensen, Makransky and Horton, 2017,
    doi:10.1177/0146621616677520). For p values, `draws` data sets with the same missing answers are simulated from the
    fitted model and scored with its parameters.
    """
    q3 = residual_correlations(fit, codes, groups)
    centred = q3 - np.nanmean(q3)
    p_value, critical = np.full(q3.shape, np.nan), np.nan
    if draws:
        largest = np.empty(draws)
        for draw in range(draws):
            simulated = residual_correlations(fit, simulated_codes(fit, codes, groups, rng), groups)
            largest[draw] = np.nanmax(simulated - np.nanmean(simulated))
        reached = (largest[:, None, None] >= centred).sum(axis=0)
        p_value = np.where(np.isnan(centred), np.nan, (reached + 1) / (draws + 1))
        critical = float(np.quantile(largest, 0.95))
    return LocalDependence(q3, centred, p_value, critical)


def simulated_codes(fit: IrtFit, codes: Any, groups: Integers | None, rng: np.random.Generator) -> Integers:
    """Return codes drawn from a fitted model, missing where `codes` (n, k) are."""
    there = np.asarray(codes) >= 0
    group = np.zeros(len(there), dtype=np.intp) if groups is None else groups
    drawn = np.full(there.shape, -1, dtype=np.intp)
    for number in range(len(fit.means)):
        rows = np.flatnonzero(group == number)
        theta = fit.means[number] + np.sqrt(fit.variances[number]) * rng.standard_normal(len(rows))
        ladder = np.cumsum(curves_at(fit, theta, number).probabilities, axis=1)
        chance = rng.random((len(ladder), 1, len(rows)))
        drawn[rows] = (chance > ladder[:, :-1]).sum(axis=1).T
    known = [
        np.array(one)[np.clip(column, 0, len(one) - 1)] for one, column in zip(fit.categories, drawn.T, strict=True)
    ]
    return np.where(there, np.column_stack(known), -1)
