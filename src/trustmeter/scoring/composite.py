"""Answers become scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import ScoreMethod, check_option
from trustmeter.questionnaire.model import Scale
from trustmeter.responses.keying import item_range, keyed_items
from trustmeter.responses.model import Responses
from trustmeter.scoring.model import Scores

Floats = NDArray[np.float64]


def score(answers: Responses, *, scale: str | Sequence[str] | None = None, method: ScoreMethod = "pomp") -> Scores:
    """Turn answers into one score a person and scale.

    Use it after reading and checking answers, before comparing waves. Items are turned so that a higher score always
    means more of the construct; "don't know", refusals and blanks are missing, never a middle answer.

    Parameters
    ----------
    answers
        The responses.
    scale
        The id of a scale, several ids, or ``None`` for all scales of which items were read.
    method
        ``"pomp"``: percent of the maximum possible, 0 to 100. ``"mean"``: mean of the items. ``"sum"``: mean times the
        number of items of the scale, so that a person who left an item out is not scored lower for it.

    Returns
    -------
    Scores
        Its ``frame`` holds the role columns and one column a scale; a score is missing where fewer than the scale's
        ``min_answered`` items were answered. ``answered`` counts the items answered. Sums are ``Int64`` when no item
        was left out and all values are whole.

    Raises
    ------
    DesignError
        When a scale is unknown, when none of the items of a named scale was read, or an item has no values.

    Notes
    -----
    POMP = mean over the answered items of ``100 * (value - minimum) / (maximum - minimum)``, each item on its own
    range, so items with different ranges weigh the same. A parent scale is scored from its items, not from the scores
    of its dimensions. Means and sums of items with different ranges need all items: leaving one out would shift them.

    References
    ----------
    Cohen, P., Cohen, J., Aiken, L. S., & West, S. G. (1999). The problem of units and the circumstance for POMP.
    Multivariate Behavioral Research, 34(3), 315-346. doi:10.1207/S15327906MBR3403_2

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 60, seed=1)
    >>> scores = tm.score(answers)
    >>> len(scores), scores.ranges["trust"]
    (120, (0.0, 100.0))
    """
    check_option("method", method, ScoreMethod, "score")
    wanted, notes = _wanted_scales(answers, scale)
    scored = {one.id: _score_scale(answers, one, method) for one in wanted}
    columns = list(answers.roles.columns)
    clash = [name for name in columns if name in scored]
    if clash:
        raise DesignError(f"The column {clash[0]!r} has the name of a scale. Rename it, then read the answers again.")
    frame = answers.frame[columns].copy()
    for name, result in scored.items():
        frame[name] = result.column
    return Scores(
        frame=frame,
        scales=tuple(scored),
        ranges={name: result.limits for name, result in scored.items()},
        method=method,
        answers=answers,
        answered=pd.DataFrame({name: result.answered for name, result in scored.items()}, index=frame.index),
        notes=(*notes, *(note for result in scored.values() for note in result.notes)),
    )


@dataclass(frozen=True, slots=True)
class _ScaleScore:
    """One scale's column, its possible range, the number of items answered a row, and what to say about it."""

    column: Any
    limits: tuple[float, float]
    answered: NDArray[np.int64]
    notes: tuple[str, ...]


def _wanted_scales(answers: Responses, scale: str | Sequence[str] | None) -> tuple[list[Scale], list[str]]:
    questionnaire = answers.questionnaire
    names = [one.id for one in questionnaire.scales] if scale is None else [scale] if isinstance(scale, str) else scale
    scales = [questionnaire.scale(name) for name in dict.fromkeys(names)]
    read = set(answers.item_ids)
    empty = [one.id for one in scales if not read.intersection(one.items)]
    if empty and scale is not None:
        message = f"None of the items of scale {empty[0]!r} is among the answers."
        raise DesignError(f"{message} Leave the scale out, or read the answers with its items.")
    if len(empty) == len(scales):
        raise DesignError(f"No item of any scale of questionnaire {questionnaire.id!r} is among the answers.")
    listed = ", ".join(repr(name) for name in empty)
    return [one for one in scales if one.id not in empty], (
        [f"Not scored, because none of their items was read: {listed}."] if empty else []
    )


def _score_scale(answers: Responses, scale: Scale, method: ScoreMethod) -> _ScaleScore:
    keyed = keyed_items(answers, scale.id)
    values = keyed.to_numpy(dtype=float, na_value=np.nan)
    limits = np.array([item_range(answers.questionnaire, str(item)) for item in keyed.columns], dtype=float)
    mixed = len(np.unique(limits, axis=0)) > 1
    answered = np.sum(~np.isnan(values), axis=1)
    needed = len(scale.items) if mixed and method != "pomp" else scale.min_answered
    low, high = limits[:, 0], limits[:, 1]
    if method == "pomp":
        values = 100 * (values - low) / (high - low)
    factor = len(scale.items) if method == "sum" else 1
    total = np.nansum(values, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result = np.where(answered >= needed, total / answered * factor, np.nan)
    whole = answered == len(scale.items)
    if method == "sum":
        result = np.where(whole & (answered >= needed), total, result)
    ends = (0.0, 100.0) if method == "pomp" else (float(low.mean() * factor), float(high.mean() * factor))
    exact = method == "sum" and bool(np.all(whole)) and all(dtype == "Int64" for dtype in keyed.dtypes)
    column = pd.array(result.astype("int64"), dtype="Int64") if exact else result
    return _ScaleScore(
        column, ends, answered, _notes_on(scale, result, read=keyed.shape[1], needed=needed, mixed=mixed, method=method)
    )


def _notes_on(
    scale: Scale, result: Floats, *, read: int, needed: int, mixed: bool, method: ScoreMethod
) -> tuple[str, ...]:
    notes = []
    if read < len(scale.items):
        notes.append(f"Scale {scale.id!r} is scored from the {read} of its {len(scale.items)} items that were read.")
    unscored = int(np.sum(np.isnan(result)))
    if unscored:
        rule = f"fewer than {needed} of {len(scale.items)} items answered"
        notes.append(f"Scale {scale.id!r}: {unscored} of {len(result)} rows have no score ({rule}).")
    if mixed and method != "pomp":
        notes.append(f"Scale {scale.id!r} mixes items with different ranges: method 'pomp' lets them weigh the same.")
    return tuple(notes)
