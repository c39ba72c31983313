"""The page on estimates: its code runs, in one go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "say-it-for-everybody.md"


def test_the_code_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    exec(compile("\n".join(blocks), PAGE.name, "exec"), {})
    printed = capsys.readouterr().out
    assert "SIMULÉES" in printed
    assert "all contrasts" in printed
    assert "100 replicates" in printed
