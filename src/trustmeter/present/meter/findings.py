"""From results that are a few numbers with intervals to their pictures: agreement, aligned groups, item bias."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.present.meter.intervals import Axis, IntervalRow, draw_intervals
from trustmeter.present.meter.pictures import check_scale, watermark
from trustmeter.present.meter.tables import told_ranks
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import item_name, scale_name
from trustmeter.present.sheet import Chart
from trustmeter.psychometrics.agreement.result import AgreementResult
from trustmeter.psychometrics.comparability.alignment import AlignmentResult
from trustmeter.psychometrics.comparability.bias import BiasResult
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.results import Result


def draw_agreement(
    found: AgreementResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw bias and limits of agreement with their intervals; no person's difference, for that is an answer of theirs."""
    del questionnaire
    check_scale(found, scale)
    lines = {str(row["term"]): row for row in found.table.to_dict("records")}
    if "limit_lower" not in lines:
        message = "`plot` draws limits of agreement, as `bland_altman` gives them, not other results of agreement."
        raise DesignError(f"{message} Use `.tidy()` or `to_table(...)`.")
    named = {term: lines[term] for term in ("limit_upper", "bias", "limit_lower")}
    width = named["limit_upper"]["estimate"] - named["limit_lower"]["estimate"]
    decimals = 1 if width >= 5 else 2 if width >= 0.5 else 3
    rows = [_interval_row(phrases.term(term), row, phrases, decimals=decimals) for term, row in named.items()]
    options = found.provenance.options
    share = phrases.percent(float(options["coverage"]), 0 if float(100 * options["coverage"]).is_integer() else 1)
    told = [phrases.say("agreement.told", share=share, n=phrases.whole(int(lines["bias"]["n"])))]
    slope = lines.get("proportional_bias")
    if slope is not None and not slope["ci_low"] <= 0 <= slope["ci_high"]:
        told.append(phrases.say("agreement.sloped", slope=phrases.number(slope["estimate"], 2)))
    axis = Axis(
        phrases.say("agreement.axis", level=_level(found, phrases)), told,
        (float(lines["limit_lower"]["estimate"]), float(lines["limit_upper"]["estimate"])),
    )  # fmt: skip
    heading = phrases.say("heading.agreement")
    return draw_intervals(
        rows, axis, phrases, heading=heading, alt=_alt(heading, rows, told), titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def draw_alignment(
    found: AlignmentResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the groups' means from the highest to the lowest, each with the ranks that it may have."""
    check_scale(found, scale)
    lines = {(row["group"], row["term"]): row for row in found.table.to_dict("records")}
    rows = []
    for group in found.order:
        row = _interval_row(group, lines[group, "mean"], phrases, decimals=2)
        rows.append(replace(row, words=f"{row.words}, {told_ranks(lines[group, 'rank'], phrases)}"))
    fixed = found.provenance.options.get("identification", "fixed") == "fixed"
    first = str(found.table["group"].iloc[0])
    title = phrases.say("alignment.axis" if fixed else "alignment.axis_free", group=first, level=_level(found, phrases))
    heading = phrases.say("heading.alignment")
    scales = [str(one) for one in found.table["scale"].unique() if one] if "scale" in found.table else []
    if scales:
        heading = f"{scale_name(scales[0], questionnaire, phrases.language)} – {heading}"
    doubt = found.verdict.replace(" ", "_")
    told = [] if found.verdict == "comparable" else [phrases.say(f"alignment.{doubt}")]
    told.append(phrases.say("alignment.told"))
    return draw_intervals(
        rows, Axis(title, told), phrases, heading=heading, alt=_alt(heading, rows, told), titled=titled,
        watermark=watermark(found, phrases),
    )  # fmt: skip


def draw_bias(
    found: BiasResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the points that each item adds to the score in each group beside the first."""
    check_scale(found, scale)
    table = found.table[found.table["term"].isin(["item_bias", "bias"])]
    rows: list[IntervalRow] = []
    several = found.table["scale"].nunique() > 1
    for one, part in table.groupby("scale", sort=False):
        if scale not in (None, one):
            continue
        if several:
            rows.append(IntervalRow(scale_name(str(one), questionnaire, phrases.language)))
        for item, lines in part.groupby("item", sort=False):
            flagged = not item or item in found.flagged[str(one)]
            name = item_name(str(item), questionnaire, phrases) if item else phrases.say("bias.together")
            rows += [replace(row, depth=row.depth + several) for row in _groups(name, lines, flagged, found, phrases)]
    title = phrases.say("bias.axis", group=found.labels[0], level=_level(found, phrases))
    told = [phrases.say("bias.told")]
    heading = phrases.say("heading.bias", groups=phrases.join(found.labels))
    return draw_intervals(
        rows, Axis(title, told), phrases, heading=heading, alt=_alt(heading, rows, told), titled=titled,
        watermark=watermark(found, phrases),
    )  # fmt: skip


def _groups(name: str, lines: pd.DataFrame, flagged: bool, found: BiasResult, phrases: Phrases) -> list[IntervalRow]:
    """Return an item's rows: one a group under its name, or its own where there is one group beside the first."""
    told = lines.to_dict("records")
    if len(found.labels) == 2:
        return [_interval_row(name, row, phrases, filled=flagged) for row in told]
    rows = [_interval_row(str(row["group"]), row, phrases, filled=flagged, depth=1) for row in told]
    return [IntervalRow(name), *rows]


def _interval_row(
    name: str, row: Any, phrases: Phrases, *, decimals: int = 1, filled: bool = True, depth: int = 0
) -> IntervalRow:
    value, low, high = (float(row[part]) for part in ("estimate", "ci_low", "ci_high"))
    words = phrases.number(value, decimals, signed=True)
    if math.isfinite(low) and math.isfinite(high):
        ends = [phrases.number(end, decimals, signed=True) for end in (low, high)]
        words = f"{words}  ({phrases.say('cell.span', low=ends[0], high=ends[1])})"
    return IntervalRow(name, value, low, high, words, filled, depth)


def _alt(heading: str, rows: list[IntervalRow], told: list[str]) -> str:
    """Return all rows in sentences, each after the headings above it."""
    named = []
    above: dict[int, str] = {}
    for row in rows:
        above = {depth: name for depth, name in above.items() if depth < row.depth} | {row.depth: row.name}
        if row.words:
            named.append(f"{', '.join(name.rstrip('.') for name in above.values())}: {row.words}.")
    return " ".join([heading if heading.endswith("?") else f"{heading}.", *named, *told])


def _level(found: Result, phrases: Phrases) -> str:
    return phrases.level(float(found.provenance.options.get("conf_level", 0.95)))
