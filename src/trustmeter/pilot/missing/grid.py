"""Answers side by side: a person's items of all waves in one row, so that one wave can explain another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, ResponsesError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.sample import LISTED, MOSTLY
from trustmeter.questionnaire.model import Scale
from trustmeter.responses.keying import item_range
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.results import told_count

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Truths = NDArray[np.bool_]

FILLED = ("blank", "dont_know", "refused")
"""The kinds of missing that are filled: asked, applicable, and no answer in substance."""

WHERE = "impute"


@dataclass(frozen=True, eq=False)
class Grid:
    """Answers of P people (rows, where waves are different people) to K columns: an item in a wave each.

    Parameters
    ----------
    values
        Shape (P, K): values, turned so that more means more of the construct; not a number where missing.
    wanted
        Shape (P, K): cells to be filled.
    rows
        Shape (P, K): the row of the answers that a cell is from, -1 where the person is not in that wave.
    items, waves
        Item and wave of each column; the wave is empty where waves are different people.
    blocks
        Shape (K,): scale and wave of each column as a code.
    mirrored
        For each column lowest plus highest value where it is turned, else not a number.
    covariates
        Shape (P, q) or ``None``.
    side_by_side
        Whether people of several waves stand in one row.
    """

    values: Floats
    wanted: Truths
    rows: Codes
    items: tuple[str, ...]
    waves: tuple[str, ...]
    blocks: Codes
    mirrored: Floats
    covariates: Floats | None
    side_by_side: bool


def grid_of(answers: Responses, scales: Sequence[Scale], covariates: Sequence[str]) -> Grid:
    """Lay out the items of some scales.

    Raises
    ------
    EstimationError
        When an item with gaps was answered by fewer than ten people, or no answer is missing.
    """
    items, homes = _items(answers, scales)
    mirror = [sum(item_range(answers.questionnaire, item)) if item in home.reversed else np.nan for item, home in homes]
    mirrored = np.array(mirror, dtype=float)
    values = answers.values(items).to_numpy(dtype=float, na_value=np.nan)
    values = np.where(np.isnan(mirrored), values, mirrored - values)
    kinds = answers.missing[list(items)].to_numpy()
    wanted = np.isin(kinds, [1 + MISSING_KINDS.index(kind) for kind in FILLED]) & np.isnan(values)
    wanted &= (~np.isnan(values)).any(axis=1)[:, None]
    if not wanted.any():
        raise EstimationError("No answer of people who answered anything is missing: use the answers as they are.")
    place, waves = _places(answers, (~np.isnan(values)).any(axis=1))
    k = len(items)
    rows = np.repeat(place, k, axis=1)
    column = np.tile(np.arange(k), len(waves))
    there = rows >= 0
    side = np.where(there, values[rows, column], np.nan)
    asked = there & wanted[rows, column]
    known = (~np.isnan(side)).sum(axis=0)
    names = [(items[j], waves[w]) for w in range(len(waves)) for j in range(k)]
    _refuse_unknown(names, known, asked)
    kept = known >= FEWEST_PEOPLE
    homes_code = pd.factorize(pd.Series([home.id for _, home in homes]))[0]
    blocks = np.repeat(np.arange(len(waves)), k) * k + homes_code[column]
    return Grid(
        side[:, kept], asked[:, kept], rows[:, kept], tuple(name for (name, _), use in zip(names, kept, strict=True) if use),
        tuple(wave for (_, wave), use in zip(names, kept, strict=True) if use), blocks[kept], mirrored[column][kept],
        _covariates(answers, covariates, place, len(waves) > 1), len(waves) > 1,
    )  # fmt: skip


def _items(answers: Responses, scales: Sequence[Scale]) -> tuple[list[str], list[tuple[str, Scale]]]:
    """Return the items, and each with the smallest scale that holds it."""
    read = set(answers.item_ids)
    homes: dict[str, Scale] = {}
    for scale in scales:
        for item in scale.items:
            if item in read and (item not in homes or len(scale.items) < len(homes[item].items)):
                homes[item] = scale
    return list(homes), list(homes.items())


def _places(answers: Responses, some: Truths) -> tuple[Codes, tuple[str, ...]]:
    """Return the row of each person (with any answer) in each wave, shape (P, waves), and the waves."""
    alone = np.flatnonzero(some)[:, None].astype(np.intp)
    roles = answers.roles
    if roles.respondent is None or roles.wave is None:
        return alone, ("",)
    labels = row_labels(answers.frame[roles.wave])
    waves = in_natural_order([str(name) for name in labels[some].dropna().unique()])
    person = _people(answers, labels, some)
    wave = pd.Categorical(labels, categories=waves).codes.astype(np.intp)
    used = np.flatnonzero(some & (wave >= 0))
    table = np.full((int(person.max()) + 1, len(waves)), -1, dtype=np.intp)
    table[person[used], wave[used]] = used
    table = table[(table >= 0).any(axis=1)]
    several = int(((table >= 0).sum(axis=1) > 1).sum())
    if len(waves) < 2 or several < MOSTLY * int((table >= 0).sum(axis=0).min()):
        return alone, ("",)
    return table, tuple(waves)


def _people(answers: Responses, waves: pd.Series[Any], some: Truths) -> Codes:
    """Return a code a person; rows without a personal code have their own."""
    roles = answers.roles
    keys = row_labels(answers.frame[roles.column("respondent", needed_by=WHERE)])
    repeated = _repeated(keys, waves, some)
    if repeated and roles.zone is not None:
        keys = row_labels(answers.frame[roles.zone]) + "\x1f" + keys
        repeated = _repeated(keys, waves, some)
    if repeated:
        message = f"{told_count(repeated)} rows carry the code of a respondent who already has a row in the same wave."
        raise ResponsesError(f"{message} Keep one row a person and wave; `check_quality` says where they are.")
    codes, _ = pd.factorize(keys)
    nobody = codes < 0
    return np.where(nobody, codes.max(initial=-1) + np.cumsum(nobody), codes).astype(np.intp)


def _repeated(keys: pd.Series[Any], waves: pd.Series[Any], some: Truths) -> int:
    both = pd.DataFrame({"key": keys, "wave": waves})[some].dropna()
    return int(both.duplicated().sum())


def _refuse_unknown(names: Sequence[tuple[str, str]], known: Codes, asked: Truths) -> None:
    few = [
        f"{item}{f' in {wave}' if wave else ''}"
        for (item, wave), n, gaps in zip(names, known.tolist(), np.asarray(asked.any(axis=0)).tolist(), strict=True)
        if gaps and n < FEWEST_PEOPLE
    ]
    if few:
        told = ", ".join(few[:LISTED]) + (f" and {len(few) - LISTED} more" if len(few) > LISTED else "")
        message = f"Fewer than {FEWEST_PEOPLE} people answered {told}: too few to fill the gaps of others from."
        raise EstimationError(f"{message} Name the scales without {'it' if len(few) == 1 else 'them'} in `scale`.")


def _covariates(answers: Responses, names: Sequence[str], place: Codes, side_by_side: bool) -> Floats | None:
    """Return predictors that are not filled: words as columns of 0 and 1, within each wave where waves are different people."""
    roles, rows = answers.roles, place.max(axis=1) if side_by_side else place[:, 0]
    if side_by_side:
        first = (place >= 0).argmax(axis=1)
        rows = place[np.arange(len(place)), first]
    wave = None
    if not side_by_side and roles.wave is not None:
        wave = row_labels(answers.frame[roles.wave]).fillna("").iloc[rows].reset_index(drop=True)
    columns = [] if wave is None else _dummies(wave)
    for name in dict.fromkeys(([roles.zone] if roles.zone is not None else []) + list(names)):
        column = answers.frame[name if name in roles.columns else roles.column(name, needed_by=WHERE)].iloc[rows]
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(numbers).sum() == column.isna().sum() and len(np.unique(numbers[~np.isnan(numbers)])) > LISTED:
            gone = np.isnan(numbers)
            columns += [np.where(gone, np.nanmean(numbers), numbers), *([gone.astype(float)] if gone.any() else [])]
            continue
        words = row_labels(column).fillna("").reset_index(drop=True)
        if words.nunique() > max(LISTED, len(words) // FEWEST_PEOPLE):
            raise DesignError(
                f"The covariate {name!r} of `{WHERE}` has {words.nunique()} different words. Group them first."
            )
        columns += _dummies(words if wave is None else wave + "\x1f" + words)
    varied = [column for column in columns if np.ptp(column) > 0]
    return np.column_stack(varied) if varied else None


def _dummies(words: pd.Series[Any]) -> list[Floats]:
    """Return a column of 0 and 1 for each word of ten people or more but the commonest."""
    counts = words.value_counts()
    told = [word for word in counts.index[1:] if counts[word] >= FEWEST_PEOPLE]
    return [(words == word).to_numpy(dtype=float) for word in told]
