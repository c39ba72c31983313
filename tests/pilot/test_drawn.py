"""Comparisons go by the design that the answers carry, and say what of it they used."""

from __future__ import annotations

import numpy as np
import pytest

import trustmeter as tm

TRUST = tm.load_questionnaire("community-trust")
WAVES = ("2024", "2025")
USED = "The design of the answers was used: "


@pytest.fixture(scope="module")
def drawn() -> tm.Scores:
    """240 people in each of two waves, other people each time, weighted, 12 interviewers in each of two strata."""
    people = tm.simulate_responses(TRUST, 240, waves=WAVES, linked=False, change=0.3, seed=1)
    row = np.arange(len(people))
    weight = np.random.default_rng(1).uniform(0.5, 2, len(row))
    frame = people.frame.assign(
        w=weight,
        s=[f"s{code}" for code in row % 2],
        c=row % 24 // 2,
        both=[f"s{code % 2} x {code % 24 // 2}" for code in row],
    )
    answers = tm.read_responses(frame, TRUST, respondent="id", wave="wave", keep=["w", "s", "c", "both"])
    return tm.score(answers, scale="trust")


def numbers(result: tm.Comparison) -> list[float]:
    return result.tidy()[["estimate", "std_error", "df"]].to_numpy(dtype=float).ravel().tolist()


def test_the_design_of_the_answers_says_the_same_as_that_of_the_call(drawn: tm.Scores) -> None:
    carried = drawn.with_design(tm.SurveyDesign(weights="w", clusters="both"))
    named = tm.PilotDesign(*WAVES, linked=False, weights="w", clusters="both")
    found = tm.compare(carried, tm.PilotDesign(*WAVES, linked=False))
    assert numbers(found) == pytest.approx(numbers(tm.compare(drawn, named)), nan_ok=True)
    assert f"{USED}weights 'w'; clusters 'both'." in found.notes
    assert found.design == named


def test_clusters_of_one_name_in_two_strata_are_two(drawn: tm.Scores) -> None:
    carried = drawn.with_design(tm.SurveyDesign(weights="w", strata="s", clusters="c"))
    named = tm.PilotDesign(*WAVES, linked=False, weights="w", clusters="both")
    found = tm.compare(carried, tm.PilotDesign(*WAVES, linked=False))
    assert numbers(found) == pytest.approx(numbers(tm.compare(drawn, named)), nan_ok=True)
    assert any(note.endswith("as a rule too large: strata 's'.") for note in found.notes)


def test_columns_named_in_the_call_come_first(drawn: tm.Scores) -> None:
    carried = drawn.with_design(tm.SurveyDesign(weights="w", clusters="both"))
    found = tm.compare(carried, tm.PilotDesign(*WAVES, linked=False, clusters="s"))
    assert found.design.clusters == "s"
    assert f"{USED}weights 'w'." in found.notes


def test_other_verbs_of_a_pilot_go_by_it_too(drawn: tm.Scores) -> None:
    carried, design = drawn.with_design(tm.SurveyDesign(weights="w")), tm.PilotDesign(*WAVES, linked=False)
    beside = tm.compare_estimators(carried, design)
    groups = tm.compare_subgroups(carried, design, by="SEX", declared=True)
    assert beside.design.weights == groups.design.weights == "w"
    assert f"{USED}weights 'w'." in beside.notes
    assert f"{USED}weights 'w'." in groups.notes
    latent = tm.latent_change(carried.answers, design, scale="trust")
    assert any(note.startswith("The design of the answers was not used") for note in latent.notes)


def test_groups_go_by_it_and_say_so(drawn: tm.Scores) -> None:
    first = drawn.select(drawn.frame["wave"] == WAVES[0])
    carried = first.with_design(tm.SurveyDesign(weights="w", strata="s", clusters="c"))
    found = tm.compare(carried, tm.GroupDesign("SEX", "F", "M"))
    named = tm.GroupDesign("SEX", "F", "M", weights="w", clusters="both")
    assert numbers(found) == pytest.approx(numbers(tm.compare(first, named)), nan_ok=True)
    assert numbers(found) != pytest.approx(numbers(tm.compare(first, tm.GroupDesign("SEX", "F", "M"))), nan_ok=True)
    assert found.design.weights == "w"
    assert found.design.clusters == "s x c"
    assert f"{USED}weights 'w'; clusters 'c'." in found.notes
    assert any(note.endswith("as a rule too large: strata 's'.") for note in found.notes)


def test_weights_named_in_the_call_are_not_said_to_be_none(drawn: tm.Scores) -> None:
    other = tm.read_scores(
        drawn.frame.assign(v=1.5, trust=drawn.column("trust")), scale="trust", wave="wave", keep=["v", "w", "both"]
    ).with_design(tm.SurveyDesign(weights="w", clusters="both"))
    found = tm.compare(other, tm.PilotDesign(*WAVES, linked=False, weights="v"))
    assert f"{USED}clusters 'both'." in found.notes
    assert not any("each row counts once" in note for note in found.notes)


def test_zones_side_by_side_go_by_it(drawn: tm.Scores) -> None:
    first = drawn.select(drawn.frame["wave"] == WAVES[0])
    carried = tm.profile_zones(first.with_design(tm.SurveyDesign(weights="w", clusters="both")), by="s")
    named = tm.profile_zones(first, by="s", weights="w", clusters="both")
    assert carried.value("s0") == named.value("s0") != tm.profile_zones(first, by="s").value("s0")
    assert f"{USED}weights 'w'; clusters 'both'." in carried.notes


def test_the_summary_of_scores_is_weighted_and_says_so(drawn: tm.Scores) -> None:
    carried = drawn.with_design(tm.SurveyDesign(weights="w"))
    weight = drawn.answers.frame["w"].to_numpy(dtype=float)
    score = drawn.column("trust").to_numpy(dtype=float)
    there = ~np.isnan(score)
    assert f"{np.average(score[there], weights=weight[there]):.1f}" in carried.summary()
    assert "Note: Mean and standard deviation are weighted by 'w'." in carried.summary()
    assert "weighted" not in drawn.summary()
