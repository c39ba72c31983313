"""Weights that stay near the base weights and meet known totals: linear, raking and logit calibration, with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats

Distance = Literal["linear", "raking", "logit"]
_HALVINGS = 60
_RIDGE = 1e-8
_STEEPEST = 500.0
_ROUNDING = 1e-15


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What calibration found.

    Parameters
    ----------
    factors
        Shape (n,): g, what each row's weight is multiplied by.
    multipliers
        Shape (q,): lambda, so that g = F(x' lambda).
    slopes
        Shape (n,): F'(x' lambda); zero where a bound holds.
    iterations
        Steps of Newton's method.
    largest_error
        The largest distance of a weighted sum from its total, as a share of the sum of its absolute values.
    converged
        Whether that is below the tolerance.
    """

    factors: Floats
    multipliers: Floats
    slopes: Floats
    iterations: int
    largest_error: float
    converged: bool


def calibrate(
    x: Floats,
    totals: Floats,
    weights: Floats,
    *,
    method: Distance = "linear",
    lower: Floats | float = -np.inf,
    upper: Floats | float = np.inf,
    tolerance: float = 1e-11,
    max_iterations: int = 200,
) -> Calibrated:
    """Find the factors nearest to one with which weighted sums of `x` equal `totals`.

    Parameters
    ----------
    x
        Shape (n, q): rows, or cells of rows that are alike; collinear columns are allowed where their totals agree.
    totals
        Shape (q,).
    weights
        Shape (n,): base weights, none negative.
    method
        What *near* means. ``"logit"`` needs bounds around one; with the others, bounds cut off.
    lower, upper
        Bounds of the factors: one for all, or shape (n,).
    tolerance
        Largest error that is let stand, relative.
    max_iterations
        Steps of Newton's method.

    Notes
    -----
    With u = x' lambda, F(u) is 1 + u (linear), exp(u) (raking), or
    [L(U-1) + U(1-L) exp(Au)] / [U-1 + (1-L) exp(Au)] with A = (U-L) / [(1-L)(U-1)] (logit)
    (Deville and Särndal 1992, doi:10.1080/01621459.1992.10475217). lambda is the lowest point of the convex function
    sum of d Phi(u) - totals' lambda, with Phi' = F; Newton's method with halving finds it.
    """
    size = np.maximum(np.abs(x).T @ weights, np.abs(totals))
    size = np.where(size > 0, size, 1.0)
    spread = np.maximum(np.abs(x).max(axis=0, initial=0.0), 1e-300)
    curve = _Curve(method, np.broadcast_to(lower, len(weights)), np.broadcast_to(upper, len(weights)))
    valley = _Valley(x / spread, totals / spread, weights, curve)
    point = np.zeros(x.shape[1])
    state = valley.at(point)
    error, steps = np.inf, 0
    for steps in range(max_iterations + 1):  # noqa: B007
        gradient = valley.gradient(state)
        error = float(np.abs(gradient * spread / size).max(initial=0.0))
        moved = None if error <= tolerance else valley.step(point, state, gradient)
        if moved is None:
            break
        point, state = moved
    return Calibrated(state.factor, point / spread, state.slope, steps, error, error <= tolerance)


@dataclass(frozen=True, slots=True)
class _State:
    factor: Floats
    slope: Floats
    height: Floats


class _Curve:
    """F with its slope and its integral."""

    def __init__(self, method: Distance, lower: Floats, upper: Floats) -> None:
        self.method, self.lower, self.upper = method, lower, upper
        self.cuts = method != "logit" and bool(np.isfinite(lower).any() or np.isfinite(upper).any())

    def __call__(self, u: Floats) -> _State:
        if self.method == "logit":
            return self._logit(u)
        u_low, u_high = self._ends()
        inner = np.clip(u, u_low, u_high)
        if self.method == "linear":
            factor, slope, height = 1 + inner, np.ones(len(u)), inner + inner**2 / 2
        else:
            with np.errstate(over="ignore"):
                factor = np.exp(np.minimum(inner, _STEEPEST))
                height = np.expm1(np.minimum(inner, _STEEPEST))
            slope = factor
        outside = (u < u_low) | (u > u_high)
        return _State(factor, np.where(outside, 0.0, slope), height + factor * (u - inner))

    def _ends(self) -> tuple[Floats, Floats]:
        if self.method == "linear":
            return self.lower - 1, self.upper - 1
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(self.lower, 0.0)), np.log(self.upper)

    def _logit(self, u: Floats) -> _State:
        low, high = self.lower, self.upper
        steep = (high - low) / ((1 - low) * (high - 1))
        start = np.log((1 - low) / (high - 1))
        share = scipy.special.expit(steep * u + start)
        height = low * u + (high - low) / steep * (np.logaddexp(0, steep * u + start) - np.logaddexp(0, start))
        return _State(low + (high - low) * share, (high - low) * steep * share * (1 - share), height)


@dataclass(frozen=True, slots=True)
class _Valley:
    """The convex function whose lowest point calibration is."""

    x: Floats
    aims: Floats
    weights: Floats
    curve: _Curve

    def at(self, point: Floats) -> _State:
        return self.curve(self.x @ point)

    def height(self, point: Floats, state: _State) -> float:
        return float(self.weights @ state.height - self.aims @ point)

    def gradient(self, state: _State) -> Floats:
        return np.asarray(self.x.T @ (self.weights * state.factor) - self.aims)

    def step(self, point: Floats, state: _State, gradient: Floats) -> tuple[Floats, _State] | None:
        """Return the point a step on, halved until it is lower; ``None`` where no step is."""
        direction = self._direction(state.slope, gradient)
        here, falls = self.height(point, state), float(gradient @ direction)
        size_of_terms = float(self.weights @ np.abs(state.height)) + abs(float(self.aims @ point))
        slack = 1e-13 * size_of_terms + _ROUNDING * float(self.weights.sum())
        size = 1.0
        for _ in range(_HALVINGS):
            reached = point + size * direction
            there = self.at(reached)
            if self.height(reached, there) <= here + 1e-4 * size * falls + slack:
                return reached, there
            size /= 2
        return None

    def _direction(self, slope: Floats, gradient: Floats) -> Floats:
        """Return Newton's step, of least length where columns are collinear."""
        bend = self.x.T @ ((self.weights * slope)[:, None] * self.x)
        if self.curve.cuts:
            bend = bend + _RIDGE * (self.x.T @ (self.weights[:, None] * self.x))
        values, vectors = np.linalg.eigh(bend)
        kept = values > 1e-13 * max(float(values.max(initial=0.0)), 1e-300)
        return np.asarray(-vectors[:, kept] @ ((vectors[:, kept].T @ gradient) / values[kept]))
