"""May groups, languages, modes or waves be compared? Measurement invariance, step by step, in points of the score."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import pandas as pd

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import ItemTreatment, MissingRule, check_conf_level, check_option
from trustmeter.psychometrics.comparability.ladder import Ladder, Step, climb
from trustmeter.psychometrics.comparability.units import FEWEST_IN_A_UNIT, Plan, matrices_of, units_of
from trustmeter.psychometrics.comparability.verdict import Judgement, judge, sentence_of
from trustmeter.psychometrics.grouping import Grouped, groups_of, large_enough, referred
from trustmeter.psychometrics.matrix import ItemMatrix
from trustmeter.psychometrics.remark import gathered
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import design_notes
from trustmeter.results import Provenance, Result, format_p, printable, vocabulary_frame
from trustmeter.stats.covariance import normal_quantile
from trustmeter.stats.sem.difference import difference_usual
from trustmeter.stats.sem.invariance_steps import INTERCEPTS
from trustmeter.stats.sem.model import ALPHA

_WHERE = "check_invariance"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InvarianceResult(Result):
    """Whether groups or waves may be compared.

    Parameters
    ----------
    decisions
        One row a scale and step, for reading: test of the step, changes of the indices, items released, whether it holds.
    verdicts
        Scale → ``"comparable"``, ``"not comparable"`` or ``"undecided"``.
    sentences
        Scale → the verdict in one sentence.
    labels
        The groups or waves, the one that others are compared with first.
    unexamined
        The scales asked for that could not be examined; notes say why.
    """

    title: ClassVar[str] = "Comparability (measurement invariance)"

    decisions: pd.DataFrame
    verdicts: Mapping[str, str]
    sentences: Mapping[str, str]
    labels: tuple[str, ...]
    unexamined: tuple[str, ...] = ()

    def verdict(self, scale: str | None = None) -> str:
        """Return the verdict on a scale; the scale may be left out when there is only one."""
        known = list(self.verdicts)
        if scale is None and len(known) == 1:
            scale = known[0]
        if scale is None or scale not in self.verdicts:
            raise DesignError(unknown_word("scale", scale, known, "the invariance result"))
        return self.verdicts[scale]

    def _summary_parts(self) -> list[str]:
        mark, head, _, notes = super()._summary_parts()
        said = "\n".join(self.sentences.values())
        return [mark, head, said, "", printable(self.decisions), notes]


def check_invariance(
    answers: Responses | pd.DataFrame,
    *,
    across: str,
    scale: str | Sequence[str] | None = None,
    treat: ItemTreatment = "auto",
    missing: MissingRule = "pairwise",
    linked: bool | None = None,
    reference: str | None = None,
    tolerance: float = 2.0,
    factors: Mapping[str, Sequence[str]] | None = None,
    conf_level: float = 0.95,
) -> InvarianceResult:
    """Examine whether a scale measures the same thing in the same way in all groups or waves.

    Use it before scores of different languages, survey modes, zones or waves are compared: a difference of scores is a
    difference in trust only when the items work alike. Unlike other software it also tells how many points of the 0-100 score
    the items that do not work alike bring, and how many they could bring unseen.

    Parameters
    ----------
    answers
        Responses, or a frame of items together with the column named by `across`.
    across
        Of Responses ``"wave"``, ``"zone"``, ``"language"``, ``"mode"``, a kept column or an item; of a frame a column.
    scale
        Of Responses: a scale's id, several, or ``None`` for each scale without dimensions. A scale with dimensions gets
        one correlated factor a dimension.
    treat
        ``"ordinal"``: ordered categories, weighted least squares on polychoric correlations. ``"continuous"``: numbers,
        maximum likelihood with robust tests. ``"auto"``: the first when all items have at most seven different whole values.
    missing
        ``"pairwise"``: all rows with any answer; of ordered items each threshold and correlation rests on all who answered,
        numbers go by full information. ``"listwise"``: complete rows.
    linked
        Whether the same people answered in all groups (waves); ``None`` finds out. Then waves stand side by side in one
        model, and an item's residuals may be correlated over time.
    reference
        The group or wave that others are held against; ``None`` takes the first. Waves come in the order of a categorical
        column, of whole numbers, or else of the rows; other groups by name.
    tolerance
        How many points of bias in the 0-100 score are of no account.
    factors
        Of a frame: factor → its items; ``None`` puts one factor behind all.
    conf_level
        Level of intervals; steps are tested at one less this level.

    Returns
    -------
    InvarianceResult
        Columns ``scale item group term contrast estimate std_error statistic df p_value ci_low ci_high n method``;
        `contrast` is the step. Terms ``chi_square``, ``cfi``, ``tli``, ``rmsea``, ``srmr`` of each step, ``difference`` (its
        test against the step before), ``change_cfi``, ``change_rmsea``, ``change_srmr``, ``released`` (an item let go),
        ``latent_mean`` (of the factor, in standard deviations of the first group), ``bias`` and ``item_bias`` (points of the
        0-100 score), ``unseen_bias``. Fields ``decisions``, ``verdicts``, ``sentences``.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown column or scale, fewer than two groups of fifty.
    EstimationError
        When the only scale asked for cannot be examined: fewer than three items, one answer only in a group, a model that
        is not identified or does not come to rest.

    Notes
    -----
    Steps: the same pattern (configural), equal thresholds (ordered items), equal loadings, equal intercepts, equal residual
    variances; ordered items by Wu and Estabrook's identification, residual variances as parameters. A step is tested by
    Satorra's (2000) difference test with mean and variance adjusted; for numbers that of Satorra and Bentler (2001, or 2010
    where its scale is negative) stands beside it, which rejects too often in small samples of skewed answers. Where a step
    fails, the item and group whose release helps most is released,
    until the step is not rejected; two items of each factor must stay equal. Items with two answers give nothing to test
    before the intercepts, those with three nothing on thresholds. CFI, RMSEA and SRMR (robust variants) and their changes
    stand beside; usual rules of thumb are a CFI that falls by at most 0.010, with an RMSEA that rises by at most 0.015 (Chen
    2007). They do not decide.

    Verdict: *comparable* when the bias of released items with its whole interval lies within `tolerance`, and still does when
    any one more item is left free; *not comparable* when that bias lies wholly beyond it, or too few items stay equal; else
    *undecided*, also when the first model does not describe the answers (robust CFI below 0.90 and RMSEA's lower limit above
    0.08). Where half of the items or more were released and releasing the others fits as well, the verdict must hold for
    both readings, and both are told. Several items that differ in the same direction by little each may stay unseen, and
    all of them together look like a difference in trust: no analysis of answers alone can tell.

    References
    ----------
    Wu, H., & Estabrook, R. (2016). Identification of confirmatory factor analysis models of different levels of invariance
    for ordered categorical outcomes. Psychometrika, 81(4), 1014-1045. doi:10.1007/s11336-016-9506-0

    Satorra, A., & Bentler, P. M. (2001). A scaled difference chi-square test statistic for moment structure analysis.
    Psychometrika, 66(4), 507-514. doi:10.1007/BF02296192

    Chen, F. F. (2007). Sensitivity of goodness of fit indexes to lack of measurement invariance. Structural Equation
    Modeling, 14(3), 464-504. doi:10.1080/10705510701301834

    Examples
    --------
    In R ``semTools::measEq.syntax`` with ``ID.cat = "Wu.Estabrook.2016"`` and ``lavaan::lavTestLRT`` give the same tests (of
    numbers those that stand beside).

    >>> import trustmeter as tm
    >>> answers = tm.read_responses(tm.demo_file(), tm.load_questionnaire("community-trust"),
    ...                             respondent="id", wave="wave", zone="zone")
    >>> result = tm.check_invariance(answers, across="wave", scale="procedural_justice")
    >>> result.verdict() in {"comparable", "not comparable", "undecided"}
    True
    """
    check_conf_level(conf_level, _WHERE)
    check_option("treat", treat, ItemTreatment, _WHERE)
    check_option("missing", missing, Literal["listwise", "pairwise"], _WHERE)
    if isinstance(tolerance, bool) or not (isinstance(tolerance, (int, float)) and 0 < tolerance < math.inf):
        raise DesignError(f"The `tolerance` of `{_WHERE}` must be points above 0, such as 2. Got {tolerance!r}.")
    if factors is not None and isinstance(answers, Responses):
        raise DesignError(f"The `factors` of `{_WHERE}` belong to a frame; of Responses the questionnaire knows them.")
    found, note = large_enough(groups_of(answers, across, _WHERE), FEWEST_IN_A_UNIT, _WHERE)
    found = referred(found, reference, _WHERE)
    plan = Plan(treat, missing, linked, factors, _WHERE)
    matrices = matrices_of(found, scale, plan)
    kept, remarks = _examined(matrices, (found, plan), tolerance, conf_level)
    rows = [row for ladder, judged in kept for row in _rows(ladder, judged, conf_level)]
    options = {
        "across": across, "scale": scale, "treat": treat, "missing": missing, "linked": linked, "reference": reference,
        "tolerance": tolerance, "factors": factors, "conf_level": conf_level,
    }  # fmt: skip
    ground = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    name = across if not isinstance(answers, Responses) or across not in answers.item_ids else f"item {across}"
    return InvarianceResult(
        table=vocabulary_frame(rows),
        notes=tuple(filter(None, [note, *remarks, *_method_notes(tolerance), *design_notes(answers, parts=())])),
        provenance=replace(ground, rows_used=max(int(ladder.units.sample.sizes.sum()) for ladder, _ in kept)),
        decisions=pd.DataFrame([row for ladder, _ in kept for row in _decisions(ladder)]),
        verdicts={ladder.units.scale: judged.verdict for ladder, judged in kept},
        sentences={ladder.units.scale: sentence_of(ladder, judged, name) for ladder, judged in kept},
        labels=found.labels,
        unexamined=tuple(
            matrix.scale for matrix in matrices if all(matrix.scale != ladder.units.scale for ladder, _ in kept)
        ),
    )


def _examined(
    matrices: Sequence[ItemMatrix], prepared: tuple[Grouped, Plan], tolerance: float, conf_level: float
) -> tuple[list[tuple[Ladder, Judgement]], list[str]]:
    """Return what was found on each scale, and why others could not be examined; with one scale that is an error."""
    kept: list[tuple[Ladder, Judgement]] = []
    remarks: list[str] = []
    said: list[tuple[str, str]] = []
    for matrix in matrices:
        try:
            units = units_of(prepared[0], matrix, prepared[1])
            ladder = climb(units, 1 - conf_level)
            judged = judge(ladder, tolerance, conf_level)
            kept.append((ladder, judged))
        except EstimationError as error:
            if len(matrices) == 1:
                raise
            remarks.append(f"Scale {matrix.scale!r} could not be examined: {error}")
            continue
        said += [(matrix.scale, words) for words in (*ladder.turned, *judged.notes, *units.notes, *ladder.improper)]
    if not kept:
        raise EstimationError(f"`{_WHERE}` could examine none of the scales. " + " ".join(remarks))
    return kept, [*remarks, *gathered(said, len(kept))]


def _rows(ladder: Ladder, judged: Judgement, conf_level: float) -> Iterator[dict[str, Any]]:
    ground = {
        "scale": ladder.units.scale,
        "n": int(ladder.units.sample.sizes.sum()),
    }
    before: Step | None = None
    for step in ladder.steps:
        for row in _step_rows(step, before):
            yield {**ground, "contrast": step.name, **row}
        for item, unit in step.released:
            place = {"item": ladder.units.items[item], "group": ladder.units.labels[unit]}
            yield {**ground, "contrast": step.name, "term": "released", **place}
        before = step
    yield from ({**ground, **row} for row in _mean_rows(ladder, conf_level))
    yield from ({**ground, **row} for row in _bias_rows(ladder, judged))


def _step_rows(step: Step, before: Step | None) -> Iterator[dict[str, Any]]:
    test, robust = step.fit.fit.test, step.fit.robust
    scaled = "scaled and shifted" if test.shift else "Yuan-Bentler scaled"
    yield {"term": "chi_square", "statistic": test.scaled, "df": test.df, "p_value": test.p_scaled, "method": scaled}
    yield {"term": "cfi", "estimate": robust.cfi, "method": "robust"}
    yield {"term": "tli", "estimate": robust.tli, "method": "robust"}
    yield {
        "term": "rmsea", "estimate": robust.rmsea, "ci_low": robust.rmsea_low, "ci_high": robust.rmsea_high,
        "method": "robust, 90 % interval",
    }  # fmt: skip
    yield {"term": "srmr", "estimate": step.fit.srmr}
    if before is None:
        return
    tests = [(step.difference, step.test_name)]
    tests += [(step.full, f"{step.test_name}, before any release")] if step.released else []
    usual, name = difference_usual(step.fit, before.fit)
    tests += [(usual, f"{name}, beside")] if name != step.test_name else []
    for test, method in tests:
        value = test.scaled if test.df else math.nan
        yield {"term": "difference", "statistic": value, "df": test.df, "p_value": test.p_scaled, "method": method}
    earlier = before.fit.robust
    yield {"term": "change_cfi", "estimate": robust.cfi - earlier.cfi, "method": "robust"}
    yield {"term": "change_rmsea", "estimate": robust.rmsea - earlier.rmsea, "method": "robust"}
    yield {"term": "change_srmr", "estimate": step.fit.srmr - before.fit.srmr}


def _mean_rows(ladder: Ladder, conf_level: float) -> Iterator[dict[str, Any]]:
    """Return the factor means of each unit but the first, from the last sound step that has them."""
    step, layout = ladder.last_sound, ladder.units.layout
    if step.number < INTERCEPTS:
        return
    model, errors = step.fit.estimate.model, step.fit.std_errors
    for place in range(len(model.free)):
        if model.matrix[place] != ALPHA or model.free[place] < 0:
            continue
        unit, factor = (
            divmod(int(model.row[place]), layout.factors)
            if layout.linked
            else (int(model.group[place]), int(model.row[place]))
        )
        value, error = float(step.fit.estimate.theta[model.free[place]]), float(errors[model.free[place]])
        margin = normal_quantile(conf_level) * error
        name = "latent_mean" if layout.factors == 1 else f"latent_mean, factor {factor + 1}"
        yield {
            "term": name, "group": ladder.units.labels[unit], "contrast": step.name, "estimate": value, "std_error": error,
            "ci_low": value - margin, "ci_high": value + margin, "method": f"standard deviations of {ladder.units.labels[0]!r}",
        }  # fmt: skip


def _bias_rows(ladder: Ladder, judged: Judgement) -> Iterator[dict[str, Any]]:
    units = ladder.units
    found = [("item_bias", units.items[item], unit, bias) for (item, unit), bias in judged.item_bias.items()]
    found += [("bias", "", unit, bias) for unit, bias in judged.scale_bias.items() if bias.std_error > 0]
    for term, item, unit, bias in found:
        yield {
            "term": term, "item": item, "group": units.labels[unit], "estimate": bias.estimate, "std_error": bias.std_error,
            "ci_low": bias.low, "ci_high": bias.high, "method": "points of the 0-100 score",
        }  # fmt: skip
    if not math.isnan(judged.unseen):
        yield {
            "term": "unseen_bias", "item": units.items[judged.unseen_item], "estimate": judged.unseen,
            "method": "points of the 0-100 score, far limit when this item is left free, too",
        }  # fmt: skip


def _decisions(ladder: Ladder) -> Iterator[dict[str, Any]]:
    before: Step | None = None
    for step in ladder.steps:
        robust, units = step.fit.robust, ladder.units
        row: dict[str, Any] = {"scale": units.scale} if units.scale else {}
        row |= {"step": step.name, "chi2": step.fit.fit.test.scaled, "df": str(step.fit.fit.test.df)}
        row |= {"CFI": robust.cfi, "RMSEA": robust.rmsea, "SRMR": step.fit.srmr}
        if before is None:
            row |= {"test": "", "change CFI": math.nan}
        else:
            test = step.difference
            nothing = "nothing to test"
            words = f"{test.scaled:.1f} on {test.df}, p {_told_p(test)}" if test.df else nothing
            row |= {"test": words, "change CFI": robust.cfi - before.fit.robust.cfi}
        released = [f"{units.items[item]} ({units.labels[unit]})" for item, unit in step.released]
        row |= {"released": ", ".join(released), "holds": _holds(step)}
        yield row
        before = step


def _told_p(test: Any) -> str:
    text = format_p(test.p_scaled)
    return text if text.startswith("<") else f"= {text}"


def _holds(step: Step) -> str:
    if not step.holds:
        return "no"
    return "in part" if step.released else "yes"


def _method_notes(tolerance: float) -> list[str]:
    return [
        f"Bias of up to {tolerance:g} points of the 0-100 score counts as of no account here.",
        "A shift that several items share in one direction looks like a difference in the construct; answers alone cannot tell.",
        "CFI and RMSEA are robust; rules of thumb on their changes (CFI -0.010, RMSEA +0.015, Chen 2007) do not decide.",
    ]
