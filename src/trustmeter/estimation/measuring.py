"""What is estimated of a variable: its columns, what they are called, and their estimates under the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.disclosure.crossing import crossed_variable
from trustmeter.errors import DesignError
from trustmeter.estimation.drawn import Drawn, answers_of
from trustmeter.estimation.grid import Grid
from trustmeter.estimation.variables import outcome_of, predictor_of
from trustmeter.options import SurveyStatistic
from trustmeter.responses.model import Responses
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey.influence import Estimates, estimated, means, ratios, totals
from trustmeter.stats.survey.quantile import Quantiles, quantiles, weighted_quantiles
from trustmeter.stats.survey.replication import replicated_means, replicated_ratios, replicated_totals

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Measure:
    """What is estimated.

    Parameters
    ----------
    name
        The variable, or what is over what.
    statistic
        The kind of estimate; ``"ratio"`` for one over the other.
    columns
        Shape (n, p): what is averaged or summed; nan where nothing is known.
    terms
        Shape (p,): what each column's estimate is called.
    place
        Shape (n,): the category of each row, where counts of them would follow from the estimates; else ``None``.
    width
        How many categories.
    below
        Shape (n, 1): the denominators of a ratio; else ``None``.
    labels
        Of the categories of the variable, by language.
    """

    name: str
    statistic: str
    columns: Floats
    terms: tuple[str, ...]
    place: NDArray[np.intp] | None = None
    width: int = 1
    below: Floats | None = None
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Shape (n,): which rows have what is needed."""
        there = np.isfinite(self.columns).all(axis=1)
        return np.asarray(there if self.below is None else there & np.isfinite(self.below).all(axis=1))


def measure_of(
    scores: Scores | Responses, name: str, statistic: SurveyStatistic, event: Sequence[str] | None, where: str
) -> Measure:
    """Return what is estimated of a variable.

    Raises
    ------
    DesignError
        When there is no such variable, it has no numbers for a mean or quantile, or no categories for shares.
    """
    if event is not None:
        if statistic not in ("share", "total"):
            message = f'`event` of `{where}` goes with `statistic="share"` or "total".'
            raise DesignError(f"{message} Got {statistic!r}.")
        listed = (event,) if isinstance(event, str) else tuple(event)
        values = outcome_of(scores, name, "binomial", listed, where).values
        return _of_two(Measure(name, statistic, values[:, None], (statistic,)))
    if statistic == "share":
        return _categories(scores, name, statistic, where)
    found = predictor_of(scores, name, None, where)
    if not found.categories:
        return _of_two(Measure(name, statistic, found.values[:, None], (statistic,)))
    if statistic == "total":
        return _categories(scores, name, statistic, where)
    message = f"{name!r} has no values for a {statistic} in `{where}`."
    raise DesignError(f'{message} Estimate the share of each category: `statistic="share"`.')


def ratio_of(scores: Scores | Responses, numerator: str, denominator: str, where: str) -> Measure:
    """Return one variable over another."""
    sides = []
    for name in (numerator, denominator):
        found = predictor_of(scores, name, None, where)
        if found.categories:
            raise DesignError(f"{name!r} has no values to compute with, and `{where}` takes the ratio of two numbers.")
        sides.append(found.values[:, None])
    return Measure(f"{numerator} / {denominator}", "ratio", sides[0], ("ratio",), below=sides[1])


def _categories(scores: Scores | Responses, name: str, statistic: str, where: str) -> Measure:
    answers = answers_of(scores, where)
    if name not in answers.frame.columns and isinstance(scores, Scores) and name in scores.scales:
        raise DesignError(f"The scale {name!r} has no categories to share out in `{where}`. Estimate its mean.")
    found = crossed_variable(answers, name, where)
    columns = (found.place[:, None] == np.arange(len(found.categories))).astype(float)
    columns[found.place < 0] = np.nan
    terms = tuple(f"{statistic}:{category}" for category in found.categories)
    return Measure(name, statistic, columns, terms, found.place, len(found.categories), labels=found.labels)


def _of_two(measure: Measure) -> Measure:
    """Return a measure that knows when its variable has two values only, so that its mean tells how many have each."""
    values = np.unique(measure.columns[np.isfinite(measure.columns)])
    if len(values) != 2 or measure.statistic == "quantile":
        return measure
    place = np.where(np.isfinite(measure.columns[:, 0]), (measure.columns[:, 0] == values[1]).astype(np.intp), -1)
    return replace(measure, place=place, width=2)


def estimates_of(measure: Measure, grid: Grid, drawn: Drawn) -> Estimates:
    """Return the estimates of all columns in all groups, group by group, with their covariance under the design."""
    groups, count, columns = grid.codes, len(grid.groups), measure.columns
    if drawn.replicates is not None:
        if measure.below is not None:
            return replicated_ratios(columns, measure.below, drawn.replicates, groups, count, mse=drawn.mse)
        make = replicated_totals if measure.statistic == "total" else replicated_means
        return make(columns, drawn.replicates, groups, count, mse=drawn.mse)
    if measure.below is not None:
        return estimated(ratios(columns, measure.below, drawn.sample, groups, count), drawn.sample)
    linear = totals if measure.statistic == "total" else means
    return estimated(linear(columns, drawn.sample, groups, count), drawn.sample)


def quantiles_of(measure: Measure, asked: Floats, grid: Grid, drawn: Drawn, conf_level: float) -> Quantiles:
    """Return quantiles with Woodruff's intervals; under replicate weights with the replicates' error of the share below."""
    y, groups, count = measure.columns[:, 0], grid.codes, len(grid.groups)
    if drawn.replicates is None:
        return quantiles(y, asked, drawn.sample, groups, count, conf_level=conf_level)
    weights, df = drawn.sample.weights, np.full(count, drawn.replicates.df)
    t = scipy.stats.t.ppf((1 + conf_level) / 2, drawn.replicates.df) if drawn.replicates.df > 0 else np.nan
    parts = [(y[groups == at], weights[groups == at]) for at in range(count)]
    found = np.array([weighted_quantiles(*part, asked) for part in parts])
    below = np.where(grid.rows[:, None], y[:, None] <= found[groups], np.nan)
    share = replicated_means(below, drawn.replicates, groups, count, mse=drawn.mse)
    middle, half = share.estimate.reshape(found.shape), t * share.std_error.reshape(found.shape)
    low = np.array([weighted_quantiles(*part, ends) for part, ends in zip(parts, middle - half, strict=True)])
    high = np.array([weighted_quantiles(*part, ends) for part, ends in zip(parts, middle + half, strict=True)])
    return Quantiles(found, low, high, (high - low) / (2 * t), df)
