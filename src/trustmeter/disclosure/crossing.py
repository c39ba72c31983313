"""From answers to the categories that a table crosses: which they are, in which order, and who is in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, unknown_word
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.model import Responses

MOST_CATEGORIES = 20
TOTAL = "(total)"
"""The category of margins."""

OTHER = "(other)"
"""Categories about too few people, put together."""


@dataclass(frozen=True, eq=False, slots=True)
class Crossed:
    """One variable of a table.

    Parameters
    ----------
    name
        The column's, or the item's id.
    categories
        In the order in which they are shown.
    place
        Shape (n,): each person's category, -1 where it is not known.
    labels
        Category → its label by language, where it is an option of an item.
    ordered
        Whether the categories have an order that must not be broken.
    merged
        The categories that were put together as *other*.
    """

    name: str
    categories: tuple[str, ...]
    place: NDArray[np.intp]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ordered: bool = False
    merged: tuple[str, ...] = ()


def frame_of(answers: Responses | pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the frame of responses, or the frame itself; refuse anything else."""
    if isinstance(answers, Responses):
        return answers.frame
    if isinstance(answers, pd.DataFrame):
        return answers
    raise DesignError(f"`{where}` takes responses or a frame. Got {type(answers).__name__}.")


def rows_of_wave(
    answers: Responses | pd.DataFrame, wave: str | None, crossed: Sequence[str], where: str
) -> NDArray[np.bool_]:
    """Return which rows count: those of one wave, so that nobody counts twice."""
    frame = frame_of(answers, where)
    everybody = np.ones(len(frame), dtype=bool)
    column = answers.roles.wave if isinstance(answers, Responses) else None
    if column is None:
        if wave is not None:
            raise DesignError(f"`{where}` knows no waves here: no column has that role. Choose the rows beforehand.")
        return everybody
    waves = row_labels(frame[column])
    known = in_natural_order([str(name) for name in waves.dropna().unique()])
    if wave is not None:
        if wave not in known:
            raise DesignError(unknown_word("wave", wave, known, f"`{where}`"))
        return np.asarray((waves == wave).fillna(False), dtype=bool)
    if len(known) > 1 and column not in crossed:
        message = f"There are {len(known)} waves, and a person must not count twice in `{where}`."
        raise DesignError(f"{message} Name one (`wave={known[-1]!r}`), or cross with the wave (`columns={column!r}`).")
    return everybody


def crossed_variable(answers: Responses | pd.DataFrame, name: str, where: str) -> Crossed:
    """Return the categories of a column or an item, and who is in which.

    Raises
    ------
    DesignError
        When there is no such column, when it says who somebody is, holds free text, or has too many categories.
    """
    frame = frame_of(answers, where)
    if name not in frame.columns:
        raise DesignError(unknown_word("column", name, [str(column) for column in frame.columns], f"`{where}`"))
    if isinstance(answers, Responses):
        if name == answers.roles.respondent:
            raise DesignError(f"{name!r} says who somebody is: it is never a variable of `{where}`.")
        if name in answers.item_ids:
            return _item(answers, name, where)
    texts = row_labels(frame[name])
    categories = in_natural_order([str(value) for value in texts.dropna().unique()])
    return _placed(name, texts, categories, where)


def merged_small(variable: Crossed, rows: NDArray[np.bool_], fewest: int) -> Crossed:
    """Return a variable whose categories about fewer than `fewest` people are put together; ordered ones stay as they are."""
    if variable.ordered:
        return variable
    place = variable.place[rows]
    counts = np.bincount(place[place >= 0], minlength=len(variable.categories))
    small = (counts < fewest) & (counts > 0)
    while 0 < counts[small].sum() < fewest and not small[counts > 0].all():
        small |= counts == counts[~small & (counts > 0)].min()
    if not small.any() or small.sum() == 1:
        return variable
    kept = [at for at in range(len(counts)) if not small[at]]
    new = np.full(len(counts) + 1, -1, dtype=np.intp)
    new[kept] = np.arange(len(kept))
    new[:-1][small] = len(kept)
    names = [variable.categories[at] for at in kept]
    together = tuple(variable.categories[at] for at in np.flatnonzero(small))
    return replace(variable, categories=(*names, OTHER), place=new[variable.place], merged=together)


def _item(answers: Responses, name: str, where: str) -> Crossed:
    scale = answers.questionnaire.item(name).response_scale
    if scale.type == "text":
        raise DesignError(f"Item {name!r} is free text: it is never tabulated. Code the texts first, or leave it out.")
    texts = row_labels(answers.frame[name])
    if scale.type == "number":
        return replace(
            _placed(name, texts, in_natural_order([str(one) for one in texts.dropna().unique()]), where), ordered=True
        )
    options = scale.substantive
    found = _placed(name, texts, [option.code for option in options], where)
    labels = {option.code: dict(option.text.by_language) for option in options}
    return replace(found, labels=labels, ordered=scale.type == "ordinal")


def _placed(name: str, texts: pd.Series[Any], categories: Sequence[str], where: str) -> Crossed:
    if not 1 <= len(categories) <= MOST_CATEGORIES:
        message = f"A variable of `{where}` has 1 to {MOST_CATEGORIES} categories; {name!r} has {len(categories)}."
        raise DesignError(f"{message} Make bands of it, or join categories, before the table.")
    if {TOTAL, OTHER} & set(categories):
        raise DesignError(
            f"{name!r} has a category called {TOTAL!r} or {OTHER!r}: leave totals out, and rename others."
        )
    at = {category: number for number, category in enumerate(categories)}
    place = np.array([at.get(value, -1) if isinstance(value, str) else -1 for value in texts], dtype=np.intp)
    return Crossed(name, tuple(categories), place)
