"""What a safe table tells: its rows in the vocabulary, its notes, and its log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.disclosure.crossing import TOTAL, Crossed
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.stats.disclosure.primary import COMPLEMENTARY, DOMINANCE, P_PERCENT, THRESHOLD
from trustmeter.stats.disclosure.suppression import SuppressedTable

REASONS = {
    THRESHOLD: "threshold",
    DOMINANCE: "dominance",
    P_PERCENT: "p%",
    COMPLEMENTARY: "complementary",
}
"""The words of the log; those of the tools for output checking."""
FEW_IN_ROW = "threshold of people in the row"
UNTOLD = "threshold or complementary"
"""The reason where telling which of both would give a count away."""

LOG_STAYS = "The log says why cells are hidden. It is for those who answer for the table; it is not published with it."


@dataclass(frozen=True, eq=False, slots=True)
class Figures:
    """The figures of a table before they are put into words.

    Parameters
    ----------
    variables
        What is crossed.
    safe
        What is hidden, and why.
    cells
        The counts as shown (rounded where asked), ``nan`` where hidden.
    means
        The means, ``nan`` where hidden; ``None`` in a table of counts.
    value
        What the means are of.
    base
        The true counts with margins; never told, but for which rows are about too few people.
    left_out
        How many rows lack a category or a value.
    """

    variables: Sequence[Crossed]
    safe: SuppressedTable
    cells: NDArray[np.float64]
    means: NDArray[np.float64] | None
    value: str
    base: NDArray[np.float64]
    left_out: int = 0

    def places(self) -> Iterator[tuple[int, ...]]:
        """Return the place of every cell."""
        return iter(np.ndindex(self.cells.shape))

    def heads(self, place: tuple[int, ...]) -> dict[str, str]:
        """Return a cell's categories under the columns of the vocabulary."""
        listed = [(*variable.categories, TOTAL)[at] for variable, at in zip(self.variables, place, strict=True)]
        return dict(zip(("group", "term"), listed, strict=False))


def told_rows(figures: Figures) -> list[dict[str, Any]]:
    """Return the rows of the tidy table: counts and shares of the row, or means."""
    means = figures.means
    if means is not None:
        return [
            _line(figures, place, method="mean", estimate=means[place], n=figures.cells[place])
            for place in figures.places()
        ]
    counted, shared = [], []
    for place in figures.places():
        row = (*place[:1], -1) if len(place) > 1 else (-1,)
        base, count = figures.cells[row], figures.cells[place]
        counted.append(_line(figures, place, method="count", estimate=count, n=base))
        share, method = count / base if base else np.nan, "share of row" if len(place) > 1 else "share"
        hidden = bool(np.isnan(base) or np.isnan(count))
        shared.append({**_line(figures, place, method=method, estimate=share, n=base), "suppressed": hidden})
    return [*counted, *shared]


def log_frame(figures: Figures, rule: DisclosureRule) -> pd.DataFrame:
    """Return the disclosure log: one row a hidden cell, with its categories and why; no number."""
    few = _few_rows(figures, rule)
    lines = []
    for place in figures.places():
        code = int(figures.safe.reasons[place])
        if not code:
            continue
        margin = any(at == length - 1 for at, length in zip(place, figures.cells.shape, strict=True))
        why = REASONS[code] if figures.safe.reasons_safe or code in {DOMINANCE, P_PERCENT} else UNTOLD
        if place[0] in few and not margin:
            why = FEW_IN_ROW
        lines.append({**figures.heads(place), "cell": "margin" if margin else "inner", "reason": why})
    return pd.DataFrame(lines, columns=[*(("group", "term")[: len(figures.variables)]), "cell", "reason"])


def told_notes(figures: Figures, rule: DisclosureRule, waves: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the sentences that travel with the table; `waves` are those that it crosses."""
    few = rule.publish if figures.means is not None else rule.show
    what = "Means about fewer than" if figures.means is not None else "Counts above zero and below"
    notes = [f"{what} {few} people are hidden, and others with them so that none can be worked out."]
    hidden, cells = int(figures.safe.hidden.sum()), figures.safe.hidden.size
    notes.append(f"{hidden} of {cells} cells are hidden, margins included." if hidden else "Nothing had to be hidden.")
    if _few_rows(figures, rule):
        notes.append(f"Rows about fewer than {rule.publish} people show no more than their total.")
    if not figures.safe.total_shown:
        notes.append("The number of all people is hidden, too; it must not be told elsewhere.")
    if not figures.safe.optimal:
        notes.append("The search for the fewest hidden cells ran out of time: more may be hidden than needed.")
    for variable in figures.variables:
        if variable.merged:
            notes.append(
                f"Put together as other, for being about fewer than {rule.publish} people: {', '.join(variable.merged)}."
            )
    if rule.rounding is not None:
        notes.append(f"Counts are rounded to multiples of {rule.rounding}, totals by themselves: they need not add up.")
    if hidden:
        notes.append(LOG_STAYS)
    if figures.left_out:
        notes.append(
            "Who lacks one of the answers is left out: do not set this table beside one that counts these people."
        )
    if len(waves) > 1:
        notes.append("Who answered in several waves counts once in each.")
    notes.append("Other tables about the same people can give these numbers away: hold them against each other first.")
    return tuple(notes)


def _few_rows(figures: Figures, rule: DisclosureRule) -> set[int]:
    """Return the rows all of whose cells are hidden for being about too few people."""
    if figures.means is not None or figures.base.ndim < 2:
        return set()
    total = figures.base[:, -1]
    return set(np.flatnonzero((total > 0) & (total < rule.publish)).tolist())


def _line(figures: Figures, place: tuple[int, ...], *, method: str, estimate: float, n: float) -> dict[str, Any]:
    return {
        **figures.heads(place),
        "estimate": float(estimate),
        "n": None if np.isnan(n) else int(n),
        "method": method,
        "suppressed": bool(figures.safe.hidden[place]),
    }
