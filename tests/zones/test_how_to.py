"""The page on zones runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "compare-zones.md"


def test_the_page_runs_and_says_what_it_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(block, space)
    assert space["own"].zones == ("Mill",)  # type: ignore[attr-defined]
    assert "design_effect" in set(space["profile"].table["term"])  # type: ignore[attr-defined]
    assert space["ranking"].orders["trust"] in {"cannot_rank", "partly"}  # type: ignore[attr-defined]
