"""Alignment: factor means and variances of many groups when most, but not all, item parameters are alike.

Each group has loadings l and intercepts b of a one-factor model whose factor has mean 0 and variance 1. A factor with mean a
and standard deviation s gives the same moments with loadings l / s and intercepts b - a l / s. Alignment chooses a and s of all
groups so that few pairs of groups differ much in a parameter: it minimises the sum over pairs and parameters of
(N1 N2)^(1/2) (x^2 + epsilon)^(power / 2), x the difference (Asparouhov & Muthén 2014, doi:10.1080/10705511.2014.919210).

Ordered items: b are minus the thresholds of normal variables with residual variance 1 (probit slopes and intercepts), each
threshold being one parameter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import scipy

from trustmeter.options import AlignmentZero
from trustmeter.stats.sem.alignment.configural import Configural
from trustmeter.stats.sem.model import Floats

POWER: Final = 0.5
PUBLISHED_EPSILON: Final = 0.01
NOISE_SHARE: Final = 0.2
NOISE_SHARE_ORDINAL: Final = 0.1
"""Epsilon as a share of the sampling variance of a difference between two groups, of numbers and of ordered items."""
_REST = 1e-9
_SWEEPS = 5
_SAME = 1e-4
"""Distance below which two ends of searches are one solution."""


@dataclass(frozen=True, eq=False, slots=True)
class Alignment:
    """Aligned groups.

    Parameters
    ----------
    means, log_spread
        Shape (G,): factor means, and logarithms of the factor's standard deviations.
    parameters
        Shape (G, P): aligned loadings, then intercepts.
    covariance
        Shape (2 G + G P, same): of means, log spreads and parameters (group by group); not numbers where the minimum does not
        determine them.
    minimum, epsilon
        The loss over the sum of the pairs' weights, and its epsilon.
    starts, found
        How often the search began, and how often it ended in the minimum.
    second
        The loss of the next best local minimum; not a number where there is none.
    shift
        The largest difference of a mean between the two; not a number where there is none.
    converged
        Whether the best search came to rest.
    configural
        What was aligned.
    """

    means: Floats
    log_spread: Floats
    parameters: Floats
    covariance: Floats
    minimum: float
    epsilon: float
    starts: int
    found: int
    second: float
    shift: float
    converged: bool
    configural: Configural

    @property
    def variances(self) -> Floats:
        """Factor variances, shape (G,)."""
        return np.exp(2 * self.log_spread)

    @property
    def mean_covariance(self) -> Floats:
        """Of the means, shape (G, G)."""
        return self.covariance[: len(self.means), : len(self.means)]

    @property
    def log_spread_errors(self) -> Floats:
        """Standard errors of `log_spread`, shape (G,)."""
        G = len(self.means)
        return np.sqrt(np.maximum(np.diag(self.covariance)[G : 2 * G], 0.0))


@dataclass(frozen=True, eq=False, slots=True)
class _Task:
    """What is searched for: groups, weights of pairs (G, G), a basis of what may change (2 G, r), the loss."""

    one: Configural
    weights: Floats
    allowed: Floats
    power: float
    epsilon: float


class _Place(NamedTuple):
    """The loss at a point.

    Value, gradient and Hessian in theta = (means, log spreads); bend (G, G, P) and pull (G, P): second and first derivatives
    in the aligned parameters; reach (2, G, P): derivatives of these in theta.
    """

    value: float
    gradient: Floats
    hessian: Floats
    bend: Floats
    reach: Floats
    pull: Floats


def align_groups(
    configural: Configural, identification: AlignmentZero = "fixed", *, power: float = POWER,
    epsilon: float | None = None,     starts: int = 20, seed: int | np.random.Generator = 1,
) -> Alignment:  # fmt: skip
    """Align groups.

    The product of the variances is 1 while searching. ``"fixed"``: the first group's mean is 0; means and variances are then
    put on the scale on which its variance is 1. ``"free"``: its mean is a parameter, too, and the product stays 1; that needs
    loadings which differ. Epsilon is `usual_epsilon` when not given. The first search comes from a nearly square loss whose
    epsilon falls step by step, others from random places, the last ones from the best end with one group's mean moved to where
    one of its intercepts would be like the others' (a group that follows the wrong item is the usual local minimum).
    """
    G = configural.groups
    epsilon = usual_epsilon(configural) if epsilon is None else epsilon
    task = _Task(configural, _pair_weights(configural.sizes), _allowed(G, identification), power, epsilon)
    rng = np.random.default_rng(seed)
    guess = _first_guess(configural)
    ends = [_graded(task, guess)]
    spread = np.repeat([0.3 + 0.5 * float(np.std(guess[:G])), 0.25], G)
    for _ in range(starts - 1):
        away = ends[0] + task.allowed @ (task.allowed.T @ (spread * rng.normal(size=2 * G)))
        ends.append(_search(task, away, epsilon))
    ends += _swept(task, min(ends, key=lambda end: _place(task, end, epsilon).value))
    return _finished(task, ends, identification)


def usual_epsilon(configural: Configural) -> float:
    """Return 0.2 (ordered items: 0.1) times the mean sampling variance of a difference between two groups' parameters.

    Where parameters differ truly, the published 0.01 pulls means aside however many people there are; a much smaller one
    follows noise, and standard errors grow too large. The shares were chosen by simulation.
    """
    variance = 2 * float(np.diagonal(configural.covariance, axis1=1, axis2=2).mean())
    share = NOISE_SHARE_ORDINAL if configural.ordinal else NOISE_SHARE
    return max(share * variance, 1e-6) if variance > 0 else PUBLISHED_EPSILON


def _allowed(G: int, identification: AlignmentZero) -> Floats:
    """Return a basis (2 G, r) of what may change: log spreads with sum 0; means, without the first one when it is fixed."""
    means = np.eye(G)[:, 1:] if identification == "fixed" else np.eye(G)
    spreads = np.linalg.qr(np.eye(G)[:, 1:] - 1 / G)[0]
    return np.asarray(scipy.linalg.block_diag(means, spreads))


def _pair_weights(sizes: Floats) -> Floats:
    weights = np.sqrt(np.outer(sizes, sizes))
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights / (weights.sum() / 2))


def _first_guess(one: Configural) -> Floats:
    """Return spreads from the groups' mean loadings, and means from the median item, shape (2 G,)."""
    t = np.log(np.maximum(np.abs(one.loadings.mean(axis=1)), 1e-3))
    t -= t.mean()
    slope = (one.loadings / np.exp(t)[:, None])[:, one.item]
    slope = np.where(np.abs(slope) < 1e-3, 1e-3, slope)
    return np.concatenate([np.median((one.intercepts - one.intercepts[0]) / slope, axis=1), t])


def _reach(one: Configural, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the aligned parameters (G, P), and their derivatives in the means and log spreads (2, G, P)."""
    G = one.groups
    a, t = theta[:G, None], theta[G:, None]
    lam = one.loadings * np.exp(-t)
    slope = lam[:, one.item]
    u = np.hstack([lam, one.intercepts - a * slope])
    return u, np.stack([np.hstack([0 * lam, -slope]), np.hstack([-lam, a * slope])]), slope


def _place(task: _Task, theta: Floats, epsilon: float) -> _Place:
    one, power, G = task.one, task.power, task.one.groups
    u, reach, slope = _reach(one, theta)
    x = u[:, None] - u[None]
    v = x * x + epsilon
    w = task.weights[:, :, None]
    inner = v ** (power / 2 - 1)
    pull = (w * power * x * inner).sum(axis=1)
    bend = -w * power * inner * (1 + (power - 2) * x * x / v)
    bend[np.arange(G), np.arange(G)] -= bend.sum(axis=1)
    lam = u[:, : one.loadings.shape[1]]
    a = theta[:G, None]
    at = (pull * np.hstack([0 * lam, slope])).sum(axis=1)
    tt = (pull * np.hstack([lam, -a * slope])).sum(axis=1)
    hessian = np.einsum("igp,ghp,jhp->igjh", reach, bend, reach).reshape(2 * G, 2 * G)
    hessian += np.block([[np.zeros((G, G)), np.diag(at)], [np.diag(at), np.diag(tt)]])
    value = 0.5 * float((w * v * inner).sum())
    return _Place(value, np.einsum("igp,gp->ig", reach, pull).ravel(), hessian, bend, reach, pull)


def _search(task: _Task, theta: Floats, epsilon: float) -> Floats:
    """Go down from theta by Newton steps within a radius, directions that bend downwards turned; off saddles by a push."""
    C, point, radius = task.allowed, theta, 0.5
    here = _place(task, point, epsilon)
    for _ in range(200):
        values, vectors = np.linalg.eigh(C.T @ here.hessian @ C)
        g = vectors.T @ (C.T @ here.gradient)
        if float(np.abs(g).max()) < 1e-13:
            if values[0] > -1e-9:
                break
            g[0] = 0.01 * abs(values[0])
        step = -g / np.maximum(np.abs(values), 1e-8)
        length = float(np.linalg.norm(step))
        step *= min(1.0, radius / length)
        expected = float(g @ step + 0.5 * step @ (values * step))
        moved = point + C @ (vectors @ step)
        there = _place(task, moved, epsilon)
        fall = here.value - there.value
        if fall > 0 or (length < 1e-6 and fall > -1e-14):
            radius = radius * 2 if fall > -0.5 * expected and length > radius else radius
            point, here = moved, there
        else:
            radius = min(radius, length) / 4
        if radius < 1e-12:
            break
    return point


def _graded(task: _Task, theta: Floats) -> Floats:
    """Search with an epsilon that falls from 10 to its own value."""
    level = 10.0
    while level > 1.5 * task.epsilon:
        theta = _search(task, theta, level)
        level /= 10
    return _search(task, theta, task.epsilon)


def _swept(task: _Task, theta: Floats) -> list[Floats]:
    """Search from theta with one group at a time moved; go on from what is better, until nothing is."""
    ends, best = [], _place(task, theta, task.epsilon).value
    for _ in range(_SWEEPS):
        start, found = theta, best
        for g in range(task.one.groups):
            ends.append(_search(task, _moved(task, start, g), task.epsilon))
            value = _place(task, ends[-1], task.epsilon).value
            if value < best - 1e-9:
                theta, best = ends[-1], value
        if best >= found - 1e-9:
            break
    return ends


def _moved(task: _Task, theta: Floats, g: int) -> Floats:
    """Return theta with one group's mean where the loss is least, of the places at which an intercept is like the others'."""
    one, G = task.one, task.one.groups
    u, _, slope = _reach(one, theta)
    k = one.loadings.shape[1]
    others = np.delete(u[:, k:], g, axis=0)
    steep = np.where(np.abs(slope[g]) < 1e-3, 1e-3, slope[g])
    shifts = (u[g, k:] - np.median(others, axis=0)) / steep
    there = u[g, k:] - shifts[:, None] * slope[g]
    loss = ((there[:, None] - others) ** 2 + task.epsilon) ** (task.power / 2)
    value = (np.delete(task.weights[g], g)[:, None] * loss).sum(axis=(1, 2))
    value[np.abs(shifts) < 0.1 * float(np.abs(shifts).max())] = math.inf
    moved = theta.copy()
    moved[g] += shifts[int(np.argmin(value))]
    if not task.allowed[0].any():
        moved[:G] -= moved[0]
    return moved


def _finished(task: _Task, ends: Sequence[Floats], identification: AlignmentZero) -> Alignment:
    one, C, G = task.one, task.allowed, task.one.groups
    places = [_place(task, theta, task.epsilon) for theta in ends]
    values = np.array([place.value for place in places])
    best = int(np.argmin(values))
    theta, here = ends[best], places[best]
    rest = np.array([_is_minimum(C, place) for place in places])
    same = np.array([float(np.abs(end - theta).max()) < _SAME for end in ends])
    others = np.flatnonzero(~same & rest)
    J = _derivatives(one, C, theta, here)
    u = _reach(one, theta)[0]
    t0 = theta[G] if identification == "fixed" else 0.0
    scale = math.exp(-t0)
    second = int(others[np.argmin(values[others])]) if len(others) else -1
    shift = float(np.abs(ends[second][:G] - theta[:G]).max()) * scale if len(others) else math.nan
    u, J = _rescaled(one, theta, u, J) if identification == "fixed" else (u, J)
    means, log_spread = theta[:G] * scale, theta[G:] - t0
    blocks = J.reshape(len(J), G, -1)
    covariance = np.einsum("agp,gpq,bgq->ab", blocks, one.covariance, blocks, optimize=True)
    return Alignment(
        means, log_spread, u, covariance, here.value, task.epsilon, len(ends), int(same.sum()),
        float(values[second]) if len(others) else math.nan, shift, bool(rest[best]), one,
    )  # fmt: skip


def _is_minimum(C: Floats, place: _Place) -> bool:
    flat = float(np.abs(C.T @ place.gradient).max()) < _REST
    return flat and float(np.linalg.eigvalsh(C.T @ place.hessian @ C)[0]) > 0


def _derivatives(one: Configural, C: Floats, theta: Floats, here: _Place) -> Floats:
    """Return the derivatives of means, log spreads and aligned parameters in the configural ones, (2 G + G P, G P).

    By the implicit function: the gradient stays zero when the configural parameters move.
    """
    G, P = one.groups, one.parameters
    k = one.loadings.shape[1]
    to_item = np.eye(k)[one.item]
    a, e = theta[:G], np.exp(-theta[G:])
    direct = np.zeros((G, P, P))
    direct[:, np.arange(P), np.arange(P)] = np.hstack([np.repeat(e[:, None], k, axis=1), np.ones((G, P - k))])
    direct[:, k:, :k] = -(a * e)[:, None, None] * to_item
    cross = np.einsum("igp,ghp,hpm->ighm", here.reach, here.bend, direct, optimize=True)
    groups = np.arange(G)
    pulled = here.pull[:, k:] @ to_item * e[:, None]
    cross[0, groups, groups, :k] -= pulled
    cross[1, groups, groups, :k] += a[:, None] * pulled - here.pull[:, :k] * e[:, None]
    H = C.T @ here.hessian @ C
    least = float(np.linalg.eigvalsh(H)[0])
    if not least > 1e-8 * float(np.abs(H).max()):
        return np.full((2 * G + G * P, G * P), math.nan)
    J = -C @ np.linalg.solve(H, C.T @ cross.reshape(2 * G, G * P))
    of_u = np.einsum("igp,igm->gpm", here.reach, J.reshape(2, G, G * P))
    of_u.reshape(G, P, G, P)[groups, :, groups] += direct
    return np.vstack([J, of_u.reshape(G * P, G * P)])


def _rescaled(one: Configural, theta: Floats, u: Floats, J: Floats) -> tuple[Floats, Floats]:
    """Return aligned parameters and derivatives on the scale on which the first group's variance is 1."""
    G, P, k = one.groups, one.parameters, one.loadings.shape[1]
    t0, J0 = theta[G], J[G]
    means = (J[:G] - np.outer(theta[:G], J0)) * math.exp(-t0)
    of_u = J[2 * G :].reshape(G, P, -1).copy()
    of_u[:, :k] = (of_u[:, :k] + u[:, :k, None] * J0) * math.exp(t0)
    made = np.hstack([u[:, :k] * math.exp(t0), u[:, k:]])
    return made, np.vstack([means, J[G : 2 * G] - J0, of_u.reshape(G * P, -1)])
