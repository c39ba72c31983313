"""How the people of a sample were drawn, as arrays: weights, strata, clusters, the finite population, what was calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from trustmeter.errors import DesignError
from trustmeter.options import LonelyPsu
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.survey.projection import Projection

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample of n people in m clusters (primary sampling units) of H strata; later stages are not looked at.

    Parameters
    ----------
    weights
        Shape (n,): 0 or more; the number of people each row stands for.
    strata
        Shape (n,): the stratum of each row, 0 to H - 1.
    clusters
        Shape (n,): the cluster of each row, 0 to m - 1, numbered so that no number stands in two strata.
    cluster_strata
        Shape (m,): the stratum of each cluster.
    population
        Shape (H,): clusters that the population has in each stratum; infinite without a finite-population correction.
    lonely
        What a stratum with one cluster adds to the variance. With ``"adjust"`` the cluster's total is squared as it is:
        the influence values of means, shares and ratios sum to zero, so their mean over all clusters is zero.
    calibration
        The steps that tied the weights to known totals, first to last.
    """

    weights: Floats
    strata: Integers
    clusters: Integers
    cluster_strata: Integers
    population: Floats
    lonely: LonelyPsu
    calibration: tuple[Projection, ...]

    @property
    def stratum_sizes(self) -> Integers:
        """Shape (H,): sampled clusters of each stratum."""
        sizes: Integers = np.bincount(self.cluster_strata, minlength=self.population.size)
        return sizes


def sample_of(
    weights: Floats,
    *,
    strata: Integers | None = None,
    clusters: Integers | None = None,
    population: Floats | None = None,
    lonely: LonelyPsu = "refuse",
    calibration: Sequence[Projection] = (),
) -> Sample:
    """Return a sample from one array a role.

    Parameters
    ----------
    weights
        Shape (n,).
    strata
        Shape (n,): codes; one stratum when None.
    clusters
        Shape (n,): codes, which may start anew in each stratum; each row is its own cluster when None.
    population
        Shape (n,), the same within a stratum: the clusters that the population has in the stratum, or, when no value
        is above 1, the sampled fraction of them. Where people were drawn inside clusters, leave it out unless the fraction
        is small: the correction takes it that clusters were asked as a whole.
    lonely, calibration
        See `Sample`.

    Raises
    ------
    DesignError
        Lengths differ; a weight is negative or not finite; no weight is above 0; the population is smaller than the
        sample or differs within a stratum.
    """
    weights = np.asarray(weights, dtype=float)
    n = weights.size
    _check_lengths(n, strata=strata, clusters=clusters, population=population)
    if n == 0 or not np.isfinite(weights).all() or weights.min() < 0 or weights.max() <= 0:
        raise DesignError(
            "Weights must be finite, 0 or more, and at least one above 0; leave out or mend the other rows."
        )
    stratum = np.zeros(n, dtype=np.int64) if strata is None else _numbered(strata)[1]
    if clusters is None:
        cluster, cluster_strata = np.arange(n), stratum
    else:
        cluster, cluster_strata = _unique_within(stratum, clusters)
    sizes = np.bincount(cluster_strata)
    known = np.full(sizes.size, np.inf) if population is None else _population(stratum, sizes, population)
    return Sample(weights, stratum, cluster, cluster_strata, known, lonely, tuple(calibration))


def reweighted(sample: Sample, weights: Floats, step: Projection | None = None) -> Sample:
    """Return the same people with other weights; `step` is the calibration that made them."""
    return replace(
        sample, weights=weights, calibration=sample.calibration if step is None else (*sample.calibration, step)
    )


def degrees_of_freedom(sample: Sample, domain: Booleans | None = None) -> int:
    """Return clusters minus strata, counting those with a row of positive weight (and in the domain, when one is given)."""
    seen = sample.weights > 0
    if domain is not None:
        seen = seen & domain
    found = np.zeros(sample.cluster_strata.size, dtype=bool)
    found[sample.clusters[seen]] = True
    return int(found.sum()) - int(np.unique(sample.cluster_strata[found]).size)


def _check_lengths(n: int, **roles: Floats | Integers | None) -> None:
    for role, values in roles.items():
        if values is not None and np.shape(values) != (n,):
            raise DesignError(
                f"The {role} of a sample need one value for each of its {n} weights; got {np.shape(values)}."
            )


def _unique_within(strata: Integers, clusters: Integers) -> tuple[Integers, Integers]:
    within = _numbered(clusters)[1]
    width = int(within.max()) + 1
    pairs, codes = _numbered(strata * width + within)
    return codes, pairs // width


def _numbered(codes: Integers) -> tuple[Integers, Integers]:
    """Return the codes that occur, and each row's place among them; small whole numbers need no sorting."""
    codes = np.asarray(codes)
    if not (np.issubdtype(codes.dtype, np.integer) and codes.min() >= 0 and codes.max() <= 4 * codes.size):
        kinds, places = np.unique(codes, return_inverse=True)
        return kinds, places.ravel()
    present = np.bincount(codes) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[codes]


def _population(strata: Integers, sizes: Integers, population: Floats) -> Floats:
    given = np.asarray(population, dtype=float)
    known = np.full(sizes.size, np.nan)
    known[strata] = given
    if not (given > 0).all() or not np.array_equal(known[strata], given):
        raise DesignError("The population needs one number above 0 for each stratum, the same in all its rows.")
    if given.min() == 1 == given.max() and (sizes > 1).any():
        raise DesignError(
            "A population of 1 in each stratum is neither a number of clusters, for more were sampled, nor a share: with all of"
            " them sampled there would be no error. Give the number of clusters (people, when there are none), or leave it out."
        )
    if given.max() <= 1:
        return np.asarray(sizes / known)
    short = np.flatnonzero(known < sizes)
    if short.size:
        raise DesignError(
            f"The population of {short.size} of {sizes.size} strata has fewer clusters than were sampled there; give the"
            " number of clusters (people, when there are none) in the population."
        )
    return known
