"""Tables for people: who answered against who lives there, and what weights mended and cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from trustmeter.present.phrases import Phrases
from trustmeter.present.weighting.told import (
    CategoryRow,
    Found,
    MarginRows,
    category_told,
    cost_of,
    gap_told,
    margins_in,
    sides_of,
    variable_told,
    waves_in,
)
from trustmeter.questionnaire.model import Questionnaire

_SHARES = frozenset({"top_1", "top_5", "response_rate", "lowest_propensity", "beyond_overlap"})
_COSTS = (
    "design_effect", "n_effective", "largest_weight", "smallest_weight", "ratio_95_5", "top_1", "top_5", "response_rate", "auc",
    "lowest_propensity", "beyond_overlap",
)  # fmt: skip


def margins_table(found: Found, phrases: Phrases, questionnaire: Questionnaire | None = None) -> pd.DataFrame:
    """Return a row a category: its share of the population and of those who answered; below, how unequal the weights are."""
    del questionnaire
    table = shares_table(found, phrases)
    below = cost_table(found, phrases)
    if not len(below):
        return table
    say, last = phrases.say, sides_of(found)[-1:]
    place = say(f"margins.side.{last[0]}") if last else say("column.estimate")
    moved = below.rename(
        columns={say("margins.column.what"): say("margins.column.category"), say("column.estimate"): place}
    )
    moved.insert(0, say("margins.column.margin"), say("margins.weights"))
    return pd.concat([table, moved], ignore_index=True).fillna("")


def shares_table(found: Found, phrases: Phrases, *, decimals: int = 1, joined: bool = False) -> pd.DataFrame:
    """Return a row a category and wave, with shares and standardised differences; numbers of people where they are told.

    With `joined` margin and category stand in one column.
    """
    margins, sides = margins_in(found), sides_of(found)
    waves = any(waves_in(margins))
    counted = any(math.isfinite(row.n) for one in margins for row in one.rows)
    rows = [(one, row) for one in margins for row in one.rows]
    places = {key: at for at, key in enumerate(dict.fromkeys((one.name, row.label) for one, row in rows))}
    names = list(dict.fromkeys(one.name for one in margins))
    rows.sort(key=lambda pair: (names.index(pair[0].name), places[pair[0].name, pair[1].label]))
    table = pd.DataFrame([_row(one, row, sides, phrases, (waves, counted, decimals)) for one, row in rows])
    if not joined or not len(table):
        return table
    margin, category = phrases.say("margins.column.margin"), phrases.say("margins.column.category")
    pairs = zip(table[margin], table[category], strict=True)
    told = [phrases.say("margins.in_margin", margin=one, category=other) for one, other in pairs]
    return table.assign(**{category: told}).drop(columns=margin)


def _row(
    one: MarginRows, row: CategoryRow, sides: Sequence[str], phrases: Phrases, look: tuple[bool, bool, int]
) -> dict[str, str]:
    say, (waves, counted, decimals) = phrases.say, look
    cells = {
        say("margins.column.margin"): variable_told(one.name, phrases),
        say("margins.column.category"): category_told(one.name, row.label, phrases),
        **({say("column.wave"): one.wave} if waves else {}),
        say("margins.side.population"): phrases.percent(row.target, decimals),
    }
    hidden = say("cell.concealed")
    for side in sides:
        cells[say(f"margins.side.{side}")] = hidden if row.hidden else phrases.percent(row.shares[side], decimals)
    for side in sides:
        cells[say(f"margins.column.gap_{side}")] = hidden if row.hidden else gap_told(row.gaps[side], phrases)
    if counted:
        cells[say("column.n")] = phrases.whole(row.n) if math.isfinite(row.n) else hidden
    return cells


def cost_table(found: Found, phrases: Phrases, *, decimals: int = 2) -> pd.DataFrame:
    """Return a row a number that says how unequal the weights are, of each wave."""
    say, table = phrases.say, found.table
    there = table[table["term"].isin(_COSTS)]
    waves = list(dict.fromkeys(map(str, there["wave"]))) if "wave" in there else [""] * bool(len(there))
    rows = []
    for wave in waves:
        for term in _COSTS:
            value = cost_of(found, wave, term)
            if (there["term"] == term).any() and not math.isnan(value):
                cells = {say("margins.column.what"): say(f"margins.term.{term}")}
                cells |= {say("column.wave"): wave} if any(waves) else {}
                rows.append({**cells, say("column.estimate"): _told(term, value, phrases, decimals)})
    return pd.DataFrame(rows)


def _told(term: str, value: float, phrases: Phrases, decimals: int) -> str:
    if math.isinf(value):
        return "∞"
    if term in _SHARES:
        return phrases.percent(value, 1)
    return phrases.whole(value) if term == "n_effective" else phrases.number(value, decimals)
