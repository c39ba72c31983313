"""From results of focus groups to their pictures: what is read out of each, and in which words."""

from __future__ import annotations

import math

from trustmeter.errors import DesignError
from trustmeter.focus_groups.coders import CodeAgreement
from trustmeter.focus_groups.frequency import CodeFrequencies
from trustmeter.focus_groups.joint import JointDisplay
from trustmeter.present.focus_groups.bars import MOST_GROUPS, CodeCell, CodeRow, draw_bars
from trustmeter.present.focus_groups.display import JointRow, draw_table
from trustmeter.present.focus_groups.told import (
    code_sentences,
    group_words,
    lines_of,
    people_count,
    session_words,
    survey_words,
)
from trustmeter.present.meter.pictures import watermark
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.forest import ForestAxis, ForestRow, draw_forest
from trustmeter.present.reading import in_order, scale_name
from trustmeter.present.sheet import Chart
from trustmeter.questionnaire.model import Questionnaire


def draw_codes(
    found: CodeFrequencies,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw in which share of the sessions each code came up, group by group."""
    del questionnaire
    _no_scale(scale, "Codes by group")
    if len(found.groups) > MOST_GROUPS + 1:
        message = f"`plot` draws codes of at most {MOST_GROUPS} groups beside each other. Got {len(found.groups)}."
        raise DesignError(f"{message} Use `to_table(...)`.")
    rows = [
        CodeRow(code, found.depths[code], tuple(_cell(found, code, group, phrases) for group in found.groups))
        for code in found.codes
    ]
    groups = [group_words(group, phrases) for group in found.groups]
    told = [phrases.say("focus.bar"), phrases.say("focus.no_sample")]
    heading = phrases.say("heading.codes")
    return draw_bars(
        rows, groups, told, phrases, heading=heading, alt=phrases.say("alt.codes"), titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def draw_coders(
    found: CodeAgreement,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw Krippendorff's alpha of each code, and over all codes, with intervals."""
    del questionnaire
    _no_scale(scale, "Agreement of coders")
    table = found.table[found.table["term"] == "krippendorff_alpha"].to_dict("records")
    lines = {str(row["item"]): row for row in table}
    rows = []
    for code in (*found.codes, ""):
        value, low, high = (float(lines[code].get(name, math.nan)) for name in ("estimate", "ci_low", "ci_high"))
        if math.isnan(value):
            key = "cell.concealed" if lines[code]["suppressed"] else "focus.cell.varies"
            rows.append(ForestRow(code or phrases.say("focus.over_codes"), "untold", words=phrases.say(key)))
            continue
        words = phrases.number(value, 2)
        if math.isfinite(low):
            span = phrases.say("cell.span", low=phrases.number(low, 2), high=phrases.number(high, 2))
            words = f"{words}  ({span})"
        name = code or phrases.say("focus.over_codes")
        rows.append(ForestRow(name, "own" if code or not math.isfinite(low) else "average", value, low, high, words))
    level = phrases.level(found.conf_level)
    axis = ForestAxis(
        phrases.say("focus.axis", level=level), 0.0, (), [phrases.say("focus.alpha_read")], phrases.say("zones.beyond")
    )
    heading = phrases.say("heading.coders")
    alt = " ".join([f"{heading}.", *(f"{row.name}: {row.words}." for row in rows)])
    return draw_forest(
        rows, axis, phrases, heading=heading, alt=alt, titled=titled, watermark=watermark(found, phrases)
    )


def draw_joint(
    found: JointDisplay,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the joint display as a table: scale, survey, talk, fit."""
    if scale is not None and scale not in found.links:
        raise DesignError(
            f"There is no scale {scale!r} in this result. Its scales are: {', '.join(map(repr, found.links))}."
        )
    rows = []
    for one in in_order(found.links, questionnaire):
        if scale in (None, one):
            verdict, term, value = survey_words(found, one, phrases)
            quote = phrases.say("focus.quoted", words=found.quotes[one]) if one in found.quotes else ""
            talk, fit = tuple(code_sentences(found, one, phrases)), phrases.say(f"focus.fit.{found.fit[one]}")
            name = scale_name(one, questionnaire, phrases.language)
            rows.append(JointRow(name, verdict, term, value, talk, quote, found.fit[one], fit))
    headings = [
        phrases.say("column.scale"),
        *(phrases.say(f"focus.column.{name}") for name in ("survey", "talk", "fit")),
    ]
    told = [phrases.say("focus.judged"), phrases.say("focus.no_sample")]
    told += [phrases.say("focus.hidden_why")] if found.table.loc[found.table["item"] != "", "suppressed"].any() else []
    heading = phrases.say("heading.joint")
    said = [
        f"{row.name}: {'. '.join(part for part in (row.verdict, f'{row.term} {row.value}', *row.talk, row.fit_words) if part)}."
        for row in rows
    ]
    alt = " ".join([phrases.say("alt.joint"), *said, *told])
    return draw_table(
        rows, headings, told, phrases, heading=heading, alt=alt, titled=titled, watermark=watermark(found, phrases)
    )


def _cell(found: CodeFrequencies, code: str, group: str, phrases: Phrases) -> CodeCell:
    lines = lines_of(found, code, group)
    sessions = lines["sessions"]
    share = None if sessions["suppressed"] else float(sessions["estimate"]) / int(sessions["n"])
    return CodeCell(
        share, tuple(part for part in (session_words(lines, phrases), people_count(lines, phrases)) if part)
    )


def _no_scale(scale: str | None, what: str) -> None:
    if scale is not None:
        raise DesignError(f"{what} have no scales. Leave `scale` out.")
