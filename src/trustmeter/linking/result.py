"""What linking two waves gives: how well it went, and the answers of both under new random names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from trustmeter.errors import DesignError
from trustmeter.responses.model import Responses
from trustmeter.results import Result


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class WaveLinks(Result):
    """How well two waves were linked, and their answers under new random names.

    Parameters
    ----------
    linked
        Both waves, one under the other; see `answers`.
    waves
        The names of the two waves.
    elements
        What made the code.
    conf_level
        Of the intervals.
    """

    title: ClassVar[str] = "Waves linked without names"

    linked: Responses
    waves: tuple[str, str]
    elements: tuple[str, ...]
    conf_level: float

    def answers(self) -> Responses:
        """Return the answers of both waves: linked people bear the same random name, all others one of their own.

        The elements of the code and the former respondents' names are no longer in them; rows are in random order.
        """
        return self.linked

    def value(self, term: str, *, wave: str = "", item: str = "") -> float:
        """Return one estimate; ``nan`` where it is hidden."""
        rows = (self.table["term"] == term) & (self.table["wave"] == wave) & (self.table["item"] == item)
        if rows.sum() != 1:
            message = f"These links have no row for term {term!r} of wave {wave!r} and element {item!r}."
            raise DesignError(f"{message} Terms: {', '.join(dict.fromkeys(self.table['term']))}.")
        return float(self.table.loc[rows, "estimate"].iloc[0])
