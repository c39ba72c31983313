"""The words for several zones together and for groups known before: sentences, names, numbers with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.subgroup import INTERACTION, SubgroupResult
from trustmeter.pilot.synthesis.estimates import TERMS
from trustmeter.pilot.synthesis.result import SynthesisResult
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import scale_name
from trustmeter.questionnaire.model import Questionnaire

Line = Mapping[str, Any]


def zone_sentences(
    found: SynthesisResult, scale: str, questionnaire: Questionnaire | None, phrases: Phrases
) -> list[str]:
    """Return what can be said of one scale over the zones: the average, how far it reaches, whether zones differ."""
    average, several = found.row(found.term, scale), len(found.zones[scale]) > 2
    key = "sentence" if math.isfinite(float(average["ci_low"])) else "flat"
    name = scale_name(scale, questionnaire, phrases.language)
    verdict = phrases.say(f"zones.verdict.{found.verdicts[scale]}")
    decimals = decimals_of(found, scale)
    value = phrases.number(float(average["estimate"]), decimals, signed=True)
    level, ends = phrases.level(found.conf_level), ends_told(average, phrases, decimals)
    said = phrases.say(f"zones.{key}", k=len(found.zones[scale]), verdict=verdict, value=value, level=level, **ends)
    parts = [phrases.say("zones.of_scale", scale=name, told=said) if name else said[:1].upper() + said[1:]]
    if several:
        new = ends_told(found.row("prediction", scale), phrases, decimals)
        parts.append(phrases.say(f"zones.reach.{found.reach[scale]}", **new))
    else:
        parts.append(phrases.say("zones.two"))
    parts.append(phrases.say(f"zones.differ.{found.differences[scale]}"))
    return [" ".join(parts)]


def group_sentence(found: SubgroupResult, scale: str, questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    """Return whether groups differ on one scale, with the test's p."""
    verdict = phrases.say(f"groups.verdict.{found.verdicts[scale]}")
    tests = lines_of(found, scale, INTERACTION)
    p_value = phrases.p_value(float(tests[0]["p_adjusted"])) if tests else ""
    key = "groups.told" if p_value else "groups.untested"
    equal = p_value if p_value.startswith("<") else f"= {p_value}"
    return phrases.say(key, scale=scale_name(scale, questionnaire, phrases.language), verdict=verdict, p=equal)


def group_name(group: str, found: SubgroupResult, phrases: Phrases) -> str:
    """Return a group's label in the language, or its value."""
    return found.labels.get(group, {}).get(phrases.language) or group


def value_words(row: Line, phrases: Phrases, decimals: int) -> str:
    """Return a value with its interval in brackets."""
    value = phrases.number(float(row["estimate"]), decimals, signed=True)
    if not math.isfinite(float(row["ci_low"])):
        return value
    return f"{value}  ({phrases.say('cell.span', **ends_told(row, phrases, decimals))})"


def shown(row: Line) -> bool:
    """Tell whether a row has a number, of people enough to show."""
    n: Any = row.get("n", pd.NA)
    few = bool(not pd.isna(n) and int(n) < FEWEST_PEOPLE)
    return math.isfinite(float(row["estimate"])) and not row.get("suppressed") and not few


def lines_of(found: SynthesisResult | SubgroupResult, scale: str, term: str) -> list[Line]:
    """Return the rows of one scale and term."""
    table = found.table[found.table["term"] == term]
    if "scale" in table.columns:
        table = table[table["scale"] == scale]
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def ends_told(row: Line, phrases: Phrases, decimals: int) -> dict[str, str]:
    """Return the ends of a row's interval in words."""
    return {name: phrases.number(float(row[f"ci_{name}"]), decimals, signed=True) for name in ("low", "high")}


def decimals_of(found: SynthesisResult | SubgroupResult, scale: str) -> int:
    """Return how many decimals the intervals of a scale's zones or groups bear: one for points, more for a standardised index."""
    term = TERMS[found.term][0] if isinstance(found, SynthesisResult) else found.term
    widths = [float(row["ci_high"]) - float(row["ci_low"]) for row in lines_of(found, scale, term)]
    widest = max((width for width in widths if math.isfinite(width)), default=math.inf)
    return 1 if widest >= 2 else 2 if widest >= 0.2 else 3
