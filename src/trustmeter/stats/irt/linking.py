"""Bringing two calibrations onto one scale through the items that they share.

On the old scale theta_old = A theta_new + B, so an item of the new calibration has there the slope a / A and the
difficulties A b + B.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import scipy

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.irt.category import category_curves
from trustmeter.stats.irt.marginal import Grid, normal_grid
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.trait import trait_derivatives

LinkingMethod = Literal["stocking_lord", "haebara", "mean_sigma", "mean_mean"]
"""How the constants are found."""

_STEP = 1e-5


@dataclass(frozen=True, slots=True)
class Link:
    """theta_old = slope theta_new + shift.

    Parameters
    ----------
    slope, shift
        The constants A and B.
    covariance
        Shape (2, 2): of A and B, by the delta method from the two calibrations, taken as independent.
    loss
        The criterion at its minimum; not a number for methods of moments.
    """

    slope: float
    shift: float
    covariance: Floats
    loss: float


@dataclass(frozen=True, slots=True)
class Drift:
    """By how much shared items of the new calibration, on the old scale, are above those of the old one, each (k,).

    Parameters
    ----------
    slopes, slope_errors
        Differences of slopes, and their standard errors.
    difficulties, difficulty_errors
        Differences of mean difficulties, and their standard errors.
    """

    slopes: Floats
    slope_errors: Floats
    difficulties: Floats
    difficulty_errors: Floats


@dataclass(frozen=True, slots=True)
class _Anchors:
    """Shared items of one calibration.

    Parameters
    ----------
    model
        The model's name.
    slopes
        Shape (k,).
    intercepts
        Shape (k, m - 1); minus infinity beyond the last step.
    covariance
        Shape (k m, k m): of slopes and intercepts, item by item; zero for what is fixed.
    """

    model: str
    slopes: Floats
    intercepts: Floats
    covariance: Floats


def link_fits(
    old: IrtFit,
    new: IrtFit,
    old_items: Integers,
    new_items: Integers,
    method: LinkingMethod = "stocking_lord",
    *,
    robust: bool = False,
) -> Link:
    """Return the constants that bring `new` onto the scale of `old` (group 0 of each).

    Their covariance comes from the observed information of both or, when `robust`, from the sandwich.

    Mean-sigma (Marco, 1977, doi:10.1111/j.1745-3984.1977.tb00033.x) equates mean and standard deviation of the
    difficulties, mean-mean (Loyd and Hoover, 1980, doi:10.1111/j.1745-3984.1980.tb00825.x) the means of slopes and of
    difficulties. Haebara (1980, doi:10.4992/psycholres1954.22.144) brings category curves together, Stocking and Lord
    (1983, doi:10.1177/014662168300700208) the curve of the expected sum; both weighted by a standard normal
    distribution on the old scale, in one direction. Where slopes are fixed at one the unit is the same by definition:
    A is 1 and only B is found.

    Raises
    ------
    DesignError
        When the models differ or a shared item has different numbers of categories.
    EstimationError
        When a shared item's slopes have opposite signs, or no constants can be found.
    """
    if old.model != new.model:
        raise DesignError(f"Both calibrations must be of one model. Got {old.model!r} and {new.model!r}.")
    if method not in get_args(LinkingMethod):
        raise DesignError(f"The linking method must be one of {', '.join(get_args(LinkingMethod))}. Got {method!r}.")
    if len(old_items) != len(new_items) or not len(old_items):
        raise DesignError("Linking needs at least one shared item, at its place in each calibration.")
    for here, there in zip(old_items, new_items, strict=True):
        if old.sizes[here] != new.sizes[there]:
            raise DesignError("A shared item has different numbers of categories in the two calibrations.")
    turned = old.slopes[0][old_items] * new.slopes[0][new_items] < 0
    if turned.any():
        raise EstimationError(f"Shared item {int(np.argmax(turned)) + 1} runs in opposite directions; leave it out.")
    pair, grid = _pair(old, new, old_items, new_items, robust=robust), normal_grid(old.nodes, old.span)
    constants = _constants(*pair, method, grid)
    loss = np.nan if method.startswith("mean") else float((_distance(constants, *pair, method, grid)[0] ** 2).sum())
    covariance = sum(
        (turn @ one.covariance @ turn.T for turn, one in zip(_sensitivity(pair, method, grid, constants), pair, strict=True)),
        np.zeros((2, 2)),
    )  # fmt: skip
    return Link(float(constants[0]), float(constants[1]), covariance, loss)


def drift_of(
    old: IrtFit,
    new: IrtFit,
    items: tuple[Integers, Integers],
    link: Link,
    method: LinkingMethod,
    *,
    robust: bool = False,
) -> Drift:
    """Return how far shared items (their places in `old` and in `new`) are apart once `new` is on the scale of `old`.

    Standard errors are by the delta method from both calibrations; that the constants come from the same items counts.
    """
    pair, grid = _pair(old, new, *items, robust=robust), normal_grid(old.nodes, old.span)
    A, B = link.slope, link.shift
    turns = _sensitivity(pair, method, grid, np.array([A, B]))
    (b_old, by_old), (b_new, by_new) = (_mean_difficulties(one) for one in pair)
    own = np.eye(by_old.shape[1])[:: pair[0].intercepts.shape[1] + 1]
    a_old, a_new = (one.slopes for one in pair)
    variances = np.zeros((2, len(a_old)))
    for turn, one, slope, difficulty in zip(turns, pair, (-own, own / A), (-by_old, A * by_new), strict=True):
        slope_turn = slope - np.outer(a_new / A**2, turn[0])
        difficulty_turn = difficulty + np.outer(b_new, turn[0]) + turn[1]
        variances += [np.einsum("ij,jl,il->i", by, one.covariance, by) for by in (slope_turn, difficulty_turn)]
    errors = np.sqrt(np.maximum(variances, 0.0))
    return Drift(a_new / A - a_old, errors[0], A * b_new + B - b_old, errors[1])


def rescaled(fit: IrtFit, link: Link) -> IrtFit:
    """Return a fit on the scale that a link leads to; the constants are taken as known in its covariance matrices."""
    A, B = link.slope, link.shift
    slopes = fit.slopes / A
    turn = np.eye(fit.layout.size)
    for group in range(len(fit.means)):
        slope, own = fit.layout.slopes[group], fit.layout.intercepts[group]
        turn[slope[slope >= 0], slope[slope >= 0]] = 1 / A
        item, step = np.nonzero((own >= 0) & (slope[:, None] >= 0))
        turn[own[item, step], slope[item]] = -B / A
        for places, factor in ((fit.layout.means, A), (fit.layout.spreads, A**2)):
            if places[group] >= 0:
                turn[places[group], places[group]] = factor
    return replace(
        fit,
        slopes=slopes,
        intercepts=fit.intercepts - slopes[:, :, None] * B,
        means=A * fit.means + B,
        variances=A**2 * fit.variances,
        covariance=turn @ fit.covariance @ turn.T,
        robust_covariance=turn @ fit.robust_covariance @ turn.T,
    )


def _pair(
    old: IrtFit, new: IrtFit, old_items: Integers, new_items: Integers, *, robust: bool
) -> tuple[_Anchors, _Anchors]:
    steps = max(old.sizes[item] for item in old_items) - 1
    return _anchors(old, old_items, steps, robust=robust), _anchors(new, new_items, steps, robust=robust)


def _anchors(fit: IrtFit, items: Integers, steps: int, *, robust: bool) -> _Anchors:
    natural = fit.natural
    places = np.column_stack([fit.layout.slopes[0], fit.layout.intercepts[0]])[items][:, : steps + 1].reshape(-1)
    V = np.pad(fit.robust_covariance if robust else fit.covariance, (0, 1))[np.ix_(places, places)]
    return _Anchors(fit.model, natural.slopes[0][items], natural.intercepts[0][items][:, :steps], V)


def _mean_difficulties(anchors: _Anchors) -> tuple[Floats, Floats]:
    """Return each item's mean difficulty (k,) and its derivatives by all slopes and intercepts (k, k m)."""
    there = np.isfinite(anchors.intercepts)
    k, steps = there.shape
    counts, a = there.sum(axis=1), anchors.slopes
    mean = -np.where(there, anchors.intercepts, 0.0).sum(axis=1) / (a * counts)
    turn = np.zeros((k, k, steps + 1))
    turn[np.arange(k), np.arange(k), 0] = -mean / a
    turn[np.arange(k), np.arange(k), 1:] = -1.0 * there / (a * counts)[:, None]
    return mean, turn.reshape(k, -1)


def _constants(old: _Anchors, new: _Anchors, method: str, grid: Grid) -> Floats:
    start = _moments(old, new, "mean_mean")
    if method.startswith("mean"):
        found = start if old.model == "pcm" else _moments(old, new, method)
        if not (np.isfinite(found).all() and found[0] > 0):
            raise EstimationError(f"No linking constants by {method}: the shared items run in opposite directions.")
        return found
    free = _free(old)
    solved = scipy.optimize.least_squares(
        lambda at: _distance(_filled(at, start, free), old, new, method, grid)[0],
        start[free],
        lambda at: _distance(_filled(at, start, free), old, new, method, grid)[1][:, free],
        xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac",
    )  # fmt: skip
    found = _filled(solved.x, start, free)
    if not (np.isfinite(found).all() and found[0] > 0):
        raise EstimationError(f"No linking constants by {method}: the search did not converge.")
    return found


def _free(anchors: _Anchors) -> slice:
    return slice(1, 2) if anchors.model == "pcm" else slice(0, 2)


def _filled(at: Floats, start: Floats, free: slice) -> Floats:
    found = start.copy()
    found[free] = at
    return found


def _moments(old: _Anchors, new: _Anchors, method: str) -> Floats:
    b_old, b_new = (-one.intercepts / one.slopes[:, None] for one in (old, new))
    there = np.isfinite(b_old) & np.isfinite(b_new)
    slope = new.slopes.mean() / old.slopes.mean()
    if method == "mean_sigma":
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = b_old[there].std() / b_new[there].std()
    return np.array([slope, b_old[there].mean() - slope * b_new[there].mean()])


def _distance(constants: Floats, old: _Anchors, new: _Anchors, method: str, grid: Grid) -> tuple[Floats, Floats]:
    """Return weighted differences between curves (r,) and their derivatives by A and B (r, 2)."""
    A, B = constants
    slopes = new.slopes / A
    target = np.exp(category_curves(old.model, old.slopes, old.intercepts, grid.x).log_p)
    curves = category_curves(new.model, slopes, new.intercepts - (slopes * B)[:, None], grid.x)
    moved = np.exp(curves.log_p)
    push = moved * trait_derivatives(new.model, curves.log_p, curves.above)[0]
    by_A = push * (-(slopes / A)[:, None] * (grid.x - B))[:, None]
    by_B = push * -slopes[:, None, None]
    if method == "stocking_lord":
        category = np.arange(moved.shape[1])
        target, moved, by_A, by_B = (np.einsum("icq,c->q", one, category) for one in (target, moved, by_A, by_B))
    root = np.exp(grid.log_weight / 2)
    return ((moved - target) * root).reshape(-1), np.column_stack(
        [(by_A * root).reshape(-1), (by_B * root).reshape(-1)]
    )


def _sensitivity(pair: tuple[_Anchors, _Anchors], method: str, grid: Grid, constants: Floats) -> list[Floats]:
    """Return how the constants change with the parameters of the old and of the new anchors, (2, k m) each.

    What defines the constants is differentiated by them and by all item parameters.
    """
    free = _free(pair[0])

    def condition(at: Floats, old: _Anchors, new: _Anchors) -> Floats:
        if method.startswith("mean"):
            return (at - _moments(old, new, "mean_mean" if old.model == "pcm" else method))[free]
        distance, slope = _distance(at, old, new, method, grid)
        return (slope.T @ distance)[free]

    by_constants = np.column_stack([
        (condition(constants + step, *pair) - condition(constants - step, *pair)) / (2 * _STEP)
        for step in (_STEP * np.eye(2))[free]
    ])  # fmt: skip
    turns = []
    for which in (0, 1):
        sides = []
        for place in range(len(pair[which].covariance)):
            up, down = (_nudged(pair, which, place, step) for step in (_STEP, -_STEP))
            sides.append((condition(constants, *up) - condition(constants, *down)) / (2 * _STEP))
        turn = np.zeros((2, len(sides)))
        turn[free] = -np.linalg.solve(by_constants, np.column_stack(sides))
        turns.append(turn)
    return turns


def _nudged(pair: tuple[_Anchors, _Anchors], which: int, place: int, step: float) -> tuple[_Anchors, _Anchors]:
    """Return the anchors with one slope or intercept of one calibration moved."""
    one = pair[which]
    item, at = divmod(place, one.intercepts.shape[1] + 1)
    slopes, intercepts = one.slopes.copy(), one.intercepts.copy()
    if at == 0:
        slopes[item] += step
    else:
        intercepts[item, at - 1] += step
    moved = replace(one, slopes=slopes, intercepts=intercepts)
    return (moved, pair[1]) if which == 0 else (pair[0], moved)
