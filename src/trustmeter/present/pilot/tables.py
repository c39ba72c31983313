"""Tables for people: several zones together, and groups known before."""

from __future__ import annotations

import pandas as pd

from trustmeter.pilot.subgroup import INTERACTION, SubgroupResult
from trustmeter.pilot.synthesis.estimates import TERMS
from trustmeter.pilot.synthesis.result import SynthesisResult
from trustmeter.present.meter.tables import without_blank_columns
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.told import Line, decimals_of, ends_told, group_name, lines_of, shown, value_words
from trustmeter.present.reading import in_order, scale_name
from trustmeter.questionnaire.model import Questionnaire


def synthesis_table(found: SynthesisResult, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a zone (alone, and leaning towards the average), one for the average, and one for a new zone."""
    own, leaning = TERMS[found.term]
    rows = []
    for scale in in_order(found.verdicts, questionnaire):
        decimals = decimals_of(found, scale)
        head = {phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language)}
        several = len(found.zones[scale]) > 2
        for zone in found.zones[scale]:
            alone = found.row(own, scale, zone)
            leant = value_words(found.row(leaning, scale, zone), phrases, decimals) if several else ""
            line = _cells(
                phrases,
                zone=zone,
                estimate=value_words(alone, phrases, decimals),
                leaning=leant,
                n=_count(alone, phrases),
            )
            rows.append({**head, **line})
        average = found.row(found.term, scale)
        name = phrases.say("zones.average", k=len(found.zones[scale]))
        line = _cells(phrases, zone=name, estimate=value_words(average, phrases, decimals), n=_count(average, phrases))
        p_value = phrases.p_value(float(average["p_adjusted"]))
        verdict = phrases.say(f"zones.verdict.{found.verdicts[scale]}")
        rows.append({**head, **line, **_cells(phrases, p_adjusted=p_value, verdict=verdict)})
        if several:
            span = phrases.say("cell.span", **ends_told(found.row("prediction", scale), phrases, decimals))
            rows.append({**head, **_cells(phrases, zone=phrases.say("zones.new"), estimate=span)})
    return without_blank_columns(pd.DataFrame(rows).fillna(""))


def subgroup_table(found: SubgroupResult, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a group, and after them the test of their difference with the verdict."""
    rows: list[dict[str, str]] = []
    for scale in in_order(found.verdicts, questionnaire):
        decimals = decimals_of(found, scale)
        head = {phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language)}
        for row in lines_of(found, scale, found.term):
            few = phrases.say("cell.protected" if row["suppressed"] else "cell.not_estimable")
            told, count = (value_words(row, phrases, decimals), _count(row, phrases)) if shown(row) else (few, "")
            rows.append(
                {**head, **_cells(phrases, group=group_name(str(row["group"]), found, phrases), estimate=told, n=count)}
            )
        tests = lines_of(found, scale, INTERACTION)
        told = value_words(tests[0], phrases, decimals) if tests else ""
        p_value = phrases.p_value(float(tests[0]["p_adjusted"])) if tests else ""
        verdict = phrases.say(f"groups.verdict.{found.verdicts[scale]}")
        line = _cells(phrases, group=phrases.term(INTERACTION), estimate=told, p_adjusted=p_value, verdict=verdict)
        rows.append({**head, **line})
    return without_blank_columns(pd.DataFrame(rows).fillna(""))


def _cells(phrases: Phrases, **cells: str) -> dict[str, str]:
    """Return cells under the headings of their columns."""
    return {phrases.say(f"column.{name}"): words for name, words in cells.items()}


def _count(row: Line, phrases: Phrases) -> str:
    return "" if pd.isna(row["n"]) else phrases.whole(int(row["n"]))
