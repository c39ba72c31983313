"""Tables for people: codes by group, coders' agreement, talk beside survey."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from trustmeter.focus_groups.coders import CodeAgreement
from trustmeter.focus_groups.frequency import CodeFrequencies
from trustmeter.focus_groups.joint import JointDisplay
from trustmeter.focus_groups.sums import COEFFICIENTS
from trustmeter.present.focus_groups.told import (
    code_sentences,
    group_words,
    lines_of,
    people_words,
    session_words,
    survey_words,
)
from trustmeter.present.meter.tables import without_blank_columns
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import in_order, scale_name
from trustmeter.questionnaire.model import Questionnaire


def frequency_table(found: CodeFrequencies, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a code and group: sessions, and people where they are known."""
    del questionnaire
    rows = []
    for code in found.codes:
        for group in found.groups:
            lines = lines_of(found, code, group)
            rows.append({
                phrases.say("focus.column.code"): "– " * found.depths[code] + code,
                phrases.say("column.group"): group_words(group, phrases),
                phrases.say("term.sessions"): session_words(lines, phrases),
                phrases.say("term.people"): people_words(lines, phrases),
            })  # fmt: skip
    return without_blank_columns(pd.DataFrame(rows))


def coder_table(found: CodeAgreement, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a code, and one over all codes: how often it was given, and the coefficients with intervals."""
    del questionnaire
    rows = []
    for code in (*found.codes, ""):
        part = found.table[found.table["item"] == code].set_index("term").to_dict("index")
        row = {phrases.say("focus.column.code"): code or phrases.say("focus.over_codes")}
        shown = code and not part["prevalence"]["suppressed"]
        row[phrases.say("term.prevalence")] = phrases.percent(part["prevalence"]["estimate"]) if shown else ""
        row |= {phrases.say(f"term.{term}"): _coefficient(part[term], phrases) for term in COEFFICIENTS}
        row[phrases.say("column.n")] = phrases.whole(int(part["agreement"]["n"]))
        rows.append(row)
    return pd.DataFrame(rows)


def joint_table(found: JointDisplay, phrases: Phrases, questionnaire: Questionnaire | None) -> pd.DataFrame:
    """Return a row a scale: the survey's answer, what people raised, a quote where one was chosen, and how the two fit."""
    rows = []
    for scale in in_order(found.links, questionnaire):
        verdict, term, value = survey_words(found, scale, phrases)
        row = {
            phrases.say("column.scale"): scale_name(scale, questionnaire, phrases.language),
            phrases.say("column.verdict"): verdict,
            phrases.say("focus.column.survey"): phrases.say("focus.cell.of_code", code=term, told=value),
            phrases.say("focus.column.talk"): "\n".join(code_sentences(found, scale, phrases)),
        }
        if found.quotes:
            quote = found.quotes.get(scale)
            row[phrases.say("focus.column.quote")] = phrases.say("focus.quoted", words=quote) if quote else ""
        rows.append({**row, phrases.say("focus.column.fit"): phrases.say(f"focus.fit.{found.fit[scale]}")})
    return without_blank_columns(pd.DataFrame(rows))


def _coefficient(line: dict[Any, Any], phrases: Phrases) -> str:
    value, low, high = (float(line.get(name, math.nan)) for name in ("estimate", "ci_low", "ci_high"))
    if math.isnan(value):
        return phrases.say("cell.concealed" if line["suppressed"] else "focus.cell.varies")
    shown = phrases.number(value, 2)
    if not (math.isfinite(low) and math.isfinite(high)):
        return shown
    return f"{shown} {phrases.say('cell.ends', low=phrases.number(low, 2), high=phrases.number(high, 2))}"
