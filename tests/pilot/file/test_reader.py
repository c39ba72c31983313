"""Pilot files: all faults at once, and stand-in answers that say what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.file.answers import read_pilot_answers
from trustmeter.pilot.file.model import STAND_IN_SIZE
from trustmeter.pilot.file.reader import read_pilot
from trustmeter.scoring.composite import score

GOOD = {
    "id": "somewhere-proximity",
    "zone": "Somewhere",
    "title": "Trust in Somewhere",
    "questionnaire": "community-trust",
    "waves": "{before: '2022', after: '2023'}",
    "data": "answers.csv",
    "columns": "{respondent: id, wave: wave, zone: zone}",
    "report_languages": "[nl, en]",
}


def write(folder: Path, **changes: str | None) -> Path:
    lines = {**GOOD, **changes}
    path = folder / "pilot.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"zone": None}, "P-KEY-MISSING", "zone"),
        ({"waves": "{before: a}"}, "P-KEY-MISSING", "after"),
        ({"waves": "{before: a, after: a}"}, "P-WAVES", "same name"),
        ({"waves": "2022"}, "P-FORM", "waves"),
        ({"zoen": "x"}, "P-KEY-UNKNOWN", "'zone'"),
        ({"columns": "{respondant: id}"}, "P-KEY-UNKNOWN", "'respondent'"),
        ({"theme": "proximty"}, "P-WORD", "'proximity'"),
        ({"design": "{linked: maybe}"}, "P-WORD", "yes"),
        ({"report_languages": "[it]"}, "P-WORD", "fr"),
        ({"report_languages": "nl"}, "P-FORM", "list"),
        ({"questionnaire": "comunity-trust"}, "P-QUESTIONNAIRE", "community-trust"),
        ({"id": "[1, 2]"}, "P-FORM", "id"),
        ({"title": "[1, 2]"}, "P-FORM", "title"),
        ({"id": "'open"}, "Q-YAML", "pilot.yaml"),
        ({"design": "{randomized: perhaps}"}, "P-WORD", "randomized"),
        ({"design": "{area: district}"}, "P-DESIGN", "where the pilot ran"),
        ({"design": "{treated: [north]}"}, "P-DESIGN", "not the column"),
        ({"design": "{area: district, treated: {a: b}}"}, "P-FORM", "list of names"),
        ({"design": "{area: district, traeted: [north]}"}, "P-KEY-UNKNOWN", "'treated'"),
        ({"waves": "{before: a, after: b, later: [a]}"}, "P-DESIGN", "twice"),
        ({"waves": "{before: a, after: b, latr: [c]}"}, "P-KEY-UNKNOWN", "'later'"),
        ({"smallest_effect": "much"}, "P-FORM", "above zero"),
        ({"smallest_effect": "-1"}, "P-FORM", "above zero"),
        ({"smallest_effect": "{trsut: 3}"}, "P-WORD", "'trust'"),
        ({"primary": "trsut"}, "P-WORD", "'trust'"),
    ],
)
def test_a_fault_is_named_with_its_place_and_cure(
    changes: dict[str, str | None], code: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(DesignError) as caught:
        read_pilot(write(tmp_path, **changes))
    assert code in {problem.code for problem in caught.value.problems}
    assert says in str(caught.value)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as caught:
        read_pilot(write(tmp_path, zone=None, theme="x", waves="{before: a, after: a}"))
    assert {problem.code for problem in caught.value.problems} == {"P-KEY-MISSING", "P-WORD", "P-WAVES"}


def test_a_missing_or_empty_pilot_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="no pilot file"):
        read_pilot(tmp_path / "nowhere.yaml")
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    with pytest.raises(DesignError, match="key: value"):
        read_pilot(tmp_path / "empty.yaml")


def test_words_such_as_no_and_years_stay_words(tmp_path: Path) -> None:
    pilot = read_pilot(write(tmp_path, waves="{before: 2022, after: no}", design="{linked: no}"))
    assert (pilot.design.before, pilot.design.after, pilot.design.linked) == ("2022", "no", False)


def test_stand_in_answers_are_marked_and_always_the_same(tmp_path: Path) -> None:
    pilot = read_pilot(write(tmp_path))
    first, second = read_pilot_answers(pilot), read_pilot_answers(pilot)
    assert first.simulated
    assert len(first) == 2 * STAND_IN_SIZE
    assert first.frame.equals(second.frame)
    assert "no answers yet" in str(pilot)


def test_the_zones_own_file_is_read_when_it_is_there(tmp_path: Path) -> None:
    pilot = read_pilot(write(tmp_path))
    stand_in = read_pilot_answers(pilot)
    stand_in.frame.rename(columns={stand_in.roles.respondent: "id"}).to_csv(tmp_path / "answers.csv", index=False)
    answers = read_pilot_answers(read_pilot(write(tmp_path)))
    assert len(answers) == len(stand_in)
    assert answers.source == "answers.csv"


LARGER = {
    "waves": "{earlier: [2021], before: 2022, after: 2023, later: [2024]}",
    "design": "{area: district, treated: [north, east], comparison: [south, west, mid, far], randomized: yes}",
    "smallest_effect": "{trust: 3, effectiveness: 2.5}",
    "primary": "trust",
}


def test_larger_designs_are_read(tmp_path: Path) -> None:
    pilot = read_pilot(write(tmp_path, **LARGER))
    design = pilot.design
    assert design.waves == ("2021", "2022", "2023", "2024")
    assert (design.area, design.treated, design.comparison) == (
        "district",
        ("north", "east"),
        ("south", "west", "mid", "far"),
    )
    assert design.randomized
    assert (pilot.smallest_effect, pilot.primary) == ({"trust": 3.0, "effectiveness": 2.5}, "trust")
    assert read_pilot(write(tmp_path, smallest_effect="3")).smallest_effect == 3.0


@pytest.mark.parametrize(
    "changes",
    [
        LARGER,
        {"design": "{area: zone, treated: Somewhere}"},
        {"design": "{clusters: street, weights: w, covariates: [age, mode]}"},
        {"design": "{linked: overlap}"},
    ],
    ids=["areas and waves", "zones as areas", "clusters, weights, covariates", "overlap"],
)
def test_stand_in_answers_fit_every_design(changes: dict[str, str], tmp_path: Path) -> None:
    pilot = read_pilot(write(tmp_path, **changes))
    answers = read_pilot_answers(pilot)
    assert answers.simulated
    found = compare(score(answers, scale="trust"), pilot.design, scale="trust", smallest_effect=3)
    assert found.simulated
    assert found.verdicts["trust"] in {"inconclusive", "no_relevant_change"}


def test_the_columns_of_the_design_are_read_from_the_file(tmp_path: Path) -> None:
    pilot = read_pilot(write(tmp_path, **LARGER))
    stand_in = read_pilot_answers(pilot)
    stand_in.frame.to_csv(tmp_path / "answers.csv", index=False)
    answers = read_pilot_answers(pilot)
    assert not answers.simulated or answers.source
    assert answers.roles.kept == ("district",)
    assert set(answers.frame["district"].dropna()) == {"north", "east", "south", "west", "mid", "far"}
