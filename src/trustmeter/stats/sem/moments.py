"""The moments that a covariance structure implies, and their derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.sem.model import (
    ALPHA,
    BETA,
    DELTA,
    LAMBDA,
    NU,
    PSI,
    TAU,
    THETA,
    CovarianceModel,
    Floats,
    Integers,
    Matrices,
    filled,
)


@dataclass(frozen=True, eq=False, slots=True)
class Implied:
    """What a model implies in one group.

    Parameters
    ----------
    mean, covariance
        Shapes (p,) and (p, p): of the items, or of what lies behind ordered items.
    moments
        Of continuous items the means (if modelled) and the lower triangle of the covariances by columns; of ordered items
        the thresholds and the strict lower triangle of the correlations by columns.
    matrices
        The model matrices.
    """

    mean: Floats
    covariance: Floats
    moments: Floats
    matrices: Matrices


def lower_triangle(p: int, strict: bool) -> tuple[Integers, Integers]:
    """Return rows and columns of the lower triangle of a (p, p) matrix, column by column."""
    columns, rows = np.triu_indices(p, 1 if strict else 0)
    return rows, columns


def implied(model: CovarianceModel, theta: Floats, group: int) -> Implied:
    """Return the moments of one group at the parameters (q,)."""
    made = filled(model, theta, group)
    G = made.loadings @ made.reach
    sigma = G @ made.psi @ G.T + made.residuals
    mean = made.nu + G @ made.alpha
    rows, cols = lower_triangle(model.items, strict=model.ordinal)
    if not model.ordinal:
        parts = [mean, sigma[rows, cols]] if model.means else [sigma[rows, cols]]
        return Implied(mean, sigma, np.concatenate(parts), made)
    scale = _scale(model, made, sigma)
    item = model.item_of_threshold
    cut = scale[item] * (made.tau - mean[item])
    return Implied(mean, sigma, np.concatenate([cut, scale[rows] * scale[cols] * sigma[rows, cols]]), made)


def _scale(model: CovarianceModel, made: Matrices, sigma: Floats) -> Floats:
    """Return what ordered items' underlying scores are multiplied by, shape (p,)."""
    if model.metric == "delta":
        return made.delta
    return np.asarray(1 / np.sqrt(np.maximum(np.diag(sigma), 1e-12)))


def jacobian(model: CovarianceModel, theta: Floats, group: int, now: Implied | None = None) -> Floats:
    """Return the derivatives of one group's moments in the parameters, shape (moments, q)."""
    now = implied(model, theta, group) if now is None else now
    of_group = np.flatnonzero((model.group == group) & (model.free >= 0))
    free, kind = model.free[of_group], model.matrix[of_group]
    row, col = model.row[of_group], model.col[of_group]
    d_sigma, d_mean = _slopes(model, now.matrices, kind, row, col)
    rows, cols = lower_triangle(model.items, strict=model.ordinal)
    lower = d_sigma[:, rows, cols]
    if model.ordinal:
        cells = _ordinal_slopes(model, now, (kind, row), (lower, d_sigma, d_mean), (rows, cols))
    else:
        cells = np.hstack([d_mean, lower]) if model.means else lower
    found = np.zeros((model.parameters, cells.shape[1]))
    first = np.unique(free, return_index=True)[1]
    found[free[first]] = cells[first]
    for place in np.setdiff1d(np.arange(len(free)), first):
        found[free[place]] += cells[place]
    return found.T


def _slopes(
    model: CovarianceModel, made: Matrices, kind: Integers, row: Integers, col: Integers
) -> tuple[Floats, Floats]:
    """Return d covariance (c, p, p) and d mean (c, p) of each free cell."""
    p, c = model.items, len(kind)
    A = made.reach
    G = made.loadings @ A
    H = A @ made.psi @ G.T
    centre = A @ made.alpha
    d_sigma, d_mean = np.zeros((c, p, p)), np.zeros((c, p))
    at = np.flatnonzero(kind == LAMBDA)
    d_sigma[at, row[at], :] += H[col[at]]
    d_sigma[at, :, row[at]] += H[col[at]]
    d_mean[at, row[at]] = centre[col[at]]
    at = np.flatnonzero(kind == BETA)
    pair = G.T[row[at]][:, :, None] * H[col[at]][:, None, :]
    d_sigma[at] = pair + pair.transpose(0, 2, 1)
    d_mean[at] = G.T[row[at]] * centre[col[at]][:, None]
    at = np.flatnonzero(kind == PSI)
    pair = G.T[row[at]][:, :, None] * G.T[col[at]][:, None, :]
    d_sigma[at] = np.where((row[at] == col[at])[:, None, None], pair, pair + pair.transpose(0, 2, 1))
    at = np.flatnonzero(kind == THETA)
    d_sigma[at, row[at], col[at]] = 1.0
    d_sigma[at, col[at], row[at]] = 1.0
    at = np.flatnonzero(kind == NU)
    d_mean[at, row[at]] = 1.0
    at = np.flatnonzero(kind == ALPHA)
    d_mean[at] = G.T[row[at]]
    return d_sigma, d_mean


def _ordinal_slopes(
    model: CovarianceModel,
    now: Implied,
    cells: tuple[Integers, Integers],
    slopes: tuple[Floats, Floats, Floats],
    triangle: tuple[Integers, Integers],
) -> Floats:
    """Return the derivatives of thresholds and correlations in each free cell, shape (c, moments)."""
    (kind, row), (lower, d_sigma, d_mean), (rows, cols) = cells, slopes, triangle
    scale, item = _scale(model, now.matrices, now.covariance), model.item_of_threshold
    cut = now.matrices.tau - now.mean[item]
    d_scale = np.zeros((len(kind), model.items))
    if model.metric == "delta":
        at = np.flatnonzero(kind == DELTA)
        d_scale[at, row[at]] = 1.0
    else:
        variances = np.diagonal(d_sigma, axis1=1, axis2=2)
        d_scale = -0.5 * variances * scale**3
    d_cut = d_scale[:, item] * cut - scale[item] * d_mean[:, item]
    at = np.flatnonzero(kind == TAU)
    d_cut[at, row[at]] += scale[item[row[at]]]
    covariance = now.covariance[rows, cols]
    d_correlation = (d_scale[:, rows] * scale[cols] + scale[rows] * d_scale[:, cols]) * covariance
    d_correlation += scale[rows] * scale[cols] * lower
    return np.hstack([d_cut, d_correlation])


def pullback(model: CovarianceModel, theta: Floats, group: int, of_mean: Floats, of_covariance: Floats) -> Floats:
    """Return the gradient in the parameters (q,) of something whose gradients in mean and covariance are given.

    `of_covariance` (p, p) is symmetric and taken as if each cell were its own: d = trace(of_covariance d Sigma). Continuous
    items only.
    """
    made = filled(model, theta, group)
    A = made.reach
    L = made.loadings @ A
    of_reach = 2 * of_covariance @ L @ made.psi + np.outer(of_mean, made.alpha)
    of_psi = L.T @ of_covariance @ L
    slopes = {
        LAMBDA: of_reach @ A.T, THETA: _each_once(of_covariance), PSI: _each_once(of_psi), BETA: L.T @ of_reach @ A.T,
        NU: of_mean[:, None], ALPHA: (L.T @ of_mean)[:, None],
    }  # fmt: skip
    found = np.zeros(model.parameters)
    for kind, values in slopes.items():
        at = np.flatnonzero((model.group == group) & (model.free >= 0) & (model.matrix == kind))
        np.add.at(found, model.free[at], values[model.row[at], model.col[at]])
    return found


def curvature(model: CovarianceModel, theta: Floats, group: int, of_mean: Floats, of_covariance: Floats) -> Floats:
    """Return the second derivatives in the parameters (q, q) of what `pullback` gives the first of.

    With d = trace(C Sigma) + c' mu, Sigma = Lambda Psi Lambda' + Theta and mu = nu + Lambda alpha only pairs of loadings, of a
    loading with a factor (co)variance and of a loading with a factor mean bend: 2 C_ij Psi_ab, 2 (C Lambda)_ib for psi_ab (and
    its mirror), c_i. Where factors depend on factors it is a central difference of the pullback.
    """
    if np.any((model.group == group) & (model.matrix == BETA)):
        return _curvature_by_difference(model, theta, group, of_mean, of_covariance)
    made, found = filled(model, theta, group), np.zeros((model.parameters, model.parameters))
    free = (model.group == group) & (model.free >= 0)
    lam, psi, alpha = (np.flatnonzero(free & (model.matrix == kind)) for kind in (LAMBDA, PSI, ALPHA))
    item, factor = model.row[lam], model.col[lam]
    bends = 2 * of_covariance[np.ix_(item, item)] * made.psi[np.ix_(factor, factor)]
    np.add.at(found, (model.free[lam][:, None], model.free[lam]), bends)
    CL = 2 * of_covariance @ made.loadings
    row, col = model.row[psi], model.col[psi]
    mixed = CL[np.ix_(item, col)] * (factor[:, None] == row) + CL[np.ix_(item, row)] * (factor[:, None] == col) * (
        row != col
    )
    means = of_mean[item][:, None] * (factor[:, None] == model.row[alpha])
    for cells, values in ((psi, mixed), (alpha, means)):
        np.add.at(found, (model.free[lam][:, None], model.free[cells]), values)
        np.add.at(found, (model.free[cells][:, None], model.free[lam]), values.T)
    return found


def _curvature_by_difference(
    model: CovarianceModel, theta: Floats, group: int, of_mean: Floats, of_covariance: Floats
) -> Floats:
    h = 1e-4
    found = np.zeros((model.parameters, model.parameters))
    for number in np.unique(model.free[(model.group == group) & (model.free >= 0)]):
        aside = np.zeros(model.parameters)
        aside[number] = h
        up, down = (pullback(model, at, group, of_mean, of_covariance) for at in (theta + aside, theta - aside))
        found[:, number] = (up - down) / (2 * h)
    return found


def _each_once(symmetric: Floats) -> Floats:
    """Return the gradient in the cells of a symmetric matrix when two mirrored cells are one."""
    return np.asarray(2 * symmetric - np.diag(np.diag(symmetric)))
