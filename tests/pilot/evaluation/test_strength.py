"""How strong evidence is: the rule of docs/explanation/evidence-strength.md, executed."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from trustmeter.pilot.evaluation.strength import STARTS, STRENGTHS, EvidenceBasis, Facts, Lowered, strength_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "evidence-strength.md"
GOOD = Facts("one_group", False, "increase", "comparable", 0.85, linked=True, share_lost=0.05)

CASES: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({}, "low", ()),
    ({"basis": "comparison_areas"}, "moderate", ()),
    ({"basis": "randomized_areas"}, "high", ()),
    ({"basis": "randomized_areas", "simulated": True}, "none", ("simulated",)),
    ({"basis": "randomized_areas", "verdict": "suppressed"}, "none", ("suppressed",)),
    ({"basis": "randomized_areas", "verdict": "inconclusive"}, "moderate", ("inconclusive",)),
    ({"basis": "randomized_areas", "comparability": "not_comparable"}, "very_low", ("not_comparable",)),
    ({"basis": "randomized_areas", "comparability": "undecided"}, "moderate", ("comparability_undecided",)),
    ({"basis": "randomized_areas", "comparability": "not_examined"}, "moderate", ("comparability_not_examined",)),
    ({"basis": "randomized_areas", "alpha": 0.69}, "moderate", ("meter_weak",)),
    ({"basis": "randomized_areas", "alpha": 0.70}, "high", ()),
    ({"basis": "randomized_areas", "alpha": math.nan}, "moderate", ("meter_unknown",)),
    ({"basis": "randomized_areas", "share_lost": 0.21}, "moderate", ("many_lost",)),
    ({"basis": "randomized_areas", "share_lost": 0.20}, "high", ()),
    ({"basis": "randomized_areas", "share_lost": math.nan}, "moderate", ("loss_unknown",)),
    ({"basis": "randomized_areas", "share_lost": math.nan, "linked": False}, "high", ()),
    ({"verdict": "inconclusive", "alpha": 0.5, "share_lost": 0.5}, "very_low", ("inconclusive", "meter_weak", "many_lost")),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "strength", "lowered"), CASES)
def test_each_reason_takes_one_step(changes: dict[str, Any], strength: str, lowered: tuple[str, ...]) -> None:
    assert strength_of(replace(GOOD, **changes)) == (strength, lowered)


def test_the_direction_of_a_result_never_counts() -> None:
    for basis, comparability, alpha, share in itertools.product(
        get_args(EvidenceBasis),
        ("comparable", "not_comparable", "undecided"),
        (0.5, 0.9, math.nan),
        (0.0, 0.5, math.nan),
    ):
        one = replace(GOOD, basis=basis, comparability=comparability, alpha=alpha, share_lost=share)
        found = {strength_of(replace(one, verdict=word)) for word in ("increase", "decrease", "no_relevant_change")}
        assert len(found) == 1
        ((strength, _),) = found
        assert STRENGTHS.index(strength) <= STRENGTHS.index(STARTS[basis])
        inconclusive, _ = strength_of(replace(one, verdict="inconclusive"))
        assert STRENGTHS.index(inconclusive) <= STRENGTHS.index(strength)


def test_the_page_explains_every_word() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word in (*STRENGTHS, *STARTS, *get_args(Lowered)):
        assert f"`{word}`" in page, word
