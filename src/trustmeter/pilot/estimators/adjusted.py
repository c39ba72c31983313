"""Differences of changes that are right when either of two models of the covariates is."""

from __future__ import annotations

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.estimators.question import Question
from trustmeter.stats.areas.doubly_robust import DoublyRobust, doubly_robust_cross_sections, doubly_robust_panel


def doubly_robust(question: Question) -> Inference:
    """Return the doubly robust difference of changes, with errors by area."""
    question.needs_areas()
    if not question.layout.covariates.shape[1]:
        raise EstimationError("it needs covariates")
    linked = question.layout.linked == "linked"
    found, n = _panel(question) if linked else _cross_sections(question)
    kind = "panel, improved" if linked else "cross-sections, improved"
    method = f"doubly robust difference of changes ({kind}); errors by area"
    return question.told(found.estimate, found.std_error, found.df, n=n, method=method)


def _panel(question: Question) -> tuple[DoublyRobust, int]:
    pairs = question.pairs()
    found = doubly_robust_panel(
        pairs.after - pairs.before, np.asarray(pairs.treated, dtype=bool), _with_ones(pairs.covariates),
        weights=pairs.weights, clusters=pairs.cluster,
    )  # fmt: skip
    return found, len(pairs.before)


def _cross_sections(question: Question) -> tuple[DoublyRobust, int]:
    rows = question.two_waves()
    layout = rows.layout
    found = doubly_robust_cross_sections(
        rows.y, layout.after, np.asarray(layout.treated, dtype=bool), _with_ones(layout.covariates),
        weights=layout.weights, clusters=layout.cluster,
    )  # fmt: skip
    return found, rows.people()


def _with_ones(covariates: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(covariates)), covariates - covariates.mean(axis=0)])
