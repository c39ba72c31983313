"""Did it change? One answer a scale, with its uncertainty."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import Adjustment, check_conf_level, check_option, check_whole, names_of
from trustmeter.pilot.change.rows import (
    GROUP_NAMES,
    GROUP_TERMS,
    LIMIT_TERM,
    PAIRED_TERMS,
    SHARE_TERMS,
    WAVE_NAMES,
    group_rows,
    hidden_rows,
    paired_rows,
    share_rows,
)
from trustmeter.pilot.change.sample import Sample, group_sample, wave_sample
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.results import Result, plain, printable, vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.change import ReliableChange, reliable_change
from trustmeter.stats.multiplicity import adjusted

Verdict = Literal["increase", "decrease", "inconclusive", "suppressed"]
"""What can be said of a scale. ``inconclusive`` does not mean that nothing changed."""

Floats = NDArray[np.float64]

Remark = tuple[str, str]
"""A sentence that ends in a list, and one entry of that list: twenty scales need no twenty sentences."""

CHANGE_TERMS = (WAVE_NAMES[2], GROUP_NAMES[2])
FEWEST = 3
"""Nothing is estimated from fewer people, whatever `min_n` says."""

NO_CAUSE = (
    "A change between two waves is not the pilot's effect: without a comparison area, anything else that happened in "
    "between may have brought it about."
)
NO_GROUP_CAUSE = "A difference between groups does not say why they differ."
MEANING_OF_MDC = (
    "A person counts as improved (a higher score) or worsened (a lower one) when the change is larger than `mdc`; on a "
    "scale of something bad, such as discrimination, a higher score is no improvement. If nobody had changed, measurement "
    "error alone would still put about 2.5 % of people beyond it in either direction. Error here means that a scale's "
    "questions do not agree; what makes the same person answer differently from day to day comes on top."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Comparison(Result):
    """What was compared, what can be said of every scale, and the estimates behind it.

    Parameters
    ----------
    design
        The two waves or groups.
    conf_level
        Level of all intervals.
    linked
        Whether people were compared with themselves.
    scores
        The rows that were compared, both waves.
    verdicts
        One word a scale: ``"increase"``, ``"decrease"``, ``"inconclusive"`` or ``"suppressed"``.
    """

    title: ClassVar[str] = "Change"

    design: PilotDesign | GroupDesign
    conf_level: float
    linked: bool
    scores: Scores
    verdicts: Mapping[str, Verdict]

    def value(self, term: str, scale: str | None = None) -> float:
        """Return the estimate of one term of a scale; `scale` may be left out when there is one scale."""
        name = scale if scale is not None else next(iter(self.verdicts))
        if scale is None and len(self.verdicts) > 1:
            raise DesignError(f"Name the scale: this comparison has {len(self.verdicts)} scales.")
        rows = (self.table["scale"] == name) & (self.table["term"] == term)
        if not rows.any():
            raise DesignError(f"This comparison has no term {term!r} of scale {name!r}.")
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts included."""
        return {**super().to_dict(), "linked": self.linked, "verdicts": {k: plain(v) for k, v in self.verdicts.items()}}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        people = "same people" if self.linked else "different people"
        head = f"{self.title} {self.design.contrast}: {people}, {100 * self.conf_level:g} % intervals"
        return [mark, head, printable(self._short_table()), notes]

    def _short_table(self) -> pd.DataFrame:
        """Return one row a scale: means, change, interval, adjusted p, effect size, verdict."""
        rows = []
        first, second, change = WAVE_NAMES if isinstance(self.design, PilotDesign) else GROUP_NAMES
        for scale, verdict in self.verdicts.items():
            part = self.table[self.table["scale"] == scale].set_index("term")
            row = {"scale": scale, **{name: part.at[name, "estimate"] for name in (first, second, change)}}
            row |= {name: part.at[change, name] for name in ("ci_low", "ci_high", "p_adjusted", "n")}
            size = "d_av" if self.linked else "d_s"
            rows.append({**row, size: part.at[size, "estimate"], "verdict": verdict})
        return pd.DataFrame(rows)


def compare(
    scores: Scores,
    design: PilotDesign | GroupDesign,
    *,
    scale: str | Sequence[str] | None = None,
    conf_level: float = 0.95,
    adjustment: Adjustment = "holm",
    min_n: int = 10,
) -> Comparison:
    """Say of every scale whether it rose, fell, or whether these answers cannot tell.

    Use it after `score`, with two waves (`PilotDesign`) or two groups at one time (`GroupDesign`). People who answered
    in both waves are linked by their code and compared with themselves.

    Parameters
    ----------
    scores
        Scores of both waves or groups.
    design
        What is compared with what. Differences are after minus before, second minus first.
    scale
        One scale, several, or ``None`` for all that were scored.
    conf_level
        Level of the intervals; the verdicts use ``1 - conf_level``.
    adjustment
        ``"holm"``, ``"bonferroni"``, ``"fdr_bh"`` or ``"none"``. The family is all scales of this call that have a
        test, scales and their dimensions alike, for a reader may pick any of them.
    min_n
        With fewer people (pairs, or people of either group) a scale is suppressed. At least 3.

    Returns
    -------
    Comparison
        Columns ``scale term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high n method
        suppressed``. Terms of linked waves: ``mean_before mean_after mean_change d_z d_av hedges_g_av rank_biserial
        mdc share_improved share_worsened``; of different people: ``mean_before mean_after mean_change d_s hedges_g_s
        rank_biserial prob_superiority``; of groups: the same with ``mean_first mean_second mean_difference``.
        Only the change or difference has a ``p_adjusted``. ``verdicts`` goes by it.

    Raises
    ------
    DesignError
        When a wave, zone, group or scale is not there, when nothing tells the waves apart, when `linked` is asked
        and nobody is in both waves, or when so few people are in both that a choice is needed.
    ResponsesError
        When a person has more than one row in a wave.

    Notes
    -----
    Linked: paired t. Not linked: Welch's t. Effect sizes and rank tests as in `compare_paired` and `compare_groups`.
    ``share_improved`` and ``share_worsened`` count people whose score rose or fell by more than ``mdc`` = 1.96 sqrt(2) SEM
    (whether a rise is good is for the reader of the scale's name to say), with
    SEM = sd(before) sqrt(1 - alpha) and alpha of the scale before, in the people compared; Wilson intervals. A share
    that rests on one to four people is suppressed.

    References
    ----------
    Jacobson, N. S., & Truax, P. (1991). Clinical significance. Journal of Consulting and Clinical Psychology, 59(1),
    12-19. doi:10.1037/0022-006X.59.1.12

    Bonett, D. G. (2008). Psychological Methods, 13(2), 99-109. doi:10.1037/1082-989X.13.2.99

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2),
    65-70.

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 200, waves=("2022", "2023"), change=1.0, seed=1)
    >>> change = tm.compare(tm.score(answers, scale="trust"), tm.PilotDesign("2022", "2023"))
    >>> change.linked, change.verdicts["trust"]
    (True, 'increase')
    """
    _check_call(scores, design, conf_level, adjustment, min_n)
    names = scores.scales if scale is None else names_of("scale", scale, "compare")
    for name in names:
        scores.column(name)
    sample = wave_sample(scores, design) if isinstance(design, PilotDesign) else group_sample(scores, design)
    rows: list[dict[str, Any]] = []
    remarks: list[Remark] = []
    for name in names:
        made, said = _scale_rows(sample, name, design, conf_level, min_n)
        rows += [{"scale": name, **row} for row in made]
        remarks += said
    table = vocabulary_frame(_with_adjusted(rows, adjustment))
    verdicts = {name: _verdict(table[table["scale"] == name], 1 - conf_level) for name in names}
    options = {"conf_level": conf_level, "adjustment": adjustment, "min_n": min_n, "contrast": design.contrast}
    provenance = replace(sample.scores.answers.provenance(**options), rows_left_out=dict(sample.left_out))
    return Comparison(
        table=table,
        notes=(*_notes(sample, design, table, adjustment), *_merged(remarks), *scores.notes),
        provenance=provenance,
        design=design,
        conf_level=conf_level,
        linked=sample.linked,
        scores=sample.scores,
        verdicts=verdicts,
    )


def _check_call(scores: object, design: object, conf_level: float, adjustment: str, min_n: object) -> None:
    if not isinstance(scores, Scores):
        raise DesignError("`compare` takes scores. Make them with `score(answers)`; for arrays use `compare_paired`.")
    if not isinstance(design, (PilotDesign, GroupDesign)):
        raise DesignError("The `design` of `compare` must be a `PilotDesign` or a `GroupDesign`.")
    check_conf_level(conf_level, "compare")
    check_option("adjustment", adjustment, Adjustment, "compare")
    check_whole("min_n", min_n, FEWEST, "compare")


def _scale_rows(
    sample: Sample, scale: str, design: PilotDesign | GroupDesign, conf_level: float, min_n: int
) -> tuple[list[dict[str, Any]], list[Remark]]:
    """Return the rows of one scale and what must be said about it."""
    values = sample.scores.column(scale).to_numpy(dtype=float, na_value=np.nan)
    first, second = values[sample.first], values[sample.second]
    names = WAVE_NAMES if isinstance(design, PilotDesign) else GROUP_NAMES
    if sample.linked:
        kept = ~(np.isnan(first) | np.isnan(second))
        first, second = first[kept], second[kept]
    else:
        first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    everybody = len(first) if sample.linked else len(first) + len(second)
    if min(len(first), len(second)) < min_n:
        terms = (*names, *PAIRED_TERMS, LIMIT_TERM, *SHARE_TERMS) if sample.linked else (*names, *GROUP_TERMS)
        counts = {names[0]: len(first), names[1]: len(second)}
        few = f"Suppressed, because fewer than {min_n} {'pairs' if sample.linked else 'people in one of the two'}"
        return hidden_rows(terms, design.contrast, counts, everybody), [(few, scale)]
    remarks: list[Remark] = []
    if not sample.linked:
        rows = group_rows(first, second, design.contrast, conf_level, names)
    else:
        changed, remarks = _reliable_change(sample, scale, first, second, kept)
        rows = paired_rows(first, second, design.contrast, conf_level)
        rows += share_rows(changed, len(first), design.contrast, conf_level)
    if math.isnan(rows[2]["p_value"]):
        remarks.append(("No test and no interval, because the numbers do not vary", scale))
    return rows, remarks


def _reliable_change(
    sample: Sample, scale: str, before: Floats, after: Floats, kept: NDArray[np.bool_]
) -> tuple[ReliableChange | None, list[Remark]]:
    """Count reliable changes with the scale's alpha before, in the pairs compared; ``None`` where there is no alpha."""
    rows = np.zeros(len(sample.scores), dtype=bool)
    rows[sample.first[kept]] = True
    try:
        alpha = reliability(sample.scores.answers.select(rows), scale=scale).value("alpha", scale)
    except (DesignError, EstimationError):
        alpha = math.nan
    if not 0 < alpha <= 1:
        return None, [("No shares of improved and worsened people, for want of a positive alpha before", scale)]
    return reliable_change(before, after, alpha), []


def _merged(remarks: list[Remark]) -> list[str]:
    """Return one sentence for all scales of which the same is to be said."""
    entries: dict[str, list[str]] = {}
    for sentence, entry in remarks:
        entries.setdefault(sentence, []).append(entry)
    return [f"{sentence}: {', '.join(listed)}." for sentence, listed in entries.items()]


def _with_adjusted(rows: list[dict[str, Any]], adjustment: Adjustment) -> list[dict[str, Any]]:
    """Return the rows with `p_adjusted` in those of the changes."""
    p_values = np.array([row.get("p_value", math.nan) if row["term"] in CHANGE_TERMS else math.nan for row in rows])
    return [{**row, "p_adjusted": p} for row, p in zip(rows, adjusted(p_values, adjustment), strict=True)]


def _verdict(part: pd.DataFrame, level: float) -> Verdict:
    row = part[part["term"].isin(CHANGE_TERMS)].iloc[0]
    if row["suppressed"]:
        return "suppressed"
    if not row["p_adjusted"] < level:
        return "inconclusive"
    return "increase" if row["estimate"] > 0 else "decrease"


def _notes(sample: Sample, design: PilotDesign | GroupDesign, table: pd.DataFrame, adjustment: Adjustment) -> list[str]:
    notes = [NO_CAUSE if isinstance(design, PilotDesign) else NO_GROUP_CAUSE, *sample.notes]
    tested = int(table["p_adjusted"].notna().sum())
    if tested > 1:
        how = "not adjusted for being several" if adjustment == "none" else f"adjusted together ({adjustment})"
        notes.append(
            f"The p values of {tested} scales are {how}, and verdicts go by them; the intervals are not adjusted."
        )
    if (table["term"].eq(LIMIT_TERM) & table["estimate"].notna()).any():
        notes.append(MEANING_OF_MDC)
    shares = table["term"].isin(SHARE_TERMS) & table["suppressed"] & (table["method"] != "too few people")
    if shares.any():
        notes.append("Shares of people that rest on one to four people are not shown.")
    return notes
