"""Whom answers speak for, in rows and sentences for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

import trustmeter as tm
from trustmeter.results import Result

HEADINGS = ("category", "lives there", "answered", "weighted", "people")
_HIDDEN = "hidden"
_HALF = 2.0
"""With a design effect above this, weights cost more than half of what the answers tell."""


def rows_of(found: Result, sides: Sequence[str]) -> list[list[str]]:
    """Return a row a category: its share of the population and, by each of `sides`, of those who answered.

    Margins stand under each other, each below its name; with several waves each wave by itself.
    """
    table = found.table
    table = table[table["item"].fillna("").ne("") & table["group"].fillna("").ne("")]
    waves = table["wave"].fillna("") if "wave" in table else pd.Series("", index=table.index)
    rows: list[list[str]] = []
    for (wave, margin), part in table.groupby([waves, "item"], sort=False):
        rows.append([f"{margin}, {wave}" if wave else str(margin), *[""] * (len(sides) + 2)])
        rows += [_row(str(label), lines, sides) for label, lines in part.groupby("group", sort=False)]
    return rows


def _row(label: str, lines: pd.DataFrame, sides: Sequence[str]) -> list[str]:
    by_term = lines.set_index("term")
    answered = by_term.loc[list(sides)]
    shares = [_HIDDEN if pd.isna(share) else f"{share:.1%}" for share in answered["estimate"]]
    n = answered["n"].iloc[0] if "n" in answered else None
    people = _HIDDEN if n is None or pd.isna(n) else f"{int(n)}"
    target = lines.loc[lines["term"] == "target", "estimate"].iloc[0]
    return [f"  {label}", f"{target:.1%}", *shares, people]


def costly(weighted: tm.Weighting) -> list[str]:
    """Return a plain warning for each wave of which the weights cost more than half."""
    table = weighted.table
    rows = table[(table["term"] == "design_effect") & (table["estimate"] > _HALF)]
    waves = list(rows["wave"].fillna("")) if "wave" in rows else [""] * len(rows)
    heads = [f"Wave {name}: the" if (name := str(wave)) else "The" for wave in waves]
    return [
        f"{head} weights cost more than half of what the answers tell. Those who answered are too unlike those who live there: put "
        "categories together, or say whom the answers speak for and leave them unweighted."
        for head in heads
    ]


def sources(known: tm.Margins) -> list[str]:
    """Return where each margin is from, unless its notes say so."""
    told = " ".join(known.notes)
    named = dict.fromkeys((one.source, one.date, str(one.status)) for one in known if one.source)
    return [
        f"Who lives there is from: {', '.join(part for part in source if part)}."
        for source in named
        if f"Source: {source[0]}" not in told
    ]
