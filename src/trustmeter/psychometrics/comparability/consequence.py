"""What items that work differently do to the score: bias in points of 0-100, with its uncertainty."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.ladder import Ladder, Step
from trustmeter.psychometrics.comparability.units import Units
from trustmeter.stats.covariance import normal_quantile
from trustmeter.stats.sem.estimate import Estimate
from trustmeter.stats.sem.invariance_steps import CONFIGURAL
from trustmeter.stats.sem.model import (
    ALPHA,
    LAMBDA,
    NU,
    PSI,
    TAU,
    THETA,
    CovarianceModel,
    Floats,
    Integers,
    Matrices,
    filled,
)


@dataclass(frozen=True, slots=True)
class Bias:
    """How many points higher one unit scores than people of the same trust do in the first unit."""

    estimate: float
    std_error: float
    low: float
    high: float

    @property
    def furthest(self) -> float:
        """The limit further from zero, as a size."""
        return max(abs(self.low), abs(self.high))


def bias_of(units: Units, step: Step, unit: int, items: Integers, conf_level: float) -> Bias:
    """Return the bias that some items bring to the score of a unit, in points, by the delta method.

    Expected scores of the unit's people with its own parameters, less those with the first unit's, over the unit's own
    distribution of the factors: for ordered items sum_c points_c (Phi((tau_c+1 - m) / s) - Phi((tau_c - m) / s)) with
    m = nu + lambda' alpha and s^2 = lambda' Psi lambda + theta. The score is the mean of all k items.
    """
    value, gradient = _bias(units, step.fit.estimate, unit, items)
    error = math.sqrt(max(step.fit.variance_along(gradient), 0.0))
    margin = normal_quantile(conf_level) * error
    return Bias(value, error, value - margin, value + margin)


def unseen_bias(ladder: Ladder, released: Mapping[int, set[int]], conf_level: float) -> tuple[float, int]:
    """Return how many points of bias the score may have if one more item works differently unseen, and which item that is.

    Each item in turn is left free in all units of the last sound step; the far limit of its bias together with that of the
    items `released` in a unit counts.
    """
    step, units = ladder.last_sound, ladder.units
    worst, which = 0.0, 0
    for item in range(units.layout.items):
        caps = ladder.caps.copy()
        caps[item, 1:] = CONFIGURAL
        try:
            fit = ladder.fitted(step.number, caps, step.fit)
        except EstimationError:
            return math.inf, item
        free = Step(step.number, fit, step.difference, "", (), step.full, holds=True)
        for unit in range(1, units.layout.units):
            together = np.array(sorted({item} | released[unit]), dtype=np.intp)
            found = bias_of(units, free, unit, together, conf_level).furthest
            if not found <= worst:
                worst, which = found, item
    return worst, which


class _Expected(NamedTuple):
    """The sum of some items' expected points, and its gradient in the cells of the matrices; of Psi each cell is its own."""

    value: float
    loadings: Floats
    residuals: Floats
    nu: Floats
    tau: Floats
    mean: Floats
    spread: Floats


def _bias(units: Units, estimate: Estimate, unit: int, items: Integers) -> tuple[float, Floats]:
    """Return the bias and its gradient in the parameters (q,)."""
    layout, model = units.layout, estimate.model
    group, at = (0, unit) if layout.linked else (unit, 0)
    of_unit, of_first = (filled(model, estimate.theta, one) for one in (group, 0))
    inside = slice(at * layout.factors, (at + 1) * layout.factors)
    factors = of_unit.alpha[inside], of_unit.psi[inside, inside]
    value, gradient = 0.0, np.zeros(model.parameters)
    mean, spread = np.zeros_like(of_unit.alpha), np.zeros_like(of_unit.psi)
    for sign, its_group, made, side in ((1.0, group, of_unit, at), (-1.0, 0, of_first, 0)):
        told = _expected(units, made, side, items, factors)
        value += sign * told.value
        cells = {LAMBDA: told.loadings, THETA: told.residuals, NU: told.nu[:, None], TAU: told.tau[:, None]}
        gradient += sign * _in_parameters(model, its_group, cells)
        mean[inside] += sign * told.mean
        spread[inside, inside] += sign * told.spread
    once = 2 * spread - np.diag(np.diag(spread))
    gradient += _in_parameters(model, group, {ALPHA: mean[:, None], PSI: once})
    return value / layout.items, gradient / layout.items


def _expected(units: Units, made: Matrices, side: int, items: Integers, factors: tuple[Floats, Floats]) -> _Expected:
    """Return the expected points of items with the parameters of one unit, over a distribution (mean, spread) of the factors."""
    layout, (mean, spread) = units.layout, factors
    rows, cols = side * layout.items + items, slice(side * layout.factors, (side + 1) * layout.factors)
    L = made.loadings[rows, cols]
    centre = made.nu[rows] + L @ mean
    told = _of_ordered if layout.ordinal else _of_numbers
    value, of_centre, of_variance, of_tau = told(units, made, side, items, (centre, L, spread))
    loadings, nu = np.zeros_like(made.loadings), np.zeros_like(made.nu)
    loadings[rows, cols] = np.outer(of_centre, mean) + 2 * of_variance[:, None] * (L @ spread)
    nu[rows] = of_centre
    residuals = np.zeros_like(made.residuals)
    residuals[rows, rows] = of_variance
    return _Expected(value, loadings, residuals, nu, of_tau, L.T @ of_centre, L.T @ (of_variance[:, None] * L))


def _of_numbers(
    units: Units, made: Matrices, side: int, items: Integers, line: tuple[Floats, Floats, Floats]
) -> tuple[float, Floats, Floats, Floats]:
    """Return the points of numbers, and their derivatives in each item's centre, variance and in the thresholds."""
    del side
    low, high = np.array([units.points[item] for item in items]).T
    gain = 100 / (high - low)
    return float(gain @ (line[0] - low)), gain, np.zeros(len(items)), np.zeros_like(made.tau)


def _of_ordered(
    units: Units, made: Matrices, side: int, items: Integers, line: tuple[Floats, Floats, Floats]
) -> tuple[float, Floats, Floats, Floats]:
    """Return the same of ordered items: points of the highest category less what each threshold holds back."""
    centre, L, spread = line
    k, places = units.layout.items, units.layout.threshold_places
    counts = np.diff(places)[items]
    owner = np.repeat(np.arange(len(items)), counts)
    cuts = side * int(places[-1]) + np.concatenate([np.arange(places[item], places[item + 1]) for item in items])
    gain = -np.concatenate([np.diff(units.points[item]) for item in items])
    rows = side * k + items
    width = np.sqrt(np.einsum("ia,ab,ib->i", L, spread, L) + made.residuals[rows, rows])
    z = (made.tau[cuts] - centre[owner]) / width[owner]
    steep = gain * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) / width[owner]
    of_tau = np.zeros_like(made.tau)
    of_tau[cuts] = steep
    value = sum(float(units.points[item][-1]) for item in items) + float(gain @ scipy.special.ndtr(z))
    to_item = np.eye(len(items))[owner]
    return value, -(steep @ to_item), -((steep * z) @ to_item) / (2 * width), of_tau


def _in_parameters(model: CovarianceModel, group: int, cells: Mapping[int, Floats]) -> Floats:
    """Return the gradient in the parameters (q,) of what has these gradients in the cells of a group's matrices."""
    found = np.zeros(model.parameters)
    for kind, values in cells.items():
        at = np.flatnonzero((model.group == group) & (model.free >= 0) & (model.matrix == kind))
        np.add.at(found, model.free[at], values[model.row[at], model.col[at]])
    return found
