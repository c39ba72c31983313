"""All scales asked for: their rows, the notes that must travel, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import (
    IntervalMethod,
    MomentsRule,
    ReliabilityTerm,
    check_conf_level,
    check_option,
    check_seed,
    check_whole,
    names_of,
)  # fmt: skip
from trustmeter.psychometrics.consistency.coefficient import coefficient_rows, hidden_rows, is_dichotomous
from trustmeter.psychometrics.consistency.ordered import is_ordered
from trustmeter.psychometrics.consistency.sample import Request, Row
from trustmeter.psychometrics.matrix import ItemMatrix, item_matrices
from trustmeter.psychometrics.remark import assumption, data_remarks, gathered, left_out_remark
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import RowValues, design_notes
from trustmeter.results import Provenance, vocabulary_frame
from trustmeter.stats.exploration.extraction import degrees_of_freedom

ENOUGH_FOR_ADF = 500
"""With fewer people ADF intervals of skewed answers are a little too narrow; leaving people out in turn is not."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a verb of consistency.

    Parameters
    ----------
    where
        The verb's name.
    answers, scale, weights, clusters
        As of `trustmeter.reliability`.
    request
        The rest of it.
    applicable_only
        Whether coefficients that do not suit the items are left out, as of ``coefficients="all"``.
    """

    where: str
    answers: object
    scale: str | Sequence[str] | None
    weights: RowValues | None
    clusters: RowValues | None
    request: Request
    applicable_only: bool = False


def terms_of(coefficients: str | Iterable[str] | None, default: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Return the coefficients asked for; ``"all"`` is all of them."""
    if coefficients is None:
        return default
    if isinstance(coefficients, str) and coefficients == "all":
        return get_args(ReliabilityTerm)
    named = names_of("coefficients", coefficients, where)
    for one in named:
        check_option("coefficients", one, ReliabilityTerm, where)
    return named


def estimated(call: Call) -> dict[str, Any]:
    """Return table, notes and provenance of all scales asked for."""
    _check(call)
    request, where = call.request, call.where
    matrices = item_matrices(
        call.answers,
        call.scale,
        request.missing,
        where,
        weights=call.weights,
        clusters=call.clusters,
        mixed=False,
        designed=True,
    )
    for matrix in matrices:
        _check_waves(matrix, where)
    alone = not isinstance(call.answers, Responses) or isinstance(call.scale, str)
    rows: list[Row] = []
    remarks: list[tuple[str, str]] = []
    for matrix in matrices:
        wanted = _applicable(matrix, request) if call.applicable_only else request
        found, said = _scale_rows(matrix, wanted, alone, where)
        rows += found
        remarks += [(matrix.scale, text) for text in said]
    notes = [*gathered(remarks, len(matrices)), *left_out_remark(matrices), assumption(call.answers, rows)]
    notes += design_notes(call.answers, call.weights, call.clusters, parts=_parts(matrices, request))
    return {
        "table": vocabulary_frame(rows),
        "notes": tuple(note for note in notes if note),
        "provenance": _provenance(call, matrices),
    }


def _check(call: Call) -> None:
    request, where = call.request, call.where
    check_conf_level(request.conf_level, where)
    check_option("interval", request.interval, IntervalMethod, where)
    check_option("missing", request.missing, MomentsRule, where)
    check_seed(request.seed, where)
    check_whole("factors", request.factors, 2, where)
    if request.missing == "fiml" and request.interval in {"bootstrap", "percentile", "jackknife"}:
        message = f"`{where}` resamples complete rows only; `missing='fiml'` goes with `interval='adf'`."
        raise DesignError(f"{message} Got {request.interval!r}.")
    designed = getattr(call.answers, "design", None) is not None
    if request.missing == "pairwise" and (call.weights is not None or call.clusters is not None or designed):
        message = f"`{where}` gives no intervals from pairs, so that weights and clusters would be lost."
        raise DesignError(f"{message} Use `missing='listwise'` or `'fiml'` with them.")


def _check_waves(matrix: ItemMatrix, where: str) -> None:
    """Refuse several waves where holes are to be filled by what one normal distribution expects."""
    if matrix.missing == "fiml" and matrix.waves is not None and len(np.unique(matrix.waves[matrix.used])) > 1:
        message = f"`{where}` with `missing='fiml'` takes one wave; people change between several."
        raise DesignError(f"{message} Choose a wave with `answers.select(...)`, or use `missing='listwise'`.")


def _applicable(matrix: ItemMatrix, request: Request) -> Request:
    """Leave out what does not suit the items: KR of more than two categories, ordinal ones of many, too many factors."""
    left_out: set[str] = set()
    if matrix.obstacle():
        return request
    if not is_dichotomous(matrix):
        left_out |= {"kr20", "kr21"}
    if not is_ordered(matrix) or request.missing != "listwise":
        left_out |= {"alpha_ordinal", "omega_categorical"}
    if degrees_of_freedom(len(matrix.items), request.factors) <= 0:
        left_out.add("omega_hierarchical")
    if request.missing == "pairwise":
        left_out |= {"omega_total", "omega_total_observed", "omega_hierarchical", "split_half", "kr21"}
    return replace(request, terms=tuple(term for term in request.terms if term not in left_out))


def _scale_rows(matrix: ItemMatrix, request: Request, alone: bool, where: str) -> tuple[list[Row], list[str]]:
    """Return a scale's rows and remarks; raise where a scale that stands alone cannot be estimated."""
    obstacle = matrix.obstacle()
    name = f" of scale {matrix.scale!r}" if matrix.scale else ""
    if obstacle:
        if alone:
            raise EstimationError(f"`{where}`{name} cannot be estimated: {obstacle}.")
        return hidden_rows(matrix, request), [f"not estimated: {obstacle}."]
    rows, remarks = coefficient_rows(matrix, replace(request, interval=interval_for(matrix, request)))
    if alone and all(np.isnan(one["estimate"]) for one in rows):
        reason = next((text for text in remarks if text.startswith("no ")), "it needs complete rows.")
        raise EstimationError(f"`{where}`{name} cannot be estimated: {reason}")
    return rows, remarks + data_remarks(matrix)


def _parts(matrices: Sequence[ItemMatrix], request: Request) -> tuple[str, ...]:
    """Return the parts of a design that the errors know of: all, where they are linearised."""
    linear = any(one.given_sample is not None and interval_for(one, request) == "adf" for one in matrices)
    return ("weights", "clusters", *(("strata", "population", "calibration") if linear else ()))


def interval_for(matrix: ItemMatrix, request: Request) -> IntervalMethod:
    """Return how intervals are made when that is left open: what simulation shows to cover at the scale's size."""
    if request.interval != "auto":
        return request.interval
    if matrix.given_sample is not None:
        return "adf"
    return "jackknife" if matrix.persons < ENOUGH_FOR_ADF and request.missing == "listwise" else "adf"


def _provenance(call: Call, matrices: Sequence[ItemMatrix]) -> Provenance:
    request = call.request
    options = {
        "scale": call.scale, "coefficients": request.terms, "conf_level": request.conf_level,
        "interval": request.interval, "missing": request.missing,
        "seed": request.seed if isinstance(request.seed, int) else None,
        "weights": _told(call.weights), "clusters": _told(call.clusters),
    }  # fmt: skip
    left_out = {
        f"{matrix.scale}: unanswered items" if matrix.scale else "unanswered items": len(matrix.values) - matrix.n
        for matrix in matrices
        if matrix.n < len(matrix.values)
    }
    answers = call.answers
    ground = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    return ground.narrowed(left_out, rows_used=max(matrix.n for matrix in matrices))


def _told(given: RowValues | None) -> str | None:
    """Return the name of a column, or that values were given: these are never repeated."""
    if given is None or isinstance(given, str):
        return given
    return str(given.name) if isinstance(given, pd.Series) and given.name is not None else "given"
