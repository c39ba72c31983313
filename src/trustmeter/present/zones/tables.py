"""Tables for people: zones side by side, and the ranks that they may hold."""

from __future__ import annotations

import pandas as pd

from trustmeter.present.meter.tables import without_blank_columns
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import in_order, scale_name
from trustmeter.present.zones.told import (
    count_told,
    decimals_of,
    lines_of,
    order_told,
    ranks_told,
    value_told,
    verdict_told,
)
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.zones.order import EXPECTED, HIGHEST, ZoneRanking
from trustmeter.zones.pooling import AVERAGE, MEAN, POOLED
from trustmeter.zones.result import ZoneProfile


def profile_table(found: ZoneProfile, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a zone (by name), its mean and the same leaning towards the average, and one for the average."""
    rows = []
    for scale in in_order(found.scales, questionnaire):
        decimals = decimals_of(found, scale, MEAN)
        for wave in found.waves or ("",):
            head = {phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language)}
            head |= {phrases.say("column.wave"): wave}
            leaning = {row["zone"]: value_told(row, phrases, decimals) for row in lines_of(found, scale, POOLED, wave)}
            for row in lines_of(found, scale, MEAN, wave):
                cells = {"zone": str(row["zone"]), "zone_mean": value_told(row, phrases, decimals)}
                cells |= {"leaning": leaning.get(row["zone"], ""), "n": count_told(row, phrases)}
                rows.append({**head, **_cells(phrases, cells)})
            for row in lines_of(found, scale, AVERAGE, wave):
                cells = {
                    "zone": phrases.say("zone_profile.mark.average"),
                    "zone_mean": value_told(row, phrases, decimals),
                }
                rows.append({**head, **_cells(phrases, {**cells, "n": count_told(row, phrases)})})
    return without_blank_columns(pd.DataFrame(rows).fillna(""))


def ranking_table(found: ZoneRanking, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a zone (by name): the ranks that it may hold, how likely it is the highest, and what is sure."""
    rows = []
    for scale in in_order(found.orders, questionnaire):
        head = {phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language)}
        verdicts = found.verdicts[scale]
        if not verdicts:
            rows.append({**head, **_cells(phrases, {"verdict": order_told(found, [scale], questionnaire, phrases)})})
        for zone, verdict in verdicts.items():
            span = found.ranks(zone, scale)
            expected = float(found.row(EXPECTED, zone, scale)["estimate"])
            highest = float(found.row(HIGHEST, zone, scale)["estimate"])
            cells = {
                "zone": zone, "ranks": ranks_told(span, phrases), "expected_rank": phrases.number(expected),
                "highest": _share(highest, phrases), "verdict": verdict_told(verdict, span, len(verdicts), phrases),
            }  # fmt: skip
            rows.append({**head, **_cells(phrases, cells)})
    return without_blank_columns(pd.DataFrame(rows).fillna(""))


def _share(value: float, phrases: Phrases) -> str:
    """Return a probability, never as impossible or certain: it is drawn."""
    if value < 0.005:
        return phrases.say("zone_ranking.below", share=phrases.percent(0.01))
    return phrases.say("zone_ranking.over", share=phrases.percent(0.99)) if value > 0.995 else phrases.percent(value)


def _cells(phrases: Phrases, cells: dict[str, str]) -> dict[str, str]:
    """Return cells under the headings of their columns."""
    return {phrases.say(f"column.{name}"): words for name, words in cells.items()}
