"""What verbs that weight do beside the numbers: waves, open questions, bands, columns, notes, what is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

Maker = Callable[..., tm.Responses]


def test_the_answers_carry_weights_and_their_design(make_people: Maker, reference_margins: dict) -> None:
    people = make_people()
    found = tm.rake(people, reference_margins)
    assert "weight" not in people.frame
    assert found.answers.design.weights == "weight"
    assert found.answers.design.clusters == "cluster"
    assert found.answers.roles.kept[-1] == "weight"
    assert found.answers.design.calibration[0].margins == ("age", "sex", "area")
    assert found.weights.sum() == pytest.approx(10_000)
    assert "weighted" in str(found.answers)
    assert found.value("dissimilarity_after", margin="age") == pytest.approx(0, abs=1e-9)
    assert found.value("dissimilarity_before", margin="age") > 0.01
    assert found.value("design_effect") == pytest.approx(1 + found.weights.var() / found.weights.mean() ** 2)
    told = json.dumps(found.to_dict()) + found.summary()
    assert "people tell as much as" in told


def test_each_wave_is_brought_to_the_margins_by_itself(make_answers: Maker) -> None:
    answers = make_answers(120)
    found = tm.rake(answers, {"sex": {"F": 60_000, "M": 40_000}})
    wave = answers.frame["wave"]
    for name in ("2022", "2023"):
        inside = (wave == name).to_numpy()
        assert found.weights[inside].sum() == pytest.approx(100_000)
        assert found.value("after", margin="sex", category="F", wave=name) == pytest.approx(0.6)
        one = tm.rake(answers.select(inside), {"SEX": {"F": 0.6, "M": 0.4}})
        assert one.weights == pytest.approx(found.weights[inside] / 100_000 * 120)
    assert any("Each wave" in note for note in found.notes)


def test_people_without_an_answer_keep_their_share(make_answers: Maker) -> None:
    answers = make_answers(200)
    frame, missing = answers.frame.copy(), answers.missing.copy()
    frame.loc[:29, "SEX"], missing.loc[:29, "SEX"] = pd.NA, 2
    answers = tm.Responses(frame, missing, answers.questionnaire, answers.roles).select(frame["wave"] == "2022")
    margins = {"sex": {"F": 0.6, "M": 0.4}}
    with pytest.raises(tm.DesignError, match="W-UNANSWERED"):
        tm.rake(answers, margins)
    found = tm.rake(answers, margins, unanswered="own_share")
    assert found.weights[:30].sum() == pytest.approx(30)
    assert found.weights.sum() == pytest.approx(200)
    assert found.value("after", margin="sex", category="F", wave="2022") == pytest.approx(0.6)
    assert any("left sex open" in note for note in found.notes)


def test_ages_find_their_bands_and_groups_are_put_together(make_people: Maker) -> None:
    rng = np.random.default_rng(3)
    people = make_people(age=rng.integers(18, 90, 400))
    margins = {"age": {"18-24": 1000, "25-44": 3000, "45-64": 3500, "65+": 2500}}
    found = tm.rake(people, margins, groups={"age": {"18-24": "18-44", "25-44": "18-44"}})
    assert found.value("after", margin="age", category="18-44") == pytest.approx(0.4)
    assert any("18-44 (18-24, 25-44)" in note for note in found.notes)
    young = people.frame["age"].to_numpy(float) < 45
    assert found.weights[young].sum() == pytest.approx(4000)


def test_codes_are_renamed_and_whom_the_margins_do_not_know_is_left_open(make_people: Maker) -> None:
    people = make_people(sex=np.repeat([1, 2, 3], [200, 180, 20]), base=False)
    found = tm.rake(
        people, {"gender": {"F": 0.5, "M": 0.5}}, columns={"gender": "sex"},
        recode={"gender": {"1": "F", "2": "M", "3": ""}}, unanswered="own_share",
    )  # fmt: skip
    assert found.weights[380:] == pytest.approx(np.ones(20))
    assert found.weights[:200].sum() == pytest.approx(190)


def test_calibration_keeps_bounds(make_people: Maker, reference_margins: dict) -> None:
    people = make_people(base=False)
    found = tm.calibrate(people, reference_margins, method="logit", bounds=(0.4, 2.6))
    ratio = found.weights * 400 / 10_000
    assert ratio.min() > 0.4
    assert ratio.max() < 2.6
    raked = tm.rake(people, reference_margins)
    assert tm.calibrate(people, reference_margins, method="raking").weights == pytest.approx(raked.weights, rel=1e-7)


def test_representation_shows_both_and_hides_the_few(make_people: Maker, reference_margins: dict) -> None:
    seen = tm.representation(make_people(), reference_margins)
    assert seen.weighted
    assert seen.value("target", margin="area", category="1") == pytest.approx(0.4)
    people = make_people(base=False, area=np.repeat([1, 2, 3, 4], [3, 197, 150, 50]))
    shown = tm.representation(people, reference_margins)
    hidden = shown.table[shown.table["suppressed"] & (shown.table["item"] == "area")]
    assert hidden["group"].tolist() == ["1", "4"]
    assert hidden["estimate"].isna().all()
    assert hidden["n"].isna().all()
    assert "dissimilarity_unweighted" not in shown.table.loc[shown.table["item"] == "area", "term"].tolist()


def test_representation_of_weighted_answers_is_what_weighting_told(make_people: Maker, reference_margins: dict) -> None:
    found = tm.rake(make_people(), reference_margins)
    seen = tm.representation(found.answers, reference_margins)
    for name, cells in reference_margins.items():
        assert seen.value("dissimilarity_weighted", margin=name) == pytest.approx(0, abs=1e-9)
        for label in cells:
            told = found.value("after", margin=name, category=label)
            assert seen.value("weighted", margin=name, category=label) == pytest.approx(told)


@pytest.mark.parametrize("method", ["classes", "inverse"])
def test_weights_for_nonresponse_bring_back_who_was_asked(make_people: Maker, method: str) -> None:
    rng, people = np.random.default_rng(6), make_people(base=False)
    sex = people.frame["sex"].to_numpy()
    asked = pd.DataFrame({"who": [*people.frame["id"].astype(str), *(f"n{k}" for k in range(600))]})
    asked["sex"] = np.where(np.concatenate([sex, rng.choice([1, 2], 600, p=[0.2, 0.8])]) == 1, "F", "M")
    asked = asked.sample(frac=1, random_state=1)
    found = tm.nonresponse_weights(people, asked, predictors="sex", respondent="who", method=method)  # type: ignore[arg-type]
    assert found.value("response_rate") == pytest.approx(0.4)
    for label in ("F", "M"):
        target = found.value("target", margin="sex", category=label)
        assert target == pytest.approx((asked["sex"] == label).mean())
        assert found.value("after", margin="sex", category=label) == pytest.approx(target, abs=1e-9)
    assert found.weights.sum() == pytest.approx(1000)


def test_numbers_made_up_are_said_to_be(make_people: Maker) -> None:
    invented = tm.margins({"sex": {"1": 0.5, "2": 0.5}}, status="invented")
    found = tm.rake(make_people(), invented)
    assert found.simulated
    assert "SIMULATED" in found.summary()


def test_a_frame_is_never_changed_and_rows_keep_their_order(make_people: Maker, reference_margins: dict) -> None:
    people = make_people()
    before = people.frame.copy()
    shuffled = people.select(np.ones(400, dtype=bool))
    one, other = tm.rake(people, reference_margins), tm.rake(shuffled, reference_margins)
    assert np.array_equal(one.weights, other.weights)
    pd.testing.assert_frame_equal(people.frame, before)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": "sex"}, "mapping by variable"),
        ({"recode": {"sex": "F"}}, "must be such as"),
        ({"groups": {"area": {}}}, "variable in `groups`"),
        ({"groups": {"sex": {"3": "x"}}}, "category of 'sex' in `groups`"),
        ({"tolerance": 0.0}, "`tolerance`"),
        ({"unanswered": "drop"}, "unanswered"),
        ({"column": ""}, "`column`"),
        ({"max_iterations": 0}, "max_iterations"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(make_people: Maker, options: dict, said: str) -> None:
    with pytest.raises(tm.DesignError, match=said):
        tm.rake(make_people(), {"sex": {"1": 0.5, "2": 0.5}}, **options)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"predictors": "town"}, "no column 'town'"),
        ({"respondent": "twice"}, "missing or twice"),
        ({"respondent": "others"}, "not among those asked"),
        ({"predictors": "unknown"}, "not known of everybody"),
        ({"predictors": "who"}, "2 to 30 categories"),
        ({"weights": "sex"}, "numbers above 0"),
    ],
)
def test_samples_that_make_no_sense_are_refused(make_people: Maker, change: dict, said: str) -> None:
    people = make_people(base=False)
    asked = pd.DataFrame({"who": [*people.frame["id"].astype(str), *(f"n{k}" for k in range(50))]})
    asked = asked.assign(sex="F", twice="a", others="z" + asked["who"], unknown=[None, *["x"] * 449])
    asked.loc[::3, "sex"] = "M"
    with pytest.raises(tm.DesignError, match=said) as caught:
        tm.nonresponse_weights(people, asked, **{"predictors": "sex", "respondent": "who", **change})
    assert "n49" not in str(caught.value)


def test_design_weights_of_those_asked_are_not_forgotten(make_people: Maker) -> None:
    asked = pd.DataFrame({"who": range(500), "sex": ["F", "M"] * 250})
    with pytest.raises(tm.DesignError, match="under `weights`"):
        tm.nonresponse_weights(make_people(), asked, predictors="sex", respondent="who")


def test_a_fault_names_its_wave(make_answers: Maker) -> None:
    answers = make_answers(60)
    frame = answers.frame.copy()
    frame.loc[frame["wave"] == "2023", "SEX"] = "F"
    one_sided = tm.Responses(frame, answers.missing, answers.questionnaire, answers.roles)
    with pytest.raises(tm.DesignError, match="SEX 'M' of wave '2023'"):
        tm.rake(one_sided, {"SEX": {"F": 0.5, "M": 0.5}})


def test_labels_of_an_age_question_are_read_as_bands() -> None:
    people = tm.simulate_responses(tm.load_questionnaire("community-trust"), 300, seed=3)
    margins = {"age": {"18-29": 20, "30-44": 28, "45-59": 24, "60-74": 17, "75+": 11}}
    found = tm.rake(people, margins, unanswered="own_share")
    assert found.value("after", margin="age", category="75+", wave="after") == pytest.approx(0.11)
    assert found.simulated


def test_replicate_weights_are_not_left_behind(make_people: Maker) -> None:
    design = tm.SurveyDesign(weights="w", replicates=tm.Replicates(("y", "household"), "jk1", 0.5))
    with pytest.raises(tm.DesignError, match="replicate"):
        tm.rake(make_people().with_design(design), {"sex": {"1": 0.5, "2": 0.5}})


def test_a_cross_with_a_small_cell_is_hidden_as_a_whole(make_people: Maker) -> None:
    people = make_people(base=False, area=np.repeat([1, 2], 200), sex=np.r_[np.ones(197), np.full(203, 2)].astype(int))
    cross = {"area x sex": {f"{a} x {s}": 0.25 for a in (1, 2) for s in (1, 2)}}
    table = tm.representation(people, {**cross, "area": {"1": 0.5, "2": 0.5}}).table
    inside = table[(table["item"] == "area x sex") & (table["term"] == "unweighted")]
    assert inside["suppressed"].all()
    assert inside["estimate"].isna().all()
    assert table.loc[(table["item"] == "area") & (table["term"] == "unweighted"), "n"].tolist() == [200, 200]


@pytest.mark.parametrize(("silent", "word"), [(3, "did not answer"), (60, "")])
def test_weights_for_nonresponse_do_not_tell_of_the_few_who_were_silent(
    make_people: Maker, silent: int, word: str
) -> None:
    people = make_people(base=False)
    asked = pd.DataFrame({"who": [*people.frame["id"].astype(str), *(f"n{k}" for k in range(200))]})
    asked["street"] = ["A"] * 50 + ["B"] * (550 - silent) + ["A"] * silent
    if not word:
        assert tm.nonresponse_weights(people, asked, predictors="street", respondent="who").value("response_rate") < 1
        return
    with pytest.raises(tm.DesignError, match=f"people of 'A' .street. {word}.*Put categories of 'street' together"):
        tm.nonresponse_weights(people, asked, predictors="street", respondent="who")


def test_shares_do_not_tell_how_few_left_a_question_open(make_people: Maker) -> None:
    answers = make_people(base=False)
    frame = answers.frame.copy()
    frame["sex"] = frame["sex"].astype("Int64")
    frame.loc[:2, "sex"] = pd.NA
    few = tm.Responses(frame, answers.missing, answers.questionnaire, answers.roles)
    margins = {"sex": {"1": 0.5, "2": 0.5}}
    seen = tm.representation(few, margins)
    share = seen.value("unweighted", margin="sex", category="1")
    assert share == pytest.approx(round(share, 2))
    assert share == pytest.approx((frame["sex"] == 1).sum() / 397, abs=0.005)
    assert seen.value("dissimilarity_unweighted", margin="sex") == pytest.approx(abs(share - 0.5))
    assert any("fewer than five people left a question open" in note for note in seen.notes)
    found = tm.rake(few, margins, unanswered="own_share")
    assert found.value("before", margin="sex", category="1") == share
    assert found.value("after", margin="sex", category="1") == pytest.approx(0.5, abs=1e-9)
    assert not any("left a question open, shares" in note for note in tm.representation(answers, margins).notes)


def test_trimmed_weights_are_of_all_rows(make_people: Maker, reference_margins: dict) -> None:
    raked = tm.rake(make_people(), reference_margins)
    design = tm.trim_weights(raked.answers, upper=3).answers.design
    assert design is not None
    assert design.calibration == ()
    assert not design.narrowed
    narrowed = tm.rake(raked.answers.select(np.arange(400) < 380), reference_margins, column="again").answers.design
    assert narrowed is not None
    assert narrowed.narrowed
