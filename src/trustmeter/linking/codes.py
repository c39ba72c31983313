"""The elements of people's codes as whole numbers, the same number for the same answer in both waves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.linking.spelling import bare
from trustmeter.responses.model import Responses
from trustmeter.stats.linkage import Codes

WHERE = "link_waves"
LETTER = "link_letter"
"""The response scale of elements of which the first letter counts."""
_ELEMENT = "LC"


def elements_of(before: Responses, after: Responses, elements: Sequence[str] | None) -> tuple[str, ...]:
    """Return the elements: those that were named, else the questions of the link code that both waves have.

    Raises
    ------
    DesignError
        When there are none, or one is not in both waves.
    """
    if elements is None:
        read = [item for item in before.item_ids if item.startswith(_ELEMENT) and item in after.item_ids]
        named = tuple(item for item in read if before.questionnaire.item(item).response_scale.id.startswith("link_"))
        if not named:
            message = f"`{WHERE}` finds no questions of a link code in both waves."
            raise DesignError(f"{message} Name the columns that make the code: `elements=[...]`.")
        return named
    if isinstance(elements, str) or not elements:
        raise DesignError(f"The `elements` argument of `{WHERE}` is a list of columns. Got {elements!r}.")
    for answers in (before, after):
        for name in elements:
            if name not in answers.frame.columns:
                known = [str(column) for column in answers.frame.columns]
                raise DesignError(unknown_word("element", name, known, f"`{WHERE}`"))
    return tuple(dict.fromkeys(elements))


def numbered(before: Responses, after: Responses, elements: Sequence[str]) -> tuple[Codes, Codes]:
    """Return the elements of both waves as whole numbers, shapes (n1, k) and (n2, k); -1 where missing."""
    columns = [_one_element(before, after, name) for name in elements]
    first, second = (np.column_stack([pair[side] for pair in columns]) for side in (0, 1))
    return first, second


def _one_element(before: Responses, after: Responses, name: str) -> tuple[Codes, Codes]:
    texts = [_texts(answers.frame[name], letter=_is_letter(answers, name)) for answers in (before, after)]
    places, _ = pd.factorize(np.concatenate(texts), use_na_sentinel=True)
    cut = len(texts[0])
    return places[:cut].astype(np.int64), places[cut:].astype(np.int64)


def _texts(column: pd.Series[Any], *, letter: bool) -> np.ndarray[Any, np.dtype[np.object_]]:
    places, distinct = pd.factorize(column, use_na_sentinel=True)
    spelled = [bare(value)[: 1 if letter else None] or None for value in distinct]
    return np.array([spelled[place] if place >= 0 else None for place in places], dtype=object)


def _is_letter(answers: Responses, name: str) -> bool:
    return name in answers.item_ids and answers.questionnaire.item(name).response_scale.id == LETTER
