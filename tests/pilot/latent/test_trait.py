"""The verb: trait and meter told apart, adding up to the change of the score, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trustmeter import DesignError, EstimationError, GroupDesign, PilotDesign, compare, latent_change, score, to_table
from trustmeter.questionnaire.model import ResponseScale

DESIGN = PilotDesign("2022", "2023")


def _row(found, term, item=""):
    table = found.tidy()
    return table[(table["term"] == term) & (table["item"] == item)].iloc[0]


@pytest.mark.parametrize("linked", [True, False])
def test_a_planted_change_and_a_planted_shift_are_told_apart(planted, linked):
    found = latent_change(planted(700, change=0.4, shift=0.6, linked=linked, seed=5), DESIGN, scale="trust")
    assert found.released["trust"] == ("FA2",)
    assert found.linked == linked
    assert found.verdicts["trust"] == "increase"
    assert abs(found.value("latent_change") - 0.4) < 2.5 * _row(found, "latent_change")["std_error"]
    shift = _row(found, "response_shift", "FA2")
    assert shift["ci_low"] > 0.5
    assert np.isnan(shift["p_value"])
    assert abs(_row(found, "reprioritization", "FA2")["estimate"]) < abs(shift["estimate"]) / 3
    assert "item 'FA2'" in found.sentences["trust"]


def test_a_shift_alone_is_no_change_of_the_trait(planted):
    answers = planted(700, change=0.0, shift=0.8, seed=8)
    found = latent_change(answers, DESIGN, scale="trust")
    naive = compare(score(answers, scale="trust"), DESIGN)
    assert naive.verdicts["trust"] == "increase"
    assert found.verdicts["trust"] == "inconclusive"
    assert "FA2" in found.released["trust"]


def test_a_change_alone_is_no_shift(planted):
    found = latent_change(planted(600, change=0.3, seed=12), DESIGN, scale="trust")
    assert found.released["trust"] == ()
    shift = _row(found, "response_shift")
    assert shift["estimate"] == 0.0
    assert np.isnan(shift["std_error"])
    assert "no item is found to be answered differently" in found.sentences["trust"]


@pytest.mark.parametrize(("linked", "model"), [(True, "cfa"), (False, "cfa"), (False, "irt")])
@pytest.mark.parametrize("blanks", [0.0, 0.06])
def test_parts_add_up_exactly_to_the_change_of_the_score(planted, linked, model, blanks):
    answers = planted(300, change=0.2, shift=0.7, linked=linked, blanks=blanks)
    found = latent_change(answers, DESIGN, scale="trust", model=model)
    naive = compare(score(answers, scale="trust"), DESIGN)
    value = found.value
    assert value("mean_change") == naive.value("mean_change")
    assert _row(found, "mean_change")["ci_low"] == naive.tidy().query("term == 'mean_change'")["ci_low"].iloc[0]
    total = value("true_change") + value("response_shift") + value("unexplained_change")
    assert total == pytest.approx(value("mean_change"), abs=1e-12)
    assert value("true_change_mean") + value("true_change_spread") == pytest.approx(value("true_change"), abs=1e-12)
    assert value("reprioritization") + value("recalibration") == pytest.approx(value("response_shift"), abs=1e-12)
    items = found.tidy().query("term == 'response_shift' and item != ''")["estimate"].sum()
    assert items == pytest.approx(value("response_shift"), abs=1e-12)


def test_factor_and_item_response_model_agree(planted):
    answers = planted(900, change=0.4, shift=0.7, linked=False)
    by_factors, by_items = (latent_change(answers, DESIGN, scale="trust", model=model) for model in ("cfa", "irt"))
    assert by_items.released == by_factors.released
    for term in ("latent_change", "true_change", "response_shift"):
        gap = by_items.value(term) - by_factors.value(term)
        assert abs(gap) < 0.6 * _row(by_factors, term)["std_error"]
    assert np.isnan(_row(by_items, "unexplained_change")["std_error"])


def test_small_true_changes_are_no_relevant_change(planted):
    found = latent_change(planted(900, change=0.0, seed=21), DESIGN, scale="trust", smallest_effect=8)
    assert found.verdicts["trust"] == "no_relevant_change"
    assert {"smallest_effect", "equivalence"} <= set(found.tidy()["term"])


def test_several_scales_are_adjusted_together_and_one_that_fails_is_told(planted):
    answers = planted(300, change=0.3)
    found = latent_change(answers, DESIGN)
    assert set(found.verdicts) == {"trust", "fairness"}
    assert any("holm" in note for note in found.notes)
    with pytest.raises(DesignError, match="Name the scale"):
        found.value("latent_change")
    fewer = replace(answers, missing=answers.missing.drop(columns="FA3"))
    partly = latent_change(fewer, DESIGN, scale=["fairness", "trust"])
    assert "fairness" in partly.unexamined
    assert any("'fairness' could not be examined" in note for note in partly.notes)


def test_the_result_travels(planted):
    found = latent_change(planted(250, change=0.3, shift=0.8, simulated=True), DESIGN, scale="trust")
    json.dumps(found.to_dict())
    text = str(found)
    assert "SIMULATED" in text
    assert found.sentences["trust"] in text
    for language in ("en", "fr", "nl", "de"):
        assert len(to_table(found, language=language)) == len(found.tidy())
    with pytest.raises(DesignError, match="no term"):
        found.value("nonsense")


def test_answers_are_not_changed(planted):
    answers = planted(200)
    before = answers.frame.copy()
    latent_change(answers, DESIGN, scale="trust")
    pd.testing.assert_frame_equal(answers.frame, before)


@pytest.mark.parametrize(
    ("design", "said"),
    [
        (PilotDesign("2022", "2023", area="kind", treated=["a"]), "pilot areas against comparison areas"),
        (PilotDesign("2022", "2023", clusters="kind"), "no `clusters`"),
        (PilotDesign("2022", "2023", weights="kind"), "no `weights`"),
        (PilotDesign("2022", "2023", covariates=["kind"]), "no `covariates`"),
        (PilotDesign("2022", "2023", linked="overlap"), "same people"),
    ],
)
def test_designs_that_the_model_does_not_allow_for_are_sent_to_compare(planted, design, said):
    with pytest.raises(DesignError, match=said) as error:
        latent_change(planted(100), design, scale="trust")
    assert "compare" in str(error.value)


def test_wrong_calls_are_refused(planted):
    answers = planted(100)
    with pytest.raises(DesignError, match="Responses"):
        latent_change(score(answers), DESIGN)
    with pytest.raises(DesignError, match="check_invariance"):
        latent_change(answers, GroupDesign("mode", "paper", "web"))
    with pytest.raises(DesignError, match="model"):
        latent_change(answers, DESIGN, model="sem")
    with pytest.raises(DesignError, match="conf_level"):
        latent_change(answers, DESIGN, conf_level=95)
    with pytest.raises(DesignError, match="scale"):
        latent_change(answers, DESIGN, scale="trsut")


def test_what_data_cannot_answer_is_refused_with_the_nearest_question(planted):
    with pytest.raises(EstimationError, match=r"50 people.*compare"):
        latent_change(planted(40), DESIGN, scale="trust")
    answers = planted(200)
    two = replace(answers, missing=answers.missing.drop(columns=["FA3", "EF1", "EF2", "EF3"]))
    with pytest.raises(EstimationError, match=r"2 items; a measurement model needs three.*compare"):
        latent_change(two, DESIGN, scale="trust")
    with pytest.raises(DesignError, match="three items"):
        latent_change(two, DESIGN)
    with pytest.raises(EstimationError, match=r"different people.*cfa"):
        latent_change(answers, DESIGN, scale="trust", model="irt")


def test_waves_that_are_not_comparable_are_refused(planted):
    answers = planted(900, seed=2)
    frame, rng = answers.frame.copy(), np.random.default_rng(1)
    after = np.flatnonzero(frame["wave"] == "2023")
    for name, step in (("FA1", 1), ("FA2", -1)):
        moved = frame[name].to_numpy(dtype=int)[after] + step * (rng.random(len(after)) < 0.6)
        frame.loc[frame.index[after], name] = np.clip(moved, 1, 5)
    with pytest.raises(EstimationError, match=r"waves are not comparable.*item by item"):
        latent_change(replace(answers, frame=frame), DESIGN, scale="fairness")


def test_answers_without_one_trait_are_refused(planted):
    answers = planted(600)
    frame, rng = answers.frame.copy(), np.random.default_rng(4)
    other = rng.normal(size=len(frame))
    for name in ("EF1", "EF2", "EF3"):
        y = 0.8 * other + 0.6 * rng.normal(size=len(frame))
        frame[name] = pd.array(1 + np.digitize(y, [-1.0, -0.3, 0.3, 1.0]), dtype="Int64")
    with pytest.raises(EstimationError, match="One trait does not describe"):
        latent_change(replace(answers, frame=frame), DESIGN, scale="trust")


def _tangled(rng, n):
    """Return three answers of which the first goes with the others more than they go together: a Heywood case."""
    return rng.multivariate_normal(np.zeros(3), [[1, 0.75, 0.75], [0.75, 1, 0.45], [0.75, 0.45, 1]], size=n)


def test_a_heywood_case_of_ordered_items_is_refused(planted):
    answers = planted(500, linked=False)
    frame = answers.frame.copy()
    y = _tangled(np.random.default_rng(3), len(frame))
    for place, name in enumerate(("FA1", "FA2", "FA3")):
        frame[name] = pd.array(1 + np.digitize(y[:, place], [-1.2, -0.5, 0.3, 1.0]), dtype="Int64")
    with pytest.raises(EstimationError, match=r"Heywood.*For the change of scores alone use `compare"):
        latent_change(replace(answers, frame=frame), DESIGN, scale="fairness")


def _as_numbers(answers, values):
    """Return the answers with FA1-FA3 as numbers from 0 to 20."""
    asked = answers.questionnaire
    number = ResponseScale("twenty", "number", (), minimum=0, maximum=20)
    sections = tuple(
        replace(one, items=tuple(replace(item, response_scale=number) if item.id[:2] == "FA" else item for item in one.items))
        for one in asked.sections
    )  # fmt: skip
    frame = answers.frame.copy()
    for place, name in enumerate(("FA1", "FA2", "FA3")):
        frame[name] = pd.array(np.clip(np.round(values[:, place]), 0, 20), dtype="Int64")
    asked = replace(asked, sections=sections, response_scales=(*asked.response_scales, number))
    return replace(answers, frame=frame, questionnaire=asked)


@pytest.mark.parametrize("linked", [True, False])
def test_numbers_go_by_maximum_likelihood_and_add_up(planted, linked):
    answers = planted(300, linked=linked)
    rng = np.random.default_rng(11)
    after = (answers.frame["wave"] == "2023").to_numpy()
    y = 10 + 3 * (rng.normal(size=(len(after), 1)) + 0.4 * after[:, None]) + 1.5 * rng.normal(size=(len(after), 3))
    y[:, 1] += 1.5 * after
    found = latent_change(_as_numbers(answers, y), DESIGN, scale="fairness")
    assert "FA2" in found.released["fairness"]
    assert found.value("true_change_spread") == pytest.approx(0.0, abs=1e-12)
    total = sum(found.value(term) for term in ("true_change", "response_shift", "unexplained_change"))
    assert total == pytest.approx(found.value("mean_change"), abs=1e-12)
    assert abs(found.value("true_change") - 0.4 * 3 * 5) < 2.5 * _row(found, "true_change")["std_error"]
    assert _row(found, "true_change")["method"] == "points of the 0-100 score"
    with pytest.raises(EstimationError, match=r"different people|ordered answers"):
        latent_change(_as_numbers(answers, y), DESIGN, scale="fairness", model="irt")


def test_a_heywood_case_of_numbers_is_refused(planted):
    answers = planted(400, linked=False)
    y = 10 + 3 * _tangled(np.random.default_rng(5), len(answers))
    with pytest.raises(EstimationError, match="Heywood"):
        latent_change(_as_numbers(answers, y), DESIGN, scale="fairness")
