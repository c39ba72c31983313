"""Whom do the answers speak for, from the command line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.authoring.writing import write_questionnaire
from trustmeter.cli import app

MARGINS = (
    "variable,category,population,source,date,status\n"
    "sex,F,52000,City register,2024-01-01,verified\nsex,M,48000,City register,2024-01-01,verified\n"
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def made_up(name: str, people: int) -> pd.DataFrame:
    """Return answers of so many people who took part."""
    frame = tm.simulate_responses(tm.load_questionnaire(name), 2 * people, seed=1).frame.astype("string").fillna("")
    return frame[(frame["wave"] == "before") & (frame["CONSENT"] == "1")].drop(columns=["wave", "id"]).head(people)


@pytest.fixture
def margins(tmp_path: Path) -> Path:
    file = tmp_path / "margins.csv"
    file.write_text(MARGINS, encoding="utf-8")
    return file


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Answers of 200 people without a wave, most of them women."""
    frame = made_up("community-trust-short", 200)
    frame = frame.assign(SEX=["F"] * 140 + ["M"] * 60, ours=["1"] * 140 + ["2"] * 60, formula="=1+1")
    file = tmp_path / "answers.csv"
    frame.to_csv(file, index=False)
    return file


def weigh(answers: Path, margins: Path, *more: object) -> Result:
    return run("weigh", answers, "-q", "community-trust-short", "--margins", margins, *more)


def test_it_says_whom_the_answers_speak_for_and_what_weights_cost(answers: Path, margins: Path) -> None:
    done = weigh(answers, margins)
    assert done.exit_code == 0, done.output
    for told in ("lives there", "70.0%", "52.0%", "City register", "200 people", "Weights mend what the margins know"):
        assert told in " ".join(done.output.split()), told


def test_it_draws_who_answered(answers: Path, margins: Path, tmp_path: Path) -> None:
    picture = tmp_path / "who.svg"
    done = weigh(answers, margins, "--picture", picture, "--language", "nl")
    assert done.exit_code == 0 and "Vrouwen" in picture.read_text(encoding="utf-8")
    done = weigh(answers, margins, "--picture", tmp_path / "who.xyz")
    assert done.exit_code == 2 and "who.xyz" in done.stderr


def test_written_answers_are_read_back_with_their_weights(answers: Path, margins: Path, tmp_path: Path) -> None:
    to = tmp_path / "weighted.csv"
    done = weigh(answers, margins, "--keep", "formula", "--out", to)
    assert done.exit_code == 0 and "weights" in done.output and "how they were made" in " ".join(done.output.split())
    assert pd.read_csv(to)["formula"].eq("'=1+1").all()
    back = tm.read_responses(
        to, tm.load_questionnaire("community-trust-short"), design=tm.SurveyDesign(weights="weight")
    )
    shares = back.frame.groupby("SEX")["weight"].sum() / back.frame["weight"].sum()
    assert shares["F"] == pytest.approx(0.52, abs=1e-9)


def test_what_people_wrote_themselves_is_written_only_when_asked(answers: Path, margins: Path, tmp_path: Path) -> None:
    asked = write_questionnaire(tm.add_link_code(tm.load_questionnaire("community-trust-short")), tmp_path / "own")
    frame = pd.read_csv(answers, dtype=str, keep_default_na=False)
    frame.assign(LC01="Kerkstraat").to_csv(answers, index=False)
    to = tmp_path / "weighted.csv"
    call = ("weigh", answers, "-q", asked, "--margins", margins, "--to", to)
    done = run(*call)
    assert done.exit_code == 0, done.output + done.stderr
    assert "Kerkstraat" not in to.read_text(encoding="utf-8") and "--free-text" in done.output
    inside = run(*call, "--free-text")
    assert "Read it before" in inside.output and "Kerkstraat" in to.read_text(encoding="utf-8")


def test_weights_that_are_there_are_started_from(answers: Path, margins: Path, tmp_path: Path) -> None:
    first = tmp_path / "first.csv"
    assert weigh(answers, margins, "--to", first).exit_code == 0
    assert "`--name weight_2`" in weigh(first, margins, "--weights", "weight").stderr
    done = weigh(first, margins, "--weights", "weight", "--name", "weight_2", "--to", tmp_path / "second.csv")
    assert done.exit_code == 0, done.stderr
    both = pd.read_csv(tmp_path / "second.csv")
    assert both["weight_2"].to_numpy() == pytest.approx(both["weight"].to_numpy())


def test_question_and_register_have_different_words(answers: Path, margins: Path) -> None:
    words = ("--column", "sex=ours", "--recode", "sex:1=F", "--recode", "sex:2=M")
    assert weigh(answers, margins, *words).exit_code == 0
    done = weigh(answers, margins, "--column", "sex=ours")
    assert done.exit_code == 2 and "`--recode sex:code=F`" in done.stderr


def test_what_cannot_be_weighted_is_shown_before_it_is_refused(answers: Path, tmp_path: Path) -> None:
    file = tmp_path / "three.csv"
    file.write_text(MARGINS + "sex,X,300,City register,2024-01-01,verified\n", encoding="utf-8")
    done = weigh(answers, file)
    assert done.exit_code == 2
    assert "lives there" in done.output and "weighted" not in done.stdout
    assert "Nobody of" in done.stderr and "--group 'sex:X=new name'" in done.stderr
    assert weigh(answers, file, "--group", "sex:X=M or X", "--group", "sex:M=M or X").exit_code == 0


def test_a_costly_weighting_is_warned_of(answers: Path, tmp_path: Path) -> None:
    file = tmp_path / "far.csv"
    file.write_text(MARGINS.replace("52000", "5000").replace("48000", "95000"), encoding="utf-8")
    done = weigh(answers, file)
    assert "cost more than half of what the answers tell" in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--by", "sex"], "go with `--police-zone`"),
        (["--police-zone", "Ghent"], "Say who lives there"),
        (["--column", "sex"], "such as `sex=D1`"),
        (["--recode", "1=M"], "such as `sex:1=M`"),
        (["--only-zone", "Ghent"], "name its column with `--zone`"),
        (["--to", "weighted.xlsx"], "ends in '.csv'"),
        (["--column", "sexe=SEX"], "variable in `--column`"),
    ],
)
def test_calls_that_cannot_be_understood_are_told_so(more: list[str], told: str, answers: Path, margins: Path) -> None:
    done = weigh(answers, margins, *more)
    assert done.exit_code == 2 and told in done.stderr, done.stderr


def test_margins_are_of_one_zone(answers: Path, margins: Path) -> None:
    frame = pd.read_csv(answers, dtype=str, keep_default_na=False)
    frame.assign(zone=["Ghent", "Antwerp"] * 100).to_csv(answers, index=False)
    assert "--only-zone" in weigh(answers, margins, "--zone", "zone").stderr
    done = weigh(answers, margins, "--zone", "zone", "--only-zone", "Ghent")
    assert done.exit_code == 0 and "100 people" in done.output


def test_a_police_zone_and_its_population_make_the_margins(answers: Path, tmp_path: Path) -> None:
    lines = ["CD_REFNIS|CD_SEX|CD_NATLTY|CD_AGE|MS_POPULATION"]
    lines += [f"44021|{sex}|BEL|{age}|{100 + age}" for sex in "FM" for age in (10, 20, 40, 80)]
    file = tmp_path / "TF_SOC_POP_STRUCT_2024.txt"
    file.write_text("\n".join(lines), encoding="utf-8")
    done = run(
        "weigh", answers, "-q", "community-trust-short", "--police-zone", "Gent", "--population", file, "--by", "sex"
    )
    assert done.exit_code == 0 and "50.0%" in done.output and "Statbel" in done.output
