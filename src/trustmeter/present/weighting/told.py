"""What pictures, tables and pages read out of results of weighting: margins by category, and their words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

import pandas as pd

from trustmeter.population.margins import CROSS, parts_of
from trustmeter.population.registry import zones_of
from trustmeter.present.phrases import Phrases
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting

Found: TypeAlias = Representation | Weighting

SIDES = {Representation: ("unweighted", "weighted"), Weighting: ("before", "after")}
"""Kind of result → the terms under which it holds shares, those without weights first."""
GUIDE = 0.1
"""A standardised difference up to this counts as small, by a rule of thumb."""
_BAND = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One category of one margin, in one wave.

    Parameters
    ----------
    label
        As the margins call it.
    target
        Its share of the population.
    shares, gaps
        By term: its share of those who answered, and the standardised difference from the population.
    n
        How many answered; not a number where that is not told.
    hidden
        Whether its shares are hidden.
    """

    label: str
    target: float
    shares: Mapping[str, float] = field(default_factory=dict)
    gaps: Mapping[str, float] = field(default_factory=dict)
    n: float = math.nan
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class MarginRows:
    """One margin in one wave."""

    name: str
    wave: str
    rows: tuple[CategoryRow, ...]

    @property
    def people(self) -> float:
        """How many answered the question; not a number where that is not told."""
        counted = [row.n / share for row in self.rows for share in list(row.shares.values())[:1] if share > 0]
        told = [one for one in counted if math.isfinite(one)]
        return round(told[0]) if told else math.nan


def sides_of(found: Found) -> tuple[str, ...]:
    """Return the terms under which a result holds shares, those that are there."""
    there = set(found.table["term"])
    return tuple(term for kind, terms in SIDES.items() if isinstance(found, kind) for term in terms if term in there)


def margins_in(found: Found) -> list[MarginRows]:
    """Return every margin of every wave."""
    table = found.table
    if not {"item", "group"} <= set(table.columns):
        return []
    waves = table["wave"] if "wave" in table else pd.Series("", index=table.index)
    asked = table[(table["group"] != "") & (table["item"] != "")].assign(wave=waves)
    return [
        MarginRows(str(item), str(wave), tuple(_category(str(label), part) for label, part in rows.groupby("group", sort=False)))
        for (wave, item), rows in asked.groupby(["wave", "item"], sort=False)
    ]  # fmt: skip


def _category(label: str, part: pd.DataFrame) -> CategoryRow:
    lines: dict[str, Any] = {str(line["term"]): line for line in part.to_dict("records")}
    target = lines.pop("target")
    hidden = any(bool(line["suppressed"]) for line in lines.values())
    shares = {term: float(line["estimate"]) for term, line in lines.items()}
    gaps = {term: float(line["statistic"]) for term, line in lines.items()}
    counts = [line["n"] for line in lines.values() if not pd.isna(line.get("n"))]
    return CategoryRow(label, float(target["estimate"]), shares, gaps, float(counts[0]) if counts else math.nan, hidden)


def waves_in(margins: Sequence[MarginRows]) -> list[str]:
    """Return the waves, in the order of the result."""
    return list(dict.fromkeys(one.wave for one in margins))


def variable_told(name: str, phrases: Phrases) -> str:
    """Return what a margin is called: ``"Age × sex"`` of ``"age x sex"``."""
    told = [phrases.say_or(f"margins.variable.{part.lower()}", part) for part in parts_of(name)]
    return " × ".join(
        [told[0], *(word[:1].lower() + word[1:] if phrases.language != "de" else word for word in told[1:])]
    )


def margins_told(names: Sequence[str], phrases: Phrases) -> str:
    """Return margins within a sentence: ``"sex and age"``."""
    told = [variable_told(name, phrases) for name in names]
    return phrases.join(told if phrases.language == "de" else [word[:1].lower() + word[1:] for word in told])


def category_told(variable: str, label: str, phrases: Phrases) -> str:
    """Return what a category is called: women, ages with a dash, a municipality by its name."""
    variables, parts = parts_of(variable), label.split(CROSS)
    if len(variables) != len(parts):
        return label
    return " × ".join(_part_told(name.lower(), part, phrases) for name, part in zip(variables, parts, strict=True))


def _part_told(variable: str, part: str, phrases: Phrases) -> str:
    if variable == "municipality":
        return _municipalities(phrases.language).get(part, part)
    band = _BAND.fullmatch(part)
    if band:
        return f"{band[1]}–{band[2]}"
    return phrases.say_or(f"margins.category.{variable}.{part.lower()}", part)


@cache
def _municipalities(language: str) -> Mapping[str, str]:
    """Return municipalities by their NIS code, in Dutch or French where the language is one of them."""
    named = {}
    for zone in zones_of():
        for one in zone.municipalities:
            own = {"fr": one.name_fr, "nl": one.name_nl}.get(language, "")
            named[one.nis] = own or one.name
    return named


def cost_of(found: Found, wave: str, term: str) -> float:
    """Return a number that says how unequal the weights of a wave are; not a number where there is none."""
    table = found.table
    rows = table["term"] == term
    if "wave" in table:
        rows &= table["wave"] == wave
    values = table.loc[rows, "estimate"]
    return float(values.iloc[0]) if len(values) else math.nan


def people_of_waves(found: Weighting) -> dict[str, int]:
    """Return how many people each wave has."""
    from trustmeter.weighting.layout import waves_of

    names, wave = waves_of(found.answers, "plot")
    return {name: int((wave == at).sum()) for at, name in enumerate(names)}


def in_wave(wave: str, told: str, phrases: Phrases) -> str:
    """Return a sentence with its wave before it, where there are several."""
    return phrases.say("margins.in_wave", wave=wave, told=told) if wave else told


def gap_told(gap: float, phrases: Phrases) -> str:
    """Return a standardised difference; of a category that nobody should be in, that it is beyond all measure."""
    return "∞" if math.isinf(gap) else phrases.number(gap, 2, signed=True)
