"""The command line, end to end, on files as people bring them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app

ROLES = ["--respondent", "id", "--wave", "wave", "--zone", "zone"]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def on_demo(verb: str, *words: object) -> Result:
    return run(verb, tm.demo_file(), "-q", "community-trust", *ROLES, *words)


def test_list_names_the_shelf() -> None:
    done = run("list")
    assert done.exit_code == 0
    assert "community-trust" in done.output


@pytest.mark.parametrize(
    ("verb", "words", "expected"),
    [
        ("check", [], "Answer"),
        ("score", [], "Scores"),
        ("reliability", [], "alpha"),
        ("compare", ["--before", "2022", "--after", "2023"], "mean_change"),
    ],
)
def test_verbs_print_a_result_and_say_that_the_data_are_simulated(verb: str, words: list[str], expected: str) -> None:
    done = on_demo(verb, *words)
    assert done.exit_code == 0, done.output
    assert expected.lower() in done.output.lower()
    assert "SIMULATED" in done.output


def test_score_writes_a_marked_csv(tmp_path: Path) -> None:
    to = tmp_path / "new" / "scores.csv"
    assert on_demo("score", "--to", to).exit_code == 0
    written = pd.read_csv(to)
    assert set(written["simulated"]) == {"yes"}
    assert written["trust"].dropna().between(0, 100).all()


@pytest.mark.parametrize("language", ["en", "fr", "nl", "de"])
def test_report_is_written_and_its_path_printed(language: str, tmp_path: Path) -> None:
    to = tmp_path / "report.html"
    done = on_demo("report", "--before", "2022", "--after", "2023", "--language", language, "--to", to)
    assert done.exit_code == 0, done.output
    assert str(to) in done.output.replace("\n", "")
    assert f'lang="{language}"' in to.read_text(encoding="utf-8")


def test_demo_prints_a_table_and_a_path(tmp_path: Path) -> None:
    done = run("demo", "--to", tmp_path / "report.html")
    assert done.exit_code == 0, done.output
    assert "SIMULATED" in done.output
    assert (tmp_path / "report.html").exists()


@pytest.mark.parametrize(("tool", "name"), [("xlsform", "form.xlsx"), ("html", "form.html")])
def test_export_writes_a_form(tool: str, name: str, tmp_path: Path) -> None:
    done = run("export", "community-trust", "--to", tmp_path / name, "--tool", tool, "--language", "fr")
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "nowhere.csv", "-q", "community-trust"], "nowhere.csv"),
        (["score", "nowhere.csv", "-q", "comunity-trust"], "community-trust"),
        (["export", "community-trust", "--to", "form.xlsx", "--tool", "xlsfrom"], "xlsform"),
        (["check", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_get_a_sentence_and_exit_code_two(words: list[str], says: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert says in done.output
    assert "Traceback" not in done.output


def test_a_fault_of_ours_never_prints_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SECRET7 is what she answered")

    monkeypatch.setattr(tm, "score", broken)
    done = on_demo("score")
    assert done.exit_code == 1
    assert "SECRET7" not in done.output
    assert "RuntimeError" in done.output


def test_check_of_a_shipped_questionnaire_finds_no_error() -> None:
    from trustmeter.questionnaire.shelf import shelf_folder

    assert run("check", shelf_folder() / "community-trust").exit_code == 0
