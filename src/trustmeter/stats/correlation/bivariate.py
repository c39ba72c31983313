"""The bivariate normal distribution, on the grid of two items' thresholds, for many pairs of items at once."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats

BEYOND = 40.0
"""Stands for an infinite threshold: nothing of a normal distribution lies beyond."""

_STEEP = 0.925
"""From this size of a correlation on, quadrature over the correlation would need too many nodes."""

_TINY = 1e-150


def grid_probabilities(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return P(X <= h_s, Y <= k_t), shape (p, s, t), of p standard bivariate normal pairs.

    Parameters
    ----------
    h
        Shape (p, s): limits of the first variable; `BEYOND` for infinity.
    k
        Shape (p, t): limits of the second.
    rho
        Shape (p,): correlations, strictly between -1 and 1.

    Notes
    -----
    Plackett's identity, the derivative with respect to the correlation is the density, integrated over the arc sine of
    the correlation by Gauss and Legendre (Drezner & Wesolowsky 1990, doi:10.1080/00949659008811236; nodes as in Genz
    2004, doi:10.1023/B:STCO.0000035304.20635.31); steep correlations by Owen's (1956) T function,
    doi:10.1214/aoms/1177728074. Absolute error about 1e-15.
    """
    found = np.empty((*h.shape, k.shape[1]))
    size = np.abs(rho)
    for low, high, nodes in ((0.0, 0.3, 6), (0.3, 0.75, 12), (0.75, _STEEP, 20)):
        chosen = np.flatnonzero((size >= low) & (size < high))
        for part in np.array_split(chosen, 1 + len(chosen) // 256):
            found[part] = _by_quadrature(h[part], k[part], rho[part], nodes)
    steep = np.flatnonzero(size >= _STEEP)
    if len(steep):
        found[steep] = _by_owen(h[steep], k[steep], rho[steep])
    return found


def grid_density(h: Floats, k: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Return the density at the grid of limits and its derivative by the correlation, both (p, s, t)."""
    H, K, r = h[:, :, None], k[:, None, :], rho[:, None, None]
    rest = 1 - r * r
    square, product = H * H + K * K, H * K
    density = np.exp((r * product - 0.5 * square) / rest) / (2 * math.pi * np.sqrt(rest))
    slope = density * (r / rest + (product * (1 + r * r) - r * square) / rest**2)
    return density, slope


def conditional_probabilities(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return P(Y <= k_t | X = h_s), shape (p, s, t); arguments as of `grid_probabilities`."""
    r = rho[:, None, None]
    return np.asarray(scipy.special.ndtr((k[:, None, :] - r * h[:, :, None]) / np.sqrt(1 - r * r)))


def normal_density(z: Floats) -> Floats:
    """Return the standard normal density."""
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi))


@cache
def _half_nodes(count: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def _by_quadrature(h: Floats, k: Floats, rho: Floats, count: int) -> Floats:
    nodes, weights = _half_nodes(count)
    angle = np.arcsin(rho)
    sine = np.sin(angle[:, None] * nodes)
    scale = 1 / (1 - sine * sine)
    square = -0.5 * (h[:, :, None] ** 2 + k[:, None, :] ** 2)
    product = h[:, :, None] * k[:, None, :]
    exponent = square[..., None] * scale[:, None, None, :]
    exponent += product[..., None] * (sine * scale)[:, None, None, :]
    area = np.exp(exponent, out=exponent) @ weights
    independent = scipy.special.ndtr(h)[:, :, None] * scipy.special.ndtr(k)[:, None, :]
    return np.asarray(independent + area * (angle / (2 * math.pi))[:, None, None])


def _by_owen(h: Floats, k: Floats, rho: Floats) -> Floats:
    H = np.where(h == 0, _TINY, h)[:, :, None]
    K = np.where(k == 0, _TINY, k)[:, None, :]
    r = rho[:, None, None]
    root = np.sqrt((1 - r) * (1 + r))
    sign, short = np.sign(r), 1 - np.abs(r)
    first = ((K - sign * H) + sign * short * H) / (H * root)
    second = ((H - sign * K) + sign * short * K) / (K * root)
    apart = np.where(np.sign(H) != np.sign(K), 0.5, 0.0)
    half = 0.5 * (scipy.special.ndtr(H) + scipy.special.ndtr(K))
    found = half - scipy.special.owens_t(H, first) - scipy.special.owens_t(K, second) - apart
    return np.asarray(np.clip(found, 0.0, 1.0))
