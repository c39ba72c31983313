"""Linked answers as a file that is read back as any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import FORMULA_SIGNS
from trustmeter.responses.model import MISSING_KINDS, Responses


def free_texts(answers: Responses) -> tuple[str, ...]:
    """Return the items that people answer in their own words: what they write may say who they are."""
    texts = {item.id for item in answers.questionnaire.items if item.response_scale.type == "text"}
    return tuple(item for item in answers.item_ids if item in texts)


def write_answers(answers: Responses, path: str | Path, *, free_text: bool = False) -> Path:
    """Write answers to a CSV file that `read_responses` reads back with every kind of missing that has a code.

    Parameters
    ----------
    answers
        The answers, with all columns that were kept: look at them first.
    path
        A ``.csv`` file.
    free_text
        Whether to write what people said in their own words, too. A name, a street or a plate number in it says who somebody
        is: read it first.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DesignError
        When the file ends in something else, or cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != ".csv":
        raise DesignError(f"Linked answers are written to a file that ends in '.csv'. Got {target.name!r}.")
    left_out = () if free_text else free_texts(answers)
    frame = answers.frame.drop(columns=list(left_out)).astype("string").fillna("")
    for item in answers.item_ids:
        if item not in left_out:
            frame[item] = _with_reasons(answers, item, frame[item])
    frame = frame.apply(lambda column: column.map(_neutral))
    if answers.simulated:
        frame["simulated"] = "1"
    try:
        frame.to_csv(target, index=False, encoding="utf-8")
    except OSError as error:
        raise DesignError(f"{target.name!r} cannot be written: {error.strerror}.") from None
    return target


def _with_reasons(answers: Responses, item: str, texts: pd.Series[Any]) -> pd.Series[Any]:
    """Return an item's cells, with the code of *don't know* and the like where there was no answer in substance."""
    codes = {str(option.kind): option.code for option in answers.questionnaire.item(item).response_scale.non_answers}
    kinds = answers.missing[item].to_numpy()
    for place, kind in enumerate(MISSING_KINDS, start=1):
        texts = texts.mask(kinds == place, codes.get(kind, ""))
    return texts


def _neutral(text: str) -> str:
    number = text.removeprefix("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and not number else text
