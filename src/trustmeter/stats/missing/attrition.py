"""Who was not seen again, and what follows when those seen are weighted to stand for all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers, cluster_sums
from trustmeter.stats.logit import LogitFit, fit_logit

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Balance:
    """Those seen again against those not, for each of p covariates; arrays of shape (p,).

    Parameters
    ----------
    seen_means, unseen_means, all_means
        Weighted means.
    differences
        (seen - unseen) / root of the mean of both variances; nan where neither varies.
    weighted_differences
        (seen and weighted for response - all) / standard deviation among all: what the weights leave.
    unweighted_differences
        (seen - all) / standard deviation among all: what they started from.
    """

    seen_means: Floats
    unseen_means: Floats
    all_means: Floats
    differences: Floats
    weighted_differences: Floats
    unweighted_differences: Floats


@dataclass(frozen=True, slots=True)
class ResponseWeights:
    """The model of being seen again, and the weights it gives.

    Parameters
    ----------
    fit
        Logistic regression; its first coefficient is the constant.
    propensities
        Shape (n,).
    weights
        Shape (n,): survey weight times (share seen / propensity), trimmed; zero for people not seen; they add up to
        the survey weights of those seen.
    trimmed
        Rows whose factor was cut.
    factor_limits
        The lowest and highest factor allowed.
    auc
        How well the model tells those seen from those not (0.5 not at all).
    n_effective
        Kish's effective number of people seen.
    """

    fit: LogitFit
    propensities: Floats
    weights: Floats
    trimmed: Flags
    factor_limits: tuple[float, float]
    auc: float
    n_effective: float


@dataclass(frozen=True, slots=True)
class WeightedChange:
    """A mean with a standard error that allows for the estimated weights.

    Parameters
    ----------
    estimate, std_error, df, low, high
        The mean and its t interval.
    fixed_error
        The standard error that takes the weights as given; usually larger.
    influence
        Shape (n,): what each row, seen or not, adds to the estimate.
    """

    estimate: float
    std_error: float
    df: float
    low: float
    high: float
    fixed_error: float
    influence: Floats


def response_weights(
    seen: Flags, covariates: Floats, weights: Floats | None = None, trim: float = 0.01
) -> ResponseWeights:
    """Return inverse-probability weights for people seen again.

    Parameters
    ----------
    seen
        Shape (n,).
    covariates
        Shape (n, p), complete, without a constant.
    weights
        Survey weights (n,).
    trim
        Factors of those seen are cut at their quantiles `trim` and 1 - `trim`; zero cuts nothing.

    Notes
    -----
    Factors are stabilised: share seen / propensity (Robins, Hernan and Brumback 2000,
    doi:10.1097/00001648-200009000-00011). Right when being seen depends on nothing but the covariates.
    """
    base = np.ones(len(seen)) if weights is None else np.asarray(weights, dtype=float)
    if int(seen.sum()) < 3 or seen.all():
        raise EstimationError(
            f"Weights for response need people seen again and people not. Got {int(seen.sum())} of {len(seen)} seen."
        )
    x = np.column_stack([np.ones(len(seen)), covariates])
    relative = base / base.mean()
    fit = fit_logit(seen.astype(float), x, weights=relative)
    share = float(base @ seen / base.sum())
    factors = share / fit.fitted
    low, high = np.quantile(factors[seen], [trim, 1 - trim]) if trim > 0 else (0.0, math.inf)
    cut = seen & ((factors < low) | (factors > high))
    kept = np.where(seen, np.clip(factors, low, high) * base, 0.0)
    kept *= base[seen].sum() / kept.sum()
    effective = float(kept.sum() ** 2 / (kept @ kept))
    return ResponseWeights(
        fit, fit.fitted, kept, cut, (float(low), float(high)), area_under_curve(fit.fitted, seen, base), effective
    )


def weighted_change(
    change: Floats,
    covariates: Floats,
    model: ResponseWeights,
    *,
    weights: Floats | None = None,
    clusters: Integers | None = None,
    conf_level: float = 0.95,
) -> WeightedChange:
    """Return the mean change of all people from those seen, weighted for response.

    Parameters
    ----------
    change
        Shape (n,), nan for people not seen.
    covariates, weights
        As given to `response_weights`.
    clusters
        Codes (n,).

    Notes
    -----
    Influence of a row: w (change - mean) / sum w, plus the derivative of the mean by the model's coefficients times the
    row's influence on them (Lunceford and Davidian 2004, doi:10.1002/sim.1903). Factors cut by trimming do not move with the
    coefficients; the limits count as given. t on people seen less one, or clusters less one, degrees.
    """
    seen = ~np.isnan(change)
    w = model.weights
    total = float(w.sum())
    y = np.where(seen, change, 0.0)
    mean = float(w @ y) / total
    direct = w * (y - mean) / total
    x = np.column_stack([np.ones(len(change)), covariates])
    moving = np.where(model.trimmed, 0.0, direct) * (1 - model.propensities)
    influence = direct - model.fit.influence @ (x.T @ moving)
    errors = [_error(part, seen, clusters) for part in (influence, direct)]
    df = float(int(seen.sum()) if clusters is None else int(clusters.max()) + 1) - 1
    margin = float(scipy.special.stdtrit(df, (1 + conf_level) / 2)) * errors[0]
    return WeightedChange(mean, errors[0], df, mean - margin, mean + margin, errors[1], influence)


def balance(seen: Flags, covariates: Floats, model: ResponseWeights, weights: Floats | None = None) -> Balance:
    """Return how those seen differ from those not, and what weighting leaves of it."""
    base = np.ones(len(seen)) if weights is None else np.asarray(weights, dtype=float)
    stay, stay_var = _moments(covariates, base * seen)
    left, left_var = _moments(covariates, base * ~seen)
    everyone, spread = _moments(covariates, base)
    again, _ = _moments(covariates, model.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Balance(
            stay, left, everyone, (stay - left) / np.sqrt((stay_var + left_var) / 2),
            (again - everyone) / np.sqrt(spread), (stay - everyone) / np.sqrt(spread),
        )  # fmt: skip


def area_under_curve(score: Floats, positive: Flags, weights: Floats | None = None) -> float:
    """Return the probability that a positive row scores higher than another one; ties count half."""
    w = np.ones(len(score)) if weights is None else weights
    _, codes = np.unique(score, return_inverse=True)
    up, down = np.bincount(codes, w * positive), np.bincount(codes, w * ~positive)
    below = np.cumsum(down) - down / 2
    return float(up @ below / (up.sum() * down.sum()))


def _moments(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return weighted means and variances of the columns, n / (n - 1) with Kish's n."""
    share = w / w.sum()
    means = share @ x
    size = 1 / float(share @ share)
    with np.errstate(invalid="ignore", divide="ignore"):
        return means, share @ (x - means) ** 2 * size / (size - 1)


def _error(influence: Floats, seen: Flags, clusters: Integers | None) -> float:
    sums = cluster_sums(influence, clusters)
    count = int(seen.sum()) if clusters is None else len(sums)
    if count < 2:
        raise EstimationError("The error of a weighted change needs at least two clusters. Got one.")
    return math.sqrt(float(sums @ sums) * count / (count - 1))
