"""Known numbers of people: what a margin is, what it refuses, where margins do not agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.population.margins import Margin, Margins

SEX = Margin(("sex",), (("F",), ("M",)), np.array([51.0, 49.0]), source="Statbel", date="2015-01-01", status="verified")
CROSS = Margin(
    ("age", "sex"), (("18-44", "F"), ("18-44", "M"), ("45+", "F"), ("45+", "M")), np.array([20.0, 25.0, 31.0, 24.0])
)


def test_a_margin_says_how_many_of_each_kind_there_are() -> None:
    assert (SEX.name, SEX.labels, SEX.total, len(SEX)) == ("sex", ("F", "M"), 100.0, 2)
    assert CROSS.name == "age x sex" and CROSS.labels[0] == "18-44 x F"
    assert CROSS.collapsed("age") == {"18-44": 45.0, "45+": 55.0}
    np.testing.assert_allclose(SEX.proportions, [0.51, 0.49])


def test_numbers_are_kept_as_given_and_cannot_be_changed() -> None:
    numbers = np.array([51.0, 49.0])
    made = Margin(("sex",), (("F",), ("M",)), numbers)
    numbers[0] = 0
    assert made.population[0] == 51.0
    with pytest.raises(ValueError, match="read-only"):
        made.population[0] = 1


@pytest.mark.parametrize(
    ("variables", "categories", "population", "share", "code"),
    [
        ((), (), [], False, "N-VARIABLE"),
        (("",), (("a",),), [1], False, "N-VARIABLE"),
        (("age x sex",), (("a",),), [1], False, "N-VARIABLE"),
        (("sex", "sex"), (("F", "F"),), [1], False, "N-VARIABLE-TWICE"),
        (("sex",), (("F",), ("M",)), [1], False, "N-SHAPE"),
        (("sex", "age"), (("F",),), [1], False, "N-SHAPE"),
        (("sex",), (("F",), (" ",)), [1, 2], False, "N-CATEGORY-BLANK"),
        (("sex", "age"), (("F", "a x b"),), [1], False, "N-CATEGORY-BLANK"),
        (("sex",), (("F",), ("F",)), [1, 2], False, "N-CATEGORY-TWICE"),
        (("sex",), (("F",), ("M",)), [1, np.nan], False, "N-NUMBER"),
        (("sex",), (("F",), ("M",)), [1, np.inf], False, "N-NUMBER"),
        (("sex",), (("F",), ("M",)), [2, -1], False, "N-NEGATIVE"),
        (("sex",), (("F",), ("M",)), [0, 0], False, "N-EMPTY"),
        (("sex",), (("F",), ("M",)), [0.5, 0.4], True, "N-SHARES"),
    ],
)
def test_what_is_no_margin_is_refused(
    variables: tuple[str, ...], categories: tuple[tuple[str, ...], ...], population: list[float], share: bool, code: str
) -> None:
    with pytest.raises(tm.DesignError) as caught:
        Margin(variables, categories, np.array(population, dtype=float), share)
    assert code in {problem.code for problem in caught.value.problems}


def test_a_status_is_one_of_four_words() -> None:
    with pytest.raises(tm.DesignError, match="Did you mean 'verified'"):
        Margin(("sex",), (("F",),), np.array([1.0]), status="verifed")  # type: ignore[arg-type]


def test_the_least_trusted_margin_gives_the_status_of_all() -> None:
    both = Margins((SEX, CROSS))
    assert (SEX.status, both.status, both.simulated) == ("verified", "unverified", False)
    made_up = Margins((SEX, Margin(("age",), (("18+",),), np.array([100.0]), status="invented")))
    assert made_up.status == "invented" and made_up.simulated


def test_margins_are_found_by_name_in_any_order_of_a_cross() -> None:
    both = Margins((SEX, CROSS))
    assert both["sex x age"] is CROSS and both["age", "sex"] is CROSS and both["age × sex"] is CROSS
    assert both.names == ("sex", "age x sex") and both.variables == ("sex", "age")
    assert both.only("sex").names == ("sex",)
    with pytest.raises(tm.DesignError, match="Did you mean 'sex'"):
        both["sec"]


def test_two_margins_of_the_same_variables_are_refused() -> None:
    turned = Margin(("sex", "age"), tuple((b, a) for a, b in CROSS.categories), CROSS.population)
    with pytest.raises(tm.DesignError, match="same variables"):
        Margins((CROSS, turned))
    with pytest.raises(tm.DesignError, match="no margins"):
        Margins(())


def test_margins_that_do_not_agree_are_kept_and_told() -> None:
    assert Margins((SEX, CROSS)).conflicts() == ()
    assert Margins((SEX, CROSS)).total == 100.0
    fewer = Margin(("age",), (("18-44",), ("45+",)), np.array([40.0, 50.0]))
    apart = Margins((SEX, CROSS, fewer))
    assert apart.total is None
    assert [problem.code for problem in apart.conflicts()] == ["N-TOTALS", "N-TOTALS", "N-DISAGREE"]
    other = Margin(("age",), (("18-49",), ("50+",)), np.array([45.0, 55.0]))
    assert [problem.code for problem in Margins((CROSS, other)).conflicts()] == ["N-CATEGORIES"]


def test_shares_are_held_against_counts_as_shares() -> None:
    shares = Margin(("sex",), (("F",), ("M",)), np.array([51.0, 49.0]), share=True)
    assert shares.total is None
    assert Margins((shares, CROSS)).conflicts() == ()
    assert Margins((shares, CROSS)).total == 100.0


def test_margins_are_stated_in_a_call() -> None:
    stated = tm.margins(
        {"sex": {"F": 512, "M": 487}, "age x sex": {"18+ x F": 512, ("18+", "M"): 487}}, source="the city"
    )
    assert stated["sex"].total == 999.0 and not stated["sex"].share
    assert stated["age x sex"].categories == (("18+", "F"), ("18+", "M"))
    assert tm.margins({"sex": {"F": 51, "M": 49}})["sex"].share
    assert tm.margins({"sex": {"F": 0.51, "M": 0.49}})["sex"].share
    assert not tm.margins({"sex": {"F": 51, "M": 49}}, share=False)["sex"].share
    assert tm.margins(stated) is stated
    assert tm.margins(stated.to_frame())["sex"].source == "the city"


def test_an_answer_code_may_hold_an_x() -> None:
    assert tm.margins({"SEX": {"F": 60, "X": 10, "F x M": 30}})["SEX"].labels == ("F", "X", "F x M")


@pytest.mark.parametrize("stated", [{"sex": 3}, {"sex": {}}, [1, 2], {"sex": {"F": None}}, {"sex": {"F": "many"}}])
def test_what_states_no_margin_is_refused(stated: object) -> None:
    with pytest.raises(tm.DesignError):
        tm.margins(stated)  # type: ignore[arg-type]


def test_a_frame_gives_margins() -> None:
    frame = pd.DataFrame({"variable": ["sex", "sex"], "category": ["F", "M"], "population": [51.5, 48.5]})
    made = tm.margins(frame, source="the city", status="estimate")
    assert made["sex"].source == "the city" and made.status == "estimate" and made.total == 100.0
