"""The verb `align`: what it tells, what it refuses, and that it says the same of ordered and of continuous answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.comparability.alignment import AlignmentResult, align
from trustmeter.responses.model import Responses, Roles

ZONES = ("A", "B", "C", "D", "E")
MEANS = np.array([0.0, 0.4, -0.4, 0.8, 0.1])


def frame(n: int = 300, *, out_of_line: float = 0.0, cut: bool = False, seed: int = 2) -> pd.DataFrame:
    """Return answers of five zones to five items; `out_of_line` moves the last item in zone D."""
    rng = np.random.default_rng(seed)
    zone = np.repeat(ZONES, n)
    trust = rng.normal(size=5 * n) + np.repeat(MEANS, n)
    items = trust[:, None] * [1, 0.8, 1.2, 0.9, 1.1] + rng.normal(size=(5 * n, 5))
    items[zone == "D", 4] += out_of_line
    if cut:
        items = 1.0 + np.digitize(items, [-2, -0.7, 0.7, 2])
    return pd.DataFrame(items, columns=[f"q{number}" for number in range(1, 6)]).assign(zone=zone)


@pytest.fixture(scope="module")
def shifted() -> AlignmentResult:
    return align(frame(out_of_line=1.2), across="zone")


def rows(result: AlignmentResult, term: str) -> pd.DataFrame:
    return result.table[result.table["term"] == term].set_index("group")


def test_means_come_back_though_an_item_is_out_of_line(shifted: AlignmentResult) -> None:
    means = rows(shifted, "mean")
    assert (abs(means["estimate"] - MEANS)[1:] < 3.5 * means["std_error"][1:]).all()
    assert means.loc["A", "estimate"] == 0
    assert np.isnan(means.loc["A", "std_error"])
    assert rows(shifted, "variance").loc["A", "estimate"] == 1
    assert shifted.order[0] == "D"
    assert shifted.order[-1] == "C"


def test_the_item_out_of_line_is_named_with_its_points(shifted: AlignmentResult) -> None:
    marks = shifted.invariance.set_index(["item", "term"])
    assert not marks.loc[("q5", "intercept"), "D"]
    assert marks[list(ZONES)].to_numpy().sum() >= 48
    bias = rows(shifted, "score_bias")
    low, high = (float(f(frame(out_of_line=1.2)[[f"q{i}" for i in range(1, 6)]].to_numpy())) for f in (np.min, np.max))
    assert bias.loc["D", "estimate"] == pytest.approx(1.2 / 5 * 100 / (high - low), rel=0.15)
    assert bias.loc["D", "ci_low"] > 0
    part = shifted.parameters.query("item == 'q5' and term == 'intercept' and group == 'D'").iloc[0]
    assert part["difference"] == pytest.approx(part["estimate"] - part["reference"])
    assert part["p_value"] < 0.001


def test_a_group_without_flagged_parameters_has_no_interval_of_bias(shifted: AlignmentResult) -> None:
    """Zero there is a choice, not a measurement: limits of [0, 0] would pass it off as certainty."""
    kept = shifted.invariance[list(ZONES)].all()
    bias = rows(shifted, "score_bias")
    assert 0 < kept.sum() < len(ZONES)
    assert (bias.loc[kept[kept].index, "estimate"] == 0).all()
    assert bias.loc[kept[kept].index, ["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert bias.loc[kept[~kept].index, ["std_error", "ci_low", "ci_high"]].notna().all(axis=None)
    assert any("zero by that choice, not by measurement" in note for note in shifted.notes)


@pytest.mark.parametrize(("small", "withheld"), [(["D"], ["D"]), (["A", "B", "C", "E"], []), (list(ZONES), ["D"])])
def test_below_200_people_the_bias_of_scores_has_no_interval(small: list[str], withheld: list[str]) -> None:
    """Only what chance made large is flagged there: in simulations intervals covered 30 to 65 % instead of 95."""
    answers = frame(out_of_line=2.0)
    kept = answers.groupby("zone").cumcount() < np.where(answers["zone"].isin(small), 100, 300)
    found = align(answers[kept], across="zone")
    bias = rows(found, "score_bias").loc["D"]
    assert bias["estimate"] > 0
    assert bias[["std_error", "ci_low", "ci_high"]].isna().all() == bool(withheld)
    assert any("score_bias of 'D'" in note and "interval is withheld" in note for note in found.notes) == bool(withheld)


def test_table_and_text(shifted: AlignmentResult) -> None:
    assert list(shifted.table.columns) == [
        "scale", "group", "term", "estimate", "std_error", "ci_low", "ci_high", "n", "method"
    ]  # fmt: skip
    assert set(shifted.table["term"]) == {
        "mean", "variance", "rank", "score_bias", "different_loadings", "different_intercepts", "r_squared_loadings",
        "r_squared_intercepts",
    }  # fmt: skip
    text = shifted.summary()
    assert shifted.sentence in text
    assert "may be compared, each with its uncertainty" in shifted.sentence
    assert "25 %" in text
    assert "league table" in text
    assert len(shifted.differences) == 10
    assert shifted.provenance.rows_used == 1500
    assert shifted.to_dict()["result"] == "AlignmentResult"


def test_ranks_have_limits_and_differences_are_those_of_the_means(shifted: AlignmentResult) -> None:
    ranks, means = rows(shifted, "rank"), rows(shifted, "mean")["estimate"]
    assert (ranks["ci_low"] <= ranks["estimate"]).all()
    assert (ranks["estimate"] <= ranks["ci_high"]).all()
    assert sorted(ranks["estimate"]) == [1, 2, 3, 4, 5]
    one = shifted.differences.query("group == 'D' and contrast == 'less B'").iloc[0]
    assert one["estimate"] == pytest.approx(means["D"] - means["B"])
    assert one["ci_low"] < one["estimate"] < one["ci_high"]


def test_ordered_and_continuous_tell_the_same_story() -> None:
    answers = frame(out_of_line=1.2, cut=True)
    ordinal, numbers = align(answers, across="zone"), align(answers, across="zone", treat="continuous")
    assert set(ordinal.parameters["term"]) >= {"loading", "threshold 1", "threshold 4"}
    a, b = rows(ordinal, "mean"), rows(numbers, "mean")
    assert (abs(a["estimate"] - MEANS)[1:] < 3.5 * a["std_error"][1:]).all()
    assert np.abs(a["estimate"] - b["estimate"]).max() < 0.1
    c, d = (rows(result, "score_bias").loc["D", "estimate"] for result in (ordinal, numbers))
    assert c == pytest.approx(d, rel=0.25)
    assert not ordinal.invariance.set_index(["item", "term"]).loc[("q5", "threshold 2"), "D"]


def test_units_of_items_do_not_matter() -> None:
    answers = frame()
    plain = rows(align(answers, across="zone"), "mean")
    stretched = answers.assign(q2=answers["q2"] * 50 + 3, q4=answers["q4"] / 10)
    again = rows(align(stretched, across="zone"), "mean")
    np.testing.assert_allclose(again["estimate"], plain["estimate"], atol=1e-6)
    np.testing.assert_allclose(again["std_error"], plain["std_error"], atol=1e-6)


def test_reference_and_free() -> None:
    answers = frame(out_of_line=1.2)
    found = align(answers, across="zone", reference="D")
    assert found.provenance.options["reference"] == "D"
    assert rows(found, "mean").index[0] == "D"
    assert rows(found, "mean").loc["D", "estimate"] == 0
    free = align(answers, across="zone", identification="free")
    assert rows(free, "variance")["estimate"].prod() == pytest.approx(1)
    assert rows(free, "mean")["std_error"].notna().all()


def test_holes_are_used_and_said() -> None:
    answers = frame()
    answers.loc[::7, "q2"] = np.nan
    before = answers.copy()
    result = align(answers, across="zone")
    pd.testing.assert_frame_equal(answers, before)
    assert int(rows(result, "mean")["n"].sum()) == 1500
    assert any("missing" in note for note in result.notes)
    listwise = align(answers, across="zone", missing="listwise")
    assert int(rows(listwise, "mean")["n"].sum()) == answers.notna().all(axis=1).sum()


def test_small_groups_are_left_out_and_said() -> None:
    answers = frame()
    answers.loc[answers.index[answers["zone"] == "E"][30:], "zone"] = "A"
    result = align(answers, across="zone")
    assert "E" not in result.order
    assert any("left out" in note for note in result.notes)


def test_one_factor_that_does_not_hold_is_said() -> None:
    rng = np.random.default_rng(4)
    factors = rng.normal(size=(900, 2))
    items = np.repeat(factors, 3, axis=1) + 0.6 * rng.normal(size=(900, 6)) + 0.3 * factors.sum(axis=1, keepdims=True)
    answers = pd.DataFrame(items, columns=list("abcdef")).assign(zone=np.repeat(["A", "B", "C"], 300))
    found = align(answers, across="zone")
    assert "should not be compared" in found.sentence
    assert found.verdict == "not comparable"


def test_many_parameters_out_of_line_are_said() -> None:
    answers, rng = frame(), np.random.default_rng(6)
    for zone in ZONES:
        answers.loc[answers["zone"] == zone, [f"q{i}" for i in range(1, 6)]] += rng.normal(0, 1, 5)
    sentence = align(answers, across="zone").sentence
    assert "with reserve" in sentence
    assert "of the intercepts differ" in sentence


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"across": "region"}, "across"),
        ({"across": "zone", "treat": "nominal"}, "treat"),
        ({"across": "zone", "identification": "none"}, "identification"),
        ({"across": "zone", "missing": "fiml"}, "missing"),
        ({"across": "zone", "epsilon": 0}, "epsilon"),
        ({"across": "zone", "epsilon": "small"}, "epsilon"),
        ({"across": "zone", "conf_level": 95}, "conf_level"),
        ({"across": "zone", "reference": "Z"}, "reference"),
        ({"across": "zone", "scale": "trust"}, "scale"),
    ],
)
def test_calls_that_cannot_be_carried_out(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError, match=words):
        align(frame(60), **options)


def test_answers_that_cannot_answer() -> None:
    with pytest.raises(EstimationError, match="three items"):
        align(frame(60)[["q1", "q2", "zone"]], across="zone")
    constant = frame(60, cut=True)
    constant.loc[constant["zone"] == "C", "q3"] = 4.0
    with pytest.raises(EstimationError, match=r"q3.*Leave the item"):
        align(constant, across="zone", treat="continuous")
    improper = np.linalg.cholesky([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]])
    items = np.random.default_rng(1).normal(size=(200, 3)) @ improper.T
    answers = pd.DataFrame(items, columns=["q1", "q2", "q3"]).assign(zone=np.repeat(["A", "B"], 100))
    with pytest.raises(EstimationError, match=r"'A' gives 'q1' a residual variance below zero.*Leave"):
        align(answers, across="zone")
    with pytest.raises(DesignError, match="two groups"):
        align(frame(20), across="zone")


def responses_of(answers: pd.DataFrame, questionnaire: Any, **changes: Any) -> Responses:
    names = ("FA1", "FA2", "FA3", "EF1", "EF2")
    coded = answers.rename(columns=dict(zip([f"q{i}" for i in range(1, 6)], names, strict=True)))
    coded = coded.astype(dict.fromkeys(names, "Int64")).assign(id=np.arange(len(answers)))
    missing = pd.DataFrame(0, index=coded.index, columns=list(names), dtype="int8")
    return Responses(coded, missing, questionnaire, Roles("id", None, "zone"), source="made.csv", **changes)


def test_responses_give_what_a_frame_gives(tiny: Any) -> None:
    answers = frame(cut=True)[["q1", "q2", "q3", "zone"]].assign(q4=1, q5=1)
    result = align(responses_of(answers, tiny, simulated=True), across="zone", scale="fairness")
    plain = align(answers[["q1", "q2", "q3", "zone"]], across="zone")
    for term in ("mean", "variance", "score_bias"):
        np.testing.assert_allclose(rows(result, term)["estimate"], rows(plain, term)["estimate"], atol=1e-9)
    assert set(result.table["scale"]) == {"fairness"}
    assert result.simulated
    assert "SIMULATED" in result.summary()
    assert result.provenance.questionnaire == "tiny 1.0.0"
    assert any("three items" in note for note in result.notes)


def test_scales_with_dimensions_and_people_in_several_groups_are_refused(
    tiny: Any, make_answers: Callable[..., Responses]
) -> None:
    answers = responses_of(frame(60, cut=True), tiny)
    with pytest.raises(DesignError, match="dimensions"):
        align(answers, across="zone", scale="trust")
    with pytest.raises(DesignError, match="one scale at a time"):
        align(make_answers(80), across="wave")
    with pytest.raises(DesignError, match=r"each person in one group.*check_invariance"):
        align(make_answers(80), across="wave", scale="fairness")


def test_no_answer_and_no_id_is_told() -> None:
    answers = frame(60).assign(q1=lambda made: made["q1"] * 0 + 987654)
    with pytest.raises((DesignError, EstimationError)) as caught:
        align(answers, across="zone")
    assert "987654" not in str(caught.value)


def test_ten_countries_keep_their_order_whether_ordered_or_numbers(real_data: Path) -> None:
    file = real_data / "afrobarometer_r6" / "afro_r6_trust_10countries.csv.gz"
    if not file.is_file():
        pytest.skip("The survey file is not there.")
    answers = tm.read_responses(
        file, tm.load_questionnaire("afrobarometer-trust"), respondent="rid", wave={"R6": "trust_{item}"}, zone="country_prefix",
        keep=["withinwt"],
    )  # fmt: skip
    found = [align(answers, across="zone", scale="state_trust", treat=treat) for treat in ("ordinal", "continuous")]
    places = [rows(result, "rank")["estimate"] for result in found]
    assert len(places[0]) == 10
    assert np.corrcoef(places[0], places[1])[0, 1] > 0.95
    means = [rows(result, "mean")["estimate"] for result in found]
    assert np.abs(means[0] - means[1]).max() < 0.15
    sums = (
        answers.values(["pres", "par", "elect", "tax", "local", "police", "army", "courts"]).astype(float).mean(axis=1)
    )
    raw = sums.groupby(answers.frame["country_prefix"]).mean()
    assert np.corrcoef(raw[list(means[0].index)], means[0])[0, 1] > 0.9
