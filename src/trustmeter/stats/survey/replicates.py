"""Many samples out of one: replicate weights by leaving out, by half samples, by drawing again, or from a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from trustmeter.errors import DesignError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.survey.hadamard import balanced_signs
from trustmeter.stats.survey.sample import Sample, degrees_of_freedom

RANK_TOLERANCE = 1e-10
MOST_FACTORS = 60_000_000
"""Half a gigabyte of clusters times replicates."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """R sets of weights: row i of set r weighs ``start[i] * factors[clusters[i], r]``.

    Parameters
    ----------
    weights
        Shape (n,): of the sample itself.
    start
        Shape (n,): what the factors multiply.
    clusters
        Shape (n,): the row of `factors` that each person has.
    factors
        Shape (m, R).
    scale
        What the sum of the squared deviations is multiplied by,
    rscales
        and what each of them is: shape (R,).
    df
        Degrees of freedom.
    """

    weights: Floats
    start: Floats
    clusters: Integers
    factors: Floats
    scale: float
    rscales: Floats
    df: int


def jackknife_unstratified(sample: Sample) -> Replicates:
    """Return JK1: leaves out one cluster at a time; the strata of the sample must be one.

    Raises
    ------
    DesignError
        There are several strata, or fewer than two clusters.
    """
    m, strata = sample.cluster_strata.size, sample.population.size
    if strata != 1 or m < 2:
        raise DesignError(
            f"JK1 needs one stratum and two clusters or more; got {strata} strata and {m} clusters. Choose JKn for strata."
        )
    _check_size(m, m)
    factors = np.full((m, m), m / (m - 1)) - np.eye(m) * (m / (m - 1))
    remaining = 1 - m / float(sample.population[0])
    return _replicates(sample, factors, (m - 1) / m * remaining, np.ones(m))


def jackknife_stratified(sample: Sample) -> Replicates:
    """Return JKn: leaves out one cluster at a time and gives its weight to the others of its stratum.

    Raises
    ------
    DesignError
        A stratum has one cluster, and the sample's rule is neither ``"certainty"`` nor ``"average"``.

    Notes
    -----
    Replicate r of stratum h counts (n_h - 1) / n_h (1 - n_h / N_h). A lonely cluster has no replicate; with
    ``"average"`` the others count more, as in linearisation.
    """
    sizes, strata = sample.stratum_sizes, sample.cluster_strata
    lonely = (sizes == 1) & (sizes < sample.population)
    if lonely.any() and sample.lonely not in {"certainty", "average"}:
        raise DesignError(
            f'{int(lonely.sum())} of {sizes.size} strata have one sampled cluster. A jackknife needs the rule "certainty" or'
            ' "average", or join strata that are alike.'
        )
    left_out = np.flatnonzero(sizes[strata] > 1)
    _check_size(strata.size, left_out.size)
    same = strata[:, None] == strata[left_out]
    grown = sizes[strata] / np.maximum(sizes[strata] - 1, 1)
    factors = np.where(same, grown[:, None], 1.0)
    factors[left_out, np.arange(left_out.size)] = 0.0
    at = strata[left_out]
    rscales = (sizes[at] - 1) / sizes[at] * (1 - sizes[at] / sample.population[at])
    more = sizes.size / (sizes.size - int(lonely.sum())) if sample.lonely == "average" else 1.0
    return _replicates(sample, factors, more, rscales)


def half_samples(sample: Sample, *, rho: float = 0.0) -> Replicates:
    """Return balanced repeated replication; with `rho` above 0 Fay's method, in which the other half keeps that part.

    Raises
    ------
    DesignError
        A stratum has an odd number of clusters, or `rho` is not from 0 to below 1.

    Notes
    -----
    A stratum with 4, 6, ... clusters is taken as pairs of neighbours in the order of their codes, which fits lists drawn
    at even steps. A finite population is not used, so errors are rather too large. Judkins (1990), "Fay's method for
    variance estimation", Journal of Official Statistics 6, 223-239.
    """
    sizes, m = sample.stratum_sizes, sample.cluster_strata.size
    if (sizes % 2).any() or not 0 <= rho < 1:
        raise DesignError(
            f"Half samples need an even number of clusters in each stratum and rho from 0 to below 1; got"
            f" {int((sizes % 2).sum())} strata with an odd number, and rho {rho:g}. Join strata, or choose JKn."
        )
    pair, second = np.empty(m, dtype=np.int64), np.empty(m, dtype=bool)
    order = np.argsort(sample.cluster_strata, kind="stable")
    pair[order], second[order] = np.arange(m) // 2, np.arange(m) % 2 == 1
    signs = balanced_signs(m // 2 + 1)
    chosen = signs[:, 1 + pair].T * np.where(second, -1.0, 1.0)[:, None]
    factors = 1 + (1 - rho) * chosen
    count = signs.shape[0]
    return _replicates(sample, factors, 1 / (count * (1 - rho) ** 2), np.ones(count))


def rescaled_bootstrap(sample: Sample, *, draws: int, seed: int) -> Replicates:
    """Return Rao and Wu's bootstrap: n_h - 1 clusters of each stratum, drawn with replacement.

    Notes
    -----
    A cluster drawn k times weighs k n_h / (n_h - 1). A finite population is not used. Rao, Wu and Yue (1992), "Some recent
    work on resampling methods for complex surveys", Survey Methodology 18, 209-217.
    """
    factors, rng = _blank(sample, draws), np.random.default_rng(seed)
    for members in _strata_of(sample):
        k = members.size
        counts = rng.multinomial(k - 1, np.full(k, 1 / k), size=draws).T
        factors[members] = counts * (k / (k - 1))
    return _replicates(sample, factors, 1 / (draws - 1), np.ones(draws))


def population_bootstrap(sample: Sample, *, draws: int, seed: int) -> Replicates:
    """Return the bootstrap of as many clusters as were sampled: with replacement, or out of a finite population.

    Notes
    -----
    With N_h clusters in a stratum, each sampled one stands N_h / n_h times in a made population, and n_h of these are
    drawn without replacement; when that is no whole number, by lot a whole number below or above it, so that the
    variance is right on average (Bickel and Freedman, 1984, doi:10.1214/aos/1176346500). The scale holds n / (n - 1), n
    the harmonic mean of the strata's clusters, as in R's survey. Canty and Davison (1999), doi:10.1111/1467-9884.00196.
    """
    factors, rng = _blank(sample, draws), np.random.default_rng(seed)
    sizes = sample.stratum_sizes
    for members, size in zip(_strata_of(sample), sample.population[sizes > 1], strict=True):
        k = members.size
        if np.isinf(size):
            factors[members] = rng.multinomial(k, np.full(k, 1 / k), size=draws).T
            continue
        for draw, copies in enumerate(_copies(k, float(size), draws, rng)):
            factors[members, draw] = rng.multivariate_hypergeometric(np.full(k, copies), k)
    mean = float((sizes > 1).sum() / np.sum(1 / sizes[sizes > 1]))
    return _replicates(sample, factors, mean / (mean - 1) / (draws - 1), np.ones(draws))


def given_replicates(
    weights: Floats, matrix: Floats, *, scale: float, rscales: Floats | None = None, combined: bool = True
) -> Replicates:
    """Return replicates from weights that came with the data.

    Parameters
    ----------
    weights
        Shape (n,).
    matrix
        Shape (n, R): replicate weights, or what `weights` is multiplied by when not `combined`.
    scale, rscales
        See `Replicates`; `rscales` are ones when None.
    combined
        Whether `matrix` holds whole weights.

    Raises
    ------
    DesignError
        Shapes do not fit, or a weight is not a finite number.
    """
    n = weights.size
    if matrix.ndim != 2 or matrix.shape[0] != n or matrix.shape[1] < 2 or not np.isfinite(matrix).all():
        raise DesignError(
            f"Replicate weights need two columns or more of finite numbers for {n} people; got shape {matrix.shape}."
        )
    each = np.ones(matrix.shape[1]) if rscales is None else np.asarray(rscales, dtype=float)
    if each.shape != (matrix.shape[1],) or not np.isfinite(scale) or scale <= 0 or (each < 0).any():
        raise DesignError(
            f"The scale must be above 0, with one number of 0 or more for each of {matrix.shape[1]} replicates."
        )
    start = np.ones(n) if combined else weights
    whole = matrix if combined else weights[:, None] * matrix
    spectrum = np.linalg.eigvalsh(whole.T @ whole)
    rank = int(np.sum(spectrum > RANK_TOLERANCE * spectrum[-1]))
    return Replicates(weights, start, np.arange(n), matrix, scale, each, rank - 1)


def combined_weights(replicates: Replicates) -> Floats:
    """Return the whole weights (n, R) of all replicates."""
    whole: Floats = replicates.start[:, None] * replicates.factors[replicates.clusters]
    return whole


def reweighted_replicates(replicates: Replicates, weigh: Callable[[Floats], Floats]) -> Replicates:
    """Return the replicates after `weigh` (raking, calibration, trimming) was done to the weights and to each replicate."""
    whole = combined_weights(replicates)
    made = np.column_stack([weigh(whole[:, place]) for place in range(whole.shape[1])])
    n = replicates.weights.size
    weights = weigh(replicates.weights)
    return replace(replicates, weights=weights, start=np.ones(n), clusters=np.arange(n), factors=made)


def _replicates(sample: Sample, factors: Floats, scale: float, rscales: Floats) -> Replicates:
    df = degrees_of_freedom(sample)
    return Replicates(sample.weights, sample.weights, sample.clusters, factors, scale, rscales, df)


def _copies(clusters: int, population: float, draws: int, rng: np.random.Generator) -> Integers:
    """Return (draws,): how often each sampled cluster stands in the made population."""

    def spread(size: float) -> float:
        return (1 - clusters / size) * size / (size - 1)

    low = int(population // clusters)
    below, above = spread(low * clusters), spread((low + 1) * clusters)
    higher: Integers = low + (rng.random(draws) < (spread(population) - below) / (above - below))
    return higher


def _blank(sample: Sample, draws: int) -> Floats:
    sizes = sample.stratum_sizes
    lonely = (sizes == 1) & (sizes < sample.population)
    if draws < 2 or not (sizes > 1).any() or (lonely.any() and sample.lonely != "certainty"):
        raise DesignError(
            f"A bootstrap needs two draws or more and two clusters or more in each stratum; got {draws} draws, and"
            f' {int(lonely.sum())} strata with one cluster. Join strata that are alike, or choose the rule "certainty".'
        )
    _check_size(sample.cluster_strata.size, draws)
    return np.ones((sample.cluster_strata.size, draws))


def _check_size(clusters: int, draws: int) -> None:
    if clusters * draws > MOST_FACTORS:
        raise DesignError(
            f"{draws} replicates of {clusters} clusters need more memory than they are worth; linearise, or draw fewer."
        )


def _strata_of(sample: Sample) -> list[Integers]:
    sizes = sample.stratum_sizes
    order = np.argsort(sample.cluster_strata, kind="stable")
    return [members for members in np.split(order, np.cumsum(sizes)[:-1]) if members.size > 1]
