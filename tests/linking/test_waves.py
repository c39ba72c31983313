"""Waves are put together by people's own codes: who is who, what may be told, and what never leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.linking.writing import free_texts, write_answers
from trustmeter.present.phrases import LANGUAGES

Make = Callable[..., Any]


def truth_of(links: tm.WaveLinks) -> tuple[int, int]:
    """Return how many people were linked to themselves, and how many to somebody else."""
    frame = links.answers().frame
    wide = frame.pivot(index="respondent", columns="wave", values="number").dropna()
    right = int((wide["2024"] == wide["2025"]).sum())
    return right, len(wide) - right


@pytest.mark.parametrize(
    ("options", "least", "most_false"), [({"tolerance": 0}, 70, 0), ({}, 105, 2), ({"method": "weights"}, 80, 3)]
)
def test_people_are_linked_to_themselves(two_waves: Make, options: dict[str, Any], least: int, most_false: int) -> None:
    waves = two_waves()
    links = tm.link_waves(waves.before, waves.after, seed=1, **options)
    right, wrong = truth_of(links)
    assert right >= least
    assert wrong <= most_false
    assert links.value("linked", wave="2024") == pytest.approx((right + wrong) / 200)


def test_without_mistakes_everybody_is_found(two_waves: Make) -> None:
    waves = two_waves(both=120, error=0.0)
    right, wrong = truth_of(tm.link_waves(waves.before, waves.after, tolerance=0, seed=1))
    assert (right, wrong) == (120, 0)


def test_codes_and_names_are_gone_and_rows_are_shuffled(two_waves: Make) -> None:
    waves = two_waves()
    links = tm.link_waves(waves.before, waves.after, seed=1)
    answers = links.answers()
    assert not {"who", *links.elements} & set(answers.frame.columns)
    assert list(answers.missing.columns) == list(answers.item_ids)
    assert answers.roles.respondent == "respondent"
    assert len(answers) == 400
    assert answers.frame["respondent"].str.fullmatch(r"P\d+").all()
    assert not answers.frame["wave"].is_monotonic_increasing
    assert answers.source == ""
    assert len(answers.rejected) == 0
    former = set(waves.before.frame["who"]) | set(waves.after.frame["who"])
    said = links.summary() + str(links.to_dict()) + repr(answers)
    assert not any(name in said for name in former)


def test_names_cannot_be_made_again_without_a_seed(two_waves: Make) -> None:
    waves = two_waves()
    one, other = (tm.link_waves(waves.before, waves.after).answers().frame for _ in range(2))
    assert one["number"].tolist() != other["number"].tolist()
    seeded = [tm.link_waves(waves.before, waves.after, seed=4).answers().frame for _ in range(2)]
    pd.testing.assert_frame_equal(*seeded)


def test_spelling_does_not_count_and_only_the_first_letter_does(two_waves: Make, survey: tm.Questionnaire) -> None:
    waves = two_waves(error=0.0)
    again = waves.after.frame.copy()
    again["LC01"] = again["LC01"].replace({"E": "É"}) + "lise "
    again["LC02"] = " " + again["LC02"].str.lower() + "."
    spelled = tm.read_responses(again, survey, respondent="who", wave="wave", zone="zone", keep="number")
    plain = tm.link_waves(waves.before, waves.after, tolerance=0, seed=1)
    assert tm.link_waves(waves.before, spelled, tolerance=0, seed=1).value("linked", wave="2024") == plain.value(
        "linked", wave="2024"
    )


def test_people_are_linked_within_their_zone(two_waves: Make) -> None:
    waves = two_waves(error=0.1)
    frame = tm.link_waves(waves.before, waves.after, within="zone", seed=1).answers().frame
    assert (frame.groupby("respondent")["zone"].nunique() == 1).all()


def test_linked_answers_are_compared_as_linked(two_waves: Make) -> None:
    waves = two_waves()
    answers = tm.link_waves(waves.before, waves.after, seed=1).answers()
    repeated = answers.frame["respondent"].duplicated().sum()
    assert repeated == round(tm.link_waves(waves.before, waves.after, seed=1).value("linked", wave="2025") * 200)
    assert not answers.frame.duplicated(["respondent", "wave"]).any()


def test_small_numbers_are_hidden_and_cannot_be_worked_out(two_waves: Make) -> None:
    """The levels of linked people, and those not linked by reason, never leave one small count alone."""
    for seed in range(12):
        waves = two_waves(n=60, both=30 + seed, error=0.03, seed=seed)
        table = tm.link_waves(waves.before, waves.after, seed=1, draws=2).table
        for wave in ("2024", "2025"):
            share = table[table["wave"] == wave].set_index("term")["estimate"] * 60
            for term in ("linked_exact", "linked_one_off", "not_linked_ambiguous", "not_linked_nobody_fits", "linked"):
                count = round(share[term]) if np.isfinite(share[term]) else None
                assert count is None or count == 0 or count >= 5
            for parts in (["linked_exact", "linked_one_off"], ["not_linked_ambiguous", "not_linked_nobody_fits"]):
                assert np.isnan(share[parts]).sum() != 1


def test_false_links_are_reckoned_near_the_truth(two_waves: Make) -> None:
    wrong, links, expected = 0, 0, 0.0
    for seed in range(12):
        waves = two_waves(n=300, both=100, error=0.08, seed=seed)
        found = tm.link_waves(waves.before, waves.after, seed=1, draws=3)
        right, false = truth_of(found)
        wrong, links = wrong + false, links + right + false
        expected += found.value("false_link_rate") * (right + false)
    assert 0.5 * wrong <= expected <= 2 * wrong
    assert expected / links < 0.05


def test_a_whole_code_that_was_pseudonymised_is_one_element(
    two_waves: Make, survey: tm.Questionnaire, tmp_path: Path
) -> None:
    from trustmeter.linking.keys import make_key

    key = make_key(tmp_path / "study.key")
    waves = two_waves(error=0.0)
    read = []
    for answers in (waves.before, waves.after):
        frame = answers.frame.assign(code=tm.pseudonymise(answers.frame["number"], key=key))
        read.append(tm.read_responses(frame, survey, wave="wave", keep=["code", "number"]))
    links = tm.link_waves(*read, elements=["code"], tolerance=0, seed=1)
    assert truth_of(links) == (120, 0)
    assert "code" not in links.answers().frame


def test_linked_answers_are_written_and_read_back(two_waves: Make, survey: tm.Questionnaire, tmp_path: Path) -> None:
    waves = two_waves()
    answers = tm.link_waves(waves.before, waves.after, seed=1).answers()
    back = tm.read_responses(
        write_answers(answers, tmp_path / "linked.csv"), survey, respondent="respondent", wave="wave", keep="number"
    )
    assert back.frame["TR01"].tolist() == answers.frame["TR01"].tolist()
    assert (back.missing[list(back.item_ids)] == answers.missing[list(back.item_ids)]).all(axis=None)
    with pytest.raises(DesignError, match=r"\.csv"):
        write_answers(answers, tmp_path / "linked.xlsx")


def test_an_element_that_nobody_answered_tells_nothing_apart(survey: tm.Questionnaire) -> None:
    both = tm.simulate_responses(survey, 60, seed=1)
    assert both.frame["LC01"].isna().all()
    wave = both.frame[both.roles.wave]
    first = wave == wave.iloc[0]
    links = tm.link_waves(both.select(first), both.select(~first), waves=("2024", "2025"), seed=1)
    assert links.value("element_bits", item="LC01") == 0.0
    assert links.value("code_bits") < 30


def test_what_people_wrote_in_their_own_words_is_left_out_unless_asked_for(
    two_waves: Make, survey: tm.Questionnaire, tmp_path: Path
) -> None:
    answers = two_waves().before
    assert free_texts(answers) == ("LC01", "LC02", "LC06")
    kept_back = write_answers(answers, tmp_path / "safe.csv").read_text(encoding="utf-8").splitlines()
    assert not {"LC01", "LC02", "LC06"} & set(kept_back[0].split(","))
    roles = {"respondent": "who", "wave": "wave", "zone": "zone"}
    safe = tm.read_responses(tmp_path / "safe.csv", survey, **roles)
    assert safe.frame["TR01"].tolist() == answers.frame["TR01"].tolist()
    whole = tm.read_responses(write_answers(answers, tmp_path / "whole.csv", free_text=True), survey, **roles)
    assert whole.frame["LC01"].tolist() == answers.frame["LC01"].tolist()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_in_words(two_waves: Make, language: str) -> None:
    waves = two_waves()
    for method in ("tolerance", "weights"):
        table = tm.to_table(
            tm.link_waves(waves.before, waves.after, method=method, tolerance=2, seed=1), language=language
        )  # type: ignore[arg-type]
        assert not table.iloc[:, 0].str.contains("_").any()
        assert (table.iloc[:, 2] != "").all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": 3}, "0, 1 or 2"),
        ({"method": "guess"}, "must be one of"),
        ({"threshold": 1.5}, "threshold"),
        ({"elements": ["LC01", "LC02", "LC03"]}, "too little"),
        ({"elements": ["LC09"]}, "Did you mean"),
        ({"elements": "LC01"}, "list of columns"),
        ({"waves": ("x", "x")}, "Name them"),
        ({"draws": 0}, "draws"),
    ],
)
def test_what_cannot_be_linked_is_refused(two_waves: Make, options: dict[str, Any], message: str) -> None:
    waves = two_waves(n=40, both=20)
    with pytest.raises(DesignError, match=message):
        tm.link_waves(waves.before, waves.after, **options)


def test_other_things_than_two_waves_are_refused(two_waves: Make) -> None:
    waves = two_waves(n=40, both=20)
    few = waves.before.select(np.arange(40) < 9)
    with pytest.raises(EstimationError, match="fewer than 10"):
        tm.link_waves(few, waves.after)
    with pytest.raises(DesignError, match="read_responses"):
        tm.link_waves(waves.before.frame, waves.after)  # type: ignore[arg-type]
    plain = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 40, seed=1)
    with pytest.raises(DesignError, match="one wording"):
        tm.link_waves(plain, waves.after)
    with pytest.raises(DesignError, match="no questions of a link code"):
        tm.link_waves(plain, plain)


def test_simulated_answers_stay_marked(survey: tm.Questionnaire) -> None:
    made = tm.simulate_responses(survey, 60, seed=2)
    first = made.select(made.frame["wave"] == made.frame["wave"].iloc[0])
    links = tm.link_waves(first, first, elements=["LC01", "LC03", "LC04", "LC05"], waves=("a", "b"), seed=1)
    assert links.simulated
    assert links.answers().simulated
