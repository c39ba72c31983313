"""Tables for people of results about the meter: steps of comparability, item bias, aligned groups."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import item_name, scale_name
from trustmeter.psychometrics.comparability.alignment import AlignmentResult
from trustmeter.psychometrics.comparability.bias import BiasResult
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.questionnaire.model import Questionnaire

_INDICES = ("CFI", "RMSEA", "SRMR")


def invariance_table(found: InvarianceResult, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return the decisions: a row a scale and step, with the verdict on the scale."""
    rows = []
    for line in found.decisions.to_dict("records"):
        scale, step = str(line.get("scale", "")), str(line["step"])
        verdict = found.verdicts[scale].replace(" ", "_")
        rows.append(
            {
                phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language),
                phrases.say("column.step"): phrases.say_or(f"invariance.step.{step}", step),
                phrases.term("chi_square"): phrases.number(float(line["chi2"])),
                phrases.say("column.df"): str(line["df"]),
                **{name: phrases.number(float(line[name]), 3) for name in _INDICES},
                phrases.say("column.step_test"): _step_test(found, scale, step, phrases),
                phrases.term("change_cfi"): phrases.number(float(line["change CFI"]), 3, signed=True),
                phrases.say("column.released"): str(line["released"]),
                phrases.say("column.holds"): phrases.say(f"invariance.holds.{str(line['holds']).replace(' ', '_')}"),
                phrases.say("column.verdict"): phrases.say(f"invariance.verdict.{verdict}"),
            }
        )
    return without_blank_columns(pd.DataFrame(rows))


def bias_table(found: BiasResult, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row an item: its test, the size of the change, and the points that it brings in each group."""
    rows = []
    for (scale, item), part in found.table.groupby(["scale", "item"], sort=False):
        name = item_name(str(item), questionnaire, phrases) if item else phrases.say("bias.together")
        row = {
            phrases.say("column.scale"): scale_name(str(scale), questionnaire, phrases.language),
            phrases.say("column.item"): name,
        }
        total, size = part[part["term"] == "total"], part[part["term"] == "r2_change_nagelkerke"]
        row[phrases.say("column.p_adjusted")] = (
            phrases.p_value(float(total["p_adjusted"].iloc[0])) if len(total) else ""
        )
        row[phrases.term("r2_change_nagelkerke")] = (
            phrases.number(float(size["estimate"].iloc[0]), 3) if len(size) else ""
        )
        for line in part[part["term"].isin(["item_bias", "bias"])].to_dict("records"):
            row[phrases.say("column.points_in", group=line["group"])] = told_interval(line, phrases, 1, signed=True)
        flagged = "" if not item else "cell.yes" if item in found.flagged[str(scale)] else "cell.no"
        row[phrases.say("column.flagged")] = phrases.say(flagged) if flagged else ""
        rows.append(row)
    return without_blank_columns(pd.DataFrame(rows).fillna(""))


def alignment_table(found: AlignmentResult, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a group from the highest mean to the lowest, with the ranks that it may have."""
    lines = {(row["group"], row["term"]): row for row in found.table.to_dict("records")}
    rows = []
    for group in found.order:
        scale = str(lines[group, "mean"].get("scale", ""))
        rows.append(
            {
                phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language),
                phrases.say("column.group"): group,
                phrases.term("mean"): told_interval(lines[group, "mean"], phrases, 2, signed=True),
                phrases.term("variance"): told_interval(lines[group, "variance"], phrases, 2),
                phrases.say("column.ranks"): told_ranks(lines[group, "rank"], phrases),
                phrases.term("score_bias"): told_interval(lines[group, "score_bias"], phrases, 1, signed=True),
                phrases.say("column.n"): phrases.whole(int(lines[group, "mean"]["n"])),
            }
        )
    return without_blank_columns(pd.DataFrame(rows))


def told_ranks(row: Any, phrases: Phrases) -> str:
    """Return the ranks that a group may have."""
    low, high = phrases.whole(row["ci_low"]), phrases.whole(row["ci_high"])
    return phrases.say("alignment.one_rank" if low == high else "alignment.rank", low=low, high=high)


def told_interval(row: Any, phrases: Phrases, decimals: int, *, signed: bool = False) -> str:
    """Return an estimate with its interval in brackets, where it has one."""
    value = phrases.number(float(row["estimate"]), decimals, signed=signed)
    ends = [float(row["ci_low"]), float(row["ci_high"])]
    if not value or not all(map(math.isfinite, ends)):
        return value
    low, high = (phrases.number(end, decimals, signed=signed) for end in ends)
    return f"{value} {phrases.say('cell.ends', low=low, high=high)}"


def without_blank_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of texts without the columns that say nothing."""
    return table[[name for name in table.columns if any(table[name])]]


def _step_test(found: InvarianceResult, scale: str, step: str, phrases: Phrases) -> str:
    """Return the test of a step against the one before, after releases; nothing where there is nothing to test."""
    table = found.table
    mine = table[(table["scale"] == scale) & (table["contrast"] == step) & (table["term"] == "difference")]
    if not len(mine) or not mine["statistic"].notna().iloc[0]:
        return ""
    line = mine.iloc[0]
    p_value = phrases.p_value(float(line["p_value"]))
    numbers = {"statistic": phrases.number(float(line["statistic"])), "df": phrases.number(float(line["df"]), 0)}
    return phrases.say("cell.test", p=p_value if p_value.startswith("<") else f"= {p_value}", **numbers)
