"""Pictures of what else could have been said: other analyses of one question, and those who were not seen again."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trustmeter.pilot.estimators.result import COMPANIONS, DECLARED, EstimatorComparison
from trustmeter.pilot.missing.loss import AttritionResult
from trustmeter.present.meter.pictures import check_scale, watermark
from trustmeter.present.phrases import MINUS, Phrases
from trustmeter.present.pilot.forest import ForestAxis, ForestRow, draw_forest
from trustmeter.present.pilot.told import Line
from trustmeter.present.reading import in_order, scale_name
from trustmeter.present.sheet import Chart
from trustmeter.questionnaire.model import Questionnaire

BOUNDS = ("worst", "lee")


def draw_estimators(
    found: EstimatorComparison,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw what every analysis that fits says in points, the declared one first."""
    check_scale(found, scale)
    scales = [one for one in in_order(found.verdicts, questionnaire) if scale in (None, one)]
    rows: list[ForestRow] = []
    told: list[str] = []
    for one in scales:
        lines = [line for line in _lines(found, one) if line["term"] not in COMPANIONS]
        name = scale_name(one, questionnaire, phrases.language)
        rows += [ForestRow(name, "heading")] if len(scales) > 1 else []
        rows += [_row(line, phrases) for line in lines]
        told.append(
            f"{name}: {_agreement(found, one, phrases)}" if len(scales) > 1 else _agreement(found, one, phrases)
        )
    told.append(phrases.say("analyses.decides"))
    declared = {found.smallest_effect.get(one, 0.0) for one in scales}
    smallest = declared.pop() if len(declared) == 1 else 0.0
    heading = _heading("analyses.heading", scales, questionnaire, phrases)
    return _drawn(found, rows, told, phrases, heading=heading, smallest=smallest, titled=titled)


def draw_attrition(
    found: AttritionResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the change of those seen again, the same mended for who was lost, and all that is possible."""
    check_scale(found, scale)
    scales = [one for one in in_order(found.readable, questionnaire) if scale in (None, one)]
    rows: list[ForestRow] = []
    told: list[str] = []
    for one in scales:
        lines = _lines(found, one)
        name = scale_name(one, questionnaire, phrases.language)
        rows += [ForestRow(name, "heading")] if len(scales) > 1 else []
        means = [line for line in lines if str(line["term"]).endswith(("_seen", "_weighted", "_modelled"))]
        means = [line for line in means if not str(line["term"]).startswith("std_")]
        rows += [_row(line, phrases) for line in means]
        rows += [_bar(lines, word, phrases) for word in BOUNDS if _end(lines, f"{word}_lower") is not None]
        share = _end(lines, "share_lost")
        if share is not None and math.isfinite(share):
            words = phrases.say("analyses.lost_share", share=phrases.percent(share))
            told.append(f"{name}: {words}" if len(scales) > 1 else words)
    effect = any(row.name == phrases.say("analyses.lee") for row in rows)
    told += [phrases.say("analyses.lee_read" if effect else "analyses.lost_read")] if rows else []
    heading = _heading("analyses.lost_heading", scales, questionnaire, phrases)
    return _drawn(found, rows, told, phrases, heading=heading, smallest=0.0, titled=titled)


def _drawn(
    found: EstimatorComparison | AttritionResult, rows: Sequence[ForestRow], told: Sequence[str], phrases: Phrases, *,
    heading: str, smallest: float, titled: bool,
) -> Chart:  # fmt: skip
    contrast = found.design.contrast.replace(" - ", f" {MINUS} ")
    title = phrases.say("analyses.axis", contrast=contrast, level=phrases.level(found.conf_level))
    legend = (("smallest", phrases.say("zones.mark.smallest")),) if smallest else ()
    axis = ForestAxis(title, smallest, legend, told, phrases.say("zones.beyond"))
    named = [f"{row.name}: {row.words}." for row in rows if row.words]
    alt = " ".join([heading, *named, *told])
    return draw_forest(
        rows, axis, phrases, heading=heading, alt=alt, titled=titled, watermark=watermark(found, phrases)
    )


def _heading(key: str, scales: Sequence[str], questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    heading = phrases.say(key)
    return f"{scale_name(scales[0], questionnaire, phrases.language)} – {heading}" if len(scales) == 1 else heading


def _lines(found: EstimatorComparison | AttritionResult, scale: str) -> list[Line]:
    """Return the rows of a scale that speak of all people, not of a group."""
    table = found.table[found.table["scale"] == scale]
    table = table[table["group"] == ""] if "group" in table.columns else table
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _row(line: Line, phrases: Phrases) -> ForestRow:
    name = phrases.term(str(line["term"]))
    value, low, high = (float(line[part]) for part in ("estimate", "ci_low", "ci_high"))
    if line.get("suppressed") or not math.isfinite(value):
        return ForestRow(name, "untold", words=phrases.say("analyses.untold"))
    words = phrases.number(value, signed=True)
    if math.isfinite(low) and math.isfinite(high):
        span = phrases.say("cell.span", low=phrases.number(low, signed=True), high=phrases.number(high, signed=True))
        words = f"{words}  ({span})"
    else:
        words = f"{words}  ({phrases.say('analyses.no_interval')})"
    return ForestRow(name, "own", value, low, high, words)


def _bar(lines: Sequence[Line], word: str, phrases: Phrases) -> ForestRow:
    low, high = (_end(lines, f"{word}_{end}") for end in ("lower", "upper"))
    ends = math.nan if low is None else low, math.nan if high is None else high
    name = phrases.say(f"analyses.{word}")
    if not all(math.isfinite(end) for end in ends):
        return ForestRow(name, "untold", words=phrases.say("analyses.untold"))
    told = {part: phrases.number(end, signed=True) for part, end in zip(("low", "high"), ends, strict=True)}
    return ForestRow(name, "new", math.nan, *ends, phrases.say("cell.span", **told))


def _end(lines: Sequence[Line], term: str) -> float | None:
    return next((float(line["estimate"]) for line in lines if line["term"] == term), None)


def _agreement(found: EstimatorComparison, scale: str, phrases: Phrases) -> str:
    """Return how many of the other analyses would give another verdict alone."""
    verdicts = found.verdicts[scale]
    if verdicts[DECLARED] == "suppressed":
        return phrases.say("analyses.untold")
    others = [verdict for term, verdict in verdicts.items() if term != DECLARED and verdict != "suppressed"]
    other = sum(verdict != verdicts[DECLARED] for verdict in others)
    key = "differ" if other else "agree"
    return phrases.say(f"analyses.{key}", k=phrases.whole(other), n=phrases.whole(len(others)))
