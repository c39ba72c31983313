"""The standard error that a design will have, before there are data."""

from __future__ import annotations

import math

import numpy as np

from trustmeter.stats.covariance import Floats
from trustmeter.stats.power.detection import Precision


def change_sd(sd_before: float, sd_after: float, correlation: float) -> float:
    """Return the standard deviation of change scores: root of s1² + s2² - 2 r s1 s2."""
    return math.sqrt(sd_before**2 + sd_after**2 - 2 * correlation * sd_before * sd_after)


def paired(n: float, sd_before: float, sd_after: float, correlation: float) -> Precision:
    """Return the precision of the mean change of n linked people; t on n - 1 degrees."""
    return Precision(change_sd(sd_before, sd_after, correlation) / math.sqrt(n), n - 1)


def cross_sections(n_before: float, n_after: float, sd_before: float, sd_after: float) -> Precision:
    """Return the precision of the difference of two samples of different people.

    Degrees of freedom n1 + n2 - 2 with equal standard deviations, else Welch's.
    """
    first, second = sd_before**2 / n_before, sd_after**2 / n_after
    if sd_before == sd_after:
        return Precision(math.sqrt(first + second), n_before + n_after - 2)
    df = (first + second) ** 2 / (first**2 / (n_before - 1) + second**2 / (n_after - 1))
    return Precision(math.sqrt(first + second), df)


def overlapping(
    n_before: float, n_after: float, shared: float,
    *, sd_before: float, sd_after: float, correlation: float, best: bool = False,
) -> Precision:  # fmt: skip
    """Return the precision of a change between two samples that share some people.

    Parameters
    ----------
    n_before, n_after, shared
        People in each wave, and in both.
    best
        The estimate of least variance (both waves' means by generalised least squares) instead of the difference of means.

    Notes
    -----
    Difference of means: s1² / n1 + s2² / n2 - 2 r s1 s2 shared / (n1 n2) (Kish 1965, ch. 12). Degrees of freedom lie
    between those of linked people alone and of all: shared - 1 + (n1 + n2 - 2 - (shared - 1)) times the share not shared
    (Derrick, Russ, Toher and White 2017, doi:10.22237/jmasm/1493597280).
    """
    both = correlation * sd_before * sd_after
    if best:
        S = np.array([[sd_before**2, both], [both, sd_after**2]])
        alone = np.diag([(n_before - shared) / sd_before**2, (n_after - shared) / sd_after**2])
        information = alone + (shared * np.linalg.inv(S) if shared > 0 else 0.0)
        contrast = np.array([-1.0, 1.0])
        variance = float(contrast @ np.linalg.solve(information, contrast))
    else:
        variance = sd_before**2 / n_before + sd_after**2 / n_after - 2 * both * shared / (n_before * n_after)
    return Precision(math.sqrt(variance), _overlap_df(n_before, n_after, shared))


def clustered_change(
    clusters: float, people: float, sd: float, icc: float,
    *, cluster_correlation: float = 1.0, person_correlation: float = 0.0, shared: float = 0.0, size_cv: float = 0.0,
) -> Precision:  # fmt: skip
    """Return the precision of a mean change in clusters that are all visited in both waves.

    Parameters
    ----------
    clusters, people
        Clusters, and people a cluster in each wave.
    icc
        Share of the variance that lies between clusters in a wave.
    cluster_correlation
        Between a cluster's true levels in the two waves.
    person_correlation, shared
        Correlation, within clusters, of a person's two answers, and the share of people who are asked twice.
    size_cv
        Coefficient of variation of cluster sizes.

    Notes
    -----
    var = 2 sd² [icc (1 - cluster_correlation) + (1 - icc)(1 - shared person_correlation) / m] / G (Hooper, Teerenstra, de
    Hoop and Eldridge 2016, doi:10.1002/sim.7028), m = people; with unequal sizes, people-weighted, the first term gains the
    factor 1 + cv² (Eldridge, Ashby and Kerry 2006, doi:10.1093/ije/dyl129). t on G - 1 degrees.
    """
    between = icc * (1 - cluster_correlation) * (1 + size_cv**2)
    within = (1 - icc) * (1 - shared * person_correlation) / people
    return Precision(sd * math.sqrt(2 * (between + within) / clusters), clusters - 1)


def clustered_mean(clusters: float, people: float, sd: float, icc: float, size_cv: float = 0.0) -> Precision:
    """Return the precision of one wave's mean of clustered people; t on G - 1 degrees."""
    inflation = design_effect(people, icc, size_cv)
    return Precision(sd * math.sqrt(inflation / (clusters * people)), clusters - 1)


def difference(treated: Precision, comparison: Precision, pooled: bool = True) -> Precision:
    """Return the precision of a difference in differences, from the precision of each arm's change.

    Degrees of freedom add up (the pooled variance), or are Welch and Satterthwaite's when not `pooled`.
    """
    first, second = treated.std_error**2, comparison.std_error**2
    if pooled:
        df = max(treated.df, 0.0) + max(comparison.df, 0.0)
    elif treated.df > 0 and comparison.df > 0:
        df = (first + second) ** 2 / (first**2 / treated.df + second**2 / comparison.df)
    else:
        df = 0.0
    return Precision(math.sqrt(first + second), df)


def design_effect(people: float, icc: float, size_cv: float = 0.0) -> float:
    """Return how much clusters inflate the variance of a mean: 1 + ((1 + cv²) m - 1) icc.

    Eldridge, Ashby and Kerry (2006), doi:10.1093/ije/dyl129.
    """
    return 1 + ((1 + size_cv**2) * people - 1) * icc


def weighting_effect(weights: Floats) -> float:
    """Return how much unequal weights inflate the variance of a mean: n sum w² / (sum w)² (Kish 1965)."""
    return float(len(weights) * (weights @ weights) / weights.sum() ** 2)


def inflated(precision: Precision, effect: float) -> Precision:
    """Return a precision whose variance a design effect multiplies."""
    return Precision(precision.std_error * math.sqrt(effect), precision.df)


def finite(precision: Precision, n: float, population: float) -> Precision:
    """Return the precision about a finite population of which n are asked: variance times 1 - n / N."""
    return Precision(precision.std_error * math.sqrt(max(1 - n / population, 0.0)), precision.df)


def adjusted(precision: Precision, r_squared: float, covariates: int) -> Precision:
    """Return the precision after covariates that explain a share of the variance, each costing a degree of freedom."""
    return Precision(precision.std_error * math.sqrt(1 - r_squared), precision.df - covariates)


def people_to_start(needed: float, kept: float, waves: int = 1) -> float:
    """Return how many people to ask first, when a share `kept` stays from each wave to the next."""
    return needed / kept**waves


def _overlap_df(n_before: float, n_after: float, shared: float) -> float:
    linked, everyone = shared - 1, n_before + n_after - shared - 1
    total = n_before + n_after
    alone = total - 2 * shared
    return linked + (everyone - linked) / total * alone if shared > 0 else total - 2
