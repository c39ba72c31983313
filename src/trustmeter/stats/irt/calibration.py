"""Item parameters by marginal maximum likelihood, in one group or several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.irt.category import is_ordered
from trustmeter.stats.irt.layout import Layout, Natural, make_layout, pack, unpack
from trustmeter.stats.irt.marginal import (
    Grid,
    State,
    complete_information,
    normal_grid,
    observed_information,
    pattern_scores,
    state_at,
    weighted_products,
)
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.patterns import (
    ItemError,
    ResponsePatterns,
    check_codes,
    check_varied,
    compact_categories,
    response_patterns,
)
from trustmeter.stats.irt.starting import starting_values

SLOPE_LIMIT = 15.0
"""A slope (per standard deviation of the trait) beyond this, either sign, is refused: the item's answers are then all
but a step function of the trait, the estimate heads for infinity, and the grid of nodes is too coarse for it."""

_EM_STEPS = 4
_FAST_ENOUGH = 0.1
"""Second derivatives are kept from step to step while the gradient falls to a tenth in each."""
_OVERSHOOT_STEPS = 12
"""Until then a slope may be beyond the limit and come back, but never four times beyond."""
_SMALLEST_STEP = 2.0**-30
_FARTHEST = 700.0
_NO_SPREAD = 0.1
_LEAST_INFORMED = 1e-6


@dataclass(frozen=True, slots=True)
class _Problem:
    model: str
    layout: Layout
    patterns: ResponsePatterns
    grid: Grid
    clusters: Integers | None
    categories: tuple[tuple[int, ...], ...]
    tolerance: float


def fit_irt(
    codes: Any,
    model: str = "graded",
    *,
    groups: Integers | None = None,
    free: frozenset[int] = frozenset(),
    weights: Floats | None = None,
    clusters: Integers | None = None,
    nodes: int = 61,
    span: float = 6.0,
    start: IrtFit | None = None,
    max_iterations: int = 300,
    tolerance: float = 1e-6,
) -> IrtFit:
    """Fit a graded response, generalised partial credit or partial credit model by marginal maximum likelihood.

    All answers of a row are used, whichever are missing (missing at random given the answers). The search starts with
    scoring steps of the EM algorithm and ends with Newton steps on exact second derivatives.

    Parameters
    ----------
    codes
        Shape (n, k), whole numbers: the category from 0; -1 is missing. A category that nobody chose is dropped.
    model
        ``"graded"``, ``"gpcm"`` or ``"pcm"`` (all slopes one, variance free).
    groups
        Shape (n,): 0, 1, … Group 0 has mean 0 and variance 1; the others' are estimated. Default: one group.
    free
        Positions of items whose parameters differ between groups; others are the same in all groups.
    weights
        Shape (n,): case weights; they multiply each row's log-likelihood.
    clusters
        Shape (n,): rows with the same number are not independent; acts on `robust_covariance` only.
    nodes, span
        The trait is integrated over so many equally spaced nodes from -span to span (in its standard deviations).
    start
        A fit of the same items to start from.
    max_iterations
        Steps after which the search gives up.
    tolerance
        The search ends when no element of the gradient is larger (times the sum of weights / 10,000, if more).

    Raises
    ------
    DesignError
        When the arguments do not fit each other.
    EstimationError
        When the model cannot be estimated: an item that does not vary, a slope that explodes, no convergence, no
        identification.
    """
    compact, categories = compact_categories(check_codes(codes))
    check_varied(categories)
    if len(categories) < 2:
        raise EstimationError("An item response model needs at least two items. Got one.")
    if model not in ("graded", "gpcm", "pcm"):
        raise DesignError(f"The model must be one of 'graded', 'gpcm', 'pcm'. Got {model!r}.")
    if nodes < 11:
        raise DesignError(f"At least 11 nodes are needed. Got {nodes}.")
    sizes = np.array(list(map(len, categories)), dtype=np.intp)
    patterns = response_patterns(compact, sizes, groups, weights)
    _check_seen(patterns, free)
    _check_clusters(patterns, clusters)
    layout = make_layout(model, sizes, len(patterns.groups), frozenset(free))
    tolerance *= max(1.0, float(patterns.row_weight.sum()) / 10_000)
    problem = _Problem(model, layout, patterns, normal_grid(nodes, span), clusters, categories, tolerance)
    first = _started(start, layout, model) or starting_values(compact, sizes, model, len(patterns.groups))
    state, iterations = _maximised(problem, pack(layout, first), max_iterations)
    return _fitted(problem, state, iterations)


def _maximised(problem: _Problem, vector: Floats, most: int) -> tuple[State, int]:
    state, held, before = _state(problem, vector), None, np.inf
    for iteration in range(most):
        largest = float(np.abs(state.gradient).max())
        if largest <= problem.tolerance:
            return state, iteration
        if held is None or largest > _FAST_ENOUGH * before:
            held = _factor(problem, state, newton=iteration >= _EM_STEPS)
        before = largest
        direction = np.asarray(scipy.linalg.cho_solve(held, state.gradient))
        step, moved = _step(problem, state, vector, direction)
        if moved is None:
            return state, iteration
        vector, state = vector + step * direction, moved
        held = held if iteration >= _EM_STEPS and step == 1 else None
        if iteration >= _OVERSHOOT_STEPS:
            _check_slopes(state.natural)
    return state, most


def _step(problem: _Problem, state: State, vector: Floats, direction: Floats) -> tuple[float, State | None]:
    """Return how far to go in a direction, halving until the likelihood rises, and what is there; ``None``: nowhere."""
    gain, rounding = float(state.gradient @ direction), 1e-11 * abs(state.log_likelihood)
    step = 1.0
    while step >= _SMALLEST_STEP:
        if _is_possible(problem, vector + step * direction):
            moved = _state(problem, vector + step * direction)
            if moved.log_likelihood >= state.log_likelihood + 1e-4 * step * gain - rounding:
                return step, moved
        step /= 2
    return 0.0, None


def _factor(problem: _Problem, state: State, *, newton: bool) -> Any:
    """Return the Cholesky factor of the observed information where that is positive, else of the complete data's."""
    if newton:
        factor = _cholesky(observed_information(problem.model, problem.layout, state, problem.patterns, problem.grid))
        if factor is not None:
            return factor
    information = complete_information(problem.model, state, problem.grid)
    ridge = 1e-9 * float(np.trace(information)) / len(information)
    while (factor := _cholesky(information + ridge * np.eye(len(information)))) is None:
        ridge *= 100
    return factor


def _cholesky(information: Floats) -> Any:
    try:
        return scipy.linalg.cho_factor(information)
    except np.linalg.LinAlgError:
        return None


def _is_possible(problem: _Problem, vector: Floats) -> bool:
    """Tell whether a vector stands for a model at all, and for one that is not beyond hope."""
    if not np.abs(vector).max() < _FARTHEST:
        return False
    natural = unpack(problem.layout, vector)
    steepest = np.abs(natural.slopes * natural.deviations[:, None]).max()
    if np.abs(np.log(natural.deviations)).max() > 5 or steepest > 4 * SLOPE_LIMIT:
        return False
    return all(is_ordered(problem.model, intercepts) for intercepts in natural.intercepts)


def _state(problem: _Problem, vector: Floats) -> State:
    return state_at(problem.model, problem.layout, unpack(problem.layout, vector), problem.patterns, problem.grid)


def _fitted(problem: _Problem, state: State, iterations: int) -> IrtFit:
    natural, layout = state.natural, problem.layout
    _check_slopes(natural)
    largest = float(np.abs(state.gradient).max())
    information = observed_information(problem.model, layout, state, problem.patterns, problem.grid)
    factor = _cholesky(information) if _is_identified(information) else None
    inverse = None if factor is None else np.asarray(scipy.linalg.cho_solve(factor, np.eye(layout.size)))
    if inverse is None or float(state.gradient @ inverse @ state.gradient) > 1e-6:
        raise EstimationError(_failure(natural, largest, iterations, singular=inverse is None))
    # The search works with log standard deviations, the world with variances: d variance / d log sd = 2 variance.
    turn = np.ones(layout.size)
    free = layout.spreads >= 0
    turn[layout.spreads[free]] = 2 * natural.deviations[free] ** 2
    covariance = inverse * np.outer(turn, turn)
    meat = _meat(problem, state)
    answered = problem.patterns.answered
    return IrtFit(
        model=problem.model,
        slopes=natural.slopes,
        intercepts=np.where(np.isneginf(natural.intercepts), np.nan, natural.intercepts),
        means=natural.means,
        variances=natural.deviations**2,
        log_likelihood=state.log_likelihood,
        covariance=covariance,
        robust_covariance=inverse @ meat @ inverse * np.outer(turn, turn),
        layout=layout,
        converged=largest <= max(100 * problem.tolerance, 1e-4),
        gradient_norm=largest,
        iterations=iterations,
        nodes=len(problem.grid.x),
        span=float(problem.grid.x[-1]),
        categories=problem.categories,
        n=int(answered.sum()),
        weight=float(problem.patterns.row_weight[answered].sum()),
    )


def _is_identified(information: Floats) -> bool:
    """Tell whether every combination of parameters is informed upon, relative to what is known of each alone."""
    own = np.diag(information)
    if not (own > 0).all():
        return False
    return bool(np.linalg.eigvalsh(information / np.sqrt(np.outer(own, own)))[0] > _LEAST_INFORMED)


def _failure(natural: Natural, largest: float, iterations: int, *, singular: bool) -> str:
    """Return why there is no estimate."""
    if natural.deviations.min() < _NO_SPREAD:
        reason = (
            "the variance of the trait heads for zero: the items have nothing in common, or run in opposite directions"
        )
        return f"The item response model was not estimated: {reason}. Check their keys, or leave out items."
    reason = "the answers do not identify it" if singular else "no maximum was found"
    message = f"The item response model was not estimated: {reason} after {iterations} steps (largest element of the"
    return f"{message} gradient {largest:.2g}). Leave out weak items, or ask more people."


def _meat(problem: _Problem, state: State) -> Floats:
    """Return the sum over rows, or clusters, of the outer product of weighted scores, (P, P)."""
    data = problem.patterns
    parts = list(zip(data.groups, state.groups, state.jacobians, strict=True))
    if problem.clusters is None:
        used = int((data.answered & (data.row_weight > 0)).sum())
        total: Floats = np.zeros((problem.layout.size, problem.layout.size))
        for patterns, group, J in parts:
            total += J.T @ (J.T @ weighted_products(pattern_scores(patterns.codes, group), patterns.squares)).T
        return total * used / (used - 1)
    scores = [(J.T @ pattern_scores(patterns.codes, group).T).T for patterns, group, J in parts]
    starts = np.cumsum([0, *(len(own) for own in scores)])
    by_row = np.concatenate(scores)[starts[data.row_group] + data.row_pattern] * data.row_weight[:, None]
    numbers = np.unique(np.asarray(problem.clusters), return_inverse=True)[1]
    sums = np.zeros((int(numbers.max()) + 1, by_row.shape[1]))
    np.add.at(sums, numbers, by_row)
    used = len(np.unique(numbers[data.answered & (data.row_weight > 0)]))
    return weighted_products(sums, np.ones(len(sums))) * used / (used - 1)


def _started(start: IrtFit | None, layout: Layout, model: str) -> Natural | None:
    """Return the numbers of an earlier fit in the shape of this one; ``None`` when they do not fit."""
    if start is None or start.model != model or start.intercepts.shape[1:] != layout.intercepts.shape[1:]:
        return None
    if not ((layout.intercepts[0] >= 0) == np.isfinite(start.intercepts[0])).all():
        return None
    natural, groups = start.natural, len(layout.means)
    if len(start.means) == groups:
        return natural
    repeated = [np.repeat(one[:1], groups, axis=0) for one in (natural.slopes, natural.intercepts, natural.means,
                                                               natural.deviations)]  # fmt: skip
    return replace(Natural(*repeated), means=np.zeros(groups))


def _check_slopes(natural: Natural) -> None:
    steep = np.abs(natural.slopes * natural.deviations[:, None]).max(axis=0)
    worst = int(np.argmax(np.where(np.isfinite(steep), steep, np.inf)))
    if not steep[worst] <= SLOPE_LIMIT:
        reason = f"has a slope beyond {SLOPE_LIMIT:g}, heading for infinity (a Heywood case): it nearly repeats another"
        raise ItemError(f"{reason} item, or too few people answered; leave it out or ask more people", worst)


def _check_clusters(patterns: ResponsePatterns, clusters: Integers | None) -> None:
    if clusters is None:
        return
    if np.shape(clusters) != patterns.row_weight.shape:
        raise DesignError(f"Clusters must be {len(patterns.row_weight)} numbers, one a row.")
    if len(np.unique(np.asarray(clusters)[patterns.answered & (patterns.row_weight > 0)])) < 2:
        raise EstimationError("Standard errors clustered by person or place need at least two clusters. Got one.")


def _check_seen(patterns: ResponsePatterns, free: frozenset[int]) -> None:
    """Refuse a group without answers, and a group-specific item of which a group never used a category.

    Its threshold would be infinite.
    """
    if not all(((group.codes >= 0).any(axis=1) & (group.weights > 0)).any() for group in patterns.groups):
        raise DesignError("Groups must be numbered 0, 1, … without gaps, and each needs rows with an answer.")
    for item in sorted(free):
        for group in patterns.groups:
            used = group.codes[group.weights > 0, item] if 0 <= item < len(patterns.sizes) else np.arange(0)
            if 0 <= item < len(patterns.sizes) and len(np.unique(used[used >= 0])) < patterns.sizes[item]:
                reason = "has a category that one of the groups never chose; merge it with its neighbour in all groups"
                raise ItemError(f"{reason} first, or keep the item's parameters equal", item)
