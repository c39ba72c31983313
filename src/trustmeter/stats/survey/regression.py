"""How does an outcome go with predictors in the population? Regression whose errors know how people were drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.options import RegressionFamily
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.logit import fit_logit
from trustmeter.stats.ordinal_regression import fit_proportional_odds
from trustmeter.stats.survey.linearisation import covariance_of_totals
from trustmeter.stats.survey.replicates import Replicates, combined_weights
from trustmeter.stats.survey.replication import varied
from trustmeter.stats.survey.sample import Booleans, Sample, degrees_of_freedom

_ITERATIONS = 100
_HALVINGS = 40
_DECREMENT = 1e-20
"""Newton's method stops when a step would raise the log-likelihood, relative to its size, by less."""
_LAST_STEP = 1e-9
"""Refits stop when no coefficient moves by more, relative to the largest: the next step would be below rounding."""
_SINGULAR = 1e-12
_SUSPICIOUS = 12.0
"""A linear predictor that much below the others calls for the exact check of counts that are all zero."""
_CELLS = 4_000_000
"""Refits are done so many rows times replicates at once."""


@dataclass(frozen=True, slots=True)
class PointFit:
    """A weighted fit to n rows, before anything is known of its error.

    Parameters
    ----------
    coefficients
        Shape (p,).
    influence
        Shape (n, p): what each row adds to the coefficients, before its weight; weighted, it sums to zero.
    """

    coefficients: Floats
    influence: Floats


@dataclass(frozen=True, slots=True)
class SurveyRegression:
    """A regression with p coefficients, and how sure they are.

    Parameters
    ----------
    coefficients
        Shape (p,).
    covariance
        Shape (p, p).
    df
        Degrees of freedom of the design, plus 1, minus p (thresholds counted as one).
    n
        Rows of positive weight that it rests on.
    """

    coefficients: Floats
    covariance: Floats
    df: int
    n: int

    @property
    def std_errors(self) -> Floats:
        """Shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


@dataclass(frozen=True, slots=True)
class WaldTest:
    """Several coefficients held against zero together: F with `df` and `residual_df` degrees of freedom."""

    statistic: float
    df: int
    residual_df: int
    p_value: float


def regression_of_sample(
    y: Floats, x: Floats, sample: Sample, family: RegressionFamily = "gaussian", *, domain: Booleans | None = None
) -> SurveyRegression:
    """Fit a weighted regression; its covariance is that between the sample's clusters.

    Parameters
    ----------
    y
        Shape (n,): the outcome; zeros and ones for ``"binomial"``, counts of 0 or more for ``"poisson"``, the answers 0, 1,
        …, m - 1 for ``"ordinal"``.
    x
        Shape (n, p): predictors, with a column of ones where a constant is wanted. For ``"ordinal"`` the first column must
        be ones; m - 1 thresholds take its place, before the p - 1 slopes.
    sample
        Shape n.
    domain
        Shape (n,): the rows that are regressed (values of others may be missing); all when None. The others still tell
        how many clusters were drawn.

    Raises
    ------
    EstimationError
        Too few clusters for so many coefficients; predictors that are collinear, or part the outcomes without overlap.

    Notes
    -----
    Binder, D. A. (1983), doi:10.2307/1402588: the coefficients solve the weighted score equations, and move as the
    total of the scores times the inverse of the information. Fuller, W. A. (1975), "Regression analysis for sample
    survey", Sankhya C 37; Lumley, T. and Scott, A. (2017), doi:10.1214/16-STS605.
    """
    used = sample.weights > 0 if domain is None else (sample.weights > 0) & domain
    df = residual_df(degrees_of_freedom(sample, used), x.shape[1])
    fit = fit_weighted(y[used], x[used], sample.weights[used], family)
    influence = np.zeros((len(x), fit.coefficients.size))
    influence[used] = fit.influence
    return SurveyRegression(fit.coefficients, covariance_of_totals(influence, sample), df, int(used.sum()))


def regression_of_replicates(
    y: Floats,
    x: Floats,
    replicates: Replicates,
    family: RegressionFamily = "gaussian",
    *,
    domain: Booleans | None = None,
    mse: bool = False,
) -> SurveyRegression:
    """Fit a weighted regression, and again with each replicate's weights; arguments as in `regression_of_sample`.

    Parameters
    ----------
    replicates
        Weights of n rows.
    mse
        Whether deviations are from the coefficients of the whole sample; from the replicates' mean when False.

    Raises
    ------
    EstimationError
        As `regression_of_sample`, and when a replicate has no coefficients.
    """
    used = replicates.weights > 0 if domain is None else (replicates.weights > 0) & domain
    df = residual_df(replicates.df, x.shape[1])
    fit = fit_weighted(y[used], x[used], replicates.weights[used], family)
    each = refits(y[used], x[used], combined_weights(replicates)[used], fit.coefficients, family)
    covariance = varied(fit.coefficients, each, replicates, mse=mse).covariance
    return SurveyRegression(fit.coefficients, covariance, df, int(used.sum()))


def residual_df(design_df: int, p: int) -> int:
    """Return the degrees of freedom that p coefficients leave, or refuse when none are left."""
    df = design_df + 1 - p
    if df < 1:
        raise EstimationError(
            f"{p} coefficients cannot be held against a design with {design_df} degrees of freedom (clusters minus strata):"
            f" {df} would be left, and at least 1 is needed. Use fewer predictors, or coarser ones."
        )
    return df


def fit_weighted(y: Floats, x: Floats, weights: Floats, family: RegressionFamily) -> PointFit:
    """Return the weighted fit to rows of positive weight, with the influence of each.

    Raises
    ------
    EstimationError
        The outcome does not suit the family; predictors are collinear, or part the outcomes without overlap.
    """
    if np.linalg.matrix_rank(x / np.maximum(np.abs(x).max(axis=0), 1e-300)) < x.shape[1]:
        raise EstimationError("The predictors are collinear: one of them follows from the others. Leave one out.")
    if family == "ordinal":
        odds = fit_proportional_odds(y.astype(np.int64), x[:, 1:], weights=weights)
        b = np.concatenate([odds.thresholds, odds.slopes])
        return PointFit(b, odds.influence / weights[:, None])
    if family == "binomial":
        logit = fit_logit(y, x, weights=weights)
        return PointFit(logit.coefficients, (y - logit.fitted)[:, None] * (x @ logit.covariance))
    b = _climbed(y, x, weights) if family == "poisson" else _least_squares(y, x, weights)
    mean, slope = _means(family)(x @ b)
    bread = np.linalg.inv(x.T @ ((weights * slope)[:, None] * x))
    return PointFit(b, (y - mean)[:, None] * (x @ bread))


def refits(y: Floats, x: Floats, replicates: Floats, start: Floats, family: RegressionFamily) -> Floats:
    """Return the coefficients (R, p) under each of R replicate weights, from those of the whole sample on.

    Ordered answers are fitted anew, replicate by replicate.

    Parameters
    ----------
    y, x
        Shapes (n,) and (n, p).
    replicates
        Shape (n, R): weights.
    start
        Shape (p,).

    Raises
    ------
    EstimationError
        In some replicate the predictors are collinear or part the outcomes, so that it has no coefficients.
    """
    if family == "ordinal":
        return np.array([_ordinal_refit(y, x, weights) for weights in replicates.T])
    width = max(1, _CELLS // max(len(x), 1))
    parts = [
        _refitted(y, x, replicates[:, first : first + width], start, family)
        for first in range(0, replicates.shape[1], width)
    ]
    return np.vstack(parts)


def _ordinal_refit(y: Floats, x: Floats, weights: Floats) -> Floats:
    there = weights > 0
    if len(np.unique(y[there])) < len(np.unique(y)):
        raise EstimationError(
            "In some replicate nobody gave one of the answers, so that it has no thresholds. Join answers that are rare."
        )
    return fit_weighted(y[there], x[there], weights[there], "ordinal").coefficients


def wald_test(fit: SurveyRegression, columns: Integers | list[int]) -> WaldTest:
    """Return the Wald test that the coefficients at `columns` are all zero."""
    chosen = np.asarray(columns)
    covariance = fit.covariance[np.ix_(chosen, chosen)]
    statistic = float(fit.coefficients[chosen] @ _solved(covariance, fit.coefficients[chosen])) / len(chosen)
    return WaldTest(statistic, len(chosen), fit.df, float(scipy.stats.f.sf(statistic, len(chosen), fit.df)))


def _solved(covariance: Floats, right: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    scaled = covariance / np.outer(scale, scale)
    if not np.linalg.eigvalsh(scaled)[0] > _SINGULAR:
        raise EstimationError(
            "The covariance of the coefficients is singular, so that they cannot be tested together. Test fewer of them."
        )
    return np.asarray(np.linalg.solve(scaled, right / scale) / scale)


def _means(family: RegressionFamily) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Return the function from linear predictors to means and their derivatives."""
    if family == "gaussian":
        return lambda eta: (eta, np.ones_like(eta))
    if family == "poisson":
        return lambda eta: (np.exp(eta), np.exp(eta))
    return lambda eta: (scipy.special.expit(eta), scipy.special.expit(eta) * scipy.special.expit(-eta))


def _least_squares(y: Floats, x: Floats, weights: Floats) -> Floats:
    root = np.sqrt(weights / weights.mean())
    return np.asarray(np.linalg.lstsq(root[:, None] * x, root * y, rcond=None)[0])


def _climbed(y: Floats, x: Floats, weights: Floats) -> Floats:
    """Return the coefficients at the top of the weighted Poisson likelihood."""
    if y.min() < 0 or not y.max() > 0:
        raise EstimationError("A regression of counts needs an outcome of 0 or more that is not 0 for everybody.")
    w = weights / weights.mean()
    b = _least_squares(np.log(y + 0.1) + y / (y + 0.1) - 1, x, w * (y + 0.1))
    value, rested = _log_likelihood(y, w, x @ b), False
    for _ in range(_ITERATIONS):
        mean = np.exp(x @ b)
        gradient = x.T @ (w * (y - mean))
        step = np.linalg.lstsq(x.T @ ((w * mean)[:, None] * x), gradient, rcond=None)[0]
        if float(gradient @ step) <= _DECREMENT * max(abs(value), 1e-10):
            rested = True
            break
        for _ in range(_HALVINGS):
            reached = _log_likelihood(y, w, x @ (b + step))
            if reached >= value - 1e-12 * abs(value):
                break
            step = step / 2
        else:
            rested = True
            break
        b, value = b + step, reached
    eta = x @ b
    if not rested or float(np.log(np.average(y, weights=w)) - eta.min()) > _SUSPICIOUS:
        _refuse_empty(y, x, rested)
    return b


def _log_likelihood(y: Floats, w: Floats, eta: Floats) -> float:
    with np.errstate(over="ignore"):
        return float(w @ (y * eta - np.exp(eta)))


def _refuse_empty(y: Floats, x: Floats, rested: bool) -> None:
    """Raise when some direction leaves all rows with counts alone and lowers only rows that count zero."""
    free = scipy.linalg.null_space(x[y > 0] / np.abs(x).max(axis=0))
    if free.shape[1]:
        zeros = (x[y == 0] / np.abs(x).max(axis=0)) @ free
        found = scipy.optimize.linprog(
            zeros.mean(axis=0), A_ub=zeros, b_ub=np.zeros(len(zeros)), bounds=(-1, 1), method="highs"
        )
        if found.status == 0 and found.fun < -1e-9:
            raise EstimationError(
                "Some predictor marks people whose counts are all zero, so that its coefficient heads for minus infinity; use"
                " fewer or coarser predictors."
            )
    if not rested:
        raise EstimationError(f"The regression did not come to rest within {_ITERATIONS} steps.")


def _refitted(y: Floats, x: Floats, weights: Floats, start: Floats, family: RegressionFamily) -> Floats:
    """Return the coefficients (R, p) by Newton steps in all replicates at once."""
    outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    weights = weights / np.maximum(weights.mean(axis=0), 1e-300)
    b: Floats = np.tile(start, (weights.shape[1], 1))
    means, p = _means(family), x.shape[1]
    for _ in range(_ITERATIONS):
        with np.errstate(over="ignore", invalid="ignore"):
            mean, slope = means(x @ b.T)
            gradient = (weights * (y[:, None] - mean)).T @ x
            information = ((weights * slope).T @ outer).reshape(-1, p, p)
        scale = np.sqrt(np.maximum(np.einsum("rii->ri", information), 1e-300))
        scaled = information / (scale[:, :, None] * scale[:, None, :])
        if not np.isfinite(scaled).all() or not (np.linalg.eigvalsh(scaled)[:, 0] > _SINGULAR).all():
            break
        step = np.linalg.solve(scaled, (gradient / scale)[:, :, None])[:, :, 0] / scale
        b = b + step
        if (np.abs(step).max(axis=1) <= _LAST_STEP * np.maximum(np.abs(b).max(axis=1), 1e-3)).all():
            return b
    raise EstimationError(
        "In some replicate the predictors are collinear or part the outcomes, so that it has no coefficients. Use fewer"
        " or coarser predictors."
    )
