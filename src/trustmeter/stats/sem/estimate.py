"""The best parameters of a covariance structure: maximum likelihood (complete rows or with holes) and least squares."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.normal_likelihood import (
    Patterns,
    Slope,
    expected_information,
    log_likelihood,
    observed_information,
    slope,
)
from trustmeter.stats.sem.model import CovarianceModel, Floats
from trustmeter.stats.sem.moments import Implied, curvature, implied, jacobian, pullback

_STEPS = 400
_DONE = 1e-15
"""Newton decrement (twice the distance in log-likelihood or weighted squares) at which the search is at rest."""
_NEAR = 1e-2
"""Decrement below which the exact second derivatives are worth their price."""
_REST = 1e-9
"""Decrement below which a search that can no longer improve counts as at rest: differences are rounding error."""


@dataclass(frozen=True, eq=False, slots=True)
class Estimate:
    """A fitted model.

    Parameters
    ----------
    model
        What was fitted.
    theta
        Shape (q,): the parameters.
    minimum
        Minus the log-likelihood, or the weighted squares of least squares (groups weighted by their share).
    converged
        Whether the search came to rest.
    steps
        How many steps it took.
    """

    model: CovarianceModel
    theta: Floats
    minimum: float
    converged: bool
    steps: int

    def implied(self, group: int) -> Implied:
        """Return the implied moments of one group."""
        return implied(self.model, self.theta, group)

    def jacobian(self, group: int) -> Floats:
        """Return the derivatives of one group's moments in the parameters, shape (moments, q)."""
        return jacobian(self.model, self.theta, group)


@dataclass(frozen=True, eq=False, slots=True)
class Target:
    """The sample moments of one group for least squares.

    Parameters
    ----------
    moments
        Shape (s,): as `Implied.moments`.
    weight
        Shape (s,) or (s, s): the weight matrix; a vector is a diagonal.
    share
        The group's share of all rows.
    pull
        The group's share of all rows less one a group: its weight in the sum that is minimised, as in the test.
    """

    moments: Floats
    weight: Floats
    share: float
    pull: float

    def weighted(self, matrix: Floats) -> Floats:
        """Return weight times a vector or matrix."""
        if self.weight.ndim == 2:
            return self.weight @ matrix
        return np.asarray(self.weight * matrix if matrix.ndim == 1 else self.weight[:, None] * matrix)


def fit_normal(model: CovarianceModel, data: Sequence[Patterns], start: Floats | None = None) -> Estimate:
    """Fit by maximum likelihood under normality; `data` has one entry a group.

    Fisher scoring, damped where it would go down, then Newton steps near the top.

    With holes in the rows this is full-information maximum likelihood (and `model.means` must hold). Without modelled
    means they are the sample's.
    """

    def value(theta: Floats) -> float:
        return -sum(
            log_likelihood(rows, mean_of(model, rows, now), now.covariance)
            for rows, now in ((rows, implied(model, theta, g)) for g, rows in enumerate(data))
        )

    def step(theta: Floats, near: bool) -> tuple[Floats, Floats]:
        if near:
            return observed_hessian(model, theta, data), normal_gradient(model, theta, data)
        information = np.zeros((model.parameters, model.parameters))
        for g, rows in enumerate(data):
            now = implied(model, theta, g)
            J = jacobian(model, theta, g, now)
            inner = expected_information(rows, now.covariance)
            information += J.T @ (inner if model.means else inner[model.items :, model.items :]) @ J
        return information, normal_gradient(model, theta, data)

    return _search(model, model.start if start is None else start, value, step)


def normal_gradient(model: CovarianceModel, theta: Floats, data: Sequence[Patterns]) -> Floats:
    """Return the gradient of the log-likelihood in the parameters, shape (q,)."""
    return np.asarray(
        sum(pullback(model, theta, g, *moment_slope(model, theta, rows, g)) for g, rows in enumerate(data))
    )


def observed_hessian(model: CovarianceModel, theta: Floats, data: Sequence[Patterns]) -> Floats:
    """Return minus the second derivatives of the log-likelihood in the parameters, shape (q, q).

    J' H J less the curvature of the moments, weighted by the log-likelihood's gradient in them.
    """
    q, p = model.parameters, model.items
    found = np.zeros((q, q))
    for g, rows in enumerate(data):
        now = implied(model, theta, g)
        J = jacobian(model, theta, g, now)
        inner = observed_information(rows, mean_of(model, rows, now), now.covariance)
        found += J.T @ (inner if model.means else inner[p:, p:]) @ J
        found -= curvature(model, theta, g, *moment_slope(model, theta, rows, g))
    return (found + found.T) / 2


def moment_slope(model: CovarianceModel, theta: Floats, rows: Patterns, group: int) -> tuple[Floats, Floats]:
    """Return the gradient of one group's log-likelihood in its mean (zero where not modelled) and covariance."""
    now = implied(model, theta, group)
    found: Slope = slope(rows, mean_of(model, rows, now), now.covariance)
    return (found.mean if model.means else np.zeros(model.items)), found.covariance


def mean_of(model: CovarianceModel, rows: Patterns, now: Implied) -> Floats:
    """Return the means under the model, or the sample's where means are not modelled."""
    return now.mean if model.means else rows.means[0]


def fit_least_squares(model: CovarianceModel, targets: Sequence[Target], start: Floats | None = None) -> Estimate:
    """Fit by weighted least squares, Gauss-Newton with halved steps: sum_g pull_g r_g' weight_g r_g."""
    places = [model.places(g) for g in range(len(targets))]

    def value(theta: Floats) -> float:
        total = 0.0
        for g, target in enumerate(targets):
            gap = target.moments - implied(model, theta, g).moments
            total += target.pull * float(gap @ target.weighted(gap))
        return total if math.isfinite(total) else math.inf

    def step(theta: Floats, near: bool) -> tuple[Floats, Floats]:
        del near
        information, gradient = np.zeros((model.parameters, model.parameters)), np.zeros(model.parameters)
        for g, target in enumerate(targets):
            now = implied(model, theta, g)
            J = jacobian(model, theta, g, now)[:, places[g]]
            WJ = target.weighted(J)
            information[np.ix_(places[g], places[g])] += 2 * target.pull * (J.T @ WJ)
            gradient[places[g]] += 2 * target.pull * (WJ.T @ (target.moments - now.moments))
        return information, gradient

    return _search(model, model.start if start is None else start, value, step)


def _search(
    model: CovarianceModel,
    theta: Floats,
    value: Callable[[Floats], float],
    step: Callable[[Floats, bool], tuple[Floats, Floats]],
) -> Estimate:
    """Go down by damped Newton-like steps: `step` gives the information and the way down, exactly so when near."""
    current, damping = value(theta), 0.0
    decrement = math.inf
    for number in range(_STEPS):
        information, gradient = step(theta, decrement < _NEAR)
        found, moved, decrement, damping = _advance(value, theta, current, (information, gradient), damping)
        if found < current or (decrement < _REST and found <= current + 1e-9 * abs(current)):
            theta, current = moved, min(found, current) if found < current else found
        elif decrement < _REST:
            return Estimate(model, theta, current, True, number)
        else:
            return Estimate(model, theta, current, False, number)
        if decrement < _DONE * max(1.0, abs(current)) ** 0.5:
            return Estimate(model, theta, current, True, number)
    return Estimate(model, theta, current, False, _STEPS)


def _advance(
    value: Callable[[Floats], float],
    theta: Floats,
    current: float,
    local: tuple[Floats, Floats],
    damping: float,
) -> tuple[float, Floats, float, float]:
    """Return the value after a step that does not go up, where it leads, the decrement of a whole step, and the damping."""
    information, gradient = local
    size = np.maximum(np.diag(information), 1e-10)
    whole = math.inf
    for _ in range(40):
        move = _solve(information + damping * np.diag(size), gradient)
        decrement = float(move @ gradient)
        whole = decrement if damping == 0 else max(decrement, 0.0)
        moved = theta + move
        found = value(moved) if np.isfinite(move).all() and decrement >= 0 else math.inf
        if found <= current or (math.isfinite(found) and decrement < _REST and found <= current + 1e-9 * abs(current)):
            return found, moved, whole, damping / 10 if damping > 1e-6 else 0.0
        damping = max(damping * 10, 1e-4)
    return math.inf, theta, whole, damping


def _solve(matrix: Floats, vector: Floats) -> Floats:
    """Solve after scaling to a unit diagonal; least squares where singular."""
    size = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    try:
        return np.asarray(size * np.linalg.solve(matrix * size * size[:, None], vector * size))
    except np.linalg.LinAlgError:
        return np.asarray(size * np.linalg.lstsq(matrix * size * size[:, None], vector * size, rcond=None)[0])
