"""A fitted item response model as rows of a tidy table."""

from __future__ import annotations

from typing import Any

import numpy as np

from trustmeter.psychometrics.response.sample import ItemSample, Values, as_codes
from trustmeter.stats.covariance import NO_INTERVAL, Interval, log_interval, normal_quantile
from trustmeter.stats.irt.information import empirical_reliability, marginal_reliability
from trustmeter.stats.irt.model import IrtFit, StandardErrors, standard_errors
from trustmeter.stats.irt.trait import expected_scores

METHODS = {"graded": "graded response", "gpcm": "generalised partial credit", "pcm": "partial credit"}


def is_robust(sample: ItemSample) -> bool:
    """Tell whether standard errors must be the sandwich's: weighted rows, or rows that are not independent."""
    return sample.weights is not None or sample.clusters is not None


def calibration_rows(sample: ItemSample, fit: IrtFit, values: Values, conf_level: float) -> list[dict[str, Any]]:
    """Return a row a slope and difficulty, then the rows of each group."""
    rows = []
    errors = standard_errors(fit, robust=is_robust(sample))
    for position in range(len(sample.items)):
        for group in range(len(fit.means)) if is_free(fit, position) else (0,):
            found = _item_estimates(fit, errors, position, group)
            rows += [
                _row(_item_place(sample, fit, position, group), term, value, _symmetric(value, error, conf_level))
                for term, value, error in found
            ]
    for group in range(len(sample.labels)):
        rows += _group_rows(sample, fit, values, group, conf_level)
    return rows


def is_free(fit: IrtFit, position: int) -> bool:
    """Tell whether an item has parameters of its own in each group."""
    return len(np.unique(fit.layout.intercepts[:, position, 0])) > 1


def _item_place(sample: ItemSample, fit: IrtFit, position: int, group: int) -> dict[str, Any]:
    answered = sample.used & ~np.isnan(sample.answers[:, position])
    label = sample.labels[group] if is_free(fit, position) else ""
    n = int((answered & (sample.groups == group)).sum() if label else answered.sum())
    return {
        "scale": sample.scale,
        "item": sample.items[position],
        "group": label,
        "n": n,
        "method": _method(sample, fit),
    }


def _item_estimates(fit: IrtFit, errors: StandardErrors, position: int, group: int) -> list[tuple[str, float, float]]:
    """Return name, estimate and standard error of an item's slope and difficulties."""
    named = [] if fit.model == "pcm" else [("a", fit.slopes[group, position], errors.slopes[group, position])]
    return named + [
        (f"b{step + 1}", fit.difficulties[group, position, step], errors.difficulties[group, position, step])
        for step in range(fit.sizes[position] - 1)
    ]


def _group_rows(sample: ItemSample, fit: IrtFit, values: Values, group: int, conf_level: float) -> list[dict[str, Any]]:
    errors = standard_errors(fit, robust=is_robust(sample))
    used = sample.used & (sample.groups == group)
    where = {"scale": sample.scale, "item": "", "group": sample.labels[group], "n": int(used.sum())}
    where["method"] = _method(sample, fit)
    mean, variance = float(fit.means[group]), float(fit.variances[group])
    rows = []
    if fit.layout.means[group] >= 0 or mean != 0:
        rows.append(_row(where, "mean", mean, _symmetric(mean, errors.means[group], conf_level)))
    if fit.layout.spreads[group] >= 0 or variance != 1:
        found = log_interval(variance, float(errors.variances[group]), conf_level)
        rows.append(_row(where, "variance", variance, found))
    weights = None if sample.weights is None else sample.weights[used]
    codes, _ = as_codes(sample.answers[used], values)
    scores = expected_scores(fit, codes, np.full(len(codes), group, dtype=np.intp))
    where = {**where, "method": METHODS[fit.model]}
    rows.append(_row(where, "marginal_reliability", marginal_reliability(fit, group), NO_INTERVAL))
    rows.append(_row(where, "empirical_reliability", empirical_reliability(scores, weights), NO_INTERVAL))
    return rows


def _method(sample: ItemSample, fit: IrtFit) -> str:
    return f"{METHODS[fit.model]}, {'robust' if is_robust(sample) else 'observed'} information"


def _symmetric(value: float, error: float, conf_level: float) -> Interval:
    margin = normal_quantile(conf_level) * float(error)
    return Interval(float(error), float(value) - margin, float(value) + margin)


def _row(where: dict[str, Any], term: str, value: float, found: Interval) -> dict[str, Any]:
    numbers = {"std_error": found.std_error, "ci_low": found.low, "ci_high": found.high}
    return {**where, "term": term, "estimate": float(value), **numbers}
