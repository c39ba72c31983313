"""How do many groups stand to each other when not every item works alike in all of them? Alignment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import AlignmentZero, ItemTreatment, MissingRule, check_conf_level, check_option
from trustmeter.psychometrics.comparability.aligned import (
    Found,
    aligned_units,
    difference_frame,
    group_rows,
    invariance_frame,
    parameter_frame,
    share_rows,
)
from trustmeter.psychometrics.comparability.turned import differs_in_direction, turned_items, turned_remarks
from trustmeter.psychometrics.comparability.units import FEWEST_IN_A_UNIT, ROUGH, Plan, matrices_of, units_of
from trustmeter.psychometrics.grouping import groups_of, large_enough, referred
from trustmeter.psychometrics.matrix import ItemMatrix
from trustmeter.psychometrics.remark import gathered
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import design_notes
from trustmeter.results import Provenance, Result, printable, vocabulary_frame
from trustmeter.stats.sem.model import Integers

AlignmentVerdict = Literal["comparable", "with reserve", "not comparable"]
_WHERE = "align"
MOST_DIFFERENT = 0.25
"""Share of parameters that may differ before aligned means are doubtful (Muthén & Asparouhov 2014)."""
POOR_CFI = 0.90
POOR_RMSEA = 0.08
HARDLY_DETERMINED = 0.5
"""Standard error, in standard deviations of the factor, from which on the zero point of *free* is of no use."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AlignmentResult(Result):
    """Aligned groups: means, variances, ranks, and which items stand in the way of comparing them.

    Parameters
    ----------
    verdict
        Whether the means may be compared: ``"comparable"``, ``"with reserve"`` or ``"not comparable"``.
    sentence
        The same in one sentence, with the reason.
    order
        The groups from the highest mean to the lowest. Never show it without the sets of possible ranks (term ``rank``).
    differences
        One row a pair of groups: ``group contrast estimate std_error ci_low ci_high p_value p_adjusted``.
    parameters
        One row an item, parameter and group: the aligned estimate, the mean of the groups that share it (``reference``), the
        difference with standard error and p value, and whether the group shares it (``invariant``).
    invariance
        One row an item and parameter, one column a group: whether the group shares the parameter; and ``r_squared``.
    """

    title: ClassVar[str] = "Aligned groups"

    verdict: AlignmentVerdict
    sentence: str
    order: tuple[str, ...]
    differences: pd.DataFrame
    parameters: pd.DataFrame
    invariance: pd.DataFrame

    def _summary_parts(self) -> list[str]:
        mark, head, table, notes = super()._summary_parts()
        return [mark, head, self.sentence, table, "", "Which groups share which parameter:", self._marks(), notes]

    def _marks(self) -> str:
        shown = self.invariance.copy()
        for name in self.order:
            shown[name] = np.where(shown[name], "", "differs")
        return printable(shown)


def align(
    answers: Responses | pd.DataFrame,
    *,
    across: str,
    scale: str | None = None,
    treat: ItemTreatment = "auto",
    identification: AlignmentZero = "fixed",
    missing: MissingRule = "pairwise",
    reference: str | None = None,
    epsilon: float | None = None,
    conf_level: float = 0.95,
) -> AlignmentResult:
    """Compare the means of many groups on a scale whose items need not all work alike in all of them.

    Use it for many zones, languages or countries, where equal loadings and intercepts in all groups are too much to ask: it
    looks for the means and variances with which few item parameters differ, and tells which ones those are. For two or
    three groups, or waves of the same people, `check_invariance` is better.

    Parameters
    ----------
    answers
        Responses, or a frame of items together with the column named by `across`.
    across
        Of Responses ``"zone"``, ``"language"``, ``"mode"``, a kept column or an item; of a frame a column.
    scale
        Of Responses: a scale's id; ``None`` when there is only one without dimensions.
    treat
        ``"ordinal"``: ordered categories, weighted least squares on polychoric correlations. ``"continuous"``: numbers,
        maximum likelihood. ``"auto"``: the first when all items have at most seven different whole values.
    identification
        ``"fixed"``: the first group's mean is 0 and its variance 1. ``"free"``: its mean is estimated, too, from loadings that
        differ between groups, and the product of the variances is 1.
    missing
        ``"pairwise"``: all rows with any answer; numbers go by full information. ``"listwise"``: complete rows.
    reference
        The group to be first; ``None`` takes the first by name.
    epsilon
        The width within which the loss is nearly square, for items with standard deviation 1. ``None``: 0.2 (ordered items:
        0.1) times the mean sampling variance of a difference between two groups, chosen by simulation; ``0.01`` is the
        published value, with which means are pulled aside however many people there are.
    conf_level
        Level of intervals and of the sets of ranks.

    Returns
    -------
    AlignmentResult
        Columns ``scale group term estimate std_error ci_low ci_high n method``. Terms of each group: ``mean`` and ``variance``
        of the factor, ``rank`` (1 is the highest mean; the limits hold the ranks it may have), ``score_bias`` (points of the
        0-100 score that the parameters it does not share bring; zero without an interval where none was flagged, no interval
        below 200 people either); of all: ``different_loadings``, ``different_intercepts`` or ``different_thresholds``
        (shares), ``r_squared_loadings``, … (means over items). Fields ``verdict``, ``sentence``, ``order``, ``differences``,
        ``parameters``, ``invariance``.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown column or scale, several scales, people who are in several groups, fewer
        than two groups of fifty people.
    EstimationError
        When a group's model cannot be estimated (fewer than three items, one answer only, no rest, a residual variance that
        is not above zero), or ``"free"`` is not determined.

    Notes
    -----
    One factor with mean 0 and variance 1 is fitted in each group. With mean a and standard deviation s the loadings are
    l / s and the intercepts b - a l / s; a and s minimise the sum over pairs of groups and parameters of (N1 N2)^(1/2)
    (x^2 + epsilon)^(1/4), x the difference of a parameter. Items are divided by a standard deviation common to all groups, so
    that their units do not matter. Ordered items: slopes and (negative) thresholds of normal variables with residual
    variance 1; each threshold is one parameter. Standard errors are the delta method through the minimum, from the
    (robust) covariance of the groups' models; limits of variances are made on their logarithm. In simulations those of ordered
    items were 13 to 23 % too large.

    A parameter is shared by the groups that do not differ from their mean (p >= 0.001), beginning with the largest set of
    groups connected by pairs with p > 0.01. R squared is the part of the differences between groups in a parameter that their
    means and variances explain. Sets of ranks come from all pairs with Holm's adjustment.

    References
    ----------
    Asparouhov, T., & Muthén, B. (2014). Multiple-group factor analysis alignment. Structural Equation Modeling, 21(4),
    495-508. doi:10.1080/10705511.2014.919210

    Muthén, B., & Asparouhov, T. (2014). IRT studies of many groups: the alignment method. Frontiers in Psychology, 5, 978.
    doi:10.3389/fpsyg.2014.00978

    Robitzsch, A. (2020). Lp loss functions in invariance alignment and Haberman linking with few or many groups. Stats,
    3(3), 246-283. doi:10.3390/stats3030019

    Mogstad, M., Romano, J. P., Shaikh, A. M., & Wilhelm, D. (2024). Inference for ranks with applications to mobility
    across neighbourhoods and academic achievement across countries. Review of Economic Studies, 91(1), 476-518.
    doi:10.1093/restud/rdad006

    Examples
    --------
    In Mplus ``ANALYSIS: ALIGNMENT = FIXED`` asks the same question, with ``epsilon=0.01``.

    >>> import numpy as np, pandas as pd
    >>> import trustmeter as tm
    >>> rng = np.random.default_rng(5)
    >>> zone = np.repeat(["A", "B", "C"], 300)
    >>> trust = rng.normal(size=900) + 0.5 * (zone == "C")
    >>> items = pd.DataFrame(trust[:, None] + rng.normal(size=(900, 4)), columns=["q1", "q2", "q3", "q4"])
    >>> result = tm.align(items.assign(zone=zone), across="zone")
    >>> result.order[0]
    'C'
    """
    check_conf_level(conf_level, _WHERE)
    check_option("treat", treat, ItemTreatment, _WHERE)
    check_option("identification", identification, AlignmentZero, _WHERE)
    check_option("missing", missing, Literal["listwise", "pairwise"], _WHERE)
    if epsilon is not None and not (isinstance(epsilon, (int, float)) and 0 < epsilon < math.inf):
        raise DesignError(f"The `epsilon` of `{_WHERE}` must be a number above 0, such as 0.01. Got {epsilon!r}.")
    found, note = large_enough(groups_of(answers, across, _WHERE), FEWEST_IN_A_UNIT, _WHERE)
    found = referred(found, reference, _WHERE)
    plan = Plan(treat=treat, missing=missing, linked=False, factors=None, where=_WHERE)
    matrix = _only_scale(matrices_of(found, scale, plan))
    _check_separate(matrix, found.codes, across)
    units = units_of(found, matrix, plan)
    if units.layout.factors > 1:
        message = f"`{_WHERE}` takes one factor for granted, but scale {matrix.scale!r} has dimensions."
        raise DesignError(f"{message} Align its dimensions one by one.")
    told = aligned_units(units, identification, epsilon, conf_level)
    options = {
        "across": across, "scale": scale, "treat": treat, "identification": identification, "missing": missing,
        "reference": reference, "epsilon": epsilon, "conf_level": conf_level,
    }  # fmt: skip
    ground = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    parameters = parameter_frame(told)
    turned = turned_items(units, told.fits)
    said = [(units.scale, text) for text in (*turned_remarks(units, turned), *units.notes)]
    verdict, sentence = _judged(told)
    if differs_in_direction(turned):
        sentence += (
            " But some items run against the others in some groups only: see the notes before anything is compared."
        )
    return AlignmentResult(
        table=vocabulary_frame([*group_rows(told), *share_rows(told)]),
        notes=tuple(filter(None, [note, *gathered(said, 1), *_notes(told), *design_notes(answers, parts=())])),
        provenance=replace(ground, rows_used=int(units.n.sum())),
        verdict=verdict,
        sentence=sentence,
        order=tuple(units.labels[place] for place in np.argsort(-told.aligned.means, kind="stable")),
        differences=difference_frame(told),
        parameters=parameters,
        invariance=invariance_frame(told, parameters),
    )


def _only_scale(matrices: Sequence[ItemMatrix]) -> ItemMatrix:
    if len(matrices) == 1:
        return matrices[0]
    listed = ", ".join(repr(matrix.scale) for matrix in matrices)
    raise DesignError(f"`{_WHERE}` aligns one scale at a time; choose one with `scale`: {listed}.")


def _check_separate(matrix: ItemMatrix, codes: Integers, across: str) -> None:
    """Refuse people who are in several groups: the groups' estimates would not be independent."""
    if matrix.people is None:
        return
    known = codes >= 0
    pairs = np.unique(np.stack([matrix.people[known], codes[known]]), axis=1).shape[1]
    if pairs > len(np.unique(matrix.people[known])):
        message = f"`{_WHERE}` needs each person in one group, but some answered in several values of {across!r}."
        raise DesignError(f"{message} Compare waves of the same people with `check_invariance`.")


def _judged(told: Found) -> tuple[AlignmentVerdict, str]:
    """Return whether the means may be compared: fit of the model, share of parameters that differ, what they do to scores."""
    units = told.units
    kinds = {
        name: told.differing(part)
        for name, part in (("loadings", slice(told.k)), (told.threshold_like, slice(told.k, None)))
    }
    share = max(kinds.values())
    which = " and ".join(f"{of_kind:.0%} of the {name}" for name, of_kind in kinds.items())
    poor = [
        label
        for label, fit in zip(units.labels, told.fits, strict=True)
        if fit.robust.cfi < POOR_CFI and fit.robust.rmsea_low > POOR_RMSEA
    ]
    worst = int(np.argmax(np.abs(told.bias[0])))
    effect = (
        f"the parameters a group does not share move its expected score by up to {abs(told.bias[0][worst]):.1f} points of 100 "
        f"({units.labels[worst]!r})"
    )
    name = f"scale {units.scale!r}" if units.scale else "the items"
    if poor:
        listed = ", ".join(map(repr, poor))
        reason = f"one factor does not describe the answers in {listed}."
        return "not comparable", f"The groups' means on {name} should not be compared: {reason}"
    if share > MOST_DIFFERENT:
        return "with reserve", (
            f"The groups' means on {name} may be compared only with reserve: {which} differ, more than the 25 % within which the "
            f"authors of the method trust its means, and {effect}."
        )
    if share == 0:
        reason = "no item parameter was found to differ."
        return "comparable", f"The groups' means on {name} may be compared, each with its uncertainty: {reason}"
    return "comparable", (
        f"The aligned means on {name} may be compared, each with its uncertainty, raw scores less so: {which} differ (25 % is the "
        f"usual limit), and {effect}."
    )


def _notes(told: Found) -> Iterator[str]:
    aligned, G = told.aligned, len(told.units.labels)
    fits = [fit.robust for fit in told.fits]
    if told.fits[0].fit.test.df > 0:
        yield (
            f"One factor in each group: robust CFI {min(one.cfi for one in fits):.2f} to {max(one.cfi for one in fits):.2f}, "
            f"robust RMSEA {min(one.rmsea for one in fits):.2f} to {max(one.rmsea for one in fits):.2f}."
        )
    else:
        yield "With three items nothing tells whether one factor describes the answers."
    yield from _bias_notes(told)
    if told.units.layout.ordinal:
        yield (
            "In simulations of ordered items the standard errors of aligned means were 13 to 23 % too large: intervals are "
            "rather too wide, and fewer groups can be told apart than could be."
        )
    separate = int((told.ranks[2][np.triu_indices(G, 1)] <= 1 - told.level).sum())
    yield (
        f"{separate} of {G * (G - 1) // 2} pairs of groups can be told apart (Holm). Ranks without their limits would be a "
        "league table; do not show them so."
    )
    yield (
        "The limit of 25 % of differing parameters (Muthén & Asparouhov 2014) is a rule of thumb, held here against loadings and "
        f"{told.threshold_like} apart. Where most groups do not share most parameters, aligned means and their intervals are wrong, "
        "and the answers cannot show it."
    )
    if not math.isnan(aligned.second) and aligned.second < 1.01 * aligned.minimum:
        yield (
            f"{aligned.found} of {aligned.starts} searches ended in the best solution; another, nearly as good, differs by up to "
            f"{aligned.shift:.2f} in a mean."
        )
    if told.identification == "free":
        common = math.sqrt(max(float(aligned.mean_covariance.mean()), 0.0))
        if common > HARDLY_DETERMINED:
            yield "Loadings hardly differ, so that the zero point of `free` is not determined: read differences, or use `fixed`."


def _bias_notes(told: Found) -> Iterator[str]:
    """Tell what the bias of scores rests on: the choice of parameters that differ, which its intervals take as known."""
    plain = [label for label, flagged in zip(told.units.labels, told.flagged, strict=True) if not flagged]
    if plain:
        yield (
            f"score_bias of {', '.join(map(repr, plain))}: no parameter was flagged; the bias is zero by that choice, not by "
            "measurement, and has no interval."
        )
    small = told.flagged & ~told.bias_measured
    if small.any():
        listed = ", ".join(repr(label) for label, one in zip(told.units.labels, small, strict=True) if one)
        yield (
            f"score_bias of {listed}: fewer than {ROUGH} people (in the group, or in all others); only differences that chance "
            "made large are seen then. Its size is overstated or missed, and its interval is withheld."
        )
    if told.bias_measured.any():
        yield "Intervals of score_bias take the choice of flagged parameters as known, and are rather too narrow."
