"""Which rows were asked: conditions on answers that are there, missing, or not read."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.responses.routing import KnownCodes, asked_rows

ROWS = 4


def known(*codes: str) -> KnownCodes:
    """Return codes row by row; an empty text is a missing answer."""
    distinct = tuple(dict.fromkeys(codes))
    places = np.array([distinct.index(code) for code in codes])
    return KnownCodes(distinct, places, np.array([code != "" for code in codes]))


ANSWERS = {"A": known("1", "0", "", "88"), "B": known("1", "1", "1", "")}
YES, NO, UNSURE = "+", "-", "?"


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (None, "++++"),
        (Equals("A", "1"), "+-?-"),
        (IsIn("A", ("1", "88")), "+-?+"),
        (Not(Equals("A", "1")), "-+?+"),
        (AllOf((Equals("A", "1"), Equals("B", "1"))), "+-?-"),
        (AnyOf((Equals("A", "1"), Equals("B", "1"))), "+++?"),
        (AllOf((Equals("A", "1"), Equals("ABSENT", "1"))), "+-?-"),
        (Equals("ABSENT", "1"), "++++"),
        (Not(Equals("ABSENT", "1")), "++++"),
        (AnyOf((Equals("A", "1"), Equals("ABSENT", "1"))), "++++"),
    ],
)
def test_conditions_hold_fail_or_cannot_be_told(condition: Condition | None, outcome: str) -> None:
    holds, fails = asked_rows(condition, ANSWERS, ROWS)
    told = "".join(YES if yes else NO if no else UNSURE for yes, no in zip(holds, fails, strict=True))
    assert told == outcome
