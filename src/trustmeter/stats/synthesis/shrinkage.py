"""Estimates of several places that lend each other strength, and how sure their order is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats
from trustmeter.stats.synthesis.effects_model import quantile, random_effects
from trustmeter.stats.synthesis.heterogeneity import (
    Weighted,
    tau_squared,
    weighted_fit,
)

_GRID = 400
"""Cells of the grid of tau, u / (1 - u) with u even between 0 and 1, so that it reaches far into a heavy tail."""


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Partially pooled estimates of k places.

    Parameters
    ----------
    estimates, std_errors, low, high
        Shape (k,).
    shares
        Shape (k,): how far each is drawn to the model's value (0 not at all, 1 wholly).
    tau2
        The variance between that was used; its posterior median when tau² was integrated out.
    """

    estimates: Floats
    std_errors: Floats
    low: Floats
    high: Floats
    shares: Floats
    tau2: float


@dataclass(frozen=True, slots=True)
class Posterior:
    """The distribution of tau and all that hangs on it, on a grid.

    Parameters
    ----------
    tau, probabilities
        Shape (g,): grid of the between-places standard deviation, and its probabilities (they add up to one).
    shares
        Shape (g, k): v / (v + tau²).
    coefficients, covariances
        Shapes (g, p) and (g, p, p): the weighted fit at each tau.
    y, v, x
        The data.
    """

    tau: Floats
    probabilities: Floats
    shares: Floats
    coefficients: Floats
    covariances: Floats
    y: Floats
    v: Floats
    x: Floats


@dataclass(frozen=True, slots=True)
class Ranks:
    """How sure the order of k places is (rank 1 is the highest).

    Parameters
    ----------
    probabilities
        Shape (k, k): row a place, column a rank.
    expected
        Shape (k,): mean rank.
    low, high
        Shape (k,): limits of the rank.
    above
        Shape (k, k): probability that the row's place truly lies above the column's; one half on the diagonal.
    draws
        Number of draws behind them.
    """

    probabilities: Floats
    expected: Floats
    low: Floats
    high: Floats
    above: Floats
    draws: int


def best_predictions(
    y: Floats,
    std_errors: Floats,
    x: Floats | None = None,
    *,
    method: str = "REML",
    test: str = "knha",
    conf_level: float = 0.95,
) -> Shrunken:
    """Return empirical-Bayes estimates that treat tau² as known (metafor's `blup`).

    B y_model + (1 - B) y with B = v / (v + tau²); variance B tau² + B² x' cov(b) x. Too sure with few places: prefer
    `second_order` or `integrated`.
    """
    fit = random_effects(y, std_errors, x, method=method, test=test, conf_level=conf_level)
    design = np.ones((len(y), 1)) if x is None else x
    shares = std_errors**2 / (std_errors**2 + fit.tau2)
    variance = shares * fit.tau2 + shares**2 * np.einsum("ij,jk,ik->i", design, fit.covariance, design)
    values = shares * (design @ fit.coefficients) + (1 - shares) * y
    return _with_interval(values, variance, shares, fit.tau2, quantile(fit.df, conf_level))


def second_order(
    y: Floats, std_errors: Floats, x: Floats | None = None, *, method: str = "REML", conf_level: float = 0.95
) -> Shrunken:
    """Return empirical-Bayes estimates with a standard error that allows for the estimation of tau².

    Mean squared error g1 + g2 + 2 g3 with g3 = v² (v + tau²)^-3 var(tau²), and for ML minus the gradient of g1 times the
    bias of tau² (Prasad and Rao 1990, doi:10.1080/01621459.1990.10475320); interval with t on k - p degrees. It
    is an expansion for many places; at tau² = 0, or with fewer than about ten, prefer `integrated`.
    """
    design = np.ones((len(y), 1)) if x is None else x
    v = std_errors**2
    k, p = design.shape
    if k <= p:
        raise EstimationError(
            f"Partial pooling over {k} places with {p} coefficients: no variance between can be known."
        )
    tau2 = tau_squared(y, v, design, method)[0]
    fit = weighted_fit(y, v, design, tau2)
    information = float(fit.weights @ fit.weights)
    shares = v * fit.weights
    model = np.einsum("ij,jk,ik->i", design, fit.covariance, design)
    asymptotic = _variance_of_tau2(fit, k, method)
    variance = shares * tau2 + shares**2 * model + 2 * v**2 * fit.weights**3 * asymptotic
    if method == "ML":
        bias = (fit.traces[0] - float(fit.weights.sum())) / information
        variance = variance - bias * shares**2
    values = shares * (design @ fit.coefficients) + (1 - shares) * y
    return _with_interval(values, variance, shares, tau2, quantile(k - p, conf_level))


def posterior(y: Floats, std_errors: Floats, x: Floats | None = None) -> Posterior:
    """Return the posterior of tau, flat in tau and in the coefficients, on a grid.

    It is the restricted likelihood (Gelman 2006, doi:10.1214/06-BA117A); it exists from three places more than
    coefficients but one, k - p >= 2, on.
    """
    design = np.ones((len(y), 1)) if x is None else x
    v = std_errors**2
    k, p = design.shape
    if k - p < 2:
        raise EstimationError(
            f"Partial pooling needs at least two places more than coefficients. Got {k} places and {p} coefficients."
        )
    mode = math.sqrt(max(tau_squared(y, v, design, "REML")[0], 0.0))
    u = (np.arange(_GRID) + 0.5) / _GRID
    tau = max(mode, math.sqrt(float(np.median(v)))) * u / (1 - u)
    W = 1 / (v + tau[:, None] ** 2)
    information = np.einsum("gi,ij,ik->gjk", W, design, design)
    covariances = np.linalg.inv(information)
    coefficients = np.einsum("gjk,ik,gi,i->gj", covariances, design, W, y, optimize=True)
    q = (W * (y - coefficients @ design.T) ** 2).sum(axis=1)
    log_density = 0.5 * (np.log(W).sum(axis=1) - np.linalg.slogdet(information)[1] - q)
    mass = np.exp(log_density - log_density.max()) / (1 - u) ** 2
    kept = mass > 1e-14 * mass.max()
    return Posterior(
        tau[kept], mass[kept] / mass[kept].sum(), (W * v)[kept], coefficients[kept], covariances[kept], y, v, design
    )


def integrated(y: Floats, std_errors: Floats, x: Floats | None = None, *, conf_level: float = 0.95) -> Shrunken:
    """Return partially pooled estimates with tau² integrated out over its posterior.

    Estimates and standard errors are the mean and standard deviation of the mixture over tau; the limits are its
    quantiles. They allow for tau² wholly, also when its estimate is zero.
    """
    known = posterior(y, std_errors, x)
    means, variances = _conditional(known)
    weights = known.probabilities
    values = weights @ means
    variance = weights @ (variances + (means - values) ** 2)
    shares = weights @ known.shares
    tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
    low, high = (_mixture_quantile(means, np.sqrt(variances), weights, tail) for tail in tails)
    middle = int(np.searchsorted(np.cumsum(weights), 0.5))
    return Shrunken(values, np.sqrt(variance), low, high, shares, float(known.tau[middle] ** 2))


def new_place(known: Posterior, conf_level: float = 0.95) -> tuple[float, float, float]:
    """Return the expected true effect of a new place (first coefficient) and its limits, tau² integrated out."""
    means = known.coefficients[:, :1]
    spread = np.sqrt(known.covariances[:, 0, :1] + known.tau[:, None] ** 2)
    tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
    low, high = (float(_mixture_quantile(means, spread, known.probabilities, tail)[0]) for tail in tails)
    return float(known.probabilities @ means[:, 0]), low, high


def true_effects(known: Posterior, draws: int, rng: np.random.Generator) -> Floats:
    """Return draws of the true effects (draws, k) from their joint distribution given the estimates."""
    which = rng.choice(len(known.tau), size=draws, p=known.probabilities)
    roots = np.linalg.cholesky(known.covariances)
    p = known.coefficients.shape[1]
    coefficients = known.coefficients[which] + np.einsum("dij,dj->di", roots[which], rng.standard_normal((draws, p)))
    shares = known.shares[which]
    spread = np.sqrt(shares) * known.tau[which][:, None]
    centre = shares * (coefficients @ known.x.T) + (1 - shares) * known.y
    return np.asarray(centre + spread * rng.standard_normal((draws, len(known.y))))


def rank_probabilities(
    known: Posterior, rng: np.random.Generator, draws: int = 10_000, conf_level: float = 0.95
) -> Ranks:
    """Return how probable each rank of each place is, by draws from the joint distribution of true effects."""
    effects = true_effects(known, draws, rng)
    k = effects.shape[1]
    ranks = np.argsort(np.argsort(-effects, axis=1), axis=1)
    codes = ranks + k * np.arange(k)
    shares = np.bincount(codes.ravel(), minlength=k * k).reshape(k, k) / draws
    tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
    low, high = np.quantile(ranks + 1, tails, axis=0, method="inverted_cdf")
    above = np.array([(effects[:, [place]] > effects).mean(axis=0) for place in range(k)])
    np.fill_diagonal(above, 0.5)
    return Ranks(shares, ranks.mean(axis=0) + 1, low.astype(float), high.astype(float), above, draws)


def _variance_of_tau2(fit: Weighted, k: int, method: str) -> float:
    if method in {"REML", "ML"}:
        return 2 / float(fit.weights @ fit.weights)
    if method == "PM":
        return 2 * k / float(fit.weights.sum()) ** 2
    raise EstimationError(f"The error of partial pooling is known for REML, ML and PM. Got {method!r}.")


def _with_interval(values: Floats, variance: Floats, shares: Floats, tau2: float, q: float) -> Shrunken:
    errors = np.sqrt(variance)
    return Shrunken(values, errors, values - q * errors, values + q * errors, shares, tau2)


def _conditional(known: Posterior) -> tuple[Floats, Floats]:
    """Return mean and variance of each true effect at each tau, both (g, k)."""
    shares, model = known.shares, known.coefficients @ known.x.T
    error = np.einsum("ij,gjk,ik->gi", known.x, known.covariances, known.x)
    return shares * model + (1 - shares) * known.y, shares * known.tau[:, None] ** 2 + shares**2 * error


def _mixture_quantile(means: Floats, spread: Floats, weights: Floats, p: float) -> Floats:
    """Return the p-quantile of each column's normal mixture by bisection, shape (k,)."""
    low, high = (means - 12 * spread).min(axis=0), (means + 12 * spread).max(axis=0)
    for _ in range(45):
        middle = (low + high) / 2
        below = weights @ scipy.special.ndtr((middle - means) / spread) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)
