"""The page on focus groups runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "focus-groups.md"


def test_the_page_runs_from_its_file_to_the_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(block, space)
    assert space["agreement"].value() > 0.7
    assert space["joint"].fit == {"respect": "confirm", "voice": "not_judged"}
    assert "Peeters" not in str(space["joint"].quotes["respect"])
    assert space["joint"].simulated
    assert {path.name for path in tmp_path.glob("*.png")} == {"codes.png", "joint.png"}
