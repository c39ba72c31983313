"""Which signs are looked for, by which limits, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from trustmeter.errors import DesignError
from trustmeter.options import QualityRule
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality
from trustmeter.responses.quality.rules import RULES, limits_of

USUAL = ["incomplete", "straight_lining", "same_answers", "near_duplicates", "longstring"]


def test_every_word_has_a_rule_in_the_same_order() -> None:
    assert tuple(RULES) == get_args(QualityRule)


@pytest.mark.parametrize(
    ("rules", "limits", "timed", "expected"),
    [
        (None, None, False, USUAL),
        (None, None, True, [*USUAL, "speeding"]),
        (None, {"low_variability": 0.3}, False, [*USUAL, "low_variability"]),
        ("outlying", None, False, ["outlying"]),
        (["speeding", "incomplete"], None, True, ["incomplete", "speeding"]),
        ((name for name in ("even_odd",)), {"even_odd": 0.1}, False, ["even_odd"]),
    ],
)
def test_rules_looked_for(rules: Any, limits: Any, timed: bool, expected: list[str]) -> None:
    assert list(limits_of(rules, limits, timed)) == expected


def test_the_callers_limit_stands_in_the_result(make_answers: Callable[..., Responses]) -> None:
    report = check_quality(make_answers(50), limits={"straight_lining": 6, "incomplete": 0.25})
    methods = report.tidy().set_index("term")["method"]
    assert "more than 25 % of the applicable questions open" in methods["incomplete"].iloc[0]
    assert "6 answers or more" in methods["straight_lining"].iloc[0]
    assert report.provenance.options["limits"]["straight_lining"] == 6
    assert report.flags.rules["incomplete"].startswith("more than 25 %")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rules": "longstrings"}, "Did you mean 'longstring'"),
        ({"rules": []}, "a name or a list of names"),
        ({"rules": ["incomplete"], "limits": {"longstring": 0.5}}, "Add 'longstring' to `rules`"),
        ({"limits": {"speeding": 0.4}}, "Pass `duration`, too"),
        ({"rules": ["speeding"]}, "cannot look for 'speeding' without times"),
        ({"rules": ["low_variability"]}, "needs a limit for 'low_variability'"),
        ({"limits": {"longstring": 1.5}}, "a number, 0.1 to 1. Got 1.5"),
        ({"limits": {"longstring": float("nan")}}, "must be a number"),
        ({"limits": {"same_answers": 10.5}}, "a whole number"),
        ({"limits": {"incomplete": True}}, "must be a number"),
        ({"limits": {"low_variability": -1}}, "0 or more"),
        ({"limits": [0.5]}, "a limit a rule"),
        ({"limits": {"nothing": 0.5}}, "must be one of"),
        ({"duration": 3}, "a kept column, or two"),
        ({"duration": ("a", "b", "c")}, "a kept column, or two"),
        ({"duration": "seconds"}, "must be one of"),
        ({"duration": "zone"}, "finds no times"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    make_answers: Callable[..., Responses], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DesignError, match=message):
        check_quality(make_answers(30), **options)
