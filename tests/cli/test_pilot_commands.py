"""trustmeter pilot new, check, information and run, end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app
from trustmeter.pilot.evaluation.result import QuestionnaireEvaluation

PILOT = """\
id: somewhere
zone: Somewhere
title: {en: Trust in Somewhere, nl: Vertrouwen in Ergens}
questionnaires:
  - {name: encounter, data: contacts*.csv, primary: procedural_justice, smallest_effect: 3, smallest_effect_reason: felt}
  - {name: copmite-partnership, design: {linked: yes}, expected_people: 30}
waves: {before: "2026", after: "2027"}
design: {linked: no}
columns: {respondent: id, wave: wave, zone: zone}
report_languages: [nl, en]
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["pilot", *(str(word) for word in words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pilot.yaml"
    path.write_text(PILOT, encoding="utf-8")
    return path


def test_run_on_no_answers_writes_everything_and_says_that_it_is_simulated(file: Path, tmp_path: Path) -> None:
    to = tmp_path / "out"
    done = run("run", file, "--to", to, "--language", "nl")
    assert done.exit_code == 0, done.output
    assert "SIMULATED" in done.output
    assert "made up" in done.output
    names = {path.name for path in to.iterdir()}
    assert {"report-nl.html", "report-copmite-partnership-nl.html", "result.json", "for-the-evaluator"} <= names
    assert "register.json" not in names
    assert "copmite-sheet-nl.html" in names
    assert tm.read_result(to / "result.json").simulated
    for page in to.glob("*.html"):
        assert "GESIMULEERDE" in page.read_text(encoding="utf-8").upper(), page.name
    for table in (to / "for-the-evaluator").glob("*.csv"):
        assert set(pd.read_csv(table)["simulated"]) == {"yes"}
    assert (to / "for-the-evaluator" / "notes.txt").read_text(encoding="utf-8").startswith("SIMULATED")


def test_run_on_answers_tells_the_answer_and_puts_reports_on_record(file: Path, tmp_path: Path) -> None:
    made = tm.simulate_responses(
        tm.load_questionnaire("encounter"),
        150,
        waves=("2026", "2027"),
        linked=False,
        change=1.2,
        zone="Somewhere",
        seed=3,
    )
    made.frame.to_csv(tmp_path / "contacts-2.csv", index=False)
    to = tmp_path / "out"
    done = run("run", file, "--to", to, "--language", "nl", "--slides")
    assert done.exit_code == 0, done.output
    assert (to / "slides-nl" / "01-answer.png").is_file()
    assert "SIMULATED" not in done.output
    assert "Procedurele rechtvaardigheid" in done.output
    assert "no answers to this questionnaire yet" in done.output
    assert not (to / "report-copmite-partnership-nl.html").exists()
    register = json.loads((to / "register.json").read_text(encoding="utf-8"))
    assert "report-nl.html" in json.dumps(register)
    again = run("run", file, "--to", to, "--language", "nl")
    assert again.exit_code == 0, again.output
    record = tm.read_result(to / "result.json").scale("procedural_justice")
    assert (record.verdict, record.strength != "none") == ("increase", True)
    assert str(file.parent) not in (to / "report-nl.html").read_text(encoding="utf-8")


def test_run_refuses_in_a_sentence(file: Path, tmp_path: Path) -> None:
    for words, says in (
        (["--language", "it"], "nl"),
        (["--questionnaire", "encuonter"], "'encounter'"),
    ):
        done = run("run", file, "--to", tmp_path / "out", *words)
        assert done.exit_code == 2
        assert says in done.output
    file.write_text(PILOT.replace("zone: Somewhere\n", "", 1), encoding="utf-8")
    done = run("run", file)
    assert done.exit_code == 2
    assert "P-KEY-MISSING" in done.output


def test_check_says_what_is_left_and_what_is_wrong(file: Path) -> None:
    done = run("check", file)
    assert done.exit_code == 0, done.output
    assert "Nothing is left to fill in." in done.output
    assert "encounter: no answers yet" in done.output
    file.write_text(PILOT + "margins: to be filled in by the zone\n", encoding="utf-8")
    assert "P-OPEN" in run("check", file).output
    file.write_text(PILOT + "mragins: x\n", encoding="utf-8")
    done = run("check", file)
    assert done.exit_code == 2
    assert "'margins'" in done.output


@pytest.mark.parametrize("theme", ["proximity", "complaints", "human_resources"])
def test_a_new_file_is_valid_at_once_and_never_written_over(theme: str, tmp_path: Path) -> None:
    to = tmp_path / "new" / "pilot.yaml"
    words = ("new", "--zone", 'Liège: "Est"', "--theme", theme, "--to", to)
    done = run(*words)
    assert done.exit_code == 0, done.output
    pilot = tm.read_pilot(to)
    assert (pilot.zone, pilot.theme) == ('Liège: "Est"', theme)
    assert {remark.code for remark in pilot.remarks} == {"P-OPEN"}
    assert run("check", to).exit_code == 0
    again = run(*words)
    assert again.exit_code == 2
    assert "already" in again.output


def test_new_names_the_option_that_is_missing_where_nobody_can_be_asked(tmp_path: Path) -> None:
    done = run("new", "--zone", "X")
    assert done.exit_code == 2
    assert "--theme" in done.output
    done = run("new", "--zone", "X", "--theme", "proximty", "--to", tmp_path / "a.yaml")
    assert done.exit_code == 2
    assert "'proximity'" in done.output
    done = run("new", "--zone", "X", "--theme", "proximity", "--to", tmp_path / "a.txt")
    assert done.exit_code == 2


def test_information_is_a_draft_in_each_language(file: Path, tmp_path: Path) -> None:
    done = run("information", file, "--language", "fr", "--language", "de", "--to", tmp_path / "info.html")
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.glob("info*.html")} == {"info-fr.html", "info-de.html"}
    assert "confirmed by counsel" in done.output
    assert run("information", file, "--language", "fr", "--to", tmp_path / "info.txt").exit_code == 2


def test_the_package_can_be_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trustmeter", "pilot", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "information" in done.stdout


def test_faults_may_be_set_aside_and_groups_that_give_a_few_away_are_left_out_of_the_report(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encounter = tm.load_questionnaire("encounter")
    made = tm.simulate_responses(encounter, 150, waves=("2026", "2027"), linked=False, zone="Somewhere", seed=3)
    frame = made.frame.astype(object)
    frame["team"] = ["north", "south"] * 150
    first = next(item.id for item in encounter.items if item.response_scale.type == "ordinal")
    frame.loc[frame.index[20], first] = "no such answer"
    frame.to_csv(tmp_path / "contacts-2.csv", index=False)
    file.write_text(PILOT.replace("smallest_effect: 3,", "smallest_effect: 3, subgroups: [team],"), encoding="utf-8")
    asked = ("run", file, "--to", tmp_path / "out", "--language", "nl", "-q", "encounter")
    refused = run(*asked)
    assert refused.exit_code == 2
    assert "--set-aside" in refused.output
    report = tm.report

    def careful_register(part: QuestionnaireEvaluation, **options: Any) -> Path:
        if part.subgroups:
            raise tm.DesignError("Not published: with what is out already, a few people could be worked out.")
        return report(part, **options)

    monkeypatch.setattr(tm, "report", careful_register)
    done = run(*asked, "--set-aside")
    assert done.exit_code == 0, done.output
    assert "groups are left out" in done.output.replace("\n", " ")
    assert "team" not in (tmp_path / "out" / "report-nl.html").read_text(encoding="utf-8")


MARGINS = "variable,category,share,status\nsex,F,40,{0}\nsex,M,60,{0}\n"


@pytest.fixture
def residents(tmp_path: Path) -> Path:
    """Return a pilot of residents whose margins are known, with answers."""
    asked = tm.load_questionnaire("complaint-access")
    made = tm.simulate_responses(asked, 150, waves=("2026", "2027"), linked=False, zone="Somewhere", seed=5)
    made.frame.to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "margins.csv").write_text(MARGINS.format("verified"), encoding="utf-8")
    text = PILOT.replace(
        "data: contacts*.csv, primary: procedural_justice", "data: answers.csv, primary: accessibility"
    )
    text = text.replace("name: encounter", "name: complaint-access").replace("  - {name: copmite", "#")
    path = tmp_path / "pilot.yaml"
    path.write_text(text + "margins: {file: margins.csv, recode: {sex: {X: ''}}}\n", encoding="utf-8")
    return path


def test_check_says_by_which_questions_answers_are_weighted(residents: Path) -> None:
    done = run("check", residents)
    assert done.exit_code == 0, done.output
    assert "complaint-access: answers.csv; weights from sex (asked as SEX)" in done.output
    (residents.parent / "margins.csv").write_text(MARGINS.format("invented"), encoding="utf-8")
    assert "P-MARGINS-INVENTED" in run("check", residents).output
    (residents.parent / "margins.csv").write_text(MARGINS.format("sure"), encoding="utf-8")
    done = run("check", residents)
    assert done.exit_code == 2
    assert "P-MARGINS" in done.output


@pytest.mark.parametrize("status", ["verified", "invented"])
def test_run_tells_the_answer_with_weights_in_a_line(status: str, residents: Path, tmp_path: Path) -> None:
    (residents.parent / "margins.csv").write_text(MARGINS.format(status), encoding="utf-8")
    to = tmp_path / "out"
    done = run("run", residents, "--to", to, "--language", "en")
    assert done.exit_code == 0, done.output
    line = next(line for line in done.output.splitlines() if "Weighted to sex: accessibility" in line)
    assert ("These margins are invented" in line) == (status == "invented")
    tables = {path.name for path in (to / "for-the-evaluator").glob("*.csv")}
    kinds = ("Representation", "Weighting", "WeightedBeside")
    assert {f"complaint-access-{kind}.csv" for kind in kinds} <= tables
    population = tm.read_result(to / "result.json").questionnaire().population
    assert population is not None
    assert population.status == status


@pytest.mark.parametrize(
    ("theme", "asked", "says"),
    [
        ("proximity", "community-trust", "weighted by age (asked as AGE), sex (asked as SEX)"),
        ("proximity", "encounter", "encounter asks none of sex, age"),
        ("human_resources", "inclusion-retention", "not the population of a zone"),
    ],
)
def test_new_says_which_margins_fit(theme: str, asked: str, says: str, tmp_path: Path) -> None:
    to = tmp_path / "new.yaml"
    done = run("new", "--zone", "Ghent", "--theme", theme, "-q", asked, "--to", to)
    assert done.exit_code == 0, done.output
    assert says in to.read_text(encoding="utf-8")
