"""Why can margins not be met? What is wrong with them, one by one; then what contradicts what, by linear programmes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.weighting.cells import Cells, indicators

ObstacleKind = Literal[
    "weight_missing", "weight_negative", "weights_zero", "row_without_category", "target_missing", "target_negative",
    "target_zero_total", "shares_sum", "totals_differ", "one_category", "empty_category", "zero_target",
    "contradiction", "boundary", "bounds", "collinear",
]  # fmt: skip
"""What stands in the way; see `Obstacle`."""

_NEAR = 1e-6
"""Totals that differ by less, relatively, are the same."""
_PENALTY = 1e-7


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why margins cannot be met.

    Parameters
    ----------
    kind
        ``"row_without_category"``: rows with code -1. ``"empty_category"``: a target above zero, and no row with weight.
        ``"zero_target"``: rows, and a target of zero. ``"contradiction"``: all rows of the categories `more` are among those
        of `fewer`, and the targets of the first sum to more. ``"boundary"``: they sum to the same, so that rows of `fewer`
        outside `more` would get weight zero. ``"bounds"``: factors have to leave their bounds.
    margin
        Which margin, or -1.
    categories
        Of that margin.
    expected, found
        Numbers that disagree; for ``"bounds"`` the bound that would do, and the one given.
    more, fewer
        Pairs (margin, category).
    side
        ``"lower"`` or ``"upper"`` of ``"bounds"``.
    """

    kind: ObstacleKind
    margin: int = -1
    categories: tuple[int, ...] = ()
    expected: float = np.nan
    found: float = np.nan
    more: tuple[tuple[int, int], ...] = ()
    fewer: tuple[tuple[int, int], ...] = ()
    side: str = ""


def target_obstacles(targets: Sequence[Floats], *, shares: Sequence[bool]) -> tuple[Obstacle, ...]:
    """Return what is wrong with targets by themselves.

    Parameters
    ----------
    targets
        For each margin, shape (categories,).
    shares
        For each margin, whether its targets are shares, which have to sum to one; totals of the others have to be equal.
    """
    found = [one for at, target in enumerate(targets) for one in _of_target(at, target, shares[at])]
    if found:
        return tuple(found)
    sums = [float(target.sum()) for target in targets]
    counted = [at for at, share in enumerate(shares) if not share]
    for at in counted[1:]:
        if abs(sums[at] - sums[counted[0]]) > _NEAR * sums[counted[0]]:
            found.append(
                Obstacle("totals_differ", at, expected=sums[counted[0]], found=sums[at], more=((counted[0], -1),))
            )
    return tuple(found)


def _of_target(at: int, target: Floats, share: bool) -> Iterator[Obstacle]:
    if not np.isfinite(target).all():
        yield Obstacle("target_missing", at, tuple(np.flatnonzero(~np.isfinite(target)).tolist()))
    elif (target < 0).any():
        yield Obstacle("target_negative", at, tuple(np.flatnonzero(target < 0).tolist()))
    elif len(target) < 2:
        yield Obstacle("one_category", at)
    elif target.sum() <= 0:
        yield Obstacle("target_zero_total", at)
    elif share and abs(float(target.sum()) - 1) > _NEAR:
        yield Obstacle("shares_sum", at, expected=1.0, found=float(target.sum()))


def row_obstacles(codes: Sequence[Integers], targets: Sequence[Floats], weights: Floats) -> tuple[Obstacle, ...]:
    """Return what is wrong with rows: their weights, and whom each margin has no place for.

    Parameters
    ----------
    codes
        For each margin, shape (n,): categories from 0; -1 for rows without one.
    targets
        For each margin, shape (categories,).
    weights
        Shape (n,): base weights.
    """
    if not np.isfinite(weights).all():
        return (Obstacle("weight_missing"),)
    if (weights < 0).any():
        return (Obstacle("weight_negative"),)
    if not (weights > 0).any():
        return (Obstacle("weights_zero"),)
    found = []
    for at, (code, target) in enumerate(zip(codes, targets, strict=True)):
        if (code < 0).any():
            found.append(Obstacle("row_without_category", at))
        sums = np.bincount(code[code >= 0], weights=weights[code >= 0], minlength=len(target))
        empty, unwanted = np.flatnonzero((target > 0) & (sums <= 0)), np.flatnonzero((target <= 0) & (sums > 0))
        if len(empty):
            found.append(Obstacle("empty_category", at, tuple(empty.tolist())))
        if len(unwanted):
            found.append(Obstacle("zero_target", at, tuple(unwanted.tolist())))
    return tuple(found)


def joint_obstacle(cells: Cells, targets: Sequence[Floats]) -> Obstacle | None:
    """Return what contradicts what where each margin could be met, but not all at once; ``None`` where all can.

    Parameters
    ----------
    cells
        Of rows.
    targets
        For each margin, shape (categories,); the same total in all.

    Notes
    -----
    By Farkas' lemma no weights of zero or more meet the margins exactly when some y has A'y <= 0 for every cell and T'y > 0,
    with A the indicators of categories and T their targets; a linear programme finds one with few categories. Weights
    above zero fail, too, when T'y = 0 and A'y < 0 for some cell (that cell's weight is forced to zero).
    """
    counted = cells.weights > 0
    levels = [len(target) for target in targets]
    x = indicators(cells.codes[:, counted], levels)
    aims = np.concatenate([target / target.sum() for target in targets])
    c = len(x)
    signs = scipy.sparse.hstack([scipy.sparse.csr_array(x), scipy.sparse.csr_array(-x)])
    price = np.concatenate([aims, -aims])
    found = scipy.optimize.linprog(_PENALTY - price, A_ub=signs, b_ub=np.zeros(c), bounds=(0, 1), method="highs")
    if found.status == 0 and float(price @ found.x) > _NEAR:
        y = _shortest(signs, price[None, :], np.array([1.0]))
        return _told("contradiction", y if y is not None else found.x, aims, levels)
    slack = np.asarray(signs.sum(axis=0)).ravel()
    edge = _shortest(signs, np.vstack([price, slack]), np.array([0.0, -1.0]))
    return None if edge is None else _told("boundary", edge, aims, levels)


def _shortest(signs: scipy.sparse.csr_array, sides: Floats, values: Floats) -> Floats | None:
    """Return y, its positive and its negative part, of least absolute sum under A'y <= 0 and equations; ``None``: there is none."""
    ceiling = np.zeros(signs.shape[0])
    found = scipy.optimize.linprog(
        np.ones(signs.shape[1]), A_ub=signs, b_ub=ceiling, A_eq=sides, b_eq=values, method="highs"
    )
    return np.asarray(found.x / max(float(found.x.max()), 1e-300)) if found.status == 0 else None


def _told(kind: ObstacleKind, parts: Floats, aims: Floats, levels: Sequence[int]) -> Obstacle:
    """Return the categories that y names, with the shares that they have to sum to."""
    y = parts[: len(aims)] - parts[len(aims) :]
    places = [(margin, category) for margin, size in enumerate(levels) for category in range(size)]
    up, down = np.flatnonzero(y > _NEAR), np.flatnonzero(y < -_NEAR)
    return Obstacle(
        kind, expected=float(aims[up] @ y[up]), found=float(-aims[down] @ y[down]),
        more=tuple(places[k] for k in up), fewer=tuple(places[k] for k in down),
    )  # fmt: skip


def bounds_obstacle(x: Floats, totals: Floats, weights: Floats, *, lower: float, upper: float) -> Obstacle | None:
    """Return the bound that is too narrow and what it would have to be; ``None`` where the bounds can be kept.

    Parameters
    ----------
    x
        Shape (n, q): rows or cells.
    totals
        Shape (q,), which some weights of zero or more meet.
    weights
        Shape (n,): what bounds are multiples of.
    lower, upper
        Bounds of the factors.
    """
    size = np.maximum(np.abs(totals), 1e-300)
    fits = scipy.sparse.csr_array((x * weights[:, None] / size).T)
    aims = totals / size
    widest = _extreme(fits, aims, lower, side="upper")
    if widest is not None and widest > upper * (1 + 1e-9):
        return Obstacle("bounds", expected=widest, found=upper, side="upper")
    if widest is None:
        least = _extreme(fits, aims, np.inf, side="lower")
        return Obstacle("bounds", expected=np.nan if least is None else least, found=lower, side="lower")
    return None


def _extreme(fits: scipy.sparse.csr_array, aims: Floats, other: float, *, side: str) -> float | None:
    """Return the smallest upper bound with which factors above `other` fit, or the largest lower bound below `other`."""
    n = fits.shape[1]
    sign = 1.0 if side == "upper" else -1.0
    eye, one = scipy.sparse.eye_array(n), scipy.sparse.csr_array(np.ones((n, 1)))
    between = (max(other, 0.0), None) if side == "upper" else (0.0, None if np.isinf(other) else other)
    found = scipy.optimize.linprog(
        np.concatenate([np.zeros(n), [sign]]), A_ub=scipy.sparse.hstack([sign * eye, -sign * one]), b_ub=np.zeros(n),
        A_eq=scipy.sparse.hstack([fits, scipy.sparse.csr_array((fits.shape[0], 1))]), b_eq=aims,
        bounds=[between] * n + [(None, None)], method="highs",
    )  # fmt: skip
    return float(found.x[-1]) if found.status == 0 else None


def collinear_obstacle(x: Floats, totals: Floats) -> Obstacle | None:
    """Return the column whose total disagrees with what the columns it is a sum of demand; ``None`` where all agree.

    Parameters
    ----------
    x
        Shape (n, q).
    totals
        Shape (q,).
    """
    size = np.maximum(np.abs(x).max(axis=0, initial=0.0), 1e-300)
    scaled, aims = x / size, totals / size
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    null = vectors[:, values <= 1e-11 * max(float(values.max(initial=0.0)), 1e-300)]
    misses = null @ (null.T @ aims)
    if float(np.abs(misses).max(initial=0.0)) <= 1e-8 * max(float(np.abs(aims).max(initial=0.0)), 1e-300):
        return None
    guilty = np.flatnonzero(np.abs(misses) > 1e-6 * np.abs(misses).max())
    return Obstacle("collinear", categories=tuple(guilty.tolist()))
