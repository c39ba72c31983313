"""Least squares, analysis of covariance, and the wild bootstrap of few clusters."""

from __future__ import annotations

import math

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference, without_test
from trustmeter.pilot.change.model import METHODS
from trustmeter.pilot.estimators.question import NO_TEST, Question
from trustmeter.stats.regression.cluster_covariance import cluster_robust, contrast_tests
from trustmeter.stats.regression.least_squares import fit
from trustmeter.stats.regression.wild_bootstrap import SignKind, wild_cluster_test, wild_signs

DRAWS = 9_999
FEW_CLUSTERS = 12
"""Two-point signs of fewer clusters give too few different draws; then Webb's six points."""
FEWEST_OF_A_KIND = 3
"""With fewer areas of a kind the wild bootstrap fails (MacKinnon & Webb 2017, doi:10.1002/jae.2508)."""


def change_scores(question: Question) -> Inference:
    """Return the change, or difference of changes, with CR2 errors."""
    found = question.model.infer(question.column, question.conf_level)
    if question.fewest_areas == 1:
        return without_test(found.estimate, n=found.n, method=found.method + NO_TEST, reason="")
    return found


def ancova(question: Question) -> Inference:
    """Return the difference after, at equal scores before."""
    if question.layout.treated is None:
        raise EstimationError(
            "without comparison areas it would take the people's mean before as known, which it is not"
        )
    if question.layout.linked != "linked":
        raise EstimationError("it needs the same people in both waves")
    pairs = question.pairs()
    treated = np.asarray(pairs.treated, dtype=float)
    others = np.column_stack([pairs.before, pairs.covariates])
    x = np.column_stack([np.ones(len(treated)), treated, others - np.average(others, axis=0, weights=pairs.weights)])
    robust = cluster_robust(fit(x, pairs.after, pairs.weights), pairs.cluster)
    tests = contrast_tests(robust, np.eye(x.shape[1])[[1]])
    method = METHODS[question.layout.clustered_by].replace("least squares", "after on before and treatment")
    return question.told(
        float(tests.estimate[0]), float(tests.std_error[0]), float(tests.df[0]), n=len(treated), method=method
    )


def wild_bootstrap(question: Question) -> Inference:
    """Return the estimate of least squares, judged by random signs of clusters."""
    if question.layout.clustered_by == "person":
        raise EstimationError("it is for few areas or clusters, and there are none")
    if 0 < question.fewest_areas < FEWEST_OF_A_KIND:
        raise EstimationError(f"it fails with fewer than {FEWEST_OF_A_KIND} areas of a kind")
    robust = question.model.robust
    kind: SignKind = "webb" if robust.clusters < FEW_CLUSTERS else "rademacher"
    signs = wild_signs(robust.clusters, DRAWS, kind, np.random.default_rng(question.seed))
    contrast = np.eye(len(robust.fit.coefficients))[question.column]
    cluster = question.layout.cluster
    found = wild_cluster_test(robust.fit, cluster, contrast, signs, conf_level=question.conf_level)

    def one_sided(value: float) -> tuple[float, float]:
        half = wild_cluster_test(robust.fit, cluster, contrast, signs, null=value).p_value / 2
        return (half, 1 - half) if found.estimate < value else (1 - half, half)

    drawn = "all" if found.enumerated else "drawn"
    signs_drawn = f"{drawn} {found.draws} {kind.capitalize()} signs"
    method = f"least squares; wild bootstrap by {question.layout.clustered_by}, null imposed, {signs_drawn}"
    low, high = (limit if math.isfinite(limit) else math.nan for limit in (found.low, found.high))
    return Inference(
        found.estimate, math.nan, found.statistic, math.nan, found.p_value, low, high, question.rows.people(), method, "",
        one_sided,
    )  # fmt: skip
