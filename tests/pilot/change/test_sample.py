"""Which rows are compared: linking, zones, groups, and every refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, ResponsesError
from trustmeter.pilot.change.sample import Sample, group_sample, wave_sample
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.responses.model import Responses, Roles
from trustmeter.scoring.composite import score
from trustmeter.scoring.model import Scores

YEARS = PilotDesign("2022", "2023")


def scores_with(answers: Responses, roles: Roles | None = None, **columns: Any) -> Scores:
    return score(replace(answers, frame=answers.frame.assign(**columns), roles=roles or answers.roles))


def ids(sample: Sample, rows: np.ndarray) -> list[str]:
    return [str(value) for value in sample.scores.frame["id"].iloc[rows]]


def overlapping(answers: Responses, shared: int) -> Scores:
    """Give the people of the second wave new codes, but for the first `shared`."""
    n = len(answers) // 2
    second = [f"p{i}" if i < shared else f"q{i}" for i in range(n)]
    return scores_with(answers, id=[f"p{i}" for i in range(n)] + second)


def test_linked_people_stand_in_the_same_place(make_answers: Callable[..., Responses]) -> None:
    scores = overlapping(make_answers(40), 30)
    order = np.random.default_rng(1).permutation(len(scores))
    mixed = scores_with(
        replace(scores.answers, frame=scores.answers.frame.iloc[order], missing=scores.answers.missing.iloc[order])
    )
    sample = wave_sample(mixed, YEARS)
    assert sample.linked
    assert ids(sample, sample.first) == ids(sample, sample.second)
    assert len(sample.first) == 30
    assert len(sample.scores) == 60
    assert sample.left_out == {"only in 2022": 10, "only in 2023": 10}
    assert any("30 people answered in both waves" in note for note in sample.notes)
    assert any("10 of the 40 (25 %) people of '2022', who did not answer again" in note for note in sample.notes)


@pytest.mark.parametrize(
    ("shared", "linked", "expected"), [(0, None, False), (20, None, True), (5, True, True), (5, False, False)]
)
def test_found_or_asked(
    make_answers: Callable[..., Responses], shared: int, linked: bool | None, expected: bool
) -> None:
    sample = wave_sample(overlapping(make_answers(40), shared), replace(YEARS, linked=linked))
    assert sample.linked is expected
    assert len(sample.first) == (shared if expected else 40)


def test_a_small_overlap_needs_a_choice(make_answers: Callable[..., Responses]) -> None:
    with pytest.raises(DesignError, match=r"5 of the 40 .*`linked=True`.*`linked=False`"):
        wave_sample(overlapping(make_answers(40), 5), YEARS)


def test_equal_codes_treated_as_different_people_are_told(make_answers: Callable[..., Responses]) -> None:
    sample = wave_sample(overlapping(make_answers(40), 5), replace(YEARS, linked=False))
    assert any("5 codes are in both" in note for note in sample.notes)


def test_codes_that_count_up_are_told(make_answers: Callable[..., Responses]) -> None:
    assert any("row numbers" in note for note in wave_sample(score(make_answers(20)), YEARS).notes)


def test_nobody_linked(make_answers: Callable[..., Responses]) -> None:
    with pytest.raises(DesignError, match="No respondent of wave '2022'"):
        wave_sample(overlapping(make_answers(12), 0), replace(YEARS, linked=True))


def test_without_codes(make_answers: Callable[..., Responses]) -> None:
    scores = scores_with(make_answers(12), Roles(None, "wave", "zone"))
    assert not wave_sample(scores, YEARS).linked
    with pytest.raises(DesignError, match="respondent"):
        wave_sample(scores, replace(YEARS, linked=True))


def test_a_person_twice_in_a_wave_is_refused_without_a_code(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(12)
    codes = answers.frame["id"].astype(str).radd("secret").to_list()
    codes[1] = codes[0]
    with pytest.raises(ResponsesError, match="In '2022' fewer than 5 rows carry") as caught:
        wave_sample(scores_with(answers, id=codes), YEARS)
    assert "secret" not in str(caught.value)


def test_codes_may_start_anew_in_each_zone(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(20)
    scores = scores_with(answers, id=[*range(10), *range(10)] * 2, zone=(["North"] * 10 + ["South"] * 10) * 2)
    sample = wave_sample(scores, YEARS)
    assert (sample.linked, len(sample.first)) == (True, 20)
    assert any("2 zones are taken together" in note for note in sample.notes)
    assert len(wave_sample(scores, replace(YEARS, zone="South")).first) == 10


def test_rows_without_a_code_cannot_be_linked(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(20)
    codes = answers.frame["id"].astype("Int64")
    codes.iloc[[0, 1, 25]] = pd.NA
    assert len(wave_sample(scores_with(answers, id=codes), YEARS).first) == 17


def test_waves_may_be_numbers_and_others_are_left_out(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(20)
    years = answers.frame["wave"].astype(float)
    years.iloc[:2] = 2021
    sample = wave_sample(scores_with(answers, wave=years), YEARS)
    assert sample.left_out["other waves"] == 2


def test_rows_without_wave_zone_or_group_are_left_out(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(20)
    holes = answers.frame["wave"].astype("string").where(np.arange(40) != 3)
    assert len(wave_sample(scores_with(answers, wave=holes), YEARS).first) == 19
    zones = answers.frame["zone"].astype("string").where(np.arange(40) != 3)
    assert len(wave_sample(scores_with(answers, zone=zones), replace(YEARS, zone="North")).first) == 19
    sexes = one_wave(answers).frame["SEX"].where(np.arange(20) != 3)
    sample = group_sample(scores_with(one_wave(answers), SEX=sexes), GroupDesign("SEX", "F", "M"))
    assert sample.left_out == {"other groups": 1}


@pytest.mark.parametrize(
    ("design", "word"),
    [
        (PilotDesign("2022", "2032"), "Did you mean '2022'|Did you mean '2023'"),
        (PilotDesign("2022", "2023", zone="Nord"), "Did you mean 'North'"),
    ],
)
def test_unknown_names(make_answers: Callable[..., Responses], design: PilotDesign, word: str) -> None:
    with pytest.raises(DesignError, match=word):
        wave_sample(score(make_answers(10)), design)


def test_a_column_of_many_values_is_not_listed(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(20)
    scores = scores_with(answers, Roles(None, "code"), code=[f"secret{i}" for i in range(40)])
    with pytest.raises(DesignError) as caught:
        wave_sample(scores, PilotDesign("secret", "2023"))
    assert "secret0" not in str(caught.value)


def one_wave(answers: Responses) -> Responses:
    return answers.select(answers.frame["wave"] == "2022")


@pytest.mark.parametrize(("first", "second"), [("F", "M"), ("Woman", "homme")])
def test_groups_by_item_code_or_label(make_answers: Callable[..., Responses], first: str, second: str) -> None:
    scores = score(one_wave(make_answers(40)))
    sample = group_sample(scores, GroupDesign("SEX", first, second))
    assert (sample.scores.answers.frame["SEX"].iloc[sample.first] == "F").all()
    assert len(sample.first) + len(sample.second) == 40


@pytest.mark.parametrize("by", ["mode", "how"])
def test_groups_by_role_or_column(make_answers: Callable[..., Responses], by: str) -> None:
    answers = one_wave(make_answers(30))
    scores = scores_with(answers, Roles("id", "wave", "zone", mode="how"), how=(["web", "paper", "phone"] * 10))
    sample = group_sample(scores, GroupDesign(by, "paper", "web"))
    assert (len(sample.first), len(sample.second)) == (10, 10)
    assert sample.left_out == {"other groups": 10}


@pytest.mark.parametrize(
    ("design", "word"),
    [
        (GroupDesign("wave", "2022", "2023"), "PilotDesign"),
        (GroupDesign("SEXE", "F", "M"), "Did you mean 'SEX'"),
        (GroupDesign("SEX", "F", "Q"), "one of 'F', 'M'"),
        (GroupDesign("zone", "North", "Nort"), "Did you mean 'North'"),
        (GroupDesign("respondent", "1", "2"), "`by`"),
    ],
)
def test_group_refusals(make_answers: Callable[..., Responses], design: GroupDesign, word: str) -> None:
    with pytest.raises(DesignError, match=word):
        group_sample(score(one_wave(make_answers(20))), design)


def test_values_of_a_kept_column_are_not_told(make_answers: Callable[..., Responses]) -> None:
    scores = scores_with(
        one_wave(make_answers(20)), Roles("id", "wave", kept=("village",)), village=["secret", "b"] * 10
    )
    with pytest.raises(DesignError) as caught:
        group_sample(scores, GroupDesign("village", "b", "secrt"))
    assert "secret'" not in str(caught.value)


def test_groups_over_several_waves_would_count_people_twice(make_answers: Callable[..., Responses]) -> None:
    with pytest.raises(DesignError, match="several waves"):
        group_sample(score(make_answers(20)), GroupDesign("SEX", "F", "M"))


def test_names_that_few_people_have_are_not_told(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(20)
    scores = scores_with(answers, zone=["Secret"] * 9 + ["North"] * (len(answers) - 9))
    with pytest.raises(DesignError) as caught:
        wave_sample(scores, replace(YEARS, zone="South"))
    assert "Secret" not in str(caught.value)
    assert "North" not in str(caught.value)
    assert "different values: 2" in str(caught.value)
