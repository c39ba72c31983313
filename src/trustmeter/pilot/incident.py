"""Did anything happen near the field work that could move answers by itself?"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import check_whole
from trustmeter.responses.labels import row_labels
from trustmeter.results import Provenance, Result, vocabulary_frame

WHERE = "check_incidents"
DURING, SHORTLY_BEFORE = "during field work", "shortly before"
LISTED = 20
WEEK = 7
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip

Dates = tuple[datetime.date, datetime.date]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IncidentReport(Result):
    """Which incidents fell in or shortly before the field work of each wave.

    Parameters
    ----------
    near
        One row an incident and wave that it is near to: ``wave``, ``area``, ``date``, ``what``, ``when`` (*during field work* or
        *shortly before*), ``days_before`` (0 during).
    """

    title: ClassVar[str] = "Incidents near field work"

    near: pd.DataFrame

    @property
    def clear(self) -> bool:
        """Whether no incident is near to a wave."""
        return not len(self.near)


def check_incidents(
    periods: Mapping[str, tuple[Any, Any]], incidents: pd.DataFrame, *, days: int = 30
) -> IncidentReport:
    """Say which incidents could have moved the answers of a wave by themselves.

    Use it beside `compare`: a police shooting, a riot or a scandal shortly before one wave moves trust, whatever the pilot did. It
    lists and warns; it corrects nothing.

    Parameters
    ----------
    periods
        Wave → first and last day of its field work: dates, or texts such as ``"2023-05-01"``.
    incidents
        Columns ``date`` and ``what``, and if known ``area`` (empty: everywhere). Name what happened, and no person.
    days
        An incident counts as near when it fell in the field work or at most so many days before its first day.

    Returns
    -------
    IncidentReport
        Columns ``group wave term estimate method``: for each wave, and each area in ``group``, the terms ``during`` and ``shortly_before``
        (how many incidents), and for each wave ``field_days``. The incidents themselves are in ``near``, and in the notes.

    Raises
    ------
    DesignError
        When a period or date cannot be read, a period ends before it starts, a column is missing, or `days` is no
        whole number of 0 or more.

    Notes
    -----
    Also noted: waves whose field work overlaps, is much longer in one than another (twice or more), or lies in other months of
    the year, for trust and what people live through move with the season.

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> happened = pd.DataFrame({"date": ["2023-04-20"], "area": ["North"], "what": ["shots fired by police"]})
    >>> periods = {"2022": ("2022-05-02", "2022-05-30"), "2023": ("2023-05-01", "2023-05-28")}
    >>> found = tm.check_incidents(periods, happened)
    >>> found.clear, found.near["when"].tolist()
    (False, ['shortly before'])
    """
    check_whole("days", days, 0, WHERE)
    field = _periods(periods)
    listed = _incidents(incidents)
    near = _near(field, listed, days)
    return IncidentReport(
        table=vocabulary_frame(_rows(field, listed, near)),
        notes=(*_incident_notes(field, listed, near, days), *_season_notes(field)),
        provenance=Provenance(
            options={"days": days, "periods": {wave: [str(day) for day in ends] for wave, ends in field.items()}},
            rows_used=len(listed),
        ),
        near=near,
    )


def _periods(periods: object) -> dict[str, Dates]:
    if not isinstance(periods, Mapping) or not periods:
        message = f"The `periods` of `{WHERE}` must say the first and last day of each wave's field work."
        raise DesignError(f"{message} Pass for example `{{'2023': ('2023-05-01', '2023-05-28')}}`.")
    field: dict[str, Dates] = {}
    for wave, ends in periods.items():
        if isinstance(ends, str) or not hasattr(ends, "__len__") or len(ends) != 2:
            raise DesignError(
                f"The period of wave {str(wave)!r} must be two days, the first and the last. Got {ends!r}."
            )
        start, end = (_day(one, f"The period of wave {str(wave)!r}") for one in ends)
        if end < start:
            raise DesignError(f"The field work of wave {str(wave)!r} ends before it starts. Swap its two days.")
        field[str(wave)] = start, end
    return field


def _incidents(incidents: object) -> pd.DataFrame:
    if not isinstance(incidents, pd.DataFrame):
        raise DesignError(
            f"The `incidents` of `{WHERE}` must be a frame with the columns date and what. Got {type(incidents).__name__}."
        )
    for name in ("date", "what"):
        if name not in incidents.columns:
            raise DesignError(unknown_word("column", name, [str(one) for one in incidents.columns], "the incidents"))
    places = [f"The date of incident {row + 1}" for row in range(len(incidents))]
    dates = [_day(value, place) for value, place in zip(incidents["date"], places, strict=True)]
    area = row_labels(incidents["area"]).fillna("") if "area" in incidents.columns else [""] * len(incidents)
    what = incidents["what"].fillna("").astype(str).str.strip()
    return pd.DataFrame({"date": dates, "area": list(area), "what": list(what)}, columns=["date", "area", "what"])


def _day(value: Any, where: str) -> datetime.date:
    """Return a date; a text must be year-month-day, for 04/05 is two days."""
    if isinstance(value, datetime.datetime):
        value = value.date() if not pd.isna(value) else None
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value.strip()[:10])
        except ValueError:
            pass
    raise DesignError(f"{where} must be a day such as 2023-05-01 (year-month-day). Got {value!r}.")


def _near(field: Mapping[str, Dates], listed: pd.DataFrame, days: int) -> pd.DataFrame:
    rows = []
    for wave, (start, end) in field.items():
        for one in listed.to_dict("records"):
            before = (start - one["date"]).days
            if one["date"] <= end and before <= days:
                when = SHORTLY_BEFORE if before > 0 else DURING
                rows.append({"wave": wave, **one, "when": when, "days_before": max(before, 0)})
    columns = ["wave", "area", "date", "what", "when", "days_before"]
    return pd.DataFrame(rows, columns=columns).sort_values(["wave", "date"], kind="stable", ignore_index=True)


def _rows(field: Mapping[str, Dates], listed: pd.DataFrame, near: pd.DataFrame) -> list[dict[str, Any]]:
    areas = sorted({str(area) for area in listed["area"] if area})
    rows: list[dict[str, Any]] = []
    for wave, (start, end) in field.items():
        rows.append(
            {
                "wave": wave,
                "group": "",
                "term": "field_days",
                "estimate": float((end - start).days + 1),
                "method": "first to last day",
            }
        )
        for area in ("", *areas):
            here = near[(near["wave"] == wave) & ((near["area"] == area) | (near["area"] == "") | (area == ""))]
            for term, when in (("during", DURING), ("shortly_before", SHORTLY_BEFORE)):
                count = float((here["when"] == when).sum())
                method = "all areas" if area == "" else "of this area or everywhere"
                rows.append({"wave": wave, "group": area, "term": term, "estimate": count, "method": method})
    return rows


def _incident_notes(field: Mapping[str, Dates], listed: pd.DataFrame, near: pd.DataFrame, days: int) -> list[str]:
    if not len(listed):
        return ["No incident was listed. Ask the zone and look into the local press before taking that for granted."]
    if not len(near):
        return [f"No listed incident fell in the field work of a wave or at most {days} days before it."]
    notes = []
    for one in near.head(LISTED).to_dict("records"):
        where = f" in {one['area']}" if one["area"] else ""
        gap = f"{one['days_before']} day{'s' * (one['days_before'] != 1)} before it began"
        when = "during its field work" if one["when"] == DURING else gap
        notes.append(f"Wave {one['wave']!r}: {one['what'] or 'an incident'}{where} on {one['date']}, {when}.")
    if len(near) > LISTED:
        notes.append(f"{len(near) - LISTED} more incidents near field work are in `near`.")
    waves = [wave for wave in field if (near["wave"] == wave).any()]
    notes.append(
        f"A change up to or from {' and '.join(map(repr, waves))} may come from what happened then, not from the pilot"
        f"{_one_sided(near)}. Say so where the change is told; if answers have dates, compare those before and after the incident."
    )
    return notes


def _one_sided(near: pd.DataFrame) -> str:
    areas = sorted({str(area) for area in near["area"] if area})
    if not areas or (near["area"] == "").any():
        return ""
    return f"; comparison areas do not take it out where it happened in {', '.join(areas)} only"


def _season_notes(field: Mapping[str, Dates]) -> list[str]:
    notes = []
    waves = list(field)
    for place, wave in enumerate(waves):
        for other in waves[place + 1 :]:
            (start, end), (later_start, later_end) = field[wave], field[other]
            if start <= later_end and later_start <= end:
                notes.append(f"The field work of {wave!r} and {other!r} overlaps: these are not two points in time.")
                continue
            months, later = _months(start, end), _months(later_start, later_end)
            if not set(months) & set(later):
                notes.append(
                    f"{wave!r} was asked in {_told(months)}, {other!r} in {_told(later)}: a change between them may be a change of season."
                )
    lengths = {wave: (end - start).days + 1 for wave, (start, end) in field.items()}
    longest, shortest = max(lengths, key=lambda wave: lengths[wave]), min(lengths, key=lambda wave: lengths[wave])
    if lengths[longest] >= 2 * lengths[shortest] and lengths[longest] - lengths[shortest] > WEEK:
        notes.append(
            f"Field work took {lengths[longest]} days in {longest!r} and {lengths[shortest]} in {shortest!r}: a longer one reaches people "
            "who are harder to find."
        )
    return notes


def _months(start: datetime.date, end: datetime.date) -> list[int]:
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    return [(start.month - 1 + step) % 12 + 1 for step in range(min(count, 12))]


def _told(months: list[int]) -> str:
    names = [MONTHS[month - 1] for month in months]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
