"""Differences between groups of one result, with the covariance that people drawn together bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.estimation.result import SurveyEstimates
from trustmeter.options import Adjustment, DomainContrast, check_conf_level, check_option
from trustmeter.results import Result, vocabulary_frame
from trustmeter.stats.multiplicity import adjusted
from trustmeter.stats.survey.influence import Estimates, intervals, joint_test
from trustmeter.stats.survey.influence import contrasts as contrasted

WHERE = "compare_domains"
JOINT = "joint_f"
_ROUNDING = 1e-9

Floats = NDArray[np.float64]
Weights = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DomainComparison(Result):
    """How groups differ in the population.

    Parameters
    ----------
    variable, statistic
        What was estimated.
    by
        The variables that make the groups.
    conf_level
        Of the intervals.
    labels
        Variable → category → its label by language, where a variable is an item.
    """

    title: ClassVar[str] = "Differences between groups of the population"

    variable: str
    statistic: str
    by: tuple[str, ...]
    conf_level: float
    labels: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)


def compare_domains(
    estimates: SurveyEstimates,
    *,
    contrasts: DomainContrast | Weights = "first",
    adjust: Adjustment = "holm",
    conf_level: float = 0.95,
) -> DomainComparison:
    """Compare groups of one result of `estimate`, knowing that they lie in the same clusters.

    Use it for differences between zones, sexes or waves. Errors of groups must not be put together as if groups had been
    drawn apart: here their covariance is used.

    Parameters
    ----------
    estimates
        What `estimate`, `estimate_ratio` or `replicate_estimate` gave, with `by`.
    contrasts
        ``"first"``: each other group minus the first; ``"pairwise"``: every pair; ``"consecutive"``: each group minus the one
        before; or weights of groups by name: ``{"north - south": {"N": 1, "S": -1}}``.
    adjust
        How p values are adjusted for being several, within each term.
    conf_level
        Of the intervals, each by itself.

    Returns
    -------
    DomainComparison
        Columns ``item term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high method``: a row a
        contrast and term, and for each term a row ``joint_f``: the Wald test that all contrasts are zero (under ``"pairwise"``:
        that all groups are alike). Its residual degrees of freedom stand under ``method``.

    Raises
    ------
    DesignError
        When there are no groups, weights name unknown groups or do not sum to zero, or the estimates are quantiles.
    EstimationError
        When fewer than two groups have an estimate with an error.

    Notes
    -----
    A contrast c' b has the variance c' V c and a t distribution with the design's degrees of freedom d. The joint test of k
    contrasts is the adjusted Wald test: F = (d - k + 1) / (d k) b' V^-1 b on k and d - k + 1. Hidden groups are left out.
    In R: ``survey::svycontrast`` after ``svyby(..., covmat = TRUE)``.

    References
    ----------
    Korn, E. L., & Graubard, B. I. (1990). Simultaneous testing of regression coefficients with complex survey data: Use of
    Bonferroni t statistics. The American Statistician, 44(4), 270-276.

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 300, seed=1)
    >>> found = tm.compare_domains(tm.estimate(answers, "TR01", by="wave"))
    >>> list(found.table["contrast"])
    ['after - before', 'all contrasts']
    """
    _check(estimates, contrasts)
    check_option("adjust", adjust, Adjustment, WHERE)
    check_conf_level(conf_level, WHERE)
    rows, notes = [], list(estimates.notes)
    for term in estimates.terms:
        groups, known = _of_term(estimates, term)
        if len(groups) < 2:
            message = f"Fewer than two groups of {', '.join(estimates.by)} have an estimate of {term!r} with an error."
            raise EstimationError(f"{message} Join small groups, or choose other ones.")
        names, matrix = _contrasts(groups, contrasts)
        found, joint = contrasted(known, matrix), contrasted(known, _independent(matrix))
        ground = {"item": estimates.variable, "term": term}
        rows += _rows(ground, names, found, adjust, conf_level)
        rows += _joint_rows({**ground, "term": JOINT if len(estimates.terms) == 1 else f"{JOINT} {term}"}, joint)
    away = [group for group in estimates.groups if group not in dict(estimates.covariance.index)]
    if away:
        notes.append(f"Not compared, because no estimate with an error is shown of them: {', '.join(away)}.")
    shown = contrasts if isinstance(contrasts, str) else {name: dict(one) for name, one in contrasts.items()}
    options = {**estimates.provenance.options, "contrasts": shown, "adjust": adjust, "conf_level": conf_level}
    return DomainComparison(
        table=vocabulary_frame(rows), notes=tuple(notes), provenance=replace(estimates.provenance, options=options),
        variable=estimates.variable, statistic=estimates.statistic, by=estimates.by, conf_level=conf_level,
        labels=estimates.labels,
    )  # fmt: skip


def _check(estimates: Any, contrasts: Any) -> None:
    if not isinstance(estimates, SurveyEstimates):
        message = f"`{WHERE}` takes what `estimate` gives. Got {type(estimates).__name__}."
        raise DesignError(f"{message} Estimate group by group first: `estimate(answers, ..., by=...)`.")
    if not estimates.by:
        raise DesignError(f"`{WHERE}` needs groups, and these estimates have none. Estimate with `by=...`.")
    if estimates.covariance.empty and estimates.statistic == "quantile":
        message = f"`{WHERE}` knows no covariance of quantiles."
        raise DesignError(f"{message} Put the difference into a function: `replicate_estimate(answers, ...)`.")
    if not isinstance(contrasts, Mapping):
        check_option("contrasts", contrasts, DomainContrast, WHERE)


def _of_term(estimates: SurveyEstimates, term: str) -> tuple[list[str], Estimates]:
    """Return the groups with an estimate of the term and an error, and these estimates with their covariance."""
    covariance = estimates.covariance
    values = covariance.to_numpy()
    places = [at for at, (_, one) in enumerate(covariance.index) if one == term and np.isfinite(values[at, at])]
    groups = [str(covariance.index[at][0]) for at in places]
    found = np.array([estimates.value(term, group=group) for group in groups])
    df = np.full(len(groups), estimates.df_joint)
    return groups, Estimates(found, values[np.ix_(places, places)], df, estimates.df_joint)


def _contrasts(groups: Sequence[str], asked: DomainContrast | Weights) -> tuple[list[str], Floats]:
    """Return the names and the weights (c, G) of the contrasts."""
    if isinstance(asked, Mapping):
        return list(asked), np.array([_weights(groups, name, one) for name, one in asked.items()])
    later = range(1, len(groups))
    pairs = {
        "first": [(at, 0) for at in later],
        "consecutive": [(at, at - 1) for at in later],
        "pairwise": [(at, before) for at in later for before in range(at)],
    }[asked]
    unit = np.eye(len(groups))
    return [f"{groups[a]} - {groups[b]}" for a, b in pairs], np.array([unit[a] - unit[b] for a, b in pairs])


def _weights(groups: Sequence[str], name: str, weights: Mapping[str, float]) -> Floats:
    if not isinstance(weights, Mapping) or not weights:
        raise DesignError(
            f"The contrast {name!r} of `{WHERE}` must give weights to groups, such as {{'N': 1, 'S': -1}}."
        )
    unknown = next((group for group in weights if group not in groups), None)
    if unknown is not None:
        raise DesignError(unknown_word(f"group of the contrast {name!r}", str(unknown), groups, f"`{WHERE}`"))
    found = np.array([float(weights.get(group, 0.0)) for group in groups])
    if not np.isfinite(found).all() or not found.any() or abs(found.sum()) > _ROUNDING * np.abs(found).sum():
        message = f"The weights of the contrast {name!r} of `{WHERE}` must sum to zero, or nothing is compared."
        raise DesignError(f"{message} They sum to {found.sum():g}.")
    return found


def _independent(matrix: Floats) -> Floats:
    """Return the first rows of a matrix that do not follow from those before."""
    kept: list[Floats] = []
    for row in matrix:
        if np.linalg.matrix_rank(np.array([*kept, row])) > len(kept):
            kept.append(row)
    return np.array(kept)


def _rows(
    ground: dict[str, str], names: Sequence[str], found: Estimates, adjust: Adjustment, conf_level: float
) -> list[dict[str, Any]]:
    low, high = intervals(found, conf_level)
    errors = found.std_error
    statistic = np.divide(found.estimate, errors, out=np.full(errors.shape, np.nan), where=errors > 0)
    p_values = 2 * scipy.stats.t.sf(np.abs(statistic), found.df)
    several = adjusted(p_values, adjust)
    return [
        {**ground, "contrast": name, "estimate": found.estimate[at], "std_error": errors[at], "statistic": statistic[at],
         "df": found.df[at], "p_value": p_values[at], "p_adjusted": several[at], "ci_low": low[at], "ci_high": high[at],
         "method": "t"}
        for at, name in enumerate(names)
    ]  # fmt: skip


def _joint_rows(ground: dict[str, str], found: Estimates) -> list[dict[str, Any]]:
    test = joint_test(found)
    if np.isnan(test.p_value):
        return []
    return [{**ground, "contrast": "all contrasts", "statistic": test.statistic, "df": test.df1, "p_value": test.p_value,
             "method": f"adjusted Wald F (residual df {test.df2:.10g})"}]  # fmt: skip
