"""Problems of answers, in words that hold no answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import Problem
from trustmeter.responses.check import Finding, check_people, name_columns, name_rows


def people(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.array(cells, dtype="string") for name, cells in columns.items()})


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([4], "row 4"),
        ([4, 2, 4], "rows 2, 4"),
        (range(1, 6), "rows 1, 2, 3, 4, 5"),
        (range(50), "rows 0, 1, 2, 3, 4 and 45 more"),
    ],
)
def test_rows_are_named_briefly(rows: list[int], text: str) -> None:
    assert name_rows(rows) == text


def test_columns_are_named_briefly() -> None:
    assert name_columns(["a"]) == "column 'a'"
    assert name_columns([*"abcdefghij"]).endswith("'h' and 2 more")


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({"id": ["a", "b"], "wave": ["1", "1"]}, []),
        ({"id": ["a", "a"], "wave": ["1", "2"]}, []),
        ({"id": ["a", "a"], "wave": ["1", "1"]}, ["R-RESPONDENT-DUPLICATE"]),
        ({"id": ["a", None], "wave": ["1", "1"]}, ["R-RESPONDENT-MISSING"]),
        ({"id": [None, None], "wave": ["1", "1"]}, ["R-RESPONDENT-MISSING"]),
        ({"id": ["a", "b"], "wave": ["1", None]}, ["R-WAVE-MISSING"]),
        ({"id": ["a", "A"], "wave": ["1", "2"]}, ["R-RESPONDENT-NEAR"]),
        ({"id": ["a", "b"], "wave": ["Before", "before"]}, ["R-WAVE-NEAR"]),
    ],
)
def test_who_answered_when(columns: dict[str, list[str | None]], codes: list[str]) -> None:
    findings = check_people(people(**columns), np.array([1, 2]), respondent="id", wave="wave")
    assert [finding.problem.code for finding in findings] == codes
    assert not any(name in str(finding.problem) for finding in findings for name in ("'a'", "'A'", "efore"))


def test_zones_give_out_codes_on_their_own() -> None:
    two = people(id=["a", "a", "a"], wave=["1", "1", "1"], zone=["North", "South", "South"])
    (finding,) = check_people(two, np.array([1, 2, 3]), respondent="id", wave="wave", zone="zone")
    assert "rows 2, 3" in finding.problem.where
    assert finding.cells[0][1].tolist() == [3]


def test_repeated_people_without_a_wave_hint_at_the_wave() -> None:
    (finding,) = check_people(people(id=["a", "b", "a", "a"]), np.arange(1, 5), respondent="id", wave=None)
    assert "rows 1, 3, 4" in finding.problem.where
    assert "wave='column name'" in finding.problem.hint
    assert finding.cells[0][1].tolist() == [3, 4]


def test_what_was_set_aside_says_so_in_place_of_the_cure() -> None:
    error = Problem("R-X", "row 1", "Something.", "Mend it.")
    assert Finding(error).stops
    settled = Finding(error, outcome="Set aside.").settled()
    assert (settled.severity, settled.hint) == ("warning", "Set aside.")
    note = Problem("R-Y", "row 1", "Something.", severity="warning")
    assert Finding(note).settled() is note
