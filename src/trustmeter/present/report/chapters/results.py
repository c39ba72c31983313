"""What was found: all scales in one table and picture, then each scale with its sentence, its picture, its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from trustmeter.pilot.change.effect import ARMS
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import AFTER_TERMS, BEFORE_TERMS, ChangeRow
from trustmeter.present.pilot.sentences import declared_of, people_of, sentences_of
from trustmeter.present.plots import draw_comparison
from trustmeter.present.reading import line_of, number_of
from trustmeter.present.report.chapters.material import Material, data_of
from trustmeter.present.report.chapters.sureness import warned
from trustmeter.present.report.document import Finding, Part, Table
from trustmeter.present.tables import changed_table, full_table, to_table

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart

METHOD = {"group": "groups", "effect": "effect"}


def method_of(material: Material) -> str:
    """Return which method made the comparison."""
    if material.family == "change":
        return {"linked": "paired", "unlinked": "waves", "overlap": "overlap"}[people_of(material.change)]
    return METHOD[material.family]


def results_of(material: Material) -> list[Part]:
    """Return the parts that tell what was found."""
    say, language = material.phrases.say, material.phrases.language
    change = material.change
    picture = draw_comparison(change, None, material.phrases, titled=False)
    shown = to_table(change, language=language, questionnaire=material.known)  # type: ignore[arg-type]
    whole = material.table("change", picture.heading, shown, method_of(material), data_of(change.tidy(), material.rule))
    parts = [
        Part("change", say("report.change"), say("chapter.results_text"), picture, (whole,)),
        Part("each", say("chapter.each"), say("chapter.each_text"), parts=tuple(_each(material))),
    ]
    moved = changed_table(change, material.phrases)
    if moved is not None:
        terms = ("share_improved", "share_worsened", "mdc")
        tidy = change.table[change.table["term"].isin(terms)]
        told = material.table("moved", say("report.moved"), moved, "moved", data_of(tidy, material.rule))
        parts.append(Part("people", say("report.moved"), say("report.moved_text"), tables=(told,)))
    return parts


def findings_of(material: Material) -> list[Finding]:
    """Return verdict and sentence of every scale that is not part of another, or of all where each is a part."""
    said = sentences_of(material.change, material.phrases)
    chosen = [(row.said, sentence) for row, sentence in said if row.depth == 0]
    return [Finding(*pair) for pair in chosen or [(row.said, sentence) for row, sentence in said]]


def standing_of(material: Material) -> list[str]:
    """Return the sentences that must stand beside the results."""
    change, phrases, say = material.change, material.phrases, material.phrases.say
    rows = material.rows()
    rated = change.table["p_adjusted"].notna() if "p_adjusted" in change.table else change.table["suppressed"] & False
    tested = change.table.loc[rated, "scale"].nunique()
    together = "separately" if change.provenance.options.get("adjustment") == "none" else "together"
    untested = [material.name(scale) for scale in change.scores.scales if scale not in change.verdicts]
    undecided = any(row.said == "inconclusive" for row in rows)
    return [
        say(f"report.standing{material.ending}"),
        *([] if material.family == "group" else [say(f"report.{people_of(change)}")]),
        say("report.points"),
        *declared_of(change, phrases),
        *([say(f"report.{together}", n=tested)] if tested > 1 else []),
        *([say("report.untested", scales=phrases.join(untested))] if untested else []),
        *([say(f"report.not_nothing{material.ending}")] if undecided else []),
        *([say("report.further")] if any(row.further for row in rows) else []),
    ]


def _each(material: Material) -> list[Part]:
    """Return a part for each scale, its dimensions with it: sentences, where it stood, all numbers."""
    said = sentences_of(material.change, material.phrases)
    parts: list[Part] = []
    for family in _families(said):
        row = family[0][0]
        sentences = [Finding(one.said, sentence) for one, sentence in family]
        sentences += warned(material, [one.scale for one, _ in family if one.shown])
        parts.append(
            Part(
                f"scale-{row.scale}", row.name, "", _picture([one for one, _ in family], material),
                folded=(_numbers([one for one, _ in family], material),), sentences=tuple(sentences),
            )
        )  # fmt: skip
    return parts


def _families(said: Sequence[tuple[ChangeRow, str]]) -> list[list[tuple[ChangeRow, str]]]:
    """Return scales with their dimensions; a dimension whose scale was not compared begins one of its own."""
    families: list[list[tuple[ChangeRow, str]]] = []
    for row, sentence in said:
        if row.depth and families:
            families[-1].append((row, sentence))
        else:
            families.append([(row, sentence)])
    return families


def _picture(rows: Sequence[ChangeRow], material: Material) -> Chart | None:
    """Return where the scales stood on the whole scale, waves or groups beside one another."""
    from trustmeter.present.report.chapters.first_picture import Level, draw_levels

    levels = []
    for row in rows:
        part = material.change.table[material.change.table["scale"] == row.scale]
        for arm, kind in _arms(material.family, material.phrases):
            mine = part[part["group"] == arm] if arm else part
            if row.shown:
                levels.append(Level(row.name, kind, _span(mine, BEFORE_TERMS), _span(mine, AFTER_TERMS)))
    if not levels:
        return None
    return draw_levels(levels, material, heading=material.phrases.say("chapter.levels", scale=rows[0].name))


def _arms(family: str, phrases: Phrases) -> list[tuple[str, str]]:
    if family != "effect":
        return [("", "")]
    return list(zip(ARMS, (phrases.say("column.pilot_areas"), phrases.say("column.comparison_areas")), strict=True))


def _span(part: pd.DataFrame, terms: Sequence[str]) -> tuple[float, float, float]:
    line = line_of(part, terms)
    return number_of(line.get("estimate")), number_of(line.get("ci_low")), number_of(line.get("ci_high"))


def _numbers(rows: Sequence[ChangeRow], material: Material) -> Table:
    """Return every number of a scale and its dimensions."""
    change = material.change
    part = replace(change, table=change.table[change.table["scale"].isin([row.scale for row in rows])])
    caption = material.phrases.say("chapter.numbers", scale=rows[0].name)
    shown = full_table(part, material.phrases, material.known)
    return material.table(
        f"scale-{rows[0].scale}", caption, shown, method_of(material), data_of(part.table, material.rule)
    )
