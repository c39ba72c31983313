"""Partly the same people: the best combination, and the difference of plain means."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.estimators.question import Question
from trustmeter.stats.comparison.overlap import OverlapChange, best_overlap_change, derrick_unequal


def overlap_best(question: Question) -> Inference:
    """Return the best combination of those who are in both waves and those who are in one."""
    return _overlap(
        question, best_overlap_change, "best combination of people in both waves and in one; REML, Kenward-Roger"
    )


def overlap_plain(question: Question) -> Inference:
    """Return the difference of the waves' plain means, people in both taken into account."""
    return _overlap(question, derrick_unequal, "difference of plain means, partly overlapping samples (Derrick 2017)")


def _overlap(question: Question, kernel: Callable[[np.ndarray, np.ndarray], OverlapChange], method: str) -> Inference:
    if question.layout.linked != "overlap":
        raise EstimationError("it is for waves that share some of their people")
    question.refuse(weights=True, clusters=True, covariates=True)
    rows = question.two_waves()
    person = np.unique(rows.layout.person, return_inverse=True)[1]
    scores = np.full((2, int(person.max()) + 1), np.nan)
    for wave, chosen in enumerate((rows.layout.before, rows.layout.after)):
        scores[wave, person[chosen]] = rows.y[chosen]
    found = kernel(scores[0], scores[1])
    return question.told(found.estimate, found.std_error, found.df, n=scores.shape[1], method=method)
