"""Which rows an estimate rests on, and how they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.responses.design import Replicates as Told
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import WHOLE_CLUSTERS, drawn_sample, replicate_weights
from trustmeter.results import told_count
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey.precision import effective_size
from trustmeter.stats.survey.replicates import Replicates, given_replicates
from trustmeter.stats.survey.sample import Sample

FEW_DF = 12
"""With fewer degrees of freedom intervals are said to be rough."""

OFF_SCALE = 2.0
"""A scale of replicates that is so many times the usual one, or one over that, is spoken of."""
_LONELY = {"certainty": "add nothing to the error, as if they had been drawn for sure",
           "adjust": "differ as from the mean of all",
           "average": "add to the error as much as the others do on average"}  # fmt: skip

Floats = NDArray[np.float64]
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
        notes = (*_notes(answers, several), *_lonely_notes(sample, clusters))
        return Drawn(sample, None, False, people, "linearisation", clusters, notes)
    told = design.replicates
    made = given_replicates(
        sample.weights, each, scale=told.scale, rscales=np.array(told.rscales) if told.rscales else None
    )
    made = made if told.df is None else replace(made, df=told.df)
    notes = (*_notes(answers, False), *_scale_notes(told, sample.weights, each))
    return Drawn(sample, made, told.mse, people, f"{told.method} replicates", True, notes)


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
        notes.append(f"The design of the answers was used: {'; '.join(used)}.")
        if design.population is not None and design.clusters is not None:
            notes.append(WHOLE_CLUSTERS)
        if design.calibration:
            notes.append("Standard errors allow for the known margins that the weights meet.")
        if design.narrowed:
            notes.append("Rows were taken away after weighting, so standard errors do not profit from known margins.")
    if several and (design is None or design.clusters is None):
        notes.append("Rows of one person count as one cluster.")
    return tuple(notes)


def _lonely_notes(sample: Sample, clusters: bool) -> tuple[str, ...]:
    """Return by which rule strata with one cluster were counted, and how many these are."""
    alone = int(((sample.stratum_sizes == 1) & (sample.population > 1)).sum())
    if not alone or sample.lonely == "refuse":
        return ()
    told, unit = (str(alone), "cluster") if clusters else (told_count(alone), "row")
    return (f"Strata with one {unit}: {told}. By the rule {sample.lonely!r} they {_LONELY[sample.lonely]}.",)


def _scale_notes(told: Told, weights: Floats, each: Floats) -> tuple[str, ...]:
    """Return a doubt where the scale of replicates is far from what their kind and number have as a rule."""
    scale = told.scale * (float(np.mean(told.rscales)) if told.rscales else 1.0)
    low, high = _usual_scales(told, weights, each)
    off = scale / high if scale > high else low / scale
    if off <= OFF_SCALE:
        return ()
    usual = _figure(low) if _figure(low) == _figure(high) else f"{_figure(low)} to {_figure(high)}"
    what = (
        f"The scale of the {len(told.columns)} replicate weights ({told.method}) is {_figure(scale)}; usual is {usual}"
    )
    size = "large" if scale > high else "small"
    return (f"{what}. If it is wrong, standard errors are {_figure(off**0.5)} times too {size}.",)


def _usual_scales(told: Told, weights: Floats, each: Floats) -> tuple[float, float]:
    """Return the least and the greatest scale that is usual; of Fay's method by how far its weights lie from the sample's."""
    count = len(told.columns)
    if told.method == "jk1":
        return (count - 1) / count, (count - 1) / count
    if told.method == "jkn":
        return 0.5, 1.0
    if told.method == "bootstrap":
        return 1 / count, 1 / (count - 1)
    there = weights > 0
    away = float(np.median(np.abs(each[there] / weights[there, None] - 1))) if told.method == "fay" else 1.0
    usual = 1 / (count * away**2) if away > 0 else told.scale
    return usual, usual


def _figure(number: float) -> str:
    """Return a number with three digits that count, never in powers of ten."""
    return np.format_float_positional(number, precision=3, unique=False, fractional=False, trim="-")
