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
        ("compare", ["--before", "2022", "--after", "2023"], "Verdict"),
        ("comparable", ["--across", "wave", "--scale", "trust"], "change from wave 2022 to wave 2023"),
    ],
)
def test_verbs_print_a_result_and_say_that_the_data_are_simulated(verb: str, words: list[str], expected: str) -> None:
    done = on_demo(verb, *words)
    assert done.exit_code == 0, done.output
    assert expected.lower() in done.output.lower()
    assert "SIMULATED" in done.output


def test_comparable_draws_its_picture_and_speaks_its_own_options(tmp_path: Path) -> None:
    to = tmp_path / "ladder.svg"
    done = on_demo("comparable", "--across", "mode", "--mode", "mode", "--scale", "trust", "--to", to)
    assert done.exit_code == 0, done.output
    assert to.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    refused = on_demo("comparable", "--across", "mode")
    assert refused.exit_code == 2
    assert "--mode 'column name'" in refused.output
    unwritable = on_demo("comparable", "--across", "wave", "--scale", "trust", "--to", tmp_path / "ladder.nonsense")
    assert unwritable.exit_code == 2
    assert "Name a .png" in unwritable.output


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


def test_export_adds_the_questions_of_the_link_code(tmp_path: Path) -> None:
    done = run(
        "export", "encounter", "--link-code", "--to", tmp_path / "form.html", "--tool", "html", "--language", "fr"
    )
    assert done.exit_code == 0, done.output
    assert "LC07" in (tmp_path / "form.html").read_text(encoding="utf-8")


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


def faulty(tmp_path: Path) -> Path:
    frame = pd.read_csv(tm.demo_file(), dtype=str)
    frame.loc[3, "TR01"] = "77777"
    path = tmp_path / "faulty.csv"
    frame.to_csv(path, index=False)
    return path


def test_check_calls_an_error_an_error_and_still_tells_the_rest(tmp_path: Path) -> None:
    done = run("check", faulty(tmp_path), "-q", "community-trust", *ROLES)
    assert done.exit_code == 2
    assert "error: [R-CODE-UNKNOWN]" in done.output
    assert "With the faulty cells and rows set aside" in done.output
    assert "Answer quality" in done.output
    assert "77777" not in done.output


def test_hints_name_options_of_this_command_line(tmp_path: Path) -> None:
    path = faulty(tmp_path)
    refused = run("score", path, "-q", "community-trust", *ROLES).output
    assert "--set-aside" in refused
    no_wave = run(
        "compare", path, "-q", "community-trust", "--wave", "nope", "--before", "2022", "--after", "2023"
    ).output
    apart = on_demo("compare", "--before", "2022", "--after", "2023", "--not-linked").output
    assert "--linked" in apart
    for output in (refused, no_wave, apart):
        assert "strict=" not in output
        assert "linked=" not in output
        assert "keep=" not in output


def test_waves_side_by_side_and_kept_columns(tmp_path: Path) -> None:
    long = pd.read_csv(tm.demo_file(), dtype=str)
    trust = tm.load_questionnaire("community-trust")
    items = [item.id for item in trust.items if item.id in long]
    parts = [part.set_index("id")[items].add_suffix(f"_{wave}") for wave, part in long.groupby("wave")]
    wide = pd.concat(parts, axis=1).reset_index().assign(simulated="yes", region="x")
    path = tmp_path / "wide.csv"
    wide.to_csv(path, index=False)
    patterns = ["--wide", "2022={item}_2022", "--wide", "2023={item}_2023"]
    words = ["-q", "community-trust", "--respondent", "id", *patterns]
    done = run("compare", path, *words, "--before", "2022", "--after", "2023")
    assert done.exit_code == 0, done.output
    assert "compared with themselves" in done.output.replace("\n", " ")
    to = tmp_path / "scores.csv"
    assert run("score", path, *words, "--keep", "region", "--to", to).exit_code == 0
    assert set(pd.read_csv(to)["region"]) == {"x"}
    bad = run("score", path, "-q", "community-trust", "--wide", "2022")
    assert bad.exit_code == 2
    assert "2022={item}_2022" in bad.output


def test_areas_and_a_smallest_effect_are_options(tmp_path: Path) -> None:
    frame = pd.read_csv(tm.demo_file(), dtype=str)
    frame["district"] = ["abcd"[number % 4] for number in pd.factorize(frame["id"])[0]]
    path = tmp_path / "areas.csv"
    frame.to_csv(path, index=False)
    words = [path, "-q", "community-trust", *ROLES, "--before", "2022", "--after", "2023", "--scale", "trust"]
    areas = ["--area", "district", "--treated", "a", "--comparison", "b", "--comparison", "c"]
    done = run("compare", *words, *areas, "--smallest-effect", "3")
    assert done.exit_code == 0, done.output
    assert "Only one area had the pilot" in done.output.replace("\n", " ")
    to = tmp_path / "r.html"
    assert run("report", *words, *areas, "--smallest-effect", "trust=3", "--to", to).exit_code == 0
    assert "too few to tell an effect" in to.read_text("utf-8")
    assert run("compare", *words, "--clusters", "district", "--overlap").exit_code == 0
    for wrong, says in (
        (["--treated", "a"], "--area"),
        (["--area", "district"], "--treated"),
        (["--smallest-effect", "much"], "trust=3"),
        (["--overlap", "--linked"], "--not-linked"),
    ):
        refused = run("compare", *words, *wrong)
        assert refused.exit_code == 2
        assert says in refused.output


def test_scores_that_cannot_be_written_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = on_demo("score", "--to", tmp_path / "file" / "scores.csv")
    assert done.exit_code == 2
    assert "cannot write 'scores.csv'" in done.output


def test_authors_go_from_a_draft_to_a_translated_questionnaire(tmp_path: Path) -> None:
    folder, sheet = tmp_path / "my-survey", tmp_path / "sheet.xlsx"
    assert run("new-questionnaire", folder, "--language", "en").exit_code == 0
    done = run("check", folder, "--keep-wording")
    assert done.exit_code == 0
    assert "Kept: 0.1.0" in done.output
    assert run("translate", "sheet", folder, "--to", "tr", "--file", sheet).exit_code == 0
    back = run("translate", "read", sheet, "-q", folder)
    assert back.exit_code == 0
    assert "0 of" in back.output
    shown = run("show", folder)
    assert "tr is not finished" in shown.output
    page = tmp_path / "page.md"
    assert run("show", "encounter", "--language", "nl", "--to", page).exit_code == 0
    assert "adapted - not yet validated" in page.read_text(encoding="utf-8")


def test_advice_is_given_and_is_no_error(tmp_path: Path) -> None:
    done = run("check", tm.questionnaire.shelf.shelf_folder() / "community-trust")
    assert done.exit_code == 0
    assert "[A-KEYS]" in done.output


def test_a_copy_can_be_translated(tmp_path: Path) -> None:
    folder = tmp_path / "encounter"
    assert run("new-questionnaire", folder, "--from", "encounter").exit_code == 0
    assert tm.load_questionnaire(folder) == tm.load_questionnaire("encounter")
    assert run("translate", "sheet", folder, "--to", "tr", "--file", tmp_path / "s.xlsx").exit_code == 0
    assert run("new-questionnaire", folder, "--from", "encounter").exit_code == 2


def test_plan_says_what_people_can_show_and_draws_it(tmp_path: Path) -> None:
    to = tmp_path / "power.svg"
    done = run("plan", "--people", 180, "--smallest-effect", 3, "--to", to)
    assert done.exit_code == 0, done.output
    assert "With 180 linked respondents per zone you can detect 3.8 points (80 % power)." in done.output
    assert "People needed for the smallest effect" in done.output
    assert "281" in done.output
    assert to.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    areas = run("plan", "--people", 90, "--pilot-areas", 4, "--comparison-areas", 4, "--smallest-effect", 2)
    assert "out of reach" in areas.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--people 180"),
        (["--people", 180, "--pilot-areas", 1, "--comparison-areas", 1], "cannot be told"),
        (["--people", 180, "--pilot-areas", 4], "Give both"),
        (["--people", 180, "--linked", "maybe"], "--linked"),
        (["--people", 180, "--randomized"], "speaks of areas"),
        (["--people", 180, "--to", "power.nonsense"], "Name a .png"),
    ],
)
def test_plan_refuses_in_a_sentence(
    words: list[object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("plan", *words)
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())
