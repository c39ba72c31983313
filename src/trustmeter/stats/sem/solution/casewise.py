"""How much each row pulls at what is made from the parameters of a fitted model: for covariances with other estimates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from trustmeter.stats.correlation.contingency import PairTables, pair_tables, without_empty_cells
from trustmeter.stats.correlation.influence import influence_of
from trustmeter.stats.correlation.likelihood import Correlations
from trustmeter.stats.correlation.ordinal import OrdinalMoments
from trustmeter.stats.normal_likelihood import casewise_scores
from trustmeter.stats.sem.estimate import mean_of
from trustmeter.stats.sem.fitting import StructureFit
from trustmeter.stats.sem.model import Floats, Integers
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample


def casewise_pull(fit: StructureFit, gradients: Floats, codes: Sequence[Integers] = ()) -> tuple[Floats, ...]:
    """Return how much each row moves some quantities, for each group shape (n, d).

    Parameters
    ----------
    fit
        The fitted model; rows count alike and are independent.
    gradients
        Shape (q, d): derivatives of d quantities in the parameters.
    codes
        Of ordered answers the rows that the sample was made of, shape (n, p) a group; -1 is missing.

    Notes
    -----
    Squares and products added up over rows are the covariance (d, d) that the fit itself gives: the sandwich with observed
    information of numbers, the robust covariance of least squares of ordered answers. Added up with the pull of the same
    rows at another estimate they are the covariance with that.
    """
    if isinstance(fit.sample, NormalSample):
        return _of_numbers(fit, fit.sample, gradients)
    return _of_ordered(fit, fit.sample, gradients, codes)


def _of_numbers(fit: StructureFit, sample: NormalSample, gradients: Floats) -> tuple[Floats, ...]:
    directions = np.linalg.solve(fit.information, gradients)
    found = []
    for g, rows in enumerate(sample.groups):
        now = fit.estimate.implied(g)
        scores = casewise_scores(rows, mean_of(fit.estimate.model, rows, now), now.covariance)
        found.append(np.asarray(scores @ (fit.estimate.jacobian(g) @ directions)))
    return tuple(found)


def _of_ordered(
    fit: StructureFit, sample: OrdinalSample, gradients: Floats, codes: Sequence[Integers]
) -> tuple[Floats, ...]:
    slopes = fit.slopes
    directions = np.linalg.solve(slopes.inner, gradients)
    stretch = math.sqrt(fit.n_robust / fit.n)
    return tuple(
        _moment_pull(one, rows, share * stretch * (WJ @ directions))
        for one, rows, share, WJ in zip(sample.groups, codes, slopes.shares, slopes.WJ, strict=True)
    )


def _moment_pull(one: OrdinalMoments, codes: Integers, along: Floats) -> Floats:
    """Return how much each row moves thresholds and correlations along some directions (moments, d), shape (n, d)."""
    tables = pair_tables(codes, None)
    influence = influence_of(tables, _counts(tables, one), _correlations(tables, one))
    real, size = tables.real(), influence.correlations.shape[1]
    answers = np.where(codes < 0, size - 1, codes)
    found = np.zeros((len(codes), along.shape[1]))
    place = 0
    for item, there in enumerate(real):
        steps = int(there.sum())
        found += (influence.thresholds[item][there].T @ along[place : place + steps])[answers[:, item]]
        place += steps
    for pair, (i, j) in enumerate(zip(tables.first, tables.second, strict=True)):
        found += influence.correlations[pair][answers[:, i], answers[:, j], None] * along[place + pair]
    return found


def _counts(tables: PairTables, one: OrdinalMoments) -> Floats:
    """Return the counts behind the correlations: with half a row in empty cells where that was done."""
    filled = {tuple(pair) for pair in one.adjusted.tolist()}
    chosen = [
        number for number, pair in enumerate(zip(tables.first.tolist(), tables.second.tolist(), strict=True))
        if pair in filled
    ]  # fmt: skip
    if not chosen:
        return tables.counts
    counts = tables.counts.copy()
    counts[chosen] = without_empty_cells(tables, np.array(chosen, dtype=np.intp))
    return counts


def _correlations(tables: PairTables, one: OrdinalMoments) -> Correlations:
    return Correlations(one.correlations[tables.first, tables.second], np.zeros(len(tables.first), dtype=bool))
