"""Cluster-robust covariance (CR0 to CR3) with Satterthwaite degrees of freedom, and Wald tests for few clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.regression.cluster_moments import ClusterMoments, Exchangeable, moments_by_cluster
from trustmeter.stats.regression.inference import ContrastTests, WaldTest, f_test, t_tests
from trustmeter.stats.regression.least_squares import LeastSquares

CovarianceKind = Literal["CR0", "CR1", "CR1S", "CR2", "CR3"]


@dataclass(frozen=True, slots=True)
class ClusterRobust:
    """A least-squares fit with its cluster-robust covariance.

    Parameters
    ----------
    fit
        The fit.
    kind
        ``CR0`` (no correction), ``CR1`` (G / (G - 1)), ``CR1S`` (also (n - 1) / (n - p)), ``CR2`` (unbiased under the
        working model), ``CR3`` (jackknife over clusters).
    clusters
        G.
    covariance
        Shape (p, p): of the coefficients.
    moments
        What the degrees of freedom are made from.
    """

    fit: LeastSquares
    kind: str
    clusters: int
    covariance: Floats
    moments: ClusterMoments


def cluster_robust(
    fit: LeastSquares, clusters: Integers, kind: CovarianceKind = "CR2", working: Exchangeable | None = None
) -> ClusterRobust:
    """Return the cluster-robust covariance of a fit of n rows in G clusters.

    Parameters
    ----------
    fit
        From `least_squares.fit`.
    clusters
        Shape (n,): the cluster of each row, as whole numbers.
    kind
        See `ClusterRobust`. CR2: Bell and McCaffrey (2002); Pustejovsky and Tipton (2018),
        doi:10.1080/07350015.2016.1247004.
    working
        The working covariance that CR2 and the degrees of freedom assume; independent rows of one variance when None.

    Raises
    ------
    EstimationError
        There are fewer than two clusters, or CR3 was asked and a cluster alone decides a coefficient.
    """
    codes = np.unique(clusters, return_inverse=True)[1]
    count, (n, p) = int(codes.max()) + 1, fit.x.shape
    if count < 2:
        raise EstimationError("A cluster-robust covariance needs two clusters or more; got 1.")
    factor = 1.0
    if kind in {"CR1", "CR1S"}:
        factor = count / (count - 1) * ((n - 1) / (n - p) if kind == "CR1S" else 1.0)
    moments = moments_by_cluster(fit, codes, "CR0" if kind in {"CR1", "CR1S"} else kind, working)
    half = scipy.linalg.solve_triangular(fit.factor, moments.score.T)
    return ClusterRobust(fit, kind, count, factor * half @ half.T, moments)


def contrast_tests(robust: ClusterRobust, contrasts: Floats | None = None) -> ContrastTests:
    """Return a t test for each row of `contrasts` (q, p), or for each coefficient.

    The degrees of freedom are Satterthwaite's under the working model, 2 E(V)^2 / Var(V) for the estimated variance V:
    Bell and McCaffrey (2002); Pustejovsky and Tipton (2018), doi:10.1080/07350015.2016.1247004.
    """
    c = np.eye(robust.fit.x.shape[1]) if contrasts is None else contrasts
    variance = np.einsum("qi,ij,qj->q", c, robust.covariance, c)
    return t_tests(c @ robust.fit.coefficients, variance, satterthwaite_df(robust, c))


def satterthwaite_df(robust: ClusterRobust, contrasts: Floats) -> Floats:
    """Return the Satterthwaite degrees of freedom of each contrast, shape (q,), from contrasts (q, p).

    With P_gh = p_g' Phi p_h they are (sum_g P_gg)^2 / sum_gh P_gh^2; P = diag(d) + u C u' is never formed.
    """
    u, form, own = _pieces(robust, contrasts)
    d = np.einsum("gqq->gq", own)
    low = np.einsum("gkq,kl,glq->gq", u, form, u, optimize=True)
    spread = form @ (u.transpose(2, 1, 0) @ u.transpose(2, 0, 1))
    squares = np.sum(d * (d + 2 * low), axis=0) + np.einsum("qkl,qlk->q", spread, spread)
    mean = np.sum(d + low, axis=0)
    there = mean > 1e-14 * np.einsum("qi,ij,qj->q", contrasts, robust.fit.bread, contrasts)
    return np.where(there, mean**2 / np.where(there, squares, 1.0), np.nan)


def wald_test(robust: ClusterRobust, contrasts: Floats) -> WaldTest:
    """Test that all rows of `contrasts` (q, p) are zero, by the approximate Hotelling T^2 test (HTZ).

    Pustejovsky and Tipton (2018), doi:10.1080/07350015.2016.1247004: eta = q (q + 1) / sum_st Var(D_st), with D the
    estimated covariance standardised by its expectation; F = (eta - q + 1) / (eta q) Q.

    Raises
    ------
    EstimationError
        The contrasts depend on each other, or the clusters cannot tell them apart.
    """
    q = len(contrasts)
    u, form, own = _pieces(robust, contrasts)
    expected = own.sum(axis=0) + np.einsum("gkq,kl,glr->qr", u, form, u, optimize=True)
    covariance = contrasts @ robust.covariance @ contrasts.T
    value = contrasts @ robust.fit.coefficients
    if min(_conditioning(expected), _conditioning(covariance)) < 1e-12:
        raise EstimationError(
            f"The {q} contrasts cannot be tested together: {robust.clusters} clusters give them no covariance matrix of "
            "full rank. Test fewer contrasts."
        )
    eta = q * (q + 1) / _total_variance(u, form, own, np.linalg.inv(np.linalg.cholesky(expected)))
    df = eta - q + 1
    return f_test(df / (eta * q) * float(value @ np.linalg.solve(covariance, value)), q, df)


def _total_variance(u: Floats, form: Floats, own: Floats, root: Floats) -> float:
    """Return sum_st Var(D_st) = sum_gh (tr N_gh)^2 + tr(N_gh N_gh), N_gh (q, q) after standardising by `root` (q, q)."""
    u, own = u @ root.T, root @ own @ root.T
    low = u.swapaxes(1, 2) @ form @ u
    here = own + low
    clusters, k, q = u.shape
    flat = u.transpose(0, 2, 1).reshape(clusters, q * k)
    spread = (flat.T @ flat).reshape(q, k, q, k)
    half = np.einsum("satc,ab->sbtc", spread, form)
    first = np.einsum("satb,tbsa->", half, half, optimize=True)
    second = np.einsum("sbtc,tbsd,cd->", half, spread, form, optimize=True)
    for matrix, sign in ((here, 1.0), (low, -1.0)):
        first += sign * np.sum(np.einsum("gqq->g", matrix) ** 2)
        second += sign * np.einsum("gst,gts->", matrix, matrix)
    return float(first + second)


def _pieces(robust: ClusterRobust, contrasts: Floats) -> tuple[Floats, Floats, Floats]:
    """Return u (G, k, q), the form C (k, k) and own (G, q, q): N_gh = [g = h] own_g + u_g' C u_h."""
    c = scipy.linalg.solve_triangular(robust.fit.factor, contrasts.T, trans="T")
    moments, p = robust.moments, len(c)
    own = c.T @ moments.own @ c
    if np.array_equal(moments.left, moments.right):
        return moments.left @ c, moments.total - 2 * np.eye(p), own
    u = np.concatenate([moments.left @ c, moments.right @ c], axis=1)
    one = np.eye(p)
    return u, np.block([[moments.total, -one], [-one, np.zeros((p, p))]]), own


def _conditioning(matrix: Floats) -> float:
    """Return the smallest over the largest eigenvalue of a symmetric matrix scaled to a unit diagonal."""
    size = np.sqrt(np.diag(matrix))
    if not bool((size > 0).all()):
        return 0.0
    values = np.linalg.eigvalsh(matrix / np.outer(size, size))
    return float(values[0] / values[-1])
