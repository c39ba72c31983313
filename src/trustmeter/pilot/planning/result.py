"""What a plan says: what can be detected, by whom, and under which assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import FamilyAdjustment, ScoreMethod
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.protocol import Protocol, write_protocol
from trustmeter.results import Result, plain, printable

if TYPE_CHECKING:
    from trustmeter.questionnaire.model import Questionnaire


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Plan(Result):
    """What a design can tell with so many people.

    Parameters
    ----------
    design
        What will be compared.
    n
        People a zone or area (`plan` says which count).
    areas
        Areas with and without the pilot; clusters and 0; 1 and 0.
    people
        All people that the change or effect will rest on.
    sentence
        The plan in one sentence.
    curve
        One row a true change and number of people: ``n change power increase no_relevant_change ci_low ci_high``; the limits
        are the power's range under `pilot_data`, or its Monte-Carlo interval.
    smallest_effect
        In points, or ``None``.
    power
        Wanted.
    conf_level
        Of intervals and, as one minus it, of tests.
    assumed
        What the numbers rest on, by name.
    """

    title: ClassVar[str] = "Plan"

    design: PilotDesign
    n: int
    areas: tuple[int, int]
    people: int
    sentence: str
    curve: pd.DataFrame
    smallest_effect: float | None
    power: float
    conf_level: float
    assumed: Mapping[str, Any] = field(default_factory=dict)

    def value(self, term: str) -> float:
        """Return the estimate of one term, such as ``"detectable_change"``."""
        rows = self.table["term"] == term
        if not rows.any() or term == "power":
            raise DesignError(
                f"This plan has no single term {term!r}. Its terms: {', '.join(dict.fromkeys(self.table['term']))}."
            )
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, sentence and curve included."""
        curve = [{str(name): plain(value) for name, value in row.items()} for row in self.curve.to_dict("records")]
        return {**super().to_dict(), "sentence": self.sentence, "curve": curve, "assumed": plain(self.assumed)}

    def to_protocol(
        self,
        path: str | Path | None = None,
        *,
        title: str,
        date: str,
        scales: str | Sequence[str],
        primary: str | None = None,
        hypotheses: str | Sequence[str] = (),
        smallest_effect: float | Mapping[str, float] | None = None,
        adjustment: FamilyAdjustment = "holm",
        min_n: int = 10,
        score_method: ScoreMethod = "pomp",
        questionnaire: Questionnaire | None = None,
        seed: int = 0,
    ) -> Protocol:
        """Freeze this plan as the protocol of the analysis, before there are answers.

        Parameters
        ----------
        path
            A ``.yaml`` file to write, with a readable page (``.md``) beside it; ``None`` writes nothing.
        title
            What the pilot is about.
        date
            The day on which this is promised, ``"2026-01-31"``; never taken from the clock.
        scales
            The scales that will be compared, as many as were planned for.
        primary
            The scale that the pilot is judged by; may be left out where there is one.
        hypotheses
            What is expected, in sentences.
        smallest_effect
            In points, of all scales or one a scale; default: the plan's.
        adjustment, min_n
            As in `compare`.
        score_method
            As in `score`; the plan's points are points of this method.
        questionnaire
            What will be asked, so that a changed wording is noticed; not needed where the plan has it.
        seed
            As in `compare`: for assignments and other things that are drawn.

        Returns
        -------
        Protocol

        Raises
        ------
        DesignError
            When something is missing or contradicts the plan.
        """
        named = (scales,) if isinstance(scales, str) else tuple(scales)
        planned = int(self.assumed.get("scales", 1))
        if len(named) != planned:
            message = (
                f"This plan is for {planned} scale{'s' if planned > 1 else ''}, and the protocol names {len(named)}."
            )
            raise DesignError(f"{message} Plan again with `scales={len(named)}`: more scales need more people.")
        smallest = self.smallest_effect if smallest_effect is None else smallest_effect
        by_scale = (
            dict(smallest) if isinstance(smallest, Mapping) else dict.fromkeys(named, smallest) if smallest else {}
        )
        asked, fingerprint = self.provenance.questionnaire, self.provenance.fingerprint
        if questionnaire is not None:
            asked, fingerprint = f"{questionnaire.id} {questionnaire.version}", questionnaire.fingerprint
        made = Protocol(
            title=title, date=date, design=self.design, scales=named, primary=primary or (named[0] if len(named) == 1 else ""),
            hypotheses=(hypotheses,) if isinstance(hypotheses, str) else tuple(hypotheses), smallest_effect=by_scale,
            adjustment=adjustment, conf_level=self.conf_level, min_n=min_n, n=self.n, areas=self.areas, people=self.people,
            plan=self.sentence, assumptions={name: float(value) for name, value in self.assumed.items() if value is not None},
            questionnaire=asked, fingerprint=fingerprint, package_version=self.provenance.package_version, score_method=score_method,
            seed=seed,
        )  # fmt: skip
        if path is not None:
            write_protocol(made, path)
        return made

    def _summary_parts(self) -> list[str]:
        mark, head, _, notes = super()._summary_parts()
        short = self.table[self.table["term"] != "power"]
        return [mark, head, self.sentence, printable(short), self._curve_text(), notes]

    def _curve_text(self) -> str:
        mine = self.curve[self.curve["n"] == self.n].drop(columns="n")
        return "Power by true change:\n" + printable(mine.astype(float))
