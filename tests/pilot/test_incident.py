"""Incidents near field work: what is near, what is noted, and which dates are refused."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.incident import check_incidents

PERIODS = {"2022": ("2022-05-02", "2022-05-30"), "2023": (datetime.date(2023, 5, 1), pd.Timestamp("2023-05-28"))}


def happened(*rows: tuple[Any, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["date", "area", "what"])


@pytest.mark.parametrize(
    ("day", "when", "days_before"),
    [
        ("2023-04-01", "shortly before", 30),
        ("2023-04-30", "shortly before", 1),
        ("2023-05-01", "during field work", 0),
        ("2023-05-28", "during field work", 0),
        ("2023-03-31", None, 0),
        ("2023-05-29", None, 0),
    ],
)
def test_an_incident_is_near_in_field_work_or_shortly_before(day: str, when: str | None, days_before: int) -> None:
    found = check_incidents(PERIODS, happened((day, "North", "raid")))
    assert found.clear == (when is None)
    if when is not None:
        assert found.near.loc[0, ["wave", "when", "days_before"]].tolist() == ["2023", when, days_before]
        assert "may come from what happened then" in " ".join(found.notes)


def test_areas_have_their_own_incidents_and_those_that_happened_everywhere() -> None:
    found = check_incidents(PERIODS, happened(("2023-05-03", "North", "raid"), ("2023-04-20", "", "scandal")))
    counts = found.table.set_index(["wave", "group", "term"])["estimate"]
    assert counts["2023", "North", "during"] == 1
    assert counts["2023", "North", "shortly_before"] == 1
    assert counts["2022", "", "during"] == 0
    assert counts["2022", "", "field_days"] == 29
    only_there = check_incidents(PERIODS, happened(("2023-05-03", "North", "raid")))
    assert "in North only" in " ".join(only_there.notes)


def test_seasons_overlaps_and_lengths_are_noted() -> None:
    none = happened()
    assert "change of season" in " ".join(
        check_incidents({"1": ("2022-05-01", "2022-05-20"), "2": ("2022-11-01", "2022-11-20")}, none).notes
    )
    assert "overlaps" in " ".join(
        check_incidents({"1": ("2022-05-01", "2022-05-20"), "2": ("2022-05-15", "2022-06-20")}, none).notes
    )
    assert "harder to find" in " ".join(
        check_incidents({"1": ("2022-05-01", "2022-05-10"), "2": ("2023-05-01", "2023-06-20")}, none).notes
    )
    assert check_incidents(PERIODS, none).notes == (
        "No incident was listed. Ask the zone and look into the local press before taking that for granted.",
    )
    winter = check_incidents({"1": ("2022-12-20", "2023-01-10"), "2": ("2023-06-01", "2023-06-20")}, none)
    assert "December to January" in " ".join(winter.notes)


@pytest.mark.parametrize(
    ("periods", "incidents", "says"),
    [
        ({}, happened(), "first and last day"),
        ({"1": "2022-05-01"}, happened(), "two days"),
        ({"1": ("2022-05-30", "2022-05-01")}, happened(), "ends before it starts"),
        ({"1": ("01/05/2022", "30/05/2022")}, happened(), "year-month-day"),
        (PERIODS, happened(("2023-02-30", "", "x")), "incident 1"),
        (PERIODS, happened((None, "", "x")), "incident 1"),
        (PERIODS, happened((pd.NaT, "", "x")), "incident 1"),
        (PERIODS, pd.DataFrame({"day": [], "what": []}), "date"),
        (PERIODS, [], "frame"),
    ],
)
def test_wrong_dates_and_tables_are_refused(periods: Any, incidents: Any, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        check_incidents(periods, incidents)


def test_days_must_be_a_whole_number_and_many_incidents_are_counted() -> None:
    with pytest.raises(DesignError, match="days"):
        check_incidents(PERIODS, happened(), days=-1)
    many = happened(*[("2023-05-03", "", f"event {number}") for number in range(25)])
    found = check_incidents(PERIODS, many)
    assert "5 more incidents" in " ".join(found.notes)
    assert len(found.near) == 25
    assert "Incidents near field work" in str(found)
