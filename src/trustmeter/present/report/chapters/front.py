"""Page one: the answer in at most three sentences, one picture, whom it speaks for, how sure it is."""

from __future__ import annotations

from collections.abc import Sequence

from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow
from trustmeter.present.pilot.sentences import gaps_of, shocks_of
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.report.chapters.speaks_for import people_of_front
from trustmeter.present.report.chapters.sureness import sure_of_front, warnings_of_front
from trustmeter.present.report.document import Finding, Front

MOST_DRAWN = 8
"""More scales than these stand on the next pages."""
MOST_NAMED = 4
"""More scales than these are counted, not named."""
_ORDER = ("increase", "decrease", "no_relevant_change", "inconclusive", "suppressed")


def front_of(material: Material) -> Front:
    """Return page one."""
    from trustmeter.present.report.chapters.first_picture import draw_first

    rows = material.rows()
    chosen = top_rows(rows, material.primary)
    drawn = [row for row in chosen if row.shown][:MOST_DRAWN]
    return Front(
        answer=tuple(_answer(rows, chosen, material)),
        picture=draw_first(drawn, material, left=len(chosen) > len(drawn)) if drawn else None,
        people=tuple(people_of_front(material)),
        sure=tuple(sure_of_front(chosen, material)),
        warnings=tuple(warnings_of_front(chosen, material)),
    )


def top_rows(rows: Sequence[ChangeRow], primary: str) -> list[ChangeRow]:
    """Return the scales that page one shows, the leading one first: the one declared, else the questionnaire's first."""
    top = [row for row in rows if row.depth == 0 or row.scale == primary] or list(rows)
    return sorted(top, key=lambda row: row.scale != primary)


def _answer(rows: Sequence[ChangeRow], chosen: Sequence[ChangeRow], material: Material) -> list[Finding]:
    """Return the leading scale, how many of the others say what, and the caveat that matters most."""
    phrases = material.phrases
    first = shocks_of(material.change, phrases)
    caveat = Finding("", phrases.say(f"report.standing{material.ending}"))
    if not chosen:
        return [caveat]
    if first:
        told = [Finding("inconclusive", first)]
        told_apart = any(row.said != "inconclusive" for row in chosen)
        return [*told, *_others(chosen, "all" if told_apart and len(chosen) > 1 else "", material), caveat]
    lead = Finding(
        chosen[0].said, lead_sentence(chosen[0], material.family, material.names, material.change.conf_level, phrases)
    )
    others, key = chosen[1:], "one" if len(chosen) == 2 else "several"
    if not others:
        others, key = [row for row in rows if row is not chosen[0]], "parts"
    return [lead, *_others(others, key, material), caveat]


def _others(rows: Sequence[ChangeRow], key: str, material: Material) -> list[Finding]:
    if not rows or not key:
        return []
    told = others_told(rows, material.family, material.names, material.phrases)
    return [Finding("", material.phrases.say(f"front.others.{key}", n=material.phrases.whole(len(rows)), told=told))]


def lead_sentence(row: ChangeRow, family: str, names: tuple[str, str], conf_level: float, phrases: Phrases) -> str:
    """Return what page one says of its leading scale: one sentence that claims no more than the interval does.

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
    because = phrases.say(f"front.because.{row.telling}", **gaps) if row.said == "inconclusive" else ""
    return phrases.say(f"front.lead.{family}.{row.saying}", because=because, **gaps)


def others_told(rows: Sequence[ChangeRow], family: str, names: tuple[str, str], phrases: Phrases) -> str:
    """Return how many scales say what, the few of them by name: ``increase for 2 (A and B); we cannot tell for 5``."""
    told = []
    for said in _ORDER:
        found = [row.name for row in rows if row.said == said]
        if found:
            n = phrases.whole(len(found))
            if len(found) == len(rows) > 1:
                n = phrases.say("front.count.every", n=n)
            if len(found) <= MOST_NAMED and len(rows) > 1:
                n = phrases.say("front.count.named", n=n, names=", ".join(found))
            told.append(phrases.say(f"front.count.{family}.{said}", n=n, first=names[0], second=names[1]))
    return "; ".join(told) if phrases.language != "fr" else " ; ".join(told)
