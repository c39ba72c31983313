"""The population's margins in a pilot file: read and checked with it, and told by which questions they can be used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.pilot.file.model import Pilot

LINES = {
    "id": "somewhere",
    "zone": "Somewhere",
    "title": "Trust",
    "questionnaires": "[{name: community-trust}, {name: encounter}, {name: officer-trust}]",
    "waves": "{before: a, after: b}",
}
ROWS = "variable,category,share,status\nsex,F,51,estimate\nsex,M,49,estimate\n"
AGES = "".join(f"age,{band},20,estimate\n" for band in ("18-29", "30-44", "45-59", "60-74", "75+"))


def write(folder: Path, margins: str, rows: str = ROWS + AGES) -> Path:
    (folder / "margins.csv").write_text(rows, encoding="utf-8")
    path = folder / "pilot.yaml"
    lines = {**LINES, "margins": margins}
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()), encoding="utf-8")
    return path


def read(folder: Path, margins: str, rows: str = ROWS + AGES) -> Pilot:
    return tm.read_pilot(write(folder, margins, rows))


def codes(pilot: Pilot) -> set[str]:
    return {one.code for one in pilot.remarks}


def test_a_file_alone_is_read_and_matched_by_names_and_ages(tmp_path: Path) -> None:
    pilot = read(tmp_path, "{file: margins.csv, recode: {sex: {X: ''}}}")
    assert pilot.margins is not None
    assert pilot.margins.known is not None
    assert pilot.margins.known.names == ("sex", "age")
    assert pilot.margins.unanswered == "own_share"
    trust, encounter, officers = (pilot.margins.fit(one.questionnaire) for one in pilot.surveys)
    assert (trust.used, dict(trust.sources)) == (("sex", "age"), {"sex": "SEX", "age": "AGE"})
    assert "asked as SEX" in str(trust)
    assert "asks none of what the margins know: sex, age" in str(encounter)
    assert (officers.used, officers.missing) == (("sex",), ("age",))
    assert "not asked: age" in str(officers)
    assert codes(pilot) == set()


def test_whose_people_they_are_can_be_said(tmp_path: Path) -> None:
    pilot = read(tmp_path, "{file: margins.csv, questionnaires: community-trust, recode: {sex: {X: ~}}}")
    assert pilot.margins is not None
    assert pilot.margins.recode == {"sex": {"X": ""}}
    assert pilot.margins.fit(pilot.survey("community-trust").questionnaire).reason == ""
    assert "other people" in pilot.margins.fit(pilot.survey("officer-trust").questionnaire).reason


@pytest.mark.parametrize(
    ("margins", "rows", "says"),
    [
        ("margins.csv", ROWS, "SEX offers 'X'"),
        ("{file: margins.csv, recode: {sex: {X: ''}}}", ROWS + "religion,a,50,estimate\nreligion,b,50,estimate\n", ""),
        ("{file: margins.csv, recode: {sex: {X: ''}}}", ROWS + "age,18-44,60,estimate\nage,45+,40,estimate\n", "AGE offers '1', '2'"),
        ("{file: margins.csv, recode: {sex: {X: F, M: F}}}", ROWS, "Nobody can answer 'M'"),
        ("margins.csv", "variable,category,share\nreligion,a,50\nreligion,b,50\n", "None of the questionnaires asks"),
    ],
)  # fmt: skip
def test_check_says_what_does_not_fit(margins: str, rows: str, says: str, tmp_path: Path) -> None:
    found = [one for one in read(tmp_path, margins, rows).remarks if one.code == "P-MARGINS-UNFIT"]
    assert bool(found) == bool(says)
    assert says in " ".join(map(str, found))


def test_what_is_invented_or_not_there_is_told(tmp_path: Path) -> None:
    rows = ROWS.replace("estimate", "invented")
    assert "P-MARGINS-INVENTED" in codes(read(tmp_path, "{file: margins.csv, recode: {sex: {X: ''}}}", rows))
    pilot = read(tmp_path, "elsewhere.csv")
    assert codes(pilot) == {"P-MARGINS-ABSENT"}
    assert pilot.margins is not None
    assert "no file 'elsewhere.csv' yet" in pilot.margins.fit(pilot.questionnaire).reason
    assert read(tmp_path, "to be filled in by the zone").margins is None


@pytest.mark.parametrize(
    ("margins", "rows", "code", "says"),
    [
        ("margins.csv", ROWS.replace("49", "many"), "P-MARGINS", "row 3"),
        ("margins.csv", ROWS.replace("49", "9"), "P-MARGINS", "60"),
        ("margins.csv", "a,b\n1,2\n", "P-MARGINS", "variable"),
        ("{columns: {sex: SEX}}", ROWS, "P-KEY-MISSING", "file"),
        ("{file: margins.csv, colums: {sex: SEX}}", ROWS, "P-KEY-UNKNOWN", "'columns'"),
        ("{file: margins.csv, columns: {sx: SEX}}", ROWS, "P-WORD", "'sex'"),
        ("{file: margins.csv, recode: {sex: X}}", ROWS, "P-FORM", "names with values"),
        ("{file: margins.csv, unanswered: keep}", ROWS, "P-WORD", "own_share"),
        ("{file: margins.csv, questionnaires: [encuonter]}", ROWS, "P-WORD", "'encounter'"),
        ("[margins.csv]", ROWS, "P-FORM", "one text"),
    ],
)
def test_faults_are_told_with_the_file(margins: str, rows: str, code: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(DesignError) as caught:
        read(tmp_path, margins, rows)
    assert code in {one.code for one in caught.value.problems}
    assert says in str(caught.value)


def test_a_column_that_margins_need_is_read_with_the_answers(tmp_path: Path) -> None:
    asked = tm.load_questionnaire("encounter")
    made = tm.simulate_responses(asked, 40, waves=("a", "b"), zone="Somewhere", seed=1).frame
    made.assign(place=["north", "south"] * (len(made) // 2)).to_csv(tmp_path / "answers.csv", index=False)
    rows = "variable,category,share\narea,north,60\narea,south,40\n"
    path = write(tmp_path, "{file: margins.csv, columns: {area: place}}", rows)
    survey = "[{name: encounter, data: answers.csv, columns: {respondent: id, wave: wave}}]"
    path.write_text(path.read_text(encoding="utf-8").replace(LINES["questionnaires"], survey), encoding="utf-8")
    answers = tm.read_pilot_answers(tm.read_pilot(path))
    assert "place" in answers.roles.kept
    assert isinstance(answers.frame, pd.DataFrame)
