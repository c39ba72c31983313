"""What the evaluation of a pilot holds: one part a questionnaire, each with all its results and what was skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.pilot.estimators.result import EstimatorComparison
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.pilot.file.model import Pilot, Survey
from trustmeter.pilot.incident import IncidentReport
from trustmeter.pilot.missing.loss import AttritionResult
from trustmeter.pilot.protocol import Protocol
from trustmeter.pilot.subgroup import SubgroupResult
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result, plain, printable
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting

STEP_WORDS: Mapping[str, str] = {
    "compare": "whether it changed",
    "reliability": "how consistently the scales measure",
    "check_invariance": "whether both waves measured the same",
    "attrition": "who was lost",
    "compare_estimators": "whether another analysis says otherwise",
    "compare_subgroups": "whether groups differ",
    "check_incidents": "what happened near field work",
    "protocol": "whether the analysis is the one that was promised",
    "margins": "weights from the population's margins",
}
"""The steps of an evaluation, each with the question that it answers."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step that the answers, the design or the file could not give.

    Parameters
    ----------
    step
        The verb, such as ``"attrition"``.
    reason
        Why, in a sentence.
    questionnaire
        Of which questionnaire.
    """

    step: str
    reason: str
    questionnaire: str = ""

    def __str__(self) -> str:
        of = f" ({self.questionnaire})" if self.questionnaire else ""
        return f"Not told{of}: {STEP_WORDS.get(self.step, self.step)}. {self.reason}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class QuestionnaireEvaluation:
    """What a pilot says by one questionnaire.

    Parameters
    ----------
    survey
        What was asked, and how it is compared.
    answers
        All answers that were read or made up.
    change
        The comparison: the answer to the pilot's question.
    quality
        How the questions were answered, by the people who were compared.
    meter
        Internal consistency of the scales compared; ``None`` where it was skipped.
    comparability
        Whether both waves measured the same; ``None`` where it was skipped.
    loss
        Who was lost between linked waves; ``None`` where it was skipped.
    estimators
        What other analyses say of the primary scale; ``None`` where it was skipped.
    subgroups
        One result a grouping that the file declares.
    incidents
        What happened near field work; ``None`` where it was skipped.
    protocol
        What was promised, or ``None``.
    representation
        Who was compared, against who lives there; ``None`` without margins that fit.
    weighting
        Weights that bring each wave of them to the margins; ``None`` where it was skipped.
    beside
        The comparison with and without these weights; ``None`` where it was skipped.
    skipped
        Steps that could not be taken, with reasons.
    """

    survey: Survey
    answers: Responses
    change: Comparison
    quality: QualityReport
    meter: ReliabilityResult | None = None
    comparability: InvarianceResult | None = None
    loss: AttritionResult | None = None
    estimators: EstimatorComparison | None = None
    subgroups: tuple[SubgroupResult, ...] = ()
    incidents: IncidentReport | None = None
    protocol: Protocol | None = None
    representation: Representation | None = None
    weighting: Weighting | None = None
    beside: WeightedBeside | None = None
    skipped: tuple[Skipped, ...] = ()

    @property
    def name(self) -> str:
        """The questionnaire's id."""
        return self.survey.questionnaire.id

    @property
    def primary(self) -> str:
        """The scale by which the pilot is judged: of the protocol, of the file, or the first that is compared."""
        if self.protocol is not None and self.protocol.primary in self.change.verdicts:
            return self.protocol.primary
        declared = self.survey.primary
        return (
            declared if declared is not None and declared in self.change.verdicts else next(iter(self.change.verdicts))
        )

    @property
    def results(self) -> tuple[Result, ...]:
        """All results beside the comparison: ``tm.report(part.change, *part.results, to=...)``."""
        several = (
            self.quality,
            self.meter,
            self.comparability,
            self.loss,
            self.estimators,
            *self.subgroups,
            self.incidents,
            self.representation,
            self.weighting,
            self.beside,
        )
        return tuple(one for one in several if one is not None)

    @property
    def weighted(self) -> Comparison | None:
        """The comparison with weights that meet the population's margins; the declared answer stays `change`."""
        return None if self.beside is None else self.beside.weighted

    @property
    def simulated(self) -> bool:
        """Whether the answers were made up."""
        return self.answers.simulated

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values."""
        return {
            "questionnaire": self.name,
            "primary": self.primary,
            "change": self.change.to_dict(),
            "results": [one.to_dict() for one in self.results],
            "skipped": [{"step": one.step, "reason": one.reason} for one in self.skipped],
        }

    def told(self) -> str:
        """Return its comparison, its comparability and what was skipped as text."""
        parts = [f"{self.survey.questionnaire.title} ({self.name})"]
        parts.append(printable(self._one_row_a_scale()))
        if self.comparability is not None:
            parts += list(self.comparability.sentences.values())
        parts += [str(one) for one in self.skipped]
        return "\n".join(parts)

    def _one_row_a_scale(self) -> pd.DataFrame:
        rows = []
        for scale, verdict in self.change.verdicts.items():
            row = question_row(self.change.table[self.change.table["scale"] == scale])
            told = {name: row[name] for name in ("term", "estimate", "ci_low", "ci_high", "p_adjusted", "n")}
            rows.append({"scale": f"{scale} (primary)" if scale == self.primary else scale, **told, "verdict": verdict})
        return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PilotEvaluation(Result):
    """All that a pilot says, from its file: one part a questionnaire, the main one first.

    Parameters
    ----------
    pilot
        What was evaluated.
    parts
        One a questionnaire.
    skipped
        Steps that could not be taken, of all parts and of the pilot.

    Notes
    -----
    The table holds one row a scale compared, of all parts; ``scale`` reads ``questionnaire/scale``. It is the comparison's own row: the
    effect where there are comparison areas, else the change.
    """

    title: ClassVar[str] = "Pilot"

    pilot: Pilot
    parts: tuple[QuestionnaireEvaluation, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def change(self) -> Comparison:
        """The comparison by the main questionnaire."""
        return self.parts[0].change

    @property
    def results(self) -> tuple[Result, ...]:
        """The other results by the main questionnaire: ``tm.report(evaluation.change, *evaluation.results, to=...)``."""
        return self.parts[0].results

    @property
    def simulated(self) -> bool:
        """Whether any of the answers were made up."""
        return any(part.simulated for part in self.parts)

    def part(self, questionnaire: str) -> QuestionnaireEvaluation:
        """Return the part of one questionnaire."""
        known = {one.name: one for one in self.parts}
        if questionnaire not in known:
            raise DesignError(unknown_word("questionnaire", questionnaire, known, f"the evaluation of {self.pilot.id}"))
        return known[questionnaire]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, all parts with all results included."""
        more = {"pilot": self.pilot.id, "zone": self.pilot.zone, "theme": self.pilot.theme}
        skipped = [
            plain({"step": one.step, "reason": one.reason, "questionnaire": one.questionnaire}) for one in self.skipped
        ]
        return {**super().to_dict(), **more, "parts": [part.to_dict() for part in self.parts], "skipped": skipped}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        own = [str(one) for one in self.skipped if not one.questionnaire]
        return [
            mark,
            f"{self.title} {self.pilot.id}: {self.pilot.title}, {self.pilot.zone}",
            *(part.told() for part in self.parts),
            *own,
            notes,
        ]


def scale_rows(parts: tuple[QuestionnaireEvaluation, ...], zone: str) -> list[dict[str, Any]]:
    """Return one row a scale compared, of all parts."""
    rows = []
    for part in parts:
        table = part.change.table
        for scale in part.change.verdicts:
            row = question_row(table[table["scale"] == scale])
            rows.append({**{str(name): value for name, value in row.items() if name not in {"wave", "group"}},
                         "scale": f"{part.name}/{scale}", "zone": zone})  # fmt: skip
    return rows
