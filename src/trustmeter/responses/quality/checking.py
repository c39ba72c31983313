"""How far can these answers be trusted? What is missing and why, and signs of careless or repeated answering."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL, QualityRule
from trustmeter.responses.flags import Flags, fingerprint_of, rows_of
from trustmeter.responses.model import Responses
from trustmeter.responses.quality.report import ITEM_TERMS, QualityReport
from trustmeter.responses.quality.rules import RULES, WHERE, limits_of
from trustmeter.responses.quality.signs import Sheet, blocks_of, find_signs, spread_in_blocks
from trustmeter.responses.quality.times import time_taken
from trustmeter.results import told_count, vocabulary_frame
from trustmeter.stats.disclosure.small_cells import pool_small_cells, too_small

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_NOT_ASKED = ITEM_TERMS.index("not_asked")
_OF_ASKED = "share of those asked"
_OF_ALL = "share of all rows"
_SET_ASIDE_ROWS = ("R-RESPONDENT-MISSING", "R-RESPONDENT-DUPLICATE", "R-WAVE-MISSING", "R-ROW-TORN")
_APART = ("straight_lining", "same_answers", "near_duplicates")
"""Rules that exclude each other: with those who show none they are all people of a wave."""


def check_quality(
    answers: Responses,
    *,
    rules: QualityRule | Sequence[QualityRule] | None = None,
    limits: Mapping[QualityRule, float] | None = None,
    duration: str | tuple[str, str] | None = None,
) -> QualityReport:
    """Say what is missing in answers and why, and look for signs of careless or repeated answering.

    Use it after reading and before scoring. Nobody is removed: whether a person's answers are left out
    (``answers.without(quality.flags, rules=...)``) is for the analyst to decide beforehand, and to report with the result
    of all people beside. Nothing in the table is about one person.

    Parameters
    ----------
    answers
        The responses.
    rules
        Which signs to look for. Default: ``incomplete straight_lining same_answers near_duplicates longstring``, and
        ``speeding`` where there is a `duration`; a rule with a limit of its own in `limits` is added. The others are
        looked for when named: where scales are short they suspect many careful people (``even_odd synonyms antonyms``), no
        limit holds everywhere (``low_variability``), or they find unusual people rather than careless ones (``outlying``).
    limits
        Other limits than the usual ones, such as ``{"longstring": 0.7}``. ``low_variability`` has none: name one.
    duration
        A kept column with each person's time (in any unit), or two with beginning and end (``("start", "end")``). Keep
        them when reading: ``read_responses(..., keep=[...])``.

    Returns
    -------
    QualityReport
        Columns ``item wave term estimate n method suppressed``. `estimate` is a share of `n` unless said otherwise;
        `method` says of whom, and the rule with its limit. ``.flags`` has the signs row by row.

        For each item, all waves together: ``not_asked``, of all rows; ``answered``, ``blank``, ``dont_know``,
        ``refused`` and ``not_applicable``, of those asked. These five add up to 1.

        For each wave, of all its rows (who cannot be judged shows no sign):

        - ``incomplete``: more than half (0.5) of the applicable questions without an answer in substance;
        - ``straight_lining``: the same answer to every item of a block, five (5) answers or more;
        - ``same_answers``: at least ten (10) questions answered, not by straight-lining, and exactly as somebody else in
          the wave;
        - ``near_duplicates``: at least 85 % (0.85) of the answers as one other person in the wave, but not all; out of the
          questions that either of them answered; not by straight-lining;
        - ``longstring``: one answer again and again to at least half (0.5) of a run of ten items or more on one response
          scale, over sections; what is missing is skipped;
        - ``speeding``: less than half (0.5) of the wave's median time per question answered; of those with ten answers;
        - ``low_variability``: a standard deviation of the answers to the items on the most frequent response scale below
          the limit;
        - ``even_odd``: an even-odd consistency below 0.3, over five scales or more;
        - ``synonyms``, ``antonyms``: over five or more pairs of items that correlate at 0.6 or above (-0.6 or below) in
          these answers, the person's own correlation is below (above) 0;
        - ``outlying``: a Mahalanobis distance with p below 0.001.

        Also ``rows`` (a count) and ``within_person_sd`` (the mean over people of the standard deviation of their answers
        in blocks).

        For the whole, of the rows that were read, those set aside included: ``repeated_respondents``, rows after a
        respondent's first in a wave; ``routing_contradictions``, rows with an answer where nothing was asked, which were
        set aside.

    Raises
    ------
    DesignError
        When `answers` are no responses, a rule is unknown, a limit is out of its range or belongs to no rule looked for, or
        a column of times is not there or holds none.

    Notes
    -----
    A block is a run of at least five items on one response scale within a section, of which some count the other way
    in their scale. Agreeing to all of them contradicts itself; in a block whose items all count the same way it need
    not, so such blocks are not used. Straight-lining needs at least five answers in a block, to items of both kinds.
    It is a sign, not proof, and so are equal answers: people of one opinion may answer alike, and more do so the fewer
    and the more alike the questions are.

    Even-odd: items are turned into one direction and put between 0 and 1; each scale gives the mean of its first, third, …
    and of its second, fourth, … item; r is their correlation over scales within the person, the index 2 r / (1 + |r|).
    Its limit 0.3 is Jackson's, after Johnson (2005), who had dozens of scales; with the few scales of a survey many careful
    people fall below. Limits of 0 for pairs are ours: on the wrong side. Mahalanobis: D² = (x - m)' S^-1 (x - m) over the
    ordered items on the most frequent response scale that at least half the rows answered, m and S of all rows (by maximum
    likelihood where answers are missing), held against chi-squared with as many degrees of freedom as the person gave answers.
    Answers on five points are not normal, and rare opinions lie far out: it finds unusual people, not only careless ones.
    Half the median time is the relative speed index 2 of Leiner (2019).

    Counts of people from 1 to 4 are suppressed, with as many others of the same item as needed to keep them from being
    worked out, and so is everything about fewer than ten people. Where 1 to 4 people were not asked an item, that is
    hidden by taking the item's shares of all rows. In waves of more than 25,000 rows near duplicates are not looked for.

    References
    ----------
    Curran, P. G. (2016). Methods for the detection of carelessly invalid responses in survey data. Journal of Experimental
    Social Psychology, 66, 4-19. doi:10.1016/j.jesp.2015.07.006

    Dunn, A. M., Heggestad, E. D., Shanock, L. R., & Theilgard, N. (2018). Intra-individual response variability as an
    indicator of insufficient effort responding. Journal of Business and Psychology, 33(1), 105-121.
    doi:10.1007/s10869-016-9479-0

    Johnson, J. A. (2005). Ascertaining the validity of individual protocols from Web-based personality inventories. Journal
    of Research in Personality, 39(1), 103-129. doi:10.1016/j.jrp.2004.09.009

    Kuriakose, N., & Robbins, M. (2016). Don't get duped: Fraud through duplication in public opinion surveys.
    Statistical Journal of the IAOS, 32(3), 283-291. doi:10.3233/SJI-160978

    Leiner, D. J. (2019). Too fast, too straight, too weird: Non-reactive indicators for meaningless data in internet
    surveys. Survey Research Methods, 13(3), 229-248. doi:10.18148/srm/2019.v13i3.7403

    Meade, A. W., & Craig, S. B. (2012). Identifying careless responses in survey data. Psychological Methods, 17(3),
    437-455. doi:10.1037/a0028085

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 200, dont_know=0.1, seed=1)
    >>> quality = tm.check_quality(answers, limits={"longstring": 0.4})
    >>> bool(0.05 < quality.value("dont_know", item="TR01") < 0.15)
    True
    >>> careful = answers.without(quality.flags, rules=["longstring", "straight_lining"])
    >>> len(careful) < len(answers)
    True
    """
    if not isinstance(answers, Responses):
        raise DesignError("`check_quality` takes responses. Make them with `read_responses`.")
    asked = limits_of(rules, limits, timed=duration is not None)
    waves = list(_waves(answers))
    sheet = Sheet(answers, waves, None if duration is None else _times(answers, duration))
    masks, reasons = find_signs(sheet, asked)
    told = {rule: RULES[rule].said(asked[rule]) for rule in masks}
    rows = [row for wave in waves for row in _wave_rows(answers, masks, told, *wave)]
    rows += _whole_rows(answers)
    rows += [row for item in answers.item_ids for row in _item_rows(item, answers.missing[item])]
    table = vocabulary_frame(rows)
    flags = Flags(
        rows_of(masks, answers.frame.index),
        told,
        fingerprint_of(answers.frame[list(answers.item_ids)], answers.missing),
    )
    ground = answers.provenance(rules=sorted(asked), limits=asked, duration=duration)
    return QualityReport(table=table, notes=_notes(answers, table, reasons), provenance=ground, flags=flags)


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


def _wave_rows(
    answers: Responses, masks: Mapping[str, Mask], told: Mapping[str, str], wave: str, rows: Mask
) -> list[dict[str, Any]]:
    """Return a wave's rows. All shares are of all its rows, so that no denominator tells of a few people."""
    n = int(rows.sum())
    made: list[dict[str, Any]] = [{"wave": wave, "term": "rows", "estimate": n, "n": n, "method": "count"}]
    counts = {rule: int(mask[rows].sum()) for rule, mask in masks.items()}
    apart = [counts[rule] for rule in _APART if rule in counts]
    rest_is_few = 0 < n - sum(apart) < FEWEST_IN_A_CELL
    for rule, count in counts.items():
        row = {**_share_of(rule, count, n, wave=wave), "method": f"{_OF_ALL}: {told[rule]}"}
        if rest_is_few and rule in _APART:
            row |= {"estimate": np.nan, "suppressed": True}
        made.append(row)
    if blocks_of(answers):
        made.append(_spread_row(spread_in_blocks(answers.select(rows)), wave))
    return made


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


def _times(answers: Responses, duration: Any) -> Floats:
    """Return each person's time; ``nan`` where there is none."""
    names = (duration,) if isinstance(duration, str) else tuple(duration) if isinstance(duration, (tuple, list)) else ()
    if len(names) not in {1, 2} or not all(isinstance(name, str) for name in names):
        raise DesignError(f"The `duration` argument of `{WHERE}` is a kept column, or two: beginning and end.")
    return time_taken(answers, names, WHERE)


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


def _notes(answers: Responses, table: pd.DataFrame, reasons: Mapping[str, str]) -> tuple[str, ...]:
    notes = ["Straight-lining, equal answers and incomplete rows are signs to look at, not proof. Nobody was left out."]
    if answers.left_out:
        went = told_count(sum(answers.left_out.values()))
        looked = "Signs are to be looked at, they are no proof."
        compared = "Compare the results with those of all rows."
        notes = [f"{looked} Before, rows were left out on purpose: {went}. {compared}"]
    notes += [f"{_UNTOLD[rule]}{reason}." for rule, reason in reasons.items()]
    left_out = len(answers.questionnaire.items) - len(answers.item_ids)
    if left_out:
        notes.append(f"{left_out} of {len(answers.questionnaire.items)} questions are not among the answers.")
    if table["suppressed"].any():
        hidden = "rest on one to four people, on a group under ten, or would give such a number away"
        notes.append(f"Hidden numbers: {int(table['suppressed'].sum())}. They {hidden}.")
    return tuple(notes)


_UNTOLD = {
    "straight_lining": "Straight-lining cannot be told: there are ",
    "same_answers": "Equal answers were not looked for: ",
    "near_duplicates": "Nearly equal answers were not looked for: ",
    "longstring": "The same answer many times in a row was not looked for: there are ",
    "low_variability": "Answers that hardly differ were not looked for: ",
    "even_odd": "Even-odd consistency cannot be told: ",
    "synonyms": "Questions that go together cannot be told: ",
    "antonyms": "Opposite questions cannot be told: ",
    "outlying": "How far answers lie from the usual cannot be told: ",
}
