"""Everything that one pilot gives out, as an outsider has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

import trustmeter as tm
from trustmeter.errors import TrustmeterError
from trustmeter.present.phrases import load_phrases
from trustmeter.results import Result

from .pages import Grid, Page, grid_of, page_of, plainly, whole_numbers
from .pilots import Pilot

WORDS = 5
"""A text of more words is a sentence, not a label of a picture."""

BASES = ("n", "df", "n_effective")
"""Columns of `tidy()` that say on how many people a statistic rests."""


@dataclass
class Outputs:
    """Pages by language, frames by result, texts, and the results themselves."""

    change: tm.Comparison
    results: dict[str, Result]
    pages: dict[str, Page] = field(default_factory=dict)
    tables: dict[str, list[Grid]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def whole_numbers(self, *, frames: bool) -> set[int]:
        """Return every whole number that is printed in a page, a table for people or a text; and in frames for programs."""
        told = set(whole_numbers(self.texts))
        for page in self.pages.values():
            told |= set(whole_numbers(page.texts)) | _of_grids(page.grids)
        for grids in self.tables.values():
            told |= _of_grids(grids)
        return told | (set().union(*map(_of_frame, self.results.values())) if frames else set())

    def numbers_in_rows(self, names: Iterable[str], *, frames: bool, only: str = "") -> set[int]:
        """Return the whole numbers of the rows that name one of these, in all tables or those of one result."""
        wanted = set(names)
        told: set[int] = set()
        grids = [] if only else [grid for page in self.pages.values() for grid in page.grids]
        grids += [grid for made in self.tables.values() for grid in made if grid.source == (only or grid.source)]
        for grid in grids:
            told |= set(whole_numbers(cell for row in grid.rows if wanted & set(map(_plain_name, row)) for cell in row))
        for name, result in self.results.items() if frames else ():
            if name == (only or name):
                chosen = result.table.astype(str).isin(wanted).any(axis=1)
                told |= _of_frame(replace(result, table=result.table[chosen], notes=()))
        return told

    def people_with_scores(self) -> set[int]:
        """Return the whole numbers of sentences, and of tables that count people with a score."""
        told: set[int] = set()
        for language, page in self.pages.items():
            phrases = load_phrases(language)
            vague = re.compile(phrases.say("protected.at_least", n=r"\d+"))
            rows = [row for grid in page.grids if phrases.say("column.people") in grid.headings for row in grid.rows]
            sentences = [text for text in page.texts if len(text.split()) > WORDS]
            told |= set(
                whole_numbers(vague.sub("", text) for text in [*sentences, *(cell for row in rows for cell in row)])
            )
        return told

    def every_text(self) -> Iterator[str]:
        """Return every text: of pages, pictures, summaries, notes."""
        for page in self.pages.values():
            yield from page.texts
        yield from self.texts


def _plain_name(cell: str) -> str:
    """Return what a cell names, without the sign that it is part of something."""
    return plainly(cell).removeprefix("\u2013 ")


def _of_grids(grids: Sequence[Grid]) -> set[int]:
    return set(whole_numbers(cell for grid in grids for row in grid.rows for cell in row))


def _of_frame(result: Result) -> set[int]:
    """Return every count in a frame for programs, and every count that degrees of freedom tell."""
    told = set(whole_numbers([json.dumps(result.to_dict()["notes"])]))
    for name in BASES:
        for value in result.table.get(name, pd.Series(dtype=float)).dropna():
            if float(value).is_integer():
                told |= {int(value) + more for more in ((0, 1, 2) if name == "df" else (0,))}
    if "method" in result.table:
        told |= {int(value) for value in result.table.loc[result.table["method"] == "count", "estimate"].dropna()}
    return told


def outputs_of(
    pilot: Pilot, languages: Sequence[str], folder: Path, *, more: bool = True, margins: tm.Margins | None = None
) -> Outputs:
    """Make everything that can be made of a pilot; what is refused tells by its sentence only.

    With `margins` the reports also tell whom they speak for.
    """
    scores = tm.score(pilot.answers)
    change = tm.compare(scores, pilot.design)
    answers = change.scores.answers
    results: dict[str, Result] = {
        "change": change,
        "quality": tm.check_quality(answers),
        "reliability": tm.reliability(answers),
    }
    texts: list[str] = []
    for name, make in _further(pilot, scores, answers, more=more).items():
        try:
            results[name] = make()
        except TrustmeterError as refusal:
            texts.append(str(refusal))
    found = Outputs(change, results, texts=texts)
    beside = [
        results[name] for name in ("items", "attrition", "subgroups", "invariance", "estimators") if name in results
    ]
    if margins is not None:
        beside += [tm.representation(answers, margins), tm.rake(answers, margins, unanswered="own_share")]
    for language in languages:
        target = tm.report(change, *beside, to=folder / f"{language}.html", language=language)  # type: ignore[arg-type]
        found.pages[language] = page_of(target.read_text(encoding="utf-8"), f"report {language}")
        found.tables[language] = [grid_of(tm.to_table(one, language=language, questionnaire=answers.questionnaire), name)  # type: ignore[arg-type]
                                  for name, one in results.items()]  # fmt: skip
    found.texts += [one.summary() for one in results.values()]
    found.texts += [json.dumps(one.to_dict()["provenance"]) for one in results.values()]
    return found


def _further(pilot: Pilot, scores: tm.Scores, answers: tm.Responses, *, more: bool) -> dict:
    made = {"items": lambda: tm.analyze_items(answers)}
    if not isinstance(pilot.design, tm.PilotDesign):
        return made
    design = pilot.design
    made["attrition"] = lambda: tm.attrition(scores, design)
    if pilot.by:
        made["subgroups"] = lambda: tm.compare_subgroups(scores, design, by=str(pilot.by))
    if more:
        made["invariance"] = lambda: tm.check_invariance(answers, across="wave")
        made["estimators"] = lambda: tm.compare_estimators(scores, design)
    return made


def groups_of(pilot: Pilot, answers: tm.Responses) -> dict[str, np.ndarray]:
    """Return the waves or groups that the report tells apart, and their rows."""
    if isinstance(pilot.design, tm.GroupDesign):
        column, names = answers.frame[pilot.design.by], (pilot.design.first, pilot.design.second)
    else:
        column, names = answers.frame["wave"], (pilot.design.before, pilot.design.after)
    return {name: (column == name).fillna(False).to_numpy(dtype=bool) for name in names}
