"""The rows of one scale: each coefficient with its interval and the words for how it was made."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.options import FEWEST_PEOPLE, IntervalMethod, MissingRule
from trustmeter.psychometrics.matrix import Floats, ItemMatrix
from trustmeter.stats.consistency.alpha import (
    CHANGE_FACTOR,
    alpha_of,
    cronbach_alpha,
    feldt_error_interval,
    feldt_interval,
    measurement_error,
    measurement_error_of,
    standardized_alpha,
    standardized_alpha_of,
)  # fmt: skip
from trustmeter.stats.consistency.bootstrap import DRAWS, Replicates, bca_interval, resample
from trustmeter.stats.consistency.one_factor import fit_one_factor, normal_omega_std_error, omega_coefficient
from trustmeter.stats.covariance import (
    NO_INTERVAL,
    Coefficient,
    Integers,
    Interval,
    delta_std_error,
    log_interval,
    wald_interval,
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Parameters
    ----------
    terms
        The coefficients.
    conf_level, interval, missing, seed
        As of `trustmeter.reliability`.
    """

    terms: tuple[str, ...]
    conf_level: float
    interval: IntervalMethod
    missing: MissingRule
    seed: int | np.random.Generator | None


def coefficient_rows(matrix: ItemMatrix, request: Request) -> tuple[list[Row], list[str]]:
    """Return the rows of a scale that can be estimated, and why omega is not among the numbers, if so."""
    if request.missing == "pairwise":
        return _pairwise_rows(matrix, request), []
    sample = _Sample(matrix.rows, matrix.clusters, request)
    rows: list[Row] = []
    reasons: list[str] = []
    if "alpha" in request.terms:
        rows += _alpha_rows(sample)
    if "alpha_standardized" in request.terms:
        found = standardized_alpha(sample.x)
        interval = wald_interval(found.value, sample.std_error(found), request.conf_level)
        rows.append(_row("alpha_standardized", found.value, interval, f"of the correlations, {sample.adf}"))
    if "omega_total" in request.terms:
        row, reason = _omega_row(sample, matrix.items)
        rows.append(row)
        reasons += [reason] if reason else []
    if "sem" in request.terms:
        rows += _error_rows(sample, matrix.unit)
    return [{"scale": matrix.scale, "n": len(sample.x), "suppressed": False, **row} for row in rows], reasons


def hidden_rows(matrix: ItemMatrix, request: Request) -> list[Row]:
    """Return the rows of a scale that cannot be estimated: no numbers; suppressed where that is for want of people."""
    few = matrix.persons < FEWEST_PEOPLE
    empty = {"estimate": math.nan, "std_error": math.nan, "ci_low": math.nan, "ci_high": math.nan}
    n = None if few else matrix.n
    return [{"scale": matrix.scale, "term": term, **empty, "n": n, "suppressed": few} for term in request.terms]


@dataclass(frozen=True, eq=False, repr=False)
class _Sample:
    """Complete rows (n, k), which of them are the same person's, and what was asked."""

    x: Floats
    clusters: Integers | None
    request: Request

    @property
    def adf(self) -> str:
        return "ADF" if self.clusters is None else "ADF by respondent"

    def std_error(self, coefficient: Coefficient) -> float:
        return delta_std_error(coefficient, self.clusters)

    def replicates(self) -> Replicates:
        return resample(self.x, np.random.default_rng(self.request.seed), clusters=self.clusters)

    def bootstrap(self, replicates: Floats, coefficient: Coefficient) -> Interval:
        return bca_interval(replicates, coefficient, self.request.conf_level, self.clusters)

    @property
    def bootstrap_words(self) -> str:
        return f"BCa bootstrap, {DRAWS} draws" + ("" if self.clusters is None else " of respondents")


def _alpha_rows(sample: _Sample) -> list[Row]:
    found, request = cronbach_alpha(sample.x), sample.request
    adf = wald_interval(found.value, sample.std_error(found), request.conf_level)
    intervals = {sample.adf: adf, "Feldt": _feldt(sample, found.value)}
    ways = list(intervals)
    if request.interval == "feldt":
        ways.reverse()
    if request.interval == "bootstrap":
        intervals[sample.bootstrap_words] = sample.bootstrap(sample.replicates().alpha, found)
        ways.insert(0, sample.bootstrap_words)
    return [_row("alpha", found.value, intervals[way], way) for way in ways]


def _feldt(sample: _Sample, value: float) -> Interval:
    if sample.clusters is not None:
        return NO_INTERVAL
    return feldt_interval(value, len(sample.x), sample.x.shape[1], sample.request.conf_level)


def _omega_row(sample: _Sample, items: tuple[str, ...]) -> tuple[Row, str]:
    """Return the row of omega, and why it has no number, or an empty text."""
    x, request = sample.x, sample.request
    normal = request.interval == "feldt" and sample.clusters is None
    method = "one-factor ML, " + ("normal-theory delta" if normal else sample.adf)
    fit, reason = None, _no_factor(x)
    if not reason:
        fit = fit_one_factor(np.cov(x, rowvar=False, ddof=0))
        if not fit.converged:
            reason = "the one-factor model did not converge"
        elif len(fit.improper):
            listed = ", ".join(repr(items[position]) for position in fit.improper)
            reason = f"the one-factor model leaves no error variance for {listed} (Heywood case)"
    if fit is None or reason:
        return _row("omega_total", math.nan, NO_INTERVAL, method), reason
    found = omega_coefficient(x, fit)
    ddof = 0 if sample.clusters is None else 1
    error = normal_omega_std_error(x, fit) if normal else delta_std_error(found, sample.clusters, ddof)
    return _row("omega_total", found.value, wald_interval(found.value, error, request.conf_level, 0.0), method), ""


def _no_factor(x: Floats) -> str:
    if x.shape[1] < 3:
        return "one factor needs at least three items"
    if np.linalg.eigvalsh(np.corrcoef(x, rowvar=False))[0] < 1e-10:
        return "one item is the sum or the copy of others"
    return ""


def _error_rows(sample: _Sample, unit: str) -> list[Row]:
    found, request = measurement_error(sample.x), sample.request
    if request.interval == "bootstrap":
        interval, way = sample.bootstrap(sample.replicates().error, found), sample.bootstrap_words
    elif request.interval == "feldt":
        way = "Feldt"
        interval = NO_INTERVAL
        if sample.clusters is None and found.value > 0:
            interval = feldt_error_interval(found.value, len(sample.x), sample.x.shape[1], request.conf_level)
    else:
        interval, way = log_interval(found.value, sample.std_error(found), request.conf_level), sample.adf
    return list(_error_and_change(found.value, interval, f"{unit}, {way}"))


def _error_and_change(value: float, interval: Interval, method: str) -> Iterator[Row]:
    for term, factor in (("sem", 1.0), ("mdc", CHANGE_FACTOR)):
        scaled = Interval(factor * interval.std_error, factor * interval.low, factor * interval.high)
        yield _row(term, factor * value, scaled, method)


def _pairwise_rows(matrix: ItemMatrix, request: Request) -> list[Row]:
    S = matrix.covariance
    error = measurement_error_of(S)
    found = {
        "alpha": (alpha_of(S), "pairwise"),
        "alpha_standardized": (standardized_alpha_of(S), "of the correlations, pairwise"),
        "omega_total": (math.nan, "needs complete rows"),
        "sem": (error, f"{matrix.unit}, pairwise"),
        "mdc": (CHANGE_FACTOR * error, f"{matrix.unit}, pairwise"),
    }
    ground = {"scale": matrix.scale, "n": matrix.n, "suppressed": False}
    return [{**ground, **_row(term, found[term][0], NO_INTERVAL, found[term][1])} for term in request.terms]


def _row(term: str, value: float, interval: Interval, method: str) -> Row:
    return {
        "term": term,
        "estimate": value,
        "std_error": interval.std_error,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "method": method,
    }
