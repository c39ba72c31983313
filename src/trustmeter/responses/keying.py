"""Items of a scale, turned so that a higher value always means more of the construct."""

from __future__ import annotations

import pandas as pd

from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import Responses


def keyed_items(answers: Responses, scale: str) -> pd.DataFrame:
    """Return the items of a scale, reversed where the questionnaire says so.

    A reversed item becomes ``minimum + maximum - value`` of its response scale.

    Parameters
    ----------
    answers
        The responses.
    scale
        The scale's id.

    Returns
    -------
    DataFrame
        One column an item that was read, ``Int64`` or ``Float64``, ``<NA>`` where missing.

    Raises
    ------
    DesignError
        When the scale or an item is unknown, or an item has no values.
    """
    wanted = answers.questionnaire.scale(scale)
    present = [item for item in wanted.items if item in answers.missing.columns]
    values = answers.values(present)
    for item in present:
        if item in wanted.reversed:
            low, high = item_range(answers.questionnaire, item)
            total = low + high
            values[item] = (int(total) if float(total).is_integer() else total) - values[item]
    return values


def item_range(questionnaire: Questionnaire, item_id: str) -> tuple[float, float]:
    """Return the lowest and highest value of an item, or ``(nan, nan)`` for an item without values."""
    limits = questionnaire.item(item_id).response_scale.range
    return limits if limits is not None else (float("nan"), float("nan"))
