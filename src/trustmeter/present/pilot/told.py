"""The words for several zones together and for groups known before: sentences, names, numbers with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.subgroup import INTERACTION, SubgroupResult
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
    ends = ends_told(average, phrases)
    said = phrases.say(
        f"zones.{key}", k=len(found.zones[scale]), verdict=verdict, value=phrases.number(float(average["estimate"]), 1, signed=True),
        level=phrases.level(found.conf_level), **ends,
    )  # fmt: skip
    parts = [phrases.say("zones.of_scale", scale=name, told=said) if name else said[:1].upper() + said[1:]]
    if several:
        new = ends_told(found.row("prediction", scale), phrases)
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


def value_words(row: Line, phrases: Phrases) -> str:
    """Return a value with its interval in brackets."""
    value = phrases.number(float(row["estimate"]), 1, signed=True)
    if not math.isfinite(float(row["ci_low"])):
        return value
    return f"{value}  ({phrases.say('cell.span', **ends_told(row, phrases))})"


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


def ends_told(row: Line, phrases: Phrases) -> dict[str, str]:
    """Return the ends of a row's interval in words."""
    return {name: phrases.number(float(row[f"ci_{name}"]), 1, signed=True) for name in ("low", "high")}
