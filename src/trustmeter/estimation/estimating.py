"""Means, shares, totals, quantiles and ratios of the population, of everybody or group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.estimation.drawn import Drawn, answers_of, drawn_people
from trustmeter.estimation.grid import Grid, grid_of, hidden_categories, hidden_groups
from trustmeter.estimation.measuring import Measure, estimates_of, measure_of, quantiles_of, ratio_of
from trustmeter.estimation.remarks import Made, notes_of
from trustmeter.estimation.result import DESIGN_EFFECT, SurveyEstimates
from trustmeter.options import (
    FEWEST_IN_A_CELL,
    SurveyStatistic,
    check_conf_level,
    check_option,
)
from trustmeter.responses.model import Responses
from trustmeter.results import vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey.influence import Estimates, domain_df, intervals
from trustmeter.stats.survey.precision import share_interval, simple_random_variance

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def estimate(
    answers: Scores | Responses,
    variable: str,
    *,
    statistic: SurveyStatistic = "mean",
    event: str | Sequence[str] | None = None,
    by: str | Sequence[str] | None = None,
    wave: str | None = None,
    domain: Any = None,
    quantiles: Sequence[float] = (0.5,),
    conf_level: float = 0.95,
) -> SurveyEstimates:
    """Estimate a mean, shares, totals or quantiles of the people that the sample stands for.

    Use it for every number about the population. Weights, strata, clusters, finite populations, known margins and replicate
    weights of the answers' design are used, and the result says which.

    Parameters
    ----------
    answers
        The responses, or scores made of them.
    variable
        A scale, an item or a column.
    statistic
        ``"mean"`` of a number; ``"share"`` of each category; ``"total"``: the sum of a number, or how many people each
        category has; ``"quantile"``: the values below which `quantiles` of the people lie, such as the median.
    event
        With ``"share"`` and ``"total"``: the category, or categories together, that is meant.
    by
        Columns or items whose categories (crossed, when several: ``"F x 18-34"``) make groups.
    wave
        Only people of this wave; needed where there are several, unless the wave is among `by`.
    domain
        A condition, one true or false a row: only these people. Rows outside stay for the error, which is why `domain` is
        right where `answers.select` is not.
    quantiles
        With ``"quantile"``: numbers between 0 and 1.
    conf_level
        Of the intervals.

    Returns
    -------
    SurveyEstimates
        Columns ``item group term estimate std_error df ci_low ci_high n n_effective method suppressed``. Terms: ``mean``,
        ``total``, ``share``, or with what they are of: ``share:2``, ``total:2``, ``quantile:0.5``; and of means and shares
        ``design_effect``. `n` counts rows of the group; `n_effective` is Kish's and knows of weights alone.

    Raises
    ------
    DesignError
        When the variable is unknown or does not suit the statistic, or the design makes no sense.
    EstimationError
        When fewer than ten people answered, there are no degrees of freedom, or a stratum has one cluster and the design
        does not say what to do about it (`SurveyDesign.lonely_psu`).

    Notes
    -----
    Variances are those of weighted sums of influence values between clusters within strata (Taylor linearisation), of what
    known margins do not explain; or of estimates between replicates. Degrees of freedom are clusters minus strata with
    people of the group. Intervals are t intervals; of shares on the log-odds, of quantiles Woodruff's. Design effect: the
    variance over that of as many people drawn one by one with replacement.

    Groups of fewer than ten people are hidden; so are categories of one to four people, and what these could be worked out
    from in this table. Quantiles near an end that fewer than five people reach are hidden, too, and so is such an end of an
    interval (then without a standard error). Several tables about the same people can still be subtracted from each other.
    `n` is told as it is: with the number of rows of the file it tells how few gave no answer, never what anybody answered.

    Too sure are quantiles far from the median from few clusters where both ends of an interval are shown: of such ones of the
    first and last tenth, at 9 clusters, 64 to 91 in 100 held the true value in simulations where 95 should, and 92 to 96 of
    all, open ends counted as they are. Shares near 0 or 1 are shown only where five people are on either
    side; among those that are shown, intervals hold the true share less often than they say.

    In R: ``survey::svymean``, ``svytotal``, ``svyquantile``, ``svyciprop(method="logit")``, ``svyby``.

    References
    ----------
    Lumley, T. (2010). Complex Surveys: A Guide to Analysis Using R. Wiley. doi:10.1002/9780470580066

    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. Journal of the American Statistical
    Association, 47(260), 635-646. doi:10.1080/01621459.1952.10483443

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 300, seed=1)
    >>> found = tm.estimate(answers, "TR01", by="SEX", wave="after")
    >>> found.terms, found.groups
    (('mean',), ('F', 'M', 'X'))
    """
    where = "estimate"
    check_option("statistic", statistic, SurveyStatistic, where)
    check_conf_level(conf_level, where)
    asked = _probabilities(quantiles, where)
    responses, measure = answers_of(answers, where), measure_of(answers, variable, statistic, event, where)
    base = _Base.of(responses, measure, by=by, wave=wave, domain=domain, conf_level=conf_level, where=where)
    options = {"variable": variable, "statistic": statistic, "event": event, "by": by, "wave": wave,
               "domain": None if domain is None else "given", "quantiles": asked.tolist(), "conf_level": conf_level}  # fmt: skip
    made = base.at_quantiles(asked) if statistic == "quantile" else base.of_columns()
    return base.result(responses, made, options)


def estimate_ratio(
    answers: Scores | Responses,
    numerator: str,
    denominator: str,
    *,
    by: str | Sequence[str] | None = None,
    wave: str | None = None,
    domain: Any = None,
    conf_level: float = 0.95,
) -> SurveyEstimates:
    """Estimate the ratio of two totals of the people that the sample stands for.

    Use it where both sides are counted in the sample: complaints over contacts, persons over households. For the mean of
    one number use `estimate`.

    Parameters
    ----------
    answers, by, wave, domain, conf_level
        As in `estimate`.
    numerator, denominator
        Two numbers: scales, items with values, columns.

    Returns
    -------
    SurveyEstimates
        As from `estimate`, with the term ``ratio``.

    Raises
    ------
    DesignError
        When a variable is unknown or no number.
    EstimationError
        As from `estimate`, and when a denominator sums to zero.

    Notes
    -----
    R = sum w y / sum w x; a row's influence is (y - R x) / sum w x. In R: ``survey::svyratio``.

    References
    ----------
    Woodruff, R. S. (1971). A simple method for approximating the variance of a complicated estimate. Journal of the American
    Statistical Association, 66(334), 411-414. doi:10.1080/01621459.1971.10482279

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 300, seed=1)
    >>> tm.estimate_ratio(answers, "TR01", "TR02", wave="after").terms
    ('ratio',)
    """
    where = "estimate_ratio"
    check_conf_level(conf_level, where)
    responses, measure = answers_of(answers, where), ratio_of(answers, numerator, denominator, where)
    base = _Base.of(responses, measure, by=by, wave=wave, domain=domain, conf_level=conf_level, where=where)
    options = {"numerator": numerator, "denominator": denominator, "by": by, "wave": wave,
               "domain": None if domain is None else "given", "conf_level": conf_level}  # fmt: skip
    return base.result(responses, base.of_columns(), options)


@dataclass(frozen=True, eq=False, slots=True)
class _Base:
    """What is estimated, of which rows, drawn how."""

    measure: Measure
    grid: Grid
    drawn: Drawn
    conf_level: float

    @classmethod
    def of(
        cls, answers: Responses, measure: Measure, *, by: Any, wave: Any, domain: Any, conf_level: float, where: str
    ) -> _Base:
        """Lay out rows and groups; refuse too few people, and a design that leaves no degrees of freedom."""
        drawn = drawn_people(answers, where)
        grid = grid_of(answers, measure.known, drawn, by=by, wave=wave, domain=domain, where=where)
        drawn.check_people(grid.rows, f"an answer to {measure.name!r}", where)
        base = cls(measure, grid, drawn, conf_level)
        if base.df_joint < 1:
            message = f"`{where}` cannot tell an error: the design leaves {base.df_joint} degrees of freedom."
            raise EstimationError(
                f"{message} There must be more clusters than strata. Name smaller clusters, or join strata."
            )
        if measure.below is not None:
            sums = np.bincount(grid.codes[grid.rows], np.abs(measure.below[grid.rows, 0]), len(grid.groups))
            if (sums == 0).any():
                raise EstimationError(f"The denominator of {measure.name!r} is zero for all people of a group.")
        return base

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.grid.groups), self.measure.columns.shape[1]

    @property
    def df_joint(self) -> int:
        if self.drawn.replicates is not None:
            return self.drawn.replicates.df
        everybody = np.where(self.grid.rows, 0, -1)
        return int(domain_df(self.grid.rows, everybody, 1, self.drawn.sample)[0])

    def of_columns(self) -> Made:
        """Estimate means, shares, totals or ratios."""
        found = estimates_of(self.measure, self.grid, self.drawn)
        found = replace(found, covariance=_without_df(found))
        n = np.repeat(self.grid.sizes, self.shape[1])
        if self.measure.statistic == "share":
            low, high = share_interval(found.estimate, found.std_error, found.df, n=n, conf_level=self.conf_level)
        else:
            low, high = intervals(found, self.conf_level)
        df = np.asarray(found.df, dtype=float)
        estimates, errors, left, below, above = (
            part.reshape(self.shape) for part in (found.estimate, found.std_error, df, low, high)
        )
        return Made(
            estimates, errors, left, below, above, self.measure.terms, self.hidden(), self.df_joint,
            found.covariance, self.effects(found),
        )  # fmt: skip

    def at_quantiles(self, asked: Floats) -> Made:
        """Estimate quantiles; those near an end that few people reach are hidden, and so is such an end of an interval."""
        found = quantiles_of(self.measure, asked, self.grid, self.drawn, self.conf_level)
        hidden = self.hidden() | ~self._reached(found.estimate)
        there = [self._reached(end) for end in (found.low, found.high)]
        low, high = (np.where(one, end, np.nan) for one, end in zip(there, (found.low, found.high), strict=True))
        error = np.where(there[0] & there[1], found.std_error, np.nan)
        df = np.repeat(found.df[:, None], len(asked), axis=1).astype(float)
        terms = tuple(f"quantile:{one:g}" for one in asked)
        return Made(found.estimate, error, df, low, high, terms, hidden, self.df_joint)

    def hidden(self) -> Mask:
        """Return (G, p): what is hidden, because it is about too few people."""
        measure, groups = self.measure, hidden_groups(self.grid, self.drawn)[:, None]
        if measure.place is None:
            return np.repeat(groups, self.shape[1], axis=1)
        small = hidden_categories(self.grid, self.drawn, measure.place, measure.width)
        small = np.asarray(small.any(axis=1, keepdims=True)) if measure.width != self.shape[1] else small
        return np.asarray(groups | small)

    def effects(self, found: Estimates) -> Floats | None:
        """Return (G, p): design effects of means and shares."""
        if self.measure.statistic not in ("mean", "share"):
            return None
        weights, (count, _) = self.drawn.sample.weights, self.shape
        plain = np.column_stack([
            simple_random_variance(column, weights, self.grid.codes, count, replacement=True)
            for column in self.measure.columns.T
        ])  # fmt: skip
        variance = np.diag(found.covariance).reshape(self.shape)
        return np.asarray(np.divide(variance, plain, out=np.full(self.shape, np.nan), where=plain > 0))

    def result(self, answers: Responses, made: Made, options: dict[str, Any]) -> SurveyEstimates:
        """Return the numbers as a result."""
        measure, grid = self.measure, self.grid
        shown = ~made.hidden
        used = int(grid.sizes[shown.any(axis=1)].sum())
        labels = {**grid.labels, **({measure.name: measure.labels} if measure.labels else {})}
        return SurveyEstimates(
            table=vocabulary_frame(self._rows(made)),
            notes=tuple(notes_of(made, measure, grid, self.drawn)),
            provenance=answers.provenance(**options).narrowed(grid.left_out, rows_used=used),
            variable=measure.name, statistic=measure.statistic, by=grid.by, covariance=self._covariance(made, shown),
            df_joint=made.df_joint, conf_level=self.conf_level, labels=labels,
        )  # fmt: skip

    def _reached(self, ends: Floats) -> Mask:
        """Return (G, q): whether five people or more lie at or below each value, and at or above it."""
        known = np.full(ends.shape, False)
        for at, group in enumerate(ends):
            y = self.measure.columns[self.grid.codes == at, 0]
            counts = [min(int((y <= end).sum()), int((y >= end).sum())) for end in group]
            known[at] = np.array(counts) >= FEWEST_IN_A_CELL
        return known

    def _rows(self, made: Made) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for g, group in enumerate(self.grid.groups):
            away = made.hidden[g]
            effective = self.drawn.effective(self.grid.codes == g)
            for j, term in enumerate(made.terms):
                ground = {"item": self.measure.name, **({"group": group} if self.grid.by else {}), "term": term,
                          "method": self.drawn.how, "suppressed": bool(away[j])}  # fmt: skip
                if away[j]:
                    rows.append(ground)
                    continue
                size = {"n": int(self.grid.sizes[g]), "n_effective": effective}
                rows.append({**ground, **size, "estimate": made.estimate[g, j], "std_error": made.std_error[g, j],
                             "df": made.df[g, j], "ci_low": made.low[g, j], "ci_high": made.high[g, j]})  # fmt: skip
                if made.effects is not None:
                    name = f"{DESIGN_EFFECT}{term.removeprefix(self.measure.statistic)}"
                    rows.append({**ground, **size, "term": name, "estimate": made.effects[g, j]})
        return rows

    def _covariance(self, made: Made, shown: Mask) -> pd.DataFrame:
        if made.covariance is None:
            return pd.DataFrame()
        names = pd.MultiIndex.from_product([self.grid.groups, made.terms], names=["group", "term"])[shown.ravel()]
        kept = np.flatnonzero(shown.ravel())
        return pd.DataFrame(made.covariance[np.ix_(kept, kept)], index=names, columns=names)


def _without_df(found: Estimates) -> Floats:
    """Return the covariance, unknown for estimates without a degree of freedom."""
    covariance = found.covariance.copy()
    covariance[found.df < 1, :] = np.nan
    covariance[:, found.df < 1] = np.nan
    return covariance


def _probabilities(quantiles: Any, where: str) -> Floats:
    try:
        asked = np.atleast_1d(np.asarray(quantiles, dtype=float))
    except (TypeError, ValueError):
        asked = np.empty(0)
    if asked.ndim != 1 or not asked.size or not ((asked > 0) & (asked < 1)).all():
        message = f"The `quantiles` of `{where}` must be numbers between 0 and 1, such as (0.25, 0.5, 0.75)."
        raise DesignError(f"{message} Got {quantiles!r}.")
    return asked
