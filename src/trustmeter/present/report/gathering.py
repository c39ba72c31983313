"""What was handed to `report`, checked: that it belongs together, and what was not handed in is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.estimators.result import EstimatorComparison
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.pilot.evaluation.result import PilotEvaluation, QuestionnaireEvaluation
from trustmeter.pilot.incident import IncidentReport
from trustmeter.pilot.latent.result import LatentChange
from trustmeter.pilot.missing.loss import AttritionResult
from trustmeter.pilot.missing.selection import RegressionToMean
from trustmeter.pilot.planning.result import Plan
from trustmeter.pilot.protocol import Protocol
from trustmeter.pilot.subgroup import SubgroupResult
from trustmeter.present.phrases import Phrases
from trustmeter.present.report.chapters.gate import held
from trustmeter.present.report.chapters.margins.rounding import rounded
from trustmeter.present.report.chapters.material import Material
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult, reliability
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.responses.quality import QualityReport, check_quality
from trustmeter.results import Result
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting

ONE_EACH = (
    Comparison, QualityReport, ReliabilityResult, ItemAnalysis, AttritionResult, EstimatorComparison, IncidentReport,
    RegressionToMean, Plan, Representation, Weighting, WeightedBeside,
)  # fmt: skip
"""Of these a report takes one."""

SEVERAL = (InvarianceResult, SubgroupResult, LatentChange)
"""Of these it takes as many as there are."""

ABOUT_NO_ANSWERS = (IncidentReport, Plan)
"""These rest on no answers, so they cannot be about others."""


Given: TypeAlias = "Result | Protocol | QuestionnaireEvaluation"
"""What a report is made from; an evaluation stands for all that it holds."""


def gathered(handed: Sequence[Given], rule: DisclosureRule | None, phrases: Phrases) -> Material:
    """Return what a report is made from.

    Raises
    ------
    DesignError
        When there is not one comparison, its scores are of no questionnaire or do not run from 0 to 100, or something does not
        belong to it.
    """
    if rule is not None and not isinstance(rule, DisclosureRule):
        raise DesignError(f"The `rule` of `report` is a `DisclosureRule(...)`. Got {type(rule).__name__}.")
    held_to = rule or DisclosureRule()
    given, declared, untold = _unpacked(handed)
    results = [one for one in given if not isinstance(one, Protocol)]
    change = _checked_change(results)
    _refuse_strangers(change, results)
    protocol = _promised(change, [one for one in given if isinstance(one, Protocol)])
    answers = change.scores.answers
    quality = _only(QualityReport, results) or check_quality(answers)
    meter = _only(ReliabilityResult, results) or reliability(answers, scale=list(change.verdicts))
    more = [one for one in results if not isinstance(one, (Comparison, QualityReport, ReliabilityResult))]
    for kind in ONE_EACH:
        _only(kind, more)
    primary = protocol.primary if protocol is not None else declared
    if len(change.verdicts) == 1:
        primary = next(iter(change.verdicts))
    return Material(
        held(change, held_to), held(quality, held_to), held(meter, held_to),
        tuple(rounded(held(one, held_to), change, held_to) for one in more),
        protocol, primary if primary in change.verdicts else "", phrases, held_to, untold,
    )  # fmt: skip


def _unpacked(handed: Sequence[Given]) -> tuple[list[Result | Protocol], str, tuple[str, ...]]:
    """Return the results and protocols, also those inside an evaluation, its declared scale, and what it could not tell."""
    found: list[Result | Protocol] = []
    declared, untold = "", []
    for one in handed:
        part = _part_of(one) if isinstance(one, PilotEvaluation) else one
        if not isinstance(part, QuestionnaireEvaluation):
            found.append(part)
            continue
        found += [part.change, *part.results, *([part.protocol] if part.protocol is not None else [])]
        declared = part.survey.primary or ""
        untold += [str(skipped) for skipped in part.skipped]
    return found, declared, tuple(untold)


def _part_of(evaluation: PilotEvaluation) -> QuestionnaireEvaluation:
    if len(evaluation.parts) != 1:
        message = (
            f"The evaluation given to `report` has {len(evaluation.parts)} questionnaires: write a report for each."
        )
        raise DesignError(f"{message} For example `report(evaluation.part({evaluation.parts[0].name!r}), to=...)`.")
    return evaluation.parts[0]


def _checked_change(results: Sequence[Result]) -> Comparison:
    """Return the one comparison among the results, if a report can tell of it."""
    change: Comparison | None = _only(Comparison, results)
    if change is None:
        given = ", ".join(type(result).__name__ for result in results) or "nothing"
        raise DesignError(f"`report` needs one comparison, from `compare(...)`, as its first argument. Got {given}.")
    if not change.scores.answers.questionnaire.items:
        message = "A report tells of questions and of how they were answered, and these scores were read without any."
        raise DesignError(
            f"{message} Read the answers with `read_responses`, or use `to_table`, `plot` and `.summary()`."
        )
    if change.scores.method != "pomp":
        message = "A report tells everything in points from 0 to 100, and these scores are"
        raise DesignError(f"{message} {change.scores.method}s. Score with `score(answers)`, whose method is 'pomp'.")
    return change


def _refuse_strangers(change: Comparison, results: Sequence[Result]) -> None:
    """Refuse results that would be left out in silence, or that are about something else."""
    for result in results:
        name = type(result).__name__
        if not isinstance(result, (*ONE_EACH, *SEVERAL)):
            raise DesignError(f"A report has no place for a result of type {name}. Leave it out.")
        if isinstance(result, ABOUT_NO_ANSWERS):
            continue
        if result.provenance.fingerprint != change.provenance.fingerprint:
            raise DesignError(f"The {name} given to `report` is about another questionnaire than the comparison.")
        same_file = result.provenance.source == change.provenance.source and _as_made_up(result, change)
        if not same_file or (
            isinstance(result, (QualityReport, Representation, Weighting))
            and result.provenance.rows_used < len(change.scores)
        ):
            raise DesignError(f"The {name} given to `report` is about other answers than the comparison.")
        if getattr(result, "design", change.design) != change.design:
            raise DesignError(f"The {name} given to `report` is about another design than the comparison.")


def _as_made_up(result: Result, change: Comparison) -> bool:
    """Tell whether a result is as made up as the comparison; of weighting, made-up margins of real answers are let pass."""
    weighted = isinstance(result, (Representation, Weighting, WeightedBeside))
    return result.simulated == change.simulated or (weighted and result.simulated)


def _promised(change: Comparison, protocols: Sequence[Protocol]) -> Protocol | None:
    """Return the protocol, if the comparison was held to it."""
    if len(protocols) > 1:
        raise DesignError(f"`report` takes one protocol. Got {len(protocols)}.")
    if not protocols:
        return None
    if change.provenance.options.get("protocol") != protocols[0].sha256:
        message = "The protocol given to `report` is not the one that the comparison was held to."
        raise DesignError(f"{message} Run `compare(..., protocol=...)` with it first.")
    return protocols[0]


def _only(kind: type[Any], results: Sequence[Result]) -> Any:
    found = [result for result in results if isinstance(result, kind)]
    if len(found) > 1:
        raise DesignError(f"`report` takes one {kind.__name__}. Got {len(found)}: write a report for each.")
    return found[0] if found else None
