"""Who lives in a zone, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def population(tmp_path: Path) -> Path:
    lines = ["CD_REFNIS|CD_SEX|CD_NATLTY|CD_AGE|MS_POPULATION"]
    lines += [f"44021|{sex}|BEL|{age}|{100 + age}" for sex in "FM" for age in (10, 20, 40, 80)]
    file = tmp_path / "TF_SOC_POP_STRUCT_2024.txt"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_margins_are_printed_and_written(population: Path, tmp_path: Path) -> None:
    to = tmp_path / "margins.csv"
    done = run(
        "zone-margins",
        "Gent",
        population,
        "--by",
        "sex",
        "--by",
        "age",
        "--age-band",
        "18-64",
        "--age-band",
        "65+",
        "--out",
        to,
    )
    assert done.exit_code == 0, done.output
    assert "50.0%" in done.output and "Statbel" in done.output and "18-64" in done.output
    written = tm.read_margins(to)
    assert written.total == 2 * (120 + 140 + 180) and written["age"].labels == ("18-64", "65+")
    assert (written.status, written.date) == ("verified", "2024-01-01")
    assert any("open data licence" in note for note in written.notes)


def test_an_unknown_zone_is_told_in_words_of_the_shell(population: Path) -> None:
    done = run("zone-margins", "Gnt", population)
    assert done.exit_code == 2 and "trustmeter list-zones" in done.stderr and "'Ghent'" in done.stderr
    assert "--registry" in done.stderr


def test_a_file_without_a_year_asks_for_the_option(population: Path) -> None:
    other = population.rename(population.with_name("population.txt"))
    done = run("zone-margins", "Gent", other)
    assert done.exit_code == 2 and "--date 2015-01-01" in done.stderr
    assert run("zone-margins", "Gent", other, "--date", "2024-01-01").exit_code == 0


def test_zones_are_listed(tmp_path: Path) -> None:
    own = tmp_path / "zones.csv"
    own.write_text("code,name_nl,nis\n9999,Testzone,44021\n", encoding="utf-8")
    done = run("list-zones", "--registry", own)
    assert (
        done.exit_code == 0 and "Testzone" in done.output and "Antwerp" in done.output and "unverified" in done.output
    )
