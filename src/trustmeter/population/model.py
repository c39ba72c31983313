"""Who lives where: numbers of people by municipality, sex, nationality and age, on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from trustmeter.options import MarginStatus

OLDEST_COUNTED = 100
"""The last age of the official files stands for this age and all above."""


@dataclass(frozen=True, eq=False, repr=False)
class Population:
    """How many people live in each municipality, by sex, nationality and age.

    Parameters
    ----------
    frame
        One row a group of people: ``refnis sex nationality age population``; without ``nationality`` where the file had none.
        ``refnis`` is the municipality's NIS code as text.
    date
        Of what day the numbers are: ``"2015-01-01"``.
    source
        Who counted.
    names
        The names of each municipality, by NIS code, as they stand in the file.
    status
        How far the numbers may be trusted.
    """

    frame: pd.DataFrame
    date: str
    source: str = "Statbel"
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: MarginStatus = "verified"

    @property
    def total(self) -> int:
        """How many people there are in all."""
        return int(self.frame["population"].sum())

    @property
    def municipalities(self) -> tuple[str, ...]:
        """The NIS codes of the municipalities."""
        return tuple(str(code) for code in sorted(self.frame["refnis"].unique()))

    @property
    def has_nationality(self) -> bool:
        """Whether Belgians and others are counted apart."""
        return "nationality" in self.frame

    @property
    def simulated(self) -> bool:
        """Whether the numbers were made up."""
        return self.status == "invented"

    @property
    def attribution(self) -> str:
        """The sentence by which the source asks to be named."""
        if self.simulated:
            return f"Made-up numbers of people, {self.date}."
        if self.source != "Statbel":
            return f"Source: {self.source}, population on {self.date}."
        what = "population by place of residence, nationality, marital status, age and sex"
        return f"Source: Statbel (Statistics Belgium), {what}, on {self.date}; open data, used under Statbel's open data licence."

    def of(self, codes: Any) -> pd.DataFrame:
        """Return the rows of the municipalities with these NIS codes."""
        return self.frame[self.frame["refnis"].isin(list(codes))]

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        count = len(self.municipalities)
        places = "1 municipality" if count == 1 else f"{count} municipalities"
        return f"Population({self.total:,} people in {places} on {self.date}; {'made up' if self.simulated else self.source})"
