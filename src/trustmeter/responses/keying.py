"""Items of a scale, turned so that a higher value always means more of the construct."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import names_of
from trustmeter.questionnaire.model import Questionnaire, Scale
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
        When `answers` are no responses, the scale or an item is unknown, or an item has no values.

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 20, seed=1)
    >>> tm.keyed_items(answers, "trust").shape[0]
    40
    """
    if not isinstance(answers, Responses):
        raise DesignError(
            f"`keyed_items` takes responses. Got {type(answers).__name__}. Make them with `read_responses`."
        )
    wanted = answers.questionnaire.scale(scale)
    present = [item for item in wanted.items if item in answers.missing.columns]
    values = answers.values(present)
    for item in present:
        if item in wanted.reversed:
            low, high = item_range(answers.questionnaire, item)
            total = low + high
            values[item] = (int(total) if float(total).is_integer() else total) - values[item]
    return values


def scales_read(answers: Responses, scale: str | Sequence[str] | None, where: str) -> tuple[list[Scale], list[str]]:
    """Return the scales asked for (or all) of which items were read, and the ids of those of which none was.

    Raises
    ------
    DesignError
        When a scale is unknown, a scale asked for was not read, or none at all was.
    """
    questionnaire, read = answers.questionnaire, set(answers.item_ids)
    names = [one.id for one in questionnaire.scales] if scale is None else names_of("scale", scale, where)
    scales = [questionnaire.scale(name) for name in names]
    there = [one for one in scales if read.intersection(one.items)]
    absent = [one.id for one in scales if one not in there]
    if absent and scale is not None:
        message = f"None of the items of scale {absent[0]!r} is among the answers."
        raise DesignError(f"{message} Leave the scale out, or read the answers with its items.")
    if not there:
        raise DesignError(f"No item of any scale of questionnaire {questionnaire.id!r} is among the answers.")
    return there, absent


def item_range(questionnaire: Questionnaire, item_id: str) -> tuple[float, float]:
    """Return the lowest and highest value of an item, or ``(nan, nan)`` for an item without values."""
    limits = questionnaire.item(item_id).response_scale.range
    return limits if limits is not None else (float("nan"), float("nan"))
