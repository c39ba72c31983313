"""The probability of each category given the trait, and how it changes with slope and intercepts.

Both models are written with steps z_j = a x + d_j, j = 1 … m - 1. Graded response (Samejima, 1969,
doi:10.1007/BF03372160): P(X >= j) = logistic(z_j). Generalised partial credit (Muraki, 1992,
doi:10.1177/014662169201600206): log P(X = j) / P(X = j - 1) = z_j. The difficulty of a step is b_j = -d_j / a. Items
with fewer categories than the widest one have intercepts of minus infinity beyond their last step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats


@dataclass(frozen=True, slots=True)
class CategoryCurves:
    """Categories of k items at Q values of the trait.

    Parameters
    ----------
    log_p
        Shape (k, m, Q): log probability; minus infinity for categories that an item does not have.
    above
        Shape (k, m - 1, Q): probability of the upper category or a higher one, P(X >= j).
    slack
        Shape (k, m): graded model only, h = 1 / (exp(d_j - d_{j+1}) - 1) of inner categories, else 0.
    """

    log_p: Floats
    above: Floats
    slack: Floats


def category_curves(model: str, slopes: Floats, intercepts: Floats, x: Floats) -> CategoryCurves:
    """Return the curves of items with slopes (k,) and intercepts (k, m - 1) at trait values x (Q,) or (k, Q)."""
    z = slopes[:, None, None] * np.broadcast_to(x, (len(slopes), x.shape[-1]))[:, None, :] + intercepts[:, :, None]
    return _graded(z, intercepts) if model == "graded" else _partial_credit(z)


def is_ordered(model: str, intercepts: Floats) -> bool:
    """Tell whether intercepts (k, m - 1) are those of a graded model: falling; always true of other models."""
    if model != "graded":
        return True
    upper, lower = intercepts[:, :-1], intercepts[:, 1:]
    return bool(((upper > lower) | np.isneginf(lower)).all())


def _graded(z: Floats, intercepts: Floats) -> CategoryCurves:
    k, steps, Q = z.shape
    log_above, log_below = scipy.special.log_expit(z), scipy.special.log_expit(-z)
    slack, log_gap = np.zeros((k, steps + 1)), np.zeros((k, steps + 1))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        gap = intercepts[:, :-1] - intercepts[:, 1:]
        inner = np.isfinite(gap)
        slack[:, 1:-1] = np.where(inner, 1 / np.expm1(gap), 0.0)
        log_gap[:, 1:-1] = np.where(inner, np.log(-np.expm1(-gap)), 0.0)
    zero = np.zeros((k, 1, Q))
    # P(c) = F_c (1 - F_{c+1}) (1 - exp(d_{c+1} - d_c)): nothing is subtracted, so nothing cancels far out.
    log_p = np.concatenate([zero, log_above], axis=1) + np.concatenate([log_below, zero], axis=1) + log_gap[:, :, None]
    return CategoryCurves(log_p, np.exp(log_above), slack)


def _partial_credit(z: Floats) -> CategoryCurves:
    k, steps, Q = z.shape
    total = np.concatenate([np.zeros((k, 1, Q)), np.cumsum(z, axis=1)], axis=1)
    log_p = total - scipy.special.logsumexp(total, axis=1, keepdims=True)
    above = np.cumsum(np.exp(log_p)[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return CategoryCurves(log_p, above, np.zeros((k, steps + 1)))


def step_scores(model: str, curves: CategoryCurves) -> Floats:
    """Return the derivative of log P(X = c) by z_j, shape (k, m, m - 1, Q)."""
    above = curves.above
    k, steps, Q = above.shape
    scores = np.zeros((k, steps + 1, steps, Q))
    if model == "graded":
        j = np.arange(steps)
        scores[:, j + 1, j] = 1 - above + curves.slack[:, 1:, None]
        scores[:, j, j] = -above - curves.slack[:, :-1, None]
    else:
        reached = np.arange(steps + 1)[:, None] > np.arange(steps)
        scores += reached[None, :, :, None] - above[:, None]
    return scores


def parameter_scores(model: str, curves: CategoryCurves, x: Floats) -> Floats:
    """Return the derivative of log P(X = c) by the slope (first) and the intercepts, shape (k, m, m, Q)."""
    steps = step_scores(model, curves)
    return np.concatenate([steps.sum(axis=2, keepdims=True) * x, steps], axis=2)


def curvature(model: str, curves: CategoryCurves, counts: Floats, x: Floats) -> Floats:
    """Return minus the second derivatives of ``sum counts log P`` by slope and intercepts, shape (k, m, m).

    Parameters
    ----------
    model
        ``"graded"`` or a partial credit model.
    curves
        Curves at x.
    counts
        Shape (k, m, Q): how often each category was chosen at each value of the trait.
    x
        Shape (Q,).
    """
    B = step_curvature(model, curves, counts)
    k, m, _ = counts.shape
    C = np.empty((k, m, m))
    C[:, 1:, 1:] = B.sum(axis=3)
    C[:, 0, 1:] = C[:, 1:, 0] = (B.sum(axis=2) * x).sum(axis=2)
    C[:, 0, 0] = (B.sum(axis=(1, 2)) * x**2).sum(axis=1)
    return C


def step_curvature(model: str, curves: CategoryCurves, counts: Floats) -> Floats:
    """Return minus the second derivatives of ``sum_c counts_c log P(c)`` by z_j and z_l, shape (k, m-1, m-1, Q)."""
    above = curves.above
    k, steps, Q = above.shape
    j = np.arange(steps)
    if model == "graded":
        stiff = (curves.slack * (1 + curves.slack))[:, :, None] * counts
        B = np.zeros((k, steps, steps, Q))
        B[:, j, j] = (counts[:, 1:] + counts[:, :-1]) * above * (1 - above) + stiff[:, 1:] + stiff[:, :-1]
        B[:, j[:-1], j[1:]] = B[:, j[1:], j[:-1]] = -stiff[:, 1:-1]
        return B
    later = above[:, np.maximum(j[:, None], j)]
    return np.asarray(counts.sum(axis=1)[:, None, None] * (later - above[:, :, None] * above[:, None]))
