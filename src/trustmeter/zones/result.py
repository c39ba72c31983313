"""Zones side by side, and what is sure about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.results import Result, plain, printable
from trustmeter.zones.means import PlaceMeans
from trustmeter.zones.pooling import AVERAGE, MEAN, POOLED, TAU

_SHOWN = (MEAN, POOLED, AVERAGE, TAU)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ZoneProfile(Result):
    """The mean of every zone with what is sure about it, in the order of the zones' names.

    Parameters
    ----------
    zones
        The zones shown, by name.
    everywhere
        All zones behind the average, by name.
    scales
        The scales.
    waves
        The waves; empty where the data have none.
    by
        The column that makes the zones.
    conf_level
        Level of the intervals.
    means
        Scale and wave → the means with their covariance, for `rank_zones`.
    """

    title: ClassVar[str] = "Zones side by side"

    zones: tuple[str, ...]
    everywhere: tuple[str, ...]
    scales: tuple[str, ...]
    waves: tuple[str, ...]
    by: str
    conf_level: float
    means: Mapping[tuple[str, str], PlaceMeans] = field(default_factory=dict)

    def row(self, term: str, scale: str | None = None, zone: str = "", wave: str | None = None) -> Mapping[str, Any]:
        """Return the whole row of one term (of one zone); scale and wave may be left out when there is one of each."""
        if scale is None and len(self.scales) > 1:
            raise DesignError(f"Name the scale: this profile has {len(self.scales)} scales.")
        if wave is None and len(self.waves) > 1:
            raise DesignError(f"Name the wave: this profile has {len(self.waves)} waves.")
        found = self.table[(self.table["term"] == term) & (self.table["zone"] == zone)]
        found = found[found["scale"] == (self.scales[0] if scale is None else scale)]
        if self.waves:
            found = found[found["wave"] == (self.waves[0] if wave is None else wave)]
        if found.empty:
            where = f" of zone {zone!r}" if zone else ""
            raise DesignError(f"This profile has no row {term!r}{where}. Its zones: {', '.join(self.zones)}.")
        return {str(column): value for column, value in found.iloc[0].items()}

    def value(self, zone: str = "", scale: str | None = None, wave: str | None = None, *, term: str = "") -> float:
        """Return a zone's mean, or the average over zones where no zone is named; or another `term`."""
        return float(self.row(term or (MEAN if zone else AVERAGE), scale, zone, wave)["estimate"])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values."""
        more = {"zones": self.zones, "scales": self.scales, "waves": self.waves, "by": self.by}
        return {**super().to_dict(), **{name: plain(value) for name, value in more.items()}}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        head = f"{self.title}, by {self.by!r}, {100 * self.conf_level:g} % intervals; in the order of names"
        return [mark, head, printable(self._short_table()), notes]

    def _short_table(self) -> pd.DataFrame:
        kept = self.table[self.table["term"].isin(_SHOWN)]
        columns = ("scale", "wave", "term", "zone", "estimate", "ci_low", "ci_high", "n", "suppressed")
        return kept[[name for name in columns if name in kept]]
