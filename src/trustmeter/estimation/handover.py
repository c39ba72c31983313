"""Answers and their design as a sample of svy, for analyses that are not here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, MissingExtraError
from trustmeter.estimation.drawn import answers_of, drawn_people
from trustmeter.responses.design import Replicates, SurveyDesign
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import replicate_weights
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey.sample import Sample

WHERE = "to_svy"
_LONELY = {"refuse": None, "certainty": "skip", "adjust": "center", "average": "scale"}
_REPLICATE = "design_replicate_"


def to_svy(answers: Scores | Responses) -> Any:
    """Hand answers with their design over to the package svy, as its `Sample`.

    Use it for analyses that are not here: two-phase samples, small areas, other models. Needs the extra ``survey``, which
    brings polars and pyarrow (about 400 MB).

    Parameters
    ----------
    answers
        Responses, or scores made of them (then with a column a scale).

    Returns
    -------
    svy.Sample
        A row a row of the answers, without ids of people and without free text. The design stands in the columns
        ``design_weight``, ``design_stratum``, ``design_cluster``, ``design_population``, ``design_replicate_1``, …

    Raises
    ------
    MissingExtraError
        When svy is not installed.
    DesignError
        When weights meet known margins that svy would not know of: make replicates first.

    Notes
    -----
    What is asked of the sample is another package's answer: groups of few people are not hidden there. Where there are
    replicate weights, ask with ``method="replication"``, and ``variance_center="estimate"`` for those made here.

    References
    ----------
    Lumley, T. (2010). Complex Surveys: A Guide to Analysis Using R. Wiley. doi:10.1002/9780470580066

    Examples
    --------
    ``sample = tm.to_svy(answers)``, then ``sample.estimation.mean("TR01", by="SEX", drop_nulls=True)``.
    """
    responses = answers_of(answers, WHERE)
    design = responses.design or SurveyDesign()
    if design.calibration:
        message = (
            f"The weights meet known margins, of which `{WHERE}` cannot tell svy, so its errors would be too large."
        )
        raise DesignError(f"{message} Hand replicate weights over: `{WHERE}(make_replicates(answers, ...))`.")
    svy, polars = _packages()
    drawn = drawn_people(responses, WHERE).sample
    columns = _columns(answers, responses)
    taken = [name for name in columns if name.startswith("design_")]
    if taken:
        raise DesignError(f"`{WHERE}` writes columns that begin with 'design_', and there is {taken[0]!r}. Rename it.")
    made = _replicated(responses, design.replicates) if design.replicates is not None else _drawn(drawn)
    roles: dict[str, Any] = {"wgt": "design_weight"}
    if design.replicates is not None:
        roles["rep_wgts"] = _kind(svy, design.replicates)
    else:
        names = {"stratum": "design_stratum", "psu": "design_cluster", "pop_size": "design_population"}
        roles |= {role: name for role, name in names.items() if name in made}
        roles |= {"singleton": _LONELY[drawn.lonely]} if _LONELY[drawn.lonely] else {}
    data = polars.DataFrame({**columns, "design_weight": drawn.weights.tolist(), **made}, strict=False)
    return svy.Sample(data, svy.Design(**roles))


def _packages() -> tuple[Any, Any]:
    try:
        import polars
        import svy
    except ImportError as error:
        message = "Handing over to svy needs the packages svy and polars, which are not installed."
        raise MissingExtraError(f'{message} Install them: pip install "trustmeter[survey]".') from error
    return svy, polars


def _columns(answers: Scores | Responses, responses: Responses) -> dict[str, list[Any]]:
    """Return what goes along, as plain values: scales, roles but ids, items but free text."""
    design = responses.design
    replicates = () if design is None or design.replicates is None else design.replicates.columns
    away = {responses.roles.respondent, *replicates}
    away |= {item.id for item in responses.questionnaire.items if item.response_scale.type == "text"}
    frame = responses.frame
    found = {str(name): _plain(frame[name]) for name in frame.columns if name not in away}
    scales = {scale: _plain(answers.frame[scale]) for scale in answers.scales} if isinstance(answers, Scores) else {}
    return {**found, **scales}


def _plain(column: pd.Series[Any]) -> list[Any]:
    missing = column.isna().to_numpy(dtype=bool)
    if pd.api.types.is_integer_dtype(column) or pd.api.types.is_bool_dtype(column):
        return [None if gone else int(value) for value, gone in zip(column, missing, strict=True)]
    make = float if pd.api.types.is_numeric_dtype(column) else str
    return [None if gone else make(value) for value, gone in zip(column, missing, strict=True)]


def _drawn(sample: Sample) -> dict[str, list[Any]]:
    """Return strata, clusters and population, those of which there is something to tell."""
    made: dict[str, list[Any]] = {}
    if len(sample.population) > 1:
        made["design_stratum"] = sample.strata.tolist()
    if len(sample.cluster_strata) < len(sample.weights):
        made["design_cluster"] = sample.clusters.tolist()
    if np.isfinite(sample.population).all():
        made["design_population"] = sample.population[sample.strata].tolist()
    return made


def _replicated(answers: Responses, told: Replicates) -> dict[str, list[Any]]:
    weights = replicate_weights(answers, WHERE)
    each = np.empty((len(answers), 0)) if weights is None else weights
    return {f"{_REPLICATE}{place + 1}": each[:, place].tolist() for place in range(len(told.columns))}


def _kind(svy: Any, told: Replicates) -> Any:
    """Return svy's kind of replicate weights, with our coefficients."""
    each = told.rscales or (1.0,) * len(told.columns)
    common = {"prefix": _REPLICATE, "n_reps": len(told.columns), "rep_coefs": tuple(told.scale * one for one in each),
              "df": None if told.df is None else float(told.df)}  # fmt: skip
    if told.method == "bootstrap":
        return svy.BootstrapWgts(**common)
    if told.method in ("brr", "fay"):
        return svy.BrrWgts(**common)
    return svy.JackknifeWgts(**common, kind=told.method)
