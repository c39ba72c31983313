"""Scores that somebody else computed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.scoring.frame import read_scores

TABLE = pd.DataFrame({"who": [*"abab"], "year": [1, 1, 2, 2], "y": [10.0, 20.0, None, 40.0], "area": [*"xyxy"]})


def test_a_frame_becomes_scores_and_stays_as_it_was() -> None:
    before = TABLE.copy()
    scores = read_scores(TABLE, scale="y", respondent="who", wave="year", keep="area")
    pd.testing.assert_frame_equal(TABLE, before)
    assert (scores.scales, scores.method, len(scores)) == (("y",), "pomp", 4)
    assert scores.answered["y"].tolist() == [1, 1, 0, 1]
    assert scores.roles.columns == ("who", "year", "area")
    assert "is not known here" in scores.notes[0]


def test_other_ranges_are_no_percentages() -> None:
    assert read_scores(TABLE, scale="y", ranges=(0, 50)).method == "mean"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"scale": "z"}, "column"),
        ({"scale": "y", "wave": "when"}, "column"),
        ({"scale": "y", "wave": "y"}, "two things"),
        ({"scale": "area"}, "numbers"),
        ({"scale": "y", "ranges": (0, 30)}, "fewer than 5 scores of 'y' lie outside"),
        ({"scale": "y", "ranges": {"x": (0, 1)}}, "has none"),
        ({"scale": "y", "ranges": (5, 5)}, "low to high"),
    ],
)
def test_refusals(options: dict[str, Any], word: str) -> None:
    with pytest.raises(DesignError, match=word):
        read_scores(TABLE, **options)


def test_only_frames_are_taken() -> None:
    with pytest.raises(DesignError, match="takes a frame"):
        read_scores([1, 2], scale="y")  # type: ignore[arg-type]


def test_whole_numbers_are_named_without_a_point_even_where_some_are_missing() -> None:
    frame = pd.DataFrame(
        {"who": [1, 2, 1, 2, None], "year": [2021, 2021, 2022, 2022, None], "trust": [1.0, 2, 3, 4, 5]}
    )
    scores = read_scores(frame, scale="trust", respondent="who", wave="year", ranges=(0, 5))
    assert list(scores.frame["year"].dropna().unique()) == ["2021", "2022"]
    assert list(scores.frame["who"].dropna().unique()) == ["1", "2"]
