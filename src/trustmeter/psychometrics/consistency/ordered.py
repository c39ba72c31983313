"""Ordinal alpha and categorical omega of one scale: what thresholds and polychoric correlations say of it."""

from __future__ import annotations

import math

import numpy as np

from trustmeter.psychometrics.consistency.sample import Row, Sample, row
from trustmeter.psychometrics.matrix import ItemMatrix
from trustmeter.stats.consistency.bounds import correlations
from trustmeter.stats.consistency.categorical import (
    CategoricalReliability,
    Loadings,
    categorical_omega,
    fit_loadings,
    ordinal_alpha,
)  # fmt: skip
from trustmeter.stats.consistency.interval import symmetric_interval
from trustmeter.stats.correlation.ordinal import OrdinalMoments, ordinal_moments
from trustmeter.stats.covariance import NO_INTERVAL, Integers

MOST_CATEGORIES = 10
_LATENT = "alpha_ordinal is that of the normal variables taken to lie behind the answers, not of the score."


def ordered_rows(sample: Sample, term: str) -> tuple[list[Row], list[str]]:
    """Return the row of ``"alpha_ordinal"`` or ``"omega_categorical"``, and what must be said."""
    words = "of polychoric correlations" if term == "alpha_ordinal" else "one ordinal factor, DWLS, Green-Yang"
    reason = _unfit(sample.matrix) or ("" if sample.request.missing == "listwise" else "it needs complete rows")
    if not reason and np.linalg.eigvalsh(correlations(sample.S))[0] < 1e-10:
        reason = "one item is the sum or the copy of others"
    found, moments = None, None
    if not reason:
        moments = _moments(sample, sample.clusters)
        found, reason = _alpha(moments) if term == "alpha_ordinal" else _omega(moments, sample)
    remarks = [_LATENT] if term == "alpha_ordinal" else []
    if found is None or moments is None or moments.gamma is None:
        return [row(term, math.nan, NO_INTERVAL, words)], [f"no {term}: {reason}."]
    gamma, n = moments.gamma, moments.n
    if sample.clusters is None and sample.designed:
        gamma = gamma * sample.n / (sample.n - 1)
    error = found.std_error(gamma, n)
    interval = symmetric_interval(found.value, error, sample.request.conf_level, sample.df, -math.inf)
    if len(moments.adjusted):
        remarks.append("0.5 was put into empty cells of some pairs of items before their polychoric correlation.")
    return [row(term, found.value, interval, f"{words}, {sample.adf.replace('ADF', 'delta')}")], remarks


def is_ordered(matrix: ItemMatrix) -> bool:
    """Tell whether all items have few categories."""
    return not _unfit(matrix)


def _unfit(matrix: ItemMatrix) -> str:
    if matrix.waves is not None and len(np.unique(matrix.waves[matrix.used])) > 1:
        return "rows of several waves have no common thresholds; choose one wave"
    answers = matrix.answers[matrix.used]
    many = [
        name for name, column in zip(matrix.items, answers.T, strict=True) if len(np.unique(column)) > MOST_CATEGORIES
    ]
    return f"more than {MOST_CATEGORIES} different answers to {', '.join(map(repr, many))}" if many else ""


def _moments(sample: Sample, clusters: Integers | None, *, acov: bool = True) -> OrdinalMoments:
    answers = sample.matrix.answers[sample.matrix.used]
    codes = np.stack([np.unique(column, return_inverse=True)[1] for column in answers.T], axis=1).astype(np.intp)
    w = sample.matrix.weights
    weights = None if w is None else w / w.mean()
    return ordinal_moments(codes, weights=weights, clusters=clusters, acov=acov)


def _alpha(moments: OrdinalMoments) -> tuple[CategoricalReliability | None, str]:
    if len(moments.at_limit):
        return None, "a polychoric correlation runs to 1 or -1"
    return ordinal_alpha(moments.correlations, len(moments.thresholds)), ""


def _omega(moments: OrdinalMoments, sample: Sample) -> tuple[CategoricalReliability | None, str]:
    """Return omega; its model weighs correlations as if rows were independent, so that clusters move no estimate."""
    items = sample.matrix.items
    if len(items) < 3:
        return None, "one factor needs at least three items"
    apart = moments if sample.clusters is None else _moments(sample, None, acov=False)
    if len(moments.at_limit) or apart.std_errors is None:
        return None, "a polychoric correlation runs to 1 or -1"
    errors = apart.std_errors + np.eye(len(items))
    fit = fit_loadings(moments.correlations, 1 / (apart.n * errors**2))
    reason = _improper(fit, items)
    if reason:
        return None, reason
    values = sample.matrix.values[sample.matrix.used]
    steps = np.concatenate([np.diff(np.unique(column)) for column in values.T])
    return categorical_omega(moments.correlations, moments.thresholds, moments.levels, fit, steps=steps), ""


def _improper(fit: Loadings, items: tuple[str, ...]) -> str:
    if not fit.converged:
        return "the ordinal one-factor model did not converge"
    steep: Integers = np.flatnonzero(np.abs(fit.values) >= 1)
    listed = ", ".join(repr(items[place]) for place in steep)
    return f"the ordinal one-factor model leaves no error variance for {listed} (Heywood case)" if len(steep) else ""
