"""Who lives in a police zone: margins for a survey, from a population file and the list of zones."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import MarginStatus
from trustmeter.population.bands import ADULT_BANDS, OLDEST, AgeBand, age_bands_of, band_ages
from trustmeter.population.margins import STATUS_BY_TRUST, Margin, Margins, parts_of
from trustmeter.population.model import OLDEST_COUNTED, Population
from trustmeter.population.registry import Municipality, PoliceZone, zone_of
from trustmeter.population.statbel import read_population

VARIABLES = ("sex", "age", "nationality", "municipality")
"""What is known about who lives in a zone."""

_WHERE = "zone_margins"


def zone_margins(
    zone: str,
    population: Population | str | Path,
    *,
    by: str | Iterable[str | tuple[str, ...]] = ("sex", "age"),
    age_bands: Iterable[str] | None = None,
    ages: tuple[int, int | None] | None = None,
    registry: str | Path | None = None,
) -> Margins:
    """Return how many people live in a police zone, by sex, age, nationality or municipality: margins to weight a survey to.

    When to use it: before weighting answers from one zone, with the population of the year nearest to the field work.

    Parameters
    ----------
    zone
        The zone's name in any language, or its code: ``"Brussels North"``, ``"Brussel-Noord"``, ``"5344"``.
    population
        What `read_population` gave, or the path of the file.
    by
        The margins: ``"sex"``, ``"age"``, ``"nationality"`` (``BEL`` for Belgians, ``ETR`` for all others),
        ``"municipality"`` (by NIS code); a cross as ``"age x sex"`` or ``("age", "sex")``.
    age_bands
        Bands of age without gaps: ``["18-29", "30-44", "45+"]``. Default: 18-29, 30-44, 45-59, 60-74, 75+.
    ages
        People of these ages only, both counted in: ``(18, None)`` for adults. Default: the ages that the bands cover.
    registry
        Your own list of zones, added to the one that comes along; see `list_zones`.

    Returns
    -------
    Margins
        One margin for each of `by`, all of the same people. `notes` hold the sentence by which the source asks to be
        named, and what is not certain about the zone.

    Raises
    ------
    DesignError
        When the zone is not known (near names are told), a margin is not known, the bands leave out or double an age,
        or they and `ages` do not agree.
    ResponsesError
        When the population file cannot be read, or lacks a municipality of the zone on that day, or has no nationality.

    Notes
    -----
    The number of a cell is the sum of the file's numbers over the municipalities that make the zone on the file's day and
    over the ages of the band. Nothing is estimated, moved to another day, or rounded. These are counts of a public
    register, not of respondents, so that small cells are not hidden. The register has no origin: nationality is not that.

    References
    ----------
    Statbel (Statistics Belgium), Population by place of residence, nationality, marital status, age and sex, open data.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"refnis": "44021", "sex": ["F", "M", "F", "M"], "age": [17, 18, 40, 80], "population": [5, 6, 7, 8]})
    >>> made_up = Population(people, "2030-01-01", status="invented")
    >>> zone_margins("Ghent", made_up, by=["sex", "age"], age_bands=["18-64", "65+"]).to_frame()[["variable", "category", "population"]]
      variable category  population
    0      sex        F         7.0
    1      sex        M        14.0
    2      age    18-64        13.0
    3      age      65+         8.0
    """
    wanted = _margins_asked(by)
    bands = _bands(age_bands, ages, asked=any("age" in variables for variables in wanted))
    if not isinstance(population, (Population, str, Path)):
        message = f"The `population` argument of `{_WHERE}` must be what `read_population` gave, or a path."
        raise DesignError(f"{message} Got {type(population).__name__}.")
    found = population if isinstance(population, Population) else read_population(population)
    place = zone_of(zone, registry)
    people = _people(place, found, bands, wanted)
    status = max((found.status, *(one.status for one in people.parts)), key=STATUS_BY_TRUST.index)
    margins = [_margin(people, variables, found, status) for variables in wanted]
    return Margins(tuple(margins), notes=_notes(place, people.parts, found, bands, wanted))


@dataclass(frozen=True, slots=True)
class _People:
    """The people of a zone: the rows of the file that count them, the categories that each variable can have, the parts."""

    frame: pd.DataFrame
    categories: Mapping[str, Sequence[str]]
    parts: tuple[Municipality, ...]


def _margins_asked(by: str | Iterable[str | tuple[str, ...]]) -> list[tuple[str, ...]]:
    listed: list[Any] = [by] if isinstance(by, str) else list(by) if isinstance(by, Iterable) else []
    wanted = [
        parts_of(one) if isinstance(one, str) else tuple(one) for one in listed if isinstance(one, (str, tuple, list))
    ]
    for name in (name for variables in wanted for name in variables):
        if name not in VARIABLES:
            raise DesignError(unknown_word("`by` argument", name, VARIABLES, f"`{_WHERE}`"))
    if not wanted or len(wanted) < len(listed) or any(len(set(variables)) < len(variables) for variables in wanted):
        raise DesignError(f"The `by` argument of `{_WHERE}` must name margins, each variable once. Got {by!r}.")
    if len({frozenset(variables) for variables in wanted}) < len(wanted):
        raise DesignError(f"The `by` argument of `{_WHERE}` names a margin twice. Got {listed!r}.")
    return wanted


def _bands(given: Iterable[str] | None, ages: tuple[int, int | None] | None, *, asked: bool) -> tuple[AgeBand, ...]:
    """Return the bands to count; where age is no margin that is asked for, one band of all ages does."""
    whole = None if ages is None else _whole(ages)
    if whole is not None and given is None and not asked:
        return (whole,)
    bands = age_bands_of(ADULT_BANDS if given is None else given, _WHERE)
    if whole is not None and given is None:
        bands = tuple(band for band in (_cut(band, whole) for band in bands) if band is not None)
        if not bands or bands[0].lowest != whole.lowest:
            message = (
                f"The usual bands begin at {ADULT_BANDS[0].partition('-')[0]} years, and `ages` at {whole.lowest}."
            )
            raise DesignError(f"{message} Name the bands: `age_bands=['{whole.lowest}-29', '30+']`.")
    covered = AgeBand(bands[0].lowest, bands[-1].highest)
    if whole is not None and covered != whole:
        message = f"`age_bands` cover the ages {covered}, and `ages` asks for {whole}."
        raise DesignError(f"{message} Leave `ages` out, or make them agree.")
    for band in bands:
        if band.highest is not None and band.highest >= OLDEST_COUNTED:
            message = f"The band {band} cannot be counted: the files put all from {OLDEST_COUNTED} years on together."
            raise DesignError(f"{message} Write '{band.lowest}+'.")
    return bands


def _whole(ages: Any) -> AgeBand:
    pair = tuple(ages) if isinstance(ages, (tuple, list)) else ()
    whole = len(pair) == 2 and all(
        isinstance(age, int) and not isinstance(age, bool) for age in pair if age is not None
    )
    if not whole or pair[0] is None or not 0 <= pair[0] <= (OLDEST if pair[1] is None else pair[1]) <= OLDEST:
        message = f"The `ages` argument of `{_WHERE}` must be the lowest and the highest age, such as (18, None)."
        raise DesignError(f"{message} Got {ages!r}.")
    return AgeBand(*pair)


def _cut(band: AgeBand, whole: AgeBand) -> AgeBand | None:
    tops = [top for top in (band.highest, whole.highest) if top is not None]
    top, bottom = min(tops, default=None), max(band.lowest, whole.lowest)
    return None if top is not None and top < bottom else AgeBand(bottom, top)


def _people(
    place: PoliceZone, population: Population, bands: tuple[AgeBand, ...], wanted: Sequence[tuple[str, ...]]
) -> _People:
    parts = place.on(population.date)
    if not parts:
        message = f"No municipality of the zone {place.name!r} is known on {population.date}."
        raise DesignError(
            f"{message} `list_zones` says from when to when rows hold; add one: `registry='my-zones.csv'`."
        )
    _check_municipalities(place, parts, population)
    if any("nationality" in variables for variables in wanted) and not population.has_nationality:
        message = f"The population of {population.date} has no nationality, so that it cannot be a margin."
        raise DesignError(f"{message} Give a file with the column CD_NATLTY, or leave it out of `by`.")
    rows = population.of(one.nis for one in parts)
    labelled = rows.assign(age=band_ages(rows["age"].to_numpy(), bands), municipality=rows["refnis"])
    kept = labelled[labelled["age"].notna()]
    if not kept["population"].sum() > 0:
        raise DesignError(
            f"Nobody of the ages asked for lives in the zone {place.name!r}, by the file of {population.date}."
        )
    categories = {
        "sex": ("F", "M"), "age": tuple(str(band) for band in bands), "nationality": ("BEL", "ETR"),
        "municipality": tuple(one.nis for one in parts),
    }  # fmt: skip
    return _People(kept, categories, parts)


def _check_municipalities(place: PoliceZone, parts: Sequence[Municipality], population: Population) -> None:
    there = set(population.municipalities)
    missing = [f"{one.name} ({one.nis})" for one in parts if one.nis not in there]
    if missing:
        message = (
            f"The population of {population.date} has no people in {', '.join(missing)}, of the zone {place.name!r}."
        )
        hint = (
            "A file of Statbel holds all municipalities of its year: was it cut, or did this one merge and change its code? "
            "Then add rows with `valid_from` and `valid_until` to a list of your own: `registry='my-zones.csv'`."
        )
        raise DesignError(f"{message} {hint}")


def _margin(people: _People, variables: tuple[str, ...], population: Population, status: MarginStatus) -> Margin:
    cells = list(itertools.product(*(people.categories[name] for name in variables)))
    sums: Any = people.frame.groupby(list(variables), observed=True)["population"].sum()
    counted = {key if isinstance(key, tuple) else (key,): float(number) for key, number in sums.items()}
    numbers = np.array([counted.get(cell, 0.0) for cell in cells])
    source = "made up" if population.simulated else population.source
    return Margin(variables, tuple(cells), numbers, source=source, date=population.date, status=status)


def _notes(
    place: PoliceZone, parts: Sequence[Municipality], population: Population, bands: tuple[AgeBand, ...], wanted: Any
) -> tuple[str, ...]:
    covered = AgeBand(bands[0].lowest, bands[-1].highest)
    which = ", ".join(one.name for one in parts)
    notes = [f"Police zone {place.name} ({place.code}): {which}; people aged {covered} on {population.date}."]
    notes.append(population.attribution)
    if any(one.status != "verified" for one in parts):
        notes.append(f"Which municipalities make the zone {place.name} on that day was not verified.")
    notes += [one.note for one in parts if one.note]
    if any("nationality" in variables for variables in wanted):
        notes.append(
            "Nationality is what the register holds: people of foreign origin who are Belgian count as Belgian."
        )
    return tuple(dict.fromkeys(notes))
