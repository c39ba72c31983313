"""A linear mixed model with one or two random intercepts (person; person and area), by REML or maximum likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.regression.least_squares import LeastSquares, fit
from trustmeter.stats.regression.mixed_structure import Grouping, Precision, grouping, precision

MixedMethod = Literal["reml", "ml"]

EXACT = 1e-8
"""A residual variance below this share of the least-squares one is zero: the intercepts fit the outcome exactly."""

FLAT = 1e-2
"""Above this theta a criterion without curvature is a fault; below it may be rounding."""

ZERO_RATIO = 1e-9
"""A variance below this share of the residual variance is zero: the fit is at the boundary."""


@dataclass(frozen=True, slots=True)
class MixedProblem:
    """The data of a mixed model in the basis of a least-squares fit, and their sums over groups.

    Parameters
    ----------
    start
        The least-squares fit, x = x~ R.
    groups
        The groupings, the one with most levels first.
    rows
        Shape (n, p + 1): x~ (orthonormal columns) and the least-squares residuals.
    products
        Shape (p + 1, p + 1): rows' rows.
    sums
        Z1' rows and Z2' rows.
    reml
        Whether the criterion is restricted.
    """

    start: LeastSquares
    groups: Grouping
    rows: Floats
    products: Floats
    sums: tuple[Floats, Floats]
    reml: bool

    @property
    def components(self) -> int:
        """The number of random intercepts."""
        return len(self.groups.codes)

    @property
    def df(self) -> int:
        """What the residual sum of squares is divided by: n - p (REML) or n."""
        n, p = self.start.x.shape
        return int(n - p if self.reml else n)


@dataclass(frozen=True, slots=True)
class Solution:
    """The generalised least-squares fit at given variance ratios, in the basis of the problem.

    Parameters
    ----------
    inverse
        `Precision` at these ratios.
    coefficients
        Shape (p,): in the basis of the problem.
    factor
        Shape (p, p): lower Cholesky factor of x~'V^-1 x~, V in units of the residual variance.
    sigma2
        The residual variance, profiled out.
    criterion
        -2 log (restricted) likelihood, as lme4's REML criterion or deviance.
    """

    inverse: Precision
    coefficients: Floats
    factor: Floats
    sigma2: float
    criterion: float


@dataclass(frozen=True, slots=True)
class MixedModel:
    """A fitted linear mixed model with r = 1 or 2 random intercepts.

    Parameters
    ----------
    method
        ``reml`` or ``ml``.
    coefficients
        Shape (p,).
    covariance
        Shape (p, p): (X'V^-1 X)^-1.
    variances
        Shape (r + 1,): of the random intercepts in the order given, and of the residuals.
    theta
        Shape (r,): standard deviations of the random intercepts over that of the residuals.
    boundary
        Shape (r,): whether a variance is estimated as zero (a singular fit).
    criterion
        -2 log (restricted) likelihood.
    log_likelihood
        -criterion / 2.
    levels
        Shape (r,): how many levels each random intercept has.
    order
        Shape (r + 1,): for each variance its place in the order of `problem` (most levels first, residual last).
    problem, solution
        What further inference is made from.
    """

    method: str
    coefficients: Floats
    covariance: Floats
    variances: Floats
    theta: Floats
    boundary: np.ndarray
    criterion: float
    log_likelihood: float
    levels: Integers
    order: Integers
    problem: MixedProblem
    solution: Solution


def fit_mixed(
    x: Floats, y: Floats, first: Integers, second: Integers | None = None, method: MixedMethod = "reml"
) -> MixedModel:
    """Fit y = x b + u[first] + v[second] + e with independent normal intercepts.

    Parameters
    ----------
    x, y
        Shapes (n, p) and (n,).
    first, second
        Shape (n,): the levels as whole numbers. Nested or crossed is found from the numbers: people must have numbers of
        their own, not numbers that begin anew in each area.
    method
        ``reml`` or ``ml``. The criterion is that of Bates, Maechler, Bolker and Walker (2015), doi:10.18637/jss.v067.i01.

    Returns
    -------
    MixedModel
        A variance that is estimated as zero is flagged in `boundary`; it is no error.

    Raises
    ------
    EstimationError
        The design has dependent columns, a grouping cannot be told from the residuals or from the other, the outcome is
        fitted exactly, or the criterion did not converge.
    """
    start = fit(x, y)
    codes = [np.unique(levels, return_inverse=True)[1] for levels in ([first] if second is None else [first, second])]
    levels = np.array([int(each.max()) + 1 for each in codes])
    swapped = len(codes) == 2 and levels[1] > levels[0]
    groups = grouping(*(codes[::-1] if swapped else codes))
    problem = _problem(start, groups, method == "reml")
    ratios = maximise(problem)
    solution = solve_at(problem, ratios)
    order = np.array([1, 0, 2] if swapped else [*range(len(codes)), len(codes)])
    ordered = ratios[order[:-1]]
    half = scipy.linalg.solve_triangular(solution.factor, scipy.linalg.solve_triangular(start.factor, np.eye(x.shape[1])).T,
                                         lower=True)  # fmt: skip
    return MixedModel(
        method, start.coefficients + scipy.linalg.solve_triangular(start.factor, solution.coefficients),
        solution.sigma2 * half.T @ half, solution.sigma2 * np.append(ordered, 1.0), np.sqrt(ordered), ordered == 0,
        solution.criterion, -solution.criterion / 2, levels, order, problem, solution,
    )  # fmt: skip


def _problem(start: LeastSquares, groups: Grouping, reml: bool) -> MixedProblem:
    """Return the problem of a fit and its groupings."""
    basis = scipy.linalg.solve_triangular(start.factor, start.x.T, trans="T").T
    rows = np.column_stack([basis, start.residuals])
    if not np.sum(start.residuals**2) > 1e-20 * np.sum(start.y**2):
        raise EstimationError("The outcome is fitted exactly, so that there are no residuals to divide into variances.")
    sums = (groups.sums[0] @ rows, groups.sums[1] @ rows)
    for factor in sums[: len(groups.codes)]:
        if not len(rows) - np.sum(factor[:, :-1] ** 2) > 1e-8 * len(rows):
            raise EstimationError(
                "The design already has an effect of its own for each level of a grouping, so that the variance of its random "
                "intercepts does not exist. Leave out one of the two."
            )
    return MixedProblem(start, groups, rows, rows.T @ rows, sums, reml)


def solve_at(problem: MixedProblem, ratios: Floats) -> Solution:
    """Return the generalised least-squares fit at the variance ratios (r,)."""
    inverse = precision(problem.groups, ratios)
    products = inverse.cross_products(problem.products, problem.sums)
    factor: Floats = np.asarray(np.linalg.cholesky(products[:-1, :-1]), dtype=float)
    half = scipy.linalg.solve_triangular(factor, products[:-1, -1], lower=True)
    coefficients = scipy.linalg.solve_triangular(factor, half, lower=True, trans="T")
    sigma2 = float(products[-1, -1] - half @ half) / problem.df
    if not sigma2 > EXACT * problem.start.sigma2:
        raise EstimationError("The random intercepts fit the outcome exactly; a residual variance does not exist.")
    criterion = problem.df * (1 + math.log(2 * math.pi * sigma2)) + inverse.log_det
    if problem.reml:
        criterion += 2 * float(np.sum(np.log(np.diag(factor))) + np.sum(np.log(np.abs(np.diag(problem.start.factor)))))
    return Solution(inverse, coefficients, factor, sigma2, criterion)


def slope_at(problem: MixedProblem, solution: Solution, sigma2: float | None = None) -> Floats:
    """Return the derivative of the criterion by each variance ratio, shape (r,), at a residual variance or profiled."""
    inverse, scale = solution.inverse, solution.sigma2 if sigma2 is None else sigma2
    traces = inverse.traces()
    slope = np.empty(problem.components)
    direction = np.append(-solution.coefficients, 1.0)
    for k, sums in enumerate(inverse.group_sums(problem.sums)[: problem.components]):
        pull = sums @ direction
        slope[k] = traces[k] - float(pull @ pull) / scale
        if problem.reml:
            slope[k] -= np.sum(scipy.linalg.solve_triangular(solution.factor, sums[:, :-1].T, lower=True) ** 2)
    return slope


def maximise(problem: MixedProblem) -> Floats:
    """Return the variance ratios (r,) at which the criterion is lowest; zero where the boundary is best."""
    best = _descend(problem, np.ones(problem.components))
    small = np.flatnonzero(best < 1e-3)
    for pattern in range(1, 1 << len(small)):
        trial = best.copy()
        zero = small[[bool(pattern >> k & 1) for k in range(len(small))]]
        trial[zero] = 0.0
        free = trial > 0
        if free.any():
            trial = _descend(problem, np.where(free, np.sqrt(trial), 0.0), free)
        solution = solve_at(problem, trial)
        if solution.criterion <= solve_at(problem, best).criterion + 1e-9:
            best = trial
    for k in np.flatnonzero(best == 0):
        if slope_at(problem, solve_at(problem, best))[k] < -1e-7:
            trial = best.copy()
            trial[k] = 1e-2
            best = _descend(problem, np.sqrt(trial), trial > 0)
    return np.where(best < ZERO_RATIO, 0.0, best)


def _descend(problem: MixedProblem, theta: Floats, free: np.ndarray | None = None) -> Floats:
    """Return the ratios at a minimum of the criterion, from theta = sqrt(ratios); those not `free` stay."""
    moving = np.ones(len(theta), dtype=bool) if free is None else free

    def at(values: Floats) -> tuple[float, Floats]:
        full = theta.copy()
        full[moving] = values
        solution = solve_at(problem, full**2)
        return solution.criterion, (2 * full * slope_at(problem, solution))[moving]

    found = scipy.optimize.minimize(
        at, theta[moving], jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * int(moving.sum()),
        options={"ftol": 1e-10, "gtol": 1e-4, "maxiter": 200},
    )  # fmt: skip
    if not np.isfinite(found.fun):
        raise EstimationError("The criterion of the mixed model did not converge to a finite value.")
    values = _polish(at, np.asarray(found.x))
    result = theta.copy()
    result[moving] = values
    return np.asarray(result**2)


def _polish(at: Callable[[Floats], tuple[float, Floats]], theta: Floats) -> Floats:
    """Return theta after a few Newton steps on those above zero, with the slopes' numeric derivative.

    Raises when the criterion could still fall by more than 1e-6: it did not converge.
    """
    here = np.flatnonzero(theta > 1e-4)
    decrement = 0.0
    for _ in range(6 if len(here) else 0):
        slope = at(theta)[1][here]
        curve = np.empty((len(here), len(here)))
        for column, k in enumerate(here):
            step = np.zeros(len(theta))
            step[k] = 1e-4 * theta[k]
            curve[:, column] = (at(theta + step)[1] - at(theta - step)[1])[here] / (2 * step[k])
        curve = (curve + curve.T) / 2
        if not np.linalg.eigvalsh(curve)[0] > 0:
            if float(theta[here].min()) > FLAT:
                raise EstimationError("The variances of the mixed model are not identified: its criterion is flat.")
            break
        move = np.linalg.solve(curve, slope)
        decrement = float(slope @ move)
        if decrement < 1e-18 or bool((theta[here] <= move).any()):
            break
        theta = theta.copy()
        theta[here] -= move
    if decrement > 1e-6:
        raise EstimationError("The criterion of the mixed model did not converge; its variances are hardly identified.")
    return theta
