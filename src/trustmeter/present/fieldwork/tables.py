"""Tables for people: waves that were linked, response rates, and how the questionnaire was completed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from trustmeter.fieldwork.completing import Completion
from trustmeter.fieldwork.rates import ResponseRates
from trustmeter.linking.result import WaveLinks
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import item_name
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.stats.response_rate import RATES

_COUNTS = frozenset({"people", "contacts"})
_BITS = frozenset({"element_bits", "code_bits"})


def links_table(found: WaveLinks, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a measure: of each wave, of each element of the code, of all links."""

    def of(line: Mapping[str, Any]) -> str:
        return str(line["wave"]) or (item_name(str(line["item"]), questionnaire, phrases) if line["item"] else "")

    return _table(found.table, phrases, "linking", of, {})


def rates_table(found: ResponseRates, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a disposition or rate: of all contacts, of each zone, of each mode."""
    del questionnaire

    def of(line: Mapping[str, Any]) -> str:
        return str(line["zone"]) or str(line["group"]) or phrases.say("fieldwork.all")

    return _table(found.table, phrases, "fieldwork", of, {"e": 2})


def completion_table(found: Completion, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a measure: of all people, of each section, of each question."""
    titles = (
        {section.id: section.title.read(phrases.language) for section in questionnaire.sections}
        if questionnaire
        else {}
    )

    def of(line: Mapping[str, Any]) -> str:
        if line["item"]:
            return item_name(str(line["item"]), questionnaire, phrases)
        return titles.get(str(line["group"]), str(line["group"])) or phrases.say("fieldwork.all")

    return _table(found.table, phrases, "fieldwork", of, {})


def _table(
    table: pd.DataFrame,
    phrases: Phrases,
    topic: str,
    of: Callable[[Mapping[str, Any]], str],
    decimals: Mapping[str, int],
) -> pd.DataFrame:
    blank = {name: "" for name in ("item", "group", "zone", "wave")}
    rows = []
    for record in table.to_dict("records"):
        line = {**blank, **{str(name): value for name, value in record.items()}}
        n = line.get("n")
        rows.append(
            {
                phrases.say("fieldwork.column.what"): _name(str(line["term"]), topic, phrases),
                phrases.say("fieldwork.column.of"): of(line),
                phrases.say("fieldwork.column.value"): _value(line, phrases, decimals),
                phrases.say("column.n"): "" if n is None or pd.isna(n) else phrases.whole(int(n)),
            }
        )
    return pd.DataFrame(rows)


def _name(term: str, topic: str, phrases: Phrases) -> str:
    if term in RATES:
        return phrases.say(f"fieldwork.rate.{term.rstrip('0123456789').lower()}", name=term)
    return phrases.say(f"{topic}.term.{term}")


def _value(line: Mapping[str, Any], phrases: Phrases, decimals: Mapping[str, int]) -> str:
    value, term = float(line["estimate"]), str(line["term"])
    if line.get("suppressed"):
        return phrases.say("fieldwork.hidden")
    if not math.isfinite(value):
        return phrases.say("cell.not_estimable")
    if term in _COUNTS or line["method"] == "count":
        return phrases.whole(value)
    if term in _BITS or term.startswith("time_q2") or term in {"time_median", "time_q75"}:
        return phrases.number(value, 1)
    if term in decimals:
        return phrases.number(value, decimals[term])
    shown = phrases.percent(value, 1)
    low, high = (float(line.get(name, math.nan)) for name in ("ci_low", "ci_high"))
    if not (math.isfinite(low) and math.isfinite(high)):
        return shown
    return f"{shown} {phrases.say('cell.ends', low=phrases.percent(low, 1), high=phrases.percent(high, 1))}"
