"""Bands of age: ``"18-24"``, ``"65+"``; and which band a person's age falls into."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.errors import DesignError

OLDEST = 130
"""No age is beyond this."""

ADULT_BANDS = ("18-29", "30-44", "45-59", "60-74", "75+")
"""The bands of adults that are used when none are named: those of the questionnaires of this library."""

_BAND = re.compile(r"\s*(\d{1,3})\s*(?:(\+)|[-\u2010-\u2014]\s*(\d{1,3}))?\s*")


@dataclass(frozen=True, slots=True)
class AgeBand:
    """People from one age to another, both counted in.

    Parameters
    ----------
    lowest
        The youngest age in completed years.
    highest
        The oldest; ``None`` for no upper bound.

    Examples
    --------
    >>> str(AgeBand(18, 24)), str(AgeBand(65, None)), str(AgeBand(40, 40))
    ('18-24', '65+', '40')
    """

    lowest: int
    highest: int | None = None

    def __str__(self) -> str:
        if self.highest is None:
            return f"{self.lowest}+"
        return str(self.lowest) if self.lowest == self.highest else f"{self.lowest}-{self.highest}"

    def __contains__(self, age: object) -> bool:
        return (
            isinstance(age, (int, float))
            and self.lowest <= age < (OLDEST if self.highest is None else self.highest) + 1
        )


def band_of(text: str) -> AgeBand | None:
    """Return the band that a text names, or ``None`` when it names none.

    Examples
    --------
    >>> band_of("18-24"), band_of("65+"), band_of("young")
    (AgeBand(lowest=18, highest=24), AgeBand(lowest=65, highest=None), None)
    """
    found = _BAND.fullmatch(text)
    if found is None:
        return None
    lowest = int(found[1])
    highest = None if found[2] else int(found[3] or lowest)
    return (
        None
        if max(lowest, highest or 0) > OLDEST or (highest is not None and highest < lowest)
        else AgeBand(lowest, highest)
    )


def age_bands_of(bands: Iterable[str | tuple[int, int | None]], where: str) -> tuple[AgeBand, ...]:
    """Return bands in the order of age; refuse what is no band, and bands that overlap or leave ages out.

    Parameters
    ----------
    bands
        Texts such as ``"18-24"`` and ``"65+"``, or pairs of the lowest and the highest age.
    where
        The public verb's name.

    Raises
    ------
    DesignError
        When a band cannot be read, two share an age, or an age between two is in none.
    """
    listed: list[Any] = [bands] if isinstance(bands, str) else list(bands) if isinstance(bands, Iterable) else []
    found = [band_of(one) if isinstance(one, str) else _pair(one) for one in listed]
    unread = [one for one, band in zip(listed, found, strict=True) if band is None]
    if unread or not found:
        message = f"The `age_bands` argument of `{where}` must hold bands such as '18-24' and '65+'."
        raise DesignError(f"{message} Got {unread[0] if unread else bands!r}.")
    ordered = sorted((band for band in found if band is not None), key=lambda band: band.lowest)
    for one, after in itertools.pairwise(ordered):
        if one.highest is None or after.lowest <= one.highest:
            raise DesignError(f"The bands {one} and {after} share ages. Each age must fall into one band.")
        if after.lowest > one.highest + 1:
            raise DesignError(f"Between {one} and {after} there are ages that fall into no band. Add a band for them.")
    return tuple(ordered)


def _pair(given: Any) -> AgeBand | None:
    whole = isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], int)
    return band_of(str(AgeBand(*given))) if whole else None


def band_ages(ages: Any, bands: Sequence[str | AgeBand]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return the band of each age as text: ``None`` where the age is unknown or in no band.

    Parameters
    ----------
    ages
        Ages in years; a missing age may be a missing number. Parts of a year are cut off: who is 24.9 is 24.
    bands
        Bands, or their texts; the texts come back as they are given.

    Examples
    --------
    >>> band_ages([17, 18, 24, 70], ["18-24", "25-64", "65+"]).tolist()
    [None, '18-24', '18-24', '65+']
    """
    numbers = np.floor(np.asarray(ages, dtype=float))
    labels = np.full(numbers.shape, None, dtype=object)
    for one in bands:
        band = one if isinstance(one, AgeBand) else band_of(one)
        if band is None:
            raise DesignError(f"{one!r} is no band of ages. Write bands such as '18-24' and '65+'.")
        inside = (numbers >= band.lowest) & (numbers <= (OLDEST if band.highest is None else band.highest))
        labels[inside] = str(one)
    return labels
