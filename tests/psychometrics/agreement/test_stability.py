"""bland_altman, concordance, retest and the three verbs of change: against R, across inputs, and what they refuse."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError, ResponsesError
from trustmeter.psychometrics.agreement.change import important_change, reliable_change, responsiveness
from trustmeter.psychometrics.agreement.methods import bland_altman, concordance
from trustmeter.psychometrics.agreement.occasions import retest
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values" / "agreement.json").read_text(encoding="utf-8"))["cases"]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / f"agreement_{name}.csv")


def row(result: object, term: str, **where: str) -> pd.Series:
    rows = result.tidy()  # type: ignore[attr-defined]
    for name, wanted in {"term": term, **where}.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1
    return rows.iloc[0]


def three(result: object, term: str) -> list[float]:
    found = row(result, term)
    return [found["estimate"], found["ci_low"], found["ci_high"]]


@pytest.mark.parametrize("case", STORED["methods"])
def test_methods_are_those_of_r(case: str, agree: Callable[..., None]) -> None:
    frame, stored, data = table(f"methods_{case}"), STORED["methods"][case], f"agreement_methods_{case}"
    found = bland_altman(frame["first"], frame["second"])
    names = {"bias": "bias", "sd_difference": "sd", "limit_lower": "lower", "limit_upper": "upper"}
    for term, name in names.items():
        agree(f"bland_altman: {term}", three(found, term), [stored["l95"][name], *stored["l95"][f"{name}_ci"]], 1e-8,
              reference="R 4.2.2", data=data)  # fmt: skip
    assert row(found, "proportional_bias")["p_value"] == pytest.approx(stored["l95"]["slope"][3], abs=1e-8)
    lin = concordance(frame["first"], frame["second"])
    agree("concordance", three(lin, "concordance"), [stored["lin"]["ccc"], *stored["lin"]["ci"]], 1e-8,
          reference="delta method, R 4.2.2", data=data)  # fmt: skip
    assert lin.value("pearson") * lin.value("accuracy") == pytest.approx(float(lin), rel=1e-12)


def test_several_pairs_a_person(agree: Callable[..., None]) -> None:
    frame, stored = table("repeats"), STORED["repeated"]
    names = frame["person"].map(lambda code: f"p{code}")
    found = bland_altman(frame["first"], frame["second"], person=names)
    agree("bland_altman, repeated", three(found, "limit_lower"), [stored["lower"], *stored["lower_ci"]], 1e-8,
          reference="aov and Zou (2013) in R 4.2.2", data="agreement_repeats")  # fmt: skip
    assert row(found, "bias")["n"] == 20
    once = frame.drop_duplicates("person")
    plain = bland_altman(once["first"], once["second"])
    same = bland_altman(once["first"], once["second"], person=once["person"])
    pd.testing.assert_frame_equal(plain.tidy(), same.tidy())


def test_full_concordance_has_no_interval() -> None:
    x = np.arange(20.0)
    result = concordance(x, x)
    assert float(result) == 1
    assert math.isnan(row(result, "concordance")["ci_low"])


@pytest.mark.parametrize("case", STORED["change"])
def test_verbs_of_change_are_those_of_r(case: str, agree: Callable[..., None]) -> None:
    frame, stored, data = table(f"change_{case}"), STORED["change"][case], f"agreement_change_{case}"
    before, after, anchor = frame["before"], frame["after"], frame["anchor"]
    stable = retest(before, after)
    agree("retest: icc", three(stable, "icc"), stored["icc"], 1e-8, reference="psych::ICC 2.2.9", data=data)
    agree("retest: sem, pearson", [stable.value("sem_agreement"), stable.value("sem_consistency"), stable.value("pearson")],
          [stored["sem_agreement"], stored["sem_consistency"], stored["pearson"]], 1e-8, reference="R 4.2.2", data=data)  # fmt: skip
    agree(
        "retest: mean change",
        three(stable, "mean_change")[1:],
        stored["mean_diff_ci"],
        1e-8,
        reference="t.test",
        data=data,
    )
    seen = responsiveness(before, after, anchor, improved=1)
    ours = [
        float(seen),
        seen.value("effect_size"),
        seen.value("guyatt"),
        seen.value("anchor_correlation"),
        *three(seen, "auc"),
    ]
    theirs = [
        stored["srm"],
        stored["es"],
        stored["guyatt"],
        stored["spearman"],
        stored["auc"][1],
        stored["auc"][0],
        stored["auc"][2],
    ]
    agree("responsiveness", ours, theirs, 1e-8, reference="R 4.2.2, pROC 1.18.0", data=data)
    found = important_change(after - before, anchor, improved=1, draws=200, seed=1)
    agree("important_change", [float(found), found.value("mic_predictive"), *three(found, "mic_mean_change")],
          [stored["adjusted"], stored["predictive"], stored["mean_change"], *stored["mean_change_ci"]], 1e-8,
          reference="glm, t.test, R 4.2.2", data=data)  # fmt: skip
    for term in ("mic_adjusted", "mic_predictive", "mic_roc"):
        low, high = row(found, term)[["ci_low", "ci_high"]]
        assert low <= found.value(term) <= high
    again = important_change(after - before, anchor >= 1, draws=200, seed=1)
    assert float(again) == float(found)
    assert "mic_mean_change" not in set(again.tidy()["term"])


def test_mdc_is_the_error_stretched() -> None:
    frame = table("change_even")
    found = retest(frame["before"], frame["after"])
    for kind in ("agreement", "consistency"):
        assert found.value(f"mdc_{kind}") == pytest.approx(
            1.959963984540054 * math.sqrt(2) * found.value(f"sem_{kind}")
        )


def test_scores_and_responses_are_linked_by_person(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60, shift=0.2)
    scores = score(answers)
    found = retest(scores)
    wide = scores.frame.pivot(index="id", columns="wave", values="trust").astype(float)
    plain = retest(wide["2022"], wide["2023"])
    for term in ("icc", "pearson", "sem_agreement", "mean_change"):
        assert found.value(term, scale="trust") == pytest.approx(plain.value(term), rel=1e-12)
    shuffled = answers.frame.sample(frac=1, random_state=3)
    mixed = replace(
        answers,
        frame=shuffled.reset_index(drop=True),
        missing=answers.missing.loc[shuffled.index].reset_index(drop=True),
    )
    again = retest(mixed, waves=("2022", "2023"))
    assert again.value("icc", scale="effect") == pytest.approx(found.value("icc", scale="effect"), rel=1e-9)
    backwards = retest(scores, scale="trust", waves=("2023", "2022"))
    assert backwards.value("mean_change") == pytest.approx(-plain.value("mean_change"))
    assert again.provenance.questionnaire == "tiny 1.0.0"


def test_items_have_their_kappa(make_answers: Callable[..., Responses]) -> None:
    from trustmeter.psychometrics.agreement.coders import kappa

    answers = make_answers(80, blanks=0.05)
    found = retest(answers, scale="effect")
    frame = answers.frame.pivot(index="id", columns="wave", values="EF3").dropna()
    direct = kappa(frame["2022"].to_numpy(), frame["2023"].to_numpy(), weights="quadratic", categories=[1, 2, 3, 4, 5])
    assert found.value("kappa", item="EF3") == pytest.approx(float(direct), rel=1e-12)
    assert row(found, "kappa", item="EF3")["n"] == len(frame)
    assert [item for item in found.tidy()["item"] if item] == ["EF1", "EF2", "EF3"]
    everything = retest(answers)
    assert sorted(item for item in everything.tidy()["item"] if item) == ["EF1", "EF2", "EF3", "FA1", "FA2", "FA3"]


def test_few_linked_people_are_not_shown(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(9)
    table = retest(answers).tidy()
    assert table["suppressed"].all()
    assert table[["estimate", "n"]].isna().all(axis=None)
    with pytest.raises(EstimationError, match="fewer than 10 people"):
        retest(answers, scale="trust")


def test_made_up_answers_stay_marked(make_answers: Callable[..., Responses]) -> None:
    assert retest(make_answers(40, simulated=True)).summary().startswith("SIMULATED")
    assert retest(score(make_answers(40, simulated=True))).simulated


def test_what_linking_needs(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(40)
    with pytest.raises(DesignError, match="respondent"):
        retest(replace(answers, roles=replace(answers.roles, respondent=None)))
    with pytest.raises(DesignError, match="wave"):
        retest(replace(answers, roles=replace(answers.roles, wave=None)))
    with pytest.raises(DesignError, match="two waves"):
        retest(answers, waves=("2022", "2024"))
    twice = replace(answers, frame=answers.frame.assign(id=0))
    with pytest.raises(ResponsesError, match="rows carry the code"):
        retest(twice)
    with pytest.raises(DesignError, match="alone"):
        retest(answers, [1, 2, 3])
    with pytest.raises(DesignError, match="two arrays"):
        retest([1, 2, 3])
    with pytest.raises(DesignError, match="must be one of"):
        retest(score(answers), scale="trst")


def test_shares_of_few_people_are_hidden() -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(50, 10, 60)
    change = np.zeros(60)
    change[:20], change[20:23] = 30.0, -30.0
    result = reliable_change(before, before + change, sem=5)
    assert result.value("share_improved") == pytest.approx(20 / 60)
    hidden = row(result, "share_worsened")
    assert hidden["suppressed"]
    assert math.isnan(hidden["estimate"])
    assert any("one to four people" in note for note in result.notes)


def test_error_from_reliability_and_expected_change() -> None:
    rng = np.random.default_rng(2)
    before = rng.normal(50, 10, 300)
    after = before + rng.normal(3, 8, 300)
    sd = float(np.std(before, ddof=1))
    one = reliable_change(before, after, reliability=0.84)
    other = reliable_change(before, after, sem=sd * 0.4)
    pd.testing.assert_frame_equal(one.tidy().drop(columns="method"), other.tidy().drop(columns="method"))
    practice = reliable_change(before, after, sem=sd * 0.4, expected_change=3.0)
    shifted = reliable_change(before, after - 3.0, sem=sd * 0.4)
    assert float(practice) == pytest.approx(float(shifted))
    assert float(practice) < float(one)


def test_intervals_of_important_change_hold_the_truth() -> None:
    rng = np.random.default_rng(5)
    hits = []
    for _ in range(60):
        true = rng.normal(4, 4, 250)
        found = important_change(true + rng.normal(0, 3, 250), true > 4, draws=200, seed=rng)
        low, high = row(found, "mic_adjusted")[["ci_low", "ci_high"]]
        hits.append(low <= 4 <= high)
    assert np.mean(hits) >= 0.85


def test_groups_that_do_not_overlap() -> None:
    change = np.arange(40.0)
    found = important_change(change, change >= 20, seed=1)
    assert math.isnan(float(found))
    assert found.value("mic_roc") == 19.5
    assert any("no regression" in note for note in found.notes)


def test_a_stable_group_without_spread_has_no_index() -> None:
    before, better = np.arange(40.0), np.arange(40) < 20
    gain = np.where(better, np.arange(40) % 7, 0.0)
    found = responsiveness(before, before + gain, better)
    assert math.isnan(found.value("guyatt"))
    assert any("Guyatt's index is unknown" in note for note in found.notes)


def test_an_anchor_that_points_the_other_way() -> None:
    rng = np.random.default_rng(3)
    change = rng.normal(size=80)
    found = important_change(change, -change + rng.normal(size=80) > 0, seed=1)
    assert any("right way" in note for note in found.notes)
    weak = responsiveness(rng.normal(size=80), rng.normal(size=80), np.arange(80) % 2 == 0)
    assert len(weak.notes) == 1


def test_a_small_group_that_improved_a_little_is_hidden() -> None:
    rng = np.random.default_rng(3)
    codes = np.repeat([-1, 0, 1, 2], [30, 40, 6, 44])
    found = important_change(codes * 3 + rng.normal(0, 3, 120), codes, improved=1, seed=1)
    hidden = row(found, "mic_mean_change")
    assert hidden["suppressed"]
    assert pd.isna(hidden["n"])
    shown = important_change(codes * 3 + rng.normal(0, 3, 120), codes, improved=1, little=(1, 2), seed=1)
    assert row(shown, "mic_mean_change")["n"] == 50


def test_missing_numbers_are_left_out() -> None:
    frame = table("change_even").astype("Float64")
    frame.loc[:4, "after"] = pd.NA
    frame.loc[5:9, "anchor"] = pd.NA
    found = responsiveness(frame["before"], frame["after"], frame["anchor"], improved=1)
    assert row(found, "srm")["n"] == 155
    assert row(found, "auc")["n"] == 150
    assert found.provenance.rows_left_out == {"pairs with a missing number": 5, "more without an anchor": 5}


_X = np.random.default_rng(8).normal(50, 10, 30)
_Y = _X + np.random.default_rng(9).normal(2, 5, 30)
REFUSED = [
    (lambda: bland_altman(_X[:9], _Y[:9]), EstimationError, "at least 10 people"),
    (lambda: bland_altman(_X, _X + 1), EstimationError, "differences that vary"),
    (lambda: bland_altman(_X, _Y, coverage=95), DesignError, "coverage"),
    (lambda: bland_altman(_X, _Y[:20]), DesignError, "one value a person"),
    (lambda: concordance(_X, np.ones(30)), EstimationError, "same for everybody"),
    (lambda: concordance(["a"] * 30, _Y), DesignError, "must hold numbers"),
    (lambda: retest(_X[:9], _Y[:9]), EstimationError, "fewer than 10"),
    (lambda: retest(_X, _X + 1), EstimationError, "same amount"),
    (lambda: retest(_X, np.ones(30)), EstimationError, "one occasion"),
    (lambda: retest(pd.Series(_X), pd.Series(_Y).iloc[::-1]), DesignError, "different labels"),
    (lambda: reliable_change(_X, _Y), DesignError, "either"),
    (lambda: reliable_change(_X, _Y, reliability=0.8, sem=3), DesignError, "one of the two"),
    (lambda: reliable_change(_X, _Y, reliability=1.0), DesignError, "between 0 and 1"),
    (lambda: reliable_change(_X, _Y, sem=-1), DesignError, "above 0"),
    (lambda: reliable_change(np.ones(30), _Y, reliability=0.8), EstimationError, "pass `sem`"),
    (lambda: reliable_change(_X[:5], _Y[:5], sem=3), EstimationError, "at least 10"),
    (lambda: important_change(_Y - _X, np.arange(30)), DesignError, "`improved` must say"),
    (lambda: important_change(_Y - _X, np.arange(30) < 5), EstimationError, "at least 10 people who improved"),
    (lambda: important_change(np.ones(30), np.arange(30) < 15), EstimationError, "changes that vary"),
    (lambda: important_change(_Y - _X, np.arange(30) % 3, improved=1, little=0), DesignError, "none may be below"),
    (lambda: important_change(_Y - _X, np.arange(30) < 15, draws=5), DesignError, "draws"),
    (lambda: responsiveness(_X, _X + 1), EstimationError, "that vary"),
    (lambda: responsiveness(_X, _Y, np.arange(29) < 15), DesignError, "one value a person"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_answered(call: Callable[[], object], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        call()
