"""How sure rotated loadings are: the delta method through extraction and rotation, and a test robust to non-normality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.exploration.criteria import Array, Criterion
from trustmeter.stats.exploration.model_fit import FitTest, test_of
from trustmeter.stats.exploration.rotation import OBLIQUE, ORTHOGONAL, promax_of

_TINY = 1e-30
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Path:
    """How loadings came about.

    Parameters
    ----------
    method
        ``"minres"`` or ``"ml"``.
    rotation
        A word of `rotate`.
    kaiser
        Whether rows were brought to one length for the rotation.
    """

    method: str
    rotation: str
    kaiser: bool

    @property
    def oblique(self) -> bool:
        """Whether the resting place has correlated factors (promax rests at varimax first)."""
        return self.rotation in OBLIQUE

    @property
    def criterion(self) -> Criterion:
        """What the rotation made small."""
        if self.oblique:
            return OBLIQUE[self.rotation]
        return ORTHOGONAL["varimax" if self.rotation == "promax" else self.rotation]


@dataclass(frozen=True, slots=True)
class LoadingErrors:
    """Standard errors of loadings (k, m) and of the correlations of factors (m, m), zero where nothing is estimated."""

    loadings: Floats
    phi: Floats


def correlation_acov(x: Floats, clusters: Integers | None = None) -> Floats:
    """Return the covariance matrix of the k (k - 1) / 2 Pearson correlations of complete rows (n, k), free of any law.

    Order of the pairs: (0, 1), (0, 2), ... (1, 2), ...; Steiger and Hakstian (1982),
    doi:10.1111/j.2044-8317.1982.tb00653.x. `clusters` are codes 0, 1, ... of rows that belong together.
    """
    n, k = x.shape
    first, second = np.triu_indices(k, 1)
    centred = x - x.mean(axis=0)
    z = np.ascontiguousarray((centred / x.std(axis=0)).T)
    starts = np.zeros(0, dtype=np.intp)
    if clusters is not None:
        order = np.argsort(clusters, kind="stable")
        z, starts = z[:, order], np.flatnonzero(np.diff(clusters[order], prepend=-1))
    pairs = len(first)
    sums, total = np.zeros(pairs), np.zeros((pairs + k, pairs + k))
    for begin in range(0, n, _CHUNK if clusters is None else n):
        part = z[:, begin : begin + _CHUNK] if clusters is None else z
        products = np.concatenate([part[first] * part[second], part**2])
        sums += products[:pairs].sum(axis=1)
        if clusters is not None:
            products = np.add.reduceat(products, starts, axis=1)
        total += products @ products.T
    # A row pulls at a correlation by z_i z_j - r (z_i^2 + z_j^2) / 2: a linear form of products and squares.
    weight = (-sums / n / 2)[:, None]
    half = total[:pairs] + weight * (total[pairs + first] + total[pairs + second])
    found = half[:, :pairs] + weight.T * (half[:, pairs + first] + half[:, pairs + second])
    factor = 1.0 if clusters is None else len(starts) / (len(starts) - 1)
    return np.asarray(found * factor / n**2)


def loading_errors(L: Floats, phi: Floats, uniquenesses: Floats, acov: Floats, path: Path) -> LoadingErrors:
    """Return the standard errors of rotated loadings L (k, m), factors correlated by phi (m, m), no uniqueness on a bound.

    `acov` is the covariance matrix of the k (k - 1) / 2 correlations, as of `correlation_acov`. The estimates answer
    the equations of extraction and those of a resting place of the rotation, both named by `path`;
    differentiating both gives the estimates' derivatives in the correlations: Jennrich (1973, 1974).
    Of ``"promax"``, L must be the varimax loadings that it starts from.
    """
    k, m = L.shape
    step = estimate_derivatives(L, phi, uniquenesses, path)
    errors = np.sqrt(np.maximum(np.einsum("ti,ij,tj->t", step, acov, step, optimize=True), 0.0))
    of_phi = np.zeros((m, m))
    if path.oblique or path.rotation == "promax":
        lower = np.tril_indices(m, -1)
        of_phi[lower] = errors[k * m : k * m + len(lower[0])]
    return LoadingErrors(errors[: k * m].reshape(k, m), of_phi + of_phi.T)


def robust_test(R: Floats, L: Floats, acov: Floats, n: int) -> FitTest:
    """Return the scaled and shifted test of minres factors, L (k, m) orthogonal, `acov` as of `correlation_acov`.

    T = (n - 1) sum of squared residuals; its mean and variance under the model, from `acov`, are turned into those of a
    chi-square: Asparouhov and Muthén (2010), Simple second order chi-square correction.
    """
    k, m = L.shape
    pairs = np.triu_indices(k, 1)
    slopes = _slopes(L, np.eye(m), False)[: k * m][:, pairs[0], pairs[1]].T
    left = np.linalg.svd(slopes, full_matrices=False)[0]
    basis = left[:, : k * m - m * (m - 1) // 2]
    df = len(pairs[0]) - basis.shape[1]
    observed, residual = R[pairs], (R - L @ L.T)[pairs]
    gamma = n * acov
    half = basis.T @ gamma
    projected = gamma - basis @ half
    mean = float(np.trace(projected))
    variance = float(np.sum(projected * projected.T))
    chi_square = _shifted((n - 1) * float(residual @ residual), df, mean, variance)
    null = _shifted(
        (n - 1) * float(observed @ observed), len(observed), float(np.trace(gamma)), float(np.sum(gamma**2))
    )
    return test_of(chi_square, df, null, len(observed), n)


def _shifted(T: float, df: int, mean: float, variance: float) -> float:
    """Return a T + b with mean df and variance 2 df, when T has expectation `mean` and half its variance is `variance`."""
    if df == 0:
        return T
    scale = float(np.sqrt(df / variance))
    return scale * T + df - scale * mean


def estimate_derivatives(L: Floats, phi: Floats, uniquenesses: Floats, path: Path) -> Floats:
    """Return the derivatives (parameters, pairs) of estimates in the correlations; arguments as of `loading_errors`.

    Parameters are the loadings row by row, the correlations of factors below the diagonal (when oblique), and the
    uniquenesses (of ``"promax"`` these are left out).
    """
    k, m = L.shape
    oblique = path.oblique
    slopes = _slopes(L, phi, oblique)
    weighted = slopes
    if path.method == "ml":
        precision = np.linalg.inv(L @ phi @ L.T + np.diag(uniquenesses))
        weighted = precision @ slopes @ precision
    count = len(slopes)
    curvature = weighted.reshape(count, -1) @ slopes.reshape(count, -1).T / 2
    place = np.concatenate([L.ravel(), phi[np.tril_indices(m, -1)] if oblique else [], uniquenesses])
    border = _border(place, k, m, path)
    rules = len(border)
    system = np.block([[curvature, border.T], [border, np.zeros((rules, rules))]])
    first, second = np.triu_indices(k, 1)
    pull = np.concatenate([weighted[:, first, second], np.zeros((rules, len(first)))])
    step = np.linalg.solve(system, pull)[:count]
    return _promax_derivatives(L) @ step[: k * m] if path.rotation == "promax" else step


def _slopes(L: Floats, phi: Floats, oblique: bool) -> Floats:
    """Return the derivatives (parameters, k, k) of Sigma in loadings, factor correlations (when oblique), uniquenesses."""
    k, m = L.shape
    partner = L @ phi
    of_loadings = np.zeros((k, m, k, k))
    rows = np.arange(k)
    of_loadings[rows, :, rows, :] += partner.T
    of_loadings[rows, :, :, rows] += partner.T
    first, second = np.tril_indices(m, -1) if oblique else (np.zeros(0, int), np.zeros(0, int))
    products = np.einsum("ic,jc->cij", L[:, first], L[:, second])
    of_unique = np.zeros((k, k, k))
    of_unique[rows, rows, rows] = 1.0
    return np.concatenate([of_loadings.reshape(k * m, k, k), products + products.transpose(0, 2, 1), of_unique])


def _border(place: Floats, k: int, m: int, path: Path) -> Floats:
    """Return the derivatives (rules, parameters) of the conditions that fix the turn, by complex steps: exact."""
    if m == 1:
        return np.zeros((0, len(place)))
    moved = place + 1j * _TINY * np.eye(len(place))
    L = moved[:, : k * m].reshape(-1, k, m)
    phi: Array = np.broadcast_to(np.eye(m, dtype=complex), (len(place), m, m)).copy()
    if path.oblique:
        first, second = np.tril_indices(m, -1)
        phi[:, first, second] = phi[:, second, first] = moved[:, k * m : k * m + len(first)]
    rules = _rules(L, phi, moved[:, -k:], path)
    return np.asarray(rules.imag.T / _TINY)


def _rules(L: Array, phi: Array, uniquenesses: Array, path: Path) -> NDArray[np.complex128]:
    """Return what is zero at a resting place, shape (..., rules)."""
    m = L.shape[-1]
    lower = np.tril_indices(m, -1)
    if path.rotation == "none":
        weighted = L / uniquenesses[..., None] if path.method == "ml" else L
        return np.asarray((np.swapaxes(L, -1, -2) @ weighted)[..., lower[0], lower[1]])
    if path.kaiser:
        L = L / np.sqrt(((L @ phi) * L).sum(axis=-1))[..., None]
    inner = np.swapaxes(L, -1, -2) @ path.criterion(L)[1]
    if not path.oblique:
        return np.asarray((inner - np.swapaxes(inner, -1, -2))[..., lower[0], lower[1]])
    outer = inner @ np.linalg.inv(phi)
    off = np.flatnonzero(~np.eye(m, dtype=bool).ravel())
    return np.asarray(outer.reshape(*outer.shape[:-2], m * m)[..., off])


def _promax_derivatives(V: Floats) -> Floats:
    """Return the derivatives (k m + m (m - 1) / 2, k m) of promax loadings and correlations in varimax loadings."""
    k, m = V.shape
    moved = V.ravel() + 1j * _TINY * np.eye(k * m)
    L, phi = promax_of(moved.reshape(-1, k, m))
    lower = np.tril_indices(m, -1)
    return np.asarray(np.concatenate([L.reshape(-1, k * m).imag, phi[:, lower[0], lower[1]].imag], axis=1).T / _TINY)
