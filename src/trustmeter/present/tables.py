"""Tables for people: translated headings, readable words, rounded numbers; one verb, which goes by the result's type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from trustmeter.disclosure.anonymity import AnonymityReport
from trustmeter.disclosure.table import SafeTable
from trustmeter.errors import DesignError
from trustmeter.estimation.association import AssociationTest
from trustmeter.estimation.domains import DomainComparison
from trustmeter.estimation.regression import DesignRegression
from trustmeter.estimation.result import SurveyEstimates
from trustmeter.fieldwork.completing import Completion
from trustmeter.fieldwork.rates import ResponseRates
from trustmeter.focus_groups.coders import CodeAgreement
from trustmeter.focus_groups.frequency import CodeFrequencies
from trustmeter.focus_groups.joint import JointDisplay
from trustmeter.linking.result import WaveLinks
from trustmeter.options import ReportLanguage
from trustmeter.pilot.change.effect import ARMS
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.change.rows import SHARE_TERMS
from trustmeter.pilot.subgroup import SubgroupResult
from trustmeter.pilot.synthesis.result import SynthesisResult
from trustmeter.present.disclosure.tables import anonymity_table, safe_table_table
from trustmeter.present.estimation.tables import association_table, domains_table, estimates_table, regression_table
from trustmeter.present.fieldwork.tables import completion_table, links_table, rates_table
from trustmeter.present.focus_groups.tables import coder_table, frequency_table, joint_table
from trustmeter.present.meter.tables import alignment_table, bias_table, invariance_table, without_blank_columns
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.pilot.changes import ChangeRow, change_rows, family_of
from trustmeter.present.pilot.sentences import points_of
from trustmeter.present.pilot.tables import subgroup_table, synthesis_table
from trustmeter.present.reading import (
    IN_POINTS,
    USUAL_TERMS,
    compared,
    in_order,
    item_name,
    questionnaire_of,
    scale_name,
)
from trustmeter.present.weighting.tables import margins_table
from trustmeter.present.zones.tables import profile_table, ranking_table
from trustmeter.psychometrics.comparability.alignment import AlignmentResult
from trustmeter.psychometrics.comparability.bias import BiasResult
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting
from trustmeter.zones.order import ZoneRanking
from trustmeter.zones.result import ZoneProfile

SIZE_TERMS = ("hedges_g_av", "hedges_g_s", "d_effect", "d_av", "d_s")
"""The standardised size that the table shows: the first that is there."""
_METER_TERMS = ("alpha", "omega_total", "sem")
_ITEM_TERMS = ("mean", "sd", "item_total", "alpha_if_dropped", "share_lowest", "share_highest")
_KINDS = ("answered", "blank", "dont_know", "refused", "not_applicable")


def to_table(
    result: Result, *, language: ReportLanguage = "en", questionnaire: Questionnaire | None = None
) -> pd.DataFrame:
    """Return a result as a table for people.

    Parameters
    ----------
    result
        Any result.
    language
        ``"en"``, ``"fr"``, ``"nl"`` or ``"de"``.
    questionnaire
        For the names of scales and the wording of items, where the result does not know its questionnaire.

    Returns
    -------
    DataFrame
        Text in every cell, rounded, with the decimal sign of the language; ``.tidy()`` has the numbers. Simulated data
        say so in a column of their own. Suppressed numbers say that there are too few answers.

    Raises
    ------
    DesignError
        When `result` is no result, or the language is unknown.

    Examples
    --------
    >>> from trustmeter import alpha, to_table
    >>> import pandas as pd
    >>> items = pd.DataFrame({"a": [1, 2, 3, 4, 5, 4] * 5, "b": [2, 2, 3, 5, 4, 4] * 5, "c": [1, 3, 3, 4, 4, 5] * 5})
    >>> to_table(alpha(items)).columns[1]
    "Cronbach's alpha"
    """
    phrases = load_phrases(language, where="to_table")
    if not isinstance(result, Result):
        raise DesignError(f"`to_table` needs a result, such as what `compare` returns. Got {type(result).__name__}.")
    known = questionnaire or questionnaire_of(result)
    make = next((make for kind, make in _TABLES.items() if isinstance(result, kind)), full_table)
    table = make(result, phrases, known)
    if result.simulated:
        table[phrases.say("simulated.column")] = phrases.say("simulated.cell")
    return table


def _change_table(change: Comparison, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    del questionnaire
    tidy, family = change.tidy(), family_of(change)
    words = "verdict_word" if family == "change" else f"verdict_word_{family}"
    sizes = [term for term in SIZE_TERMS if (tidy["term"] == term).any()]
    declared = any(change.smallest_effect.values())
    rows = []
    for row in change_rows(change, phrases):
        part = tidy[tidy["scale"] == row.scale]
        cells = _change_cells(row, family, compared(change), change.conf_level, phrases)
        cells[phrases.say("column.p_verdict" if declared else "column.p_adjusted")] = (
            _adjusted(part, phrases) if row.shown else ""
        )
        if sizes:
            heading = "column.effect" if sizes[0].startswith("hedges") else "column.effect_d"
            cells[phrases.say(heading)] = _one(part, sizes[0], phrases, 2) if row.shown else ""
        cells[phrases.say("column.n")] = phrases.whole(row.n) if row.shown else ""
        if declared:
            cells[phrases.say("column.smallest")] = points_of(row.smallest, phrases) if row.smallest else ""
        rows.append({**cells, phrases.say("column.verdict"): phrases.say(f"{words}.{row.said}")})
    return pd.DataFrame(rows)


def _change_cells(
    row: ChangeRow, family: str, names: tuple[str, str], conf_level: float, phrases: Phrases
) -> dict[str, str]:
    """Return name, means, change (of the comparison areas too) and interval of one scale."""
    mean = "before_pilot" if family == "effect" else "before"
    cells = {
        phrases.say("column.scale"): ("– " if row.depth else "") + row.name,
        phrases.say(f"column.{mean}", wave=names[0]): phrases.number(row.before),
        phrases.say(f"column.{mean}", wave=names[1]): phrases.number(row.after),
    }
    if family == "effect":
        cells[phrases.say("column.change_beside")] = phrases.number(row.beside[1] - row.beside[0], signed=True)
    heading = {"group": "difference", "effect": "effect_points"}.get(family, "change")
    cells[phrases.say(f"column.{heading}")] = phrases.number(row.change, signed=True)
    level = phrases.level(conf_level)
    cells[phrases.say("column.interval", level=level)] = _span(row.low, row.high, phrases, signed=True)
    return cells


def _adjusted(part: pd.DataFrame, phrases: Phrases) -> str:
    """Return the p value that the verdict goes by: of the declared smallest effect where there is one."""
    found = part.dropna(subset=["p_adjusted"]) if "p_adjusted" in part else part.iloc[:0]
    declared = found[found["term"] == "smallest_effect"]
    chosen = declared if len(declared) else found
    return phrases.p_value(float(chosen["p_adjusted"].iloc[0])) if len(chosen) else ""


def changed_table(change: Comparison, phrases: Phrases) -> pd.DataFrame | None:
    """Return who changed beyond measurement error, one row a scale; ``None`` where nobody is compared with himself."""
    tidy = change.tidy()
    rows = []
    for row in change_rows(change, phrases):
        part = tidy[tidy["scale"] == row.scale]
        limit = _line(part, "mdc").get("estimate", math.nan)
        if row.shown and math.isfinite(limit):
            names = {phrases.say("column.scale"): ("– " if row.depth else "") + row.name}
            cells = {phrases.say(f"term.{term}"): _one(part, term, phrases, 0, percent=True) for term in SHARE_TERMS}
            rows.append({**names, phrases.say("column.limit"): phrases.number(limit), **cells})
    return pd.DataFrame(rows) if rows else None


def _meter_table(meter: ReliabilityResult, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a scale; or, when there are more coefficients than the usual ones, a row a scale and coefficient."""
    tidy = meter.tidy()
    if not set(tidy["term"]) <= set(USUAL_TERMS):
        return _coefficient_table(tidy, phrases, questionnaire)
    rows = []
    for scale in in_order(tidy["scale"], questionnaire):
        part = tidy[tidy["scale"] == scale]
        row = {phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language)}
        for term in _METER_TERMS:
            if (part["term"] == term).any():
                row[phrases.say(f"term.{term}")] = _with_interval(
                    part, term, phrases, 2 if term in _METER_TERMS[:2] else 1
                )
        counts = part["n"].dropna()
        row[phrases.say("column.n")] = phrases.whole(int(counts.iloc[0])) if len(counts) else ""
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _coefficient_table(tidy: pd.DataFrame, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    rows = []
    for scale in in_order(tidy["scale"], questionnaire):
        part = tidy[tidy["scale"] == scale].drop_duplicates("term")
        for line in part.to_dict("records"):
            term = str(line["term"])
            rows.append(
                {
                    phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language),
                    phrases.say("column.term"): phrases.term(term),
                    phrases.say("column.estimate"): _with_interval(part, term, phrases, 1 if term in IN_POINTS else 2),
                    phrases.say("column.n"): "" if pd.isna(line["n"]) else phrases.whole(int(line["n"])),
                    phrases.say("column.method"): str(line["method"]),
                }
            )
    return without_blank_columns(pd.DataFrame(rows))


def _item_table(items: ItemAnalysis, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    tidy = items.tidy()
    rows = []
    for (scale, item), part in tidy.groupby(["scale", "item"], sort=False):
        row = {
            phrases.say("column.scale"): scale_name(str(scale), questionnaire, phrases.language),
            phrases.say("column.item"): item_name(str(item), questionnaire, phrases),
        }
        for term in _ITEM_TERMS:
            share = term.startswith("share")
            row[phrases.say(f"term.{term}")] = _one(part, term, phrases, 2, percent=share)
        rows.append(row)
    return pd.DataFrame(rows)


def _quality_table(quality: QualityReport, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    rows = []
    for line in quality.missing_by_item().to_dict("records"):
        row = {phrases.say("column.item"): item_name(str(line["item"]), questionnaire, phrases)}
        row[phrases.say("column.cells")] = "" if pd.isna(line["n"]) else phrases.whole(int(line["n"]))
        for kind in _KINDS:
            share = line.get(kind, math.nan)
            row[phrases.say(f"kind.{kind}")] = (
                phrases.say("cell.concealed") if pd.isna(share) else phrases.percent(float(share), 1)
            )
        rows.append(row)
    return pd.DataFrame(rows)


def full_table(result: Result, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return every row and column of a result's tidy table in words, rounded; empty columns are left out."""
    tidy = result.tidy()
    columns: dict[str, list[str]] = {}
    for name in tidy.columns:
        if name == "suppressed":
            continue
        cells = [_cell(str(name), value, phrases, questionnaire) for value in tidy[name]]
        if any(cells):
            columns[phrases.say(f"column.{name}")] = cells
    return pd.DataFrame(columns)


def _cell(column: str, value: Any, phrases: Phrases, questionnaire: Questionnaire | None) -> str:
    if isinstance(value, str):
        if column == "scale":
            return scale_name(value, questionnaire, phrases.language)
        if column == "group" and value in ARMS:
            return phrases.say(f"column.{('pilot_areas', 'comparison_areas')[ARMS.index(value)]}")
        return phrases.term(value) if column == "term" else value
    if value is None or pd.isna(value):
        return ""
    if column in {"p_value", "p_adjusted"}:
        return phrases.p_value(float(value))
    whole = column == "n" or (column in {"df", "estimate"} and float(value).is_integer() and value != 0)
    return phrases.whole(int(value)) if whole else phrases.number(float(value), 3)


def _line(part: pd.DataFrame, term: str) -> Mapping[str, Any]:
    found = part[part["term"] == term].to_dict("records")
    return {str(name): value for name, value in found[0].items()} if found else {}


def _one(part: pd.DataFrame, term: str, phrases: Phrases, decimals: int, *, percent: bool = False) -> str:
    line = _line(part, term)
    value = line.get("estimate", math.nan)
    if line.get("suppressed"):
        return phrases.say("cell.concealed")
    return phrases.percent(float(value)) if percent else phrases.number(float(value), decimals)


def _with_interval(part: pd.DataFrame, term: str, phrases: Phrases, decimals: int) -> str:
    line = _line(part, term)
    if line.get("suppressed"):
        return phrases.say("cell.too_few")
    value, low, high = (float(line.get(name, math.nan)) for name in ("estimate", "ci_low", "ci_high"))
    if math.isnan(value):
        return phrases.say("cell.not_estimable")
    shown = phrases.number(value, decimals)
    ends = phrases.say("cell.ends", low=phrases.number(low, decimals), high=phrases.number(high, decimals))
    return f"{shown} {ends}" if math.isfinite(low) and math.isfinite(high) and shown else shown


def _span(low: float, high: float, phrases: Phrases, decimals: int = 1, *, signed: bool = False) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    ends = [phrases.number(end, decimals, signed=signed) for end in (low, high)]
    return phrases.say("cell.span", low=ends[0], high=ends[1])


_TABLES: dict[type, Callable[..., pd.DataFrame]] = {
    Comparison: _change_table,
    ReliabilityResult: _meter_table,
    ItemAnalysis: _item_table,
    QualityReport: _quality_table,
    InvarianceResult: invariance_table,
    BiasResult: bias_table,
    AlignmentResult: alignment_table,
    SynthesisResult: synthesis_table,
    SubgroupResult: subgroup_table,
    ZoneProfile: profile_table,
    ZoneRanking: ranking_table,
    SafeTable: safe_table_table,
    AnonymityReport: anonymity_table,
    CodeFrequencies: frequency_table,
    CodeAgreement: coder_table,
    JointDisplay: joint_table,
    WaveLinks: links_table,
    ResponseRates: rates_table,
    Completion: completion_table,
    SurveyEstimates: estimates_table,
    DomainComparison: domains_table,
    AssociationTest: association_table,
    DesignRegression: regression_table,
    Representation: margins_table,
    Weighting: margins_table,
}
