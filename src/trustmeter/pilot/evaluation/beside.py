"""The answer with and without the population's margins, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from trustmeter.pilot.change.meaning import Verdict
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.results import Result, plain

UNWEIGHTED, WEIGHTED = "unweighted", "weighted"
"""The two answers, as the column ``group`` calls them."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class WeightedBeside(Result):
    """One comparison twice: as it was declared, and with weights that bring each wave to the population's margins.

    Parameters
    ----------
    unweighted
        The comparison as declared; where the design names weights, with these.
    weighted
        The same people, scores and analysis, with weights that meet the margins.
    sentences
        Scale → one plain sentence on what the weights do to its answer.

    Notes
    -----
    The table holds two rows a scale, ``unweighted`` and ``weighted`` under ``group``: the row that the verdict speaks of.
    """

    title: ClassVar[str] = "With and without weights"

    unweighted: Comparison
    weighted: Comparison
    sentences: Mapping[str, str]

    @property
    def verdicts(self) -> dict[str, tuple[Verdict, Verdict]]:
        """Scale → its verdict without weights and with them."""
        return {scale: (one, self.weighted.verdicts[scale]) for scale, one in self.unweighted.verdicts.items()}

    @property
    def differing(self) -> tuple[str, ...]:
        """The scales whose verdict is another with weights."""
        return tuple(scale for scale, (one, other) in self.verdicts.items() if one != other)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts and sentences included."""
        verdicts = {scale: [plain(one) for one in both] for scale, both in self.verdicts.items()}
        return {**super().to_dict(), "verdicts": verdicts, "sentences": dict(self.sentences)}


def rows_beside(unweighted: Comparison, weighted: Comparison) -> list[dict[str, Any]]:
    """Return two rows a scale: without weights, and with them."""
    rows = []
    for scale in unweighted.verdicts:
        for name, found in ((UNWEIGHTED, unweighted), (WEIGHTED, weighted)):
            row = question_row(found.table[found.table["scale"] == scale])
            kept = {str(key): value for key, value in row.items() if key not in {"wave", "group"}}
            rows.append({**kept, "group": name})
    return rows
