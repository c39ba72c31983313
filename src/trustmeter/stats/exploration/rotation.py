"""Turning factors towards a simple pattern, by gradient projection from many starts at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.covariance import Floats
from trustmeter.stats.exploration.criteria import Array, Criterion, bifactor, geomin, quartimax, quartimin, varimax

ORTHOGONAL: dict[str, Criterion] = {
    "varimax": varimax, "quartimax": quartimax, "geomin_orthogonal": geomin, "bifactor": bifactor,
}  # fmt: skip
OBLIQUE: dict[str, Criterion] = {"oblimin": quartimin, "geomin": geomin, "bifactor_oblique": bifactor}
PROMAX_POWER = 4

_STEPS = 5000
_DONE = 1e-10
"""Length of the projected gradient at which a walk ends."""
_RESTED = 1e-7
"""Length of the projected gradient below which a walk that ended otherwise has come to rest all the same."""
_SAME = 1e-6
"""Criterion values closer than this, relatively, belong to one solution."""
_MEMORY = 5
_SHORTENINGS = 40


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rotated loadings of k items on m factors.

    Parameters
    ----------
    loadings
        Shape (k, m): the pattern.
    phi
        Shape (m, m): the correlations of the factors; the identity when they are orthogonal.
    criterion
        The value of the criterion, the smallest of all starts (of promax: of the varimax before it).
    converged
        Whether the best start came to rest.
    solutions
        How many different values the starts came to rest at: above one, there are local solutions.
    share_best
        The share of the starts that came to rest at the best one.
    """

    loadings: Floats
    phi: Floats
    criterion: float
    converged: bool
    solutions: int
    share_best: float


def rotate(A: Floats, rotation: str, *, kaiser: bool, starts: int, rng: np.random.Generator) -> Rotation:
    """Rotate unrotated loadings (k, m) by a word of `ORTHOGONAL` or `OBLIQUE`, ``"promax"`` or ``"none"``.

    Gradient projection: Jennrich (2001), doi:10.1007/BF02294840 (orthogonal), and Jennrich (2002),
    doi:10.1007/BF02294706 (oblique); the first start is the unrotated matrix, the others are random orthogonal turns.
    `kaiser` divides each row by the root of its communality first, and multiplies it afterwards.

    Factors are ordered by the sum of their squared loadings, and signed so that each column's sum is not below zero;
    the general factor of a bifactor rotation stays first.
    """
    k, m = A.shape
    if m == 1 or rotation == "none":
        return _in_order(A, np.eye(m), 0, Rotation(A, np.eye(m), 0.0, True, 1, 1.0))
    if rotation == "promax":
        turned = rotate(A, "varimax", kaiser=kaiser, starts=starts, rng=rng)
        loadings, phi = promax_of(turned.loadings)
        return _in_order(loadings, phi, 0, turned)
    length = np.sqrt(np.sum(A**2, axis=1, keepdims=True)) if kaiser else np.ones((k, 1))
    length = np.where(length > 0, length, 1.0)
    oblique = rotation in OBLIQUE
    criterion = OBLIQUE[rotation] if oblique else ORTHOGONAL[rotation]
    turns = np.concatenate([np.eye(m)[None], _random_turns(max(starts - 1, 0), m, rng)])
    T, values, rest = _Slope(A / length, criterion, oblique).descend(turns)
    best = int(np.argmin(np.where(rest, values, np.inf))) if rest.any() else int(np.argmin(values))
    levels = np.sort(values[rest]) if rest.any() else values[best : best + 1]
    gap = _SAME * max(abs(float(values[best])), 1e-6)
    found = Rotation(
        A, np.eye(m), float(values[best]), bool(rest[best]), 1 + int(np.sum(np.diff(levels) > gap)),
        float(np.mean(values <= values[best] + gap)),
    )  # fmt: skip
    loadings = A @ np.linalg.inv(T[best]).T if oblique else A @ T[best]
    phi = T[best].T @ T[best] if oblique else np.eye(m)
    return _in_order(loadings, phi, 1 if "bifactor" in rotation else 0, found)


def promax_of(V: Array) -> tuple[Array, Array]:
    """Return promax loadings (..., k, m) and factor correlations (..., m, m) of varimax loadings (..., k, m).

    Hendrickson and White (1964), doi:10.1111/j.2044-8317.1964.tb00244.x: least squares towards the loadings' fourth
    power with their sign kept, factors scaled to variance 1.
    """
    target = V * np.sign(V.real) ** (PROMAX_POWER - 1) * V ** (PROMAX_POWER - 1)
    Vt = np.swapaxes(V, -1, -2)
    U = np.linalg.solve(Vt @ V, Vt @ target)
    spread = np.linalg.inv(np.swapaxes(U, -1, -2) @ U)
    U = U * np.sqrt(np.diagonal(spread, axis1=-2, axis2=-1))[..., None, :]
    back = np.linalg.inv(U)
    return V @ U, back @ np.swapaxes(back, -1, -2)


def ordered(L: Floats, phi: Floats, fixed: int = 0) -> tuple[Floats, Floats]:
    """Return loadings and factor correlations in our order and signs; the first `fixed` factors stay first."""
    rest = fixed + np.argsort(-np.sum(L[:, fixed:] ** 2, axis=0), kind="stable")
    order = np.concatenate([np.arange(fixed), rest])
    signs = np.where(L.sum(axis=0) < 0, -1.0, 1.0)[order]
    return L[:, order] * signs, phi[np.ix_(order, order)] * np.outer(signs, signs)


def _in_order(L: Floats, phi: Floats, fixed: int, found: Rotation) -> Rotation:
    loadings, correlations = ordered(L, phi, fixed)
    return Rotation(loadings, correlations, found.criterion, found.converged, found.solutions, found.share_best)


def _random_turns(count: int, m: int, rng: np.random.Generator) -> Floats:
    """Return random orthogonal matrices (count, m, m), uniform over all turns."""
    Q, upper = np.linalg.qr(rng.normal(size=(count, m, m)))
    return np.asarray(Q * np.sign(np.diagonal(upper, axis1=1, axis2=2))[:, None, :])


@dataclass(frozen=True, slots=True)
class _Slope:
    """The criterion as a function of the turns T (s, m, m) of one matrix A (k, m)."""

    A: Floats
    criterion: Criterion
    oblique: bool

    def at(self, T: Floats) -> tuple[Floats, Floats]:
        """Return the criterion (s,) and its gradient projected on the turns' tangents (s, m, m)."""
        if not self.oblique:
            values, slope = self.criterion(self.A @ T)
            G = self.A.T @ slope
            inner = np.swapaxes(T, 1, 2) @ G
            return values, G - T @ (inner + np.swapaxes(inner, 1, 2)) / 2
        inverse = np.linalg.inv(T)
        L = self.A @ np.swapaxes(inverse, 1, 2)
        values, slope = self.criterion(L)
        G = -np.swapaxes(np.swapaxes(L, 1, 2) @ slope @ inverse, 1, 2)
        return values, G - T * np.sum(T * G, axis=1, keepdims=True)

    def turned(self, X: Floats) -> Floats:
        """Return the nearest turns: columns of length one, or orthogonal matrices."""
        if self.oblique:
            return np.asarray(X / np.sqrt(np.sum(X**2, axis=1, keepdims=True)))
        left, _, right = np.linalg.svd(X)
        return np.asarray(left @ right)

    def descend(self, turns: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Walk from all turns at once; return turns, criterion values (s,) and which came to rest (s,)."""
        T = np.array(turns)
        values, P = self.at(T)
        done = np.zeros(len(T), dtype=bool)
        steps = np.ones(len(T))
        history = np.tile(values, (_MEMORY, 1))
        for turn in range(_STEPS):
            done |= np.einsum("sij,sij->s", P, P) < _DONE**2
            go = np.flatnonzero(~done)
            if not len(go):
                break
            new_T, new_values, new_P = self._step(T[go], P[go], steps[go], history[:, go].max(axis=0))
            steps[go] = _next_step(new_T - T[go], new_P - P[go])
            T[go], values[go], P[go] = new_T, new_values, new_P
            history[turn % _MEMORY, go] = new_values
        return T, values, np.einsum("sij,sij->s", P, P) < _RESTED**2

    def _step(self, T: Floats, P: Floats, steps: Floats, worst: Floats) -> tuple[Floats, Floats, Floats]:
        """Step against the projected gradient, shortening steps until the criterion is below `worst`."""
        size = np.einsum("sij,sij->s", P, P)
        slack = 1e-14 * np.maximum(np.abs(worst), 1e-3)
        new_T = self.turned(T - steps[:, None, None] * P)
        values, new_P = self.at(new_T)
        for _ in range(_SHORTENINGS):
            bad = np.flatnonzero(~(values <= worst - 1e-4 * steps * size + slack))
            if not len(bad):
                break
            steps[bad] /= 4
            new_T[bad] = self.turned(T[bad] - steps[bad, None, None] * P[bad])
            values[bad], new_P[bad] = self.at(new_T[bad])
        return new_T, values, new_P


def _next_step(moved: Floats, changed: Floats) -> Floats:
    """Return the length of the next step from the last one's secant (Barzilai & Borwein, 1988)."""
    along = np.abs(np.einsum("sij,sij->s", moved, changed))
    length = np.einsum("sij,sij->s", moved, moved)
    return np.asarray(np.clip(length / np.maximum(along, 1e-300), 1e-4, 1e4))
