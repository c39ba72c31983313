"""What tables, pictures and pages read out of results: names, order, and the rows that people look at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.present.phrases import Phrases
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire, shelf_folder
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result
from trustmeter.scoring.model import Scores

COEFFICIENTS = ("alpha", "omega_total")
"""The coefficients that a picture shows side by side; others are listed."""
USUAL_TERMS = ("alpha", "alpha_standardized", "omega_total", "sem", "mdc")
"""What a reliability result holds when nothing else was asked for."""
IN_POINTS = ("sem", "mdc")
"""Rows of a reliability result that are points of the scale, not coefficients."""


@dataclass(frozen=True, slots=True)
class CoefficientRow:
    """One reliability coefficient of one scale, with its interval."""

    scale: str
    name: str
    term: str
    value: float
    low: float
    high: float
    n: int
    few: bool

    @property
    def shown(self) -> bool:
        """Whether there is a number to show; where there is none, `few` says whether that is for want of people."""
        return math.isfinite(self.value) and not self.few


def questionnaire_of(thing: object) -> Questionnaire | None:
    """Return the questionnaire behind a result: its own, or the very same one on the shelf; else ``None``."""
    answers = answers_of(thing)
    if answers is not None:
        return answers.questionnaire
    if isinstance(thing, Result) and thing.provenance.questionnaire:
        return _on_shelf(thing.provenance.questionnaire.split()[0], thing.provenance.fingerprint)
    return None


@cache
def _on_shelf(name: str, fingerprint: str) -> Questionnaire | None:
    if not (shelf_folder() / name).is_dir():
        return None
    found = load_questionnaire(name)
    return found if found.fingerprint == fingerprint else None


def answers_of(thing: object) -> Responses | None:
    """Return the responses behind a result, or ``None`` where it does not carry them."""
    if isinstance(thing, Responses):
        return thing
    if isinstance(thing, Scores):
        return thing.answers
    if isinstance(thing, Comparison):
        return thing.scores.answers
    return None


def scale_name(scale: str, questionnaire: Questionnaire | None, language: str) -> str:
    """Return the name of a scale (or of several, ``"a + b"``), or its id where the questionnaire is not known."""
    if questionnaire is None:
        return scale
    known = {one.id: one.name.read(language) for one in questionnaire.scales}
    return known.get(scale) or " + ".join(known.get(part) or part for part in scale.split(" + "))


def item_name(item: str, questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    """Return an item's id with its wording, where that is known."""
    known = questionnaire is not None and any(one.id == item for one in questionnaire.items)
    words = questionnaire.item(item).text.read(phrases.language) if questionnaire is not None and known else ""
    return f"{item}: {words}" if words else item


def scale_depth(scale: str, questionnaire: Questionnaire | None) -> int:
    """Return 1 for a dimension of another scale, else 0."""
    if questionnaire is None:
        return 0
    return int(any(one.id == scale and one.parent is not None for one in questionnaire.scales))


def in_order(scales: Iterable[str], questionnaire: Questionnaire | None) -> list[str]:
    """Return scale ids once each, in the questionnaire's order: a scale, then its dimensions."""
    given = list(dict.fromkeys(str(scale) for scale in scales))
    if questionnaire is None:
        return given
    parents = [one for one in questionnaire.scales if one.parent is None]
    order = [one.id for parent in parents for one in (parent, *questionnaire.dimensions(parent.id))]
    return sorted(given, key=lambda scale: order.index(scale) if scale in order else len(order))


def coefficient_rows(
    result: ReliabilityResult, questionnaire: Questionnaire | None, phrases: Phrases
) -> list[CoefficientRow]:
    """Return alpha and omega of each scale, or all coefficients when there are others than the usual ones.

    Scales stand in the questionnaire's order, alpha and omega first.
    """
    table = result.tidy()
    there = [str(term) for term in table["term"].unique() if term not in IN_POINTS]
    terms = [term for term in COEFFICIENTS if term in there]
    if not terms or not set(there) <= set(USUAL_TERMS):
        terms += [term for term in there if term not in COEFFICIENTS]
    rows = []
    for scale in in_order(table["scale"], questionnaire):
        for term in terms:
            line = line_of(table[table["scale"] == scale], (term,))
            if line:
                value, low, high = (number_of(line.get(name)) for name in ("estimate", "ci_low", "ci_high"))
                name = scale_name(scale, questionnaire, phrases.language)
                n = count_of(line.get("n"))
                few = bool(line.get("suppressed")) or n < FEWEST_PEOPLE
                rows.append(CoefficientRow(scale, name, term, value, low, high, n, few))
    return rows


def compared(change: Comparison) -> tuple[str, str]:
    """Return the names of what is compared: the two waves, or the two groups."""
    if isinstance(change.design, PilotDesign):
        return change.design.before, change.design.after
    return change.design.first, change.design.second


def is_group(change: Comparison) -> bool:
    """Tell whether groups are compared rather than waves."""
    return isinstance(change.design, GroupDesign)


def is_simulated(things: Iterable[object]) -> bool:
    """Tell whether any of the results rests on made-up answers."""
    return any(thing.simulated for thing in things if isinstance(thing, (Result, Responses, Scores)))


def line_of(part: pd.DataFrame, terms: Sequence[str]) -> Mapping[str, Any]:
    """Return the first row with one of the terms, or nothing."""
    found = part[part["term"].isin(terms)].to_dict("records")
    return {str(name): value for name, value in found[0].items()} if found else {}


def number_of(value: Any) -> float:
    """Return a cell as a number, not a number where it is missing."""
    return math.nan if value is None or value is pd.NA else float(value)


def count_of(value: Any) -> int:
    """Return a cell as a count, 0 where it is missing."""
    return 0 if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else int(value)


@dataclass(frozen=True, slots=True)
class MissingRow:
    """Why one item has missing answers.

    Parameters
    ----------
    item, name
        The id, and its wording where the questionnaire is known.
    shares
        Kind → share of those asked; hidden shares are left at 0.
    total
        All kinds together, as far as they may be shown.
    whole
        Whether no share of the item is hidden.
    n
        How many were asked.
    """

    item: str
    name: str
    shares: Mapping[str, float]
    total: float
    whole: bool
    n: int


def missing_rows(
    quality: QualityReport, questionnaire: Questionnaire | None, phrases: Phrases, *, most: int = 12
) -> list[MissingRow]:
    """Return the items with the most missing answers, the worst first; items with nothing to show are left out."""
    kinds = ("blank", "dont_know", "refused")
    rows = []
    for line in quality.missing_by_item().to_dict("records"):
        item = str(line["item"])
        shares = {kind: number_of(line[kind]) for kind in kinds}
        shown = {kind: share if math.isfinite(share) else 0.0 for kind, share in shares.items()}
        whole = all(math.isfinite(share) for share in shares.values())
        total = sum(shown.values())
        if total > 0 and count_of(line["n"]) >= FEWEST_PEOPLE:
            name = item_name(item, questionnaire, phrases)
            rows.append(MissingRow(item, name, shown, total, whole, count_of(line["n"])))
    return sorted(rows, key=lambda row: row.total, reverse=True)[:most]
