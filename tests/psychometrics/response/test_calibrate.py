"""The verb `irt`: frames and answers, groups, weights, what is said and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.response.calibrate import IrtResult, irt
from trustmeter.responses.model import Responses
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.model import standard_errors

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/irt.json").read_text(encoding="utf-8"))
COLUMNS = ["scale", "item", "group", "term", "estimate", "std_error", "ci_low", "ci_high", "n", "method"]


def frame_of(name: str) -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / f"data/irt_{name}.csv")
    return frame.where(frame >= 0)


@pytest.fixture(scope="module")
def uneven() -> IrtResult:
    return irt(frame_of("uneven"))


def said(result: IrtResult, words: str) -> bool:
    return any(words in note for note in result.notes)


def test_rows_are_the_kernel_s_numbers_and_mirt_s(uneven: IrtResult, agree: Any) -> None:
    stored = STORED["cases"]["uneven"]["graded"]
    assert list(uneven.table.columns) == COLUMNS
    slopes = [uneven.value("a", f"q{item + 1}") for item in range(7)]
    agree("tm.irt slopes", slopes, stored["discrimination"], 1e-3, reference="mirt 1.2.0 (Python)", data="uneven")
    row = uneven.table.query("item == 'q3' and term == 'b2'").iloc[0]
    errors = standard_errors(uneven.fit)
    assert row["estimate"] == uneven.fit.difficulties[0, 2, 1]
    assert row["std_error"] == pytest.approx(errors.difficulties[0, 2, 1])
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * 1.959964 * row["std_error"], rel=1e-6)
    assert row["n"] == frame_of("uneven")["q3"].notna().sum()
    assert uneven.log_likelihood == pytest.approx(stored["log_likelihood"], abs=1e-3)
    assert uneven.aic == pytest.approx(2 * uneven.fit.n_parameters - 2 * uneven.log_likelihood)
    assert uneven.bic > uneven.aic


def test_values_of_answers_do_not_matter_but_come_back(uneven: IrtResult) -> None:
    other = irt(frame_of("uneven") * 2 + 1)
    assert other.table["estimate"].to_numpy() == pytest.approx(uneven.table["estimate"].to_numpy(), abs=1e-9)
    assert other.values[1] == (1.0, 3.0, 5.0)


def test_a_matrix_is_a_frame() -> None:
    frame = frame_of("two")
    assert irt(frame.to_numpy()).fit.log_likelihood == irt(frame).fit.log_likelihood


def test_curves_tell_probabilities_expected_answers_and_information(uneven: IrtResult) -> None:
    curves = uneven.curves([-1.0, 0.0, 2.0])
    assert list(curves.columns) == ["item", "theta", "category", "probability", "expected_answer", "information"]
    sums = curves.groupby(["item", "theta"])["probability"].sum()
    assert sums.to_numpy() == pytest.approx(np.ones(21))
    one = curves.query("item == 'q2' and theta == 2.0")
    assert one["category"].tolist() == [0.0, 1.0, 2.0]
    assert one["expected_answer"].iloc[0] == pytest.approx(one["category"] @ one["probability"])
    test = uneven.test_information([-1.0, 0.0, 2.0])
    per_item = curves.drop_duplicates(["item", "theta"]).groupby("theta")["information"].sum()
    assert test["information"].to_numpy() == pytest.approx(per_item.to_numpy())
    assert test["std_error"].to_numpy() == pytest.approx(test["information"].to_numpy() ** -0.5)
    assert len(uneven.curves()["theta"].unique()) == 81
    with pytest.raises(DesignError, match="group"):
        uneven.curves(group="north")


def test_partial_credit_has_no_slopes_but_a_variance() -> None:
    result = irt(frame_of("uneven"), model="pcm")
    assert set(result.table["term"]) >= {"b1", "variance"}
    assert "a" not in set(result.table["term"])
    row = result.table.query("term == 'variance'").iloc[0]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert math.sqrt(row["ci_low"] * row["ci_high"]) == pytest.approx(row["estimate"])


def test_groups_share_items_except_free_ones() -> None:
    frame = pd.read_csv(REFERENCE / "data/irt_groups.csv").replace(-1, np.nan)
    frame["city"] = frame.pop("group").map({0: "Ghent", 1: "Lyon"})
    stored = STORED["cases"]["groups"]["free"]
    result = irt(frame, across="city", free=["q3"])
    assert result.groups == ("Ghent", "Lyon")
    assert result.value("mean", group="Lyon") == pytest.approx(stored["mean"], abs=1e-3)
    assert result.value("variance", group="Lyon") == pytest.approx(stored["variance"], abs=1e-3)
    assert set(result.table.query("item == 'q3'")["group"]) == {"Ghent", "Lyon"}
    assert set(result.table.query("item == 'q1'")["group"]) == {""}
    own = result.table.query("item == 'q3' and term == 'a'")["n"]
    assert own.sum() == frame["q3"].notna().sum()
    turned = irt(frame, across="city", free=["q3"], reference="Lyon")
    assert turned.log_likelihood == pytest.approx(result.log_likelihood, abs=1e-6)
    assert turned.value("mean", group="Ghent") < 0
    assert said(turned, "'Lyon' is the reference")


def test_answers_of_several_waves(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(150, shift=0.6)
    both = irt(answers, scale="trust")
    assert said(both, "2 waves are taken together")
    assert said(both, "clustered by respondent")
    assert said(both, "doubtful for 'trust'")
    assert not said(irt(answers, scale="fairness"), "doubtful")
    assert both.table["scale"].unique().tolist() == ["trust"]
    assert (both.fit.slopes > 0).all()
    apart = irt(answers, scale="trust", across="wave")
    assert apart.groups == ("2022", "2023")
    assert apart.value("mean", group="2023") > 0.3
    assert not said(apart, "taken together")


def test_repeated_people_widen_the_errors(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(150)
    clustered = irt(answers, scale="trust")
    codes = clustered.sample.answers.astype(int) - 1
    people = np.tile(np.arange(150), 2)
    fit = fit_irt(codes, clusters=people)
    found = clustered.table.query("term == 'a'")["std_error"].to_numpy()
    assert found == pytest.approx(standard_errors(fit, robust=True).slopes[0], rel=1e-6)


def test_weights_are_scaled_and_make_errors_robust() -> None:
    frame = frame_of("six")
    weights = np.random.default_rng(1).uniform(0.5, 2, len(frame))
    result = irt(frame, weights=weights)
    assert result.fit.weight == pytest.approx(len(frame))
    assert result.table["estimate"].to_numpy() == pytest.approx(
        irt(frame, weights=weights * 7).table["estimate"], abs=1e-7
    )
    assert result.table["method"].iloc[0] == "graded response, robust information"
    assert said(result, "weighted")
    dropped = irt(frame, weights=np.where(np.arange(len(frame)) < 700, 1.0, 0.0))
    assert dropped.log_likelihood == pytest.approx(irt(frame.iloc[:700]).log_likelihood, abs=1e-7)


def test_clusters_are_named_in_a_note() -> None:
    frame = frame_of("six")
    result = irt(frame, clusters=np.arange(len(frame)) // 9)
    assert said(result, "clustered as asked.")
    assert said(irt(frame, clusters=np.arange(len(frame)) % 12), "12 clusters are few")


def test_what_must_be_said(make_answers: Callable[..., Responses]) -> None:
    frame = frame_of("six").iloc[:150].copy()
    frame.iloc[3] = np.nan
    frame["q1"] = frame["q1"].replace({2: 3})
    frame["q2"] = 5 - frame["q2"]
    result = irt(frame)
    assert said(result, "149 people for 35 estimated parameters")
    assert said(result, "Nobody gave some of the answers to 'q1'")
    assert said(result, "Rows without any answer left out")
    assert said(result, "Answers to 'q2' fall")
    assert irt(make_answers(60, simulated=True), scale="fairness").summary().startswith("SIMULATED")
    noise = pd.DataFrame(frame_of("six")).assign(noise=np.random.default_rng(2).integers(0, 4, 900))
    assert said(irt(noise), "slope of 'noise' is not told apart from zero")
    assert not said(irt(frame_of("six")), "people for")


def test_a_note_on_too_coarse_a_grid() -> None:
    rng = np.random.default_rng(3)
    z = 7 * rng.normal(size=(1500, 1)) + rng.logistic(size=(1500, 4))
    codes = pd.DataFrame(np.digitize(z, [-8, -4, 0, 4, 8]), columns=list("abcd"))
    assert said(irt(codes, nodes=31), "31 nodes are too few")


def test_result_is_plain_and_holds_no_answer(uneven: IrtResult) -> None:
    text = json.dumps(uneven.to_dict())
    assert "sample" not in text
    assert repr(uneven).startswith("Item response model")
    assert uneven.provenance.rows_used == 700
    assert uneven.provenance.options["model"] == "graded"


def test_answers_are_not_changed() -> None:
    frame = frame_of("uneven")
    before = frame.copy()
    irt(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_reliability_rows(uneven: IrtResult) -> None:
    marginal, empirical = (uneven.value(f"{kind}_reliability") for kind in ("marginal", "empirical"))
    assert 0.6 < empirical < 0.95
    assert marginal == pytest.approx(empirical, abs=0.06)


SMALL = pd.DataFrame(np.random.default_rng(4).integers(0, 3, (60, 4)), columns=list("abcd"))


@pytest.mark.parametrize(
    ("items", "options", "error", "match"),
    [
        (SMALL.iloc[:9], {}, EstimationError, "fewer than 10 people"),
        (SMALL[["a"]], {}, EstimationError, "two items"),
        (SMALL.assign(b=1), {}, EstimationError, "no two different answers to item 'b'"),
        (SMALL.assign(b=np.nan), {}, EstimationError, "answered item 'b'"),
        (SMALL.assign(b=np.arange(60) % 25), {}, DesignError, "Item 'b' has 25"),
        (SMALL, {"model": "rasch"}, DesignError, "`model` argument"),
        (SMALL, {"nodes": 7}, DesignError, "nodes"),
        (SMALL, {"conf_level": 95}, DesignError, "conf_level"),
        (SMALL, {"scale": "trust"}, DesignError, "belongs to Responses"),
        (SMALL, {"free": ["a"]}, DesignError, "needs groups"),
        (SMALL, {"reference": "a"}, DesignError, "needs groups"),
        (SMALL.assign(g=["x", "y"] * 30), {"across": "g", "free": ["e"]}, DesignError, "`free` item"),
        (SMALL.assign(g=["x", "y"] * 30), {"across": "g", "reference": "z"}, DesignError, "`reference` group"),
        (SMALL.assign(g=["x", "y"] * 30), {"across": "h"}, DesignError, "'h'"),
        (SMALL.assign(b=SMALL["a"], c=SMALL["a"]), {}, EstimationError, "Heywood"),
    ],
)
def test_refusals(items: pd.DataFrame, options: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        irt(items, **options)


@pytest.mark.parametrize("cuts", [[0], [-1, 0, 1]])
def test_two_items_do_not_tell_two_slopes(cuts: list[float]) -> None:
    rng = np.random.default_rng(5)
    codes = pd.DataFrame(np.digitize(rng.normal(size=(300, 1)) + rng.normal(size=(300, 2)), cuts))
    for model in ("graded", "gpcm"):
        with pytest.raises(EstimationError, match=r"two items do not identify their two slopes\. Use `model='pcm'`"):
            irt(codes, model=model)
    assert irt(codes, model="pcm").value("variance") > 0


def sharp_answers() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    z = np.array([9.0, 9.0, 1.0, 1.0]) * rng.normal(size=(150, 1)) + rng.logistic(size=(150, 4))
    return pd.DataFrame((z > 0) * 1, columns=list("abcd"))


def test_a_sharp_item_is_not_called_flat() -> None:
    sharp = irt(sharp_answers())
    slopes = sharp.table.query("term == 'a'").set_index("item")
    assert (slopes["estimate"] < 1.96 * slopes["std_error"]).any(), "the case has no steep slope with a large error"
    assert not said(sharp, "not told apart")


def test_an_item_that_falls_by_chance_is_not_said_to_fall() -> None:
    for seed in range(20):
        noise = frame_of("six").assign(noise=np.random.default_rng(seed).integers(0, 4, 900))
        result = irt(noise)
        if result.value("a", "noise") < 0:
            break
    assert result.value("a", "noise") < 0
    assert not said(result, "fall as the trait rises")
    assert said(result, "slope of 'noise' is not told apart from zero")


def test_a_few_heavy_rows_are_blamed_and_errors_withheld() -> None:
    frame = frame_of("six").iloc[:300]
    heavy = np.where(np.arange(300) < 8, 1.0, 0.003)
    found = irt(frame[["q1", "q2", "q3", "q4"]], model="pcm", weights=heavy)
    assert said(found, "less than 10 unweighted ones would")
    assert found.table["std_error"].isna().all()
    assert found.table.query("term == 'b1'")["estimate"].notna().all()
    with pytest.raises(EstimationError, match=r"as much as 3 unweighted ones \(Kish\)"):
        irt(frame, weights=np.where(np.arange(300) < 3, 1e5, 1.0))
    assert said(irt(frame, weights=np.linspace(0.5, 1.5, 300)), "tell as much as 277 unweighted ones")
    uneven = irt(frame, weights=np.where(np.arange(300) < 100, 1.0, 0.02))
    assert said(uneven, "108 effective rows (Kish) for 36 estimated parameters")


def test_a_code_far_from_the_others_is_asked_about() -> None:
    frame = frame_of("six")
    assert not said(irt(frame), "mean no answer?")
    frame.iloc[::40, 0] = 99
    found = irt(frame)
    assert said(found, "does 99 mean no answer?")
    assert found.values[0][-1] == 99


def test_a_small_reference_is_told() -> None:
    frame = frame_of("six")
    frame["city"] = np.where(np.arange(900) < 60, "Aalst", "Ghent")
    assert said(irt(frame, across="city"), "fewer than 100 rows, those of group 'Aalst'")
    assert not said(irt(frame, across="city", reference="Ghent"), "fewer than 100 rows")


def test_scales_are_asked_for_one_by_one(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(40)
    with pytest.raises(DesignError, match="takes one scale; the answers have 'trust'"):
        irt(answers)
    with pytest.raises(DesignError, match="takes one scale"):
        irt(answers, scale=["trust"])  # type: ignore[arg-type]
