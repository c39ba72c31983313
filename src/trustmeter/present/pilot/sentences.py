"""What a comparison says of one scale, in one or two sentences that claim no more than the interval does."""

from __future__ import annotations

import math

from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow, change_rows, family_of
from trustmeter.present.reading import compared, scale_name


def sentence_of(row: ChangeRow, family: str, names: tuple[str, str], conf_level: float, phrases: Phrases) -> str:
    """Return what can be said of one scale.

    Parameters
    ----------
    row
        What was found.
    family
        ``"change"``, ``"effect"`` or ``"group"``.
    names
        Of the two waves or groups.
    conf_level
        Of the interval.
    phrases
        The language.
    """
    gaps = gaps_of(row, names, conf_level, phrases)
    why = "" if row.said == "suppressed" else phrases.say(f"told.why.{row.telling}", **gaps)
    arms = phrases.say("told.arms", **gaps) if family == "effect" and math.isfinite(row.beside[0]) else ""
    return phrases.say(f"told.{family}.{row.saying}", why=why, arms=arms, **gaps).strip()


def sentences_of(change: Comparison, phrases: Phrases) -> list[tuple[ChangeRow, str]]:
    """Return each scale of a comparison with what can be said of it."""
    family, names = family_of(change), compared(change)
    return [(row, sentence_of(row, family, names, change.conf_level, phrases)) for row in change_rows(change, phrases)]


def shocks_of(change: Comparison, phrases: Phrases) -> str:
    """Return the sentence that comes before all others where areas are too few to tell an effect; else nothing."""
    rows = [row for row in change_rows(change, phrases) if row.shown]
    told = next((row for row in rows if row.telling in {"single", "few_areas"}), None)
    return "" if told is None else phrases.say(f"told.first.{told.telling}", **_areas_told(row=told, phrases=phrases))


def gaps_of(row: ChangeRow, names: tuple[str, str], conf_level: float, phrases: Phrases) -> dict[str, str]:
    """Return what fills the gaps of the sentences on one scale."""
    low, high = row.narrow if row.telling == "within" else (row.low, row.high)
    return {
        "scale": row.name,
        "first": names[0],
        "second": names[1],
        "before": phrases.number(row.before),
        "after": phrases.number(row.after),
        "before_beside": phrases.number(row.beside[0]),
        "after_beside": phrases.number(row.beside[1]),
        "change": phrases.number(row.change, signed=True),
        "low": phrases.number(low, signed=True),
        "high": phrases.number(high, signed=True),
        "smallest": points_of(row.smallest, phrases),
        "level": phrases.level(2 * conf_level - 1 if row.telling == "within" else conf_level),
        **_areas_told(row, phrases),
    }


def _areas_told(row: ChangeRow, phrases: Phrases) -> dict[str, str]:
    return {"treated": phrases.whole(row.areas[0]), "others": phrases.whole(row.areas[1])}


def points_of(value: float, phrases: Phrases) -> str:
    """Return a declared number of points as it was declared: whole where it is whole."""
    return phrases.number(value, 0 if float(value).is_integer() else 1 if float(10 * value).is_integer() else 2)


def people_of(change: Comparison) -> str:
    """Return how the waves hang together: the same people, different ones, or partly the same."""
    if isinstance(change.design, PilotDesign) and change.design.linked == "overlap":
        return "overlap"
    return "linked" if change.linked else "unlinked"


def declared_of(change: Comparison, phrases: Phrases) -> list[str]:
    """Return the sentence that tells the smallest effects declared beforehand, where there are any."""
    declared = {scale: value for scale, value in change.smallest_effect.items() if value}
    known = change.scores.answers.questionnaire
    told = [points_of(value, phrases) for value in declared.values()]
    if len(set(told)) > 1 or 0 < len(told) < len(change.verdicts):
        names = [scale_name(scale, known, phrases.language) for scale in declared]
        each = zip(names, told, strict=True)
        told = [phrases.say("report.smallest_of", scale=name, value=value) for name, value in each]
    return [phrases.say("report.smallest", points=phrases.join(dict.fromkeys(told)))] if told else []
