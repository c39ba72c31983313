"""Variables of a model, from answers and scores: numbers, or categories against a named reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.disclosure.crossing import MOST_CATEGORIES, crossed_variable
from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import RegressionFamily
from trustmeter.responses.model import Responses
from trustmeter.scoring.model import Scores

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Variable:
    """One variable of n rows.

    Parameters
    ----------
    name
        The scale, item or column.
    values
        Shape (n,): numbers, or the place of each row's category; nan where it is not known.
    categories
        Empty for numbers.
    reference
        The category that the others are held against; empty for numbers.
    """

    name: str
    values: Floats
    categories: tuple[str, ...] = ()
    reference: str = ""

    def columns(self, rows: NDArray[np.bool_]) -> tuple[Floats, tuple[str, ...]]:
        """Return the columns (n, k) of a model matrix and the contrasts they stand for, of the categories seen in `rows`.

        Raises
        ------
        EstimationError
            When `rows` do not differ in it, or nobody is in its reference category.
        """
        seen = np.unique(self.values[rows])
        if len(seen) < 2:
            message = f"All people who count are alike in {self.name!r}: nothing can go with it."
            raise EstimationError(f"{message} Leave it out, or choose other rows.")
        if not self.categories:
            return self.values[:, None], ("",)
        at = self.categories.index(self.reference)
        if at not in seen:
            message = f"Too few people who count are in {self.reference!r}, the reference of {self.name!r}."
            raise EstimationError(f"{message} Name another: `references={{{self.name!r}: ...}}`.")
        others = [int(place) for place in seen if place != at]
        made = (self.values[:, None] == np.array(others)).astype(float)
        return made, tuple(f"{self.categories[place]} - {self.reference}" for place in others)


def predictor_of(scores: Scores | Responses, name: str, reference: str | None, where: str) -> Variable:
    """Return a predictor: numbers where it has any and no reference is named, else categories.

    Raises
    ------
    DesignError
        When there is no such variable, it says who somebody is, holds free text, or has no such reference category.
    """
    numbers = None if reference is not None else _numbers(scores, name)
    if numbers is not None:
        return Variable(name, numbers)
    found = crossed_variable(_answers(scores, name, where), name, where)
    values = np.where(found.place < 0, np.nan, found.place.astype(float))
    if reference is not None and reference not in found.categories:
        raise DesignError(unknown_word(f"reference of {name!r}", reference, found.categories, f"`{where}`"))
    known = values[~np.isnan(values)]
    if not known.size:
        raise EstimationError(f"Nobody has an answer in {name!r}. Leave it out.")
    answers = scores.answers if isinstance(scores, Scores) else scores
    first = int(known[0] if name == answers.roles.wave else known.min())
    return Variable(name, values, found.categories, found.categories[first] if reference is None else reference)


def outcome_of(
    scores: Scores | Responses, name: str, family: RegressionFamily, event: Sequence[str], where: str
) -> Variable:
    """Return the outcome of a model as numbers; with `event` 1 for whoever chose one of these answers, else 0.

    An ordinal one has places of its categories.

    Raises
    ------
    DesignError
        When there is no such variable, or it has no values that suit the family.
    """
    if event:
        if family != "binomial":
            raise DesignError(f'`event` of `{where}` goes with `family="binomial"` only. Got {family!r}.')
        found = crossed_variable(_answers(scores, name, where), name, where)
        unknown = next((one for one in event if one not in found.categories), None)
        if unknown is not None:
            nobody = f"Nobody here has {unknown!r}, and of what nobody has nothing can be estimated."
            word = unknown_word(f"event of {name!r}", unknown, found.categories, f"`{where}`")
            raise DesignError(word if found.labels else f"{word} {nobody}")
        chosen = np.isin(found.place, [found.categories.index(one) for one in event])
        return Variable(name, np.where(found.place < 0, np.nan, chosen.astype(float)))
    numbers = _numbers(scores, name)
    if numbers is None:
        _answers(scores, name, where)
        cure = 'Say which answers count: `family="binomial", event=[...]`.'
        raise DesignError(f"The outcome {name!r} of `{where}` has no values to compute with. {cure}")
    known = numbers[~np.isnan(numbers)]
    if family == "ordinal":
        return _ordered(name, numbers, where)
    if family == "binomial" and not np.isin(known, [0.0, 1.0]).all():
        message = f"A binomial outcome of `{where}` is 0 or 1, and {name!r} has other values."
        raise DesignError(f"{message} Say which answers count as 1: `event=[...]`.")
    if family == "poisson" and (known < 0).any():
        raise DesignError(f"A Poisson outcome of `{where}` is a count of 0 or more, and {name!r} has others.")
    return Variable(name, numbers)


def _ordered(name: str, numbers: Floats, where: str) -> Variable:
    """Return an outcome of a few ordered values as their places."""
    values = np.unique(numbers[~np.isnan(numbers)])
    if not 2 <= len(values) <= MOST_CATEGORIES:
        message = f"An ordinal outcome of `{where}` has 2 to {MOST_CATEGORIES} values, and {name!r} has {len(values)}."
        raise DesignError(f'{message} Take an item, or `family="gaussian"`.')
    places = np.where(np.isnan(numbers), np.nan, np.searchsorted(values, numbers).astype(float))
    return Variable(name, places, tuple(f"{value:g}" for value in values))


def _numbers(scores: Scores | Responses, name: str) -> Floats | None:
    """Return the values of a scale, of an item with values or of a carried column of numbers; ``None`` for others."""
    if isinstance(scores, Scores) and name in scores.scales:
        return _floats(scores.column(name))
    answers = scores.answers if isinstance(scores, Scores) else scores
    if name in answers.item_ids:
        kind = answers.questionnaire.item(name).response_scale
        if kind.type == "number":
            return _floats(answers.frame[name])
        return None if kind.range is None else _floats(answers.values([name])[name])
    if name not in answers.roles.kept:
        return None
    column = answers.frame[name]
    plain = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return _floats(column) if plain else None


def _answers(scores: Scores | Responses, name: str, where: str) -> Responses:
    """Return the answers when they have a column of that name."""
    scales = scores.scales if isinstance(scores, Scores) else ()
    answers = scores.answers if isinstance(scores, Scores) else scores
    if name in answers.frame.columns:
        return answers
    if name in scales:
        raise DesignError(f"The scale {name!r} has no categories in `{where}`. Leave its reference or event out.")
    known = [*scales, *answers.item_ids, *answers.roles.columns]
    cure = "" if isinstance(scores, Scores) else " Pass scores (`tm.score(answers)`) to use a scale."
    raise DesignError(unknown_word("variable", name, known, f"`{where}`") + cure)


def _floats(column: pd.Series[Any]) -> Floats:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)
