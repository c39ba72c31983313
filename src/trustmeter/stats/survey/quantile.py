"""Below which value do so many people lie? Weighted quantiles with Woodruff's intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.survey.influence import ratios
from trustmeter.stats.survey.linearisation import spread_of_clusters
from trustmeter.stats.survey.sample import Booleans, Sample

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quantiles of G groups at q probabilities.

    Parameters
    ----------
    estimate, low, high
        Shape (G, q). An end is nan when the sample does not reach that far.
    std_error
        Shape (G, q): width of the interval / (2 t).
    df
        Shape (G,).
    """

    estimate: Floats
    low: Floats
    high: Floats
    std_error: Floats
    df: Integers


def weighted_quantiles(y: Floats, weights: Floats, probabilities: Floats) -> Floats:
    """Return the smallest values of `y` with at least these shares of the weight at or below them; nan outside 0 to 1.

    Parameters
    ----------
    y, weights
        Shape (n,), without nan.
    probabilities
        Any shape.
    """
    ordered, below = _distribution(y, weights)
    return _inverted(ordered, below, np.asarray(probabilities, dtype=float))


def quantiles(
    y: Floats,
    probabilities: Floats,
    sample: Sample,
    groups: Integers | None = None,
    count: int = 1,
    *,
    conf_level: float = 0.95,
) -> Quantiles:
    """Return quantiles of `y` in each group, with intervals.

    Parameters
    ----------
    y
        Shape (n,); nan is outside the domain.
    probabilities
        Shape (q,), between 0 and 1.
    sample, groups, count
        As in `influence.totals`.
    conf_level
        Between 0 and 1.

    Notes
    -----
    The interval of the share at or below the quantile, t standard errors wide on each side, is carried back through
    the distribution function. Far from the median and from few clusters, those with two ends hold the true value less often
    than they say, since it is the narrow ones that have both. Woodruff (1952), doi:10.1080/01621459.1952.10483443.
    """
    codes = np.zeros(y.size, dtype=np.int64) if groups is None else groups
    inside = np.isfinite(y) & (codes >= 0) & (sample.weights > 0)
    functions = [_distribution(y[rows], sample.weights[rows]) for rows in _rows_of(codes, inside, count)]
    found = np.array([_inverted(*function, probabilities) for function in functions])
    at_or_below = np.full((y.size, probabilities.size), np.nan)
    at_or_below[inside] = y[inside, None] <= found[codes[inside]]
    linear = ratios(at_or_below, np.ones_like(at_or_below), sample, codes, count)
    spread = spread_of_clusters(linear.influence, sample)
    df = linear.df.reshape(found.shape)
    t = scipy.stats.t.ppf((1 + conf_level) / 2, np.where(df > 0, df, np.nan))
    half = t * np.sqrt(np.einsum("mk,mk->k", spread, spread)).reshape(found.shape)
    share = linear.estimate.reshape(found.shape)
    low = np.array([_inverted(*f, ends) for f, ends in zip(functions, share - half, strict=True)])
    high = np.array([_inverted(*f, ends) for f, ends in zip(functions, share + half, strict=True)])
    return Quantiles(found, low, high, (high - low) / (2 * t), df[:, 0])


def _rows_of(codes: Integers, inside: Booleans, count: int) -> list[Integers]:
    rows = np.flatnonzero(inside)
    order = rows[np.argsort(codes[rows], kind="stable")]
    return np.split(order, np.cumsum(np.bincount(codes[rows], minlength=count))[:-1])


def _distribution(y: Floats, weights: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(y, kind="stable")
    summed = np.cumsum(weights[order])
    return y[order], summed / summed[-1] if summed.size else summed


def _inverted(ordered: Floats, below: Floats, probabilities: Floats) -> Floats:
    if ordered.size == 0:
        return np.full(probabilities.shape, np.nan)
    places = np.searchsorted(below, probabilities - ROUNDING).clip(max=ordered.size - 1)
    reached = (probabilities >= 0) & (probabilities <= 1 + ROUNDING)
    return np.where(reached, ordered[places], np.nan)
