"""`trustmeter check` on answers: the signs of careless answering, with times and with signs of one's own choice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 100, waves=("w",), seed=2)
    frame = answers.frame.astype(object).where(answers.frame.notna(), "")
    count = (answers.missing == 0).sum(axis=1)
    seconds = (count * np.random.default_rng(1).uniform(6, 11, 100)).round()
    seconds[:20] = 2 * count[:20]
    start = pd.Timestamp("2026-03-01 10:00:00")
    frame["seconds"] = seconds
    frame["start"] = start.isoformat()
    frame["end"] = [(start + pd.Timedelta(seconds=one)).isoformat() for one in seconds]
    path = tmp_path_factory.mktemp("timed") / "answers.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("duration", [["seconds"], ["start", "end"]])
def test_times_show_who_was_quick(timed: Path, duration: list[str]) -> None:
    options = [word for name in duration for word in ("--duration", name)]
    done = run("check", timed, "-q", "community-trust", "--respondent", "id", "--wave", "wave", *options)
    assert done.exit_code == 0
    assert "less than 50 % of the wave's median time" in done.output
    assert any(line.split()[:1] == ["speeding"] and "20.0 %" in line for line in done.output.splitlines())


def test_signs_are_chosen_and_refused(timed: Path) -> None:
    where = ["check", timed, "-q", "community-trust", "--respondent", "id", "--wave", "wave"]
    chosen = run(*where, "--sign", "incomplete", "--sign", "even_odd").output
    assert "even-odd consistency below 0.3" in chosen
    assert "straight_lining" not in chosen
    assert "cannot look for 'speeding' without times" in run(*where, "--sign", "speeding").output.replace("\n", " ")
    assert "Did you mean 'longstring'" in run(*where, "--sign", "longstrings").output


def test_a_form_with_the_link_code_is_read_whole(tmp_path: Path) -> None:
    asked = tm.add_link_code(tm.load_questionnaire("encounter"))
    answers = tm.simulate_responses(asked, 20, waves=("w",), seed=2)
    path = tmp_path / "answers.csv"
    answers.frame.assign(tmversion=asked.fingerprint).to_csv(path, index=False)
    where = ["check", path, "-q", "encounter", "--respondent", "id", "--wave", "wave"]
    whole, without = run(*where, "--link-code"), run(*where)
    assert (whole.exit_code, without.exit_code) == (0, 0)
    assert "21 of 21 items" in whole.output
    assert "'LC01'" not in whole.output
    assert "'LC01'" in without.output
