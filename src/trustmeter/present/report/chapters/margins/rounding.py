"""What a report shows of weighting: shares and costs so far rounded that no few people can be worked out from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pandas as pd

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.present.report.chapters.gate import held
from trustmeter.responses.labels import row_labels
from trustmeter.results import Result
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting

Kind = TypeVar("Kind", bound=Result)

STEPS = (0.01, 0.02, 0.05, 0.1)
"""What shares are rounded to: the first of these that is worth as many people as a cell must have to be shown."""
HEAVIEST = (1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
"""Bounds below which the largest weight is said to lie."""

_SIDES = ("unweighted", "weighted", "before", "after")
_KEPT = ("design_effect", "n_effective", "largest_weight")
_TELLING = ("Unequal weights alone", "A few people weigh much")
_MET = 5e-7


def rounded(result: Kind, change: Comparison, rule: DisclosureRule) -> Kind:
    """Return a result of weighting as a report may show it; any other result as it is.

    A share that is rounded to at least as many people as a cell must have leaves as many counts possible, zero or enough people among
    them, whatever it is held against: other shares, the people of a subgroup, those who have a score.
    """
    made: Any = result
    if isinstance(result, WeightedBeside):
        table = result.table.drop(columns="n_effective", errors="ignore")
        notes = tuple(note for note in result.notes if not _tells(note) and note not in set(result.sentences.values()))
        made = replace(result, table=table, notes=notes, weighted=held(result.weighted, rule))
    elif isinstance(result, (Representation, Weighting)):
        people = people_by_wave(change)
        notes = tuple(note for note in result.notes if not _tells(note))
        made = replace(result, table=_table(result.table, people, rule), notes=notes)
    kind: Kind = made
    return kind


def people_by_wave(change: Comparison) -> dict[str, int]:
    """Return how many people of each wave are compared; all under an empty name where there are no waves."""
    answers = change.scores.answers
    if answers.roles.wave is None:
        return {"": len(answers)}
    counts = row_labels(answers.frame[answers.roles.wave]).value_counts()
    return {str(wave): int(count) for wave, count in counts.items()}


def steps_of(change: Comparison, rule: DisclosureRule) -> dict[str, float]:
    """Return what shares of each wave are rounded to; a wave with too few people is not in it."""
    steps = {wave: step_of(n, rule) for wave, n in people_by_wave(change).items()}
    return {wave: step for wave, step in steps.items() if step is not None}


def step_of(n: int, rule: DisclosureRule) -> float | None:
    """Return what shares of `n` people are rounded to; ``None`` where they are too few for any."""
    return next((step for step in STEPS if step * n >= rule.show), None)


def _tells(note: str) -> bool:
    """Whether a note tells the cost of weights unrounded."""
    return note.startswith(_TELLING)


def _table(table: pd.DataFrame, people: Mapping[str, int], rule: DisclosureRule) -> pd.DataFrame:
    rows, targets = [], _targets(table)
    for line in table.to_dict("records"):
        row: dict[str, Any] = {str(name): value for name, value in line.items()}
        n = people.get(str(row.get("wave", "")), min(people.values(), default=0))
        step, term = step_of(n, rule), row["term"]
        if term == "target":
            rows.append(row)
        elif term in _SIDES:
            rows.append(_share(row, targets[_place(row)], step))
        elif term in _KEPT and step is not None:
            rows.append({**row, "estimate": _cost(term, float(row["estimate"]))})
    made = pd.DataFrame(rows, columns=table.columns)
    return made.astype({name: kind for name, kind in table.dtypes.items() if name in {"n", "suppressed"}})


def _targets(table: pd.DataFrame) -> dict[tuple[str, ...], float]:
    there = table[table["term"] == "target"].to_dict("records")
    return {_place(row): float(row["estimate"]) for row in there}


def _place(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name, "")) for name in ("item", "group", "wave"))


def _share(row: dict[str, Any], target: float, step: float | None) -> dict[str, Any]:
    share = float(row["estimate"])
    if step is None or row["suppressed"] or not math.isfinite(share):
        return {**row, "estimate": math.nan, "statistic": math.nan, "n": pd.NA, "suppressed": True}
    told = target if row["term"] in {"after", "weighted"} and abs(share - target) < _MET else round(share / step) * step
    spread = math.sqrt(target * (1 - target))
    gap = (told - target) / spread if spread > 0 else math.nan
    return {**row, "estimate": told, "statistic": gap, "n": pd.NA}


def _cost(term: str, value: float) -> float:
    if term == "design_effect":
        return round(value, 1)
    if term == "n_effective":
        return 5.0 * round(value / 5)
    return next((bound for bound in HEAVIEST if value <= bound), math.inf)
