"""The toolbox on the command line: begin a card, check it, build the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trustmeter.cli import app


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["toolbox", *map(str, words)])


def test_check_lists_the_cards_and_how_strong_their_evidence_is(cards: Path) -> None:
    done = run("check", cards)
    assert done.exit_code == 0, done.output
    assert "moderate" in done.output
    assert "Nothing to mend" in done.output


def test_check_tells_everything_that_is_wrong(cards: Path, good_card: str) -> None:
    (cards / "walks.yaml").write_text(good_card.replace("zone:", "strength: high\nzone:"), encoding="utf-8")
    done = run("check", cards)
    assert done.exit_code == 2
    assert "T-STRENGTH" in done.output


def test_a_card_is_begun_written_and_built(tmp_path: Path) -> None:
    file = tmp_path / "cards" / "walks.yaml"
    assert run("new", file, "--language", "nl").exit_code == 0
    assert run("check", file.parent).exit_code == 2
    file.write_text(file.read_text(encoding="utf-8").replace("…", "gezegd"), encoding="utf-8")
    done = run("check", file.parent)
    assert done.exit_code == 0, done.output
    assert "none yet" in done.output
    done = run("build", "--cards", file.parent, "--to", tmp_path / "site", "--language", "nl", "--language", "fr")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == [
        "fr",
        "index.html",
        "nl",
        "toolbox-files.txt",
    ]


@pytest.mark.parametrize(
    "words", [("check", "nowhere"), ("build", "--cards", "nowhere"), ("new", "x.txt"), ("new", "x.yaml", "--kind", "y")]
)
def test_refusals_are_a_sentence_and_a_code(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []
