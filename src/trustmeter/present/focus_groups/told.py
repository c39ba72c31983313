"""The words for focus groups: counts that are shown or hidden, the survey's answer, how talk and survey fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trustmeter.focus_groups.frequency import CodeFrequencies
from trustmeter.focus_groups.joint import MAIN_TERMS, JointDisplay
from trustmeter.pilot.change.result import Comparison
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import family_of

Line = Mapping[str, Any]


def group_words(group: str, phrases: Phrases) -> str:
    """Return a group's name, or what all sessions together are called."""
    return group or phrases.say("focus.all")


def lines_of(found: CodeFrequencies | JointDisplay, code: str, group: str) -> dict[str, Line]:
    """Return the rows of one code and group by their term."""
    table = found.table[(found.table["item"] == code) & (found.table["group"] == group)]
    return {str(row["term"]): {str(name): cell for name, cell in row.items()} for row in table.to_dict("records")}


def session_words(lines: Mapping[str, Line], phrases: Phrases) -> str:
    """Return in how many sessions a code came up."""
    line = lines["sessions"]
    if line["suppressed"]:
        return phrases.say("focus.cell.hidden_sessions")
    return _count(line, "sessions", "no_session", phrases)


def people_count(lines: Mapping[str, Line], phrases: Phrases) -> str:
    """Return how many people raised a code; an empty text where people are not known."""
    line = lines.get("people")
    if line is None:
        return ""
    if line["suppressed"]:
        return phrases.say("focus.cell.hidden_people")
    if "share_of_people" in lines:
        return _count(line, "people", "nobody", phrases)
    return _count(line, "heard", "nobody_heard", phrases)


def people_words(lines: Mapping[str, Line], phrases: Phrases) -> str:
    """Return how many people raised a code, with their share and its interval where they are known."""
    counted, share = people_count(lines, phrases), lines.get("share_of_people", {})
    ends = {name: float(share.get(f"ci_{name}", math.nan)) for name in ("low", "high")}
    if not math.isfinite(ends["low"]):
        return counted
    shown = {name: phrases.percent(one) for name, one in {"share": float(share["estimate"]), **ends}.items()}
    return phrases.say("focus.cell.share", counted=counted, **shown)


def both_words(lines: Mapping[str, Line], phrases: Phrases) -> str:
    """Return sessions and, where they are known, people."""
    sessions, people = session_words(lines, phrases), people_words(lines, phrases)
    return phrases.say("focus.cell.joined", first=sessions, second=people) if people else sessions


def _count(line: Line, key: str, none: str, phrases: Phrases) -> str:
    count = int(line["estimate"])
    return phrases.say(
        f"focus.cell.{key if count else none}", count=phrases.whole(count), n=phrases.whole(int(line["n"]))
    )


def code_sentences(joint: JointDisplay, scale: str, phrases: Phrases) -> list[str]:
    """Return a sentence for each code of a scale and each group: sessions, and people where known."""
    said = []
    for code in joint.links[scale]:
        for group in joint.groups:
            lines = lines_of(joint.frequencies, code, group)
            key = "of_group" if group else "of_code"
            said.append(phrases.say(f"focus.cell.{key}", code=code, group=group, told=both_words(lines, phrases)))
    return said


def survey_words(joint: JointDisplay, scale: str, phrases: Phrases) -> tuple[str, str, str]:
    """Return the survey's verdict on a scale (or an empty text), what its number is, and the number with the interval."""
    table = joint.table[joint.table["scale"] == scale]
    row = table[table["item"] == ""].iloc[0].to_dict()
    if row["suppressed"]:
        return "", phrases.term(str(row["term"])), phrases.say("cell.too_few")
    value, low, high = (float(row.get(name, math.nan)) for name in ("estimate", "ci_low", "ci_high"))
    known = math.isfinite(low) and math.isfinite(high)
    decimals = 1 if abs(value) >= 2 or (known and high - low >= 2) else 2
    signed = str(row["term"]) in MAIN_TERMS
    told = phrases.number(value, decimals, signed=signed) or phrases.say("cell.not_estimable")
    if known:
        ends = {"low": low, "high": high}
        span = phrases.say(
            "cell.span", **{name: phrases.number(one, decimals, signed=signed) for name, one in ends.items()}
        )
        told = f"{told} ({span})"
    return _verdict(joint, scale, phrases), phrases.term(str(row["term"])), told


def _verdict(joint: JointDisplay, scale: str, phrases: Phrases) -> str:
    word = joint.verdicts[scale]
    if not word:
        return ""
    family = family_of(joint.survey) if isinstance(joint.survey, Comparison) else "change"
    return phrases.say_or(f"verdict_word{'' if family == 'change' else f'_{family}'}.{word}", "")
