"""What is said when margins cannot be met: what, where, what was expected and found, and the cure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, Problem
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.population.margins import Margin, Margins
from trustmeter.stats.weighting.feasibility import Obstacle, row_obstacles, target_obstacles

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]
NO_ANSWER = "no answer"
_POOL = "Put it together with another by `groups={{{variable!r}: {{{category!r}: 'new name', …}}}}`, or leave the margin out."


@dataclass(frozen=True, slots=True)
class Places:
    """What the numbers of margins, waves and categories stand for.

    Parameters
    ----------
    margins, waves
        By number; the waves are one empty text where there are none.
    open_rows
        Whether people without an answer are a category of their own, behind the others.
    """

    margins: tuple[Margin, ...]
    waves: tuple[str, ...]
    open_rows: bool

    def width(self, margin: int) -> int:
        """How many categories a wave has."""
        return len(self.margins[margin]) + self.open_rows

    def label(self, margin: int, place: int) -> str:
        """Return a category in words."""
        one, width = self.margins[margin], self.width(margin)
        label = one.labels[place % width] if place % width < len(one) else NO_ANSWER
        wave = self.waves[place // width]
        return f"{one.name} {label!r}" + (f" of wave {wave!r}" if wave else "")

    def labels(self, margin: int, places: Sequence[int]) -> str:
        """Return categories in words, in one text."""
        return ", ".join(self.label(margin, place) for place in places)


def refuse(problems: Sequence[Problem], where: str) -> None:
    """Raise when there is a problem."""
    if problems:
        raise DesignError(f"`{where}` cannot bring these answers to these margins.", problems)


def target_problems(margins: Margins) -> list[Problem]:
    """Return what is wrong with margins by themselves, beyond what they refuse when they are made."""
    few = [one for one in margins if one.total is not None and one.total < FEWEST_PEOPLE]
    if few:
        message = f"The numbers sum to {few[0].total:g}: no shares, which sum to 1 or 100, and no number of people."
        hint = "Add the category that is missing, or give numbers of people."
        return [Problem("W-SUM", f"margin {few[0].name!r}", message, hint)]
    numbers = [one.proportions if one.share else one.population for one in margins]
    found = target_obstacles(numbers, shares=[one.share for one in margins])
    return [_of_target(one, margins) for one in found]


def crowd_problems(margins: Margins, rows: int) -> list[Problem]:
    """Return the margin that has fewer people than answered: as a rule percentages that do not sum to 100."""
    short = [one for one in margins if one.total is not None and one.total < rows]
    if not short:
        return []
    message = (
        f"The numbers sum to {short[0].total:g}, and more people than that answered: these are no numbers of people."
    )
    hint = "Give all people who live there, or shares that sum to 1 or 100: add the category that is missing."
    return [Problem("W-CROWD", f"margin {short[0].name!r}", message, hint)]


def _of_target(found: Obstacle, margins: Margins) -> Problem:
    name = margins.margins[found.margin].name
    if found.kind == "one_category":
        message = "There is one category only, so that there is nothing to weight to."
        return Problem("W-ONE-CATEGORY", f"margin {name!r}", message, "Leave this margin out, or give the others, too.")
    message = f"The numbers sum to {found.found:g}; {found.expected:g} was expected."
    return Problem("W-TOTALS", f"margin {name!r}", message, "Take all margins from one source, day and range of ages.")


def weight_problem(weights: Floats, column: str) -> list[Problem]:
    """Return what is wrong with weights that are there already."""
    where = f"column {column!r}"
    if np.isnan(weights).any() or np.isinf(weights).any():
        message = "Some rows have no weight, or one that is no finite number."
        return [
            Problem("W-WEIGHT-MISSING", where, message, "Leave them out with `answers.select`, or mend the column.")
        ]
    if (weights < 0).any():
        hint = "Mend the column: a weight says for how many people a row stands."
        return [Problem("W-WEIGHT-NEGATIVE", where, "Some weights are below zero; all must be 0 or more.", hint)]
    if not (weights > 0).any():
        hint = "Name the right column in `SurveyDesign(weights=...)`, or none."
        return [Problem("W-WEIGHT-ZERO", where, "All weights are zero; some must be above.", hint)]
    return []


def row_problems(codes: Sequence[Codes], targets: Sequence[Floats], base: Floats, places: Places) -> list[Problem]:
    """Return whom the margins have no place for, and whom they expect and nobody answered for."""
    found = [_of_rows(one, places) for one in row_obstacles(codes, targets, base)]
    return [one for one in found if one is not None]


def _of_rows(found: Obstacle, places: Places) -> Problem | None:
    margin = places.margins[found.margin]
    where = f"margin {margin.name!r}"
    if found.kind == "row_without_category":
        message = "Some people left the question open, so that they belong to no category."
        hint = (
            "Let them keep the share they have with `unanswered='own_share'`, or leave them out with `answers.select`."
        )
        return Problem("W-UNANSWERED", where, message, hint)
    named = places.labels(found.margin, found.categories)
    if found.kind == "empty_category":
        message = f"Nobody of {named} answered, and the margin has people there."
        return Problem("W-EMPTY", where, message, _pool(margin, places, found.categories[0], found.margin))
    message = f"People of {named} answered, where the margin has nobody."
    hint = "Leave them out with `answers.select`, or correct the margin."
    return Problem("W-NOBODY-LIVES", where, message, hint)


def few_problems(codes: Sequence[Codes], base: Floats, places: Places) -> list[Problem]:
    """Return categories with so few people that their weights would say who they are, and would say little else."""
    problems = []
    for at, code in enumerate(codes):
        width = places.width(at)
        counts = np.bincount(code[base > 0], minlength=width * len(places.waves))
        small = np.flatnonzero((counts > 0) & (counts < FEWEST_IN_A_CELL))
        small = np.array([place for place in small if place % width < len(places.margins[at])], dtype=int)
        if len(small):
            named = places.labels(at, small.tolist())
            message = f"Fewer than {FEWEST_IN_A_CELL} people of {named} answered: too few to stand for all others."
            hint = _pool(places.margins[at], places, int(small[0]), at)
            problems.append(Problem("W-FEW", f"margin {places.margins[at].name!r}", message, hint))
    return problems


def _pool(margin: Margin, places: Places, place: int, at: int) -> str:
    cell = margin.categories[place % places.width(at)]
    return _POOL.format(variable=margin.variables[0], category=cell[0])


def refuse_joint(found: Obstacle | None, places: Places, where: str, rounds: int) -> None:
    """Say why margins that can be met one by one cannot be met together."""
    if found is None:
        message = f"`{where}` did not meet the margins within {rounds} rounds, though they can be met."
        raise EstimationError(f"{message} Raise `max_iterations`, or put small categories together with `groups`.")
    more, fewer = (", ".join(places.label(*one) for one in side) for side in (found.more, found.fewer))
    all_of = f"Everybody of {more} who answered is also of {fewer}"
    cure = "Put categories together with `groups`, or leave one of these margins out."
    if found.kind == "contradiction":
        message = (
            f"{all_of}, but the first should be {found.expected:.1%} of all, and the second only {found.found:.1%}."
        )
        raise EstimationError(f"`{where}` cannot meet these margins together. {message} {cure}")
    message = f"{all_of}, and both should be {found.expected:.1%} of all: all others of {fewer} would get weight zero."
    raise EstimationError(f"`{where}` cannot meet these margins together. {message} {cure}")


def refuse_bounds(found: Obstacle | None, where: str, unit: str) -> None:
    """Say which bound is too narrow, and what it would have to be."""
    if found is None:
        return
    if np.isnan(found.expected):
        raise EstimationError(
            f"`{where}` cannot meet these margins and means with weights of 0 or more. Leave a mean out, or look whether "
            "it is of the same people."
        )
    asked, word = ("at most", "lower") if found.side == "lower" else ("at least", "upper")
    message = f"`{where}` cannot meet the margins with {word} bound {found.found:.4g} {unit}: it must be {asked}"
    other = "" if found.side == "lower" else ", with the lower bound as it is"
    cure = f"Widen the {word} bound, or put categories together with `groups`."
    raise EstimationError(f"{message} {found.expected:.4g}{other}. {cure}")
