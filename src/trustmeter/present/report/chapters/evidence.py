"""Is the meter sound? How reliable the scores are, question by question, and whether what is compared may be compared."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from trustmeter.pilot.evaluation.beside import UNWEIGHTED, WEIGHTED, WeightedBeside
from trustmeter.present.plots import draw_meter
from trustmeter.present.reading import in_order
from trustmeter.present.report.chapters.material import Material, data_of
from trustmeter.present.report.chapters.sureness import groups_told, warned
from trustmeter.present.report.document import Finding, Part
from trustmeter.present.tables import full_table, to_table
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting

SIGNS = {"comparable": "", "not comparable": "warning", "undecided": "inconclusive"}


def meter_of(material: Material) -> list[Part]:
    """Return how reliable the scores are, and question by question where that was asked."""
    say = material.phrases.say
    drawn = draw_meter(material.meter, None, material.phrases, titled=False, questionnaire=material.known)
    table = material.table(
        "meter", drawn.heading, _readable(material.meter, material), "reliability",
        data_of(material.meter.table, material.rule),
    )  # fmt: skip
    told = warned(material, in_order(material.meter.table["scale"], material.known))
    parts = [Part("meter", say("report.meter"), say("report.meter_text"), drawn, (table,), sentences=tuple(told))]
    for place, items in enumerate(material.of(ItemAnalysis)):
        part = material.table(
            _id("items", place),
            say("report.items"),
            _readable(items, material),
            "items",
            data_of(items.table, material.rule),
        )
        parts.append(Part(_id("items", place), say("report.items"), say("chapter.items_text"), folded=(part,)))
    return parts


def comparability_of(material: Material) -> list[Part]:
    """Return whether the waves or groups may be compared, a part for each of what was examined."""
    from trustmeter.present.meter.pictures import draw_invariance

    say, parts = material.phrases.say, []
    for place, found in enumerate(material.of(InvarianceResult)):
        groups = groups_told(found, material.phrases)
        drawn = draw_invariance(found, None, material.phrases, titled=False, questionnaire=material.known)
        sentences = [
            Finding(
                SIGNS[verdict],
                say(f"chapter.alike.{verdict.replace(' ', '_')}", scale=material.name(scale), groups=groups),
            )
            for scale, verdict in found.verdicts.items()
        ]
        table = material.table(
            _id("comparability", place), drawn.heading, _readable(found, material), "comparability",
            data_of(found.table, material.rule),
        )  # fmt: skip
        title = say("chapter.comparability", groups=groups)
        parts.append(
            Part(
                _id("comparability", place),
                title,
                say("chapter.comparability_text"),
                drawn,
                folded=(table,),
                sentences=tuple(sentences),
            )
        )
    return parts


def appendix_of(material: Material) -> list[Part]:
    """Return every result in full: every row, every column, rounded; the CSV is not."""
    parts = []
    for place, result in enumerate(material.results):
        if isinstance(result, (Representation, Weighting)):
            continue  # their tables stand in full on the page of whom it speaks for
        key = APPENDIX.get(type(result).__name__, "other")
        title = material.phrases.say(f"chapter.full.{key}")
        if "scale" in result.table and result.table["scale"].nunique() == 1 and len(result.table):
            title = f"{title}: {material.name(str(result.table['scale'].iloc[0]))}"
        shown = _in_full(result, material)
        if not len(shown.columns):
            continue
        table = material.table(
            f"full-{place}", title, shown, METHODS.get(key, key), data_of(result.table, material.rule)
        )
        parts.append(Part(f"full-{place}", title, tables=(table,)))
    return parts


def _in_full(result: Result, material: Material) -> pd.DataFrame:
    """Return every row in words; of missing answers a row a question, for a row a kind would fill many pages."""
    if isinstance(result, QualityReport):
        return _readable(result, material)
    if isinstance(result, WeightedBeside):
        say = material.phrases.say
        words = {name: say(f"margins.column.{name}_answer") for name in (UNWEIGHTED, WEIGHTED)}
        result = replace(result, table=result.table.assign(group=result.table["group"].map(words)))
    return full_table(result, material.phrases, material.known)


APPENDIX = {
    "Comparison": "change", "QualityReport": "quality", "ReliabilityResult": "reliability", "ItemAnalysis": "items",
    "InvarianceResult": "comparability", "AttritionResult": "lost", "EstimatorComparison": "alternatives",
    "SubgroupResult": "subgroups", "IncidentReport": "incidents", "LatentChange": "latent",
    "RegressionToMean": "regression", "Plan": "planned", "WeightedBeside": "beside",
}  # fmt: skip
"""Kind of result → the key of its words and its method."""

METHODS = {"change": "all"}
"""Where the method of a result in full is called otherwise."""


def _readable(result: Result, material: Material) -> pd.DataFrame:
    return to_table(result, language=material.phrases.language, questionnaire=material.known)  # type: ignore[arg-type]


def _id(name: str, place: int) -> str:
    return f"{name}-{place + 1}" if place else name
