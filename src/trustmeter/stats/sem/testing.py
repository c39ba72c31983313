"""Tests of a structure against no structure: chi-square, its scaled versions, and what they are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from trustmeter.stats.normal_likelihood import (
    Patterns,
    casewise_scores,
    log_likelihood,
    observed_information,
    saturated,
)
from trustmeter.stats.sem.estimate import Estimate, Target, mean_of
from trustmeter.stats.sem.model import Floats, Integers


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A test of fit.

    Parameters
    ----------
    value, df
        The unscaled statistic and its degrees of freedom.
    scale, shift
        The scaled statistic is value / scale + shift.
    """

    value: float
    df: int
    scale: float = 1.0
    shift: float = 0.0

    @property
    def scaled(self) -> float:
        """The scaled statistic."""
        return self.value / self.scale + self.shift

    @property
    def p_value(self) -> float:
        """The probability of a larger unscaled statistic when the model holds."""
        return upper_tail(self.value, self.df)

    @property
    def p_scaled(self) -> float:
        """The probability of a larger scaled statistic when the model holds."""
        return upper_tail(self.scaled, self.df)


@dataclass(frozen=True, slots=True)
class Traces:
    """tr(U Gamma) and tr(U Gamma U Gamma) of a least-squares test."""

    first: float
    second: float


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives of the moments of a least-squares fit, once for all its tests.

    Parameters
    ----------
    J, WJ
        For each group shape (moments, q): the derivatives, and the same weighted.
    inner
        Shape (q, q): J'WJ, the groups weighted by their shares.
    places, shares, gammas
        For each group the parameters that its moments depend on, its share, and Gamma.
    """

    J: tuple[Floats, ...]
    WJ: tuple[Floats, ...]
    inner: Floats
    places: tuple[Integers, ...]
    shares: tuple[float, ...]
    gammas: tuple[Floats, ...]

    @cached_property
    def GWJ(self) -> tuple[Floats, ...]:
        """Gamma times the weighted derivatives, for each group shape (moments, q)."""
        found = tuple(np.zeros_like(WJ) for WJ in self.WJ)
        for target, gamma, WJ, mine in zip(found, self.gammas, self.WJ, self.places, strict=True):
            target[:, mine] = gamma @ WJ[:, mine]
        return found

    @cached_property
    def meat(self) -> Floats:
        """J'W Gamma W J, the groups weighted by their shares, shape (q, q)."""
        found = np.zeros_like(self.inner)
        for share, WJ, GWJ, mine in zip(self.shares, self.WJ, self.GWJ, self.places, strict=True):
            found[np.ix_(mine, mine)] += share * (WJ[:, mine].T @ GWJ[:, mine])
        return found

    def meat_along(self, directions: Floats) -> Floats:
        """Return D' meat D for a few directions D (q, d), without the whole of it."""
        found = np.zeros((directions.shape[1], directions.shape[1]))
        for share, gamma, WJ in zip(self.shares, self.gammas, self.WJ, strict=True):
            along = WJ @ directions
            found += share * (along.T @ (gamma @ along))
        return found

    def variance_along(self, gradient: Floats, n: float) -> float:
        """Return the variance of what has this gradient (q,) in the parameters, as with `least_squares_covariance`."""
        direction = np.asarray(np.linalg.solve(self.inner, gradient), dtype=float)
        return float(self.meat_along(direction[:, None])[0, 0]) / n


@dataclass(frozen=True, eq=False, slots=True)
class Unstructured:
    """The best moments of a group without a model, with what its test needs.

    Parameters
    ----------
    mean, covariance
        Shapes (p,) and (p, p), divisor n.
    log_likelihood
        At these moments.
    information, meat
        Shape (p + p*, p + p*): observed information, and the casewise scores' sum of squares, of all rows together.
    converged
        Whether they were found.
    """

    mean: Floats
    covariance: Floats
    log_likelihood: float
    information: Floats
    meat: Floats
    converged: bool


def upper_tail(value: float, df: int) -> float:
    """Return P(chi-square with `df` degrees > value); not a number without degrees of freedom."""
    return float(scipy.special.chdtrc(df, max(value, 0.0))) if df > 0 else math.nan


def unstructured(rows: Patterns, clusters: Integers | None = None) -> Unstructured:
    """Return a group's saturated model; `clusters` (n,) are the codes 0, 1, … of rows that belong together."""
    mean, covariance, converged = saturated(rows)
    scores = grouped_scores(casewise_scores(rows, mean, covariance), rows.weights, clusters)
    information = observed_information(rows, mean, covariance)
    return Unstructured(
        mean, covariance, log_likelihood(rows, mean, covariance), information, scores.T @ scores, converged
    )


def grouped_scores(scores: Floats, weights: Floats, clusters: Integers | None) -> Floats:
    """Return weighted casewise scores, those of one cluster added up and stretched by G / (G - 1)."""
    weighted = scores * weights[:, None]
    if clusters is None:
        return weighted
    count = int(clusters.max()) + 1
    sums = np.zeros((count, scores.shape[1]))
    np.add.at(sums, clusters, weighted)
    return sums * math.sqrt(count / (count - 1))


def normal_meat(
    estimate: Estimate, data: Sequence[Patterns], clusters: Sequence[Integers | None] | None = None
) -> Floats:
    """Return the sum of squares of casewise scores in the parameters, shape (q, q)."""
    model = estimate.model
    found = np.zeros((model.parameters, model.parameters))
    for g, rows in enumerate(data):
        now = estimate.implied(g)
        scores = casewise_scores(rows, mean_of(model, rows, now), now.covariance)
        kept = scores if model.means else scores[:, model.items :]
        each = grouped_scores(kept, rows.weights, None if clusters is None else clusters[g]) @ estimate.jacobian(g)
        found += each.T @ each
    return found


def normal_test(
    estimate: Estimate, free: Sequence[Unstructured], information: Floats | None = None, meat: Floats | None = None
) -> ChiSquare:
    """Return the likelihood-ratio test; with observed information and `normal_meat` scaled so that its mean is right.

    scale = (tr(A1^-1 B1) - tr(A0^-1 B0)) / df with observed information A and casewise scores' squares B, without (1) and
    with (0) the model: Yuan & Bentler (2000), doi:10.1111/0081-1750.00078, as in Asparouhov & Muthén (2005).
    """
    model = estimate.model
    value = 2 * (sum(one.log_likelihood for one in free) + estimate.minimum)
    df = model.moments * model.groups - model.parameters
    if information is None or meat is None or df == 0:
        return ChiSquare(value, df)
    kept = slice(None) if model.means else slice(model.items, None)
    without = sum(float(np.trace(np.linalg.solve(one.information[kept, kept], one.meat[kept, kept]))) for one in free)
    return ChiSquare(value, df, scale=(without - float(np.trace(np.linalg.solve(information, meat)))) / df)


def least_squares_slopes(estimate: Estimate, targets: Sequence[Target], gammas: Sequence[Floats]) -> Slopes:
    """Return what covariance and tests of a least-squares fit have in common."""
    q = estimate.model.parameters
    inner = np.zeros((q, q))
    J, WJ, places = [], [], []
    for g, target in enumerate(targets):
        J.append(estimate.jacobian(g))
        WJ.append(target.weighted(J[g]))
        places.append(estimate.model.places(g))
        mine = places[g]
        inner[np.ix_(mine, mine)] += target.share * (J[g][:, mine].T @ WJ[g][:, mine])
    shares = tuple(target.share for target in targets)
    return Slopes(tuple(J), tuple(WJ), inner, tuple(places), shares, tuple(gammas))


def least_squares_traces(slopes: Slopes, targets: Sequence[Target], gammas: Sequence[Floats]) -> Traces:
    """Return the traces of U Gamma with U = W - W J (J' W J)^-1 J' W, the groups' blocks weighted by their shares."""
    twice = np.zeros_like(slopes.inner)
    first, second = 0.0, 0.0
    for target, gamma, GWJ in zip(targets, gammas, slopes.GWJ, strict=True):
        twice += target.share * (GWJ.T @ target.weighted(GWJ))
        WG = target.weighted(gamma)
        first += float(np.trace(WG))
        second += float(np.sum(WG * WG.T))
    solved = np.linalg.solve(slopes.inner, np.hstack([slopes.meat, twice]))
    half, whole = np.hsplit(solved, 2)
    first -= float(np.trace(half))
    second += float(np.sum(half * half.T)) - 2 * float(np.trace(whole))
    return Traces(first, second)


def least_squares_test(value: float, df: int, traces: Traces) -> ChiSquare:
    """Return the test whose scaled version has the mean and the variance of chi-square: value / scale + shift.

    Asparouhov & Muthén (2010), Simple second order chi-square correction: scale^-1 = sqrt(df / tr(U Gamma U Gamma)),
    shift = df - tr(U Gamma) / scale.
    """
    if df == 0:
        return ChiSquare(value, 0)
    if not traces.second > 0:
        return ChiSquare(value, df, math.nan, math.nan)
    scale = math.sqrt(traces.second / df)
    return ChiSquare(value, df, scale, df - traces.first / scale)


def least_squares_covariance(slopes: Slopes, n: float) -> Floats:
    """Return the robust covariance of the parameters: (J'WJ)^-1 J'W Gamma W J (J'WJ)^-1 / n, shape (q, q)."""
    bread = inverse_or_nan(slopes.inner)
    return np.asarray(bread @ slopes.meat @ bread / n)


def is_positive(information: Floats) -> bool:
    """Tell whether an information matrix is positive definite, so that the parameters are identified."""
    size = np.sqrt(np.maximum(np.diag(information), 1e-300))
    unit = information / np.outer(size, size)
    return bool(np.isfinite(unit).all()) and float(np.linalg.eigvalsh(unit)[0]) >= 1e-10


def inverse_or_nan(information: Floats) -> Floats:
    """Return the inverse of an information matrix; not numbers where it is not positive definite (not identified)."""
    if not is_positive(information):
        return np.full_like(information, np.nan)
    size = np.sqrt(np.maximum(np.diag(information), 1e-300))
    return np.asarray(np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size))
