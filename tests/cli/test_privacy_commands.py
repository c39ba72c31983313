"""Tables and anonymity from the command line: they print, write, refuse in a sentence, and tell by the exit code."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import trustmeter as tm
from trustmeter.cli import app
from trustmeter.present.phrases import load_phrases

READ = ["--questionnaire", "community-trust", "--respondent", "id", "--wave", "wave"]


def run(verb: str, *words: object):
    return CliRunner().invoke(app, [verb, str(tm.demo_file()), *READ, *map(str, words)])


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_safe_table_is_printed_with_its_sentence_and_written(language: str, tmp_path: Path) -> None:
    to = tmp_path / "table.csv"
    done = run(
        "safe-table", "--rows", "AGE", "--columns", "SEX", "--only-wave", "2022", "--language", language, "--to", to
    )
    assert done.exit_code == 0, done.output
    say = load_phrases(language).say
    assert "SIMULATED" in done.output
    assert say("disclosure.hidden") in done.output
    assert say("disclosure.under_table", publish=10, show=5) in flat(done.output)
    assert "hidden" in set(pd.read_csv(to, dtype=str).to_numpy().ravel())
    assert (tmp_path / "table-disclosure.txt").is_file()


def test_a_table_of_means_takes_a_scale() -> None:
    done = run("safe-table", "--rows", "AGE", "--value", "trust", "--only-wave", "2023", "--merge")
    assert done.exit_code == 0, done.output
    assert "Mean (n)" in done.output


def test_rounded_counts() -> None:
    done = run("safe-table", "--rows", "SEX", "--only-wave", "2023", "--rounding", "5")
    assert done.exit_code == 0, done.output
    assert "multiples of 5" in flat(done.output)


def test_mistakes_speak_of_options() -> None:
    done = run("safe-table", "--rows", "AGE")
    assert done.exit_code == 2
    assert "`--only-wave 2023`" in flat(done.output)
    assert "`--columns wave`" in flat(done.output)


def test_anonymity_tells_by_its_exit_code() -> None:
    stands_out = run("anonymity", "--quasi", "AGE", "--quasi", "SEX", "--quasi", "wave")
    assert stands_out.exit_code == 2, stands_out.output
    assert "The cause: AGE with SEX" in flat(stands_out.output)
    fine = run("anonymity", "--quasi", "wave")
    assert fine.exit_code == 0, fine.output
    assert "nobody stands out" in fine.output
