"""Items that work differently, by ordinal regression: is the answer another one among people of the same standing?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.options import MatchOn
from trustmeter.psychometrics.comparability.item_bias.answers import GroupedItems
from trustmeter.psychometrics.comparability.item_bias.finding import BiasTest, GroupBias, ItemFinding, wald
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.trait import expected_scores
from trustmeter.stats.ordinal_regression import OrdinalFit, covariance_of, fit_proportional_odds

Floats = NDArray[np.float64]

LIKELIHOOD_RATIO = "ordinal logistic, likelihood ratio"
ROBUST = "ordinal logistic, robust Wald"


def examine_by_matching(data: GroupedItems, anchors: frozenset[int], match: MatchOn) -> list[ItemFinding]:
    """Return what nested proportional-odds models tell of each item.

    The models: standing; + groups; + groups x standing. Standing is the score of the anchor items, with the item itself
    (``"total"``) or without (``"rest"``), or their expected trait (``"trait"``), standardised.
    """
    findings = []
    known: dict[frozenset[int], Floats] = {}
    fixed = data.fixed()
    for item in range(data.k):
        if item in fixed:
            findings.append(ItemFinding({}, {}, (), reason=fixed[item]))
            continue
        chosen = anchors - {item} if match == "rest" else anchors | {item}
        try:
            if chosen not in known:
                known[chosen] = standing_of(data, sorted(chosen), match)
            findings.append(_examined(data, item, known[chosen]))
        except EstimationError as error:
            findings.append(ItemFinding({}, {}, (), reason=str(error)))
    return findings


def standing_of(data: GroupedItems, chosen: Sequence[int], match: MatchOn) -> Floats:
    """Return the standing (n,) of people on the chosen items, standardised."""
    if match == "trait":
        codes = data.codes[:, chosen]
        value = expected_scores(fit_irt(codes, "graded", weights=data.weights), codes).theta
    else:
        value = np.mean([data.points[one][data.codes[:, one]] for one in chosen], axis=0)
    spread = float(value.std())
    if not spread > 0:
        raise EstimationError("The score that people are matched on does not vary.")
    return np.asarray((value - value.mean()) / spread)


def scale_biases(data: GroupedItems, findings: list[ItemFinding], flagged: list[int]) -> tuple[GroupBias, ...]:
    """Return what the flagged items together do to the scale's score, for each group but the first."""
    biases = []
    for place in range(len(data.labels) - 1):
        total = sum(findings[item].biases[place].estimate for item in flagged)
        pulls = [findings[item].influence for item in flagged]
        summed = sum(pull[:, place] for pull in pulls if pull is not None)
        error, freedom = _error(data, np.asarray(summed))
        biases.append(GroupBias(float(total), error, math.nan, freedom))
    return tuple(biases)


def _error(data: GroupedItems, pull: Floats) -> tuple[float, float]:
    """Return the standard error that the pull of rows (n,) tells, and its degrees of freedom."""
    if data.independent:
        return math.sqrt(float(covariance_of(pull[:, None], None)[0, 0])), math.inf
    variance, freedom = data.clustering.spread(pull[:, None])
    return math.sqrt(float(variance[0, 0])), freedom


@dataclass(frozen=True, eq=False, slots=True)
class _Models:
    """The fits without predictors, with standing, with groups, and with groups x standing."""

    nothing: OrdinalFit
    standing: OrdinalFit
    groups: OrdinalFit
    crossed: OrdinalFit


def _examined(data: GroupedItems, item: int, standing: Floats) -> ItemFinding:
    codes = data.codes[:, item]
    z = standing[:, None]
    member = (data.groups[:, None] == np.arange(1, len(data.labels))).astype(float)
    designs = (z[:, :0], z, np.hstack([z, member]), np.hstack([z, member, z * member]))
    fits = [fit_proportional_odds(codes, x, weights=data.weights, clusters=data.clusters) for x in designs]
    models = _Models(*fits)
    biases, influence = _biases(data, item, models.crossed, standing)
    return ItemFinding(_tests(data, models), _sizes(len(codes), models), biases, influence)


def _tests(data: GroupedItems, models: _Models) -> dict[str, BiasTest]:
    added = len(data.labels) - 1
    if data.independent:
        base, groups, crossed = (fit.log_likelihood for fit in (models.standing, models.groups, models.crossed))
        return {
            "uniform": BiasTest(2 * (groups - base), added, LIKELIHOOD_RATIO),
            "nonuniform": BiasTest(2 * (crossed - groups), added, LIKELIHOOD_RATIO),
            "total": BiasTest(2 * (crossed - base), 2 * added, LIKELIHOOD_RATIO),
        }
    return {
        "uniform": _robust(data, models.groups, added),
        "nonuniform": _robust(data, models.crossed, added),
        "total": _robust(data, models.crossed, 2 * added),
    }


def _robust(data: GroupedItems, fit: OrdinalFit, last: int) -> BiasTest:
    """Return the Wald test of the last slopes."""
    covariance, freedom = data.clustering.spread(fit.influence[:, -last:])
    return wald(fit.slopes[-last:], covariance, ROBUST, freedom)


def _sizes(n: int, models: _Models) -> dict[str, float]:
    nothing, base, crossed = (fit.log_likelihood for fit in (models.nothing, models.standing, models.crossed))
    most = -math.expm1(2 * nothing / n)
    return {
        "r2_change_mcfadden": (crossed - base) / -nothing,
        "r2_change_nagelkerke": (math.exp(2 * (nothing - base) / n) - math.exp(2 * (nothing - crossed) / n)) / most,
    }


def _biases(data: GroupedItems, item: int, fit: OrdinalFit, standing: Floats) -> tuple[tuple[GroupBias, ...], Floats]:
    """Return each group's expected score less that of equals in the first group, and the rows' influence on it.

    Points of the scale's score, to which the item gives its k-th part. Averaged over the group's own people, whose
    standing is taken as given.
    """
    added = len(data.labels) - 1
    found, pulls = [], []
    for group in data.others:
        rows = data.groups == group
        weights = np.ones(int(rows.sum())) if data.weights is None else data.weights[rows]
        weights = weights / weights.sum() / data.length
        z = standing[rows]
        x = np.zeros((len(z), 1 + 2 * added))
        x[:, 0] = z
        first, first_slope = _expected(fit, x, data.points[item])
        x[:, group], x[:, added + group] = 1.0, z
        own, own_slope = _expected(fit, x, data.points[item])
        gradient = weights @ (own_slope - first_slope)
        pulls.append(fit.influence @ gradient)
        error, freedom = math.sqrt(float(gradient @ fit.covariance @ gradient)), math.inf
        if not data.independent:
            error, freedom = _error(data, pulls[-1])
        found.append(GroupBias(float(weights @ (own - first)), error, float(weights @ np.abs(own - first)), freedom))
    return tuple(found), np.column_stack(pulls)


def _expected(fit: OrdinalFit, x: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Return the expected points (n,) and their derivatives by thresholds and slopes (n, m - 1 + p)."""
    share = scipy.special.expit(fit.thresholds - (x @ fit.slopes)[:, None])
    drop = -np.diff(points)
    by_cut = share * (1 - share) * drop
    return points[-1] + share @ drop, np.hstack([by_cut, -by_cut.sum(axis=1)[:, None] * x])
