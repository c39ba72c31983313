"""Item bias against nested ordinal::clm models, by simulation, and what is said or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.comparability.bias import BiasResult, check_item_bias
from trustmeter.psychometrics.response.calibrate import irt
from trustmeter.responses.model import Responses
from trustmeter.results import VOCABULARY
from trustmeter.stats.irt.calibration import fit_irt

FOLDER = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((FOLDER / "values" / "item_bias.json").read_text(encoding="utf-8"))["cases"]


def frame(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"item_bias_{name}.csv")


@cache
def found_in(name: str, *, purify: bool) -> BiasResult:
    return check_item_bias(frame(name), across="group", purify=purify)


def column(found: BiasResult, term: str, what: str) -> np.ndarray:
    return found.table.loc[(found.table["term"] == term) & (found.table["item"] != ""), what].to_numpy(float)


@pytest.mark.parametrize("purify", [False, True])
@pytest.mark.parametrize("name", list(STORED))
def test_logistic_equals_nested_clm_models(name: str, purify: bool, agree: Any) -> None:
    found = found_in(name, purify=purify)
    theirs = STORED[name]["last" if purify else "first"]
    words = {"reference": "ordinal::clm 2022.11-16", "data": f"{name}{', purified' if purify else ''}"}
    for term in ("uniform", "nonuniform", "total"):
        ours = column(found, term, "statistic")
        agree(f"item bias, {term} likelihood ratio", ours, [one[term] for one in theirs], 1e-6, **words)
    for term in ("mcfadden", "nagelkerke"):
        ours = column(found, f"r2_change_{term}", "estimate")
        agree(f"item bias, change of R² ({term})", ours, [one[term] for one in theirs], 1e-8, **words)
    points = [bias for one in theirs for bias in one["bias"]]
    ours = column(found, "item_bias", "estimate")
    agree("item bias, points", ours, [bias["estimate"] for bias in points], 1e-6, **words)
    ours = column(found, "item_bias", "std_error")
    agree("item bias, standard error of points", ours, [bias["std_error"] for bias in points], 1e-5, **words)


@pytest.mark.parametrize("name", list(STORED))
def test_purification_flags_the_same_items_as_the_same_search_in_r(name: str) -> None:
    assert list(found_in(name, purify=False).flagged[""]) == STORED[name]["first_flagged"]
    assert list(found_in(name, purify=True).flagged[""]) == STORED[name]["flagged"]


def test_purification_frees_items_that_only_mirrored_others() -> None:
    first, last = (found_in("two_groups", purify=purify) for purify in (False, True))
    assert first.flagged[""] == ("q2", "q4", "q5", "q6")
    assert last.flagged[""] == ("q2", "q5")
    assert any("Held against the items 'q1', 'q3', 'q4', 'q6' after" in note for note in last.notes)


def simulated(seed: int, *, bias: float, impact: float, k: int = 6, n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], n)
    f = rng.normal(size=(2 * n, 1)) + impact * group[:, None]
    latent = rng.uniform(1.2, 2, k) * f + rng.logistic(size=(2 * n, k))
    latent[group == 1, 0] -= bias
    items = pd.DataFrame(np.digitize(latent, [-2, -0.7, 0.7, 2]), columns=[f"q{j}" for j in range(k)])
    return items.assign(group=group)


@pytest.mark.parametrize(
    "options", [{}, {"match": "rest"}, {"match": "trait"}, {"method": "irt"}], ids=["total", "rest", "trait", "irt"]
)
def test_one_item_with_clear_bias_is_the_only_one_named(options: Any) -> None:
    named = []
    for seed in range(2 if options else 10):
        found = check_item_bias(simulated(seed, bias=2.0, impact=0.0, n=600), across="group", **options)
        named.append(found.flagged[""] == ("q0",))
        row = found.table[found.table["term"] == "bias"].iloc[0]
        assert -10 < row["estimate"] < -2
    assert np.mean(named) >= (0.5 if options else 0.8)


def test_where_no_items_are_left_to_hold_others_against_nothing_is_said_for_certain() -> None:
    items = simulated(4, bias=0.0, impact=0.0, k=4, n=500)
    for number, shift in enumerate((-2, 2, -1, 1)):
        moved = items.loc[items["group"] == 1, f"q{number}"] + shift
        items.loc[items["group"] == 1, f"q{number}"] = moved.clip(0, 4)
    found = check_item_bias(items, across="group")
    assert "bias" not in set(found.table["term"])
    assert "stays open" in found.sentences[""]
    assert "points in" not in found.sentences[""]
    assert any("No two items are left" in note for note in found.notes)


def test_half_of_the_items_set_apart_are_not_blamed_for_certain() -> None:
    items = simulated(9, bias=0.0, impact=0.0, k=6, n=600)
    for name in ("q1", "q2", "q4"):
        moved = items.loc[items["group"] == 1, name] - 1
        items.loc[items["group"] == 1, name] = moved.clip(0, 4)
    found = check_item_bias(items, across="group")
    assert any("would fit about as well" in note for note in found.notes)
    assert not any("about as well" in note for note in found_in("two_groups", purify=True).notes)


@pytest.mark.parametrize("impact", [0.0, 0.5])
def test_few_items_without_bias_and_most_with_bias_are_flagged(impact: float) -> None:
    p_values, clean = [], []
    for seed in range(25):
        found = check_item_bias(simulated(seed, bias=0.8, impact=impact), across="group", adjust="none")
        p = column(found, "total", "p_value")
        p_values.append(p[0])
        clean += list(p[1:])
    assert np.mean(np.array(p_values) < 0.05) > 0.9
    assert 0.01 < np.mean(np.array(clean) < 0.05) < 0.10  # 125 tests: Monte-Carlo error 0.02


def test_irt_finds_the_planted_item_and_its_size() -> None:
    items = simulated(4, bias=1.0, impact=0.4, n=500)
    found = check_item_bias(items, across="group", method="irt")
    assert found.flagged[""] == ("q0",)
    logistic = check_item_bias(items, across="group")
    bias, error = found.value("item_bias", "q0", "1"), column(found, "item_bias", "std_error")[0]
    assert bias < logistic.value("item_bias", "q0", "1") < 0
    theta = np.random.default_rng(0).normal(size=200_000) + 0.4
    share = [1 / (1 + np.exp(-(1.6 * theta[:, None] - shift - np.array([-2, -0.7, 0.7, 2])))) for shift in (1.0, 0.0)]
    true = 25 * (share[0].sum(axis=1) - share[1].sum(axis=1)).mean() / 6
    assert bias == pytest.approx(true, abs=3 * error + 0.3)
    assert "uniform" not in set(found.table["term"])


def test_irt_tests_are_twice_the_difference_of_log_likelihoods() -> None:
    items = simulated(1, bias=0.5, impact=0.0, k=4, n=200)
    found = check_item_bias(items, across="group", method="irt", purify=False)
    codes, groups = items.drop(columns="group").to_numpy(), items["group"].to_numpy()
    held = fit_irt(codes, groups=groups)
    freed = fit_irt(codes, groups=groups, free=frozenset({2}))
    assert column(found, "total", "statistic")[2] == pytest.approx(
        2 * (freed.log_likelihood - held.log_likelihood), abs=1e-5
    )
    assert column(found, "total", "df")[2] == 5


def test_wald_and_likelihood_ratio_tell_the_same_of_many_people() -> None:
    items = simulated(7, bias=0.5, impact=0.0, n=1500)
    plain = check_item_bias(items, across="group", purify=False)
    weighted = check_item_bias(items, across="group", purify=False, weights=np.ones(len(items)))
    ratio = column(weighted, "total", "statistic") / column(plain, "total", "statistic")
    assert ratio[0] == pytest.approx(1, abs=0.1)
    assert set(weighted.table.loc[weighted.table["term"] == "total", "method"]) == {"ordinal logistic, robust Wald"}


def test_a_doubled_sample_with_clusters_tells_no_more_than_the_sample() -> None:
    items = simulated(3, bias=0.4, impact=0.0)
    twice = pd.concat([items, items], ignore_index=True)
    owner = np.tile(np.arange(len(items)), 2)
    once = check_item_bias(items, across="group", purify=False, weights=np.ones(len(items)))
    clustered = check_item_bias(twice, across="group", purify=False, clusters=owner)
    naive = check_item_bias(twice, across="group", purify=False)
    assert column(clustered, "total", "statistic") == pytest.approx(column(once, "total", "statistic"), rel=1e-6)
    assert column(naive, "total", "statistic")[0] > 1.5 * column(clustered, "total", "statistic")[0]


@pytest.mark.parametrize("match", ["rest", "trait"])
def test_other_standings(match: Any) -> None:
    found = check_item_bias(simulated(2, bias=1.0, impact=0.0, k=5), across="group", match=match)
    assert "q0" in found.flagged[""]
    assert found.value("item_bias", "q0", "1") < -1
    assert any("without the item itself" in note for note in found.notes) == (match == "rest")


def test_the_reference_turns_the_sign() -> None:
    items = frame("two_groups")
    there, back = (check_item_bias(items, across="group", reference=label) for label in "ab")
    assert there.labels == ("a", "b")
    assert back.labels == ("b", "a")
    assert there.value("item_bias", "q2", "b") < 0 < back.value("item_bias", "q2", "a")
    assert column(there, "total", "statistic") == pytest.approx(column(back, "total", "statistic"), rel=1e-8)


def test_the_scales_bias_is_the_sum_with_its_own_interval() -> None:
    found = found_in("two_groups", purify=True)
    row = found.table[found.table["term"] == "bias"].iloc[0]
    items = found.table[(found.table["term"] == "item_bias") & found.table["item"].isin(found.flagged[""])]
    assert row["estimate"] == pytest.approx(items["estimate"].sum())
    assert row["ci_low"] < row["estimate"] < row["ci_high"] < 0
    assert row["std_error"] < items["std_error"].sum()


def test_tables_and_words() -> None:
    found = found_in("three_groups", purify=True)
    assert [name for name in VOCABULARY if name in found.table] == list(found.table)
    assert "1 of 5 items works differently (group): 'q1'" in found.summary()
    assert "points in 'b'" in found.sentences[""]
    assert list(found.decisions["flagged"]) == ["yes", "no", "no", "no", "no"]
    assert found_in("alike", purify=True).sentences[""].startswith("The items: no item was found")
    assert found.value("total", "q1") < 0.05
    with pytest.raises(DesignError, match="item"):
        found.value("total", "q9")


def test_small_groups_and_unanswered_rows_are_told() -> None:
    items = simulated(5, bias=0.0, impact=0.0, n=220)
    items["group"] = items["group"].map({0: "north", 1: "south"})
    items.loc[:20, "group"] = "tiny"
    items.loc[30:44, "q1"] = np.nan
    found = check_item_bias(items, across="group")
    assert found.labels == ("north", "south")
    assert any("1 group of fewer than 50 rows left out" in note for note in found.notes)
    assert any("unanswered items: 15 of" in note for note in found.notes)
    assert any("fewer than 200 people" in note for note in found.notes)


def test_responses_of_several_scales_and_people_in_two_waves(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(120, simulated=True)
    found = check_item_bias(answers, across="wave")
    assert set(found.flagged) == {"trust", "fairness", "effect"}
    assert any("clustered by respondent" in note for note in found.notes)
    assert found.summary().startswith("SIMULATED")
    by_item = check_item_bias(answers, across="SEX", scale="fairness")
    assert by_item.labels == ("F", "M")
    assert "item SEX" in by_item.sentences["fairness"]


def test_a_scale_that_cannot_be_examined_is_told_beside_others(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(120)
    constant = replace(answers, frame=answers.frame.assign(FA1=3))
    found = check_item_bias(constant, across="wave")
    assert set(found.flagged) == {"effect"}
    assert any("not examined" in note and "'FA1'" in note for note in found.notes)
    with pytest.raises(EstimationError, match="'FA1'"):
        check_item_bias(constant, across="wave", scale="fairness")


def test_irt_joins_answers_that_a_group_never_gave() -> None:
    items = simulated(6, bias=0.0, impact=0.0, k=4)
    items.loc[(items["group"] == 1) & (items["q3"] == 4), "q3"] = 3
    found = check_item_bias(items, across="group", method="irt", purify=False)
    assert any("joined with neighbouring ones: 'q3'" in note for note in found.notes)
    assert len(column(found, "total", "p_value")) == 4


def test_nothing_is_changed_in_the_callers_data() -> None:
    items = frame("alike")
    before = items.copy()
    check_item_bias(items, across="group")
    pd.testing.assert_frame_equal(items, before)


@pytest.mark.parametrize(
    ("changed", "options", "error", "said"),
    [
        ({}, {"across": "nobody"}, DesignError, "`across`"),
        ({}, {"across": "group", "method": "mantel"}, DesignError, "`method`"),
        ({}, {"across": "group", "match": "score"}, DesignError, "`match`"),
        ({}, {"across": "group", "reference": "z"}, DesignError, "`reference`"),
        ({}, {"across": "group", "conf_level": 95}, DesignError, "conf_level"),
        ({"q1": 1}, {"across": "group"}, EstimationError, "no two different answers to 'q1'"),
        ({"q1": np.arange(400) / 7}, {"across": "group"}, DesignError, "at most 20 different"),
        ({"group": ["a"] * 380 + ["b"] * 20}, {"across": "group"}, DesignError, "two groups of at least 50"),
    ],
)
def test_refusals(changed: Any, options: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        check_item_bias(frame("alike").assign(**changed), **options)


def test_two_items_are_too_few() -> None:
    with pytest.raises(EstimationError, match="three are needed"):
        check_item_bias(frame("alike")[["q1", "q3", "group"]], across="group")


def test_an_item_constant_in_one_language_does_not_put_the_blame_on_others() -> None:
    items = simulated(4, bias=1.2, impact=0.0, n=400)
    items.loc[items["group"] == 1, "q3"] = 2
    found = check_item_bias(items, across="group")
    assert found.flagged[""] == ("q0",)
    assert any("Item 'q3' could not be examined" in note for note in found.notes)
    assert "'q3' could not be examined" in found.sentences[""]
    assert dict(zip(found.decisions["item"], found.decisions["flagged"], strict=True))["q3"] == "not tested"


def test_waves_stand_in_the_order_of_time() -> None:
    items = simulated(5, bias=0.0, impact=0.0, n=200)
    spring = items.assign(wave=np.where(items["group"] == 0, "spring", "autumn")).drop(columns="group")
    assert check_item_bias(spring, across="wave").labels == ("spring", "autumn")
    assert irt(spring, across="wave").groups == ("spring", "autumn")
    ordered = spring.assign(wave=pd.Categorical(spring["wave"], ["autumn", "spring"]))
    assert check_item_bias(ordered, across="wave").labels == ("autumn", "spring")


@pytest.mark.parametrize("method", ["logistic", "irt"])
def test_rows_of_no_known_group_are_told(method: Any) -> None:
    items = simulated(5, bias=0.0, impact=0.0, n=200)
    items["group"] = items["group"].map({0: "a", 1: "b"}).where(np.arange(400) % 4 > 0)
    found = check_item_bias(items, across="group", method=method, purify=False)
    assert any("Rows of no known group left out: 100 of 400" in note for note in found.notes)
    assert found.provenance.rows_left_out == {"no group, or unanswered items": 100}


def test_an_item_that_cannot_be_fitted_is_named() -> None:
    items = simulated(5, bias=0.0, impact=0.0, n=300, k=4).rename(columns={"q3": "trust"})
    items["trust"] = items["q1"]
    with pytest.raises(EstimationError) as refused:
        check_item_bias(items, across="group", method="irt")
    assert "item 2" not in str(refused.value)
    assert "'q1'" in str(refused.value) or "'trust'" in str(refused.value)


def test_irt_examines_the_other_items_when_one_is_constant_in_a_group() -> None:
    items = simulated(4, bias=1.5, impact=0.0, n=400)
    items.loc[items["group"] == 1, "q3"] = 2
    found = check_item_bias(items, across="group", method="irt")
    assert found.flagged[""] == ("q0",)
    assert "'q3' could not be examined" in found.sentences[""]
    assert any("Item 'q3' could not be examined" in note for note in found.notes)
    assert dict(zip(found.decisions["item"], found.decisions["flagged"], strict=True))["q3"] == "not tested"
    without = check_item_bias(items.drop(columns="q3"), across="group", method="irt")
    assert found.value("bias", group="1") == pytest.approx(without.value("bias", group="1") * 5 / 6, rel=1e-6)


@pytest.mark.parametrize("weight", [1e3, 1e6, 1e9])
def test_a_row_with_nearly_all_the_weight_withholds_tests(weight: float) -> None:
    items = simulated(4, bias=1.2, impact=0.0, n=200)
    found = check_item_bias(items, across="group", weights=np.r_[weight, np.ones(len(items) - 1)])
    assert found.flagged[""] == ()
    assert found.table[["p_value", "std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert np.isfinite(column(found, "item_bias", "estimate")).any()
    assert set(found.decisions["flagged"]) == {"not tested"}
    assert "cannot be tested" in found.sentences[""]
    assert any("nearly all the weight" in note and "withheld" in note for note in found.notes)
    even = check_item_bias(items, across="group", weights=np.resize([1.0, 2.0], len(items)))
    assert even.flagged[""] == ("q0",)
    assert any("they tell as much as" in note for note in even.notes)


def test_reversed_items_and_unequal_answers_of_a_frame_are_told() -> None:
    items = simulated(4, bias=0.0, impact=0.0, n=200)
    plain = check_item_bias(items, across="group")
    assert not any("run against" in note or "ranges" in note for note in plain.notes)
    turned = check_item_bias(items.assign(q2=4 - items["q2"]), across="group")
    assert any("'q2' runs against the other items" in note for note in turned.notes)
    wider = check_item_bias(items.assign(q2=2 * items["q2"]), across="group")
    assert any("different ranges" in note for note in wider.notes)


def test_clusters_named_by_the_caller_are_not_counted_as_people(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(120)
    zones = replace(answers, frame=answers.frame.assign(zone=np.resize(["n", "s", "w"], len(answers.frame))))
    found = check_item_bias(zones, across="wave", scale="fairness", clusters="zone")
    assert any("ewer than 10 clusters" in note and "withheld" in note for note in found.notes)
    assert found.table[["p_value", "std_error", "ci_low"]].isna().all(axis=None)
    towns = replace(
        answers, frame=answers.frame.assign(zone=np.resize([f"z{i}" for i in range(15)], len(answers.frame)))
    )
    found = check_item_bias(towns, across="wave", scale="fairness", clusters="zone")
    assert any("ests are by 15 clusters, as asked" in note and "fewer than 20" in note for note in found.notes)


def clustered(seed: int, count: int, first: int, per: int = 30) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers without bias of people in towns, each town being of one group; people of a town are alike."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(count), per)
    theta = 0.4 * rng.normal(size=count)[owner] + rng.normal(size=count * per)
    latent = np.array([1.5, 1.2, 1.8, 1.0]) * theta[:, None] + rng.logistic(size=(len(theta), 4))
    items = pd.DataFrame(np.digitize(latent, [-1.5, 0, 1.5]), columns=["q1", "q2", "q3", "q4"])
    return items.assign(group=np.where(owner < first, "a", "b")), owner


def test_few_clusters_within_groups_flag_no_more_than_chance_does() -> None:
    flagged, p_values = [], []
    for seed in range(40):
        items, owner = clustered(seed, 12, 6)
        found = check_item_bias(items, across="group", clusters=owner, purify=False)
        flagged.append(bool(found.flagged[""]))
        p_values += list(column(found, "total", "p_value"))
    assert np.mean(flagged) < 0.15
    assert np.mean(np.array(p_values) < 0.05) < 0.09  # 160 tests that hang together a little


@pytest.mark.parametrize(("count", "first"), [(8, 4), (20, 3)])
def test_too_few_clusters_withhold_tests(count: int, first: int) -> None:
    items, owner = clustered(1, count, first, per=60)
    for method in ("logistic", "irt"):
        found = check_item_bias(items, across="group", clusters=owner, method=method)
        assert found.table[["p_value", "std_error", "ci_low"]].isna().all(axis=None)
        assert "cannot be tested" in found.sentences[""]
        assert any("clusters" in note and "withheld" in note for note in found.notes)


def test_clusters_widen_intervals_by_t() -> None:
    items, owner = clustered(3, 12, 6)
    row = check_item_bias(items, across="group", clusters=owner).table.query("term == 'item_bias'").iloc[0]
    margin = (row["ci_high"] - row["ci_low"]) / 2
    assert 2.2 < margin / row["std_error"] < 2.7
