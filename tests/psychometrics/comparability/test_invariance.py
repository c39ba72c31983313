"""`tm.check_invariance`: known answers, what must not matter, and what must be refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.comparability import units
from trustmeter.psychometrics.comparability.ladder import climb
from trustmeter.psychometrics.grouping import groups_of
from trustmeter.responses.model import Responses
from trustmeter.stats.sem.model import LAMBDA
from trustmeter.stats.sem.sample import ordinal_sample

LOADINGS = np.array([0.8, 0.7, 0.75, 0.65, 0.7, 0.6])
CUTS = np.array([-1.0, -0.2, 0.5, 1.2])
ITEMS = [f"q{i + 1}" for i in range(5)]


def made(
    n: int = 400, *, k: int = 5, seed: int = 1, mean: float = 0.3, groups: str = "AB", ordinal: bool = True,
    shift: tuple[int, float] = (0, 0.0), steeper: tuple[int, float] = (0, 1.0), cut: float = 0.0, wide: float = 1.0,
) -> pd.DataFrame:  # fmt: skip
    """Return answers of groups; in the last one an item is shifted, steeper, cut elsewhere or noisier."""
    rng = np.random.default_rng(seed)
    parts = []
    for number, name in enumerate(groups):
        odd = name == groups[-1]
        loadings, cuts, noise = LOADINGS[:k].copy(), np.tile(CUTS, (k, 1)), np.sqrt(1 - LOADINGS[:k] ** 2)
        f = rng.normal(size=(n, 1)) + mean * number
        if odd:
            loadings[steeper[0]] *= steeper[1]
            cuts[shift[0], -1] += cut
            noise = noise * np.where(np.arange(k) == shift[0], wide, 1.0)
        y = loadings * f + noise * rng.normal(size=(n, k))
        if odd:
            y[:, shift[0]] += shift[1]
        x = np.column_stack([1 + np.digitize(y[:, i], cuts[i]) for i in range(k)]) if ordinal else y
        parts.append(pd.DataFrame(x, columns=[f"q{i + 1}" for i in range(k)], dtype=float).assign(g=name))
    return pd.concat(parts, ignore_index=True)


def of_term(result: tm.InvarianceResult, term: str) -> pd.DataFrame:
    return result.table[result.table["term"] == term]


def integrated(item: int, shift: float, mean: float, cut: float = 0.0) -> float:
    """Return an item's expected points by integrating over the factor, one category after the other."""
    cuts = np.concatenate([[-np.inf], CUTS[:-1], [CUTS[-1] + cut], [np.inf]])

    def score(f: float) -> float:
        p = stats.norm.cdf((cuts - LOADINGS[item] * f - shift) / np.sqrt(1 - LOADINGS[item] ** 2))
        return float(np.linspace(0, 100, 5) @ np.diff(p)) * float(stats.norm.pdf(f - mean))

    return float(integrate.quad(score, -9, 9)[0])


def test_a_shifted_item_is_released_and_its_bias_is_that_of_the_population() -> None:
    result = tm.check_invariance(made(3000, shift=(2, 0.6)), across="g")
    released = of_term(result, "released")
    assert list(released["item"]) == ["q3"]
    assert list(released["contrast"]) == ["intercepts"]
    truth = (integrated(2, 0.6, 0.3) - integrated(2, 0.0, 0.3)) / 5
    bias = of_term(result, "item_bias").iloc[0]
    assert abs(bias["estimate"] - truth) < 3 * bias["std_error"]
    assert bias["std_error"] < 0.4
    assert result.verdict() == "not comparable"
    assert "'q3' works differently and brings a bias of +" in result.sentences[""]


@pytest.mark.parametrize(
    ("change", "step"),
    [({"cut": 0.7}, "thresholds"), ({"steeper": (2, 0.4)}, "loadings"), ({"wide": 2.2}, "residuals")],
)
def test_what_differs_is_found_at_its_step(change: dict[str, Any], step: str) -> None:
    result = tm.check_invariance(made(2500, shift=(2, 0.0), seed=5, **change), across="g")
    released = of_term(result, "released")
    assert (released["item"] == "q3").any()
    assert step in set(released.loc[released["item"] == "q3", "contrast"])


def test_a_moved_threshold_brings_the_population_bias() -> None:
    result = tm.check_invariance(made(4000, shift=(2, 0.0), cut=0.8, seed=8), across="g")
    truth = (integrated(2, 0.0, 0.3, cut=0.8) - integrated(2, 0.0, 0.3)) / 5
    bias = of_term(result, "item_bias").set_index("item").loc["q3"]
    assert abs(bias["estimate"] - truth) < 3 * bias["std_error"]


def test_a_shifted_number_is_released_with_its_bias() -> None:
    frame = made(1500, ordinal=False, shift=(1, 0.5), seed=3)
    result = tm.check_invariance(frame, across="g")
    assert list(of_term(result, "released")["item"]) == ["q2"]
    spread = float(np.ptp(frame[ITEMS].to_numpy()))
    bias = of_term(result, "bias").iloc[0]
    assert abs(bias["estimate"] - 100 * 0.5 / spread / 5) < 3 * bias["std_error"]


def test_without_differences_many_people_make_comparable_and_few_undecided() -> None:
    assert tm.check_invariance(made(2000), across="g").verdict() == "comparable"
    few = tm.check_invariance(made(110, seed=4), across="g")
    assert few.verdict() == "undecided"
    assert any("fewer than 200" in note for note in few.notes)


def test_the_latent_mean_is_near_the_truth() -> None:
    mean = of_term(tm.check_invariance(made(2000), across="g"), "latent_mean").iloc[0]
    assert abs(mean["estimate"] - 0.3) < 3 * mean["std_error"]
    assert mean["ci_low"] < mean["estimate"] < mean["ci_high"]


def test_linked_waves_with_a_real_change_are_comparable(make_answers: Callable[..., Responses]) -> None:
    result = tm.check_invariance(make_answers(900, shift=0.4), across="wave", scale="fairness")
    assert result.verdict() == "comparable"
    assert any("linked over the waves" in note for note in result.notes)
    mean = of_term(result, "latent_mean").iloc[0]
    assert abs(mean["estimate"] - 0.4) < 3.5 * mean["std_error"]
    assert "can be read as a change in fairness" in result.sentences["fairness"]


def test_dimensions_are_correlated_factors(make_answers: Callable[..., Responses]) -> None:
    result = tm.check_invariance(make_answers(600), across="wave", scale="trust", linked=False)
    assert set(of_term(result, "latent_mean, factor 1")["group"]) == {"2023"}
    assert len(of_term(result, "latent_mean, factor 2")) == 1


def test_a_frame_and_responses_give_the_same_numbers(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(500, shift=0.2)
    items = ["EF1", "EF2", "EF3"]
    frame = answers.frame[[*items, "wave"]].assign(EF3=lambda x: 6 - x["EF3"])
    ours = tm.check_invariance(answers, across="wave", scale="effect", linked=False).table
    theirs = tm.check_invariance(frame, across="wave").table
    for column in ("estimate", "statistic", "std_error"):
        np.testing.assert_allclose(ours[column], theirs[column], atol=1e-9)


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    frame = made(500, shift=(2, 0.5), seed=9)
    turned = frame.sample(frac=1, random_state=2)[["q4", "g", "q1", "q3", "q5", "q2"]]
    one, other = tm.check_invariance(frame, across="g"), tm.check_invariance(turned, across="g")
    assert one.verdict() == other.verdict()
    for term in ("chi_square", "difference", "bias", "latent_mean", "unseen_bias"):
        np.testing.assert_allclose(of_term(one, term)["statistic"], of_term(other, term)["statistic"], atol=1e-6)
        np.testing.assert_allclose(of_term(one, term)["estimate"], of_term(other, term)["estimate"], atol=1e-6)


def test_nothing_is_changed_in_the_data() -> None:
    frame = made(150)
    before = frame.copy()
    tm.check_invariance(frame, across="g")
    pd.testing.assert_frame_equal(frame, before)


def test_the_reference_group_turns_the_bias_round() -> None:
    frame = made(1500, shift=(2, 0.6), mean=0.0)
    one = of_term(tm.check_invariance(frame, across="g"), "bias").iloc[0]
    other = of_term(tm.check_invariance(frame, across="g", reference="B"), "bias").iloc[0]
    assert (one["group"], other["group"]) == ("B", "A")
    assert one["estimate"] == pytest.approx(-other["estimate"], rel=0.1)


def test_listwise_is_the_call_without_the_rows_that_have_holes() -> None:
    frame = made(500)
    frame.loc[::7, "q2"] = np.nan
    complete = frame.dropna()
    one = tm.check_invariance(frame, across="g", missing="listwise")
    other = tm.check_invariance(complete, across="g")
    np.testing.assert_array_equal(one.table["statistic"], other.table["statistic"])
    assert any("only complete rows count" in note.lower() for note in one.notes)
    pairwise = tm.check_invariance(frame, across="g")
    assert any("answers are missing" in note.lower() for note in pairwise.notes)
    assert not np.array_equal(pairwise.table["statistic"], one.table["statistic"], equal_nan=True)


def test_people_who_answer_twice_are_clusters(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(300)
    twice = make_answers(300)
    frame = pd.concat([answers.frame, twice.frame[twice.frame["wave"] == "2022"]], ignore_index=True)
    missing = pd.concat([answers.missing, twice.missing[twice.frame["wave"] == "2022"]], ignore_index=True)
    both = Responses(frame, missing, answers.questionnaire, answers.roles, source="made.csv")
    result = tm.check_invariance(both, across="wave", scale="fairness")
    assert any("clustered by respondent" in note for note in result.notes)
    with pytest.raises(DesignError, match="answered more than once"):
        tm.check_invariance(both, across="wave", scale="fairness", linked=True)


def test_people_in_both_groups_who_are_not_linked_are_told(make_answers: Callable[..., Responses]) -> None:
    result = tm.check_invariance(make_answers(300), across="wave", scale="fairness", linked=False)
    assert any("some people are in several groups or waves" in note.lower() for note in result.notes)


def test_unequal_categories_are_joined_and_told() -> None:
    frame = made(500)
    frame.loc[(frame["g"] == "B") & (frame["q2"] == 1), "q2"] = 2
    result = tm.check_invariance(frame, across="g")
    assert any("'q2'" in note and "joined" in note for note in result.notes)


def test_a_negative_variance_is_told() -> None:
    rng = np.random.default_rng(0)
    parts = []
    for name in "AB":
        loadings = np.array([0.95, 0.3, 0.35])
        x = loadings * rng.normal(size=(60, 1)) + np.sqrt(1 - loadings**2) * rng.normal(size=(60, 3))
        parts.append(pd.DataFrame(x, columns=["q1", "q2", "q3"]).assign(g=name))
    result = tm.check_invariance(pd.concat(parts), across="g")
    assert any("is estimated below zero" in note for note in result.notes)


def test_simulated_answers_say_so(make_answers: Callable[..., Responses]) -> None:
    result = tm.check_invariance(make_answers(200, simulated=True), across="wave", scale="fairness")
    assert "simulated" in result.summary().lower()


def alike(frame: pd.DataFrame, group: str, item: str, value: float) -> pd.DataFrame:
    return frame.assign(**{item: frame[item].where(frame["g"] != group, value)})


def halves(frame: pd.DataFrame) -> pd.DataFrame:
    odd = np.arange(len(frame)) % 2 == 1
    return frame.assign(q1=frame["q1"].where(odd), q2=frame["q2"].where(~odd))


BAD: list[tuple[str, Callable[[], pd.DataFrame], dict[str, Any], type[Exception], str]] = [
    ("one answer in a group", lambda: alike(made(80), "B", "q1", 3.0), {}, EstimationError, r"'q1' .* one category only in 'B'"),
    ("one number in a group", lambda: alike(made(80, ordinal=False), "B", "q1", 3.0), {}, EstimationError, "'q1' has one answer"),
    ("no answers in a group", lambda: alike(made(80), "B", "q1", np.nan), {}, EstimationError, r"'q1' .* in 'B'"),
    ("no numbers in a group", lambda: alike(made(80, ordinal=False), "B", "q1", np.nan), {}, EstimationError, "answered by nobody in 'B'"),
    ("no complete rows", lambda: alike(made(80), "B", "q1", np.nan), {"missing": "listwise"}, EstimationError, "needs 50 people"),
    ("few people", lambda: made(40), {}, DesignError, "two groups of at least 50"),
    ("two items", lambda: made(80, k=2), {}, EstimationError, "it has 2; a model needs three items"),
    ("a factor of one item", lambda: made(80), {"factors": {"a": ["q1"], "b": ITEMS[1:]}}, EstimationError, "two items a factor"),
    ("an item without factor", lambda: made(80), {"factors": {"a": ITEMS[:3]}}, DesignError, "'q4' has none"),
    ("a strange item", lambda: made(80), {"factors": {"a": [*ITEMS, "zz"]}}, DesignError, "no item 'zz'"),
    ("factors that are a list", lambda: made(80), {"factors": ITEMS}, DesignError, "must map a factor's name"),
    ("the same factor twice", lambda: made(80), {"factors": {"a": ITEMS, "b": ITEMS}}, EstimationError, "come to rest|not identified"),
    ("text", lambda: made(80).assign(q1="yes"), {}, DesignError, "hold something else: 'q1'"),
    ("tolerance zero", lambda: made(80), {"tolerance": 0}, DesignError, "points above 0"),
    ("tolerance below zero", lambda: made(80), {"tolerance": -2.0}, DesignError, "points above 0"),
    ("tolerance true", lambda: made(80), {"tolerance": True}, DesignError, "points above 0"),
    ("tolerance no number", lambda: made(80), {"tolerance": np.nan}, DesignError, "points above 0"),
    ("unknown column", lambda: made(80), {"across": "h"}, DesignError, "'h'"),
    ("scale of a frame", lambda: made(80), {"scale": "trust"}, DesignError, "belongs to Responses"),
    ("unknown reference", lambda: made(80), {"reference": "Z"}, DesignError, "'Z'"),
    ("unknown treatment", lambda: made(80), {"treat": "nominal"}, DesignError, "treat"),
    ("linked without people", lambda: made(80), {"linked": True}, DesignError, "not known who answered"),
    ("decimals as ordered", lambda: made(80, ordinal=False), {"treat": "ordinal"}, DesignError, "whole-number codes"),
    ("one item twice", lambda: made(80).assign(q2=lambda x: 6 - x["q1"]), {}, EstimationError, "'q1' and 'q2' were answered alike"),
    ("never together", lambda: halves(made(200)), {}, EstimationError, "'q1' and 'q2' were answered together by fewer than 10"),
    ("numbers never together", lambda: halves(made(200, ordinal=False)), {}, EstimationError, "answered together"),
    ("infinite", lambda: made(80, ordinal=False).assign(q1=np.inf), {}, DesignError, "finite"),
    ("conf_level", lambda: made(80), {"conf_level": 95}, DesignError, "conf_level"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "options", "error", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_cannot_be_answered_is_refused_in_one_sentence(
    frame: Callable[[], pd.DataFrame], options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        tm.check_invariance(frame(), **{"across": "g", **options})
    assert not re.search(r"\d\.\d{3}", str(caught.value))


def test_a_correlation_at_its_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_limit(codes: Any, **options: Any) -> Any:
        found = ordinal_sample(codes, **options)
        return replace(found, groups=tuple(replace(one, at_limit=np.array([[1, 3]])) for one in found.groups))

    monkeypatch.setattr(units, "ordinal_sample", at_limit)
    with pytest.raises(EstimationError, match="'q2' and 'q4' runs to its limit"):
        tm.check_invariance(made(80), across="g")


def test_scales_that_cannot_be_examined_are_told_beside_the_others(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(200)
    frame = answers.frame.copy()
    frame["EF1"] = pd.Series(3, index=frame.index, dtype="Int64")
    spoilt = Responses(frame, answers.missing, answers.questionnaire, answers.roles, source="made.csv")
    result = tm.check_invariance(spoilt, across="wave")
    assert set(result.verdicts) == {"fairness"}
    assert any("could not be examined" in note and "'EF1'" in note for note in result.notes)
    assert result.unexamined == ("effect",)
    with pytest.raises(DesignError, match="effect"):
        result.verdict("effect")


def test_waves_come_in_their_order_not_by_name() -> None:
    answers = made(groups="AB").rename(columns={"g": "wave"})
    answers["wave"] = answers["wave"].map({"A": "before", "B": "after"})
    assert tm.check_invariance(answers, across="wave").labels == ("before", "after")
    turned = answers.iloc[::-1].reset_index(drop=True)
    turned["wave"] = pd.Categorical(turned["wave"], ["before", "after"], ordered=True)
    assert tm.check_invariance(turned, across="wave").labels == ("before", "after")
    named = answers.rename(columns={"wave": "zone"})
    assert tm.check_invariance(named, across="zone").labels == ("after", "before")


def test_one_group_with_too_few_answers_is_left_out_and_said() -> None:
    answers = made(groups="ABC")
    few = np.flatnonzero(answers["g"] == "B")[30:]
    answers.loc[few, ITEMS] = np.nan
    result = tm.check_invariance(answers, across="g")
    assert any("ewer than 50 people answered in 'B': left out." in note for note in result.notes)
    assert set(of_term(result, "latent_mean")["group"]) == {"C"}


def test_a_loading_that_runs_away_is_named_with_its_group() -> None:
    ladder = climb(units_of_frame(made()), 0.05)
    fit = ladder.steps[0].fit
    theta = fit.estimate.theta.copy()
    model = fit.estimate.model
    theta[model.free[(model.matrix == LAMBDA) & (model.group == 1) & (model.row == 2)]] = 1e4
    ladder.steps[0] = replace(ladder.steps[0], fit=replace(fit, estimate=replace(fit.estimate, theta=theta)))
    assert any("'q3' in 'B'" in words for words in ladder.improper)


def units_of_frame(frame: pd.DataFrame) -> units.Units:
    plan = units.Plan("auto", "pairwise", None, None, "check_invariance")
    found = groups_of(frame, "g", "check_invariance")
    return units.units_of(found, units.matrices_of(found, None, plan)[0], plan)


def test_all_that_was_asked_is_remembered() -> None:
    factors = {"F": ITEMS}
    options = tm.check_invariance(made(), across="g", factors=factors, reference="B").provenance.options
    assert options["reference"] == "B"
    assert options["factors"] == factors
    assert {"scale", "linked"} <= set(options)
