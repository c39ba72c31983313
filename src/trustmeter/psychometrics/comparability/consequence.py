"""What items that work differently do to the score: bias in points of 0-100, with its uncertainty."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.ladder import Ladder, Step
from trustmeter.psychometrics.comparability.units import Units
from trustmeter.stats.covariance import normal_quantile
from trustmeter.stats.sem.invariance_steps import CONFIGURAL
from trustmeter.stats.sem.model import ALPHA, LAMBDA, NU, PSI, TAU, THETA, CovarianceModel, Matrices, filled

Floats = NDArray[np.float64]


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


def bias_of(units: Units, step: Step, unit: int, items: NDArray[np.intp], conf_level: float) -> Bias:
    """Return the bias that some items bring to the score of a unit, in points, by the delta method.

    Expected scores of the unit's people with its own parameters, less those with the first unit's, over the unit's own
    distribution of the factors: for ordered items sum_c points_c (Phi((tau_c+1 - m) / s) - Phi((tau_c - m) / s)) with
    m = nu + lambda' alpha and s^2 = lambda' Psi lambda + theta. The score is the mean of all k items.
    """

    def points(theta: Floats) -> float:
        return _bias(units, step.fit.estimate.model, theta, unit, items)

    value = points(step.fit.estimate.theta)
    gradient = _gradient(points, step.fit.estimate.theta, _concerned(units, step.fit.estimate.model, unit, items))
    error = math.sqrt(max(float(gradient @ step.fit.covariance @ gradient), 0.0))
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


def _bias(units: Units, model: CovarianceModel, theta: Floats, unit: int, items: NDArray[np.intp]) -> float:
    layout = units.layout
    of_unit = filled(model, theta, 0 if layout.linked else unit)
    of_first = of_unit if layout.linked else filled(model, theta, 0)
    at = unit if layout.linked else 0
    m = layout.factors
    inside = slice(at * m, at * m + m)
    mean, spread = of_unit.alpha[inside], of_unit.psi[inside, inside]
    total = 0.0
    for item in items:
        own = _expected(units, of_unit, (int(item), at), mean, spread)
        total += own - _expected(units, of_first, (int(item), 0), mean, spread)
    return total / layout.items


def _expected(units: Units, matrices: Matrices, place: tuple[int, int], mean: Floats, spread: Floats) -> float:
    """Return the expected points of an item with the parameters of one unit, over a distribution of the factors."""
    (item, at), layout = place, units.layout
    k, m = layout.items, layout.factors
    row = at * k + item
    loadings = matrices.loadings[row, at * m : at * m + m]
    centre = float(matrices.nu[row] + loadings @ mean)
    points = units.points[item]
    if not layout.ordinal:
        low, high = points
        return 100 * (centre - float(low)) / float(high - low)
    width = math.sqrt(float(loadings @ spread @ loadings + matrices.residuals[row, row]))
    places = layout.threshold_places
    shift = at * int(places[-1])
    cut = matrices.tau[shift + places[item] : shift + places[item + 1]]
    below = np.concatenate([[0.0], scipy.special.ndtr((cut - centre) / width), [1.0]])
    return float(points @ np.diff(below))


def _concerned(units: Units, model: CovarianceModel, unit: int, items: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the parameters that a bias depends on: those of the items in the two units, and of the factors."""
    layout = units.layout
    sides = (0, unit) if layout.linked else (0,)
    rows = np.concatenate([side * layout.items + items for side in sides])
    of_items = np.isin(model.matrix, (LAMBDA, THETA, NU)) & np.isin(model.row, rows)
    cuts = np.flatnonzero(np.isin(model.item_of_threshold, rows))
    of_cuts = (model.matrix == TAU) & np.isin(model.row, cuts)
    of_factors = np.isin(model.matrix, (PSI, ALPHA))
    there = np.isin(model.group, (0, 0 if layout.linked else unit)) & (model.free >= 0)
    return np.unique(model.free[there & (of_items | of_cuts | of_factors)])


def _gradient(function: Callable[[Floats], float], theta: Floats, concerned: NDArray[np.intp]) -> Floats:
    """Return the gradient in the parameters concerned by central differences, zero in the others."""
    h = 1e-5
    found = np.zeros(len(theta))
    for number in concerned:
        aside = np.zeros(len(found))
        aside[number] = h
        found[number] = (function(theta + aside) - function(theta - aside)) / (2 * h)
    return found
