"""The rows of one scale: each coefficient with its interval and the words for how it was made."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from trustmeter.options import FEWEST_PEOPLE
from trustmeter.psychometrics.consistency.bound import BOUND_TERMS, SPLIT_ROWS, bound_rows, pairwise_bounds
from trustmeter.psychometrics.consistency.hierarchy import hierarchical_names, hierarchical_rows
from trustmeter.psychometrics.consistency.ordered import ordered_rows
from trustmeter.psychometrics.consistency.sample import Request, Row, Sample, row
from trustmeter.psychometrics.matrix import ItemMatrix
from trustmeter.stats.consistency.alpha import CHANGE_FACTOR, feldt_error_interval, feldt_interval
from trustmeter.stats.consistency.bounds import ALPHA, ERROR, STANDARDIZED_ALPHA, Functional
from trustmeter.stats.consistency.dichotomous import kr21
from trustmeter.stats.consistency.interval import symmetric_interval
from trustmeter.stats.consistency.moments import CompleteMoments, complete_moments, normal_std_error
from trustmeter.stats.consistency.one_factor import (
    OneFactor,
    fit_one_factor,
    observed_omega,
    observed_omega_gradient,
    omega_gradient,
    omega_total,
    omegas,
)  # fmt: skip
from trustmeter.stats.covariance import NO_INTERVAL, Floats, Interval

__all__ = ["Request", "coefficient_rows", "hidden_rows", "is_dichotomous"]

Found = tuple[list[Row], list[str]]
"""Rows, and remarks: why a coefficient has no number, or what must be known of it."""

_ALPHAS = ("alpha", "lambda3", "kr20")
_ORDERED = ("alpha_ordinal", "omega_categorical")


def coefficient_rows(matrix: ItemMatrix, request: Request) -> Found:
    """Return the rows of a scale that can be estimated, and what must be said: why some have no number."""
    if request.missing == "pairwise":
        rows, remarks = _pairwise_rows(matrix, request)
    else:
        rows, remarks = [], []
        sample = Sample(matrix, request)
        for term in _makers(request.terms):
            made, said = _made(term, sample)
            rows += made
            remarks += [text for text in said if text not in remarks]
    return [{"scale": matrix.scale, "n": matrix.n, "suppressed": False, **one} for one in rows], remarks


def hidden_rows(matrix: ItemMatrix, request: Request) -> list[Row]:
    """Return the rows of a scale that cannot be estimated: no numbers; suppressed where that is for want of people."""
    few = matrix.persons < FEWEST_PEOPLE
    empty = {"estimate": math.nan, "std_error": math.nan, "ci_low": math.nan, "ci_high": math.nan}
    n = None if few else matrix.n
    return [
        {"scale": matrix.scale, "term": name, **empty, "n": n, "suppressed": few}
        for term in request.terms
        for name in _row_names(term, request)
    ]


def is_dichotomous(matrix: ItemMatrix) -> bool:
    """Tell whether all answers that count are 0 or 1."""
    answers = matrix.answers[matrix.used]
    return bool(np.isin(answers[~np.isnan(answers)], (0.0, 1.0)).all())


def _row_names(term: str, request: Request) -> list[str]:
    """Return the names of the rows that a coefficient makes."""
    if term == "split_half":
        return list(SPLIT_ROWS)
    return hierarchical_names(request.factors) if term == "omega_hierarchical" else [term]


def _makers(terms: tuple[str, ...]) -> list[str]:
    """Return the terms in order; the measurement error and the detectable change are made together."""
    return [term for term in terms if term != "mdc" or "sem" not in terms]


def _made(term: str, sample: Sample) -> Found:
    if term in _ALPHAS:
        return _alpha_rows(sample, term)
    if term in {"sem", "mdc"}:
        return _error_rows(sample), []
    if term in {"omega_total", "omega_total_observed"}:
        return _omega_rows(sample, term)
    if term in BOUND_TERMS:
        return bound_rows(sample, term)
    if term in _ORDERED:
        return ordered_rows(sample, term)
    if term == "omega_hierarchical":
        return hierarchical_rows(sample)
    return _standardized_rows(sample) if term == "alpha_standardized" else _kr21_rows(sample)


def _alpha_rows(sample: Sample, term: str) -> Found:
    if term == "kr20" and not is_dichotomous(sample.matrix):
        return [row(term, math.nan, NO_INTERVAL, "needs answers of 0 and 1")], ["no kr20: answers are not all 0 or 1."]
    request, gradient = sample.request, ALPHA.gradient(sample.S)
    found = sample.coefficient(float(ALPHA.of(sample.S)), gradient)
    intervals = {sample.adf: sample.adf_interval(found), "Feldt": _feldt(sample, found.value)}
    ways = list(intervals)
    if request.interval == "feldt":
        ways.reverse()
    elif request.interval != "adf":
        if request.resamples:
            made, way = sample.drawn_interval(sample.replicates.alpha, found)
        else:
            made, way = sample.smooth_interval(found, ALPHA)
        intervals[way] = made
        ways.insert(0, way)
    return [row(term, found.value, intervals[way], way) for way in ways], []


def _feldt(sample: Sample, value: float) -> Interval:
    if not sample.plain:
        return NO_INTERVAL
    return feldt_interval(value, sample.n, len(sample.S), sample.request.conf_level)


def _standardized_rows(sample: Sample) -> Found:
    found = sample.coefficient(float(STANDARDIZED_ALPHA.of(sample.S)), STANDARDIZED_ALPHA.gradient(sample.S))
    if sample.request.interval == "feldt":
        interval, way = sample.adf_interval(found), sample.adf
    else:
        interval, way = sample.smooth_interval(found, STANDARDIZED_ALPHA)
    return [row("alpha_standardized", found.value, interval, f"of the correlations, {way}")], []


def _omega_rows(sample: Sample, term: str) -> Found:
    """Return the row of omega, and why it has no number, if so."""
    observed = term == "omega_total_observed"
    words = "one-factor ML" + (", observed variance" if observed else "")
    S = sample.S * ((sample.n - 1) / sample.n)
    fit, reason = one_factor_of(S, sample.matrix.items)
    if fit is None:
        ways = "normal-theory delta" if sample.request.interval == "feldt" and sample.plain else sample.adf
        return [row(term, math.nan, NO_INTERVAL, f"{words}, {ways}")], [f"no omega: {reason}."]
    start: OneFactor = fit

    def of(stack: Floats) -> Floats:
        return np.asarray(omegas(stack, start)[int(observed)])

    def gradient(_: Floats) -> Floats:
        return observed_omega_gradient(S, start) if observed else omega_gradient(S, start)

    value = observed_omega(fit, S) if observed else omega_total(fit)
    found = sample.coefficient(value, gradient(S))
    ddof = 0 if sample.clusters is None and not sample.designed else 1
    if sample.request.interval in {"feldt", "normal"} and sample.plain:
        implied = np.outer(fit.loadings, fit.loadings) + np.diag(fit.uniquenesses)
        error, way = normal_std_error(implied, gradient(S), sample.n), "normal-theory delta"
        interval = symmetric_interval(value, error, sample.request.conf_level, math.inf, 0.0)
    elif sample.request.interval == "feldt":
        interval, way = sample.adf_interval(found, lowest=0.0, ddof=ddof), sample.adf
    else:
        interval, way = sample.smooth_interval(found, Functional(of, gradient), lowest=0.0, ddof=ddof)
    return [row(term, value, interval, f"{words}, {way}")], []


def one_factor_of(S: Floats, items: tuple[str, ...]) -> tuple[OneFactor | None, str]:
    """Return the one-factor model of a covariance matrix (k, k), or why there is none."""
    if len(S) < 3:
        return None, "one factor needs at least three items"
    sd = np.sqrt(np.diag(S))
    if np.linalg.eigvalsh(S / np.outer(sd, sd))[0] < 1e-10:
        return None, "one item is the sum or the copy of others"
    fit = fit_one_factor(S)
    if not fit.converged:
        return None, "the one-factor model did not converge"
    if len(fit.improper):
        listed = ", ".join(repr(items[position]) for position in fit.improper)
        return None, f"the one-factor model leaves no error variance for {listed} (Heywood case)"
    return fit, ""


def _error_rows(sample: Sample) -> list[Row]:
    found = sample.coefficient(float(ERROR.of(sample.S)), ERROR.gradient(sample.S))
    request = sample.request
    if request.interval == "feldt":
        way, interval = "Feldt", NO_INTERVAL
        if sample.plain and found.value > 0:
            interval = feldt_error_interval(found.value, sample.n, len(sample.S), request.conf_level)
    else:
        interval, way = sample.error_interval(found, ERROR)
    return list(_error_and_change(found.value, interval, f"{sample.matrix.unit}, {way}", request.terms))


def _error_and_change(value: float, interval: Interval, method: str, terms: tuple[str, ...]) -> Iterator[Row]:
    for term, factor in (("sem", 1.0), ("mdc", CHANGE_FACTOR)):
        if term in terms:
            scaled = Interval(factor * interval.std_error, factor * interval.low, factor * interval.high)
            yield row(term, factor * value, scaled, method)


def _kr21_rows(sample: Sample) -> Found:
    if not is_dichotomous(sample.matrix):
        return [row("kr21", math.nan, NO_INTERVAL, "needs answers of 0 and 1")], [
            "no kr21: answers are not all 0 or 1."
        ]
    waves = sample.matrix.waves
    if waves is not None and len(np.unique(waves[sample.matrix.used])) > 1:
        return [row("kr21", math.nan, NO_INTERVAL, "needs one wave")], [
            "no kr21: items are not equally hard in all waves."
        ]
    if not isinstance(sample.moments, CompleteMoments):
        return [row("kr21", math.nan, NO_INTERVAL, "needs complete rows")], ["no kr21: it needs complete rows."]
    answers = sample.matrix.answers[sample.matrix.used]
    found = kr21(answers, complete_moments(answers, sample.matrix.weights))
    return [row("kr21", found.value, sample.adf_interval(found), sample.adf)], []


def _pairwise_rows(matrix: ItemMatrix, request: Request) -> Found:
    S = matrix.covariance
    error = float(ERROR.of(S))
    alpha = (float(ALPHA.of(S)), "pairwise")
    found = {
        "alpha": alpha,
        "lambda3": alpha,
        "alpha_standardized": (float(STANDARDIZED_ALPHA.of(S)), "of the correlations, pairwise"),
        "sem": (error, f"{matrix.unit}, pairwise"),
        "mdc": (CHANGE_FACTOR * error, f"{matrix.unit}, pairwise"),
    }
    if is_dichotomous(matrix):
        found["kr20"] = alpha
    made, remarks = pairwise_bounds(S, request)
    rows: list[Row] = []
    for term in request.terms:
        value, method = {**found, **made}.get(term, (math.nan, "needs complete rows"))
        rows += [row(name, value, NO_INTERVAL, method) for name in _row_names(term, request)]
    return rows, remarks
