"""Confidence sets for ranks, from comparing every place with every other (rank 1 is the highest)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats
from trustmeter.stats.multiplicity import max_t, max_t_quantile

Side = Literal["both", "upper", "lower"]
"""Which ends of a rank's set are wanted: both, only how high it may be at best, or how low at worst."""

_SLACK = 1e-9
_NOTHING = 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class Noise:
    """What the comparisons of k places look like by chance alone.

    Parameters
    ----------
    first, second
        Shape (m,): the places of each ordered pair, m = k (k - 1).
    draws
        Shape (B, m): studentised differences first - second when all places are truly alike.
    std_errors
        Shape (m,): of the differences.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    draws: Floats
    std_errors: Floats


@dataclass(frozen=True, eq=False, slots=True)
class RankSets:
    """Where each of k places may stand.

    Parameters
    ----------
    ranks
        Shape (k,): rank of each estimate, 1 the highest; equal estimates share the better rank.
    low, high
        Shape (k,): ends of the sets that hold all true ranks together.
    marginal_low, marginal_high
        Shape (k,): ends of the sets that each hold their own true rank.
    above
        Shape (k, k): whether the row's place surely lies above the column's, all claims true together.
    p_values
        Shape (k, k): adjusted p value of that claim (step-down); not a number on the diagonal.
    critical
        The number that the largest of all absolute studentised differences stays within; for simultaneous intervals.
    """

    ranks: NDArray[np.intp]
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    marginal_low: NDArray[np.intp]
    marginal_high: NDArray[np.intp]
    above: NDArray[np.bool_]
    p_values: Floats
    critical: float


def comparison_noise(covariance: Floats, df: Floats, draws: int, rng: np.random.Generator) -> Noise:
    """Draw the studentised differences of places that are truly alike.

    Parameters
    ----------
    covariance
        Shape (k, k): of the estimates.
    df
        Shape (k,): degrees of freedom behind each variance, infinite where it is known.
    draws
        How many.
    rng
        Where chance comes from.

    Notes
    -----
    Estimates are normal with the given covariance. Variances are estimates, too: each draw has its own, v times chi-squared
    over its degrees of freedom; of places that are correlated all share the draw of the place with fewest degrees.
    """
    k = len(covariance)
    root = _root(covariance)
    drawn = rng.standard_normal((draws, k)) @ root.T
    first, second = (np.asarray(side, dtype=np.intp) for side in np.nonzero(~np.eye(k, dtype=bool)))
    variance = np.diag(covariance)
    between = variance[first] + variance[second] - 2 * covariance[first, second]
    if not bool((between > _NOTHING * (variance[first] + variance[second])).all()):
        message = "Two places' estimates hang together so closely that their difference has no error of its own."
        raise EstimationError(f"{message} Take clusters that lie inside one place each, or leave them out.")
    independent = np.count_nonzero(covariance - np.diag(variance)) == 0
    factors = _variance_factors(df if independent else np.full(1, df.min()), draws, rng)
    spread = (
        factors * between
        if not independent
        else factors[:, first] * variance[first] + factors[:, second] * variance[second]
    )
    return Noise(first, second, (drawn[:, first] - drawn[:, second]) / np.sqrt(spread), np.sqrt(between))


def rank_sets(estimates: Floats, noise: Noise, conf_level: float = 0.95, side: Side = "both") -> RankSets:
    """Return the sets of ranks that the comparisons leave open.

    Parameters
    ----------
    estimates
        Shape (k,).
    noise
        From `comparison_noise`.
    conf_level
        Level of the sets.
    side
        Of the marginal sets only: with ``"upper"`` only `marginal_low` is bounded (how high at best), with ``"lower"`` only
        `marginal_high`; each end is then nearer.

    Notes
    -----
    Place j lies surely above place l when the hypothesis that it does not is rejected, stepping down over all ordered
    pairs with the largest studentised difference (Romano and Wolf): all such claims are true together with probability
    `conf_level`. Its rank is then at least 1 + (how many lie surely above it) and at most k - (how many surely below):
    Mogstad, Romano, Shaikh and Wilhelm (2024), doi:10.1093/restud/rdad006. The marginal set of j steps down over the pairs
    with j alone.
    """
    k = len(estimates)
    statistics = (estimates[noise.first] - estimates[noise.second]) / noise.std_errors
    p_values = np.full((k, k), np.nan)
    p_values[noise.first, noise.second] = max_t(statistics, noise.draws, two_sided=False).p_step_down
    above = p_values <= 1 - conf_level + _SLACK
    low, high = _ends(above)
    marginal = [_own_ends(place, statistics, noise, conf_level, side) for place in range(k)]
    unordered = noise.first < noise.second
    return RankSets(
        ranks=1 + (estimates[None, :] > estimates[:, None]).sum(axis=1),
        low=low, high=high,
        marginal_low=np.array([ends[0] for ends in marginal]), marginal_high=np.array([ends[1] for ends in marginal]),
        above=above, p_values=p_values, critical=max_t_quantile(noise.draws[:, unordered], conf_level),
    )  # fmt: skip


def _ends(above: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return 1 + above.sum(axis=0), len(above) - above.sum(axis=1)


def _own_ends(place: int, statistics: Floats, noise: Noise, conf_level: float, side: Side) -> tuple[int, int]:
    """Return the ends of one place's own set, from its comparisons alone."""
    k = int(noise.first.max()) + 1
    beaten = (noise.second == place) & (side != "lower")
    beating = (noise.first == place) & (side != "upper")
    mine = beaten | beating
    sure = max_t(statistics[mine], noise.draws[:, mine], two_sided=False).p_step_down <= 1 - conf_level + _SLACK
    return 1 + int((sure & beaten[mine]).sum()), k - int((sure & beating[mine]).sum())


def _variance_factors(df: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return estimated over true variances, shape (draws, k); one where the variance is known."""
    known = ~np.isfinite(df)
    factors = rng.chisquare(np.where(known, 1.0, df), (draws, len(df))) / np.where(known, 1.0, df)
    return np.where(known, 1.0, factors)


def _root(covariance: Floats) -> Floats:
    """Return R with R R' the covariance, which may be of less than full rank."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
