"""A file each wave becomes one file that says which wave."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app

SHORT = "community-trust-short"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two exports, without a word of the wave; twenty people have a code in both."""
    made = tm.simulate_responses(tm.load_questionnaire(SHORT), 80, seed=1).frame.astype("string").fillna("")
    made = made[made["CONSENT"] == "1"]
    paths = []
    for wave, start in (("before", 0), ("after", 20)):
        frame = made[made["wave"] == wave].drop(columns=["wave", "id"]).head(40)
        frame = frame.assign(code=[f"c{start + number}" for number in range(len(frame))], remark="=1+1")
        paths.append(tmp_path / f"{wave}.csv")
        frame.to_csv(paths[-1], index=False)
    return paths


def test_two_files_become_one_that_compares(files: list[Path], tmp_path: Path) -> None:
    to = tmp_path / "answers.csv"
    waves = [f"2025={files[0]}", f"2026={files[1]}"]
    done = run("join", *waves, "-q", SHORT, "--respondent", "code", "--keep", "remark", "--to", to)
    assert done.exit_code == 0, done.output + done.stderr
    assert "2025: 40 answers." in done.output and "2026: 40 answers." in done.output
    written = pd.read_csv(to, dtype=str)
    assert written["wave"].value_counts().to_dict() == {"2025": 40, "2026": 40}
    assert written["remark"].eq("'=1+1").all()
    answers = tm.read_responses(to, tm.load_questionnaire(SHORT), respondent="code", wave="wave")
    apart = tm.read_responses(files[1], tm.load_questionnaire(SHORT), respondent="code")
    later = answers.frame[answers.frame["wave"] == "2026"].reset_index(drop=True)
    pd.testing.assert_frame_equal(later[list(apart.item_ids)], apart.frame[list(apart.item_ids)])
    compared = run("compare", to, "-q", SHORT, "--before", "2025", "--after", "2026", "--respondent", "code")
    assert compared.exit_code == 0, compared.output + compared.stderr


def test_the_page_on_reading_joins_as_it_says(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files[0].rename(tmp_path / "march.csv")
    files[1].rename(tmp_path / "october.csv")
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "read-what-came-back.md"
    (command,) = re.findall(r"^trustmeter (join .*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    done = run(*shlex.split(command.replace("community-trust", SHORT)))
    assert done.exit_code == 0, done.output + done.stderr
    assert run("check", "answers.csv", "-q", SHORT, "--wave", "wave").exit_code == 0


@pytest.mark.parametrize(
    ("waves", "to", "told"),
    [
        (["before.csv"], "all.csv", "each wave with its file"),
        (["2025="], "all.csv", "each wave with its file"),
        (["2025=before.csv"], "all.xlsx", "ends in '.csv'"),
    ],
)
def test_what_makes_no_sense_is_told(waves: list[str], to: str, told: str, tmp_path: Path) -> None:
    done = run("join", *waves, "-q", SHORT, "--to", tmp_path / to)
    assert done.exit_code == 2 and told in done.stderr


def test_a_person_twice_in_a_wave_is_refused(files: list[Path], tmp_path: Path) -> None:
    done = run(
        "join", f"a={files[0]}", f"a={files[1]}", "-q", SHORT, "--respondent", "code", "--to", tmp_path / "all.csv"
    )
    assert done.exit_code == 2 and "same wave of more than one" in done.stderr
    assert not (tmp_path / "all.csv").exists()
