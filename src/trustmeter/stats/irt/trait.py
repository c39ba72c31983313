"""A person's place on the trait: expected and most probable values, weighted likelihood, plausible values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.errors import DesignError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.irt.category import category_curves
from trustmeter.stats.irt.layout import in_group
from trustmeter.stats.irt.marginal import Grid, log_joint, normal_grid, posterior_of
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.patterns import ResponsePatterns, check_codes, response_patterns

_FARTHEST = 40.0
"""Standard deviations from the group's mean within which a person is looked for."""
_BLOCK = 200
"""Rows that are looked for at once: what is computed for them stays in the processor's cache."""
_FINER = 4
"""Plausible values are drawn from a grid so many times finer than that of the fit."""

_PEOPLE = 600
"""Simulated people by whom the standard error of WLE is tried."""


@dataclass(frozen=True, slots=True)
class TraitScores:
    """Trait and standard error of each row, shape (n,); not a number where nothing was answered."""

    theta: Floats
    std_error: Floats


@dataclass(frozen=True, slots=True)
class TraitSlope:
    """What the log-likelihood of rows does at their trait values, each shape (U,).

    Parameters
    ----------
    first, second
        Its derivatives.
    information
        Expected information of the answered items.
    bias
        J / (2 I), Warm's correction, J = sum P' P'' / P.
    """

    first: Floats
    second: Floats
    information: Floats
    bias: Floats


def fitted_codes(fit: IrtFit, codes: Any) -> Integers:
    """Return codes (n, k) as the categories 0, 1, … of a fit.

    A code without a category of its own (nobody chose it when the model was fitted) counts as the nearest one.
    """
    raw = check_codes(codes)
    if raw.shape[1] != len(fit.categories):
        raise DesignError(f"The fit has {len(fit.categories)} items. Got codes of {raw.shape[1]}.")
    compact = np.full(raw.shape, -1, dtype=np.intp)
    for item, known in enumerate(fit.categories):
        if known == tuple(range(len(known))):
            compact[:, item] = np.clip(raw[:, item], -1, len(known) - 1)
            continue
        nearest = np.abs(raw[:, item, None] - np.array(known)).argmin(axis=1)
        compact[:, item] = np.where(raw[:, item] >= 0, nearest, -1)
    return compact


def fitted_patterns(
    fit: IrtFit, codes: Any, groups: Integers | None = None, weights: Floats | None = None
) -> ResponsePatterns:
    """Return the distinct rows of codes (n, k) in the categories of a fit."""
    data = response_patterns(fitted_codes(fit, codes), np.array(fit.sizes, dtype=np.intp), groups, weights)
    if len(data.groups) > len(fit.means):
        raise DesignError(f"The fit has {len(fit.means)} groups. Got {len(data.groups)}.")
    return data


def expected_scores(fit: IrtFit, codes: Any, groups: Integers | None = None) -> TraitScores:
    """Return posterior means and standard deviations (EAP) of rows of codes (n, k)."""
    data = fitted_patterns(fit, codes, groups)
    theta, error, x = [], [], fit.grid.x
    weights = np.exp(fit.grid.log_weight)
    powers = np.column_stack([weights, weights * x, weights * x**2])
    for number, patterns in enumerate(data.groups):
        curves = category_curves(fit.model, *in_group(fit.natural, number), x)
        # In place, as fresh memory costs more than the arithmetic; the prior comes in with the powers of x.
        likelihood = patterns.indicator @ curves.log_p.reshape(-1, len(x))
        likelihood -= likelihood.max(axis=1, keepdims=True)
        total, first, second = (np.exp(likelihood, out=likelihood) @ powers).T
        sd, mean = np.sqrt(fit.variances[number]), first / total
        theta.append(fit.means[number] + sd * mean)
        error.append(sd * np.sqrt(np.maximum(second / total - mean**2, 0.0)))
    return _by_row(data, theta, error)


def modal_scores(fit: IrtFit, codes: Any, groups: Integers | None = None) -> TraitScores:
    """Return posterior modes (MAP); the standard error is that of the posterior's curvature there."""
    data = fitted_patterns(fit, codes, groups)
    theta, error = [], []
    for number, patterns in enumerate(data.groups):
        mean, precision = fit.means[number], 1 / fit.variances[number]

        def pull(at: TraitSlope, x: Floats, mean: Any = mean, precision: Any = precision) -> Floats:
            return np.asarray(at.first - (x - mean) * precision)

        found = _root(fit, number, patterns.codes, pull, precision)
        theta.append(found)
        error.append(1 / np.sqrt(precision - trait_slope(fit, number, patterns.codes, found).second))
    return _by_row(data, theta, error)


def weighted_scores(fit: IrtFit, codes: Any, groups: Integers | None = None) -> TraitScores:
    """Return Warm's weighted likelihood estimates (WLE); finite for extreme rows, nearly unbiased, no prior.

    They solve l'(theta) + J / (2 I) = 0; the standard error is 1 / sqrt(I). Warm (1989), doi:10.1007/BF02294627.
    """
    data = fitted_patterns(fit, codes, groups)
    theta, error = [], []
    for number, patterns in enumerate(data.groups):
        found = _root(fit, number, patterns.codes, lambda at, _: at.first + at.bias, 0.0)
        theta.append(found)
        with np.errstate(divide="ignore"):
            error.append(1 / np.sqrt(trait_slope(fit, number, patterns.codes, found).information))
    return _by_row(data, theta, error)


def weighted_coverage(fit: IrtFit, codes: Any, groups: Integers | None = None) -> float:
    """Return in how many of 100 simulated people theta +- 1.96 / sqrt(I) holds their own trait value, as a share.

    People are drawn from the model, with the holes and groups of evenly spaced rows of codes (n, k), always the same draws. A
    very sharp item makes I large at its own thresholds and the estimates bunch there, so that their errors are far larger.
    """
    there = fitted_codes(fit, codes) >= 0
    group = np.zeros(len(there), dtype=np.intp) if groups is None else groups
    answered = np.flatnonzero(there.any(axis=1))
    if not len(answered):
        return np.nan
    rows = answered[np.linspace(0, len(answered) - 1, _PEOPLE).astype(np.intp)]
    rng = np.random.default_rng(1)
    theta = fit.means[group[rows]] + np.sqrt(fit.variances[group[rows]]) * rng.standard_normal(_PEOPLE)
    drawn = np.empty((_PEOPLE, there.shape[1]), dtype=np.intp)
    chance = rng.random(drawn.shape)
    for number in np.unique(group[rows]):
        own = group[rows] == number
        curves = category_curves(fit.model, fit.natural.slopes[number], fit.natural.intercepts[number], theta[own])
        ladder = np.cumsum(np.exp(curves.log_p), axis=1)[:, :-1]
        drawn[own] = (chance[own].T[:, None] > ladder).sum(axis=1).T
    raw = [np.array(one)[np.clip(column, 0, len(one) - 1)] for one, column in zip(fit.categories, drawn.T, strict=True)]
    found = weighted_scores(fit, np.where(there[rows], np.column_stack(raw), -1), group[rows])
    return float((np.abs(found.theta - theta) < 1.96 * found.std_error).mean())


def plausible_draws(
    fit: IrtFit, codes: Any, draws: int, rng: np.random.Generator, groups: Integers | None = None
) -> Floats:
    """Return draws (n, draws) from each row's posterior; not a number where nothing was answered.

    The posterior is taken on a grid four times finer than that of the fit; within a cell draws are uniform.
    """
    data = fitted_patterns(fit, codes, groups)
    grid = normal_grid(_FINER * (fit.nodes - 1) + 1, fit.span)
    found = np.full((len(data.row_group), draws), np.nan)
    width = grid.x[1] - grid.x[0]
    for number, posterior in enumerate(posteriors(fit, data, grid)):
        rows = np.flatnonzero((data.row_group == number) & data.answered)
        ladder = np.cumsum(posterior, axis=1)
        ladder /= ladder[:, -1:]
        steps = (ladder + np.arange(len(ladder))[:, None]).reshape(-1)
        chance = rng.random((len(rows), draws))
        place = data.row_pattern[rows][:, None]
        node = np.searchsorted(steps, chance + place, side="left") - place * len(grid.x)
        x = grid.x[np.clip(node, 0, len(grid.x) - 1)] + width * (rng.random(chance.shape) - 0.5)
        found[rows] = fit.means[number] + np.sqrt(fit.variances[number]) * x
    return found


def posteriors(fit: IrtFit, data: ResponsePatterns, grid: Grid) -> list[Floats]:
    """Return each group's posterior (U, Q) over a grid."""
    found = []
    for number, patterns in enumerate(data.groups):
        curves = category_curves(fit.model, *in_group(fit.natural, number), grid.x)
        found.append(posterior_of(log_joint(patterns, curves, grid))[0])
    return found


def trait_slope(fit: IrtFit, group: int, codes: Integers, theta: Floats) -> TraitSlope:
    """Return what the log-likelihood of rows of compact codes (U, k) does at trait values (U,)."""
    natural = fit.natural
    a = natural.slopes[group][:, None]
    curves = category_curves(fit.model, natural.slopes[group], natural.intercepts[group], theta)
    first, second = trait_derivatives(fit.model, curves.log_p, curves.above)
    P = np.exp(curves.log_p)
    there = (codes >= 0).T
    chosen = np.maximum(codes, 0).T[:, None]
    own_first = np.take_along_axis(first, chosen, axis=1)[:, 0]
    own_second = np.take_along_axis(second, chosen, axis=1)[:, 0]
    information = (there * a**2 * (P * first**2).sum(axis=1)).sum(axis=0)
    J = (there * a**3 * (P * first * (first**2 + second)).sum(axis=1)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        bias = np.where(information > 0, J / (2 * information), 0.0)
    return TraitSlope((there * a * own_first).sum(axis=0), (there * a**2 * own_second).sum(axis=0), information, bias)


def trait_derivatives(model: str, log_p: Floats, above: Floats) -> tuple[Floats, Floats]:
    """Return first and second derivatives of log P(X = c) by ``slope * theta``, each (k, m, Q)."""
    k, _, Q = above.shape
    upper = np.concatenate([np.ones((k, 1, Q)), above], axis=1)
    lower = np.concatenate([above, np.zeros((k, 1, Q))], axis=1)
    if model == "graded":
        return 1 - upper - lower, -upper * (1 - upper) - lower * (1 - lower)
    category = np.arange(log_p.shape[1])[:, None]
    P = np.exp(log_p)
    mean = above.sum(axis=1, keepdims=True)
    spread = (P * (category - mean) ** 2).sum(axis=1, keepdims=True)
    return category - mean, np.broadcast_to(-spread, log_p.shape)


def _root(fit: IrtFit, group: int, codes: Integers, pull: Any, precision: float) -> Floats:
    """Return where `pull` crosses zero from above, for each row."""
    blocks = [codes[start : start + _BLOCK] for start in range(0, len(codes), _BLOCK)]
    return np.concatenate([np.empty(0), *(_root_of_block(fit, group, block, pull, precision) for block in blocks)])


def _root_of_block(fit: IrtFit, group: int, codes: Integers, pull: Any, precision: float) -> Floats:
    """Take secant steps, halving where they leave the bracket; rows that have arrived stay."""
    sd = float(np.sqrt(fit.variances[group]))
    theta = np.full(len(codes), fit.means[group])
    low, high = theta - _FARTHEST * sd, theta + _FARTHEST * sd
    steepness, before, force_before = np.full(len(codes), np.nan), theta.copy(), np.zeros(len(codes))
    active = np.arange(len(codes))
    for _ in range(200):
        here = theta[active]
        at = trait_slope(fit, group, codes[active], here)
        force = pull(at, here)
        low[active], high[active] = np.where(force > 0, here, low[active]), np.where(force > 0, high[active], here)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            secant = (force_before[active] - force) / (here - before[active])
            first = here == before[active]
            steep = np.where(secant > 0, secant, np.where(first, precision - at.second, steepness[active]))
            step = here + force / steep
        inside = (step > low[active]) & (step < high[active])
        moved = np.where(force == 0, here, np.where(inside, step, (low[active] + high[active]) / 2))
        steepness[active], before[active], force_before[active], theta[active] = steep, here, force, moved
        active = active[np.abs(moved - here) >= 1e-9 * sd]
        if not len(active):
            break
    return theta


def _by_row(data: ResponsePatterns, theta: list[Floats], error: list[Floats]) -> TraitScores:
    starts = np.cumsum([0, *(len(values) for values in theta)])
    at = starts[data.row_group] + data.row_pattern
    return TraitScores(
        np.where(data.answered, np.concatenate(theta)[at], np.nan),
        np.where(data.answered, np.concatenate(error)[at], np.nan),
    )
