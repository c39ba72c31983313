"""Regression whose standard errors know how people were drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.estimation.drawn import Drawn, Rows, answers_of, drawn_people, rows_of_wave
from trustmeter.estimation.variables import Variable, outcome_of, predictor_of
from trustmeter.options import (
    FEWEST_IN_A_CELL,
    FEWEST_PEOPLE,
    RegressionFamily,
    check_conf_level,
    check_option,
    names_of,
)
from trustmeter.responses.model import Responses
from trustmeter.results import Result, told_count, vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey.regression import (
    SurveyRegression,
    regression_of_replicates,
    regression_of_sample,
    wald_test,
)

WHERE = "design_regression"
_WORDS = {"gaussian": "linear", "binomial": "logistic", "poisson": "Poisson", "ordinal": "proportional odds"}
_SCALES = {
    "binomial": "Estimates are differences in log-odds; their exponentials are odds ratios.",
    "ordinal": "Estimates are differences in the log-odds of a higher answer, taken to be alike wherever answers are cut; their "
    "exponentials are odds ratios.",
    "poisson": "Estimates are differences in logarithms; their exponentials are ratios of mean counts.",
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DesignRegression(Result):
    """How an outcome goes with predictors in the population.

    Parameters
    ----------
    outcome
        What was explained.
    family
        ``"gaussian"``, ``"binomial"``, ``"poisson"`` or ``"ordinal"``.
    references
        Predictor → the category that its others are held against.
    covariance
        Of the coefficients, in the order of the table's first rows.
    conf_level
        Of the intervals.
    """

    title: ClassVar[str] = "Regression under the design"

    outcome: str
    family: RegressionFamily
    references: Mapping[str, str] = field(default_factory=dict)
    covariance: NDArray[np.float64]
    conf_level: float

    def value(self, term: str, contrast: str = "") -> float:
        """Return one coefficient.

        Raises
        ------
        DesignError
            When there is none of that name.
        """
        rows = self.table[self.table["estimate"].notna()]
        found = rows[(rows["term"] == term) & (rows["contrast"] == contrast)]
        if found.empty:
            known = [f"({one.term!r}, {one.contrast!r})" for one in rows.itertuples()]
            raise DesignError(f"There is no coefficient ({term!r}, {contrast!r}). There are {', '.join(known)}.")
        return float(found["estimate"].iloc[0])


@dataclass(frozen=True, eq=False, slots=True)
class _Model:
    """The rows that count, and the model matrix (n, p) with what its columns stand for."""

    rows: Rows
    x: NDArray[np.float64]
    names: tuple[tuple[str, str], ...]
    set_aside: tuple[str, ...]
    left_out: Mapping[str, int]

    def columns_of(self, name: str) -> list[int]:
        return [place for place, (term, contrast) in enumerate(self.names) if term == name and contrast]


def design_regression(
    answers: Scores | Responses,
    outcome: str,
    *,
    predictors: str | Sequence[str],
    family: RegressionFamily = "gaussian",
    event: str | Sequence[str] = (),
    references: Mapping[str, str] | None = None,
    wave: str | None = None,
    conf_level: float = 0.95,
) -> DesignRegression:
    """Say how an outcome goes with several predictors at once, for the people that the sample stands for.

    Use it to ask who trusts more or less when groups differ in age, language or quarter, too. Weights, strata, clusters,
    known margins and replicate weights of the answers' design are used; without a design each row counts once. It
    describes how people differ; whether a pilot changed something is a question for `compare`.

    Parameters
    ----------
    answers
        Scores, or responses when no scale is among the variables.
    outcome
        A scale, an item with values, or a carried column of numbers.
    predictors
        Scales, items and columns. What has values enters as numbers; nominal items, waves, zones and texts as
        categories, each held against a reference.
    family
        ``"gaussian"``: a number; ``"binomial"``: one of two, on the log-odds; ``"poisson"``: a count, on the logarithm;
        ``"ordinal"``: an ordered answer, by proportional odds.
    event
        For ``"binomial"``: the answers (codes) of the outcome that count as 1; not needed where it is 0 or 1.
    references
        Predictor → its reference category; by default the first one that somebody chose, and of waves the one whose rows
        come first. Naming one makes categories of a predictor with values.
    wave
        Only people of this wave; needed where there are several, unless the wave is a predictor.
    conf_level
        Of the t intervals.

    Returns
    -------
    DesignRegression
        Columns ``scale`` or ``item`` (the outcome) ``term contrast estimate std_error statistic df p_value ci_low ci_high n
        n_effective method``. One row a coefficient, ``constant`` (of ordered answers each ``threshold``) first; then one row
        for each predictor of several contrasts, its Wald F test that all are zero. `n` counts rows, `n_effective` is Kish's
        and knows of weights alone.

    Raises
    ------
    DesignError
        When a variable is not there or does not suit, or there are several waves and none was chosen.
    EstimationError
        When fewer than ten people can be used, the design has too few clusters for so many coefficients, or predictors are
        collinear or part the outcomes without overlap.

    Notes
    -----
    The coefficients b solve sum w_i x_i (y_i - m(x_i' b)) = 0. Their covariance is A^-1 V A^-1, with A the weighted
    information and V the covariance of the total of the weighted scores between clusters (Binder 1983); replicate weights
    refit the model instead. Tests and intervals have d + 1 - p degrees of freedom, d those of the design (clusters minus
    strata) and p the number of coefficients. Rows with a gap, and categories of fewer than ten people, are outside the
    domain: their clusters still count as drawn.

    In R: ``survey::svyglm`` (with ``quasibinomial()``, ``quasipoisson()``), ``svyolr`` and ``regTermTest``.

    References
    ----------
    Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. International
    Statistical Review, 51, 279-292. doi:10.2307/1402588

    Lumley, T. & Scott, A. (2017). Fitting regression models to survey data. Statistical Science, 32, 265-278.
    doi:10.1214/16-STS605

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust-short")
    >>> scores = tm.score(tm.simulate_responses(trust, 200, seed=1))
    >>> found = tm.design_regression(scores, "trust", predictors=["wave", "SEX"])
    >>> list(found.table["term"])
    ['constant', 'wave', 'SEX', 'SEX', 'SEX']
    """
    check_option("family", family, RegressionFamily, WHERE)
    check_conf_level(conf_level, WHERE)
    responses = answers_of(answers, WHERE)
    names = names_of("predictors", predictors, WHERE)
    events = names_of("event", event, WHERE) if event else ()
    explained = outcome_of(answers, outcome, family, events, WHERE)
    variables = _variables(answers, outcome, names, references or {})
    drawn = drawn_people(responses, WHERE)
    model = _model(responses, explained, variables, drawn, wave)
    explained, model = _checked(explained, model, family, drawn)
    fit = _fitted(explained, model, drawn, family)
    kind = "scale" if isinstance(answers, Scores) and outcome in answers.scales else "item"
    ground = {kind: outcome, "n": fit.n, "n_effective": drawn.effective(model.rows)}
    options = {"outcome": outcome, "predictors": names, "family": family, "event": events,
               "references": dict(references or {}), "wave": wave, "conf_level": conf_level}  # fmt: skip
    used = {one.name: one.reference for one in variables if one.categories}
    method = f"{_WORDS[family]}, {drawn.how}"
    return DesignRegression(
        table=vocabulary_frame(_table_rows(fit, model, variables, ground=ground, method=method, conf_level=conf_level)),
        notes=tuple(
            _notes(answers, model, drawn, family=family, references=used, design_df=fit.df + model.x.shape[1] - 1)
        ),
        provenance=responses.provenance(**options).narrowed(model.left_out, rows_used=fit.n),
        outcome=outcome,
        family=family,
        references=used,
        covariance=fit.covariance,
        conf_level=conf_level,
    )


def _variables(
    scores: Scores | Responses, outcome: str, names: Sequence[str], references: Mapping[str, str]
) -> list[Variable]:
    if outcome in names:
        raise DesignError(f"`{WHERE}` was given {outcome!r} as outcome and as predictor. Name it once.")
    strange = next((name for name in references if name not in names), None)
    if strange is not None:
        raise DesignError(f"`references` of `{WHERE}` names {strange!r}, which is no predictor. Leave it out.")
    return [predictor_of(scores, name, references.get(name), WHERE) for name in names]


def _model(
    answers: Responses, explained: Variable, variables: Sequence[Variable], drawn: Drawn, wave: str | None
) -> _Model:
    """Return the rows that count and their model matrix; categories of too few people are set aside."""
    wanted = rows_of_wave(answers, wave, [one.name for one in variables], WHERE)
    weighted = wanted & (drawn.sample.weights > 0)
    known = weighted & ~np.isnan(explained.values)
    complete = known & ~np.any([np.isnan(one.values) for one in variables], axis=0)
    rows, set_aside = _without_small(variables, complete, drawn)
    drawn.check_people(rows, "the outcome and all predictors", WHERE)
    columns, names = [np.ones((len(rows), 1))], [("constant", "")]
    for one in variables:
        made, contrasts = one.columns(rows)
        columns.append(made)
        names += [(one.name, contrast) for contrast in contrasts]
    counts = {"another wave": ~wanted, "a weight of 0": wanted & ~weighted, "no outcome": weighted & ~known,
              "no answer in a predictor": known & ~complete, "a category of too few people": complete & ~rows}  # fmt: skip
    left_out = {why: int(gone.sum()) for why, gone in counts.items() if gone.any()}
    return _Model(rows, np.hstack(columns), tuple(names), set_aside, left_out)


def _without_small(variables: Sequence[Variable], rows: Rows, drawn: Drawn) -> tuple[Rows, tuple[str, ...]]:
    """Return the rows without those in categories of fewer than ten people, and these categories."""
    rows, gone = rows.copy(), []
    again = True
    while again:
        again = False
        for one in variables:
            for place, category in enumerate(one.categories):
                inside = rows & (one.values == place)
                if inside.any() and drawn.persons(inside) < FEWEST_PEOPLE:
                    rows, again = rows & ~inside, True
                    gone.append(f"{one.name} {category!r}")
    return rows, tuple(gone)


def _checked(explained: Variable, model: _Model, family: RegressionFamily, drawn: Drawn) -> tuple[Variable, _Model]:
    """Return the outcome and the model; of ordered answers those that somebody gave, their thresholds named first.

    Raises
    ------
    EstimationError
        When the outcome does not differ, or fewer than five people gave one of its answers.
    """
    rows = model.rows
    values = np.unique(explained.values[rows])
    if len(values) < 2:
        message = f"The outcome {explained.name!r} of `{WHERE}` is the same for everybody who counts."
        raise EstimationError(f"{message} There is nothing to explain.")
    if family not in ("binomial", "ordinal"):
        return explained, model
    if min(drawn.persons(rows & (explained.values == one)) for one in values) < FEWEST_IN_A_CELL:
        message = f"Fewer than {FEWEST_IN_A_CELL} people gave one of the answers of the outcome {explained.name!r}"
        raise EstimationError(f"{message} of `{WHERE}`. Join answers, or choose an `event` that is less rare.")
    if family == "binomial":
        return explained, model
    given = [explained.categories[int(one)] for one in values]
    cuts = tuple(("threshold", f"{low}|{high}") for low, high in pairwise(given))
    places = np.where(rows, np.searchsorted(values, explained.values), 0).astype(float)
    return replace(explained, values=places, categories=tuple(given)), replace(model, names=(*cuts, *model.names[1:]))


def _fitted(explained: Variable, model: _Model, drawn: Drawn, family: RegressionFamily) -> SurveyRegression:
    y = np.where(model.rows, explained.values, 0.0)
    x = np.where(model.rows[:, None], model.x, 0.0)
    if drawn.replicates is not None:
        return regression_of_replicates(y, x, drawn.replicates, family, domain=model.rows, mse=drawn.mse)
    return regression_of_sample(y, x, drawn.sample, family, domain=model.rows)


def _table_rows(
    fit: SurveyRegression, model: _Model, variables: Sequence[Variable], *, ground: Mapping[str, Any], method: str,
    conf_level: float,
) -> list[dict[str, Any]]:  # fmt: skip
    half = scipy.stats.t.ppf((1 + conf_level) / 2, fit.df) * fit.std_errors
    with np.errstate(divide="ignore", invalid="ignore"):
        t = fit.coefficients / fit.std_errors
    rows = [
        {**ground, "term": term, "contrast": contrast, "estimate": fit.coefficients[at], "std_error": fit.std_errors[at],
         "statistic": t[at], "df": fit.df, "p_value": 2 * scipy.stats.t.sf(abs(t[at]), fit.df),
         "ci_low": fit.coefficients[at] - half[at], "ci_high": fit.coefficients[at] + half[at], "method": method}
        for at, (term, contrast) in enumerate(model.names)
    ]  # fmt: skip
    for one in variables:
        columns = model.columns_of(one.name)
        if len(columns) > 1:
            test = wald_test(fit, columns)
            rows.append(
                {**ground, "term": one.name, "contrast": "all are zero", "statistic": test.statistic, "df": fit.df,
                 "p_value": test.p_value, "method": f"Wald F on {test.df} and {test.residual_df}"}
            )  # fmt: skip
    return rows


def _notes(
    scores: Scores | Responses, model: _Model, drawn: Drawn, *, family: RegressionFamily,
    references: Mapping[str, str], design_df: int,
) -> list[str]:  # fmt: skip
    notes = [*(scores.notes if isinstance(scores, Scores) else ()), *drawn.notes]
    notes += drawn.ground_notes(model.rows, design_df)
    if family in _SCALES:
        notes.append(_SCALES[family])
    if references:
        told = ", ".join(f"{name} {category!r}" for name, category in references.items())
        notes.append(f"Categories are held against: {told}.")
    if model.set_aside:
        notes.append(f"Set aside, because fewer than {FEWEST_PEOPLE} people are in them: {', '.join(model.set_aside)}.")
    gaps = [f"{told_count(count)} with {why}" for why, count in model.left_out.items() if why != "another wave"]
    if gaps:
        notes.append(f"Rows left out: {', '.join(gaps)}.")
    notes.append("Coefficients say how people differ, not what would change if somebody did.")
    return notes
