"""The steps of an evaluation, one questionnaire at a time; what cannot be answered is kept as a reason, not raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from trustmeter.errors import DesignError, EstimationError, TrustmeterError
from trustmeter.options import FamilyAdjustment
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.estimators.alternatives import compare_estimators
from trustmeter.pilot.estimators.result import EstimatorComparison
from trustmeter.pilot.evaluation.margins import SpeaksFor, speaks_for
from trustmeter.pilot.evaluation.result import QuestionnaireEvaluation, Skipped
from trustmeter.pilot.file.model import Pilot, Survey
from trustmeter.pilot.incident import IncidentReport, check_incidents
from trustmeter.pilot.missing.loss import AttritionResult, attrition
from trustmeter.pilot.protocol import Protocol, read_protocol
from trustmeter.pilot.subgroup import SubgroupResult, compare_subgroups
from trustmeter.psychometrics.comparability.invariance import InvarianceResult, check_invariance
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult, reliability
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality
from trustmeter.scoring.composite import score
from trustmeter.scoring.model import Scores

R = TypeVar("R")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """How an evaluation was asked for."""

    conf_level: float
    adjustment: FamilyAdjustment
    min_n: int
    strict: bool
    tell: Tell


@dataclass(eq=False, slots=True)
class Course:
    """The course of one questionnaire's evaluation: what it goes by, and what it had to skip."""

    pilot: Pilot
    survey: Survey
    answers: Responses
    asked: Asked
    skipped: list[Skipped] = field(default_factory=list)

    def skip(self, step: str, reason: str) -> None:
        """Keep that a step could not be taken, and why."""
        self.skipped.append(Skipped(step, reason, self.survey.questionnaire.id))

    def attempt(self, step: str, call: Callable[[], R]) -> R | None:
        """Take a step; where these answers cannot give it, keep the reason."""
        self.asked.tell(f"{self.survey.questionnaire.id}: {step}")
        try:
            return call()
        except (DesignError, EstimationError) as error:
            self.skip(step, _sentence(error))
            return None


def evaluate_survey(pilot: Pilot, survey: Survey, answers: Responses, asked: Asked) -> QuestionnaireEvaluation:
    """Take all steps of one questionnaire; the comparison itself must be possible, all others may be skipped."""
    course = Course(pilot, survey, answers, asked)
    name = survey.questionnaire.id
    asked.tell(f"{name}: score, compare")
    scores = score(answers)
    protocol = None if survey.protocol is None else read_protocol(survey.protocol)
    if protocol is None:
        course.skip("protocol", "The pilot file names no protocol.")
    change = _change(course, scores, protocol)
    scales = list(change.verdicts)
    primary = next(one for one in (protocol.primary if protocol else None, survey.primary, scales[0]) if one in scales)
    compared = _two_waves(change)
    asked.tell(f"{name}: check_quality")
    quality = check_quality(change.scores.answers)
    population = _population(course, change)
    return QuestionnaireEvaluation(
        survey=survey,
        answers=answers,
        change=change,
        quality=quality,
        meter=course.attempt("reliability", lambda: _meter(compared, scales, asked)),
        comparability=course.attempt("check_invariance", lambda: _comparability(compared, scales, asked)),
        loss=_loss(course, scores, change),
        estimators=course.attempt("compare_estimators", lambda: _estimators(course, scores, primary, change)),
        subgroups=_subgroups(course, scores, primary),
        incidents=_incidents(course),
        protocol=protocol,
        representation=population.representation,
        weighting=population.weighting,
        beside=population.beside,
        skipped=tuple(course.skipped),
    )


def _change(course: Course, scores: Scores, protocol: Protocol | None) -> Comparison:
    """Compare, as promised where something was; what the file says beside a protocol shows as a deviation."""
    survey, asked = course.survey, course.asked
    there = [scale for scale in survey.compared if scale in scores.scales]
    for scale in survey.compared:
        if scale not in there:
            course.skip("compare", f"Scale {scale!r}: none of its questions is among the answers.")
    if not there:
        raise DesignError(
            "None of the scales that the pilot file compares can be scored: their questions are not among the answers."
        )
    options: dict[str, Any] = {"conf_level": asked.conf_level, "adjustment": asked.adjustment, "min_n": asked.min_n}
    if protocol is None:
        return compare(
            scores, survey.design, scale=there, smallest_effect=_smallest(survey.smallest_effect, there), **options
        )
    own = survey.scales or None
    return compare(
        scores, survey.design, scale=own, smallest_effect=survey.smallest_effect, protocol=protocol, **options
    )


def _smallest(given: float | Mapping[str, float] | None, scales: list[str]) -> float | dict[str, float] | None:
    return (
        {scale: value for scale, value in given.items() if scale in scales} or None
        if isinstance(given, Mapping)
        else given
    )


def _two_waves(change: Comparison) -> Responses:
    """Return the answers that were compared, of the two waves in question."""
    answers, design = change.scores.answers, change.design
    if not isinstance(design, PilotDesign):
        return answers
    waves = row_labels(answers.frame[answers.roles.column("wave", needed_by="evaluate_pilot")])
    return answers.select(waves.isin((design.before, design.after)).to_numpy(dtype=bool))


def _meter(answers: Responses, scales: list[str], asked: Asked) -> ReliabilityResult:
    return reliability(answers, scale=scales, conf_level=asked.conf_level)


def _comparability(answers: Responses, scales: list[str], asked: Asked) -> InvarianceResult:
    return check_invariance(answers, across="wave", scale=scales, conf_level=asked.conf_level)


def _loss(course: Course, scores: Scores, change: Comparison) -> AttritionResult | None:
    """Say who was lost, where people are followed."""
    if not change.linked:
        partly = course.survey.design.linked == "overlap"
        why = (
            "Some people answer twice and some once, as was meant"
            if partly
            else "Different people answered before and after"
        )
        course.skip("attrition", f"{why}, so nobody counts as lost.")
        return None
    smallest = {scale: value for scale, value in change.smallest_effect.items() if value} or None
    return course.attempt("attrition", lambda: attrition(
        scores, course.survey.design, scale=list(change.verdicts), smallest_effect=smallest, conf_level=course.asked.conf_level,
    ))  # fmt: skip


def _estimators(course: Course, scores: Scores, primary: str, change: Comparison) -> EstimatorComparison:
    smallest = change.smallest_effect.get(primary) or None
    return compare_estimators(
        scores, course.survey.design, scale=primary, smallest_effect=smallest, conf_level=course.asked.conf_level
    )


def _subgroups(course: Course, scores: Scores, primary: str) -> tuple[SubgroupResult, ...]:
    """Compare the groups that the file declares, on the primary scale."""
    survey, found = course.survey, []
    if not survey.subgroups:
        course.skip("compare_subgroups", "The pilot file declares no groups.")
    for by in survey.subgroups:
        one = course.attempt("compare_subgroups", lambda by=by: compare_subgroups(  # type: ignore[misc]
            scores, survey.design, by=by, scale=primary, declared=True, conf_level=course.asked.conf_level,
            min_n=course.asked.min_n,
        ))  # fmt: skip
        found += [] if one is None else [one]
    return tuple(found)


def _population(course: Course, change: Comparison) -> SpeaksFor:
    """Say whom the answers speak for, where the file names margins of the population."""
    margins = course.pilot.margins
    if margins is None:
        course.skip("margins", "The pilot file names no margins of the population.")
        return SpeaksFor()
    fit = margins.fit(course.survey.questionnaire)
    if fit.reason:
        course.skip("margins", fit.reason)
        return SpeaksFor()
    return speaks_for(change, margins, fit, lambda call: course.attempt("margins", call))


def _incidents(course: Course) -> IncidentReport | None:
    """Hold incidents against field work, where the file tells of both."""
    pilot = course.pilot
    if pilot.incidents is None:
        course.skip("check_incidents", "The pilot file does not say whether anything happened near field work.")
        return None
    if not pilot.field_work:
        course.skip("check_incidents", "The pilot file does not say when field work was.")
        return None
    rows = [{"date": one.date, "what": one.what, "area": one.area} for one in pilot.incidents]
    listed = pd.DataFrame(rows, columns=["date", "what", "area"])
    return course.attempt("check_incidents", lambda: check_incidents(pilot.field_work, listed))


def _sentence(error: TrustmeterError) -> str:
    return " ".join(str(error).split())
