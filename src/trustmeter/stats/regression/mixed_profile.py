"""Profile-likelihood intervals of the variances of a mixed model."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Interval, normal_quantile
from trustmeter.stats.regression.mixed_model import MixedModel, MixedProblem, slope_at, solve_at


def profile_intervals(model: MixedModel, conf_level: float = 0.95) -> tuple[Interval, ...]:
    """Return an interval of each variance (the random intercepts', then the residual) by the profiled likelihood.

    A value belongs to it when the criterion, lowest over all other parameters, is not more than z^2 above its minimum; for a
    REML fit the restricted likelihood is profiled (lme4 profiles the unrestricted one). An interval may begin at zero. It
    has no standard error. Bates, Maechler, Bolker and Walker (2015), doi:10.18637/jss.v067.i01, section 5.1.
    """
    limit = normal_quantile(conf_level) ** 2
    found = []
    for place, value in zip(model.order, model.variances, strict=True):

        def excess(sd: float, place: int = int(place)) -> float:
            """Return how far the lowest criterion at this standard deviation is above the limit."""
            return profiled(model, place, sd * sd) - model.criterion - limit

        sd = math.sqrt(value)
        scale = math.sqrt(float(model.variances[-1]))
        found.append(
            Interval(math.nan, _lower(excess, sd, place == model.order[-1]) ** 2, _upper(excess, sd, scale) ** 2)
        )
    return tuple(found)


def profiled(model: MixedModel, place: int, variance: float) -> float:
    """Return the lowest criterion when the variance at this place of the problem has the given value."""
    problem, r = model.problem, model.problem.components
    ratios = model.variances[np.argsort(model.order)][:r] / model.variances[-1]
    if place < r and variance == 0:
        starts = {float(ratios[k]) for k in range(r) if k != place} | {0.0}
        return min(_lowest_without(problem, place, start) for start in starts)
    fixed = place if place < r else None
    others = [k for k in range(r) if k != fixed]
    start = np.sqrt(np.maximum(ratios[others], 1e-2))
    begin = start if fixed is None else np.append(start, math.log(float(model.variances[-1])))
    bounds = [(0.0, None)] * len(others) + [(None, None)] * (fixed is not None)

    def at(values: Floats) -> tuple[float, Floats]:
        """Return the criterion and its slope by theta of the others and, unless fixed, by log sigma2."""
        sigma2 = variance if fixed is None else math.exp(values[-1])
        full = np.empty(r)
        full[others] = values[: len(others)] ** 2
        if fixed is not None:
            full[fixed] = variance / sigma2
        value, slope, by_sigma = unprofiled(problem, full, sigma2)
        parts = 2 * values[: len(others)] * slope[others]
        return value, parts if fixed is None else np.append(parts, by_sigma - full[fixed] * slope[fixed])

    found = scipy.optimize.minimize(
        at, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-6, "maxiter": 200}
    )
    if not np.isfinite(found.fun):
        raise EstimationError("The profile of a variance did not converge.")
    return float(found.fun)


def unprofiled(problem: MixedProblem, ratios: Floats, sigma2: float) -> tuple[float, Floats, float]:
    """Return the criterion at given ratios and residual variance, its slopes by the ratios (r,) and by log sigma2."""
    solution = solve_at(problem, ratios)
    share = solution.sigma2 / sigma2
    value = solution.criterion + problem.df * (share - 1 - math.log(share))
    return value, slope_at(problem, solution, sigma2), problem.df * (1 - share)


def _lowest_without(problem: MixedProblem, place: int, start: float) -> float:
    """Return the lowest criterion when the intercepts at this place have no variance, from a ratio of the other's."""
    if problem.components == 1:
        return solve_at(problem, np.zeros(1)).criterion

    def at(theta: Floats) -> tuple[float, Floats]:
        full = np.zeros(2)
        full[1 - place] = theta[0] ** 2
        solution = solve_at(problem, full)
        return solution.criterion, 2 * theta * slope_at(problem, solution)[1 - place]

    begin = np.array([math.sqrt(start)])
    found = scipy.optimize.minimize(at, begin, jac=True, method="L-BFGS-B", bounds=[(0.0, None)])
    return float(found.fun)


def _lower(excess: Callable[[float], float], sd: float, residual: bool) -> float:
    """Return the lower limit of a standard deviation; zero where even that is kept (never for residuals)."""
    if sd == 0 or (not residual and excess(0.0) <= 0):
        return 0.0
    low = 0.0
    if residual:
        low = sd / 2
        while excess(low) <= 0:
            low /= 2
    return float(scipy.optimize.brentq(excess, low, sd, xtol=1e-10 * sd, rtol=1e-10))


def _upper(excess: Callable[[float], float], sd: float, scale: float) -> float:
    """Return the upper limit of a standard deviation; infinite where the likelihood does not fall enough."""
    inside, outside = sd, 1.5 * max(sd, scale / 4)
    while excess(outside) <= 0:
        inside, outside = outside, 1.5 * outside
        if outside > 1e4 * scale:
            return math.inf
    return float(scipy.optimize.brentq(excess, inside, outside, xtol=1e-10 * outside, rtol=1e-10))
