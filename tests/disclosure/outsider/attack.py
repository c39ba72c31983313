"""The attack: read everything, make equations, bound every count of one to four people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

import trustmeter as tm

from .bounds import Finding
from .items import ItemAttack, truth_of
from .outputs import Outputs, groups_of
from .pages import frame_of, plainly
from .people import People, Printed, people_of
from .people import findings as people_findings
from .pilots import Pilot

PEOPLE = (
    "people|persons?|respondents?|rows?|personnes?|répondants?|lignes?|"
    "mensen|personen|respondenten|rijen|Menschen|Personen|Befragten?|Zeilen"
)
"""What people are called in the four languages."""

_FEW = re.compile(rf"(?<![\d.,-])\b[1-4] (?:\w+ )?(?:{PEOPLE})\b")


@dataclass
class Report:
    """What an attack found."""

    pilot: str
    numbers: int = 0
    findings: list[Finding] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)

    @property
    def leaks(self) -> list[Finding]:
        """The counts that are known."""
        return [one for one in self.findings if one.is_leak]


def attack(pilot: Pilot, outputs: Outputs, *, frames: bool, exactly: bool = False) -> Report:
    """Attack a pilot by its pages, tables for people and texts; with `frames` by the frames for programs too."""
    report = Report(pilot.name, printed=sorted(set(_small_counts(outputs))))
    for item in outputs.change.scores.answers.item_ids:
        made = item_attack(pilot, outputs, item, frames=frames)
        if made is not None:
            report.numbers += made.read
            report.findings += list(made.findings(exactly=exactly))
    anywhere = outputs.whole_numbers(frames=frames)
    report.numbers += len(anywhere)
    report.findings += list(
        people_findings(
            _people(pilot), lambda scale: _printed(pilot, outputs, scale, anywhere, frames=frames), exactly=exactly
        )
    )
    return report


def _printed(pilot: Pilot, outputs: Outputs, scale: str, anywhere: set[int], *, frames: bool) -> Printed:
    """Return the whole numbers that an outsider reads of a scale, of groups and of places."""
    known = pilot.answers.questionnaire.scale(scale)
    names = {scale, *(plainly(known.name.read(language)) for language in outputs.pages)}
    design = pilot.design
    places: set[str] = set()
    if isinstance(design, tm.PilotDesign) and (design.area or design.covariates):
        column = pilot.answers.frame[design.area or design.covariates[0]].dropna().astype(str)
        places = {f"{lead}{name}" for name in column.unique() for lead in ("", "district: ")}
    return Printed(
        frozenset(anywhere),
        frozenset(outputs.numbers_in_rows(names, frames=frames)),
        frozenset(outputs.numbers_in_rows(names, frames=frames, only="subgroups")),
        frozenset(outputs.numbers_in_rows(places, frames=frames)),
        frozenset(outputs.people_with_scores()),
    )


def item_attack(pilot: Pilot, outputs: Outputs, item: str, *, frames: bool) -> ItemAttack | None:
    """Return what is known of one item; ``None`` of a text."""
    answers = outputs.change.scores.answers
    if not answers.questionnaire.item(item).response_scale.substantive:
        return None
    groups = groups_of(pilot, answers)
    scales = [one for one in answers.questionnaire.scales if item in one.items]
    inside = list(scales[0].items) if scales else [item]
    complete = (
        (answers.missing[[one for one in inside if one in answers.missing]] == 0).all(axis=1).to_numpy(dtype=bool)
    )
    made = ItemAttack(
        truth_of(answers, item, groups, complete), {name: int(rows.sum()) for name, rows in groups.items()}
    )
    made.reverses = any(item in one.reversed for one in scales)
    for language, page in outputs.pages.items():
        made.read_page(page.grids, language)
    for language, page in outputs.pages.items():
        made.read_page(outputs.tables[language], language)
        for frame in (frame_of(grid) for grid in page.grids if {"item", "term", "suppressed"} <= set(grid.headings)):
            if "answered" in set(frame["term"]):
                made.read_quality(frame)
            elif "share_lowest" in set(frame["term"]):
                made.read_analysis(frame)
    if frames:
        made.read_quality(outputs.results["quality"].tidy())
        if "items" in outputs.results:
            made.read_analysis(outputs.results["items"].tidy())
    return made


def _people(pilot: Pilot) -> People:
    answers = pilot.answers
    scores = tm.score(answers)
    scored = scores.frame[list(scores.scales)].notna()
    design, frame = pilot.design, answers.frame
    if isinstance(design, tm.GroupDesign):
        renamed = pd.DataFrame({"wave": frame[design.by].astype(object).where(frame[design.by].notna(), "no group")})
        return people_of(renamed, scored, None, None, None)
    person = None if design.linked is False else frame["id"]
    place = frame[design.area] if design.area else frame[design.covariates[0]] if design.covariates else None
    group = None
    if pilot.by:
        group = frame[pilot.by].astype("string")
        if person is not None:
            first = group[frame["wave"] == design.before]
            first.index = person[frame["wave"] == design.before]
            group = person.map(first.to_dict()).astype("string").where(person.isin(first.index), group)
    return people_of(frame, scored, person, place, group)


def _small_counts(outputs: Outputs) -> Iterator[str]:
    """Return every place where one to four people are told of outright."""
    for text in outputs.every_text():
        for found in _FEW.finditer(plainly(text)):
            start = max(0, found.start() - 40)
            yield plainly(text)[start : found.end() + 20]
