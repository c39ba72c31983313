"""The command, end to end, on a file as people bring it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from trustmeter.cli import app


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.output


def test_the_table_is_printed_and_written(tmp_path: Path, talk: pd.DataFrame) -> None:
    talk.assign(code="=" + talk["code"].where(talk["code"] != "", "x")).to_csv(tmp_path / "coded.csv", index=False)
    code, told = run("focus", tmp_path / "coded.csv", "--by", "group", "--to", tmp_path / "out" / "table.csv")
    assert code == 0, told
    assert "no sample" in told
    assert "Written to" in told
    written = pd.read_csv(tmp_path / "out" / "table.csv")
    assert written.iloc[0, 0].startswith("'=respect")
    assert written["Sessions"].iloc[0] == "6 of 6 sessions"


def test_agreement_and_a_picture_in_dutch(tmp_path: Path) -> None:
    rows = [
        (f"S{at % 6}", f"g{at}", who, "respect" if (at % 3 == 0) != (who == "b" and at % 10 == 0) else "")
        for at in range(60) for who in "ab"
    ]  # fmt: skip
    pd.DataFrame(rows, columns=["session", "segment", "coder", "code"]).to_csv(tmp_path / "coded.csv", index=False)
    to = tmp_path / "agreement.png"
    code, told = run("focus", tmp_path / "coded.csv", "--agreement", "--language", "nl", "--to", to)
    assert code == 0, told
    assert "Alle codes samen" in told
    assert to.stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--by", "zone"], "must be one of 'group', 'all'"),
        (["--to", "table.docx"], "'.csv'"),
        (["--group", "grop"], "Did you mean 'group'"),
        (["--agreement"], "Got rows without a coder"),
    ],
)
def test_mistakes_get_a_sentence_and_exit_code_two(
    words: list[str], says: str, tmp_path: Path, talk: pd.DataFrame
) -> None:
    talk.to_csv(tmp_path / "coded.csv", index=False)
    code, told = run("focus", tmp_path / "coded.csv", *words)
    assert code == 2
    assert says in told
