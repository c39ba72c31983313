"""Companions that use only the order of scores: how often the later one is higher, and odds."""

from __future__ import annotations

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference, without_test
from trustmeter.pilot.estimators.question import Question
from trustmeter.stats.comparison.rank import rank_sum
from trustmeter.stats.comparison.superiority import paired_superiority
from trustmeter.stats.ordinal_regression import fit_proportional_odds

MOST_LEVELS = 200
"""Each different score is a category with its own threshold (Liu et al. 2017, doi:10.1002/sim.7433); more take too long."""
ENOUGH_CLUSTERS = 20
"""The sandwich of the proportional-odds model has no correction for few clusters; with fewer its intervals are too narrow."""


def prob_superiority(question: Question) -> Inference:
    """Return the chance that a score after is higher than one before, equal ones counting half."""
    if question.layout.treated is not None:
        raise EstimationError("it compares two sets of scores, not changes of areas")
    question.refuse(weights=True, clusters=True, covariates=True)
    if question.layout.linked == "overlap":
        raise EstimationError("it takes linked or different people, not both together")
    if question.layout.linked == "linked":
        pairs = question.pairs()
        found = paired_superiority(pairs.before, pairs.after, question.conf_level)
        method = "probability of superiority, 0.5 is no change; paired Brunner-Munzel (Konietschke & Pauly 2012)"
    else:
        rows = question.two_waves()
        found = rank_sum(rows.y[rows.layout.before], rows.y[rows.layout.after], question.conf_level).prob_superiority
        method = "probability of superiority, 0.5 is no change; Brunner-Munzel"
    return Inference(
        found.estimate, found.std_error, found.statistic, found.df, found.p_value, found.ci_low, found.ci_high, found.n,
        method, "", lambda value: (np.nan, np.nan),
    )  # fmt: skip


def log_odds_ratio(question: Question) -> Inference:
    """Return the proportional-odds model's coefficient of the question."""
    rows = question.two_waves()
    layout = rows.layout
    levels, codes = np.unique(np.round(rows.y, 9), return_inverse=True)
    if len(levels) > MOST_LEVELS:
        raise EstimationError(f"there are {len(levels)} different scores, more than {MOST_LEVELS}")
    after = layout.after.astype(float)
    columns = [after]
    if layout.treated is not None:
        columns += [layout.treated.astype(float), layout.treated * after]
    asked = len(columns) - 1 if layout.treated is not None else 0
    centred = layout.covariates - layout.covariates.mean(axis=0)
    if layout.treated is not None:
        centred = np.hstack([centred, centred * after[:, None]])
    fitted = fit_proportional_odds(
        codes, np.column_stack([*columns, centred]), weights=layout.weights, clusters=layout.cluster
    )
    slope = len(fitted.thresholds) + asked
    method = f"proportional odds, log odds ratio of a higher score; sandwich by {layout.clustered_by}"
    clusters, n = len(np.unique(layout.cluster)), rows.people()
    if clusters < ENOUGH_CLUSTERS:
        return without_test(float(fitted.slopes[asked]), n=n, method=f"{method}, too few for an error", reason="")
    error = float(np.sqrt(fitted.robust_covariance[slope, slope]))
    return question.told(float(fitted.slopes[asked]), error, clusters - len(columns), n=n, method=method)
