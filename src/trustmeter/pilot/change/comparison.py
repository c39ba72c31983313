"""Did it change? One answer a scale, with its uncertainty."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import (
    Adjustment,
    FamilyAdjustment,
    check_conf_level,
    check_option,
    check_seed,
    check_whole,
    names_of,
)
from trustmeter.pilot.change.answer import ScaleAnswer, merged, stepped_down
from trustmeter.pilot.change.effect import group_answer, model_answer
from trustmeter.pilot.change.layout import Layout, layout_of
from trustmeter.pilot.change.meaning import Claim, SmallestEffect, claim_of, settled, smallest_effects
from trustmeter.pilot.change.result import QUESTION_TERMS, Comparison
from trustmeter.pilot.change.rows import LIMIT_TERM, SHARE_TERMS
from trustmeter.pilot.change.sample import group_sample, wave_sample
from trustmeter.pilot.change.two_sets import group_layout_of, two_set_answer
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.pilot.drawn import drawn_as_said, sample_notes
from trustmeter.pilot.promise import as_promised
from trustmeter.pilot.protocol import Protocol
from trustmeter.results import vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.multiplicity import adjusted

FEWEST = 3
"""Nothing is estimated from fewer people, whatever `min_n` says."""

NO_CAUSE = (
    "A change between two waves is not the pilot's effect: without a comparison area, anything else that happened in "
    "between may have brought it about."
)
ALIKE_WITHOUT = (
    "The effect is the difference between the changes of both kinds of area. It is the pilot's only if, without the pilot, "
    "they would have moved alike, which these answers cannot prove."
)
NO_GROUP_CAUSE = "A difference between groups does not say why they differ."
CLAIMS = {
    "increase": "claim: an increase beyond it",
    "decrease": "claim: a decrease beyond it",
    "no_relevant_change": "claim: within it, two one-sided tests",
    "inconclusive": "no claim",
}
MEANING_OF_MDC = (
    "A person counts as improved (a higher score) or worsened (a lower one) when the change is larger than `mdc`; on a "
    "scale of something bad, such as discrimination, a higher score is no improvement. If nobody had changed, measurement "
    "error alone would still put about 2.5 % of people beyond it in either direction. Error here means that a scale's "
    "questions do not agree; what makes the same person answer differently from day to day comes on top."
)


def compare(
    scores: Scores,
    design: PilotDesign | GroupDesign,
    *,
    scale: str | Sequence[str] | None = None,
    conf_level: float = 0.95,
    adjustment: FamilyAdjustment = "holm",
    min_n: int = 10,
    smallest_effect: SmallestEffect = None,
    protocol: Protocol | None = None,
    seed: Any = 0,
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
        ``"holm"``, ``"bonferroni"``, ``"fdr_bh"``, ``"romano_wolf"`` (joint draws: the sharper, the more scales go together;
        claims against no change only, else Holm, as the notes then say) or ``"none"``. The family is all scales of this call
        that have a test, scales and their dimensions alike, for a reader may pick any of them.
    min_n
        With fewer people (pairs, people of either group, people of either kind of area in a wave) a scale is suppressed.
        At least 3.
    smallest_effect
        The smallest change that matters, in points of the score, declared before looking: one number, or one a scale.
        With it *increase* and *decrease* need a change that is surely larger than this, and *no relevant change* is said
        where it is surely smaller.
    protocol
        What was promised, from `read_protocol`. Arguments left as they are by default are taken from it, and the notes list every
        deviation from it: other arguments, another design, changed wording, fewer people.
    seed
        For drawn assignments of areas, where there are too many to count all, and joint draws; the same seed gives the same p.

    Returns
    -------
    Comparison
        Columns ``scale term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high n method
        suppressed``. Terms of linked waves: ``mean_before mean_after mean_change d_z d_av hedges_g_av rank_biserial
        mdc share_improved share_worsened``; of different people: ``mean_before mean_after mean_change d_s hedges_g_s
        rank_biserial prob_superiority``; of groups: the same with ``mean_first mean_second mean_difference``.
        With clusters, weights, covariates, further waves or an overlap: ``mean_before mean_after mean_change d_av``, and
        ``mean_change`` of each further wave beside ``wave``; of groups with clusters or weights: ``mean_first mean_second
        mean_difference d_s``. With comparison areas: the means and changes of both kinds of
        area beside ``group``, ``effect`` (the difference of their changes), ``d_effect``, ``pre_trend`` of earlier and
        ``effect`` of later waves. With a smallest effect also ``smallest_effect`` (the claim nearest to the numbers, with
        its p) and ``equivalence``. ``verdicts`` goes by the ``p_adjusted`` of ``smallest_effect``, else of the effect,
        change or difference.

    Raises
    ------
    DesignError
        When a wave, zone, group or scale is not there, when nothing tells the waves apart, when `linked` is asked
        and nobody is in both waves, or when so few people are in both that a choice is needed.
    EstimationError
        When covariates, waves and areas cannot be told apart.
    ResponsesError
        When a person has more than one row in a wave.

    Notes
    -----
    Linked: paired t. Not linked: Welch's t. Effect sizes and rank tests as in `compare_paired` and `compare_groups`.
    ``share_improved`` and ``share_worsened`` count people whose score rose or fell by more than ``mdc`` = 1.96 sqrt(2) SEM
    (whether a rise is good is for the reader of the scale's name to say), with
    SEM = sd(before) sqrt(1 - alpha) and alpha of the scale before, in the people compared; Wilson intervals. A share
    that rests on one to four people is suppressed.

    Where the answers carry a `SurveyDesign`, its weights and clusters are those of a design that names none; the notes say
    what of it was used.

    Other designs: least squares of scores on waves, or groups (with areas: treatment, and treatment by wave, whose coefficient is the
    effect), covariance CR2 and Satterthwaite degrees of freedom by area, cluster or person; for linked people without more
    this is the paired t. People who are in some waves only enter by generalised least squares. How the effect is tested
    depends on how many areas there are, and the notes say what was chosen and why: with one area of either kind nothing
    can be tested; with one treated area its change is held against the comparison areas' changes; where a lot decided, or
    where CR2 has fewer than five degrees of freedom, against the other possible assignments; else by CR2.

    With a smallest effect s the claims *truth > s*, *truth < -s* and *-s < truth < s* exclude each other, so each is tested
    at the full level: the first two by a two-sided t test against s, the third by two one-sided tests.

    ``"romano_wolf"``: step-down with the largest statistic, from wild bootstrap draws of people, clusters or areas with the
    null imposed (Webb's signs with fewer than 12, else Rademacher's), or all exchanges of areas where these judge the effect;
    never below the p value that a scale has alone.

    References
    ----------
    Jacobson, N. S., & Truax, P. (1991). Clinical significance. Journal of Consulting and Clinical Psychology, 59(1),
    12-19. doi:10.1037/0022-006X.59.1.12

    Bonett, D. G. (2008). Psychological Methods, 13(2), 99-109. doi:10.1037/1082-989X.13.2.99

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2),
    65-70.

    Romano, J. P., & Wolf, M. (2005). Exact and approximate stepdown methods for multiple hypothesis testing. Journal of
    the American Statistical Association, 100(469), 94-108. doi:10.1198/016214504000000539

    Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation. Journal of
    Business & Economic Statistics, 36(4), 672-683. doi:10.1080/07350015.2016.1247004

    Conley, T. G., & Taber, C. R. (2011). Inference with "difference in differences" with a small number of policy changes.
    Review of Economics and Statistics, 93(1), 113-125. doi:10.1162/REST_a_00049

    Lakens, D. (2017). Equivalence tests. Social Psychological and Personality Science, 8(4), 355-362.
    doi:10.1177/1948550617697177

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
    check_seed(seed, "compare")
    scores, design = drawn_as_said(scores, design)
    if protocol is not None:
        given = {"scale": scale, "conf_level": conf_level, "adjustment": adjustment, "min_n": min_n}
        return as_promised(compare, scores, design, protocol, seed, smallest_effect=smallest_effect, **given)
    names = scores.scales if scale is None else names_of("scale", scale, "compare")
    for name in names:
        scores.column(name)
    smallest = smallest_effects(smallest_effect, names)
    read = _read(scores, design, conf_level, min_n, seed)
    answers = {name: read.answer(name) for name in names}
    claims = {name: None if one.found is None else claim_of(one.found, smallest[name]) for name, one in answers.items()}
    family = _family(answers, smallest, adjustment, seed)
    decided = settled(claims, family.rule, 1 - conf_level, family.together)
    rows = [
        {"scale": name, **row}
        for name, one in answers.items()
        for row in (*one.rows, *_claim_rows(one, decided[name][0], design.contrast, conf_level))
    ]
    table = vocabulary_frame(_with_adjusted(rows, family))
    options: dict[str, Any] = {"conf_level": conf_level, "adjustment": adjustment, "min_n": min_n}
    options |= {"contrast": design.contrast, "seed": int(seed) if isinstance(seed, numbers.Integral) else None}
    options |= {"smallest_effect": {name: value for name, value in smallest.items() if value}}
    provenance = read.scores.answers.provenance(**options).narrowed(read.left_out)
    remarks = [remark for one in answers.values() for remark in one.remarks]
    said = _notes(read.notes, design, table, family)
    reasons = list(dict.fromkeys(one.found.reason for one in answers.values() if one.found and one.found.reason))
    return Comparison(
        table=table,
        notes=(*reasons, *said, *merged(remarks), *sample_notes(scores, design), *scores.notes),
        provenance=provenance,
        design=design,
        conf_level=conf_level,
        linked=read.linked,
        scores=read.scores,
        verdicts={name: verdict for name, (_, verdict) in decided.items()},
        smallest_effect=smallest,
    )


@dataclass(frozen=True, eq=False)
class _Read:
    """The rows that a design compares, and how one scale of them is answered."""

    scores: Scores
    linked: bool
    notes: tuple[str, ...]
    left_out: Mapping[str, int]
    answer: Callable[[str], ScaleAnswer]


def _read(scores: Scores, design: PilotDesign | GroupDesign, conf_level: float, min_n: int, seed: Any) -> _Read:
    """Read a design's rows: two sets of scores, or the layout of a larger design."""
    if isinstance(design, PilotDesign) and not design.is_plain:
        layout = layout_of(scores, design)

        def by_model(name: str) -> ScaleAnswer:
            return model_answer(layout, name, conf_level=conf_level, min_n=min_n, seed=seed)

        return _Read(layout.scores, layout.linked == "linked", layout.notes, layout.left_out, by_model)
    if isinstance(design, GroupDesign) and not design.is_plain:
        return _read_groups(group_layout_of(scores, design), conf_level, min_n)
    sample = wave_sample(scores, design) if isinstance(design, PilotDesign) else group_sample(scores, design)

    def by_sets(name: str) -> ScaleAnswer:
        return two_set_answer(sample, name, design, conf_level, min_n)

    return _Read(sample.scores, sample.linked, sample.notes, sample.left_out, by_sets)


def _read_groups(layout: Layout, conf_level: float, min_n: int) -> _Read:
    def by_groups(name: str) -> ScaleAnswer:
        return group_answer(layout, name, conf_level=conf_level, min_n=min_n)

    return _Read(layout.scores, False, layout.notes, layout.left_out, by_groups)


def _check_call(scores: object, design: object, conf_level: float, adjustment: str, min_n: object) -> None:
    if not isinstance(scores, Scores):
        raise DesignError("`compare` takes scores. Make them with `score(answers)`; for arrays use `compare_paired`.")
    if not isinstance(design, (PilotDesign, GroupDesign)):
        raise DesignError("The `design` of `compare` must be a `PilotDesign` or a `GroupDesign`.")
    check_conf_level(conf_level, "compare")
    check_option("adjustment", adjustment, FamilyAdjustment, "compare")
    check_whole("min_n", min_n, FEWEST, "compare")


@dataclass(frozen=True, slots=True)
class _Family:
    """How the scales' p values are adjusted: by a rule of ranks, or (`together`) from joint draws; and its words."""

    rule: Adjustment
    together: Mapping[str, float] | None
    words: str


def _family(
    answers: Mapping[str, ScaleAnswer], smallest: Mapping[str, float], adjustment: FamilyAdjustment, seed: Any
) -> _Family:
    if adjustment == "none":
        return _Family(adjustment, None, "not adjusted for being several")
    if adjustment != "romano_wolf":
        return _Family(adjustment, None, f"adjusted together ({adjustment})")
    holm = "adjusted together (holm, for joint draws fit {}: romano_wolf was asked)"
    if any(smallest.values()):
        return _Family("holm", None, holm.format("only claims against no change"))
    together = stepped_down(answers, seed)
    if together is None:
        return _Family("holm", None, holm.format("no tests of single areas, and none that differ in kind"))
    return _Family(
        "none", together, "adjusted together (romano_wolf, joint draws that keep how scales depend on each other)"
    )


def _claim_rows(one: ScaleAnswer, claim: Claim | None, contrast: str, conf_level: float) -> list[dict[str, Any]]:
    """Return the rows of a declared smallest effect; none where there is none."""
    if claim is None or one.found is None or not claim.smallest:
        return []
    low, high = one.found.interval(2 * conf_level - 1)
    base = {"contrast": contrast, "estimate": claim.smallest, "n": one.found.n, "suppressed": False}
    level = f"{100 * (2 * conf_level - 1):g} %"
    return [
        {**base, "term": "smallest_effect", "p_value": claim.p_value, "p_adjusted": claim.p_adjusted, "method": CLAIMS[claim.verdict]},
        {**base, "term": "equivalence", "p_value": claim.p_equivalence, "ci_low": low, "ci_high": high,
         "method": f"two one-sided tests; {level} interval of the change"},
    ]  # fmt: skip


def _with_adjusted(rows: list[dict[str, Any]], family: _Family) -> list[dict[str, Any]]:
    """Return the rows with `p_adjusted` in those that the question is about."""
    asked = [row["term"] in QUESTION_TERMS and not row.get("wave") and not row.get("group") for row in rows]
    p_values = np.array(
        [row.get("p_value", math.nan) if is_asked else math.nan for row, is_asked in zip(rows, asked, strict=True)]
    )
    all_adjusted = adjusted(p_values, family.rule)
    known = family.together or {}
    return [
        {**row, "p_adjusted": known.get(row["scale"], p)} if is_asked else row
        for row, p, is_asked in zip(rows, all_adjusted, asked, strict=True)
    ]


def _notes(read: Sequence[str], design: PilotDesign | GroupDesign, table: pd.DataFrame, family: _Family) -> list[str]:
    cause = NO_CAUSE if isinstance(design, PilotDesign) else NO_GROUP_CAUSE
    if isinstance(design, PilotDesign) and design.has_comparison:
        cause = ALIKE_WITHOUT
    notes = [cause, *read]
    tested = int((table["p_adjusted"].notna() & table["term"].isin(QUESTION_TERMS)).sum())
    if tested > 1:
        notes.append(
            f"The p values of {tested} scales are {family.words}, and verdicts go by them; the intervals are not adjusted."
        )
    if (table["term"].eq(LIMIT_TERM) & table["estimate"].notna()).any():
        notes.append(MEANING_OF_MDC)
    shares = table["term"].isin(SHARE_TERMS) & table["suppressed"] & (table["method"] != "too few people")
    if shares.any():
        notes.append("Shares of people that rest on one to four people are not shown.")
    return notes
