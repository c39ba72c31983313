"""The pages that lead from a file to a verdict run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "did-the-pilot-change-trust.md"


def test_every_design_runs_from_its_file_to_its_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    space: dict[str, object] = {}
    for place, block in enumerate(blocks):
        assert place == 0 or len(block.strip().splitlines()) <= 12  # the first makes up the answers
        exec(block, space)
    words = {"increase", "decrease", "no_relevant_change", "inconclusive"}
    for name in ("same", "different", "overlap", "effect", "one", "difference", "pooled", "together"):
        assert set(space[name].verdicts.values()) <= words, name  # type: ignore[attr-defined]
    assert space["effect"].verdicts == {"trust": "increase"}  # type: ignore[attr-defined]
    assert len(space["zones"]) == 4  # type: ignore[arg-type]
