"""How much true effects differ: the between-study variance tau², by four estimators, and its Q-profile interval.

With known sampling variances v and a design X (k, p), weights are w = 1 / (v + tau²) and P = W - W X (X'WX)^-1 X'W.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats

_ROUNDS = 500
_PRECISE = 1e-13
_FLATTEST = 50
"""A likelihood that bends less than this share of what is expected counts as bending so: steps over flat stretches."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """The weighted least-squares fit at one tau².

    Parameters
    ----------
    weights
        Shape (k,): 1 / (v + tau²).
    coefficients
        Shape (p,).
    covariance
        Shape (p, p): (X'WX)^-1.
    residuals
        Shape (k,).
    traces
        tr(P) and tr(PP).
    bend
        y'PPPy.
    """

    weights: Floats
    coefficients: Floats
    covariance: Floats
    residuals: Floats
    traces: tuple[float, float]
    bend: float

    @property
    def q(self) -> float:
        """Weighted sum of squared residuals, y'Py."""
        return float(self.weights @ self.residuals**2)

    @property
    def slope(self) -> float:
        """y'PPy: how fast `q` falls when tau² rises."""
        return float(((self.weights * self.residuals) ** 2).sum())


def weighted_fit(y: Floats, v: Floats, x: Floats, tau2: float) -> Weighted:
    """Return the weighted least-squares fit of y (k,) on x (k, p) at a given tau²."""
    w = 1.0 / (v + tau2)
    wx = x * w[:, None]
    information = x.T @ wx
    covariance: Floats = np.asarray(1.0 / information if len(information) == 1 else np.linalg.inv(information))
    coefficients = covariance @ (wx.T @ y)
    two, three = covariance @ (wx.T @ wx), covariance @ (wx.T @ (wx * w[:, None]))
    traces = (float(w.sum() - np.trace(two)), float(w @ w - 2 * np.trace(three) + np.sum(two * two.T)))
    residuals = y - x @ coefficients
    pulled = w * residuals
    across = wx.T @ pulled
    return Weighted(w, coefficients, covariance, residuals, traces, float(w @ pulled**2 - across @ covariance @ across))


def restricted_log_likelihood(y: Floats, v: Floats, x: Floats, tau2: float) -> float:
    """Return the restricted log-likelihood at tau², without the terms that do not depend on it."""
    fit = weighted_fit(y, v, x, tau2)
    return 0.5 * float(np.log(fit.weights).sum() + np.linalg.slogdet(fit.covariance)[1] - fit.q)


def log_likelihood(y: Floats, v: Floats, x: Floats, tau2: float) -> float:
    """Return the log-likelihood at tau², without the terms that do not depend on it."""
    fit = weighted_fit(y, v, x, tau2)
    return 0.5 * float(np.log(fit.weights).sum() - fit.q)


def tau_squared(y: Floats, v: Floats, x: Floats, method: str) -> tuple[float, float]:
    """Return tau² and its standard error.

    Parameters
    ----------
    y, v, x
        Estimates (k,), their sampling variances (k,), design (k, p) with k > p.
    method
        ``"REML"``, ``"ML"``, ``"DL"`` (DerSimonian-Laird) or ``"PM"`` (Paule-Mandel).

    Notes
    -----
    REML and ML by Newton's steps by the size of the likelihood's bend, halved until it rises, from the
    Hedges-Olkin start; never below zero. The standard error
    of REML is sqrt(2 / tr(PP)), of ML sqrt(2 / sum w²) (Viechtbauer 2005, doi:10.3102/10769986030003261); of the
    moment estimators the delta method on Q, whose variance is 2 tr(PP) at normal data.
    """
    k, p = x.shape
    if method == "DL":
        return _moment(weighted_fit(y, v, x, 0.0), v, x)
    if method == "PM":
        fit = weighted_fit(y, v, x, 0.0)
        tau2 = 0.0 if fit.q <= k - p else solve_q(y, v, x, k - p)
        at = weighted_fit(y, v, x, tau2)
        return tau2, math.sqrt(2 * (k - p)) / at.traces[0]
    tau2 = _scoring(y, v, x, restricted=method == "REML")
    at = weighted_fit(y, v, x, tau2)
    information = at.traces[1] if method == "REML" else float(at.weights @ at.weights)
    return tau2, math.sqrt(2 / information)


def _moment(fit: Weighted, v: Floats, x: Floats) -> tuple[float, float]:
    k, p = x.shape
    trace, squared = fit.traces
    tau2 = max(0.0, (fit.q - (k - p)) / trace)
    wx = x * fit.weights[:, None]
    P = np.diag(fit.weights) - wx @ fit.covariance @ wx.T
    PV = P * (v + tau2)
    return tau2, math.sqrt(2 * float(np.sum(PV * PV.T))) / trace if squared > 0 else math.nan


def _scoring(y: Floats, v: Floats, x: Floats, restricted: bool) -> float:
    likelihood = restricted_log_likelihood if restricted else log_likelihood
    tau2 = _starting(y, v, x)
    value = likelihood(y, v, x, tau2)
    for _ in range(_ROUNDS):
        fit = weighted_fit(y, v, x, tau2)
        trace = fit.traces[0] if restricted else float(fit.weights.sum())
        expected = (fit.traces[1] if restricted else float(fit.weights @ fit.weights)) / 2
        observed = fit.bend - expected
        step = max((fit.slope - trace) / 2 / max(abs(observed), expected / _FLATTEST), -tau2)
        if abs(step) <= _PRECISE * (float(v.min()) + tau2):
            return tau2 + step
        found = likelihood(y, v, x, tau2 + step)
        while found < value - 1e-12 * (1 + abs(value)) and abs(step) > _PRECISE * float(v.min()):
            step /= 2
            found = likelihood(y, v, x, tau2 + step)
        tau2, value = tau2 + step, found
    raise EstimationError(
        f"The variance between {len(y)} estimates was not found in {_ROUNDS} steps. Expected a likelihood with one top; "
        "ask for the Paule-Mandel estimate (PM) instead."
    )


def _starting(y: Floats, v: Floats, x: Floats) -> float:
    k, p = x.shape
    q, _ = np.linalg.qr(x)
    residuals = y - q @ (q.T @ y)
    expected = float(v.sum() - (v @ q**2).sum())
    return float(max(0.0, (float(residuals @ residuals) - expected) / (k - p)))


def solve_q(y: Floats, v: Floats, x: Floats, target: float) -> float:
    """Return the tau² at which the generalised Q equals `target`; it must be below Q at zero.

    Q is convex and falls, so that Newton's method from zero climbs to the root without passing it.
    """
    tau2 = 0.0
    for _ in range(_ROUNDS):
        fit = weighted_fit(y, v, x, tau2)
        step = (fit.q - target) / fit.slope
        if step <= _PRECISE * (tau2 + float(v.min())):
            return tau2 + max(step, 0.0)
        tau2 += step
    raise EstimationError(
        f"The limits of the variance between {len(y)} estimates were not found. Expected sampling variances of like size."
    )


def q_profile(y: Floats, v: Floats, x: Floats, conf_level: float) -> tuple[float, float]:
    """Return the Q-profile interval of tau² (Viechtbauer 2007, doi:10.1002/sim.2514).

    Both limits are not a number when Q at tau² = 0 lies below the lower quantile: the estimates agree better than
    chance allows, and no variance fits.
    """
    df = x.shape[0] - x.shape[1]
    tail = (1 - conf_level) / 2
    low, high = float(scipy.special.chdtri(df, 1 - tail)), float(scipy.special.chdtri(df, tail))
    at_zero = weighted_fit(y, v, x, 0.0).q
    if at_zero < low:
        return math.nan, math.nan
    return (solve_q(y, v, x, high) if at_zero > high else 0.0), solve_q(y, v, x, low)
