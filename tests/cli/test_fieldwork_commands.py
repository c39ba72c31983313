"""Link, rates and make-key from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app

SHORT = "community-trust-short"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(1)
    people = pd.DataFrame(rng.integers(0, 26, (90, 3)), columns=["LC01", "LC02", "LC06"]).map(
        lambda place: chr(65 + place)
    )
    people["LC05"] = rng.integers(1, 32, 90)
    people = people.assign(CONSENT=1, TR01=4, zone="Ghent")
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    people.iloc[:60].to_csv(first, index=False)
    people.iloc[20:80].to_csv(second, index=False)
    return first, second


def test_two_files_are_linked_and_written(files: tuple[Path, Path], tmp_path: Path) -> None:
    to = tmp_path / "linked.csv"
    done = run(
        "link",
        *files,
        "-q",
        SHORT,
        "--zone",
        "zone",
        "--within",
        "zone",
        "--names",
        "2025,2026",
        "--tolerance",
        0,
        "--to",
        to,
        "--language",
        "de",
    )
    assert done.exit_code == 0, done.output
    assert "Verknüpft" in done.output
    assert "66,7" in done.output
    survey = tm.add_link_code(tm.load_questionnaire(SHORT))
    linked = tm.read_responses(to, survey, respondent="respondent", wave="wave", zone="zone")
    assert len(linked) == 120
    assert linked.frame["respondent"].duplicated().sum() == 40
    assert not {"LC01", "LC05"} & set(linked.item_ids)


def test_it_says_which_answers_in_own_words_were_left_out(files: tuple[Path, Path], tmp_path: Path) -> None:
    to = tmp_path / "linked.csv"
    ask = (
        "link",
        *files,
        "-q",
        SHORT,
        "--names",
        "2025,2026",
        "--element",
        "LC01",
        "--element",
        "LC05",
        "--tolerance",
        0,
    )
    done = run(*ask, "--to", to)
    assert done.exit_code == 0, done.output
    assert "LC02, LC06" in done.output.split("Left out", 1)[1]
    assert "LC02" not in to.read_text(encoding="utf-8")
    inside = run(*ask, "--to", to, "--free-text")
    assert "Read it before" in inside.output
    assert "LC02" in to.read_text(encoding="utf-8")


def test_a_code_in_one_column_is_linked(files: tuple[Path, Path], tmp_path: Path) -> None:
    for place, path in enumerate(files):
        frame = pd.read_csv(path).drop(columns=["LC01", "LC02", "LC05", "LC06"])
        frame.assign(code=[f"c{number}" for number in range(20 * place, 20 * place + 60)]).to_csv(path, index=False)
    done = run("link", *files, "-q", SHORT, "--no-link-code", "--element", "code", "--tolerance", 0)
    assert done.exit_code == 0, done.output
    assert "66.7%" in done.output


def test_what_cannot_be_linked_is_a_sentence(files: tuple[Path, Path]) -> None:
    done = run("link", *files, "-q", SHORT, "--tolerance", 3)
    assert done.exit_code == 2
    assert "0, 1 or 2" in done.output


def test_rates_of_a_file_with_a_zone(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    frame = pd.DataFrame({"outcome": ["1.1"] * 40 + ["2,11"] * 30 + ["3.20"] * 30, "zone": ["Ghent", "Liège"] * 50})
    frame.to_csv(path, index=False, sep=";")
    done = run("rates", path, "--disposition", "outcome", "--zone", "zone", "--eligibility", 0.5)
    assert done.exit_code == 0, done.output
    assert "40.0%" in done.output
    assert "Liège" in done.output
    assert run("rates", path).exit_code == 2


def test_a_key_is_made_away_from_answers(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert run("make-key", tmp_path / "study.key").exit_code == 2
    (tmp_path / "keys").mkdir()
    done = run("make-key", tmp_path / "keys" / "study.key")
    assert done.exit_code == 0
    assert (tmp_path / "keys" / "study.key").read_text().strip() not in done.output
