"""What makes up a change of scores: the trait, the use of the answers, and what the model does not tell."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP = 1e-5
"""Step of the central differences, relative to the parameter; their error is about its square."""

HEAD = 5
"""How many numbers of `Parts.vector` are not of items."""


class Trait(NamedTuple):
    """The distribution of the trait in one wave: mean and variance."""

    mean: float
    variance: float


class Meter(NamedTuple):
    """How items are answered in one wave: loadings (k,), intercepts (k,), residual variances (k,), thresholds (T,)."""

    loadings: Floats
    intercepts: Floats
    residuals: Floats
    thresholds: Floats


Expected = Callable[[Meter, Trait], Floats]
"""The expected points (0-100) of each item, shape (k,)."""


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """What a model says of the change between two waves.

    Parameters
    ----------
    latent
        Mean of the trait after, in standard deviations before.
    variance_ratio
        Its variance after, over that before.
    stability
        Its correlation over time; not a number of different people.
    mean_points, spread_points
        What the moved mean, and then the changed spread, bring to the score by the meter before, in points.
    reprioritization, recalibration
        Shape (k,): what the changed loading of each item, and its changed thresholds, intercept and residual variance,
        bring to the score, in points.
    """

    latent: float
    variance_ratio: float
    stability: float
    mean_points: float
    spread_points: float
    reprioritization: Floats
    recalibration: Floats

    @property
    def vector(self) -> Floats:
        """All of it in one row: five numbers, then two for each item."""
        head = [self.latent, self.variance_ratio, self.stability, self.mean_points, self.spread_points]
        return np.concatenate([head, self.reprioritization, self.recalibration])


def decomposed(before: tuple[Meter, Trait], after: tuple[Meter, Trait], expected: Expected, stability: float) -> Parts:
    """Return the parts of the change of expected scores between two waves.

    With expected points E(meter; trait): the trait's change is E(before; after) - E(before; before); that of the use of
    answers E(after; after) - E(before; after), of which the loadings have what they bring when they change first and when
    they change last, on average. The score is the mean of the k items.
    """
    (meter, trait), (meter_after, trait_after) = before, after
    k = len(meter.loadings)
    start = expected(meter, trait) / k
    moved = expected(meter, Trait(trait_after.mean, trait.variance)) / k
    by_before, by_after = expected(meter, trait_after) / k, expected(meter_after, trait_after) / k
    loadings_first = expected(meter._replace(loadings=meter_after.loadings), trait_after) / k
    loadings_last = expected(meter_after._replace(loadings=meter.loadings), trait_after) / k
    reprioritization = (loadings_first - by_before + by_after - loadings_last) / 2
    return Parts(
        latent=(trait_after.mean - trait.mean) / math.sqrt(trait.variance),
        variance_ratio=trait_after.variance / trait.variance,
        stability=stability,
        mean_points=float((moved - start).sum()),
        spread_points=float((by_before - moved).sum()),
        reprioritization=reprioritization,
        recalibration=by_after - by_before - reprioritization,
    )


def slopes_along(parts_at: Callable[[Floats], Parts], theta: Floats) -> Floats:
    """Return the derivatives of `Parts.vector` in the parameters, shape (q, 5 + 2 k), by central differences."""
    found = []
    for number in range(len(theta)):
        step = np.zeros_like(theta)
        step[number] = _STEP * max(1.0, abs(theta[number]))
        ahead, behind = (parts_at(theta + sign * step).vector for sign in (1, -1))
        found.append((ahead - behind) / (2 * step[number]))
    return np.asarray(np.nan_to_num(np.array(found), nan=0.0), dtype=float)
