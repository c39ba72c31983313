"""`trustmeter zones`, end to end on a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frame = pd.read_csv(tm.demo_file(), dtype=str)
    frame["district"] = [("North", "East", "South", "West", "Centre")[row % 320 % 5] for row in range(len(frame))]
    path = tmp_path_factory.mktemp("zones") / "answers.csv"
    frame.to_csv(path, index=False)
    return path


def run(file: Path, *words: object) -> Result:
    always = ["zones", file, "-q", "community-trust", "--wave", "wave", "--respondent", "id", "--scale", "trust"]
    return CliRunner().invoke(app, [str(word) for word in (*always, *words)])


def test_zones_stand_side_by_side_and_ranks_come_with_their_sets(file: Path, tmp_path: Path) -> None:
    picture = tmp_path / "ranks.png"
    done = run(file, "--by", "district", "--only-wave", "2023", "--rank", "--to", picture, "--language", "nl")
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "SIMULATED DATA" in words and "Possible ranks" in words and "`--rank`" in words
    assert "the zones cannot be ranked" in words
    assert picture.stat().st_size > 5000


def test_refusals_name_the_option(file: Path, tmp_path: Path) -> None:
    assert "`--zone zone` or `--by district`" in " ".join(run(file).output.split())
    several = run(file, "--by", "district", "--rank")
    assert several.exit_code == 2 and "--only-wave 2023" in several.output
    unwritten = run(file, "--by", "district", "--to", tmp_path / "picture.xyz")
    assert unwritten.exit_code == 2 and "picture.xyz" in unwritten.output
    single = run(file, "--zone", "zone")
    assert single.exit_code == 2 and "1 different values" in single.output
