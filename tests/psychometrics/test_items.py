"""Item analysis: R's numbers, shares that are not shown, refusals."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.consistency.estimate import alpha
from trustmeter.psychometrics.items import TERMS, analyze_items
from trustmeter.responses.keying import keyed_items
from trustmeter.responses.model import Responses

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/reliability.json").read_text(encoding="utf-8"))["cases"]
CLOSED_FORM = 1e-12
"""Closed forms on the same numbers: only rounding may differ."""


@pytest.mark.parametrize("case", STORED)
def test_item_numbers_are_those_of_psych(case: str) -> None:
    items = pd.read_csv(REFERENCE / f"data/reliability_{case}.csv")
    table = analyze_items(items).tidy()
    for term in ("mean", "sd", "item_total", "alpha_if_dropped"):
        found = table.loc[table["term"] == term, "estimate"]
        assert found.tolist() == pytest.approx(STORED[case][term], rel=CLOSED_FORM)
    assert list(table.columns) == ["scale", "item", "term", "estimate", "n", "suppressed"]
    assert table["item"].drop_duplicates().tolist() == list(items.columns)
    assert (table["n"] == STORED[case]["n"]).all()


def test_pairs_use_all_answers() -> None:
    items = pd.read_csv(REFERENCE / "data/reliability_holes.csv")
    found = analyze_items(items, missing="pairwise")
    assert found.value("mean", "q1") == pytest.approx(items["q1"].mean(), rel=CLOSED_FORM)
    without = float(alpha(items.drop(columns="q1"), missing="pairwise"))
    assert found.value("alpha_if_dropped", "q1") == pytest.approx(without, rel=CLOSED_FORM)


def floor(lowest: int, highest: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    other = rng.integers(1, 6, size=40)
    return pd.DataFrame({"a": [1] * lowest + [5] * highest + [3] * (40 - lowest - highest), "b": other})


@pytest.mark.parametrize(("count", "shown"), [(0, True), (1, False), (4, False), (5, True), (12, True)])
def test_shares_of_one_to_four_people_are_not_shown(count: int, shown: bool) -> None:
    result = analyze_items(floor(count, 6))
    lowest = result.tidy().set_index(["item", "term"]).loc[("a", "share_lowest")]
    assert lowest["suppressed"] == (not shown)
    assert (lowest["estimate"] == count / 40) if shown else math.isnan(lowest["estimate"])
    highest = result.value("share_highest", "a")
    assert (highest == 6 / 40) if shown else math.isnan(highest)
    assert shown or any("one to four people" in note for note in result.notes)


def test_five_rows_of_three_people_are_three_people(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(30)
    few = answers.frame["FA1"].mask(answers.frame["FA1"] == 1, 2)
    few[answers.frame["id"].isin([1, 2, 3])] = 1
    found = analyze_items(replace(answers, frame=answers.frame.assign(FA1=few)), scale="fairness")
    assert int((few == 1).sum()) == 6
    assert math.isnan(found.value("share_lowest", "FA1"))


def test_shares_are_those_of_the_possible_range(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(200)
    found = analyze_items(answers, scale="effect")
    turned = keyed_items(answers, "effect")["EF3"]
    assert found.value("share_highest", "EF3") == pytest.approx(float((turned == 5).mean()))
    assert found.value("share_highest", "EF3") == pytest.approx(float((answers.frame["EF3"] == 1).mean()))
    assert found.value("mean", "EF3") == pytest.approx(float(turned.mean()))
    nobody = replace(answers, frame=answers.frame.assign(EF1=answers.frame["EF1"].clip(upper=4)))
    assert analyze_items(nobody, scale="effect").value("share_highest", "EF1") == 0


def test_all_scales_and_one_item_in_two(make_answers: Callable[..., Responses]) -> None:
    found = analyze_items(make_answers(60))
    assert found.tidy()["scale"].drop_duplicates().tolist() == ["trust", "fairness", "effect"]
    assert found.tidy()["term"].unique().tolist() == list(TERMS)
    with pytest.raises(DesignError, match="in the scales 'trust', 'fairness'"):
        found.value("mean", "FA1")
    assert found.value("mean", "FA1", "trust") == found.value("mean", "FA1", "fairness")
    with pytest.raises(DesignError, match="Did you mean 'item_total'"):
        found.value("item_totl", "FA1", "trust")


def test_a_wrong_key_shows(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(80)
    wrong = answers.frame.assign(FA2=6 - answers.frame["FA2"])
    result = analyze_items(replace(answers, frame=wrong), scale="trust")
    assert result.value("item_total", "FA2") < 0
    assert any("'FA2' runs against" in note for note in result.notes)


def test_constant_items_are_described_not_refused() -> None:
    rng = np.random.default_rng(2)
    items = pd.DataFrame(rng.integers(1, 6, size=(30, 3)), columns=list("abc")).assign(d=4)
    result = analyze_items(items)
    assert math.isnan(result.value("item_total", "d"))
    assert result.value("sd", "d") == 0
    assert any("No two different answers to 'd'" in note for note in result.notes)


def test_few_people_give_no_numbers(make_answers: Callable[..., Responses]) -> None:
    few = make_answers(4)
    table = analyze_items(few).tidy()
    assert table["suppressed"].all()
    assert table["n"].isna().all()
    assert table["estimate"].isna().all()
    with pytest.raises(EstimationError, match="fewer than 10 people"):
        analyze_items(few, scale="trust")
    with pytest.raises(EstimationError, match="only one item"):
        analyze_items(pd.DataFrame({"a": range(20)}))
    with pytest.raises(DesignError, match="`missing`"):
        analyze_items(few, missing="drop")  # type: ignore[arg-type]


def test_an_item_of_three_answers_does_not_tell_by_its_mean() -> None:
    rng = np.random.default_rng(4)
    three = pd.DataFrame({"a": [1] * 3 + [2] * 17 + [3] * 20, "b": rng.integers(1, 4, size=40)})
    found = analyze_items(three)
    assert all(math.isnan(found.value(term, "a")) for term in ("mean", "sd", "share_lowest", "share_highest"))
    assert math.isfinite(found.value("item_total", "a"))
