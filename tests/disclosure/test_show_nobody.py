"""The page for those who make tables runs as it stands, and its examples say what they say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from trustmeter.stats.disclosure.suppression import suppress

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "how-to" / "show-nobody.md").read_text(encoding="utf-8")
    space: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(block, space)
    assert space["redacted"].texts == ("Bel mij op [phone]", "[name] luisterde echt", None)  # type: ignore[attr-defined]
    assert (tmp_path / "answers-disclosure.txt").is_file()


def test_the_worked_example_is_what_the_explanation_says() -> None:
    safe = suppress([[3, 57], [20, 23]])
    assert np.isnan(safe.cells[:2, :2]).all()
    assert not np.isnan(safe.cells[2]).any()
    assert not np.isnan(safe.cells[:, 2]).any()
    assert (safe.low[0, 0], safe.high[0, 0]) == (0, 23)
    both = suppress([[1, 5, 60], [30, 40, 50]])
    assert both.reasons_safe
    assert not (both.hidden[0, :3] == [True, True, False]).all()
