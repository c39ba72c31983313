"""How simple a pattern of loadings is: the criteria of rotation, each with its gradient.

Each takes loadings of shape (..., k, m), many rotations of one matrix at once, and returns values of shape (...) and
gradients of shape (..., k, m); smaller is simpler. All are analytic, so that they may be given complex numbers (which
the standard errors do).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Criterion = Callable[[Array], tuple[Array, Array]]

GEOMIN_EPSILON = 0.01


def quartimin(L: Array) -> tuple[Array, Array]:
    """Sum over pairs of factors of products of squared loadings (oblimin with gamma 0); Jennrich & Sampson (1966)."""
    squares = L**2
    others = squares.sum(axis=-1, keepdims=True) - squares
    return (squares * others).sum(axis=(-2, -1)) / 4, L * others


def quartimax(L: Array) -> tuple[Array, Array]:
    """Minus the sum of fourth powers; Neuhaus & Wrigley (1954)."""
    cubes = L**3
    return -(cubes * L).sum(axis=(-2, -1)) / 4, -cubes


def varimax(L: Array) -> tuple[Array, Array]:
    """Minus the variance of squared loadings within factors; Kaiser (1958), doi:10.1007/BF02289233."""
    squares = L**2
    spread = squares - squares.mean(axis=-2, keepdims=True)
    return -(spread**2).sum(axis=(-2, -1)) / 4, -L * spread


def geomin(L: Array) -> tuple[Array, Array]:
    """Sum over items of the geometric mean of squared loadings plus 0.01; Yates (1987), Browne (2001)."""
    squares = L**2 + GEOMIN_EPSILON
    m = L.shape[-1]
    means = np.exp(np.log(squares).sum(axis=-1) / m)
    return means.sum(axis=-1), (2 / m) * L / squares * means[..., None]


def bifactor(L: Array) -> tuple[Array, Array]:
    """Quartimin of all factors but the first; Jennrich & Bentler (2011), doi:10.1007/s11336-011-9218-4."""
    value, inner = quartimin(L[..., 1:])
    return value, np.concatenate([np.zeros_like(L[..., :1]), inner], axis=-1)
