"""Who shows which sign of careless answering: a mask a rule, or why the rule cannot be told."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.questionnaire.model import Item, Questionnaire, Scale, Section
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.responses.quality.rules import PATTERN_ITEMS, RULES, RUN_ITEMS
from trustmeter.stats.screening.consistency import alike_pairs, even_odd, pair_consistency
from trustmeter.stats.screening.distance import squared_distances
from trustmeter.stats.screening.likeness import closest_likeness
from trustmeter.stats.screening.patterns import is_constant, longest_run, pattern_size, share_missing, within_person_sd

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Waves = Sequence[tuple[str, Mask]]

BLOCK_ITEMS = 5
"""Fewer items in a row on one response scale say little: the same answer to all of them may well be meant."""

EVEN_ODD_SCALES = 5
"""A correlation over fewer scales is chance."""

PAIRS = 5
"""A correlation over fewer pairs of items is chance."""

PAIRED = 0.60
"""Items go together, or against each other, from this correlation on (Meade and Craig, 2012)."""

PEOPLE = 50
"""With fewer people, which items go together is chance."""

ROWS_AN_ITEM = 5
"""With fewer rows an item, the distances rest on chance."""

MOST_COMPARED = 25_000
"""In larger waves rows are not compared with each other: it takes too long."""

_NOT_TO_ANSWER = [1 + MISSING_KINDS.index(kind) for kind in ("not_asked", "not_applicable")]


@dataclass(frozen=True, eq=False)
class Sheet:
    """Answers as the rules read them.

    Parameters
    ----------
    answers
        The responses.
    waves
        The name and the rows of each wave.
    times
        Each person's time; ``nan`` where there is none. ``None`` without times.
    seen
        The masks found so far: later rules leave out who already shows an earlier sign.
    """

    answers: Responses
    waves: Waves
    times: Floats | None = None
    seen: dict[str, Mask] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        """Return why cells are empty, 0 where they are not."""
        return np.asarray(self.answers.missing[self.patterned].to_numpy())

    @cached_property
    def patterned(self) -> list[str]:
        """Return the questions whose answers can be compared: all but texts."""
        return pattern_items(self.answers)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """Return a number for each answer to them, -1 where there is none."""
        columns = [pd.factorize(self.answers.frame[item])[0] for item in self.patterned]
        return np.where(self.kinds == 0, np.column_stack(columns), -1).astype(np.int64)

    @cached_property
    def ordinal(self) -> list[Item]:
        """Return the items with ordered answers, in the order asked."""
        every = (self.answers.questionnaire.item(item) for item in self.answers.item_ids)
        return [item for item in every if item.response_scale.type == "ordinal" and item.response_scale.range]

    @cached_property
    def main(self) -> list[str]:
        """Return the items on the response scale that most of them have, without those that most people were not asked."""
        counts = Counter(item.response_scale.id for item in self.ordinal)
        most = counts.most_common(1)[0][0] if counts else ""
        items = [item.id for item in self.ordinal if item.response_scale.id == most]
        return [item for item in items if (self.answers.missing[item] == 0).mean() >= 0.5]

    def numbers(self, items: Sequence[str]) -> Floats:
        """Return the values of items, ``nan`` where missing, shape (n, k)."""
        return np.asarray(self.answers.values(items).to_numpy(dtype=float, na_value=np.nan))

    def shares(self, items: Sequence[str], turned: frozenset[str] = frozenset()) -> Floats:
        """Return the values between 0 and 1 of each item's range, those of `turned` items counted the other way."""
        values = self.numbers(items)
        for place, item in enumerate(items):
            low, high = self.answers.questionnaire.item(item).response_scale.range or (0.0, 1.0)
            values[:, place] = (values[:, place] - low) / ((high - low) or 1.0)
            if item in turned:
                values[:, place] = 1 - values[:, place]
        return values


def find_signs(sheet: Sheet, limits: Mapping[str, float]) -> tuple[dict[str, Mask], dict[str, str]]:
    """Return a mask a rule, and for each rule that cannot be told the reason."""
    reasons: dict[str, str] = {}
    for rule, limit in limits.items():
        found = _FINDERS[rule](sheet, limit)
        if isinstance(found, str):
            reasons[rule] = found
        else:
            sheet.seen[rule] = found
    return dict(sheet.seen), reasons


def blocks_of(answers: Responses, least: float = BLOCK_ITEMS) -> list[tuple[str, ...]]:
    """Return the runs of items on one ordinal response scale that are long enough and have items of both keys."""
    return [block for section in answers.questionnaire.sections for block in _blocks(answers, section, least)]


def pattern_items(answers: Responses) -> list[str]:
    """Return the questions that were read and whose answers are no texts."""
    return [item for item in answers.item_ids if answers.questionnaire.item(item).response_scale.type != "text"]


def spread_in_blocks(answers: Responses) -> Floats:
    """Return the standard deviation of each person's answers in blocks."""
    values = [answers.values(block).to_numpy(dtype=float, na_value=np.nan) for block in blocks_of(answers)]
    return within_person_sd(np.hstack(values))


def _incomplete(sheet: Sheet, limit: float) -> Mask:
    kinds = sheet.answers.missing.to_numpy()
    share = share_missing(np.where(kinds == 0, 0.0, np.nan), ~np.isin(kinds, _NOT_TO_ANSWER))
    return np.asarray(share > limit)


def _straight(sheet: Sheet, limit: float) -> Mask | str:
    blocks = blocks_of(sheet.answers, limit)
    if not blocks:
        return f"no {limit:g} items in a row on one response scale of which some count the other way"
    straight = np.zeros(len(sheet.answers), dtype=bool)
    for block in blocks:
        items = sheet.numbers(block)
        straight |= is_constant(items, int(limit)) & _answered_both(items, _keys(sheet.answers.questionnaire, block))
    return straight


def _same(sheet: Sheet, limit: float) -> Mask | str:
    if len(sheet.patterned) < limit:
        return f"fewer than {limit:g} questions were read"
    cells = np.where(sheet.kinds == 0, sheet.codes, -sheet.kinds.astype(np.int64)).astype(float)
    alike = np.zeros(len(cells), dtype=bool)
    for _, rows in sheet.waves:
        alike[rows] = pattern_size(cells[rows]) > 1
    return np.asarray(alike & (np.sum(sheet.kinds == 0, axis=1) >= limit) & ~_already(sheet, "straight_lining"))


def _near(sheet: Sheet, limit: float) -> Mask | str:
    if len(sheet.patterned) < PATTERN_ITEMS:
        return f"fewer than {PATTERN_ITEMS} questions were read"
    if max((int(rows.sum()) for _, rows in sheet.waves), default=0) > MOST_COMPARED:
        return f"more than {MOST_COMPARED} rows in a wave"
    near = np.zeros(len(sheet.answers), dtype=bool)
    for _, rows in sheet.waves:
        near[rows] = closest_likeness(sheet.codes[rows], PATTERN_ITEMS) >= limit - 1e-6
    return np.asarray(near & ~_already(sheet, "straight_lining") & ~_already(sheet, "same_answers"))


def _long(sheet: Sheet, limit: float) -> Mask | str:
    runs = [list(run) for _, run in itertools.groupby(_read(sheet.answers), key=lambda item: item.response_scale)]
    strings = [[item.id for item in run] for run in runs
               if run[0].response_scale.type == "ordinal" and run[0].response_scale.range and len(run) >= RUN_ITEMS]  # fmt: skip
    if not strings:
        return f"no {RUN_ITEMS} items in a row on one response scale"
    found = np.zeros(len(sheet.answers), dtype=bool)
    for items in strings:
        found |= longest_run(sheet.numbers(items)) >= limit * len(items)
    return found


def _steady(sheet: Sheet, limit: float) -> Mask | str:
    if len(sheet.main) < RUN_ITEMS:
        return f"fewer than {RUN_ITEMS} items on one response scale"
    items = sheet.numbers(sheet.main)
    enough = np.sum(~np.isnan(items), axis=1) >= BLOCK_ITEMS
    return np.asarray(enough & (np.nan_to_num(within_person_sd(items), nan=np.inf) < limit))


def _even_odd(sheet: Sheet, limit: float) -> Mask | str:
    known = {item.id for item in sheet.ordinal}
    scales = [scale for scale in sheet.answers.questionnaire.scales
              if not sheet.answers.questionnaire.dimensions(scale.id) and len(known & set(scale.items)) > 1]  # fmt: skip
    if len(scales) < EVEN_ODD_SCALES:
        return f"fewer than {EVEN_ODD_SCALES} scales of two items or more"
    values = [sheet.shares(_in_order(scale, known), scale.reversed) for scale in scales]
    ends = np.cumsum([0, *(part.shape[1] for part in values)])
    places = [list(range(start, stop)) for start, stop in itertools.pairwise(ends)]
    return _below(even_odd(np.hstack(values), places, EVEN_ODD_SCALES), limit)


def _pairs(sheet: Sheet, limit: float, *, opposite: bool) -> Mask | str:
    if len(sheet.answers) < PEOPLE:
        return f"fewer than {PEOPLE} people"
    values = sheet.shares([item.id for item in sheet.ordinal])
    pairs = alike_pairs(values, PAIRED, opposite=opposite)
    if len(pairs) < PAIRS:
        sign = "-" if opposite else ""
        return (
            f"fewer than {PAIRS} pairs of items correlate at {sign}{PAIRED:.2f} or {'below' if opposite else 'above'}"
        )
    agreed = pair_consistency(values, pairs, PAIRS)
    return _below(-agreed, -limit) if opposite else _below(agreed, limit)


def _synonyms(sheet: Sheet, limit: float) -> Mask | str:
    return _pairs(sheet, limit, opposite=False)


def _antonyms(sheet: Sheet, limit: float) -> Mask | str:
    return _pairs(sheet, limit, opposite=True)


def _outlying(sheet: Sheet, limit: float) -> Mask | str:
    if len(sheet.main) < 2 or len(sheet.answers) < max(PEOPLE, ROWS_AN_ITEM * len(sheet.main)):
        return f"fewer than {ROWS_AN_ITEM} rows an item, or {PEOPLE} in all"
    found = squared_distances(sheet.numbers(sheet.main))
    if np.isnan(found.squared).all():
        return "some items follow from others, or hardly vary"
    return _below(found.p_value, limit)


def _speeding(sheet: Sheet, limit: float) -> Mask | str:
    count = np.sum(sheet.answers.missing.to_numpy() == 0, axis=1)
    pace = np.where(count >= PATTERN_ITEMS, sheet.times / np.maximum(count, 1), np.nan)
    quick = np.zeros(len(pace), dtype=bool)
    for _, rows in sheet.waves:
        known = pace[rows][~np.isnan(pace[rows])]
        quick[rows] = _below(pace[rows], limit * float(np.median(known))) if len(known) else False
    return quick


_FINDERS: dict[str, Callable[[Sheet, float], Mask | str]] = {
    "incomplete": _incomplete, "straight_lining": _straight, "same_answers": _same, "near_duplicates": _near, "longstring": _long,
    "low_variability": _steady, "even_odd": _even_odd, "synonyms": _synonyms, "antonyms": _antonyms, "outlying": _outlying,
    "speeding": _speeding,
}  # fmt: skip


def _below(measure: Any, limit: float) -> Mask:
    """Tell who lies below a limit; who could not be measured does not."""
    return np.asarray(np.nan_to_num(np.asarray(measure, dtype=float), nan=np.inf) < limit)


def _already(sheet: Sheet, rule: str) -> Mask:
    """Return who shows an earlier sign, by its usual limit where it was not asked for."""
    if rule in sheet.seen:
        return sheet.seen[rule]
    found = _FINDERS[rule](sheet, RULES[rule].limit or 0.0)
    return np.zeros(len(sheet.answers), dtype=bool) if isinstance(found, str) else found


def _in_order(scale: Scale, known: set[str]) -> list[str]:
    return [item for item in scale.items if item in known]


def _read(answers: Responses) -> list[Item]:
    return [answers.questionnaire.item(item) for item in answers.item_ids]


def _answered_both(items: Floats, keys: Mask) -> Mask:
    answered = ~np.isnan(items)
    return np.asarray(answered[:, keys].any(axis=1) & answered[:, ~keys].any(axis=1))


def _blocks(answers: Responses, section: Section, least: float) -> Iterator[tuple[str, ...]]:
    read = [item for item in section.items if item.id in answers.missing.columns]
    for response_scale, run in itertools.groupby(read, key=lambda item: item.response_scale):
        items = tuple(item.id for item in run)
        keys = _keys(answers.questionnaire, items)
        mixed = bool(keys.any() and not keys.all())
        if response_scale.type == "ordinal" and response_scale.range and len(items) >= least and mixed:
            yield items


def _keys(questionnaire: Questionnaire, items: Sequence[str]) -> Mask:
    """Tell which items count the other way in a scale."""
    turned = frozenset[str]().union(*(scale.reversed for scale in questionnaire.scales))
    return np.array([item in turned for item in items], dtype=bool)
