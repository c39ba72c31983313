"""The wild cluster bootstrap-t with the null imposed, for one contrast of a least-squares fit.

The residuals of the fit restricted to c'b = r are multiplied by one random sign a cluster; the statistic is computed anew:
Cameron, Gelbach and Miller (2008), doi:10.1162/rest.90.3.414. No refit is needed. With m_g = X_g'W u_g(r), all is linear in
the signs and in d = c'b - r, so that every null value costs a few operations a draw: Roodman, MacKinnon, Nielsen and Webb
(2019), doi:10.1177/1536867X19830877.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.regression.least_squares import LeastSquares

SignKind = Literal["rademacher", "webb"]

POINTS: dict[str, tuple[float, ...]] = {
    "rademacher": (-1.0, 1.0),
    "webb": (-math.sqrt(1.5), -1.0, -math.sqrt(0.5), math.sqrt(0.5), 1.0, math.sqrt(1.5)),
}
"""Webb's six points, for so few clusters that two points give too few different draws."""

TIE = 1e-9
"""Statistics that differ by less than this share are tied."""

CHUNK = 4_000_000
"""How many clusters x draws are held at once."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the residuals of each cluster are multiplied by.

    Parameters
    ----------
    values
        Shape (G, B): one column a draw.
    enumerated
        Whether the columns are all that can be, each once.
    """

    values: Floats
    enumerated: bool


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """The test of one contrast, and the interval from turning the test round.

    Parameters
    ----------
    estimate, std_error, statistic
        The contrast, its CR1S standard error (as Stata's), and t against the null value.
    p_value
        Two-sided and symmetric: the share of draws with |t*| >= |t|. Ties count. When the draws are a sample the data
        count as one more draw, (1 + count) / (B + 1), so that the test keeps its level.
    p_value_strict
        The share of draws with |t*| > |t|: ties do not count (as some R and Stata programs have it). When all signs are
        enumerated it misses the data themselves and their mirror image, 2 / 2^G.
    p_value_equal_tailed
        Twice the smaller of the shares with t* >= t and t* <= t, counted as in `p_value`; at most 1.
    low, high
        The null values around the estimate that the symmetric test (`p_value`) does not reject; infinite where it
        rejects none.
    draws
        B.
    enumerated
        Whether all signs were used.
    """

    estimate: float
    std_error: float
    statistic: float
    p_value: float
    p_value_strict: float
    p_value_equal_tailed: float
    low: float
    high: float
    draws: int
    enumerated: bool


@dataclass(frozen=True, slots=True)
class _Draws:
    """The statistic of each draw as a function of d = estimate - null.

    t*(d) = (top0 + d top1) / sqrt(square0 + 2 d square1 + d^2 square2), the five `parts`, shape (5, B), in this order;
    `error` is the standard error of the data on the same scale.
    """

    parts: Floats
    error: float
    enumerated: bool

    def at(self, d: float) -> tuple[Floats, Floats]:
        """Return t* times its own standard error, and that standard error times |t|, both (B,)."""
        top0, top1, square0, square1, square2 = self.parts
        squares = np.maximum(square0 + 2 * d * square1 + d * d * square2, 0.0)
        return top0 + d * top1, np.sqrt(squares) * (abs(d) / self.error)

    def share(self, there: np.ndarray) -> float:
        """Return the share of draws that are extreme, with the data as one more draw when the draws are a sample."""
        count = int(np.count_nonzero(there))
        return count / len(there) if self.enumerated else (1 + count) / (len(there) + 1)

    def p_value(self, d: float) -> float:
        """Return the symmetric p value."""
        top, bar = self.at(d)
        return self.share(np.abs(top) >= bar * (1 - TIE))


def wild_signs(clusters: int, draws: int, kind: SignKind, rng: np.random.Generator) -> Signs:
    """Return the signs of `draws` draws for G clusters; all that there are when these are not more than `draws`.

    Rademacher signs have 2^G columns, Webb's points 6^G. Webb (2023), doi:10.1111/caje.12661.
    """
    points = np.array(POINTS[kind])
    if len(points) ** clusters <= draws:
        return Signs(np.array(list(itertools.product(points, repeat=clusters))).T, True)
    return Signs(points[rng.integers(0, len(points), size=(clusters, draws))], False)


def wild_cluster_test(
    fit: LeastSquares,
    clusters: Integers,
    contrast: Floats,
    signs: Signs,
    *,
    null: float = 0.0,
    conf_level: float = 0.95,
) -> WildBootstrap:
    """Test that contrast'b equals `null` by the wild cluster bootstrap with that null imposed.

    Parameters
    ----------
    fit
        From `least_squares.fit`; weights are kept.
    clusters
        Shape (n,): the cluster of each row, as whole numbers.
    contrast
        Shape (p,).
    signs
        From `wild_signs`: shape (G, B), clusters in rising order of their number.
    null
        The value to test.
    conf_level
        Of the interval.

    Raises
    ------
    EstimationError
        There are fewer than two clusters, or the contrast has no cluster-robust standard error.
    """
    codes = np.unique(clusters, return_inverse=True)[1]
    estimate = float(contrast @ fit.coefficients)
    draws = _draws(fit, codes, contrast, signs)
    count, (n, p) = int(codes.max()) + 1, fit.x.shape
    error = draws.error * math.sqrt(count / (count - 1) * (n - 1) / (n - p))
    d = estimate - null
    top, bar = draws.at(d)
    side = math.copysign(1.0, d) * top
    upper, lower = side >= bar * (1 - TIE), side <= bar * (1 + TIE)
    level = 1 - conf_level + 1e-12
    return WildBootstrap(
        estimate,
        error,
        d / error,
        draws.p_value(d),
        float(np.mean(np.abs(top) > bar * (1 + TIE))),
        min(1.0, 2 * min(draws.share(upper), draws.share(lower))),
        estimate - _reach(lambda size: draws.p_value(size) > level, draws.error),
        estimate + _reach(lambda size: draws.p_value(-size) > level, draws.error),
        len(top),
        signs.enumerated,
    )


def wild_statistics(fit: LeastSquares, clusters: Integers, contrast: Floats, signs: Signs) -> tuple[float, Floats]:
    """Return t of contrast'b against nil, and t* of each draw (B,) with that null imposed, on one scale.

    Statistics of several fits drawn with the same signs keep their dependence. Input as `wild_cluster_test`.
    """
    draws = _draws(fit, np.unique(clusters, return_inverse=True)[1], contrast, signs)
    d = float(contrast @ fit.coefficients)
    top0, top1, square0, square1, square2 = draws.parts
    top, squares = top0 + d * top1, square0 + 2 * d * square1 + d * d * square2
    there = squares > 0
    return d / draws.error, np.where(there, top / np.sqrt(np.where(there, squares, 1.0)), math.inf)


def _draws(fit: LeastSquares, codes: Integers, contrast: Floats, signs: Signs) -> _Draws:
    """Return the parts of each draw's statistic, in the basis where X'WX is the identity."""
    count = int(codes.max()) + 1
    if count < 2 or signs.values.shape[0] != count:
        raise EstimationError(
            f"The wild bootstrap needs two clusters or more and one sign each; got {count} clusters and "
            f"{signs.values.shape[0]} rows of signs."
        )
    c = scipy.linalg.solve_triangular(fit.factor, contrast, trans="T")
    x = scipy.linalg.solve_triangular(fit.factor, fit.x.T, trans="T").T
    w = 1.0 if fit.weights is None else fit.weights
    along = _cluster_sums(x * (w * (x @ c))[:, None], codes, count)
    scores = _cluster_sums(x * (w * fit.residuals)[:, None], codes, count)
    error = math.sqrt(float(np.sum((scores @ c) ** 2)))
    if not error > 1e-12 * math.sqrt(float(c @ c) * float(np.sum(w * fit.residuals**2))):
        raise EstimationError("The contrast has no cluster-robust standard error: its clusters are fitted exactly.")
    pieces = [
        _parts(signs.values[:, start : start + width], c, along, scores)
        for width in [max(1, CHUNK // count)]
        for start in range(0, signs.values.shape[1], width)
    ]
    return _Draws(np.concatenate(pieces, axis=1), error, signs.enumerated)


def _parts(v: Floats, c: Floats, along: Floats, scores: Floats) -> Floats:
    """Return the two parts of the numerator and the three of the squared denominator, shape (5, B).

    The score of cluster g is m_g = scores_g + d along_g / c'c; its share of the draw's variance comes from
    s_g = v_g c'm_g - along_g' sum_h v_h m_h.
    """
    pulls = along / float(c @ c)
    tops, parts = [], []
    for m in (scores, pulls):
        own = m @ c
        tops.append(own @ v)
        parts.append(v * own[:, None] - along @ (m.T @ v))
    fixed, moving = parts
    squares = [np.einsum("gb,gb->b", a, b) for a, b in ((fixed, fixed), (fixed, moving), (moving, moving))]
    return np.stack([*tops, *squares])


def _reach(kept: Callable[[float], bool], error: float) -> float:
    """Return how far from the estimate null values are kept, by widening and halving; infinite when without end."""
    inside, outside = 0.0, 0.5 * error
    while kept(outside):
        inside, outside = outside, 1.5 * outside
        if outside > 1e6 * error:
            return math.inf
    for _ in range(45):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(middle) else (inside, middle)
    return (inside + outside) / 2


def _cluster_sums(rows: Floats, codes: Integers, count: int) -> Floats:
    """Add up rows (n, p) of each cluster, shape (G, p)."""
    return np.column_stack([np.bincount(codes, weights=column, minlength=count) for column in rows.T])
