"""Totals, means, shares and ratios, of everybody and of domains, with what each row adds to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.survey.linearisation import covariance_of_totals
from trustmeter.stats.survey.sample import Booleans, Sample


@dataclass(frozen=True, slots=True)
class Linearised:
    """k estimates and their influence values.

    Parameters
    ----------
    estimate
        Shape (k,): the G groups' estimates of p variables, group by group (place g * p + j); nan in an empty group.
    influence
        Shape (n, k): what each row adds to each estimate, before its weight.
    df
        Shape (k,): clusters minus strata with a row of the domain of each estimate.
    df_joint
        The same for all domains together.
    """

    estimate: Floats
    influence: Floats
    df: Integers
    df_joint: int


@dataclass(frozen=True, slots=True)
class Estimates:
    """k estimates and their covariance.

    Parameters
    ----------
    estimate
        Shape (k,).
    covariance
        Shape (k, k); rows and columns of an estimate that is nan are nan.
    df
        Shape (k,): degrees of freedom of each.
    df_joint
        Degrees of freedom of what is made from several of them.
    """

    estimate: Floats
    covariance: Floats
    df: Integers
    df_joint: int

    @property
    def std_error(self) -> Floats:
        """Shape (k,)."""
        errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors


@dataclass(frozen=True, slots=True)
class JointTest:
    """An F test that several estimates are all zero."""

    statistic: float
    df1: int
    df2: float
    p_value: float


def totals(y: Floats, sample: Sample, groups: Integers | None = None, count: int = 1) -> Linearised:
    """Return the totals of the columns of `y` in each of `count` groups.

    Parameters
    ----------
    y
        Shape (n, p) or (n,); a row with nan is outside the domain of that column.
    sample
        Shape n.
    groups
        Shape (n,): 0 to `count` - 1, or below 0 for rows of no group; everybody is one group when None.
    count
        G.

    Notes
    -----
    The influence of a row on the total of a domain is its value inside the domain, and 0 outside; all clusters stay.
    """
    values, codes = _columns(y), _codes(groups, sample.weights.size)
    estimate = np.empty((count, values.shape[1]))
    influence = np.zeros((sample.weights.size, count, values.shape[1]))
    for place, column in enumerate(values.T):
        rows, at = _inside(np.isfinite(column), codes)
        estimate[:, place] = np.bincount(at, sample.weights[rows] * column[rows], count)
        influence[np.arange(codes.size)[rows], at, place] = column[rows]
    return _linearised(estimate, influence, np.isfinite(values), codes, sample)


def means(y: Floats, sample: Sample, groups: Integers | None = None, count: int = 1) -> Linearised:
    """Return the means of the columns of `y` in each group; arguments as in `totals`.

    Notes
    -----
    The influence of row i on the mean of a domain of N people is (y_i - mean) / N.
    """
    values = _columns(y)
    return ratios(values, np.ones_like(values), sample, groups, count)


def shares(
    codes: Integers, categories: int, sample: Sample, groups: Integers | None = None, count: int = 1
) -> Linearised:
    """Return the share of each category in each group; `codes` is 0 to `categories` - 1, below 0 where nothing is known."""
    answers = (codes[:, None] == np.arange(categories)).astype(float)
    answers[codes < 0] = np.nan
    return means(answers, sample, groups, count)


def ratios(
    numerator: Floats, denominator: Floats, sample: Sample, groups: Integers | None = None, count: int = 1
) -> Linearised:
    """Return total(numerator) / total(denominator) of each column in each group; arguments as in `totals`.

    Notes
    -----
    The influence of row i on R = Y / X is (y_i - R x_i) / X. Woodruff (1971), doi:10.1080/01621459.1971.10482279.
    """
    above, below, codes = _columns(numerator), _columns(denominator), _codes(groups, sample.weights.size)
    estimate = np.empty((count, above.shape[1]))
    influence = np.zeros((sample.weights.size, count, above.shape[1]))
    known = np.isfinite(above) & np.isfinite(below)
    for place in range(above.shape[1]):
        rows, at = _inside(known[:, place], codes)
        y, x, w = above[rows, place], below[rows, place], sample.weights[rows]
        size = np.bincount(at, w * x, count)
        there = size != 0
        size[~there] = 1.0
        ratio = np.bincount(at, w * y, count) / size
        estimate[:, place] = np.where(there, ratio, np.nan)
        if count == 1:
            influence[rows, 0, place] = (y - ratio[0] * x) / size[0]
        else:
            influence[np.arange(codes.size)[rows], at, place] = (y - ratio[at] * x) / size[at]
    return _linearised(estimate, influence, known, codes, sample)


def estimated(linearised: Linearised, sample: Sample) -> Estimates:
    """Return the estimates with their covariance under the design."""
    covariance = covariance_of_totals(linearised.influence, sample)
    empty = np.isnan(linearised.estimate)
    covariance[empty, :] = np.nan
    covariance[:, empty] = np.nan
    return Estimates(linearised.estimate, covariance, linearised.df, linearised.df_joint)


def contrasts(estimates: Estimates, matrix: Floats) -> Estimates:
    """Return ``matrix @ estimates``: c weighted sums, for instance differences of domains; `matrix` is (c, k)."""
    joint = np.full(matrix.shape[0], estimates.df_joint)
    used = matrix != 0
    clean, covariance = np.where(used.any(axis=0), estimates.estimate, 0.0), estimates.covariance.copy()
    covariance[~used.any(axis=0), :] = 0.0
    covariance[:, ~used.any(axis=0)] = 0.0
    return Estimates(matrix @ clean, matrix @ covariance @ matrix.T, joint, estimates.df_joint)


def intervals(estimates: Estimates, conf_level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the ends (k,) of t intervals; nan where no degree of freedom is left."""
    df = np.where(estimates.df > 0, estimates.df, np.nan)
    half = scipy.stats.t.ppf((1 + conf_level) / 2, df) * estimates.std_error
    return estimates.estimate - half, estimates.estimate + half


def joint_test(estimates: Estimates) -> JointTest:
    """Return the adjusted Wald test that all estimates are 0.

    Notes
    -----
    With W = b' V^-1 b of k estimates and d degrees of freedom: F = (d - k + 1) / (d k) W on k and d - k + 1. Korn and
    Graubard (1990), The American Statistician 44, 270-276. No test (nan) without degrees of freedom or with estimates that
    follow from each other.
    """
    k, d = estimates.estimate.size, estimates.df_joint
    known = bool(np.isfinite(estimates.covariance).all())
    if d - k + 1 <= 0 or not known or np.linalg.matrix_rank(estimates.covariance, hermitian=True) < k:
        return JointTest(np.nan, k, float(d - k + 1), np.nan)
    wald = float(estimates.estimate @ np.linalg.solve(estimates.covariance, estimates.estimate))
    f = (d - k + 1) / (d * k) * wald
    return JointTest(f, k, float(d - k + 1), float(scipy.stats.f.sf(f, k, d - k + 1)))


def domain_df(inside: Booleans, codes: Integers, count: int, sample: Sample) -> Integers:
    """Return (count,): clusters minus strata that have a row of positive weight `inside` each group."""
    rows, at = _inside(inside & (sample.weights > 0), codes)
    found = np.zeros((sample.cluster_strata.size, count), dtype=bool)
    found[sample.clusters[rows], at] = True
    cluster, group = np.nonzero(found)
    there = np.zeros((sample.population.size, count), dtype=bool)
    there[sample.cluster_strata[cluster], group] = True
    return np.asarray(found.sum(axis=0) - there.sum(axis=0))


def _linearised(estimate: Floats, influence: Floats, known: Booleans, codes: Integers, sample: Sample) -> Linearised:
    count, width = estimate.shape
    alike = width > 1 and bool((known == known[:, :1]).all())
    columns = known[:, :1] if alike else known
    df = np.column_stack([domain_df(column, codes, count, sample) for column in columns.T])
    all_in = np.where(codes >= 0, 0, -1)
    joint = int(domain_df(np.asarray(known.any(axis=1)), all_in, 1, sample)[0])
    return Linearised(
        estimate.ravel(), influence.reshape(influence.shape[0], -1), np.broadcast_to(df, estimate.shape).ravel(), joint
    )


def _inside(known: Booleans, codes: Integers) -> tuple[Integers | slice, Integers]:
    """Return the rows that are known and in a group (all of them as a slice, which copies nothing), and their groups."""
    inside = known & (codes >= 0)
    if inside.all():
        return slice(None), codes
    rows = np.flatnonzero(inside)
    return rows, codes[rows]


def _columns(y: Floats) -> Floats:
    return np.asarray(y[:, None] if y.ndim == 1 else y, dtype=float)


def _codes(groups: Integers | None, n: int) -> Integers:
    return np.zeros(n, dtype=np.int64) if groups is None else groups
