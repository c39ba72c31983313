"""The pages for those who run field work go as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.linking.keys import make_key

PAGES = Path(__file__).resolve().parents[2] / "docs" / "how-to"


def blocks_of(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), flags=re.DOTALL)


def run(code: str, space: dict[str, object]) -> None:
    exec(code, space)


def test_whom_we_reached_goes_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, object] = {}
    for block in blocks_of("count-whom-we-reached.md"):
        run(block, space)
    assert "RR6" in capsys.readouterr().out


def test_linking_goes_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    people = pd.DataFrame({f"LC0{place}": rng.integers(0, 6, 80).astype(str) for place in (3, 4)})
    people["LC05"] = rng.integers(1, 32, 80)
    for name in ("LC01", "LC02", "LC06"):
        people[name] = rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 80)
    people = people.assign(
        LC07="R", CONSENT="1", TR01="4", zone="Ghent", telephone=[f"0470 {number:06d}" for number in range(80)]
    )
    people.iloc[:60].assign(wave="2025").to_csv("wave-2025.csv", index=False)
    people.iloc[20:].assign(wave="2026").to_csv("wave-2026.csv", index=False)
    (tmp_path / "keys").mkdir()
    make_key(tmp_path / "keys" / "study.key")
    space: dict[str, object] = {}
    for block in blocks_of("link-waves-without-names.md"):
        run(block, space)
    links, answers = space["links"], space["answers"]
    assert isinstance(links, tm.WaveLinks)
    assert links.value("linked", wave="2025") > 0.6
    assert isinstance(answers, tm.Responses)
    assert "telephone" not in answers.frame
    assert answers.frame["code"].nunique() == 60
