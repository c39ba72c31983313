"""A model fitted to a sample: parameters with their covariance, tests, indices. The kernel's front door."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trustmeter.stats.normal_likelihood import expected_information
from trustmeter.stats.sem.estimate import Estimate, fit_least_squares, fit_normal, observed_hessian
from trustmeter.stats.sem.indices import (
    Indices,
    plain_indices,
    robust_indices,
    root_mean_square,
    scaled_indices,
)
from trustmeter.stats.sem.model import NU, TAU, THETA, CovarianceModel, Drafting, Floats
from trustmeter.stats.sem.moments import lower_triangle
from trustmeter.stats.sem.robust import robust_holes, robust_ordinal
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample, moments_of
from trustmeter.stats.sem.testing import (
    ChiSquare,
    Slopes,
    inverse_or_nan,
    is_positive,
    least_squares_covariance,
    least_squares_slopes,
    least_squares_test,
    least_squares_traces,
    normal_meat,
    normal_test,
)


@dataclass(frozen=True, eq=False)
class Tests:
    """The test of a model, and the same with robust scale for the robust indices, computed when asked for."""

    test: ChiSquare
    find_robust: Callable[[], ChiSquare]

    @cached_property
    def robust(self) -> ChiSquare:
        """The test that the robust indices rest on."""
        return self.find_robust()


@dataclass(frozen=True, eq=False)
class StructureFit:
    """A fitted covariance structure; covariance and tests are computed when first asked for.

    Parameters
    ----------
    estimate
        Model, parameters, whether the search came to rest.
    sample
        What it was fitted to.
    without_normality
        Whether tests and covariance of numbers do without normality; those of ordered answers always do.
    known_baseline
        The tests of the model without relations between items, when computed before.
    """

    estimate: Estimate
    sample: NormalSample | OrdinalSample
    without_normality: bool = True
    known_baseline: Tests | None = None

    @property
    def n_robust(self) -> float:
        """What the robust RMSEA divides by: N."""
        return float(self.sample.sizes.sum())

    @property
    def n(self) -> float:
        """N, or N - G for ordered items: what RMSEA divides by."""
        return self.n_robust - (len(self.sample.sizes) if isinstance(self.sample, OrdinalSample) else 0)

    @property
    def freedom(self) -> int:
        """Degrees of freedom."""
        model = self.estimate.model
        return model.moments * model.groups - model.parameters

    @cached_property
    def distance(self) -> float:
        """The unscaled chi-square."""
        if isinstance(self.sample, OrdinalSample):
            return _squares(self.estimate, self.sample)
        return normal_test(self.estimate, self.sample.free).value

    @cached_property
    def slopes(self) -> Slopes:
        """What covariance and tests of ordered answers have in common."""
        if not isinstance(self.sample, OrdinalSample):
            raise TypeError("these are of ordered answers only")
        return least_squares_slopes(self.estimate, self.sample.targets, self.sample.gammas)

    @cached_property
    def information(self) -> Floats:
        """Information of the parameters of numbers, shape (q, q): observed, or under normality and without holes expected."""
        if isinstance(self.sample, OrdinalSample):
            raise TypeError("this is of numbers only")
        if self.without_normality or not self.sample.complete:
            return observed_hessian(self.estimate.model, self.estimate.theta, self.sample.groups)
        return expected_of(self.estimate, self.sample)

    @cached_property
    def meat(self) -> Floats:
        """Squares of casewise scores in the parameters of numbers, shape (q, q)."""
        if isinstance(self.sample, OrdinalSample):
            raise TypeError("this is of numbers only")
        return normal_meat(self.estimate, self.sample.groups, self.sample.clusters)

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of the parameters, shape (q, q); not numbers where they are not identified."""
        if isinstance(self.sample, OrdinalSample):
            return least_squares_covariance(self.slopes, self.n)
        bread = inverse_or_nan(self.information)
        if not self.without_normality or np.isnan(bread).any():
            return bread
        return np.asarray(bread @ self.meat @ bread)

    @cached_property
    def identified(self) -> bool:
        """Whether the parameters are determined."""
        if "covariance" in self.__dict__ or not isinstance(self.sample, OrdinalSample):
            return not np.isnan(self.covariance).any()
        return is_positive(self.slopes.inner)

    def variance_along(self, gradient: Floats) -> float:
        """Return the variance of what has this gradient (q,) in the parameters; no need of their whole covariance."""
        if "covariance" in self.__dict__ or not isinstance(self.sample, OrdinalSample):
            return float(gradient @ self.covariance @ gradient)
        return self.slopes.variance_along(gradient, self.n)

    @cached_property
    def fit(self) -> Tests:
        """Tests of the model; not numbers where it is not identified."""
        if np.isnan(self.covariance).any():
            unknown = ChiSquare(math.nan, self.freedom, math.nan, math.nan)
            return Tests(unknown, lambda: unknown)
        return _tests(self)

    @cached_property
    def baseline(self) -> Tests:
        """Tests of the model without relations between items."""
        if self.known_baseline is not None:
            return self.known_baseline
        return baseline_tests(self.sample, robust=self.without_normality, means=self.estimate.model.means)

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
        estimate = fit_least_squares(model, sample.targets, start)
    else:
        estimate = fit_normal(model, sample.groups, start)
    return StructureFit(estimate, sample, robust, baseline)


def expected_of(estimate: Estimate, sample: NormalSample) -> Floats:
    """Return the expected information of the parameters, shape (q, q)."""
    model = estimate.model
    information = np.zeros((model.parameters, model.parameters))
    for g, rows in enumerate(sample.groups):
        J = estimate.jacobian(g)
        inner = expected_information(rows, estimate.implied(g).covariance)
        information += J.T @ (inner if model.means else inner[model.items :, model.items :]) @ J
    return information


def baseline_tests(sample: NormalSample | OrdinalSample, *, robust: bool = True, means: bool = True) -> Tests:
    """Return the tests of the model in which items have nothing to do with each other."""
    if isinstance(sample, OrdinalSample):
        return fit_structure(_ordinal_baseline(sample), sample).fit
    return fit_structure(_normal_baseline(sample, means), sample, robust=robust).fit


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


def _tests(fit: StructureFit) -> Tests:
    sample, estimate = fit.sample, fit.estimate
    if isinstance(sample, OrdinalSample):
        traces = least_squares_traces(fit.slopes, sample.targets, sample.gammas)
        test = least_squares_test(fit.distance, fit.freedom, traces)
        return Tests(test, lambda: robust_ordinal(estimate, sample, fit.slopes))
    scaled = fit.without_normality and fit.freedom > 0
    test = normal_test(estimate, sample.free, *((fit.information, fit.meat) if scaled else ()))
    if sample.complete or not estimate.model.means:
        return Tests(test, lambda: test)
    return Tests(test, lambda: robust_holes(estimate, sample))


def _squares(estimate: Estimate, sample: OrdinalSample) -> float:
    """Return sum_g (n_g - 1) r_g' W_g r_g, r the residual moments."""
    value = 0.0
    for g, target in enumerate(sample.targets):
        gap = target.moments - estimate.implied(g).moments
        value += (sample.groups[g].n - 1) * float(gap @ target.weighted(gap))
    return value


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
