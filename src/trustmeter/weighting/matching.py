"""Which category of the margins each respondent belongs to."""

from __future__ import annotations

import math
import re
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
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses
from trustmeter.results import told_count

Codes = NDArray[np.intp]
MarginsLike: TypeAlias = "Margins | Margin | Mapping[Any, Mapping[Any, float]]"
"""Margins, or shares or numbers by variable and category: ``{"sex": {"F": 0.51, "M": 0.49}}``."""
Words: TypeAlias = "Mapping[str, Mapping[str, str]] | None"
"""For each variable, one word for another."""

_MOST_LISTED = 30


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
        _check_words(name, given, margins, where)
    held: dict[str, _Held] = {}
    problems: list[Problem] = []
    for variable in margins.variables:
        known = _categories(margins, variable)
        source = _source(answers, variable, (columns or {}).get(variable), where)
        held[variable] = _held(answers, source, known, (recode or {}).get(variable))
        problems += _strangers(answers, variable, source, known, held[variable])
    if problems:
        raise DesignError(f"`{where}` cannot match the answers with the margins.", problems)
    return tuple(_matched(margin, held, groups, where) for margin in margins)


def _check_words(name: str, given: Any, margins: Margins, where: str) -> None:
    """Refuse what is not, for variables of the margins, a column or one word for another."""
    if not isinstance(given, Mapping | None):
        raise DesignError(f"The `{name}` of `{where}` must be a mapping by variable. Got {type(given).__name__}.")
    for variable, words in (given or {}).items():
        if variable not in margins.variables:
            raise DesignError(unknown_word(f"variable in `{name}`", variable, margins.variables, f"`{where}`"))
        wanted, such = (str, "'D1'") if name == "columns" else (Mapping, "{'one word': 'another'}")
        if not isinstance(words, wanted):
            message = f"The `{name}` of `{where}` must be such as `{{{variable!r}: {such}}}`."
            raise DesignError(f"{message} Got {type(words).__name__} for {variable!r}.")


@dataclass(frozen=True, slots=True)
class _Held:
    """What a column holds: the words there are, and which of them each row has; -1 where it has none."""

    words: tuple[str, ...]
    codes: Codes


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


def _held(answers: Responses, source: str, known: Sequence[str], recode: Mapping[str, str] | None) -> _Held:
    """Return each row's category: as it is coded, as the caller says, as its label reads, or as the band of an age."""
    codes, values = pd.factorize(answers.frame[source])
    words = [str(label) for label in row_labels(pd.Series(values))]
    if recode is not None:
        words = [recode.get(word, word) for word in words]
    strange = {word for word in words if word} - set(known)
    if strange and are_bands(known):
        options = _options(answers, source)
        bands = bands_of_labels(options, known) if options else _bands_of_ages(words, known)
        words = [word if word in known else bands.get(word, word) for word in words]
    merged = tuple(dict.fromkeys(word for word in words if word))
    place = np.array([merged.index(word) if word else -1 for word in words] + [-1], dtype=np.intp)
    return _Held(merged, place[codes])


def _options(answers: Responses, source: str) -> dict[str, str]:
    """Return what a question offers, by code; they are the questionnaire's words, not an answer."""
    if source not in answers.item_ids:
        return {}
    return {option.code: str(option.text) for option in answers.questionnaire.item(source).response_scale.substantive}


def bands_of_labels(options: Mapping[str, str], known: Sequence[str]) -> dict[str, str]:
    """Return the band whose ages a label names: ``"18 to 29 years"`` is ``"18-29"``, ``"75 or older"`` is ``"75+"``."""
    ages = {tuple(re.findall(r"\d+", word)): word for word in known}
    found = {code: ages.get(tuple(re.findall(r"\d+", label)), "") for code, label in options.items()}
    return {code: word for code, word in found.items() if word}


def _bands_of_ages(words: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    ages = pd.to_numeric(pd.Series(list(words), dtype=object), errors="coerce").to_numpy(dtype=float)
    return {word: str(band) for word, band in zip(words, band_ages(ages, list(known)), strict=True) if band is not None}


def are_bands(known: Sequence[str]) -> bool:
    """Whether categories are bands of age; plain numbers alone are codes."""
    return all(band_of(one) for one in known) and not all(one.strip().isdigit() for one in known)


def _strangers(answers: Responses, variable: str, source: str, known: Sequence[str], held: _Held) -> Iterator[Problem]:
    """Yield what is wrong with answers that no category of the margins stands for; no answer is told."""
    strange = np.array([word not in known for word in held.words] + [False])[held.codes]
    if not strange.any():
        return
    people, options = told_count(int(strange.sum())), _options(answers, source)
    listed = ", ".join(repr(one) for one in known)
    if are_bands(known) and not options:
        message = f"{people} people are of an age in none of the bands {listed}."
        hint = "Leave them out with `answers.select`, or use margins with a band for them."
    else:
        offered = f", which offers {', '.join(map(repr, options))}" if 0 < len(options) <= _MOST_LISTED else ""
        message = f"The margins hold {listed}; {people} people have something else in {source!r}{offered}."
        hint = (
            f"Say which is which: `recode={{{variable!r}: {{'code': {known[0]!r}, …}}}}`; '' stands for none of them."
        )
    yield Problem("W-CATEGORY-UNKNOWN", f"margin {variable!r}", message, hint)


def _matched(margin: Margin, held: Mapping[str, _Held], groups: Words, where: str) -> Matched:
    """Return the place of each row: the combinations that there are, looked up once each."""
    together, new = _together(margin, groups, where)
    place = {cell: new[at] for at, cell in enumerate(margin.categories)}
    parts = [held[name] for name in margin.variables]
    sizes = tuple(len(part.words) + 1 for part in parts)
    joint = parts[0].codes + 1
    for part, size in zip(parts[1:], sizes[1:], strict=True):
        joint = joint * size + part.codes + 1
    there = np.flatnonzero(np.bincount(joint, minlength=math.prod(sizes)))
    found = np.full(math.prod(sizes), -1, dtype=np.intp)
    found[there] = [_place(cell, parts, place) for cell in zip(*np.unravel_index(there, sizes), strict=True)]
    codes = found[joint]
    lost = int((codes < -1).sum())
    if lost:
        message = f"{told_count(lost)} people are in a cell that this margin does not have."
        hint = "Add the cell with its number of people, or put categories together with `groups`."
        raise DesignError(
            f"`{where}` cannot match the answers with the margins.",
            [Problem("W-CELL-UNKNOWN", f"margin {margin.name!r}", message, hint)],
        )
    return Matched(together, codes)


def _place(codes: tuple[np.intp, ...], parts: Sequence[_Held], place: Mapping[tuple[str, ...], int]) -> int:
    """Return the number of a cell, of parts counted from 1; -1 where a part has no answer, -2 where there is no such cell."""
    if min(codes) < 1:
        return -1
    return place.get(tuple(part.words[code - 1] for part, code in zip(parts, codes, strict=True)), -2)


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
