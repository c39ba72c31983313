"""The answers that a factor model is fitted to: which items, which rows, weights, who belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, did_you_mean
from trustmeter.options import FEWEST_PEOPLE, FactorEstimator, HoleRule
from trustmeter.psychometrics.matrix import Floats, Items, item_matrices
from trustmeter.psychometrics.remark import FEW_CLUSTERS, turned_remark
from trustmeter.psychometrics.structure.measurement import Layout, layout_of
from trustmeter.psychometrics.structure.model_text import MEASURES, Statement, parse_model
from trustmeter.psychometrics.suspect import suspect_codes
from trustmeter.questionnaire.model import Scale
from trustmeter.responses.keying import keyed_items, scales_read
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import design_notes, row_clusters
from trustmeter.results import told_count
from trustmeter.stats.consistency.moments import effective_size

Integers = NDArray[np.intp]

MOST_CATEGORIES = 7
"""Whole answers of up to this many values are taken as ordered categories."""

_ORDERED = ("wlsmv", "ulsmv")

FACTOR = "factor"
"""The name of the only factor of a plain frame."""


@dataclass(frozen=True, eq=False, repr=False)
class ModelData:
    """The rows that count.

    Parameters
    ----------
    layout
        Factors, items, statements.
    x
        Shape (n, k): the answers, not numbers where missing.
    weights
        Shape (n,), with mean 1; or ``None``.
    clusters
        Shape (n,): codes 0, 1, … of rows that belong together; or ``None``.
    left_out, rows
        How many rows were left out, of how many.
    waves
        How many waves the rows come from.
    notes
        What is to be said of them.
    """

    layout: Layout
    x: Floats
    weights: Floats | None
    clusters: Integers | None
    left_out: int
    rows: int
    waves: int
    notes: tuple[str, ...]

    @property
    def categories(self) -> bool:
        """Whether all items are whole numbers with few values."""
        return all(_few(column[~np.isnan(column)]) for column in self.x.T)

    @cached_property
    def values(self) -> list[Floats]:
        """The values of each item that somebody gave, in order."""
        return [np.unique(column[~np.isnan(column)]) for column in self.x.T]


def _few(column: Floats) -> bool:
    found = np.unique(column)
    return len(found) <= MOST_CATEGORIES and bool((found == np.round(found)).all())


def statements_of(
    answers: object, model: str | None, scale: str | None, higher_order: bool, where: str
) -> tuple[Statement, ...]:
    """Return what a model says: the text's statements, or those that follow from a scale, or one factor of all columns."""
    if model is not None:
        if scale is not None or higher_order:
            word = "scale" if scale is not None else "higher_order"
            raise DesignError(
                f"`{where}` got both `model` and `{word}`. Give the model as text, or let the scale make it."
            )
        return parse_model(model, where)
    if isinstance(answers, Responses):
        return _of_scale(answers, scale, higher_order, where)
    if scale is not None or higher_order:
        raise DesignError(
            f"The `{'scale' if scale else 'higher_order'}` argument of `{where}` belongs to Responses. Give `model` instead."
        )
    names = item_matrices(answers, None, "listwise", where, mixed=False)[0].items
    return tuple(Statement(FACTOR, MEASURES, name, line=1) for name in names)


def _of_scale(answers: Responses, scale: str | None, higher_order: bool, where: str) -> tuple[Statement, ...]:
    chosen = _scale(answers, scale, where)
    read = set(answers.item_ids)
    parts = [one for one in answers.questionnaire.dimensions(chosen.id) if read.intersection(one.items)]
    if higher_order and len(parts) < 3:
        message = (
            f"A higher factor needs at least three factors below it; scale {chosen.id!r} has {len(parts)} dimensions."
        )
        raise DesignError(f"{message} Leave `higher_order` out.")
    found = [
        Statement(one.id, MEASURES, item, line=number)
        for number, one in enumerate(parts or [chosen], start=1)
        for item in one.items
        if item in read
    ]
    above = [Statement(chosen.id, MEASURES, one.id, line=len(parts) + 1) for one in parts] if higher_order else []
    return (*found, *above)


def _scale(answers: Responses, scale: str | None, where: str) -> Scale:
    """Return the scale asked for, or the only one that stands above the others."""
    there = scales_read(answers, scale, where)[0]
    if scale is not None:
        return there[0]
    above = [one for one in there if one.parent is None or one.parent not in {other.id for other in there}]
    if len(above) > 1:
        listed = ", ".join(repr(one.id) for one in above)
        raise DesignError(
            f"`{where}` fits one scale at a time; the answers have {listed}. Name one: `scale={above[0].id!r}`."
        )
    return above[0]


def rows_of_model(
    answers: Responses | Items, statements: Sequence[Statement], *, missing: HoleRule, weights: Any, clusters: Any, where: str
) -> ModelData:  # fmt: skip
    """Return the rows that a model of these statements is fitted to.

    Raises
    ------
    DesignError
        When a name is unknown, or weights or clusters cannot be used.
    EstimationError
        When the rows cannot answer: too few, an item that nobody answered or that does not vary.
    """
    told = design_notes(answers, weights, clusters)
    if isinstance(answers, Responses) and answers.design is not None:
        clusters = row_clusters(answers, None, where) if clusters is None else clusters
        weights = answers.design.weights if weights is None else weights
    items = items_alone(answers, (weights, clusters), where)
    columns, layout, people, waves = model_columns(items, statements, where)
    load = _beside(answers, weights, len(columns), "weights", where)
    codes = _beside(answers, clusters, len(columns), "clusters", where)
    x = columns.to_numpy(dtype=float, na_value=np.nan)
    there = ~np.isnan(x)
    used = there.all(axis=1) if missing == "listwise" else there.any(axis=1)
    loads = None if load is None else _loads(load, where)
    if loads is not None:
        used = used & (loads > 0)
    groups = None if codes is None else pd.factorize(codes)[0]
    if groups is not None and (groups[used] < 0).any():
        raise DesignError(
            f"The `clusters` argument of `{where}` is missing for some rows. Fill it in, or leave these rows out."
        )
    together = _codes(groups if groups is not None else people, used)
    notes = [*told, *turned_remark(answers, layout.items)]
    notes += [] if isinstance(answers, Responses) else suspect_codes(x, layout.items)
    if groups is None and together is not None:
        notes.append("Some people are there more than once; standard errors and tests are clustered by respondent.")
    if groups is not None and together is not None and together.max() + 1 < FEW_CLUSTERS:
        notes.append(f"Standard errors and tests are by fewer than {FEW_CLUSTERS} clusters, which makes them rough.")
    weight = None if loads is None else loads[used] / loads[used].mean() if used.any() else loads[used]
    found = ModelData(layout, x[used], weight, together, int((~used).sum()), len(x), waves, tuple(notes))
    _refuse(found, x, found.x.shape[0] if people is None else len(np.unique(people[used])), where)
    return found


def items_alone(answers: Any, beside: tuple[object, object], where: str) -> Any:
    """Return a frame without the columns of weights and clusters that are named; anything else as it is.

    Raises
    ------
    DesignError
        When a column's name is a number: a model's text could not tell it from one.
    """
    if not isinstance(answers, pd.DataFrame):
        return answers
    numbers = [name for name in answers.columns if not isinstance(name, str) or name.strip().isdecimal()]
    if numbers:
        message = f"`{where}` needs columns whose names are words; {str(numbers[0])!r} is a number."
        raise DesignError(f"{message} Rename them: `frame.add_prefix('q')`.")
    return answers.drop(columns=[name for name in beside if isinstance(name, str)], errors="ignore")


def model_columns(
    answers: Responses | Items, statements: Sequence[Statement], where: str
) -> tuple[pd.DataFrame, Layout, Integers | None, int]:
    """Return the items' columns in the model's order, the model's names, who gave each row, and how many waves there are."""
    if isinstance(answers, Responses):
        scales = scales_read(answers, None, where)[0]
        layout = layout_of(
            statements, dict.fromkeys(name for one in scales for name in one.items if name in answers.item_ids), where
        )
        matrix = item_matrices(answers, scales[0].id, "pairwise", where)[0]
        keyed = pd.DataFrame({name: _keyed(answers, scales, layout, name) for name in layout.items})
        waves = 1 if matrix.waves is None else len(np.unique(matrix.waves[matrix.waves >= 0]))
        return keyed, layout, matrix.people, waves
    if isinstance(answers, pd.DataFrame):
        layout = layout_of(statements, [str(name) for name in answers.columns], where)
        chosen: Items = answers.rename(columns=str)[list(layout.items)]
        matrix = item_matrices(chosen, None, "pairwise", where)[0]
        return pd.DataFrame(matrix.answers, columns=list(matrix.items)), layout, None, 1
    matrix = item_matrices(answers, None, "pairwise", where)[0]
    plain = [name if any(one.right == name for one in statements) else name.replace(" ", "") for name in matrix.items]
    layout = layout_of(statements, plain, where)
    return pd.DataFrame(matrix.answers, columns=plain)[list(layout.items)], layout, None, 1


def _keyed(answers: Responses, scales: Sequence[Scale], layout: Layout, name: str) -> pd.Series[Any]:
    """Return an item, turned as the scale turns it that is a factor of the model, else as the last scale that has it does."""
    having = [one for one in scales if name in one.items]
    chosen = next((one for one in having if one.id in layout.factors), having[-1])
    return keyed_items(answers, chosen.id)[name]


def _beside(answers: object, values: object, rows: int, word: str, where: str) -> pd.Series[Any] | None:
    """Return a column that goes with the rows: by its name, or as it is."""
    if values is None:
        return None
    frame = answers.frame if isinstance(answers, Responses) else answers
    if isinstance(values, str):
        if not isinstance(frame, pd.DataFrame) or values not in frame.columns:
            known = list(map(str, frame.columns)) if isinstance(frame, pd.DataFrame) else []
            raise DesignError(f"`{where}` knows no column {values!r} for `{word}`.{did_you_mean(values, known)}")
        return pd.Series(frame[values].to_numpy())
    if isinstance(values, pd.Series) and isinstance(frame, pd.DataFrame) and not values.index.equals(frame.index):
        message = f"The `{word}` of `{where}` are a Series whose index is not that of the answers."
        raise DesignError(f"{message} Bring both in one order, or pass the values alone.")
    listed = pd.Series(list(values)) if isinstance(values, (Sequence, np.ndarray, pd.Series)) else None
    if listed is None or len(listed) != rows:
        got = type(values).__name__ if listed is None else f"{len(listed)} values"
        raise DesignError(
            f"The `{word}` argument of `{where}` must be a column's name or one value a row ({rows}). Got {got}."
        )
    return listed


def _loads(values: pd.Series[Any], where: str) -> Floats:
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(found).any() or np.isinf(found).any() or (found < 0).any() or not found.any():
        raise DesignError(f"The `weights` argument of `{where}` must be numbers of 0 or more, one each row, not all 0.")
    return found


def _codes(groups: Integers | None, used: NDArray[np.bool_]) -> Integers | None:
    """Return codes 0, 1, … of the groups of the rows that count, or ``None`` when each row is its own."""
    if groups is None or not used.any():
        return None
    found, codes = np.unique(groups[used], return_inverse=True)
    return np.asarray(codes, dtype=np.intp) if len(found) < len(codes) else None


def _refuse(data: ModelData, everyone: Floats, people: int, where: str) -> None:
    """Refuse rows from which no structure can be learnt."""
    names = data.layout.items
    unanswered = [name for name, column in zip(names, everyone.T, strict=True) if np.isnan(column).all()]
    reason = ""
    if len(names) < 2:
        reason = f"the model has only the item {names[0]!r}; a factor needs several"
    elif unanswered:
        reason = f"nobody answered {_listed(unanswered)}; leave it out of the model"
    elif people < FEWEST_PEOPLE:
        reason = f"fewer than {FEWEST_PEOPLE} people can be used, of {data.rows} rows"
    elif data.weights is not None and effective_size(data.weights) < FEWEST_PEOPLE:
        reason = f"weights differ so much that all rows tell as much as fewer than {FEWEST_PEOPLE} people (Kish)"
    elif people <= len(names):
        reason = f"{len(names)} items but only {people} people; more people than items are needed"
    else:
        constant = [name for name, values in zip(names, data.values, strict=True) if len(values) < 2]
        apart = _apart(data.x)
        if constant:
            reason = f"no two different answers to {_listed(constant)}; leave it out of the model"
        elif apart is not None:
            reason = f"nobody answered both {names[apart[0]]!r} and {names[apart[1]]!r}"
    if reason:
        raise EstimationError(f"`{where}` cannot be estimated: {reason}.")


def _apart(x: Floats) -> tuple[int, int] | None:
    there = (~np.isnan(x)).astype(float)
    never = np.argwhere(there.T @ there == 0)
    return (int(never[0, 0]), int(never[0, 1])) if len(never) else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))


def left_out_note(data: ModelData) -> str:
    """Return the note on rows that were left out, or an empty text."""
    if not data.left_out:
        return ""
    return f"Rows left out because of unanswered items or weights of 0: {told_count(data.left_out)} of {data.rows}."


def chosen_estimator(
    data: ModelData, estimator: FactorEstimator, missing: HoleRule, ordered: bool | Sequence[str] | None
) -> tuple[str, str]:
    """Return how the model is fitted, and the sentence that says why; refuse what excludes each other."""
    wanted = _wanted(data, ordered)
    if missing == "fiml" and (wanted or estimator in _ORDERED):
        message = "`cfa` has no full-information likelihood (`missing='fiml'`) for ordered answers."
        raise DesignError(f"{message} Use `missing='listwise'`, or `estimator='mlr'` and `ordered=None`.")
    if estimator == "auto":
        few = data.categories if wanted is None else wanted
        chosen = "wlsmv" if few and missing == "listwise" else "mlr"
        if wanted:
            _refuse_numbers(data, chosen)
        if wanted is not None:
            return chosen, ""
        taken = "ordered categories (WLSMV)" if chosen == "wlsmv" else "numbers (MLR)"
        why = (
            f"whole numbers of at most {MOST_CATEGORIES} values"
            if few
            else f"not all whole numbers of at most {MOST_CATEGORIES} values"
        )
        return (
            chosen,
            f"Items are taken as {taken}: they are {why}{', but rows need not be complete' if few and chosen == 'mlr' else ''}.",
        )
    if (wanted is False and estimator in _ORDERED) or (wanted and estimator not in _ORDERED):
        word = "wlsmv" if wanted else "mlr"
        raise DesignError(
            f"`cfa` cannot use `estimator={estimator!r}` with `ordered={wanted}`. Use `estimator={word!r}`."
        )
    if estimator in _ORDERED:
        _refuse_numbers(data, estimator)
    if estimator == "ml" and (data.clusters is not None or data.weights is not None):
        raise DesignError(
            "`estimator='ml'` of `cfa` takes rows for independent and of one weight. Use `estimator='mlr'`."
        )
    return estimator, ""


def _wanted(data: ModelData, ordered: bool | Sequence[str] | None) -> bool | None:
    """Return what the caller said about ordered items; all of them or none."""
    if ordered is None or isinstance(ordered, bool):
        return ordered
    listed = [ordered] if isinstance(ordered, str) else list(ordered)
    left = [name for name in data.layout.items if name not in listed]
    if left and len(left) < len(data.layout.items):
        message = f"`cfa` takes all items as ordered, or none; {left[0]!r} is not in `ordered`."
        raise DesignError(f"{message} Use `ordered=True`, or `ordered=False` for robust maximum likelihood.")
    return not left


def _refuse_numbers(data: ModelData, estimator: str) -> None:
    """Refuse to take as ordered categories what has too many values for it."""
    most = 2 * MOST_CATEGORIES
    many = [name for name, values in zip(data.layout.items, data.values, strict=True) if len(values) > most]
    if many:
        message = f"`cfa` with ordered answers takes up to {most} categories, but {many[0]!r} has more values"
        raise DesignError(f"{message} (`estimator={estimator!r}`). Use `estimator='mlr'` and `ordered=None`.")
