"""For whom did it change? The same question in each of a few groups that were known before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import Adjustment, check_conf_level, check_option, check_seed, check_whole, names_of
from trustmeter.pilot.change.answer import Remark, merged
from trustmeter.pilot.change.comparison import ALIKE_WITHOUT, FEWEST, NO_CAUSE
from trustmeter.pilot.change.few_areas import FEWEST_DF
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.change.layout import Layout, layout_of
from trustmeter.pilot.change.model import scale_rows_of
from trustmeter.pilot.change.rows import WAVE_NAMES, hidden_rows
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.drawn import drawn_as_said, sample_notes
from trustmeter.pilot.subgroup_model import (
    HIDDEN,
    UNFIT,
    WHERE,
    GroupAnswer,
    Membership,
    group_answers,
    interaction,
    membership_of,
)
from trustmeter.results import Result, format_p, plain, printable, vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.multiplicity import adjusted

GroupVerdict = Literal["groups_differ", "cannot_tell", "suppressed"]
"""Whether the change (or effect) differs between the groups; *cannot_tell* does not mean that it is the same in all."""

INTERACTION = "interaction"
NOT_DECLARED = (
    "The groups were not declared beforehand (declared=False): among many possible groups some always seem to differ. Read "
    "this as a question for the next pilot, not as an answer of this one."
)
DECLARED = "The groups were declared beforehand, as the call says (declared=True); a protocol whose hypotheses name them shows it."
READ_TEST = (
    "Whether groups differ is said by the test of the interaction alone, not by one group's interval leaving out zero and "
    "another's not. The groups are no ranking."
)
NOT_WHY = "Groups differ in much besides what they are named by; a difference does not say why."
FEW_DF = "With this few degrees of freedom the test whether groups differ is rough: it may be too careful or too bold; take it as a hint"
UNFIT_SAID = "Not estimated, because clusters, waves or covariates cannot be told apart inside the group"
TOLD = {
    "groups_differ": "the groups differ (p {p})",
    "cannot_tell": "we cannot tell whether the groups differ (p {p})",
    "suppressed": "too few people in all groups but one or none",
}

GIVEN_BY = "The pilot was given by {by!r}, so each of these groups has the pilot or has it not."
INSTEAD_OF_EFFECT = "For areas that had it, compare the changes: pool them with `synthesize`."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SubgroupResult(Result):
    """The change, or the effect, in each of a few groups, and whether it differs between them.

    Parameters
    ----------
    verdicts
        Scale → ``"groups_differ"``, ``"cannot_tell"`` or ``"suppressed"``.
    by
        The column or item that makes the groups.
    groups
        The groups in their natural order.
    labels
        Group → its label by language, where the groups are options of an item.
    declared
        Whether the groups were declared beforehand, as the call says.
    design
        What was compared with what.
    term
        ``"mean_change"`` or ``"effect"``.
    conf_level
        Level of the intervals.
    """

    title: ClassVar[str] = "Change by group"

    verdicts: Mapping[str, GroupVerdict]
    by: str
    groups: tuple[str, ...]
    declared: bool
    design: PilotDesign
    term: str
    conf_level: float
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def value(self, group: str, scale: str | None = None) -> float:
        """Return the change (or effect) of one group; `scale` may be left out when there is one scale."""
        if scale is None and len(self.verdicts) > 1:
            raise DesignError(f"Name the scale: this result has {len(self.verdicts)} scales.")
        name = next(iter(self.verdicts)) if scale is None else scale
        found = self.table[
            (self.table["scale"] == name) & (self.table["group"] == group) & (self.table["term"] == self.term)
        ]
        if found.empty:
            raise DesignError(
                f"This result has no group {group!r} of scale {name!r}. Its groups: {', '.join(self.groups)}."
            )
        return float(found["estimate"].iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts included."""
        more = {"verdicts": self.verdicts, "by": self.by, "groups": self.groups, "declared": self.declared}
        return {**super().to_dict(), **{name: plain(value) for name, value in more.items()}}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        head = f"{self.title} of {self.by!r}, {self.design.contrast}, {100 * self.conf_level:g} % intervals"
        tests = self.table[self.table["term"] == INTERACTION].set_index("scale")["p_adjusted"]
        told = []
        for scale, verdict in self.verdicts.items():
            p_value = float(tests.get(scale, math.nan))
            shown = "not tested" if math.isnan(p_value) else f"{'' if p_value < 0.001 else '= '}{format_p(p_value)}"
            told.append(f"{scale}: {TOLD[verdict].format(p=shown)}.")
        kept = self.table[self.table["term"].isin((self.term, INTERACTION))]
        columns = (
            "scale",
            "group",
            "term",
            "contrast",
            "estimate",
            "ci_low",
            "ci_high",
            "p_adjusted",
            "n",
            "suppressed",
        )
        return [mark, head, "\n".join(told), printable(kept[[name for name in columns if name in kept]]), notes]


def compare_subgroups(
    scores: Scores,
    design: PilotDesign,
    *,
    by: str,
    scale: str | Sequence[str] | None = None,
    declared: bool = False,
    conf_level: float = 0.95,
    adjustment: Adjustment = "holm",
    min_n: int = 10,
    seed: Any = 0,
) -> SubgroupResult:
    """Say whether the change, or the pilot's effect, differs between a few groups that were known before.

    Use it after `compare`, for groups that were named before anyone looked. It answers one question a scale: do the groups
    differ? It does not find the group that gained most.

    Parameters
    ----------
    scores
        Scores of both waves.
    design
        What is compared with what; further waves are not used.
    by
        What makes the groups: a role (``"language"``, ``"mode"``, ``"zone"``), a kept column, or an item with options. It must
        have been known before the pilot; of linked people the value before counts.
    scale
        One scale, several, or ``None`` for all that were scored.
    declared
        Whether the groups were declared beforehand. If not, a note says how to read the result.
    conf_level
        Level of the intervals; the verdicts use ``1 - conf_level``.
    adjustment
        How the tests of several scales are adjusted: ``"holm"``, ``"bonferroni"``, ``"fdr_bh"`` or ``"none"``.
    min_n
        A group with fewer people (in a wave; with comparison areas, of either kind of area in a wave) is suppressed, and where
        it could be worked out from all people, the next smallest group with it. At least 3.
    seed
        For drawn assignments of areas.

    Returns
    -------
    SubgroupResult
        Columns ``scale group term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high n method
        suppressed``. A row ``mean_change`` (with comparison areas ``effect``) a group, without a p value of its own, and one
        ``interaction`` a scale: of two groups their difference with its interval, of more the test that all are alike.

    Raises
    ------
    DesignError
        When `by` tells people or waves apart, was not known before, is part of a scale or the areas of the design, or has
        more than twelve groups.
    EstimationError
        When on no scale two groups have enough people.

    Notes
    -----
    Each group has the model of `compare` to itself (least squares, people before and after; CR2 by area, cluster or
    person; people of an overlap by generalised least squares).
    The interaction is tested in all of them together, so that what groups of one area share is allowed for: of two groups a t
    test with Satterthwaite degrees of freedom, of more the HTZ test. No sum over all groups is given, and no p value of a
    single group: that one group's change is significant and another's is not does not make them different.

    References
    ----------
    Gelman, A., & Stern, H. (2006). The difference between "significant" and "not significant" is not itself statistically
    significant. The American Statistician, 60(4), 328-331. doi:10.1198/000313006X152649

    Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation. Journal of
    Business & Economic Statistics, 36(4), 672-683. doi:10.1080/07350015.2016.1247004

    Examples
    --------
    In R ``clubSandwich::Wald_test(fit, constrain_equal(...), vcov = "CR2", test = "HTZ")`` gives the same test.

    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 200, waves=("2022", "2023"), change=0.5, seed=1)
    >>> scores = tm.score(answers, scale="trust")
    >>> groups = tm.compare_subgroups(scores, tm.PilotDesign("2022", "2023"), by="SEX", declared=True)
    >>> groups.verdicts["trust"]
    'cannot_tell'
    """
    names = _check_call(scores, design, scale, declared, by)
    check_conf_level(conf_level, WHERE)
    check_option("adjustment", adjustment, Adjustment, WHERE)
    check_whole("min_n", min_n, FEWEST, WHERE)
    check_seed(seed, WHERE)
    scores, design = drawn_as_said(scores, design)
    layout = layout_of(scores, replace(design, earlier=(), later=()))
    member = membership_of(layout, by, names)
    _refuse_the_pilot(layout, member, by)
    term = WAVE_NAMES[2] if layout.treated is None else "effect"
    found: dict[str, _ScaleGroups] = {}
    for name in names:
        there = scale_rows_of(replace(layout, covariates=_with_code(layout.covariates, member)), name)
        code = there.layout.covariates[:, -1].astype(np.intp)
        rows = replace(there, layout=replace(there.layout, covariates=there.layout.covariates[:, :-1]))
        groups = group_answers(rows, member, code, min_n=min_n, conf_level=conf_level, seed=seed)
        found[name] = _ScaleGroups(groups, *interaction(groups, conf_level))
    _refuse_nothing(found, by, min_n)
    p_adjusted = adjusted(np.array([one.test.p_value for one in found.values()]), adjustment)
    rows_of = [
        {"scale": name, **row} for (name, one), p in zip(found.items(), p_adjusted, strict=True)
        for row in one.rows(term, design.contrast, float(p))
    ]  # fmt: skip
    options = {
        "by": by,
        "declared": declared,
        "conf_level": conf_level,
        "adjustment": adjustment,
        "min_n": min_n,
        "contrast": design.contrast,
    }
    return SubgroupResult(
        table=vocabulary_frame(rows_of),
        notes=(*_notes(found, design, layout.notes, declared), *member.notes, *sample_notes(scores, design), *scores.notes),
        provenance=layout.scores.answers.provenance(**options).narrowed(layout.left_out),
        verdicts={name: one.verdict(p, 1 - conf_level) for (name, one), p in zip(found.items(), p_adjusted, strict=True)},
        by=by, groups=member.names, labels=member.labels, declared=declared, design=design, term=term, conf_level=conf_level,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class _ScaleGroups:
    """One scale: its groups, the test whether they differ, and why there is none."""

    groups: Sequence[GroupAnswer]
    test: Inference
    why: str

    def rows(self, term: str, contrast: str, p_adjusted: float) -> list[dict[str, Any]]:
        rows = [{**_group_row(one, term, contrast), "group": one.name} for one in self.groups]
        names = [one.name for one in self.groups if one.model is not None]
        if len(names) < 2:
            return rows
        told = f"{names[1]} - {names[0]}" if len(names) == 2 else ", ".join(names)
        return [*rows, {**self.test.row(INTERACTION), "contrast": told, "p_adjusted": p_adjusted, "group": ""}]

    def verdict(self, p_adjusted: float, level: float) -> GroupVerdict:
        if sum(one.model is not None for one in self.groups) < 2:
            return "suppressed"
        return "groups_differ" if p_adjusted < level else "cannot_tell"


def _group_row(one: GroupAnswer, term: str, contrast: str) -> dict[str, Any]:
    """Return a group's row; its test against zero is nobody's question here."""
    if one.found is None:
        row = {**hidden_rows((term,), contrast, {}, 0)[0], "n": None}
        return row if one.why == HIDDEN else {**row, "suppressed": False, "method": one.why}
    return {**one.found.row(term), "contrast": contrast, "statistic": math.nan, "p_value": math.nan}


def _with_code(covariates: Any, member: Membership) -> Any:
    """Carry each row's group along as one more column, so that it is cut with the rows."""
    return np.column_stack([covariates, member.code])


def _check_call(scores: object, design: object, scale: Any, declared: object, by: object) -> tuple[str, ...]:
    """Check what was passed; return the scales."""
    if not isinstance(scores, Scores):
        raise DesignError(f"`{WHERE}` takes scores. Make them with `score(answers)`. Got {type(scores).__name__}.")
    if not isinstance(design, PilotDesign):
        raise DesignError(f"The `design` of `{WHERE}` must be a `PilotDesign`. Got {type(design).__name__}.")
    if not isinstance(declared, bool):
        raise DesignError(f"The `declared` argument of `{WHERE}` must be True or False. Got {declared!r}.")
    if not isinstance(by, str) or not by:
        raise DesignError(f"The `by` argument of `{WHERE}` must be the name of one column or item. Got {by!r}.")
    if design.area is not None and scores.roles.columns and _same_column(scores, by, design.area):
        raise DesignError(f"{GIVEN_BY.format(by=by)} {INSTEAD_OF_EFFECT}")
    for name, argument in [(design.clusters, "clusters"), *((name, "covariates") for name in design.covariates)]:
        if name is not None and _same_column(scores, by, name):
            message = (
                f"{by!r} makes the groups and is among the `{argument}` of the design; inside a group it does not vary."
            )
            raise DesignError(f"{message} Leave it out of `{argument}`.")
    names = scores.scales if scale is None else names_of("scale", scale, WHERE)
    for name in names:
        scores.column(name)
    return names


def _same_column(scores: Scores, one: str, other: str) -> bool:
    return (getattr(scores.roles, one, None) or one) == (getattr(scores.roles, other, None) or other)


def _refuse_the_pilot(layout: Layout, member: Membership, by: str) -> None:
    """Refuse groups each of which has the pilot or has it not: there is no effect inside any of them."""
    if layout.treated is None:
        return
    shares = [float(layout.treated[member.code == code].mean()) for code in np.unique(member.code[member.code >= 0])]
    if all(share in {0.0, 1.0} for share in shares):
        raise DesignError(f"{GIVEN_BY.format(by=by)} {INSTEAD_OF_EFFECT}")


def _refuse_nothing(found: Mapping[str, _ScaleGroups], by: str, min_n: int) -> None:
    groups = [group for one in found.values() for group in one.groups]
    if any(sum(group.model is not None for group in one.groups) > 1 for one in found.values()):
        return
    if any(group.why == UNFIT for group in groups):
        raise EstimationError(
            f"{UNFIT_SAID}: {by!r}. The question that can be answered is the change of all together: `compare`."
        )
    if groups:
        raise EstimationError(
            f"On no scale two groups of {by!r} have {min_n} people or more where they are needed (a group from which a smaller one "
            "could be worked out counts as too small, and people without a value are such a group), so groups cannot be compared. "
            "The question that can be answered is the change of all together: `compare`."
        )


def _notes(found: Mapping[str, _ScaleGroups], design: PilotDesign, read: Sequence[str], declared: bool) -> list[str]:
    remarks: list[Remark] = []
    for name, one in found.items():
        for why, sentence in (
            (HIDDEN, "Suppressed, too few people or another group could be worked out"),
            (UNFIT, UNFIT_SAID),
        ):
            remarks += [(sentence, f"{group.name!r} ({name})") for group in one.groups if group.why == why]
        if one.test.df < FEWEST_DF:
            remarks.append((FEW_DF, f"{name} {one.test.df:.1f}"))
        if one.why:
            remarks.append((f"No test of the groups, because {one.why}", name))
    reasons = dict.fromkeys(
        f"In {group.name!r}: {group.found.reason}" for one in found.values() for group in one.groups if group.found and group.found.reason
    )  # fmt: skip
    further = ["Further waves of the design were not used."] if design.earlier or design.later else []
    cause = ALIKE_WITHOUT if design.has_comparison else NO_CAUSE
    return [
        DECLARED if declared else NOT_DECLARED,
        READ_TEST,
        NOT_WHY,
        cause,
        *reasons,
        *read,
        *further,
        *merged(remarks),
    ]
