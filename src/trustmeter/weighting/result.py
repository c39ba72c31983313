"""What weighting gives back: the answers with their new weights, how far they were from the margins, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.population.margins import Margins
from trustmeter.responses.design import Calibration, SurveyDesign
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame
from trustmeter.stats.weighting.diagnostics import Balance, Spread, balance, balance_of_shares, spread_of
from trustmeter.weighting.layout import Layout, check_answers
from trustmeter.weighting.matching import Codes, Words

Floats = NDArray[np.float64]
_HEAVY = 5.0
"""A weight of so many times the mean is worth a sentence."""
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_HIDING = 2
"""Shares are rounded to the smallest step that is so many people,"""
_MET = 1e-6
"""but not those that are so near to their targets."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Weighting(Result):
    """Answers with weights, and what the weights mended and cost.

    Parameters
    ----------
    answers
        The answers with the new column of weights, and the design that uses it.
    column
        The column's name.
    margins
        What the weights were made to meet; empty where they were not.
    known
        These margins themselves, with source, date and status; ``None`` where there are none.
    """

    title: ClassVar[str] = "Whom the answers speak for, weighted"

    answers: Responses
    column: str
    margins: tuple[str, ...] = ()
    known: Margins | None = None

    @property
    def weights(self) -> Floats:
        """Shape (n,): the new weights."""
        return self.answers.frame[self.column].to_numpy(dtype=float)

    def value(self, term: str, *, margin: str = "", category: str = "", wave: str = "") -> float:
        """Return one number; `margin` and `category` where the term has them, `wave` where there are several."""
        return one_value(self, term, margin, category, wave)


def one_value(result: Result, term: str, margin: str, category: str, wave: str) -> float:
    """Return the number of one row of a result."""
    table = result.table
    rows = table["term"] == term
    for name, wanted in (("item", margin), ("group", category), ("wave", wave)):
        if name in table:
            rows &= table[name] == wanted
    if rows.sum() != 1:
        terms = ", ".join(dict.fromkeys(table["term"]))
        message = f"There is no one row of term {term!r}, margin {margin!r}, category {category!r}, wave {wave!r}."
        raise DesignError(f"{message} Terms: {terms}.")
    return float(table.loc[rows, "estimate"].iloc[0])


def check_column(answers: Responses, column: str, where: str) -> None:
    """Refuse what are no answers, or too few, and a name for the weights that another column has."""
    check_answers(answers, where)
    if not isinstance(column, str) or not column.strip():
        raise DesignError(f"The `column` of `{where}` must be a name for the new weights. Got {type(column).__name__}.")
    taken = column in answers.frame.columns or any(item.id == column for item in answers.questionnaire.items)
    if taken:
        message = f"The answers have a column {column!r} already, which `{where}` does not overwrite."
        raise DesignError(f"{message} Name another for the new weights: `column={column + '_2'!r}`.")


def with_weights(
    answers: Responses, column: str, weights: Floats, steps: tuple[Calibration, ...], *, start_anew: bool = False
) -> Responses:
    """Return answers with a column of weights, and a design that uses it and knows how they were made."""
    design = answers.design or SurveyDesign()
    frame = answers.frame.copy(deep=False)
    frame.insert(len(answers.roles.columns), column, weights)
    roles = replace(answers.roles, kept=(*answers.roles.kept, column))
    before = () if start_anew else design.calibration
    ended = tuple(replace(step, after=weights) for step in steps)
    new = replace(design, weights=column, calibration=(*before, *ended), narrowed=design.narrowed and not start_anew)
    return replace(answers, frame=frame, roles=roles, design=new)


def weighting_of(
    layout: Layout, weights: Floats, answers: Responses, *, notes: tuple[str, ...], options: dict[str, Any]
) -> Weighting:
    """Return the result of bringing answers to margins."""
    spreads = spreads_of(layout.waves, layout.wave, weights)
    rows = [row for at, wave in enumerate(layout.waves) for row in _rows(layout, at, weights, spreads[wave])]
    provenance = layout.answers.provenance(**options)
    made_up = provenance.simulated or layout.margins.simulated
    told = (*notes, *_margin_notes(layout), *spread_notes(spreads), _LIMITS)
    return Weighting(
        table=vocabulary_frame(rows), notes=told, provenance=replace(provenance, simulated=made_up), answers=answers,
        column=options["column"], margins=layout.margins.names, known=layout.margins,
    )  # fmt: skip


FEW_OPEN = "Where fewer than five people left a question open, shares of the others are rounded, so that they do not tell how many."
_LIMITS = (
    "Weights mend what the margins know. Where people who did not answer differ in other things, the numbers do, too."
)


def _rows(layout: Layout, at: int, weights: Floats, spread: Spread) -> list[dict[str, Any]]:
    """Return the rows of one wave: categories before and after, distances, and the spread of weights."""
    inside, wave = layout.wave == at, layout.waves[at]
    rows = spread_rows(spread, wave)
    for one in layout.matched:
        codes = one.codes[inside]
        rows += margin_rows(
            codes, one.margin.proportions, (("before", layout.base[inside]), ("after", weights[inside])),
            {"item": one.margin.name, "wave": wave}, one.margin.labels,
        )  # fmt: skip
    return rows


def margin_rows(
    codes: Codes,
    target: Floats,
    sides: tuple[tuple[str, Floats], ...],
    place: dict[str, Any],
    labels: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Return rows of one margin: its targets, its shares under each set of weights with standardised differences, the distance.

    Counts of one to four are hidden, with the shares, and with enough others that no difference tells them. Where so few
    left the question open, no count is told, and shares are rounded, for exact ones would tell of how many they are.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(target))
    hidden = _hidden(counts, crossed=" x " in str(place["item"]))
    untold = few_open(codes)
    rows: list[dict[str, Any]] = [
        {**place, "group": label, "term": "target", "estimate": float(share)}
        for label, share in zip(labels, target, strict=True)
    ]
    for term, weights in sides:
        found = balance(codes, target, weights)
        found = _coarse(found, int(counts.sum())) if untold else found
        for k, label in enumerate(labels):
            row = {**place, "group": label, "term": term, "estimate": float(found.shares[k]), "suppressed": bool(hidden[k]),
                   "statistic": float(found.differences[k]), "n": None if untold else int(counts[k])}  # fmt: skip
            rows.append({**row, "estimate": None, "statistic": None, "n": None} if hidden[k] else row)
        if not hidden.any():
            rows.append({**place, "term": f"dissimilarity_{term}", "estimate": found.dissimilarity})
    return rows


def few_open(codes: Codes) -> bool:
    """Whether one to four people left a question open."""
    return 0 < int((codes < 0).sum()) < FEWEST_IN_A_CELL


def _coarse(found: Balance, n: int) -> Balance:
    """Return shares in steps of at least two people; those that meet the targets tell of nobody, and stay."""
    if np.abs(found.shares - found.targets).max() < _MET:
        return found
    step = next(one for one in _STEPS if one * n >= _HIDING)
    return balance_of_shares(np.round(found.shares / step) * step, found.targets)


def _hidden(counts: NDArray[np.intp], *, crossed: bool) -> NDArray[np.bool_]:
    """Return which categories are hidden; of a cross, all, since its sums may be known."""
    small = (counts > 0) & (counts < FEWEST_IN_A_CELL)
    if not small.any() or crossed:
        return np.full(len(counts), bool(small.any()))
    others = np.flatnonzero(~small)
    while len(others) and (small.sum() < 2 or counts[small].sum() < 2 * FEWEST_IN_A_CELL):
        smallest = others[np.argmin(counts[others])]
        small[smallest] = True
        others = np.flatnonzero(~small)
    return np.asarray(small)


def spreads_of(waves: tuple[str, ...], wave: Codes, weights: Floats) -> dict[str, Spread]:
    """Return how unequal the weights of each wave are."""
    return {name: spread_of(weights[wave == at]) for at, name in enumerate(waves)}


def spread_rows(found: Spread, wave: str) -> list[dict[str, Any]]:
    """Return rows that say how unequal weights are."""
    terms = {
        "design_effect": found.design_effect, "n_effective": found.n_effective, "largest_weight": found.largest,
        "smallest_weight": found.smallest, "ratio_95_5": found.ratio, "top_1": found.top_1, "top_5": found.top_5,
    }  # fmt: skip
    return [{"term": term, "wave": wave, "estimate": value} for term, value in terms.items()]


def spread_notes(spreads: dict[str, Spread]) -> tuple[str, ...]:
    """Return sentences on what unequal weights cost."""
    notes = []
    for name, found in spreads.items():
        n, of = round(found.n_effective * found.design_effect), f" (wave {name!r})" if name else ""
        notes.append(
            f"Unequal weights alone raise variances by a factor of {found.design_effect:.2f}: {n} people tell as much as "
            f"{found.n_effective:.0f} of equal weight would{of}. The largest weight is {found.largest:.1f} times the mean."
        )
        if found.largest > _HEAVY:
            notes.append(f"A few people weigh much{of}: look at `trim_weights`, or put small categories together.")
    return tuple(notes)


def _margin_notes(layout: Layout) -> tuple[str, ...]:
    margins = layout.margins
    notes = [*margins.notes]
    if margins.status == "unverified":
        notes.append("The margins were taken as they were given; nobody verified them here.")
    elif margins.status == "estimate":
        notes.append("The margins are estimates, and were taken as if they were exact.")
    open_rows = [one.margin.name for one in layout.matched if (one.codes < 0).any()]
    if open_rows:
        notes.append(f"People who left {', '.join(open_rows)} open keep, together, the share that they have.")
    if any(few_open(one.codes[layout.wave == at]) for one in layout.matched for at in range(len(layout.waves))):
        notes.append(FEW_OPEN)
    if len(layout.waves) > 1:
        notes.append("Each wave was brought to the margins by itself.")
    return tuple(notes)


def group_notes(groups: Words) -> tuple[str, ...]:
    """Return a sentence on categories that were put together."""
    notes = []
    for variable, words in (groups or {}).items():
        together: dict[str, list[str]] = {}
        for old, new in words.items():
            together.setdefault(new, []).append(old)
        told = "; ".join(f"{new} ({', '.join(old)})" for new, old in together.items())
        notes.append(f"Put together in {variable}: {told}.")
    return tuple(notes)
