"""Means of places with what is sure about them: standard errors that allow for weights and clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.regression.cluster_covariance import cluster_robust, contrast_tests
from trustmeter.stats.regression.least_squares import fit
from trustmeter.stats.synthesis.effects_model import quantile

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class PlaceMeans:
    """The means of k places on one scale in one wave.

    Parameters
    ----------
    names
        The places, shape (k,).
    n
        Shape (k,): people with a score.
    estimates, std_errors, df
        Shape (k,); error and degrees of freedom are not numbers where a place has fewer than two clusters.
    variances
        Shape (k,): of people's scores inside a place.
    covariance
        Shape (k, k): of the means; diagonal unless clusters reach over several places.
    """

    names: tuple[str, ...]
    n: Codes
    estimates: Floats
    std_errors: Floats
    df: Floats
    variances: Floats
    covariance: Floats

    @property
    def crossed(self) -> bool:
        """Whether clusters reach over several places, so that their means hang together."""
        return bool(np.count_nonzero(self.covariance - np.diag(np.diag(self.covariance))))

    @property
    def design_effects(self) -> Floats:
        """Squared standard errors over those of as many people drawn one by one and weighing the same, shape (k,)."""
        return np.asarray(self.std_errors**2 * self.n / self.variances)

    def cautious_errors(self, conf_level: float) -> Floats:
        """Return standard errors, shape (k,), larger by as much as a t interval is wider than a normal one.

        What takes errors as known and normal then gives a place of few people or clusters no more weight than its interval bears.
        """
        return np.asarray(
            self.std_errors * [quantile(float(df), conf_level) for df in self.df] / quantile(math.inf, conf_level)
        )

    def known(self) -> PlaceMeans:
        """Return only the places that have a standard error."""
        return self.select(np.isfinite(self.std_errors) & (self.std_errors > 0))

    def select(self, kept: NDArray[np.bool_]) -> PlaceMeans:
        """Return only the places where `kept` is true."""
        columns = {name: getattr(self, name)[kept] for name in ("n", "estimates", "std_errors", "df", "variances")}
        names = tuple(name for name, keep in zip(self.names, kept, strict=True) if keep)
        return replace(self, names=names, covariance=self.covariance[np.ix_(kept, kept)], **columns)


def place_means(
    values: Floats, place: Codes, names: tuple[str, ...], *, clusters: Codes | None = None, weights: Floats | None = None
) -> PlaceMeans:  # fmt: skip
    """Return the mean of each place, every one of which has two people or more.

    Parameters
    ----------
    values
        Shape (n,): scores.
    place
        Shape (n,): position in `names`.
    names
        The places.
    clusters, weights
        Shape (n,).

    Notes
    -----
    Without clusters and weights s / sqrt(n) with n - 1 degrees. Else the cluster-robust covariance CR2 of the means as
    coefficients, with Satterthwaite's degrees; rows that nobody names a cluster for are their own (HC2).
    """
    k = len(names)
    rows = [place == code for code in range(k)]
    n = np.array([int(mine.sum()) for mine in rows], dtype=np.intp)
    variances = np.array([_variance(values[mine], None if weights is None else weights[mine]) for mine in rows])
    if clusters is not None and _reach_over(clusters, place):
        estimates, errors, df, covariance = _together(values, place, k, clusters, weights)
    else:
        single = [
            _alone(values[mine], None if clusters is None else clusters[mine], None if weights is None else weights[mine])
            for mine in rows
        ]  # fmt: skip
        estimates, errors, df = np.array(single, dtype=float).reshape(k, 3).T
        covariance = np.diag(np.where(np.isfinite(errors), errors, 0.0) ** 2)
    return PlaceMeans(names, n, estimates, errors, df, variances, covariance)


def _variance(values: Floats, weights: Floats | None) -> float:
    mean = np.average(values, weights=weights)
    return float(np.average((values - mean) ** 2, weights=weights)) * len(values) / (len(values) - 1)


def _reach_over(clusters: Codes, place: Codes) -> bool:
    """Tell whether a cluster has rows in several places."""
    pairs = np.unique(np.column_stack([clusters, place]), axis=0)
    return len(pairs) > len(np.unique(clusters))


def _alone(values: Floats, clusters: Codes | None, weights: Floats | None) -> tuple[float, float, float]:
    """Return mean, standard error and degrees of freedom of one place."""
    n = len(values)
    mean = float(np.average(values, weights=weights))
    if clusters is None and weights is None:
        return mean, float(np.std(values, ddof=1)) / math.sqrt(n), float(n - 1)
    codes = np.arange(n) if clusters is None else clusters
    if len(np.unique(codes)) < 2:
        return mean, math.nan, math.nan
    tests = contrast_tests(cluster_robust(fit(np.ones((n, 1)), values, weights), codes))
    return mean, float(tests.std_error[0]), float(tests.df[0])


def _together(
    values: Floats, place: Codes, k: int, clusters: Codes, weights: Floats | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return means, errors, degrees and covariance from one model of all places."""
    robust = cluster_robust(fit(np.eye(k)[place], values, weights), clusters)
    tests = contrast_tests(robust)
    lone = np.array([len(np.unique(clusters[place == code])) < 2 for code in range(k)])
    errors, df = np.where(lone, np.nan, tests.std_error), np.where(lone, np.nan, tests.df)
    return robust.fit.coefficients, errors, df, robust.covariance
