"""Thresholds and polychoric correlations of ordered answers, with their joint covariance, in two steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.options import EmptyCells
from trustmeter.stats.correlation.contingency import (
    PairTables,
    has_empty_cells,
    pair_tables,
    without_empty_cells,
)
from trustmeter.stats.correlation.influence import correlation_variances, influence_covariance, influence_of
from trustmeter.stats.correlation.likelihood import Correlations, solve_correlations
from trustmeter.stats.covariance import Floats, Integers

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrdinalMoments:
    """What ordered answers tell about the normal variables behind them.

    Parameters
    ----------
    levels
        Shape (k,): number of categories of each item.
    thresholds
        Shape (T,): thresholds of all items one after another, T = sum(levels - 1).
    correlations
        Shape (k, k): polychoric correlations.
    gamma
        Shape (T + k(k-1)/2, same): n times the covariance of thresholds and correlations, the latter in the order of
        the strict lower triangle by columns: (1,0), (2,0), …, (k-1,0), (2,1), …; ``None`` when not asked for.
    n
        Rows (sum of weights when weighted).
    std_errors
        Shape (k, k): standard errors of the correlations, zeros in the diagonal, not a number at the limit; also given
        without `gamma`.
    adjusted
        Shape (q, 2): the pairs of items into whose empty cells 0.5 was put.
    at_limit
        Shape (q, 2): the pairs of items whose correlation ran to 1 or -1.
    """

    levels: Integers
    thresholds: Floats
    correlations: Floats
    gamma: Floats | None
    n: float
    std_errors: Floats
    adjusted: Integers
    at_limit: Integers


def ordinal_moments(
    codes: Integers,
    *,
    weights: Floats | None = None,
    clusters: Integers | None = None,
    acov: bool = True,
    empty: EmptyCells = "when_needed",
) -> OrdinalMoments:
    """Return thresholds, polychoric correlations and their covariance.

    Parameters
    ----------
    codes
        Shape (n, k): answers 0, 1, … of each item, every category up to the highest observed; -1 is missing (then each
        threshold rests on the rows with that item, each correlation on the rows with both).
    weights
        Shape (n,): positive weights of the rows.
    clusters
        Shape (n,): codes of clusters of rows, when rows are not independent of each other.
    acov
        Whether `gamma` is needed; it costs about as much as the correlations.
    empty
        When 0.5 is put into empty cells (`without_empty_cells`): ``"two_by_two"``: in tables of two by two with one;
        ``"when_needed"``: also in larger ones whose correlation would run to 1 or -1 without, which keeps `gamma` whole
        for models but draws these correlations far towards zero; ``"always"``; ``"never"``.

    Notes
    -----
    Olsson (1979), doi:10.1007/BF02296207: thresholds from the margins, each correlation by maximum likelihood with
    thresholds fixed. The covariance is that of the two-step estimating equations (Muthén 1984,
    doi:10.1007/BF02294210; Jöreskog 1994, doi:10.1007/BF02296131), with the derivatives as sums of products of casewise
    scores. Clusters: scores are added up within clusters, times G / (G - 1).
    """
    tables = pair_tables(codes, weights)
    n = float(len(codes) if weights is None else weights.sum())
    counts, found, adjusted = _solved(tables, empty)
    influence = influence_of(tables, counts, found)
    gamma: Floats | None = None
    if acov:
        gamma = n * influence_covariance(influence, tables, codes, weights, clusters)
        variances = np.diag(gamma)[len(gamma) - len(found.rho) :] / n
    else:
        variances = correlation_variances(influence, tables, codes, weights, clusters)
    return OrdinalMoments(
        tables.levels,
        tables.thresholds(),
        _matrix(tables, found.rho, 1.0),
        gamma,
        n,
        _matrix(tables, np.sqrt(variances), 0.0),
        _names(tables, adjusted),
        _names(tables, found.at_limit),
    )


def _solved(tables: PairTables, empty: EmptyCells) -> tuple[Floats, Correlations, Booleans]:
    """Return the counts that were used, the correlations, and in which pairs empty cells were filled."""
    counts = tables.counts
    two_by_two = (tables.levels[tables.first] == 2) & (tables.levels[tables.second] == 2)
    holes = has_empty_cells(tables) if empty != "never" else np.zeros(len(counts), dtype=bool)
    if empty == "two_by_two":
        two_by_two &= (counts[:, :2, :2] == 0).sum(axis=(1, 2)) == 1
    adjusted = holes if empty == "always" else holes & two_by_two
    counts = _filled(tables, counts, adjusted)
    h, k = tables.cutpoints[tables.first], tables.cutpoints[tables.second]
    found = solve_correlations(counts, h, k)
    again = found.at_limit & holes & ~adjusted
    if empty == "when_needed" and again.any():
        counts = _filled(tables, counts, again)
        mended = solve_correlations(counts[again], h[again], k[again])
        rho, at_limit = found.rho.copy(), found.at_limit.copy()
        rho[again], at_limit[again] = mended.rho, mended.at_limit
        found = Correlations(rho, at_limit)
    return counts, found, np.asarray((counts != tables.counts).any(axis=(1, 2)))


def _filled(tables: PairTables, counts: Floats, chosen: Booleans) -> Floats:
    if not chosen.any():
        return counts
    filled = counts.copy()
    filled[chosen] = without_empty_cells(tables, np.flatnonzero(chosen))
    return filled


def _matrix(tables: PairTables, values: Floats, diagonal: float) -> Floats:
    k = len(tables.levels)
    whole = np.full((k, k), diagonal)
    whole[tables.first, tables.second] = whole[tables.second, tables.first] = values
    return whole


def _names(tables: PairTables, chosen: Booleans) -> Integers:
    return np.column_stack([tables.first[chosen], tables.second[chosen]])
