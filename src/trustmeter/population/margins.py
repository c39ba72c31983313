"""Known numbers of people: how many there are of each sex, age or nationality, or of each pair of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, get_args

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, Problem, unknown_word
from trustmeter.options import MarginStatus

CROSS = " x "
"""What stands between the variables, and between the categories, of a cross: ``"age x sex"``, ``"18-24 x F"``."""

COLUMNS = ("variable", "category", "population", "share", "source", "date", "status", "note")
"""The columns of margins as a table and as a file, in this order."""

NOTE_MARK = " | "
"""What stands between two notes in one cell."""

STATUS_BY_TRUST: tuple[MarginStatus, ...] = get_args(MarginStatus)
"""From what is most to be trusted to what is least."""

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a cross's name or category: ``("age", "sex")`` of ``"age x sex"`` or ``"age × sex"``."""
    return tuple(part.strip() for part in text.replace(" × ", CROSS).split(CROSS))


def faults_of(
    variables: Sequence[str], categories: Sequence[Sequence[str]], population: Numbers, *, share: bool, where: str
) -> list[Problem]:
    """Return all that is wrong with the cells of one margin."""
    found = [*_faults_of_names(variables, categories, len(population)), *_faults_of_numbers(population, share)]
    return [Problem(code, where, message, hint) for code, message, hint in found]


def _faults_of_names(
    variables: Sequence[str], categories: Sequence[Sequence[str]], cells: int
) -> Iterator[tuple[str, str, str]]:
    if not variables or any(not name.strip() or CROSS in name for name in variables):
        yield "N-VARIABLE", "A variable has no name, or one that holds ' x '.", "Give each variable a name of its own."
    if len(set(variables)) < len(variables):
        yield "N-VARIABLE-TWICE", "A variable is crossed with itself.", "Name each variable once."
    if len(categories) != cells or any(len(cell) != len(variables) for cell in categories):
        hint = "Give each cell one category of each variable, and one number."
        yield "N-SHAPE", "Categories, variables and numbers do not go together.", hint
    if any(not part.strip() or (len(variables) > 1 and CROSS in part) for cell in categories for part in cell):
        yield "N-CATEGORY-BLANK", "A category is blank, or holds ' x '.", "Name every category."
    counted = Counter(CROSS.join(cell) for cell in categories)
    twice = [repr(label) for label, times in counted.items() if times > 1]
    if twice:
        yield "N-CATEGORY-TWICE", f"Stated more than once: {', '.join(twice)}.", "Keep one row of each category."


def _faults_of_numbers(population: Numbers, share: bool) -> Iterator[tuple[str, str, str]]:
    if not np.isfinite(population).all():
        yield "N-NUMBER", "A number of people is missing or is no number.", "Give each category its number."
    elif (population < 0).any():
        yield "N-NEGATIVE", "A number of people is below zero.", "Numbers of people are 0 or more."
    elif not population.sum() > 0:
        yield "N-EMPTY", "No number is above zero.", "Give the number of people of each category."
    elif share and not is_whole(float(population.sum())):
        message = f"The shares sum to {population.sum():g}, and must sum to 1 or to 100."
        yield "N-SHARES", message, "Add the category that is missing, or give counts as `population`."


def is_whole(total: float) -> bool:
    """Whether a sum is that of shares: 1, or 100, up to rounding."""
    return abs(total - 1) <= 0.005 or abs(total - 100) <= 0.5


@dataclass(frozen=True, eq=False)
class Margin:
    """How many people of each category there are: of one variable, or of several crossed.

    Parameters
    ----------
    variables
        The variable's name; several for a cross.
    categories
        One entry a cell: the category of each variable, as text.
    population
        The number of people of each cell, or its share; kept as given, never rescaled.
    share
        Whether the numbers are shares (of 1 or of 100), so that how many people there are is not known.
    source
        Who counted: ``"Statbel"``.
    date
        Of what day the numbers are: ``"2015-01-01"``.
    status
        How far the numbers may be trusted: ``"verified"``, ``"estimate"``, ``"unverified"`` or ``"invented"``.

    Raises
    ------
    DesignError
        When a category is blank or stands there twice, or a number is missing or negative, or shares do not sum to a whole.
    """

    variables: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    population: Numbers
    share: bool = False
    source: str = ""
    date: str = ""
    status: MarginStatus = "unverified"

    def __post_init__(self) -> None:
        numbers = np.array(self.population, dtype=float)
        numbers.flags.writeable = False
        object.__setattr__(self, "population", numbers)
        object.__setattr__(self, "variables", tuple(self.variables))
        object.__setattr__(self, "categories", tuple(tuple(cell) for cell in self.categories))
        if self.status not in STATUS_BY_TRUST:
            raise DesignError(unknown_word("status", self.status, STATUS_BY_TRUST, f"the margin {self.name!r}"))
        faults = faults_of(self.variables, self.categories, numbers, share=self.share, where=f"margin {self.name!r}")
        if faults:
            raise DesignError(f"The margin {self.name!r} cannot be used.", faults)

    @property
    def name(self) -> str:
        """The variables in one text: ``"sex"``, ``"age x sex"``."""
        return CROSS.join(self.variables)

    @property
    def labels(self) -> tuple[str, ...]:
        """Each cell in one text: ``"F"``, ``"18-24 x F"``."""
        return tuple(CROSS.join(cell) for cell in self.categories)

    @property
    def total(self) -> float | None:
        """How many people there are; ``None`` where only shares are known."""
        return None if self.share else float(self.population.sum())

    @property
    def proportions(self) -> Numbers:
        """The share of each cell, of 1."""
        return np.asarray(self.population / self.population.sum(), dtype=float)

    @property
    def simulated(self) -> bool:
        """Whether the numbers were made up."""
        return self.status == "invented"

    def collapsed(self, variable: str) -> dict[str, float]:
        """Return the numbers of one variable's categories, summed over the others it is crossed with."""
        place, sums = self.variables.index(variable), dict[str, float]()
        for cell, number in zip(self.categories, self.population, strict=True):
            sums[cell[place]] = sums.get(cell[place], 0.0) + float(number)
        return sums

    def __len__(self) -> int:
        return len(self.categories)

    def __repr__(self) -> str:
        people = "shares" if self.total is None else f"{self.total:,.0f} people"
        origin = ", ".join(part for part in (self.source, self.date, self.status) if part)
        categories = "1 category" if len(self) == 1 else f"{len(self)} categories"
        return f"Margin({self.name}: {categories}, {people}; {origin})"


@dataclass(frozen=True, eq=False)
class Margins:
    """Several margins of one population, as they are known, even where they do not agree with each other.

    Parameters
    ----------
    margins
        One or more; no two of the same variables.
    notes
        Plain sentences that must travel with all that is weighted to them, such as whom to name as the source.

    Raises
    ------
    DesignError
        When there is none, or two are of the same variables.
    """

    margins: tuple[Margin, ...]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "margins", tuple(self.margins))
        object.__setattr__(self, "notes", tuple(self.notes))
        if not self.margins:
            raise DesignError("There are no margins. Name at least one variable and its categories.")
        seen = [frozenset(one.variables) for one in self.margins]
        twice = [one.name for place, one in enumerate(self.margins) if frozenset(one.variables) in seen[:place]]
        if twice:
            raise DesignError(f"Two margins are of the same variables: {twice[0]!r}. Keep one of them.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the margins: ``("sex", "age x sex")``."""
        return tuple(one.name for one in self.margins)

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables, each once."""
        return tuple(dict.fromkeys(name for one in self.margins for name in one.variables))

    @property
    def source(self) -> str:
        """Who counted; several in one text."""
        return "; ".join(dict.fromkeys(one.source for one in self.margins if one.source))

    @property
    def date(self) -> str:
        """Of what day the numbers are; several in one text."""
        return "; ".join(dict.fromkeys(one.date for one in self.margins if one.date))

    @property
    def status(self) -> MarginStatus:
        """How far the least trusted of the margins may be trusted."""
        return max((one.status for one in self.margins), key=STATUS_BY_TRUST.index)

    @property
    def simulated(self) -> bool:
        """Whether any of the numbers were made up."""
        return any(one.simulated for one in self.margins)

    @property
    def total(self) -> float | None:
        """How many people there are when all margins that count them agree; ``None`` where they do not, or are shares."""
        totals = [one.total for one in self.margins if one.total is not None]
        agree = totals and max(totals) - min(totals) <= 1e-6 * max(totals)
        return totals[0] if agree else None

    def conflicts(self, *, relative: float = 1e-6) -> tuple[Problem, ...]:
        """Return where margins do not agree: in how many people there are, or in a variable that two have in common.

        Parameters
        ----------
        relative
            Differences up to this part of the larger number do not count.
        """
        pairs = [(one, other) for place, one in enumerate(self.margins) for other in self.margins[place + 1 :]]
        return tuple(problem for one, other in pairs for problem in _conflict(one, other, relative))

    def to_frame(self) -> pd.DataFrame:
        """Return a table: one row a category, the columns of the file; the notes stand in the first row."""
        rows = [
            {"variable": one.name, "category": label, "population": None if one.share else number,
             "share": number if one.share else None, "source": one.source, "date": one.date, "status": one.status,
             "note": ""}
            for one in self.margins
            for label, number in zip(one.labels, one.population.tolist(), strict=True)
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        frame.loc[0, "note"] = NOTE_MARK.join(self.notes)
        return frame.astype({"population": float, "share": float}).dropna(axis="columns", how="all")

    def only(self, *names: str) -> Margins:
        """Return the named margins alone."""
        return replace(self, margins=tuple(self[name] for name in names))

    def __getitem__(self, name: str | tuple[str, ...]) -> Margin:
        wanted = frozenset(parts_of(name) if isinstance(name, str) else name)
        for one in self.margins:
            if frozenset(one.variables) == wanted:
                return one
        raise DesignError(unknown_word("name of a margin", name, self.names, "the margins"))

    def __iter__(self) -> Iterator[Margin]:
        return iter(self.margins)

    def __len__(self) -> int:
        return len(self.margins)

    def __repr__(self) -> str:
        return "\n".join(["Margins(", *(f"  {one!r}," for one in self.margins), ")"])


def _conflict(one: Margin, other: Margin, relative: float) -> list[Problem]:
    where, found = f"margins {one.name!r} and {other.name!r}", []
    counted = not one.share and not other.share
    if counted and _differ(float(one.population.sum()), float(other.population.sum()), relative):
        message = f"They are of {one.population.sum():g} and of {other.population.sum():g} people."
        found.append(Problem("N-TOTALS", where, message, "Take both from the same source, day and ages."))
    for name in (name for name in one.variables if name in other.variables):
        ours, theirs = one.collapsed(name), other.collapsed(name)
        if not counted:
            ours, theirs = _shares(ours), _shares(theirs)
        missing = sorted(set(ours) ^ set(theirs))
        apart = [key for key in ours if key in theirs and _differ(ours[key], theirs[key], relative)]
        if missing:
            message = f"Only one of them has these categories of {name!r}: {', '.join(map(repr, missing))}."
            found.append(Problem("N-CATEGORIES", where, message, "Use the same categories in both."))
        elif apart:
            message = f"They differ in {name!r} at {', '.join(map(repr, apart))}."
            found.append(Problem("N-DISAGREE", where, message, "Take both from the same source, day and ages."))
    return found


def _differ(one: float, other: float, relative: float) -> bool:
    return abs(one - other) > relative * max(abs(one), abs(other))


def _shares(numbers: dict[str, float]) -> dict[str, float]:
    whole = reduce(lambda total, number: total + number, numbers.values(), 0.0)
    return {key: number / whole for key, number in numbers.items()}
