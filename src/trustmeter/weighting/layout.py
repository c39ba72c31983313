"""Answers and margins side by side, wave by wave, ready for weights: or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_PEOPLE, UnansweredMargin, check_option
from trustmeter.population.margins import Margins
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.model import Responses
from trustmeter.weighting.matching import Codes, MarginsLike, Matched, Words, margins_of, match
from trustmeter.weighting.refusal import (
    Places,
    crowd_problems,
    few_problems,
    refuse,
    row_problems,
    target_problems,
    weight_problem,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Layout:
    """Answers and margins side by side.

    Parameters
    ----------
    answers, margins
        What was given; the margins with categories put together.
    matched
        Where each row belongs in each margin.
    waves
        The waves' names; one empty text where there are none. Each wave is brought to the margins by itself.
    wave
        Shape (n,): the wave of each row.
    base
        Shape (n,): the weights that are there already; ones where there are none.
    totals
        Shape (waves,): how many people the rows of each wave stand for in the end.
    codes
        For each margin, shape (n,): category and wave in one number.
    targets
        For each margin: what the weights of these sum to.
    """

    answers: Responses
    margins: Margins
    matched: tuple[Matched, ...]
    waves: tuple[str, ...]
    wave: Codes
    base: Floats
    totals: Floats
    codes: tuple[Codes, ...]
    targets: tuple[Floats, ...]
    places: Places

    @property
    def scaled(self) -> Floats:
        """Shape (n,): base weights, brought to the number of people of each wave."""
        sums = np.bincount(self.wave, weights=self.base)
        return np.asarray(self.base * (self.totals / sums)[self.wave])


def lay_out(
    answers: Responses,
    margins: MarginsLike,
    *,
    columns: Mapping[str, str] | None,
    recode: Words,
    groups: Words,
    unanswered: UnansweredMargin,
    where: str,
) -> Layout:
    """Put answers and margins side by side; refuse, with all reasons at once, where no weights can meet them."""
    check_answers(answers, where)
    check_option("unanswered", unanswered, UnansweredMargin, where)
    given = margins_of(margins, where)
    refuse(list(given.conflicts()), where)
    matched = match(answers, given, columns=columns, recode=recode, groups=groups, where=where)
    together = Margins(tuple(one.margin for one in matched), given.notes)
    refuse(target_problems(together), where)
    waves, wave = waves_of(answers, where)
    base = base_weights(answers, where)
    totals = np.array([people_of(together, base[wave == at]) for at in range(len(waves))])
    refuse(crowd_problems(together, int(np.bincount(wave[base > 0]).max())), where)
    allowed = unanswered == "own_share"
    crossed = [_crossed(one, wave, base, totals, allowed=allowed) for one in matched]
    codes, targets = tuple(one[0] for one in crossed), tuple(one[1] for one in crossed)
    places = Places(tuple(one.margin for one in matched), waves, allowed)
    refuse(row_problems(codes, targets, base, places), where)
    refuse(few_problems(codes, base, places), where)
    return Layout(answers, together, matched, waves, wave, base, totals, codes, targets, places)


def check_answers(answers: Any, where: str) -> None:
    """Refuse what are no answers, or too few."""
    if not isinstance(answers, Responses):
        raise DesignError(f"`{where}` takes the answers from `read_responses` first. Got {type(answers).__name__}.")
    if len(answers) < FEWEST_PEOPLE:
        raise DesignError(f"`{where}` needs answers of at least {FEWEST_PEOPLE} people: nothing is shown about fewer.")


def waves_of(answers: Responses, where: str) -> tuple[tuple[str, ...], Codes]:
    """Return the waves' names, and the wave of each row."""
    column = answers.roles.wave
    if column is None:
        return ("",), np.zeros(len(answers), dtype=np.intp)
    codes, values = pd.factorize(answers.frame[column])
    found = [str(name) for name in row_labels(pd.Series(values))]
    names = in_natural_order(found) if all(name.isdecimal() for name in found) else found
    codes = np.array([names.index(name) for name in found] + [-1])[codes]
    if (codes < 0).any():
        raise DesignError(f"`{where}` needs to know the wave of each row. Leave rows without a wave out first.")
    if np.bincount(codes).min() < FEWEST_PEOPLE:
        message = f"`{where}` brings each wave to the margins by itself, and one has fewer than {FEWEST_PEOPLE} people."
        raise DesignError(f"{message} Leave that wave out with `answers.select`.")
    return tuple(names), np.asarray(codes, dtype=np.intp)


def base_weights(answers: Responses, where: str) -> Floats:
    """Return the weights that the design names; ones where it names none."""
    design = answers.design
    if design is not None and design.replicates is not None:
        message = f"`{where}` does not weight replicate weights along, so that they would no longer fit."
        raise DesignError(f"{message} Take them out of the design first: `answers.with_design(SurveyDesign(...))`.")
    if design is None or design.weights is None:
        return np.ones(len(answers))
    numbers = pd.to_numeric(answers.frame[design.weights], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    refuse(weight_problem(numbers, design.weights), where)
    return np.asarray(numbers, dtype=float)


def people_of(margins: Margins, base: Floats) -> float:
    """Return how many people there are: as the margins count them, else as many as the weights sum to."""
    known = [one.total for one in margins if one.total is not None]
    return float(known[0]) if known else float(base.sum())


def _crossed(one: Matched, wave: Codes, base: Floats, totals: Floats, *, allowed: bool) -> tuple[Codes, Floats]:
    """Return category and wave of each row in one number, and the targets of these; people without an answer keep their share."""
    size, waves = len(one.margin), len(totals)
    width = size + allowed
    open_rows = one.codes < 0
    if not open_rows.any() and not allowed:
        return wave * width + one.codes, np.outer(totals, one.margin.proportions).ravel()
    open_share = np.bincount(wave, weights=base * open_rows, minlength=waves) / np.bincount(wave, weights=base)
    open_share = open_share if allowed else np.zeros(waves)
    targets = np.outer(totals * (1 - open_share), one.margin.proportions)
    if allowed:
        targets = np.column_stack([targets, totals * open_share])
    place = np.where(open_rows, size if allowed else -1, one.codes)
    return np.where(place < 0, -1, wave * width + place), targets.ravel()
