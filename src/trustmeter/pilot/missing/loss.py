"""Who was lost between the waves, and what that does to the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, check_conf_level, names_of
from trustmeter.pilot.change.answer import merged
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.change.layout import Layout
from trustmeter.pilot.change.meaning import SmallestEffect, smallest_effects
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.drawn import drawn_as_said, sample_notes
from trustmeter.pilot.missing.leaver_table import SHARE, Row, difference_rows, share_rows
from trustmeter.pilot.missing.leavers import Cohort, cohort_of, layout_of_cohort
from trustmeter.pilot.missing.reading import Reading, read, tips_of
from trustmeter.pilot.missing.retention import Retention, bounds_of, retention_of
from trustmeter.results import Result, told_count, vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.missing.bounds import Bounds

WEIGHTS_SAY = (
    "Weighting makes those seen again stand for those who were lost and were like them before; it cannot mend that people "
    "left for reasons that were not asked."
)
_UNTOLD: Row = {"n": None, "df": math.nan, "std_error": math.nan, "statistic": math.nan, "p_value": math.nan}
"""Where one to four people were lost: the degrees of freedom tell how many, and the others with the interval tell those."""

LEE_SAYS = (
    "Lee's bounds speak of the people who would be seen again with the pilot and without it. They need the areas' losses to differ "
    "in one direction only, and, where no lot chose the areas, that these people would have moved alike without the pilot."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AttritionResult(Result):
    """Who was lost, and under which condition the change of those who stayed stands for that of all.

    Parameters
    ----------
    design
        The waves and areas.
    conf_level
        Level of all intervals.
    readable
        Scale → whether the answer stays as it is under weighting for what was asked about (or nobody was lost, or the bounds
        alone bear it). It is no yes for people who left for other reasons: nothing in the answers tells. Read the sentence.
    sentences
        Scale → the sentence with the condition, the reason and what is possible at the worst; also the first of the notes.
    """

    title: ClassVar[str] = "People who were lost"

    design: PilotDesign
    conf_level: float
    readable: Mapping[str, bool]
    sentences: Mapping[str, str]

    def value(self, term: str, scale: str | None = None, group: str = "") -> float:
        """Return one estimate; `scale` may be left out when there is one scale."""
        name = scale if scale is not None else next(iter(self.readable))
        table = self.table
        rows = (table["scale"] == name) & (table["term"] == term) & (table["group"] == group)
        if (scale is None and len(self.readable) > 1) or not rows.any():
            raise DesignError(
                f"There is no term {term!r} of one scale and group here. Name the scale, or read `tidy()`."
            )
        return float(table.loc[rows, "estimate"].iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, the sentences included."""
        return {**super().to_dict(), "readable": dict(self.readable), "sentences": dict(self.sentences)}


def attrition(
    scores: Scores,
    design: PilotDesign,
    *,
    scale: str | Sequence[str] | None = None,
    covariates: str | Sequence[str] = (),
    smallest_effect: SmallestEffect = None,
    conf_level: float = 0.95,
) -> AttritionResult:
    """Say who was lost between two linked waves, and under which condition those who stayed stand for all.

    Use it whenever the same people were asked twice and some did not answer again, beside `compare`.

    Parameters
    ----------
    scores
        What `score` or `read_scores` gave. A person is lost who has a score before and none after.
    design
        Two waves of linked people, with or without comparison areas, clusters, weights.
    scale
        Scales to answer for; ``None`` for all.
    covariates
        Roles or kept columns, known before, that may tell who is lost; added to those of the design.
    smallest_effect
        The smallest change that matters, in points, of all scales or one a scale: the answer tips there, instead of at 0.
    conf_level
        Level of all intervals.

    Returns
    -------
    AttritionResult
        Columns ``scale group term contrast estimate std_error statistic df p_value ci_low ci_high n method suppressed``.
        Terms: ``share_lost`` (of all; of groups of covariates and both kinds of area in ``group``), ``lost_difference``
        (pilot less comparison areas); a predictor in ``group``: ``std_difference`` (seen again less not),
        ``std_difference_unweighted`` and ``std_difference_weighted`` (seen again less all: what weighting leaves);
        ``response_auc`` (0.5: who is lost cannot be foreseen); ``mean_change_seen``, ``mean_change_weighted``,
        ``mean_change_modelled`` (with comparison areas ``effect_seen``, ...); ``worst_lower`` and ``worst_upper``, with comparison
        areas ``lee_lower`` and ``lee_upper``; ``tipping_point`` (to 0) and ``tipping_point_smallest``: how many points more those who
        were lost (in pilot areas) must have changed than people like them who stayed, for the interval to reach that.

    Raises
    ------
    DesignError
        When nobody can be followed: no codes, no code in both waves, or a design of different people.
    EstimationError
        When fewer than ten people have a score before (of every scale asked for), or weights are zero.

    Notes
    -----
    Weights: share seen / p, with p from a logistic regression of being seen again on the score before and the covariates (in
    each kind of area by itself), cut at the 1st and 99th percentile; standard errors from influence functions that allow for p.
    There is one predictor for five people lost; else the score before alone is used, and with fewer than ten people lost or seen
    nothing but the table and the bounds is given. Where one to four people were lost, the change is told with its interval only;
    differences in a covariate are hidden with the shares of its groups, and where one to four people stand behind them.

    Worst case (Manski): all who were lost end at the lowest, or the highest, score. Lee: the kind of area that kept the larger share
    loses its lowest, or highest, changes. ``ci_low`` of the lower and ``ci_high`` of the upper bound are Imbens and Manski's interval,
    widened by t where there are clusters. Tipping point: people who were lost changed as predicted from those who stayed, plus delta.

    References
    ----------
    Lee, D. S. (2009). Training, wages, and sample selection. Review of Economic Studies, 76(3), 1071-1102.
    doi:10.1111/j.1467-937X.2009.00536.x

    Imbens, G. W., & Manski, C. F. (2004). Confidence intervals for partially identified parameters. Econometrica, 72(6),
    1845-1857. doi:10.1111/j.1468-0262.2004.00555.x

    Lunceford, J. K., & Davidian, M. (2004). Statistics in Medicine, 23(19), 2937-2960. doi:10.1002/sim.1903

    Little, R. J. A. (1994). A class of pattern-mixture models for normal incomplete data. Biometrika, 81(3), 471-483.
    doi:10.1093/biomet/81.3.471

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 200, change=1.0, linked=0.7, seed=1)
    >>> lost = tm.attrition(tm.score(answers, scale="trust"), tm.PilotDesign("before", "after"))
    >>> round(lost.value("share_lost"), 2), lost.readable["trust"]
    (0.29, True)
    """
    _check_call(scores, design, conf_level)
    names = scores.scales if scale is None else names_of("scale", scale, "attrition")
    for name in names:
        scores.column(name)
    smallest = smallest_effects(smallest_effect, names)
    extra = names_of("covariates", covariates, "attrition") if covariates else ()
    scores, design = drawn_as_said(scores, design)
    layout = layout_of_cohort(scores, design, extra, "attrition")
    answers = _answers(layout, names, smallest, conf_level)
    options: dict[str, Any] = {"scale": list(names), "covariates": list(extra), "conf_level": conf_level}
    options |= {
        "contrast": design.contrast,
        "smallest_effect": {name: value for name, value in smallest.items() if value},
    }
    return AttritionResult(
        table=vocabulary_frame([{"scale": name, **row} for name, one in answers.items() for row in one.rows]),
        notes=(
            *(one.reading.sentence for one in answers.values()),
            *_notes(layout, answers),
            *sample_notes(scores, design),
            *scores.notes,
        ),
        provenance=layout.scores.answers.provenance(**options).narrowed(layout.left_out),
        design=design,
        conf_level=conf_level,
        readable={name: one.reading.readable for name, one in answers.items()},
        sentences={name: one.reading.sentence for name, one in answers.items()},
    )


@dataclass(frozen=True, eq=False)
class _Answer:
    """What is found of one scale; no people where too few have a score before."""

    cohort: Cohort | None
    found: Retention | None
    rows: list[Row]
    reading: Reading


def _answers(
    layout: Layout, names: Sequence[str], smallest: Mapping[str, float], conf_level: float
) -> dict[str, _Answer]:
    """Return what is found of each scale; refuse only where none has enough people."""
    found: dict[str, _Answer] = {}
    refusal = EstimationError("No scale was asked for.")
    for name in names:
        try:
            found[name] = _answer(layout, name, smallest[name], conf_level)
        except EstimationError as error:
            refusal = error
            row = {"term": SHARE, "group": "", "estimate": math.nan, "method": "too few people", "suppressed": True}
            found[name] = _Answer(None, None, [row], Reading(False, f"{name}: {error}"))
    if all(one.cohort is None for one in found.values()):
        raise refusal
    return found


def _answer(layout: Layout, scale: str, smallest: float, conf_level: float) -> _Answer:
    cohort = cohort_of(layout, scale)
    rows = share_rows(cohort, conf_level)
    if any(int(arm.seen.sum()) < FEWEST_PEOPLE for arm in cohort.arms):
        where = "" if layout.treated is None else " of one kind of area"
        sentence = (
            f"{scale}: fewer than {FEWEST_PEOPLE} people{where} were seen again, so there is no change to speak of."
        )
        return _Answer(cohort, None, rows, Reading(False, sentence))
    found = retention_of(cohort, conf_level)
    bounds = bounds_of(cohort, scale, conf_level) if cohort.lost else None
    shown = None if 0 < cohort.lost < FEWEST_IN_A_CELL else bounds
    names = () if found.balance is None else _predictors(found)
    reading = read(cohort, found, shown, names, scale=scale, smallest=smallest, conf_level=conf_level)
    rows += difference_rows(cohort, found)
    rows += _change_rows(cohort, found, shown)
    rows += _tip_rows(cohort, found, smallest, conf_level)
    return _Answer(cohort, found, rows, reading)


def _predictors(found: Retention) -> tuple[str, ...]:
    """Return the predictors of the model in words, categories by their column."""
    names = found.names[:1] if found.reason else found.names
    return tuple(dict.fromkeys(name.split(": ")[0] for name in names))


def _change_rows(cohort: Cohort, found: Retention, bounds: Bounds | None) -> list[Row]:
    design, treated = cohort.layout.design, cohort.layout.treated
    what = "mean_change" if treated is None else "effect"
    told = None if 0 < cohort.lost < FEWEST_IN_A_CELL else len(cohort)
    rows: list[Row] = []
    made: list[tuple[str, Inference | None]] = [
        ("seen", found.seen), ("weighted", found.weighted), ("modelled", found.modelled),
    ]  # fmt: skip
    for word, one in made:
        if one is not None:
            row = {**one.row(f"{what}_{word}"), "contrast": design.contrast}
            rows.append(row if told is not None else {**row, **_UNTOLD})
    if math.isfinite(found.auc):
        rows.append({"term": "response_auc", "estimate": found.auc, "n": told, "method": "logistic regression"})
    if bounds is not None:
        word, method = ("worst", "all lost at one end of the scale") if treated is None else ("lee", "Lee 2009")
        base = {"contrast": design.contrast, "n": told, "method": f"{method}; Imbens-Manski limit"}
        rows += [
            {**base, "term": f"{word}_lower", "estimate": bounds.lower, "std_error": bounds.lower_error, "ci_low": bounds.ci_low},
            {**base, "term": f"{word}_upper", "estimate": bounds.upper, "std_error": bounds.upper_error, "ci_high": bounds.ci_high},
        ]  # fmt: skip
    return rows


def _tip_rows(cohort: Cohort, found: Retention, smallest: float, conf_level: float) -> list[Row]:
    if found.line is None or found.modelled is None or not math.isfinite(found.modelled.std_error):
        return []
    nil, small, end = tips_of(found, smallest, conf_level)
    rows: list[Row] = []
    for term, tip, target in (("tipping_point", nil, 0.0), ("tipping_point_smallest", small, end)):
        if tip is None:
            continue
        method = f"delta at which the interval first holds {target:g}"
        if tip.already:
            method = f"the interval holds {target:g} already"
        value = math.nan if tip.already else tip.limit
        rows.append({"term": term, "estimate": value, "n": len(cohort), "method": method})
    return rows


def _notes(layout: Layout, answers: Mapping[str, _Answer]) -> list[str]:
    notes = [note for note in layout.notes if "people are in both waves" not in note]
    first = next(one.cohort for one in answers.values() if one.cohort is not None)
    if first.newcomers:
        notes.append(
            f"{told_count(first.newcomers)} people who answered after only are new and say nothing of those lost."
        )
    if "rows without a covariate" in layout.left_out:
        gone = told_count(layout.left_out["rows without a covariate"])
        notes.append(f"{gone} rows without a covariate are left out; see whether their people were lost more often.")
    if any(one.found is not None and one.found.weighted is not None for one in answers.values()):
        notes.append(WEIGHTS_SAY)
    if layout.treated is not None:
        notes.append(LEE_SAYS)
    reasons = [(one.found.reason.rstrip("."), name) for name, one in answers.items() if one.found and one.found.reason]
    alone = [
        (one.found.seen.reason.rstrip("."), name)
        for name, one in answers.items()
        if one.found and one.found.seen.reason
    ]
    return [*notes, *merged(reasons), *merged(alone)]


def _check_call(scores: object, design: object, conf_level: float) -> None:
    if not isinstance(scores, Scores):
        raise DesignError("`attrition` takes scores. Make them with `score(answers)` or `read_scores(frame)`.")
    if not isinstance(design, PilotDesign):
        raise DesignError("The `design` of `attrition` must be a `PilotDesign`: groups lose nobody.")
    check_conf_level(conf_level, "attrition")
