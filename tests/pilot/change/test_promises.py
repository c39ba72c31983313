"""What an answer may never do: contradict its own interval, lose people who moved, let a side wave or a weight decide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores


def areas_that_change(changes: list[float], people: int = 12) -> Scores:
    rows = [
        (f"{area}-{one}", wave, f"A{area}", 40.0 + one + (change if wave == "b" else 0))
        for area, change in enumerate(changes)
        for one in range(people)
        for wave in "ab"
    ]
    table = pd.DataFrame(rows, columns=["id", "wave", "area", "y"])
    return read_scores(table, scale="y", respondent="id", wave="wave", keep="area")


@pytest.mark.parametrize("treated", [2, 3, 4])
def test_a_direction_is_never_said_while_the_interval_holds_nothing_or_the_smallest_effect(treated: int) -> None:
    rng = np.random.default_rng(treated)
    design = PilotDesign("a", "b", area="area", treated=[f"A{place}" for place in range(treated)], randomized=True)
    for _ in range(25):
        changes = rng.normal(0, 5, 10) + 12 * (np.arange(10) < treated)
        found = compare(areas_that_change([*map(float, changes)]), design, smallest_effect=3.0)
        row = question_row(found.table)
        if found.verdicts["y"] in {"increase", "decrease"}:
            assert row["ci_low"] > 3 or row["ci_high"] < -3


def test_the_case_in_which_a_one_sided_test_and_the_interval_disagree() -> None:
    scores = areas_that_change([14, 29, 3, 3, 6, -5, -3, -5, 0, 4])
    design = PilotDesign("a", "b", area="area", treated=["A0", "A1"], randomized=True)
    found = compare(scores, design, smallest_effect=3.0)
    assert question_row(found.table)["ci_low"] < 0
    assert found.verdicts["y"] == "inconclusive"


def test_people_who_moved_count_where_the_pilot_found_them_however_the_comparison_areas_are_named() -> None:
    rng = np.random.default_rng(18)
    names = [f"A{place}" for place in range(8)]
    home = np.repeat(names, 30)
    start = rng.normal(50, 10, 240)
    after = start + rng.normal(0, 6, 240)
    now = home.copy()
    now[:10] = "elsewhere"
    table = pd.DataFrame({"id": [*range(240)] * 2, "wave": ["a"] * 240 + ["b"] * 240,
                          "y": np.clip([*start, *after], 0, 100), "area": [*home, *now]})  # fmt: skip
    scores = read_scores(table, scale="y", respondent="id", wave="wave", keep="area")
    rows = [
        question_row(compare(scores, PilotDesign("a", "b", area="area", treated=names[:4], comparison=others)).table)
        for others in (None, names[4:])
    ]
    assert rows[0]["estimate"] == pytest.approx(rows[1]["estimate"], abs=1e-12)
    assert rows[0]["n"] == rows[1]["n"] == 240


def test_a_later_wave_of_one_kind_of_area_does_not_stop_the_question() -> None:
    scores = areas_that_change([5, 6, 7, 4, 1, 0, 2, 1])
    extra = scores.frame[(scores.frame["wave"] == "b") & scores.frame["area"].isin(["A0", "A1", "A2", "A3"])]
    table = pd.concat([scores.frame, extra.assign(wave="c")])
    more = read_scores(table, scale="y", respondent="id", wave="wave", keep="area")
    treated = ["A0", "A1", "A2", "A3"]
    found = compare(more, PilotDesign("a", "b", area="area", treated=treated, later="c"))
    plain = compare(scores, PilotDesign("a", "b", area="area", treated=treated))
    assert question_row(found.table)["estimate"] == question_row(plain.table)["estimate"]
    later = found.table[found.table["wave"] == "c"]
    assert later["estimate"].isna().all()


def test_one_row_with_all_the_weight_is_not_told_as_if_many_had_answered() -> None:
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"id": [*range(120)] * 2, "wave": ["a"] * 120 + ["b"] * 120,
                          "y": rng.uniform(20, 80, 240), "w": 1.0})  # fmt: skip
    table.loc[[0, 120], "w"] = 1e5
    scores = read_scores(table, scale="y", respondent="id", wave="wave", keep="w")
    found = compare(scores, PilotDesign("a", "b", weights="w"))
    assert found.verdicts["y"] == "suppressed"
    assert found.table["estimate"].isna().all()


def test_with_areas_too_it_is_told_how_many_were_lost() -> None:
    scores = areas_that_change([5, 6, 7, 4, 1, 0, 2, 1])
    gone = (scores.frame["wave"] == "b") & scores.frame["id"].str.endswith("-3")
    design = PilotDesign("a", "b", linked=True, area="area", treated=["A0", "A1", "A2", "A3"])
    notes = " ".join(compare(scores.select(~gone), design).notes)
    assert "Left out: 8 of the 96 (8 %) people of 'a', who did not answer again" in notes
