"""What each cluster gives to a cluster-robust covariance and to its degrees of freedom, without n x n matrices.

Everything is in the basis in which X'WX is the identity: X~ = X R^-1 with R'R = X'WX. There H = X~ X~'W. A cluster g
adjusts its residuals by a matrix A_g; with Z_g = A_g' W_g X~_g, all that is needed later is

    score_g   = Z_g' e_g               (p,)
    own_g     = Z_g' Phi_g Z_g         (p, p)
    left_g    = X~_g' Z_g              (p, p)
    right_g   = X~_g' W_g Phi_g Z_g    (p, p)

because for the working covariance Phi the rows of I - H satisfy
(I - H)_g Phi (I - H)_h' = [g = h] Phi_g - X~_g X~_h' W_h Phi_h - Phi_g W_g X~_g X~_h' + X~_g Q X~_h',
Q = X~' W Phi W X~, which is the identity plus a matrix of low rank when Phi is.

CR2 is A_g = D_g' B_g^(+1/2) D_g with B_g = D_g (I - H)_g Phi (I - H)_g' D_g', Phi_g = D_g' D_g, and the Moore-Penrose
inverse where the cluster absorbs a column: Bell and McCaffrey (2002), Survey Methodology 28, 169-181; Pustejovsky and
Tipton (2018), doi:10.1080/07350015.2016.1247004.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.regression.least_squares import LeastSquares

ABSORBED = 1e-10
"""An eigenvalue of B_g below this is zero: the cluster alone decides that direction."""


@dataclass(frozen=True, slots=True)
class Exchangeable:
    """A working covariance: rows of one group (a person, nested in a cluster) correlate equally, others do not.

    Parameters
    ----------
    groups
        Shape (n,): the group of each row, as whole numbers.
    correlation
        Between two rows of a group, 0 to below 1.
    """

    groups: Integers
    correlation: float


@dataclass(frozen=True, slots=True)
class ClusterMoments:
    """What the clusters give; see the module.

    Parameters
    ----------
    score
        Shape (G, p).
    own, left, right
        Shape (G, p, p).
    total
        Shape (p, p): Q.
    """

    score: Floats
    own: Floats
    left: Floats
    right: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class _Stack:
    """The m clusters of one size: x and weighted x (m, size, p), residuals (m, size), and their working covariance.

    `phi` is None for the identity, else (m, size, size). `number` (m,) tells which clusters they are.
    """

    number: Integers
    x: Floats
    wx: Floats
    residuals: Floats
    phi: Floats | None


def moments_by_cluster(
    fit: LeastSquares, clusters: Integers, kind: str, working: Exchangeable | None = None
) -> ClusterMoments:
    """Return the moments of G clusters, coded 0 … G - 1 in `clusters` (n,), for the kind ``CR0``, ``CR2`` or ``CR3``.

    A working covariance matters for ``CR2`` and for all degrees of freedom.
    """
    p = fit.x.shape[1]
    x = scipy.linalg.solve_triangular(fit.factor, fit.x.T, trans="T").T
    wx = x if fit.weights is None else x * fit.weights[:, None]
    stacks = list(_stacks(x, wx, fit.residuals, clusters, working))
    plain = fit.weights is None and working is None
    total = np.eye(p) if plain else np.sum([_total(stack) for stack in stacks], axis=0)
    count = int(clusters.max()) + 1
    found = ClusterMoments(
        np.empty((count, p)), np.empty((count, p, p)), np.empty((count, p, p)), np.empty((count, p, p)), total
    )
    for stack in stacks:
        wide = stack.x.shape[1]
        if kind == "CR2" and plain and wide >= p:
            parts = _plain_adjusted(stack)
        elif kind == "CR2" and working is None and wide > 2 * p:
            parts = _span_adjusted(stack, total)
        else:
            parts = _from_columns(stack, _columns(stack, total, kind))
        found.score[stack.number], found.own[stack.number], found.left[stack.number] = parts[:3]
        found.right[stack.number] = parts[3]
    return found


def _stacks(
    x: Floats, wx: Floats, residuals: Floats, clusters: Integers, working: Exchangeable | None
) -> Iterator[_Stack]:
    """Yield the clusters stacked by size."""
    order = np.argsort(clusters, kind="stable")
    sizes = np.bincount(clusters)
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes):
        number = np.flatnonzero(sizes == size)
        rows = order[starts[number][:, None] + np.arange(size)]
        phi = None
        if working is not None:
            group = working.groups[rows]
            same = (group[:, :, None] == group[:, None, :]).astype(float)
            phi = working.correlation * same + (1 - working.correlation) * np.eye(size)
        yield _Stack(number, x[rows], wx[rows], residuals[rows], phi)


def _total(stack: _Stack) -> Floats:
    """Return the stack's part of Q = X~' W Phi W X~, shape (p, p)."""
    flat = stack.wx.reshape(-1, stack.wx.shape[2])
    return flat.T @ (flat if stack.phi is None else (stack.phi @ stack.wx).reshape(flat.shape))


def _plain_adjusted(stack: _Stack) -> tuple[Floats, Floats, Floats, Floats]:
    """Return CR2's moments without weights: with K = X~_g'X~_g, A_g X~_g = X~_g (I - K)^(+1/2)."""
    gram = stack.x.swapaxes(1, 2) @ stack.x
    values, vectors = np.linalg.eigh(gram)
    f = _inverse_root(1 - values)[:, None, :]
    across = vectors.swapaxes(1, 2)
    values = values[:, None, :]
    raw = np.einsum("mnp,mn->mp", stack.x, stack.residuals)
    score = np.einsum("mpq,mq->mp", (vectors * f) @ across, raw)
    left = (vectors * (values * f)) @ across
    return score, (vectors * (values * f * f)) @ across, left, left


def _span_adjusted(stack: _Stack, total: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return CR2's moments with weights: B_g - I lives in the span of [X~_g, W_g X~_g], where A_g is found."""
    p = stack.x.shape[2]
    basis, r = np.linalg.qr(np.concatenate([stack.x, stack.wx], axis=2))
    rx, rw = r[:, :, :p], r[:, :, p:]
    cross = rx @ rw.swapaxes(1, 2)
    values, vectors = np.linalg.eigh(np.eye(r.shape[1]) - cross - cross.swapaxes(1, 2) + rx @ total @ rx.swapaxes(1, 2))
    z = (vectors * _inverse_root(values)[:, None, :]) @ (vectors.swapaxes(1, 2) @ rw)
    across = z.swapaxes(1, 2)
    score = np.einsum("mrp,mr->mp", z, np.einsum("mnr,mn->mr", basis, stack.residuals))
    return score, across @ z, rx.swapaxes(1, 2) @ z, rw.swapaxes(1, 2) @ z


def _columns(stack: _Stack, total: Floats, kind: str) -> Floats:
    """Return Z_g = A_g' W_g X~_g of each cluster, shape (m, size, p)."""
    if kind == "CR0":
        return stack.wx
    if kind == "CR3":
        return stack.wx @ _without_own_cluster(stack)
    flat = stack.wx if stack.phi is None else stack.phi @ stack.wx
    cross = stack.x @ flat.swapaxes(1, 2)
    own: Floats = np.eye(stack.x.shape[1]) if stack.phi is None else stack.phi
    inner = own - cross - cross.swapaxes(1, 2) + stack.x @ total @ stack.x.swapaxes(1, 2)
    if stack.phi is None:
        values, vectors = np.linalg.eigh(inner)
        return np.asarray((vectors * _inverse_root(values)[:, None, :]) @ (vectors.swapaxes(1, 2) @ stack.wx))
    d = np.linalg.cholesky(stack.phi).swapaxes(1, 2)
    values, vectors = np.linalg.eigh(d @ inner @ d.swapaxes(1, 2))
    root = (vectors * _inverse_root(values)[:, None, :]) @ vectors.swapaxes(1, 2)
    return np.asarray(d.swapaxes(1, 2) @ (root @ (d @ stack.wx)))


def _without_own_cluster(stack: _Stack) -> Floats:
    """Return (I - X~_g'W_gX~_g)^-1 of each cluster, shape (m, p, p): the fit without that cluster."""
    gram = stack.x.swapaxes(1, 2) @ stack.wx
    values, vectors = np.linalg.eigh(gram)
    if bool((values > 1 - ABSORBED).any()):
        raise EstimationError(
            "A jackknife over clusters (CR3) needs every coefficient to be estimable without any one cluster; here a "
            "cluster alone decides one. Use CR2, or absorb the cluster effects."
        )
    return np.asarray((vectors / (1 - values)[:, None, :]) @ vectors.swapaxes(1, 2))


def _from_columns(stack: _Stack, z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the moments that belong to Z_g of each cluster, shape (m, size, p)."""
    wide = z if stack.phi is None else stack.phi @ z
    score = np.einsum("mnp,mn->mp", z, stack.residuals)
    left = stack.x.swapaxes(1, 2)
    return score, z.swapaxes(1, 2) @ wide, left @ z, stack.wx.swapaxes(1, 2) @ wide


def _inverse_root(values: Floats) -> Floats:
    """Return 1 / sqrt(values), and zero where a value is zero (the Moore-Penrose inverse)."""
    there = values > ABSORBED
    return np.where(there, 1 / np.sqrt(np.where(there, values, 1.0)), 0.0)
