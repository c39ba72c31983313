"""A model fitted to a sample: parameters with their covariance, tests, indices. The kernel's front door."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trustmeter.stats.normal_likelihood import expected_information
from trustmeter.stats.sem.estimate import Estimate, fit_least_squares, fit_normal, observed_hessian
from trustmeter.stats.sem.implied import jacobian, lower_triangle
from trustmeter.stats.sem.indices import (
    Indices,
    plain_indices,
    robust_indices,
    root_mean_square,
    scaled_indices,
)
from trustmeter.stats.sem.model import NU, TAU, THETA, CovarianceModel, Drafting, Floats
from trustmeter.stats.sem.robust import robust_holes, robust_ordinal
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample, moments_of
from trustmeter.stats.sem.testing import (
    ChiSquare,
    inverse_or_nan,
    least_squares_covariance,
    least_squares_test,
    least_squares_traces,
    normal_meat,
    normal_test,
)


@dataclass(frozen=True, eq=False)
class Tests:
    """The test of a model, and the same with robust scale for the robust indices."""

    test: ChiSquare
    robust: ChiSquare


@dataclass(frozen=True, eq=False)
class StructureFit:
    """A fitted covariance structure.

    Parameters
    ----------
    estimate
        Model, parameters, whether the search came to rest.
    covariance
        Shape (q, q): of the parameters.
    fit, baseline
        Tests of the model and of the model without relations between items.
    n
        N, or N - G for ordered items: what RMSEA divides by.
    n_robust
        What the robust RMSEA divides by: N.
    sample
        What it was fitted to.
    """

    estimate: Estimate
    covariance: Floats
    fit: Tests
    baseline: Tests
    n: float
    n_robust: float
    sample: NormalSample | OrdinalSample

    @property
    def std_errors(self) -> Floats:
        """Standard errors of the parameters, shape (q,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    @property
    def plain(self) -> Indices:
        """Indices of the unscaled test."""
        return plain_indices(self.fit.test, self.baseline.test, self.n, self.estimate.model.groups)

    @property
    def scaled(self) -> Indices:
        """Indices of the scaled test."""
        return scaled_indices(self.fit.test, self.baseline.test, self.n, self.estimate.model.groups)

    @property
    def robust(self) -> Indices:
        """Indices that estimate the population's values whatever the distribution, see `robust_indices`."""
        return robust_indices(self.fit.robust, self.baseline.robust, self.n_robust, self.estimate.model.groups)

    @cached_property
    def srmr(self) -> float:
        """Standardised root mean square residual, groups weighted by their sizes."""
        sizes = self.sample.sizes
        each = [root_mean_square(standardized_residuals(self.estimate, self.sample, g)) for g in range(len(sizes))]
        return float(sizes @ each / sizes.sum())


def fit_structure(
    model: CovarianceModel, sample: NormalSample | OrdinalSample, *, robust: bool = True, baseline: Tests | None = None,
    start: Floats | None = None,
) -> StructureFit:  # fmt: skip
    """Fit a model to a sample.

    Numbers: maximum likelihood (full information where rows have holes); robust: sandwich covariance with observed
    information, and the test of Yuan and Bentler; else expected information (with holes observed). Ordered answers: least
    squares with the weights of the sample, robust covariance, mean- and variance-adjusted test. `baseline` saves its
    computation when the sample was met before.
    """
    if isinstance(sample, OrdinalSample):
        return _ordinal(model, sample, baseline, start)
    estimate = fit_normal(model, sample.groups, start)
    return StructureFit(
        estimate, normal_covariance(estimate, sample, robust=robust), _normal_tests(estimate, sample, robust=robust),
        baseline or baseline_tests(sample, robust=robust, means=model.means), sample.sizes.sum(), sample.sizes.sum(), sample,
    )  # fmt: skip


def normal_covariance(estimate: Estimate, sample: NormalSample, *, robust: bool) -> Floats:
    """Return the covariance of the parameters, not numbers where the information cannot be inverted."""
    model = estimate.model
    observed = robust or not sample.complete
    if observed:
        information = observed_hessian(model, estimate.theta, sample.groups)
    else:
        information = np.zeros((model.parameters, model.parameters))
        for g, rows in enumerate(sample.groups):
            J = jacobian(model, estimate.theta, g)
            inner = expected_information(rows, estimate.implied(g).covariance)
            information += J.T @ (inner if model.means else inner[model.items :, model.items :]) @ J
    bread = inverse_or_nan(information)
    if not robust or np.isnan(bread).any():
        return bread
    return np.asarray(bread @ normal_meat(estimate, sample.groups, sample.clusters) @ bread)


def baseline_tests(sample: NormalSample | OrdinalSample, *, robust: bool = True, means: bool = True) -> Tests:
    """Return the tests of the model in which items have nothing to do with each other."""
    if isinstance(sample, OrdinalSample):
        return _ordinal_tests(fit_least_squares(_ordinal_baseline(sample), sample.targets), sample)
    return _normal_tests(fit_normal(_normal_baseline(sample, means), sample.groups), sample, robust=robust)


def standardized_residuals(estimate: Estimate, sample: NormalSample | OrdinalSample, group: int) -> Floats:
    """Return a group's residuals over the sample's standard deviations: of means (where modelled) and covariances.

    Of ordered items the residual correlations, with the zeros of the diagonal, without thresholds; a vector.
    """
    now, p = estimate.implied(group), sample.items
    rows, cols = lower_triangle(p, strict=False)
    if isinstance(sample, OrdinalSample):
        one = sample.groups[group]
        gap = (moments_of(one) - now.moments)[len(one.thresholds) :]
        return np.concatenate([gap, np.zeros(p)])
    free = sample.free[group]
    sd = np.sqrt(np.diag(free.covariance))
    gap = (free.covariance - now.covariance)[rows, cols] / (sd[rows] * sd[cols])
    return np.concatenate([(free.mean - now.mean) / sd, gap]) if estimate.model.means else gap


def _normal_tests(estimate: Estimate, sample: NormalSample, *, robust: bool) -> Tests:
    test = normal_test(estimate, sample.groups, sample.free, robust=robust, clusters=sample.clusters)
    if sample.complete or not estimate.model.means:
        return Tests(test, test)
    return Tests(test, robust_holes(estimate, sample))


def _ordinal(
    model: CovarianceModel, sample: OrdinalSample, baseline: Tests | None, start: Floats | None
) -> StructureFit:
    estimate = fit_least_squares(model, sample.targets, start)
    n = float(sample.sizes.sum())
    n_less = n - len(sample.groups)
    covariance = least_squares_covariance(estimate, sample.targets, sample.gammas, n_less)
    unknown = ChiSquare(math.nan, model.moments * model.groups - model.parameters, math.nan, math.nan)
    identified = not np.isnan(covariance).any()
    tests = _ordinal_tests(estimate, sample) if identified else Tests(unknown, unknown)
    return StructureFit(estimate, covariance, tests, baseline or baseline_tests(sample), n_less, n, sample)


def _ordinal_tests(estimate: Estimate, sample: OrdinalSample) -> Tests:
    model = estimate.model
    df = model.moments * model.groups - model.parameters
    value = 0.0
    for g, target in enumerate(sample.targets):
        gap = target.moments - estimate.implied(g).moments
        value += (sample.groups[g].n - 1) * float(gap @ target.weighted(gap))
    test = least_squares_test(value, df, least_squares_traces(estimate, sample.targets, sample.gammas))
    return Tests(test, robust_ordinal(estimate, sample))


def _normal_baseline(sample: NormalSample, means: bool) -> CovarianceModel:
    draft = Drafting(sample.items, 0, len(sample.groups), means=means)
    for g, free in enumerate(sample.free):
        for i in range(sample.items):
            draft.free((g, THETA, i, i), float(free.covariance[i, i]))
            if means:
                draft.free((g, NU, i, 0), float(free.mean[i]))
    return draft.model()


def _ordinal_baseline(sample: OrdinalSample) -> CovarianceModel:
    draft = Drafting(sample.items, 0, len(sample.groups), metric="delta", levels=sample.groups[0].levels)
    for g, one in enumerate(sample.groups):
        for t, value in enumerate(one.thresholds):
            draft.free((g, TAU, t, 0), float(value))
    return draft.model()
