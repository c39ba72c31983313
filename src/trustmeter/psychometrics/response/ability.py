"""Where each person is on the trait, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_PEOPLE, TraitMethod, check_option, check_seed, check_whole
from trustmeter.psychometrics.matrix import Items
from trustmeter.psychometrics.response.calibrate import IrtResult
from trustmeter.psychometrics.response.remarks import listed
from trustmeter.psychometrics.response.sample import Floats, Integers, as_codes, rows_to_score
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance, Result, vocabulary_frame
from trustmeter.stats.irt.information import empirical_reliability
from trustmeter.stats.irt.trait import (
    TraitScores,
    expected_scores,
    modal_scores,
    plausible_draws,
    weighted_coverage,
    weighted_scores,
)

_METHODS = {"eap": expected_scores, "map": modal_scores, "wle": weighted_scores}
_NAMES = {
    "eap": "posterior mean (EAP)",
    "map": "posterior mode (MAP)",
    "wle": "weighted likelihood (WLE)",
}
_FAIR_COVERAGE = 0.90
"""With less, the standard errors of WLE are called too small; they are asked to cover 95 %."""
_ONLY_TRAIT = "Scores are on the model's scale."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IrtScores(Result):
    """Scores of people on the trait; prints means and spread only, never a person's score.

    Parameters
    ----------
    scores
        Columns ``theta`` and ``se``, one row a person (and wave) with the index of the answers; missing where nothing was
        answered.
    """

    title: ClassVar[str] = "Scores on the trait"

    scores: pd.DataFrame


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PlausibleValues(Result):
    """Random draws of where people may be on the trait; prints means and spread only.

    Parameters
    ----------
    draws
        Columns ``pv1``, ``pv2``, …, one row a person (and wave) with the index of the answers.
    """

    title: ClassVar[str] = "Plausible values"

    draws: pd.DataFrame


def irt_scores(result: IrtResult, items: Responses | Items | None = None, *, method: TraitMethod = "eap") -> IrtScores:
    """Place each person on the trait of an item response model, with a standard error.

    Use it where sums are not comparable: people answered different items (short and long form, missing answers), or
    the error of each score matters. To compare groups, use the model's own group means (`irt` with `across`) or
    `plausible_values`: differences of EAP scores are too small.

    Parameters
    ----------
    result
        What `irt` gave.
    items
        Other answers than those the model was fitted to: Responses with the scale, or a frame with (some of) the items
        by name. They are scored as people of the first group, unless they have the grouping column as well.
    method
        ``"eap"``: posterior mean, the smallest error on average, drawn to the group's mean. ``"map"``: posterior mode.
        ``"wle"``: Warm's weighted likelihood, without a prior; nearly unbiased, for extreme people imprecise.

    Returns
    -------
    IrtScores
        ``result.scores`` is a frame with columns ``theta`` and ``se`` and the index of the answers. The table has the
        columns ``scale group term estimate n method`` and the terms ``mean``, ``sd``, ``mean_se`` and (of EAP)
        ``empirical_reliability``; suppressed about fewer than ten people.

    Raises
    ------
    DesignError
        When `items` has none of the model's items.

    Notes
    -----
    EAP and its standard error are mean and standard deviation of the posterior over the model's nodes. The standard
    error of MAP is the curvature of the log posterior, that of WLE 1 / sqrt(information). WLE solves
    l'(theta) + J / (2 I) = 0 with J = sum P' P'' / P; its standard error is too small where an item is very sharp or
    all lie on one side, which is tried by simulation from the model and noted. Uncertainty of the item parameters is not
    in the errors. An answer that nobody gave when the model was fitted counts as the nearest that was given.

    References
    ----------
    Bock, R. D., & Mislevy, R. J. (1982). Adaptive EAP estimation of ability in a microcomputer environment. Applied
    Psychological Measurement, 6(4), 431-444. doi:10.1177/014662168200600405

    Warm, T. A. (1989). Weighted likelihood estimation of ability in item response theory. Psychometrika, 54(3), 427-450.
    doi:10.1007/BF02294627

    Examples
    --------
    In R ``mirt::fscores(fit, method = "EAP", full.scores.SE = TRUE)``.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.response.calibrate import irt
    >>> from trustmeter.psychometrics.response.ability import irt_scores
    >>> rng = np.random.default_rng(3)
    >>> items = np.digitize(1.5 * rng.normal(size=(500, 1)) + rng.logistic(size=(500, 5)), [-2, 0, 2])
    >>> found = irt_scores(irt(items))
    >>> found.scores.shape, round(float(found.scores["theta"].mean()), 2)
    ((500, 2), 0.0)
    """
    check_option("method", method, TraitMethod, "irt_scores")
    rows = _rows(result, items, "irt_scores")
    found = _METHODS[method](result.fit, rows.codes, rows.groups)
    theta, error = (np.where(rows.known, one, np.nan) for one in (found.theta, found.std_error))
    table = _score_rows(result, TraitScores(theta, error), rows.groups, method)
    return IrtScores(
        table=vocabulary_frame(table),
        notes=(_ONLY_TRAIT, *(_overconfident(result, rows) if method == "wle" else ()), *rows.notes, *_small(table)),
        provenance=_provenance(result, items, int((~np.isnan(theta)).sum()), method=method),
        scores=pd.DataFrame({"theta": theta, "se": error}, index=rows.index),
    )


def plausible_values(
    result: IrtResult,
    items: Responses | Items | None = None,
    *,
    draws: int = 5,
    seed: int | np.random.Generator | None = None,
) -> PlausibleValues:
    """Draw where people may be on the trait, so that groups can be compared without the error of scores.

    Use it to estimate means, spreads and relations in a population: do each analysis once a draw and pool by Rubin's
    rules. Not for statements about one person.

    Parameters
    ----------
    result
        What `irt` gave.
    items
        As of `irt_scores`.
    draws
        How many values a person; with 1 the table has no standard error.
    seed
        Makes the draws repeatable.

    Returns
    -------
    PlausibleValues
        ``result.draws`` is a frame with columns ``pv1``, ``pv2``, … and the index of the answers. The table has the columns
        ``scale group term estimate std_error n method`` and the terms ``mean`` (pooled, with Rubin's standard error) and
        ``variance``.

    Raises
    ------
    DesignError
        When `items` has none of the model's items.

    Notes
    -----
    Values come from each person's posterior given the answers and the group that the model knows, on a grid four times
    finer than the model's. Relations with anything else that the model does not know are drawn towards zero; groups to
    be compared belong in `irt(..., across=...)`. Item parameters are taken as known.

    References
    ----------
    Mislevy, R. J. (1991). Randomization-based inference about latent variables from complex samples. Psychometrika,
    56(2), 177-196. doi:10.1007/BF02294457

    Examples
    --------
    In R ``mirt::fscores(fit, plausible.draws = 5)``.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.response.calibrate import irt
    >>> from trustmeter.psychometrics.response.ability import plausible_values
    >>> rng = np.random.default_rng(3)
    >>> items = np.digitize(1.5 * rng.normal(size=(500, 1)) + rng.logistic(size=(500, 5)), [-2, 0, 2])
    >>> plausible_values(irt(items), draws=3, seed=1).draws.shape
    (500, 3)
    """
    check_whole("draws", draws, 1, "plausible_values")
    check_seed(seed, "plausible_values")
    rows = _rows(result, items, "plausible_values")
    found = plausible_draws(result.fit, rows.codes, draws, np.random.default_rng(seed), rows.groups)
    found[~rows.known] = np.nan
    table = _draw_rows(result, found, rows.groups)
    alike = ["The standard errors take people as drawn one by one."] if result.sample.clusters is not None else []
    if draws == 1:
        alike = [
            "One draw has no standard error: how much draws differ among themselves is part of it. Take five or more."
        ]
    return PlausibleValues(
        table=vocabulary_frame(table),
        notes=(_ONLY_TRAIT, *rows.notes, *alike, *_small(table)),
        provenance=_provenance(
            result,
            items,
            int((~np.isnan(found[:, 0])).sum()),
            draws=draws,
            seed=seed if isinstance(seed, int) else None,
        ),
        draws=pd.DataFrame(found, columns=[f"pv{number + 1}" for number in range(draws)], index=rows.index),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    codes: Integers
    groups: Integers
    known: np.ndarray[Any, np.dtype[np.bool_]]
    index: pd.Index[Any]
    notes: tuple[str, ...]


def _rows(result: IrtResult, items: object, where: str) -> _Rows:
    """Return the rows to be scored in the model's items; rows of an unknown group have no score."""
    if not isinstance(result, IrtResult):
        raise DesignError(f"`{where}` takes the result of `irt`. Got {type(result).__name__}.")
    said = []
    if items is None:
        answers, groups, index = result.sample.answers, result.sample.groups, result.sample.index
    else:
        across = result.provenance.options.get("across")
        answers, groups, index, absent = rows_to_score(items, result.sample, across, where)
        if absent:
            said.append(f"Not among the answers, so scored without: {listed(absent)}.")
    codes, strange = as_codes(answers, result.values)
    if strange:
        said.append("Answers that nobody gave when the model was fitted count as the nearest that was given.")
    if len(result.groups) > 1:
        said.append("The prior of each person is the group's own distribution.")
    if (groups < 0).any():
        said.append("Rows of no known group have no score.")
    if result.sample.weights is not None:
        said.append("The table describes the rows as they are, without weights.")
    return _Rows(codes, np.maximum(groups, 0), groups >= 0, index, tuple(said))


def _overconfident(result: IrtResult, rows: _Rows) -> list[str]:
    """Return the note on standard errors of WLE that are too small, tried on people simulated from the model."""
    share = weighted_coverage(result.fit, rows.codes, rows.groups)
    if not share < _FAIR_COVERAGE:
        return []
    tried = f"of people simulated from this model, {share:.0%} lie within 1.96 se of their score instead of 95 %"
    return [
        f"The standard errors of WLE are too small here: {tried} (very sharp or one-sided items). Use `method='eap'`."
    ]


def _score_rows(result: IrtResult, scores: TraitScores, groups: Integers, method: str) -> list[dict[str, Any]]:
    rows = []
    for number, label in enumerate(result.groups):
        there = (groups == number) & ~np.isnan(scores.theta)
        theta, error = scores.theta[there], scores.std_error[there]
        few = len(theta) < FEWEST_PEOPLE
        values = {"mean": np.nan, "sd": np.nan, "mean_se": np.nan}
        if not few:
            values = {"mean": theta.mean(), "sd": theta.std(ddof=1), "mean_se": error[np.isfinite(error)].mean()}
        if method == "eap":
            values["empirical_reliability"] = np.nan if few else empirical_reliability(TraitScores(theta, error))
        rows += [
            {"scale": result.sample.scale, "group": label, "term": term, "estimate": float(value),
             "n": None if few else len(theta), "method": _NAMES[method], "suppressed": few}
            for term, value in values.items()
        ]  # fmt: skip
    return rows


def _draw_rows(result: IrtResult, draws: Floats, groups: Integers) -> list[dict[str, Any]]:
    rows = []
    for number, label in enumerate(result.groups):
        own = draws[(groups == number) & ~np.isnan(draws[:, 0])]
        few = len(own) < FEWEST_PEOPLE
        mean = variance = error = np.nan
        if not few:
            means, variances = own.mean(axis=0), own.var(axis=0, ddof=1)
            between = means.var(ddof=1) * (1 + 1 / len(means)) if len(means) > 1 else np.nan
            mean, variance = float(means.mean()), float(variances.mean())
            error = float(np.sqrt(variance / len(own) + between))
        rows += [
            {"scale": result.sample.scale, "group": label, "term": term, "estimate": value, "std_error": spread,
             "n": None if few else len(own), "method": f"{draws.shape[1]} plausible values", "suppressed": few}
            for term, value, spread in (("mean", mean, error), ("variance", variance, np.nan))
        ]  # fmt: skip
    return rows


def _small(rows: list[dict[str, Any]]) -> list[str]:
    return [f"Not shown about fewer than {FEWEST_PEOPLE} people."] if any(row["suppressed"] for row in rows) else []


def _provenance(result: IrtResult, items: object, used: int, **options: Any) -> Provenance:
    options = {**result.provenance.options, **options}
    if items is None:
        return replace(result.provenance, options=options, rows_used=used)
    ground = items.provenance(**options) if isinstance(items, Responses) else Provenance(options=options)
    return replace(ground, rows_used=used, simulated=ground.simulated or result.simulated)
