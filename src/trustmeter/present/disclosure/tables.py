"""Tables for people: safe tables, and whether people stand out in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from trustmeter.disclosure.anonymity import AnonymityReport
from trustmeter.disclosure.crossing import OTHER, TOTAL
from trustmeter.disclosure.table import SafeTable
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import item_name
from trustmeter.questionnaire.model import Questionnaire

_IN_POINTS = {"entropy_l": 1, "t": 2}


def safe_table_table(found: SafeTable, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a category and the total last: counts with their share of the row, or means with their n."""
    told = _told_cells(found, phrases)
    heading = item_name(found.rows, questionnaire, phrases)
    columns = [*found.categories[1], TOTAL] if found.columns else [""]
    alone = phrases.say("disclosure.mean" if found.value else "disclosure.people")
    rows = []
    for group in [*found.categories[0], TOTAL]:
        row = {heading: _category(found, found.rows, group, phrases)}
        for name in columns:
            row[_category(found, found.columns, name, phrases) if name else alone] = told[group, name]
        rows.append(row)
    return pd.DataFrame(rows)


def anonymity_table(found: AnonymityReport, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return the verdict, and below it a row a measure."""
    verdict = "reached" if found.reached else "not_reached"
    rows = [_measure(phrases, phrases.say("disclosure.verdict", k=found.k), "", phrases.say(f"disclosure.{verdict}"))]
    for line in found.table.to_dict("records"):
        term, value = str(line["term"]), line["estimate"]
        item = str(line.get("item", ""))
        shown = phrases.say("disclosure.few") if line["suppressed"] else phrases.number(value, _IN_POINTS.get(term, 0))
        name = item_name(item, questionnaire, phrases) if item else ""
        rows.append(_measure(phrases, phrases.say(f"disclosure.measure.{term}"), name, shown))
    return pd.DataFrame(rows)


def _measure(phrases: Phrases, what: str, column: str, value: str) -> dict[str, str]:
    return {
        phrases.say("column.term"): what,
        phrases.say("disclosure.column"): column,
        phrases.say("column.estimate"): value,
    }


def _told_cells(found: SafeTable, phrases: Phrases) -> dict[tuple[str, str], str]:
    """Return what stands in each cell, by its categories."""
    shares = {_place(line): line for line in found.table.to_dict("records") if str(line["method"]).startswith("share")}
    return {
        _place(line): _mean(line, phrases) if found.value else _count(line, shares[_place(line)], phrases)
        for line in found.table.to_dict("records")
        if line["method"] in {"count", "mean"}
    }


def _place(line: Mapping[Any, Any]) -> tuple[str, str]:
    return str(line["group"]), str(line.get("term", ""))


def _count(line: Mapping[Any, Any], share: Mapping[Any, Any], phrases: Phrases) -> str:
    if line["suppressed"]:
        return phrases.say("disclosure.hidden")
    count = phrases.whole(line["estimate"])
    if share["suppressed"] or pd.isna(share["estimate"]):
        return count
    return phrases.say("disclosure.count", count=count, share=phrases.percent(float(share["estimate"])))


def _mean(line: Mapping[Any, Any], phrases: Phrases) -> str:
    if line["suppressed"]:
        return phrases.say("disclosure.hidden")
    if pd.isna(line["estimate"]):
        return ""
    return phrases.say("disclosure.mean_of", mean=phrases.number(line["estimate"]), n=phrases.whole(line["n"]))


def _category(found: SafeTable, variable: str, category: str, phrases: Phrases) -> str:
    if category in {TOTAL, OTHER}:
        return phrases.say("disclosure.total" if category == TOTAL else "disclosure.other")
    return found.label(variable, category, phrases.language)
