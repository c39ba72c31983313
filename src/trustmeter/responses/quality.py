"""How far can these answers be trusted? What is missing and why, and signs of careless or repeated answering."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.questionnaire.model import Questionnaire, Section
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.results import Result, printable, vocabulary_frame
from trustmeter.stats.disclosure.small_cells import pool_small_cells, too_small
from trustmeter.stats.screening import is_constant, pattern_size, share_missing, within_person_sd

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ITEM_TERMS: tuple[str, ...] = ("answered", *MISSING_KINDS)
"""What can become of a question, in the order of the numbers in `Responses.missing`."""

NON_ANSWERS: tuple[str, ...] = ("blank", "dont_know", "refused")
"""What counts as missing: asked, applicable, and no answer in substance."""

BLOCK_ITEMS = 5
"""Fewer items in a row on one response scale say little: the same answer to all of them may well be meant."""

PATTERN_ITEMS = 10
"""Among fewer answers, two people agree by chance."""

INCOMPLETE = 0.5
"""Above this share of missing answers a person counts as incomplete, as is usual for break-offs."""

MISSING_SHOWN = 0.10
"""Items with more missing than this are named in the summary."""

_ITEMS_SHOWN = 10
_NOT_ASKED = ITEM_TERMS.index("not_asked")
_OF_ASKED = "share of those asked"
_OF_ALL = "share of all rows"
_SET_ASIDE_ROWS = ("R-RESPONDENT-MISSING", "R-RESPONDENT-DUPLICATE", "R-WAVE-MISSING", "R-ROW-TORN")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class QualityReport(Result):
    """What is missing in answers and why, item by item, and signs of careless or repeated answering, wave by wave."""

    title: ClassVar[str] = "Answer quality"

    def missing_by_item(self) -> pd.DataFrame:
        """Return one row an item, for pictures and tables.

        Returns
        -------
        DataFrame
            ``item``, ``n`` (those asked), the shares ``answered not_asked blank dont_know refused not_applicable``, and
            ``missing``: blank, don't know and refused together. Shares are ``nan`` where hidden; all but ``not_asked``
            are out of `n`. Where 1 to 4 people were not asked, `n` and what they add to ``missing`` include them.
        """
        rows = self.table[self.table["item"] != ""]
        wide = rows.pivot(index="item", columns="term", values="estimate").reindex(columns=list(ITEM_TERMS))
        wide = wide.loc[rows["item"].drop_duplicates().to_numpy()]
        asked = rows[rows["term"] == "answered"].set_index("item")["n"]
        wide["missing"] = wide[list(NON_ANSWERS)].sum(axis=1, min_count=3)
        wide["missing"] = wide["missing"].fillna(1 - wide["answered"] - wide["not_applicable"])
        wide.insert(0, "n", asked.reindex(wide.index))
        return wide.rename_axis(columns=None).reset_index()

    def value(self, term: str, *, item: str = "", wave: str | None = None) -> float:
        """Return one estimate, of an item, of a wave, or of the whole; `wave` may be left out when there is one."""
        rows = (self.table["term"] == term) & (self.table["item"] == item)
        if wave is not None:
            rows &= self.table["wave"] == wave
        if rows.sum() != 1:
            found = "no" if not rows.any() else "more than one"
            raise DesignError(f"This quality report has {found} row for term {term!r}. Name the item or the wave.")
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def _summary_parts(self) -> list[str]:
        mark, head, _, notes = super()._summary_parts()
        return [mark, head, *self._people(), *self._items(), notes]

    def _people(self) -> list[str]:
        """Return the table of waves, in percent."""
        rows = self.table[self.table["item"] == ""]
        counts = rows[rows["term"] == "rows"].set_index("wave")["estimate"].astype(int).astype(str)
        shares = rows[rows["method"].str.startswith("share")]
        words = pd.Series([_percent(*pair) for pair in zip(shares["estimate"], shares["suppressed"], strict=True)])
        wide = pd.DataFrame({"wave": shares["wave"].to_numpy(), "term": shares["term"].to_numpy(), "share": words})
        waves = wide[wide["term"].isin(_PERSON_TERMS)].pivot(index="wave", columns="term", values="share")
        waves = waves.reindex(index=counts.index, columns=[term for term in _PERSON_TERMS if term in waves])
        waves.insert(0, "rows", counts)
        whole = wide[~wide["term"].isin(_PERSON_TERMS) & (wide["share"] != "0.0 %")]
        parts = [printable(waves.fillna("").reset_index())]
        return [
            *parts,
            *(
                f"{term}: {share}{'' if share == 'hidden' else ' of the rows read'}"
                for term, share in zip(whole["term"], whole["share"], strict=True)
            ),
        ]

    def _items(self) -> list[str]:
        """Return the items with most missing, in percent of those asked."""
        every = self.missing_by_item()
        known = every["missing"].fillna(every[list(NON_ANSWERS)].sum(axis=1))
        worst = every.loc[known[known > MISSING_SHOWN].sort_values(ascending=False, kind="stable").index]
        rule = f"more than {100 * MISSING_SHOWN:.0f} % missing (blank, don't know or refused, of those asked)"
        if worst.empty:
            return [f"No item has {rule}."]
        shown = worst.head(_ITEMS_SHOWN)
        table = pd.DataFrame({"item": shown["item"], "n": shown["n"].astype(str)})
        for term in ("missing", *NON_ANSWERS):
            table[term] = [_percent(share, bool(np.isnan(share))) for share in shown[term]]
        more = f"; the first {_ITEMS_SHOWN}" if len(worst) > _ITEMS_SHOWN else ""
        return [f"{len(worst)} of {len(every)} items with {rule}{more}:", printable(table)]


_PERSON_TERMS = ("incomplete", "straight_lining", "same_answers")


def check_quality(answers: Responses) -> QualityReport:
    """Say what is missing in answers and why, and look for signs of careless or repeated answering.

    Use it after reading and before scoring. Nobody is removed: whether a person's answers are left out is for the
    analyst to decide, and to report. Nothing in the result is about one person.

    Parameters
    ----------
    answers
        The responses.

    Returns
    -------
    QualityReport
        Columns ``item wave term estimate n method suppressed``. `estimate` is a share of `n` unless said otherwise.

        For each item, all waves together: ``not_asked``, of all rows; ``answered``, ``blank``, ``dont_know``,
        ``refused`` and ``not_applicable``, of those asked. These five add up to 1.

        For each wave, of all its rows: ``incomplete``, more than half of the applicable questions without an answer in
        substance; ``straight_lining``, the same answer to every item of a block; ``same_answers``, at least ten
        questions answered, not by straight-lining, and exactly as somebody else in the wave. Also ``rows`` (a count) and
        ``within_person_sd`` (the mean over people of the standard deviation of their answers in blocks).

        For the whole, of the rows that were read, those set aside included: ``repeated_respondents``, rows after a
        respondent's first in a wave; ``routing_contradictions``, rows with an answer where nothing was asked, which were
        set aside.

    Raises
    ------
    DesignError
        When `answers` are no responses.

    Notes
    -----
    A block is a run of at least five items on one response scale within a section, of which some count the other way
    in their scale. Agreeing to all of them contradicts itself; in a block whose items all count the same way it need
    not, so such blocks are not used. Straight-lining needs at least five answers in a block, to items of both kinds.
    It is a sign, not proof, and so are equal answers: people of one opinion may answer alike.

    Counts of people from 1 to 4 are suppressed, with as many others of the same item as needed to keep them from being
    worked out, and so is everything about fewer than ten people. Where 1 to 4 people were not asked an item, that is
    hidden by taking the item's shares of all rows.

    References
    ----------
    Meade, A. W., & Craig, S. B. (2012). Identifying careless responses in survey data. Psychological Methods, 17(3),
    437-455. doi:10.1037/a0028085

    Kuriakose, N., & Robbins, M. (2016). Don't get duped: Fraud through duplication in public opinion surveys.
    Statistical Journal of the IAOS, 32(3), 283-291. doi:10.3233/SJI-160978

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> quality = tm.check_quality(tm.simulate_responses(trust, 200, dont_know=0.1, seed=1))
    >>> bool(0.05 < quality.value("dont_know", item="TR01") < 0.15)
    True
    """
    if not isinstance(answers, Responses):
        raise DesignError("`check_quality` takes responses. Make them with `read_responses`.")
    blocks = [block for section in answers.questionnaire.sections for block in _blocks(answers, section)]
    rows = [row for wave in _waves(answers) for row in _wave_rows(answers, blocks, *wave)]
    rows += _whole_rows(answers)
    rows += [row for item in answers.item_ids for row in _item_rows(item, answers.missing[item])]
    table = vocabulary_frame(rows)
    options = {"block_items": BLOCK_ITEMS, "pattern_items": PATTERN_ITEMS, "incomplete": INCOMPLETE}
    return QualityReport(table=table, notes=_notes(answers, table, blocks), provenance=answers.provenance(**options))


def _item_rows(item: str, missing: pd.Series[Any]) -> list[dict[str, Any]]:
    """Return an item's six rows. They are one partition of people: what is hidden must not follow from the rest."""
    counts = np.bincount(missing.to_numpy(dtype=np.int64), minlength=len(ITEM_TERMS))
    everybody = int(counts.sum())
    asked = everybody - int(counts[_NOT_ASKED])
    if asked > 0 and too_small(asked):
        nothing = {"item": item, "estimate": np.nan, "method": "fewer than 10 people were asked", "suppressed": True}
        return [{**nothing, "term": term} for term in ITEM_TERMS]
    together = 0 < everybody - asked < FEWEST_IN_A_CELL
    inside = [place for place in range(len(ITEM_TERMS)) if together or place != _NOT_ASKED]
    pooled = pool_small_cells(counts[inside], FEWEST_IN_A_CELL)
    n, method = (everybody, _OF_ALL) if together else (asked, _OF_ASKED)
    shown = dict(zip(inside, pooled.counts, strict=True))
    base = None if np.isnan(pooled.total) else n
    rows = []
    for place, term in enumerate(ITEM_TERMS):
        row = {"item": item, "term": term, "n": base, "method": method}
        if place not in shown:
            row |= {"n": everybody, "method": _OF_ALL}
        count = shown.get(place, float(counts[place]))
        share = count / row["n"] if row["n"] else np.nan
        rows.append({**row, "estimate": share, "suppressed": bool(np.isnan(count))})
    return rows


def _wave_rows(answers: Responses, blocks: Sequence[Sequence[str]], wave: str, rows: Mask) -> list[dict[str, Any]]:
    """Return a wave's rows. All shares are of all its rows, so that no denominator tells of a few people."""
    people = answers.select(rows)
    n = len(people)
    made: list[dict[str, Any]] = [{"wave": wave, "term": "rows", "estimate": n, "n": n, "method": "count"}]
    made.append(_share("incomplete", _incomplete(people), wave=wave))
    straight = np.zeros(n, dtype=bool)
    if blocks:
        values = [people.values(block).to_numpy(dtype=float, na_value=np.nan) for block in blocks]
        mixed = [_keys(answers.questionnaire, block) for block in blocks]
        for items, keys in zip(values, mixed, strict=True):
            straight |= is_constant(items, BLOCK_ITEMS) & _answered_both(items, keys)
        made.append(_share("straight_lining", straight, wave=wave))
        made.append(_spread_row(within_person_sd(np.hstack(values)), wave))
    if len(_pattern_items(answers)) >= PATTERN_ITEMS:
        made.append(_share("same_answers", _same_answers(people) & ~straight, wave=wave))
    return made


def _incomplete(people: Responses) -> Mask:
    kinds = people.missing.to_numpy()
    applicable = ~np.isin(kinds, [_NOT_ASKED, ITEM_TERMS.index("not_applicable")])
    share = share_missing(np.where(kinds == 0, 0.0, np.nan), applicable)
    return np.asarray(share > INCOMPLETE)


def _same_answers(people: Responses) -> Mask:
    items = _pattern_items(people)
    kinds = people.missing[items].to_numpy(dtype=float)
    codes = np.column_stack([pd.factorize(people.frame[item])[0] for item in items])
    alike = pattern_size(np.where(kinds == 0, codes, -kinds)) > 1
    return np.asarray(alike & (np.sum(kinds == 0, axis=1) >= PATTERN_ITEMS))


def _pattern_items(answers: Responses) -> list[str]:
    return [item for item in answers.item_ids if answers.questionnaire.item(item).response_scale.type != "text"]


def _answered_both(items: Floats, keys: Mask) -> Mask:
    answered = ~np.isnan(items)
    return np.asarray(answered[:, keys].any(axis=1) & answered[:, ~keys].any(axis=1))


def _blocks(answers: Responses, section: Section) -> Iterator[tuple[str, ...]]:
    """Return the runs of items on one ordinal response scale that are long enough and have items of both keys."""
    read = [item for item in section.items if item.id in answers.missing.columns]
    for response_scale, run in itertools.groupby(read, key=lambda item: item.response_scale):
        items = tuple(item.id for item in run)
        keys = _keys(answers.questionnaire, items)
        mixed = bool(keys.any() and not keys.all())
        if response_scale.type == "ordinal" and response_scale.range and len(items) >= BLOCK_ITEMS and mixed:
            yield items


def _keys(questionnaire: Questionnaire, items: Sequence[str]) -> Mask:
    """Tell which items count the other way in a scale."""
    turned = frozenset[str]().union(*(scale.reversed for scale in questionnaire.scales))
    return np.array([item in turned for item in items], dtype=bool)


def _waves(answers: Responses) -> Iterator[tuple[str, Mask]]:
    if answers.roles.wave is None:
        yield "", np.ones(len(answers), dtype=bool)
        return
    column = answers.frame[answers.roles.wave]
    for wave in column.dropna().unique():
        yield str(wave), (column == wave).fillna(False).to_numpy(dtype=bool)


def _whole_rows(answers: Responses) -> list[dict[str, Any]]:
    """Return the rows on rows: repeated respondents, and answers where nothing was asked."""
    codes, numbers = answers.rejected["code"], answers.rejected["row"]
    aside = numbers[codes.isin(_SET_ASIDE_ROWS)].nunique()
    broken = numbers[codes == "R-ROUTING"].nunique()
    n = len(answers) + aside
    made = [_share_of("routing_contradictions", broken, n)]
    if answers.roles.respondent is not None:
        roles = answers.roles
        keys = [name for name in (roles.respondent, roles.zone, roles.wave) if name is not None]
        named = answers.frame.loc[answers.frame[roles.respondent].notna(), keys]
        repeated = int(named.duplicated().sum())
        repeated += numbers[codes == "R-RESPONDENT-DUPLICATE"].nunique()
        made.append(_share_of("repeated_respondents", repeated, n))
    return made


def _share(term: str, flags: Mask, *, wave: str) -> dict[str, Any]:
    return _share_of(term, int(flags.sum()), len(flags), wave=wave)


def _share_of(term: str, count: int, n: int, *, wave: str = "") -> dict[str, Any]:
    row = {"wave": wave, "term": term, "n": n, "method": _OF_ALL}
    if too_small(n) or pool_small_cells([count, n - count], FEWEST_IN_A_CELL).hidden.any():
        return {**row, "estimate": np.nan, "suppressed": True}
    return {**row, "estimate": count / n, "suppressed": False}


def _spread_row(spread: Floats, wave: str) -> dict[str, Any]:
    n = int(np.sum(~np.isnan(spread)))
    row = {"wave": wave, "term": "within_person_sd", "method": "mean over people, answers as given"}
    if too_small(n) or 0 < len(spread) - n < FEWEST_IN_A_CELL:
        return {**row, "estimate": np.nan if too_small(n) else float(np.nanmean(spread)), "suppressed": too_small(n)}
    return {**row, "estimate": float(np.nanmean(spread)), "n": n, "suppressed": False}


def _percent(share: float, hidden: bool) -> str:
    if hidden:
        return "hidden"
    return "" if np.isnan(share) else f"{100 * share:.1f} %"


def _notes(answers: Responses, table: pd.DataFrame, blocks: Sequence[Sequence[str]]) -> tuple[str, ...]:
    notes = ["Straight-lining, equal answers and incomplete rows are signs to look at, not proof. Nobody was left out."]
    if not blocks:
        rule = f"no {BLOCK_ITEMS} items in a row on one response scale of which some count the other way"
        notes.append(f"Straight-lining cannot be told: there are {rule}.")
    if len(_pattern_items(answers)) < PATTERN_ITEMS:
        notes.append(f"Equal answers were not looked for: fewer than {PATTERN_ITEMS} questions were read.")
    left_out = len(answers.questionnaire.items) - len(answers.item_ids)
    if left_out:
        notes.append(f"{left_out} of {len(answers.questionnaire.items)} questions are not among the answers.")
    if table["suppressed"].any():
        hidden = "rest on one to four people, on a group under ten, or would give such a number away"
        notes.append(f"{int(table['suppressed'].sum())} numbers are hidden: they {hidden}.")
    return tuple(notes)
