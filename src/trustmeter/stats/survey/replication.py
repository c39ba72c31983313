"""How much does an estimate move from replicate to replicate? Totals, ratios, quantiles, and whatever a function gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.survey.influence import Estimates
from trustmeter.stats.survey.linearisation import summed
from trustmeter.stats.survey.quantile import weighted_quantiles
from trustmeter.stats.survey.replicates import Replicates
from trustmeter.stats.survey.sample import Booleans

ROUNDING = 1e-12
AT_ONCE = 64


def replicated_totals(
    y: Floats, replicates: Replicates, groups: Integers | None = None, count: int = 1, *, mse: bool = False
) -> Estimates:
    """Return the totals of the columns of `y` in each group, as `influence.totals` orders them.

    Parameters
    ----------
    y
        Shape (n, p) or (n,); nan is outside the domain.
    replicates, groups, count
        Weights of n rows; the group of each row (below 0: none); the number of groups.
    mse
        Whether deviations are from the estimate; from the replicates' mean when False.
    """
    columns, known = _columns(y)
    full, each = _sums(np.where(known, columns, 0.0), known, replicates, groups, count)
    return varied(full, each, replicates, mse=mse)


def replicated_ratios(
    numerator: Floats,
    denominator: Floats,
    replicates: Replicates,
    groups: Integers | None = None,
    count: int = 1,
    *,
    mse: bool = False,
) -> Estimates:
    """Return total(numerator) / total(denominator) of each column in each group; see `replicated_totals`."""
    (above, here), (below, there) = _columns(numerator), _columns(denominator)
    known = here & there
    top = _sums(np.where(known, above, 0.0), known, replicates, groups, count)
    bottom = _sums(np.where(known, below, 0.0), known, replicates, groups, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return varied(top[0] / bottom[0], top[1] / bottom[1], replicates, mse=mse)


def replicated_means(
    y: Floats, replicates: Replicates, groups: Integers | None = None, count: int = 1, *, mse: bool = False
) -> Estimates:
    """Return the means of the columns of `y` in each group; see `replicated_totals`."""
    return replicated_ratios(y, np.ones_like(y, dtype=float), replicates, groups, count, mse=mse)


def replicated_quantiles(
    y: Floats,
    probabilities: Floats,
    replicates: Replicates,
    groups: Integers | None = None,
    count: int = 1,
    *,
    mse: bool = False,
) -> Estimates:
    """Return the quantiles of `y` (n,) at `probabilities` (q,), group by group.

    Notes
    -----
    A jackknife does not know the error of a quantile: take half samples or a bootstrap, or `quantile.quantiles`.
    """
    codes = np.zeros(y.size, dtype=np.int64) if groups is None else groups
    inside = np.isfinite(y)
    full = np.empty((count, probabilities.size))
    each = np.empty((replicates.rscales.size, count, probabilities.size))
    for group in range(count):
        rows = np.flatnonzero(inside & (codes == group))
        rows = rows[np.argsort(y[rows], kind="stable")]
        full[group] = weighted_quantiles(y[rows], replicates.weights[rows], probabilities)
        each[:, group] = _inverted(y[rows], rows, probabilities, replicates)
    return varied(full.ravel(), each.reshape(each.shape[0], -1), replicates, mse=mse)


def replicated(statistic: Callable[[Floats], Floats], replicates: Replicates, *, mse: bool = False) -> Estimates:
    """Return what `statistic` makes of weights (n,): a vector (k,)."""
    each = [
        statistic(replicates.start * replicates.factors[replicates.clusters, place])
        for place in range(replicates.rscales.size)
    ]
    return varied(
        np.asarray(statistic(replicates.weights), dtype=float), np.array(each, dtype=float), replicates, mse=mse
    )


def varied(full: Floats, each: Floats, replicates: Replicates, *, mse: bool = False) -> Estimates:
    """Return estimates (k,) with the covariance of their replicates (R, k).

    Raises
    ------
    EstimationError
        A replicate has no value for an estimate that the sample has one for.

    Notes
    -----
    scale * sum over r of rscales_r (b_r - c)(b_r - c)', c the mean over replicates that count, or the estimate (`mse`).
    """
    lost = ~np.isfinite(each) & np.isfinite(full)
    if lost.any():
        raise EstimationError(
            f"{int(lost.any(axis=1).sum())} of {each.shape[0]} replicates hold nobody of a group, so its standard error cannot"
            " be had this way. Join small groups, or linearise."
        )
    used = replicates.rscales > 0
    centre = full if mse else each[used].mean(axis=0)
    away = (each - centre) * np.sqrt(replicates.scale * replicates.rscales)[:, None]
    df = np.full(full.size, replicates.df)
    return Estimates(full, away.T @ away, df, replicates.df)


def _columns(y: Floats) -> tuple[Floats, Booleans]:
    columns = np.asarray(y[:, None] if y.ndim == 1 else y, dtype=float)
    return columns, np.isfinite(columns)


def _sums(
    values: Floats, known: Booleans, replicates: Replicates, groups: Integers | None, count: int
) -> tuple[Floats, Floats]:
    n, width = values.shape
    codes = np.zeros(n, dtype=np.int64) if groups is None else groups
    rows, m = np.flatnonzero(codes >= 0), replicates.factors.shape[0]
    at = codes[rows]
    full = summed(replicates.weights[rows, None] * values[rows], at, count)
    places = replicates.clusters[rows] * count + at
    cells = summed(replicates.start[rows, None] * values[rows], places, m * count).reshape(m, count * width)
    nobody = summed(known[rows].astype(float), at, count) == 0
    full[nobody] = np.nan
    each = replicates.factors.T @ cells
    each[:, nobody.ravel()] = np.nan
    return full.ravel(), each


def _inverted(ordered: Floats, rows: Integers, probabilities: Floats, replicates: Replicates) -> Floats:
    each = np.full((replicates.rscales.size, probabilities.size), np.nan)
    for start in range(0, each.shape[0] if rows.size else 0, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        below = replicates.start[rows, None] * replicates.factors[replicates.clusters[rows], part]
        np.cumsum(below, axis=0, out=below)
        for column, place in zip(below.T, range(start, start + below.shape[1]), strict=True):
            if column[-1] > 0:
                found = np.searchsorted(column / column[-1], probabilities - ROUNDING).clip(max=ordered.size - 1)
                each[place] = ordered[found]
    return each
