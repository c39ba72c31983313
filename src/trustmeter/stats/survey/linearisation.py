"""How sure is a total of influence values? The covariance between clusters, by Taylor linearisation."""

from __future__ import annotations

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.survey.projection import weighted_residuals
from trustmeter.stats.survey.sample import Sample


def covariance_of_totals(influence: Floats, sample: Sample) -> Floats:
    """Return the covariance (p, p) of the weighted totals of `influence`.

    Parameters
    ----------
    influence
        Shape (n, p) or (n,): what each row adds to each estimate, before its weight. Zero outside a domain.
    sample
        Shape n.

    Raises
    ------
    EstimationError
        A stratum has one cluster and the sample's rule is to refuse.

    Notes
    -----
    With z the weighted totals of the n_h clusters of stratum h, of N_h in the population:
    V = sum over h of (1 - n_h / N_h) n_h / (n_h - 1) sum over i of (z_hi - mean z_h)(z_hi - mean z_h)'.
    Weights that met known totals put residuals in the place of influence values. Särndal, Swensson and Wretman (1992),
    "Model Assisted Survey Sampling", doi:10.1007/978-1-4612-4378-6.
    """
    spread = spread_of_clusters(influence, sample)
    covariance: Floats = spread.T @ spread
    return covariance


def spread_of_clusters(influence: Floats, sample: Sample) -> Floats:
    """Return Z (m, p) with ``Z.T @ Z`` the covariance of the weighted totals of `influence`."""
    values = influence[:, None] if influence.ndim == 1 else influence
    totals = cluster_totals(weighted_residuals(values, sample.calibration, sample.weights), sample)
    sizes, strata = sample.stratum_sizes, sample.cluster_strata
    centres = summed(totals, strata, sizes.size) / sizes[:, None]
    if sample.lonely == "adjust":
        centres[sizes == 1] = 0.0
    spread: Floats = (totals - centres[strata]) * np.sqrt(stratum_factors(sample))[strata, None]
    return spread


def stratum_factors(sample: Sample) -> Floats:
    """Return (H,): what the sum of squares between the clusters of a stratum is multiplied by."""
    sizes = sample.stratum_sizes
    remaining = 1 - sizes / sample.population
    lonely = (sizes == 1) & (remaining > 0)
    if lonely.any() and sample.lonely == "refuse":
        raise EstimationError(
            f"{int(lonely.sum())} of {sizes.size} strata have one sampled cluster, so nothing is known of the spread within"
            ' them. Join strata that are alike, or choose a rule: "certainty", "adjust" or "average".'
        )
    factors: Floats = remaining * sizes / np.maximum(sizes - 1, 1)
    if sample.lonely == "average":
        factors = factors * sizes.size / max(sizes.size - int(lonely.sum()), 1)
    if sample.lonely != "adjust":
        factors[sizes == 1] = 0.0
    return factors


def cluster_totals(values: Floats, sample: Sample) -> Floats:
    """Return the sums (m, p) of the columns of `values` (n, p) over the rows of each cluster."""
    return summed(values, sample.clusters, sample.cluster_strata.size)


def summed(values: Floats, codes: Integers, size: int) -> Floats:
    """Return the sums (size, p) of the columns of `values` over rows of the same code."""
    if values.shape[0] == size and np.array_equal(codes, np.arange(size)):
        return values
    return np.column_stack([np.bincount(codes, column, size) for column in values.T])
