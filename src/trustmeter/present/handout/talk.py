"""What the sheet for the table says: few plain words, chosen by the verdicts, that claim no more than these."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.pilot.file.model import Contact, Pilot
from trustmeter.present.handout.leaflet import Leaflet
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow, change_rows, family_of
from trustmeter.present.pilot.sentences import people_of, shocks_of
from trustmeter.present.reading import compared
from trustmeter.present.report.chapters.margins.page import pairs_of
from trustmeter.present.report.document import Finding
from trustmeter.present.tally import capital, counted, groups_of
from trustmeter.present.weighting.told import margins_told
from trustmeter.responses.labels import row_labels
from trustmeter.weighting.result import Weighting

FOUND = ("increase", "decrease", "no_relevant_change")
"""The verdicts that say something; each gets one line."""

_ASKED_ABOUT = ("decrease", "increase", "no_relevant_change", "inconclusive", "suppressed")
"""Which findings are talked about first."""


@dataclass(frozen=True, slots=True)
class Way:
    """How much is said: scales named in a line of what was found, and of what stays open; set tightly; questions that name."""

    found: int
    left_open: int
    tight: bool
    naming: bool


_WAYS = (
    *(Way(most, most, tight=False, naming=True) for most in (6, 4, 3)),
    *(Way(most, most, tight=True, naming=True) for most in (6, 4, 3, 2, 1)),
    *(Way(most, most, tight=True, naming=False) for most in (3, 2, 1)),
    *(Way(most, 0, tight=True, naming=False) for most in (3, 2, 1, 0)),
)
"""The first of these that fits one page is taken; scales beyond those named are counted."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What is talked about: the scales and how they were compared, before any words are chosen.

    Parameters
    ----------
    title, asked, mark
        What stands on top, what was asked of whom, and that data are simulated.
    rows
        The scales.
    family, names
        Which words tell the comparison, and what is compared.
    few_areas
        Whether there are too few areas to tell an effect.
    contact
        A function and a mailbox to turn to, where they are known.
    weighted
        A sentence on whether the answer is the same counted as the population is made up; empty where that is not known.
    """

    title: str
    asked: str
    mark: str
    rows: Sequence[ChangeRow]
    family: str
    names: tuple[str, str]
    few_areas: bool = False
    contact: str = ""
    weighted: str = ""


def talk_of(
    change: Comparison, phrases: Phrases, *, publish: int = FEWEST_PEOPLE, show: int = FEWEST_IN_A_CELL, pilot: Pilot | None = None,
    title: str | None = None, weighting: Weighting | None = None, beside: WeightedBeside | None = None,
) -> Talk:  # fmt: skip
    """Return what there is to talk about of a comparison, and whom to ask where its pilot says it.

    `publish` are the people that must be there to be counted, `show` the smallest count above zero that may be shown.
    """
    zones = zones_of(change) if pilot is None else [pilot.zone]
    lead = None if pilot is None else pilot.contacts.get("project_lead")
    return Talk(
        title=title or heading_of(zones, phrases, "sheet"),
        asked=asked_of(change, phrases, publish, show),
        mark=phrases.say("simulated.mark") if change.simulated or (beside is not None and beside.simulated) else "",
        rows=top_rows(change, phrases),
        family=family_of(change),
        names=compared(change),
        few_areas=bool(shocks_of(change, phrases)),
        contact="" if lead is None else _turned_to(lead, phrases.language),
        weighted=_weighted(change, weighting, beside, phrases),
    )


def _weighted(change: Comparison, weighting: Weighting | None, beside: WeightedBeside | None, phrases: Phrases) -> str:
    """Return whether the verdicts on the scales of the sheet are the same with weights that meet the population."""
    if weighting is None or beside is None:
        return ""
    pairs = pairs_of(beside, top_rows(change, phrases), phrases)
    if not pairs:
        return ""
    others = [row.name for row, other in pairs if row.said != other.said]
    key = "weighted_differ" if others else "weighted_same"
    margins = margins_told(weighting.margins, phrases)
    return phrases.say(f"sheet.{key}", margins=margins, scales=phrases.join(others))


def _turned_to(lead: Contact, language: str) -> str:
    function = "" if lead.function is None else lead.function.read(language)
    return ", ".join(word for word in (function, lead.mailbox) if word)


def leaflet_of(talk: Talk, phrases: Phrases) -> Leaflet:
    """Return the sheet, with as many names as fit one page in large letters."""
    talks = (talk, replace(talk, weighted="")) if talk.weighted else (talk,)
    made = (_leaflet(one, phrases, way) for one in talks for way in _WAYS)
    found = next((leaflet for leaflet in made if leaflet.size() is not None), None)
    if found is None:
        raise DesignError("The title of `copmite_sheet` is too long for one page in large letters. Make it shorter.")
    return found


def top_rows(change: Comparison, phrases: Phrases) -> list[ChangeRow]:
    """Return the scales that are not part of another; all where there are no others."""
    rows = change_rows(change, phrases)
    return [row for row in rows if row.depth == 0] or rows


def zones_of(change: Comparison) -> list[str]:
    """Return the zones that people come from."""
    answers = change.scores.answers
    column = answers.roles.zone
    return [] if column is None else sorted(map(str, row_labels(answers.frame[column]).dropna().unique()))


def heading_of(zones: Sequence[str], phrases: Phrases, key: str) -> str:
    """Return a title with the zones in it where there are at most three."""
    if 0 < len(zones) <= 3:
        return phrases.say(f"{key}.title_zone", zone=phrases.join(zones))
    return phrases.say(f"{key}.title")


def asked_of(change: Comparison, phrases: Phrases, publish: int, show: int = FEWEST_IN_A_CELL) -> str:
    """Return what was asked and how many people answered, in the numbers of the report's page one."""
    questionnaire = change.scores.answers.questionnaire.title.read(phrases.language)
    first, second = compared(change)
    names = {"questionnaire": questionnaire, "first": first, "second": second}
    groups = [members for _, members in groups_of(change)]
    kind = "group" if family_of(change) == "group" else people_of(change)
    if kind == "linked":
        both = min(int(members.sum()) for members in groups)
        return capital(phrases.say("sheet.linked", n=counted(both, 0, phrases, publish, show), **names))
    there = change.scores.frame[list(change.verdicts)].notna().any(axis=1).to_numpy()
    told = [counted(int((one & there).sum()), int((one & ~there).sum()), phrases, publish, show) for one in groups]
    return capital(phrases.say(f"sheet.{kind}", n_first=told[0], n_second=told[1], **names))


def _leaflet(talk: Talk, phrases: Phrases, way: Way) -> Leaflet:
    say = phrases.say
    return Leaflet(
        language=phrases.language,
        title=talk.title,
        mark=talk.mark,
        asked=(say("sheet.asked"), f"{talk.asked} {talk.weighted}".strip()),
        found=(say("sheet.found"), tuple(found_of(talk, way.found, phrases))),
        cannot=(say("sheet.cannot"), tuple(cannot_of(talk, way.left_open, phrases))),
        questions=(say("sheet.discuss"), tuple(questions_of(talk.rows, phrases, naming=way.naming))),
        write="" if way.tight else say("sheet.write"),
        contact=f"{say('sheet.contact')} {talk.contact}".strip(),
        tight=way.tight,
    )


def found_of(talk: Talk, most: int, phrases: Phrases) -> list[Finding]:
    """Return one line for each verdict that says something; where none does, that nothing can be told."""
    first, second = talk.names
    key = f"sheet.of_{talk.family}"
    lines = []
    for verdict in FOUND:
        rows = [row for row in talk.rows if row.said == verdict]
        if rows:
            scales = _scales(rows, most, phrases, numbers=verdict != "no_relevant_change")
            lines.append(Finding(verdict, phrases.say(f"{key}.{verdict}", scales=scales, first=first, second=second)))
    if lines:
        return lines
    if any(row.said == "inconclusive" for row in talk.rows):
        return [Finding("inconclusive", phrases.say(f"{key}.inconclusive"))]
    return [Finding("suppressed", phrases.say("sheet.suppressed"))]


def cannot_of(talk: Talk, most: int, phrases: Phrases) -> list[Finding]:
    """Return what stays open: undecided scales, hidden ones, the cause, and those who were not asked."""
    say = phrases.say
    undecided = [row for row in talk.rows if row.said == "inconclusive"]
    hidden = [row for row in talk.rows if row.said == "suppressed"]
    lines = []
    if undecided:
        words = say(f"sheet.undecided.{talk.family}", scales=_scales(undecided, most, phrases))
        lines.append(Finding("inconclusive", words))
    if hidden and len(hidden) < len(talk.rows):
        lines.append(Finding("suppressed", say("sheet.too_few", scales=_scales(hidden, most, phrases))))
    cause = say("sheet.areas") if talk.few_areas else say(f"sheet.cause.{talk.family}")
    return [*lines, Finding("", cause), Finding("", say("sheet.others"))]


def _scales(rows: Sequence[ChangeRow], most: int, phrases: Phrases, *, numbers: bool = False) -> str:
    """Return the names of scales, a single one with its number; beyond `most` they are counted."""
    if not most:
        return phrases.say("sheet.subject" if len(rows) == 1 else "sheet.subjects", n=phrases.whole(len(rows)))
    if len(rows) == 1 and numbers and math.isfinite(rows[0].low) and math.isfinite(rows[0].high):
        row = rows[0]
        ends = {"low": phrases.number(row.low, signed=True), "high": phrases.number(row.high, signed=True)}
        return phrases.say("sheet.points", scale=row.name, change=phrases.number(row.change, signed=True), **ends)
    names = [row.name for row in rows]
    if len(names) <= most + 1:
        return phrases.join(names)
    return phrases.say("sheet.more", names=", ".join(names[:most]), n=phrases.whole(len(names) - most))


def questions_of(rows: Sequence[ChangeRow], phrases: Phrases, *, naming: bool = True) -> list[str]:
    """Return three open questions: about one scale of each of the first two kinds of finding, then about those not heard."""
    kinds = [verdict for verdict in _ASKED_ABOUT if any(row.said == verdict for row in rows)][: 2 if naming else 0]
    told = [next(row for row in rows if row.said == verdict) for verdict in kinds]
    asked = [phrases.say(f"sheet.ask.{row.said}", scale=row.name) for row in told]
    general = [phrases.say(f"sheet.ask.{key}") for key in ("voices", "next", "known")]
    return [*asked, *general][:3]
