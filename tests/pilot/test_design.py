"""Designs refuse what cannot be compared."""

from __future__ import annotations

from typing import Any

import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.design import GroupDesign, PilotDesign


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: PilotDesign("2022", "2022"), "two different waves"),
        (lambda: PilotDesign("", "2023"), "`before`"),
        (lambda: PilotDesign("2022", None), "`after`"),  # type: ignore[arg-type]
        (lambda: PilotDesign("2022", "2023", zone=" "), "`zone`"),
        (lambda: PilotDesign("2022", "2023", linked="yes"), "`linked`"),  # type: ignore[arg-type]
        (lambda: GroupDesign("mode", "web", "web"), "two different groups"),
        (lambda: GroupDesign("", "web", "paper"), "`by`"),
    ],
)
def test_refusals(make: Any, word: str) -> None:
    with pytest.raises(DesignError, match=word):
        make()


def test_years_may_be_numbers_and_direction_is_after_minus_before() -> None:
    design = PilotDesign(2022, 2023)  # type: ignore[arg-type]
    assert (design.before, design.contrast) == ("2022", "2023 - 2022")
    assert GroupDesign("mode", "paper", "web").contrast == "web - paper"
