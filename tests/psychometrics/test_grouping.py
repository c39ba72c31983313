"""The group of each row: order of waves, and what is told of rows that belong to none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.psychometrics.grouping import groups_of, large_enough


def frame(labels: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"q1": np.arange(len(labels)) % 3, "wave": labels, "town": labels})


def test_waves_come_in_time_and_towns_by_name() -> None:
    items = frame(["spring"] * 60 + ["autumn"] * 60)
    assert groups_of(items, "wave", "verb").labels == ("spring", "autumn")
    assert groups_of(items, "town", "verb").labels == ("autumn", "spring")
    assert groups_of(items, "wave", "verb").codes[0] == 0
    numbered = frame(["10"] * 60 + ["2"] * 60)
    assert groups_of(numbered, "wave", "verb").labels == ("2", "10")


def test_rows_of_no_group_are_told_beside_small_groups() -> None:
    items = frame(["a"] * 60 + ["b"] * 60 + [None] * 30)
    assert large_enough(groups_of(items, "town", "verb"), 50, "verb")[1] == (
        "Rows of no known group left out: 30 of 150."
    )
    small = frame(["a"] * 60 + ["b"] * 60 + ["c"] * 20 + [None] * 30)
    found, note = large_enough(groups_of(small, "town", "verb"), 50, "verb")
    assert found.labels == ("a", "b")
    assert note == "1 group of fewer than 50 rows left out. Rows of no known group left out: 30 of 170."
    assert large_enough(groups_of(frame(["a"] * 60 + ["b"] * 60), "town", "verb"), 50, "verb")[1] == ""


def test_one_group_of_the_size_is_refused() -> None:
    with pytest.raises(DesignError, match="two groups of at least 50"):
        large_enough(groups_of(frame(["a"] * 60 + ["b"] * 20), "town", "verb"), 50, "verb")
