"""The declared analysis beside all others that fit the design."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import check_conf_level, check_seed, names_of
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.change.layout import layout_of
from trustmeter.pilot.change.meaning import SmallestEffect, Verdict, claim_of, settled, smallest_effects
from trustmeter.pilot.change.model import scale_rows_of, wave_model
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.drawn import drawn_as_said, sample_notes
from trustmeter.pilot.estimators.adjusted import doubly_robust
from trustmeter.pilot.estimators.exchange import assignments, placebo
from trustmeter.pilot.estimators.linear import ancova, change_scores, wild_bootstrap
from trustmeter.pilot.estimators.mixed import mixed_kenward_roger, mixed_satterthwaite
from trustmeter.pilot.estimators.ordinal import log_odds_ratio, prob_superiority
from trustmeter.pilot.estimators.overlapping import overlap_best, overlap_plain
from trustmeter.pilot.estimators.question import Question
from trustmeter.pilot.estimators.result import COMPANIONS, DECLARED, NULLS, EstimatorComparison
from trustmeter.results import vocabulary_frame
from trustmeter.scoring.model import Scores

WHERE = "compare_estimators"
ANALYSES: Mapping[str, tuple[str, Callable[[Question], Inference]]] = {
    "change_scores": ("change scores by least squares", change_scores),
    "ancova": ("analysis of covariance", ancova),
    "mixed_satterthwaite": ("mixed model, Satterthwaite", mixed_satterthwaite),
    "mixed_kenward_roger": ("mixed model, Kenward-Roger", mixed_kenward_roger),
    "overlap_best": ("best combination of an overlap", overlap_best),
    "overlap_plain": ("plain means of an overlap", overlap_plain),
    "doubly_robust": ("doubly robust differences", doubly_robust),
    "wild_bootstrap": ("wild cluster bootstrap", wild_bootstrap),
    "assignment": ("randomisation test over areas", assignments),
    "placebo": ("placebo areas", placebo),
    "prob_superiority": ("probability of superiority", prob_superiority),
    "log_odds_ratio": ("proportional odds", log_odds_ratio),
}

DECIDES = (
    "The analysis that was declared decides. The others only show how much hangs on the choice; taking the one that pleases "
    "most would make chance findings more frequent than the level says."
)
SCALES = "p values are not adjusted for being several scales or analyses; `compare` adjusts for several scales."
ELSEWHERE = ("`mdc`", "Shares of people", "No shares of")
"""Notes of `compare` on rows that are not shown here."""
ALL_ALIKE = "all other analyses: scores do not vary beside the waves and areas"
AT_ZERO = "a variance of zero"
ZERO = (
    "Where a variance is estimated as zero, Satterthwaite's degrees of freedom count people instead of areas or clusters; "
    "Kenward and Roger's are the surer guide then."
)
LORD = (
    "Analysis of covariance supposes that people with equal scores before would have changed alike without the pilot, change "
    "scores that the areas would have. Where pilot and comparison areas differ before and no lot decided, the first takes "
    "areas that fall back to their own level for an effect (Lord's paradox)."
)
SAME_QUESTION = "It is the declared analysis itself"


def compare_estimators(
    scores: Scores,
    design: PilotDesign,
    *,
    scale: str | Sequence[str] | None = None,
    conf_level: float = 0.95,
    smallest_effect: SmallestEffect = None,
    seed: Any = 0,
) -> EstimatorComparison:
    """Show what every analysis that fits the design says, the one that `compare` would choose first.

    Use it after `compare`, when somebody asks whether another reasonable analysis would have said otherwise. It never picks
    a best one.

    Parameters
    ----------
    scores, design, scale, conf_level, smallest_effect
        As in `compare`.
    seed
        For random signs of clusters and drawn assignments.

    Returns
    -------
    EstimatorComparison
        Columns ``scale term contrast estimate std_error statistic df p_value ci_low ci_high n method suppressed``. The term
        ``declared`` is the analysis of `compare`; then, where they fit: ``change_scores ancova mixed_satterthwaite
        mixed_kenward_roger overlap_best overlap_plain doubly_robust wild_bootstrap assignment placebo``, in points; and the
        companions ``prob_superiority`` (0.5 is no change) and ``log_odds_ratio``, which use only the order of scores. Notes
        say why each of the others does not fit. ``sentence()`` says whether they agree.

    Raises
    ------
    DesignError, ResponsesError, EstimationError
        As `compare`.

    Notes
    -----
    Change scores: as `compare` for larger designs, CR2 errors. Analysis of covariance: after on before, treatment and
    covariates; where areas differ before and no lot decided, it may find an effect where there is none. Mixed models: random
    intercepts of people, and of areas (clusters) in each wave, without which the areas' own shocks would not count as error.
    Wild cluster bootstrap: the null imposed; Webb's signs with fewer than 12 clusters, else Rademacher's. Where one kind has
    a single area, analyses that judge by clusters give no interval. Doubly robust: areas and covariates only. The paired
    probability of superiority is Konietschke and Pauly's. Proportional odds has no interval with fewer than 20 clusters,
    whose number its sandwich does not correct for.

    References
    ----------
    Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2008). Review of Economics and Statistics, 90(3), 414-427.
    doi:10.1162/rest.90.3.414

    Kenward, M. G., & Roger, J. H. (1997). Biometrics, 53(3), 983-997. doi:10.2307/2533558

    Sant'Anna, P. H. C., & Zhao, J. (2020). Journal of Econometrics, 219(1), 101-122. doi:10.1016/j.jeconom.2020.06.003

    Lord, F. M. (1967). A paradox in the interpretation of group comparisons. Psychological Bulletin, 68(5), 304-305.
    doi:10.1037/h0025105

    Konietschke, F., & Pauly, M. (2012). Electronic Journal of Statistics, 6, 1358-1372. doi:10.1214/12-EJS714

    Examples
    --------
    In R ``lmerTest::lmer(y ~ wave + (1 | who))`` gives the row ``mixed_satterthwaite`` of an overlap.

    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 200, waves=("2022", "2023"), change=1.0, seed=1)
    >>> beside = tm.compare_estimators(tm.score(answers, scale="trust"), tm.PilotDesign("2022", "2023"))
    >>> print(beside.sentence())
    trust: All 3 analyses point the same way, up. The declared analysis decides; it says an increase.
    """
    if not isinstance(design, PilotDesign):
        raise DesignError(f"The `design` of `{WHERE}` must be a `PilotDesign`. For two groups use `compare`.")
    check_conf_level(conf_level, WHERE)
    check_seed(seed, WHERE)
    scores, design = drawn_as_said(scores, design)
    asked: dict[str, Any] = {"conf_level": conf_level, "smallest_effect": smallest_effect, "seed": seed}
    declared = compare(scores, design, scale=scale, adjustment="none", **asked)
    names = scores.scales if scale is None else names_of("scale", scale, WHERE)
    smallest = smallest_effects(smallest_effect, names)
    rows: list[dict[str, Any]] = []
    verdicts: dict[str, dict[str, Verdict]] = {}
    unfit: dict[str, list[str]] = {}
    layout = layout_of(scores, design)
    for name in names:
        first = _declared_row(declared, name)
        rows.append(first)
        verdicts[name] = {DECLARED: declared.verdicts[name]}
        if declared.verdicts[name] == "suppressed":
            continue
        question = Question(wave_model(scale_rows_of(layout, name)), conf_level, seed)
        for term, found in _fitting(question, first, unfit, name).items():
            rows.append({"scale": name, **found.row(term), "contrast": design.contrast})
            verdicts[name][term] = _alone(term, found, smallest[name], 1 - conf_level)
    options = {**declared.provenance.options, "seed": seed}
    return EstimatorComparison(
        table=vocabulary_frame(rows),
        notes=(
            DECIDES,
            SCALES,
            *_declared_notes(declared),
            *_beware(rows),
            *_unfit_notes(unfit, len(names)),
            *sample_notes(scores, design),
        ),
        provenance=replace(declared.provenance, options=options),
        design=design,
        conf_level=conf_level,
        verdicts=verdicts,
        smallest_effect=smallest,
    )


def _declared_row(declared: Comparison, name: str) -> dict[str, Any]:
    part = declared.table[declared.table["scale"] == name]
    row = {str(column): value for column, value in question_row(part).items() if column not in {"p_adjusted", "wave"}}
    row.pop("group", None)
    return {**row, "term": DECLARED}


def _fitting(
    question: Question, declared: Mapping[str, Any], unfit: dict[str, list[str]], name: str
) -> dict[str, Inference]:
    """Return the inference of every analysis that fits, and note why the others do not."""
    found: dict[str, Inference] = {}
    if not float(np.abs(question.model.robust.fit.residuals).max()) > question.rows.rounding:
        unfit.setdefault(ALL_ALIKE, []).append(name)
        return found
    for term, (words, analysis) in ANALYSES.items():
        try:
            answer = analysis(question)
            if _same(answer, declared):
                raise EstimationError(SAME_QUESTION)
        except EstimationError as error:
            reason = str(error).rstrip(".")
            unfit.setdefault(f"{words}: {reason[:1].lower()}{reason[1:]}", []).append(name)
        else:
            found[term] = answer
    return found


def _same(found: Inference, declared: Mapping[str, Any]) -> bool:
    """Tell whether an analysis is the declared one under another name."""

    def alike(name: str) -> bool:
        one, other = float(getattr(found, name)), float(declared[name])
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))

    return all(alike(name) for name in ("estimate", "std_error", "df", "p_value"))


def _alone(term: str, found: Inference, smallest: float, level: float) -> Verdict:
    """Return what one analysis says by itself; a companion's smallest effect is not known."""
    if term in COMPANIONS:
        off = replace(found, estimate=found.estimate - NULLS.get(term, 0.0))
        claim = claim_of(off, 0.0)
    else:
        claim = claim_of(found, smallest)
    return settled({term: claim}, "none", level)[term][1]


def _declared_notes(declared: Comparison) -> list[str]:
    """Return what `compare` said, but for what it says of terms that are not here."""
    return [note for note in declared.notes if not any(word in note for word in ELSEWHERE)]


def _beware(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what must be known of analyses that are shown."""
    notes = [LORD] if any(row["term"] == "ancova" for row in rows) else []
    return [*notes, ZERO] if any(AT_ZERO in row["method"] for row in rows) else notes


def _unfit_notes(unfit: Mapping[str, Sequence[str]], scales: int) -> list[str]:
    """Return one sentence of all analyses that are not shown, with reasons."""
    if not unfit:
        return []
    parts = [why if len(names) == scales else f"{why} (of {', '.join(names)})" for why, names in unfit.items()]
    return [f"Not shown, because they do not fit: {'; '.join(parts)}."]
