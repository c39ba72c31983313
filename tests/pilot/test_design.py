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


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: PilotDesign("a", "b", treated=["x"]), "not the column"),
        (lambda: PilotDesign("a", "b", area="district"), "where the pilot ran"),
        (lambda: PilotDesign("a", "b", area="district", treated=["x"], comparison=[]), "empty list"),
        (lambda: PilotDesign("a", "b", area="district", treated=["x"], comparison=["x", "y"]), "'x' twice"),
        (lambda: PilotDesign("a", "b", earlier=["b"]), "'b' twice"),
        (lambda: PilotDesign("a", "b", randomized=True), "speaks of areas"),
        (lambda: PilotDesign("a", "b", covariates=3.5), "list of names"),  # type: ignore[arg-type]
        (lambda: PilotDesign("a", "b", linked="some"), "'overlap'"),  # type: ignore[arg-type]
    ],
)
def test_refusals_of_areas_and_waves(make: Any, word: str) -> None:
    with pytest.raises(DesignError, match=word):
        make()


def test_a_design_tells_its_waves_in_order_and_whether_it_is_plain() -> None:
    design = PilotDesign("b", "c", earlier="a", later=["d"], area="district", treated="north")
    assert design.waves == ("a", "b", "c", "d")
    assert (design.treated, design.has_comparison, design.is_plain) == (("north",), True, False)
    assert PilotDesign("b", "c").is_plain
    assert not PilotDesign("b", "c", linked="overlap").is_plain
