"""The correlation of an ordered answer with a number, and correlations among numbers, each with its rows' influence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.correlation.bivariate import BEYOND, normal_density
from trustmeter.stats.correlation.likelihood import STEEPEST
from trustmeter.stats.covariance import Floats, Integers

_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class RowCorrelation:
    """A correlation, and the influence of each row on it.

    Parameters
    ----------
    rho
        The estimate; 1 or -1 when it ran to the limit.
    influence
        Shape (n,): sums to zero; not a number at the limit.
    """

    rho: float
    influence: Floats

    @property
    def at_limit(self) -> bool:
        """Whether the estimate ran to 1 or -1."""
        return abs(self.rho) == 1


@dataclass(frozen=True, slots=True)
class _Standard:
    """Numbers (n,) around their mean in units of their standard deviation, and the weight of those that are there."""

    z: Floats
    total: float


def product_moment(x: Floats, y: Floats, weights: Floats | None = None) -> RowCorrelation:
    """Return Pearson's correlation of the rows (n,) that have both numbers, with its distribution-free influence."""
    there = ~np.isnan(x) & ~np.isnan(y)
    w = np.where(there, 1.0 if weights is None else weights, 0.0)
    w = w / w.sum()
    first, second = (np.where(there, _standardized(np.where(there, one, np.nan), weights).z, 0.0) for one in (x, y))
    rho = float(w @ (first * second))
    return RowCorrelation(rho, w * (first * second - 0.5 * rho * (first**2 + second**2)))


def polyserial_correlation(codes: Integers, x: Floats, weights: Floats | None = None) -> RowCorrelation:
    """Return the correlation of a number with the normal variable behind an ordered answer.

    Parameters
    ----------
    codes
        Shape (n,): answers 0, 1, …, every category up to the highest observed; -1 is missing.
    x
        Shape (n,): numbers, not a number where missing.
    weights
        Shape (n,): positive weights of the rows.

    Notes
    -----
    Two steps (Olsson, Drasgow & Dorans 1982, doi:10.1007/BF02294164): thresholds, mean and standard deviation from all
    rows that have the variable; the correlation by maximum likelihood from the rows with both. The influence accounts
    for the first step, its derivatives being sums of products of casewise scores.
    """
    w = np.ones(len(x)) if weights is None else weights
    answered, standard = codes >= 0, _standardized(x, weights)
    counts = np.bincount(codes[answered], w[answered])
    shares = np.cumsum(counts)[:-1] / counts.sum()
    cutpoints = np.asarray(scipy.special.ndtri(shares))
    both = answered & ~np.isnan(x)
    pair = _Pair(codes[both], standard.z[both], w[both], cutpoints)
    rho = _solved(pair)
    if abs(rho) == 1:
        return RowCorrelation(rho, np.full(len(x), np.nan))
    score = pair.score(rho)
    by_threshold, by_mean, by_variance = pair.dependence(rho, score)
    below = (codes[:, None] <= np.arange(len(cutpoints))) - shares
    first_step = np.where(answered[:, None], below / (counts.sum() * normal_density(cutpoints)), 0.0) @ by_threshold
    z = standard.z
    first_step += np.where(np.isnan(z), 0.0, by_mean * z + by_variance * (z * z - 1)) / standard.total
    own = np.zeros(len(x))
    own[both] = score
    return RowCorrelation(rho, w * (own - first_step) / float(pair.weights @ score**2))


def _standardized(x: Floats, weights: Floats | None) -> _Standard:
    there = ~np.isnan(x)
    w = np.where(there, 1.0 if weights is None else weights, 0.0)
    total = float(w.sum())
    centred = x - float(w[there] @ x[there]) / total
    return _Standard(centred / math.sqrt(float(w[there] @ centred[there] ** 2) / total), total)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Rows that have both: answers (n,), standardised numbers (n,), weights (n,), and the item's cutpoints (s,)."""

    codes: Integers
    z: Floats
    weights: Floats
    cutpoints: Floats

    def limits(self, rho: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Return each row's upper and lower cutpoint, both given the number, and the probability in between."""
        ends = np.concatenate([[-BEYOND], self.cutpoints, [BEYOND]])
        high, low = ends[self.codes + 1], ends[self.codes]
        root = math.sqrt((1 - rho) * (1 + rho))
        above, below = (high - rho * self.z) / root, (low - rho * self.z) / root
        mirrored = below > 0
        first = scipy.special.ndtr(np.where(mirrored, -below, above))
        second = scipy.special.ndtr(np.where(mirrored, -above, below))
        return high, low, above, below, np.maximum(first - second, _SMALLEST)

    def score(self, rho: float) -> Floats:
        """Return the derivative of each row's log-likelihood by the correlation."""
        high, low, above, below, probability = self.limits(rho)
        change = normal_density(above) * (rho * high - self.z) - normal_density(below) * (rho * low - self.z)
        return np.asarray(change / probability / ((1 - rho) * (1 + rho)) ** 1.5)

    def dependence(self, rho: float, score: Floats) -> tuple[Floats, float, float]:
        """Return the sums of products of the score with those of thresholds, mean and variance.

        The latter two in units of the standard deviation: of the mean, and of half the relative variance.
        """
        _, _, above, below, probability = self.limits(rho)
        root = math.sqrt((1 - rho) * (1 + rho))
        upper, lower = normal_density(above) / probability / root, normal_density(below) / probability / root
        count = len(self.cutpoints)
        weighted = self.weights * score
        gained = np.bincount(self.codes, weights=weighted * upper, minlength=count + 1)[:count]
        lost = np.bincount(self.codes, weights=weighted * lower, minlength=count + 1)[1:]
        pull = self.z + rho * (upper - lower)
        return np.asarray(gained - lost, dtype=float), float(weighted @ pull), float(weighted @ (self.z * pull - 1)) / 2


def _solved(pair: _Pair) -> float:
    """Return the most likely correlation; 1 or -1 when there is none in between."""

    def total(z: float) -> float:
        return float(pair.weights @ pair.score(math.tanh(z)))

    limit = math.atanh(STEEPEST)
    codes, z = pair.codes - pair.codes.mean(), pair.z - pair.z.mean()
    scale = math.sqrt(float(codes @ codes) * float(z @ z))
    start = math.atanh(min(max(float(codes @ z) / scale, -0.95), 0.95)) if scale > 0 else 0.0
    side = math.copysign(1.0, total(start))
    near, width = start, 0.1
    while True:
        far = float(np.clip(near + side * width, -limit, limit))
        if total(far) * side <= 0:
            return math.tanh(scipy.optimize.brentq(total, near, far, xtol=1e-14, rtol=1e-14))
        if abs(far) >= limit:
            return side
        near, width = far, 2 * width
