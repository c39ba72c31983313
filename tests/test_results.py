"""The columns of tidy tables have the same types whatever the rows hold."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.results import VOCABULARY, Provenance, vocabulary_frame

_TEXTS = {"scale", "item", "group", "zone", "wave", "term", "contrast", "method"}


def naive(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Build the same table a column at a time, as pandas would."""
    present = [name for name in VOCABULARY if any(name in row for row in rows)]
    frame = pd.DataFrame([{name: row.get(name) for name in present} for row in rows], columns=present, dtype=object)
    for name in present:
        if name in _TEXTS:
            frame[name] = frame[name].map(lambda value: "" if pd.isna(value) else str(value)).astype(str)
        else:
            frame[name] = frame[name].astype({"n": "Int64", "suppressed": bool}.get(name, float))
    return frame


@pytest.mark.parametrize(
    "rows",
    [
        [{"term": "a", "estimate": 0.5, "n": 3, "method": "x", "suppressed": False}] * 3,
        [{"term": "a", "estimate": None, "n": None}, {"scale": None, "n": 4}],
        [{"n": 3.0, "df": 2}, {"n": pd.NA, "df": np.float64(2.5)}, {"n": np.int64(8)}, {"n": math.nan}],
        [{"method": "late", "scale": "early", "p_value": 0.1}],
        [{"wave": 2022}, {"wave": "2023"}, {"wave": np.str_("2024")}, {"wave": math.nan}, {"wave": pd.NA}, {}],
    ],
)
def test_columns_are_typed_and_ordered(rows: list[dict[str, Any]]) -> None:
    pd.testing.assert_frame_equal(vocabulary_frame(rows), naive(rows))


def test_whole_numbers_stay_whole_beside_gaps_and_missing_flags_are_false() -> None:
    table = vocabulary_frame(
        [{"item": 3, "suppressed": True}, {"item": None}, {"item": pd.NaT, "suppressed": math.nan}]
    )
    assert list(table["item"]) == ["3", "", ""]
    assert list(table["suppressed"]) == [True, False, False]
    assert table["suppressed"].dtype == bool


def test_no_rows_make_an_empty_table() -> None:
    assert vocabulary_frame([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("row", "error"), [({"p": 1}, KeyError), ({"n": 2.5}, TypeError), ({"estimate": "x"}, ValueError)]
)
def test_what_is_not_of_the_vocabulary_is_a_fault(row: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        vocabulary_frame([row])


def test_tables_are_their_own() -> None:
    rows = [{"term": "a", "estimate": 1.0}]
    first = vocabulary_frame(rows)
    first.loc[0, "estimate"] = 2.0
    assert vocabulary_frame(rows)["estimate"][0] == 1.0


def test_who_was_left_out_on_purpose_stays_told_beside_what_a_verb_leaves_out() -> None:
    answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 200, waves=("w",), seed=3)
    kept = replace(answers, left_out={"flagged as incomplete": 12})
    item = next(iter(kept.questionnaire.scales)).items[0]
    for told in (tm.reliability(kept).provenance, tm.estimate(kept, item, wave="w").provenance):
        assert told.rows_left_out["flagged as incomplete"] == 12
    first = Provenance(rows_used=90, rows_left_out={"flagged": 12})
    assert first.narrowed({"no zone": 0}) == first
    assert first.narrowed({"no zone": 7}, rows_used=83).rows_left_out == {"flagged": 12, "no zone": 7}
