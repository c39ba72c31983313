"""The words for zones side by side and their ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from trustmeter.present.phrases import MINUS, Phrases
from trustmeter.present.reading import scale_name
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.zones.order import DIFFERENCE, ZoneRanking, ZoneVerdict
from trustmeter.zones.result import ZoneProfile

Line = Mapping[str, Any]


def lines_of(found: ZoneProfile | ZoneRanking, scale: str, term: str, wave: str = "") -> list[Line]:
    """Return the rows of one scale and term (and wave)."""
    table = found.table[(found.table["term"] == term) & (found.table["scale"] == scale)]
    if wave and "wave" in table:
        table = table[table["wave"] == wave]
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def decimals_of(found: ZoneProfile | ZoneRanking, scale: str, term: str) -> int:
    """Return how many decimals a scale's values bear: one for points, more for a scale of few steps."""
    widths = [float(row["ci_high"]) - float(row["ci_low"]) for row in lines_of(found, scale, term)]
    widest = max((width for width in widths if math.isfinite(width)), default=math.inf)
    return 1 if widest >= 2 else 2 if widest >= 0.2 else 3


def value_told(row: Line, phrases: Phrases, decimals: int, *, signed: bool = False) -> str:
    """Return a value with its interval in brackets, or why there is none."""
    if row.get("suppressed") or not math.isfinite(float(row["estimate"])):
        return phrases.say("cell.too_few")
    value = phrases.number(float(row["estimate"]), decimals, signed=signed)
    return (
        f"{value} ({span_told(row, phrases, decimals, signed=signed)})"
        if math.isfinite(float(row["ci_low"]))
        else value
    )


def span_told(row: Line, phrases: Phrases, decimals: int, *, signed: bool = False) -> str:
    """Return the ends of a row's interval."""
    ends = {name: phrases.number(float(row[f"ci_{name}"]), decimals, signed=signed) for name in ("low", "high")}
    return phrases.say("cell.span", **ends)


def count_told(row: Line, phrases: Phrases) -> str:
    """Return the number of people, blank where it is not shown."""
    return "" if pd.isna(row["n"]) else phrases.whole(int(row["n"]))


def verdict_told(verdict: ZoneVerdict, span: tuple[int, int], k: int, phrases: Phrases) -> str:
    """Return where a zone surely stands."""
    low, high = span
    key = "at" if verdict == "between" and low == high else verdict
    count = high if verdict == "among_highest" else k - low + 1
    gaps = {"low": phrases.whole(low), "high": phrases.whole(high), "count": phrases.whole(count)}
    return phrases.say(f"zone_ranking.verdict.{key}", **gaps)


def ranks_told(span: tuple[int, int], phrases: Phrases) -> str:
    """Return the ranks that a zone may hold."""
    low, high = (phrases.whole(end) for end in span)
    return low if low == high else phrases.say("cell.span", low=low, high=high)


def order_told(found: ZoneRanking, scales: Sequence[str], questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    """Return how far the zones can be put in an order on scales that say the same of it."""
    name = phrases.join(scale_name(scale, questionnaire, phrases.language) for scale in scales)
    order = found.orders[scales[0]]
    gaps = {"k": phrases.whole(len(found.zones[scales[0]]))}
    if order == "two_zones":
        row = lines_of(found, scales[0], DIFFERENCE)[0]
        gaps["difference"] = str(row["contrast"]).replace(" - ", f" {MINUS} ")
        gaps["value"] = value_told(row, phrases, decimals_of(found, scales[0], DIFFERENCE), signed=True)
        gaps["level"] = phrases.level(found.conf_level)
    return phrases.say("zone_ranking.of_scale", scale=name, told=phrases.say(f"zone_ranking.order.{order}", **gaps))


def orders_told(
    found: ZoneRanking, scales: Sequence[str], questionnaire: Questionnaire | None, phrases: Phrases
) -> list[str]:
    """Return how far the zones can be put in an order: a sentence for all scales that say the same."""
    if len(scales) > 1 and all(found.orders[scale] == "cannot_rank" for scale in scales):
        return [phrases.say("zone_ranking.nothing")]
    alike: dict[object, list[str]] = {}
    for scale in scales:
        order = found.orders[scale]
        key = (
            (order, scale)
            if order == "two_zones"
            else (order, len(found.zones[scale]) if order == "cannot_rank" else 0)
        )
        alike.setdefault(key, []).append(scale)
    return [order_told(found, group, questionnaire, phrases) for group in alike.values()]
