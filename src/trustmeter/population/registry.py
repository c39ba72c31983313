"""Which municipalities make a police zone: a list of zones, each row with its source, to which users add theirs."""

from __future__ import annotations

import datetime
import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pandas as pd

from trustmeter.errors import DesignError, Problem, ResponsesError, unknown_word
from trustmeter.options import MarginStatus
from trustmeter.population.margins import STATUS_BY_TRUST
from trustmeter.population.opening import Contents, contents_of, refusal, table_of

LANGUAGES = ("en", "fr", "nl", "de")
COLUMNS = (
    "code", "name_en", "name_fr", "name_nl", "name_de", "other_names", "languages", "nis", "municipality_fr",
    "municipality_nl", "valid_from", "valid_until", "status", "source", "note",
)  # fmt: skip
"""The columns of a list of zones: one row a municipality of a zone. Needed are ``code``, ``nis`` and one name."""


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality as a part of a zone.

    Parameters
    ----------
    nis
        Its NIS code.
    name_fr, name_nl
        What it is called.
    valid_from, valid_until
        From what day to what day this row holds, both counted in; empty for ever.
    status
        ``"verified"`` where both the zone's code and this municipality stand in a source that was seen.
    source
        Which.
    note
        A sentence that must travel with the numbers.
    """

    nis: str
    name_fr: str = ""
    name_nl: str = ""
    valid_from: str = ""
    valid_until: str = ""
    status: MarginStatus = "unverified"
    source: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """Its names, French first: ``"Ixelles / Elsene"``."""
        return " / ".join(dict.fromkeys(name for name in (self.name_fr, self.name_nl) if name)) or self.nis

    def holds_on(self, day: str) -> bool:
        """Whether this row holds on a day."""
        return (self.valid_from or "0000") <= day <= (self.valid_until or "9999")


@dataclass(frozen=True, slots=True)
class PoliceZone:
    """A police zone: its code, its names, and the municipalities that make it.

    Parameters
    ----------
    code
        The official four figures.
    names
        What it is called, by language tag.
    other_names
        Under what else it is known.
    languages
        The official languages of its territory, as tags.
    municipalities
        One entry a row of the list.
    """

    code: str
    names: Mapping[str, str]
    other_names: tuple[str, ...]
    languages: tuple[str, ...]
    municipalities: tuple[Municipality, ...]

    @property
    def name(self) -> str:
        """Its English name, or else the first that it has."""
        return next(self.names[tag] for tag in LANGUAGES if self.names.get(tag))

    def all_names(self) -> tuple[str, ...]:
        """Return its code and all names."""
        return (self.code, *(self.names[tag] for tag in LANGUAGES if self.names.get(tag)), *self.other_names)

    def on(self, day: str) -> tuple[Municipality, ...]:
        """Return the rows that hold on a day."""
        return tuple(one for one in self.municipalities if one.holds_on(day))


def list_zones(*, registry: str | Path | None = None) -> pd.DataFrame:
    r"""List the police zones whose municipalities are known, with where that is known from.

    Parameters
    ----------
    registry
        Your own list (``.csv`` or ``.xlsx``), added to the one that comes along: one row a municipality of a zone, with the
        columns ``code nis name_en`` (or ``name_fr name_nl name_de``), and as you know them ``other_names`` (semicolons
        between), ``languages``, ``municipality_fr municipality_nl valid_from valid_until status source note``. A zone that
        has the code of one that comes along takes its place.

    Returns
    -------
    DataFrame
        One row a municipality of a zone, with these columns, all as text. ``status`` is ``verified`` only where a source
        that was seen holds both the zone's code and the municipality; ``source`` says which.

    Raises
    ------
    ResponsesError
        When your list lacks a column, or a code, a day or a status is wrong.

    Notes
    -----
    The official list of all zones and codes is the annex of the Royal Decree of 24 October 2001 on the names of police
    zones. German names, and English ones but the pilots', are ours.

    Examples
    --------
    >>> zones = list_zones()
    >>> zones.loc[zones["name_en"] == "Brussels North", ["code", "nis", "municipality_nl"]].to_string(index=False, header=False)
    '5344 21006               Evere\n5344 21014 Sint-Joost-ten-Node\n5344 21015          Schaarbeek'
    """
    rows = [
        [zone.code, *(zone.names.get(tag, "") for tag in LANGUAGES), "; ".join(zone.other_names), " ".join(zone.languages),
         one.nis, one.name_fr, one.name_nl, one.valid_from, one.valid_until, one.status, one.source, one.note]
        for zone in zones_of(registry)
        for one in zone.municipalities
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def zones_of(registry: str | Path | None = None) -> tuple[PoliceZone, ...]:
    """Return the zones that come along, and those of a user's list; the latter win."""
    own = () if registry is None else _zones(contents_of(Path(registry)))
    taken = {zone.code for zone in own}
    return tuple(sorted((*own, *(zone for zone in _shipped() if zone.code not in taken)), key=lambda zone: zone.code))


def zone_of(name: str, registry: str | Path | None = None) -> PoliceZone:
    """Return the zone that a name or a code stands for, in any of its languages.

    Raises
    ------
    DesignError
        When no zone, or more than one, is called so; near names and the municipality's zone are told.
    """
    zones = zones_of(registry)
    wanted = _plain(str(name))
    found = [zone for zone in zones if wanted in {_plain(known) for known in zone.all_names()}]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{zone.name} ({zone.code})" for zone in found)
        raise DesignError(f"Several zones are called {name!r}: {listed}. Name the zone by its code.")
    holding = [
        zone for zone in zones
        if any(wanted in {_plain(one.nis), _plain(one.name_fr), _plain(one.name_nl)} for one in zone.municipalities)
    ]  # fmt: skip
    if wanted and holding:
        listed = " or ".join(f"{zone.name!r} ({zone.code})" for zone in holding)
        raise DesignError(
            f"No police zone is called {name!r}. It is a municipality of the zone {listed}: name the zone."
        )
    known = {_plain(one): zone for zone in zones for one in zone.all_names()}
    close = dict.fromkeys(known[one].name for one in difflib.get_close_matches(wanted, list(known), n=4, cutoff=0.7))
    near = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    hint = "`list_zones` lists those that are known; add yours by a row of a file: `registry='my-zones.csv'`."
    raise DesignError(f"No police zone is called {name!r}.{near} {hint}")


def _plain(text: str) -> str:
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


@cache
def _shipped() -> tuple[PoliceZone, ...]:
    return _zones(Contents("zones.csv", ".csv", (files("trustmeter.population") / "zones.csv").read_bytes()))


def _zones(found: Contents) -> tuple[PoliceZone, ...]:
    table = table_of(found, lambda heading: heading.casefold() in COLUMNS)
    table.columns = pd.Index([str(heading).casefold() for heading in table.columns])
    names = [f"name_{tag}" for tag in LANGUAGES]
    missing = [column for column in ("code", "nis") if column not in table]
    missing += [] if set(names) & set(table.columns) else ["name_en (or name_fr, name_nl, name_de)"]
    if missing:
        message = f"The list of zones lacks the column {', '.join(missing)}."
        raise refusal("N-ZONE-COLUMNS", found.name, message, "Needed are code, nis and one name.")
    rows = table.reindex(columns=list(COLUMNS), fill_value="").to_dict("records")
    faults = [fault for number, row in enumerate(rows, start=2) for fault in _faults(row, number, found.name)]
    if faults:
        raise ResponsesError("The list of zones cannot be used.", faults)
    codes = dict.fromkeys(str(row["code"]) for row in rows)
    return tuple(_zone([row for row in rows if row["code"] == code]) for code in codes)


def _zone(rows: Sequence[Mapping[Any, str]]) -> PoliceZone:
    first = rows[0]
    municipalities = tuple(
        Municipality(
            row["nis"], row["municipality_fr"], row["municipality_nl"], row["valid_from"], row["valid_until"],
            cast("MarginStatus", row["status"] or "unverified"), row["source"], row["note"],
        )
        for row in rows
    )  # fmt: skip
    others = tuple(one.strip() for one in first["other_names"].split(";") if one.strip())
    names = {tag: first[f"name_{tag}"] for tag in LANGUAGES if first[f"name_{tag}"]}
    return PoliceZone(first["code"], names, others, tuple(first["languages"].split()), municipalities)


def _faults(row: Mapping[Any, str], number: int, name: str) -> Iterator[Problem]:
    where = f"{name}, row {number}"
    if not row["code"] or not any(row[f"name_{tag}"] for tag in LANGUAGES):
        yield Problem("N-ZONE-NAME", where, "The zone has no code or no name.", "Give it a code and a name.")
    if not re.fullmatch(r"\d{5}", row["nis"]):
        yield Problem("N-ZONE-NIS", where, "`nis` must be a NIS code of five figures.", "Look it up at Statbel.")
    for column in ("valid_from", "valid_until"):
        if row[column] and not _is_day(row[column]):
            yield Problem("N-ZONE-DAY", where, f"`{column}` must be a day such as 2025-01-01.", "Or leave it empty.")
    if row["status"] and row["status"] not in STATUS_BY_TRUST:
        message = unknown_word("status", row["status"], STATUS_BY_TRUST, "a zone")
        yield Problem("N-ZONE-STATUS", where, message, "Or leave it empty.")


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
