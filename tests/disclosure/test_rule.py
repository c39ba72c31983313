"""A rule can be made stricter, never laxer."""

from __future__ import annotations

import pytest

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE


def test_the_default_is_what_the_library_holds_itself_to() -> None:
    rule = DisclosureRule()
    assert (rule.publish, rule.show) == (FEWEST_PEOPLE, FEWEST_IN_A_CELL)
    assert (rule.dominance, rule.p_percent, rule.rounding) == ((2, 0.90), 10.0, None)


@pytest.mark.parametrize(
    "stricter", [{"publish": 20}, {"show": 10}, {"dominance": (3, 0.8)}, {"p_percent": 20}, {"rounding": 5}]
)
def test_stricter_rules_are_taken(stricter: dict) -> None:
    assert DisclosureRule(**stricter)


@pytest.mark.parametrize(
    ("laxer", "name"),
    [
        ({"publish": 9}, "publish"),
        ({"publish": 10.0}, "publish"),
        ({"publish": True}, "publish"),
        ({"show": 4}, "show"),
        ({"show": 11}, "show"),
        ({"dominance": (1, 0.9)}, "dominance"),
        ({"dominance": (2, 0.95)}, "dominance"),
        ({"dominance": 0.9}, "dominance"),
        ({"p_percent": 5}, "p_percent"),
        ({"p_percent": float("nan")}, "p_percent"),
        ({"rounding": 2}, "rounding"),
        ({"rounding": 2.5}, "rounding"),
    ],
)
def test_laxer_rules_are_refused_with_the_name_of_the_argument(laxer: dict, name: str) -> None:
    with pytest.raises(DesignError, match=f"`{name}` argument of `DisclosureRule`"):
        DisclosureRule(**laxer)
