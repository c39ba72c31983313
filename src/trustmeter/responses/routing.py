"""Which rows were asked a question: conditions of the questionnaire, evaluated on coded columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not

Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class KnownCodes:
    """One item's codes, row by row, in the compact form in which they were read.

    Parameters
    ----------
    codes
        The distinct codes.
    positions
        For each row, the place of its code in `codes`.
    known
        For each row, whether there is a code at all. Non-answers are codes, too; empty cells are not.
    """

    codes: tuple[str, ...]
    positions: np.ndarray[Any, np.dtype[np.intp]]
    known: Mask

    def within(self, wanted: Collection[str]) -> Mask:
        """Return the rows whose code is known and one of `wanted`."""
        hits = np.array([code in wanted for code in self.codes], dtype=bool)
        found: Mask = hits[self.positions] & self.known
        return found


def asked_rows(condition: Condition | None, answers: Mapping[str, KnownCodes], length: int) -> tuple[Mask, Mask]:
    """Return the rows in which `condition` holds, and those in which it surely does not.

    A part of the condition that looks at an item which was not read counts as holding. A row in which the answer that
    the condition needs is missing is in neither, negated or not.

    Parameters
    ----------
    condition
        When the question is asked; ``None`` means always.
    answers
        The codes of the items that were read.
    length
        The number of rows.
    """
    reduced = _without_absent(condition, answers)
    if reduced is None:
        return np.ones(length, dtype=bool), np.zeros(length, dtype=bool)
    return _evaluate(reduced, answers)


def _without_absent(condition: Condition | None, present: Collection[str]) -> Condition | None:
    match condition:
        case Equals(item=item) | IsIn(item=item):
            return condition if item in present else None
        case Not(condition=inner):
            reduced = _without_absent(inner, present)
            return None if reduced is None else Not(reduced)
        case AllOf(conditions=parts):
            left = tuple(part for part in (_without_absent(part, present) for part in parts) if part is not None)
            return AllOf(left) if left else None
        case AnyOf(conditions=parts):
            reduced_parts = [_without_absent(part, present) for part in parts]
            left = tuple(part for part in reduced_parts if part is not None)
            return AnyOf(left) if left and len(left) == len(reduced_parts) else None
        case None:
            return None


def _evaluate(condition: Condition, answers: Mapping[str, KnownCodes]) -> tuple[Mask, Mask]:
    """Return where the condition holds, and where it surely does not; elsewhere an answer is missing."""
    match condition:
        case Equals(item=item, code=code):
            return _compare(answers[item], (code,))
        case IsIn(item=item, codes=codes):
            return _compare(answers[item], codes)
        case Not(condition=inner):
            holds, fails = _evaluate(inner, answers)
            return fails, holds
        case AllOf(conditions=parts):
            both = [_evaluate(part, answers) for part in parts]
            return np.logical_and.reduce([holds for holds, _ in both]), np.logical_or.reduce([no for _, no in both])
        case AnyOf(conditions=parts):
            both = [_evaluate(part, answers) for part in parts]
            return np.logical_or.reduce([holds for holds, _ in both]), np.logical_and.reduce([no for _, no in both])


def _compare(column: KnownCodes, codes: Collection[str]) -> tuple[Mask, Mask]:
    holds = column.within(codes)
    return holds, column.known & ~holds
