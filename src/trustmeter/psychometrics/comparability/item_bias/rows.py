"""Findings on item bias as rows of tables, and as a sentence."""

from __future__ import annotations

import math
from typing import Any

from trustmeter.psychometrics.comparability.item_bias.finding import GroupBias, ItemFinding
from trustmeter.psychometrics.comparability.item_bias.purification import Examined
from trustmeter.results import format_p


def estimate_rows(one: Examined, conf_level: float) -> list[dict[str, Any]]:
    """Return the rows of the tidy table."""
    rows = [row for item, finding in enumerate(one.findings) for row in _item_rows(one, item, finding, conf_level)]
    for place, bias in enumerate(one.biases):
        rows.append(_bias_row(one, "", place, bias, conf_level) | {"term": "bias"})
    return rows


def decision_rows(one: Examined) -> list[dict[str, Any]]:
    """Return one row an item for reading."""
    rows = []
    for item, (name, finding) in enumerate(zip(one.data.items, one.findings, strict=True)):
        row: dict[str, Any] = {"scale": one.data.scale} if one.data.scale else {}
        row["item"] = name
        row |= {f"p {term}": format_p(float(values[item])) for term, values in one.p_adjusted.items()}
        if "r2_change_nagelkerke" in finding.sizes:
            row["R² change"] = finding.sizes["r2_change_nagelkerke"]
        for place, bias in enumerate(finding.biases):
            row[f"points {one.data.labels[place + 1]}"] = bias.estimate
        untested = not one.p_adjusted or all(math.isnan(values[item]) for values in one.p_adjusted.values())
        row["flagged"] = "not tested" if untested else "yes" if item in one.flagged else "no"
        rows.append(row)
    return rows


def sentence(one: Examined, across: str, conf_level: float) -> str:
    """Return what was found about a scale in one sentence."""
    of = f"Scale {one.data.scale!r}" if one.data.scale else "The items"
    if not one.flagged:
        if one.data.withheld:
            return f"{of}: whether items work differently ({across}) cannot be tested."
        return f"{of}: no item was found to work differently ({across}){_unexamined(one)}."
    if one.open_ended:
        return (
            f"{of}: items work differently ({across}), but which of them stays open, and what that does to the score."
        )
    listed = ", ".join(repr(one.data.items[item]) for item in one.flagged)
    count = f"{len(one.flagged)} of {one.data.k} items work{'s' if len(one.flagged) == 1 else ''} differently"
    effects = [
        f"{_signed(bias.estimate)} points in {one.data.labels[place + 1]!r} ({_limits(bias, conf_level)})"
        for place, bias in enumerate(one.biases)
    ]
    tail = f"; together they bring to the score {', '.join(effects)}" if effects else ""
    return f"{of}: {count} ({across}): {listed}{tail}, held against {one.data.labels[0]!r}{_unexamined(one)}."


def _unexamined(one: Examined) -> str:
    """Return which items could not be examined, for the end of a sentence."""
    names = [repr(name) for name, found in zip(one.data.items, one.findings, strict=True) if found.reason]
    return f"; {', '.join(names)} could not be examined" if names else ""


def _item_rows(one: Examined, item: int, finding: ItemFinding, conf_level: float) -> list[dict[str, Any]]:
    ground = {"scale": one.data.scale, "item": one.data.items[item], "group": "", "n": _count(one, item)}
    rows: list[dict[str, Any]] = []
    for term, test in finding.tests.items():
        p_adjusted = float(one.p_adjusted[term][item])
        rows.append(
            ground | {"term": term, "statistic": test.statistic, "df": test.df, "p_value": test.p_value,
                      "p_adjusted": p_adjusted, "method": test.method}
        )  # fmt: skip
    rows += [ground | {"term": term, "estimate": size} for term, size in finding.sizes.items()]
    for place, bias in enumerate(finding.biases):
        row = _bias_row(one, one.data.items[item], place, bias, conf_level)
        rows += [row, row | {"term": "item_bias_absolute", "estimate": bias.absolute, "std_error": None,
                             "ci_low": None, "ci_high": None}]  # fmt: skip
    return rows


def _bias_row(one: Examined, item: str, place: int, bias: GroupBias, conf_level: float) -> dict[str, Any]:
    label = one.data.labels[place + 1]
    margin = bias.margin(conf_level)
    return {
        "scale": one.data.scale, "item": item, "group": label, "term": "item_bias",
        "contrast": f"{label} - {one.data.labels[0]}", "estimate": bias.estimate, "std_error": bias.std_error,
        "ci_low": bias.estimate - margin, "ci_high": bias.estimate + margin, "n": len(one.data.groups),
        "method": "points of the 0-100 score",
    }  # fmt: skip


def _count(one: Examined, item: int) -> int:
    return int((one.data.codes[:, item] >= 0).sum())


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−") if not math.isnan(value) else "an unknown number of"


def _limits(bias: GroupBias, conf_level: float) -> str:
    margin = bias.margin(conf_level)
    low, high = _signed(bias.estimate - margin), _signed(bias.estimate + margin)
    return f"{100 * conf_level:g} %: {low} to {high}"
