"""Replicate weights made from a design, and the error of any number that an analyst computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, TrustmeterError
from trustmeter.estimation.drawn import Drawn, answers_of, drawn_people
from trustmeter.estimation.result import SurveyEstimates
from trustmeter.options import ReplicateMethod, check_conf_level, check_option, check_seed, check_whole
from trustmeter.responses.design import Calibration, Replicates, SurveyDesign
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey import replicates as making
from trustmeter.stats.survey.influence import Estimates, intervals
from trustmeter.stats.survey.replication import varied
from trustmeter.stats.survey.sample import Sample, reweighted
from trustmeter.stats.weighting.calibration import calibrate
from trustmeter.stats.weighting.raking import rake

Floats = NDArray[np.float64]
Answers = TypeVar("Answers", Responses, Scores)
MOST_WEIGHTS = 60_000_000
"""Half a gigabyte of rows times replicates."""


def make_replicates(
    answers: Answers,
    method: ReplicateMethod = "bootstrap",
    *,
    replicates: int = 500,
    rho: float = 0.5,
    seed: Any = None,
    prefix: str = "replicate",
) -> Answers:
    """Make replicate weights from the strata and clusters of the design.

    Use it for numbers that no verb here estimates (`replicate_estimate`), and to hand a file on without naming strata and
    clusters. Weights that meet known margins are brought to them again in every replicate.

    Parameters
    ----------
    answers
        Responses, or scores made of them.
    method
        ``"bootstrap"`` (any design; right for quantiles, too), ``"jk1"`` (one stratum) and ``"jkn"`` leave out one cluster at
        a time, ``"brr"`` and ``"fay"`` take half samples (an even number of clusters in each stratum).
    replicates
        How many are drawn; with ``"bootstrap"`` only. The others need as many as there are.
    rho
        With ``"fay"`` only: which part of its weight the other half keeps, from 0 to below 1.
    seed
        Of the draws.
    prefix
        How the new columns are called: ``"replicate_1"``, ``"replicate_2"``, …

    Returns
    -------
    Responses or Scores
        With the columns of weights, and a design of these in place of strata, clusters, population and margins; it keeps the
        degrees of freedom.

    Raises
    ------
    DesignError
        When the design has replicates already or does not suit the method, or a column is there already.
    EstimationError
        When margins cannot be met in a replicate, because nobody of a category is in it.

    Notes
    -----
    Bootstrap: of n clusters of a stratum n - 1 are drawn with replacement (Rao, Wu and Yue 1992); where the design knows the
    finite population, n out of a made population (Canty and Davison 1999). The variance of an estimate is ``scale`` times the
    sum of ``rscales`` times squared deviations from the estimate of the whole sample. Calibration (`calibrate`) is repeated by
    its exponential form without bounds, which is right in large samples. Weights for people who did not answer stay as they
    are. In R: ``survey::as.svrepdesign(design, type=..., mse=TRUE)``.

    Replicate weights tell which rows were drawn together: treat them as you treat the clusters' names.

    References
    ----------
    Canty, A. J., & Davison, A. C. (1999). Resampling-based variance estimation for labour force surveys. The Statistician,
    48(3), 379-391. doi:10.1111/1467-9884.00196

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 300, seed=1)
    >>> made = tm.make_replicates(answers, replicates=50, seed=1)
    >>> len(made.design.replicates.columns)
    50
    """
    where = "make_replicates"
    check_option("method", method, ReplicateMethod, where)
    check_whole("replicates", replicates, 2, where)
    check_seed(seed, where)
    responses = answers_of(answers, where)
    design = responses.design or SurveyDesign()
    if design.replicates is not None:
        message = f"The design has replicate weights already, and `{where}` makes them from strata and clusters."
        raise DesignError(f"{message} Use them as they are.")
    sample = drawn_people(responses, where).sample
    if len(responses) * replicates > MOST_WEIGHTS and method == "bootstrap":
        raise DesignError(f"{replicates} replicates of {len(responses)} rows need too much memory. Draw fewer.")
    made = _made(_uncalibrated(sample, design), method, replicates, rho, seed)
    whole = making.combined_weights(made)
    if design.calibration:
        whole = np.column_stack([_met_again(one, design.calibration, sample.weights) for one in whole.T])
    columns = tuple(f"{prefix}_{place + 1}" for place in range(whole.shape[1]))
    _check_names(responses, columns, where)
    rscales = () if (made.rscales == 1).all() else tuple(float(one) for one in made.rscales)
    told = Replicates(columns, method, float(made.scale), rscales, mse=True, df=max(made.df, 1))
    new = SurveyDesign(weights=design.weights, replicates=told, lonely_psu=design.lonely_psu, narrowed=design.narrowed)
    return _with_columns(answers, responses, pd.DataFrame(whole, columns=list(columns)), new)


def replicate_estimate(
    answers: Answers, statistic: Callable[[Answers], Any], *, conf_level: float = 0.95
) -> SurveyEstimates:
    """Estimate any number of the population, with the error that replicate weights give it.

    Use it for numbers that no verb here estimates under the design: a difference of medians, a coefficient, an index of
    one's own.

    Parameters
    ----------
    answers
        Responses or scores whose design has replicate weights: those of the data, or from `make_replicates`.
    statistic
        A function of such answers, whose design then has plain weights (those of the sample, then of each replicate in turn):
        it must use them. It returns a number, or several by name, or the same number of them each time.
    conf_level
        Of the intervals.

    Returns
    -------
    SurveyEstimates
        Columns ``term estimate std_error df ci_low ci_high n method``: a row a number, called by its name.

    Raises
    ------
    DesignError
        When the design has no replicate weights, or the function returns something else.
    EstimationError
        When the function gives no number for a replicate.

    Notes
    -----
    scale * sum of rscales_r (theta_r - theta)^2. A jackknife does not know the error of what jumps, such as a median: draw a
    bootstrap for these. In R: ``survey::withReplicates``.

    References
    ----------
    Rao, J. N. K., Wu, C. F. J., & Yue, K. (1992). Some recent work on resampling methods for complex surveys. Survey
    Methodology, 18(2), 209-217.

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 300, seed=1)
    >>> made = tm.make_replicates(answers, replicates=50, seed=1)
    >>> found = tm.replicate_estimate(made, lambda one: tm.estimate(one, "TR01", wave="after").value("mean"))
    >>> bool(found.value(column="std_error") > 0)
    True
    """
    where = "replicate_estimate"
    check_conf_level(conf_level, where)
    responses = answers_of(answers, where)
    design = responses.design
    if design is None or design.replicates is None:
        message = f"`{where}` needs replicate weights, and the design of the answers has none."
        raise DesignError(f"{message} Make them: `make_replicates(answers, seed=1)`.")
    if not callable(statistic):
        raise DesignError(
            f"The `statistic` of `{where}` must be a function of answers. Got {type(statistic).__name__}."
        )
    drawn = drawn_people(responses, where)
    drawn.check_people(drawn.sample.weights > 0, "a weight", where)
    names, found = _varied(answers, design, statistic, drawn)
    options = {"statistic": getattr(statistic, "__name__", "own"), "conf_level": conf_level}
    return _result(responses, drawn, names, found, options)


def _result(
    answers: Responses, drawn: Drawn, names: list[str], found: Estimates, options: dict[str, Any]
) -> SurveyEstimates:
    everybody, conf_level = drawn.sample.weights > 0, options["conf_level"]
    low, high = intervals(found, conf_level)
    ground = {"n": int(everybody.sum()), "method": drawn.how}
    rows = [
        {"term": name, "estimate": found.estimate[at], "std_error": found.std_error[at], "df": found.df[at],
         "ci_low": low[at], "ci_high": high[at], **ground}
        for at, name in enumerate(names)
    ]  # fmt: skip
    keys = pd.MultiIndex.from_product([[""], names], names=["group", "term"])
    return SurveyEstimates(
        table=vocabulary_frame(rows), notes=(*drawn.notes, *drawn.ground_notes(everybody, found.df_joint), _OWN),
        provenance=answers.provenance(**options), variable="", statistic="own",
        covariance=pd.DataFrame(found.covariance, keys, keys), df_joint=found.df_joint, conf_level=conf_level,
    )  # fmt: skip


_OWN = (
    "The numbers come from a function of the analyst: that they use the weights, and are about ten people or more, was not"
    " looked at here."
)


def _uncalibrated(sample: Sample, design: SurveyDesign) -> Sample:
    """Return the sample with the weights that it had before margins were met."""
    if not design.calibration:
        return sample
    return replace(reweighted(sample, design.calibration[0].before), calibration=())


def _made(sample: Sample, method: ReplicateMethod, draws: int, rho: float, seed: Any) -> making.Replicates:
    if method == "jk1":
        return making.jackknife_unstratified(sample)
    if method == "jkn":
        return making.jackknife_stratified(sample)
    if method in ("brr", "fay"):
        return making.half_samples(sample, rho=rho if method == "fay" else 0.0)
    start = int(np.random.default_rng(seed).integers(2**31))
    make = making.population_bootstrap if np.isfinite(sample.population).all() else making.rescaled_bootstrap
    return make(sample, draws=draws, seed=start)


def _met_again(weights: Floats, steps: tuple[Calibration, ...], final: Floats) -> Floats:
    """Return weights of a replicate after each step met its margins again: the totals that the sample's weights meet."""
    after = [*(step.before for step in steps[1:]), final]
    for step, met in zip(steps, after, strict=True):
        start = weights * (met.sum() / weights.sum())
        if step.auxiliaries is None:
            targets = [np.bincount(codes, met).astype(float) for codes in step.categories]
            raked = rake(step.categories, targets, start)
            factors, done = raked.factors, raked.converged
        else:
            found = calibrate(step.auxiliaries, step.auxiliaries.T @ met, start, method="raking")
            factors, done = found.factors, found.converged
        if not done:
            message = (
                f"The margins ({', '.join(step.margins)}) cannot be met in some replicate: a category is empty there."
            )
            raise EstimationError(f"{message} Put small categories together before weighting, or use Fay's method.")
        weights = np.asarray(start * factors)
    return weights


def _check_names(answers: Responses, columns: tuple[str, ...], where: str) -> None:
    taken = {*answers.frame.columns, *(item.id for item in answers.questionnaire.items)}
    twice = next((name for name in columns if name in taken), None)
    if twice is not None:
        raise DesignError(f"The answers have a column {twice!r} already. Name others in `{where}`: `prefix=...`.")


def _with_columns(answers: Answers, responses: Responses, new: pd.DataFrame, design: SurveyDesign) -> Answers:
    """Return answers with further kept columns and another design."""
    place = len(responses.roles.columns)
    roles = replace(responses.roles, kept=(*responses.roles.kept, *new.columns))

    def joined(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([frame.iloc[:, :place], new.set_axis(frame.index), frame.iloc[:, place:]], axis=1)

    made = replace(responses, frame=joined(responses.frame), roles=roles, design=design)
    return replace(answers, frame=joined(answers.frame), answers=made) if isinstance(answers, Scores) else made


def _varied(
    answers: Answers, design: SurveyDesign, statistic: Callable[[Answers], Any], drawn: Drawn
) -> tuple[list[str], Estimates]:
    """Return the names and the estimates of what a function makes of the weights and of each replicate."""
    replicates = drawn.replicates
    if replicates is None or design.replicates is None:
        raise DesignError("`replicate_estimate` needs replicate weights.")
    names, full = _numbers(statistic(answers.with_design(SurveyDesign(weights=design.weights))))
    each = []
    for place, column in enumerate(design.replicates.columns):
        try:
            found, numbers = _numbers(statistic(answers.with_design(SurveyDesign(weights=column))))
        except TrustmeterError as error:
            raise EstimationError(f"The function fails in replicate {place + 1}: {error}") from error
        if found != names:
            raise DesignError(
                f"The function gives other names or counts in replicate {place + 1}. It must give the same."
            )
        each.append(numbers)
    return names, varied(full, np.array(each), replicates, mse=drawn.mse)


def _numbers(found: Any) -> tuple[list[str], Floats]:
    if isinstance(found, Result):
        raise DesignError("The function must give numbers, not a result. Take one: `.value(...)`.")
    if isinstance(found, pd.Series):
        found = {str(name): value for name, value in found.items()}
    names = [str(name) for name in found] if isinstance(found, Mapping) else None
    try:
        numbers = np.atleast_1d(np.asarray(list(found.values()) if isinstance(found, Mapping) else found, dtype=float))
    except (TypeError, ValueError):
        raise DesignError(f"The function must give a number, or numbers by name. Got {type(found).__name__}.") from None
    if numbers.ndim != 1 or not numbers.size:
        raise DesignError("The function must give a number, or one list of numbers.")
    if names is None:
        names = ["estimate"] if numbers.size == 1 else [f"estimate_{place + 1}" for place in range(numbers.size)]
    return names, numbers
