"""What `check_quality` hands back: shares by item, shares of people who show a sign, and the flags behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.responses.flags import Flags
from trustmeter.responses.model import MISSING_KINDS
from trustmeter.responses.quality.rules import RULES
from trustmeter.results import Result, printable

ITEM_TERMS: tuple[str, ...] = ("answered", *MISSING_KINDS)
"""What can become of a question, in the order of the numbers in `Responses.missing`."""

NON_ANSWERS: tuple[str, ...] = ("blank", "dont_know", "refused")
"""What counts as missing: asked, applicable, and no answer in substance."""

MISSING_SHOWN = 0.10
"""Items with more missing than this are named in the summary."""

_ITEMS_SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class QualityReport(Result):
    """What is missing in answers and why, item by item, and signs of careless or repeated answering, wave by wave.

    Parameters
    ----------
    flags
        The same signs row by row, for ``answers.without(report.flags, rules=...)``.
    """

    title: ClassVar[str] = "Answer quality"

    flags: Flags

    def missing_by_item(self) -> pd.DataFrame:
        """Return one row an item, for pictures and tables.

        Returns
        -------
        DataFrame
            ``item``, ``n`` (those asked), the shares ``answered not_asked blank dont_know refused not_applicable``, and
            ``missing``: blank, don't know and refused together. Shares are ``nan`` where hidden; all but ``not_asked``
            are out of `n`. Where 1 to 4 people were not asked, `n` and what they add to ``missing`` include them.
        """
        rows = self.table[self.table["item"] != ""]
        wide = rows.pivot(index="item", columns="term", values="estimate").reindex(columns=list(ITEM_TERMS))
        wide = wide.loc[rows["item"].drop_duplicates().to_numpy()]
        asked = rows[rows["term"] == "answered"].set_index("item")["n"]
        wide["missing"] = wide[list(NON_ANSWERS)].sum(axis=1, min_count=3)
        wide["missing"] = wide["missing"].fillna(1 - wide["answered"] - wide["not_applicable"])
        wide.insert(0, "n", asked.reindex(wide.index))
        return wide.rename_axis(columns=None).reset_index()

    def value(self, term: str, *, item: str = "", wave: str | None = None) -> float:
        """Return one estimate, of an item, of a wave, or of the whole; `wave` may be left out when there is one."""
        rows = (self.table["term"] == term) & (self.table["item"] == item)
        if wave is not None:
            rows &= self.table["wave"] == wave
        if rows.sum() != 1:
            found = "no" if not rows.any() else "more than one"
            raise DesignError(f"This quality report has {found} row for term {term!r}. Name the item or the wave.")
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def _summary_parts(self) -> list[str]:
        mark, head, _, notes = super()._summary_parts()
        return [mark, head, *self._people(), *self._items(), notes]

    def _people(self) -> list[str]:
        """Return the signs, a row a rule, a column a wave, in percent of all rows; then what is about the whole."""
        rows = self.table[self.table["item"] == ""]
        counts = rows[rows["term"] == "rows"].set_index("wave")["estimate"].astype(int).astype(str)
        shares = rows[rows["method"].str.startswith("share")]
        words = [_percent(*pair) for pair in zip(shares["estimate"], shares["suppressed"], strict=True)]
        told = pd.DataFrame({"wave": shares["wave"].to_numpy(), "term": shares["term"].to_numpy(), "share": words})
        of_waves = told["term"].isin(RULES)
        waves = told[of_waves].pivot(index="term", columns="wave", values="share").reindex(columns=counts.index)
        waves = waves.reindex([rule for rule in RULES if rule in waves.index]).fillna("")
        signs = pd.concat([counts.to_frame("rows").T, waves]).rename_axis(None, axis=1)
        signs.columns = [str(wave) or "share" for wave in signs.columns]
        signs.insert(0, "sign", signs.index)
        whole = told[~of_waves & (told["share"] != "0.0 %")]
        return [
            printable(signs.reset_index(drop=True)),
            *(f"{rule}: {self.flags.rules[str(rule)]}" for rule in waves.index if rule in self.flags.rules),
            *(
                f"{term}: {share}{'' if share == 'hidden' else ' of the rows read'}"
                for term, share in zip(whole["term"], whole["share"], strict=True)
            ),
        ]

    def _items(self) -> list[str]:
        """Return the items with most missing, in percent of those asked."""
        every = self.missing_by_item()
        known = every["missing"].fillna(every[list(NON_ANSWERS)].sum(axis=1))
        worst = every.loc[known[known > MISSING_SHOWN].sort_values(ascending=False, kind="stable").index]
        rule = f"more than {100 * MISSING_SHOWN:.0f} % missing (blank, don't know or refused, of those asked)"
        if worst.empty:
            return [f"No item has {rule}."]
        shown = worst.head(_ITEMS_SHOWN)
        table = pd.DataFrame({"item": shown["item"], "n": shown["n"].astype(str)})
        for term in ("missing", *NON_ANSWERS):
            table[term] = [_percent(share, bool(np.isnan(share))) for share in shown[term]]
        more = f"; the first {_ITEMS_SHOWN}" if len(worst) > _ITEMS_SHOWN else ""
        return [f"{len(worst)} of {len(every)} items with {rule}{more}:", printable(table)]


def _percent(share: float, hidden: bool) -> str:
    if hidden:
        return "hidden"
    return "" if np.isnan(share) else f"{100 * share:.1f} %"
