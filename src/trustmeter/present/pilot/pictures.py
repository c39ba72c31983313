"""From several zones together, and from groups known before, to their pictures and sentences."""

from __future__ import annotations

import math

from trustmeter.pilot.subgroup import SubgroupResult
from trustmeter.pilot.synthesis.estimates import TERMS
from trustmeter.pilot.synthesis.result import SynthesisResult
from trustmeter.present.meter.pictures import check_scale, watermark
from trustmeter.present.phrases import MINUS, Phrases
from trustmeter.present.pilot.forest import ForestAxis, ForestRow, draw_forest
from trustmeter.present.pilot.told import (
    decimals_of,
    ends_told,
    group_name,
    group_sentence,
    lines_of,
    shown,
    value_words,
    zone_sentences,
)
from trustmeter.present.reading import in_order, item_name, scale_name
from trustmeter.present.sheet import Chart
from trustmeter.questionnaire.model import Questionnaire


def draw_synthesis(
    found: SynthesisResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw every zone alone and leaning towards the average, the average, and where a new zone would lie."""
    check_scale(found, scale)
    scales = [one for one in in_order(found.verdicts, questionnaire) if scale in (None, one)]
    rows: list[ForestRow] = []
    for one in scales:
        name = scale_name(one, questionnaire, phrases.language)
        rows += [ForestRow(name, "heading")] if len(scales) > 1 else []
        rows += _zone_rows(found, one, phrases)
    told = [sentence for one in scales for sentence in zone_sentences(found, one, questionnaire, phrases)]
    told.append(phrases.say("zones.not_why"))
    declared = {found.smallest_effect.get(one, 0.0) for one in scales}
    smallest = declared.pop() if len(declared) == 1 else 0.0
    title = _axis_title(found.term, _contrast(found), found.conf_level, phrases)
    axis = ForestAxis(title, smallest, _zone_legend(rows, smallest, phrases), told, phrases.say("zones.beyond"))
    heading = phrases.say("heading.zones")
    if len(scales) == 1 and scales[0]:
        heading = f"{scale_name(scales[0], questionnaire, phrases.language)} – {heading}"
    return draw_forest(
        rows, axis, phrases, heading=heading, alt=_alt(heading, rows, told), titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def draw_subgroups(
    found: SubgroupResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the change (or effect) of each group, and say what the test of their difference says."""
    check_scale(found, scale)
    scales = [one for one in in_order(found.verdicts, questionnaire) if scale in (None, one)]
    rows: list[ForestRow] = []
    for one in scales:
        rows += [ForestRow(scale_name(one, questionnaire, phrases.language), "heading")] if len(scales) > 1 else []
        rows += _group_rows(found, one, phrases, int(len(scales) > 1))
    told = [] if found.declared else [phrases.say("groups.not_declared")]
    told += [group_sentence(found, one, questionnaire, phrases) for one in scales]
    told.append(phrases.say("groups.read"))
    title = _axis_title(found.term, found.design.contrast, found.conf_level, phrases)
    axis = ForestAxis(title, 0.0, (), told, phrases.say("zones.beyond"))
    by = item_name(found.by, questionnaire, phrases)
    heading = phrases.say("heading.groups_effect" if found.term == "effect" else "heading.groups", by=by)
    if len(scales) == 1:
        heading = f"{scale_name(scales[0], questionnaire, phrases.language)} – {heading}"
    return draw_forest(
        rows, axis, phrases, heading=heading, alt=_alt(heading, rows, told), titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def _zone_rows(found: SynthesisResult, scale: str, phrases: Phrases) -> list[ForestRow]:
    own, leaning = TERMS[found.term]
    decimals = decimals_of(found, scale)
    depth = int(len(found.verdicts) > 1)
    towards = {row["zone"]: float(row["estimate"]) for row in lines_of(found, scale, leaning)}
    rows = []
    for row in lines_of(found, scale, own):
        value, low, high = (float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
        zone = str(row["zone"])
        words = value_words(row, phrases, decimals)
        rows.append(ForestRow(zone, "own", value, low, high, words, towards.get(zone, math.nan), depth))
    average = found.row(found.term, scale)
    value, low, high = (float(average[name]) for name in ("estimate", "ci_low", "ci_high"))
    name = phrases.say("zones.average", k=len(found.zones[scale]))
    rows.append(ForestRow(name, "average", value, low, high, value_words(average, phrases, decimals), depth=depth))
    for row in lines_of(found, scale, "prediction"):
        words = phrases.say("cell.span", **ends_told(row, phrases, decimals))
        low, high = float(row["ci_low"]), float(row["ci_high"])
        rows.append(ForestRow(phrases.say("zones.new"), "new", math.nan, low, high, words, depth=depth))
    return rows


def _group_rows(found: SubgroupResult, scale: str, phrases: Phrases, depth: int) -> list[ForestRow]:
    decimals, rows = decimals_of(found, scale), []
    for row in lines_of(found, scale, found.term):
        name = group_name(str(row["group"]), found, phrases)
        if not shown(row):
            few = row.get("suppressed") or math.isfinite(float(row["estimate"]))
            words = phrases.say("cell.protected" if few else "cell.not_estimable")
            rows.append(ForestRow(name, "untold", words=words, depth=depth))
            continue
        value, low, high = (float(row[part]) for part in ("estimate", "ci_low", "ci_high"))
        rows.append(ForestRow(name, "own", value, low, high, value_words(row, phrases, decimals), depth=depth))
    return rows


def _zone_legend(rows: list[ForestRow], smallest: float, phrases: Phrases) -> list[tuple[str, str]]:
    kinds = ["own", "average"]
    kinds[1:1] = ["leaning"] if any(math.isfinite(row.leaning) for row in rows) else []
    kinds += ["new"] if any(row.kind == "new" for row in rows) else []
    kinds += ["smallest"] if smallest else []
    return [(kind, phrases.say(f"zones.mark.{kind}")) for kind in kinds]


def _contrast(found: SynthesisResult) -> str:
    return str(found.provenance.options.get("contrast", ""))


def _axis_title(term: str, contrast: str, conf_level: float, phrases: Phrases) -> str:
    told = contrast.replace(" - ", f" {MINUS} ")
    return phrases.say(f"zones.axis.{term}", contrast=told, level=phrases.level(conf_level))


def _alt(heading: str, rows: list[ForestRow], told: list[str]) -> str:
    """Return all rows in sentences, each after the heading above it."""
    above, named = "", []
    for row in rows:
        above = row.name if row.kind == "heading" else above
        if row.words:
            named.append(f"{f'{above}, ' if above else ''}{row.name}: {row.words}.")
    return " ".join([heading if heading.endswith("?") else f"{heading}.", *named, *told])
