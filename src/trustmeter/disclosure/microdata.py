"""Answers as rows in which nobody stands out: what is written, what is left out, and who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.disclosure.redaction import Redaction
from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, SmallClasses
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses
from trustmeter.results import told_count
from trustmeter.stats.disclosure.anonymity import alike

WHERE = "safe_export"
PERSON = "person"
"""The column of random numbers."""

Mask = NDArray[np.bool_]
People = NDArray[np.str_] | None


@dataclass(frozen=True, eq=False, slots=True)
class Microdata:
    """A frame to be written, and the sentences of its log."""

    frame: pd.DataFrame
    log: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Wishes:
    """What is to be written, and how; the arguments of `safe_export` after they were checked."""

    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    k: int
    small_classes: SmallClasses
    random_ids: bool
    texts: Mapping[str, Redaction]


def safe_rows(answers: Responses, wishes: Wishes, seed: Any) -> Microdata:
    """Return the rows and columns that may be written.

    Raises
    ------
    DesignError
        When a column is unknown, says who somebody is, or is free text that was not redacted.
    EstimationError
        When people stand out and are neither blanked nor dropped, or fewer than ten rows are left.
    """
    names = _columns(answers, wishes)
    frame = answers.frame[[name for name in names if name not in wishes.texts]].copy()
    for item, redaction in wishes.texts.items():
        frame[item] = _texts(answers, item, redaction)
    wave = answers.roles.wave
    known = (*([wave] if wave is not None else []), *(name for name in wishes.quasi if name != wave))
    rows = _Rows(frame, _people(answers, wishes), known, wishes.k)
    rng = np.random.default_rng(seed)
    log = [f"Columns written: {', '.join(frame.columns)}.", *_left_out(answers, names)]
    small = rows.standing_out()
    if small.any():
        rows, told = _mended(rows, small, wishes, rng)
        log += told
    if len(rows.frame) < FEWEST_PEOPLE:
        message = f"Fewer than {FEWEST_PEOPLE} rows would be left: nothing is written."
        raise EstimationError(f"{message} Take wider bands, or fewer columns.")
    log += [f"Nobody stands out by {', '.join(known) or 'any column'}; every class has at least {wishes.k} people."]
    log += [f"{item}: redacted, and read by a human, as was declared." for item in wishes.texts]
    return _shuffled(rows, rng, log)


def _shuffled(rows: _Rows, rng: np.random.Generator, log: list[str]) -> Microdata:
    """Return the rows in random order, with random numbers for people where they are wanted."""
    frame = rows.frame.copy()
    if rows.people is not None:
        _, numbers = np.unique(rows.people, return_inverse=True)
        frame.insert(0, PERSON, (1 + rng.permutation(numbers.max() + 1))[numbers])
        log.append("Respondent ids were replaced by random numbers of this file.")
    told = (*log, "Rows are in random order.", f"Rows: {len(frame)}.")
    return Microdata(frame.iloc[rng.permutation(len(frame))].reset_index(drop=True), told)


def _columns(answers: Responses, wishes: Wishes) -> list[str]:
    """Return what is written: the wave, what was named, the items of scales, and redacted texts; in the answers' order."""
    for name in (*wishes.quasi, *wishes.sensitive, *wishes.texts):
        if name not in answers.frame.columns:
            raise DesignError(unknown_word("column", name, [str(one) for one in answers.frame.columns], f"`{WHERE}`"))
        if name == answers.roles.respondent:
            raise DesignError(
                f"{name!r} says who somebody is: it is never written. Use `ids='random'` to tie waves together."
            )
    named = {*wishes.quasi, *wishes.sensitive}
    free = [name for name in answers.item_ids if answers.questionnaire.item(name).response_scale.type == "text"]
    if open_ := sorted(named & set(free)):
        message = f"Free text is not written as it is: {', '.join(open_)}."
        raise DesignError(f"{message} Pass it as `texts={{...: redact(...)}}` after a human has read it.")
    if both := sorted(set(wishes.quasi) & set(wishes.sensitive)):
        raise DesignError(
            f"`{WHERE}` takes a column as quasi-identifier or as sensitive, not as both: {', '.join(both)}."
        )
    scales = {item for scale in answers.questionnaire.scales for item in scale.items}
    wanted = named | (scales - set(free)) | set(wishes.texts) | {answers.roles.wave}
    return [str(name) for name in answers.frame.columns if name in wanted]


def _left_out(answers: Responses, names: list[str]) -> list[str]:
    gone = [str(name) for name in answers.frame.columns if name not in names]
    return [f"Columns left out, for nobody named them or they say who somebody is: {', '.join(gone)}."] if gone else []


def _texts(answers: Responses, item: str, redaction: Redaction) -> pd.Series[Any]:
    if item not in answers.item_ids or answers.questionnaire.item(item).response_scale.type != "text":
        raise DesignError(f"`texts` of `{WHERE}` holds items of free text. {item!r} is none.")
    if not isinstance(redaction, Redaction) or len(redaction) != len(answers):
        message = f"`texts[{item!r}]` of `{WHERE}` must be what `redact` made of this item, one text a row."
        raise DesignError(f"{message} Redact the item of these same answers.")
    return pd.Series(redaction.texts, index=answers.frame.index, dtype="string")


def _people(answers: Responses, wishes: Wishes) -> People:
    """Return who is who where random numbers are wanted: one word a person, which stays inside."""
    if not wishes.random_ids:
        return None
    roles = answers.roles
    column = answers.frame[roles.column("respondent", needed_by=WHERE)]
    if column.isna().any():
        raise DesignError(f"`{WHERE}` cannot tie waves together where a row has no respondent. Use `ids='drop'`.")
    parts = [
        row_labels(column),
        *([row_labels(answers.frame[roles.zone]).fillna("")] if roles.zone is not None else []),
    ]
    return np.array(["\0".join(map(str, one)) for one in zip(*parts, strict=True)])


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """Rows on their way out: what is in them, whose they are, and what others could know."""

    frame: pd.DataFrame
    people: People
    known: tuple[str, ...]
    k: int

    def standing_out(self) -> Mask:
        """Return which rows are in classes of fewer than k; with random numbers, of people by all their waves together."""
        if not self.known:
            return np.full(len(self.frame), len(self.frame) < self.k)
        columns = [pd.factorize(self.frame[name].astype("string"))[0] for name in self.known]
        codes = np.column_stack(columns).astype(np.intp)
        if self.people is None:
            return alike(codes).rows_below(self.k)
        _, words = np.unique(codes, axis=0, return_inverse=True)
        order = np.lexsort((words.ravel(), self.people))
        _, first, person = np.unique(self.people[order], return_index=True, return_inverse=True)
        journeys = [tuple(part) for part in np.split(words.ravel()[order], first[1:])]
        numbers = {journey: number for number, journey in enumerate(sorted(set(journeys)))}
        small = alike(np.array([[numbers[journey]] for journey in journeys], dtype=np.intp)).rows_below(self.k)
        found = np.zeros(len(order), dtype=bool)
        found[order] = small[person]
        return found

    def without(self, rows: Mask) -> _Rows:
        return replace(self, frame=self.frame.loc[~rows], people=None if self.people is None else self.people[~rows])

    def blanked(self, rows: Mask, columns: tuple[str, ...]) -> _Rows:
        frame = self.frame.copy()
        frame.loc[rows, list(columns)] = pd.NA
        return replace(self, frame=frame)


def _mended(rows: _Rows, small: Mask, wishes: Wishes, rng: np.random.Generator) -> tuple[_Rows, list[str]]:
    """Return rows in which nobody stands out any more, and what was done; or refuse."""
    told, before = [], len(rows.frame)
    if wishes.small_classes == "refuse":
        many = _told(int(small.sum()))
        message = f"{many[0].upper()}{many[1:]} rows are in classes of fewer than {wishes.k} people alike in {', '.join(rows.known)}."
        cure = (
            "Take wider bands or fewer columns (`check_anonymity` says which), or `small_classes='blank'` or `'drop'`."
        )
        raise EstimationError(f"{message} {cure}")
    if wishes.small_classes == "blank" and wishes.quasi:
        rows = rows.blanked(small, wishes.quasi)
        told.append(f"Quasi-identifiers were emptied in some rows: {_told(int(small.sum()))}.")
        small = rows.standing_out()
    while small.any():
        rows = rows.without(small)
        small, gone = rows.standing_out(), before - len(rows.frame)
        if not small.any() and 0 < gone < FEWEST_IN_A_CELL and len(rows.frame) >= FEWEST_PEOPLE:
            small = _some_more(rows.people, len(rows.frame), FEWEST_IN_A_CELL - gone, rng)
    if before > len(rows.frame):
        many = _told(before - len(rows.frame))
        told.append(f"Rows left out: {many}; never fewer than {FEWEST_IN_A_CELL}, so some may not have stood out.")
    return rows, told


def _some_more(people: People, rows: int, number: int, rng: np.random.Generator) -> Mask:
    """Return further rows to leave out (of whole people), so that those who left are no count from 1 to 4."""
    who = np.arange(rows) if people is None else people
    return np.isin(who, rng.permutation(np.unique(who))[:number])


def _told(count: int) -> str:
    """Return how many rows in words: few are not told, more to the nearest five."""
    return told_count(count) if count < FEWEST_IN_A_CELL else f"about {5 * round(count / 5)}"
