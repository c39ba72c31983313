"""Who stopped, which questions stayed open, and how long it took."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, check_conf_level, check_whole
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.responses.quality import check_quality
from trustmeter.responses.quality.times import time_taken
from trustmeter.results import Result, told_count, vocabulary_frame
from trustmeter.stats.comparison.change import wilson_interval
from trustmeter.stats.disclosure.small_cells import pool_small_cells

WHERE = "completion"
_NOT_ASKED, _BLANK = (MISSING_KINDS.index(kind) + 1 for kind in ("not_asked", "blank"))
_OPEN = ("blank", "dont_know", "refused")
_STAYED = -1


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Completion(Result):
    """Where people stopped, which questions stayed open, and how long it took.

    Parameters
    ----------
    quick
        The fraction of the median time below which somebody counts as quick.
    conf_level
        Of the intervals.
    """

    title: ClassVar[str] = "How the questionnaire was completed"

    quick: float
    conf_level: float

    def value(self, term: str, *, item: str = "", section: str = "") -> float:
        """Return one estimate, of an item, of a section, or of the whole; ``nan`` where it is hidden."""
        rows = (self.table["term"] == term) & (self.table["item"] == item) & (self.table["group"] == section)
        if rows.sum() != 1:
            message = f"This completion has no row for term {term!r}, item {item!r}, section {section!r}."
            raise DesignError(f"{message} Terms: {', '.join(dict.fromkeys(self.table['term']))}.")
        return float(self.table.loc[rows, "estimate"].iloc[0])


def completion(
    answers: Responses,
    *,
    times: str | tuple[str, str] | None = None,
    quick: float = 0.5,
    last_blank: int = 3,
    conf_level: float = 0.95,
) -> Completion:
    """Say where people stopped, which questions stayed open, and how long it took.

    Use it during and after field work, to see whether a form is too long, a question unclear, or somebody clicked through.

    Parameters
    ----------
    answers
        The responses.
    times
        A kept column with each person's time (in any unit), or two with beginning and end (``("start", "end")``; then in
        minutes). Keep them when reading: ``read_responses(..., keep=[...])``.
    quick
        Below which fraction of the median time somebody counts as quick.
    last_blank
        From how many blank questions at the end on somebody counts as having stopped.
    conf_level
        Of the intervals.

    Returns
    -------
    Completion
        Columns ``item group term estimate ci_low ci_high n method suppressed``; a section is under ``group``. Terms:
        ``broke_off`` (share of people; of the whole, by section, and by the first question left blank); ``open`` (share of
        those asked a question who left it without an answer in substance) and its parts ``blank``, ``dont_know`` and
        ``refused``; ``time_median``, ``time_q25``, ``time_q75``, and ``time_quick`` (share of people with a time).

    Raises
    ------
    DesignError
        When `answers` are no responses, or a column of times is not there or holds no times.
    EstimationError
        When there are fewer than ten people.

    Notes
    -----
    Somebody broke off where from one question on all that were asked up to the end, at least `last_blank`, are blank. *Don't
    know* and *prefer not to say* are no blanks. The questions of a link code count like all others. Times of no more than zero
    and missing ones are left out. Quick people are a sign to look at, no proof: who reads well is quick, too.

    Counts from 1 to 4, and others from which they could be worked out, are hidden: by section first, by question only
    within a section that is shown.

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust-short")
    >>> done = tm.completion(tm.simulate_responses(trust, 200, dont_know=0.1, seed=1))
    >>> done.value("broke_off")
    0.0
    """
    _check_call(answers, quick, last_blank, conf_level)
    stopped = first_left_blank(answers.missing[list(answers.item_ids)].to_numpy(), last_blank)
    rows = [*_break_off_rows(answers, stopped, conf_level), *_open_rows(answers)]
    left: dict[str, int] = {}
    if times is not None:
        taken = _times(answers, times)
        rows += _time_rows(taken, quick, conf_level)
        left = {"no time": int(np.isnan(taken).sum())}
    options = {"times": times, "quick": quick, "last_blank": last_blank, "conf_level": conf_level}
    table = vocabulary_frame(rows)
    notes = [
        "Nobody was left out for having stopped or having been quick: that is for the analyst to decide, and to report."
    ]
    if left.get("no time"):
        notes.append(f"People without a time: {told_count(left['no time'])}.")
    hidden = int(table["suppressed"].sum())
    if hidden:
        notes.append(f"Hidden numbers: {hidden}. They rest on one to four people, or would give such a number away.")
    return Completion(
        table=table, notes=tuple(notes), provenance=answers.provenance(**options), quick=quick, conf_level=conf_level
    )


def first_left_blank(kinds: NDArray[Any], last_blank: int) -> NDArray[np.intp]:
    """Return the column of the first question of the blanks at each person's end; -1 for who did not stop.

    Parameters
    ----------
    kinds
        Why cells are empty, shape (n, k), as `Responses.missing` has it, columns in the order asked.
    last_blank
        The fewest blanks at the end.

    Examples
    --------
    >>> first_left_blank(np.array([[0, 2, 1, 2], [0, 2, 0, 2], [0, 0, 1, 1]]), 2)
    array([ 1, -1, -1])
    """
    asked, blank = kinds != _NOT_ASKED, kinds == _BLANK
    trailing = np.flip(np.cumprod(np.flip(blank | ~asked, axis=1), axis=1), axis=1).astype(bool) & blank
    many = trailing.sum(axis=1)
    first = np.where(many > 0, np.argmax(trailing, axis=1), _STAYED)
    return np.where(many >= last_blank, first, _STAYED)


def _check_call(answers: Any, quick: Any, last_blank: Any, conf_level: Any) -> None:
    if not isinstance(answers, Responses):
        raise DesignError(f"`{WHERE}` takes responses. Make them with `read_responses`.")
    check_conf_level(conf_level, WHERE)
    check_whole("last_blank", last_blank, 1, WHERE)
    if isinstance(quick, bool) or not isinstance(quick, (int, float)) or not 0 < quick < 1:
        raise DesignError(f"The `quick` argument of `{WHERE}` is a fraction between 0 and 1. Got {quick!r}.")
    if not answers.item_ids:
        raise DesignError(f"`{WHERE}` needs answers to questions; none was read.")
    if len(answers) < FEWEST_PEOPLE:
        raise EstimationError(f"There are fewer than {FEWEST_PEOPLE} people: nothing is shown about so few.")


def _break_off_rows(answers: Responses, stopped: NDArray[np.intp], conf_level: float) -> list[dict[str, Any]]:
    """Return who stopped: of the whole, by section, and by question within sections that are shown."""
    n, items = len(answers), list(answers.item_ids)
    by_item = np.bincount(stopped[stopped >= 0], minlength=len(items))
    sections = [
        (section.id, [items.index(item.id) for item in section.items if item.id in items])
        for section in answers.questionnaire.sections
    ]
    everybody = int(by_item.sum())
    hidden = _small(everybody) or _small(n - everybody)
    rows = [_share("broke_off", everybody, n, conf_level, hidden=hidden)]
    by_section = pool_small_cells([int(by_item[places].sum()) for _, places in sections])
    for (name, places), section_hidden in zip(sections, by_section.hidden, strict=True):
        away = hidden or bool(section_hidden) or math.isnan(by_section.total)
        count = int(by_item[places].sum())
        rows.append({**_share("broke_off", count, n, conf_level, hidden=away), "group": name})
        within = pool_small_cells(by_item[places])
        for place, item_hidden in zip(places, within.hidden, strict=True):
            gone = away or bool(item_hidden) or math.isnan(within.total)
            rows.append({**_share("broke_off", int(by_item[place]), n, conf_level, hidden=gone), "item": items[place]})
    return rows


def _open_rows(answers: Responses) -> list[dict[str, Any]]:
    """Return which questions stayed open, as `check_quality` counts and hides them."""
    rows: list[dict[str, Any]] = []
    for line in check_quality(answers).missing_by_item().to_dict("records"):
        n = None if pd.isna(line["n"]) else int(line["n"])
        head = {"item": str(line["item"]), "n": n, "method": "share of those asked"}
        parts = [float(line[kind]) for kind in _OPEN]
        together = float(line["missing"]) if not any(math.isnan(part) for part in parts) else math.nan
        for term, value in zip(("open", *_OPEN), (together, *parts), strict=True):
            rows.append({**head, "term": term, "estimate": value, "suppressed": math.isnan(value)})
    return rows


def _times(answers: Responses, times: Any) -> NDArray[np.float64]:
    """Return each person's time; ``nan`` where there is none."""
    names = (times,) if isinstance(times, str) else tuple(times) if isinstance(times, (tuple, list)) else ()
    if len(names) not in {1, 2} or not all(isinstance(name, str) for name in names):
        raise DesignError(f"The `times` argument of `{WHERE}` is a column, or two: beginning and end.")
    return time_taken(answers, names, WHERE, seconds=60.0)


def _time_rows(taken: NDArray[np.float64], quick: float, conf_level: float) -> list[dict[str, Any]]:
    known = taken[~np.isnan(taken)]
    n, left = len(known), len(taken) - len(known)
    shown = n >= FEWEST_PEOPLE
    told = n if shown and not _small(left) else None
    terms = {"time_q25": 25, "time_median": 50, "time_q75": 75}
    rows: list[dict[str, Any]] = [
        {"term": term, "estimate": float(np.percentile(known, at)) if shown else math.nan, "n": told, "method": "quantile",
         "suppressed": not shown}
        for term, at in terms.items()
    ]  # fmt: skip
    count = int((known < quick * np.median(known)).sum())
    hidden = not shown or told is None or _small(count) or _small(n - count)
    row = _share("time_quick", count, n, conf_level, hidden=hidden)
    return [*rows, {**row, "n": told, "method": f"share below {quick:g} of the median; Wilson"}]


def _share(term: str, count: int, n: int, conf_level: float, *, hidden: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"term": term, "n": n, "method": "share of people; Wilson"}
    if hidden:
        return {**row, "estimate": math.nan, "ci_low": math.nan, "ci_high": math.nan, "suppressed": True}
    low, high = wilson_interval(count, n, conf_level)
    return {**row, "estimate": count / n, "ci_low": low, "ci_high": high, "suppressed": False}


def _small(count: int) -> bool:
    return 0 < count < FEWEST_IN_A_CELL
