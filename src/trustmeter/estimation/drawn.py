"""Which rows an estimate rests on, and how they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import drawn_sample, replicate_weights
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey.precision import effective_size
from trustmeter.stats.survey.replicates import Replicates, given_replicates
from trustmeter.stats.survey.sample import Sample

FEW_DF = 12
"""With fewer degrees of freedom intervals are said to be rough."""

Rows = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """How the n rows of answers were drawn.

    Parameters
    ----------
    sample
        As strata and clusters; of replicate weights only its weights are used.
    replicates
        Replicate weights, where the design has some.
    mse
        Whether replicates are held against the estimate of the whole sample.
    people
        Shape (n,): which rows are of one person.
    how
        How errors are found: ``"linearisation"``, or by which replicates.
    clusters
        Whether rows came in clusters: those of the design, or several rows of one person.
    notes
        What of the design was used.
    """

    sample: Sample
    replicates: Replicates | None
    mse: bool
    people: NDArray[np.intp]
    how: str
    clusters: bool
    notes: tuple[str, ...]

    def persons(self, rows: Rows) -> int:
        """Return how many people the rows are of."""
        return len(np.unique(self.people[rows]))

    def effective(self, rows: Rows) -> float:
        """Return Kish's effective number of rows."""
        return effective_size(self.sample.weights[rows])

    def check_people(self, rows: Rows, what: str, where: str) -> None:
        """Refuse what rests on fewer than ten people, or where few rows carry nearly all the weight."""
        if self.persons(rows) < FEWEST_PEOPLE:
            message = f"`{where}` estimates nothing about fewer than {FEWEST_PEOPLE} people, and fewer have {what}."
            raise EstimationError(f"{message} Choose variables that more people answered.")
        if self.effective(rows) < FEWEST_PEOPLE:
            message = (
                f"Weights differ so much in `{where}` that all rows tell as much as fewer than {FEWEST_PEOPLE} people"
            )
            raise EstimationError(f"{message} (Kish). Trim the weights.")

    def ground_notes(self, rows: Rows, design_df: int) -> list[str]:
        """Return what must be said of the clusters that the rows lie in."""
        if self.replicates is not None:
            ground = f"The standard errors rest on {len(self.replicates.rscales)} replicates"
        elif self.clusters:
            ground = f"The standard errors rest on {len(np.unique(self.sample.clusters[rows]))} clusters"
        else:
            return []
        rough = "; with so few, intervals and tests are rough" if design_df < FEW_DF else ""
        return [f"{ground} ({design_df} degrees of freedom){rough}."]


def answers_of(scores: Scores | Responses, where: str) -> Responses:
    """Return the answers behind scores, or the answers themselves; refuse anything else."""
    if isinstance(scores, Scores):
        return scores.answers
    if isinstance(scores, Responses):
        return scores
    message = f"`{where}` takes scores or responses. Got {type(scores).__name__}."
    if isinstance(getattr(scores, "answers", None), Responses):
        raise DesignError(f"{message} Pass its `answers`.")
    raise DesignError(f"{message} Read answers with `read_responses`, scores with `read_scores`.")


def drawn_people(answers: Responses, where: str) -> Drawn:
    """Return how the rows of answers were drawn; where no clusters are named, the rows of one person are one.

    Raises
    ------
    DesignError
        When a weight, stratum, cluster or replicate weight of a row is missing or makes no sense.
    """
    design = answers.design or SurveyDesign()
    people, several = _people(answers)
    sample = drawn_sample(answers, where, people=people if several else None)
    each = replicate_weights(answers, where)
    if design.replicates is None or each is None:
        clusters = design.clusters is not None or several
        return Drawn(sample, None, False, people, "linearisation", clusters, _notes(answers, several))
    told = design.replicates
    made = given_replicates(
        sample.weights, each, scale=told.scale, rscales=np.array(told.rscales) if told.rscales else None
    )
    made = made if told.df is None else replace(made, df=told.df)
    return Drawn(sample, made, told.mse, people, f"{told.method} replicates", True, _notes(answers, False))


def rows_of_wave(answers: Responses, wave: str | None, used: Sequence[str], where: str) -> Rows:
    """Return which rows count: of one wave, or all where the wave is among the variables.

    Raises
    ------
    DesignError
        When the wave is unknown, or there are several and none was chosen.
    """
    everybody = np.ones(len(answers), dtype=bool)
    column = answers.roles.wave
    if column is None:
        if wave is not None:
            raise DesignError(f"`{where}` knows no waves here: no column has that role. Choose the rows beforehand.")
        return everybody
    waves = row_labels(answers.frame[column])
    known = in_natural_order([str(name) for name in waves.dropna().unique()])
    if wave is None:
        if len(known) > 1 and column not in used:
            message = f"There are {len(known)} waves, and `{where}` does not mix them without being told."
            raise DesignError(f"{message} Name one (`wave={known[-1]!r}`), or take {column!r} among the variables.")
        return everybody
    if wave not in known:
        raise DesignError(unknown_word("wave", wave, known, f"`{where}`"))
    return np.asarray((waves == wave).fillna(False), dtype=bool)


def _people(answers: Responses) -> tuple[NDArray[np.intp], bool]:
    """Return each row's person, and whether somebody has several rows; who is unknown has a row alone."""
    n = len(answers)
    if answers.roles.respondent is None:
        return np.arange(n), False
    codes, names = pd.factorize(answers.frame[answers.roles.respondent])
    alone = codes < 0
    codes[alone] = len(names) + np.arange(int(alone.sum()))
    return np.asarray(codes, dtype=np.intp), len(np.unique(codes)) < n


def _notes(answers: Responses, several: bool) -> tuple[str, ...]:
    design = answers.design
    notes = []
    if design is None or not design.columns:
        notes.append("The answers have no design: each row counts once, as if all had been drawn by chance.")
    else:
        used = [f"{name} {column!r}" for name in ("weights", "strata", "clusters", "population")
                if (column := getattr(design, name)) is not None]  # fmt: skip
        if design.replicates is not None:
            used.append(f"{len(design.replicates.columns)} replicate weights")
        notes.append(f"The design of the answers was used: {', '.join(used)}.")
        if design.calibration:
            notes.append("Standard errors allow for the known margins that the weights meet.")
        if design.narrowed:
            notes.append("Rows were taken away after weighting, so standard errors do not profit from known margins.")
    if several and (design is None or design.clusters is None):
        notes.append("Rows of one person count as one cluster.")
    return tuple(notes)
