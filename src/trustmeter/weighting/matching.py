"""Which category of the margins each respondent belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, Problem, unknown_word
from trustmeter.population.bands import band_ages, band_of
from trustmeter.population.margins import Margin, Margins
from trustmeter.population.stating import margins as state_margins
from trustmeter.responses.model import Responses
from trustmeter.results import told_count

Codes = NDArray[np.intp]
MarginsLike: TypeAlias = "Margins | Margin | Mapping[Any, Mapping[Any, float]]"
"""Margins, or shares or numbers by variable and category: ``{"sex": {"F": 0.51, "M": 0.49}}``."""
Words: TypeAlias = "Mapping[str, Mapping[str, str]] | None"
"""For each variable, one word for another."""


@dataclass(frozen=True, slots=True)
class Matched:
    """One margin, and where in it each row belongs; -1 where the row has no answer.

    Parameters
    ----------
    margin
        With categories put together as the caller wished.
    codes
        Shape (n,).
    """

    margin: Margin
    codes: Codes


def margins_of(given: MarginsLike, where: str) -> Margins:
    """Return margins as what they are, made from plain numbers where they are plain numbers."""
    if isinstance(given, Margins):
        return given
    if isinstance(given, Margin):
        return Margins((given,))
    if not isinstance(given, Mapping):
        message = f"The `margins` of `{where}` must be `Margins`, or numbers by variable and category, such as"
        raise DesignError(f"{message} {{'sex': {{'F': 0.51, 'M': 0.49}}}}. Got {type(given).__name__}.")
    read = [_plain(name, numbers) for name, numbers in given.items()]
    return Margins(tuple(one for margins in read for one in margins))


def _plain(name: Any, numbers: Any) -> Margins:
    """Return one stated margin; numbers that are all at most one can only be meant as shares."""
    values = numbers.values() if isinstance(numbers, Mapping) else ()
    small = bool(values) and all(isinstance(one, (int, float)) and one <= 1 for one in values)
    return state_margins({name: numbers}, share=True if small else None)


def match(
    answers: Responses, margins: Margins, *, columns: Mapping[str, str] | None, recode: Words, groups: Words, where: str
) -> tuple[Matched, ...]:
    """Return each margin with the place of each row; refuse, all at once, what has no place.

    Raises
    ------
    DesignError
        When a variable is not among the answers, or answers hold categories that the margins do not have.
    """
    for name, given in (("columns", columns), ("recode", recode), ("groups", groups)):
        for variable in given or {}:
            if variable not in margins.variables:
                raise DesignError(unknown_word(f"variable in `{name}`", variable, margins.variables, f"`{where}`"))
    texts: dict[str, NDArray[np.object_]] = {}
    problems: list[Problem] = []
    for variable in margins.variables:
        known = _categories(margins, variable)
        source = _source(answers, variable, (columns or {}).get(variable), where)
        texts[variable] = _texts(answers, source, known, (recode or {}).get(variable))
        problems += _strangers(answers, variable, source, known, texts[variable])
    if problems:
        raise DesignError(f"`{where}` cannot match the answers with the margins.", problems)
    return tuple(_matched(margin, texts, groups, where) for margin in margins)


def _categories(margins: Margins, variable: str) -> tuple[str, ...]:
    """Return a variable's categories, of all margins that have it."""
    holders = [one for one in margins if variable in one.variables]
    return tuple(dict.fromkeys(cell[one.variables.index(variable)] for one in holders for cell in one.categories))


def _source(answers: Responses, variable: str, named: str | None, where: str) -> str:
    """Return the item or column that holds a variable: the one named, or the one of its name, in any case of letters."""
    roles: dict[str, str] = {
        name: column for name in ("zone", "language", "mode") if (column := getattr(answers.roles, name))
    }
    places: dict[str, str] = {**{name: name for name in (*answers.item_ids, *answers.roles.kept)}, **roles}
    wanted = named or variable
    if wanted in places:
        return places[wanted]
    near = [place for name, place in places.items() if name.casefold() == wanted.casefold()]
    if len(near) == 1:
        return near[0]
    message = unknown_word("variable of the margins", wanted, places, f"`{where}`")
    cure = f"Name the question or column that holds it: `columns={{{variable!r}: '…'}}`, or leave the margin out."
    raise DesignError(f"{message} {cure}")


def _texts(
    answers: Responses, source: str, known: Sequence[str], words: Mapping[str, str] | None
) -> NDArray[np.object_]:
    """Return each row's category as text, ``None`` where it is missing; ages as bands where the margins have bands."""
    column = answers.frame[source]
    missing = column.isna().to_numpy(dtype=bool)
    texts = np.array(
        [None if gone else _text(value) for value, gone in zip(column, missing, strict=True)], dtype=object
    )
    if words is not None:
        texts = np.array([None if one is None else words.get(one, one) or None for one in texts], dtype=object)
    there = {one for one in texts if one is not None}
    if there <= set(known) or not _are_bands(known):
        return texts
    ages = pd.to_numeric(pd.Series(texts), errors="coerce").to_numpy(dtype=float)
    banded = band_ages(ages, list(known))
    return np.where(pd.isna(banded) & ~pd.isna(texts), texts, banded)


def _are_bands(known: Sequence[str]) -> bool:
    """Whether categories are bands of age; plain numbers alone are codes."""
    return all(band_of(one) for one in known) and not all(one.strip().isdigit() for one in known)


def _text(value: Any) -> str:
    whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def _strangers(
    answers: Responses, variable: str, source: str, known: Sequence[str], texts: NDArray[np.object_]
) -> Iterator[Problem]:
    """Yield what is wrong with answers that no category of the margins stands for; no answer is told."""
    strange = np.array([one is not None and one not in set(known) for one in texts])
    if not strange.any():
        return
    people = told_count(int(strange.sum()))
    listed = ", ".join(repr(one) for one in known)
    if _are_bands(known):
        message = f"{people} people are of an age in none of the bands {listed}."
        hint = "Leave them out with `answers.select`, or use margins with a band for them."
    else:
        offered = _offered(answers, source)
        message = f"The margins hold {listed}; {people} people have something else in {source!r}{offered}."
        hint = (
            f"Say which is which: `recode={{{variable!r}: {{'code': {known[0]!r}, …}}}}`; '' stands for none of them."
        )
    yield Problem("W-CATEGORY-UNKNOWN", f"margin {variable!r}", message, hint)


def _offered(answers: Responses, source: str) -> str:
    """Return the codes that a question offers; they are the questionnaire's, not an answer."""
    if source not in answers.item_ids:
        return ""
    codes = [option.code for option in answers.questionnaire.item(source).response_scale.substantive]
    return f", which offers {', '.join(repr(code) for code in codes)}" if 0 < len(codes) <= 30 else ""


def _matched(margin: Margin, texts: Mapping[str, NDArray[np.object_]], groups: Words, where: str) -> Matched:
    together, new = _together(margin, groups, where)
    place = {cell: new[at] for at, cell in enumerate(margin.categories)}
    parts = list(zip(*(texts[name] for name in margin.variables), strict=True))
    missing = np.array([any(part is None for part in cell) for cell in parts])
    found = np.array([place.get(cell, -2) for cell in parts], dtype=np.intp)
    lost = int((~missing & (found < -1)).sum())
    if lost:
        message = f"{told_count(lost)} people are in a cell that this margin does not have."
        hint = "Add the cell with its number of people, or put categories together with `groups`."
        raise DesignError(
            f"`{where}` cannot match the answers with the margins.",
            [Problem("W-CELL-UNKNOWN", f"margin {margin.name!r}", message, hint)],
        )
    return Matched(together, np.where(missing, -1, found))


def _together(margin: Margin, groups: Words, where: str) -> tuple[Margin, list[int]]:
    """Return the margin with categories put together, and the new place of each old cell."""
    renamed = [list(cell) for cell in margin.categories]
    for at, variable in enumerate(margin.variables):
        words = (groups or {}).get(variable, {})
        known = {cell[at] for cell in margin.categories}
        for word in words:
            if word not in known:
                raise DesignError(
                    unknown_word(f"category of {variable!r} in `groups`", word, sorted(known), f"`{where}`")
                )
        for cell in renamed:
            cell[at] = words.get(cell[at], cell[at])
    cells = list(dict.fromkeys(tuple(cell) for cell in renamed))
    place = {cell: number for number, cell in enumerate(cells)}
    new = [place[tuple(cell)] for cell in renamed]
    numbers = np.bincount(new, weights=margin.population, minlength=len(cells)).astype(float)
    return replace(margin, categories=tuple(cells), population=numbers), new
