"""The change of all people, from those seen again: as they are, weighted for response, modelled, and bounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.inference import Inference, by_t, without_test
from trustmeter.pilot.missing.leavers import Cohort
from trustmeter.stats.missing.attrition import (
    Balance,
    ResponseWeights,
    WeightedChange,
    area_under_curve,
    balance,
    response_weights,
    weighted_change,
)
from trustmeter.stats.missing.bounds import Bounds, imbens_manski, lee_bounds, worst_case_bounds
from trustmeter.stats.missing.tipping_point import DeltaAdjusted, delta_adjusted
from trustmeter.stats.regression.cluster_covariance import cluster_robust, contrast_tests
from trustmeter.stats.regression.least_squares import fit

Floats = NDArray[np.float64]

FEWEST_PER_PREDICTOR = 5
"""A model of response gets one predictor for each so many people lost (or seen, if they are fewer)."""

_SEEN = "those seen again"
_WEIGHTED = "inverse-probability weights; influence functions"
_MODELLED = "people not seen again predicted from those seen; influence functions"


@dataclass(frozen=True, eq=False)
class Retention:
    """What is known of the change of all people of a cohort.

    Parameters
    ----------
    seen
        Of those seen again as they are.
    weighted, modelled
        Of all: weighted for response, and with predictions for those not seen; ``None`` where neither could be made.
    line
        How the modelled change moves when those not seen again (of pilot areas) differ by delta.
    balance, names
        How people seen differ from those not, in each predictor.
    auc
        How well the model tells them apart.
    predicted_gap
        How much those not seen again (of pilot areas) are predicted to change beyond those seen.
    reason
        Why there is no model, or why it has fewer predictors than asked; empty otherwise.
    """

    seen: Inference
    weighted: Inference | None = None
    modelled: Inference | None = None
    line: DeltaAdjusted | None = None
    balance: Balance | None = None
    names: tuple[str, ...] = ()
    auc: float = math.nan
    predicted_gap: float = math.nan
    reason: str = ""


@dataclass(frozen=True, eq=False)
class _Arm:
    """One arm's model (``None`` where nobody was lost), weights, weighted change and line in delta."""

    people: Cohort
    model: ResponseWeights | None
    weights: Floats
    weighted: WeightedChange
    line: DeltaAdjusted
    names: tuple[str, ...]
    reason: str


def retention_of(cohort: Cohort, conf_level: float) -> Retention:
    """Return the change (with comparison areas: the effect) of all people of a cohort."""
    seen = seen_change(cohort, conf_level)
    if cohort.lost == 0:
        return Retention(seen)
    try:
        arms = [_arm(part, conf_level) for part in cohort.arms]
    except EstimationError as refusal:
        return Retention(seen, reason=str(refusal))
    sign = (1.0, -1.0)
    weighted = sum(one * arm.weighted.estimate for one, arm in zip(sign, arms, strict=False))
    error = math.sqrt(sum(arm.weighted.std_error**2 for arm in arms))
    line = arms[0].line
    if len(arms) > 1:
        covariance = line.covariance + np.array([[arms[1].line.covariance[0, 0], 0.0], [0.0, 0.0]])
        line = DeltaAdjusted(line.change - arms[1].line.change, line.share_unseen, covariance, seen.df)
    values, errors, _, _ = line.at(np.zeros(1), conf_level)
    df = (arms[0].weighted.df, arms[0].line.df) if len(arms) == 1 else (seen.df, seen.df)
    if not math.isfinite(seen.std_error):
        error, errors = math.nan, np.array([math.nan])
    balanced, names = _balance(cohort, arms)
    return Retention(
        seen, by_t(weighted, error, df[0], conf_level=conf_level, n=seen.n, method=_WEIGHTED),
        by_t(float(values[0]), float(errors[0]), df[1], conf_level=conf_level, n=len(cohort), method=_MODELLED),
        line, balanced, names, _auc(arms), _gap(arms[0]), " ".join(dict.fromkeys(arm.reason for arm in arms if arm.reason)),
    )  # fmt: skip


def seen_change(cohort: Cohort, conf_level: float) -> Inference:
    """Return the mean change of those seen again, or with comparison areas the difference of both kinds of area."""
    part = cohort.select(cohort.seen)
    treated = part.layout.treated
    constant = np.ones(len(part))
    x = constant[:, None] if treated is None else np.column_stack([constant, treated.astype(float)])
    if treated is not None and any(arm.clusters is None for arm in cohort.arms):
        gap = fit(x, part.change, part.layout.weights).coefficients[1]
        reason = "With one area of either kind nothing tells a loss of people from what else happened in an area."
        return without_test(float(gap), n=len(part), method=_SEEN, reason=reason)
    return mean_inference(x, part.change, part, conf_level, f"{_SEEN}; CR2 by {part.layout.clustered_by}")


def mean_inference(x: Floats, y: Floats, people: Cohort, conf_level: float, method: str) -> Inference:
    """Return the last coefficient of y on x, with errors by cluster."""
    clusters = people.clusters
    robust = cluster_robust(fit(x, y, people.layout.weights), np.arange(len(y)) if clusters is None else clusters)
    contrast = np.zeros((1, x.shape[1]))
    contrast[0, -1] = 1.0
    tests = contrast_tests(robust, contrast)
    error, df = float(tests.std_error[0]), float(tests.df[0])
    return by_t(float(tests.estimate[0]), error, df, conf_level=conf_level, n=len(y), method=method)


def bounds_of(cohort: Cohort, scale: str, conf_level: float) -> Bounds | None:
    """Return Lee's bounds of an effect, or the worst-case bounds of a change; ``None`` where there are none."""
    layout = cohort.layout
    low, high = layout.scores.ranges[scale]
    if layout.treated is None:
        clusters = cohort.clusters
        found = worst_case_bounds(
            cohort.before, cohort.after, low, high, weights=layout.weights, clusters=clusters, conf_level=conf_level
        )
        return found if clusters is None else _with_few(found, int(clusters.max()), conf_level)
    alone = any(arm.clusters is None for arm in cohort.arms)
    clusters = None if alone else cohort.clusters
    try:
        found = lee_bounds(
            cohort.change, layout.treated, weights=layout.weights, clusters=clusters, conf_level=conf_level
        )
    except EstimationError:
        return None
    if clusters is None:
        nan = math.nan
        return replace(found, lower_error=nan, upper_error=nan, ci_low=nan, ci_high=nan)
    return _with_few(found, int(clusters.max()) - 1, conf_level)


def _with_few(found: Bounds, df: int, conf_level: float) -> Bounds:
    """Return bounds whose interval is widened as a t interval with `df` degrees is beside a normal one."""
    level = (1 + conf_level) / 2
    factor = float(scipy.special.stdtrit(df, level) / scipy.special.ndtri(level))
    errors = found.lower_error * factor, found.upper_error * factor
    low, high = imbens_manski(found.lower, found.upper, *errors, conf_level)
    return replace(found, ci_low=low, ci_high=high)


def _arm(part: Cohort, conf_level: float) -> _Arm:
    columns, names, reason = _predictors(part)
    weights, clusters = part.layout.weights, part.clusters
    line = delta_adjusted(part.change, columns, weights, clusters)
    if not part.lost:
        given = np.ones(len(part)) if weights is None else weights
        return _Arm(part, None, given, _nobody_lost(part, conf_level), line, names, reason)
    model = response_weights(part.seen, columns, weights)
    weighted = weighted_change(part.change, columns, model, weights=weights, clusters=clusters, conf_level=conf_level)
    return _Arm(part, model, model.weights, weighted, line, names, reason)


def _predictors(part: Cohort) -> tuple[Floats, tuple[str, ...], str]:
    """Return what the people of an arm can bear as predictors: all, or the score before only."""
    columns, names = part.predictors
    fewer = min(part.lost or len(part), len(part) - part.lost)
    if fewer < FEWEST_PEOPLE:
        who = "were seen again" if fewer == len(part) - part.lost else "were lost"
        where = "" if part.layout.treated is None else " of one kind of area"
        raise EstimationError(f"Fewer than {FEWEST_PEOPLE} people{where} {who}, too few to model who is.")
    if columns.shape[1] == 0:
        raise EstimationError("No score or covariate varies, so nothing can tell who was seen again.")
    most = fewer // FEWEST_PER_PREDICTOR
    if columns.shape[1] <= most or columns.shape[1] == 1:
        return columns, names, ""
    reason = f"So few people were lost (or seen) that the model of response uses the {names[0]} only."
    return columns[:, :1], names[:1], reason


def _nobody_lost(part: Cohort, conf_level: float) -> WeightedChange:
    """Return the change of an arm that lost nobody."""
    n = len(part)
    one = mean_inference(np.ones((n, 1)), part.change, part, conf_level, _SEEN)
    return WeightedChange(
        one.estimate, one.std_error, one.df, one.ci_low, one.ci_high, one.std_error, np.full(n, math.nan)
    )


def _balance(cohort: Cohort, arms: Sequence[_Arm]) -> tuple[Balance, tuple[str, ...]]:
    """Return the balance of all people, weighted within their arms."""
    columns, names = cohort.predictors
    weights = np.empty(len(cohort))
    treated = cohort.layout.treated
    rows = [np.ones(len(cohort), dtype=bool)] if treated is None else [treated, ~treated]
    for arm, here in zip(arms, rows, strict=True):
        weights[here] = arm.weights
    whole = replace(next(arm.model for arm in arms if arm.model is not None), weights=weights)
    return balance(cohort.seen, columns, whole, cohort.layout.weights), names


def _auc(arms: Sequence[_Arm]) -> float:
    parts = [(arm.people, arm.model.propensities) for arm in arms if arm.model is not None]
    seen = np.concatenate([people.seen for people, _ in parts])
    return area_under_curve(np.concatenate([score for _, score in parts]), seen)


def _gap(arm: _Arm) -> float:
    """Return the predicted change of those not seen again less the change of those seen."""
    if not arm.line.share_unseen > 0:
        return 0.0
    people = arm.people.select(arm.people.seen)
    seen = float(np.average(people.change, weights=people.layout.weights))
    return (arm.line.change - seen) / arm.line.share_unseen
