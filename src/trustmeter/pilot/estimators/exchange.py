"""The effect held against other choices of pilot areas, and against the comparison areas' own changes."""

from __future__ import annotations

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.few_areas import by_assignment, by_placebo
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.estimators.question import Question


def assignments(question: Question) -> Inference:
    """Return the mean difference of area changes, judged by all other assignments."""
    question.needs_areas()
    if question.fewest_areas < 2:
        raise EstimationError("it needs two areas or more of either kind")
    return _judged(by_assignment(question.model, question.place, question.conf_level, question.seed))


def placebo(question: Question) -> Inference:
    """Return a single area's difference, judged by the spread of the others."""
    question.needs_areas()
    if question.fewest_areas != 1:
        raise EstimationError("it judges a single area of one kind, and there are more")
    return _judged(by_placebo(question.model, question.place, question.conf_level))


def _judged(found: Inference) -> Inference:
    if found.reason.strip():
        raise EstimationError(found.reason.strip())
    return found
