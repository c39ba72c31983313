"""Ordered answers explained by predictors: the proportional-odds model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers

_ITERATIONS = 60
_HALVINGS = 40
_DECREMENT = 1e-20
"""Newton's method stops when a step would raise the log-likelihood, relative to its size, by less."""
_RAREST = 1e-14
"""A share of the answers below cannot be told from rounding errors."""
_STEEPEST = 30.0
"""A slope (per standard deviation of its predictor) beyond this heads for infinity: the predictor parts the answers."""


@dataclass(frozen=True, slots=True)
class OrdinalFit:
    """A fitted proportional-odds model: logit P(answer <= c) = threshold_c - slopes' x.

    Parameters
    ----------
    thresholds
        Shape (m - 1,).
    slopes
        Shape (p,).
    log_likelihood
        Weighted log-likelihood.
    covariance
        Shape (m - 1 + p, same): inverse of the observed information, thresholds first.
    robust_covariance
        Same shape: sandwich with the scores of rows (times n / (n - 1)), or of clusters (times G / (G - 1)).
    influence
        Shape (n, m - 1 + p): how much each row pulls at the estimates.
    """

    thresholds: Floats
    slopes: Floats
    log_likelihood: float
    covariance: Floats
    robust_covariance: Floats
    influence: Floats

    def shares(self, x: Floats) -> Floats:
        """Return the probability of each category, shape (n, m), for predictors (n, p)."""
        above = scipy.special.expit(self.thresholds - (x @ self.slopes)[:, None])
        ends = np.hstack([np.zeros((len(x), 1)), above, np.ones((len(x), 1))])
        return np.asarray(np.diff(ends, axis=1))


@dataclass(frozen=True, slots=True)
class _Data:
    """Answers (n,) with m categories, predictors (n, p), weights (n,)."""

    codes: Integers
    x: Floats
    weights: Floats
    m: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """At one parameter vector, each row's log-likelihood and its derivatives by its upper and its lower limit, (n,)."""

    log_likelihood: Floats
    upper: Floats
    lower: Floats
    upper_share: Floats
    lower_share: Floats


def fit_proportional_odds(
    codes: Integers, x: Floats, *, weights: Floats | None = None, clusters: Integers | None = None
) -> OrdinalFit:
    """Fit the proportional-odds model (McCullagh 1980) by maximum likelihood.

    Parameters
    ----------
    codes
        Shape (n,): answers 0, 1, …, every category up to the highest observed.
    x
        Shape (n, p): predictors without a constant; p may be 0.
    weights
        Shape (n,): positive weights.
    clusters
        Shape (n,): codes of clusters of rows, for the robust covariance.

    Raises
    ------
    EstimationError
        When an answer has hardly any weight, predictors are collinear, or part the answers without overlap (a slope heads for infinity).

    Notes
    -----
    McCullagh, P. (1980), doi:10.1111/j.2517-6161.1980.tb01109.x. The log-likelihood is concave; Newton steps with
    halving reach its top.
    """
    data = _Data(codes, x, np.ones(len(codes)) if weights is None else weights, int(codes.max()) + 1)
    shares = np.cumsum(np.bincount(codes, weights=data.weights))[:-1] / data.weights.sum()
    if not (np.diff(shares, prepend=0.0, append=1.0) > _RAREST).all():
        raise EstimationError("Hardly any weight is on one of the answers; the regression cannot tell it from none.")
    free = np.concatenate([scipy.special.logit(shares), np.zeros(x.shape[1])])
    free, rows = _climbed(data, free)
    information = _information(data, rows)
    covariance = _inverse(information)
    influence = (_scores(data, rows) * data.weights[:, None]) @ covariance
    cut = data.m - 1
    return OrdinalFit(
        thresholds=free[:cut],
        slopes=free[cut:],
        log_likelihood=float(data.weights @ rows.log_likelihood),
        covariance=covariance,
        robust_covariance=covariance_of(influence, clusters),
        influence=influence,
    )


def covariance_of(influence: Floats, clusters: Integers | None) -> Floats:
    """Return the covariance (q, q) that the influence of rows (n, q) tells, summed in clusters when there are any."""
    if clusters is not None:
        place = np.unique(clusters, return_inverse=True)[1]
        summed = np.zeros((int(place.max()) + 1, influence.shape[1]))
        np.add.at(summed, place, influence)
        influence = summed
    units = len(influence)
    return np.asarray(influence.T @ influence * (units / max(units - 1, 1)))


def _climbed(data: _Data, free: Floats) -> tuple[Floats, _Rows]:
    """Return the parameters at the top of the log-likelihood, and the rows there."""
    rows = _rows(data, free)
    value = float(data.weights @ rows.log_likelihood)
    spread = np.concatenate([np.zeros(data.m - 1), data.x.std(axis=0)])
    for _ in range(_ITERATIONS):
        gradient = data.weights @ _scores(data, rows)
        step = _inverse(_information(data, rows)) @ gradient
        if float(gradient @ step) <= _DECREMENT * abs(value):
            return free, rows
        for _ in range(_HALVINGS):
            tried = free + step
            at = _rows(data, tried) if (np.diff(tried[: data.m - 1]) > 0).all() else None
            reached = -np.inf if at is None else float(data.weights @ at.log_likelihood)
            if at is not None and reached >= value - 1e-12 * abs(value):
                break
            step = step / 2
        else:
            return free, rows
        free, rows, value = tried, at, reached
        if (np.abs(free) * spread > _STEEPEST).any():
            raise EstimationError("A predictor parts the answers without overlap; its slope heads for infinity.")
    raise EstimationError(f"The proportional-odds model did not come to rest within {_ITERATIONS} steps.")


def _rows(data: _Data, free: Floats) -> _Rows:
    """Return each row's likelihood, written so that no difference of nearly equal shares is taken."""
    ends = np.concatenate([[-np.inf], free[: data.m - 1], [np.inf]])
    eta = data.x @ free[data.m - 1 :]
    high, low = ends[data.codes + 1] - eta, ends[data.codes] - eta
    gap = -np.expm1(ends[data.codes] - ends[data.codes + 1])
    above, below = scipy.special.log_expit(high), scipy.special.log_expit(low)
    not_above, not_below = scipy.special.log_expit(-high), scipy.special.log_expit(-low)
    upper, lower = np.exp(not_above - not_below) / gap, np.exp(below - above) / gap
    return _Rows(above + not_below + np.log(gap), upper, lower, np.exp(above), np.exp(below))


def _scores(data: _Data, rows: _Rows) -> Floats:
    """Return each row's derivative of its log-likelihood by thresholds and slopes, (n, m - 1 + p)."""
    cuts = np.arange(data.m - 1)
    by_cut = (data.codes[:, None] == cuts) * rows.upper[:, None]
    by_cut = by_cut - (data.codes[:, None] == cuts + 1) * rows.lower[:, None]
    return np.hstack([by_cut, -(rows.upper - rows.lower)[:, None] * data.x])


def _information(data: _Data, rows: _Rows) -> Floats:
    """Return minus the second derivatives of the log-likelihood, (m - 1 + p, same)."""
    w, cut = data.weights, data.m - 1
    uu = w * rows.upper * (rows.upper - 1 + 2 * rows.upper_share)
    ll = w * rows.lower * (rows.lower + 1 - 2 * rows.lower_share)
    ul = -w * rows.upper * rows.lower
    total = np.zeros((cut + data.x.shape[1],) * 2)
    cuts = np.arange(cut)
    total[cuts, cuts] = np.bincount(data.codes, uu, data.m)[:cut] + np.bincount(data.codes, ll, data.m)[1:]
    inner = np.bincount(data.codes, ul, data.m)[1:cut]
    total[cuts[1:], cuts[:-1]] = total[cuts[:-1], cuts[1:]] = inner
    chosen = (data.codes[:, None] == cuts) * (uu + ul)[:, None] + (data.codes[:, None] == cuts + 1) * (ll + ul)[:, None]
    total[cut:, :cut] = -(data.x.T @ chosen)
    total[:cut, cut:] = total[cut:, :cut].T
    total[cut:, cut:] = data.x.T @ ((uu + 2 * ul + ll)[:, None] * data.x)
    return total


def _inverse(information: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    scaled = information / np.outer(scale, scale)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    if not values[0] > 1e-12:
        raise EstimationError("The predictors are collinear, or one of them parts the answers without overlap.")
    return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale))
