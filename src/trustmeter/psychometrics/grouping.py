"""Which group or wave each row belongs to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, unknown_word
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.model import Responses
from trustmeter.results import told_count

MOST_GROUPS = 40
"""More different values than this are no groups; they may even be personal."""


class Grouped(NamedTuple):
    """Answers with the group of each row.

    Parameters
    ----------
    answers
        The responses, or the frame without the grouping column.
    codes
        Shape (n,): 0, 1, … as in `labels`; -1 where the group is not known.
    labels
        The groups' names, sorted; waves in their order.
    """

    answers: Responses | pd.DataFrame
    codes: NDArray[np.intp]
    labels: tuple[str, ...]

    @property
    def counts(self) -> NDArray[np.intp]:
        """Rows of each group."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.labels))


def groups_of(answers: object, across: str, where: str) -> Grouped:
    """Return the group of each row; waves are put in the order of time.

    Parameters
    ----------
    answers
        Responses, or a frame of items that also has the grouping column.
    across
        Of Responses a role (``"wave"``, ``"zone"``, ``"language"``, ``"mode"``), a kept column, or an item; of a frame a
        column, which then is no item.
    where
        The public verb's name.

    Raises
    ------
    DesignError
        When there is no such column, or it has one value only, or more than forty.
    """
    if not isinstance(across, str):
        message = f"The `across` argument of `{where}` must be the name of a column. Got {type(across).__name__}."
        raise DesignError(f"{message} Put the groups into a column of the answers and name it.")
    if isinstance(answers, Responses):
        rest: Responses | pd.DataFrame = answers
        column = answers.frame[across if across in answers.item_ids else answers.roles.column(across, needed_by=where)]
    elif isinstance(answers, pd.DataFrame):
        if across not in answers.columns:
            known = [str(name) for name in answers.columns]
            raise DesignError(unknown_word("`across` argument", across, known, f"`{where}`"))
        rest, column = answers.drop(columns=across), answers[across]
    else:
        message = f"`{where}` needs Responses, or a frame with items and the column named by `across`."
        raise DesignError(f"{message} Got {type(answers).__name__}.")
    text = row_labels(column)
    labels = in_natural_order([str(name) for name in text.dropna().unique()])
    if across == "wave" or (isinstance(answers, Responses) and across == answers.roles.wave):
        labels = _in_time(labels, column)
    if len(labels) < 2:
        message = f"`{where}` compares groups, but {across!r} has {'one value' if labels else 'no values'} only."
        raise DesignError(f"{message} Choose another column.")
    if len(labels) > MOST_GROUPS:
        message = (
            f"The `across` argument of `{where}` must name a column of groups; {across!r} has {len(labels)} values."
        )
        raise DesignError(f"{message} Band them first; at most {MOST_GROUPS} groups can be compared.")
    codes = pd.Categorical(text, categories=labels).codes
    return Grouped(rest, np.asarray(codes, dtype=np.intp), tuple(labels))


def _in_time(labels: list[str], column: pd.Series) -> list[str]:
    """Return waves in their order: that of whole numbers, of a categorical column, or else in which they appear in the rows."""
    if all(label.lstrip("-").isdecimal() for label in labels):
        return labels
    seen = column.cat.categories.to_series() if isinstance(column.dtype, pd.CategoricalDtype) else column
    return [str(name) for name in row_labels(seen).dropna().unique() if name in labels]


def large_enough(found: Grouped, fewest: int, where: str) -> tuple[Grouped, str]:
    """Return the groups with at least `fewest` rows, the others' rows as unknown, and a note on both, or an empty text.

    Rows of no known group are told of, too.

    Raises
    ------
    DesignError
        When fewer than two groups are left.
    """
    kept = [number for number, count in enumerate(found.counts) if count >= fewest]
    lost = int((found.codes < 0).sum())
    unknown = f"Rows of no known group left out: {told_count(lost)} of {len(found.codes)}." if lost else ""
    if len(kept) == len(found.labels):
        return found, unknown
    small = len(found.labels) - len(kept)
    if len(kept) < 2:
        message = f"`{where}` needs two groups of at least {fewest} people. Got {len(kept)}."
        raise DesignError(f"{message} Join groups, or choose another column.")
    place = np.full(len(found.labels) + 1, -1, dtype=np.intp)
    place[kept] = np.arange(len(kept))
    note = f"{small} group{'s' if small > 1 else ''} of fewer than {fewest} rows left out."
    left = Grouped(found.answers, place[found.codes], tuple(found.labels[number] for number in kept))
    return left, f"{note} {unknown}".strip()


def referred(found: Grouped, reference: str | None, where: str) -> Grouped:
    """Put the group that others are held against first; small groups must have been left out before.

    Raises
    ------
    DesignError
        When it is not among the groups that are large enough.
    """
    if reference is None:
        return found
    if reference not in found.labels:
        raise DesignError(unknown_word("`reference` argument", reference, found.labels, f"`{where}`"))
    labels = (reference, *(label for label in found.labels if label != reference))
    place = np.array([*(labels.index(label) for label in found.labels), -1], dtype=np.intp)
    return Grouped(found.answers, place[found.codes], labels)
