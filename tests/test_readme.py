"""The README's Python runs as it stands, and its commands are those of the Makefile and of the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import trustmeter as tm
from trustmeter.cli import app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole, first, second, weighted, third = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    called = CliRunner().invoke(
        app,
        [
            "pilot",
            "new",
            "--zone",
            "Ghent",
            "--theme",
            "proximity",
            "--to",
            "ghent.yaml",
            "-q",
            "community-trust-short",
        ],
    )
    assert called.exit_code == 0
    pilot = (tmp_path / "ghent.yaml").read_text(encoding="utf-8").replace("expected_people: 300", "expected_people: 80")
    (tmp_path / "ghent.yaml").write_text(pilot, encoding="utf-8")
    space: dict[str, object] = {}
    exec(whole, space)
    assert (tmp_path / "report-nl.html").stat().st_size > 10_000
    exec(first, space)
    assert (tmp_path / "report.html").stat().st_size > 10_000
    exec(weighted, space)
    frame = pd.DataFrame({"q1": [1, 2, 3, 4, 5, 4] * 5, "q2": [2, 2, 3, 5, 4, 4] * 5, "q3": [1, 3, 3, 4, 4, 5] * 5})
    space.update(df=frame, before=frame["q1"], after=frame["q2"], tm=tm)
    exec(second, space)
    districts = ["north", "east", "port", "south", "west", "centre"]
    people = pd.DataFrame({"id": range(120), "district": districts * 20})
    waves = [
        people.assign(wave=wave, trust=[(7 * n) % 90 + 3 * (wave == "2023") for n in range(120)])
        for wave in ("2022", "2023")
    ]
    exec(third, {"tm": tm, "df": pd.concat(waves)})


def test_every_make_verb_named_is_there() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", README, flags=re.MULTILINE))
    assert {"demo", "test", "notebooks"} <= named <= verbs


def test_every_command_named_is_there() -> None:
    commands = set(re.findall(r"^trustmeter ((?:pilot )?[a-z]+)", README, flags=re.MULTILINE))
    assert {"list", "export", "check", "report", "pilot new", "pilot run"} <= commands
    for command in commands:
        assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 0


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*/*.md")]), ids=lambda path: path.name
)  # docs/index.md leads to pages that are made: the strict build of the site looks after it
def test_links_and_pictures_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith(("http://", "https://", "mailto:"))]
    assert [target for target in local if not (path.parent / target).exists()] == []


@pytest.mark.parametrize(
    "path", sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]), ids=lambda path: path.name
)
def test_files_named_in_backticks_exist(path: Path) -> None:
    named = re.findall(
        r"`((?:docs|notebooks|tests|tools|benchmarks|questionnaires)/[\w./-]+)`", path.read_text(encoding="utf-8")
    )
    assert [name for name in named if not (ROOT / name).exists()] == []
