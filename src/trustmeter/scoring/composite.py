"""Answers become scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import ScoreMethod, check_option
from trustmeter.questionnaire.model import Scale
from trustmeter.responses.keying import item_range, keyed_items, scales_read
from trustmeter.responses.model import Responses
from trustmeter.results import told_count
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
        When `answers` are no responses, a scale is unknown, none of the items of a named scale was read, or an item has no values.

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
    if not isinstance(answers, Responses):
        cure = "Pass its `answers`." if hasattr(answers, "answers") else "Make them with `read_responses`."
        raise DesignError(f"`score` takes responses. Got {type(answers).__name__}. {cure}")
    wanted, unread = scales_read(answers, scale, "score")
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
        notes=tuple(_notes(scored, unread)),
    )


@dataclass(frozen=True, slots=True)
class _ScaleScore:
    """One scale's column, its possible range, the number of items answered a row, and what its notes need."""

    column: Any
    limits: tuple[float, float]
    answered: NDArray[np.int64]
    read: int
    items: int
    mixed: bool


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
    exact = (
        method == "sum"
        and not np.isnan(result).any()
        and bool(whole.all())
        and all(dtype == "Int64" for dtype in keyed.dtypes)
    )
    column = pd.array(result.astype("int64"), dtype="Int64") if exact else result
    return _ScaleScore(column, ends, answered, keyed.shape[1], len(scale.items), mixed and method != "pomp")


def _notes(scored: Mapping[str, _ScaleScore], unread: Sequence[str]) -> list[str]:
    """Return one sentence for all scales of which the same is to be said."""
    partly = [f"{name} ({one.read} of {one.items} items)" for name, one in scored.items() if one.read < one.items]
    unscored = {name: int(np.sum(pd.isna(one.column))) for name, one in scored.items()}
    without = [f"{name} {told_count(count)}" for name, count in unscored.items() if count]
    mixed = [name for name, one in scored.items() if one.mixed]
    sentences = {
        "Not scored, because none of their items was read": [repr(name) for name in unread],
        "Scored from the items that were read": partly,
        "Rows without a score, because too few items were answered": without,
        "Items with different ranges do not weigh the same (method 'pomp' lets them)": mixed,
    }
    return [f"{sentence}: {', '.join(listed)}." for sentence, listed in sentences.items() if listed]
