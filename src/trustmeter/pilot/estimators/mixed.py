"""Random intercepts of people, and of areas or clusters in each wave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference, by_t
from trustmeter.pilot.change.layout import Codes
from trustmeter.pilot.change.model import wave_columns
from trustmeter.pilot.estimators.question import Question
from trustmeter.stats.regression.inference import ContrastTests
from trustmeter.stats.regression.mixed_inference import kenward_roger_tests, satterthwaite
from trustmeter.stats.regression.mixed_model import MixedModel, fit_mixed

Tests = Callable[[MixedModel, np.ndarray], ContrastTests]


def mixed_satterthwaite(question: Question) -> Inference:
    """Return the mixed model's estimate with Satterthwaite's degrees of freedom."""
    return _mixed(question, satterthwaite, "Satterthwaite df")


def mixed_kenward_roger(question: Question) -> Inference:
    """Return the mixed model's estimate with Kenward and Roger's error and degrees of freedom."""
    return _mixed(question, kenward_roger_tests, "Kenward-Roger error and df")


def _mixed(question: Question, tests: Tests, degrees: str) -> Inference:
    question.refuse(weights=True)
    first, second, words = _groupings(question)
    rows = question.rows
    model = fit_mixed(wave_columns(rows).x, rows.y, first, second)
    found = tests(model, np.eye(len(model.coefficients))[[question.column]])
    zero = "; a variance of zero" if model.boundary.any() else ""
    return by_t(
        float(found.estimate[0]), float(found.std_error[0]), float(found.df[0]), conf_level=question.conf_level,
        n=rows.people(), method=f"mixed model, REML; random intercepts of {words}{zero}; {degrees}",
    )  # fmt: skip


def _groupings(question: Question) -> tuple[Codes, Codes | None, str]:
    """Return whose intercepts vary. Areas get one in each wave: only so do their own shocks count as errors."""
    layout = question.layout
    people = np.unique(layout.person, return_inverse=True)[1]
    if layout.clustered_by == "person":
        if layout.linked == "different":
            raise EstimationError("it needs people who answered twice, areas or clusters")
        return people, None, "person"
    cluster = np.unique(layout.cluster, return_inverse=True)[1]
    in_wave = np.unique(cluster * len(layout.design.waves) + layout.wave, return_inverse=True)[1]
    word = layout.clustered_by
    if layout.linked == "different":
        return in_wave, cluster, f"{word} and of {word} in each wave"
    return people, in_wave, f"person and of {word} in each wave"
