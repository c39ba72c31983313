"""Which rows stand for how many people, and which were drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, unknown_word
from trustmeter.responses.design import Calibration, SurveyDesign
from trustmeter.responses.model import Responses
from trustmeter.results import told_count
from trustmeter.stats.survey.projection import Projection, on_margins, on_variables
from trustmeter.stats.survey.sample import Sample, sample_of

RowValues: TypeAlias = "str | pd.Series[Any] | NDArray[Any] | Sequence[Any]"
"""One value a row: the name of a column of Responses, or of a plain frame a Series of its index or values in order."""


WHOLE_CLUSTERS = (
    "The finite population counts clusters, which is right only if everybody in a drawn cluster was asked. Where only some"
    " were, standard errors are too small: leave `population` out of the design."
)
_CLUSTERING = ("clusters", "replicates")
_PARTS = ("weights", "strata", "clusters", "population", "calibration", "replicates")


def row_weights(answers: object, weights: RowValues | None, where: str) -> NDArray[np.float64] | None:
    """Return a weight a row, or ``None``; those of the design of the answers where the call names none.

    Raises
    ------
    DesignError
        When there is not one finite number of at least 0 for each row, or all are 0.
    """
    weights = weights if weights is not None else _designed(answers, "weights")
    if weights is None:
        return None
    column = _column(answers, weights, "weights", where)
    try:
        values = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        message = f"The `weights` of `{where}` must be numbers. Got {column.dtype}."
        raise DesignError(f"{message} Name the column of weights, or leave it out to count each row once.") from None
    wrong = int(np.sum(~(np.isfinite(values) & (values >= 0))))
    if wrong or not values.sum() > 0:
        found = f"{told_count(wrong)} that are missing, negative or infinite" if wrong else "only zeros"
        message = f"The `weights` of `{where}` must be finite numbers of at least 0, one a row. Got {found}."
        raise DesignError(f"{message} Leave rows without a weight out first.")
    return values


def row_clusters(answers: object, clusters: RowValues | None, where: str) -> NDArray[np.intp] | None:
    """Return a code 0, 1, … of each row's cluster, or ``None``; those of the design where the call names none.

    Clusters of a design with strata may bear the same names in several strata: they are told apart.

    Raises
    ------
    DesignError
        When a row has no cluster, or all rows are in one.
    """
    within = None
    if clusters is None:
        clusters, within = _designed(answers, "clusters"), _designed(answers, "strata")
    if clusters is None:
        return None
    codes, names = pd.factorize(_column(answers, clusters, "clusters", where))
    if within is not None:
        strata, _ = pd.factorize(_column(answers, within, "strata", where))
        both = np.where((codes < 0) | (strata < 0), -1, codes * (int(strata.max()) + 1) + strata)
        codes, names = pd.factorize(pd.Series(both).mask(both < 0))
    if (codes < 0).any():
        missing = told_count(int((codes < 0).sum()))
        raise DesignError(f"`{where}` needs to know the cluster of each row, and {missing} rows have none.")
    if len(names) < 2:
        message = f"`{where}` needs at least two clusters; with one nothing tells how much clusters differ."
        raise DesignError(f"{message} Leave `clusters` out if rows were drawn one by one.")
    return np.asarray(codes, dtype=np.intp)


def drawn_sample(answers: Responses, where: str, *, people: NDArray[np.intp] | None = None) -> Sample:
    """Return how the rows of answers were drawn, as arrays; rows drawn one by one, of weight one, without a design.

    Where no clusters are named, the rows of one person (`people`, shape (n,)) are a cluster.

    Raises
    ------
    DesignError
        When a weight, stratum or cluster of a row is missing or makes no sense, or steps of weighting are of other answers.
    """
    design = answers.design or SurveyDesign()
    named = row_weights(answers, None, where)
    weights = np.ones(len(answers)) if named is None else named
    design.check_rows(weights, where)
    strata = _codes(answers, design.strata, "strata", where)
    clusters = _codes(answers, design.clusters, "clusters", where)
    return sample_of(
        weights,
        strata=strata,
        clusters=people if clusters is None else clusters,
        population=_numbers(answers, design.population, "population", where),
        lonely=design.lonely_psu,
        calibration=[_projection(step) for step in design.calibration],
    )


def replicate_weights(answers: Responses, where: str) -> NDArray[np.float64] | None:
    """Return the replicate weights of the design, shape (n, R), or ``None`` where it has none."""
    design = answers.design
    if design is None or design.replicates is None:
        return None
    columns = [_numbers(answers, name, "replicates", where) for name in design.replicates.columns]
    return np.column_stack([column for column in columns if column is not None])


def _projection(step: Calibration) -> Projection:
    if step.auxiliaries is not None:
        return on_variables(step.auxiliaries, step.before)
    metric = np.ones(len(step.before)) if step.kind == "rake" else step.before
    return on_margins(step.categories, metric, before=step.before)


def _codes(answers: Responses, name: str | None, role: str, where: str) -> NDArray[np.intp] | None:
    if name is None:
        return None
    codes, _ = pd.factorize(_column(answers, name, role, where))
    if (codes < 0).any():
        message = (
            f"`{where}` needs to know the {role} of each row, and {told_count(int((codes < 0).sum()))} rows have none"
        )
        raise DesignError(f"{message} in {name!r}. Leave them out first, or give them one of their own.")
    return np.asarray(codes, dtype=np.intp)


def _numbers(answers: Responses, name: str | None, role: str, where: str) -> NDArray[np.float64] | None:
    if name is None:
        return None
    column = _column(answers, name, role, where)
    try:
        values = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        values = np.full(len(column), np.nan)
    wrong = int(np.sum(~(np.isfinite(values) & (values >= 0))))
    if wrong:
        message = f"`{where}` needs a number of at least 0 of the column {name!r} ({role}) in each row"
        raise DesignError(
            f"{message}, and {told_count(wrong)} rows have none. Leave them out first, or mend the column."
        )
    return np.asarray(values, dtype=float)


def design_notes(
    answers: object,
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
    *,
    parts: Sequence[str] = ("weights", "clusters"),
) -> tuple[str, ...]:
    """Return what a verb must say of the design of the answers: what of it was used, and what was not.

    Empty where the answers have no design, or the call named both weights and clusters itself. `parts` are those that
    the verb can use: of ``weights strata clusters population calibration replicates``.
    """
    design = getattr(answers, "design", None)
    if design is None or (weights is not None and clusters is not None):
        return ()
    given = {"weights": weights, "clusters": clusters}
    there = [name for name in _PARTS if getattr(design, name) and given.get(name) is None]
    used = [_part(design, name) for name in there if name in parts]
    lost, idle = (
        [_part(design, name) for name in there if name not in parts and (name in _CLUSTERING) is clustering]
        for clustering in (True, False)
    )
    told = [f"The design of the answers was used: {'; '.join(used)}."] if used else []
    if "weights" in there and "weights" not in parts:
        told.append("The design of the answers was not used: each row counts once, drawn by itself.")
        idle = []
    told += [f"Not used of the design, so that standard errors {so}: {'; '.join(listed)}."
             for so, listed in (("may be too small", lost), ("are as a rule too large", idle)) if listed]  # fmt: skip
    if {"population", "clusters"} <= {*there, *(name for name, value in given.items() if value is not None)} & {*parts}:
        told.append(WHOLE_CLUSTERS)
    if design.narrowed:
        told.append(
            "Rows were taken away after weighting, so that standard errors do not know of the margins that were met."
        )
    return tuple(told)


def _part(design: SurveyDesign, name: str) -> str:
    if name == "calibration":
        return f"the margins that the weights meet ({', '.join(name for step in design.calibration for name in step.margins)})"
    if name == "replicates" and design.replicates is not None:
        return f"{len(design.replicates.columns)} replicate weights"
    return f"{name} {getattr(design, name)!r}"


def _designed(answers: object, name: str) -> str | None:
    design = getattr(answers, "design", None)
    return None if design is None else getattr(design, name)


def _column(answers: object, given: RowValues, name: str, where: str) -> pd.Series[Any]:
    if isinstance(answers, Responses):
        if not isinstance(given, str):
            message = f"The `{name}` argument of `{where}` must be the name of a column that was read with the answers."
            raise DesignError(f"{message} Got {type(given).__name__}. Use `read_responses(..., keep=...)`.")
        known = answers.roles.columns
        if given not in known:
            raise DesignError(unknown_word(f"`{name}` column", given, known, f"`{where}`"))
        return answers.frame[given]
    rows = answers if isinstance(answers, (pd.DataFrame, np.ndarray, Sequence)) else []
    if isinstance(given, str):
        message = f"The `{name}` argument of `{where}` must hold one value a row when items are a plain frame."
        raise DesignError(f"{message} Got the text {given!r}. Pass the column itself, and the items without it.")
    if isinstance(given, pd.Series) and isinstance(rows, pd.DataFrame):
        if len(given) != len(rows) or not given.index.equals(rows.index):
            message = f"The `{name}` of `{where}` do not line up with the items: {len(given)} values, {len(rows)} rows"
            raise DesignError(f"{message}, or another index. Take both from one frame.")
        return given
    column = given if isinstance(given, pd.Series) else pd.Series(np.asarray(given).ravel())
    if len(column) != len(rows):
        raise DesignError(
            f"`{where}` needs one value of `{name}` a row. Got {len(column)} values for {len(rows)} rows."
        )
    return column
