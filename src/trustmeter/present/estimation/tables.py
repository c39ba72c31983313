"""Tables for people: estimates for the population, differences between its groups, associations and regressions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from trustmeter.estimation.association import AssociationTest
from trustmeter.estimation.domains import JOINT, DomainComparison
from trustmeter.estimation.grid import BETWEEN
from trustmeter.estimation.regression import DesignRegression
from trustmeter.estimation.result import DESIGN_EFFECT, SurveyEstimates
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import item_name, scale_name
from trustmeter.questionnaire.model import Questionnaire

Line = Mapping[str, Any]
_OPEN = "…"
"""Stands for an end of an interval that is not known."""


def estimates_table(found: SurveyEstimates, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a group and estimate: the number, its interval, design effect and rows."""
    lines = {(str(line.get("group", "")), str(line["term"])): line for line in _lines(found.table)}
    share, level = found.statistic == "share", phrases.level(found.conf_level)
    rows = []
    for (group, term), line in lines.items():
        if term.startswith(DESIGN_EFFECT):
            continue
        cells = {} if found.statistic == "own" else _named(found, questionnaire, phrases)
        if found.by:
            cells[phrases.say("column.group")] = _group(group, found, phrases)
        cells[phrases.say("column.term")] = _measure(term, found, phrases)
        cells[phrases.say("column.estimate")] = _shown(line, phrases, share=share)
        cells[phrases.say("column.interval", level=level)] = _interval(line, phrases, share=share)
        effect = lines.get((group, DESIGN_EFFECT + term.removeprefix(found.statistic)), {})
        cells[phrases.say("estimates.design_effect")] = phrases.number(_number(effect, "estimate"), 2)
        cells[phrases.say("column.n")] = "" if pd.isna(line.get("n")) else phrases.whole(int(line["n"]))
        rows.append(cells)
    return _without_blank(pd.DataFrame(rows), phrases.say("estimates.design_effect"))


def domains_table(found: DomainComparison, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a difference and, where a measure has several, a row for all of them together."""
    share, level, lines = found.statistic == "share", phrases.level(found.conf_level), _lines(found.table)
    several = len({str(line["contrast"]) for line in lines if not str(line["term"]).startswith(JOINT)}) > 1
    rows = []
    for line in lines:
        joint = str(line["term"]).startswith(JOINT)
        if joint and not several:
            continue
        term = str(line["term"]).removeprefix(JOINT).strip() if joint else str(line["term"])
        rows.append({
            **_named(found, questionnaire, phrases),
            phrases.say("column.term"): _measure(term or found.statistic, found, phrases),
            phrases.say("column.contrast"): phrases.say("estimates.all_contrasts") if joint else str(line["contrast"]),
            phrases.say("column.estimate"): "" if joint else _shown(line, phrases, share=share, signed=True),
            phrases.say("column.interval", level=level): _interval(line, phrases, share=share, signed=True),
            phrases.say("column.p_value"): phrases.p_value(_number(line, "p_value")),
            phrases.say("column.p_adjusted"): phrases.p_value(_number(line, "p_adjusted")),
        })  # fmt: skip
    return pd.DataFrame(rows)


def association_table(found: AssociationTest, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a test, and the size of the association."""
    both = phrases.say("estimates.with", one=item_name(found.rows, questionnaire, phrases),
                       other=item_name(found.columns, questionnaire, phrases))  # fmt: skip
    rows = []
    for line in _lines(found.table):
        n = line.get("n")
        rows.append({
            phrases.say("column.contrast"): both,
            phrases.say("column.term"): phrases.say(f"estimates.test.{line['term']}"),
            phrases.say("column.estimate"): phrases.number(_number(line, "estimate"), 2),
            phrases.say("column.statistic"): phrases.number(_number(line, "statistic"), 2),
            phrases.say("column.df"): phrases.number(_number(line, "df"), 1),
            phrases.say("column.p_value"): phrases.p_value(_number(line, "p_value")),
            phrases.say("column.n"): "" if pd.isna(n) else phrases.whole(int(n)),
        })  # fmt: skip
    return pd.DataFrame(rows)


def regression_table(found: DesignRegression, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a coefficient, and for predictors with several a row for all of them together."""
    level, rows = phrases.level(found.conf_level), []
    for line in _lines(found.table):
        together = math.isnan(_number(line, "estimate"))
        contrast = phrases.say("estimates.all_zero") if together else str(line["contrast"])
        rows.append({
            phrases.say("estimates.outcome"): _variable(found.outcome, questionnaire, phrases),
            phrases.say("estimates.predictor"): _predictor(str(line["term"]), questionnaire, phrases),
            phrases.say("column.contrast"): contrast,
            phrases.say(f"estimates.coefficient.{found.family}"): phrases.number(_number(line, "estimate"), 2, signed=True),
            phrases.say("column.interval", level=level): _interval(line, phrases, share=False, signed=True),
            phrases.say("column.p_value"): phrases.p_value(_number(line, "p_value")),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _lines(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in line.items()} for line in table.to_dict("records")]


def _number(line: Line, name: str) -> float:
    value = line.get(name)
    return math.nan if value is None or pd.isna(value) else float(value)


def _shown(line: Line, phrases: Phrases, *, share: bool, signed: bool = False) -> str:
    if line.get("suppressed"):
        return phrases.say("cell.concealed")
    return _written(_number(line, "estimate"), phrases, share=share, signed=signed)


def _written(value: float, phrases: Phrases, *, share: bool, signed: bool = False) -> str:
    if share and signed:
        return (
            phrases.say("estimates.points", value=phrases.number(100 * value, 1, signed=True))
            if math.isfinite(value)
            else ""
        )
    return phrases.percent(value, 1) if share else phrases.number(value, 2, signed=signed)


def _interval(line: Line, phrases: Phrases, *, share: bool, signed: bool = False) -> str:
    ends = [_number(line, name) for name in ("ci_low", "ci_high")]
    if not any(math.isfinite(end) for end in ends):
        return ""
    low, high = (_OPEN if math.isnan(end) else phrases.number(100 * end, 1, signed=True) if share and signed
                 else _written(end, phrases, share=share, signed=signed) for end in ends)  # fmt: skip
    return phrases.say("cell.span", low=low, high=high)


def _named(
    found: SurveyEstimates | DomainComparison, questionnaire: Questionnaire | None, phrases: Phrases
) -> dict[str, str]:
    sides = [_variable(one, questionnaire, phrases) for one in found.variable.split(" / ")]
    return {phrases.say("estimates.variable"): " / ".join(sides)}


def _group(group: str, found: SurveyEstimates, phrases: Phrases) -> str:
    parts = group.split(BETWEEN) if len(found.by) > 1 else [group]
    if len(parts) != len(found.by):
        return group
    return ", ".join(_label(name, part, found, phrases) for name, part in zip(found.by, parts, strict=True))


def _label(variable: str, category: str, found: SurveyEstimates | DomainComparison, phrases: Phrases) -> str:
    return found.labels.get(variable, {}).get(category, {}).get(phrases.language, category)


def _measure(term: str, found: SurveyEstimates | DomainComparison, phrases: Phrases) -> str:
    kind, _, what = term.partition(":")
    if found.statistic in ("share", "total") and what:
        return phrases.say(f"estimates.{kind}_of", what=_label(found.variable, what, found, phrases))
    return term if found.statistic == "own" else _term(term, phrases)


def _term(term: str, phrases: Phrases) -> str:
    kind, _, what = term.partition(":")
    if kind == "quantile":
        if what == "0.5":
            return phrases.say("estimates.median")
        return phrases.say("estimates.quantile_of", what=phrases.percent(float(what), 0 if len(what) <= 4 else 1))
    return phrases.say_or(f"estimates.{kind}", term)


def _variable(name: str, questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    named = scale_name(name, questionnaire, phrases.language)
    return named if named != name else item_name(name, questionnaire, phrases)


def _predictor(name: str, questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    return phrases.say("estimates.constant") if name == "constant" else _variable(name, questionnaire, phrases)


def _without_blank(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table.drop(columns=column) if column in table and not table[column].any() else table
