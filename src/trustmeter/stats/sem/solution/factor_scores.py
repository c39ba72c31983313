"""Where a person stands on the factors of a fitted model, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy

from trustmeter.stats.covariance import Integers
from trustmeter.stats.normal_likelihood import Patterns, gather_patterns
from trustmeter.stats.sem.estimate import Estimate, mean_of
from trustmeter.stats.sem.model import Floats

_STEPS: Final = 100
_DONE: Final = 1e-12
_TINY: Final = 1e-300


@dataclass(frozen=True, eq=False, slots=True)
class FactorScores:
    """Scores and standard errors, shape (n, m) each; not numbers for rows without any answer."""

    values: Floats
    std_errors: Floats


def regression_scores(estimate: Estimate, x: Floats, group: int = 0, means: Floats | None = None) -> FactorScores:
    """Return the mean of the factors given what was answered (n, p); holes are left out.

    E(eta | y) = mu_eta + V L' S^-1 (y - mu), with the covariance V - V L' S^-1 L V: Thurstone (1935); S and mu those of
    the items that were answered. `means` (p,) stand in where the model has none.
    """
    return _linear(estimate, x, group, means, bartlett=False)


def bartlett_scores(estimate: Estimate, x: Floats, group: int = 0, means: Floats | None = None) -> FactorScores:
    """Return the factors' most likely values given what was answered (n, p), by the items alone: Bartlett (1937).

    (L' T^-1 L)^-1 L' T^-1 (y - nu), with the covariance (L' T^-1 L)^-1; not numbers where too few items were answered.
    """
    return _linear(estimate, x, group, means, bartlett=True)


def _linear(estimate: Estimate, x: Floats, group: int, means: Floats | None, *, bartlett: bool) -> FactorScores:
    n, m = len(x), estimate.model.factors
    values, errors = np.full((n, m), np.nan), np.full((n, m), np.nan)
    answered = ~np.isnan(x).all(axis=1)
    if not answered.any():
        return FactorScores(values, errors)
    rows = gather_patterns(x[answered])
    centre = _centre(estimate, group, rows, means)
    found, spread = np.zeros((len(rows.rows), m)), np.zeros((len(rows.rows), m))
    for number, there in enumerate(rows.there):
        here = rows.pattern == number
        weights, covariance, start = _weights(estimate, group, there, bartlett=bartlett)
        found[here] = start + (rows.rows[here][:, there] - centre[there]) @ weights.T
        spread[here] = np.diag(covariance)
    values[answered] = found
    errors[answered] = np.sqrt(np.maximum(spread, 0.0))
    return FactorScores(values, errors)


def _centre(estimate: Estimate, group: int, rows: Patterns, means: Floats | None) -> Floats:
    now = estimate.implied(group)
    if means is not None and not estimate.model.means:
        return means
    return mean_of(estimate.model, rows, now)


def _weights(
    estimate: Estimate, group: int, there: np.ndarray, *, bartlett: bool
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Return what answers less their means are multiplied by (m, items there), the covariance of scores, and their centre."""
    now = estimate.implied(group)
    made = now.matrices
    V, centre = made.reach @ made.psi @ made.reach.T, made.reach @ made.alpha
    L, T = made.loadings[there], made.residuals[np.ix_(there, there)]
    if not bartlett:
        pull = np.linalg.solve(now.covariance[np.ix_(there, there)], L @ V).T
        return pull, V - pull @ L @ V, centre
    try:
        inverse = np.linalg.solve(T, L)
        inner = L.T @ inverse
        if np.linalg.cond(inner) > 1e12:
            raise np.linalg.LinAlgError
        covariance = np.linalg.inv(inner)
    except np.linalg.LinAlgError:
        unknown = np.full((len(V), len(V)), np.nan)
        return np.full((len(V), len(L)), np.nan), unknown, centre
    return covariance @ inverse.T, covariance, centre


def mode_scores(estimate: Estimate, codes: Integers, group: int = 0) -> FactorScores:
    """Return the most likely values of the factors given ordered answers (n, p) of 0, 1, …, -1 where missing.

    The maximum of log phi(eta; mu, V) + sum_i log P(y_i | eta), by Newton steps, with the standard error from the second
    derivatives there. Answers are taken as independent given the factors, even where the model joins remainders.
    """
    made = estimate.implied(group).matrices
    V, centre = made.reach @ made.psi @ made.reach.T, made.reach @ made.alpha
    prior = np.linalg.inv(V)
    slopes, edges = _curves(estimate, group)
    rows = np.arange(codes.shape[1])
    there = codes >= 0
    low, high = edges[rows, np.maximum(codes, 0)], edges[rows, np.maximum(codes, 0) + 1]
    eta = np.tile(centre, (len(codes), 1))
    step = np.full(len(codes), np.inf)
    for _ in range(_STEPS):
        gradient, information = _pull(eta, slopes, (low, high), there)
        gradient = gradient - (eta - centre) @ prior
        information = information + prior
        move = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        step = np.einsum("ij,ij->i", move, gradient)
        length = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", move, prior, move), 0.0))
        eta = eta + move / np.maximum(length, 1.0)[:, None]
        if float(np.max(step, initial=0.0)) < _DONE:
            break
    _, information = _pull(eta, slopes, (low, high), there)
    errors = np.sqrt(np.diagonal(np.linalg.inv(information + prior), axis1=1, axis2=2))
    nobody = ~there.any(axis=1) | (step >= _DONE * 1e3)
    return FactorScores(np.where(nobody[:, None], np.nan, eta), np.where(nobody[:, None], np.nan, errors))


def _curves(estimate: Estimate, group: int) -> tuple[Floats, Floats]:
    """Return loadings over residual standard deviations (p, m), and the edges of categories in that unit (p, most + 1)."""
    model, made = estimate.model, estimate.implied(group).matrices
    common = np.einsum("ij,jk,ik->i", made.loadings, made.reach @ made.psi @ made.reach.T, made.loadings)
    remainders = 1 / made.delta**2 - common if model.metric == "delta" else np.diag(made.residuals)
    unit = np.sqrt(np.maximum(remainders, 1e-10))
    item = model.item_of_threshold
    counts = np.bincount(item, minlength=model.items)
    edges = np.full((model.items, int(counts.max()) + 2), np.inf)
    edges[:, 0] = -np.inf
    position = np.arange(len(item)) - np.searchsorted(item, item) + 1
    edges[item, position] = (made.tau - made.nu[item]) / unit[item]
    return made.loadings / unit[:, None], edges


def _pull(eta: Floats, slopes: Floats, edges: tuple[Floats, Floats], there: np.ndarray) -> tuple[Floats, Floats]:
    """Return the gradient (n, m) and minus the second derivatives (n, m, m) of the answers' log-probability."""
    at = eta @ slopes.T
    low, high = edges[0] - at, edges[1] - at
    turned = low > 0
    a, b = np.where(turned, -high, low), np.where(turned, -low, high)
    share = np.maximum(scipy.special.ndtr(b) - scipy.special.ndtr(a), _TINY)
    of_low, of_high = _density(low), _density(high)
    with np.errstate(invalid="ignore"):
        bend_low, bend_high = (np.where(np.isinf(z), 0.0, z) for z in (low, high))
    first = np.where(there, (of_low - of_high) / share, 0.0)
    second = np.where(there, first**2 - (bend_low * of_low - bend_high * of_high) / share, 0.0)
    return first @ slopes, np.einsum("ni,ij,ik->njk", second, slopes, slopes, optimize=True)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))
